/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Padded layouts: a layout in a larger frame of one value.
 *
 * Coordinates inside the target's extents are the target's elements; all others are
 * one and the same *neutral* element, kept by the layout.  The target sits at
 * coordinate (0, ..., 0); padding follows at the far end of each dimension.
 *
 *	aml_layout_pad_create(&padded, AML_LAYOUT_ORDER_C, inner, dims, &zero);
 *	aml_layout_destroy(&padded);	destroys inner too
 *
 * Copying from a padded layout writes the padding out; copying into one changes the
 * elements of the target only.  The neutral element is to be read: a program that
 * writes through the address of a coordinate in the padding changes all padding.
 *
 * Padded layouts can be duplicated, permuted and tiled by their addresses, but have
 * neither slice nor reshape (AML_ENOTSUP): slice the target before padding it, or
 * reshape through aml/layout/reshape.h.
 */
#ifndef AML_LAYOUT_PAD_H
#define AML_LAYOUT_PAD_H

#include "aml/layout.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What the data of a padded layout points to; arrays in native order. */
struct aml_layout_pad {
	int tags;		   /* the order bit */
	struct aml_layout *target; /* owned */
	size_t ndims;
	size_t element_size; /* bytes */
	size_t *dims;	     /* elements, padding included */
	size_t *target_dims; /* elements */
	void *neutral;	     /* one element; read-only */
};

/**
 * Put a layout into a larger frame.
 *
 * @param layout   [out] release with aml_layout_destroy(); NULL on failure
 * @param order    of @p dims and of the new layout; it may differ from the target's:
 *                 dimensions correspond in native order
 * @param target   1 to AML_NDIMS_MAX dimensions; owned by the new layout from success
 *                 on and destroyed with it; still the caller's on failure
 * @param dims     elements; as many as the target has and none smaller
 * @param neutral  one element, copied before the call returns
 *
 * @return 0
 * @return -AML_EINVAL   NULL, an extent below the target's, or the bytes of all
 *                       elements overflow
 * @return -AML_ENOTSUP  the target cannot tell its shape or addresses in native order
 * @return -AML_ENOMEM
 *
 * Threads: any, as long as nobody else uses the target's handle to destroy it.
 */
AML_API int aml_layout_pad_create(struct aml_layout **layout, const int order,
				  struct aml_layout *target, const size_t *dims, void *neutral);

/**
 * What aml_layout_destroy() calls: release the layout and its target.
 *
 * @param layout  NULL is fine
 */
AML_API void aml_layout_pad_destroy(struct aml_layout *layout);

/** The tables of padded layouts; not to be written. */
extern AML_API struct aml_layout_ops aml_layout_pad_column_ops;
extern AML_API struct aml_layout_ops aml_layout_pad_row_ops;

#ifdef __cplusplus
}
#endif
#endif
