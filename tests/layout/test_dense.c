/* SPDX-License-Identifier: BSD-3-Clause */
/* Dense layouts: where elements are, what is refused, what is printed. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/layout/native.h"
#include "base/mem.h"
#include "layout/layout.h"
#include "tests/lib/model.h"

#define C AML_LAYOUT_ORDER_C
#define F AML_LAYOUT_ORDER_FORTRAN
#define NEW(l, order, n, ...) aml_layout_dense_create(l, buffer, order, 4, n, __VA_ARGS__)

static char buffer[4096];

static const struct aml_layout_dense *inside(const struct aml_layout *layout)
{
	return (const struct aml_layout_dense *)layout->data;
}

START_TEST(a_pitch_counts_the_slots_of_a_dimension)
{
	struct aml_layout *l;

	ck_assert_int_eq(NEW(&l, C, 2, DIMS(6, 4), NULL, DIMS(8, 5)), 0);
	ck_assert_ptr_eq(inside(l)->ptr, buffer);
	ck_assert_uint_eq(inside(l)->ndims, 2);
	ck_assert_mem_eq(inside(l)->dims, DIMS(4, 6), 2 * sizeof(size_t));
	ck_assert_mem_eq(inside(l)->stride, DIMS(1, 1), 2 * sizeof(size_t));
	ck_assert_mem_eq(inside(l)->cpitch, DIMS(4, 20), 2 * sizeof(size_t));
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(the_fast_end_is_the_first_dimension_in_fortran_order_and_the_last_in_c_order)
{
	struct aml_layout *l;

	ck_assert_int_eq(NEW(&l, F, 2, DIMS(2, 3), NULL, NULL), 0);
	ck_assert_ptr_eq(aml_layout_deref(l, DIMS(1, 0)), buffer + 4);
	ck_assert_ptr_eq(aml_layout_deref(l, DIMS(0, 1)), buffer + 8);
	aml_layout_destroy(&l);
	ck_assert_int_eq(NEW(&l, C, 2, DIMS(2, 3), NULL, NULL), 0);
	ck_assert_ptr_eq(aml_layout_deref(l, DIMS(0, 1)), buffer + 4);
	ck_assert_ptr_eq(aml_layout_deref(l, DIMS(1, 0)), buffer + 12);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(a_stride_without_a_pitch_overlaps)
{
	struct aml_layout *l;

	ck_assert_int_eq(NEW(&l, C, 2, DIMS(2, 3), DIMS(1, 2), NULL), 0);
	ck_assert_ptr_eq(aml_layout_deref(l, DIMS(0, 2)), buffer + 4 * 4);
	ck_assert_ptr_eq(aml_layout_deref(l, DIMS(1, 0)), buffer + 4 * 3);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(the_slowest_pitch_is_never_used)
{
	struct aml_layout *l;

	ck_assert_int_eq(NEW(&l, C, 2, DIMS(2, 3), NULL, DIMS(0, 4)), 0);
	ck_assert_ptr_eq(aml_layout_deref(l, DIMS(1, 0)), buffer + 4 * 4);
	aml_layout_destroy(&l);
	ck_assert_int_eq(NEW(&l, F, 2, DIMS(2, 3), NULL, DIMS(4, SIZE_MAX)), 0);
	ck_assert_ptr_eq(aml_layout_deref(l, DIMS(0, 1)), buffer + 4 * 4);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(order_bits_other_than_the_first_are_ignored)
{
	struct aml_layout *l;

	ck_assert_int_eq(NEW(&l, C | 0x70, 2, DIMS(3, 2), DIMS(2, 1), DIMS(6, 5)), 0);
	ck_assert_int_eq(aml_layout_order(l), C);
	ck_assert_ptr_eq(aml_layout_deref(l, DIMS(1, 1)), buffer + 4 * (2 * 5 + 1));
	aml_layout_destroy(&l);
	ck_assert_int_eq(NEW(&l, F | 0x70, 1, DIMS(3), NULL, NULL), 0);
	ck_assert_int_eq(aml_layout_order(l), F);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(every_element_is_where_dims_stride_and_pitch_say)
{
	unsigned state = (unsigned)_i;
	size_t n = 1 + model_pick(&state, 5), dims[5], stride[5], pitch[5];
	size_t element = 1 + model_pick(&state, 9);
	int order = (int)model_pick(&state, 2);
	const size_t *strides = model_pick(&state, 2) ? stride : NULL;
	const size_t *pitches = model_pick(&state, 2) ? pitch : NULL;
	struct aml_layout *l;
	struct model m;

	for (size_t i = 0; i < n; i++) {
		dims[i] = 1 + model_pick(&state, 4);
		stride[i] = 1 + model_pick(&state, 3);
		pitch[i] = 1 + model_pick(&state, 12);
	}
	m = model_dense(buffer, order, element, n, dims, strides, pitches);
	ck_assert_int_eq(
		aml_layout_dense_create(&l, buffer, order, element, n, dims, strides, pitches), 0);
	model_expect(&m, l);
	aml_layout_destroy(&l);
	model_free(&m);
}
END_TEST

START_TEST(missing_arguments_are_refused)
{
	struct aml_layout *l;

	ck_assert_int_eq(NEW(NULL, C, 1, DIMS(1), NULL, NULL), -AML_EINVAL);
	EXPECT_REFUSED(&l, AML_EINVAL,
		       aml_layout_dense_create(&l, NULL, C, 4, 1, DIMS(1), NULL, NULL));
	EXPECT_REFUSED(&l, AML_EINVAL, NEW(&l, C, 1, NULL, NULL, NULL));
	EXPECT_REFUSED(&l, AML_EINVAL, NEW(&l, C, 0, DIMS(1), NULL, NULL));
	EXPECT_REFUSED(&l, AML_EINVAL,
		       aml_layout_dense_create(&l, buffer, C, 0, 1, DIMS(1), NULL, NULL));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "dense layout: elements of 0 bytes"));
}
END_TEST

START_TEST(zeros_are_refused_with_a_remedy)
{
	struct aml_layout *l;

	EXPECT_REFUSED(&l, AML_EINVAL, NEW(&l, C, 3, DIMS(2, 0, 2), NULL, NULL));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "dimension 1"));
	EXPECT_REFUSED(&l, AML_EINVAL, NEW(&l, C, 2, DIMS(2, 3), DIMS(1, 0), NULL));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "aml_layout_broadcast"));
	EXPECT_REFUSED(&l, AML_EINVAL, NEW(&l, C, 2, DIMS(2, 3), DIMS(0, 1), NULL));
	EXPECT_REFUSED(&l, AML_EINVAL, NEW(&l, C, 2, DIMS(2, 3), NULL, DIMS(2, 0)));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "pitch 0"));
}
END_TEST

START_TEST(more_than_32_dimensions_are_refused_and_32_are_not)
{
	struct aml_layout *l;
	size_t dims[33];

	for (size_t i = 0; i < 33; i++)
		dims[i] = i > 20 && i % 4 == 0 ? 2 : 1;
	EXPECT_REFUSED(&l, AML_EINVAL, NEW(&l, C, 33, dims, NULL, NULL));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "33"));
	for (int order = F; order <= C; order++) {
		struct model m = model_dense(buffer, order, 4, 32, dims, NULL, NULL);

		ck_assert_int_eq(NEW(&l, order, 32, dims, NULL, NULL), 0);
		model_expect(&m, l);
		aml_layout_destroy(&l);
		model_free(&m);
	}
}
END_TEST

START_TEST(sizes_that_overflow_are_refused)
{
	const size_t big = SIZE_MAX, half = SIZE_MAX / 2 + 1, root = (size_t)1 << 32;
	struct aml_layout *l;

	EXPECT_REFUSED(&l, AML_EINVAL, NEW(&l, C, 1, DIMS(big), NULL, NULL));
	EXPECT_REFUSED(&l, AML_EINVAL, NEW(&l, C, 1, DIMS(half / 4), NULL, NULL));
	EXPECT_REFUSED(&l, AML_EINVAL, NEW(&l, C, 2, DIMS(root, root), NULL, NULL));
	EXPECT_REFUSED(&l, AML_EINVAL, NEW(&l, F, 3, DIMS(root, root, 2), NULL, NULL));
	EXPECT_REFUSED(&l, AML_EINVAL,
		       aml_layout_dense_create(&l, buffer, C, big, 1, DIMS(1), NULL, NULL));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "elements of 18446744073709551615"));
	EXPECT_REFUSED(&l, AML_EINVAL, NEW(&l, C, 1, DIMS(2), DIMS(big), NULL));
	EXPECT_REFUSED(&l, AML_EINVAL, NEW(&l, C, 1, DIMS(2), DIMS(big / 4), NULL));
	EXPECT_REFUSED(&l, AML_EINVAL, NEW(&l, C, 1, DIMS(3), DIMS(half / 8), NULL));
	EXPECT_REFUSED(&l, AML_EINVAL, NEW(&l, C, 2, DIMS(2, 2), NULL, DIMS(2, big)));
	EXPECT_REFUSED(&l, AML_EINVAL, NEW(&l, C, 2, DIMS(2, 2), NULL, DIMS(2, half / 4)));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "pitch 2305843009213693952 "));
	/* each side fits, both together do not */
	EXPECT_REFUSED(&l, AML_EINVAL,
		       aml_layout_dense_create(&l, buffer, F, 1, 2, DIMS(2, 2),
					       DIMS(half / 2 + 1, 1), DIMS(half / 2 + 1, 1)));
	/* few bytes, but more elements than can be counted, or their bytes */
	EXPECT_REFUSED(&l, AML_EINVAL,
		       aml_layout_dense_create(&l, buffer, F, 1, 2, DIMS(root / 2, root), NULL,
					       DIMS(1, 1)));
	EXPECT_REFUSED(&l, AML_EINVAL,
		       aml_layout_dense_create(&l, buffer, F, 1, 3, DIMS(root / 2, root, 2), NULL,
					       DIMS(1, 1, 1)));
	/* the last address is behind the end of all memory */
	EXPECT_REFUSED(&l, AML_EINVAL,
		       aml_layout_dense_create(&l, (void *)(UINTPTR_MAX - 7), C, 4, 1, DIMS(2),
					       NULL, NULL));
}
END_TEST

