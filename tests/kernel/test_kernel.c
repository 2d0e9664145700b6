/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every row of every kernel table that this CPU can run, in both variants, against the
 * reference: the whole destination buffer is compared, so a byte written between or
 * around the rows shows, and the source ends or begins at a page that cannot be read.
 *
 * Hidden CPU levels need no run of their own: rows are taken from the tables, not from
 * amli_kernel_select().  AML_TEST_SEED changes the data and the random sizes.
 */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/plan.h"
#include "base/cpu.h"
#include "tests/lib/arena.h"

/* The bytes from the lowest to past the highest that two strides reach, and how far
 * below the first element they begin. */
static size_t span(const size_t n[2], const ptrdiff_t stride[2], size_t element, size_t *below)
{
	size_t low = 0, high = 0;

	for (int k = 0; k < 2; k++) {
		ptrdiff_t reach = (ptrdiff_t)(n[k] - 1) * stride[k];

		if (reach < 0)
			low += (size_t)-reach;
		else
			high += (size_t)reach;
	}
	*below = low;
	return low + high + element;
}

/* All kernels of one operation move one block.  shift: bytes from a 64-byte boundary to
 * the lowest destination byte; the source ends at the guard page if at_end, else it
 * begins at one. */
static void check_block(enum amli_op op, const struct amli_block *b, size_t shift, bool at_end)
{
	size_t below_dst, below_src;
	size_t dst_bytes = span(b->n, b->dst, b->element, &below_dst);
	size_t src_bytes = span(b->n, b->src, b->element, &below_src);
	size_t used = ARENA_GUARD + shift + dst_bytes + ARENA_GUARD;
	size_t at = ARENA_GUARD + shift + below_dst;
	const char *src = arena.source + (at_end ? ARENA_ROOM - src_bytes : 0) + below_src;

	ck_assert_uint_le(used, ARENA_ROOM);
	ck_assert_uint_le(src_bytes, ARENA_ROOM);
	memcpy(arena.expected, arena.pattern, used);
	for (size_t j = 0; j < b->n[1]; j++)
		for (size_t i = 0; i < b->n[0]; i++)
			memcpy(arena.expected + at + (ptrdiff_t)i * b->dst[0] +
				       (ptrdiff_t)j * b->dst[1],
			       src + (ptrdiff_t)i * b->src[0] + (ptrdiff_t)j * b->src[1],
			       b->element);
	arena_check_rows(op, b, shift, at, src, used);
}

static ptrdiff_t pitch(size_t bytes, size_t gap, size_t multiple)
{
	return (ptrdiff_t)((bytes + gap + multiple - 1) / multiple * multiple);
}

#define GEOMETRIES 12

/* One transposition in all the geometries that kernels tell apart, or in one of them. */
static void check_transpose(size_t element, size_t n0, size_t n1, unsigned geometries)
{
	struct amli_block b = {.element = element, .n = {n0, n1}};
	ptrdiff_t e = (ptrdiff_t)element;
	const struct {
		ptrdiff_t dst, src;
		size_t shift;
		bool at_end;
	} g[GEOMETRIES] = {
		{pitch(n0 * element, 0, 1), pitch(n1 * element, 0, 1), 0, true}, /* dense */
		{pitch(n0 * element, 0, 1), pitch(n1 * element, 0, 1), 48, false},
		{pitch(n0 * element, 0, 64), pitch(n1 * element, 16, 1), 0, true}, /* whole lines */
		{pitch(n0 * element, 1, 64), pitch(n1 * element, 0, 64), element, true},
		{pitch(n0 * element, element, 1), pitch(n1 * element, element, 1), 2 * element,
		 true},
		{pitch(n0 * element, 3, 1), pitch(n1 * element, 5, 1), 1, false}, /* odd */
		{-pitch(n0 * element, 0, 64), -pitch(n1 * element, 0, 1), 0, false},
		{-pitch(n0 * element, 0, 1), -pitch(n1 * element, 7, 1), 61, true},
		{pitch(n0 * element, 9, 1), 0, 20, true}, /* broadcast */
		{pitch(n0 * element, 0, 64), 0, 0, false},
		{pitch(n0 * element, 0, 1), pitch(n1 * element, 0, 4096), 0, true}, /* sets */
		{pitch(n0 * element, 0, 2048), pitch(n1 * element, 0, 4096), 0, true},
	};

	for (size_t k = 0; k < sizeof(g) / sizeof(g[0]); k++) {
		if (!(geometries & 1u << k) || n0 * (size_t)labs(g[k].src) > ARENA_ROOM)
			continue;
		b.dst[0] = e;
		b.dst[1] = g[k].dst;
		b.src[0] = g[k].src;
		b.src[1] = e;
		check_block(AMLI_TRANSPOSE, &b, g[k].shift, g[k].at_end);
	}
}

