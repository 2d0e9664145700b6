/* SPDX-License-Identifier: BSD-3-Clause */
/* Blocks of a pass, row by row; and its result, begun anew and added to. */
#include <stdint.h>
#include <stdio.h>

#include "aml/layout/native.h"
#include "base/cpu.h"
#include "layout/layout.h"
#include "transform/pass.h"

/* A block: where its first element is, and how far it goes. */
struct place {
	char *dst;
	const char *src;
	size_t n[2], index;
};

static void find(const struct aml_plan *plan, size_t block, struct place *p)
{
	*p = (struct place){
		plan->nest.dst, plan->nest.src, {plan->block.n[0], plan->block.n[1]}, 0};
	for (size_t d = 0; d < plan->ndigits; d++) {
		const struct amli_digit *digit = &plan->digit[d];
		size_t at = block % digit->n;

		block /= digit->n;
		p->dst += (ptrdiff_t)at * digit->dst;
		p->src += (ptrdiff_t)at * digit->src;
		p->index += at * plan->pass.step[d];
		if (digit->cuts != AMLI_CUT_NONE && at == digit->n - 1)
			p->n[digit->cuts] = digit->rest;
	}
}

static void run_rows(struct amli_walk *walk, const struct place *p, const char *src,
		     ptrdiff_t src_stride, ptrdiff_t src_step)
{
	const struct aml_plan *plan = walk->plan;
	bool uses_dst = plan->pass.puts || plan->pass.kind->how == AMLI_PASS_COMPARE;

	for (size_t j = 0; j < p->n[1]; j++) {
		const struct amli_row row = {
			.dst = uses_dst ? p->dst + (ptrdiff_t)j * plan->block.dst[1] : NULL,
			.src = src + (ptrdiff_t)j * src_step,
			.dst_stride = plan->block.dst[0],
			.src_stride = src_stride,
			.n = p->n[0],
			.index = p->index + j * plan->pass.row_step,
		};

		amli_pass_row(walk, &row);
	}
}

/* Transpose the source into a buffer, where the rows are contiguous. */
static void run_tiles(struct amli_walk *walk, size_t first, size_t end)
{
	_Alignas(64) char tile[AMLI_PASS_TILE];
	const struct aml_plan *plan = walk->plan;
	size_t e = plan->pass.src_element;
	const struct amli_kernel *kernel = amli_kernel_select(AMLI_TRANSPOSE, e);
	struct place p, next;

	find(plan, first, &next);
	for (size_t i = first; i < end; i++) {
		struct amli_block block = plan->block;

		p = next;
		if (i + 1 < end)
			find(plan, i + 1, &next);
		block.element = e;
		block.n[0] = p.n[0];
		block.n[1] = p.n[1];
		block.dst[0] = (ptrdiff_t)e;
		block.dst[1] = amli_stage_pitch(p.n[0] * e);
		kernel->run(tile, p.src, i + 1 < end ? next.src : NULL, &block);
		run_rows(walk, &p, tile, (ptrdiff_t)e, block.dst[1]);
	}
}

static void run_blocks(struct amli_walk *walk, size_t first, size_t end)
{
	const struct aml_plan *plan = walk->plan;

	for (size_t i = first; i < end; i++) {
		struct place p;

		find(plan, i, &p);
		run_rows(walk, &p, p.src, plan->block.src[0], plan->block.src[1]);
	}
}

