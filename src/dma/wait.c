/* SPDX-License-Identifier: BSD-3-Clause */
/* Waiting: for one request, and for all of an engine. */
#include <poll.h>

#include "base/error.h"
#include "base/hot.h"
#include "base/sync.h"
#include "dma/engine.h"
#include "dma/foreign.h"
#include "dma/order.h"
#include "dma/registry.h"

/* Turns of spinning before a thread sleeps.  An engine starts at the least; a wait that ends
 * while spinning doubles it, one that has to sleep halves it.  The least is some
 * microseconds, what sleeping and being woken costs: with less, a wait that slept once
 * would never again end while spinning. */
#define SPINS_LEAST 64u
#define SPINS_MOST 512u

/* A thread that must drive something from time to time sleeps no longer than this. */
#define SLICE_FIRST_US 100u
#define SLICE_MOST_US 1000u

/* A word to wait for: while its bits @mask are @least to @most, and its bits @other are
 * @same.  Whoever ends it looks for @flag to know that somebody sleeps.  A request is
 * pinned while a thread sleeps on it: or its slot could be used again, and come to look the
 * same, between the look and the sleep. */
struct watch {
	_Atomic uint64_t *word;
	uint64_t mask, least, most, other, same, flag;
	struct aml_request *req;
};

static bool is_over_at(const struct watch *w, uint64_t word)
{
	uint64_t bits = word & w->mask;

	return bits < w->least || bits > w->most || (word & w->other) != w->same;
}

static bool is_over(const struct watch *w)
{
	return is_over_at(w, atomic_load_explicit(w->word, memory_order_acquire));
}

/* ---- spin, then sleep ---- */

/* What waits for requests of other engines needs those driven; among all of an engine there
 * may be some at any time. */
static bool is_blocked(const struct amli_engine *e, const struct watch *w)
{
	if (!w->req)
		return amli_registry_is_passive(e);
	return amli_state_of(atomic_load_explicit(w->word, memory_order_relaxed)) == AMLI_BLOCKED;
}

/* Help and spin, for a bounded time; true if it is over. */
static bool spin(struct amli_engine *e, struct aml_request *req, const struct watch *w,
		 uint64_t limit_ns)
{
	unsigned limit = atomic_load_explicit(&e->spins, memory_order_relaxed), next;
	unsigned idle = 0;
	bool over;

	while (!(over = is_over(w)) && idle < limit) {
		if (e->ops->progress(&e->pub, req)) {
			if (amli_is_past(limit_ns))
				return is_over(w);
			continue;
		}
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

/* Help once, and look. */
static bool look(struct amli_engine *e, struct aml_request *req, const struct watch *w)
{
	e->ops->progress(&e->pub, req);
	if (is_blocked(e, w))
		amli_registry_progress();
	return is_over(w);
}

static void sleep_on(const struct watch *w, unsigned timeout_us)
{
	uint64_t word = atomic_load_explicit(w->word, memory_order_acquire), asleep;

	do {
		if (is_over_at(w, word) || (w->req && !amli_has_pins_left(word)))
			return;
		asleep = (word | w->flag) + (w->req ? AMLI_PIN : 0);
	} while (!atomic_compare_exchange_weak(w->word, &word, asleep));
	amli_futex_wait(amli_futex_of(w->word), (uint32_t)asleep, timeout_us);
	if (w->req)
		amli_unpin(w->req);
}

static void sleep_on_descriptor(int fd, unsigned timeout_us)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};

	poll(&pollfd, 1, (int)((timeout_us + 999) / 1000));
}

static bool await(struct amli_engine *e, struct aml_request *req, const struct watch *w,
		  uint64_t limit_ns)
{
	bool passive = e->pub.caps.flags & AML_DMA_PROGRESS;
	unsigned slice = SLICE_FIRST_US;

	amli_order_walk();
	if (limit_ns == AMLI_AT_ONCE)
		return look(e, req, w);
	while (!spin(e, req, w, limit_ns)) {
		bool blocked = is_blocked(e, w);
		bool moved = blocked && amli_registry_progress();

		if (amli_is_past(limit_ns))
			return is_over(w);
		if (moved)
			continue;
		if (!passive && !blocked) {
			sleep_on(w, amli_limit_us(limit_ns, AMLI_FOREVER));
		} else if (e->pub.fd >= 0 && !blocked) {
			sleep_on_descriptor(e->pub.fd, amli_limit_us(limit_ns, SLICE_MOST_US));
		} else {
			sleep_on(w, amli_limit_us(limit_ns, slice));
			slice = slice * 2 < SLICE_MOST_US ? slice * 2 : SLICE_MOST_US;
		}
	}
	return true;
}

