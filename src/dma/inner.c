/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Engines made of engines: a request's plan moves as a request of another engine, the
 * inner one.
 *
 * A cancel may look at the inner request at any time while the outer one exists, so all
 * that were ever forwarded for it, also refused ones, live until the outer request is
 * released or started again.  The call that forwards is the other user: submit of the
 * inner engine may end with everything over.
 */
#include "base/error.h"
#include "base/sync.h"
#include "dma/engine.h"

static int forward(struct aml_request *inner)
{
	int rc = amli_enter(inner, AMLI_AT_ONCE);

	if (rc)
		return rc;
	amli_stamp(inner);
	atomic_fetch_add_explicit(&inner->word, AMLI_SUBMITTING + AMLI_QUEUED - AMLI_PLANNED,
				  memory_order_release);
	rc = amli_hand_over(inner);
	if (rc == 0) /* private bytes of the inner engine are valid from here on */
		amli_submitted(inner);
	return rc;
}

/* A cancel may find the inner request from here on. */
static void publish(struct aml_request *req, struct aml_request *inner, aml_request_done_fn done)
{
	inner->outer = req;
	inner->done = done;
	inner->flags = req->flags;
	inner->counted = inner->engine->counted;
	inner->older = atomic_load_explicit(&req->inner, memory_order_relaxed);
	atomic_store_explicit(&inner->users, 2, memory_order_relaxed);
	atomic_store_explicit(&req->inner, inner, memory_order_release);
}

int aml_request_forward(struct aml_request *req, struct aml_dma *dma, aml_request_done_fn done)
{
	struct amli_engine *e = amli_engine_of(dma);
	struct aml_request *inner;
	int rc;

	if (!e)
		return amli_fail(AML_ENOTSUP, "a request goes only to engines of aml_dma_open()");
	rc = amli_request_alloc(e, &inner, AMLI_FORWARDED);
	if (rc)
		return rc;
	rc = amli_request_borrow(inner, req->plan);
	if (rc) {
		amli_request_release(inner);
		return rc;
	}
	publish(req, inner, done);
	rc = forward(inner);
	amli_forwarded_leave(inner);
	return rc;
}

void amli_forwarded_leave(struct aml_request *inner)
{
	if (atomic_fetch_sub_explicit(&inner->users, 1, memory_order_acq_rel) == 1)
		amli_request_release(inner);
}

void aml_request_forward_forget(struct aml_request *req)
{
	amli_request_forget_inner(req);
}

int aml_request_forward_cancel(struct aml_request *req)
{
	struct aml_request *inner = atomic_load_explicit(&req->inner, memory_order_acquire);
	uint64_t word;

	if (!inner)
		return -AML_EBUSY;
	word = atomic_fetch_or_explicit(&inner->word, AMLI_STOPPING, memory_order_acq_rel);
	if (word & AMLI_SUBMITTING || amli_state_of(word) < AMLI_QUEUED ||
	    amli_state_of(word) == AMLI_DONE)
		return -AML_EBUSY; /* who submits it does it */
	return inner->engine->ops->cancel(&inner->engine->pub, inner);
}

int aml_engine_progress(struct aml_dma *dma)
{
	struct amli_engine *e = amli_engine_of(dma);

	if (!e)
		return 0;
	amli_event_take(&e->event); /* before progress: see aml_dma_drain() */
	return e->ops->progress(&e->pub, NULL);
}

bool aml_engine_reaches(const struct aml_dma *dma, const struct aml_area *area)
{
	const struct amli_engine *e = amli_engine_of(dma);

	return e && e->ops->reaches(&e->pub, area);
}
