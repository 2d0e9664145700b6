/* SPDX-License-Identifier: BSD-3-Clause */
/* The overlap search against a map of all bytes. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/pair.h"
#include "transform/nest.h"

#define SPAN 8192

static char memory[SPAN];
static unsigned state;

static size_t pick(size_t below)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % below;
}

/* Mark the bytes of one side; false if it leaves the arena. */
static bool mark(const struct aml_nest *nest, bool dst, char *map)
{
	size_t at[8] = {0}, k = 0;

	do {
		const char *p = dst ? nest->dst : nest->src;

		for (size_t i = 0; i < nest->nloops; i++)
			p += (ptrdiff_t)at[i] * (dst ? nest->loop[i].dst : nest->loop[i].src);
		if (p < memory || p + nest->element > memory + SPAN)
			return false;
		memset(map + (p - memory), 1, nest->element);
		for (k = 0; k < nest->nloops && ++at[k] == nest->loop[k].n; k++)
			at[k] = 0;
	} while (k < nest->nloops);
	return true;
}

static struct aml_nest random_nest(void)
{
	struct aml_nest nest = {.element = 1 + pick(8), .nloops = 1 + pick(3)};
	static const ptrdiff_t strides[] = {4, 8, 12, 24, 64, 96, 100, 256, 300};

	nest.dst = memory + 1024 + pick(1024);
	nest.src = memory + 1024 + pick(1024);
	for (size_t i = 0; i < nest.nloops; i++) {
		nest.loop[i].n = 2 + pick(7);
		nest.loop[i].dst = strides[pick(9)];
		nest.loop[i].src = pick(2) ? nest.loop[i].dst : strides[pick(9)];
		if (pick(6) == 0)
			nest.loop[i].src = -nest.loop[i].src;
	}
	return nest;
}

START_TEST(the_search_agrees_with_a_map_of_the_bytes)
{
	size_t apart = 0, overlapping = 0;

	state = test_seed();
	for (int i = 0; i < 20000; i++) {
		char written[SPAN] = {0}, read[SPAN] = {0};
		struct aml_nest nest = random_nest();
		bool common = false;

		if (!mark(&nest, true, written) || !mark(&nest, false, read))
			continue;
		for (size_t b = 0; b < SPAN; b++)
			common |= written[b] && read[b];
		if (amli_nest_overlaps(&nest) != common)
			ck_abort_msg("case %d: want %d", i, common);
		common ? overlapping++ : apart++;
	}
	ck_assert_uint_gt(apart, 1000);
	ck_assert_uint_gt(overlapping, 1000);
}
END_TEST

static struct aml_nest matrix_block(char *dst, const char *src)
{
	return (struct aml_nest){
		.dst = dst, .src = src, .element = 64, .nloops = 1, .loop = {{16, 256, 256}}};
}

START_TEST(blocks_of_one_matrix_side_by_side_are_apart)
{
	struct aml_nest nest = matrix_block(memory + 64, memory);

	ck_assert(!amli_nest_overlaps(&nest));
	nest = matrix_block(memory + 63, memory);
	ck_assert(amli_nest_overlaps(&nest));
}
END_TEST

START_TEST(members_of_one_array_of_structs_are_apart)
{
	struct aml_nest nest = {.dst = memory + 8,
				.src = memory,
				.element = 8,
				.nloops = 1,
				.loop = {{100, 24, 24}}};

	ck_assert(!amli_nest_overlaps(&nest));
	nest.dst = memory + 4;
	ck_assert(amli_nest_overlaps(&nest));
}
END_TEST

START_TEST(a_copy_onto_itself_overlaps)
{
	struct aml_nest nest = {.dst = memory, .src = memory, .element = 100};

	ck_assert(amli_nest_overlaps(&nest));
	nest.src = memory + 100;
	ck_assert(!amli_nest_overlaps(&nest));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("overlap");
	TCase *tc = tcase_create("search");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, the_search_agrees_with_a_map_of_the_bytes);
	tcase_add_test(tc, blocks_of_one_matrix_side_by_side_are_apart);
	tcase_add_test(tc, members_of_one_array_of_structs_are_apart);
	tcase_add_test(tc, a_copy_onto_itself_overlaps);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
