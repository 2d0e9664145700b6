/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transpositions whose rows or columns are made up of several loops: those that continue
 * each other in the destination are rows, those that continue each other in the source are
 * columns.  So tiny extents make blocks as large as long ones do.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/hot.h"
#include "kernel/move.h"
#include "transform/fuse.h"

/* A block reads so many bytes of each row, and so many in all; doc/PERFORMANCE.md has the
 * measurements. */
#define ROW_BYTES ((size_t)1024)
#define BLOCK_BYTES ((size_t)512 << 10)
#define LINE ((size_t)64)

/* Bytes, and 2-byte elements whose rows fall into the same cache sets, go through a small stage:
 * less of each row, but columns of so much at the least. */
#define BYTE_ROW ((size_t)512)
#define BYTE_COLUMN ((size_t)512)
#define TINY_LEAST 4 /* columns */

/* Elements that no register holds are staged, which wants long rows and short columns. */
#define ODD_ROW_BYTES ((size_t)2048)
#define ODD_COLUMN_BYTES ((size_t)2048)
#define ODD_MOST 512 /* bytes of an element */
/* From here on they are better moved one by one in the cache, if the source is read for long. */
#define RUN_ELEMENT 96
#define RUN_ROW ((size_t)16384)
/* Or streamed one by one, if they are whole lines: so many bytes beside each other. */
#define BESIDE ((size_t)4096)
#define BESIDE_MOST 8		 /* runs */
#define FEW_RUNS 64		 /* of a short source row */
#define SHORT_ROW ((size_t)1024) /* shorter ones want longer runs */
#define SHARED_RUNS 64		 /* that follow each other, if they share lines */
#define SHARED_MOST (2 * AMLI_ANY_RUN)
#define SHARED_VISIT ((size_t)3072) /* bytes of a source row */

/* Short columns without gaps between them: of these a block is larger. */
#define SHORT_COLUMN ((size_t)512)
#define PACKED_BLOCK ((size_t)48 << 10)

#define SMALL_ROW ((size_t)1024)
#define DENSE_ROW ((size_t)256)
#define DENSE_PAIR ((size_t)2048) /* of such rows one after the other */
#define FEW_LINES ((size_t)512)
#define LONG_VISIT ((size_t)2048) /* of a source row */

/* What blocks of one line of each row want.  Rows a power of two apart share ways of the TLB. */
#define NARROW_ROWS 256
#define NARROW_ROW ((size_t)4096) /* longer rows are visited for long */
#define TLB_REACH ((size_t)8 << 20)
#define SHORT_VISIT ((size_t)16) /* the least that kernels take of a row */

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t amli_follower(const struct aml_nest *nest, size_t i, bool dst)
{
	const struct aml_loop *l = &nest->loop[i];

	for (size_t k = 0; k < nest->nloops; k++)
		if (dst ? nest->loop[k].dst == (ptrdiff_t)l->n * l->dst
			: nest->loop[k].src == (ptrdiff_t)l->n * l->src)
			return k;
	return AMLI_NO_LOOP;
}

static size_t count(const struct amli_axis *a)
{
	return a->inner * a->chunk;
}

static bool has(const struct amli_axis *a, size_t loop)
{
	for (size_t i = 0; i < a->nloops; i++)
		if (a->loop[i] == loop)
			return true;
	return false;
}

/* Whether a loop that columns could take in would make rows longer which end within lines: if so
 * that is better.  It is next in the source as well, so lines there are shared either way. */
static bool is_better_rows(const struct aml_nest *nest, const struct amli_axis *rows,
			   const struct amli_axis *cols, size_t loop)
{
	size_t last = rows->loop[rows->nloops - 1], e = nest->element;
	size_t row = rows->inner * nest->loop[last].n * e;

	return e >= 4 && row % LINE != 0 && row < SHORT_COLUMN && count(cols) * e >= SHORT_VISIT &&
	       amli_follower(nest, last, true) == loop;
}

