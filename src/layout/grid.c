/* SPDX-License-Identifier: BSD-3-Clause */
#include "aml/layout/native.h"
#include "base/error.h"
#include "base/mem.h"
#include "layout/affine.h"
#include "layout/grid.h"
#include "layout/layout.h"
#include "layout/target.h"

int amli_grid_init(struct amli_grid *g, int order, const size_t *tile_dims)
{
	struct amli_shape shape;
	size_t ntiles = 1;
	int rc = amli_target_shape(g->layout, &shape);

	if (rc)
		return rc;
	if (g->ndims != shape.ndims)
		return amli_fail(AML_EINVAL, "tiling: %zu dimensions, but the layout has %zu",
				 g->ndims, shape.ndims);
	rc = amli_dims_check(g->ndims, tile_dims);
	if (rc)
		return rc;
	amli_order_copy(order, g->ndims, g->tile_dims, tile_dims);
	for (size_t i = 0; i < g->ndims; i++) {
		size_t tile = g->tile_dims[i], rest = shape.dims[i] % tile;

		g->dims[i] = shape.dims[i] / tile + (rest != 0);
		g->border[i] = rest ? rest : tile;
		if (amli_mul_overflows(ntiles, g->dims[i], &ntiles))
			return amli_fail(AML_EINVAL, "tiling: the number of tiles overflows");
	}
	return 0;
}

/* The first element of the tile, or -AML_EINVAL if there is no such tile. */
static int offsets_of(const struct amli_grid *g, const size_t *coords, size_t *offsets)
{
	for (size_t i = 0; i < g->ndims; i++) {
		if (coords[i] >= g->dims[i])
			return amli_fail(
				AML_EINVAL,
				"tile coordinate %zu of native dimension %zu must be below "
				"%zu",
				coords[i], i, g->dims[i]);
		offsets[i] = coords[i] * g->tile_dims[i];
	}
	return 0;
}

struct aml_layout *amli_grid_slice(const struct amli_grid *g, const size_t *coords)
{
	size_t offsets[AML_NDIMS_MAX], dims[AML_NDIMS_MAX], strides[AML_NDIMS_MAX];
	struct aml_layout *tile;
	int rc = offsets_of(g, coords, offsets);

	if (!rc) {
		for (size_t i = 0; i < g->ndims; i++) {
			dims[i] = amli_grid_extent(g, i, coords[i]);
			strides[i] = 1;
		}
		rc = aml_layout_slice_native(g->layout, &tile, offsets, dims, strides);
	}
	if (rc) {
		aml_errno = -rc;
		return NULL;
	}
	return tile;
}

void *amli_grid_rawptr(const struct amli_grid *g, const size_t *coords)
{
	size_t offsets[AML_NDIMS_MAX];
	int rc = offsets_of(g, coords, offsets);

	if (rc) {
		aml_errno = -rc;
		return NULL;
	}
	return aml_layout_deref_native(g->layout, offsets);
}

size_t amli_grid_ntiles(const struct amli_grid *g)
{
	size_t n = 1;

	for (size_t i = 0; i < g->ndims; i++)
		n *= g->dims[i];
	return n;
}

void amli_grid_print(const struct amli_grid *g, int order, const char *kind, const size_t *pad,
		     FILE *stream, const char *prefix)
{
	fprintf(stream, "%s: %s tiling, %s\n", prefix, kind, amli_order_name(order));
	fprintf(stream, "%s: tags: %d\n", prefix, order);
	fprintf(stream, "%s: ndims: %zu\n", prefix, g->ndims);
	for (size_t i = 0; i < g->ndims; i++) {
		size_t n = AML_LAYOUT_ORDER(order) == AML_LAYOUT_ORDER_C ? g->ndims - 1 - i : i;

		fprintf(stream, "%s: %16zu: %16zu %16zu %16zu", prefix, i, g->dims[n],
			g->tile_dims[n], g->border[n]);
		if (pad)
			fprintf(stream, " %16zu", pad[n]);
		fputc('\n', stream);
	}
	amli_target_print(stream, prefix, g->layout);
}
