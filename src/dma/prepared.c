/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests that are planned once and started many times. */
#include <sched.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/sync.h"
#include "dma/engine.h"
#include "dma/job.h"
#include "dma/many.h"
#include "dma/order.h"

int aml_dma_prepare(struct aml_dma *dma, struct aml_dma_request **out,
		    const struct aml_dma_job *job)
{
	struct aml_request *req;
	struct amli_engine *e;
	int rc;

	if (!out)
		return amli_fail(AML_EINVAL, "req is NULL: nowhere to put it");
	*out = NULL;
	rc = amli_engine_need(dma, &e);
	if (rc == 0)
		rc = amli_job_check(job);
	if (rc)
		return rc;
	if (job->nafter || job->flags & AML_DMA_FENCE)
		return amli_fail(AML_EINVAL, "a prepared request comes after no others");
	rc = amli_request_alloc(e, &req, AMLI_PREPARED);
	if (rc)
		return rc;
	amli_job_describe(req, job);
	rc = amli_job_plan(req, job);
	if (rc) {
		amli_request_release(req);
		return rc;
	}
	*out = amli_handle(req);
	return 0;
}

/* Waits for a thread that lets go of it in a moment: it submitted the last run, or cancels it
 * and looks at private bytes.  Not for ever, for it may be this thread, further up. */
#define LET_GO_TRIES 1000u

static bool is_held(uint64_t word)
{
	return word & AMLI_SUBMITTING || (word & AMLI_STOPPING && word & AMLI_PINS);
}

static int claim_word(struct aml_request *req, uint64_t generation, bool *was_done)
{
	uint64_t word = atomic_load_explicit(&req->word, memory_order_acquire), next;
	unsigned tries = 0;

	do {
		while (is_held(word) && !amli_is_under_way(word) && tries++ < LET_GO_TRIES) {
			sched_yield();
			word = atomic_load_explicit(&req->word, memory_order_acquire);
		}
		if (!amli_handle_fits(word, generation) || amli_get(req->kind) != AMLI_PREPARED)
			return amli_fail(AML_EINVAL, "not a prepared request");
		if (amli_is_under_way(word) || is_held(word))
			return amli_fail(AML_EBUSY, "the request was started, and is not done");
		next = ((word & (AMLI_GENERATION | AMLI_PINS)) + AMLI_PIN + AMLI_RUN) |
		       AMLI_PLANNED | AMLI_SUBMITTING;
	} while (!atomic_compare_exchange_weak_explicit(
		&req->word, &word, next, memory_order_acq_rel, memory_order_acquire));
	*was_done = amli_state_of(word) == AMLI_DONE;
	return 0;
}

/* How a run ended that nobody has waited for: it counts again if the next is refused. */
struct past {
	bool is_done;	/* there is one; else the rest is not set */
	bool is_untold; /* it failed, and no barrier has told */
	bool expired;
	unsigned char ended_in, side;
	int status;
	size_t moved, offset;
	uint64_t submitted, started, ended;
	uint64_t generation;
};

static void remember(struct past *past, const struct aml_request *req)
{
	past->expired = amli_get(req->expired);
	past->ended_in = amli_get(req->ended_in);
	past->side = amli_get(req->side);
	past->status = amli_get(req->status);
	past->moved = amli_get(req->moved);
	past->offset = amli_get(req->offset);
	past->submitted = amli_get(req->submitted);
	past->started = amli_get(req->started);
	past->ended = amli_get(req->ended);
	past->generation = req->generation;
}

static void restore(struct aml_request *req, const struct past *past)
{
	amli_set(req->expired, past->expired);
	amli_set(req->ended_in, past->ended_in);
	amli_set(req->side, past->side);
	amli_set(req->status, past->status);
	amli_set(req->moved, past->moved);
	amli_set(req->offset, past->offset);
	amli_set(req->submitted, past->submitted);
	amli_set(req->started, past->started);
	amli_set(req->ended, past->ended);
	req->generation = past->generation;
	if (past->is_untold)
		amli_failure_keep(req, past->status);
}

