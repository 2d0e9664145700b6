/* SPDX-License-Identifier: BSD-3-Clause */
/* Dense layouts: creation and the operations; strides are kept as AML's struct has
 * them, times the pitch in bytes.  The handle is the first thing in one block, so
 * that free() releases all of it. */
#include <stdint.h>
#include <stdlib.h>

#include "aml/layout/dense.h"
#include "base/error.h"
#include "base/hot.h"
#include "base/mem.h"
#include "layout/affine.h"
#include "layout/layout.h"

struct dense_block {
	struct aml_layout handle;
	struct aml_layout_dense dense;
	size_t arrays[]; /* dims, stride, cpitch */
};

static const struct aml_layout_dense *dense_of(const struct aml_layout_data *data)
{
	return (const struct aml_layout_dense *)data;
}

static struct aml_layout *alloc(struct aml_layout_ops *ops, void *ptr, size_t ndims)
{
	struct dense_block *b = amli_calloc(1, sizeof(*b) + 3 * ndims * sizeof(b->arrays[0]));

	if (!b)
		return amli_fail_null(AML_ENOMEM, "no memory for a layout");
	b->handle.ops = ops;
	b->handle.data = (struct aml_layout_data *)&b->dense;
	b->dense.ptr = ptr;
	b->dense.ndims = ndims;
	b->dense.dims = b->arrays;
	b->dense.stride = b->arrays + ndims;
	b->dense.cpitch = b->arrays + 2 * ndims;
	return &b->handle;
}

/* A layout of this geometry.  cpitch divides the strides, its first entry is the
 * element size. */
static int build(struct aml_layout **out, struct aml_layout_ops *ops, const struct aml_affine *a,
		 const size_t *cpitch)
{
	struct aml_layout *layout = alloc(ops, a->ptr, a->ndims);
	struct aml_layout_dense *d;

	if (!layout)
		return -AML_ENOMEM;
	d = (struct aml_layout_dense *)layout->data;
	for (size_t i = 0; i < a->ndims; i++) {
		d->dims[i] = a->dims[i];
		d->cpitch[i] = cpitch[i];
		d->stride[i] = (size_t)a->stride[i] / cpitch[i];
	}
	*out = layout;
	return 0;
}

/* The stride in bytes and, but for the slowest dimension, the pitch of the next. */
static int pitches(struct aml_affine *a, size_t i, size_t stride, size_t pitch, size_t *cpitch)
{
	size_t bytes;

	if (stride == 0)
		return amli_fail(AML_EINVAL,
				 "stride 0 at native dimension %zu: aml_layout_broadcast() makes "
				 "repeated elements",
				 i);
	if (amli_mul_overflows(stride, cpitch[i], &bytes) || bytes > PTRDIFF_MAX)
		return amli_fail(AML_EINVAL, "stride %zu of native dimension %zu is too large",
				 stride, i);
	a->stride[i] = (ptrdiff_t)bytes;
	if (i + 1 == a->ndims)
		return 0;
	if (pitch == 0)
		return amli_fail(AML_EINVAL,
				 "pitch 0 at native dimension %zu: it must be at least 1", i);
	if (amli_mul_overflows(cpitch[i], pitch, &cpitch[i + 1]) || cpitch[i + 1] > PTRDIFF_MAX)
		return amli_fail(AML_EINVAL, "pitch %zu of native dimension %zu is too large",
				 pitch, i);
	return 0;
}

/* From elements in user order to bytes in native order. */
static int geometry(struct aml_affine *a, int order, const size_t *dims, const size_t *stride,
		    const size_t *pitch, size_t *cpitch)
{
	size_t ones[AML_NDIMS_MAX];
	int rc = amli_dims_check(a->ndims, dims);

	if (rc)
		return rc;
	for (size_t i = 0; i < a->ndims; i++)
		ones[i] = 1;
	amli_order_copy(order, a->ndims, a->dims, dims);
	cpitch[0] = a->element_size;
	for (size_t i = 0; i < a->ndims && !rc; i++) {
		size_t user = AML_LAYOUT_ORDER(order) == AML_LAYOUT_ORDER_C ? a->ndims - 1 - i : i;

		rc = pitches(a, i, (stride ? stride : ones)[user], (pitch ? pitch : dims)[user],
			     cpitch);
	}
	return rc ? rc : amli_affine_check(a);
}

int aml_layout_dense_create(struct aml_layout **layout, void *ptr, const int order,
			    const size_t element_size, const size_t ndims, const size_t *dims,
			    const size_t *stride, const size_t *pitch)
{
	struct aml_affine a = {.ptr = ptr, .element_size = element_size, .ndims = ndims};
	size_t cpitch[AML_NDIMS_MAX];
	int rc;

	if (!layout)
		return amli_fail(AML_EINVAL, "dense layout: no place for it (layout is NULL)");
	*layout = NULL;
	if (!ptr || !dims)
		return amli_fail(AML_EINVAL, "dense layout: %s is NULL", ptr ? "dims" : "ptr");
	if (element_size == 0 || element_size > PTRDIFF_MAX)
		return amli_fail(AML_EINVAL, "dense layout: elements of %zu bytes", element_size);
	rc = geometry(&a, order, dims, stride, pitch, cpitch);
	if (rc)
		return rc;
	return build(layout,
		     AML_LAYOUT_ORDER(order) == AML_LAYOUT_ORDER_C ? &aml_layout_row_ops
								   : &aml_layout_column_ops,
		     &a, cpitch);
}

