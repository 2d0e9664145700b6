/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "layout/affine.h"
#include "layout/layout.h"

int amli_dims_check(size_t ndims, const size_t *dims)
{
	if (ndims == 0 || ndims > AML_NDIMS_MAX)
		return amli_fail(AML_EINVAL, "%zu dimensions: 1 to %d are possible", ndims,
				 AML_NDIMS_MAX);
	for (size_t i = 0; i < ndims; i++)
		if (dims[i] == 0)
			return amli_fail(AML_EINVAL,
					 "dimension %zu has an extent of 0: it must be at least 1",
					 i);
	return 0;
}

size_t amli_dims_count(size_t ndims, const size_t *dims, size_t element_size)
{
	size_t bytes = element_size;

	for (size_t i = 0; i < ndims; i++) {
		if (!amli_mul_overflows(bytes, dims[i], &bytes) && bytes <= PTRDIFF_MAX)
			continue;
		amli_fail(AML_EINVAL, "too large: the bytes of all elements overflow at extent %zu",
			  dims[i]);
		return 0;
	}
	return bytes / element_size;
}

/* Add the reach of one dimension, in bytes, to what lies above or below ptr. */
static bool reach_overflows(size_t dim, ptrdiff_t stride, size_t *above, size_t *below)
{
	size_t *side = stride < 0 ? below : above;
	size_t step = stride < 0 ? 0 - (size_t)stride : (size_t)stride;
	size_t reach;

	return amli_mul_overflows(dim - 1, step, &reach) ||
	       amli_add_overflows(*side, reach, side) || *side > PTRDIFF_MAX;
}

int amli_affine_check(const struct aml_affine *a)
{
	size_t above = a->element_size, below = 0;
	uintptr_t at = (uintptr_t)a->ptr;
	int rc = amli_dims_check(a->ndims, a->dims);

	if (rc)
		return rc;
	if (a->element_size == 0)
		return amli_fail(AML_EINVAL, "elements of 0 bytes");
	if (!amli_dims_count(a->ndims, a->dims, a->element_size))
		return -AML_EINVAL;
	for (size_t i = 0; i < a->ndims; i++)
		if (reach_overflows(a->dims[i], a->stride[i], &above, &below))
			return amli_fail(AML_EINVAL,
					 "too large: the bytes spanned overflow at extent %zu of "
					 "native dimension %zu, stride %td bytes",
					 a->dims[i], i, a->stride[i]);
	if (above > PTRDIFF_MAX - below || at > UINTPTR_MAX - above || at < below)
		return amli_fail(
			AML_EINVAL,
			"%zu bytes before and %zu from %p on wrap around the address space", below,
			above, (void *)a->ptr);
	return 0;
}

void amli_affine_copy(struct aml_affine *out, const struct aml_affine *in)
{
	out->ptr = in->ptr;
	out->element_size = in->element_size;
	out->ndims = in->ndims;
	for (size_t i = 0; i < in->ndims; i++) {
		out->dims[i] = in->dims[i];
		out->stride[i] = in->stride[i];
	}
}

bool aml_layout_is_contiguous(const struct aml_layout *layout)
{
	struct aml_affine a;
	ptrdiff_t end;

	if (!layout || !layout->ops || amli_layout_affine(layout, &a))
		return false;
	end = (ptrdiff_t)a.element_size;
	for (size_t i = 0; i < a.ndims; i++) {
		if (a.dims[i] == 1)
			continue;
		if (a.stride[i] != end)
			return false;
		if (__builtin_mul_overflow(end, a.dims[i], &end))
			return false;
	}
	return true;
}

/* True if offset + (dim - 1) * stride is below extent; dim and stride are not 0. */
static bool fits(size_t extent, size_t offset, size_t dim, size_t stride)
{
	return offset < extent && dim - 1 <= (extent - 1 - offset) / stride;
}

