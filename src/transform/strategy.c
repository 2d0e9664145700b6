/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ways to run a nest.  Each picks two loops for the kernel, cuts them into blocks
 * that stay in cache, and leaves the rest to the odometer.
 *
 *	copy       everything contiguous, or long contiguous runs
 *	transpose  one loop is contiguous in dst, another one in src
 *	runs       elements of a size that no register has
 *	strided    what is left: gather, scatter, fill
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cpu.h"
#include "base/hot.h"
#include "kernel/move.h"
#include "transform/strategy.h"

#define LONG_RUN ((size_t)16 << 10)    /* from here on a run is a copy of its own */
#define BLOCK_BYTES ((size_t)64 << 10) /* one side of a block without reuse */
#define BLOCK_SIDE 2048		       /* bytes along either contiguous side of a block */

/* A transposition visits so many rows of the source for so many bytes each; doc/
 * PERFORMANCE.md has the measurements. */
#define BLOCK_ROW ((size_t)1024)
#define BLOCK_AREA ((size_t)256 << 10)
#define BLOCK_ROWS_LEAST 256
#define BLOCK_ROWS_MOST 4096
#define BLOCK_NEAR ((size_t)4096) /* of a block whose lines are used up at once */
/* Of one whose tiles pass a stage: what is asked for shares few cache sets. */
#define TILED_ROW ((size_t)256)
#define TILED_ROWS ((size_t)256)
#define TINY_STRUCT 4 /* members; of larger ones a band is near enough (weave.h) */
#define LINE ((size_t)64)
#define PAGE ((ptrdiff_t)4096)
#define STAGE_ROW ((size_t)1024)   /* of a staged destination row, at least */
#define SMALL_MATRIX ((size_t)960) /* bytes; larger ones are streamed one by one */
#define FAR_MATRIX ((ptrdiff_t)8192)

#define JOINS_LEAST ((size_t)2304) /* bytes of a matrix that begins or ends within a line */
#define LONG_DENSE ((size_t)8 << 10)

/* Runs up to SHORT_RUN bytes that are SCATTERED apart or more cost a line each, and few of them
 * share a page.  Page-table entries of PAGE_TABLE bytes share a line, for which all those who look
 * up a page there wait: so several rows are walked at once. */
#define SHORT_RUN ((size_t)128)
#define SCATTERED ((ptrdiff_t)512)
#define PAGE_TABLE ((ptrdiff_t)32 << 10)
#define ROWS_AT_ONCE ((size_t)4)

#define NONE SIZE_MAX /* no loop */

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t clamp(size_t x, size_t lo, size_t hi)
{
	return x < lo ? lo : x > hi ? hi : x;
}

/* As amli_digit_add(), with a first step @less things short of @size, if there are others. */
AMLI_HOT static void add_short(struct aml_plan *plan, size_t n, size_t size, ptrdiff_t dst,
			       ptrdiff_t src, int cuts, size_t less)
{
	size_t steps = n <= size ? 1 : (n + less + size - 1) / size;

	if (steps <= 1)
		return;
	plan->digit[plan->ndigits++] = (struct amli_digit){
		.n = steps,
		.dst = dst * (ptrdiff_t)size,
		.src = src * (ptrdiff_t)size,
		.cuts = cuts,
		.rest = n + less - (steps - 1) * size,
		.less = less,
		.less_dst = dst * (ptrdiff_t)less,
		.less_src = src * (ptrdiff_t)less,
	};
	plan->blocks *= steps;
}

void amli_digit_add(struct aml_plan *plan, size_t n, size_t size, ptrdiff_t dst, ptrdiff_t src,
		    int cuts)
{
	add_short(plan, n, size, dst, src, cuts, 0);
}

/* How near to each other two successive blocks of a digit are.  Those that read on come first,
 * along the kernel's own loop or within a page, for it is what prefetchers and open DRAM pages
 * help with; then those that continue the kernel's rows. */
static ptrdiff_t reach(const struct amli_digit *d, enum amli_along order)
{
	if (order != AMLI_ALONG_NEAR)
		return order == AMLI_ALONG_DST ? d->dst : labs(d->src);
	if (d->cuts == 1 || labs(d->src) < PAGE)
		return -2;
	if (d->cuts == 0)
		return -1;
	return d->dst < labs(d->src) ? d->dst : labs(d->src);
}

