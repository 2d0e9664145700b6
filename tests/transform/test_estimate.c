/* SPDX-License-Identifier: BSD-3-Clause */
/* What the estimate makes of shapes that stand for a class each: those of which grids of block
 * sizes found the rule (doc/PERFORMANCE.md).  Nothing is moved. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cpu.h"
#include "tests/lib/permuted.h"
#include "transform/strategy.h"

#define SIDE ((size_t)1 << 30) /* addresses, not memory */

static char *addresses;

static void setup(void)
{
	addresses =
		mmap(NULL, 2 * SIDE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert_ptr_ne(addresses, MAP_FAILED);
}

static void teardown(void)
{
	ck_assert_int_eq(munmap(addresses, 2 * SIDE), 0);
}

/* Dimension i of the destination is dimension perm[i] of the source; 0 is past the last. */
struct shape {
	size_t element, dims[PERMUTED_DIMS], perm[PERMUTED_DIMS];
};

static struct aml_plan *plan_of(const struct shape *shape)
{
	size_t n = 0;

	while (n < PERMUTED_DIMS && shape->dims[n])
		n++;
	return permuted_plan(addresses + SIDE, addresses, shape->element, n, shape->dims, NULL,
			     shape->perm, AML_PLAN_ESTIMATE);
}

/* rows, cols: 0 = any. */
static void expect(const char *strategy, size_t rows, size_t cols, struct shape shape)
{
	struct aml_plan *plan = plan_of(&shape);
	char text[200];

	aml_plan_describe(plan, text, sizeof(text));
	if (plan->stream)
		ck_assert_msg(!strcmp(plan->strategy->name, strategy) &&
				      (!rows || plan->block.n[0] == rows) &&
				      (!cols || plan->block.n[1] == cols),
			      "%s: %s, blocks of %zu x %zu, not %s, %zu x %zu", text,
			      plan->strategy->name, plan->block.n[0], plan->block.n[1], strategy,
			      rows, cols);
	aml_plan_destroy(&plan);
}

START_TEST(a_loop_next_on_both_sides_makes_rows_longer_that_end_within_lines)
{
	expect("fused", 999, 32, (struct shape){4, {37, 8, 5535, 32}, {1, 3, 2, 0}});
	expect("fused", 945, 6, (struct shape){8, {257, 54, 5, 63, 6}, {4, 1, 0, 3, 2}});
	/* rows of whole lines leave it to the columns */
	expect("fused", 256, 512, (struct shape){4, {16, 3300, 16, 64}, {3, 2, 1, 0}});
}
END_TEST

START_TEST(runs_of_whole_lines_are_streamed_one_by_one)
{
	expect("runs", 8, 512, (struct shape){4, {95, 8, 2156, 32}, {1, 2, 0, 3}});
	expect("runs", 8, 256, (struct shape){4, {905, 905, 64}, {1, 0, 2}});
	expect("runs", 4, 64, (struct shape){4, {452, 452, 256}, {1, 0, 2}});
	/* lines that are not a power of two, from places that are not a multiple of them */
	expect("runs", 8, 341, (struct shape){16, {905, 905, 12}, {1, 0, 2}});
	/* a source of short rows without gaps */
	expect("runs", 1, 16, (struct shape){16, {32, 512, 16, 32}, {2, 0, 1, 3}});
	/* short visits, single lines */
	expect("fused", 0, 5, (struct shape){4, {327680, 5, 32}, {1, 0, 2}});
	expect("fused", 0, 0, (struct shape){4, {1810, 1810, 16}, {1, 0, 2}});
}
END_TEST

START_TEST(runs_that_share_lines_follow_each_other)
{
	expect("runs", 64, 147, (struct shape){4, {300, 1577, 111}, {1, 0, 2}});
	expect("runs", 64, 0, (struct shape){4, {64, 6400, 129}, {1, 0, 2}});
	expect("runs", 64, 60, (struct shape){8, {8192, 60, 33}, {1, 0, 2}});
	/* a source of short rows without gaps, long runs, short visits */
	expect("runs", 1, 0, (struct shape){4, {500, 100, 16, 129}, {0, 2, 1, 3}});
	expect("runs", 1, 0, (struct shape){4, {64, 6400, 257}, {1, 0, 2}});
	expect("fused", 0, 0, (struct shape){4, {20000, 12, 50}, {1, 0, 2}});
}
END_TEST

/* Where a kernel has such tiles */
static void expect_tiled(struct shape shape)
{
	size_t e = shape.element;

	if (amli_kernel_select(AMLI_TRANSPOSE, e)->cpu & AMLI_CPU_AVX512)
		expect("transpose", 256, 256 / e, shape);
}

START_TEST(rows_and_columns_that_share_cache_sets_pass_a_stage_by_small_blocks)
{
	expect_tiled((struct shape){4, {8192, 4096}, {1, 0}});
	expect_tiled((struct shape){8, {256, 50, 2048}, {1, 2, 0}});
	expect_tiled((struct shape){2, {512, 416, 480}, {1, 2, 0}});
	/* one side only, or rows that are too far apart */
	expect("transpose", 256, 512, (struct shape){4, {7264, 8192}, {1, 0}});
	expect("transpose", 256, 512, (struct shape){4, {8192, 7264}, {1, 0}});
	expect("transpose", 256, 512, (struct shape){4, {3072, 16384}, {1, 0}});
}
END_TEST

START_TEST(rows_that_share_cache_sets_but_not_those_of_the_tlb_are_read_line_by_line)
{
	expect("fused", 256, 16, (struct shape){4, {1024, 128, 400}, {2, 1, 0}});
	expect("fused", 256, 8, (struct shape){8, {512, 128, 400}, {2, 1, 0}});
	expect("fused", 208, 512, (struct shape){4, {400, 1024, 128}, {2, 1, 0}});
	/* long ones, and those without gaps */
	expect("transpose", 256, 512, (struct shape){4, {800, 65536}, {1, 0}});
	expect("transpose", 128, 1024, (struct shape){4, {400, 128, 1024}, {0, 2, 1}});
}
END_TEST

START_TEST(small_matrices_are_appended_or_go_through_the_stage)
{
	bool appends = amli_kernel_appends(amli_kernel_select(AMLI_FUSED, 4), 8, 8, true);

	expect("fused", 41, 49, (struct shape){4, {400, 64, 41, 49}, {0, 1, 3, 2}});
	expect(appends ? "fused" : "transpose", 48, 48,
	       (struct shape){4, {400, 64, 48, 48}, {0, 1, 3, 2}});
	expect("transpose", 100, 437, (struct shape){4, {30, 40, 100, 437}, {0, 1, 3, 2}});
	if (!appends)
		return;
	expect("fused", 7, 25, (struct shape){8, {16, 4681, 7, 25}, {1, 0, 3, 2}});
	expect("fused", 3, 3, (struct shape){4, {1200000, 3, 3}, {0, 2, 1}});
	expect("fused", 128, 128, (struct shape){4, {800, 128, 128}, {0, 2, 1}});
	expect("fused", 200, 260, (struct shape){1, {4000, 200, 260}, {0, 2, 1}});
	/* of 2 bytes also rows of less than a line, if it is more than half */
	expect("fused", 25, 100, (struct shape){2, {20, 2000, 25, 100}, {1, 0, 3, 2}});
	expect("transpose", 16, 100, (struct shape){2, {20, 3200, 16, 100}, {1, 0, 3, 2}});
	/* not a few rows that another loop reads on, however long */
	expect("transpose", 7, 288, (struct shape){4, {7, 472, 55, 8, 36}, {2, 1, 3, 4, 0}});
	expect("transpose", 15, 600, (struct shape){4, {200, 15, 3, 600}, {2, 0, 3, 1}});
	expect("fused", 18, 256, (struct shape){4, {169, 18, 4, 16, 256}, {0, 3, 2, 4, 1}});
}
END_TEST

/* Whether stores bypass the caches, and through the stage so many matrices at a time. */
static void expect_stored(bool stream, size_t group, struct shape shape)
{
	struct aml_plan *plan = plan_of(&shape);
	char text[200];

	aml_plan_describe(plan, text, sizeof(text));
	if (plan->kernel->stream && amli_plan_wants_stream(plan, 0))
		ck_assert_msg(plan->stream == stream && plan->group.n == group,
			      "%s: not %zu matrices at a time", text, group);
	aml_plan_destroy(&plan);
}

START_TEST(matrices_of_short_rows_bypass_the_caches_if_they_are_far_apart)
{
	expect_stored(true, 44, (struct shape){1, {300, 900, 31, 24}, {1, 0, 3, 2}});
	expect_stored(true, 0, (struct shape){1, {20, 2500, 48, 96}, {1, 0, 3, 2}});
	/* not if the source is read on */
	expect_stored(false, 0, (struct shape){1, {80000, 20, 100}, {0, 2, 1}});
}
END_TEST

START_TEST(a_source_is_visited_for_long_unless_it_has_no_gaps)
{
	expect("fused", 256, 512, (struct shape){4, {64, 914, 7, 128}, {3, 2, 0, 1}});
	expect("fused", 576, 224, (struct shape){4, {16, 16, 457, 16, 28}, {0, 4, 3, 2, 1}});
	expect("transpose", 64, 229, (struct shape){4, {64, 56, 64, 229}, {3, 1, 0, 2}});
}
END_TEST

/* Matrices that are blocks, of so many rows, streamed if lines are put together in registers. */
static void expect_joined(size_t rows, size_t cols, struct shape shape)
{
	struct aml_plan *plan = plan_of(&shape);

	ck_assert_str_eq(plan->strategy->name, "transpose");
	ck_assert_uint_eq(plan->block.n[0], rows);
	ck_assert_uint_eq(plan->block.n[1], cols);
	if (amli_kernel_joins(plan->kernel, rows * shape.element))
		ck_assert_int_eq(plan->stream, amli_plan_wants_stream(plan, 0));
	aml_plan_destroy(&plan);
}

START_TEST(structures_without_gaps_are_streamed_however_few)
{
	expect_joined(7, 2048, (struct shape){4, {1000, 7, 8192}, {0, 2, 1}});
	/* matrices that do not begin on lines, but are long enough for that */
	expect_joined(9, 2500, (struct shape){4, {2000, 9, 2500}, {0, 2, 1}});
	expect_joined(17, 65, (struct shape){4, {1500, 17, 46, 65}, {2, 0, 3, 1}});
	/* and short ones: what is lost there */
	expect("fused", 0, 0, (struct shape){4, {4000, 12, 46, 33}, {2, 0, 3, 1}});
}
END_TEST

START_TEST(loops_that_continue_the_rows_of_a_tile_are_taken_in)
{
	expect("fused", 288, 448, (struct shape){4, {16, 1829, 16, 7, 16}, {4, 3, 2, 1, 0}});
	expect("fused", 1024, 16, (struct shape){4, {4267, 24, 16, 16}, {1, 3, 0, 2}});
	expect("fused", 0, 0, (struct shape){8, {8, 1829, 16, 7, 16}, {4, 3, 2, 1, 0}});
	/* not those that continue its columns, nor for larger ones */
	expect("transpose", 16, 16, (struct shape){4, {16, 443, 33, 7, 16}, {1, 3, 2, 4, 0}});
	expect("transpose", 128, 176, (struct shape){4, {388, 3, 128, 11, 16}, {3, 4, 1, 0, 2}});
}
END_TEST

START_TEST(short_visits_are_made_longer_by_loops_that_read_on)
{
	const struct amli_kernel *kernel = amli_kernel_select(AMLI_FUSED, 4);
	const char *fused = amli_kernel_appends(kernel, 14, 72, false) ? "fused" : "transpose";

	/* rows that are put together */
	expect(fused, 0, 0, (struct shape){4, {135, 64, 14, 6, 6, 12}, {0, 3, 1, 4, 5, 2}});
	expect("transpose", 0, 0, (struct shape){4, {25, 1365, 12, 128}, {2, 1, 3, 0}});
	/* others, up to the next row */
	expect(fused, 0, 0, (struct shape){8, {22, 18, 64, 16, 8, 8}, {4, 0, 1, 2, 5, 3}});
	expect(fused, 0, 0, (struct shape){4, {92, 22, 9, 6, 8, 59}, {3, 4, 0, 1, 5, 2}});
	/* or not so far */
	expect(fused, 0, 0, (struct shape){8, {64, 171, 299, 8}, {2, 1, 3, 0}});
	expect("transpose", 0, 0, (struct shape){8, {16, 1144, 55, 26}, {2, 1, 3, 0}});
	/* rows that share cache sets */
	expect("transpose", 0, 0, (struct shape){4, {32, 16, 8, 25, 16, 31}, {3, 4, 2, 1, 5, 0}});
	/* rows that are lines */
	expect("transpose", 0, 0, (struct shape){4, {20, 8, 16, 10, 65, 32}, {4, 1, 3, 0, 5, 2}});
}
END_TEST

/* From one block to the next it is so far in the source. */
static void expect_next(ptrdiff_t src, struct shape shape)
{
	struct aml_plan *plan = plan_of(&shape);
	char text[200];

	aml_plan_describe(plan, text, sizeof(text));
	if (plan->stream)
		ck_assert_msg(plan->digit[0].src == src, "%s: %td", text, plan->digit[0].src);
	aml_plan_destroy(&plan);
}

START_TEST(blocks_that_read_on_within_a_page_come_first)
{
	expect_next(2112, (struct shape){4, {78, 128, 10, 6, 88}, {4, 2, 1, 0, 3}});
	/* as near on either side */
	expect_next(16384, (struct shape){4, {582, 11, 128, 32}, {1, 0, 3, 2}});
	/* a page is too far */
	expect_next(128 << 10, (struct shape){4, {32, 32, 32, 32, 32}, {2, 0, 4, 1, 3}});
}
END_TEST

START_TEST(blocks_of_tiny_structs_are_near)
{
	expect("transpose", 256, 4, (struct shape){4, {8388608, 4}, {1, 0}});
	expect("transpose", 4096, 5, (struct shape){4, {5242880, 5}, {1, 0}});
}
END_TEST

START_TEST(blocks_end_on_lines_and_are_not_cut_for_a_small_rest)
{
	expect("transpose", 2560, 25, (struct shape){4, {2097152, 25}, {1, 0}});
	expect("transpose", 256, 312, (struct shape){4, {338, 497, 312}, {2, 0, 1}});
	expect("transpose", 931, 110, (struct shape){4, {512, 931, 110}, {0, 2, 1}});
	expect("transpose", 256, 510, (struct shape){4, {205001, 510}, {1, 0}});
	expect("transpose", 256, 256, (struct shape){4, {7217, 7264}, {1, 0}});
	/* longer visits if destination rows begin on lines, too */
	expect("transpose", 256, 512, (struct shape){4, {7216, 7264}, {1, 0}});
	expect("transpose", 256, 1010, (struct shape){4, {102400, 1010}, {1, 0}});
}
END_TEST

/* Rows of so many bytes, with a gap behind each. */
static unsigned gap_asked(size_t rows, size_t row, size_t gap)
{
	const size_t dims[] = {rows, row / 8}, pitch[] = {rows, (row + gap) / 8}, perm[] = {0, 1};
	struct aml_plan *plan = permuted_plan(addresses + SIDE, addresses, 8, 2, dims, pitch, perm,
					      AML_PLAN_ESTIMATE);
	unsigned asked = plan->block.gap;

	aml_plan_destroy(&plan);
	return asked;
}

START_TEST(runs_are_asked_for_early_by_where_they_are_and_what_lies_between)
{
	size_t rows = amli_cache_bytes(3) / 2 / 192 + 1;

	ck_assert_uint_eq(gap_asked(rows, 192, 64), 64);
	ck_assert_uint_eq(gap_asked(rows, 200, 120), 128); /* its rows share lines */
	ck_assert_uint_eq(gap_asked(rows / 2, 192, 64), AMLI_GAP_FAR);
	ck_assert_uint_eq(gap_asked(16, 192, 64), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("estimate");
	TCase *tc = tcase_create("blocks");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_loop_next_on_both_sides_makes_rows_longer_that_end_within_lines);
	tcase_add_test(tc, runs_of_whole_lines_are_streamed_one_by_one);
	tcase_add_test(tc, runs_that_share_lines_follow_each_other);
	tcase_add_test(tc, rows_and_columns_that_share_cache_sets_pass_a_stage_by_small_blocks);
	tcase_add_test(tc,
		       rows_that_share_cache_sets_but_not_those_of_the_tlb_are_read_line_by_line);
	tcase_add_test(tc, small_matrices_are_appended_or_go_through_the_stage);
	tcase_add_test(tc, matrices_of_short_rows_bypass_the_caches_if_they_are_far_apart);
	tcase_add_test(tc, a_source_is_visited_for_long_unless_it_has_no_gaps);
	tcase_add_test(tc, structures_without_gaps_are_streamed_however_few);
	tcase_add_test(tc, loops_that_continue_the_rows_of_a_tile_are_taken_in);
	tcase_add_test(tc, short_visits_are_made_longer_by_loops_that_read_on);
	tcase_add_test(tc, blocks_that_read_on_within_a_page_come_first);
	tcase_add_test(tc, blocks_of_tiny_structs_are_near);
	tcase_add_test(tc, blocks_end_on_lines_and_are_not_cut_for_a_small_rest);
	tcase_add_test(tc, runs_are_asked_for_early_by_where_they_are_and_what_lies_between);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
