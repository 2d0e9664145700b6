/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls of every kind of layout: refuse what is wrong, then dispatch. */
#include <stdlib.h>

#include "aml/layout/native.h"
#include "base/error.h"
#include "base/mem.h"
#include "layout/layout.h"

#define LACKS(layout, op) (!(layout) || !(layout)->ops || !(layout)->ops->op)

/* Why a layout that lacks an operation is refused. */
static int refuse(const struct aml_layout *layout, const char *op)
{
	if (!layout || !layout->ops)
		return amli_fail(AML_EINVAL, "%s: the layout%s is NULL", op,
				 layout ? "'s ops table" : "");
	return amli_fail(AML_ENOTSUP, "this kind of layout has no %s operation", op);
}

static void *refuse_null(const struct aml_layout *layout, const char *op)
{
	aml_errno = -refuse(layout, op);
	return NULL;
}

void *aml_layout_deref(const struct aml_layout *layout, const size_t *coords)
{
	if (LACKS(layout, deref))
		return refuse_null(layout, "deref");
	if (!coords)
		return amli_fail_null(AML_EINVAL, "deref: coords is NULL");
	return layout->ops->deref(layout->data, coords);
}

void *aml_layout_deref_native(const struct aml_layout *layout, const size_t *coords)
{
	if (LACKS(layout, deref_native))
		return refuse_null(layout, "deref_native");
	if (!coords)
		return amli_fail_null(AML_EINVAL, "deref_native: coords is NULL");
	return layout->ops->deref_native(layout->data, coords);
}

/* Room for the ndims entries of a layout: the caller's array, or memory for a
 * user-made layout with more dimensions than ours can have. */
static size_t *room(size_t *array, size_t ndims)
{
	return ndims <= AML_NDIMS_MAX ? array : amli_calloc(ndims, sizeof(*array));
}

static int check_coords(const struct aml_layout *layout, const size_t *coords)
{
	size_t array[AML_NDIMS_MAX];
	size_t ndims = layout->ops->ndims(layout->data);
	size_t *dims = room(array, ndims);
	int rc;

	if (!dims)
		return amli_fail(AML_ENOMEM, "no memory for %zu dims", ndims);
	rc = layout->ops->dims(layout->data, dims);
	for (size_t i = 0; !rc && i < ndims; i++)
		if (coords[i] >= dims[i])
			rc = amli_fail(AML_EINVAL,
				       "coordinate %zu is %zu: it must be below the extent, %zu", i,
				       coords[i], dims[i]);
	if (dims != array)
		free(dims);
	return rc;
}

void *aml_layout_deref_safe(const struct aml_layout *layout, const size_t *coords)
{
	int rc;

	if (LACKS(layout, deref))
		return refuse_null(layout, "deref");
	if (LACKS(layout, ndims))
		return refuse_null(layout, "ndims");
	if (LACKS(layout, dims))
		return refuse_null(layout, "dims");
	if (!coords)
		return amli_fail_null(AML_EINVAL, "deref_safe: coords is NULL");
	rc = check_coords(layout, coords);
	if (rc) {
		aml_errno = -rc;
		return NULL;
	}
	return layout->ops->deref(layout->data, coords);
}

void *aml_layout_rawptr(const struct aml_layout *layout)
{
	if (LACKS(layout, rawptr))
		return refuse_null(layout, "rawptr");
	return layout->ops->rawptr(layout->data);
}

int aml_layout_order(const struct aml_layout *layout)
{
	if (LACKS(layout, order))
		return refuse(layout, "order");
	return layout->ops->order(layout->data);
}

int aml_layout_dims(const struct aml_layout *layout, size_t *dims)
{
	if (LACKS(layout, dims))
		return refuse(layout, "dims");
	if (!dims)
		return amli_fail(AML_EINVAL, "dims: the array is NULL");
	return layout->ops->dims(layout->data, dims);
}

int aml_layout_dims_native(const struct aml_layout *layout, size_t *dims)
{
	if (LACKS(layout, dims_native))
		return refuse(layout, "dims_native");
	if (!dims)
		return amli_fail(AML_EINVAL, "dims_native: the array is NULL");
	return layout->ops->dims_native(layout->data, dims);
}

size_t aml_layout_ndims(const struct aml_layout *layout)
{
	if (LACKS(layout, ndims)) {
		refuse_null(layout, "ndims");
		return 0;
	}
	return layout->ops->ndims(layout->data);
}

size_t aml_layout_element_size(const struct aml_layout *layout)
{
	if (LACKS(layout, element_size)) {
		refuse_null(layout, "element_size");
		return 0;
	}
	return layout->ops->element_size(layout->data);
}

const struct aml_area *aml_layout_area(const struct aml_layout *layout)
{
	if (!layout || !layout->ops)
		return refuse_null(layout, "area");
	return layout->ops->area ? layout->ops->area(layout->data) : NULL;
}

