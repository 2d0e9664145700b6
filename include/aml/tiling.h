/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tilings: a rule that cuts a layout into layouts, its tiles.
 *
 * A tiling lays a grid of boxes of one size over a layout: in each dimension the
 * number of tiles is the layout's extent over the tile's, rounded up.  What becomes of
 * the last tile of a dimension where that does not divide is the kind of tiling:
 *	aml/tiling/resize.h	it is smaller;
 *	aml/tiling/pad.h	it is filled up with a neutral element.
 *
 * Tiles have coordinates like elements.  A tiling has an order tag of its own, which
 * says how the caller lists tile coordinates and tile sizes; the tiles themselves have
 * the order of the layout.
 *
 *	aml_tiling_resize_create(&t, AML_TILING_ORDER_C, layout, 2, tile_dims);
 *	tile = aml_tiling_index(t, coords);	a layout like any other
 *	aml_layout_destroy(&tile);
 *	aml_tiling_resize_destroy(&t);		before layout
 *
 * A tiling borrows its layout, which must outlive it; tiles depend on neither.
 *
 * What holds for every call below.  A tiling that is NULL or has no ops table is
 * refused with AML_EINVAL, an operation its ops table does not have with AML_ENOTSUP.
 * Calls that return a number or a pointer return 0 or NULL then and set aml_errno.
 *
 * Threads: a tiling is never changed after it was made; any number of threads may use
 * one, as long as nobody destroys it.
 */
#ifndef AML_TILING_H
#define AML_TILING_H

#include <stddef.h>
#include <stdio.h>

#include "aml/api.h"
#include "aml/layout.h"
#include "excit.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AML_TILING_ORDER_FORTRAN (0 << 0)
#define AML_TILING_ORDER_COLUMN_MAJOR (0 << 0)
#define AML_TILING_ORDER_C (1 << 0)
#define AML_TILING_ORDER_ROW_MAJOR (1 << 0)
/** The order bit of a tag; other bits are ignored. */
#define AML_TILING_ORDER(x) ((x) & (1 << 0))

struct aml_tiling_ops;
struct aml_tiling_data;

struct aml_tiling {
	struct aml_tiling_ops *ops;
	struct aml_tiling_data *data;
};

/** What a kind of tiling can do; each may be NULL. */
struct aml_tiling_ops {
	struct aml_layout *(*index)(const struct aml_tiling_data *t, const size_t *coords);
	struct aml_layout *(*index_native)(const struct aml_tiling_data *t, const size_t *coords);
	void *(*rawptr)(const struct aml_tiling_data *t, const size_t *coords);
	int (*order)(const struct aml_tiling_data *t);
	int (*dims)(const struct aml_tiling_data *t, size_t *dims);
	int (*dims_native)(const struct aml_tiling_data *t, size_t *dims);
	size_t (*ndims)(const struct aml_tiling_data *t);
	size_t (*ntiles)(const struct aml_tiling_data *t);
	int (*fprintf)(const struct aml_tiling_data *data, FILE *stream, const char *prefix);
};

/**
 * How tile coordinates are listed.
 *
 * @return AML_TILING_ORDER_C or AML_TILING_ORDER_FORTRAN
 * @return -AML_EINVAL, -AML_ENOTSUP
 *
 * Threads: any.
 */
AML_API int aml_tiling_order(const struct aml_tiling *tiling);

/**
 * The number of tiles in each dimension.
 *
 * @param dims  [out] aml_tiling_ndims() entries, in tiles, the tiling's order
 *
 * @return 0
 * @return -AML_EINVAL, -AML_ENOTSUP  @p dims is untouched
 *
 * Threads: any.
 */
AML_API int aml_tiling_dims(const struct aml_tiling *tiling, size_t *dims);

/**
 * The number of dimensions: the layout's.
 *
 * @return at least 1, or 0 with AML_EINVAL or AML_ENOTSUP in aml_errno
 *
 * Threads: any.
 */
AML_API size_t aml_tiling_ndims(const struct aml_tiling *tiling);

/**
 * The extents of one tile.
 *
 * @param coords  which, in tiles, the tiling's order; NULL = the first
 * @param dims    [out] in elements, the *layout's* user order
 *
 * @return 0
 * @return -AML_EINVAL   there is no such tile, or @p dims is NULL
 * @return -AML_ENOTSUP  the layout cannot be sliced
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_tiling_tile_dims(const struct aml_tiling *tiling, const size_t *coords,
				 size_t *dims);

/**
 * The number of tiles.
 *
 * @return at least 1, or 0 with AML_EINVAL or AML_ENOTSUP in aml_errno
 *
 * Threads: any.
 */
AML_API size_t aml_tiling_ntiles(const struct aml_tiling *tiling);

/**
 * One tile.
 *
 * @param coords  which, in tiles, the tiling's order
 *
 * @return a new layout with the order of the tiling's layout, released with
 *         aml_layout_destroy() and independent of both
 * @return NULL  with in aml_errno AML_EINVAL: there is no such tile; AML_ENOTSUP: the
 *               layout cannot be sliced; or AML_ENOMEM
 *
 * Threads: any.
 */
AML_API struct aml_layout *aml_tiling_index(const struct aml_tiling *tiling, const size_t *coords);

/**
 * The address of a tile's first element.
 *
 * @param coords  which, in tiles, the tiling's order
 *
 * @return the address
 * @return NULL  with in aml_errno AML_EINVAL: there is no such tile
 *
 * Threads: any.
 */
AML_API void *aml_tiling_rawptr(const struct aml_tiling *tiling, const size_t *coords);

/**
 * The tile an iterator is at; the iterator does not advance.
 *
 * @param iterator  its current tuple is taken as *native* tile coordinates (fastest
 *                  dimension first); its dimension is the tiling's
 *
 * @return as aml_tiling_index()
 * @return NULL  with in aml_errno AML_EINVAL: NULL, the dimensions differ, the iterator
 *               is at its end, or there is no such tile
 *
 * Threads: any, for iterators of their own.
 */
AML_API struct aml_layout *aml_tiling_index_byiter(const struct aml_tiling *tiling,
						   const_excit_t iterator);

/**
 * Describe a tiling in lines of text: the kind, order and number of dimensions; per
 * dimension, in the tiling's order, the number of tiles, a tile's extent and the last
 * tile's; then the layout.
 *
 * @param stream  open for writing
 * @param prefix  every line starts with it and ": "; NULL = ""
 *
 * @return what the tiling's operation returns: 0; ferror() tells of write errors
 * @return -AML_EINVAL, -AML_ENOTSUP  nothing was written
 *
 * Threads: any.  Blocks: as the stream does.
 */
AML_API int aml_tiling_fprintf(FILE *stream, const char *prefix, const struct aml_tiling *tiling);

#ifdef __cplusplus
}
#endif
#endif
