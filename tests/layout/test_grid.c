/* SPDX-License-Identifier: BSD-3-Clause */
/* How layouts are cut into tiles, resized and padded. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/layout/native.h"
#include "aml/layout/pad.h"
#include "aml/layout/reshape.h"
#include "aml/tiling/native.h"
#include "base/mem.h"
#include "tests/layout/tiles.h"
#include "tests/lib/model.h"

START_TEST(border_tiles_are_what_is_left)
{
	struct aml_layout *l = dense(C, 2, DIMS(10, 7));
	struct aml_tiling *t = tiling(0, C, l, 2, DIMS(4, 3));
	const struct aml_tiling_resize *r = (const struct aml_tiling_resize *)t->data;
	size_t dims[2];

	ck_assert_int_eq(aml_tiling_dims(t, dims), 0);
	ck_assert_mem_eq(dims, DIMS(3, 3), sizeof(dims));
	ck_assert_uint_eq(aml_tiling_ntiles(t), 9);
	ck_assert_uint_eq(aml_tiling_ndims(t), 2);
	ck_assert_int_eq(aml_tiling_order(t), C);
	expect_tile_dims(t, NULL, 4, 3);
	expect_tile_dims(t, DIMS(0, 2), 4, 1);
	expect_tile_dims(t, DIMS(2, 0), 2, 3);
	expect_tile_dims(t, DIMS(2, 2), 2, 1);
	ck_assert_ptr_eq(t->ops, &aml_tiling_resize_row_ops);
	ck_assert_ptr_eq(r->layout, l);
	ck_assert_mem_eq(r->tile_dims, DIMS(3, 4), sizeof(dims));
	ck_assert_mem_eq(r->border_tile_dims, DIMS(1, 2), sizeof(dims));
	destroy(0, &t);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(padded_tiles_all_have_one_size)
{
	struct aml_layout *l = dense(C, 2, DIMS(10, 7));
	struct aml_tiling *t = tiling(1, C, l, 2, DIMS(4, 3));
	const struct aml_tiling_pad *p = (const struct aml_tiling_pad *)t->data;
	struct aml_layout *tile;

	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < 3; j++) {
			expect_tile_dims(t, DIMS(i, j), 4, 3);
			tile = aml_tiling_index(t, DIMS(i, j));
			ck_assert_int_eq(tile->ops == &aml_layout_pad_row_ops, i == 2 || j == 2);
			aml_layout_destroy(&tile);
		}
	tile = aml_tiling_index(t, DIMS(2, 2));
	ck_assert_ptr_eq(aml_layout_deref(tile, DIMS(1, 0)), buffer + 4 * (9 * 7 + 6));
	ck_assert_int_eq(*(int *)aml_layout_deref(tile, DIMS(1, 1)), neutral);
	ck_assert_int_eq(*(int *)aml_layout_deref(tile, DIMS(2, 0)), neutral);
	ck_assert_mem_eq(p->pad, DIMS(2, 2), 2 * sizeof(size_t));
	ck_assert_ptr_ne(p->neutral, &neutral);
	destroy(1, &t);
	aml_layout_destroy(&l);
	ck_assert_int_eq(*(int *)aml_layout_deref(tile, DIMS(3, 2)), neutral);
	aml_layout_destroy(&tile);
}
END_TEST

START_TEST(a_last_tile_that_is_full_is_a_plain_slice)
{
	struct aml_layout *l = dense(C, 2, DIMS(8, 7)), *tile;
	struct aml_tiling *t = tiling(1, C, l, 2, DIMS(4, 3));

	tile = aml_tiling_index(t, DIMS(1, 0));
	ck_assert_ptr_eq(tile->ops, &aml_layout_row_ops);
	aml_layout_destroy(&tile);
	tile = aml_tiling_index(t, DIMS(1, 2));
	ck_assert_ptr_eq(tile->ops, &aml_layout_pad_row_ops);
	aml_layout_destroy(&tile);
	destroy(1, &t);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(tiles_have_the_order_of_the_layout_and_coordinates_that_of_the_tiling)
{
	for (int kind = 0; kind < 2; kind++) {
		struct aml_layout *l = dense(F, 2, DIMS(6, 4)), *tile;
		struct aml_tiling *t = tiling(kind, C, l, 2, DIMS(2, 3));
		size_t dims[2];

		ck_assert_int_eq(aml_tiling_dims(t, dims), 0);
		ck_assert_mem_eq(dims, DIMS(2, 2), sizeof(dims));
		expect_tile_dims(t, NULL, 3, 2);
		tile = aml_tiling_index(t, DIMS(0, 1));
		ck_assert_int_eq(aml_layout_order(tile), F);
		ck_assert_ptr_eq(aml_layout_rawptr(tile), buffer + 3 * 4);
		aml_layout_destroy(&tile);
		tile = aml_tiling_index_native(t, DIMS(0, 1));
		ck_assert_ptr_eq(aml_layout_rawptr(tile), buffer + 12 * 4);
		aml_layout_destroy(&tile);
		destroy(kind, &t);
		t = tiling(kind, F | 0x40, l, 2, DIMS(4, 2));
		ck_assert_int_eq(aml_tiling_order(t), F);
		ck_assert_ptr_eq(t->ops,
				 kind ? &aml_tiling_pad_column_ops : &aml_tiling_resize_column_ops);
		ck_assert_int_eq(aml_tiling_dims(t, dims), 0);
		ck_assert_mem_eq(dims, DIMS(2, 2), sizeof(dims));
		ck_assert_ptr_eq(aml_tiling_rawptr(t, DIMS(1, 0)), buffer + 4 * 4);
		ck_assert_ptr_eq(aml_tiling_rawptr(t, DIMS(0, 1)), buffer + 12 * 4);
		destroy(kind, &t);
		t = tiling(kind, C | 0x40, l, 2, DIMS(4, 2));
		ck_assert_int_eq(aml_tiling_order(t), C);
		ck_assert_ptr_eq(t->ops,
				 kind ? &aml_tiling_pad_row_ops : &aml_tiling_resize_row_ops);
		destroy(kind, &t);
		aml_layout_destroy(&l);
	}
}
END_TEST

START_TEST(dims_native_lists_the_fast_dimension_first)
{
	struct aml_layout *l = dense(C, 2, DIMS(10, 3));

	for (int kind = 0; kind < 2; kind++) {
		struct aml_tiling *t = tiling(kind, C, l, 2, DIMS(2, 1));
		size_t dims[2];

		ck_assert_int_eq(aml_tiling_dims_native(t, dims), 0);
		ck_assert_mem_eq(dims, DIMS(3, 5), sizeof(dims));
		ck_assert_ptr_eq(aml_tiling_rawptr(t, DIMS(4, 2)), buffer + 4 * (8 * 3 + 2));
		destroy(kind, &t);
	}
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(a_tile_larger_than_the_layout_is_one_border_tile)
{
	struct aml_layout *l = dense(C, 2, DIMS(3, 4));
	struct aml_tiling *t = tiling(0, C, l, 2, DIMS(SIZE_MAX, 5));

	ck_assert_uint_eq(aml_tiling_ntiles(t), 1);
	expect_tile_dims(t, NULL, 3, 4);
	destroy(0, &t);
	t = tiling(1, C, l, 2, DIMS(6, 5));
	ck_assert_uint_eq(aml_tiling_ntiles(t), 1);
	expect_tile_dims(t, NULL, 6, 5);
	destroy(1, &t);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(bad_arguments_are_refused_at_creation)
{
	struct aml_layout *l = dense(C, 2, DIMS(10, 7));
	struct aml_layout broken = {NULL, NULL};
	struct aml_tiling *t;

	for (int kind = 0; kind < 2; kind++) {
		ck_assert_int_eq(create(kind, NULL, C, l, 2, DIMS(4, 3)), -AML_EINVAL);
		EXPECT_REFUSED(&t, AML_EINVAL, create(kind, &t, C, NULL, 2, DIMS(4, 3)));
		EXPECT_REFUSED(&t, AML_EINVAL, create(kind, &t, C, &broken, 2, DIMS(4, 3)));
		EXPECT_REFUSED(&t, AML_EINVAL, create(kind, &t, C, l, 2, NULL));
		EXPECT_REFUSED(&t, AML_EINVAL, create(kind, &t, C, l, 0, DIMS(4, 3)));
		EXPECT_REFUSED(&t, AML_EINVAL, create(kind, &t, C, l, 1, DIMS(4, 3)));
		EXPECT_REFUSED(&t, AML_EINVAL, create(kind, &t, C, l, 3, DIMS(4, 3, 1)));
		EXPECT_REFUSED(&t, AML_EINVAL, create(kind, &t, C, l, 2, DIMS(0, 3)));
		EXPECT_REFUSED(&t, AML_EINVAL, create(kind, &t, C, l, 2, DIMS(4, 0)));
	}
	EXPECT_REFUSED(&t, AML_EINVAL, aml_tiling_pad_create(&t, C, l, 2, DIMS(4, 3), NULL));
	EXPECT_REFUSED(&t, AML_EINVAL, create(1, &t, C, l, 2, DIMS(SIZE_MAX, 3)));
	EXPECT_REFUSED(&t, AML_EINVAL, create(1, &t, C, l, 2, DIMS(SIZE_MAX / 12 + 1, 3)));
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(tiles_that_do_not_exist_are_refused)
{
	struct aml_layout *l = dense(C, 2, DIMS(10, 7));
	size_t dims[2];

	for (int kind = 0; kind < 2; kind++) {
		struct aml_tiling *t = tiling(kind, C, l, 2, DIMS(4, 2));

		EXPECT_NULL(AML_EINVAL, aml_tiling_index(t, DIMS(3, 0)));
		EXPECT_NULL(AML_EINVAL, aml_tiling_index(t, DIMS(0, 4)));
		EXPECT_NULL(AML_EINVAL, aml_tiling_index(t, DIMS(SIZE_MAX, 0)));
		EXPECT_NULL(AML_EINVAL, aml_tiling_index_native(t, DIMS(4, 0)));
		EXPECT_NULL(AML_EINVAL, aml_tiling_rawptr(t, DIMS(3, 0)));
		EXPECT_NULL(AML_EINVAL, aml_tiling_index(t, NULL));
		EXPECT_NULL(AML_EINVAL, aml_tiling_index_native(t, NULL));
		EXPECT_NULL(AML_EINVAL, aml_tiling_rawptr(t, NULL));
		ck_assert_int_eq(aml_tiling_tile_dims(t, DIMS(3, 0), dims), -AML_EINVAL);
		ck_assert_int_eq(aml_tiling_tile_dims(t, NULL, NULL), -AML_EINVAL);
		ck_assert_int_eq(aml_tiling_dims(t, NULL), -AML_EINVAL);
		ck_assert_int_eq(aml_tiling_dims_native(t, NULL), -AML_EINVAL);
		ck_assert_int_eq(aml_tiling_fprintf(NULL, NULL, t), -AML_EINVAL);
		destroy(kind, &t);
	}
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(layouts_that_cannot_be_sliced_have_tile_addresses_but_no_tiles)
{
	for (int kind = 0; kind < 2; kind++)
		for (int view = 0; view < 2; view++) {
			struct aml_layout *l;
			struct aml_tiling *t;
			size_t dims[2];

			if (view)
				ck_assert_int_eq(aml_layout_reshape_create(&l,
									   dense(C, 1, DIMS(70)), C,
									   2, DIMS(10, 7)),
						 0);
			else
				ck_assert_int_eq(aml_layout_pad_create(&l, C,
								       dense(C, 2, DIMS(9, 7)),
								       DIMS(10, 7), &neutral),
						 0);
			t = tiling(kind, C, l, 2, DIMS(4, 3));
			ck_assert_uint_eq(aml_tiling_ntiles(t), 9);
			ck_assert_ptr_eq(aml_tiling_rawptr(t, DIMS(1, 1)), buffer + 4 * 31);
			EXPECT_NULL(AML_ENOTSUP, aml_tiling_index(t, DIMS(0, 0)));
			EXPECT_NULL(AML_ENOTSUP, aml_tiling_index(t, DIMS(2, 2)));
			ck_assert_int_eq(aml_tiling_tile_dims(t, NULL, dims), -AML_ENOTSUP);
			destroy(kind, &t);
			aml_layout_destroy(&l);
		}
}
END_TEST

START_TEST(layouts_that_cannot_tell_their_shape_are_not_supported)
{
	static struct aml_layout_ops ops;
	struct aml_layout *l = dense(C, 1, DIMS(10));
	struct aml_tiling *t;

	l->ops = &ops;
	for (int kind = 0; kind < 2; kind++) {
		ops = aml_layout_row_ops;
		ops.ndims = NULL;
		EXPECT_REFUSED(&t, AML_ENOTSUP, create(kind, &t, C, l, 1, DIMS(4)));
		ops = aml_layout_row_ops;
		ops.dims_native = NULL;
		EXPECT_REFUSED(&t, AML_ENOTSUP, create(kind, &t, C, l, 1, DIMS(4)));
		ops = aml_layout_row_ops;
		ops.element_size = NULL;
		EXPECT_REFUSED(&t, AML_ENOTSUP, create(kind, &t, C, l, 1, DIMS(4)));
	}
	aml_layout_destroy(&l);
}
END_TEST

static struct aml_layout_ops slice_ops;

/* A user's layout whose slices have no operation at all. */
static int blank_slice(const struct aml_layout_data *data, struct aml_layout **out,
		       const size_t *offsets, const size_t *dims, const size_t *strides)
{
	(void)data, (void)offsets, (void)dims, (void)strides;
	*out = calloc(1, sizeof(**out));
	ck_assert_ptr_nonnull(*out);
	(*out)->ops = &slice_ops;
	return 0;
}

