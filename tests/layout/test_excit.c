/* SPDX-License-Identifier: BSD-3-Clause */
/* Iterators: ranges and products. */
#include <check.h>
#include <limits.h>
#include <stdint.h>

#include "base/mem.h"
#include "excit.h"

#define SSIZE_MIN (-SSIZE_MAX - 1)

static excit_t range(ssize_t first, ssize_t last, ssize_t step)
{
	excit_t it = excit_alloc(EXCIT_RANGE);

	ck_assert_ptr_nonnull(it);
	ck_assert_int_eq(excit_range_init(it, first, last, step), EXCIT_SUCCESS);
	return it;
}

static void expect_size(const_excit_t it, ssize_t size)
{
	ssize_t got;

	ck_assert_int_eq(excit_size(it, &got), EXCIT_SUCCESS);
	ck_assert_int_eq(got, size);
}

START_TEST(a_range_includes_its_last_value)
{
	excit_t it = range(2, 8, 3);
	ssize_t at;

	expect_size(it, 3);
	for (ssize_t want = 2; want <= 8; want += 3) {
		ck_assert_int_eq(excit_peek(it, &at), EXCIT_SUCCESS);
		ck_assert_int_eq(at, want);
		at = 0;
		ck_assert_int_eq(excit_next(it, &at), EXCIT_SUCCESS);
		ck_assert_int_eq(at, want);
	}
	at = 77;
	ck_assert_int_eq(excit_next(it, &at), EXCIT_STOPIT);
	ck_assert_int_eq(excit_peek(it, &at), EXCIT_STOPIT);
	ck_assert_int_eq(at, 77);
	excit_free(it);
}
END_TEST

START_TEST(a_range_goes_down_with_a_negative_step)
{
	excit_t it = range(1, -4, -2);
	ssize_t at;

	expect_size(it, 3);
	for (ssize_t want = 1; want >= -3; want -= 2) {
		ck_assert_int_eq(excit_next(it, &at), EXCIT_SUCCESS);
		ck_assert_int_eq(at, want);
	}
	ck_assert_int_eq(excit_next(it, &at), EXCIT_STOPIT);
	excit_free(it);
}
END_TEST

START_TEST(a_step_away_from_the_last_value_is_empty)
{
	excit_t it = range(1, 0, 1);

	expect_size(it, 0);
	ck_assert_int_eq(excit_next(it, NULL), EXCIT_STOPIT);
	ck_assert_int_eq(excit_range_init(it, 0, 1, -1), EXCIT_SUCCESS);
	expect_size(it, 0);
	excit_free(it);
	it = excit_alloc(EXCIT_RANGE); /* not initialised */
	ck_assert_int_eq(excit_next(it, NULL), EXCIT_STOPIT);
	excit_free(it);
}
END_TEST

START_TEST(ranges_at_the_limits_do_not_overflow)
{
	excit_t it = range(SSIZE_MIN, SSIZE_MAX, SSIZE_MAX);
	ssize_t at;

	expect_size(it, 3);
	excit_next(it, NULL);
	excit_next(it, NULL);
	ck_assert_int_eq(excit_next(it, &at), EXCIT_SUCCESS);
	ck_assert_int_eq(at, SSIZE_MAX - 1);
	ck_assert_int_eq(excit_range_init(it, SSIZE_MAX, SSIZE_MIN, SSIZE_MIN), EXCIT_SUCCESS);
	expect_size(it, 2);
	excit_next(it, NULL);
	ck_assert_int_eq(excit_next(it, &at), EXCIT_SUCCESS);
	ck_assert_int_eq(at, -1);
	ck_assert_int_eq(excit_range_init(it, SSIZE_MIN, SSIZE_MAX, 1), -EXCIT_EINVAL);
	ck_assert_int_eq(excit_range_init(it, 0, SSIZE_MAX, 1), -EXCIT_EINVAL);
	expect_size(it, 2); /* unchanged */
	ck_assert_int_eq(excit_range_init(it, 1, SSIZE_MAX, 1), EXCIT_SUCCESS);
	expect_size(it, SSIZE_MAX);
	excit_free(it);
}
END_TEST