/* A part of a row of the fastest dimension, in runs that both layouts have. */
static void run_layouts(struct amli_walk *walk, size_t block)
{
	const struct aml_plan *plan = walk->plan;
	size_t n = aml_layout_ndims(plan->dst), dims[AML_NDIMS_MAX], at[AML_NDIMS_MAX] = {0};
	bool writes = plan->pass.puts, reads = plan->pass.kind->how != AMLI_PASS_FILL;
	size_t row = block / plan->pass.parts, index, end;

	aml_layout_dims_native(plan->dst, dims);
	index = row * dims[0];
	at[0] = block % plan->pass.parts * plan->pass.part;
	end = dims[0] - at[0] < plan->pass.part ? dims[0] : at[0] + plan->pass.part;
	for (size_t i = 1; i < n; i++) {
		at[i] = row % dims[i];
		row /= dims[i];
	}
	while (at[0] < end) {
		struct aml_layout_run dst, src;
		struct amli_row run = {.index = index + at[0]};

		amli_layout_run(plan->dst, at, end - at[0], &dst);
		src = dst;
		if (reads)
			amli_layout_run(plan->src, at, dst.n, &src);
		run.dst = writes && dst.readonly ? NULL : dst.ptr;
		run.src = src.ptr;
		run.dst_stride = dst.stride;
		run.src_stride = src.stride;
		run.n = src.n;
		if (run.dst || !writes || plan->pass.kind->how == AMLI_PASS_SUM)
			amli_pass_row(walk, &run);
		at[0] += src.n;
	}
}

/* What this call has summed up is moved over all bytes that come after it. */
static void add_sum(const struct amli_walk *walk, size_t end)
{
	const struct aml_plan *plan = walk->plan;
	uint32_t share = amli_crc_shift(walk->crc, plan->bytes - amli_pass_before(plan, end));

	__atomic_fetch_xor(&plan->pass.crc->crc, share, __ATOMIC_RELAXED);
}

int amli_pass_run(const struct aml_plan *plan, size_t first, size_t end)
{
	struct amli_walk walk;

	walk.plan = plan;
	walk.gather = amli_kernel_select(AMLI_STRIDED, plan->pass.src_element);
	walk.scatter = amli_kernel_select(AMLI_STRIDED, plan->pass.dst_element);
	walk.copy = amli_kernel_select(AMLI_COPY, 0);
	walk.sum = amli_crc_select(amli_cpu());
	walk.crc = 0;
	if (plan->pass.by_layouts)
		for (size_t i = first; i < end; i++)
			run_layouts(&walk, i);
	else if (plan->pass.tiled)
		run_tiles(&walk, first, end);
	else
		run_blocks(&walk, first, end);
	if (plan->pass.kind->how == AMLI_PASS_SUM)
		add_sum(&walk, end);
	if (plan->stream)
		amli_kernel_fence();
	return 0;
}

size_t amli_pass_before(const struct aml_plan *plan, size_t block)
{
	const struct amli_pass *pass = &plan->pass;

	if (pass->by_layouts) {
		size_t row = plan->bytes / (plan->blocks / pass->parts);

		return block / pass->parts * row +
		       block % pass->parts * pass->part * pass->dst_element;
	}
	return amli_nest_before(plan, block);
}

static void describe(const struct aml_plan *plan, FILE *out)
{
	const struct amli_pass *pass = &plan->pass;

	fprintf(out, "%s%s%s e%zu:%zu", pass->kind->name, pass->tiled ? "+tile" : "",
		plan->stream ? "+stream" : "", pass->dst_element, pass->src_element);
	if (pass->by_layouts) {
		fprintf(out, " generic [%zu]", plan->blocks);
		return;
	}
	fprintf(out, " [%zu %td:%td][%zu %td:%td] x %zu", plan->block.n[1], plan->block.dst[1],
		plan->block.src[1], plan->block.n[0], plan->block.dst[0], plan->block.src[0],
		plan->blocks);
}

void aml_plan_begin(const struct aml_plan *plan)
{
	if (!plan || plan->strategy != &amli_pass_strategy)
		return;
	if (plan->pass.kind->how == AMLI_PASS_COMPARE)
		plan->pass.difference->first = SIZE_MAX;
	if (plan->pass.kind->how == AMLI_PASS_SUM)
		plan->pass.crc->crc = ~amli_crc_shift(UINT32_MAX, plan->bytes);
}

const struct amli_strategy amli_pass_strategy = {
	.name = "pass",
	.run = amli_pass_run,
	.describe = describe,
	.before = amli_pass_before,
};