/* Where two are as near as each other, reading on is better than writing on. */
static bool is_nearer(const struct amli_digit *a, const struct amli_digit *b, enum amli_along order)
{
	ptrdiff_t to_a = reach(a, order), to_b = reach(b, order);

	return to_a < to_b || (to_a == to_b && labs(a->src) < labs(b->src));
}

/* Fastest digit first: the one whose blocks are nearest to each other on either side,
 * so that lines and pages are used again while they are at hand. */
AMLI_HOT void amli_digits_sort(struct aml_plan *plan)
{
	enum amli_along order = plan->chosen ? plan->choice.order : AMLI_ALONG_NEAR;

	for (size_t i = 1; i < plan->ndigits; i++)
		for (size_t j = i; j > 0 && is_nearer(&plan->digit[j], &plan->digit[j - 1], order);
		     j--) {
			struct amli_digit swap = plan->digit[j];

			plan->digit[j] = plan->digit[j - 1];
			plan->digit[j - 1] = swap;
		}
}

/* How many rows a block of them ends short of a line, if all destination rows do: a first
 * block as much shorter lets all others begin on one. */
static size_t off_line(const struct aml_plan *plan, size_t rows)
{
	const struct aml_nest *nest = &plan->nest;
	size_t e = nest->element, off = (uintptr_t)nest->dst % LINE;

	if (!plan->stream || nest->loop[0].dst != (ptrdiff_t)e || off % e || rows * e % LINE ||
	    rows * e < 4 * LINE)
		return 0;
	for (size_t i = 1; i < nest->nloops; i++)
		if (nest->loop[i].dst % (ptrdiff_t)LINE)
			return 0;
	return off / e;
}

/* Give loops a and b to the kernel in blocks of na x nb (b may be past the last loop),
 * loop c to groups of nc blocks (NONE = no groups), and all others to the odometer. */
AMLI_HOT static void cut_loops(struct aml_plan *plan, size_t a, size_t b, size_t na, size_t nb,
			       size_t c, size_t nc)
{
	const struct aml_nest *nest = &plan->nest;
	const size_t kernel_loop[2] = {a, b}, wanted[2] = {na, nb};

	for (int k = 0; k < 2; k++) {
		struct aml_loop l = {1, 0, 0};

		if (kernel_loop[k] < nest->nloops)
			l = nest->loop[kernel_loop[k]];
		plan->block.n[k] = min_size(wanted[k], l.n);
		plan->block.dst[k] = l.dst;
		plan->block.src[k] = l.src;
		add_short(plan, l.n, plan->block.n[k], l.dst, l.src, k,
			  k == 0 && a == 0 ? off_line(plan, plan->block.n[0]) : 0);
	}
	for (size_t i = 0; i < nest->nloops; i++)
		if (i != a && i != b)
			amli_digit_add(plan, nest->loop[i].n, i == c ? nc : 1, nest->loop[i].dst,
				       nest->loop[i].src, i == c ? AMLI_CUT_GROUP : AMLI_CUT_NONE);
	amli_digits_sort(plan);
}

AMLI_HOT size_t amli_src_inner(const struct aml_nest *nest)
{
	size_t best = 0;

	for (size_t i = 1; i < nest->nloops; i++)
		if (labs(nest->loop[i].src) < labs(nest->loop[best].src))
			best = i;
	return best ? best : 1;
}

/* ---- copy ---- */

AMLI_HOT static bool copy_applicable(const struct aml_nest *nest)
{
	return nest->nloops == 0 || nest->element >= LONG_RUN;
}

static void copy_cut(struct aml_plan *plan)
{
	size_t chunk = clamp(plan->nest.element, 1, AMLI_COPY_CHUNK);

	if (plan->nest.nloops == 0 && chunk >= plan->nest.element) { /* a block: nothing to cut */
		plan->block = (struct amli_block){.element = chunk, .n = {1, 1}};
		return;
	}
	amli_digit_add(plan, plan->nest.element, chunk, 1, 1, AMLI_CUT_ELEMENT);
	cut_loops(plan, NONE, NONE, 1, 1, NONE, 0);
	plan->block.element = chunk;
}

/* ---- transpose ---- */

AMLI_HOT static bool transpose_applicable(const struct aml_nest *nest)
{
	ptrdiff_t e = (ptrdiff_t)nest->element;

	return (e & (e - 1)) == 0 && e <= 16 && nest->nloops >= 2 && nest->loop[0].dst == e &&
	       nest->loop[amli_src_inner(nest)].src == e;
}

/* Short rows are worth it if there are enough for what is lost where the first and the last do not
 * begin on lines; long ones if those of the source do not push each other out of the cache. */
