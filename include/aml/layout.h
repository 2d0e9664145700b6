/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Layouts: the shape of elements over a piece of memory.
 *
 * A layout says where element (c0, c1, ...) is.  It never owns the elements:
 * creating, slicing, duplicating and destroying layouts touches no data.
 *
 * Order.  Dimensions and coordinates are given in *user order*.  An order tag
 * says which end is fast: AML_LAYOUT_ORDER_C, the last dimension is contiguous;
 * AML_LAYOUT_ORDER_FORTRAN, the first one is.  *Native order* (aml/layout/native.h)
 * lists the fastest dimension first, whatever the tag.
 *
 * Make one with aml_layout_dense_create() (aml/layout/dense.h), or from a list of indices
 * with aml_layout_indexed_create() (aml/layout/indexed.h); derive views with slice,
 * reshape, permute, broadcast; release each with aml_layout_destroy().
 * Views are independent of what they were made from.
 *
 * The ops table is public: a program may bring its own kind of layout.
 *
 * Threads: a layout is never changed after it was made; any number of threads may
 * use one, as long as nobody destroys it.
 */
#ifndef AML_LAYOUT_H
#define AML_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "aml/api.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AML_LAYOUT_ORDER_FORTRAN (0 << 0)
#define AML_LAYOUT_ORDER_COLUMN_MAJOR (0 << 0)
#define AML_LAYOUT_ORDER_C (1 << 0)
#define AML_LAYOUT_ORDER_ROW_MAJOR (1 << 0)
/** The order bit of a tag; other bits are ignored. */
#define AML_LAYOUT_ORDER(x) ((x) & (1 << 0))

/** Affine layouts have at most this many dimensions. */
#define AML_NDIMS_MAX 32

struct aml_area;
struct aml_layout_ops;
struct aml_layout_data;

struct aml_layout {
	struct aml_layout_ops *ops;
	struct aml_layout_data *data;
};

/**
 * The geometry of an affine layout, native order: element (c0, c1, ...) is at
 * ptr + sum of c[i] * stride[i].
 */
struct aml_affine {
	char *ptr;	     /* element (0, ..., 0) */
	size_t element_size; /* bytes */
	size_t ndims;
	size_t dims[AML_NDIMS_MAX];	 /* elements */
	ptrdiff_t stride[AML_NDIMS_MAX]; /* bytes; 0 = broadcast */
};

/**
 * Some elements that follow each other along the fastest dimension at a constant
 * distance.
 */
struct aml_layout_run {
	char *ptr;	  /* the first of them */
	ptrdiff_t stride; /* bytes from each to the next */
	size_t n;	  /* how many, at least 1 */
	bool readonly;	  /* padding: to be read, never written */
};

/**
 * What a kind of layout can do.  The first fourteen are AML's; those after them
 * may be NULL, and are in every table that was written for AML.
 *
 * A layout that has an area and no ndims operation is a stream: something that an engine
 * writes to or reads from, in the shape of the other side of the copy.
 */
struct aml_layout_ops {
	void *(*deref)(const struct aml_layout_data *data, const size_t *coords);
	void *(*deref_native)(const struct aml_layout_data *data, const size_t *coords);
	void *(*rawptr)(const struct aml_layout_data *data);
	int (*order)(const struct aml_layout_data *data);
	int (*dims)(const struct aml_layout_data *data, size_t *dims);
	int (*dims_native)(const struct aml_layout_data *data, size_t *dims);
	size_t (*ndims)(const struct aml_layout_data *data);
	size_t (*element_size)(const struct aml_layout_data *data);
	int (*reshape)(const struct aml_layout_data *data, struct aml_layout **output,
		       const size_t ndims, const size_t *dims);
	int (*slice)(const struct aml_layout_data *data, struct aml_layout **output,
		     const size_t *offsets, const size_t *dims, const size_t *strides);
	int (*slice_native)(const struct aml_layout_data *data, struct aml_layout **output,
			    const size_t *offsets, const size_t *dims, const size_t *strides);
	int (*fprintf)(const struct aml_layout_data *data, FILE *stream, const char *prefix);
	int (*duplicate)(const struct aml_layout *layout, struct aml_layout **out, void *ptr);
	void (*destroy)(struct aml_layout *layout);

