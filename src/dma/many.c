/* SPDX-License-Identifier: BSD-3-Clause */
#include "dma/many.h"

#include "base/error.h"
#include "base/sync.h"
#include "dma/engine.h"
#include "dma/order.h"
#include "dma/registry.h"

#define SPINS 64u
#define SLICE_US 1000u /* while one of the engines must be driven */

static _Atomic uint64_t ends; /* of watched requests */

void amli_many_wake(void)
{
	atomic_fetch_add(&ends, 1);
	amli_futex_wake(amli_futex_of(&ends));
}

/* What the array holds, as one looks through it. */
struct look {
	size_t first; /* that is done; n = none */
	bool any;     /* there is something to wait for */
	bool passive; /* some engine must be driven, or a request is blocked */
};

/* 0; 1: nothing to wait for; -AML_EINVAL. */
static int find(const struct aml_dma_request *handle, struct aml_request **req, uint64_t *word)
{
	uint64_t generation;
	int rc;

	if (!handle)
		return 1;
	rc = amli_handle_find(NULL, handle, req, &generation);
	if (rc)
		return rc;
	*word = atomic_load_explicit(&(*req)->word, memory_order_acquire);
	if (!amli_handle_fits(*word, generation))
		return amli_handle_refuse();
	return amli_state_of(*word) == AMLI_PLANNED; /* prepared, and not started */
}

/* Mark it; false: it has ended, or is no longer this one. */
static bool watch(struct aml_request *req, uint64_t word)
{
	uint64_t generation = word & AMLI_GENERATION;

	while ((word & AMLI_GENERATION) == generation && amli_is_under_way(word))
		if (word & AMLI_WATCHED ||
		    atomic_compare_exchange_weak(&req->word, &word, word | AMLI_WATCHED))
			return true;
	return false;
}

/* End it if its deadline has passed; true: it is over. */
static bool expire(struct aml_request *req, uint64_t word)
{
	bool over;

	if (!amli_get(req->deadline_ns) || !amli_is_under_way(word) || !amli_pin_at(req, word))
		return false;
	amli_expire(req);
	over = !amli_is_under_way(atomic_load_explicit(&req->word, memory_order_acquire));
	amli_unpin(req);
	return over;
}

static int look_at(struct aml_dma_request *handle, bool mark, struct look *look, bool *done)
{
	struct aml_request *req;
	uint64_t word;
	int rc = find(handle, &req, &word);

	if (rc)
		return rc > 0 ? 0 : rc;
	*done = !amli_is_under_way(word) || expire(req, word) || (mark && !watch(req, word));
	look->any = true;
	look->passive |= amli_state_of(word) == AMLI_BLOCKED || amli_get(req->deadline_ns) ||
			 req->engine->pub.caps.flags & AML_DMA_PROGRESS;
	return 0;
}

static int look_through(size_t n, struct aml_dma_request *reqs[], bool mark, struct look *look)
{
	bool done = false;

	*look = (struct look){.first = n};
	for (size_t i = 0; i < n && !done; i++) {
		int rc = look_at(reqs[i], mark, look, &done);

		if (rc || done)
			look->first = i;
		if (rc)
			return rc;
	}
	if (look->any)
		return 0;
	return amli_fail(AML_EINVAL, "none of the %zu entries is a request that was started", n);
}

/* Drive the engines of all that are not done. */
static bool drive(size_t n, struct aml_dma_request *reqs[])
{
	const struct amli_engine *last = NULL;
	bool moved = false;

	for (size_t i = 0; i < n; i++) {
		struct aml_request *req;
		uint64_t word;

		if (find(reqs[i], &req, &word) || !amli_is_unfinished(word))
			continue;
		if (req->engine != last)
			moved |= req->engine->ops->progress(&req->engine->pub, req) > 0;
		last = req->engine;
		if (amli_state_of(word) == AMLI_BLOCKED)
			moved |= amli_registry_progress();
	}
	return moved;
}

