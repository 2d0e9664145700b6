/* SPDX-License-Identifier: BSD-3-Clause */
/* A batch writes what its parts would, whole or in pieces of about equal bytes. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "tests/lib/batch.h"
#include "transform/plan.h"

static void run_in_pieces(const struct aml_plan *plan, size_t n)
{
	size_t sum = 0;

	for (size_t i = n; i-- > 0;) {
		ck_assert_int_eq(aml_plan_run_piece(plan, i, n), 0);
		sum += aml_plan_piece_bytes(plan, i, n);
	}
	ck_assert_uint_eq(sum, aml_plan_bytes(plan));
	ck_assert_int_eq(aml_plan_run_piece(plan, n, n), -AML_EDOM);
}

static void move_batches(unsigned count, unsigned flags)
{
	for (unsigned i = 0; i < count; i++) {
		struct batch b;

		batch_make(&b, test_seed() + i, 1 + i % PARTS, flags);
		ck_assert_int_eq(aml_plan_run(b.plan), 0);
		batch_expect_moved(&b, "whole");
		run_in_pieces(b.plan, 1 + i % 9);
		batch_expect_moved(&b, "in pieces");
		run_in_pieces(b.plan, b.plan->blocks);
		batch_expect_moved(&b, "block by block");
		batch_free(&b);
	}
}

START_TEST(every_part_arrives_whole_or_in_pieces)
{
	move_batches(test_pairs(400), AML_PLAN_DEFAULT);
}
END_TEST

START_TEST(streamed_batches_write_the_same_bytes)
{
	move_batches(test_pairs(400), AML_PLAN_STREAM);
}
END_TEST

/* Where cuts fall together; whoever runs such a piece may have nothing to do with the part. */
START_TEST(a_piece_of_no_bytes_writes_none)
{
	unsigned pieces = 0;

	for (unsigned seed = 0; seed < test_pairs(100); seed++) {
		struct batch b;
		size_t n;

		batch_make(&b, test_seed() + seed, PARTS, 0);
		n = b.plan->blocks;
		for (size_t i = 0; i < n; i++)
			if (aml_plan_piece_bytes(b.plan, i, n) == 0) {
				ck_assert_int_eq(aml_plan_run_piece(b.plan, i, n), 0);
				pieces++;
			}
		for (size_t i = 0; i < PARTS; i++)
			ck_assert(!memcmp(b.pair[i].to.memory, b.pair[i].to.before,
					  b.pair[i].to.size));
		batch_free(&b);
	}
	ck_assert_uint_gt(pieces, 0);
}
END_TEST

START_TEST(a_batch_outlives_its_layouts)
{
	struct batch b;

	for (unsigned i = 0; i < 20; i++) {
		batch_make(&b, test_seed() + 900 + i, PARTS, AML_PLAN_CACHED);
		for (size_t j = 0; j < PARTS; j++) {
			aml_layout_destroy(&b.pair[j].dst);
			aml_layout_destroy(&b.pair[j].src);
		}
		ck_assert_int_eq(aml_plan_run(b.plan), 0);
		batch_expect_moved(&b, "after destroying the layouts");
		batch_free(&b);
	}
}
END_TEST

/* No piece is off the mean by more than a grain or part on either end. */
static void expect_balance(const struct aml_plan *plan, size_t n, size_t slack)
{
	size_t mean = aml_plan_bytes(plan) / n;

	ck_assert_uint_eq(aml_plan_split(plan, n), n);
	for (size_t i = 0; i < n; i++) {
		size_t bytes = aml_plan_piece_bytes(plan, i, n);

		ck_assert_msg(bytes + slack >= mean && bytes <= mean + slack,
			      "piece %zu of %zu has %zu bytes, the mean is %zu", i, n, bytes, mean);
	}
}

static void balance(size_t parts, const size_t *bytes, size_t nbytes, size_t slack)
{
	struct many m = many_make(parts, bytes, nbytes);
	struct aml_plan *plan = many_plan(&m, 0);

	for (size_t n = 2; n <= 9; n++) {
		memset(m.to, 0, m.most);
		run_in_pieces(plan, n);
		ck_assert(!memcmp(m.to, m.from, m.most));
		expect_balance(plan, n, slack);
	}
	aml_plan_destroy(&plan);
	many_free(&m);
}

START_TEST(pieces_have_about_equal_bytes)
{
	balance(1000, (const size_t[]){4096}, 1, 2 * 4096);
	balance(1000, (const size_t[]){64}, 1, 3 * 64);
	balance(100, (const size_t[]){1, 30000, 77, 9000}, 4, 2 * 4096 + 9000);
	/* one part dwarfs the others, or is alone: it is cut */
	balance(50, (const size_t[]){16, 16, 3 << 20, 16, 200, 16, 16, 16, 16, 16}, 10, 3 * 4096);
	balance(1, (const size_t[]){(5 << 20) + 13}, 1, 3 * 4096);
}
END_TEST

START_TEST(a_part_with_a_plan_is_cut_between_its_blocks)
{
	static char to[1 << 22], from[1 << 22];
	const size_t dims[] = {1024, 1024}, perm[] = {1, 0};
	struct aml_layout *dst, *src;
	const struct aml_layout *view;
	struct aml_plan *plan;

	ck_assert_int_eq(aml_layout_dense_create(&dst, to, 1, 4, 2, dims, NULL, NULL), 0);
	ck_assert_int_eq(aml_layout_dense_create(&src, from, 1, 4, 2, dims, NULL, NULL), 0);
	ck_assert_int_eq(aml_layout_permute(src, (struct aml_layout **)&view, perm), 0);
	ck_assert_int_eq(aml_plan_create_batch(&plan, 1, &dst, &view, 0), 0);
	ck_assert_uint_gt(plan->batch.part->plan->blocks, 1);
	expect_balance(plan, 2, 0);
	run_in_pieces(plan, 3);
	aml_plan_destroy(&plan);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	aml_layout_destroy((struct aml_layout **)&view);
}
END_TEST

START_TEST(a_batch_that_is_too_small_is_not_cut)
{
	struct many m = many_make(3, (const size_t[]){64}, 1);
	struct aml_plan *plan = many_plan(&m, 0);

	ck_assert_uint_eq(aml_plan_split(plan, 100), 3);
	aml_plan_destroy(&plan);
	many_free(&m);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("batch_run");
	TCase *tc = tcase_create("batches");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, every_part_arrives_whole_or_in_pieces);
	tcase_add_test(tc, streamed_batches_write_the_same_bytes);
	tcase_add_test(tc, a_piece_of_no_bytes_writes_none);
	tcase_add_test(tc, a_batch_outlives_its_layouts);
	tcase_add_test(tc, pieces_have_about_equal_bytes);
	tcase_add_test(tc, a_part_with_a_plan_is_cut_between_its_blocks);
	tcase_add_test(tc, a_batch_that_is_too_small_is_not_cut);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
