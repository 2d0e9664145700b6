/* SPDX-License-Identifier: BSD-3-Clause */
/* Jobs: what a program asks for, checked, and planned for an engine. */
#include "base/hot.h"
#include "dma/job.h"

#include "aml/area.h"
#include "aml/dma/linux.h"
#include "base/error.h"
#include "base/sync.h"
#include "layout/layout.h"

int amli_job_check(const struct aml_dma_job *job)
{
	const unsigned known = AML_DMA_URGENT | AML_DMA_FENCE | AML_DMA_ANYWAY;

	if (!job)
		return amli_fail(AML_EINVAL, "job is NULL");
	if (job->size != sizeof(*job))
		return amli_fail(AML_EINVAL, "job->size is %zu: set it to sizeof(*job), %zu",
				 job->size, sizeof(*job));
	if (job->flags & ~known)
		return amli_fail(AML_EINVAL, "job->flags 0x%x: 0x%x are known", job->flags, known);
	if (job->nafter > AML_DMA_AFTER_MAX || (job->nafter && !job->after))
		return amli_fail(AML_EINVAL, "nafter is %zu: want 0 to %d, and an array",
				 job->nafter, AML_DMA_AFTER_MAX);
	if (job->plan && (job->dst || job->src || job->op))
		return amli_fail(AML_EINVAL,
				 "a job has a plan, or sides and an operator, not both");
	if (!job->plan && (!job->dst || !job->src))
		return amli_fail(AML_EINVAL, "job->%s is NULL, and there is no plan",
				 job->dst ? "src" : "dst");
	return 0;
}

/* A batch may meet several on one side: no engine reaches this one. */
static int print_several(const struct aml_area_data *data, FILE *stream, const char *prefix)
{
	(void)data;
	return fprintf(stream, "%sseveral areas\n", prefix) < 0 ? -AML_EIO : 0;
}

static struct aml_area_ops several_ops = {.fprintf = print_several};
static const struct aml_area several = {.ops = &several_ops};

void amli_job_note_areas(struct aml_request *req, const struct aml_layout *dst,
			 const struct aml_layout *src)
{
	const struct aml_area *area[] = {amli_layout_area(dst), amli_layout_area(src)};

	for (int i = 0; i < 2; i++) {
		if (aml_area_is_host(area[i]))
			area[i] = NULL;
		req->area[i] = req->in_areas && req->area[i] != area[i] ? &several : area[i];
	}
	req->in_areas = true;
}

static int check_side(const struct amli_engine *e, const struct aml_layout *layout,
		      const char *side)
{
	const struct aml_area *area = amli_layout_area(layout);
	char name[100];

	if (amli_engine_reaches(e, area))
		return 0;
	aml_area_name(area, name, sizeof(name));
	return amli_fail(AML_ENOTSUP, "engine %s cannot reach %s, which is in %s", e->backend->name,
			 side, name);
}

AMLI_HOT int amli_check_reach(struct aml_request *req, const struct aml_layout *dst,
			      const struct aml_layout *src)
{
	const struct amli_engine *e = req->engine;
	bool in_host = !amli_layout_area(dst) && !amli_layout_area(src);
	int rc;

	if (in_host && e->pub.caps.flags & AML_DMA_HOST)
		return 0;
	if (!in_host)
		amli_job_note_areas(req, dst, src);
	rc = check_side(e, dst, "dst");
	return rc ? rc : check_side(e, src, "src");
}

static int check_host(const struct amli_engine *e)
{
	if (e->pub.caps.flags & AML_DMA_HOST)
		return 0;
	return amli_fail(AML_ENOTSUP, "engine %s cannot reach host memory", e->backend->name);
}

static int check_operator(const struct amli_engine *e, const struct aml_plan *plan)
{
	if (!plan->op || e->pub.caps.flags & AML_DMA_OPERATORS)
		return 0;
	return amli_fail(AML_ENOTSUP, "engine %s runs no custom operators", e->backend->name);
}

/* What @op gets decides what there is to check: layouts, addresses, or anything. */
static int check_plan(struct aml_request *req, const struct aml_layout *dst,
		      const struct aml_layout *src, aml_dma_operator op)
{
	if (req->own.op)
		return check_operator(req->engine, &req->own);
	return op == aml_dma_linux_memcpy_op ? check_host(req->engine)
					     : amli_check_reach(req, dst, src);
}

void amli_request_planned(struct aml_request *req, const struct aml_plan *plan)
{
	req->plan = plan;
	req->bytes = plan->bytes;
	amli_set(req->word, amli_get(req->word) + AMLI_PLANNED - AMLI_FREE); /* not shared yet */
}

AMLI_HOT int amli_request_plan(struct aml_request *req, struct aml_layout *dst,
			       const struct aml_layout *src, aml_dma_operator op, void *arg)
{
	unsigned flags = AMLI_PLAN_ANYWHERE;
	int rc;

	if (amli_get(req->kind) == AMLI_SYNC || !amli_is_shared(req))
		flags |= AMLI_PLAN_BORROW; /* it is over before the layouts can go */
	rc = amli_plan_init(&req->own, dst, src, op, arg, flags);
	if (rc)
		return rc;
	rc = check_plan(req, dst, src, op);
	if (rc) {
		amli_plan_fini(&req->own);
		return rc;
	}
	amli_request_planned(req, &req->own);
	return 0;
}

int amli_request_borrow(struct aml_request *req, const struct aml_plan *plan)
{
	int rc = check_operator(req->engine, plan);

	if (rc == 0)
		amli_request_planned(req, plan);
	return rc;
}

void amli_job_limit(struct aml_request *req, const struct aml_dma_job *job)
{
	uint64_t limit_ns = amli_limit_ns(job->timeout_us);

	if (limit_ns == AMLI_NEVER)
		return;
	amli_set(req->deadline_ns, limit_ns);
	req->timeout_ns = (uint64_t)job->timeout_us * 1000;
	if (!amli_get(req->engine->deadlines))
		amli_set(req->engine->deadlines, true);
}

AMLI_HOT int amli_job_plan(struct aml_request *req, const struct aml_dma_job *job)
{
	int rc;

	if (!job->plan)
		return amli_request_plan(req, job->dst, job->src, job->op, job->op_arg);
	rc = check_host(req->engine);
	return rc ? rc : amli_request_borrow(req, job->plan);
}
