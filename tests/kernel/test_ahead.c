/* SPDX-License-Identifier: BSD-3-Clause */
/* What is asked for early is a run that comes later, the same number of runs later each time, and
 * that goes on into the next block. */
#include <check.h>
#include <stdlib.h>

#include "kernel/ahead.h"

/* Addresses are numbers, nothing is touched. */
#define DST ((uintptr_t)1 << 40)
#define SRC ((uintptr_t)1 << 41)
#define MOST ((size_t)1 << 16)

/* The runs that were moved, in this order, and what each asked for. */
static struct {
	uintptr_t dst, src;
	struct amli_ask ask;
} moved[MOST];
static size_t nmoved;

static void record(char *dst, const char *src, const struct amli_block *part,
		   const struct amli_ask *ask)
{
	for (size_t j = 0; j < part->n[1]; j++)
		for (size_t i = 0; i < part->n[0] && nmoved < MOST; i++, nmoved++) {
			moved[nmoved].dst =
				(uintptr_t)dst + (uintptr_t)(amli_steps(i, part->dst[0]) +
							     amli_steps(j, part->dst[1]));
			moved[nmoved].src =
				(uintptr_t)src + (uintptr_t)(amli_steps(i, part->src[0]) +
							     amli_steps(j, part->src[1]));
			moved[nmoved].ask = *ask;
		}
}

static void walk(const struct amli_block *b, uintptr_t next)
{
	nmoved = 0;
	amli_ask_ahead((char *)DST, (const char *)SRC, (const char *)next, b, AMLI_ASK_ALL, record);
	ck_assert_uint_eq(nmoved, b->n[0] * b->n[1]);
}

enum follows { NOWHERE, ALONG_0, ALONG_1, ELSEWHERE };

/* Run number k of the block, or of those that follow it. */
static uintptr_t run_of(uintptr_t base, const ptrdiff_t stride[2], const size_t n[2], size_t k,
			enum follows where)
{
	size_t all = n[0] * n[1], i = k % all % n[0], j = k % all / n[0];

	if (k >= all && where == ELSEWHERE)
		base += 12345678;
	else if (k >= all && where == ALONG_0)
		i += n[0];
	else if (k >= all)
		j += n[1];
	return base + (uintptr_t)(amli_steps(i, stride[0]) + amli_steps(j, stride[1]));
}

/* What run k asks for is run k + early. */
static bool is_right(const struct amli_block *b, size_t k, size_t early, enum follows where)
{
	const struct amli_ask *ask = &moved[k].ask;
	bool outside = k + early >= b->n[0] * b->n[1];

	if (moved[k].dst != run_of(DST, b->dst, b->n, k, NOWHERE) ||
	    moved[k].src != run_of(SRC, b->src, b->n, k, NOWHERE))
		return false;
	if (outside && where == NOWHERE)
		return !amli_asks(ask);
	if (ask->src_part != AMLI_ASK_ALL ||
	    moved[k].src + (uintptr_t)ask->src != run_of(SRC, b->src, b->n, k + early, where))
		return false;
	if (outside && where == ELSEWHERE)
		return !ask->dst_part;
	return ask->dst_part == AMLI_ASK_ALL &&
	       moved[k].dst + (uintptr_t)ask->dst == run_of(DST, b->dst, b->n, k + early, where);
}

/* early: runs */
static void check_block(const struct amli_block *b, size_t early)
{
	if (early >= b->n[0]) { /* then whole rows */
		size_t rows = early / b->n[0];

		early = (rows < b->n[1] ? rows : b->n[1]) * b->n[0];
	}
	for (enum follows where = NOWHERE; where <= ELSEWHERE; where++) {
		size_t bad = 0;

		walk(b, where == NOWHERE ? 0 : run_of(SRC, b->src, b->n, b->n[0] * b->n[1], where));
		for (size_t k = 0; k < nmoved; k++)
			bad += !is_right(b, k, early, where);
		ck_assert_msg(!bad, "n {%zu, %zu} element %zu src %td, next %d: %zu wrong", b->n[0],
			      b->n[1], b->element, b->src[0], where, bad);
	}
}

START_TEST(what_is_asked_for_is_a_later_run)
{
	static const size_t n[] = {1, 2, 3, 4, 7, 31, 32, 33, 63, 64, 65, 66, 128, 200};
	static const struct {
		size_t element;
		ptrdiff_t src;
		size_t early;
	} kind[] = {{8, 8000, 64},   {32, 1088, 64},  {64, 8000, 32},  {1000, 8000, 4},
		    {5000, 8000, 2}, {32, -65536, 8}, {32, 1 << 20, 2}};
	const size_t sizes = sizeof(n) / sizeof(n[0]);

	for (size_t k = 0; k < sizeof(kind) / sizeof(kind[0]); k++)
		for (size_t i = 0; i < sizes * sizes; i++) {
			struct amli_block b = {.element = kind[k].element,
					       .n = {n[i / sizes], n[i % sizes]},
					       .dst = {8000, 1 << 22},
					       .src = {kind[k].src, -(1 << 24)},
					       .gap = AMLI_GAP_FAR};

			check_block(&b, kind[k].early);
		}
}
END_TEST

static bool asks(unsigned gap, size_t n0, size_t n1, size_t element, ptrdiff_t stride0,
		 ptrdiff_t stride1)
{
	const struct amli_block b = {
		.element = element,
		.n = {n0, n1},
		.dst = {(ptrdiff_t)element, (ptrdiff_t)(n0 * element)},
		.src = {stride0, stride1},
		.gap = gap,
	};

	walk(&b, 0);
	ck_assert_int_eq(moved[0].ask.dst_part, AMLI_ASK_NOTHING); /* it is dense */
	return amli_asks(&moved[0].ask);
}

START_TEST(without_a_gap_nothing_is_asked_for)
{
	const struct amli_block b = {
		.element = 32, .n = {128, 2}, .dst = {1088, 139264}, .src = {1088, 147968}};

	walk(&b, 0);
	for (size_t k = 0; k < nmoved; k++)
		ck_assert(!amli_asks(&moved[k].ask));
}
END_TEST

START_TEST(only_runs_that_jump_are_asked_for)
{
	const unsigned far = AMLI_GAP_FAR;

	ck_assert(asks(far, 128, 128, 32, 1088, 147968));    /* after each run */
	ck_assert(asks(far, 4, 128, 1024, 1088, 147968));    /* after four */
	ck_assert(!asks(far, 128, 128, 1024, 1088, 147968)); /* after 136 KiB */
	ck_assert(!asks(far, 64, 64, 24, 32, 64 * 32));	     /* never */
	ck_assert(!asks(far, 512, 16, 32, 4096, 32));	     /* the next row is beside this one */
}
END_TEST

START_TEST(a_gap_counts_from_the_size_that_the_plan_names)
{
	ck_assert(asks(64, 128, 128, 192, 256, 256 * 128));
	ck_assert(!asks(64, 128, 128, 192, 255, 255 * 128));
	ck_assert(!asks(128, 128, 128, 192, 256, 256 * 128));
	ck_assert(asks(128, 128, 128, 192, -320, -320 * 128));
	ck_assert(!asks(AMLI_GAP_FAR, 128, 128, 192, 320, 320 * 128));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ahead");
	TCase *tc = tcase_create("ahead");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, what_is_asked_for_is_a_later_run);
	tcase_add_test(tc, without_a_gap_nothing_is_asked_for);
	tcase_add_test(tc, a_gap_counts_from_the_size_that_the_plan_names);
	tcase_add_test(tc, only_runs_that_jump_are_asked_for);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