AMLI_HOT static int dense_affine(const struct aml_layout_data *data, struct aml_affine *out)
{
	const struct aml_layout_dense *d = dense_of(data);

	if (d->ndims > AML_NDIMS_MAX) /* only where a program fills the struct itself */
		return -AML_ENOTSUP;
	out->ptr = d->ptr;
	out->element_size = d->cpitch[0];
	out->ndims = d->ndims;
	for (size_t i = 0; i < d->ndims; i++) {
		out->dims[i] = d->dims[i];
		out->stride[i] = (ptrdiff_t)(d->stride[i] * d->cpitch[i]);
	}
	return 0;
}

void *aml_layout_column_deref(const struct aml_layout_data *data, const size_t *coords)
{
	const struct aml_layout_dense *d = dense_of(data);
	size_t offset = 0;

	for (size_t i = 0; i < d->ndims; i++)
		offset += coords[i] * d->stride[i] * d->cpitch[i];
	return (char *)d->ptr + offset;
}

void *aml_layout_row_deref(const struct aml_layout_data *data, const size_t *coords)
{
	const struct aml_layout_dense *d = dense_of(data);
	size_t offset = 0;

	for (size_t i = 0; i < d->ndims; i++)
		offset += coords[d->ndims - 1 - i] * d->stride[i] * d->cpitch[i];
	return (char *)d->ptr + offset;
}

static void *dense_rawptr(const struct aml_layout_data *data)
{
	return dense_of(data)->ptr;
}

int aml_layout_column_order(const struct aml_layout_data *data)
{
	(void)data;
	return AML_LAYOUT_ORDER_COLUMN_MAJOR;
}

int aml_layout_row_order(const struct aml_layout_data *data)
{
	(void)data;
	return AML_LAYOUT_ORDER_ROW_MAJOR;
}

static int dense_dims_native(const struct aml_layout_data *data, size_t *dims)
{
	const struct aml_layout_dense *d = dense_of(data);

	memcpy(dims, d->dims, d->ndims * sizeof(*dims));
	return 0;
}

int aml_layout_row_dims(const struct aml_layout_data *data, size_t *dims)
{
	const struct aml_layout_dense *d = dense_of(data);

	amli_order_copy(AML_LAYOUT_ORDER_C, d->ndims, dims, d->dims);
	return 0;
}

size_t aml_layout_dense_ndims(const struct aml_layout_data *data)
{
	return dense_of(data)->ndims;
}

size_t aml_layout_dense_element_size(const struct aml_layout_data *data)
{
	return dense_of(data)->cpitch[0];
}

/* All of this is in native order; the results keep the given ops table. */
static int reshape(const struct aml_layout_dense *d, struct aml_layout_ops *ops,
		   struct aml_layout **out, size_t ndims, const size_t *dims)
{
	struct aml_affine in, a;
	size_t from[AML_NDIMS_MAX], cpitch[AML_NDIMS_MAX];
	int rc;

	rc = dense_affine((const struct aml_layout_data *)d, &in);
	if (!rc)
		rc = amli_affine_reshape(&in, &a, ndims, dims, from);
	if (rc)
		return rc;
	for (size_t i = 0; i < ndims; i++)
		cpitch[i] = from[i] == AMLI_NO_DIM ? (size_t)a.stride[i] : d->cpitch[from[i]];
	cpitch[0] = in.element_size;
	return build(out, ops, &a, cpitch);
}

int aml_layout_column_reshape(const struct aml_layout_data *data, struct aml_layout **output,
			      size_t ndims, const size_t *dims)
{
	return reshape(dense_of(data), &aml_layout_column_ops, output, ndims, dims);
}

int aml_layout_row_reshape(const struct aml_layout_data *data, struct aml_layout **output,
			   const size_t ndims, const size_t *dims)
{
	size_t native[AML_NDIMS_MAX];
	int rc = amli_dims_check(ndims, dims);

	if (rc)
		return rc;
	amli_order_copy(AML_LAYOUT_ORDER_C, ndims, native, dims);
	return reshape(dense_of(data), &aml_layout_row_ops, output, ndims, native);
}

static int slice(const struct aml_layout_dense *d, struct aml_layout_ops *ops,
		 struct aml_layout **out, const size_t *offsets, const size_t *dims,
		 const size_t *strides)
{
	struct aml_affine in, a;
	int rc;

	rc = dense_affine((const struct aml_layout_data *)d, &in);
	if (!rc)
		rc = amli_affine_slice(&in, &a, offsets, dims, strides);
	return rc ? rc : build(out, ops, &a, d->cpitch);
}

