/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels that gather and scatter through lists, and move pieces, write what a loop would and
 * nothing else; as tests/kernel/test_kernel.c. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/arena.h"

/* n indices of so many bytes each, `step` apart; the places they name are apart, but if again
 * some may be the same.  Returns the highest. */
static size_t draw_indices(char *list, size_t bytes, size_t step, size_t n, bool again)
{
	static uint64_t index[2048];

	for (size_t i = 0; i < n; i++)
		index[i] = again && arena_draw_below(9) == 0 ? arena_draw_below(n) : i;
	for (size_t i = arena_draw_below(4) ? n : 0; i > 1; i--) {
		size_t j = arena_draw_below(i);
		uint64_t swap = index[i - 1];

		index[i - 1] = index[j];
		index[j] = swap;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t narrow = (uint32_t)index[i];

		memcpy(list + i * step, bytes == 4 ? (void *)&narrow : (void *)&index[i], bytes);
	}
	return n - 1;
}

/* One gather or scatter; of the indices so many more than n may be looked at. */
static void check_list(enum amli_op op, size_t element, size_t n, size_t more)
{
	static char list[2048 * 24];
	size_t bytes = arena_draw_below(2) ? 4 : 8,
	       step = bytes * (1 + arena_draw_below(2) * arena_draw_below(3));
	bool gather = op == AMLI_GATHER;
	size_t highest = draw_indices(list, bytes, step, n + more, gather);
	size_t unit = element + arena_draw_below(2) * arena_draw_below(70),
	       shift = arena_draw_below(64);
	ptrdiff_t stride = (ptrdiff_t)(element + arena_draw_below(2) * arena_draw_below(70));
	const struct amli_indices indices = {
		.at = list, .bytes = bytes, .step = (ptrdiff_t)step, .ahead = more ? n + more : 0};
	struct amli_block b = {.element = element, .n = {n, 1}, .indices = &indices};
	size_t far = highest * unit + element, flat = (n - 1) * (size_t)stride + element;
	size_t used = ARENA_GUARD + shift + (gather ? flat : far) + ARENA_GUARD;
	const char *src = arena.source + ARENA_ROOM - (gather ? far : flat);

	b.dst[0] = gather ? stride : (ptrdiff_t)unit;
	b.src[0] = gather ? (ptrdiff_t)unit : stride;
	ck_assert_uint_le(used, ARENA_ROOM);
	memcpy(arena.expected, arena.pattern, used);
	for (size_t i = 0; i < n; i++) {
		uint64_t wide;
		uint32_t narrow;
		size_t at;

		memcpy(&narrow, list + i * step, 4);
		memcpy(&wide, list + i * step, 8);
		at = (bytes == 4 ? narrow : (size_t)wide) * unit;
		memcpy(arena.expected + ARENA_GUARD + shift + (gather ? i * (size_t)stride : at),
		       src + (gather ? at : i * (size_t)stride), element);
	}
	arena_check_rows(op, &b, shift, ARENA_GUARD + shift, src, used);
}

START_TEST(gathers_and_scatters_match_the_reference)
{
	static const size_t every[] = {1, 2, 4, 8,  12, 16,  24,  32, 64,
				       3, 5, 7, 20, 48, 100, 300, 700};

	for (size_t k = 0; k < sizeof(every) / sizeof(every[0]); k++)
		for (int times = 0; times < 150; times++) {
			size_t n = 1 + arena_draw_below(times % 3 ? 300 : 1200);

			check_list(AMLI_GATHER, every[k], n,
				   arena_draw_below(3) * arena_draw_below(400));
			check_list(AMLI_SCATTER, every[k], n,
				   arena_draw_below(3) * arena_draw_below(400));
		}
}
END_TEST

START_TEST(pieces_match_the_reference)
{
	static struct amli_piece piece[1025];
	struct amli_pieces table = {.piece = piece, .dst = true, .src = true};

	for (int times = 0; times < 300; times++) {
		struct amli_block b = {.n = {1 + arena_draw_below(500), 1}, .pieces = &table};
		size_t most = times % 5 ? 1 + arena_draw_below(200) : 3000, to = 0, from = 0,
		       at = 0, used;

		table.ahead = arena_draw_below(2) * (b.n[0] + arena_draw_below(500));
		for (size_t i = 0; i <= 1024; i++) {
			size_t bytes = 1 + arena_draw_below(i < b.n[0] ? most : 1);

			piece[i] = (struct amli_piece){(ptrdiff_t)to, (ptrdiff_t)from, at};
			to += bytes + arena_draw_below(2) * arena_draw_below(30);
			from += bytes + arena_draw_below(2) * arena_draw_below(30);
			at += bytes;
		}
		used = ARENA_GUARD + to + 64 + ARENA_GUARD;
		ck_assert_uint_le(used, ARENA_ROOM);
		memcpy(arena.expected, arena.pattern, used);
		for (size_t i = 0; i < b.n[0]; i++)
			memcpy(arena.expected + ARENA_GUARD + piece[i].dst,
			       arena.source + ARENA_ROOM - from + piece[i].src,
			       piece[i + 1].at - piece[i].at);
		arena_check_rows(AMLI_PIECES, &b, 0, ARENA_GUARD, arena.source + ARENA_ROOM - from,
				 used);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("list");
	TCase *tc = tcase_create("list");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, arena_setup, arena_teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, gathers_and_scatters_match_the_reference);
	tcase_add_test(tc, pieces_match_the_reference);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