static const size_t elements[] = {1, 2, 4, 8, 16};

START_TEST(transpositions_around_the_tile_match_the_reference)
{
	size_t element = elements[_i];
	size_t tile = 64 / element;

	for (size_t n0 = 1; n0 <= tile + 3; n0++)
		for (size_t n1 = 1; n1 <= tile + 3; n1++)
			check_transpose(element, n0, n1,
					element == 1 ? 1u << (n0 + n1) % GEOMETRIES | 1 : ~0u);
}
END_TEST

START_TEST(larger_transpositions_match_the_reference)
{
	static const size_t n[] = {1, 2, 3, 7, 15, 16, 17, 64, 100, 255, 256, 257, 258, 300, 513};
	size_t element = elements[_i];

	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++)
		for (size_t j = 0; j < sizeof(n) / sizeof(n[0]); j++)
			if (n[i] * n[j] <= 40000)
				check_transpose(element, n[i], n[j],
						1u << arena_draw_below(GEOMETRIES) |
							1u << (i + j) % GEOMETRIES);
}
END_TEST

/* Rows and columns that share cache sets, in whole tiles and more */
START_TEST(transpositions_by_tiles_match_the_reference)
{
	size_t element = elements[_i], rows = 256 / element, line = 64 / element;

	for (size_t n0 = rows - 1; n0 <= 3 * rows; n0 += 1 + arena_draw_below(rows))
		for (size_t n1 = line - 1; n1 <= 5 * line; n1 += 1 + arena_draw_below(line))
			check_transpose(element, n0, n1, 1u << (GEOMETRIES - 1));
	check_transpose(element, 2 * rows, 3 * line, ~0u);
	check_transpose(element, rows + line + 1, 4 * line + 1, ~0u);
}
END_TEST

START_TEST(transpositions_of_other_elements_match_the_reference)
{
	static const size_t odd[] = {3, 6, 12, 24, 5};

	for (size_t k = 0; k < sizeof(odd) / sizeof(odd[0]); k++)
		for (size_t i = 0; i < 12; i++)
			check_transpose(odd[k], 1 + arena_draw_below(40), 1 + arena_draw_below(40),
					~0u);
}
END_TEST

START_TEST(long_thin_transpositions_match_the_reference)
{
	size_t element = elements[_i];

	for (size_t members = 1; members <= 20; members++) {
		size_t records = 1000 + arena_draw_below(3000);

		check_transpose(element, records, members, 1u << arena_draw_below(10) | 1);
		check_transpose(element, members, records,
				1u << arena_draw_below(10) | 1u << 10 | 3);
	}
}
END_TEST

