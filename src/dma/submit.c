/* SPDX-License-Identifier: BSD-3-Clause */
/* Submit: validate, plan, hand over.  From then on the request is the engine's, until it
 * completes it. */
#include "aml/area.h"
#include "aml/dma/linux.h"
#include "base/error.h"
#include "dma/engine.h"
#include "dma/foreign.h"

static int check_side(const struct amli_engine *e, const struct aml_layout *layout,
		      const char *side)
{
	const struct aml_area *area = aml_layout_area(layout);

	if (area ? e->ops->reaches(&e->pub, area) : e->pub.caps.flags & AML_DMA_HOST)
		return 0;
	return amli_fail(AML_ENOTSUP, "engine %s cannot reach %s, which is in %s memory",
			 e->backend->name, side, area ? "other" : "host");
}

static int check_reach(const struct amli_engine *e, const struct aml_layout *dst,
		       const struct aml_layout *src)
{
	int rc = check_side(e, dst, "dst");

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
	if (!aml_plan_is_operator(plan) || e->pub.caps.flags & AML_DMA_OPERATORS)
		return 0;
	return amli_fail(AML_ENOTSUP, "engine %s runs no custom operators", e->backend->name);
}

/* What @op gets decides what there is to check: layouts, addresses, or anything. */
static int check_plan(const struct amli_engine *e, const struct aml_plan *plan,
		      const struct aml_layout *dst, const struct aml_layout *src,
		      aml_dma_operator op)
{
	if (aml_plan_is_operator(plan))
		return check_operator(e, plan);
	return op == aml_dma_linux_memcpy_op ? check_host(e) : check_reach(e, dst, src);
}

int amli_request_plan(struct aml_dma_request *req, struct aml_layout *dst,
		      const struct aml_layout *src, aml_dma_operator op, void *arg)
{
	const struct amli_engine *e = req->engine;
	unsigned flags = AMLI_PLAN_ANYWHERE;
	int rc;

	if (req->kind == AMLI_SYNC || e->pub.caps.flags & AML_DMA_INLINE)
		flags |= AMLI_PLAN_BORROW;
	rc = amli_plan_init(&req->own, dst, src, op, arg, flags);
	if (rc)
		return rc;
	rc = check_plan(e, &req->own, dst, src, op);
	if (rc) {
		amli_plan_fini(&req->own);
		return rc;
	}
	req->plan = &req->own;
	atomic_store_explicit(&req->state, AMLI_PLANNED, memory_order_relaxed);
	return 0;
}

int amli_request_borrow(struct aml_dma_request *req, const struct aml_plan *plan)
{
	int rc = check_operator(req->engine, plan);

	if (rc)
		return rc;
	req->plan = plan;
	atomic_store_explicit(&req->state, AMLI_PLANNED, memory_order_relaxed);
	return 0;
}

int amli_request_submit(struct aml_dma_request *req)
{
	struct amli_engine *e = req->engine;
	int rc;

	if (e->counted)
		req->generation = amli_flight_enter(&e->flight);
	atomic_store_explicit(&req->state, AMLI_QUEUED, memory_order_release);
	rc = e->ops->submit(&e->pub, req);
	if (rc == 0)
		return 0;
	atomic_store_explicit(&req->state, AMLI_PLANNED, memory_order_relaxed);
	if (e->counted)
		amli_flight_leave(&e->flight, req->generation);
	return rc;
}

/* The end of every asynchronous submit: @rc says how planning went. */
static int start(struct aml_dma_request *req, struct aml_dma_request **out, int rc)
{
	if (rc == 0) {
		if (out)
			*out = req;
		rc = amli_request_submit(req);
	}
	if (rc) {
		if (out)
			*out = NULL;
		amli_request_release(req);
	}
	return rc;
}

int amli_submit(struct amli_engine *e, struct aml_dma_request **out, struct aml_layout *dst,
		const struct aml_layout *src, aml_dma_operator op, void *arg)
{
	struct aml_dma_request *req;
	int rc = amli_request_alloc(e, &req, out ? AMLI_HELD : AMLI_DETACHED);

	if (rc)
		return rc;
	return start(req, out, amli_request_plan(req, dst, src, op, arg));
}

/* A copy that is waited for at once: the request is on the stack, and what planning
 * borrows outlives it. */
static int copy(struct amli_engine *e, struct aml_layout *dst, const struct aml_layout *src,
		aml_dma_operator op, void *arg)
{
	struct aml_dma_request req;
	int rc;

	amli_request_init(&req, e, AMLI_SYNC);
	rc = amli_request_plan(&req, dst, src, op, arg);
	if (rc)
		return rc;
	rc = amli_request_submit(&req);
	if (rc == 0) {
		amli_await(&req);
		rc = req.status;
	}
	amli_request_fini(&req);
	return rc;
}

static int check_arguments(const struct aml_dma *dma, const struct aml_layout *dst,
			   const struct aml_layout *src)
{
	if (dma && dst && src)
		return 0;
	return amli_fail(AML_EINVAL, "%s is NULL", !dma ? "dma" : !dst ? "dst" : "src");
}

int aml_dma_copy_custom(struct aml_dma *dma, struct aml_layout *dst, const struct aml_layout *src,
			aml_dma_operator op, void *op_arg)
{
	int rc = check_arguments(dma, dst, src);
	struct amli_engine *e;

	if (rc)
		return rc;
	e = amli_engine_of(dma);
	return e ? copy(e, dst, src, op, op_arg) : amli_foreign_copy(dma, dst, src, op, op_arg);
}

int aml_dma_copy(struct aml_dma *dma, struct aml_layout *dst, const struct aml_layout *src)
{
	return aml_dma_copy_custom(dma, dst, src, NULL, NULL);
}

int aml_dma_async_copy_custom(struct aml_dma *dma, struct aml_dma_request **req,
			      struct aml_layout *dst, const struct aml_layout *src,
			      aml_dma_operator op, void *op_arg)
{
	struct amli_engine *e;
	int rc;

	if (req)
		*req = NULL;
	rc = check_arguments(dma, dst, src);
	if (rc)
		return rc;
	e = amli_engine_of(dma);
	return e ? amli_submit(e, req, dst, src, op, op_arg)
		 : amli_foreign_submit(dma, req, dst, src, op, op_arg);
}

int aml_dma_async_copy(struct aml_dma *dma, struct aml_dma_request **req, struct aml_layout *dst,
		       const struct aml_layout *src)
{
	return aml_dma_async_copy_custom(dma, req, dst, src, NULL, NULL);
}

int aml_dma_async_plan(struct aml_dma *dma, struct aml_dma_request **out,
		       const struct aml_plan *plan)
{
	struct amli_engine *e = amli_engine_of(dma);
	struct aml_dma_request *req;
	int rc;

	if (out)
		*out = NULL;
	if (!dma || !plan)
		return amli_fail(AML_EINVAL, "%s is NULL", !dma ? "dma" : "plan");
	if (!e)
		return amli_fail(AML_ENOTSUP, "an engine of the program's own takes no plans");
	rc = check_host(e);
	if (rc == 0)
		rc = amli_request_alloc(e, &req, out ? AMLI_HELD : AMLI_DETACHED);
	return rc ? rc : start(req, out, amli_request_borrow(req, plan));
}
