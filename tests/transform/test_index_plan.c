/* SPDX-License-Identifier: BSD-3-Clause */
/* What plans through lists of indices are like: what is refused, joined, and cut where. */
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/layout/dense.h"
#include "aml/layout/indexed.h"
#include "aml/operator.h"
#include "base/error.h"
#include "tests/lib/lists.h"
#include "tests/lib/pair.h"
#include "transform/plan.h"

static struct aml_layout *u32(char *at, size_t e, size_t block, const uint32_t *index, size_t n)
{
	struct aml_layout *out;

	ck_assert_msg(aml_layout_indexed_create(&out, at, AML_LAYOUT_ORDER_C, e, block, n, index, 0,
						0) == 0,
		      "%s", aml_error_detail());
	return out;
}

static struct aml_layout *dense(char *at, size_t e, size_t n, size_t block)
{
	size_t dims[2] = {n, block};
	struct aml_layout *out;

	ck_assert_int_eq(aml_layout_dense_create(&out, at, AML_LAYOUT_ORDER_C, e, 1 + (block > 1),
						 dims, NULL, NULL),
			 0);
	return out;
}

/* What comes of planning dst <- src; both are destroyed. */
static int plan_once(struct aml_layout *dst, struct aml_layout *src, char *text, size_t size)
{
	struct aml_plan *plan;
	int rc = aml_plan_create(&plan, dst, src, AML_PLAN_DEFAULT);

	if (!rc) {
		aml_plan_describe(plan, text, size);
		ck_assert_ptr_null(aml_plan_nest(plan));
		aml_plan_destroy(&plan);
	}
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	return rc;
}

START_TEST(a_place_named_twice_gets_one_of_its_elements)
{
	static const uint32_t index[] = {5, 1, 5, 9, 1, 5, 3};
	int32_t to[12], from[7] = {10, 11, 12, 13, 14, 15, 16};
	struct aml_layout *d = u32((char *)to, 4, 1, index, 7), *s = dense((char *)from, 4, 7, 1);
	struct aml_plan *plan;

	memset(to, 0, sizeof(to));
	ck_assert_int_eq(aml_plan_create(&plan, d, s, 0), 0);
	ck_assert_int_eq(aml_plan_run(plan), 0);
	ck_assert(to[5] == 10 || to[5] == 12 || to[5] == 15);
	ck_assert(to[1] == 11 || to[1] == 14);
	ck_assert_int_eq(to[9], 13);
	ck_assert_int_eq(to[3], 16);
	ck_assert(!to[0] && !to[2] && !to[4] && !to[6] && !to[7] && !to[8] && !to[10] && !to[11]);
	aml_plan_destroy(&plan);
	aml_layout_destroy(&d);
	aml_layout_destroy(&s);
}
END_TEST

START_TEST(a_destination_that_is_one_place_is_refused)
{
	static const uint32_t same[] = {3, 3, 3}, other[] = {1, 7, 2};
	char to[64], from[64], text[100];

	ck_assert_int_eq(plan_once(u32(to, 4, 1, same, 3), dense(from, 4, 3, 1), text, 100),
			 -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "broadcast"));
	ck_assert_int_eq(plan_once(u32(to, 4, 1, same, 3), u32(from, 4, 1, other, 3), text, 100),
			 -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "broadcast"));
	ck_assert_int_eq(plan_once(u32(to, 4, 1, other, 3), u32(from, 4, 1, same, 3), text, 100),
			 0);
}
END_TEST