static int slice_without_order(const struct aml_layout_data *data, struct aml_layout **out,
			       const size_t *offsets, const size_t *dims, const size_t *strides)
{
	int rc = aml_layout_row_slice_native(data, out, offsets, dims, strides);

	(*out)->ops = &slice_ops;
	return rc;
}

START_TEST(a_slice_that_cannot_be_padded_is_reported_and_released)
{
	static struct aml_layout_ops ops;
	struct aml_layout *l = dense(C, 1, DIMS(10));
	struct aml_tiling *t;

	ops = aml_layout_row_ops;
	ops.slice_native = blank_slice;
	l->ops = &ops;
	t = tiling(1, C, l, 1, DIMS(4));
	EXPECT_NULL(AML_ENOTSUP, aml_tiling_index(t, DIMS(2)));
	/* only the order is not known */
	slice_ops = aml_layout_row_ops;
	slice_ops.order = NULL;
	ops.slice_native = slice_without_order;
	EXPECT_NULL(AML_ENOTSUP, aml_tiling_index(t, DIMS(2)));
	destroy(1, &t);
	aml_layout_destroy(&l);
}
END_TEST

static int huge_dims(const struct aml_layout_data *data, size_t *dims)
{
	(void)data;
	dims[0] = dims[1] = (size_t)1 << 40;
	return 0;
}

