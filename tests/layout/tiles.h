/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of tilings share: both kinds of tilings over one buffer. */
#ifndef TESTS_LAYOUT_TILES_H
#define TESTS_LAYOUT_TILES_H

#include <check.h>

#include "aml/layout/dense.h"
#include "aml/tiling/pad.h"
#include "aml/tiling/resize.h"

#define C AML_TILING_ORDER_C
#define F AML_TILING_ORDER_FORTRAN

static char buffer[1 << 12];
static int neutral = 0x5a5a5a5a;

static inline struct aml_layout *dense(int order, size_t ndims, const size_t *dims)
{
	struct aml_layout *l;

	ck_assert_int_eq(aml_layout_dense_create(&l, buffer, order, 4, ndims, dims, NULL, NULL), 0);
	return l;
}

/* Of kind 0, resized, or 1, padded. */
static inline int create(int kind, struct aml_tiling **t, int order, const struct aml_layout *l,
			 size_t ndims, const size_t *tile_dims)
{
	if (kind)
		return aml_tiling_pad_create(t, order, l, ndims, tile_dims, &neutral);
	return aml_tiling_resize_create(t, order, l, ndims, tile_dims);
}

static inline struct aml_tiling *tiling(int kind, int order, const struct aml_layout *l,
					size_t ndims, const size_t *tile_dims)
{
	struct aml_tiling *t;

	ck_assert_int_eq(create(kind, &t, order, l, ndims, tile_dims), 0);
	return t;
}

static inline void destroy(int kind, struct aml_tiling **t)
{
	if (kind)
		aml_tiling_pad_destroy(t);
	else
		aml_tiling_resize_destroy(t);
	ck_assert_ptr_null(*t);
}

static inline void expect_tile_dims(const struct aml_tiling *t, const size_t *coords, size_t a,
				    size_t b)
{
	size_t dims[2];

	ck_assert_int_eq(aml_tiling_tile_dims(t, coords, dims), 0);
	ck_assert_uint_eq(dims[0], a);
	ck_assert_uint_eq(dims[1], b);
}

#endif
