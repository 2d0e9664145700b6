/* SPDX-License-Identifier: BSD-3-Clause */
/* Submit: plan (job.c), find room, order, hand over.  From then on the request is the
 * engine's, until it completes it. */
#include "base/clock.h"
#include "base/error.h"
#include "base/hot.h"
#include "base/sync.h"
#include "dma/engine.h"
#include "dma/foreign.h"
#include "dma/job.h"
#include "dma/order.h"
#include "dma/trace.h"

/* ---- hand over ---- */

int amli_enter(struct aml_request *req, uint64_t limit_ns)
{
	struct amli_engine *e = req->engine;
	int rc;

	if (!req->counted)
		return 0;
	rc = amli_room_take(&e->room) ? 0 : amli_room_await(e, limit_ns);
	if (rc == 0)
		req->generation = amli_flight_enter(&e->flight);
	return rc;
}

void amli_leave(struct amli_engine *e, uint64_t generation)
{
	amli_room_leave(&e->room);
	amli_flight_leave(&e->flight, generation);
}

AMLI_HOT void amli_stamp(struct aml_request *req)
{
	amli_set(req->submitted, amli_ticks());
	amli_trace_submit(req->engine->text, amli_trace_id(req), req->bytes, req->plan);
}

/* An engine without a thread and without a descriptor shall be driven by ours. */
AMLI_HOT static int submit(struct amli_engine *e, struct aml_request *req)
{
	int rc;

	if (req->plan->strategy == &amli_pass_strategy) /* alone has something to begin */
		aml_plan_begin(req->plan);
	rc = e->ops->submit(&e->pub, req);
	if (e->pub.caps.flags & AML_DMA_PROGRESS && e->pub.fd < 0)
		amli_event_raise(&e->event);
	return rc;
}

/* Set in the word while it is handed over, if somebody without a handle of it may cancel it: close,
 * which lets callbacks submit, or who looks for deadlines that passed. */
static uint64_t exposed(const struct aml_request *req, uint64_t word)
{
	if (word & AMLI_SUBMITTING || amli_state_of(word) != AMLI_PLANNED)
		return 0;
	if (amli_patience() != AMLI_AT_ONCE && !amli_get(req->deadline_ns))
		return 0;
	return AMLI_SUBMITTING + AMLI_PIN;
}

AMLI_HOT int amli_hand_over(struct aml_request *req)
{
	struct amli_engine *e = req->engine;
	uint64_t generation = req->generation, word = amli_get(req->word);
	bool counted = req->counted, shared = amli_is_shared(req);
	uint64_t held = shared ? exposed(req, word) : 0;
	int rc;

	/* One that is over when submit returns stays PLANNED until it is DONE: a fence, which
	 * looks at all requests, shall not take it for one to wait for. */
	if (shared && amli_state_of(word) == AMLI_PLANNED)
		atomic_fetch_add_explicit(&req->word, held + AMLI_QUEUED - AMLI_PLANNED,
					  memory_order_release);
	rc = submit(e, req);
	if (rc == 0) {
		if (held) {
			amli_submitted(req);
			amli_unpin(req);
		}
		return 0;
	}
	if (shared) { /* in one step, or a cancel could take it for the engine's */
		atomic_fetch_sub_explicit(&req->word, held + AMLI_QUEUED - AMLI_PLANNED,
					  memory_order_release);
		amli_set(req->status, rc); /* others may come after it by now */
		amli_order_fire(amli_order_close(req), rc);
	}
	if (counted)
		amli_leave(e, generation);
	return rc;
}

void amli_submitted(struct aml_request *req)
{
	uint64_t word =
		atomic_fetch_and_explicit(&req->word, ~AMLI_SUBMITTING, memory_order_acq_rel);

	if (word & AMLI_STOPPING && amli_is_under_way(word))
		req->engine->ops->cancel(&req->engine->pub, req);
}

void amli_hand_over_late(struct aml_request *req)
{
	int rc = submit(req->engine, req);

	if (rc)
		aml_request_complete(req, rc);
	amli_submitted(req);
}

/* ---- jobs ---- */

/* It is planned and counted in. */
static int start(struct aml_request *req, const struct aml_dma_job *job)
{
	int rc = 0;

	amli_stamp(req);
	if (req->counted && amli_has_order(req->engine, job)) {
		rc = amli_order(req, job);
		if (rc < 0)
			amli_leave(req->engine, req->generation);
		if (rc)
			return rc > 0 ? 0 : rc;
	}
	return amli_hand_over(req);
}

int amli_submit_planned(struct aml_request *req, struct aml_dma_request **out,
			const struct aml_dma_job *job, int rc, uint64_t limit_ns)
{
	if (rc == 0)
		rc = amli_enter(req, limit_ns);
	if (rc == 0) {
		if (out)
			*out = amli_handle(req);
		rc = start(req, job);
	}
	if (rc) {
		if (out)
			*out = NULL;
		amli_request_release(req);
	}
	return rc;
}

/* In one piece: the calls within cost more than what they do. */
AMLI_HOT __attribute__((flatten)) int amli_submit(struct amli_engine *e,
						  struct aml_dma_request **out,
						  const struct aml_dma_job *job, uint64_t limit_ns)
{
	struct aml_request *req;
	int rc = amli_request_alloc(e, &req, out ? AMLI_HELD : AMLI_DETACHED);

	if (rc)
		return rc;
	amli_job_describe(req, job);
	return amli_submit_planned(req, out, job, amli_job_plan(req, job), limit_ns);
}