START_TEST(sides_with_a_byte_in_common_are_refused)
{
	static const uint32_t even[] = {0, 8, 4, 14}, odd[] = {1, 5, 13, 3}, mixed[] = {1, 5, 4, 3};
	char at[256], text[100];

	ck_assert_int_eq(plan_once(u32(at, 8, 1, even, 4), u32(at, 8, 1, odd, 4), text, 100), 0);
	ck_assert_int_eq(plan_once(u32(at, 8, 1, even, 4), u32(at, 8, 1, mixed, 4), text, 100),
			 -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "overlap"));
	/* shuffled in place, against itself in order, one byte off */
	ck_assert_int_eq(plan_once(dense(at, 8, 4, 1), u32(at, 8, 1, mixed, 4), text, 100),
			 -AML_EINVAL);
	ck_assert_int_eq(plan_once(u32(at, 8, 1, mixed, 4), dense(at, 8, 4, 1), text, 100),
			 -AML_EINVAL);
	ck_assert_int_eq(plan_once(u32(at, 8, 1, even, 4), u32(at + 1, 8, 1, odd, 4), text, 100),
			 -AML_EINVAL);
	/* what is between them, and behind */
	ck_assert_int_eq(plan_once(dense(at + 72, 8, 4, 1), u32(at, 8, 1, even, 4), text, 100), 0);
	ck_assert_int_eq(plan_once(dense(at + 120, 8, 4, 1), u32(at, 8, 1, even, 4), text, 100), 0);
	ck_assert_int_eq(plan_once(dense(at + 112, 8, 4, 1), u32(at, 8, 1, even, 4), text, 100),
			 -AML_EINVAL);
}
END_TEST

/* What comes of planning to swap or convert src into dst; both are destroyed. */
static int plan_operator(struct aml_layout *dst, struct aml_layout *src, aml_dma_operator op)
{
	struct aml_convert wider = {.to = AML_TYPE_DOUBLE, .from = AML_TYPE_FLOAT};
	struct aml_plan *plan;
	int rc = aml_plan_create_op(&plan, dst, src, op, &wider, AML_PLAN_DEFAULT);

	aml_plan_destroy(&plan);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	return rc;
}

START_TEST(operators_refuse_them_too)
{
	static const uint32_t any[] = {0, 8, 4, 14}, other[] = {1, 5, 13, 3}, hits[] = {1, 5, 4, 3};
	static const uint32_t records[] = {0, 8, 4, 12}; /* of 4 floats */
	char at[256];

	ck_assert_int_eq(
		plan_operator(u32(at, 8, 1, any, 4), u32(at, 8, 1, other, 4), aml_op_byteswap), 0);
	ck_assert_int_eq(plan_operator(u32(at, 8, 1, any, 4), u32(at, 8, 1, hits, 4),
				       aml_op_byteswap),
			 -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "overlap"));
	/* a double and two floats in a record */
	ck_assert_int_eq(plan_operator(u32(at, 8, 1, (uint32_t[]){0, 4, 2, 6}, 4),
				       u32(at + 8, 4, 1, records, 4), aml_op_convert),
			 0);
	ck_assert_int_eq(plan_operator(u32(at, 8, 1, (uint32_t[]){0, 4, 2, 6}, 4),
				       u32(at + 4, 4, 1, records, 4), aml_op_convert),
			 -AML_EINVAL);
}
END_TEST

START_TEST(operators_are_cut_within_long_lists)
{
	const size_t n = 10001;
	struct aml_crc32c whole, cut;
	struct lists_end src, dst;
	struct aml_plan *plan;
	size_t pieces, bytes = 0;

	lists_seed(test_seed());
	lists_indexed(&src, 4, 1, n, LISTS_RANDOM, AML_LAYOUT_ORDER_C);
	dst.layout = dense(lists_memory(&dst, 4 * n), 4, n, 1);
	ck_assert_int_eq(aml_op_crc32c(dst.layout, src.layout, &whole), 0);
	ck_assert_int_eq(aml_plan_create_op(&plan, dst.layout, src.layout, aml_op_crc32c, &cut, 0),
			 0);
	pieces = aml_plan_split(plan, 3);
	ck_assert_uint_eq(pieces, 3);
	aml_plan_begin(plan);
	for (size_t i = 0; i < pieces; i++) {
		ck_assert_int_eq(aml_plan_run_piece(plan, i, pieces), 0);
		bytes += aml_plan_piece_bytes(plan, i, pieces);
		ck_assert_uint_eq(aml_plan_piece_bytes(plan, i, pieces), i < 2 ? 16384 : 7236);
	}
	ck_assert_uint_eq(bytes, 4 * n);
	ck_assert_uint_eq(cut.crc, whole.crc);
	aml_plan_destroy(&plan);
	lists_free(&src);
	lists_free(&dst);
}
END_TEST

