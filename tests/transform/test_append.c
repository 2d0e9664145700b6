/* SPDX-License-Identifier: BSD-3-Clause */
/* Small matrices that follow each other in the destination: which nests they are, what is made of
 * them, and that it arrives. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "tests/lib/pair.h"
#include "tests/lib/permuted.h"
#include "transform/choice.h"
#include "transform/fuse.h"

/* Dimension i of the destination is dimension perm[i] of the source.  pitch: what the source has
 * more of its last dimension but is not copied. */
struct shape {
	size_t n, dims[PERMUTED_DIMS], perm[PERMUTED_DIMS], pitch;
};

/* Both sides with room for n elements of so many bytes, the destination @shift bytes behind a line. */
static struct {
	char *src, *dst, *wrong;
	size_t bytes, shift;
} memory;

static struct aml_plan *plan_of(const struct shape *shape, size_t element)
{
	size_t pitch[PERMUTED_DIMS], bytes = element, held = element;

	for (size_t i = 0; i < shape->n; i++) {
		pitch[i] = shape->dims[i] + (i + 1 == shape->n ? shape->pitch : 0);
		bytes *= shape->dims[i];
		held *= pitch[i];
	}
	memory.bytes = bytes;
	memory.src = malloc(held);
	memory.dst = aligned_alloc(64, (bytes + memory.shift) / 64 * 64 + 128);
	for (size_t i = 0; i < held; i++)
		memory.src[i] = (char)(i * 2654435761u >> 15);
	memset(memory.dst, 0x5a, bytes + memory.shift + 64);
	return permuted_plan(memory.dst + memory.shift, memory.src, element, shape->n, shape->dims,
			     pitch, shape->perm, AML_PLAN_STREAM);
}

/* As if it were large. */
static void stream_fused(struct aml_plan *plan, size_t element)
{
	plan->chosen = true;
	ck_assert(amli_choice_parse(&plan->choice, "fused - stream near 0x0", element));
	amli_plan_cut(plan, AML_PLAN_STREAM);
	ck_assert_str_eq(plan->strategy->name, "fused");
}

static void expect_arrived(const struct shape *shape, const struct aml_plan *plan, size_t element)
{
	size_t at[6] = {0}, step[6], k = 0;
	const char *d = memory.dst + memory.shift;
	char text[200];

	aml_plan_describe(plan, text, sizeof(text));
	for (size_t i = shape->n, bytes = element; i-- > 0;) {
		step[i] = bytes;
		bytes *= shape->dims[i] + (i + 1 == shape->n ? shape->pitch : 0);
	}
	do {
		const char *s = memory.src;

		for (size_t i = 0; i < shape->n; i++)
			s += at[i] * step[shape->perm[i]];
		if (memcmp(d, s, element))
			ck_abort_msg("%s: byte %td", text,
				     d - memory.dst - (ptrdiff_t)memory.shift);
		d += element;
		for (k = shape->n; k > 0 && ++at[k - 1] == shape->dims[shape->perm[k - 1]]; k--)
			at[k - 1] = 0;
	} while (k > 0);
	for (size_t i = 0; i < memory.shift; i++)
		ck_assert_msg(memory.dst[i] == 0x5a, "%s: before it", text);
	for (size_t i = 0; i < 64; i++)
		ck_assert_msg(d[i] == 0x5a, "%s: behind it", text);
}

static void release(struct aml_plan *plan)
{
	aml_plan_destroy(&plan);
	free(memory.src);
	free(memory.dst);
}

static void move(const struct shape *shape, size_t element, size_t shift)
{
	struct aml_plan *plan;
	size_t n;

	memory.shift = shift;
	plan = plan_of(shape, element);
	if (!plan->kernel->stream) {
		release(plan);
		return;
	}
	stream_fused(plan, element);
	ck_assert_int_eq(aml_plan_run(plan), 0);
	expect_arrived(shape, plan, element);
	n = aml_plan_split(plan, 3);
	memset(memory.dst + shift, 0x5a, memory.bytes);
	for (size_t i = n; i-- > 0;)
		ck_assert_int_eq(aml_plan_run_piece(plan, i, n), 0);
	expect_arrived(shape, plan, element);
	release(plan);
}

static bool kernels_append(void)
{
	return amli_kernel_appends(amli_kernel_select(AMLI_FUSED, 4), 8, 8, true);
}

/* rows x cols: a matrix; group: so many of them at a time, or 0 if it is none of those nests. */
static void expect_group(size_t rows, size_t cols, size_t group, size_t element,
			 const struct shape *shape)
{
	struct aml_plan *plan;
	char text[200];

	memory.shift = 0;
	plan = plan_of(shape, element);
	if (kernels_append()) {
		stream_fused(plan, element);
		aml_plan_describe(plan, text, sizeof(text));
		ck_assert_msg(plan->group.n == group, "%s: groups of %zu", text, plan->group.n);
		ck_assert(!amli_is_staged(plan));
		if (group)
			ck_assert_msg(plan->block.n[0] == rows && plan->block.n[1] == cols,
				      "%s: %zu x %zu", text, plan->block.n[0], plan->block.n[1]);
	}
	release(plan);
}