/* Make it this thread's to start; it is pinned then.  It stays PLANNED until it has forgotten
 * the last run, so that what comes after it is not put in a list that is about to go. */
static int claim(struct aml_request *req, uint64_t generation, struct past *past)
{
	int rc;

	past->is_done = false;
	rc = claim_word(req, generation, &past->is_done);
	if (rc)
		return rc;
	if (past->is_done)
		remember(past, req);
	past->is_untold = amli_get(req->status) && amli_failure_forget(req);
	amli_request_forget_inner(req);
	amli_request_rewind(req);
	if (req->timeout_ns)
		amli_set(req->deadline_ns, amli_now_ns() + req->timeout_ns);
	return 0;
}

/* It did not start. */
static void unclaim(struct aml_request *req, const struct past *past)
{
	uint64_t word = atomic_load_explicit(&req->word, memory_order_relaxed), next;

	if (past->is_done)
		restore(req, past);
	do {
		next = (word & (AMLI_GENERATION | AMLI_PINS)) |
		       (past->is_done ? AMLI_DONE : AMLI_PLANNED);
	} while (!atomic_compare_exchange_weak(&req->word, &word, next));
	if (word & AMLI_WAITER) /* one that came too early */
		amli_futex_wake(amli_futex_of(&req->word));
	if (word & AMLI_WATCHED)
		amli_many_wake();
}

/* 1: it is BLOCKED. */
static int submit(struct aml_request *req)
{
	static const struct aml_dma_job plain;
	struct amli_engine *e = req->engine;
	uint64_t generation;
	int rc;

	req->counted = e->counted || req->callback || amli_has_order(e, &plain);
	rc = amli_enter(req, AMLI_AT_ONCE);
	if (rc) { /* others may come after it by now */
		amli_set(req->status, rc);
		amli_order_fire(amli_order_close(req), rc);
		return rc;
	}
	amli_stamp(req);
	generation = req->generation;
	if (req->counted && amli_has_order(e, &plain)) {
		rc = amli_order(req, &plain);
		if (rc < 0)
			amli_leave(e, generation);
		if (rc)
			return rc;
	}
	return amli_hand_over(req);
}

int aml_dma_start(struct aml_dma *dma, struct aml_dma_request *handle)
{
	struct aml_request *req;
	struct amli_engine *e;
	uint64_t generation;
	struct past past;
	int rc = amli_engine_need(dma, &e);

	if (rc == 0)
		rc = amli_handle_find(e, handle, &req, &generation);
	if (rc == 0)
		rc = claim(req, generation, &past);
	if (rc)
		return rc;
	rc = submit(req);
	if (rc < 0)
		unclaim(req, &past);
	else if (rc == 0)
		amli_submitted(req);
	amli_unpin(req);
	return rc < 0 ? rc : 0;
}

/* The request is pinned. */
static int release(struct aml_request *req)
{
	uint64_t word = atomic_load_explicit(&req->word, memory_order_acquire), next;

	do {
		enum amli_state state = amli_state_of(word);

		if ((state != AMLI_PLANNED && state != AMLI_DONE) || word & AMLI_SUBMITTING)
			return amli_fail(AML_EBUSY, "the request was started, and is not done: "
						    "wait for it, or cancel it");
		next = amli_word_of_next_life(word);
	} while (!atomic_compare_exchange_weak_explicit(
		&req->word, &word, next, memory_order_acq_rel, memory_order_acquire));
	amli_failure_forget(req);
	return 0;
}

int aml_dma_release(struct aml_dma *dma, struct aml_dma_request **handle)
{
	struct aml_request *req;
	struct amli_engine *e;
	int rc;

	if (!handle || !*handle)
		return 0;
	rc = amli_engine_need(dma, &e);
	if (rc == 0)
		rc = amli_pin(e, *handle, &req);
	if (rc)
		return rc;
	if (amli_get(req->kind) == AMLI_PREPARED)
		rc = release(req);
	else
		rc = amli_fail(AML_EINVAL, "not a prepared request: wait for it, or cancel it");
	if (rc == 0)
		*handle = NULL;
	amli_unpin(req);
	return rc;
}
