/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tilings whose tiles all have one size: the last ones are padded layouts (see
 * aml/layout/pad.h) where the layout ends inside them.  Tiles that the layout fills are
 * plain slices.  What is read from the padding is the neutral element; it must not be
 * written.
 */
#ifndef AML_TILING_PAD_H
#define AML_TILING_PAD_H

#include "aml/tiling.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What the data of such a tiling points to; arrays in native order. */
struct aml_tiling_pad {
	int tags;			 /* the order bit */
	const struct aml_layout *layout; /* borrowed */
	size_t ndims;
	size_t *tile_dims;	  /* elements */
	size_t *dims;		  /* tiles */
	size_t *border_tile_dims; /* elements of the layout in the last tile */
	size_t *pad;		  /* elements of padding in the last tile */
	void *neutral;		  /* one element; read-only */
};

/**
 * Cut a layout into tiles of one size, the last ones padded.
 *
 * @param t          [out] release with aml_tiling_pad_destroy(); NULL on failure
 * @param tags       AML_TILING_ORDER_C or AML_TILING_ORDER_FORTRAN; other bits are
 *                   ignored
 * @param l          borrowed: it must outlive the tiling
 * @param ndims      the layout's, at most AML_NDIMS_MAX
 * @param tile_dims  elements, at least 1 each, in the order of @p tags
 * @param neutral    one element, copied before the call returns
 *
 * @return 0
 * @return -AML_EINVAL   NULL, a number out of range, or the number of tiles or the bytes
 *                       of one overflow
 * @return -AML_ENOTSUP  the layout cannot tell its shape or addresses in native order.
 *                       One that cannot be sliced is accepted: its tiles have
 *                       addresses, and aml_tiling_index() refuses
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_tiling_pad_create(struct aml_tiling **t, int tags, const struct aml_layout *l,
				  size_t ndims, const size_t *tile_dims, void *neutral);

/**
 * Release the tiling, not the layout.
 *
 * @param t  set to NULL; NULL and *NULL are fine
 */
AML_API void aml_tiling_pad_destroy(struct aml_tiling **t);

/** The tables of these tilings; not to be written. */
extern AML_API struct aml_tiling_ops aml_tiling_pad_column_ops;
extern AML_API struct aml_tiling_ops aml_tiling_pad_row_ops;

#ifdef __cplusplus
}
#endif
#endif
