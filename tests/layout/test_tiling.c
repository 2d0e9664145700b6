/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls of every tiling. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/tiling/native.h"
#include "tests/layout/tiles.h"
#include "tests/lib/model.h"

START_TEST(a_null_tiling_or_missing_operations_are_refused_by_every_call)
{
	static struct aml_tiling_ops nothing;
	struct aml_tiling no_ops = {NULL, NULL}, no_op = {&nothing, NULL};
	const struct aml_tiling *const tilings[] = {NULL, &no_ops, &no_op};
	excit_t it = excit_alloc(EXCIT_RANGE);

	for (size_t i = 0; i < 3; i++) {
		const struct aml_tiling *t = tilings[i];
		int code = i == 2 ? AML_ENOTSUP : AML_EINVAL;
		size_t dims[1];

		ck_assert_int_eq(aml_tiling_order(t), -code);
		ck_assert_int_eq(aml_tiling_dims(t, dims), -code);
		ck_assert_int_eq(aml_tiling_dims_native(t, dims), -code);
		ck_assert_int_eq(aml_tiling_tile_dims(t, NULL, dims), -code);
		ck_assert_int_eq(aml_tiling_fprintf(stdout, NULL, t), -code);
		EXPECT_NULL(code, (void *)aml_tiling_ndims(t));
		EXPECT_NULL(code, (void *)aml_tiling_ntiles(t));
		EXPECT_NULL(code, aml_tiling_index(t, DIMS(0)));
		EXPECT_NULL(code, aml_tiling_index_native(t, DIMS(0)));
		EXPECT_NULL(code, aml_tiling_rawptr(t, DIMS(0)));
		EXPECT_NULL(code, aml_tiling_index_byiter(t, it));
	}
	excit_free(it);
}
END_TEST

START_TEST(calls_that_need_several_operations_need_them_all)
{
	static struct aml_tiling_ops ops;
	struct aml_layout *l = dense(C, 2, DIMS(10, 7));
	struct aml_tiling *t = tiling(0, C, l, 2, DIMS(4, 3));
	excit_t it = excit_alloc(EXCIT_RANGE);
	size_t dims[2];

	ops = *t->ops;
	t->ops = &ops;
	ops.ndims = NULL;
	ck_assert_int_eq(aml_tiling_tile_dims(t, NULL, dims), -AML_ENOTSUP);
	expect_tile_dims(t, DIMS(0, 0), 4, 3);
	EXPECT_NULL(AML_ENOTSUP, aml_tiling_index_byiter(t, it));
	ops = aml_tiling_resize_row_ops;
	ops.index_native = NULL;
	EXPECT_NULL(AML_ENOTSUP, aml_tiling_index_byiter(t, it));
	ops.index = NULL;
	ck_assert_int_eq(aml_tiling_tile_dims(t, NULL, dims), -AML_ENOTSUP);
	excit_free(it);
	destroy(0, &t);
	aml_layout_destroy(&l);
}
END_TEST

static excit_t grid_iterator(ssize_t rows, ssize_t columns)
{
	excit_t it = excit_alloc(EXCIT_PRODUCT), r;

	for (int i = 0; i < 2; i++) {
		r = excit_alloc(EXCIT_RANGE);
		ck_assert_int_eq(excit_range_init(r, 0, (i ? columns : rows) - 1, 1), 0);
		ck_assert_int_eq(excit_product_add(it, r), 0);
	}
	return it;
}

START_TEST(an_iterator_gives_the_tile_at_its_native_coordinates)
{
	struct aml_layout *l = dense(C, 2, DIMS(10, 7));
	struct aml_tiling *t = tiling(0, C, l, 2, DIMS(4, 3));
	excit_t it = grid_iterator(3, 3), line = excit_alloc(EXCIT_RANGE);
	ssize_t at[2];

	do {
		struct aml_layout *tile = aml_tiling_index_byiter(t, it);

		ck_assert_int_eq(excit_peek(it, at), 0);
		ck_assert_ptr_eq(aml_layout_rawptr(tile), buffer + 4 * (at[0] * 3 + at[1] * 4 * 7));
		aml_layout_destroy(&tile);
		ck_assert_int_eq(excit_next(it, NULL), 0);
	} while (excit_peek(it, NULL) == 0);
	EXPECT_NULL(AML_EINVAL, aml_tiling_index_byiter(t, it)); /* at its end */
	EXPECT_NULL(AML_EINVAL, aml_tiling_index_byiter(t, NULL));
	excit_range_init(line, 0, 2, 1);
	EXPECT_NULL(AML_EINVAL, aml_tiling_index_byiter(t, line)); /* one dimension */
	excit_free(it);
	excit_free(line);
	it = grid_iterator(4, 1);
	for (int i = 0; i < 3; i++)
		excit_next(it, NULL);
	EXPECT_NULL(AML_EINVAL, aml_tiling_index_byiter(t, it)); /* no such tile */
	excit_free(it);
	destroy(0, &t);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(a_negative_iterator_position_is_no_tile)
{
	struct aml_layout *l = dense(C, 1, DIMS(10));
	struct aml_tiling *t = tiling(0, C, l, 1, DIMS(4));
	excit_t it = excit_alloc(EXCIT_RANGE);

	excit_range_init(it, -1, 1, 1);
	EXPECT_NULL(AML_EINVAL, aml_tiling_index_byiter(t, it));
	excit_free(it);
	destroy(0, &t);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(destroying_nothing_is_fine)
{
	struct aml_tiling *t = NULL;

	aml_tiling_resize_destroy(NULL);
	aml_tiling_resize_destroy(&t);
	aml_tiling_pad_destroy(NULL);
	aml_tiling_pad_destroy(&t);
}
END_TEST

START_TEST(printing_gives_a_line_per_dimension_and_the_layout)
{
	struct aml_layout *l = dense(C, 2, DIMS(10, 7));

	for (int kind = 0; kind < 2; kind++) {
		struct aml_tiling *t = tiling(kind, C, l, 2, DIMS(4, 3));
		char text[2048];
		FILE *stream = fmemopen(text, sizeof(text), "w");

		ck_assert_int_eq(aml_tiling_fprintf(stream, "p", t), 0);
		fclose(stream);
		ck_assert_ptr_nonnull(strstr(text, "p: tags: 1\np: ndims: 2\n"));
		ck_assert_ptr_nonnull(
			strstr(text, kind ? "p:                1:                3                3"
					    "                1                2\n"
					  : "p:                1:                3                3"
					    "                1\n"));
		ck_assert_ptr_nonnull(strstr(text, "p: dense layout"));
		destroy(kind, &t);
		t = tiling(kind, C, l, 2, DIMS(4, 3));
		stream = fmemopen(text, sizeof(text), "w");
		ck_assert_int_eq(aml_tiling_fprintf(stream, NULL, t), 0);
		fclose(stream);
		ck_assert_int_eq(strncmp(text, ": ", 2), 0);
		destroy(kind, &t);
	}
	aml_layout_destroy(&l);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tiling");
	TCase *tc = tcase_create("tiling");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, a_null_tiling_or_missing_operations_are_refused_by_every_call);
	tcase_add_test(tc, calls_that_need_several_operations_need_them_all);
	tcase_add_test(tc, an_iterator_gives_the_tile_at_its_native_coordinates);
	tcase_add_test(tc, a_negative_iterator_position_is_no_tile);
	tcase_add_test(tc, destroying_nothing_is_fine);
	tcase_add_test(tc, printing_gives_a_line_per_dimension_and_the_layout);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