/* What an operation made, or NULL if it failed, whatever it left there. */
static int made(int rc, struct aml_layout **out)
{
	if (rc)
		*out = NULL;
	return rc;
}

int aml_layout_reshape(const struct aml_layout *layout, struct aml_layout **out, const size_t ndims,
		       const size_t *dims)
{
	if (!out)
		return amli_fail(AML_EINVAL, "reshape: no place for the result (out is NULL)");
	*out = NULL;
	if (LACKS(layout, reshape))
		return refuse(layout, "reshape");
	if (!dims || ndims == 0)
		return amli_fail(AML_EINVAL, "reshape: dims is NULL or ndims is 0");
	return made(layout->ops->reshape(layout->data, out, ndims, dims), out);
}

/* aml_layout_slice() where something was left out. */
static int slice_with_defaults(const struct aml_layout *layout, struct aml_layout **out,
			       const size_t *offsets, const size_t *dims, const size_t *strides)
{
	size_t array[2][AML_NDIMS_MAX] = {{0}};
	size_t ndims = layout->ops->ndims(layout->data);
	size_t *zeros = room(array[0], ndims);
	size_t *ones = room(array[1], ndims);
	int rc;

	if (zeros && ones) {
		for (size_t i = 0; i < ndims; i++)
			ones[i] = 1;
		rc = layout->ops->slice(layout->data, out, offsets ? offsets : zeros, dims,
					strides ? strides : ones);
	} else {
		rc = amli_fail(AML_ENOMEM, "no memory for %zu dims", ndims);
	}
	if (ndims > AML_NDIMS_MAX) {
		free(zeros);
		free(ones);
	}
	return rc;
}

int aml_layout_slice(const struct aml_layout *layout, struct aml_layout **out,
		     const size_t *offsets, const size_t *dims, const size_t *strides)
{
	if (!out)
		return amli_fail(AML_EINVAL, "slice: no place for the result (out is NULL)");
	*out = NULL;
	if (LACKS(layout, slice))
		return refuse(layout, "slice");
	if (!dims)
		return amli_fail(AML_EINVAL, "slice: dims is NULL");
	if (offsets && strides)
		return made(layout->ops->slice(layout->data, out, offsets, dims, strides), out);
	if (LACKS(layout, ndims))
		return refuse(layout, "ndims");
	return made(slice_with_defaults(layout, out, offsets, dims, strides), out);
}

int aml_layout_slice_native(const struct aml_layout *layout, struct aml_layout **out,
			    const size_t *offsets, const size_t *dims, const size_t *strides)
{
	if (!out)
		return amli_fail(AML_EINVAL, "slice_native: no place for the result (out is NULL)");
	*out = NULL;
	if (LACKS(layout, slice_native))
		return refuse(layout, "slice_native");
	if (!offsets || !dims || !strides)
		return amli_fail(AML_EINVAL, "slice_native: offsets, dims or strides is NULL");
	return made(layout->ops->slice_native(layout->data, out, offsets, dims, strides), out);
}

int aml_layout_fprintf(FILE *stream, const char *prefix, const struct aml_layout *layout)
{
	if (LACKS(layout, fprintf))
		return refuse(layout, "fprintf");
	if (!stream)
		return amli_fail(AML_EINVAL, "fprintf: the stream is NULL");
	return layout->ops->fprintf(layout->data, stream, prefix ? prefix : "");
}

int aml_layout_duplicate(const struct aml_layout *src, struct aml_layout **out, void *ptr)
{
	if (!out)
		return amli_fail(AML_EINVAL, "duplicate: no place for the result (out is NULL)");
	*out = NULL;
	if (LACKS(src, duplicate))
		return refuse(src, "duplicate");
	return made(src->ops->duplicate(src, out, ptr), out);
}

void aml_layout_destroy(struct aml_layout **layout)
{
	if (!layout || !*layout)
		return;
	if ((*layout)->ops && (*layout)->ops->destroy)
		(*layout)->ops->destroy(*layout);
	else
		free(*layout);
	*layout = NULL;
}

void amli_layout_run(const struct aml_layout *layout, const size_t *coords_native, size_t max,
		     struct aml_layout_run *out)
{
	if (layout->ops->run) {
		layout->ops->run(layout->data, coords_native, max, out);
		if (out->n > max)
			out->n = max; /* a user's operation may not have looked */
		return;
	}
	out->ptr = layout->ops->deref_native(layout->data, coords_native);
	out->stride = 0;
	out->n = 1;
	out->readonly = false;
}

const char *amli_order_name(int order)
{
	return AML_LAYOUT_ORDER(order) == AML_LAYOUT_ORDER_C ? "row-major" : "column-major";
}