START_TEST(members_of_the_same_records_are_apart)
{
	static const uint32_t to[] = {0, 9, 3, 6}, from[] = {6, 0, 3, 9}; /* records of 3 */
	char at[256], text[100];

	ck_assert_int_eq(plan_once(u32(at, 8, 1, to, 4), u32(at + 8, 8, 1, from, 4), text, 100), 0);
	ck_assert_int_eq(plan_once(u32(at, 8, 2, to, 4), u32(at + 8, 8, 2, from, 4), text, 100),
			 -AML_EINVAL);
}
END_TEST

static void expect_plan(struct aml_layout *dst, struct aml_layout *src, const char *want)
{
	char text[200] = "";

	ck_assert_int_eq(plan_once(dst, src, text, sizeof(text)), 0);
	ck_assert_str_eq(text, want);
}

START_TEST(plans_say_what_was_joined)
{
	static const uint32_t any[] = {9, 2, 30, 4}, pairs[] = {8, 9, 2, 3, 30, 31, 12, 13};
	const char *pieces = amli_kernel_select(AMLI_PIECES, 0)->name;
	uint32_t runs[24], turned[24];
	char want[100];
	char *to = malloc(4096), *from = malloc(4096);

	for (uint32_t i = 0; i < 24; i++) { /* three runs, of 7, 9 and 8 */
		runs[i] = i < 7 ? 100 + i : i < 16 ? i : 200 + i;
		turned[i] = i < 12 ? 50 + i : i;
	}
	expect_plan(dense(to, 4, 4, 1), u32(from, 4, 1, any, 4), "gather32 e4 [4 4:i32*4]");
	expect_plan(u32(to, 8, 3, any, 4), dense(from, 8, 4, 3), "scatter192 e24 [4 i32*8:24]");
	expect_plan(u32(to, 2, 1, any, 4), u32(from, 2, 1, runs + 5, 4),
		    "gather16+scatter16 e2 [4 i32*2:i32*2]");
	expect_plan(dense(to, 4, 8, 1), u32(from, 4, 1, pairs, 8), "gather64 e8 [4 8:i32*4]");
	snprintf(want, sizeof(want), "%s e4 [24 4:i32*4] in 3 pieces", pieces);
	expect_plan(dense(to, 4, 24, 1), u32(from, 4, 1, runs, 24), want);
	snprintf(want, sizeof(want), "%s e4 [24 i32*4:i32*4] in 4 pieces", pieces);
	expect_plan(u32(to, 4, 1, runs, 24), u32(from, 4, 1, turned, 24), want);
	free(to);
	free(from);
}
END_TEST

START_TEST(lists_at_one_distance_are_planned_as_strides)
{
	static const uint32_t one[] = {3, 4, 5, 6}, two[] = {8, 6, 4, 2};
	char to[256], from[256], text[100];
	struct aml_layout *d = dense(to, 4, 4, 1), *s = u32(from, 4, 1, one, 4);
	struct aml_plan *plan;

	ck_assert_int_eq(aml_plan_create(&plan, d, s, 0), 0);
	aml_plan_describe(plan, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "copy"));
	ck_assert_ptr_nonnull(aml_plan_nest(plan));
	aml_plan_destroy(&plan);
	aml_layout_destroy(&s);
	s = u32(from, 4, 1, two, 4);
	ck_assert_int_eq(aml_plan_create(&plan, d, s, 0), 0);
	ck_assert_ptr_nonnull(aml_plan_nest(plan));
	ck_assert_int_eq(aml_plan_nest(plan)->loop[0].src, -8);
	aml_plan_destroy(&plan);
	aml_layout_destroy(&s);
	aml_layout_destroy(&d);
}
END_TEST

/* Where piece i of n begins, in bytes of the destination. */
static uintptr_t boundary(const struct aml_plan *plan, const char *dst, size_t i, size_t n)
{
	uintptr_t at = (uintptr_t)dst;

	for (size_t k = 0; k < i; k++)
		at += aml_plan_piece_bytes(plan, k, n);
	return at;
}

/* Whether some element of these bytes begins on a line. */
static bool can_align(const char *dst, size_t e)
{
	size_t i = 0;

	while (i < 64 && ((uintptr_t)dst + i * e) % 64)
		i++;
	return i < 64;
}