bool amli_joins(const struct aml_nest *nest)
{
	size_t e = nest->element, row = nest->loop[0].n * e;
	bool part = row < 2 * LINE && nest->loop[1].n * row % LINE;

	if (!amli_kernel_joins(amli_kernel_select(AMLI_TRANSPOSE, e), row) ||
	    nest->loop[1].dst != (ptrdiff_t)row || amli_src_inner(nest) != 1 ||
	    nest->loop[1].n * e < 2 * LINE || (part && nest->loop[1].n * row < JOINS_LEAST) ||
	    (uintptr_t)nest->dst % e || (row > 2 * LINE && nest->loop[0].src % 4096 == 0))
		return false;
	for (size_t i = 2; i < nest->nloops; i++)
		if (nest->loop[i].dst % (ptrdiff_t)e)
			return false;
	return true;
}

static size_t matrix_bytes(const struct aml_nest *nest)
{
	return nest->loop[0].n * nest->loop[1].n * nest->element;
}

/* The loop along which matrices without gaps follow each other in the destination, but are far
 * apart in the source: else the cache does as well. */
static size_t matrix_follower(const struct aml_nest *nest, size_t b)
{
	ptrdiff_t row = (ptrdiff_t)(nest->loop[0].n * nest->element);

	if (b != 1 || nest->loop[1].dst != row)
		return NONE;
	for (size_t i = 2; i < nest->nloops; i++)
		if (nest->loop[i].dst == (ptrdiff_t)matrix_bytes(nest))
			return labs(nest->loop[i].src) >= FAR_MATRIX ? i : NONE;
	return NONE;
}

/* Short destination rows that end within a line, unless they follow each other for long: an
 * array of structs. */
static bool is_ragged(const struct aml_nest *nest, size_t b)
{
	size_t row = nest->loop[0].n * nest->element;
	size_t least = matrix_follower(nest, b) != NONE ? SMALL_MATRIX : LONG_DENSE;
	bool dense = b == 1 && nest->loop[1].dst == (ptrdiff_t)row;

	return row < 256 && row % 32 != 0 && !amli_joins(nest) &&
	       !(dense && matrix_bytes(nest) > least);
}

bool amli_on_lines(const struct aml_nest *nest)
{
	for (size_t i = 1; i < nest->nloops; i++)
		if (nest->loop[i].dst % (ptrdiff_t)LINE)
			return false;
	return (uintptr_t)nest->dst % (nest->element % LINE ? nest->element : LINE) == 0;
}

/* Where lines of both sides are used up by a small block there is nothing to keep, and asking for
 * the next one early works best if that is near: tiny structs without gaps, or destination rows of
 * one line. */
static bool is_near(const struct aml_nest *nest, size_t b)
{
	size_t e = nest->element, members = nest->loop[b].n;

	if (e < 4 || !amli_on_lines(nest))
		return false;
	if (nest->loop[0].n * e == LINE)
		return (uintptr_t)nest->dst % LINE == 0 && nest->loop[0].src % 4096 != 0;
	return members <= TINY_STRUCT && nest->loop[0].src == (ptrdiff_t)(members * e);
}

/* The loop, other than b, along which destination rows follow without a gap. */
static size_t row_follower(const struct aml_nest *nest, size_t b)
{
	ptrdiff_t row = (ptrdiff_t)(nest->loop[0].n * nest->element);

	if (nest->nloops > 2 && b != 1 && nest->loop[1].dst == row)
		return 1;
	return NONE;
}

/* Groups as long as the staging buffer takes, and rows of it that are worth streaming. */
static void staged_cut(struct aml_plan *plan, size_t b, size_t c)
{
	const struct aml_nest *nest = &plan->nest;
	size_t row = nest->loop[0].n * nest->element;
	size_t nc = clamp(STAGE_ROW / row, 1, nest->loop[c].n);
	size_t nb = min_size(AMLI_STAGE / (size_t)amli_stage_pitch(nc * row), nest->loop[b].n);

	nc = clamp(AMLI_STAGE / nb / row, 1, nest->loop[c].n);
	while (nc > 1 && (size_t)amli_stage_pitch(nc * row) * nb > AMLI_STAGE)
		nc--;
	plan->group.n = nc;
	plan->group.src = nest->loop[c].src;
	plan->group.out = amli_kernel_select(AMLI_RUNS, nc * row);
	cut_loops(plan, 0, b, nest->loop[0].n, nb, c, nc);
}

