/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "aml/tiling/resize.h"
#include "base/error.h"
#include "base/mem.h"
#include "layout/grid.h"
#include "layout/layout.h"

struct resize_block {
	struct aml_tiling handle;
	struct aml_tiling_resize resize;
	size_t arrays[3][AML_NDIMS_MAX];
};

static const struct aml_tiling_resize *resize_of(const struct aml_tiling_data *data)
{
	return (const struct aml_tiling_resize *)data;
}

static struct amli_grid grid_of(const struct aml_tiling_data *data)
{
	const struct aml_tiling_resize *r = resize_of(data);

	return (struct amli_grid){r->layout, r->ndims, r->tile_dims, r->dims, r->border_tile_dims};
}

int aml_tiling_resize_create(struct aml_tiling **t, int tags, const struct aml_layout *l,
			     size_t ndims, const size_t *tile_dims)
{
	bool c = AML_TILING_ORDER(tags) == AML_TILING_ORDER_C;
	struct resize_block *b;
	struct amli_grid g;
	int rc;

	if (!t)
		return amli_fail(AML_EINVAL, "tiling: no place for the result (t is NULL)");
	*t = NULL;
	if (!l || !tile_dims)
		return amli_fail(AML_EINVAL, "tiling: %s is NULL", l ? "tile_dims" : "the layout");
	b = amli_calloc(1, sizeof(*b));
	if (!b)
		return amli_fail(AML_ENOMEM, "no memory for a tiling");
	g = (struct amli_grid){l, ndims, b->arrays[0], b->arrays[1], b->arrays[2]};
	rc = amli_grid_init(&g, tags, tile_dims);
	if (rc) {
		free(b);
		return rc;
	}
	b->handle.ops = c ? &aml_tiling_resize_row_ops : &aml_tiling_resize_column_ops;
	b->handle.data = (struct aml_tiling_data *)&b->resize;
	b->resize = (struct aml_tiling_resize){
		.tags = AML_TILING_ORDER(tags),
		.layout = l,
		.ndims = ndims,
		.tile_dims = g.tile_dims,
		.dims = g.dims,
		.border_tile_dims = g.border,
	};
	*t = &b->handle;
	return 0;
}

void aml_tiling_resize_destroy(struct aml_tiling **t)
{
	if (!t)
		return;
	free(*t);
	*t = NULL;
}

static struct aml_layout *index_native(const struct aml_tiling_data *data, const size_t *coords)
{
	struct amli_grid g = grid_of(data);

	return amli_grid_slice(&g, coords);
}

static struct aml_layout *index_user(const struct aml_tiling_data *data, const size_t *coords)
{
	size_t native[AML_NDIMS_MAX];

	amli_order_copy(resize_of(data)->tags, resize_of(data)->ndims, native, coords);
	return index_native(data, native);
}

static void *rawptr(const struct aml_tiling_data *data, const size_t *coords)
{
	struct amli_grid g = grid_of(data);
	size_t native[AML_NDIMS_MAX];

	amli_order_copy(resize_of(data)->tags, g.ndims, native, coords);
	return amli_grid_rawptr(&g, native);
}

static int order(const struct aml_tiling_data *data)
{
	return resize_of(data)->tags;
}

static int dims_native(const struct aml_tiling_data *data, size_t *dims)
{
	amli_order_copy(AML_LAYOUT_ORDER_FORTRAN, resize_of(data)->ndims, dims,
			resize_of(data)->dims);
	return 0;
}

static int dims_user(const struct aml_tiling_data *data, size_t *dims)
{
	amli_order_copy(resize_of(data)->tags, resize_of(data)->ndims, dims, resize_of(data)->dims);
	return 0;
}

static size_t ndims_of(const struct aml_tiling_data *data)
{
	return resize_of(data)->ndims;
}

static size_t ntiles(const struct aml_tiling_data *data)
{
	struct amli_grid g = grid_of(data);

	return amli_grid_ntiles(&g);
}

static int print(const struct aml_tiling_data *data, FILE *stream, const char *prefix)
{
	struct amli_grid g = grid_of(data);

	amli_grid_print(&g, resize_of(data)->tags, "resize", NULL, stream, prefix);
	return 0;
}

/* The tag in the data says the order, so both tables have the same operations; that
 * there are two is AML's interface. */
struct aml_tiling_ops aml_tiling_resize_column_ops = {
	.index = index_user,
	.index_native = index_native,
	.rawptr = rawptr,
	.order = order,
	.dims = dims_user,
	.dims_native = dims_native,
	.ndims = ndims_of,
	.ntiles = ntiles,
	.fprintf = print,
};

struct aml_tiling_ops aml_tiling_resize_row_ops = {
	.index = index_user,
	.index_native = index_native,
	.rawptr = rawptr,
	.order = order,
	.dims = dims_user,
	.dims_native = dims_native,
	.ndims = ndims_of,
	.ntiles = ntiles,
	.fprintf = print,
};
