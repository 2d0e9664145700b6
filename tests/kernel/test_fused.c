/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels with tables of rows and columns, as in test_kernel.c: every row, both variants. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/arena.h"

static const size_t elements[] = {1, 2, 4, 8, 16};

/* n offsets that keep pieces of these bytes apart, dense one time in three, all in the same
 * cache sets if there is room for that, in any order */
static void draw_offsets(ptrdiff_t *offset, size_t n, size_t bytes, size_t multiple)
{
	size_t gap = arena_draw_below(3) * arena_draw_below(5) * multiple;
	size_t step = (bytes + multiple - 1) / multiple * multiple + gap;

	if (arena_draw_below(3) == 0 && bytes <= 4096 && n * 4096 < ARENA_ROOM / 2)
		step = 4096;
	for (size_t i = 0; i < n; i++)
		offset[i] = (ptrdiff_t)(i * step);
	for (size_t i = n; arena_draw_below(2) && i > 1; i--) {
		size_t j = arena_draw_below(i);
		ptrdiff_t swap = offset[i - 1];

		offset[i - 1] = offset[j];
		offset[j] = swap;
	}
}

static size_t highest(const ptrdiff_t *offset, size_t n)
{
	size_t most = 0;

	for (size_t i = 0; i < n; i++)
		if ((size_t)offset[i] > most)
			most = (size_t)offset[i];
	return most;
}

/* Columns of @bytes in groups without gaps: all, or as many as they are a multiple of. */
static size_t draw_packed(ptrdiff_t *col, size_t n, size_t bytes, size_t gap)
{
	size_t group = 2 + arena_draw_below(30);

	while (group < n && n % group)
		group++;
	for (size_t i = 0; i < n; i++)
		col[i] = (ptrdiff_t)(i * bytes + i / group * gap);
	return group;
}

/* The distance of all rows; 0 if there is none. */
static ptrdiff_t pitch(const ptrdiff_t *row, size_t rows)
{
	for (size_t i = 2; i < rows; i++)
		if (row[i] - row[i - 1] != row[1] - row[0])
			return 0;
	return rows > 1 ? row[1] - row[0] : 0;
}

/* Both ends of the source are next to pages that cannot be read, one after the other. */
static void check_tables(struct amli_block *b, size_t shift)
{
	size_t e = b->element, rows = b->n[0], cols = b->n[1], at = ARENA_GUARD + shift;
	size_t used = at + highest(b->col, cols) + rows * e + ARENA_GUARD;

	ck_assert_uint_le(used, ARENA_ROOM);
	b->src[0] = pitch(b->row, rows);
	for (int end = 0; end < 2; end++) {
		size_t room = ARENA_ROOM - highest(b->row, rows) - cols * e;
		const char *src = arena.source + (end ? room : 0);

		memcpy(arena.expected, arena.pattern, used);
		for (size_t j = 0; j < cols; j++)
			for (size_t i = 0; i < rows; i++)
				memcpy(arena.expected + at + (size_t)b->col[j] + i * e,
				       src + b->row[i] + (ptrdiff_t)(j * e), e);
		arena_check_rows(AMLI_FUSED, b, shift, at, src, used);
	}
}

static void check_fused(size_t e, size_t rows, size_t cols, bool even)
{
	static ptrdiff_t row[1024], col[1024];
	struct amli_block b = {
		.element = e, .n = {rows, cols}, .row = row, .col = col, .packed = 1};
	size_t shift = even ? arena_draw_below(64 / e) * e : arena_draw_below(64);

	draw_offsets(row, rows, cols * e, 1);
	draw_offsets(col, cols, rows * e, even ? (size_t[]){e, 64}[arena_draw_below(2)] : 1);
	if (cols > 1 && arena_draw_below(3) == 0)
		b.packed = draw_packed(col, cols, rows * e, e * arena_draw_below(9));
	check_tables(&b, shift);
}

/* Groups of so many columns without gaps in them, so far apart. */
static void check_groups(size_t e, size_t rows, size_t group, size_t times, size_t step,
			 size_t shift)
{
	static ptrdiff_t row[1024], col[1024];
	struct amli_block b = {
		.element = e, .n = {rows, group * times}, .row = row, .col = col, .packed = group};

	draw_offsets(row, rows, group * times * e, 1);
	for (size_t j = 0; j < group * times; j++)
		col[j] = (ptrdiff_t)(j / group * step + j % group * rows * e);
	check_tables(&b, shift);
}