START_TEST(the_largest_that_fits_is_accepted)
{
	struct aml_layout *l;

	ck_assert_int_eq(
		aml_layout_dense_create(&l, (void *)1, C, 1, 1, DIMS(PTRDIFF_MAX), NULL, NULL), 0);
	ck_assert_ptr_eq(aml_layout_deref(l, DIMS(PTRDIFF_MAX - 1)), (void *)PTRDIFF_MAX);
	aml_layout_destroy(&l);
	ck_assert_int_eq(aml_layout_dense_create(&l, (void *)(UINTPTR_MAX - 8), C, 4, 1, DIMS(2),
						 NULL, NULL),
			 0);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(the_buffer_is_never_touched)
{
	struct aml_layout *l, *s, *r, *d;

	/* addresses that no program could read */
	ck_assert_int_eq(aml_layout_dense_create(&l, (void *)1, C, 8, 2, DIMS(4, 6), NULL, NULL),
			 0);
	ck_assert_int_eq(aml_layout_slice(l, &s, DIMS(1, 1), DIMS(2, 2), NULL), 0);
	ck_assert_int_eq(aml_layout_reshape(l, &r, 1, DIMS(24)), 0);
	ck_assert_int_eq(aml_layout_duplicate(l, &d, (void *)3), 0);
	ck_assert_uint_eq((uintptr_t)aml_layout_rawptr(s), 1 + 7 * 8);
	ck_assert_uint_eq((uintptr_t)aml_layout_deref(r, DIMS(23)), 1 + 23 * 8);
	ck_assert_uint_eq((uintptr_t)aml_layout_deref(d, DIMS(3, 5)), 3 + 23 * 8);
	aml_layout_destroy(&l);
	aml_layout_destroy(&s);
	aml_layout_destroy(&r);
	aml_layout_destroy(&d);
}
END_TEST

START_TEST(free_releases_all_of_a_layout)
{
	struct aml_layout *l, *s, *r;

	ck_assert_int_eq(NEW(&l, C, 2, DIMS(4, 6), NULL, NULL), 0);
	ck_assert_int_eq(aml_layout_slice(l, &s, NULL, DIMS(2, 2), NULL), 0);
	ck_assert_int_eq(aml_layout_reshape(l, &r, 1, DIMS(24)), 0);
	ck_assert_uint_gt((uintptr_t)s->data, (uintptr_t)s);
	ck_assert_uint_gt((uintptr_t)inside(s)->cpitch, (uintptr_t)s);
	free(s);
	free(r);
	free(l);
}
END_TEST

START_TEST(a_duplicate_is_independent_and_may_be_elsewhere)
{
	size_t dims[2] = {6, 4}, pitch[2] = {8, 5};
	struct model here = model_dense(buffer, C, 4, 2, dims, NULL, pitch);
	struct model there = model_dense(buffer + 100, C, 4, 2, dims, NULL, pitch);
	struct aml_layout *l, *same, *moved;

	ck_assert_int_eq(NEW(&l, C, 2, dims, NULL, pitch), 0);
	memset(dims, 0, sizeof(dims));
	memset(pitch, 0, sizeof(pitch));
	ck_assert_int_eq(aml_layout_duplicate(l, &same, NULL), 0);
	ck_assert_int_eq(aml_layout_duplicate(l, &moved, buffer + 100), 0);
	aml_layout_destroy(&l);
	model_expect(&here, same);
	model_expect(&there, moved);
	EXPECT_REFUSED(&l, AML_EINVAL, aml_layout_duplicate(same, &l, (void *)(UINTPTR_MAX - 100)));
	aml_layout_destroy(&same);
	aml_layout_destroy(&moved);
	model_free(&here);
	model_free(&there);
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
	struct aml_layout *l, *d;

	EXPECT_NO_TRACE_WITHOUT_MEMORY(&l, NEW(&l, C, 2, DIMS(6, 4), NULL, NULL));
	EXPECT_NO_TRACE_WITHOUT_MEMORY(&d, aml_layout_duplicate(l, &d, NULL));
	aml_layout_destroy(&l);
	aml_layout_destroy(&d);
}
END_TEST

START_TEST(the_tables_operations_can_be_called_directly)
{
	struct aml_layout *l, *v;
	size_t dims[2];

	ck_assert_int_eq(NEW(&l, C, 2, DIMS(6, 4), NULL, NULL), 0);
	ck_assert_ptr_eq(l->ops, &aml_layout_row_ops);
	ck_assert_ptr_eq(aml_layout_row_deref(l->data, DIMS(2, 1)), buffer + 36);
	ck_assert_ptr_eq(aml_layout_column_deref(l->data, DIMS(1, 2)), buffer + 36);
	ck_assert_int_eq(aml_layout_row_order(l->data), C);
	ck_assert_int_eq(aml_layout_column_order(l->data), F);
	ck_assert_uint_eq(aml_layout_dense_ndims(l->data), 2);
	ck_assert_uint_eq(aml_layout_dense_element_size(l->data), 4);
	ck_assert_int_eq(aml_layout_row_dims(l->data, dims), 0);
	ck_assert_mem_eq(dims, DIMS(6, 4), sizeof(dims));
	ck_assert_int_eq(aml_layout_row_reshape(l->data, &v, 1, DIMS(24)), 0);
	aml_layout_destroy(&v);
	ck_assert_int_eq(aml_layout_column_reshape(l->data, &v, 1, DIMS(24)), 0);
	ck_assert_ptr_eq(v->ops, &aml_layout_column_ops);
	aml_layout_destroy(&v);
	ck_assert_int_eq(aml_layout_row_slice(l->data, &v, DIMS(5, 0), DIMS(1, 4), DIMS(1, 1)), 0);
	aml_layout_destroy(&v);
	ck_assert_int_eq(
		aml_layout_row_slice_native(l->data, &v, DIMS(0, 5), DIMS(4, 1), DIMS(1, 1)), 0);
	aml_layout_destroy(&v);
	ck_assert_int_eq(aml_layout_column_slice(l->data, &v, DIMS(0, 5), DIMS(4, 1), DIMS(1, 1)),
			 0);
	aml_layout_destroy(&v);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(a_struct_filled_by_hand_with_more_dimensions_has_no_geometry)
{
	size_t ones[40], cpitch[40];
	struct aml_layout_dense dense = {buffer, 40, ones, ones, cpitch};
	struct aml_layout l = {&aml_layout_row_ops, (struct aml_layout_data *)&dense}, *out;
	struct aml_affine a;

	for (size_t i = 0; i < 40; i++) {
		ones[i] = 1;
		cpitch[i] = 4;
	}
	ck_assert_int_eq(amli_layout_affine(&l, &a), -AML_ENOTSUP);
	EXPECT_REFUSED(&out, AML_ENOTSUP, aml_layout_slice(&l, &out, NULL, ones, NULL));
	EXPECT_REFUSED(&out, AML_ENOTSUP, aml_layout_slice_native(&l, &out, ones, ones, ones));
	EXPECT_REFUSED(&out, AML_ENOTSUP, aml_layout_reshape(&l, &out, 1, ones));
	EXPECT_REFUSED(&out, AML_ENOTSUP, aml_layout_duplicate(&l, &out, NULL));
	ck_assert_ptr_eq(aml_layout_deref_safe(&l, (size_t[40]){0}), buffer);
	ck_assert_ptr_null(aml_layout_deref_safe(&l, (size_t[40]){[39] = 1}));
}
END_TEST

START_TEST(printing_gives_one_prefixed_line_per_dimension)
{
	char text[2048], *line = text;
	FILE *stream = fmemopen(text, sizeof(text), "w");
	struct aml_layout *l;
	size_t lines = 0;

	ck_assert_int_eq(NEW(&l, C, 2, DIMS(6, 4), NULL, DIMS(8, 5)), 0);
	ck_assert_int_eq(aml_layout_fprintf(stream, "here", l), 0);
	fclose(stream);
	ck_assert_ptr_nonnull(strstr(text, "row-major"));
	ck_assert_ptr_nonnull(strstr(text, "here: ndims: 2\n"));
	ck_assert_ptr_nonnull(strstr(text, "here:                0:                6"
					   "                1               20\n"));
	ck_assert_ptr_nonnull(strstr(text, "here:                1:                4"
					   "                1                4\n"));
	for (char *end; (end = strchr(line, '\n')); line = end + 1, lines++)
		ck_assert_int_eq(strncmp(line, "here: ", 6), 0);
	ck_assert_uint_eq(lines, 6);
	aml_layout_destroy(&l);
	ck_assert_int_eq(NEW(&l, F, 1, DIMS(6), NULL, NULL), 0);
	stream = fmemopen(text, sizeof(text), "w");
	ck_assert_int_eq(aml_layout_fprintf(stream, NULL, l), 0);
	fclose(stream);
	ck_assert_int_eq(strncmp(text, ": ", 2), 0);
	ck_assert_ptr_nonnull(strstr(text, "column-major"));
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(contiguous_means_ascending_without_gaps)
{
	struct aml_layout *l, *s;

	ck_assert_int_eq(NEW(&l, C, 3, DIMS(4, 6, 2), NULL, NULL), 0);
	ck_assert(aml_layout_is_contiguous(l));
	ck_assert_int_eq(aml_layout_slice(l, &s, DIMS(1, 0, 0), DIMS(2, 6, 2), NULL), 0);
	ck_assert(aml_layout_is_contiguous(s));
	aml_layout_destroy(&s);
	ck_assert_int_eq(aml_layout_slice(l, &s, NULL, DIMS(4, 5, 2), NULL), 0);
	ck_assert(!aml_layout_is_contiguous(s));
	aml_layout_destroy(&s);
	ck_assert_int_eq(aml_layout_slice(l, &s, NULL, DIMS(1, 6, 1), NULL), 0);
	ck_assert(!aml_layout_is_contiguous(s));
	aml_layout_destroy(&s);
	ck_assert_int_eq(aml_layout_slice(l, &s, DIMS(3, 5, 1), DIMS(1, 1, 1), NULL), 0);
	ck_assert(aml_layout_is_contiguous(s));
	aml_layout_destroy(&s);
	aml_layout_destroy(&l);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dense");
	TCase *tc = tcase_create("dense");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, a_pitch_counts_the_slots_of_a_dimension);
	tcase_add_test(
		tc, the_fast_end_is_the_first_dimension_in_fortran_order_and_the_last_in_c_order);
	tcase_add_test(tc, a_stride_without_a_pitch_overlaps);
	tcase_add_test(tc, the_slowest_pitch_is_never_used);
	tcase_add_test(tc, order_bits_other_than_the_first_are_ignored);
	tcase_add_loop_test(tc, every_element_is_where_dims_stride_and_pitch_say, 0, 200);
	tcase_add_test(tc, missing_arguments_are_refused);
	tcase_add_test(tc, zeros_are_refused_with_a_remedy);
	tcase_add_test(tc, more_than_32_dimensions_are_refused_and_32_are_not);
	tcase_add_test(tc, sizes_that_overflow_are_refused);
	tcase_add_test(tc, the_largest_that_fits_is_accepted);
	tcase_add_test(tc, the_buffer_is_never_touched);
	tcase_add_test(tc, free_releases_all_of_a_layout);
	tcase_add_test(tc, a_duplicate_is_independent_and_may_be_elsewhere);
	tcase_add_test(tc, without_memory_nothing_is_left);
	tcase_add_test(tc, the_tables_operations_can_be_called_directly);
	tcase_add_test(tc, a_struct_filled_by_hand_with_more_dimensions_has_no_geometry);
	tcase_add_test(tc, printing_gives_one_prefixed_line_per_dimension);
	tcase_add_test(tc, contiguous_means_ascending_without_gaps);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