/* Returns how many boundaries there were. */
static int check_boundaries(size_t e, enum lists_order how)
{
	size_t n = 300000 / e, joined;
	struct lists_end src, dst;
	struct aml_plan *plan;
	char text[200], *at;
	int seen = 0;

	lists_indexed(&src, e, 1, n, how, AML_LAYOUT_ORDER_C);
	lists_memory(&dst, n * e);
	at = dst.memory + lists_pick(40);
	dst.layout = dense(at, e, n, 1);
	ck_assert_int_eq(aml_plan_create(&plan, dst.layout, src.layout, 0), 0);
	aml_plan_describe(plan, text, sizeof(text));
	joined = strtoul(strstr(text, " e") + 2, NULL, 10);
	if (aml_plan_nest(plan) || !(can_align(at, joined) || strstr(text, "pieces")))
		joined = 0;
	for (size_t i = 1; i < 4 && joined; i++) {
		uintptr_t to = boundary(plan, at, i, 4);

		ck_assert_msg(to % 64 == 0, "piece %zu begins %zu bytes off a line: %s", i,
			      (size_t)to % 64, text);
		seen++;
	}
	aml_plan_destroy(&plan);
	lists_free(&src);
	lists_free(&dst);
	return seen;
}

START_TEST(pieces_of_a_dense_destination_begin_on_lines)
{
	static const size_t sizes[] = {1, 2, 4, 8, 12, 16, 24, 40};
	int seen = 0;

	lists_seed(test_seed());
	for (int times = 0; times < 10; times++)
		for (size_t k = 0; k < 8; k++)
			for (size_t how = LISTS_RANDOM; how <= LISTS_EVEN_RUNS; how++)
				seen += check_boundaries(sizes[k], (enum lists_order)how);
	ck_assert_int_ge(seen, 200);
}
END_TEST

START_TEST(a_plan_outlives_its_layouts_and_their_list)
{
	uint32_t index[] = {4, 0, 2};
	int32_t to[3] = {0}, from[5] = {10, 11, 12, 13, 14};
	struct aml_layout *d = dense((char *)to, 4, 3, 1), *s = u32((char *)from, 4, 1, index, 3);
	struct aml_plan *plan;

	ck_assert_int_eq(aml_plan_create(&plan, d, s, 0), 0);
	aml_layout_destroy(&d);
	aml_layout_destroy(&s);
	memset(index, 0xff, sizeof(index));
	ck_assert_int_eq(aml_plan_run(plan), 0);
	ck_assert(to[0] == 14 && to[1] == 10 && to[2] == 12);
	aml_plan_destroy(&plan);
}
END_TEST

START_TEST(shapes_that_differ_are_refused)
{
	static const uint32_t any[] = {9, 2, 30, 4};
	char to[256], from[256], text[100];

	ck_assert_int_eq(plan_once(dense(to, 4, 3, 1), u32(from, 4, 1, any, 4), text, 100),
			 -AML_EINVAL);
	ck_assert_int_eq(plan_once(dense(to, 2, 4, 1), u32(from, 4, 1, any, 4), text, 100),
			 -AML_EINVAL);
	ck_assert_int_eq(plan_once(dense(to, 4, 4, 2), u32(from, 4, 1, any, 4), text, 100),
			 -AML_EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("index_plan");
	TCase *tc = tcase_create("index_plan");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, a_place_named_twice_gets_one_of_its_elements);
	tcase_add_test(tc, a_destination_that_is_one_place_is_refused);
	tcase_add_test(tc, sides_with_a_byte_in_common_are_refused);
	tcase_add_test(tc, operators_refuse_them_too);
	tcase_add_test(tc, operators_are_cut_within_long_lists);
	tcase_add_test(tc, members_of_the_same_records_are_apart);
	tcase_add_test(tc, plans_say_what_was_joined);
	tcase_add_test(tc, lists_at_one_distance_are_planned_as_strides);
	tcase_add_test(tc, pieces_of_a_dense_destination_begin_on_lines);
	tcase_add_test(tc, a_plan_outlives_its_layouts_and_their_list);
	tcase_add_test(tc, shapes_that_differ_are_refused);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
