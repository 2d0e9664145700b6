/* SPDX-License-Identifier: BSD-3-Clause */
/* The waiting side: wait, cancel, barrier. */
#include <poll.h>

#include "base/error.h"
#include "base/sync.h"
#include "dma/engine.h"
#include "dma/foreign.h"

/* Turns of spinning before a thread sleeps.  An engine starts at the least; a wait that ends
 * while spinning doubles it, one that has to sleep halves it.  The least is some
 * microseconds, what sleeping and being woken costs: with less, a wait that slept once
 * would never again end while spinning. */
#define SPINS_LEAST 64u
#define SPINS_MOST 512u

/* A thread that must call progress from time to time sleeps no longer than this. */
#define SLICE_FIRST_US 100u
#define SLICE_MOST_US 1000u

/* A word to wait for: over when (word & mask) == done.  Whoever ends it looks for @flag
 * to know that somebody sleeps. */
struct watch {
	_Atomic uint32_t *word;
	uint32_t mask, done, flag;
};

static bool is_over(const struct watch *w)
{
	return (atomic_load_explicit(w->word, memory_order_acquire) & w->mask) == w->done;
}

/* Help and spin, for a bounded time; true if it is over. */
static bool spin(struct amli_engine *e, struct aml_dma_request *req, const struct watch *w)
{
	unsigned limit = atomic_load_explicit(&e->spins, memory_order_relaxed), next;
	unsigned idle = 0;
	bool over;

	while (!(over = is_over(w)) && idle < limit) {
		if (e->ops->progress(&e->pub, req))
			continue;
		idle++;
		amli_cpu_relax();
	}
	if (idle > 0) {
		next = over ? limit * 2 : limit / 2;
		next = next < SPINS_LEAST ? SPINS_LEAST : next > SPINS_MOST ? SPINS_MOST : next;
		atomic_store_explicit(&e->spins, next, memory_order_relaxed);
	}
	return over;
}

static void sleep_on(const struct watch *w, unsigned timeout_us)
{
	uint32_t seen = atomic_fetch_or_explicit(w->word, w->flag, memory_order_acquire) | w->flag;

	if ((seen & w->mask) != w->done)
		amli_futex_wait(w->word, seen, timeout_us);
}

static void sleep_on_descriptor(int fd)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};

	poll(&pollfd, 1, (int)(SLICE_MOST_US / 1000));
}

static void await(struct amli_engine *e, struct aml_dma_request *req, const struct watch *w)
{
	unsigned slice = SLICE_FIRST_US;

	while (!spin(e, req, w)) {
		if (!(e->pub.caps.flags & AML_DMA_PROGRESS)) {
			sleep_on(w, AMLI_FOREVER);
		} else if (e->pub.fd >= 0) {
			sleep_on_descriptor(e->pub.fd);
		} else {
			sleep_on(w, slice);
			slice = slice * 2 < SLICE_MOST_US ? slice * 2 : SLICE_MOST_US;
		}
	}
}

void amli_await(struct aml_dma_request *req)
{
	const struct watch w = {&req->state, AMLI_STATE, AMLI_DONE, AMLI_WAITER};

	if (!is_over(&w))
		await(req->engine, req, &w);
}

static int check_handle(struct amli_engine *e, struct aml_dma_request *req)
{
	if (amli_request_state(req) == AMLI_IDLE)
		return amli_fail(AML_EINVAL, "the request was released before");
	if (req->engine != e)
		return amli_fail(AML_EINVAL, "the request is of engine %s, not %s",
				 req->engine->text, e->text);
	return 0;
}

/* It is DONE: release it and say how it ended. */
static int finish(struct aml_dma_request **handle)
{
	struct aml_dma_request *req = *handle;
	int status = req->status;

	*handle = NULL;
	if (status)
		amli_failure_forget(req);
	amli_request_release(req);
	return status;
}

int amli_wait(struct amli_engine *e, struct aml_dma_request **req)
{
	int rc = check_handle(e, *req);

	if (rc)
		return rc;
	amli_await(*req);
	return finish(req);
}

int amli_cancel(struct amli_engine *e, struct aml_dma_request **req)
{
	int rc = check_handle(e, *req);

	if (rc)
		return rc;
	if (amli_request_state(*req) != AMLI_DONE) {
		atomic_fetch_or_explicit(&(*req)->state, AMLI_ABANDONED, memory_order_relaxed);
		e->ops->cancel(&e->pub, *req); /* 0: it is DONE; else it will be, soon */
		amli_await(*req);
	}
	finish(req);
	return 0;
}

int amli_barrier(struct amli_engine *e)
{
	struct amli_flight *flight = &e->flight;
	uint64_t generation = 0;

	if (e->counted) {
		struct watch w = {NULL, ~AMLI_FLIGHT_WAITER, 0, AMLI_FLIGHT_WAITER};

		pthread_mutex_lock(&flight->turn);
		generation = atomic_fetch_add(&flight->generation, 1);
		w.word = &flight->count[generation & 1];
		await(e, NULL, &w);
		atomic_fetch_and_explicit(w.word, ~AMLI_FLIGHT_WAITER, memory_order_relaxed);
		pthread_mutex_unlock(&flight->turn);
	}
	return amli_failure_take(&e->failures, generation);
}

static int check_request(const struct aml_dma *dma, struct aml_dma_request *const *req)
{
	if (dma && req && *req)
		return 0;
	return amli_fail(AML_EINVAL, "%s is NULL", !dma ? "dma" : !req ? "req" : "the request");
}

int aml_dma_wait(struct aml_dma *dma, struct aml_dma_request **req)
{
	struct amli_engine *e = amli_engine_of(dma);
	int rc = check_request(dma, req);

	if (rc)
		return rc;
	return e ? amli_wait(e, req) : amli_foreign_wait(dma, req);
}

int aml_dma_cancel(struct aml_dma *dma, struct aml_dma_request **req)
{
	struct amli_engine *e = amli_engine_of(dma);
	int rc = check_request(dma, req);

	if (rc)
		return rc;
	return e ? amli_cancel(e, req) : amli_foreign_cancel(dma, req);
}

int aml_dma_barrier(struct aml_dma *dma)
{
	struct amli_engine *e = amli_engine_of(dma);

	if (!dma)
		return amli_fail(AML_EINVAL, "dma is NULL");
	return e ? amli_barrier(e) : amli_foreign_barrier(dma);
}
