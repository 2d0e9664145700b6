/* SPDX-License-Identifier: BSD-3-Clause */
/* A grid of boxes over a layout: what the kinds of tilings have in common.  Native
 * order, unless said otherwise. */
#ifndef AMLI_LAYOUT_GRID_H
#define AMLI_LAYOUT_GRID_H

#include <stdio.h>

#include "aml/layout.h"

struct amli_grid {
	const struct aml_layout *layout;
	size_t ndims;
	size_t *tile_dims; /* elements */
	size_t *dims;	   /* tiles */
	size_t *border;	   /* elements of the layout in the last tile */
};

/* Fill the three arrays for tiles of the given size, in the order of the tag.
 * -AML_EINVAL if the numbers do not fit the layout, -AML_ENOTSUP if it cannot tell its
 * shape. */
int amli_grid_init(struct amli_grid *g, int order, const size_t *tile_dims);

/* How many elements of the layout are in the tile, as an extent. */
static inline size_t amli_grid_extent(const struct amli_grid *g, size_t i, size_t coord)
{
	return coord + 1 == g->dims[i] ? g->border[i] : g->tile_dims[i];
}

/* What the layout has in that tile, as a slice; NULL with aml_errno set. */
struct aml_layout *amli_grid_slice(const struct amli_grid *g, const size_t *coords);

/* The address of the tile's first element; NULL with aml_errno set. */
void *amli_grid_rawptr(const struct amli_grid *g, const size_t *coords);

size_t amli_grid_ntiles(const struct amli_grid *g);

/* pad may be NULL. */
void amli_grid_print(const struct amli_grid *g, int order, const char *kind, const size_t *pad,
		     FILE *stream, const char *prefix);

#endif
