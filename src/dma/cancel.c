/* SPDX-License-Identifier: BSD-3-Clause */
/* Ending requests early. */
#include "base/clock.h"
#include "base/error.h"
#include "base/sync.h"
#include "dma/engine.h"
#include "dma/foreign.h"
#include "dma/order.h"
#include "dma/trace.h"

/* The request is pinned, and this was its word.  It may have ended since, and a prepared one may
 * have been started again: that run is none of ours. */
static void stop(struct aml_request *req, uint64_t word, uint64_t flags)
{
	uint64_t life = word & AMLI_GENERATION;

	do {
		if (!amli_is_under_way(word) || (word & AMLI_GENERATION) != life)
			return;
	} while (!atomic_compare_exchange_weak_explicit(
		&req->word, &word, word | flags | AMLI_STOPPING, memory_order_acq_rel,
		memory_order_acquire));
	if (word & AMLI_SUBMITTING)
		return;
	if (amli_state_of(word) == AMLI_BLOCKED) /* who hands it over now finds STOPPING */
		amli_order_drop(req, -AML_ECANCELED);
	else
		req->engine->ops->cancel(&req->engine->pub, req); /* it is DONE, or will be */
}

void amli_cancel_pinned(struct aml_request *req)
{
	amli_trace_cancel(amli_trace_id(req), "cancel");
	stop(req, atomic_load_explicit(&req->word, memory_order_acquire), AMLI_CANCELLING);
}

void amli_expire(struct aml_request *req)
{
	uint64_t word = atomic_load_explicit(&req->word, memory_order_acquire);
	uint64_t deadline_ns = amli_get(req->deadline_ns);

	if (!deadline_ns || !amli_is_under_way(word) || !amli_is_past(deadline_ns))
		return;
	amli_set(req->expired, true);
	stop(req, word, 0);
}

/* Whatever request is in it, if it is under way. */
static void end_slot(struct aml_request *req, void (*end)(struct aml_request *))
{
	uint64_t word = atomic_load_explicit(&req->word, memory_order_acquire);

	while (amli_is_under_way(word)) {
		if (amli_pin_at(req, word)) {
			end(req);
			amli_unpin(req);
			return;
		}
		word = atomic_load_explicit(&req->word, memory_order_acquire);
	}
}

/* So often to look for requests that were not under way yet. */
#define LOOK_AGAIN_US 50000

uint64_t amli_expire_all(struct amli_engine *e)
{
	uint32_t made = atomic_load_explicit(&e->store.made, memory_order_acquire);
	uint64_t again;

	if (!amli_get(e->deadlines))
		return AMLI_NEVER;
	again = amli_limit_ns(LOOK_AGAIN_US);
	for (uint32_t i = 0; i < made; i++) {
		struct aml_request *req = amli_store_at(&e->store, i);
		uint64_t deadline_ns = amli_get(req->deadline_ns);

		if (!deadline_ns || !amli_is_under_way(amli_get(req->word)))
			continue;
		if (amli_is_past(deadline_ns))
			end_slot(req, amli_expire);
		else if (deadline_ns < again)
			again = deadline_ns;
	}
	return again;
}

/* The request is pinned. */
static int cancel(struct aml_dma_request **handle, struct aml_request *req,
		  struct aml_dma_info *info)
{
	uint64_t word = atomic_load_explicit(&req->word, memory_order_acquire);
	uint64_t generation = (uint64_t)(uintptr_t)*handle & UINT32_MAX;
	int status;

	if (amli_is_under_way(word)) {
		amli_cancel_pinned(req);
		amli_await(req, generation, AMLI_NEVER);
	}
	if (info)
		amli_request_info(req, info);
	if (amli_get(req->kind) == AMLI_PREPARED) { /* one that does not run is as it should be */
		amli_request_take(req, generation, &status);
		return 0;
	}
	if (!amli_request_take(req, generation, &status))
		return amli_handle_refuse();
	*handle = NULL;
	return 0;
}

int amli_cancel(struct amli_engine *e, struct aml_dma_request **handle, struct aml_dma_info *info)
{
	struct aml_request *req;
	int rc = amli_pin(e, *handle, &req);

	if (rc)
		return rc;
	rc = cancel(handle, req, info);
	amli_unpin(req);
	return rc;
}

void amli_cancel_all(struct amli_engine *e)
{
	uint32_t made = atomic_load_explicit(&e->store.made, memory_order_acquire);

	for (uint32_t i = 0; i < made; i++)
		end_slot(amli_store_at(&e->store, i), amli_cancel_pinned);
}

void amli_cancel_forwarded(struct amli_engine *e)
{
	uint32_t made = atomic_load_explicit(&e->store.made, memory_order_acquire);

	for (uint32_t i = 0; i < made; i++) {
		struct aml_request *req = amli_store_at(&e->store, i);

		if (amli_get(req->kind) == AMLI_FORWARDED)
			end_slot(req, amli_cancel_pinned);
	}
}

/* ---- the verbs ---- */

static int check(const struct aml_dma *dma, struct aml_dma_request *const *req,
		 struct amli_engine **e)
{
	int rc = amli_engine_get(dma, e);

	if (rc == 0 && (!req || !*req))
		rc = amli_fail(AML_EINVAL, "%s is NULL", req ? "the request" : "req");
	return rc ? rc : amli_may_block();
}

int aml_dma_cancel(struct aml_dma *dma, struct aml_dma_request **req)
{
	struct amli_engine *e;
	int rc = check(dma, req, &e);

	if (rc)
		return rc;
	return e ? amli_cancel(e, req, NULL) : amli_foreign_cancel(dma, req);
}

int aml_dma_cancel_info(struct aml_dma *dma, struct aml_dma_request **req,
			struct aml_dma_info *info)
{
	struct amli_engine *e;
	int rc = check(dma, req, &e);

	if (rc == 0)
		rc = amli_engine_need(dma, &e);
	if (rc == 0)
		rc = amli_info_check(info);
	return rc ? rc : amli_cancel(e, req, info);
}