AMLI_HOT bool amli_await(struct aml_request *req, uint64_t generation, uint64_t limit_ns)
{
	const struct watch w = {
		.word = &req->word,
		.mask = AMLI_STATE,
		.least = AMLI_BLOCKED,
		.most = AMLI_RUNNING,
		.other = (uint64_t)UINT32_MAX << AMLI_GENERATION_SHIFT,
		.same = generation << AMLI_GENERATION_SHIFT,
		.flag = AMLI_WAITER,
		.req = req,
	};

	return is_over(&w) || await(req->engine, req, &w, limit_ns);
}

/* ---- one request ---- */

static bool await_deadline(struct aml_request *req, uint64_t generation, uint64_t limit_ns)
{
	uint64_t deadline_ns = amli_get(req->deadline_ns), word;

	if (!deadline_ns)
		return amli_await(req, generation, limit_ns);
	if (amli_await(req, generation, deadline_ns < limit_ns ? deadline_ns : limit_ns))
		return true;
	if (!amli_is_past(deadline_ns))
		return false;
	word = atomic_load_explicit(&req->word, memory_order_acquire);
	if (amli_handle_fits(word, generation) && amli_pin_at(req, word)) {
		amli_expire(req);
		amli_unpin(req);
	}
	return amli_await(req, generation, limit_ns);
}

/* What a handle names, to wait for. */
struct target {
	struct aml_request *req;
	uint64_t generation;
	bool done; /* already */
};

static inline int find(struct amli_engine *e, const struct aml_dma_request *handle,
		       struct target *t)
{
	int rc = amli_handle_find(e, handle, &t->req, &t->generation);
	uint64_t word;

	if (rc)
		return rc;
	word = atomic_load_explicit(&t->req->word, memory_order_acquire);
	if (!amli_handle_fits(word, t->generation))
		return amli_handle_refuse();
	if (amli_state_of(word) == AMLI_PLANNED)
		return amli_fail(AML_EINVAL, "the request is prepared, and not started");
	t->done = amli_state_of(word) == AMLI_DONE;
	return 0;
}

/* As amli_await(), minding the request's own deadline. */
static inline bool await_end(const struct target *t, uint64_t limit_ns)
{
	return t->done || await_deadline(t->req, t->generation, limit_ns);
}

/* It is DONE, or not the one it was: then false. */
static inline bool end(struct aml_dma_request **handle, const struct target *t, int *status)
{
	bool prepared = amli_get(t->req->kind) == AMLI_PREPARED;

	if (!amli_request_take(t->req, t->generation, status))
		return false;
	if (!prepared)
		*handle = NULL;
	return true;
}

int amli_wait(struct amli_engine *e, struct aml_dma_request **handle, uint64_t limit_ns)
{
	struct target t;
	int rc = find(e, *handle, &t);

	if (rc)
		return rc;
	if (!await_end(&t, limit_ns))
		return -AML_ETIMEDOUT;
	return end(handle, &t, &rc) ? rc : amli_handle_refuse();
}

int amli_test(struct amli_engine *e, struct aml_dma_request **handle, int *done)
{
	struct target t;
	int rc = find(e, *handle, &t);

	if (rc || !await_end(&t, AMLI_AT_ONCE))
		return rc;
	if (!end(handle, &t, &rc))
		return amli_handle_refuse();
	*done = 1;
	return rc;
}

/* ---- all of an engine ---- */

static bool drain(struct amli_engine *e, uint64_t generation, uint64_t limit_ns)
{
	const struct watch w = {
		.word = &e->flight.count[generation & 1],
		.mask = ~AMLI_FLIGHT_WAITER,
		.least = 1,
		.most = UINT64_MAX,
		.flag = AMLI_FLIGHT_WAITER,
	};
	bool over;

	do {
		uint64_t again = amli_expire_all(e);

		over = await(e, NULL, &w, again < limit_ns ? again : limit_ns);
		atomic_fetch_and_explicit(w.word, ~AMLI_FLIGHT_WAITER, memory_order_relaxed);
	} while (!over && !amli_is_past(limit_ns));
	return over;
}

/* With the turn: what is left of a barrier that gave up, then all up to now. */
static bool drain_all(struct amli_engine *e, uint64_t limit_ns)
{
	struct amli_flight *flight = &e->flight;
	uint64_t generation = atomic_load(&flight->generation);

	if (atomic_load(&flight->count[(generation - 1) & 1]) &&
	    !drain(e, generation - 1, limit_ns))
		return false;
	generation = atomic_fetch_add(&flight->generation, 1);
	if (!drain(e, generation, limit_ns))
		return false;
	atomic_store(&flight->drained, generation + 1);
	return true;
}

static bool take_turn(struct amli_flight *flight)
{
	uint64_t none = 0;

	return atomic_compare_exchange_strong(&flight->turn, &none, AMLI_TURN_HELD);
}