	/** Fill @p out and return 0, or -AML_ENOTSUP if not affine (or over
	 * AML_NDIMS_MAX dimensions).  NULL = not affine. */
	int (*affine)(const struct aml_layout_data *data, struct aml_affine *out);
	/** The run that starts at these native coordinates, at most @p max elements.
	 * NULL = every element is a run of its own. */
	void (*run)(const struct aml_layout_data *data, const size_t *coords_native, size_t max,
		    struct aml_layout_run *out);
	/** Where the elements live; NULL, or returning NULL, = host memory. */
	const struct aml_area *(*area)(const struct aml_layout_data *data);
};

/*
 * What holds for every call below.  A layout that is NULL or has no ops table is
 * refused with AML_EINVAL, as are NULL arguments where nothing else is said; an
 * operation that this kind of layout does not have, with AML_ENOTSUP.  Calls that
 * return a number or a pointer return 0 or NULL then and set aml_errno.  Arrays of
 * coordinates, dims, offsets and strides hold one entry per dimension, in user order,
 * counted in elements.
 */

/**
 * The address of one element.  Coordinates are not checked: see
 * aml_layout_deref_safe().
 *
 * @param coords  each below its dimension
 *
 * @return the address; what is behind it may be device memory (aml_layout_area()).
 *         In the padding of a padded layout it is the neutral element, which must
 *         not be written
 * @return NULL  with AML_EINVAL or AML_ENOTSUP in aml_errno
 *
 * Threads: any.
 */
AML_API void *aml_layout_deref(const struct aml_layout *layout, const size_t *coords);

/**
 * The address of one element, or NULL if there is no such element.
 *
 * @return as aml_layout_deref()
 * @return NULL  with AML_EINVAL in aml_errno when a coordinate is not below its
 *               dimension, AML_ENOTSUP when the layout cannot tell its dims
 *
 * Threads: any.
 */
AML_API void *aml_layout_deref_safe(const struct aml_layout *layout, const size_t *coords);

/**
 * The address of element (0, ..., 0): of the slice for a slice, of the target for
 * a padded or reshaped view; of an indexed layout its base, from which offsets count.
 *
 * @return the address, or NULL with AML_EINVAL or AML_ENOTSUP in aml_errno
 *
 * Threads: any.
 */
AML_API void *aml_layout_rawptr(const struct aml_layout *layout);

/**
 * Which end of user order is fast.
 *
 * @return AML_LAYOUT_ORDER_C or AML_LAYOUT_ORDER_FORTRAN
 * @return -AML_EINVAL, -AML_ENOTSUP
 *
 * Threads: any.
 */
AML_API int aml_layout_order(const struct aml_layout *layout);

/**
 * The extents.
 *
 * @param dims  [out] aml_layout_ndims() entries, in elements, user order
 *
 * @return 0
 * @return -AML_EINVAL, -AML_ENOTSUP  @p dims is untouched
 *
 * Threads: any.
 */
AML_API int aml_layout_dims(const struct aml_layout *layout, size_t *dims);

/**
 * The number of dimensions.
 *
 * @return at least 1, or 0 with AML_EINVAL or AML_ENOTSUP in aml_errno
 *
 * Threads: any.
 */
AML_API size_t aml_layout_ndims(const struct aml_layout *layout);

/**
 * The size of an element in bytes.
 *
 * @return at least 1, or 0 with AML_EINVAL or AML_ENOTSUP in aml_errno
 *
 * Threads: any.
 */
AML_API size_t aml_layout_element_size(const struct aml_layout *layout);

