/* SPDX-License-Identifier: BSD-3-Clause */
/* Permutation: of strides where there are any, also beside a list of indices, else a view that permutes the
 * coordinates and owns a duplicate of what it views. */
#include <stdlib.h>

#include "aml/layout/native.h"
#include "base/error.h"
#include "base/mem.h"
#include "layout/affine.h"
#include "layout/indexed.h"
#include "layout/layout.h"
#include "layout/strided.h"
#include "layout/target.h"

struct permuted {
	struct aml_layout *target;
	int order;
	struct amli_shape shape;    /* of the view */
	size_t from[AML_NDIMS_MAX]; /* native dimension i is the target's from[i] */
};

struct permuted_block {
	struct aml_layout handle;
	struct permuted permuted;
};

static const struct permuted *permuted_of(const struct aml_layout_data *data)
{
	return (const struct permuted *)data;
}

static struct aml_layout_ops permuted_ops;

/* Takes the target over if it succeeds.  shape is the target's. */
static int create(struct aml_layout **out, struct aml_layout *target, int order,
		  const struct amli_shape *shape, const size_t *from)
{
	struct permuted_block *b = amli_calloc(1, sizeof(*b));
	struct permuted *p;

	if (!b)
		return amli_fail(AML_ENOMEM, "no memory for a layout");
	p = &b->permuted;
	b->handle.ops = &permuted_ops;
	b->handle.data = (struct aml_layout_data *)p;
	p->target = target;
	p->order = AML_LAYOUT_ORDER(order);
	p->shape.ndims = shape->ndims;
	p->shape.element_size = shape->element_size;
	for (size_t i = 0; i < shape->ndims; i++) {
		p->shape.dims[i] = shape->dims[from[i]];
		p->from[i] = from[i];
	}
	*out = &b->handle;
	return 0;
}

/* A view of a duplicate of the target. */
static int view(struct aml_layout **out, const struct aml_layout *target, void *ptr, int order,
		const size_t *from)
{
	struct amli_shape shape;
	struct aml_layout *own;
	int rc = amli_target_shape(target, &shape);

	if (!rc)
		rc = aml_layout_duplicate(target, &own, ptr);
	if (rc)
		return rc;
	rc = create(out, own, order, &shape, from);
	if (rc)
		aml_layout_destroy(&own);
	return rc;
}

/* Turn perm, in user order, into from, in native order. */
static int check_perm(size_t ndims, int order, const size_t *perm, size_t *from)
{
	bool seen[AML_NDIMS_MAX] = {false};
	bool c = AML_LAYOUT_ORDER(order) == AML_LAYOUT_ORDER_C;

	if (ndims > AML_NDIMS_MAX)
		return amli_fail(AML_EINVAL, "permute: %zu dimensions are more than %d", ndims,
				 AML_NDIMS_MAX);
	for (size_t i = 0; i < ndims; i++) {
		if (perm[i] >= ndims || seen[perm[i]])
			return amli_fail(AML_EINVAL,
					 "permute: entry %zu is %zu: each number below %zu must be "
					 "there once",
					 i, perm[i], ndims);
		seen[perm[i]] = true;
		from[c ? ndims - 1 - i : i] = c ? ndims - 1 - perm[i] : perm[i];
	}
	return 0;
}

static void permute_strides(struct aml_affine *out, const struct aml_affine *in, const size_t *from)
{
	out->ptr = in->ptr;
	out->element_size = in->element_size;
	out->ndims = in->ndims;
	for (size_t i = 0; i < in->ndims; i++) {
		out->dims[i] = in->dims[from[i]];
		out->stride[i] = in->stride[from[i]];
	}
}

int aml_layout_permute(const struct aml_layout *layout, struct aml_layout **out, const size_t *perm)
{
	struct aml_affine in, a;
	size_t from[AML_NDIMS_MAX];
	size_t ndims;
	int order, rc;

	if (!out)
		return amli_fail(AML_EINVAL, "permute: no place for the result (out is NULL)");
	*out = NULL;
	order = aml_layout_order(layout);
	if (order < 0)
		return order;
	if (!perm)
		return amli_fail(AML_EINVAL, "permute: perm is NULL");
	ndims = aml_layout_ndims(layout);
	if (ndims == 0)
		return layout->ops->ndims ? -AML_EINVAL : -AML_ENOTSUP;
	rc = check_perm(ndims, order, perm, from);
	if (rc)
		return rc;
	if (amli_layout_indexed(layout) && amli_layout_affine(layout, &in))
		return amli_indexed_permute(amli_layout_indexed(layout), out, from);
	if (amli_layout_affine(layout, &in) || in.ndims != ndims)
		return view(out, layout, NULL, order, from);
	permute_strides(&a, &in, from);
	return amli_strided_create(out, &a, order, aml_layout_area(layout));
}

