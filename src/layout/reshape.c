/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "aml/layout/native.h"
#include "aml/layout/reshape.h"
#include "base/error.h"
#include "base/mem.h"
#include "layout/affine.h"
#include "layout/layout.h"
#include "layout/target.h"

struct reshape_block {
	struct aml_layout handle;
	struct aml_layout_data_reshape view;
	size_t arrays[3][AML_NDIMS_MAX];
};

static const struct aml_layout_data_reshape *view_of(const struct aml_layout_data *data)
{
	return (const struct aml_layout_data_reshape *)data;
}

/* Takes the target over if it succeeds; dims in native order, counts equal. */
static int create(struct aml_layout **out, struct aml_layout_ops *ops, struct aml_layout *target,
		  const struct amli_shape *shape, size_t ndims, const size_t *dims)
{
	struct reshape_block *b = amli_calloc(1, sizeof(*b));
	size_t offset = 1;

	if (!b)
		return amli_fail(AML_ENOMEM, "no memory for a reshaped view");
	b->handle.ops = ops;
	b->handle.data = (struct aml_layout_data *)&b->view;
	b->view = (struct aml_layout_data_reshape){
		.target = target,
		.ndims = ndims,
		.target_ndims = shape->ndims,
		.dims = b->arrays[0],
		.coffsets = b->arrays[1],
		.target_dims = b->arrays[2],
	};
	for (size_t i = 0; i < ndims; i++) {
		b->view.dims[i] = dims[i];
		b->view.coffsets[i] = offset;
		offset *= dims[i];
	}
	memcpy(b->view.target_dims, shape->dims, shape->ndims * sizeof(*dims));
	*out = &b->handle;
	return 0;
}

static int check_counts(const struct amli_shape *target, size_t ndims, const size_t *dims)
{
	size_t had, wanted;
	int rc = amli_dims_check(ndims, dims);

	if (rc)
		return rc;
	had = amli_dims_count(target->ndims, target->dims, target->element_size);
	wanted = amli_dims_count(ndims, dims, target->element_size);
	if (had == 0 || wanted == 0)
		return -AML_EINVAL;
	if (had != wanted)
		return amli_fail(AML_EINVAL, "reshape: %zu elements cannot become %zu", had,
				 wanted);
	return 0;
}

int aml_layout_reshape_create(struct aml_layout **layout, struct aml_layout *target,
			      const int order, const size_t ndims, const size_t *dims)
{
	bool c = AML_LAYOUT_ORDER(order) == AML_LAYOUT_ORDER_C;
	struct amli_shape shape;
	size_t native[AML_NDIMS_MAX];
	int rc;

	if (!layout)
		return amli_fail(AML_EINVAL, "reshape: no place for the result (layout is NULL)");
	*layout = NULL;
	if (!dims)
		return amli_fail(AML_EINVAL, "reshape: dims is NULL");
	rc = amli_target_shape(target, &shape);
	if (!rc)
		rc = check_counts(&shape, ndims, dims);
	if (rc)
		return rc;
	amli_order_copy(order, ndims, native, dims);
	return create(layout, c ? &aml_layout_reshape_row_ops : &aml_layout_reshape_column_ops,
		      target, &shape, ndims, native);
}

void aml_layout_reshape_destroy(struct aml_layout *l)
{
	if (!l)
		return;
	aml_layout_destroy(&((struct aml_layout_data_reshape *)l->data)->target);
	free(l);
}

/* The native coordinates in the target of the element at this position. */
static void locate(const struct aml_layout_data_reshape *v, size_t position, size_t *coords)
{
	for (size_t i = 0; i < v->target_ndims; i++) {
		coords[i] = position % v->target_dims[i];
		position /= v->target_dims[i];
	}
}

static void *deref_at(const struct aml_layout_data_reshape *v, size_t position)
{
	size_t at[AML_NDIMS_MAX];

	locate(v, position, at);
	return v->target->ops->deref_native(v->target->data, at);
}

static void *column_deref(const struct aml_layout_data *data, const size_t *coords)
{
	const struct aml_layout_data_reshape *v = view_of(data);
	size_t position = 0;

	for (size_t i = 0; i < v->ndims; i++)
		position += coords[i] * v->coffsets[i];
	return deref_at(v, position);
}

static void *row_deref(const struct aml_layout_data *data, const size_t *coords)
{
	const struct aml_layout_data_reshape *v = view_of(data);
	size_t position = 0;

	for (size_t i = 0; i < v->ndims; i++)
		position += coords[v->ndims - 1 - i] * v->coffsets[i];
	return deref_at(v, position);
}

