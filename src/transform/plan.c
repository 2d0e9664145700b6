/* SPDX-License-Identifier: BSD-3-Clause */
/* Two layouts -> nest -> strategy and kernel. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cpu.h"
#include "base/error.h"
#include "base/mem.h"
#include "layout/layout.h"
#include "transform/nest.h"
#include "transform/operator.h"
#include "transform/pack.h"
#include "transform/strategy.h"

/* Streamed stores pay once what is written does not stay in the last cache anyway. */
bool amli_plan_wants_stream(const struct aml_plan *plan, unsigned flags)
{
	if (flags & (AML_PLAN_STREAM | AML_PLAN_CACHED))
		return flags & AML_PLAN_STREAM;
	return plan->bytes >= ((size_t)1 << 20) && plan->bytes >= amli_cache_bytes(3) / 2;
}

/* The nest does not overlap itself. */
static int finish_apart(struct aml_plan *plan, unsigned flags)
{
	const struct amli_strategy *s = amli_nest_strategies;
	const struct aml_nest *nest = &plan->nest;

	while (!s->applicable(nest))
		s++;
	plan->strategy = s;
	plan->kernel = amli_kernel_select(s->op, nest->element);
	plan->bytes = amli_nest_bytes(nest);
	plan->blocks = plan->bytes > 0;
	plan->ndigits = 0;
	plan->block.element = nest->element;
	plan->group.n = 0;
	plan->axis[0].nloops = 0;
	plan->stream = plan->kernel->stream && amli_plan_wants_stream(plan, flags);
	s->cut(plan);
	plan->body = plan->stream && !plan->group.n ? plan->kernel->stream : plan->kernel->run;
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
	if (aml_layout_area(dst) || aml_layout_area(src))
		return amli_fail(AML_ENOTSUP, "%s is not in host memory",
				 aml_layout_area(dst) ? "dst" : "src");
	return 0;
}

int amli_plan_layouts(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		      const size_t *perm, unsigned flags)
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
	if (bytes) {
		amli_nest_flat(&plan->nest, d.ptr, s.ptr, bytes);
		return finish_apart(plan, flags);
	}
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
	amli_nest_flat(&plan->nest, dst, src, bytes);
	return finish_nest(plan, flags);
}

int amli_plan_init(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		   aml_dma_operator op, void *arg, unsigned flags)
{
	if (!dst || !src)
		return amli_fail(AML_EINVAL, "%s is NULL", dst ? "src" : "dst");
	plan->kernel = NULL;
	plan->op = NULL;
	plan->owned = false;
	if (!op)
		return amli_plan_layouts(plan, dst, src, NULL, flags);
	return amli_operator_init(plan, dst, src, op, arg, flags);
}

void amli_plan_fini(struct aml_plan *plan)
{
	struct aml_layout *src = (struct aml_layout *)plan->src;

	if (plan->strategy == &amli_batch_strategy)
		amli_batch_fini(&plan->batch);
	if (!plan->owned)
		return;
	aml_layout_destroy(&plan->dst);
	aml_layout_destroy(&src);
}

int amli_plan_check_create(struct aml_plan **out, unsigned flags)
{
	const unsigned hints = AML_PLAN_STREAM | AML_PLAN_CACHED;

	if (!out)
		return amli_fail(AML_EINVAL, "plan is NULL: nowhere to put it");
	*out = NULL;
	if (flags & ~hints || flags == hints)
		return amli_fail(AML_EINVAL,
				 "flags 0x%x: want AML_PLAN_DEFAULT, _STREAM or _CACHED", flags);
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

int aml_plan_describe(const struct aml_plan *plan, char *text, size_t size)
{
	char *whole = NULL;
	size_t len = 0;
	FILE *out;
	int n;

	if (!plan || (!text && size > 0))
		return amli_fail(AML_EINVAL, "%s is NULL", plan ? "text" : "plan");
	out = open_memstream(&whole, &len);
	if (!out)
		return snprintf(text, size, "%s", plan->strategy->name);
	plan->strategy->describe(plan, out);
	fclose(out);
	n = snprintf(text, size, "%s", whole);
	free(whole);
	return n;
}

const struct aml_nest *aml_plan_nest(const struct aml_plan *plan)
{
	return plan && plan->kernel ? &plan->nest : NULL;
}

bool aml_plan_is_operator(const struct aml_plan *plan)
{
	return plan && plan->op;
}

size_t aml_plan_bytes(const struct aml_plan *plan)
{
	return plan ? plan->bytes : 0;
}
