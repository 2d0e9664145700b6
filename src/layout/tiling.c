/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls of every kind of tiling: refuse what is wrong, then dispatch. */
#include <stdlib.h>

#include "aml/tiling/native.h"
#include "base/error.h"
#include "base/mem.h"

#define LACKS(tiling, op) (!(tiling) || !(tiling)->ops || !(tiling)->ops->op)

static int refuse(const struct aml_tiling *tiling, const char *op)
{
	if (!tiling || !tiling->ops)
		return amli_fail(AML_EINVAL, "%s: the tiling%s is NULL", op,
				 tiling ? "'s ops table" : "");
	return amli_fail(AML_ENOTSUP, "this kind of tiling has no %s operation", op);
}

static void *refuse_null(const struct aml_tiling *tiling, const char *op)
{
	aml_errno = -refuse(tiling, op);
	return NULL;
}

int aml_tiling_order(const struct aml_tiling *tiling)
{
	if (LACKS(tiling, order))
		return refuse(tiling, "order");
	return tiling->ops->order(tiling->data);
}

int aml_tiling_dims(const struct aml_tiling *tiling, size_t *dims)
{
	if (LACKS(tiling, dims))
		return refuse(tiling, "dims");
	if (!dims)
		return amli_fail(AML_EINVAL, "dims: the array is NULL");
	return tiling->ops->dims(tiling->data, dims);
}

int aml_tiling_dims_native(const struct aml_tiling *tiling, size_t *dims)
{
	if (LACKS(tiling, dims_native))
		return refuse(tiling, "dims_native");
	if (!dims)
		return amli_fail(AML_EINVAL, "dims_native: the array is NULL");
	return tiling->ops->dims_native(tiling->data, dims);
}

size_t aml_tiling_ndims(const struct aml_tiling *tiling)
{
	if (LACKS(tiling, ndims)) {
		refuse_null(tiling, "ndims");
		return 0;
	}
	return tiling->ops->ndims(tiling->data);
}

size_t aml_tiling_ntiles(const struct aml_tiling *tiling)
{
	if (LACKS(tiling, ntiles)) {
		refuse_null(tiling, "ntiles");
		return 0;
	}
	return tiling->ops->ntiles(tiling->data);
}

struct aml_layout *aml_tiling_index(const struct aml_tiling *tiling, const size_t *coords)
{
	if (LACKS(tiling, index))
		return refuse_null(tiling, "index");
	if (!coords)
		return amli_fail_null(AML_EINVAL, "index: coords is NULL");
	return tiling->ops->index(tiling->data, coords);
}

struct aml_layout *aml_tiling_index_native(const struct aml_tiling *tiling, const size_t *coords)
{
	if (LACKS(tiling, index_native))
		return refuse_null(tiling, "index_native");
	if (!coords)
		return amli_fail_null(AML_EINVAL, "index_native: coords is NULL");
	return tiling->ops->index_native(tiling->data, coords);
}

void *aml_tiling_rawptr(const struct aml_tiling *tiling, const size_t *coords)
{
	if (LACKS(tiling, rawptr))
		return refuse_null(tiling, "rawptr");
	if (!coords)
		return amli_fail_null(AML_EINVAL, "rawptr: coords is NULL");
	return tiling->ops->rawptr(tiling->data, coords);
}

static struct aml_layout *first_tile(const struct aml_tiling *tiling)
{
	struct aml_layout *tile = NULL;
	size_t *zeros;

	if (LACKS(tiling, ndims))
		return refuse_null(tiling, "ndims");
	zeros = amli_calloc(aml_tiling_ndims(tiling), sizeof(*zeros));
	if (!zeros)
		return amli_fail_null(AML_ENOMEM, "no memory for tile coordinates");
	tile = aml_tiling_index(tiling, zeros);
	free(zeros);
	return tile;
}

int aml_tiling_tile_dims(const struct aml_tiling *tiling, const size_t *coords, size_t *dims)
{
	struct aml_layout *tile;
	int rc;

	tile = coords ? aml_tiling_index(tiling, coords) : first_tile(tiling);
	if (!tile)
		return -aml_errno;
	rc = aml_layout_dims(tile, dims);
	aml_layout_destroy(&tile);
	return rc;
}

struct aml_layout *aml_tiling_index_byiter(const struct aml_tiling *tiling, const_excit_t iterator)
{
	ssize_t at[AML_NDIMS_MAX], dimension;
	size_t coords[AML_NDIMS_MAX];
	size_t ndims;

	if (LACKS(tiling, index_native))
		return refuse_null(tiling, "index_native");
	ndims = aml_tiling_ndims(tiling);
	if (ndims == 0)
		return NULL;
	if (excit_dimension(iterator, &dimension))
		return amli_fail_null(AML_EINVAL, "index_byiter: the iterator is NULL");
	if ((size_t)dimension != ndims || ndims > AML_NDIMS_MAX)
		return amli_fail_null(
			AML_EINVAL, "index_byiter: the iterator has %zd dimensions, the tiling %zu",
			dimension, ndims);
	if (excit_peek(iterator, at))
		return amli_fail_null(AML_EINVAL, "index_byiter: the iterator is at its end");
	for (size_t i = 0; i < ndims; i++)
		coords[i] = (size_t)at[i]; /* negative: too large for any tiling */
	return tiling->ops->index_native(tiling->data, coords);
}

int aml_tiling_fprintf(FILE *stream, const char *prefix, const struct aml_tiling *tiling)
{
	if (LACKS(tiling, fprintf))
		return refuse(tiling, "fprintf");
	if (!stream)
		return amli_fail(AML_EINVAL, "fprintf: the stream is NULL");
	return tiling->ops->fprintf(tiling->data, stream, prefix ? prefix : "");
}
