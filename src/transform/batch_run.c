/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Running a batch, whole or cut.
 *
 * Its blocks are equal shares of its bytes.  Where one begins says about where to cut; the
 * cut itself is made nearby: between two parts, at a whole number of grains of a long run,
 * between two blocks of a part with a plan.  So pieces are about equal in bytes, whatever
 * the parts are.
 */
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "transform/nest.h"
#include "transform/operator.h"
#include "transform/strategy.h"

#define CHUNK ((size_t)512 << 10)  /* bytes of a run copied at a time, as in strategy.c */
#define STREAM_LEAST ((size_t)512) /* bytes; shorter runs have too few whole lines */

/* The parts before this one, and of this one so many bytes (or blocks of its plan), which
 * may be all. */
struct cut {
	size_t part, at;
};

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t round_div(size_t a, size_t b)
{
	return a / b + (a % b >= (b + 1) / 2);
}

static struct cut cut_at(const struct amli_batch *batch, size_t bytes)
{
	const struct amli_part *part = batch->part;
	size_t lo = 0, hi = batch->n; /* part[lo].start <= bytes < part[hi].start */

	if (bytes >= part[hi].start)
		return (struct cut){hi, 0};
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (part[mid].start <= bytes)
			lo = mid;
		else
			hi = mid;
	}
	part += lo;
	bytes -= part->start;
	if (part->dst)
		return (struct cut){lo, min_size(round_div(bytes, AMLI_GRAIN) * AMLI_GRAIN,
						 part[1].start - part->start)};
	return (struct cut){
		lo, min_size(round_div(bytes, amli_div_up(part->plan->bytes, part->plan->blocks)),
			     part->plan->blocks)};
}

/* Where a block begins. */
static struct cut cut_before(const struct aml_plan *plan, size_t block)
{
	if (block == plan->blocks)
		return (struct cut){plan->batch.n, 0};
	return cut_at(&plan->batch, block * plan->batch.step);
}

/* Bytes from @from to @to of a run, or to its end if @to is 0. */
static void run_flat(const struct aml_plan *plan, const struct amli_part *part, size_t from,
		     size_t to)
{
	struct amli_block block = {.n = {1, 1}};
	amli_kernel_fn *body = plan->body;
	size_t bytes = part[1].start - part->start;

	if (plan->stream && bytes < STREAM_LEAST)
		body = amli_kernel_select(AMLI_COPY, 0)->run;
	if (to == 0)
		to = bytes;
	while (from < to) {
		block.element = to - from < CHUNK ? to - from : CHUNK;
		body(part->dst + from, part->src + from, NULL, &block);
		from += block.element;
	}
}

/* The same of any part. */
static int run_part(const struct aml_plan *plan, const struct amli_part *part, size_t from,
		    size_t to)
{
	if (part->dst) {
		run_flat(plan, part, from, to);
		return 0;
	}
	if (to == 0)
		to = part->plan->blocks;
	return from < to ? part->plan->strategy->run(part->plan, from, to) : 0;
}

static int batch_run(const struct aml_plan *plan, size_t first, size_t end)
{
	const struct amli_part *part = plan->batch.part;
	struct cut from = cut_before(plan, first), to = cut_before(plan, end);
	int rc = 0;

	for (; from.part < to.part && !rc; from.part++, from.at = 0)
		rc = run_part(plan, &part[from.part], from.at, 0);
	if (!rc && from.at < to.at)
		rc = run_part(plan, &part[to.part], from.at, to.at);
	if (plan->stream)
		amli_kernel_fence();
	return rc;
}

static size_t batch_before(const struct aml_plan *plan, size_t block)
{
	struct cut cut = cut_before(plan, block);
	const struct amli_part *part = &plan->batch.part[cut.part];

	if (cut.at == 0 || part->dst)
		return part->start + cut.at;
	return part->start + part->plan->strategy->before(part->plan, cut.at);
}

static void describe_batch(const struct aml_plan *plan, FILE *out)
{
	const struct amli_part *part = plan->batch.part;
	struct aml_plan first;

	fprintf(out, "batch of %zu: ", plan->batch.n);
	if (!part->dst) {
		part->plan->strategy->describe(part->plan, out);
		return;
	}
	if (!amli_plan_bytes(&first, part->dst, part->src, part[1].start - part->start,
			     plan->stream ? AML_PLAN_STREAM : AML_PLAN_CACHED))
		first.strategy->describe(&first, out);
}

const struct amli_strategy amli_batch_strategy = {
	.name = "batch",
	.run = batch_run,
	.describe = describe_batch,
	.before = batch_before,
};

size_t aml_plan_parts(const struct aml_plan *plan)
{
	if (!plan)
		return 0;
	return plan->strategy == &amli_batch_strategy ? plan->batch.n : 1;
}

static int copy_nest(struct aml_nest *to, const struct aml_nest *nest)
{
	if (!nest)
		return amli_fail(AML_ENOTSUP, "the part is not affine: it has no nest");
	memcpy(to, nest, offsetof(struct aml_nest, loop) + nest->nloops * sizeof(nest->loop[0]));
	return 0;
}

int aml_plan_part_nest(const struct aml_plan *plan, size_t i, struct aml_nest *nest)
{
	const struct amli_part *part;

	if (!plan || !nest)
		return amli_fail(AML_EINVAL, "%s is NULL", plan ? "nest" : "plan");
	if (i >= aml_plan_parts(plan))
		return amli_fail(AML_EDOM, "part %zu of %zu", i, aml_plan_parts(plan));
	if (plan->strategy != &amli_batch_strategy)
		return copy_nest(nest, aml_plan_nest(plan));
	part = &plan->batch.part[i];
	if (!part->dst)
		return copy_nest(nest, aml_plan_nest(part->plan));
	amli_nest_flat(nest, part->dst, part->src, part[1].start - part->start);
	return 0;
}