void amli_axis_grow(struct amli_axis *a, const struct aml_nest *nest, size_t want, bool dst,
		    const struct amli_axis *other)
{
	for (;;) {
		size_t n = nest->loop[a->loop[a->nloops - 1]].n;
		size_t steps, next;

		a->chunk = min_size(want < a->inner ? 1 : want / a->inner, n);
		if (a->chunk < n) {
			size_t whole = LINE;

			steps = (n + a->chunk - 1) / a->chunk;
			a->chunk = (n + steps - 1) / steps;
			while (whole > 1 && a->inner * nest->element * whole / 2 % LINE == 0)
				whole /= 2;
			steps = (a->chunk + whole - 1) / whole * whole;
			if (whole <= a->chunk && a->inner * steps <= AMLI_AXIS_MOST)
				a->chunk = min_size(steps, n);
			return;
		}
		next = amli_follower(nest, a->loop[a->nloops - 1], dst);
		if (next == AMLI_NO_LOOP || has(other, next) || want < 2 * count(a) ||
		    a->nloops == AMLI_AXIS_LOOPS || (!dst && is_better_rows(nest, other, a, next)))
			return;
		a->inner *= n;
		a->loop[a->nloops++] = (unsigned char)next;
	}
}

static bool is_odd(size_t element)
{
	return element > 16 || (element & (element - 1)) != 0;
}

/* Columns that are short and follow each other in the destination: they are staged. */
static bool is_packed(const struct amli_axis axis[2], const struct aml_nest *nest)
{
	const struct amli_axis *rows = &axis[0];

	return count(rows) * nest->element <= SHORT_COLUMN &&
	       rows->chunk == nest->loop[rows->loop[rows->nloops - 1]].n &&
	       amli_follower(nest, rows->loop[rows->nloops - 1], true) == axis[1].loop[0];
}

/* Whether rows and columns, of a few elements to a line, all begin on lines. */
static bool is_on_lines(const struct aml_nest *nest, size_t b)
{
	if ((nest->element != 4 && nest->element != 8) || !amli_on_lines(nest) ||
	    ((uintptr_t)nest->dst | (uintptr_t)nest->src) % LINE)
		return false;
	for (size_t i = 0; i < nest->nloops; i++)
		if (i != b && nest->loop[i].src % (ptrdiff_t)LINE)
			return false;
	return true;
}

/* Long columns, and short rows with gaps, that all fall into the same cache sets, but not of the
 * TLB: a block reads one line of each, since others would not be there any more when they are
 * wanted. */
static bool is_narrow(const struct aml_nest *nest, size_t b)
{
	const struct aml_loop *l = &nest->loop[0];
	size_t row = nest->loop[b].n * nest->element, apart = (size_t)labs(l->src);

	if (apart % 4096 != 0 || row < LINE || row > NARROW_ROW || row == apart ||
	    min_size(l->n, NARROW_ROWS) * (apart & -apart) > TLB_REACH)
		return false;
	return l->n * nest->element >= SHORT_COLUMN &&
	       (l->n >= NARROW_ROWS || nest->loop[b].dst != (ptrdiff_t)l->n * l->dst) &&
	       is_on_lines(nest, b);
}

static size_t wanted_row(const struct aml_nest *nest, size_t b)
{
	if (is_odd(nest->element))
		return ODD_ROW_BYTES;
	if (is_narrow(nest, b))
		return LINE;
	if (nest->element == 1 || (nest->element == 2 && nest->loop[0].src % 4096 == 0))
		return BYTE_ROW;
	return is_on_lines(nest, b) ? 2 * ROW_BYTES : ROW_BYTES;
}

