/* SPDX-License-Identifier: BSD-3-Clause */
/* Bitmaps are sets: each operation against a plain array of flags. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "base/bitmap.h"
#include "base/mem.h"

#define MAX AML_BITMAP_MAX

/* Around every border of words, and of the set. */
static const unsigned borders[] = {0, 1, 31, 32, 62, 63, 64, 65, 127, 128, 1000, 2046, 2047};
#define NBORDERS (sizeof(borders) / sizeof(borders[0]))

static struct aml_bitmap empty, full;

static void setup(void)
{
	aml_bitmap_zero(&empty);
	aml_bitmap_fill(&full);
}

static void expect_same(const struct aml_bitmap *b, const bool *flags, const char *what)
{
	for (unsigned i = 0; i < MAX; i++)
		ck_assert_msg(aml_bitmap_isset(b, i) == flags[i], "%s: index %u", what, i);
}

START_TEST(zero_is_empty_and_fill_is_full)
{
	struct aml_bitmap b;

	memset(&b, 0x5a, sizeof(b));
	ck_assert_int_eq(aml_bitmap_zero(&b), 0);
	ck_assert_int_eq(aml_bitmap_iszero(&b), 1);
	ck_assert_int_eq(aml_bitmap_isfull(&b), 0);
	ck_assert_int_eq(aml_bitmap_nset(&b), 0);
	ck_assert_int_eq(aml_bitmap_fill(&b), 0);
	ck_assert_int_eq(aml_bitmap_iszero(&b), 0);
	ck_assert_int_eq(aml_bitmap_isfull(&b), 1);
	ck_assert_int_eq(aml_bitmap_nset(&b), MAX);
}
END_TEST

START_TEST(set_and_clear_change_one_index)
{
	unsigned i = borders[_i];
	struct aml_bitmap b = empty;

	ck_assert_int_eq(aml_bitmap_set(&b, i), 0);
	ck_assert_int_eq(aml_bitmap_nset(&b), 1);
	ck_assert_int_eq(aml_bitmap_isset(&b, i), 1);
	ck_assert_int_eq(aml_bitmap_iszero(&b), 0);
	ck_assert_int_eq(aml_bitmap_first(&b), (int)i);
	ck_assert_int_eq(aml_bitmap_last(&b), (int)i);
	ck_assert_int_eq(aml_bitmap_clear(&b, i), 0);
	ck_assert_int_eq(aml_bitmap_isequal(&b, &empty), 1);

	b = full;
	ck_assert_int_eq(aml_bitmap_clear(&b, i), 0);
	ck_assert_int_eq(aml_bitmap_nset(&b), MAX - 1);
	ck_assert_int_eq(aml_bitmap_isset(&b, i), 0);
	ck_assert_int_eq(aml_bitmap_isfull(&b), 0);
	ck_assert_int_eq(aml_bitmap_isequal(&b, &full), 0);
	ck_assert_int_eq(aml_bitmap_isequal(&full, &full), 1);
}
END_TEST

START_TEST(ranges_include_both_ends)
{
	for (size_t f = 0; f < NBORDERS; f++)
		for (size_t l = f; l < NBORDERS; l++) {
			unsigned i = borders[f], ii = borders[l];
			struct aml_bitmap in = empty, out = full;
			bool flags[MAX];

			for (unsigned k = 0; k < MAX; k++)
				flags[k] = i <= k && k <= ii;
			ck_assert_int_eq(aml_bitmap_set_range(&in, i, ii), 0);
			expect_same(&in, flags, "set_range");
			ck_assert_int_eq(aml_bitmap_nset(&in), (int)(ii - i + 1));
			ck_assert_int_eq(aml_bitmap_first(&in), (int)i);
			ck_assert_int_eq(aml_bitmap_last(&in), (int)ii);
			for (unsigned k = 0; k < MAX; k++)
				flags[k] = !flags[k];
			ck_assert_int_eq(aml_bitmap_clear_range(&out, i, ii), 0);
			expect_same(&out, flags, "clear_range");
		}
}
END_TEST