START_TEST(fused_transpositions_match_the_reference)
{
	size_t element = elements[_i], tile = 64 / element;

	for (size_t rows = 1; rows <= 3 * tile + 1; rows += 1 + rows / 20)
		for (size_t cols = 1; cols <= 40; cols++)
			check_fused(element, rows, cols, (rows + cols) % 3 != 0);
	for (int times = 0; times < 60; times++)
		check_fused(element, 1 + arena_draw_below(1024),
			    1 + arena_draw_below(element < 8 ? 520 : 150), times % 3 != 0);
}
END_TEST

/* Rows without gaps in order, to a few columns that are anywhere. */
START_TEST(structures_to_rows_match_the_reference)
{
	static ptrdiff_t row[1024], col[20];
	size_t element = elements[_i];

	for (size_t cols = 1; cols <= 20; cols++)
		for (int times = 0; times < 20; times++) {
			size_t rows = 1 + arena_draw_below(times % 2 ? 1024 : 150);
			struct amli_block b = {.element = element,
					       .n = {rows, cols},
					       .row = row,
					       .col = col,
					       .packed = 1};
			size_t shift = arena_draw_below(64 / element) * element + (times % 7 == 0);

			for (size_t i = 0; i < rows; i++)
				row[i] = (ptrdiff_t)(i * cols * element);
			draw_offsets(col, cols, rows * element, times % 5 ? element : 1);
			check_tables(&b, shift);
		}
}
END_TEST

/* Few rows: groups that are whole lines, groups that are not, and long ones, all from the same place
 * in a line on. */
START_TEST(groups_of_structures_match_the_reference)
{
	size_t element = elements[_i];

	for (size_t rows = 1; rows <= 33; rows++) {
		size_t even = 1;

		while (rows * even * element % 64)
			even++;
		for (size_t times = 1; times <= 4; times++) {
			size_t more = even * (1 + arena_draw_below(1 + 40 / even));
			size_t any = 1 + arena_draw_below(200), gap = arena_draw_below(3) * 64;
			size_t lines = rows * more * element + gap;

			check_groups(element, rows, more, times, lines, 0);
			check_groups(element, rows, more, times, lines, arena_draw_below(64));
			check_groups(element, rows, any, times,
				     (rows * any * element + 63) / 64 * 64 + gap,
				     arena_draw_below(64 / element) * element);
		}
	}
}
END_TEST

/* Columns of up to some lines, in groups of all sizes at any place, with gaps of a few bytes between
 * them or without any. */
START_TEST(groups_of_short_columns_match_the_reference)
{
	size_t element = elements[_i];

	for (size_t rows = 1; rows * element <= 520; rows += 1 + rows / 40) {
		for (size_t times = 0; times < 6; times++) {
			size_t group = 1 + arena_draw_below(times % 2 ? 40 : 10);
			size_t gap = arena_draw_below(3) * arena_draw_below(9) * element +
				     (arena_draw_below(8) == 0);

			check_groups(element, rows, group, 1 + arena_draw_below(6),
				     rows * group * element + gap,
				     arena_draw_below(64 / element) * element);
		}
	}
}
END_TEST

/* Rows without gaps, in the order of two loops of which either may be the faster one; or so far apart. */
static void draw_rows(ptrdiff_t *row, size_t rows, size_t bytes, bool whole)
{
	size_t inner = 1 + arena_draw_below(rows), gap = arena_draw_below(3) * 8;

	if (!whole || rows % inner) {
		for (size_t i = 0; i < rows; i++)
			row[i] = (ptrdiff_t)(i * (bytes + (whole ? 0 : gap)));
		return;
	}
	for (size_t i = 0; i < rows; i++)
		row[i] = (ptrdiff_t)((i % inner * (rows / inner) + i / inner) * bytes);
}