/* Rows enough for whole lines, then columns, then as many rows as make up a block. */
static void choose(struct amli_axis axis[2], const struct aml_nest *nest,
		   const struct amli_choice *choice)
{
	unsigned char b = (unsigned char)amli_src_inner(nest);
	size_t e = nest->element, rows, cols = wanted_row(nest, b) / e;
	size_t least = e <= 2 && nest->loop[b].n * e >= LINE ? BYTE_COLUMN : LINE + e - 1;

	axis[0] = (struct amli_axis){.nloops = 1, .loop = {0}, .inner = 1};
	axis[1] = (struct amli_axis){.nloops = 1, .loop = {b}, .inner = 1};
	amli_axis_grow(&axis[0], nest, least / e, true, &axis[1]);
	if (is_packed(axis, nest))
		cols = PACKED_BLOCK / (count(&axis[0]) * e);
	if (choice && choice->cols)
		cols = choice->cols;
	amli_axis_grow(&axis[1], nest, min_size(cols, AMLI_AXIS_MOST), false, &axis[0]);
	rows = is_odd(e)	    ? ODD_COLUMN_BYTES / e
	       : is_narrow(nest, b) ? NARROW_ROWS
				    : BLOCK_BYTES / (count(&axis[1]) * e);
	if (choice && choice->rows)
		rows = choice->rows;
	amli_axis_grow(&axis[0], nest, min_size(rows, AMLI_AXIS_MOST), true, &axis[1]);
}

/* What is streamed, unless hints say otherwise. */
static bool is_large(const struct aml_nest *nest)
{
	size_t bytes = nest->element;

	for (size_t i = 0; i < nest->nloops; i++)
		bytes *= nest->loop[i].n;
	return bytes >= amli_cache_bytes(3) / 2;
}

/* Bytes, which only fused plans carry from line to line or stage by tiles; 2-byte elements that these
 * stage, as rows and columns all fall into the same cache sets. */
static bool is_better_fused(const struct amli_axis axis[2], const struct aml_nest *nest)
{
	bool rows = nest->loop[0].src % 4096 == 0;
	bool cols = nest->loop[axis[1].loop[0]].dst % 4096 == 0;

	if (nest->element > 2 || count(&axis[0]) < LINE || count(&axis[1]) < LINE)
		return false;
	if (nest->element == 1 && !rows && !cols)
		return true;
	return (nest->element == 1 || (rows && cols)) && is_large(nest) && !is_packed(axis, nest);
}

/* Rows of a few bytes each, and columns that several tiny loops make up. */
static bool is_tiny(const struct amli_axis axis[2], const struct aml_nest *nest)
{
	return nest->element <= 2 && nest->loop[0].n < LINE && axis[0].nloops > 1 &&
	       count(&axis[1]) >= TINY_LEAST && !is_packed(axis, nest) && is_large(nest);
}

/* Two loops alone that do as well: rows that are whole lines, from a source without gaps or read by
 * whole lines or for long, or short ones that follow each other along the source's own loop, which
 * is not tiny, or along one that fusing would take for columns. */
static bool is_plain(const struct aml_nest *nest)
{
	const struct aml_loop *l = &nest->loop[0], *b = &nest->loop[amli_src_inner(nest)];
	size_t e = nest->element, row = l->n * e, visit = b->n * e;
	bool next = b->dst == (ptrdiff_t)row;

	if (visit < LINE || e < 2)
		return false;
	if (row % LINE == 0 && (visit >= LONG_VISIT || l->src == (ptrdiff_t)visit ||
				(row <= FEW_LINES && visit % LINE == 0)))
		return amli_on_lines(nest) && (uintptr_t)nest->dst % LINE == 0 &&
		       (next || l->src % 4096 != 0);
	return row < DENSE_ROW && next && row * b->n >= DENSE_PAIR;
}

/* A tile or two: loops that continue its rows are worth more. */
static bool is_tile(const struct aml_nest *nest)
{
	size_t e = nest->element, row = nest->loop[0].n * e;

	return row * nest->loop[amli_src_inner(nest)].n * e <= 2 * LINE * LINE;
}