static void *deref_native(const struct aml_layout_data *data, const size_t *coords)
{
	const struct permuted *p = permuted_of(data);
	size_t at[AML_NDIMS_MAX];

	for (size_t i = 0; i < p->shape.ndims; i++)
		at[p->from[i]] = coords[i];
	return p->target->ops->deref_native(p->target->data, at);
}

static void *deref(const struct aml_layout_data *data, const size_t *coords)
{
	const struct permuted *p = permuted_of(data);
	size_t native[AML_NDIMS_MAX];

	amli_order_copy(p->order, p->shape.ndims, native, coords);
	return deref_native(data, native);
}

static void *rawptr(const struct aml_layout_data *data)
{
	return aml_layout_rawptr(permuted_of(data)->target);
}

static int order_of(const struct aml_layout_data *data)
{
	return permuted_of(data)->order;
}

static int dims_native(const struct aml_layout_data *data, size_t *dims)
{
	const struct amli_shape *s = &permuted_of(data)->shape;

	memcpy(dims, s->dims, s->ndims * sizeof(*dims));
	return 0;
}

static int dims_user(const struct aml_layout_data *data, size_t *dims)
{
	const struct permuted *p = permuted_of(data);

	amli_order_copy(p->order, p->shape.ndims, dims, p->shape.dims);
	return 0;
}

static size_t ndims_of(const struct aml_layout_data *data)
{
	return permuted_of(data)->shape.ndims;
}

static size_t element_size(const struct aml_layout_data *data)
{
	return permuted_of(data)->shape.element_size;
}

static int print(const struct aml_layout_data *data, FILE *stream, const char *prefix)
{
	const struct permuted *p = permuted_of(data);

	fprintf(stream, "%s: permuted layout %p, %s\n", prefix, (const void *)p,
		amli_order_name(p->order));
	fprintf(stream, "%s: ptr: %p\n", prefix, rawptr(data));
	fprintf(stream, "%s: ndims: %zu\n", prefix, p->shape.ndims);
	for (size_t i = 0; i < p->shape.ndims; i++)
		fprintf(stream, "%s: native %9zu: %16zu from %zu\n", prefix, i, p->shape.dims[i],
			p->from[i]);
	amli_target_print(stream, prefix, p->target);
	return 0;
}

static int duplicate(const struct aml_layout *layout, struct aml_layout **out, void *ptr)
{
	const struct permuted *p = permuted_of(layout->data);

	return view(out, p->target, ptr, p->order, p->from);
}

static void destroy(struct aml_layout *layout)
{
	struct aml_layout *target = permuted_of(layout->data)->target;

	aml_layout_destroy(&target);
	free(layout);
}

/* The target knows what is read-only, so single elements come from its runs too. */
static void run(const struct aml_layout_data *data, const size_t *coords_native, size_t max,
		struct aml_layout_run *out)
{
	const struct permuted *p = permuted_of(data);
	size_t rest = p->shape.dims[0] - coords_native[0];
	size_t at[AML_NDIMS_MAX];

	for (size_t i = 0; i < p->shape.ndims; i++)
		at[p->from[i]] = coords_native[i];
	if (p->from[0] != 0)
		max = 1;
	amli_layout_run(p->target, at, max < rest ? max : rest, out);
}

static const struct aml_area *area_of(const struct aml_layout_data *data)
{
	return aml_layout_area(permuted_of(data)->target);
}

/* Neither slices nor shapes: those of the target, permuted, may not exist. */
static struct aml_layout_ops permuted_ops = {
	.deref = deref,
	.deref_native = deref_native,
	.rawptr = rawptr,
	.order = order_of,
	.dims = dims_user,
	.dims_native = dims_native,
	.ndims = ndims_of,
	.element_size = element_size,
	.fprintf = print,
	.duplicate = duplicate,
	.destroy = destroy,
	.run = run,
	.area = area_of,
};