/**
 * View the same elements in another shape; native order of elements is kept, and
 * so is the order tag.
 *
 * @param out    [out] a new layout, released with aml_layout_destroy() and independent
 *               of @p layout; NULL on failure
 * @param ndims  1 to AML_NDIMS_MAX
 * @param dims   the new extents; their product is the number of elements
 *
 * @return 0
 * @return -AML_EINVAL   a zero extent, the number of elements differs, or the shape
 *                       cannot be had with one stride per dimension:
 *                       aml_layout_reshape_create() makes it anyway
 * @return -AML_ENOTSUP  layouts without the operation (padded, reshaped views)
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_layout_reshape(const struct aml_layout *layout, struct aml_layout **out,
			       const size_t ndims, const size_t *dims);

/**
 * View a regular part: element c of the slice is element offset + c * stride of
 * @p layout.  Slices of slices compose.  The order tag is kept.
 *
 * @param out      [out] a new layout, released with aml_layout_destroy() and
 *                 independent of @p layout; NULL on failure
 * @param offsets  the first element; NULL = zeros
 * @param dims     extents of the slice, at least 1 each, such that
 *                 offset + (dim - 1) * stride stays below the dimension
 * @param strides  steps in elements, at least 1; NULL = ones
 *
 * @return 0
 * @return -AML_EINVAL   the slice reaches outside, or an extent or stride is 0
 * @return -AML_ENOTSUP  layouts without the operation (padded, reshaped views)
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_layout_slice(const struct aml_layout *layout, struct aml_layout **out,
			     const size_t *offsets, const size_t *dims, const size_t *strides);

/**
 * View the same elements with the dimensions reordered: dimension i of the view is
 * dimension perm[i] of @p layout, as numpy's transpose().  The order tag is kept.
 *
 * @param out   [out] a new layout, released with aml_layout_destroy() and independent
 *              of @p layout; NULL on failure
 * @param perm  every number below aml_layout_ndims() once
 *
 * @return 0
 * @return -AML_EINVAL   @p perm is no permutation, or the layout has more than
 *                       AML_NDIMS_MAX dimensions
 * @return -AML_ENOTSUP  the layout is neither affine nor has a duplicate operation
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_layout_permute(const struct aml_layout *layout, struct aml_layout **out,
			       const size_t *perm);

/**
 * View the elements repeated: dimensions are matched from the fastest one up; an
 * extent of 1 stretches to any extent, and dimensions may be added at the slow end.
 * All elements along a stretched or added dimension are the same memory, so the
 * view is something to read, not a destination.  The order tag is kept.
 *
 * @param out    [out] a new layout, released with aml_layout_destroy() and independent
 *               of @p layout; NULL on failure
 * @param ndims  aml_layout_ndims() to AML_NDIMS_MAX
 * @param dims   at least 1 each; equal to the matched extent unless that is 1
 *
 * @return 0
 * @return -AML_EINVAL   the shape does not follow from the layout's, or the number
 *                       of bytes overflows
 * @return -AML_ENOTSUP  the layout is not affine
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_layout_broadcast(const struct aml_layout *layout, struct aml_layout **out,
				 size_t ndims, const size_t *dims);

/**
 * True if the elements in native order fill one run of memory, ascending and
 * without gaps, so that one memcpy() from aml_layout_rawptr() takes them all.
 *
 * @return false for NULL and for layouts that are not affine
 *
 * Threads: any.
 */
AML_API bool aml_layout_is_contiguous(const struct aml_layout *layout);

/**
 * Where the elements live.
 *
 * @return an area borrowed by the layout; NULL for host memory, and, with AML_EINVAL
 *         in aml_errno, for a layout that is NULL
 *
 * Threads: any.
 */
AML_API const struct aml_area *aml_layout_area(const struct aml_layout *layout);

/**
 * Describe a layout in lines of text: what it is, its address and order; then the
 * pointer, the number of dimensions, and one line per dimension; the layout under a
 * view between "target: begin" and "target: end".
 *
 * @param stream  open for writing
 * @param prefix  every line starts with it and ": "; NULL = ""
 *
 * @return what the layout's operation returns: 0; ferror() tells of write errors
 * @return -AML_EINVAL, -AML_ENOTSUP  nothing was written
 *
 * Threads: any.  Blocks: as the stream does.
 */
AML_API int aml_layout_fprintf(FILE *stream, const char *prefix, const struct aml_layout *layout);

/**
 * Copy the description, not the elements.  A view's copy has its own copy of the
 * layout under it.
 *
 * @param out  [out] a new layout, released with aml_layout_destroy() and independent of
 *             @p src; NULL on failure
 * @param ptr  where the copy's elements are, in the place of the innermost layout's
 *             pointer; NULL = where they are now
 *
 * @return 0
 * @return -AML_EINVAL   NULL arguments; at @p ptr the layout would wrap around the
 *                       address space
 * @return -AML_ENOTSUP  the layout, or one under it, has no such operation
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_layout_duplicate(const struct aml_layout *src, struct aml_layout **out, void *ptr);

/**
 * Release a layout and what it owns; never the elements.
 *
 * @param layout  set to NULL; NULL and *NULL are fine
 *
 * Threads: no other thread may use the layout.
 */
AML_API void aml_layout_destroy(struct aml_layout **layout);

#ifdef __cplusplus
}
#endif
#endif