START_TEST(the_last_factor_of_a_product_varies_fastest)
{
	excit_t it = excit_alloc(EXCIT_PRODUCT);
	ssize_t at[2], dimension;

	ck_assert_int_eq(excit_product_add(it, range(0, 2, 1)), EXCIT_SUCCESS);
	ck_assert_int_eq(excit_product_add(it, range(10, 13, 1)), EXCIT_SUCCESS);
	ck_assert_int_eq(excit_dimension(it, &dimension), EXCIT_SUCCESS);
	ck_assert_int_eq(dimension, 2);
	expect_size(it, 12);
	for (ssize_t i = 0; i <= 2; i++)
		for (ssize_t j = 10; j <= 13; j++) {
			ck_assert_int_eq(excit_next(it, at), EXCIT_SUCCESS);
			ck_assert_int_eq(at[0], i);
			ck_assert_int_eq(at[1], j);
		}
	ck_assert_int_eq(excit_next(it, at), EXCIT_STOPIT);
	ck_assert_int_eq(excit_rewind(it), EXCIT_SUCCESS);
	ck_assert_int_eq(excit_peek(it, at), EXCIT_SUCCESS);
	ck_assert_int_eq(at[1], 10);
	excit_free(it);
}
END_TEST

START_TEST(products_of_products_list_their_tuples_in_a_row)
{
	excit_t inner = excit_alloc(EXCIT_PRODUCT), it = excit_alloc(EXCIT_PRODUCT);
	ssize_t at[3];

	excit_product_add(inner, range(0, 1, 1));
	excit_product_add(inner, range(0, 2, 1));
	ck_assert_int_eq(excit_next(inner, NULL), EXCIT_SUCCESS); /* that is no matter here */
	excit_product_add(it, inner);
	ck_assert_int_eq(excit_next(it, NULL), EXCIT_SUCCESS); /* adding starts it over */
	excit_product_add(it, range(0, 3, 1));
	expect_size(it, 24);
	for (ssize_t i = 0; i < 24; i++) {
		ck_assert_int_eq(excit_next(it, at), EXCIT_SUCCESS);
		ck_assert_int_eq(at[0], i / 12);
		ck_assert_int_eq(at[1], i / 4 % 3);
		ck_assert_int_eq(at[2], i % 4);
	}
	excit_free(it);
}
END_TEST

START_TEST(a_product_with_an_empty_factor_or_none_is_empty)
{
	excit_t it = excit_alloc(EXCIT_PRODUCT);
	ssize_t dimension;

	ck_assert_int_eq(excit_dimension(it, &dimension), EXCIT_SUCCESS);
	ck_assert_int_eq(dimension, 0);
	ck_assert_int_eq(excit_next(it, NULL), EXCIT_STOPIT);
	excit_product_add(it, range(0, 3, 1));
	excit_product_add(it, range(1, 0, 1));
	ck_assert_int_eq(excit_next(it, NULL), EXCIT_STOPIT);
	excit_free(it);
}
END_TEST

START_TEST(what_belongs_to_a_product_stays_there)
{
	excit_t r = range(0, 3, 1), one = excit_alloc(EXCIT_PRODUCT);
	excit_t two = excit_alloc(EXCIT_PRODUCT);

	ck_assert_int_eq(excit_product_add(one, one), -EXCIT_EINVAL);
	ck_assert_int_eq(excit_product_add(one, r), EXCIT_SUCCESS);
	ck_assert_int_eq(excit_product_add(two, r), -EXCIT_EINVAL);
	ck_assert_int_eq(excit_range_init(r, 0, 9, 1), -EXCIT_EINVAL);
	ck_assert_int_eq(excit_product_add(two, one), EXCIT_SUCCESS);
	ck_assert_int_eq(excit_product_add(one, two), -EXCIT_EINVAL);
	excit_free(two);
}
END_TEST

START_TEST(sizes_that_overflow_are_refused)
{
	excit_t it = excit_alloc(EXCIT_PRODUCT), r = range(1, SSIZE_MAX, 1);

	ck_assert_int_eq(excit_product_add(it, range(0, 1, 1)), EXCIT_SUCCESS);
	ck_assert_int_eq(excit_product_add(it, r), -EXCIT_EINVAL);
	expect_size(it, 2);
	excit_free(r); /* still the caller's */
	excit_free(it);
}
END_TEST

START_TEST(a_copy_is_independent_and_at_the_same_position)
{
	excit_t it = excit_alloc(EXCIT_PRODUCT), copy, factor;
	ssize_t at[2];

	excit_product_add(it, range(0, 2, 1));
	excit_product_add(it, range(5, 6, 1));
	excit_next(it, NULL);
	copy = excit_dup(it);
	excit_free(it);
	ck_assert_int_eq(excit_type(copy), EXCIT_PRODUCT);
	ck_assert_int_eq(excit_next(copy, at), EXCIT_SUCCESS);
	ck_assert_int_eq(at[0], 0);
	ck_assert_int_eq(at[1], 6);
	ck_assert_int_eq(excit_next(copy, at), EXCIT_SUCCESS);
	ck_assert_int_eq(at[0], 1);
	excit_free(copy);
	/* a copy of what belongs to a product belongs to nobody */
	it = excit_alloc(EXCIT_PRODUCT);
	factor = range(0, 2, 1);
	excit_product_add(it, factor);
	copy = excit_dup(factor);
	excit_free(it);
	it = excit_alloc(EXCIT_PRODUCT);
	ck_assert_int_eq(excit_product_add(it, copy), EXCIT_SUCCESS);
	excit_free(it);
}
END_TEST

