/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/hot.h"
#include "dma/order.h"

#include <sched.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "dma/engine.h"
#include "dma/job.h"
#include "dma/registry.h"

struct amli_join;

struct amli_edge {
	struct amli_edge *next;
	struct amli_join *join;
	struct aml_request *before; /* pinned until the edge is in its list */
	int status;		    /* of the predecessor */
	bool orders_only;	    /* a fence: how the predecessor ended does not matter */
};

struct amli_join {
	struct aml_request *req; /* of an engine that may be closed by now, see visit */
	unsigned engine;
	uint64_t serial, life; /* of the engine, and of the request there */
	bool anyway;
	atomic_size_t left; /* edges to come in, and one for who builds it */
	_Atomic int status; /* the first bad one */
	size_t n, room;
	struct amli_edge edge[];
};

struct amli_edge amli_order_closed;

/* ---- ends ---- */

static uint64_t life_of(uint64_t word)
{
	return word >> AMLI_GENERATION_SHIFT;
}

/* Away from BLOCKED in this life of it: then it is the caller's. */
static bool unblock(struct aml_request *req, uint64_t life, uint64_t add)
{
	uint64_t word = atomic_load_explicit(&req->word, memory_order_relaxed);

	do {
		if (amli_state_of(word) != AMLI_BLOCKED || life_of(word) != life)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(
		&req->word, &word, word - AMLI_BLOCKED + AMLI_QUEUED + add, memory_order_acq_rel,
		memory_order_relaxed));
	return true;
}

/* SUBMITTING keeps those who would cancel it away from the engine, which never had it. */
static bool drop(struct aml_request *req, uint64_t life, int status)
{
	if (!unblock(req, life, AMLI_SUBMITTING + AMLI_PIN))
		return false;
	amli_set(req->ended_in, AML_DMA_BLOCKED);
	aml_request_complete(req, status);
	atomic_fetch_and_explicit(&req->word, ~AMLI_SUBMITTING, memory_order_acq_rel);
	amli_unpin(req);
	return true;
}

bool amli_order_drop(struct aml_request *req, int status)
{
	return drop(req, life_of(amli_get(req->word)), status);
}

static void let_go(struct amli_join *join)
{
	struct aml_request *req = join->req;
	int status = amli_get(join->status);

	if (status && !join->anyway) {
		drop(req, join->life, status);
	} else if (unblock(req, join->life, AMLI_SUBMITTING + AMLI_PIN)) {
		amli_hand_over_late(req);
		amli_unpin(req);
	}
}

/* All predecessors are done.  If the dependent was dropped before, its engine may be gone, and
 * its slot another request's. */
static void go_on(struct amli_join *join)
{
	struct amli_engine *e = amli_registry_visit(join->engine, join->serial);

	if (e) {
		let_go(join);
		amli_registry_leave(e);
	}
	free(join);
}

static void come_in(struct amli_join *join, int status)
{
	int none = 0;

	if (status)
		atomic_compare_exchange_strong_explicit(&join->status, &none, status,
							memory_order_relaxed, memory_order_relaxed);
	if (atomic_fetch_sub_explicit(&join->left, 1, memory_order_acq_rel) == 1)
		go_on(join);
}

AMLI_HOT struct amli_edges amli_order_close(struct aml_request *req)
{
	struct amli_edge *at = atomic_exchange_explicit(&req->dependents, &amli_order_closed,
							memory_order_acq_rel);
	struct amli_edges edges = {NULL};

	while (at) { /* the list is a stack */
		struct amli_edge *next = at->next;

		at->next = edges.first;
		edges.first = at;
		at = next;
	}
	return edges;
}

static _Thread_local struct {
	struct amli_edge *first, *last;
	bool busy; /* further up this thread's stack they are being walked */
} todo __attribute__((tls_model("initial-exec")));

void amli_order_walk(void)
{
	while (todo.first) {
		struct amli_edge *edge = todo.first;

		todo.first = edge->next;
		come_in(edge->join, edge->orders_only ? 0 : edge->status);
	}
}

