/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Layouts in native order: the fastest dimension first, whatever the order tag.
 *
 * For an AML_LAYOUT_ORDER_FORTRAN layout native order is user order, for an
 * AML_LAYOUT_ORDER_C layout it is user order reversed.  Code that walks memory, such
 * as an engine, uses these calls and need not look at the tag.  What aml/layout.h says
 * of its calls (NULL, missing operations, units) holds here.
 */
#ifndef AML_LAYOUT_NATIVE_H
#define AML_LAYOUT_NATIVE_H

#include "aml/layout.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The address of one element, given in native order and not checked.
 *
 * @param coords  each below its dimension
 *
 * @return the address, or NULL with AML_EINVAL or AML_ENOTSUP in aml_errno
 *
 * Threads: any.
 */
AML_API void *aml_layout_deref_native(const struct aml_layout *layout, const size_t *coords);

/**
 * The extents in native order.
 *
 * @param dims  [out] aml_layout_ndims() entries, in elements
 *
 * @return 0
 * @return -AML_EINVAL, -AML_ENOTSUP  @p dims is untouched
 *
 * Threads: any.
 */
AML_API int aml_layout_dims_native(const struct aml_layout *layout, size_t *dims);

/**
 * aml_layout_slice() with all arrays in native order; here none may be NULL.
 *
 * @param out  [out] a new layout, released with aml_layout_destroy() and independent
 *             of @p layout; NULL on failure
 *
 * @return 0
 * @return -AML_EINVAL   NULL, the slice reaches outside, an extent or stride is 0
 * @return -AML_ENOTSUP  layouts without the operation (padded, reshaped views)
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_layout_slice_native(const struct aml_layout *layout, struct aml_layout **out,
				    const size_t *offsets, const size_t *dims,
				    const size_t *strides);

#ifdef __cplusplus
}
#endif
#endif