/* Groups of matrices; if there are enough, as many as make whole lines. */
static void matrices_cut(struct aml_plan *plan, size_t c)
{
	const struct aml_nest *nest = &plan->nest;
	size_t matrix = matrix_bytes(nest);
	size_t n = AMLI_STAGE / 2 / matrix;

	n = min_size(n < LINE ? n : n / LINE * LINE, nest->loop[c].n);
	plan->group.n = n;
	plan->group.src = nest->loop[c].src;
	plan->group.out = amli_kernel_select(AMLI_RUNS, n * matrix);
	cut_loops(plan, 0, 1, nest->loop[0].n, nest->loop[1].n, c, n);
}

/* Short rows in a stage, if it can be. */
static bool put_together(struct aml_plan *plan, size_t b)
{
	const struct aml_nest *nest = &plan->nest;
	size_t rows = row_follower(nest, b), matrices = matrix_follower(nest, b);
	bool small = matrices != NONE && matrix_bytes(nest) <= SMALL_MATRIX;

	if (!amli_kernel_select(AMLI_RUNS, STAGE_ROW)->stream)
		return false;
	if (rows != NONE && nest->loop[0].n * nest->element <= STAGE_ROW)
		staged_cut(plan, b, rows);
	else if (small)
		matrices_cut(plan, matrices);
	else
		return false;
	return true;
}

/* Of few rows more columns, if destination rows begin on lines as well, and no small rest of either. */
static size_t block_cols(const struct aml_nest *nest, size_t b)
{
	size_t e = nest->element, rows = nest->loop[0].n, n = nest->loop[b].n;
	size_t cols = BLOCK_ROW / e * (rows * e < LINE ? 8 : rows < BLOCK_ROWS_LEAST ? 2 : 1);

	if (amli_on_lines(nest))
		cols *= 2;
	return n <= 2 * cols ? n : cols;
}

static size_t block_rows(const struct aml_nest *nest, size_t cols)
{
	size_t rows = clamp(BLOCK_AREA / (cols * nest->element), BLOCK_ROWS_LEAST, BLOCK_ROWS_MOST);
	size_t n = nest->loop[0].n;

	/* the next block begins on a line if this one does */
	return n <= 2 * rows && n * cols * nest->element <= 2 * BLOCK_AREA ? n : rows / LINE * LINE;
}

/* Whether the kernel moves it by tiles that pass a stage, and wants small blocks for that. */
static bool is_tiled(const struct aml_nest *nest, size_t b)
{
	const struct aml_loop *rows = &nest->loop[0], *cols = &nest->loop[b];
	const struct amli_block all = {.n = {rows->n, cols->n},
				       .dst = {rows->dst, cols->dst},
				       .src = {rows->src, cols->src}};

	return amli_on_lines(nest) &&
	       amli_kernel_tiles(amli_kernel_select(AMLI_TRANSPOSE, nest->element), nest->src,
				 &all);
}

static void transpose_cut(struct aml_plan *plan)
{
	const struct aml_nest *nest = &plan->nest;
	size_t b = amli_src_inner(nest), e = nest->element;
	bool near = plan->stream && is_near(nest, b), tiled = plan->stream && is_tiled(nest, b);
	size_t cols = near ? LINE : tiled ? TILED_ROW / e : block_cols(nest, b);
	size_t nb = min_size(amli_cols(plan, cols), nest->loop[b].n);
	size_t na = tiled ? TILED_ROWS : block_rows(nest, nb);
	enum amli_put store = amli_put(plan);

	if (plan->stream &&
	    (store == AMLI_PUT_ANY ? is_ragged(nest, b) : store == AMLI_PUT_STAGED)) {
		if (put_together(plan, b))
			return;
		plan->stream = false; /* the cache does it */
	}
	if (near)
		na = clamp(BLOCK_NEAR / (nb * e) / LINE * LINE, LINE, BLOCK_ROWS_MOST);
	cut_loops(plan, 0, b, amli_rows(plan, na), nb, NONE, 0);
}

/* ---- runs and strided ---- */

AMLI_HOT static bool runs_applicable(const struct aml_nest *nest)
{
	size_t e = nest->element;

	return e > 16 || (e & (e - 1)) != 0;
}

static bool has_loops(const struct aml_nest *nest)
{
	return nest->nloops > 0;
}

static bool always(const struct aml_nest *nest)
{
	(void)nest;
	return true;
}

/* A source that is read across.  A block is square, like a transposition's, but runs that are streamed one
 * by one let the source be read on for longer. */
