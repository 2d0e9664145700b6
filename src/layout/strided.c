/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "layout/affine.h"
#include "layout/layout.h"
#include "layout/strided.h"

struct strided {
	struct aml_affine a;
	int order;
	const struct aml_area *area;
};

struct strided_block {
	struct aml_layout handle;
	struct strided strided;
};

static const struct strided *strided_of(const struct aml_layout_data *data)
{
	return (const struct strided *)data;
}

static struct aml_layout_ops strided_ops;

int amli_strided_create(struct aml_layout **out, const struct aml_affine *geometry, int order,
			const struct aml_area *area)
{
	struct strided_block *b;
	int rc = amli_affine_check(geometry);

	if (rc)
		return rc;
	b = amli_calloc(1, sizeof(*b));
	if (!b)
		return amli_fail(AML_ENOMEM, "no memory for a layout");
	b->handle.ops = &strided_ops;
	b->handle.data = (struct aml_layout_data *)&b->strided;
	amli_affine_copy(&b->strided.a, geometry);
	b->strided.order = AML_LAYOUT_ORDER(order);
	b->strided.area = area;
	*out = &b->handle;
	return 0;
}

static int strided_affine(const struct aml_layout_data *data, struct aml_affine *out)
{
	amli_affine_copy(out, &strided_of(data)->a);
	return 0;
}

static void *deref_native(const struct aml_layout_data *data, const size_t *coords)
{
	return amli_affine_at(&strided_of(data)->a, coords);
}

static void *deref(const struct aml_layout_data *data, const size_t *coords)
{
	const struct strided *s = strided_of(data);
	size_t native[AML_NDIMS_MAX];

	amli_order_copy(s->order, s->a.ndims, native, coords);
	return amli_affine_at(&s->a, native);
}

static void *rawptr(const struct aml_layout_data *data)
{
	return strided_of(data)->a.ptr;
}

static int order(const struct aml_layout_data *data)
{
	return strided_of(data)->order;
}

static int dims_native(const struct aml_layout_data *data, size_t *dims)
{
	const struct aml_affine *a = &strided_of(data)->a;

	memcpy(dims, a->dims, a->ndims * sizeof(*dims));
	return 0;
}

static int dims(const struct aml_layout_data *data, size_t *out)
{
	const struct strided *s = strided_of(data);

	amli_order_copy(s->order, s->a.ndims, out, s->a.dims);
	return 0;
}

static size_t ndims(const struct aml_layout_data *data)
{
	return strided_of(data)->a.ndims;
}

static size_t element_size(const struct aml_layout_data *data)
{
	return strided_of(data)->a.element_size;
}

static int reshape(const struct aml_layout_data *data, struct aml_layout **out, const size_t n,
		   const size_t *wanted)
{
	const struct strided *s = strided_of(data);
	struct aml_affine a;
	size_t native[AML_NDIMS_MAX], from[AML_NDIMS_MAX];
	int rc = amli_dims_check(n, wanted);

	if (rc)
		return rc;
	amli_order_copy(s->order, n, native, wanted);
	rc = amli_affine_reshape(&s->a, &a, n, native, from);
	return rc ? rc : amli_strided_create(out, &a, s->order, s->area);
}

static int slice_native(const struct aml_layout_data *data, struct aml_layout **out,
			const size_t *offsets, const size_t *extents, const size_t *strides)
{
	const struct strided *s = strided_of(data);
	struct aml_affine a;
	int rc = amli_affine_slice(&s->a, &a, offsets, extents, strides);

	return rc ? rc : amli_strided_create(out, &a, s->order, s->area);
}

static int slice(const struct aml_layout_data *data, struct aml_layout **out, const size_t *offsets,
		 const size_t *extents, const size_t *strides)
{
	const struct strided *s = strided_of(data);
	size_t native[3][AML_NDIMS_MAX];

	amli_order_copy(s->order, s->a.ndims, native[0], offsets);
	amli_order_copy(s->order, s->a.ndims, native[1], extents);
	amli_order_copy(s->order, s->a.ndims, native[2], strides);
	return slice_native(data, out, native[0], native[1], native[2]);
}

static int print(const struct aml_layout_data *data, FILE *stream, const char *prefix)
{
	const struct strided *s = strided_of(data);

	fprintf(stream, "%s: strided layout %p, %s\n", prefix, (const void *)s,
		amli_order_name(s->order));
	fprintf(stream, "%s: ptr: %p\n", prefix, (void *)s->a.ptr);
	fprintf(stream, "%s: element size: %zu\n", prefix, s->a.element_size);
	fprintf(stream, "%s: ndims: %zu\n", prefix, s->a.ndims);
	for (size_t i = 0; i < s->a.ndims; i++) {
		size_t native = s->order == AML_LAYOUT_ORDER_C ? s->a.ndims - 1 - i : i;

		fprintf(stream, "%s: %16zu: %16zu %16td\n", prefix, i, s->a.dims[native],
			s->a.stride[native]);
	}
	return 0;
}

static int duplicate(const struct aml_layout *layout, struct aml_layout **out, void *ptr)
{
	const struct strided *s = strided_of(layout->data);
	struct aml_affine a;

	amli_affine_copy(&a, &s->a);
	if (ptr)
		a.ptr = ptr;
	return amli_strided_create(out, &a, s->order, s->area);
}

static void destroy(struct aml_layout *layout)
{
	free(layout);
}

static void run(const struct aml_layout_data *data, const size_t *coords_native, size_t max,
		struct aml_layout_run *out)
{
	const struct aml_affine *a = &strided_of(data)->a;
	size_t rest = a->dims[0] - coords_native[0];

	out->ptr = amli_affine_at(a, coords_native);
	out->stride = a->stride[0];
	out->n = max < rest ? max : rest;
	out->readonly = false;
}

static const struct aml_area *area_of(const struct aml_layout_data *data)
{
	return strided_of(data)->area;
}

static struct aml_layout_ops strided_ops = {
	.deref = deref,
	.deref_native = deref_native,
	.rawptr = rawptr,
	.order = order,
	.dims = dims,
	.dims_native = dims_native,
	.ndims = ndims,
	.element_size = element_size,
	.reshape = reshape,
	.slice = slice,
	.slice_native = slice_native,
	.fprintf = print,
	.duplicate = duplicate,
	.destroy = destroy,
	.affine = strided_affine,
	.run = run,
	.area = area_of,
};
