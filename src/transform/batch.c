/* SPDX-License-Identifier: BSD-3-Clause */
/* Many pairs of layouts -> one plan.  Most parts are a run of memory on both sides: they are
 * found without building a nest, and kept in three words. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "aml/area.h"
#include "base/error.h"
#include "base/mem.h"
#include "layout/layout.h"
#include "transform/nest.h"
#include "transform/strategy.h"

static bool is_reached(const struct aml_layout *layout, unsigned flags)
{
	return flags & AMLI_PLAN_ANYWHERE || aml_area_is_host(amli_layout_area(layout));
}

/* Any other part: planned like a copy of its own.  If its loops fuse to a run after all, the
 * run is kept, else the plan. */
static int plan_other(struct amli_part *part, struct aml_layout *dst, const struct aml_layout *src,
		      unsigned flags, size_t *bytes)
{
	struct aml_plan plan;
	int rc = amli_plan_init(&plan, dst, src, NULL, NULL, flags);

	if (rc)
		return rc;
	*bytes = plan.bytes;
	if (plan.kernel && plan.nest.nloops == 0 && plan.nest.dst) {
		part->dst = plan.nest.dst;
		part->src = plan.nest.src;
		return 0;
	}
	part->dst = NULL;
	part->plan = amli_calloc(1, sizeof(plan));
	if (!part->plan) {
		amli_plan_fini(&plan);
		return amli_fail(AML_ENOMEM, "no memory for its plan");
	}
	*part->plan = plan;
	return 0;
}

static int plan_part(struct amli_part *part, struct aml_layout *dst, const struct aml_layout *src,
		     unsigned flags, size_t *bytes)
{
	struct aml_affine d, s;

	if (!dst || !src)
		return amli_fail(AML_EINVAL, "%s is NULL", dst ? "src" : "dst");
	if (!is_reached(dst, flags) || !is_reached(src, flags) || amli_layout_affine(dst, &d) ||
	    amli_layout_affine(src, &s))
		return plan_other(part, dst, src, flags, bytes);
	*bytes = amli_flat_bytes(&d, &s);
	if (!*bytes)
		return plan_other(part, dst, src, flags, bytes);
	part->dst = d.ptr;
	part->src = s.ptr;
	return 0;
}

static int reserve(struct amli_parts *parts, size_t n)
{
	struct amli_part *part;

	if (n < parts->room)
		return 0;
	part = n < SIZE_MAX ? amli_calloc(n + 1, sizeof(*part)) : NULL;
	if (!part)
		return amli_fail(AML_ENOMEM, "no memory for %zu parts", n);
	free(parts->part);
	parts->part = part;
	parts->room = n + 1;
	return 0;
}

void amli_parts_fini(struct amli_parts *parts)
{
	free(parts->part);
	parts->part = NULL;
	parts->room = 0;
}

void amli_batch_fini(struct amli_batch *batch)
{
	for (const struct amli_part *part = batch->part; batch->nplans > 0; part++) {
		if (part->dst)
			continue;
		amli_plan_fini(part->plan);
		free(part->plan);
		batch->nplans--;
	}
}

/* Say which part was refused. */
static int refuse_part(size_t i, int rc)
{
	char why[200];

	snprintf(why, sizeof(why), "%s", aml_error_detail());
	return amli_fail(-rc, "part %zu: %s", i, why);
}

static int plan_parts(struct aml_plan *plan, struct amli_part *part, struct aml_layout *const dst[],
		      const struct aml_layout *const src[], unsigned flags)
{
	struct amli_batch *batch = &plan->batch;
	size_t bytes;

	part[0].start = 0;
	for (size_t i = 0; i < batch->n; i++) {
		int rc = plan_part(&part[i], dst[i], src[i], flags, &bytes);

		if (rc)
			return refuse_part(i, rc);
		batch->nplans += !part[i].dst;
		if (amli_add_overflows(part[i].start, bytes, &part[i + 1].start))
			return amli_fail(AML_EINVAL, "part %zu: the number of bytes overflows", i);
	}
	plan->bytes = part[batch->n].start;
	return 0;
}

int amli_plan_init_batch(struct aml_plan *plan, struct amli_parts *parts, size_t n,
			 struct aml_layout *const dst[], const struct aml_layout *const src[],
			 unsigned flags)
{
	const struct amli_kernel *kernel = amli_kernel_select(AMLI_COPY, 0);
	int rc;

	if (n == 0)
		return amli_fail(AML_EINVAL, "a batch of no parts: n must be at least 1");
	if (!dst || !src)
		return amli_fail(AML_EINVAL, "%s is NULL", dst ? "src" : "dst");
	rc = reserve(parts, n);
	if (rc)
		return rc;
	plan->batch.part = parts->part;
	plan->batch.n = n;
	plan->batch.nplans = 0;
	rc = plan_parts(plan, parts->part, dst, src, flags);
	if (rc) {
		amli_batch_fini(&plan->batch);
		return rc;
	}
	plan->strategy = &amli_batch_strategy;
	plan->kernel = NULL;
	plan->op = NULL;
	plan->owned = plan->batch.nplans > 0;
	plan->trials = NULL;
	/* a block per part and per grain: fine enough to cut */
	plan->batch.step = amli_div_up(plan->bytes, n + plan->bytes / AMLI_GRAIN);
	plan->blocks = plan->bytes ? amli_div_up(plan->bytes, plan->batch.step) : 0;
	plan->stream = kernel->stream && amli_plan_wants_stream(plan, flags);
	plan->body = plan->stream ? kernel->stream : kernel->run;
	return 0;
}

/* One block of memory: the plan, and the parts behind it. */
int aml_plan_create_batch(struct aml_plan **out, size_t n, struct aml_layout *const dst[],
			  const struct aml_layout *const src[], unsigned flags)
{
	struct amli_parts parts;
	struct aml_plan *plan;
	size_t bytes;
	int rc = amli_plan_check_create(out, flags);

	if (rc)
		return rc;
	if (amli_add_overflows(n, 1, &parts.room) ||
	    amli_mul_overflows(parts.room, sizeof(*parts.part), &bytes) ||
	    amli_add_overflows(bytes, sizeof(*plan), &bytes))
		return amli_fail(AML_ENOMEM, "no memory for %zu parts", n);
	plan = amli_aligned(_Alignof(max_align_t), bytes);
	if (!plan)
		return amli_fail(AML_ENOMEM, "no memory for %zu parts", n);
	parts.part = (struct amli_part *)(plan + 1);
	rc = amli_plan_init_batch(plan, &parts, n, dst, src, flags & ~AML_PLAN_MEASURE);
	if (rc)
		free(plan);
	else
		*out = plan;
	return rc;
}
