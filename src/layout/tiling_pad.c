/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "aml/layout/pad.h"
#include "aml/tiling/pad.h"
#include "base/error.h"
#include "base/mem.h"
#include "layout/affine.h"
#include "layout/grid.h"
#include "layout/layout.h"

/* The neutral element follows the arrays, aligned for any type. */
struct pad_block {
	struct aml_tiling handle;
	struct aml_tiling_pad pad;
	size_t arrays[4][AML_NDIMS_MAX];
	_Alignas(max_align_t) char neutral[];
};

static const struct aml_tiling_pad *pad_of(const struct aml_tiling_data *data)
{
	return (const struct aml_tiling_pad *)data;
}

static struct amli_grid grid_of(const struct aml_tiling_data *data)
{
	const struct aml_tiling_pad *p = pad_of(data);

	return (struct amli_grid){p->layout, p->ndims, p->tile_dims, p->dims, p->border_tile_dims};
}

static void fill(struct pad_block *b, int tags, const struct amli_grid *g, const void *neutral,
		 size_t element_size)
{
	bool c = AML_TILING_ORDER(tags) == AML_TILING_ORDER_C;

	b->handle.ops = c ? &aml_tiling_pad_row_ops : &aml_tiling_pad_column_ops;
	b->handle.data = (struct aml_tiling_data *)&b->pad;
	b->pad = (struct aml_tiling_pad){
		.tags = AML_TILING_ORDER(tags),
		.layout = g->layout,
		.ndims = g->ndims,
		.tile_dims = g->tile_dims,
		.dims = g->dims,
		.border_tile_dims = g->border,
		.pad = b->arrays[3],
		.neutral = b->neutral,
	};
	for (size_t i = 0; i < g->ndims; i++)
		b->pad.pad[i] = g->tile_dims[i] - g->border[i];
	memcpy(b->neutral, neutral, element_size);
}

int aml_tiling_pad_create(struct aml_tiling **t, int tags, const struct aml_layout *l, size_t ndims,
			  const size_t *tile_dims, void *neutral)
{
	struct pad_block *b;
	struct amli_grid g;
	size_t element_size, bytes;
	int rc;

	if (!t)
		return amli_fail(AML_EINVAL, "tiling: no place for the result (t is NULL)");
	*t = NULL;
	if (!l || !tile_dims || !neutral)
		return amli_fail(AML_EINVAL, "tiling: the layout, tile_dims or neutral is NULL");
	element_size = aml_layout_element_size(l);
	if (element_size == 0)
		return l->ops && !l->ops->element_size ? -AML_ENOTSUP : -AML_EINVAL;
	if (amli_add_overflows(sizeof(*b), element_size, &bytes))
		return amli_fail(AML_EINVAL, "tiling: elements of %zu bytes", element_size);
	b = amli_calloc(1, bytes);
	if (!b)
		return amli_fail(AML_ENOMEM, "no memory for a tiling");
	g = (struct amli_grid){l, ndims, b->arrays[0], b->arrays[1], b->arrays[2]};
	rc = amli_grid_init(&g, tags, tile_dims);
	if (!rc && !amli_dims_count(ndims, tile_dims, element_size))
		rc = -AML_EINVAL;
	if (rc) {
		free(b);
		return rc;
	}
	fill(b, tags, &g, neutral, element_size);
	*t = &b->handle;
	return 0;
}

void aml_tiling_pad_destroy(struct aml_tiling **t)
{
	if (!t)
		return;
	free(*t);
	*t = NULL;
}

/* True if the layout ends inside this tile, which exists. */
static bool is_partial(const struct aml_tiling_pad *p, const size_t *coords)
{
	for (size_t i = 0; i < p->ndims; i++)
		if (p->pad[i] && coords[i] + 1 == p->dims[i])
			return true;
	return false;
}

static struct aml_layout *index_native(const struct aml_tiling_data *data, const size_t *coords)
{
	const struct aml_tiling_pad *p = pad_of(data);
	struct amli_grid g = grid_of(data);
	struct aml_layout *slice = amli_grid_slice(&g, coords);
	struct aml_layout *tile;
	size_t user[AML_NDIMS_MAX];
	int order, rc;

	if (!slice || !is_partial(p, coords))
		return slice;
	order = aml_layout_order(slice);
	rc = order;
	if (order >= 0) {
		amli_order_copy(order, p->ndims, user, p->tile_dims);
		rc = aml_layout_pad_create(&tile, order, slice, user, p->neutral);
	}
	if (rc) {
		aml_layout_destroy(&slice);
		aml_errno = -rc;
		return NULL;
	}
	return tile;
}

static struct aml_layout *index_user(const struct aml_tiling_data *data, const size_t *coords)
{
	size_t native[AML_NDIMS_MAX];

	amli_order_copy(pad_of(data)->tags, pad_of(data)->ndims, native, coords);
	return index_native(data, native);
}

static void *rawptr(const struct aml_tiling_data *data, const size_t *coords)
{
	struct amli_grid g = grid_of(data);
	size_t native[AML_NDIMS_MAX];

	amli_order_copy(pad_of(data)->tags, g.ndims, native, coords);
	return amli_grid_rawptr(&g, native);
}

static int order(const struct aml_tiling_data *data)
{
	return pad_of(data)->tags;
}

static int dims_native(const struct aml_tiling_data *data, size_t *dims)
{
	amli_order_copy(AML_LAYOUT_ORDER_FORTRAN, pad_of(data)->ndims, dims, pad_of(data)->dims);
	return 0;
}

static int dims_user(const struct aml_tiling_data *data, size_t *dims)
{
	amli_order_copy(pad_of(data)->tags, pad_of(data)->ndims, dims, pad_of(data)->dims);
	return 0;
}

static size_t ndims_of(const struct aml_tiling_data *data)
{
	return pad_of(data)->ndims;
}

static size_t ntiles(const struct aml_tiling_data *data)
{
	struct amli_grid g = grid_of(data);

	return amli_grid_ntiles(&g);
}

static int print(const struct aml_tiling_data *data, FILE *stream, const char *prefix)
{
	struct amli_grid g = grid_of(data);

	amli_grid_print(&g, pad_of(data)->tags, "pad", pad_of(data)->pad, stream, prefix);
	return 0;
}

/* The tag in the data says the order, so both tables have the same operations; that
 * there are two is AML's interface. */
struct aml_tiling_ops aml_tiling_pad_column_ops = {
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

struct aml_tiling_ops aml_tiling_pad_row_ops = {
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