/* A copy that is waited for at once: the request is on the stack, and what planning
 * borrows outlives it. */
AMLI_HOT static int copy(struct amli_engine *e, const struct aml_dma_job *job)
{
	struct aml_request req;
	int rc;

	amli_request_make(&req, e, 0);
	amli_request_reset(&req, AMLI_SYNC);
	amli_job_describe(&req, job);
	rc = amli_job_plan(&req, job);
	if (rc)
		return rc;
	rc = amli_enter(&req, AMLI_NEVER);
	if (rc == 0) {
		amli_stamp(&req);
		rc = amli_hand_over(&req);
	}
	if (rc == 0) {
		amli_await(&req, 1, AMLI_NEVER);
		rc = amli_get(req.status);
	}
	amli_request_fini(&req);
	return rc;
}

static int copy_in_order(struct amli_engine *e, const struct aml_dma_job *job)
{
	struct aml_dma_request *req;
	int rc = amli_submit(e, &req, job, AMLI_NEVER);

	return rc ? rc : aml_dma_wait(&e->dma, &req);
}

/* ---- AML's verbs ---- */

/* Field by field: gcc clears a whole struct of this size with rep stos, which takes some
 * nanoseconds. */
static struct aml_dma_job sides(struct aml_layout *dst, const struct aml_layout *src,
				aml_dma_operator op, void *op_arg)
{
	struct aml_dma_job job;

	job.size = sizeof(job);
	job.dst = dst;
	job.src = src;
	job.op = op;
	job.op_arg = op_arg;
	job.plan = NULL;
	job.flags = 0;
	job.after = NULL;
	job.nafter = 0;
	job.timeout_us = 0;
	job.done = NULL;
	job.done_arg = NULL;
	return job;
}

static int check_sides(const struct aml_layout *dst, const struct aml_layout *src)
{
	if (dst && src)
		return 0;
	return amli_fail(AML_EINVAL, "%s is NULL", dst ? "src" : "dst");
}

AMLI_HOT int aml_dma_copy_custom(struct aml_dma *dma, struct aml_layout *dst,
				 const struct aml_layout *src, aml_dma_operator op, void *op_arg)
{
	const struct aml_dma_job job = sides(dst, src, op, op_arg);
	struct amli_engine *e;
	int rc = amli_engine_get(dma, &e);

	if (rc == 0)
		rc = check_sides(dst, src);
	if (rc)
		return rc;
	if (!e)
		return amli_foreign_copy(dma, dst, src, op, op_arg);
	rc = e->counted ? amli_may_block() : 0;
	if (rc)
		return rc;
	return atomic_load_explicit(&e->fence, memory_order_acquire) ? copy_in_order(e, &job)
								     : copy(e, &job);
}

AMLI_HOT int aml_dma_copy(struct aml_dma *dma, struct aml_layout *dst, const struct aml_layout *src)
{
	return aml_dma_copy_custom(dma, dst, src, NULL, NULL);
}

AMLI_HOT int aml_dma_async_copy_custom(struct aml_dma *dma, struct aml_dma_request **req,
				       struct aml_layout *dst, const struct aml_layout *src,
				       aml_dma_operator op, void *op_arg)
{
	const struct aml_dma_job job = sides(dst, src, op, op_arg);
	struct amli_engine *e;
	int rc;

	if (req)
		*req = NULL;
	rc = amli_engine_get(dma, &e);
	if (rc == 0)
		rc = check_sides(dst, src);
	if (rc)
		return rc;
	return e ? amli_submit(e, req, &job, amli_patience())
		 : amli_foreign_submit(dma, req, dst, src, op, op_arg);
}

AMLI_HOT int aml_dma_async_copy(struct aml_dma *dma, struct aml_dma_request **req,
				struct aml_layout *dst, const struct aml_layout *src)
{
	return aml_dma_async_copy_custom(dma, req, dst, src, NULL, NULL);
}

int aml_dma_async_plan(struct aml_dma *dma, struct aml_dma_request **req,
		       const struct aml_plan *plan)
{
	const struct aml_dma_job job = {.size = sizeof(job), .plan = plan};

	return aml_dma_submit(dma, req, &job);
}

/* ---- ours ---- */

static int submit_job(struct aml_dma *dma, struct aml_dma_request **req,
		      const struct aml_dma_job *job, uint64_t limit_ns)
{
	struct amli_engine *e;
	int rc;

	if (req)
		*req = NULL;
	rc = amli_engine_need(dma, &e);
	if (rc == 0)
		rc = amli_job_check(job);
	return rc ? rc : amli_submit(e, req, job, limit_ns);
}

int aml_dma_submit(struct aml_dma *dma, struct aml_dma_request **req, const struct aml_dma_job *job)
{
	return submit_job(dma, req, job, amli_patience());
}

int aml_dma_try_submit(struct aml_dma *dma, struct aml_dma_request **req,
		       const struct aml_dma_job *job)
{
	return submit_job(dma, req, job, AMLI_AT_ONCE);
}

int aml_dma_submit_for(struct aml_dma *dma, struct aml_dma_request **req,
		       const struct aml_dma_job *job, int64_t timeout_us)
{
	uint64_t limit_ns = timeout_us ? amli_patience() : AMLI_AT_ONCE;

	if (limit_ns == AMLI_NEVER)
		limit_ns = amli_limit_ns(timeout_us);
	return submit_job(dma, req, job, limit_ns);
}
