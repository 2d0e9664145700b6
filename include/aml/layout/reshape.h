/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reshaped views: any shape over any layout.
 *
 * aml_layout_reshape() refuses shapes that one stride per dimension cannot express,
 * and layouts without strides.  This view takes them all: the position of an element
 * in native order of the view is its position in native order of the target.  So a
 * C-ordered view of a Fortran-ordered target walks memory in the target's order; it
 * does not transpose.
 *
 *	if (aml_layout_reshape(l, &view, 1, dims) == -AML_EINVAL)
 *		aml_layout_reshape_create(&view, l, AML_LAYOUT_ORDER_C, 1, dims);
 *
 * Every access costs a division per dimension of the target; copies move whole runs
 * of the target and pay once per run.  The view has neither slice nor reshape
 * (AML_ENOTSUP), but may itself be the target of another.
 */
#ifndef AML_LAYOUT_RESHAPE_H
#define AML_LAYOUT_RESHAPE_H

#include "aml/layout.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What the data of a reshaped view points to; arrays in native order. */
struct aml_layout_data_reshape {
	struct aml_layout *target; /* owned */
	size_t ndims;
	size_t target_ndims;
	size_t *dims;	     /* elements */
	size_t *coffsets;    /* elements from one coordinate to the next */
	size_t *target_dims; /* elements */
};

/**
 * View a layout in another shape.
 *
 * @param layout  [out] release with aml_layout_destroy(); NULL on failure
 * @param target  1 to AML_NDIMS_MAX dimensions; owned by the view from success on and
 *                destroyed with it; still the caller's on failure
 * @param order   of @p dims and of the view
 * @param ndims   1 to AML_NDIMS_MAX
 * @param dims    elements, at least 1 each; their product is the target's number of
 *                elements
 *
 * @return 0
 * @return -AML_EINVAL   NULL, a number out of range, or the counts differ
 * @return -AML_ENOTSUP  the target cannot tell its shape or addresses in native order
 * @return -AML_ENOMEM
 *
 * Threads: any, as long as nobody else uses the target's handle to destroy it.
 */
AML_API int aml_layout_reshape_create(struct aml_layout **layout, struct aml_layout *target,
				      const int order, const size_t ndims, const size_t *dims);

/**
 * What aml_layout_destroy() calls: release the view and its target.
 *
 * @param l  NULL is fine
 */
AML_API void aml_layout_reshape_destroy(struct aml_layout *l);

/** The tables of reshaped views; not to be written. */
extern AML_API struct aml_layout_ops aml_layout_reshape_row_ops;
extern AML_API struct aml_layout_ops aml_layout_reshape_column_ops;

#ifdef __cplusplus
}
#endif
#endif
