/* SPDX-License-Identifier: BSD-3-Clause */
/* Two layouts -> nest -> strategy and kernel. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/area.h"
#include "base/cpu.h"
#include "base/error.h"
#include "base/hot.h"
#include "base/mem.h"
#include "layout/layout.h"
#include "transform/index.h"
#include "transform/measure.h"
#include "transform/nest.h"
#include "transform/operator.h"
#include "transform/pack.h"
#include "transform/strategy.h"
#include "transform/wisdom.h"

/* Streamed stores pay once what is written does not stay in the last cache anyway. */
bool amli_plan_wants_stream(const struct aml_plan *plan, unsigned flags)
{
	if (flags & (AML_PLAN_STREAM | AML_PLAN_CACHED))
		return flags & AML_PLAN_STREAM;
	return plan->bytes >= ((size_t)1 << 20) && plan->bytes >= amli_cache_bytes(3) / 2;
}

static const struct amli_strategy *estimate(const struct aml_nest *nest)
{
	const struct amli_strategy *s = amli_nest_strategies;

	while (!s->applicable(nest))
		s++;
	return s;
}

/* Into blocks, as its strategy has it. */
AMLI_HOT static void cut(struct aml_plan *plan)
{
	plan->blocks = plan->bytes > 0;
	plan->ndigits = 0;
	plan->block.element = plan->nest.element;
	plan->group.n = 0;
	plan->axis[0].nloops = 0;
	plan->block.gap = 0;
	plan->strategy->cut(plan);
	plan->body = plan->stream && !amli_is_staged(plan) ? plan->kernel->stream
							   : plan->kernel->run;
}

AMLI_HOT void amli_plan_cut(struct aml_plan *plan, unsigned flags)
{
	const struct aml_nest *nest = &plan->nest;
	const struct amli_strategy *s = plan->chosen ? plan->choice.strategy : NULL;
	enum amli_put store = amli_put(plan);

	if (!s)
		s = estimate(nest);
	plan->strategy = s;
	plan->kernel = plan->chosen ? plan->choice.kernel : NULL;
	if (!plan->kernel)
		plan->kernel = amli_kernel_select(s->op, nest->element);
	plan->bytes = amli_nest_bytes(nest);
	plan->stream = plan->kernel->stream &&
		       (store == AMLI_PUT_ANY ? amli_plan_wants_stream(plan, flags)
					      : store != AMLI_PUT_CACHED);
	cut(plan);
}

void amli_plan_slice(struct aml_plan *slice, const struct aml_plan *plan, size_t loop, size_t first,
		     size_t end)
{
	const struct aml_loop *whole = &plan->nest.loop[loop];
	struct aml_nest *nest = &slice->nest;

	nest->dst = plan->nest.dst + (ptrdiff_t)first * whole->dst;
	nest->src = plan->nest.src + (ptrdiff_t)first * whole->src;
	nest->element = plan->nest.element;
	nest->nloops = plan->nest.nloops;
	memcpy(nest->loop, plan->nest.loop, nest->nloops * sizeof(nest->loop[0]));
	nest->loop[loop].n = end - first;
	slice->strategy = plan->strategy;
	slice->kernel = plan->kernel;
	slice->bytes = plan->bytes / whole->n * (end - first);
	slice->stream = plan->stream;
	slice->chosen = plan->chosen;
	if (plan->chosen)
		slice->choice = plan->choice;
	cut(slice);
}

/* The nest does not overlap itself. */
AMLI_HOT static int finish_apart(struct aml_plan *plan, unsigned flags)
{
	plan->chosen = false;
	plan->trials = NULL;
	amli_plan_cut(plan, flags);
	if (amli_wisdom_recall(plan, flags))
		amli_plan_cut(plan, flags);
	return flags & AML_PLAN_MEASURE ? amli_plan_measure(plan, flags) : 0;
}

/* A run of memory, which does not overlap itself.  One that is one block, as most are, comes
 * out as it would from finish_apart(), in a fraction of the time. */
AMLI_HOT static int finish_run(struct aml_plan *plan, void *dst, const void *src, size_t bytes,
			       unsigned flags)
{
	amli_nest_flat(&plan->nest, dst, src, bytes);
	if (bytes > AMLI_COPY_CHUNK || flags & (AML_PLAN_STREAM | AML_PLAN_MEASURE))
		return finish_apart(plan, flags);
	plan->chosen = false;
	plan->trials = NULL;
	plan->strategy = &amli_nest_strategies[0];
	plan->kernel = amli_kernel_copy();
	plan->body = plan->kernel->run;
	plan->bytes = bytes;
	plan->blocks = bytes > 0;
	plan->ndigits = 0;
	plan->stream = false;
	plan->block = (struct amli_block){.element = bytes, .n = {1, 1}};
	plan->group.n = 0;
	plan->axis[0].nloops = 0;
	if (bytes >= AMLI_MEASURE_LEAST && amli_wisdom_recall(plan, flags))
		amli_plan_cut(plan, flags);
	return 0;
}

static int finish_nest(struct aml_plan *plan, unsigned flags)
{
	const struct aml_nest *nest = &plan->nest;

	if (amli_nest_overlaps(nest))
		return amli_fail(AML_EINVAL, "source and destination overlap: dst %p, src %p",
				 (void *)nest->dst, (const void *)nest->src);
	return finish_apart(plan, flags);
}

