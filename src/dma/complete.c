/* SPDX-License-Identifier: BSD-3-Clause */
/* Start, run and completion, called by engines. */
#include "base/clock.h"
#include "base/error.h"
#include "base/hot.h"
#include "base/sync.h"
#include "dma/engine.h"
#include "dma/many.h"
#include "dma/order.h"
#include "dma/trace.h"
#include "transform/strategy.h"

_Thread_local unsigned amli_callbacks;

int amli_callback_refuse(void)
{
	return amli_fail(AML_EBUSY, "a request's callback may not wait: the thread that runs it "
				    "may be the one it would wait for");
}

static bool is_late(const struct aml_request *req)
{
	uint64_t deadline_ns = amli_get(req->deadline_ns);

	return deadline_ns && amli_is_past(deadline_ns);
}

/* From QUEUED; false: another thread's piece was first. */
static bool set_out(struct aml_request *req)
{
	uint64_t word = amli_get(req->word);

	do {
		if (amli_state_of(word) != AMLI_QUEUED)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(
		&req->word, &word, word + AMLI_RUNNING - AMLI_QUEUED, memory_order_relaxed,
		memory_order_relaxed));
	amli_set(req->started, amli_ticks());
	return true;
}

/* As aml_request_start(), which calls from here would go through the linker's table. */
AMLI_HOT static int start(struct aml_request *req)
{
	if (is_late(req)) {
		amli_set(req->expired, true);
		return -AML_ETIMEDOUT;
	}
	if (!req->counted) /* it ends in this thread: that it runs is not worth telling */
		amli_set(req->started, amli_get(req->submitted));
	else if (!set_out(req))
		return 0;
	amli_trace_start(amli_trace_id(req));
	return req->outer ? aml_request_start(req->outer) : 0;
}

int aml_request_start(struct aml_request *req)
{
	return start(req);
}

/* It was begun at submit. */
static int run_whole(const struct aml_plan *plan)
{
	return plan->blocks ? plan->strategy->run(plan, 0, plan->blocks) : 0;
}

static int run_piece(struct aml_request *req, size_t i, size_t n)
{
	int rc = aml_plan_run_piece(req->plan, i, n);

	if (rc == 0)
		aml_request_advance(req, aml_plan_piece_bytes(req->plan, i, n));
	return rc;
}

AMLI_HOT int aml_request_run(struct aml_request *req, size_t i, size_t n)
{
	uint64_t begin;
	int rc = 0;

	if (!req->counted || amli_state_of(amli_get(req->word)) == AMLI_QUEUED)
		rc = start(req);
	if (rc)
		return rc;
	begin = amli_trace_piece_begin(amli_trace_id(req), i, n);
	rc = n == 1 ? run_whole(req->plan) : run_piece(req, i, n);
	amli_trace_piece_end(amli_trace_id(req), i, n, rc, begin);
	if (!req->counted && amli_plan_is_instant(req->plan))
		amli_set(req->ended, amli_get(req->submitted));
	return rc;
}

/* ---- the end ---- */

/* After this the request belongs to whoever takes it. */
static void publish(struct aml_request *req)
{
	uint64_t word = amli_get(req->word);
	uint64_t by = AMLI_DONE - (word & AMLI_STATE); /* only this thread changes the state */

	if (!amli_is_shared(req)) {
		atomic_store_explicit(&req->word, word + by, memory_order_release);
		return;
	}
	word = atomic_fetch_add(&req->word, by);
	if (word & AMLI_WAITER)
		amli_futex_wake(amli_futex_of(&req->word));
	if (word & AMLI_WATCHED)
		amli_many_wake();
}

static bool is_failure_to_keep(struct aml_request *req)
{
	enum amli_kind kind = (enum amli_kind)amli_get(req->kind);

	if (kind == AMLI_SYNC || kind == AMLI_FORWARDED)
		return false; /* somebody is told at once */
	return !(amli_get(req->word) & AMLI_CANCELLING);
}

static void call_back(struct aml_request *req)
{
	struct aml_dma_info info;

	amli_request_info(req, &info);
	info.phase = AML_DMA_DONE;
	amli_request_info_end(req, &info);
	amli_callbacks++;
	req->callback(amli_get(req->kind) == AMLI_DETACHED ? NULL : amli_handle(req), &info,
		      req->callback_arg);
	amli_callbacks--;
}

static void note_end(struct aml_request *req, int status)
{
	uint64_t now = amli_get(req->ended); /* of an instant one */

	if (!now)
		now = amli_ticks();
	if (amli_get(req->ended_in) == AML_DMA_PLANNED)
		amli_set(req->ended_in, amli_get(req->started) ? AML_DMA_RUNNING : AML_DMA_QUEUED);
	if (status == 0)
		amli_set(req->moved, req->bytes);
	amli_set(req->status, status);
	amli_set(req->ended, now);
	amli_stats_done(&req->engine->stats, now - amli_get(req->submitted), status,
			amli_get(req->moved));
	amli_trace_done(req->engine->text, amli_trace_id(req), status, amli_get(req->moved));
}

/* How a request ends whose deadline passed and which the engine then dropped. */
static int final_status(struct aml_request *req, int status)
{
	if (status == -AML_ECANCELED && amli_get(req->expired) && is_late(req))
		return -AML_ETIMEDOUT;
	return status;
}

AMLI_HOT void aml_request_complete(struct aml_request *req, int status)
{
	struct amli_engine *e = req->engine;
	struct aml_request *outer = req->outer;
	aml_request_done_fn done = req->done;
	uint64_t generation = req->generation;
	bool counted = req->counted;
	struct amli_edges waiting = {NULL};

	status = final_status(req, status);
	note_end(req, status);
	if (status && is_failure_to_keep(req))
		amli_failure_keep(req, status);
	if (req->callback)
		call_back(req);
	if (amli_is_shared(req))
		waiting = amli_order_close(req);
	else
		amli_set(req->dependents, &amli_order_closed);
	if (counted) /* who learns of the end may use the room at once */
		amli_room_leave(&e->room);
	if (amli_get(req->kind) == AMLI_DETACHED)
		amli_request_release(req);
	else
		publish(req);
	amli_event_end(&e->event);
	if (done)
		done(outer, status);
	amli_order_fire(waiting, status);
	if (counted)
		amli_flight_leave(&e->flight, generation);
}