/* Every kernel that appends such blocks, the source at both ends of what can be read. */
static void check_appended(size_t e, size_t rows, size_t cols, bool whole, bool stream,
			   size_t blocks, size_t shift)
{
	static ptrdiff_t row[512], col[1024], from[200];
	struct amli_series series = {.whole = whole, .run = from, .runs = blocks};
	struct amli_block b = {.element = e,
			       .n = {rows, cols},
			       .row = row,
			       .col = col,
			       .packed = cols,
			       .more = (unsigned)blocks - 1,
			       .series = &series};
	size_t at = ARENA_GUARD + shift, matrix = rows * cols * e, span;
	size_t used = at + blocks * matrix + ARENA_GUARD;
	const struct amli_kernel *kernel;

	draw_rows(row, rows, cols * e, whole);
	span = highest(row, rows) + cols * e;
	series.bytes = matrix;
	draw_offsets(from, blocks, span, 1);
	for (size_t t = 0; stream && t < blocks; t++)
		from[t] = (ptrdiff_t)(t * matrix);
	series.from = stream ? NULL : from;
	for (size_t j = 0; j < cols; j++)
		col[j] = (ptrdiff_t)(j * rows * e);
	ck_assert_uint_le(used, ARENA_ROOM);
	for (int end = 0; end < 2; end++) {
		size_t room = ARENA_ROOM - highest(from, blocks) - span;
		const char *src = arena.source + (end ? room : 0);

		memcpy(arena.expected, arena.pattern, used);
		for (size_t k = 0; k < blocks * rows * cols; k++)
			memcpy(arena.expected + at + k * e,
			       src + from[k / (rows * cols)] + row[k % rows] + k / rows % cols * e,
			       e);
		for (size_t r = 0; (kernel = amli_kernel_row(AMLI_FUSED, r)); r++) {
			if (!amli_kernel_is_usable(kernel) || kernel->element != e ||
			    !amli_kernel_appends(kernel, rows, cols, whole))
				continue;
			memcpy(arena.actual, arena.pattern, used);
			kernel->stream(arena.actual + at, src, end ? src : NULL, &b);
			amli_kernel_fence();
			ck_assert_msg(!memcmp(arena.actual, arena.expected, used),
				      "%s: %zu blocks of %zu x %zu%s%s at %zu", kernel->name,
				      blocks, rows, cols, whole ? ", whole" : "",
				      stream ? ", stream" : "", shift);
		}
	}
}

START_TEST(blocks_that_are_appended_match_the_reference)
{
	size_t e = elements[_i];

	for (size_t rows = 2; rows * e <= 512; rows += 1 + rows / 16)
		for (size_t cols = 1; cols <= 40; cols += 1 + cols / 10) {
			size_t shift = arena_draw_below(64 / e) * e;
			bool whole = arena_draw_below(4) != 0;

			check_appended(e, rows, cols, whole, whole && arena_draw_below(2),
				       2 + arena_draw_below(rows * cols * e < 256 ? 150 : 6),
				       shift);
		}
	/* rows that share cache sets */
	for (size_t rows = 64 / e; rows * e <= 512 && rows <= 128; rows *= 2)
		check_appended(e, rows, 1024 / e, true, false, 3, e);
	/* no kernel takes a destination like this, so blocks are moved one by one */
	for (size_t rows = 2; rows < 40; rows += 5)
		check_appended(e, rows, 9, true, false, 5, 1);
}
END_TEST

START_TEST(fused_transpositions_of_other_elements_match_the_reference)
{
	static const size_t odd[] = {3, 6, 12, 24, 5, 7, 20, 33, 48, 64, 65, 100, 200, 511};

	for (size_t k = 0; k < sizeof(odd) / sizeof(odd[0]); k++) {
		size_t most = 1 + 2000 / odd[k];

		for (int times = 0; times < 40; times++)
			check_fused(odd[k], 1 + arena_draw_below(times % 4 ? 40 : most),
				    1 + arena_draw_below(times % 3 ? 20 : most), false);
	}
}
END_TEST

int main(void)
{
	const int sizes = sizeof(elements) / sizeof(elements[0]);
	Suite *suite = suite_create("fused");
	TCase *tc = tcase_create("fused");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, arena_setup, arena_teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, fused_transpositions_match_the_reference, 0, sizes);
	tcase_add_loop_test(tc, structures_to_rows_match_the_reference, 0, sizes);
	tcase_add_loop_test(tc, groups_of_structures_match_the_reference, 0, sizes);
	tcase_add_loop_test(tc, groups_of_short_columns_match_the_reference, 0, sizes);
	tcase_add_loop_test(tc, blocks_that_are_appended_match_the_reference, 0, sizes);
	tcase_add_test(tc, fused_transpositions_of_other_elements_match_the_reference);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