int amli_plan_check_host(const struct aml_layout *dst, const struct aml_layout *src)
{
	bool dst_is = aml_area_is_host(aml_layout_area(dst));

	if (dst_is && aml_area_is_host(aml_layout_area(src)))
		return 0;
	return amli_fail(AML_ENOTSUP, "%s is not in host memory", dst_is ? "src" : "dst");
}

AMLI_HOT int amli_plan_layouts(struct aml_plan *plan, struct aml_layout *dst,
			       const struct aml_layout *src, const size_t *perm, unsigned flags)
{
	struct aml_affine d, s;
	size_t bytes;
	int rc = flags & AMLI_PLAN_ANYWHERE ? 0 : amli_plan_check_host(dst, src);

	if (rc)
		return rc;
	if (amli_layout_affine(dst, &d) || amli_layout_affine(src, &s)) {
		if (amli_layout_is_stream(dst) || amli_layout_is_stream(src))
			return amli_stream_init(plan, dst, src, perm, flags);
		return amli_generic_init(plan, dst, src, perm, flags);
	}
	bytes = perm ? 0 : amli_flat_bytes(&d, &s);
	if (bytes)
		return finish_run(plan, d.ptr, s.ptr, bytes, flags);
	rc = amli_nest_build(&plan->nest, &d, &s, perm);
	return rc ? rc : finish_nest(plan, flags);
}

int amli_plan_affine(struct aml_plan *plan, const struct aml_affine *dst,
		     const struct aml_affine *src, unsigned flags)
{
	size_t bytes = amli_flat_bytes(dst, src);
	int rc = 0;

	plan->kernel = NULL;
	plan->op = NULL;
	plan->owned = false;
	if (bytes)
		amli_nest_flat(&plan->nest, dst->ptr, src->ptr, bytes);
	else
		rc = amli_nest_build(&plan->nest, dst, src, NULL);
	return rc ? rc : finish_apart(plan, flags);
}

int amli_plan_bytes(struct aml_plan *plan, void *dst, const void *src, size_t bytes, unsigned flags)
{
	if (bytes > PTRDIFF_MAX)
		return amli_fail(AML_EINVAL, "%zu bytes: more than an object can have", bytes);
	if (amli_runs_are_apart(dst, src, bytes))
		return finish_run(plan, dst, src, bytes, flags);
	amli_nest_flat(&plan->nest, dst, src, bytes);
	return finish_nest(plan, flags); /* to refuse it */
}

AMLI_HOT int amli_plan_init(struct aml_plan *plan, struct aml_layout *dst,
			    const struct aml_layout *src, aml_dma_operator op, void *arg,
			    unsigned flags)
{
	if (!dst || !src)
		return amli_fail(AML_EINVAL, "%s is NULL", dst ? "src" : "dst");
	plan->kernel = NULL;
	plan->op = NULL;
	plan->owned = false;
	plan->trials = NULL;
	if (!op)
		return amli_plan_layouts(plan, dst, src, NULL, flags);
	return amli_operator_init(plan, dst, src, op, arg, flags);
}

void amli_plan_release(struct aml_plan *plan)
{
	struct aml_layout *src = (struct aml_layout *)plan->src;

	if (plan->strategy == &amli_batch_strategy) {
		amli_batch_fini(&plan->batch);
	} else if (plan->strategy == &amli_index_strategy) {
		amli_index_fini(plan);
	} else if (plan->trials) {
		free(plan->trials);
	} else {
		aml_layout_destroy(&plan->dst);
		aml_layout_destroy(&src);
	}
}

int amli_plan_check_create(struct aml_plan **out, unsigned flags)
{
	const unsigned hints = AML_PLAN_STREAM | AML_PLAN_CACHED;

	if (!out)
		return amli_fail(AML_EINVAL, "plan is NULL: nowhere to put it");
	*out = NULL;
	if (flags & ~(hints | AML_PLAN_MEASURE) || (flags & hints) == hints)
		return amli_fail(AML_EINVAL,
				 "flags 0x%x: want AML_PLAN_DEFAULT, or MEASURE, STREAM or CACHED "
				 "of which not both",
				 flags);
	return 0;
}

int aml_plan_create_op(struct aml_plan **out, struct aml_layout *dst, const struct aml_layout *src,
		       aml_dma_operator op, void *arg, unsigned flags)
{
	struct aml_plan *plan;
	int rc = amli_plan_check_create(out, flags);

	if (rc)
		return rc;
	plan = amli_calloc(1, sizeof(*plan));
	if (!plan)
		return amli_fail(AML_ENOMEM, "no memory for a plan");
	rc = amli_plan_init(plan, dst, src, op, arg, flags);
	if (rc)
		free(plan);
	else
		*out = plan;
	return rc;
}

int aml_plan_create(struct aml_plan **out, const struct aml_layout *dst,
		    const struct aml_layout *src, unsigned flags)
{
	return aml_plan_create_op(out, (struct aml_layout *)dst, src, NULL, NULL, flags);
}

void aml_plan_destroy(struct aml_plan **plan)
{
	if (!plan || !*plan)
		return;
	amli_plan_fini(*plan);
	free(*plan);
	*plan = NULL;
}

const struct aml_nest *aml_plan_nest(const struct aml_plan *plan)
{
	return plan && plan->kernel ? &plan->nest : NULL;
}

AMLI_HOT bool aml_plan_is_operator(const struct aml_plan *plan)
{
	return plan && plan->op;
}

AMLI_HOT size_t aml_plan_bytes(const struct aml_plan *plan)
{
	return plan ? plan->bytes : 0;
}