START_TEST(wrong_indices_and_ranges_are_refused_and_change_nothing)
{
	struct aml_bitmap b = empty;

	ck_assert_int_eq(aml_bitmap_isset(&full, MAX), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_isset(&full, ~0u), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_set(&b, MAX), -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "2048"));
	ck_assert_int_eq(aml_bitmap_set_range(&b, 5, MAX), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_set_range(&b, 5, 4), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_isequal(&b, &empty), 1);
	b = full;
	ck_assert_int_eq(aml_bitmap_clear(&b, MAX), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_clear_range(&b, 5, MAX), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_clear_range(&b, 5, 4), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_isequal(&b, &full), 1);
}
END_TEST

START_TEST(null_is_refused)
{
	unsigned long word = 7;
	struct aml_bitmap *p = &empty;

	ck_assert_int_eq(aml_bitmap_zero(NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_fill(NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_iszero(NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_isfull(NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_isset(NULL, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_set(NULL, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_clear(NULL, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_isequal(NULL, &full), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_isequal(&full, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_set_range(NULL, 0, 1), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_clear_range(NULL, 0, 1), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_nset(NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_last(NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_first(NULL), -1);
	ck_assert_int_eq(aml_bitmap_from_string(NULL, "1"), -AML_EINVAL);
	aml_errno = 0;
	ck_assert_ptr_null(aml_bitmap_to_string(NULL));
	ck_assert_int_eq(aml_errno, AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_create(NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_dup(NULL, &full), -AML_EINVAL);
	ck_assert_int_eq(aml_bitmap_dup(&p, NULL), -AML_EINVAL);
	ck_assert_ptr_null(p);

	aml_bitmap_copy(NULL, &full);
	aml_bitmap_copy(&empty, NULL);
	aml_bitmap_copy_from_ulong(NULL, &word, 64);
	aml_bitmap_copy_from_ulong(&empty, NULL, 64);
	aml_bitmap_copy_to_ulong(NULL, &word, 64);
	aml_bitmap_copy_to_ulong(&full, NULL, 64);
	ck_assert_int_eq(aml_bitmap_iszero(&empty), 1);
	ck_assert_uint_eq(word, 7);
	aml_bitmap_destroy(NULL);
	aml_bitmap_destroy(&p);
}
END_TEST

START_TEST(first_and_last_of_nothing_are_minus_one)
{
	ck_assert_int_eq(aml_bitmap_first(&empty), -1);
	ck_assert_int_eq(aml_bitmap_last(&empty), -1);
	ck_assert_int_eq(aml_bitmap_first(&full), 0);
	ck_assert_int_eq(aml_bitmap_last(&full), MAX - 1);
}
END_TEST

START_TEST(copies_replace_what_was_there)
{
	struct aml_bitmap b = full;
	unsigned long words[3] = {5, 0, ~0UL};
	unsigned n = (unsigned)AML_BITMAP_NBITS;

	aml_bitmap_copy(&b, &empty);
	ck_assert_int_eq(aml_bitmap_iszero(&b), 1);

	b = full;
	aml_bitmap_copy_from_ulong(&b, words, n);
	ck_assert_int_eq(aml_bitmap_nset(&b), 2);
	ck_assert_int_eq(aml_bitmap_isset(&b, 0), 1);
	ck_assert_int_eq(aml_bitmap_isset(&b, 2), 1);

	words[0] = words[1] = ~0UL;
	aml_bitmap_copy_to_ulong(&b, words, 2 * n);
	ck_assert_uint_eq(words[0], 5);
	ck_assert_uint_eq(words[1], 0);
	ck_assert_uint_eq(words[2], ~0UL);
}
END_TEST

START_TEST(copies_stop_at_the_bit_asked_for)
{
	unsigned n = (unsigned)AML_BITMAP_NBITS, size = n + 3;
	unsigned long words[2] = {0, 0}, ones[2] = {~0UL, ~0UL};
	struct aml_bitmap b;

	aml_bitmap_copy_from_ulong(&b, ones, size);
	ck_assert_int_eq(aml_bitmap_nset(&b), (int)size);
	ck_assert_int_eq(aml_bitmap_last(&b), (int)size - 1);
	aml_bitmap_copy_to_ulong(&full, words, size);
	ck_assert_uint_eq(words[0], ~0UL);
	ck_assert_uint_eq(words[1], 7);
	aml_bitmap_copy_to_ulong(&empty, ones, size);
	ck_assert_uint_eq(ones[0], 0);
	ck_assert_uint_eq(ones[1], ~7UL);
	aml_bitmap_copy_from_ulong(&b, ones, 0);
	ck_assert_int_eq(aml_bitmap_iszero(&b), 1);
}
END_TEST

START_TEST(copies_never_pass_the_end_of_a_bitmap)
{
	unsigned long words[AML_BITMAP_BYTES / sizeof(unsigned long) + 1];
	struct aml_bitmap b;

	memset(words, 0xff, sizeof(words));
	aml_bitmap_copy_to_ulong(&empty, words, (size_t)-1);
	ck_assert_uint_eq(words[AML_BITMAP_SIZE], ~0UL);
	for (int i = 0; i < AML_BITMAP_SIZE; i++)
		ck_assert_uint_eq(words[i], 0);
	memset(words, 0xff, sizeof(words));
	aml_bitmap_copy_from_ulong(&b, words, (size_t)-1);
	ck_assert_int_eq(aml_bitmap_isfull(&b), 1);
}
END_TEST

static const struct {
	const char *text;
	const char *list; /* as amli_bitmap_list() says it */
} good[] = {
	{NULL, "none"},		{"none", "none"},     {"ZERO", "none"},
	{"Empty", "none"},	{"all", "0-2047"},    {"FILL", "0-2047"},
	{"full", "0-2047"},	{"0", "0"},	      {"2047", "2047"},
	{"0,2,5", "0,2,5"},	{"5,0,2,2", "0,2,5"}, {"1-3", "1-3"},
	{"1-3,2-70,9", "1-70"}, {"7-7", "7"},	      {" 1 , 3 - 4\t", "1,3-4"},
	{"00012", "12"},	{"0-2047", "0-2047"}, {"63-64,66", "63-64,66"},
};

START_TEST(words_numbers_and_ranges_are_read)
{
	struct aml_bitmap b = full;
	char list[64];

	ck_assert_int_eq(aml_bitmap_from_string(&b, good[_i].text), 0);
	ck_assert_str_eq(amli_bitmap_list(&b, list, sizeof(list)), good[_i].list);
}
END_TEST

static const char *const bad[] = {
	"",
	" ",
	"x",
	"1,x",
	"x,1",
	"1,",
	",1",
	"1,,2",
	"-1",
	"1-",
	"3-1",
	"1-2-3",
	"2048",
	"0-2048",
	"1;2",
	"1 2",
	"[01]",
	"[",
	"none,1",
	"1.5",
	"0x1",
	"99999999999999999999",
	"18446744073709551617",
	"allx",
};

START_TEST(anything_else_is_minus_one_and_changes_nothing)
{
	struct aml_bitmap b = full;

	ck_assert_msg(aml_bitmap_from_string(&b, bad[_i]) == -1, "'%s' was read", bad[_i]);
	ck_assert_int_eq(aml_bitmap_isfull(&b), 1);
}
END_TEST

START_TEST(text_of_digits_goes_both_ways)
{
	struct aml_bitmap b = empty, back = full;
	char *text;

	for (size_t i = 0; i < NBORDERS; i++)
		aml_bitmap_set(&b, borders[i]);
	text = aml_bitmap_to_string(&b);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(strlen(text), MAX + 2);
	ck_assert_int_eq(text[0], '[');
	ck_assert_int_eq(text[MAX + 1], ']');
	for (unsigned i = 0; i < MAX; i++)
		ck_assert_int_eq(text[1 + i], aml_bitmap_isset(&b, i) ? '1' : '0');
	ck_assert_int_eq(aml_bitmap_from_string(&back, text), 0);
	ck_assert_int_eq(aml_bitmap_isequal(&b, &back), 1);

	text[7] = '2';
	ck_assert_int_eq(aml_bitmap_from_string(&back, text), -1);
	text[7] = '0';
	text[MAX + 1] = '0';
	ck_assert_int_eq(aml_bitmap_from_string(&back, text), -1);
	ck_assert_int_eq(aml_bitmap_isequal(&b, &back), 1);
	free(text);
}
END_TEST

START_TEST(a_list_that_does_not_fit_is_cut)
{
	struct aml_bitmap b = empty;
	char text[9] = "########";

	aml_bitmap_from_string(&b, "100,200-300,400");
	ck_assert_ptr_eq(amli_bitmap_list(&b, text, 8), text);
	ck_assert_str_eq(text, "100,200");
	ck_assert_int_eq(text[8], 0);
}
END_TEST

START_TEST(created_and_copied_bitmaps_are_independent)
{
	struct aml_bitmap *a, *b;

	ck_assert_int_eq(aml_bitmap_create(&a), 0);
	ck_assert_int_eq(aml_bitmap_iszero(a), 1);
	aml_bitmap_set(a, 77);
	ck_assert_int_eq(aml_bitmap_dup(&b, a), 0);
	ck_assert_int_eq(aml_bitmap_isequal(a, b), 1);
	aml_bitmap_clear(a, 77);
	ck_assert_int_eq(aml_bitmap_isset(b, 77), 1);
	aml_bitmap_destroy(&a);
	aml_bitmap_destroy(&b);
	ck_assert_ptr_null(a);
	aml_bitmap_destroy(&a);
}
END_TEST

START_TEST(without_memory_creators_say_so)
{
	struct aml_bitmap *b = &empty;

	amli_alloc_fail_at(1);
	ck_assert_int_eq(aml_bitmap_create(&b), -AML_ENOMEM);
	ck_assert_ptr_null(b);
	b = &empty;
	amli_alloc_fail_at(1);
	ck_assert_int_eq(aml_bitmap_dup(&b, &full), -AML_ENOMEM);
	ck_assert_ptr_null(b);
	amli_alloc_fail_at(1);
	ck_assert_ptr_null(aml_bitmap_to_string(&full));
	ck_assert_int_eq(aml_errno, AML_ENOMEM);
	amli_alloc_fail_at(0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bitmap");
	TCase *tc = tcase_create("bitmap");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, zero_is_empty_and_fill_is_full);
	tcase_add_loop_test(tc, set_and_clear_change_one_index, 0, NBORDERS);
	tcase_add_test(tc, ranges_include_both_ends);
	tcase_add_test(tc, wrong_indices_and_ranges_are_refused_and_change_nothing);
	tcase_add_test(tc, null_is_refused);
	tcase_add_test(tc, first_and_last_of_nothing_are_minus_one);
	tcase_add_test(tc, copies_replace_what_was_there);
	tcase_add_test(tc, copies_stop_at_the_bit_asked_for);
	tcase_add_test(tc, copies_never_pass_the_end_of_a_bitmap);
	tcase_add_loop_test(tc, words_numbers_and_ranges_are_read, 0,
			    sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tc, anything_else_is_minus_one_and_changes_nothing, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, text_of_digits_goes_both_ways);
	tcase_add_test(tc, a_list_that_does_not_fit_is_cut);
	tcase_add_test(tc, created_and_copied_bitmaps_are_independent);
	tcase_add_test(tc, without_memory_creators_say_so);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