static void check_structures(size_t element, size_t members, size_t shift)
{
	size_t line = 64 / element, n = 2 * line - 1 + arena_draw_below(3 * line);
	ptrdiff_t row = pitch(n * element, arena_draw_below(3) * element, 1);
	struct amli_block b = {
		.element = element,
		.n = {members, n},
		.dst = {(ptrdiff_t)element, (ptrdiff_t)(members * element)},
		.src = {arena_draw_below(4) ? row : -row, (ptrdiff_t)element},
	};

	check_block(AMLI_TRANSPOSE, &b, shift, arena_draw_below(2));
	/* and the other way round */
	b.n[0] = n, b.n[1] = members;
	b.dst[1] = b.src[0];
	b.src[0] = (ptrdiff_t)(members * element);
	check_block(AMLI_TRANSPOSE, &b, shift, arena_draw_below(2));
}

/* Columns, or rows, without gaps, from every place in a line, between pages that cannot be read on
 * either end of the source. */
START_TEST(structures_without_gaps_match_the_reference)
{
	size_t element = elements[_i];

	for (size_t members = 1; members <= 33; members++)
		for (size_t shift = 0; shift < 64; shift += element) {
			check_structures(element, members, shift);
			check_structures(element, members, shift + (element > 1));
		}
	for (int i = 0; i < 300; i++)
		check_structures(element, 1 + arena_draw_below(600 / element),
				 arena_draw_below(64 / element) * element);
}
END_TEST

START_TEST(copies_match_the_reference)
{
	for (size_t bytes = 1; bytes < 70000;
	     bytes += bytes < 400 ? 1 : 1 + arena_draw_below(2 * bytes)) {
		struct amli_block b = {.element = bytes, .n = {1, 1}};

		for (size_t shift = 0; shift < 64; shift += 1 + arena_draw_below(20))
			check_block(AMLI_COPY, &b, shift, shift % 2);
	}
}
END_TEST

/* a stride that keeps rows of these bytes apart, dense one time in three, and backwards
 * one time in four */
static ptrdiff_t draw_stride(size_t bytes)
{
	ptrdiff_t stride = (ptrdiff_t)(bytes + arena_draw_below(3) * arena_draw_below(40));

	return arena_draw_below(4) ? stride : -stride;
}

static size_t reach(size_t n, ptrdiff_t stride)
{
	return n * (size_t)(stride < 0 ? -stride : stride);
}

static void check_random(enum amli_op op, size_t element, size_t n0, size_t n1)
{
	struct amli_block b = {.element = element, .n = {n0, n1}};

	b.dst[0] = draw_stride(element);
	b.dst[1] = draw_stride(reach(n0, b.dst[0]));
	b.src[0] = arena_draw_below(4) ? draw_stride(element) : 0;
	b.src[1] = arena_draw_below(4) ? draw_stride(reach(n0, b.src[0]) + element) : 0;
	if (op == AMLI_STRIDED && arena_draw_below(3) == 0) { /* a transposition with gaps */
		b.src[1] = draw_stride(element);
		b.src[0] = draw_stride(reach(n1, b.src[1]));
	}
	b.gap = 64 * (unsigned)arena_draw_below(5);
	check_block(op, &b, arena_draw_below(64), arena_draw_below(2));
}

START_TEST(runs_match_the_reference)
{
	for (size_t bytes = 1; bytes < 10000; bytes += bytes < 300 ? 1 : 1 + arena_draw_below(300))
		for (int times = 0; times < 8; times++)
			check_random(AMLI_RUNS, bytes, 1 + arena_draw_below(20),
				     1 + arena_draw_below(4));
	for (size_t bytes = 8; bytes < 200; bytes += 1 + arena_draw_below(5))
		check_random(AMLI_RUNS, bytes, 1 + arena_draw_below(600), 1 + arena_draw_below(3));
}
END_TEST

