/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dense layouts: elements of one size on a grid in one buffer.
 *
 * The caller gives, per dimension in user order and in elements:
 *	dims	how many elements there are;
 *	stride	the step from one element to the next, 1 when not given;
 *	pitch	how many element slots the dimension takes up in memory, dims when not
 *		given.  A strided dimension takes up more slots than it has elements, so
 *		give a pitch with a stride, or rows overlap; only the slowest dimension
 *		may be strided without.
 *
 * In native order, the fastest dimension first, this becomes
 *	cpitch[0] = element_size, cpitch[i] = cpitch[i-1] * pitch[i-1]
 *	address   = ptr + sum of coords[i] * stride[i] * cpitch[i]
 * The slowest dimension's pitch is never used.
 *
 *	size_t dims[2] = {6, 4}, pitch[2] = {8, 5};	six rows of 4 in rows of 5
 *	aml_layout_dense_create(&l, buffer, AML_LAYOUT_ORDER_C, sizeof(int), 2, dims,
 *				NULL, pitch);
 */
#ifndef AML_LAYOUT_DENSE_H
#define AML_LAYOUT_DENSE_H

#include "aml/layout.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What the data of a dense layout points to; arrays in native order. */
struct aml_layout_dense {
	void *ptr; /* element (0, ..., 0) */
	size_t ndims;
	size_t *dims;	/* elements */
	size_t *stride; /* in units of cpitch */
	size_t *cpitch; /* bytes; the first is the element size */
};

/**
 * Describe a buffer.
 *
 * The layout is one block of memory, so that free() releases it as well as
 * aml_layout_destroy().  The buffer stays the caller's and may be of any kind: it is
 * not touched, so it need be neither aligned nor readable by the CPU.
 *
 * @param layout        [out] release with aml_layout_destroy(); NULL on failure
 * @param ptr           element (0, ..., 0)
 * @param order         AML_LAYOUT_ORDER_C or AML_LAYOUT_ORDER_FORTRAN; other bits
 *                      are ignored
 * @param element_size  bytes, at least 1
 * @param ndims         1 to AML_NDIMS_MAX
 * @param dims          elements, at least 1 each
 * @param stride        elements, at least 1 each (aml_layout_broadcast() repeats
 *                      elements); NULL = ones
 * @param pitch         elements, at least 1 each; NULL = dims
 *
 * @return 0
 * @return -AML_EINVAL  NULL, a number out of range, or the elements do not fit into
 *                      the address space
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_layout_dense_create(struct aml_layout **layout, void *ptr, const int order,
				    const size_t element_size, const size_t ndims,
				    const size_t *dims, const size_t *stride, const size_t *pitch);

/**
 * The operations of dense layouts, for ops tables of one's own whose data is a
 * struct aml_layout_dense; column = Fortran order, row = C order.  They do what the
 * calls of aml/layout.h of the same name do but check neither NULL nor coordinates;
 * the slices want all three arrays.  Shapes are checked.
 */
AML_API void *aml_layout_column_deref(const struct aml_layout_data *data, const size_t *coords);
AML_API int aml_layout_column_order(const struct aml_layout_data *data);
AML_API size_t aml_layout_dense_ndims(const struct aml_layout_data *data);
AML_API size_t aml_layout_dense_element_size(const struct aml_layout_data *data);
AML_API int aml_layout_column_reshape(const struct aml_layout_data *data,
				      struct aml_layout **output, size_t ndims, const size_t *dims);
AML_API int aml_layout_column_slice(const struct aml_layout_data *data, struct aml_layout **output,
				    const size_t *offsets, const size_t *dims,
				    const size_t *strides);
AML_API void *aml_layout_row_deref(const struct aml_layout_data *data, const size_t *coords);
AML_API int aml_layout_row_order(const struct aml_layout_data *data);
AML_API int aml_layout_row_dims(const struct aml_layout_data *data, size_t *dims);
AML_API int aml_layout_row_reshape(const struct aml_layout_data *data, struct aml_layout **output,
				   const size_t ndims, const size_t *dims);
AML_API int aml_layout_row_slice(const struct aml_layout_data *data, struct aml_layout **output,
				 const size_t *offsets, const size_t *dims, const size_t *strides);
AML_API int aml_layout_row_slice_native(const struct aml_layout_data *data,
					struct aml_layout **output, const size_t *offsets,
					const size_t *dims, const size_t *strides);

/** The tables of dense layouts; not to be written. */
extern AML_API struct aml_layout_ops aml_layout_column_ops;
extern AML_API struct aml_layout_ops aml_layout_row_ops;

#ifdef __cplusplus
}
#endif
#endif
