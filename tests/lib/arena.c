/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/lib/arena.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cpu.h"

struct arena arena;

static uint64_t state;

uint64_t arena_draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

size_t arena_draw_below(size_t n)
{
	return (size_t)(arena_draw() >> 11) % n;
}

void arena_setup(void)
{
	const char *text = getenv("AML_TEST_SEED");
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *map =
		mmap(NULL, ARENA_ROOM + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	arena.seed = text ? strtoul(text, NULL, 0) : 1;
	state = arena.seed * 0x9e3779b97f4a7c15u | 1;
	ck_assert_ptr_ne(map, MAP_FAILED);
	arena.source = map + page;
	ck_assert_int_eq(mprotect(arena.source, ARENA_ROOM, PROT_READ | PROT_WRITE), 0);
	arena.actual = aligned_alloc(4096, ARENA_ROOM);
	arena.expected = aligned_alloc(4096, ARENA_ROOM);
	arena.pattern = aligned_alloc(4096, ARENA_ROOM);
	ck_assert(arena.actual && arena.expected && arena.pattern);
	for (size_t i = 0; i < ARENA_ROOM; i += 8) {
		uint64_t a = arena_draw(), b = arena_draw();

		memcpy(arena.source + i, &a, 8);
		memcpy(arena.pattern + i, &b, 8);
	}
}

void arena_teardown(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	munmap(arena.source - page, ARENA_ROOM + 2 * page);
	free(arena.actual);
	free(arena.expected);
	free(arena.pattern);
}

static void compare(const struct amli_kernel *row, bool stream, const struct amli_block *b,
		    size_t shift, size_t used)
{
	size_t i = 0;

	if (!memcmp(arena.actual, arena.expected, used))
		return;
	while (arena.actual[i] == arena.expected[i])
		i++;
	ck_abort_msg("%s %s: element %zu n {%zu, %zu} dst {%td, %td} src {%td, %td} shift %zu: "
		     "byte %td from the first is 0x%02x, not 0x%02x; AML_TEST_SEED=%lu",
		     row->name, stream ? "stream" : "run", b->element, b->n[0], b->n[1], b->dst[0],
		     b->dst[1], b->src[0], b->src[1], shift, (ptrdiff_t)(i - ARENA_GUARD),
		     (unsigned char)arena.actual[i], (unsigned char)arena.expected[i], arena.seed);
}

void arena_check_rows(enum amli_op op, const struct amli_block *b, size_t shift, size_t at,
		      const char *src, size_t used)
{
	const struct amli_kernel *row;

	for (size_t r = 0; (row = amli_kernel_row(op, r)); r++) {
		if ((row->cpu & ~amli_cpu()) || (row->element && row->element != b->element))
			continue;
		memcpy(arena.actual, arena.pattern, used);
		row->run(arena.actual + at, src, NULL, b);
		compare(row, false, b, shift, used);
		if (!row->stream)
			continue;
		memcpy(arena.actual, arena.pattern, used);
		row->stream(arena.actual + at, src, src, b);
		amli_kernel_fence();
		compare(row, true, b, shift, used);
	}
}