AMLI_HOT void amli_order_fire(struct amli_edges edges, int status)
{
	struct amli_edge *last = edges.first;

	if (!last)
		return;
	for (last->status = status; last->next; last->status = status)
		last = last->next;
	if (todo.first)
		todo.last->next = edges.first;
	else
		todo.first = edges.first;
	todo.last = last;
	if (todo.busy)
		return;
	todo.busy = true;
	amli_order_walk();
	todo.busy = false;
}

/* ---- building ---- */

static int grow(struct amli_join **join, size_t room)
{
	struct amli_join *wider;
	size_t bytes;

	if (amli_mul_overflows(room, sizeof((*join)->edge[0]), &bytes) ||
	    !(wider = amli_calloc(1, sizeof(*wider) + bytes)))
		return amli_fail(AML_ENOMEM, "no memory for a request after %zu others", room);
	if (*join)
		for (; wider->n < (*join)->n; wider->n++)
			wider->edge[wider->n] = (*join)->edge[wider->n];
	wider->room = room;
	free(*join);
	*join = wider;
	return 0;
}

/* The predecessor is pinned; on failure it is let go. */
static int add(struct amli_join **join, struct aml_request *before, bool orders_only)
{
	int rc = 0;

	if (!*join || (*join)->n == (*join)->room)
		rc = grow(join, *join ? (*join)->room * 2 : 4);
	if (rc) {
		amli_unpin(before);
		return rc;
	}
	(*join)->edge[(*join)->n++] = (struct amli_edge){
		.before = before,
		.orders_only = orders_only,
	};
	return 0;
}

static int add_listed(struct amli_join **join, const struct aml_dma_job *job)
{
	for (size_t i = 0; i < job->nafter; i++) {
		struct aml_request *before;
		int rc;

		if (!job->after[i])
			continue;
		rc = amli_pin(NULL, job->after[i], &before);
		if (rc)
			return amli_fail(AML_EINVAL, "after[%zu] is no request", i);
		if (amli_state_of(atomic_load(&before->word)) == AMLI_PLANNED) {
			amli_unpin(before);
			return amli_fail(AML_EINVAL, "after[%zu] was prepared and never started",
					 i);
		}
		rc = add(join, before, false);
		if (rc)
			return rc;
	}
	return 0;
}

/* The request behind e->fence, pinned, if it is not over. */
static struct aml_request *pin_fence(struct amli_engine *e, uint64_t fence)
{
	struct aml_request *before;
	uint64_t generation, word;

	if (!fence ||
	    amli_handle_find(e, (struct aml_dma_request *)(uintptr_t)fence, &before, &generation))
		return NULL;
	do {
		word = atomic_load_explicit(&before->word, memory_order_acquire);
		if (!amli_handle_fits(word, generation) || !amli_is_unfinished(word))
			return NULL;
	} while (!amli_pin_at(before, word));
	return before;
}

/* The latest fence, if it is not over. */
static int add_fence(struct amli_join **join, struct amli_engine *e)
{
	uint64_t fence = atomic_load_explicit(&e->fence, memory_order_acquire);
	struct aml_request *before = pin_fence(e, fence);

	if (before)
		return add(join, before, true);
	if (fence)
		atomic_compare_exchange_strong(&e->fence, &fence, 0);
	return 0;
}

/* What comes later comes after @req; and that after the fence that it takes the place of, which
 * may be one that is submitted just now, and was not seen among the unfinished. */
static int become_fence(struct amli_join **join, struct aml_request *req)
{
	struct amli_engine *e = req->engine;
	uint64_t mine = (uint64_t)(uintptr_t)amli_handle(req);
	uint64_t latest = atomic_exchange(&e->fence, mine);
	struct aml_request *before = pin_fence(e, latest);
	int rc = before ? add(join, before, true) : 0;

	if (rc)
		atomic_compare_exchange_strong(&e->fence, &mine, latest);
	return rc;
}