START_TEST(runs_of_whole_lines_match_the_reference)
{
	for (size_t bytes = 64; bytes <= 1024; bytes += 64)
		for (size_t n = 1; n <= 20; n++) {
			ptrdiff_t run = (ptrdiff_t)(bytes + 64 * arena_draw_below(3));
			ptrdiff_t row = (ptrdiff_t)n * run + (ptrdiff_t)(64 * arena_draw_below(2));
			ptrdiff_t from = (ptrdiff_t)(bytes + arena_draw_below(200));
			struct amli_block b = {.element = bytes,
					       .n = {n, 1 + arena_draw_below(5)},
					       .dst = {run, row},
					       .src = {from, (ptrdiff_t)n * from},
					       .gap = 64 * (unsigned)arena_draw_below(5)};

			check_block(AMLI_RUNS, &b, 0, arena_draw_below(2));
			check_block(AMLI_RUNS, &b, 16, arena_draw_below(2));
			b.dst[1] += 8; /* only the first row begins on a line */
			check_block(AMLI_RUNS, &b, 0, arena_draw_below(2));
		}
}
END_TEST

/* Read across: a few rows of the source at a time, on the same cache sets or not. */
START_TEST(runs_that_share_lines_match_the_reference)
{
	for (size_t bytes = 60; bytes < 1100; bytes += 1 + arena_draw_below(9))
		for (size_t n = 1; n <= 19; n++) {
			size_t cols = 1 + arena_draw_below(3), across = cols * bytes;
			ptrdiff_t row = (ptrdiff_t)(across + arena_draw_below(100));
			struct amli_block b = {.element = bytes,
					       .n = {n, cols},
					       .dst = {(ptrdiff_t)bytes,
						       pitch(n * bytes, arena_draw_below(70), 1)},
					       .src = {arena_draw_below(2) ? row : -row,
						       (ptrdiff_t)bytes}};

			if (arena_draw_below(3) == 0)
				b.src[0] = (row + 4095) / 4096 * 4096;
			check_block(AMLI_RUNS, &b, arena_draw_below(64), arena_draw_below(2));
		}
}
END_TEST

START_TEST(runs_far_apart_match_the_reference)
{
	static const size_t n[][2] = {{1, 300}, {4, 90}, {64, 5}, {65, 5}, {130, 2}, {400, 1}};

	for (size_t bytes = 1; bytes < 3000; bytes += bytes < 80 ? 1 : 1 + arena_draw_below(200))
		for (size_t k = 0; k < sizeof(n) / sizeof(n[0]); k++) {
			ptrdiff_t dense = (ptrdiff_t)bytes,
				  far = dense + 300 + (ptrdiff_t)arena_draw_below(2000);
			struct amli_block b = {.element = bytes,
					       .n = {n[k][0], n[k][1]},
					       .dst = {dense, pitch(bytes * n[k][0],
								    arena_draw_below(2) * 300, 1)},
					       .src = {-far, -(ptrdiff_t)n[k][0] * far - 400},
					       .gap = AMLI_GAP_FAR};

			check_block(AMLI_RUNS, &b, arena_draw_below(64), arena_draw_below(2));
			b.src[0] = b.dst[0], b.src[1] = b.dst[1];
			b.dst[0] = far, b.dst[1] = (ptrdiff_t)n[k][0] * far + 400;
			check_block(AMLI_RUNS, &b, arena_draw_below(64), arena_draw_below(2));
			if (bytes <= 40)
				check_block(AMLI_STRIDED, &b, arena_draw_below(64),
					    arena_draw_below(2));
		}
}
END_TEST

START_TEST(strided_moves_match_the_reference)
{
	static const size_t every[] = {1, 2, 4, 8, 16, 3, 12, 24, 40};

	for (size_t k = 0; k < sizeof(every) / sizeof(every[0]); k++) {
		for (size_t n = 1; n < 70; n++)
			check_random(AMLI_STRIDED, every[k], n, 1 + arena_draw_below(4));
		for (int times = 0; times < 200; times++)
			check_random(AMLI_STRIDED, every[k], 1 + arena_draw_below(150),
				     1 + arena_draw_below(30));
	}
}
END_TEST