START_TEST(groups_are_as_long_as_tables_and_caches_allow)
{
	/* far apart, and more of those behind them */
	expect_group(7, 25, 160, 8, &(struct shape){4, {16, 30, 7, 25}, {1, 0, 3, 2}, 0});
	/* one after the other in the source as well: no table */
	expect_group(3, 3, 7281, 4, &(struct shape){3, {20000, 3, 3}, {0, 2, 1}, 0});
	expect_group(3, 3, 1008, 4, &(struct shape){4, {3000, 5, 3, 3}, {1, 0, 3, 2}, 0});
	expect_group(5, 4, 900, 1, &(struct shape){3, {900, 5, 4}, {0, 2, 1}, 0});
	expect_group(3, 50, 900, 1, &(struct shape){3, {900, 3, 50}, {0, 2, 1}, 0});
	/* rows of two loops */
	expect_group(35, 9, 160, 4, &(struct shape){5, {300, 4, 5, 7, 9}, {1, 0, 4, 3, 2}, 0});
	expect_group(128, 30, 17, 4, &(struct shape){3, {300, 128, 30}, {0, 2, 1}, 0});
}
END_TEST

START_TEST(matrices_that_kernels_or_caches_do_without_are_left_alone)
{
	/* a row is followed by another matrix's, which reading it for long takes in */
	expect_group(0, 0, 0, 4, &(struct shape){4, {90, 26, 46, 5}, {2, 0, 3, 1}, 0});
	expect_group(17, 300, 10, 4, &(struct shape){4, {20, 17, 6, 300}, {2, 0, 3, 1}, 0});
	/* too large, rows too long, columns too few for it */
	expect_group(0, 0, 0, 4, &(struct shape){3, {9, 120, 200}, {0, 2, 1}, 0});
	expect_group(0, 0, 0, 4, &(struct shape){3, {90, 130, 20}, {0, 2, 1}, 0});
	expect_group(0, 0, 0, 2, &(struct shape){3, {900, 100, 6}, {0, 2, 1}, 0});
	/* more bytes than are permuted, in more rows than are interleaved */
	expect_group(0, 0, 0, 1, &(struct shape){3, {900, 30, 20}, {0, 2, 1}, 0});
	/* no kernel for such elements */
	expect_group(0, 0, 0, 24, &(struct shape){3, {900, 3, 5}, {0, 2, 1}, 0});
}
END_TEST

START_TEST(matrices_that_are_appended_arrive)
{
	static const struct shape shape[] = {
		{3, {3000, 3, 3}, {0, 2, 1}, 0},
		{3, {3001, 5, 2}, {0, 2, 1}, 0},
		{4, {50, 37, 3, 3}, {1, 0, 3, 2}, 0},
		{4, {16, 51, 7, 25}, {1, 0, 3, 2}, 0},
		{5, {9, 8, 13, 11, 12}, {1, 2, 0, 4, 3}, 0},
		{5, {7, 30, 21, 4, 20}, {0, 2, 1, 4, 3}, 0},
		{4, {52, 32, 31, 16}, {1, 0, 3, 2}, 0},
		{3, {70, 100, 30}, {0, 2, 1}, 0},
		{3, {500, 76, 7}, {0, 2, 1}, 0},
		{4, {40, 21, 29, 4}, {1, 0, 3, 2}, 0},
		/* rows of two loops */
		{5, {20, 11, 5, 7, 9}, {1, 0, 4, 3, 2}, 0},
		{5, {20, 11, 5, 7, 9}, {0, 1, 4, 2, 3}, 0},
		/* with gaps in the source */
		{3, {200, 12, 40}, {0, 2, 1}, 3},
		{4, {20, 17, 6, 300}, {2, 0, 3, 1}, 0},
		{4, {11, 12, 9, 20}, {1, 0, 3, 2}, 1},
		/* none of those: the first rows follow each other, but not all */
		{4, {40, 3, 100, 5}, {1, 3, 0, 2}, 0},
	};
	static const size_t elements[] = {1, 2, 4, 8, 16};

	for (size_t k = 0; k < sizeof(shape) / sizeof(shape[0]); k++)
		for (size_t e = 0; e < 5; e++)
			move(&shape[k], elements[e], elements[e] * ((k * 3 + e) % 4));
}
END_TEST

START_TEST(a_plan_says_that_it_appends)
{
	const struct shape shape = {4, {16, 30, 7, 25}, {1, 0, 3, 2}, 0};
	struct aml_plan *plan;
	char text[2000];

	memory.shift = 0;
	plan = plan_of(&shape, 8);
	if (kernels_append()) {
		stream_fused(plan, 8);
		aml_plan_explain(plan, text, sizeof(text));
		ck_assert_msg(strstr(text, "160 of them appended to each other") != NULL, "%s",
			      text);
	}
	release(plan);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("append");
	TCase *tc = tcase_create("append");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, groups_are_as_long_as_tables_and_caches_allow);
	tcase_add_test(tc, matrices_that_kernels_or_caches_do_without_are_left_alone);
	tcase_add_test(tc, matrices_that_are_appended_arrive);
	tcase_add_test(tc, a_plan_says_that_it_appends);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
