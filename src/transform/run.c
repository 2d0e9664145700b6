/* SPDX-License-Identifier: BSD-3-Clause */
/* The odometer: visits blocks first <= i < end of a nest, fastest digit first, and calls
 * the kernel on each. */
#include <stdint.h>

#include "base/error.h"
#include "base/hot.h"
#include "transform/strategy.h"

#define AHEAD 3 /* blocks of a group: how early their source is asked for */

struct odometer {
	char *dst;
	const char *src;
	struct amli_block block; /* as cut at this position */
	size_t group;
	size_t at[AML_NDIMS_MAX + 2];
};

/* Of a fused plan: where rows, columns, and blocks of a group are. */
struct tables {
	ptrdiff_t row[AMLI_AXIS_MOST], col[AMLI_AXIS_MOST];
	ptrdiff_t from[AMLI_AXIS_MOST], run[AMLI_AXIS_MOST];
	struct amli_series series;
};

/* The extent that a digit cuts. */
static size_t *extent(struct odometer *o, int cuts)
{
	if (cuts == AMLI_CUT_GROUP)
		return &o->group;
	return cuts == AMLI_CUT_ELEMENT ? &o->block.element : &o->block.n[cuts];
}

/* The same of all blocks but the last. */
static size_t full_extent(const struct aml_plan *plan, int cuts)
{
	if (cuts == AMLI_CUT_GROUP)
		return plan->group.n;
	return cuts == AMLI_CUT_ELEMENT ? plan->block.element : plan->block.n[cuts];
}

static void place(struct odometer *o, const struct aml_plan *plan, size_t d, size_t at)
{
	const struct amli_digit *digit = &plan->digit[d];
	ptrdiff_t steps = (ptrdiff_t)at - (ptrdiff_t)o->at[d];

	o->dst += steps * digit->dst;
	o->src += steps * digit->src;
	if (digit->less && !at != !o->at[d]) { /* to or from the short first block */
		o->dst += at ? -digit->less_dst : digit->less_dst;
		o->src += at ? -digit->less_src : digit->less_src;
	}
	o->at[d] = at;
	if (digit->cuts == AMLI_CUT_NONE)
		return;
	*extent(o, digit->cuts) = at == digit->n - 1 ? digit->rest : full_extent(plan, digit->cuts);
	if (at == 0)
		*extent(o, digit->cuts) -= digit->less;
}

static void seek(struct odometer *o, const struct aml_plan *plan, size_t block)
{
	o->dst = plan->nest.dst;
	o->src = plan->nest.src;
	o->block = plan->block;
	o->group = plan->group.n;
	for (size_t d = 0; d < plan->ndigits; d++) {
		o->at[d] = 0;
		place(o, plan, d, block % plan->digit[d].n);
		block /= plan->digit[d].n;
	}
}

static void step(struct odometer *o, const struct aml_plan *plan)
{
	for (size_t d = 0; d < plan->ndigits; d++) {
		if (o->at[d] + 1 < plan->digit[d].n) {
			place(o, plan, d, o->at[d] + 1);
			return;
		}
		place(o, plan, d, 0);
	}
}

/* Ask for the source of block i after the one at src: its rows are short and far apart,
 * which no hardware prefetcher makes sense of.  It may lie past the end of the source, so
 * addresses are numbers here. */
static void ask_for(const struct aml_plan *plan, const char *src, size_t i,
		    const struct amli_block *block)
{
	uintptr_t at = (uintptr_t)src + i * (uintptr_t)plan->group.src;
	size_t row = block->n[1] * block->element;

	for (size_t r = 0; r < block->n[0]; r++) {
		for (size_t o = 0; o < row; o += 64)
			__builtin_prefetch((const void *)(at + o));
		__builtin_prefetch((const void *)(at + row - 1));
		at += (uintptr_t)block->src[0];
	}
}

/* n blocks side by side in a staging buffer, and from there to dst in long rows.  next: the
 * source of the group that follows, or NULL. */
static void run_group(const struct aml_plan *plan, char *dst, const char *src, const char *next,
		      const struct amli_block *block, size_t n)
{
	_Alignas(64) char stage[AMLI_STAGE];
	size_t short_row = block->n[0] * block->element;
	/* one, if its rows follow each other: then so do the blocks, and not the rows of several */
	size_t rows = block->dst[1] == (ptrdiff_t)short_row ? 1 : block->n[1];
	size_t row = short_row * block->n[1] / rows;
	ptrdiff_t pitch = amli_stage_pitch(n * row);
	struct amli_block in = *block;
	const struct amli_block out = {
		.element = n * row,
		.n = {rows, 1},
		.dst = {block->dst[1], 0},
		.src = {pitch, 0},
	};

	if (rows > 1)
		in.dst[1] = pitch;
	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD < n)
			ask_for(plan, src, i + AHEAD, block);
		else if (next)
			ask_for(plan, next, i + AHEAD - n, block);
		plan->body(stage + i * row, src + (ptrdiff_t)i * plan->group.src, NULL, &in);
	}
	plan->group.out->stream(dst, stage, NULL, &out);
}

static void run_blocks(const struct aml_plan *plan, size_t first, size_t end,
		       const struct tables *tables)
{
	struct odometer o;

	seek(&o, plan, first);
	if (tables) {
		o.block.row = tables->row;
		o.block.col = tables->col;
		o.block.series = &tables->series;
	}
	for (size_t i = first; i < end; i++) {
		char *dst = o.dst;
		const char *src = o.src;
		struct amli_block block = o.block;
		size_t group = o.group;

		step(&o, plan);
		block.more = group && tables ? (unsigned)group - 1 : 0;
		if (group && !tables)
			run_group(plan, dst, src, i + 1 < end ? o.src : NULL, &block, group);
		else
			plan->body(dst, src, i + 1 < end ? o.src : NULL, &block);
	}
}

static void run_fused(const struct aml_plan *plan, size_t first, size_t end)
{
	struct tables tables;

	amli_fused_table(plan, 0, tables.row);
	amli_fused_table(plan, 1, tables.col);
	if (plan->group.n)
		amli_append_series(plan, &tables.series, tables.from, tables.run);
	run_blocks(plan, first, end, &tables);
}

AMLI_HOT int amli_nest_run(const struct aml_plan *plan, size_t first, size_t end)
{
	if (plan->axis[0].nloops)
		run_fused(plan, first, end);
	else if (plan->ndigits == 0 && !plan->group.n) /* small copies: nothing to count */
		plan->body(plan->nest.dst, plan->nest.src, NULL, &plan->block);
	else
		run_blocks(plan, first, end, NULL);
	if (plan->stream)
		amli_kernel_fence();
	return 0;
}

int aml_plan_run(const struct aml_plan *plan)
{
	if (!plan)
		return amli_fail(AML_EINVAL, "plan is NULL");
	aml_plan_begin(plan);
	return plan->blocks ? plan->strategy->run(plan, 0, plan->blocks) : 0;
}