/* Short rows that follow each other, in matrices so small that a block is one of them: what the
 * stage of short columns is for. */
static bool is_small_matrix(const struct aml_nest *nest)
{
	const struct aml_loop *b = &nest->loop[amli_src_inner(nest)];
	size_t row = nest->loop[0].n * nest->element, bytes = b->n * nest->element;

	return nest->element >= 4 && row > 2 * LINE && row <= SMALL_ROW && row % LINE != 0 &&
	       b->dst == (ptrdiff_t)row && bytes >= LINE && bytes <= ROW_BYTES;
}

/* Rows of the source that two loops alone would leave after a moment, though another loop reads on, and
 * a fused kernel puts lines together in registers.  If that loop reaches the next row, or short rows are
 * put together either way, a moment is longer.  Not if rows push each other out of the cache, nor if
 * those of the destination are lines. */
static bool is_read_on(const struct aml_nest *nest, bool joins)
{
	size_t b = amli_src_inner(nest), next = amli_follower(nest, b, false), e = nest->element;
	const struct amli_kernel *kernel = amli_kernel_select(AMLI_FUSED, e);
	const struct aml_loop *l = &nest->loop[0];
	size_t row = l->n * e, moment = row < LINE ? ROW_BYTES : 4 * LINE;
	struct amli_axis axis[2];

	if (next == AMLI_NO_LOOP || !amli_kernel_appends(kernel, l->n, nest->loop[b].n, false))
		return false;
	if (!joins && amli_follower(nest, next, false) != 0)
		moment = row == LINE ? 0 : 2 * LINE + 1;
	if (nest->loop[b].n * e >= moment || (!joins && amli_aliased(l->src, l->n, SIZE_MAX)))
		return false;
	choose(axis, nest, NULL);
	return axis[1].nloops > 1;
}

bool amli_fused_possible(const struct aml_nest *nest)
{
	ptrdiff_t e = (ptrdiff_t)nest->element;

	return nest->nloops >= 2 && e <= ODD_MOST && nest->loop[0].dst == e &&
	       nest->loop[amli_src_inner(nest)].src == e;
}

/* Whole lines: one, if short source rows can be read from end to end so.  Others share lines, and the
 * more follow each other, the fewer of those are written in part. */
size_t amli_runs_beside(const struct aml_nest *nest)
{
	size_t e = nest->element, visit = nest->loop[amli_src_inner(nest)].n * e;
	const struct amli_kernel *kernel = amli_kernel_select(AMLI_RUNS, e);
	bool whole = e >= (visit < SHORT_ROW ? 3 * LINE : AMLI_WHOLE_RUN) && e % LINE == 0;
	bool reads_on = visit <= FEW_RUNS * e && nest->loop[0].src == (ptrdiff_t)visit;

	if (kernel->stream && whole && amli_on_lines(nest))
		return reads_on || e > BESIDE ? 1 : min_size(BESIDE / e, BESIDE_MOST);
	if (!amli_kernel_shares(kernel, e) || nest->loop[0].dst != (ptrdiff_t)e ||
	    visit < SHARED_VISIT || e >= (reads_on ? AMLI_ANY_RUN : SHARED_MOST))
		return 0;
	return SHARED_RUNS;
}