/* What is known of an element's size only: a kernel for any has none. */
START_TEST(kernels_for_other_elements_put_no_lines_together)
{
	for (enum amli_op op = AMLI_TRANSPOSE; op <= AMLI_FUSED; op++) {
		const struct amli_kernel *kernel;

		for (size_t r = 0; (kernel = amli_kernel_row(op, r)); r++) {
			size_t e = kernel->element;

			if (e == 1 || e == 2 || e == 4 || e == 8 || e == 16)
				continue;
			for (size_t n = 1; n < 100; n++) {
				ck_assert(op != AMLI_TRANSPOSE || !amli_kernel_joins(kernel, n));
				ck_assert(!amli_kernel_appends(kernel, n, 1 + n / 3, true));
			}
		}
	}
}
END_TEST

START_TEST(the_chosen_kernel_is_the_best_usable_row)
{
	for (unsigned op = 0; op < AMLI_NOPS; op++) {
		for (size_t element = 1; element < 40; element++) {
			const struct amli_kernel *chosen =
				amli_kernel_select((enum amli_op)op, element);
			size_t r = 0;

			while (amli_kernel_row((enum amli_op)op, r) != chosen) {
				const struct amli_kernel *row =
					amli_kernel_row((enum amli_op)op, r++);

				ck_assert_ptr_nonnull(row);
				ck_assert((row->cpu & ~amli_cpu()) ||
					  (row->element && row->element != element));
			}
			ck_assert(!(chosen->cpu & ~amli_cpu()));
			ck_assert(!chosen->element || chosen->element == element);
			ck_assert_ptr_nonnull(chosen->run);
			ck_assert_uint_ge(chosen->tile, 1);
		}
	}
}
END_TEST

START_TEST(kernel_info_lists_each_row_once_and_names_the_chosen)
{
	struct aml_kernel_info info;
	size_t rows = 0, chosen = 0, i = 0;

	for (unsigned op = 0; op < AMLI_NOPS; op++)
		for (size_t r = 0; amli_kernel_row((enum amli_op)op, r); r++)
			rows++;
	for (; !aml_kernel_info(i, &info); i++) {
		ck_assert_ptr_nonnull(strstr(info.name, info.operation));
		ck_assert(info.usable || !info.chosen);
		chosen += info.chosen;
	}
	ck_assert_uint_eq(i, rows);
	ck_assert_uint_ge(chosen, AMLI_NOPS);
	ck_assert_int_eq(aml_kernel_info(rows, &info), -AML_EDOM);
	ck_assert_int_eq(aml_kernel_info(0, NULL), -AML_EINVAL);
	ck_assert_ptr_nonnull(aml_cpu_features());
}
END_TEST

int main(void)
{
	const int sizes = sizeof(elements) / sizeof(elements[0]);
	Suite *suite = suite_create("kernel");
	TCase *tc = tcase_create("kernel");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, arena_setup, arena_teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, transpositions_around_the_tile_match_the_reference, 0, sizes);
	tcase_add_loop_test(tc, larger_transpositions_match_the_reference, 0, sizes);
	tcase_add_loop_test(tc, transpositions_by_tiles_match_the_reference, 0, sizes);
	tcase_add_loop_test(tc, long_thin_transpositions_match_the_reference, 0, sizes);
	tcase_add_loop_test(tc, structures_without_gaps_match_the_reference, 0, sizes);
	tcase_add_test(tc, transpositions_of_other_elements_match_the_reference);
	tcase_add_test(tc, copies_match_the_reference);
	tcase_add_test(tc, runs_match_the_reference);
	tcase_add_test(tc, runs_of_whole_lines_match_the_reference);
	tcase_add_test(tc, runs_that_share_lines_match_the_reference);
	tcase_add_test(tc, runs_far_apart_match_the_reference);
	tcase_add_test(tc, strided_moves_match_the_reference);
	tcase_add_test(tc, kernels_for_other_elements_put_no_lines_together);
	tcase_add_test(tc, the_chosen_kernel_is_the_best_usable_row);
	tcase_add_test(tc, kernel_info_lists_each_row_once_and_names_the_chosen);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
