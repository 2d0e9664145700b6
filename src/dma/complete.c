/* SPDX-License-Identifier: BSD-3-Clause */
/* Start and completion, called by engines. */
#include "base/sync.h"
#include "dma/engine.h"

void aml_request_start(struct aml_dma_request *req)
{
	uint32_t state = atomic_load_explicit(&req->state, memory_order_relaxed);

	if (!req->engine->counted) { /* nobody else has seen it yet */
		atomic_store_explicit(&req->state, AMLI_RUNNING, memory_order_relaxed);
	} else {
		while ((state & AMLI_STATE) == AMLI_QUEUED &&
		       !atomic_compare_exchange_weak_explicit(
			       &req->state, &state, state - AMLI_QUEUED + AMLI_RUNNING,
			       memory_order_relaxed, memory_order_relaxed))
			;
	}
	if (req->outer)
		aml_request_start(req->outer);
}

/* After this the request belongs to whoever waits. */
static void publish(struct aml_dma_request *req, bool counted)
{
	uint32_t before;

	if (!counted) {
		atomic_store_explicit(&req->state, AMLI_DONE, memory_order_release);
		return;
	}
	before = atomic_exchange_explicit(&req->state, AMLI_DONE, memory_order_acq_rel);
	if (before & AMLI_WAITER)
		amli_futex_wake(&req->state);
}

static bool is_failure_to_keep(struct aml_dma_request *req)
{
	if (req->kind != AMLI_HELD && req->kind != AMLI_DETACHED)
		return false; /* somebody is told at once */
	return !(atomic_load_explicit(&req->state, memory_order_relaxed) & AMLI_ABANDONED);
}

void aml_request_complete(struct aml_dma_request *req, int status)
{
	struct amli_engine *e = req->engine;
	struct aml_dma_request *outer = req->outer;
	aml_request_done_fn done = req->done;
	uint64_t generation = req->generation;
	bool counted = e->counted;

	req->status = status;
	if (status && is_failure_to_keep(req))
		amli_failure_keep(req, status);
	if (req->kind == AMLI_DETACHED)
		amli_request_release(req);
	else
		publish(req, counted);
	if (done)
		done(outer, status);
	if (counted)
		amli_flight_leave(&e->flight, generation);
}
