/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels that gather and scatter through lists, and move pieces, write what a loop would and
 * nothing else; as tests/kernel/test_kernel.c. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cpu.h"
#include "kernel/kernel.h"

#define ROOM ((size_t)4 << 20)
#define GUARD ((size_t)192) /* bytes watched on either side of the destination */

static unsigned long seed;
static uint64_t state;
static char *source; /* ROOM bytes between two pages that cannot be read */
static char *actual, *expected, *pattern;

static uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static size_t draw_below(size_t n)
{
	return (size_t)(draw() >> 11) % n;
}

static void setup(void)
{
	const char *text = getenv("AML_TEST_SEED");
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, ROOM + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	seed = text ? strtoul(text, NULL, 0) : 1;
	state = seed * 0x9e3779b97f4a7c15u | 1;
	ck_assert_ptr_ne(map, MAP_FAILED);
	source = map + page;
	ck_assert_int_eq(mprotect(source, ROOM, PROT_READ | PROT_WRITE), 0);
	actual = aligned_alloc(4096, ROOM);
	expected = aligned_alloc(4096, ROOM);
	pattern = aligned_alloc(4096, ROOM);
	ck_assert(actual && expected && pattern);
	for (size_t i = 0; i < ROOM; i += 8) {
		uint64_t a = draw(), b = draw();

		memcpy(source + i, &a, 8);
		memcpy(pattern + i, &b, 8);
	}
}

static void teardown(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	munmap(source - page, ROOM + 2 * page);
	free(actual);
	free(expected);
	free(pattern);
}

static void compare(const struct amli_kernel *row, bool stream, const struct amli_block *b,
		    size_t used)
{
	size_t i = 0;

	if (!memcmp(actual, expected, used))
		return;
	while (actual[i] == expected[i])
		i++;
	ck_abort_msg("%s %s: element %zu n %zu dst %td src %td: byte %td from the first is 0x%02x, "
		     "not 0x%02x; AML_TEST_SEED=%lu",
		     row->name, stream ? "stream" : "run", b->element, b->n[0], b->dst[0],
		     b->src[0], (ptrdiff_t)(i - GUARD), (unsigned char)actual[i],
		     (unsigned char)expected[i], seed);
}

/* Every kernel of one operation that can, in both variants; expected is ready. */
static void check_rows(enum amli_op op, const struct amli_block *b, size_t at, const char *src,
		       size_t used)
{
	const struct amli_kernel *row;

	for (size_t r = 0; (row = amli_kernel_row(op, r)); r++) {
		if ((row->cpu & ~amli_cpu()) || (row->element && row->element != b->element))
			continue;
		memcpy(actual, pattern, used);
		row->run(actual + at, src, NULL, b);
		compare(row, false, b, used);
		if (!row->stream)
			continue;
		memcpy(actual, pattern, used);
		row->stream(actual + at, src, src, b);
		amli_kernel_fence();
		compare(row, true, b, used);
	}
}

/* n indices of so many bytes each, `step` apart; the places they name are apart, but if again
 * some may be the same.  Returns the highest. */
static size_t draw_indices(char *list, size_t bytes, size_t step, size_t n, bool again)
{
	static uint64_t index[2048];

	for (size_t i = 0; i < n; i++)
		index[i] = again && draw_below(9) == 0 ? draw_below(n) : i;
	for (size_t i = draw_below(4) ? n : 0; i > 1; i--) {
		size_t j = draw_below(i);
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
	size_t bytes = draw_below(2) ? 4 : 8, step = bytes * (1 + draw_below(2) * draw_below(3));
	bool gather = op == AMLI_GATHER;
	size_t highest = draw_indices(list, bytes, step, n + more, gather);
	size_t unit = element + draw_below(2) * draw_below(70), shift = draw_below(64);
	ptrdiff_t stride = (ptrdiff_t)(element + draw_below(2) * draw_below(70));
	const struct amli_indices indices = {
		.at = list, .bytes = bytes, .step = (ptrdiff_t)step, .ahead = more ? n + more : 0};
	struct amli_block b = {.element = element, .n = {n, 1}, .indices = &indices};
	size_t far = highest * unit + element, flat = (n - 1) * (size_t)stride + element;
	size_t used = GUARD + shift + (gather ? flat : far) + GUARD;
	const char *src = source + ROOM - (gather ? far : flat);

	b.dst[0] = gather ? stride : (ptrdiff_t)unit;
	b.src[0] = gather ? (ptrdiff_t)unit : stride;
	ck_assert_uint_le(used, ROOM);
	memcpy(expected, pattern, used);
	for (size_t i = 0; i < n; i++) {
		uint64_t wide;
		uint32_t narrow;
		size_t at;

		memcpy(&narrow, list + i * step, 4);
		memcpy(&wide, list + i * step, 8);
		at = (bytes == 4 ? narrow : (size_t)wide) * unit;
		memcpy(expected + GUARD + shift + (gather ? i * (size_t)stride : at),
		       src + (gather ? at : i * (size_t)stride), element);
	}
	check_rows(op, &b, GUARD + shift, src, used);
}

START_TEST(gathers_and_scatters_match_the_reference)
{
	static const size_t every[] = {1, 2, 4, 8,  12, 16,  24,  32, 64,
				       3, 5, 7, 20, 48, 100, 300, 700};

	for (size_t k = 0; k < sizeof(every) / sizeof(every[0]); k++)
		for (int times = 0; times < 150; times++) {
			size_t n = 1 + draw_below(times % 3 ? 300 : 1200);

			check_list(AMLI_GATHER, every[k], n, draw_below(3) * draw_below(400));
			check_list(AMLI_SCATTER, every[k], n, draw_below(3) * draw_below(400));
		}
}
END_TEST

START_TEST(pieces_match_the_reference)
{
	static struct amli_piece piece[1025];
	struct amli_pieces table = {.piece = piece, .dst = true, .src = true};

	for (int times = 0; times < 300; times++) {
		struct amli_block b = {.n = {1 + draw_below(500), 1}, .pieces = &table};
		size_t most = times % 5 ? 1 + draw_below(200) : 3000, to = 0, from = 0, at = 0,
		       used;

		table.ahead = draw_below(2) * (b.n[0] + draw_below(500));
		for (size_t i = 0; i <= 1024; i++) {
			size_t bytes = 1 + draw_below(i < b.n[0] ? most : 1);

			piece[i] = (struct amli_piece){(ptrdiff_t)to, (ptrdiff_t)from, at};
			to += bytes + draw_below(2) * draw_below(30);
			from += bytes + draw_below(2) * draw_below(30);
			at += bytes;
		}
		used = GUARD + to + 64 + GUARD;
		ck_assert_uint_le(used, ROOM);
		memcpy(expected, pattern, used);
		for (size_t i = 0; i < b.n[0]; i++)
			memcpy(expected + GUARD + piece[i].dst, source + ROOM - from + piece[i].src,
			       piece[i + 1].at - piece[i].at);
		check_rows(AMLI_PIECES, &b, GUARD, source + ROOM - from, used);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("list");
	TCase *tc = tcase_create("list");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, gathers_and_scatters_match_the_reference);
	tcase_add_test(tc, pieces_match_the_reference);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