START_TEST(more_tiles_than_can_be_counted_are_refused)
{
	static struct aml_layout_ops ops;
	struct aml_layout *l = dense(C, 2, DIMS(10, 7));
	struct aml_tiling *t;

	ops = aml_layout_row_ops;
	ops.dims_native = huge_dims;
	l->ops = &ops;
	for (int kind = 0; kind < 2; kind++) {
		EXPECT_REFUSED(&t, AML_EINVAL, create(kind, &t, C, l, 2, DIMS(1, 2)));
		t = tiling(kind, C, l, 2, DIMS((size_t)1 << 20, (size_t)1 << 20));
		ck_assert_uint_eq(aml_tiling_ntiles(t), (size_t)1 << 40);
		destroy(kind, &t);
	}
	aml_layout_destroy(&l);
}
END_TEST

static int index_rc(const struct aml_tiling *t, const size_t *coords, struct aml_layout **out)
{
	*out = aml_tiling_index(t, coords);
	return *out ? 0 : -aml_errno;
}

START_TEST(without_memory_nothing_is_left)
{
	struct aml_layout *l = dense(C, 2, DIMS(10, 7)), *tile;
	struct aml_tiling *t;
	size_t dims[2];

	for (int kind = 0; kind < 2; kind++) {
		EXPECT_NO_TRACE_WITHOUT_MEMORY(&t, create(kind, &t, C, l, 2, DIMS(4, 3)));
		EXPECT_NO_TRACE_WITHOUT_MEMORY(&tile, index_rc(t, DIMS(0, 0), &tile));
		aml_layout_destroy(&tile);
		EXPECT_NO_TRACE_WITHOUT_MEMORY(&tile, index_rc(t, DIMS(2, 2), &tile));
		aml_layout_destroy(&tile);
		for (unsigned n = 1; n <= 2; n++) {
			amli_alloc_fail_at(n);
			ck_assert_int_eq(aml_tiling_tile_dims(t, NULL, dims), -AML_ENOMEM);
			amli_alloc_fail_at(0);
		}
		destroy(kind, &t);
	}
	aml_layout_destroy(&l);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("grid");
	TCase *tc = tcase_create("grid");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, border_tiles_are_what_is_left);
	tcase_add_test(tc, padded_tiles_all_have_one_size);
	tcase_add_test(tc, a_last_tile_that_is_full_is_a_plain_slice);
	tcase_add_test(tc, tiles_have_the_order_of_the_layout_and_coordinates_that_of_the_tiling);
	tcase_add_test(tc, dims_native_lists_the_fast_dimension_first);
	tcase_add_test(tc, a_tile_larger_than_the_layout_is_one_border_tile);
	tcase_add_test(tc, bad_arguments_are_refused_at_creation);
	tcase_add_test(tc, tiles_that_do_not_exist_are_refused);
	tcase_add_test(tc, layouts_that_cannot_be_sliced_have_tile_addresses_but_no_tiles);
	tcase_add_test(tc, layouts_that_cannot_tell_their_shape_are_not_supported);
	tcase_add_test(tc, a_slice_that_cannot_be_padded_is_reported_and_released);
	tcase_add_test(tc, more_tiles_than_can_be_counted_are_refused);
	tcase_add_test(tc, without_memory_nothing_is_left);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