/* Look, drive and sleep until one is done, which look->first tells, or time is over. */
static int await(size_t n, struct aml_dma_request *reqs[], uint64_t limit_ns, struct look *look)
{
	unsigned idle = 0;

	amli_order_walk();
	for (;;) {
		bool mark = idle > SPINS;
		uint64_t seen = atomic_load(&ends);
		int rc = look_through(n, reqs, mark, look);

		if (rc || look->first < n)
			return rc;
		if (drive(n, reqs)) {
			idle = 0;
			continue;
		}
		if (amli_is_past(limit_ns))
			return -AML_ETIMEDOUT;
		if (idle++ <= SPINS)
			amli_cpu_relax();
		else
			amli_futex_wait(amli_futex_of(&ends), (uint32_t)seen,
					amli_limit_us(limit_ns,
						      look->passive ? SLICE_US : AMLI_FOREVER));
	}
}

static int check(size_t n, struct aml_dma_request *reqs[], int64_t timeout_us)
{
	if (!reqs && n)
		return amli_fail(AML_EINVAL, "reqs is NULL");
	return timeout_us ? amli_may_block() : 0;
}

static int wait_one(struct aml_dma_request **handle, uint64_t limit_ns)
{
	struct aml_request *req;
	uint64_t word;
	int rc = find(*handle, &req, &word);

	if (rc)
		return rc > 0 ? 0 : rc;
	return amli_wait(req->engine, handle, limit_ns);
}

int aml_dma_wait_any(size_t n, struct aml_dma_request *reqs[], int64_t timeout_us, size_t *index)
{
	struct look look;
	int rc;

	if (!index)
		return amli_fail(AML_EINVAL, "index is NULL");
	*index = n;
	rc = check(n, reqs, timeout_us);
	if (rc == 0) {
		rc = await(n, reqs, amli_limit_ns(timeout_us), &look);
		*index = rc == -AML_ETIMEDOUT ? n : look.first;
	}
	return rc ? rc : wait_one(&reqs[look.first], AMLI_NEVER);
}

static bool is_done(struct aml_dma_request *handle)
{
	struct aml_request *req;
	uint64_t word;

	return find(handle, &req, &word) == 0 && amli_state_of(word) == AMLI_DONE;
}

static bool is_gone(struct aml_dma_request *handle)
{
	struct aml_request *req;
	uint64_t word;

	return find(handle, &req, &word) < 0;
}

int aml_dma_wait_some(size_t n, struct aml_dma_request *reqs[], int64_t timeout_us, size_t *count,
		      size_t indices[], int statuses[])
{
	struct look look;
	int rc;

	if (!count || !indices)
		return amli_fail(AML_EINVAL, "%s is NULL", count ? "indices" : "count");
	*count = 0;
	rc = check(n, reqs, timeout_us);
	if (rc == 0)
		rc = await(n, reqs, amli_limit_ns(timeout_us), &look);
	if (rc)
		return rc;
	for (size_t i = look.first; i < n; i++) {
		if (i > look.first && !is_done(reqs[i]))
			continue;
		rc = wait_one(&reqs[i], AMLI_NEVER);
		if (rc == -AML_EINVAL && is_gone(reqs[i]))
			continue; /* another thread ended it just then */
		if (statuses)
			statuses[*count] = rc;
		indices[(*count)++] = i;
	}
	return *count ? 0 : amli_handle_refuse();
}

static int check_all(size_t n, struct aml_dma_request *reqs[])
{
	for (size_t i = 0; i < n; i++) {
		struct aml_request *req;
		uint64_t word;
		int rc = find(reqs[i], &req, &word);

		if (rc < 0)
			return rc;
	}
	return 0;
}

int aml_dma_wait_all(size_t n, struct aml_dma_request *reqs[], int64_t timeout_us, int statuses[])
{
	uint64_t limit_ns;
	int first = 0, rc = check(n, reqs, timeout_us);

	if (rc == 0)
		rc = check_all(n, reqs);
	if (rc)
		return rc;
	limit_ns = amli_limit_ns(timeout_us);
	for (size_t i = 0; i < n; i++) {
		rc = wait_one(&reqs[i], limit_ns);
		if (statuses)
			statuses[i] = rc;
		first = first ? first : rc;
	}
	return first;
}
