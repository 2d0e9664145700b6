/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tilings whose last tiles are as small as what is left: a 10 x 7 layout in tiles of
 * 4 x 3 has 3 x 3 of them, the last of 2 x 1.  Every element is in exactly one tile.
 * A tile larger than the layout gives one tile of the layout's size.
 */
#ifndef AML_TILING_RESIZE_H
#define AML_TILING_RESIZE_H

#include "aml/tiling.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What the data of such a tiling points to; arrays in native order. */
struct aml_tiling_resize {
	int tags;			 /* the order bit */
	const struct aml_layout *layout; /* borrowed */
	size_t ndims;
	size_t *tile_dims;	  /* elements */
	size_t *dims;		  /* tiles */
	size_t *border_tile_dims; /* elements of the last tile */
};

/**
 * Cut a layout into tiles, the last ones smaller.
 *
 * @param t          [out] release with aml_tiling_resize_destroy(); NULL on failure
 * @param tags       AML_TILING_ORDER_C or AML_TILING_ORDER_FORTRAN; other bits are
 *                   ignored
 * @param l          borrowed: it must outlive the tiling
 * @param ndims      the layout's, at most AML_NDIMS_MAX
 * @param tile_dims  elements, at least 1 each, in the order of @p tags
 *
 * @return 0
 * @return -AML_EINVAL   NULL, a number out of range, or the number of tiles overflows
 * @return -AML_ENOTSUP  the layout cannot tell its shape or addresses in native order.
 *                       One that cannot be sliced is accepted: its tiles have
 *                       addresses, and aml_tiling_index() refuses
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_tiling_resize_create(struct aml_tiling **t, int tags, const struct aml_layout *l,
				     size_t ndims, const size_t *tile_dims);

/**
 * Release the tiling, not the layout.
 *
 * @param t  set to NULL; NULL and *NULL are fine
 */
AML_API void aml_tiling_resize_destroy(struct aml_tiling **t);

/** The tables of these tilings; not to be written. */
extern AML_API struct aml_tiling_ops aml_tiling_resize_column_ops;
extern AML_API struct aml_tiling_ops aml_tiling_resize_row_ops;

#ifdef __cplusplus
}
#endif
#endif