START_TEST(missing_and_wrong_arguments_are_refused)
{
	excit_t r = range(0, 1, 1), p = excit_alloc(EXCIT_PRODUCT);
	ssize_t n;

	ck_assert_ptr_null(excit_alloc(EXCIT_INVALID));
	ck_assert_ptr_null(excit_alloc(EXCIT_HILBERT2D));
	ck_assert_ptr_null(excit_alloc(EXCIT_TYPE_MAX));
	ck_assert_ptr_null(excit_dup(NULL));
	excit_free(NULL);
	ck_assert_int_eq(excit_type(NULL), EXCIT_INVALID);
	ck_assert_int_eq(excit_range_init(NULL, 0, 1, 1), -EXCIT_EINVAL);
	ck_assert_int_eq(excit_range_init(p, 0, 1, 1), -EXCIT_EINVAL);
	ck_assert_int_eq(excit_range_init(r, 0, 1, 0), -EXCIT_EINVAL);
	ck_assert_int_eq(excit_product_add(NULL, r), -EXCIT_EINVAL);
	ck_assert_int_eq(excit_product_add(p, NULL), -EXCIT_EINVAL);
	ck_assert_int_eq(excit_product_add(r, p), -EXCIT_EINVAL);
	ck_assert_int_eq(excit_next(NULL, &n), -EXCIT_EINVAL);
	ck_assert_int_eq(excit_peek(NULL, &n), -EXCIT_EINVAL);
	ck_assert_int_eq(excit_rewind(NULL), -EXCIT_EINVAL);
	ck_assert_int_eq(excit_dimension(NULL, &n), -EXCIT_EINVAL);
	ck_assert_int_eq(excit_dimension(r, NULL), -EXCIT_EINVAL);
	ck_assert_int_eq(excit_size(NULL, &n), -EXCIT_EINVAL);
	ck_assert_int_eq(excit_size(r, NULL), -EXCIT_EINVAL);
	expect_size(r, 2);
	excit_free(r);
	excit_free(p);
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
	excit_t it = excit_alloc(EXCIT_PRODUCT), r = range(0, 1, 1), copy = NULL;

	amli_alloc_fail_at(1);
	ck_assert_ptr_null(excit_alloc(EXCIT_RANGE));
	amli_alloc_fail_at(1);
	ck_assert_int_eq(excit_product_add(it, r), -EXCIT_ENOMEM);
	amli_alloc_fail_at(0);
	ck_assert_int_eq(excit_product_add(it, r), EXCIT_SUCCESS);
	ck_assert_int_eq(excit_product_add(it, range(0, 2, 1)), EXCIT_SUCCESS);
	for (unsigned n = 1; !copy; n++) {
		ck_assert_uint_le(n, 5);
		amli_alloc_fail_at(n);
		copy = excit_dup(it);
		amli_alloc_fail_at(0);
		ck_assert_int_eq(copy != NULL, n == 5);
	}
	expect_size(copy, 6);
	excit_free(copy);
	excit_free(it);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("excit");
	TCase *tc = tcase_create("excit");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, a_range_includes_its_last_value);
	tcase_add_test(tc, a_range_goes_down_with_a_negative_step);
	tcase_add_test(tc, a_step_away_from_the_last_value_is_empty);
	tcase_add_test(tc, ranges_at_the_limits_do_not_overflow);
	tcase_add_test(tc, the_last_factor_of_a_product_varies_fastest);
	tcase_add_test(tc, products_of_products_list_their_tuples_in_a_row);
	tcase_add_test(tc, a_product_with_an_empty_factor_or_none_is_empty);
	tcase_add_test(tc, what_belongs_to_a_product_stays_there);
	tcase_add_test(tc, sizes_that_overflow_are_refused);
	tcase_add_test(tc, a_copy_is_independent_and_at_the_same_position);
	tcase_add_test(tc, missing_and_wrong_arguments_are_refused);
	tcase_add_test(tc, without_memory_nothing_is_left);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