static void *rawptr(const struct aml_layout_data *data)
{
	return aml_layout_rawptr(view_of(data)->target);
}

static int column_order(const struct aml_layout_data *data)
{
	(void)data;
	return AML_LAYOUT_ORDER_COLUMN_MAJOR;
}

static int row_order(const struct aml_layout_data *data)
{
	(void)data;
	return AML_LAYOUT_ORDER_ROW_MAJOR;
}

static int dims_native(const struct aml_layout_data *data, size_t *dims)
{
	memcpy(dims, view_of(data)->dims, view_of(data)->ndims * sizeof(*dims));
	return 0;
}

static int row_dims(const struct aml_layout_data *data, size_t *dims)
{
	amli_order_copy(AML_LAYOUT_ORDER_C, view_of(data)->ndims, dims, view_of(data)->dims);
	return 0;
}

static size_t ndims_of(const struct aml_layout_data *data)
{
	return view_of(data)->ndims;
}

static size_t element_size(const struct aml_layout_data *data)
{
	return aml_layout_element_size(view_of(data)->target);
}

static int print(const struct aml_layout_data_reshape *v, FILE *stream, const char *prefix,
		 int order)
{
	fprintf(stream, "%s: reshaped view %p, %s\n", prefix, (const void *)v,
		amli_order_name(order));
	fprintf(stream, "%s: ndims: %zu\n", prefix, v->ndims);
	for (size_t i = 0; i < v->ndims; i++) {
		size_t native = order == AML_LAYOUT_ORDER_C ? v->ndims - 1 - i : i;

		fprintf(stream, "%s: %16zu: %16zu %16zu\n", prefix, i, v->dims[native],
			v->coffsets[native]);
	}
	amli_target_print(stream, prefix, v->target);
	return 0;
}

static int column_fprintf(const struct aml_layout_data *data, FILE *stream, const char *prefix)
{
	return print(view_of(data), stream, prefix, AML_LAYOUT_ORDER_FORTRAN);
}

static int row_fprintf(const struct aml_layout_data *data, FILE *stream, const char *prefix)
{
	return print(view_of(data), stream, prefix, AML_LAYOUT_ORDER_C);
}

static int duplicate(const struct aml_layout *layout, struct aml_layout **out, void *ptr)
{
	const struct aml_layout_data_reshape *v = view_of(layout->data);
	struct amli_shape shape = {.ndims = v->target_ndims};
	struct aml_layout *target;
	int rc = aml_layout_duplicate(v->target, &target, ptr);

	if (rc)
		return rc;
	memcpy(shape.dims, v->target_dims, v->target_ndims * sizeof(shape.dims[0]));
	rc = create(out, layout->ops, target, &shape, v->ndims, v->dims);
	if (rc)
		aml_layout_destroy(&target);
	return rc;
}

/* As far as both the view's and the target's fastest dimension go. */
static void run(const struct aml_layout_data *data, const size_t *coords_native, size_t max,
		struct aml_layout_run *out)
{
	const struct aml_layout_data_reshape *v = view_of(data);
	size_t rest = v->dims[0] - coords_native[0];
	size_t target_rest;
	size_t at[AML_NDIMS_MAX];
	size_t position = 0;

	for (size_t i = 0; i < v->ndims; i++)
		position += coords_native[i] * v->coffsets[i];
	locate(v, position, at);
	target_rest = v->target_dims[0] - at[0];
	if (rest > target_rest)
		rest = target_rest;
	amli_layout_run(v->target, at, max < rest ? max : rest, out);
}

static const struct aml_area *area(const struct aml_layout_data *data)
{
	return aml_layout_area(view_of(data)->target);
}

struct aml_layout_ops aml_layout_reshape_column_ops = {
	.deref = column_deref,
	.deref_native = column_deref,
	.rawptr = rawptr,
	.order = column_order,
	.dims = dims_native,
	.dims_native = dims_native,
	.ndims = ndims_of,
	.element_size = element_size,
	.fprintf = column_fprintf,
	.duplicate = duplicate,
	.destroy = aml_layout_reshape_destroy,
	.run = run,
	.area = area,
};

struct aml_layout_ops aml_layout_reshape_row_ops = {
	.deref = row_deref,
	.deref_native = column_deref,
	.rawptr = rawptr,
	.order = row_order,
	.dims = row_dims,
	.dims_native = dims_native,
	.ndims = ndims_of,
	.element_size = element_size,
	.fprintf = row_fprintf,
	.duplicate = duplicate,
	.destroy = aml_layout_reshape_destroy,
	.run = run,
	.area = area,
};
