/* SPDX-License-Identifier: BSD-3-Clause */
/* A piece writes as many bytes as it says, and all of them what the plan says. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "aml/plan.h"
#include "tests/lib/pair.h"
#include "tests/lib/permuted.h"
#include "transform/plan.h"

static void expect_sum(const struct aml_plan *plan, size_t n, const char *what)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += aml_plan_piece_bytes(plan, i, n);
	ck_assert_msg(sum == aml_plan_bytes(plan), "%s: %zu pieces have %zu bytes, the plan %zu",
		      what, n, sum, aml_plan_bytes(plan));
}

START_TEST(bytes_of_all_pieces_are_those_of_the_plan)
{
	for (unsigned i = 0; i < test_pairs(4000); i++) {
		struct pair p = pair_random(test_seed() + i, 0, i % 2);
		struct aml_plan *plan;

		ck_assert_int_eq(aml_plan_create(&plan, p.dst, p.src, 0), 0);
		for (size_t n = 1; n <= 9; n++)
			expect_sum(plan, n, p.text);
		aml_plan_destroy(&plan);
		pair_free(&p);
	}
}
END_TEST

/* Bytes of memory that a run of the piece sets: those that are the same after it, whatever
 * they were before. */
static size_t bytes_written(const struct aml_plan *plan, size_t i, size_t n, char *memory,
			    size_t size)
{
	char *zeros = malloc(size);
	size_t count = 0;

	memset(memory, 0, size);
	ck_assert_int_eq(aml_plan_run_piece(plan, i, n), 0);
	memcpy(zeros, memory, size);
	memset(memory, 0xff, size);
	ck_assert_int_eq(aml_plan_run_piece(plan, i, n), 0);
	for (size_t at = 0; at < size; at++)
		count += memory[at] == zeros[at];
	free(zeros);
	return count;
}

static void expect_written(const struct aml_plan *plan, size_t n, char *memory, size_t size,
			   const char *what)
{
	for (size_t i = 0; i < n; i++) {
		size_t says = aml_plan_piece_bytes(plan, i, n);
		size_t does = bytes_written(plan, i, n, memory, size);

		ck_assert_msg(says == does, "%s: piece %zu of %zu says %zu bytes, writes %zu", what,
			      i, n, says, does);
	}
}

START_TEST(a_piece_of_any_pair_writes_what_it_says)
{
	unsigned padded = 0, pairs = test_pairs(300);

	for (unsigned i = 0; i < pairs; i++) {
		struct pair p = pair_random(test_seed() + i, 0, false);
		char *memory = p.to.memory;
		struct aml_plan *plan;

		ck_assert_int_eq(aml_plan_create(&plan, p.dst, p.src, 0), 0);
		if (bytes_written(plan, 0, 1, memory, p.to.size) == aml_plan_bytes(plan)) {
			expect_written(plan, 1 + i % 9, memory, p.to.size, p.text);
		} else {
			/* padding counts, and is not written */
			ck_assert_ptr_nonnull(strstr(p.text, "kind 6 <-"));
			padded++;
		}
		aml_plan_destroy(&plan);
		pair_free(&p);
	}
	ck_assert_uint_le(padded, pairs / 2 + 1);
}
END_TEST

/* dst is src with its dimensions permuted. */
static void count_permuted(size_t element, const size_t *dims, const size_t *perm, unsigned flags)
{
	size_t bytes = element * dims[0] * dims[1] * dims[2];
	char *dst = malloc(bytes), *src = calloc(1, bytes), text[200];
	struct aml_plan *plan = permuted_plan(dst, src, element, 3, dims, NULL, perm, flags);

	aml_plan_describe(plan, text, sizeof(text));
	for (size_t n = 1; n <= 9; n++)
		expect_sum(plan, n, text);
	expect_sum(plan, plan->blocks, text);
	expect_written(plan, aml_plan_split(plan, 7), dst, bytes, text);
	aml_plan_destroy(&plan);
	free(dst);
	free(src);
}

START_TEST(ragged_last_blocks_count_for_what_they_are)
{
	static const size_t perms[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2},
					  {0, 2, 1}, {2, 0, 1}, {1, 2, 0}};
	static const size_t elements[] = {1, 4, 16, 12};
	static const size_t dims[][3] = {
		{3, 517, 531}, {129, 1030, 5}, {1030, 3, 67}, {50, 43, 700}, {5, 411, 701}};

	for (size_t e = 0; e < 4; e++)
		for (size_t p = 0; p < 6; p++)
			for (unsigned flags = 0; flags <= AML_PLAN_STREAM; flags++)
				count_permuted(elements[e], dims[(e + p) % 5], perms[p], flags);
}
END_TEST

/* Rows of five, streamed: blocks in groups. */
START_TEST(staged_groups_count_too)
{
	static const size_t dims[] = {5, 411, 701}, perm[] = {1, 2, 0};

	for (size_t element = 1; element <= 8; element *= 2)
		count_permuted(element, dims, perm, AML_PLAN_STREAM);
}
END_TEST

static int do_nothing(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	(void)dst;
	(void)src;
	(void)arg;
	return 0;
}

START_TEST(what_nobody_can_count_is_zero)
{
	struct pair p = pair_dense(16, 4);
	struct aml_plan plan;

	ck_assert_uint_eq(aml_plan_piece_bytes(NULL, 0, 1), 0);
	ck_assert_int_eq(amli_plan_init(&plan, p.dst, p.src, NULL, NULL, 0), 0);
	ck_assert_uint_eq(aml_plan_piece_bytes(&plan, 0, 1), 64);
	ck_assert_uint_eq(aml_plan_piece_bytes(&plan, 0, 0), 0);
	ck_assert_uint_eq(aml_plan_piece_bytes(&plan, 1, 1), 0);
	amli_plan_fini(&plan);
	ck_assert_int_eq(amli_plan_init(&plan, p.dst, p.src, do_nothing, NULL, 0), 0);
	ck_assert_uint_eq(aml_plan_piece_bytes(&plan, 0, 1), 0);
	amli_plan_fini(&plan);
	pair_free(&p);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("count");
	TCase *tc = tcase_create("bytes of pieces");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, bytes_of_all_pieces_are_those_of_the_plan);
	tcase_add_test(tc, a_piece_of_any_pair_writes_what_it_says);
	tcase_add_test(tc, ragged_last_blocks_count_for_what_they_are);
	tcase_add_test(tc, staged_groups_count_too);
	tcase_add_test(tc, what_nobody_can_count_is_zero);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