AMLI_HOT bool amli_fused_applicable(const struct aml_nest *nest)
{
	size_t e = nest->element;
	struct amli_axis axis[3];

	if (!amli_fused_possible(nest))
		return false;
	if (is_odd(e) && is_large(nest))
		return e < ODD_MOST && !amli_runs_beside(nest);
	if (is_odd(e))
		return e < RUN_ELEMENT || nest->loop[amli_src_inner(nest)].n * e < RUN_ROW;
	if (is_large(nest) && amli_append_axes(axis, nest, amli_kernel_select(AMLI_FUSED, e)))
		return true;
	if (is_large(nest) && amli_joins(nest))
		return is_read_on(nest, true);
	if (is_large(nest) && is_small_matrix(nest))
		return true;
	if (is_plain(nest)) {
		if (is_large(nest) && is_read_on(nest, false))
			return true;
		if (!is_tile(nest) || !is_large(nest))
			return false;
		choose(axis, nest, NULL);
		return axis[0].nloops > 1;
	}
	if (is_large(nest) && is_narrow(nest, amli_src_inner(nest)))
		return true;
	choose(axis, nest, NULL);
	if (count(&axis[1]) * e < 16)
		return is_tiny(axis, nest);
	return axis[0].nloops > 1 || axis[1].nloops > 1 || is_better_fused(axis, nest);
}

/* Of a measured plan only what it has measured. */
static bool cut_appended(struct aml_plan *plan)
{
	bool free = !plan->chosen || (!plan->choice.rows && !plan->choice.cols);

	if (!free || !plan->stream || !amli_append_axes(plan->axis, &plan->nest, plan->kernel))
		return false;
	plan->group.n = count(&plan->axis[2]);
	plan->group.out = NULL;
	plan->block.packed = count(&plan->axis[1]);
	return true;
}

void amli_fused_cut(struct aml_plan *plan)
{
	static const int cuts[] = {0, 1, AMLI_CUT_GROUP};
	const struct aml_nest *nest = &plan->nest;
	struct amli_axis *axis = plan->axis;
	size_t naxes = 3;

	if (!cut_appended(plan)) {
		naxes = 2;
		axis[2].nloops = 0;
		choose(axis, nest, plan->chosen ? &plan->choice : NULL);
		plan->block.packed = 1;
		if (is_packed(axis, nest))
			plan->block.packed = axis[1].nloops > 1 ? nest->loop[axis[1].loop[0]].n
								: count(&axis[1]);
	}
	memset(plan->block.dst, 0, sizeof(plan->block.dst));
	memset(plan->block.src, 0, sizeof(plan->block.src));
	if (axis[0].nloops == 1)
		plan->block.src[0] = nest->loop[axis[0].loop[0]].src;
	for (size_t k = 0; k < naxes; k++) {
		const struct amli_axis *a = &axis[k];
		const struct aml_loop *last = &nest->loop[a->loop[a->nloops - 1]];

		if (k < 2)
			plan->block.n[k] = count(a);
		if (a->chunk < last->n) {
			amli_digit_add(plan, last->n, a->chunk, last->dst, last->src, cuts[k]);
			plan->digit[plan->ndigits - 1].rest *= a->inner;
		}
	}
	for (size_t i = 0; i < nest->nloops; i++)
		if (!has(&axis[0], i) && !has(&axis[1], i) && !has(&axis[2], i))
			amli_digit_add(plan, nest->loop[i].n, 1, nest->loop[i].dst,
				       nest->loop[i].src, AMLI_CUT_NONE);
	amli_digits_sort(plan);
}

void amli_axis_table(const struct amli_axis *a, const struct aml_nest *nest,
		     const unsigned char *order, size_t nloops, bool dst, ptrdiff_t *offset)
{
	size_t n = 1;

	offset[0] = 0;
	for (size_t i = 0; i < nloops; i++) {
		size_t k = order ? order[i] : i, times = amli_axis_times(a, nest, k), m = n;
		const struct aml_loop *l = &nest->loop[a->loop[k]];

		for (size_t t = 1; t < times; t++)
			for (size_t j = 0; j < m; j++, n++)
				offset[n] = offset[n - m] + (dst ? l->dst : l->src);
	}
}

void amli_fused_table(const struct aml_plan *plan, int k, ptrdiff_t *offset)
{
	const struct amli_axis *a = &plan->axis[k];

	amli_axis_table(a, &plan->nest, NULL, a->nloops, k == 1, offset);
}
