/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <stdlib.h>

#include "aml/layout/native.h"
#include "aml/layout/pad.h"
#include "base/error.h"
#include "base/mem.h"
#include "layout/affine.h"
#include "layout/layout.h"
#include "layout/target.h"

/* The neutral element follows the arrays, aligned for any type. */
struct pad_block {
	struct aml_layout handle;
	struct aml_layout_pad pad;
	size_t arrays[2][AML_NDIMS_MAX];
	_Alignas(max_align_t) char neutral[];
};

static const struct aml_layout_pad *pad_of(const struct aml_layout_data *data)
{
	return (const struct aml_layout_pad *)data;
}

/* Takes the target over if it succeeds; dims in native order. */
static int create(struct aml_layout **out, int order, struct aml_layout *target,
		  const struct amli_shape *shape, const size_t *dims, const void *neutral)
{
	bool c = AML_LAYOUT_ORDER(order) == AML_LAYOUT_ORDER_C;
	struct pad_block *b;
	size_t bytes;

	if (amli_add_overflows(sizeof(*b), shape->element_size, &bytes))
		return amli_fail(AML_EINVAL, "pad: elements of %zu bytes", shape->element_size);
	b = amli_calloc(1, bytes);
	if (!b)
		return amli_fail(AML_ENOMEM, "no memory for a padded layout");
	b->handle.ops = c ? &aml_layout_pad_row_ops : &aml_layout_pad_column_ops;
	b->handle.data = (struct aml_layout_data *)&b->pad;
	b->pad = (struct aml_layout_pad){
		.tags = AML_LAYOUT_ORDER(order),
		.target = target,
		.ndims = shape->ndims,
		.element_size = shape->element_size,
		.dims = b->arrays[0],
		.target_dims = b->arrays[1],
		.neutral = b->neutral,
	};
	memcpy(b->pad.dims, dims, shape->ndims * sizeof(*dims));
	memcpy(b->pad.target_dims, shape->dims, shape->ndims * sizeof(*dims));
	memcpy(b->neutral, neutral, shape->element_size);
	*out = &b->handle;
	return 0;
}

static int check_frame(const struct amli_shape *target, const size_t *dims)
{
	for (size_t i = 0; i < target->ndims; i++)
		if (dims[i] < target->dims[i])
			return amli_fail(AML_EINVAL,
					 "pad: extent %zu of native dimension %zu is below the "
					 "target's, %zu",
					 dims[i], i, target->dims[i]);
	if (!amli_dims_count(target->ndims, dims, target->element_size))
		return -AML_EINVAL;
	return 0;
}

int aml_layout_pad_create(struct aml_layout **layout, const int order, struct aml_layout *target,
			  const size_t *dims, void *neutral)
{
	struct amli_shape shape;
	size_t native[AML_NDIMS_MAX];
	int rc;

	if (!layout)
		return amli_fail(AML_EINVAL, "pad: no place for the result (layout is NULL)");
	*layout = NULL;
	if (!dims || !neutral)
		return amli_fail(AML_EINVAL, "pad: %s is NULL", dims ? "neutral" : "dims");
	rc = amli_target_shape(target, &shape);
	if (rc)
		return rc;
	amli_order_copy(order, shape.ndims, native, dims);
	rc = check_frame(&shape, native);
	return rc ? rc : create(layout, order, target, &shape, native, neutral);
}

void aml_layout_pad_destroy(struct aml_layout *layout)
{
	if (!layout)
		return;
	aml_layout_destroy(&((struct aml_layout_pad *)layout->data)->target);
	free(layout);
}

/* True if the coordinates from dimension first on are within the target. */
static bool inside(const struct aml_layout_pad *p, size_t first, const size_t *coords)
{
	for (size_t i = first; i < p->ndims; i++)
		if (coords[i] >= p->target_dims[i])
			return false;
	return true;
}

static void *column_deref(const struct aml_layout_data *data, const size_t *coords)
{
	const struct aml_layout_pad *p = pad_of(data);

	if (!inside(p, 0, coords))
		return p->neutral;
	return p->target->ops->deref_native(p->target->data, coords);
}

static void *row_deref(const struct aml_layout_data *data, const size_t *coords)
{
	size_t native[AML_NDIMS_MAX];

	amli_order_copy(AML_LAYOUT_ORDER_C, pad_of(data)->ndims, native, coords);
	return column_deref(data, native);
}

