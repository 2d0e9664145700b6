/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Engines made of engines: a request's plan moves as a request of another engine, the
 * inner one.
 *
 * A cancel may look at the inner request at any time while the outer one exists, so all
 * that were ever forwarded for it, also refused ones, live until the outer request is
 * released.  The call that forwards is the other user: submit of the inner engine may
 * end with everything over.
 */
#include "base/error.h"
#include "dma/engine.h"

static int forward(struct aml_dma_request *inner)
{
	int rc = amli_request_borrow(inner, inner->outer->plan);

	if (rc)
		return rc;
	rc = amli_request_submit(inner);
	if (rc == 0) /* private bytes of the inner engine are valid from here on */
		atomic_fetch_or_explicit(&inner->state, AMLI_ACCEPTED, memory_order_release);
	return rc;
}

int aml_request_forward(struct aml_dma_request *req, struct aml_dma *dma, aml_request_done_fn done)
{
	struct amli_engine *e = amli_engine_of(dma);
	struct aml_dma_request *inner;
	int rc;

	if (!e)
		return amli_fail(AML_ENOTSUP, "a request goes only to engines of aml_dma_open()");
	rc = amli_request_alloc(e, &inner, AMLI_FORWARDED);
	if (rc)
		return rc;
	inner->outer = req;
	inner->done = done;
	inner->next = atomic_load_explicit(&req->inner, memory_order_relaxed);
	atomic_store_explicit(&inner->users, 2, memory_order_relaxed);
	atomic_store_explicit(&req->inner, inner, memory_order_release);
	rc = forward(inner);
	amli_forwarded_leave(inner);
	return rc;
}

void amli_forwarded_leave(struct aml_dma_request *inner)
{
	if (atomic_fetch_sub_explicit(&inner->users, 1, memory_order_acq_rel) == 1)
		amli_request_release(inner);
}

int aml_request_forward_cancel(struct aml_dma_request *req)
{
	struct aml_dma_request *inner = atomic_load_explicit(&req->inner, memory_order_acquire);
	uint32_t state;

	if (!inner)
		return -AML_EBUSY;
	state = atomic_load_explicit(&inner->state, memory_order_acquire);
	if (!(state & AMLI_ACCEPTED) || (state & AMLI_STATE) == AMLI_DONE)
		return -AML_EBUSY;
	return inner->engine->ops->cancel(&inner->engine->pub, inner);
}

int aml_engine_progress(struct aml_dma *dma)
{
	struct amli_engine *e = amli_engine_of(dma);

	return e ? e->ops->progress(&e->pub, NULL) : 0;
}

bool aml_engine_reaches(const struct aml_dma *dma, const struct aml_area *area)
{
	const struct amli_engine *e = amli_engine_of(dma);

	return e && e->ops->reaches(&e->pub, area);
}