int amli_affine_slice(const struct aml_affine *in, struct aml_affine *out, const size_t *offsets,
		      const size_t *dims, const size_t *strides)
{
	for (size_t i = 0; i < in->ndims; i++) {
		if (dims[i] == 0 || strides[i] == 0)
			return amli_fail(AML_EINVAL,
					 "slice: extent %zu and stride %zu of native dimension %zu "
					 "must be at least 1",
					 dims[i], strides[i], i);
		if (!fits(in->dims[i], offsets[i], dims[i], strides[i]))
			return amli_fail(
				AML_EINVAL,
				"slice: %zu elements from %zu in steps of %zu reach beyond "
				"extent %zu of native dimension %zu",
				dims[i], offsets[i], strides[i], in->dims[i], i);
	}
	out->ptr = amli_affine_at(in, offsets);
	out->element_size = in->element_size;
	out->ndims = in->ndims;
	for (size_t i = 0; i < in->ndims; i++) {
		ptrdiff_t stride;

		/* Only a single element may have a step that does not fit, and it
		 * takes none. */
		if (strides[i] > PTRDIFF_MAX ||
		    __builtin_mul_overflow(in->stride[i], (ptrdiff_t)strides[i], &stride))
			stride = in->stride[i];
		out->dims[i] = dims[i];
		out->stride[i] = stride;
	}
	return 0;
}

/* The source dimensions that one stride walks through, as far as not yet used. */
struct walk {
	const struct aml_affine *in;
	size_t next; /* first dimension of in behind this run */
	size_t left; /* elements of the run that are not used */
	size_t from; /* where the stride comes from, until a piece was used */
	ptrdiff_t stride;
};

/* The extent times the stride, in bytes; only behind the last element can this
 * overflow, and there any stride does. */
static ptrdiff_t stride_behind(size_t dim, ptrdiff_t stride)
{
	ptrdiff_t end;

	return __builtin_mul_overflow((ptrdiff_t)dim, stride, &end) ? stride : end;
}

/* Start at the next dimension and take in all that go on where it ends.  Dimensions
 * of one element are nowhere in the way. */
static void walk_run(struct walk *w)
{
	const struct aml_affine *in = w->in;
	ptrdiff_t end;

	w->from = w->next;
	w->left = in->dims[w->next];
	w->stride = in->stride[w->next];
	for (w->next++; w->next < in->ndims; w->next++) {
		if (in->dims[w->next] == 1)
			continue;
		if (__builtin_mul_overflow((ptrdiff_t)w->left, w->stride, &end) ||
		    end != in->stride[w->next])
			return;
		w->left *= in->dims[w->next];
	}
}

/* Use the next dim elements of the run; false if it does not split like that. */
static bool walk_take(struct walk *w, size_t dim, ptrdiff_t *stride, size_t *from)
{
	if (dim > 1 && w->left == 1)
		walk_run(w);
	if (w->left % dim)
		return false;
	*stride = w->stride;
	*from = w->from;
	w->left /= dim;
	w->stride = stride_behind(dim, w->stride);
	w->from = AMLI_NO_DIM;
	return true;
}

static int same_count(const struct aml_affine *in, size_t ndims, const size_t *dims)
{
	size_t had = amli_dims_count(in->ndims, in->dims, in->element_size);
	size_t wanted = amli_dims_count(ndims, dims, in->element_size);

	if (had == 0 || wanted == 0)
		return -AML_EINVAL;
	if (had != wanted)
		return amli_fail(AML_EINVAL, "reshape: %zu elements cannot become %zu", had,
				 wanted);
	return 0;
}

int amli_affine_reshape(const struct aml_affine *in, struct aml_affine *out, size_t ndims,
			const size_t *dims, size_t *from)
{
	struct walk w = {.in = in};
	int rc = amli_dims_check(ndims, dims);

	if (!rc)
		rc = same_count(in, ndims, dims);
	if (rc)
		return rc;
	walk_run(&w);
	out->ptr = in->ptr;
	out->element_size = in->element_size;
	out->ndims = ndims;
	for (size_t i = 0; i < ndims; i++) {
		if (!walk_take(&w, dims[i], &out->stride[i], &from[i]))
			return amli_fail(AML_EINVAL,
					 "reshape: extent %zu of native dimension %zu does not fit "
					 "the strides; aml_layout_reshape_create() makes a view",
					 dims[i], i);
		out->dims[i] = dims[i];
	}
	return 0;
}