static void *rawptr(const struct aml_layout_data *data)
{
	return aml_layout_rawptr(pad_of(data)->target);
}

static int order(const struct aml_layout_data *data)
{
	return AML_LAYOUT_ORDER(pad_of(data)->tags);
}

static int dims_native(const struct aml_layout_data *data, size_t *dims)
{
	memcpy(dims, pad_of(data)->dims, pad_of(data)->ndims * sizeof(*dims));
	return 0;
}

static int row_dims(const struct aml_layout_data *data, size_t *dims)
{
	amli_order_copy(AML_LAYOUT_ORDER_C, pad_of(data)->ndims, dims, pad_of(data)->dims);
	return 0;
}

static size_t ndims(const struct aml_layout_data *data)
{
	return pad_of(data)->ndims;
}

static size_t element_size(const struct aml_layout_data *data)
{
	return pad_of(data)->element_size;
}

static int print(const struct aml_layout_data *data, FILE *stream, const char *prefix)
{
	const struct aml_layout_pad *p = pad_of(data);

	fprintf(stream, "%s: padded layout %p, %s\n", prefix, (const void *)p,
		amli_order_name(p->tags));
	fprintf(stream, "%s: neutral: %p\n", prefix, p->neutral);
	fprintf(stream, "%s: element size: %zu\n", prefix, p->element_size);
	fprintf(stream, "%s: ndims: %zu\n", prefix, p->ndims);
	for (size_t i = 0; i < p->ndims; i++) {
		size_t native = p->tags == AML_LAYOUT_ORDER_C ? p->ndims - 1 - i : i;

		fprintf(stream, "%s: %16zu: %16zu %16zu\n", prefix, i, p->dims[native],
			p->target_dims[native]);
	}
	amli_target_print(stream, prefix, p->target);
	return 0;
}

static int duplicate(const struct aml_layout *layout, struct aml_layout **out, void *ptr)
{
	const struct aml_layout_pad *p = pad_of(layout->data);
	struct amli_shape shape = {.ndims = p->ndims, .element_size = p->element_size};
	struct aml_layout *target;
	int rc = aml_layout_duplicate(p->target, &target, ptr);

	if (rc)
		return rc;
	memcpy(shape.dims, p->target_dims, p->ndims * sizeof(shape.dims[0]));
	rc = create(out, p->tags, target, &shape, p->dims, p->neutral);
	if (rc)
		aml_layout_destroy(&target);
	return rc;
}

/* A frame no larger than what is in it is as affine as that is. */
static int affine(const struct aml_layout_data *data, struct aml_affine *out)
{
	const struct aml_layout_pad *p = pad_of(data);

	for (size_t i = 0; i < p->ndims; i++)
		if (p->dims[i] != p->target_dims[i])
			return -AML_ENOTSUP;
	return amli_layout_affine(p->target, out);
}

static void run(const struct aml_layout_data *data, const size_t *coords_native, size_t max,
		struct aml_layout_run *out)
{
	const struct aml_layout_pad *p = pad_of(data);
	size_t at = coords_native[0];
	bool in_target = at < p->target_dims[0] && inside(p, 1, coords_native);
	size_t rest = (in_target ? p->target_dims[0] : p->dims[0]) - at;

	if (max > rest)
		max = rest;
	if (in_target)
		amli_layout_run(p->target, coords_native, max, out);
	else
		*out = (struct aml_layout_run){.ptr = p->neutral, .n = max, .readonly = true};
}

static const struct aml_area *area(const struct aml_layout_data *data)
{
	return aml_layout_area(pad_of(data)->target);
}

struct aml_layout_ops aml_layout_pad_column_ops = {
	.deref = column_deref,
	.deref_native = column_deref,
	.rawptr = rawptr,
	.order = order,
	.dims = dims_native,
	.dims_native = dims_native,
	.ndims = ndims,
	.element_size = element_size,
	.fprintf = print,
	.duplicate = duplicate,
	.destroy = aml_layout_pad_destroy,
	.affine = affine,
	.run = run,
	.area = area,
};

struct aml_layout_ops aml_layout_pad_row_ops = {
	.deref = row_deref,
	.deref_native = column_deref,
	.rawptr = rawptr,
	.order = order,
	.dims = row_dims,
	.dims_native = dims_native,
	.ndims = ndims,
	.element_size = element_size,
	.fprintf = print,
	.duplicate = duplicate,
	.destroy = aml_layout_pad_destroy,
	.affine = affine,
	.run = run,
	.area = area,
};
