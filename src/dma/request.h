/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A request: one move, from submit to wait.
 *
 *           plan             handed over            first byte moves
 *    IDLE ---------> PLANNED -----------> QUEUED ----------------------> RUNNING
 *     ^                 | refused           | dropped (cancel, failure)     |
 *     |                 |                   +----------> DONE <-------------+
 *     +-----------------+--------------------- released: wait, cancel, close,
 *                                              or at once when detached
 *
 * Who may touch it: until submit, the submitting thread; then the engine, until it
 * completes it; then the thread that waits.  The word `state` hands over: `status`
 * and all that the engine wrote come before DONE.  Having set DONE the completing
 * thread does not look at the request again, except at a detached one, which nobody
 * waits for, and which it releases.
 */
#ifndef AMLI_DMA_REQUEST_H
#define AMLI_DMA_REQUEST_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "aml/engine.h"
#include "base/list.h"
#include "transform/plan.h"

struct amli_engine;

enum amli_state {
	AMLI_IDLE,
	AMLI_PLANNED,
	AMLI_QUEUED,
	AMLI_RUNNING,
	AMLI_DONE,
	AMLI_STATE = 0x0f,     /* the mask of all these; flags in the same word: */
	AMLI_WAITER = 0x10,    /* a thread sleeps on the word: wake it */
	AMLI_ABANDONED = 0x20, /* being cancelled: how it ends is no failure to report */
	AMLI_ACCEPTED = 0x40,  /* forwarded, and submit has returned: can be cancelled */
};

enum amli_kind {
	AMLI_HELD,	/* the program has it, and ends it with wait or cancel */
	AMLI_DETACHED,	/* released when it completes */
	AMLI_SYNC,	/* on the stack of the thread that waits */
	AMLI_FORWARDED, /* moves for a request of another engine */
};

/* A failure that nobody has been told of; see failure.h. */
struct amli_failure {
	struct amli_list link;
	uint64_t generation;
	int code;
};

struct aml_dma_request {
	_Atomic uint32_t state; /* enum amli_state; also the futex of the waiter */
	int status;
	enum amli_kind kind;
	struct amli_engine *engine;
	const struct aml_plan *plan;  /* &own, or borrowed */
	uint64_t generation;	      /* of barriers, at submit */
	struct amli_failure failure;  /* linked while kind is HELD and it failed */
	struct aml_dma_request *next; /* free ones; forwarded ones of one request */
	/* forwarding, see inner.c */
	_Atomic(struct aml_dma_request *) inner; /* the latest; lives as long as this one */
	struct aml_dma_request *outer;
	aml_request_done_fn done;
	atomic_uint users; /* of a forwarded one: who may still look at it */
	_Alignas(16) unsigned char private[AML_REQUEST_PRIVATE];
	struct aml_plan own; /* last: long, and mostly untouched */
};

/* The requests of one engine: slabs that live until close, so that reading the state
 * of a released request is harmless. */
struct amli_store {
	pthread_mutex_t lock; /* guards all of it */
	struct aml_dma_request *free;
	struct amli_slab *slabs;
};

void amli_store_init(struct amli_store *store);
/* Releases the requests that are still there. */
void amli_store_fini(struct amli_store *store);

/* An IDLE request of the engine's store; -AML_ENOMEM. */
int amli_request_alloc(struct amli_engine *e, struct aml_dma_request **out, enum amli_kind kind);
/* The same in the caller's storage; ended with amli_request_fini(). */
void amli_request_init(struct aml_dma_request *req, struct amli_engine *e, enum amli_kind kind);
void amli_request_fini(struct aml_dma_request *req);
/* fini, and back to the store. */
void amli_request_release(struct aml_dma_request *req);

/* Plan op(dst, src, arg) for this engine: what the engine cannot do is refused. */
int amli_request_plan(struct aml_dma_request *req, struct aml_layout *dst,
		      const struct aml_layout *src, aml_dma_operator op, void *arg);
/* The same with a plan that is borrowed. */
int amli_request_borrow(struct aml_dma_request *req, const struct aml_plan *plan);
/* Hand a planned request to its engine.  Refused: it is PLANNED again. */
int amli_request_submit(struct aml_dma_request *req);

static inline enum amli_state amli_request_state(struct aml_dma_request *req)
{
	return atomic_load_explicit(&req->state, memory_order_acquire) & AMLI_STATE;
}

#endif