static void turned_cut(struct aml_plan *plan, size_t b)
{
	size_t e = plan->nest.element, beside = amli_runs_beside(&plan->nest);
	size_t rows = clamp((e < 32 ? BLOCK_SIDE : BLOCK_SIDE / 4) / e, 8, 512), cols = rows;

	if (plan->stream && (beside || e >= AMLI_ANY_RUN)) {
		rows = beside ? beside : 1;
		cols = clamp(BLOCK_BYTES / e, 1, BLOCK_BYTES);
	}
	cut_loops(plan, 0, b, amli_rows(plan, rows), amli_cols(plan, cols), NONE, 0);
}

static bool is_scattered(ptrdiff_t run, ptrdiff_t row)
{
	return labs(run) >= SCATTERED && labs(run) < PAGE_TABLE && labs(row) >= PAGE_TABLE;
}

/* From which gap on the lines that runs are on had better be asked for early: in the second-level cache
 * that costs a tenth of the time, of short runs a quarter.  From memory, if a gap leaves a line out. */
static unsigned gap_asked(const struct aml_plan *plan)
{
	size_t e = plan->nest.element, lines = plan->bytes / e * (e / LINE + 1);

	if (lines * LINE >= amli_cache_bytes(3) / 2)
		return e % LINE ? 2 * LINE : LINE;
	return lines * LINE >= amli_cache_bytes(2) / (e <= SHORT_RUN ? 2 : 8) ? AMLI_GAP_FAR : 0;
}

/* Whether several rows had better be walked at once: runs of a line or so on few pages a row. */
static bool wants_rows_at_once(const struct aml_plan *plan)
{
	const struct aml_nest *nest = &plan->nest;
	const struct aml_loop *run = &nest->loop[0], *row = &nest->loop[1];

	return nest->nloops > 1 && nest->element <= SHORT_RUN && plan->block.gap && !plan->stream &&
	       (is_scattered(run->src, row->src) || is_scattered(run->dst, row->dst));
}

/* If both sides walk the loops in the same order nothing is used twice, and a block is
 * just a piece of work. */
AMLI_HOT static void loops_cut(struct aml_plan *plan)
{
	const struct aml_nest *nest = &plan->nest;
	size_t b = amli_src_inner(nest), e = nest->element, na, nb;

	plan->block.gap = gap_asked(plan);
	if (nest->nloops > 1 && labs(nest->loop[0].src) > labs(nest->loop[b].src)) {
		turned_cut(plan, b);
		return;
	}
	if (wants_rows_at_once(plan)) {
		nb = amli_cols(plan, clamp(BLOCK_BYTES / e / ROWS_AT_ONCE, 1, BLOCK_BYTES));
		cut_loops(plan, 1, 0, amli_rows(plan, ROWS_AT_ONCE), nb, NONE, 0);
		return;
	}
	na = min_size(amli_rows(plan, clamp(BLOCK_BYTES / e, 1, BLOCK_BYTES)), nest->loop[0].n);
	nb = amli_cols(plan, clamp(BLOCK_BYTES / e / na, 1, BLOCK_BYTES));
	cut_loops(plan, 0, 1, na, nb, NONE, 0);
}

static void describe_nest(const struct aml_plan *plan, FILE *out)
{
	const struct aml_nest *nest = &plan->nest;

	fprintf(out, "%s%s%s e%zu%s", plan->kernel->name, amli_is_staged(plan) ? "+stage" : "",
		plan->stream ? "+stream" : "", nest->element, plan->chosen ? " measured" : "");
	for (size_t i = nest->nloops; i-- > 0;)
		fprintf(out, "%s[%zu %td:%td]", i + 1 == nest->nloops ? " " : "", nest->loop[i].n,
			nest->loop[i].dst, nest->loop[i].src);
}

#define ROW(word, operation, test, could, how)                                                    \
	{                                                                                         \
		word, operation, test, could, how, amli_nest_run, describe_nest, amli_nest_before \
	}

const struct amli_strategy amli_nest_strategies[] = {
	ROW("copy", AMLI_COPY, copy_applicable, always, copy_cut),
	ROW("fused", AMLI_FUSED, amli_fused_applicable, amli_fused_possible, amli_fused_cut),
	ROW("transpose", AMLI_TRANSPOSE, transpose_applicable, transpose_applicable, transpose_cut),
	ROW("runs", AMLI_RUNS, runs_applicable, has_loops, loops_cut),
	ROW("strided", AMLI_STRIDED, always, has_loops, loops_cut),
};