int aml_layout_column_slice(const struct aml_layout_data *data, struct aml_layout **output,
			    const size_t *offsets, const size_t *dims, const size_t *strides)
{
	return slice(dense_of(data), &aml_layout_column_ops, output, offsets, dims, strides);
}

int aml_layout_row_slice_native(const struct aml_layout_data *data, struct aml_layout **output,
				const size_t *offsets, const size_t *dims, const size_t *strides)
{
	return slice(dense_of(data), &aml_layout_row_ops, output, offsets, dims, strides);
}

int aml_layout_row_slice(const struct aml_layout_data *data, struct aml_layout **output,
			 const size_t *offsets, const size_t *dims, const size_t *strides)
{
	size_t native[3][AML_NDIMS_MAX];
	size_t ndims = dense_of(data)->ndims;

	if (ndims > AML_NDIMS_MAX)
		return amli_fail(AML_ENOTSUP, "slice: %zu dimensions are more than %d", ndims,
				 AML_NDIMS_MAX);
	amli_order_copy(AML_LAYOUT_ORDER_C, ndims, native[0], offsets);
	amli_order_copy(AML_LAYOUT_ORDER_C, ndims, native[1], dims);
	amli_order_copy(AML_LAYOUT_ORDER_C, ndims, native[2], strides);
	return slice(dense_of(data), &aml_layout_row_ops, output, native[0], native[1], native[2]);
}

static void dense_run(const struct aml_layout_data *data, const size_t *coords_native, size_t max,
		      struct aml_layout_run *out)
{
	const struct aml_layout_dense *d = dense_of(data);
	size_t rest = d->dims[0] - coords_native[0];

	out->ptr = aml_layout_column_deref(data, coords_native);
	out->stride = (ptrdiff_t)(d->stride[0] * d->cpitch[0]);
	out->n = max < rest ? max : rest;
	out->readonly = false;
}

static int print(const struct aml_layout_dense *d, FILE *stream, const char *prefix, int order)
{
	fprintf(stream, "%s: dense layout %p, %s\n", prefix, (const void *)d,
		amli_order_name(order));
	fprintf(stream, "%s: ptr: %p\n", prefix, d->ptr);
	fprintf(stream, "%s: element size: %zu\n", prefix, d->cpitch[0]);
	fprintf(stream, "%s: ndims: %zu\n", prefix, d->ndims);
	for (size_t i = 0; i < d->ndims; i++) {
		size_t native = order == AML_LAYOUT_ORDER_C ? d->ndims - 1 - i : i;

		fprintf(stream, "%s: %16zu: %16zu %16zu %16zu\n", prefix, i, d->dims[native],
			d->stride[native], d->cpitch[native]);
	}
	return 0;
}

static int column_fprintf(const struct aml_layout_data *data, FILE *stream, const char *prefix)
{
	return print(dense_of(data), stream, prefix, AML_LAYOUT_ORDER_FORTRAN);
}

static int row_fprintf(const struct aml_layout_data *data, FILE *stream, const char *prefix)
{
	return print(dense_of(data), stream, prefix, AML_LAYOUT_ORDER_C);
}

static int dense_duplicate(const struct aml_layout *layout, struct aml_layout **out, void *ptr)
{
	const struct aml_layout_dense *d = dense_of(layout->data);
	struct aml_affine a;
	int rc = dense_affine(layout->data, &a);

	if (!rc && ptr) {
		a.ptr = ptr;
		rc = amli_affine_check(&a);
	}
	return rc ? rc : build(out, layout->ops, &a, d->cpitch);
}

static void dense_destroy(struct aml_layout *layout)
{
	free(layout);
}

struct aml_layout_ops aml_layout_column_ops = {
	.deref = aml_layout_column_deref,
	.deref_native = aml_layout_column_deref,
	.rawptr = dense_rawptr,
	.order = aml_layout_column_order,
	.dims = dense_dims_native,
	.dims_native = dense_dims_native,
	.ndims = aml_layout_dense_ndims,
	.element_size = aml_layout_dense_element_size,
	.reshape = aml_layout_column_reshape,
	.slice = aml_layout_column_slice,
	.slice_native = aml_layout_column_slice,
	.fprintf = column_fprintf,
	.duplicate = dense_duplicate,
	.destroy = dense_destroy,
	.affine = dense_affine,
	.run = dense_run,
};

struct aml_layout_ops aml_layout_row_ops = {
	.deref = aml_layout_row_deref,
	.deref_native = aml_layout_column_deref,
	.rawptr = dense_rawptr,
	.order = aml_layout_row_order,
	.dims = aml_layout_row_dims,
	.dims_native = dense_dims_native,
	.ndims = aml_layout_dense_ndims,
	.element_size = aml_layout_dense_element_size,
	.reshape = aml_layout_row_reshape,
	.slice = aml_layout_row_slice,
	.slice_native = aml_layout_row_slice_native,
	.fprintf = row_fprintf,
	.duplicate = dense_duplicate,
	.destroy = dense_destroy,
	.affine = dense_affine,
	.run = dense_run,
};