/* All that are unfinished. */
static int add_engine(struct amli_join **join, struct aml_request *req)
{
	struct amli_store *store = &req->engine->store;
	uint32_t made = atomic_load_explicit(&store->made, memory_order_acquire);

	for (uint32_t i = 0; i < made; i++) {
		struct aml_request *before = amli_store_at(store, i);
		uint64_t word = atomic_load_explicit(&before->word, memory_order_acquire);
		int rc;

		while (before != req && amli_is_under_way(word)) {
			if (amli_pin_at(before, word)) {
				rc = add(join, before, true);
				if (rc)
					return rc;
				break;
			}
			word = atomic_load_explicit(&before->word, memory_order_acquire);
		}
	}
	return 0;
}

static int collect(struct amli_join **join, struct aml_request *req, const struct aml_dma_job *job)
{
	int rc = add_listed(join, job);

	if (rc == 0 && !(job->flags & AML_DMA_FENCE))
		return add_fence(join, req->engine);
	if (rc == 0)
		rc = add_engine(join, req);
	return rc ? rc : become_fence(join, req);
}

static void forget(struct amli_join *join)
{
	for (size_t i = 0; join && i < join->n; i++)
		amli_unpin(join->edge[i].before);
	free(join);
}

/* It closed its list, and is DONE a few instructions later: before that it cannot be
 * started again, say. */
static void await_end(struct aml_request *before)
{
	uint64_t word = atomic_load_explicit(&before->word, memory_order_acquire);
	uint64_t generation = word & AMLI_GENERATION;

	while (amli_is_under_way(word) && (word & AMLI_GENERATION) == generation) {
		sched_yield();
		word = atomic_load_explicit(&before->word, memory_order_acquire);
	}
}

/* Put the edge in its predecessor's list; false: that has ended, with edge->status.  If it
 * was started again between the looks, it is the new run that counts. */
static bool attach(struct amli_edge *edge)
{
	struct aml_request *before = edge->before;

	for (;;) {
		uint64_t life = life_of(atomic_load(&before->word));
		struct amli_edge *head = atomic_load(&before->dependents);

		if (head != &amli_order_closed) {
			edge->next = head;
			if (atomic_compare_exchange_weak(&before->dependents, &head, edge))
				return true;
			continue;
		}
		edge->status = amli_get(before->status);
		atomic_thread_fence(memory_order_seq_cst);
		if (life_of(atomic_load(&before->word)) == life) {
			await_end(before);
			return false;
		}
	}
}

/* From PLANNED, and pin it.  True: somebody wants it stopped. */
static bool block(struct aml_request *req)
{
	uint64_t word = atomic_load_explicit(&req->word, memory_order_relaxed), next;

	do {
		next = ((word & ~(AMLI_STATE | AMLI_SUBMITTING)) | AMLI_BLOCKED) + AMLI_PIN;
	} while (!atomic_compare_exchange_weak_explicit(
		&req->word, &word, next, memory_order_acq_rel, memory_order_relaxed));
	return word & AMLI_STOPPING;
}

/* An edge that is in a list may come in at once; the join lives until the builder's own
 * share comes in. */
static void build(struct amli_join *join, struct aml_request *req)
{
	uint64_t life = life_of(amli_get(req->word));
	bool stop;

	join->req = req;
	join->engine = req->engine->id;
	join->serial = req->engine->serial;
	join->life = life;
	join->anyway = req->flags & AML_DMA_ANYWAY;
	atomic_store_explicit(&join->left, join->n + 1, memory_order_relaxed);
	stop = block(req);
	for (size_t i = 0; i < join->n; i++) {
		struct amli_edge *edge = &join->edge[i];
		struct aml_request *before = edge->before;

		edge->join = join;
		if (!attach(edge))
			come_in(join, edge->orders_only ? 0 : edge->status);
		amli_unpin(before);
	}
	if (stop)
		drop(req, life, -AML_ECANCELED);
	come_in(join, 0);
	amli_unpin(req);
}

int amli_order(struct aml_request *req, const struct aml_dma_job *job)
{
	struct amli_join *join = NULL;
	int rc = collect(&join, req, job);

	if (rc) {
		forget(join);
		amli_order_fire(amli_order_close(req), rc); /* it was a fence for a moment */
		return rc;
	}
	if (!join)
		return 0;
	build(join, req);
	return 1;
}