static void give_turn(struct amli_flight *flight)
{
	if (atomic_exchange(&flight->turn, 0) & AMLI_TURN_WAITER)
		amli_futex_wake(amli_futex_of(&flight->turn));
}

/* Any barrier that begins after this one serves it as well, so none is kept from its turn
 * for ever by others that come again and again. */
int amli_barrier(struct amli_engine *e, uint64_t limit_ns)
{
	struct amli_flight *flight = &e->flight;
	uint64_t mine = atomic_load(&flight->generation);
	const struct watch others = {
		.word = &flight->turn,
		.mask = AMLI_TURN_HELD,
		.least = AMLI_TURN_HELD,
		.most = UINT64_MAX,
		.flag = AMLI_TURN_WAITER,
	};

	while (atomic_load(&flight->drained) <= mine) {
		if (take_turn(flight)) {
			bool over = drain_all(e, limit_ns);

			give_turn(flight);
			if (!over)
				return -AML_ETIMEDOUT;
		} else {
			if (amli_is_past(limit_ns))
				return -AML_ETIMEDOUT;
			sleep_on(&others, amli_limit_us(limit_ns, AMLI_FOREVER));
		}
	}
	return amli_failure_take(&e->failures, mine);
}

/* ---- the verbs ---- */

static int check(const struct aml_dma *dma, struct aml_dma_request *const *req,
		 struct amli_engine **e)
{
	int rc = amli_engine_get(dma, e);

	if (rc || (req && *req))
		return rc;
	return amli_fail(AML_EINVAL, "%s is NULL", req ? "the request" : "req");
}

/* In one piece: the calls within cost more than what they do. */
AMLI_HOT __attribute__((flatten)) int aml_dma_wait(struct aml_dma *dma,
						   struct aml_dma_request **req)
{
	struct amli_engine *e;
	int rc = check(dma, req, &e);

	if (rc == 0)
		rc = amli_may_block();
	if (rc)
		return rc;
	return e ? amli_wait(e, req, AMLI_NEVER) : amli_foreign_wait(dma, req);
}

static int check_ours(const struct aml_dma *dma, struct aml_dma_request *const *req,
		      struct amli_engine **e)
{
	int rc = check(dma, req, e);

	return rc ? rc : amli_engine_need(dma, e);
}

int aml_dma_wait_for(struct aml_dma *dma, struct aml_dma_request **req, int64_t timeout_us)
{
	struct amli_engine *e;
	int rc = check_ours(dma, req, &e);

	if (rc == 0 && timeout_us)
		rc = amli_may_block();
	return rc ? rc : amli_wait(e, req, amli_limit_ns(timeout_us));
}

int aml_dma_wait_info(struct aml_dma *dma, struct aml_dma_request **handle, int64_t timeout_us,
		      struct aml_dma_info *info)
{
	struct aml_request *req;
	struct amli_engine *e;
	struct target t;
	int status, rc = check_ours(dma, handle, &e);

	if (rc == 0)
		rc = amli_info_check(info);
	if (rc == 0 && timeout_us)
		rc = amli_may_block();
	if (rc == 0)
		rc = find(e, *handle, &t);
	if (rc == 0)
		rc = amli_pin(e, *handle, &req);
	if (rc)
		return rc;
	rc = await_end(&t, amli_limit_ns(timeout_us)) ? 0 : -AML_ETIMEDOUT;
	amli_request_info(req, info);
	if (info->phase == AML_DMA_DONE) /* perhaps just now */
		rc = 0;
	if (rc == 0)
		rc = end(handle, &t, &status) ? status : amli_handle_refuse();
	amli_unpin(req);
	return rc;
}

int aml_dma_test(struct aml_dma *dma, struct aml_dma_request **req, int *done)
{
	struct amli_engine *e;
	int rc;

	if (!done)
		return amli_fail(AML_EINVAL, "done is NULL: nowhere to tell");
	*done = 0;
	rc = check_ours(dma, req, &e);
	return rc ? rc : amli_test(e, req, done);
}

int aml_dma_barrier_for(struct aml_dma *dma, int64_t timeout_us)
{
	struct amli_engine *e;
	int rc = amli_engine_need(dma, &e);

	if (rc == 0 && timeout_us)
		rc = amli_may_block();
	return rc ? rc : amli_barrier(e, amli_limit_ns(timeout_us));
}

int aml_dma_barrier(struct aml_dma *dma)
{
	struct amli_engine *e;
	int rc = amli_engine_get(dma, &e);

	if (rc == 0)
		rc = amli_may_block();
	if (rc)
		return rc;
	return e ? amli_barrier(e, AMLI_NEVER) : amli_foreign_barrier(dma);
}
