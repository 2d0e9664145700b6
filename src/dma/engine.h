/* SPDX-License-Identifier: BSD-3-Clause */
/* An open engine, as the library sees it. */
#ifndef AMLI_DMA_ENGINE_H
#define AMLI_DMA_ENGINE_H

#include <stdbool.h>

#include "aml/area.h"
#include "aml/engine.h"
#include "base/sync.h"
#include "dma/event.h"
#include "dma/failure.h"
#include "dma/flight.h"
#include "dma/process.h"
#include "dma/request.h"
#include "dma/room.h"
#include "dma/stats.h"
#include "dma/store.h"

/* Made by aml_dma_open(), freed by aml_dma_close().  What is not guarded inside its
 * own struct is not written in between. */
struct amli_engine {
	struct aml_engine pub; /* first: what the backend sees */
	struct aml_dma dma;    /* what the program holds; dma.data is this engine */
	const struct aml_backend *backend;
	const struct aml_engine_ops *ops; /* the backend's */
	char *text;			  /* the spec it was opened with */
	unsigned id;			  /* in handles, see registry.h */
	uint64_t serial;		  /* of this opening */
	uint32_t lives;			  /* used up by closed engines with this id */
	unsigned process;		  /* that opened it, see process.h */
	bool counted;		/* requests outlive submit: keep count of them in flight */
	atomic_bool deadlines;	/* a request with one was described once: barriers look for them */
	atomic_uint spins;	/* how long waiting threads spin before they sleep, see wait.c */
	atomic_uint visitors;	/* see registry.c */
	atomic_uint guests;	/* those of aml_engine_visit(), see visit.c */
	bool closing;		/* to them; guarded by the registry's lock */
	_Atomic uint64_t fence; /* handle of the latest AML_DMA_FENCE; 0 = none */
	struct amli_room room;
	struct amli_flight flight;
	struct amli_failures failures;
	struct amli_event event;
	struct amli_store store;
	struct amli_stats stats;
};

/* table.c: AML's five operations for our engines. */
extern struct aml_dma_ops amli_dma_ops;

/* The engine behind a dma; NULL if the program made the dma itself.  Looks at nothing but
 * the table. */
static inline struct amli_engine *amli_engine_of(const struct aml_dma *dma)
{
	return dma && dma->ops == &amli_dma_ops ? (struct amli_engine *)dma->data : NULL;
}

/* The rest of amli_engine_get() for what is not an engine of this process. */
int amli_engine_refuse(const struct aml_dma *dma, const struct amli_engine *e);
/* The same, minding who may use it.  -AML_EINVAL: dma NULL; -AML_EPERM: opened before fork(). */
static inline int amli_engine_get(const struct aml_dma *dma, struct amli_engine **e)
{
	*e = amli_engine_of(dma);
	return *e && (*e)->process == amli_process ? 0 : amli_engine_refuse(dma, *e);
}
/* The same, where the program's own engines are refused with -AML_ENOTSUP. */
int amli_engine_need(const struct aml_dma *dma, struct amli_engine **e);

/* What a program has of a request. */
static inline struct aml_dma_request *amli_handle(struct aml_request *req)
{
	uint64_t handle = (uint64_t)req->engine->id << AMLI_ENGINE_SHIFT |
			  (uint64_t)req->index << AMLI_SLOT_SHIFT |
			  (amli_get(req->word) >> AMLI_GENERATION_SHIFT & UINT32_MAX);

	return (struct aml_dma_request *)(uintptr_t)handle;
}

/* The rest of amli_handle_find(). */
int amli_handle_seek(struct amli_engine *e, const struct aml_dma_request *handle,
		     struct aml_request **req, uint64_t *generation);
/* The slot that a handle names, and the word's generation that it must have there.
 * -AML_EINVAL: it names none; of another engine than @e; NULL @e = any. */
static inline int amli_handle_find(struct amli_engine *e, const struct aml_dma_request *handle,
				   struct aml_request **req, uint64_t *generation)
{
	uint32_t slot = amli_handle_slot(handle);

	if (!e || e->id != amli_handle_engine(handle) || e->process != amli_process ||
	    slot >= atomic_load_explicit(&e->store.made, memory_order_acquire))
		return amli_handle_seek(e, handle, req, generation);
	*req = amli_store_at(&e->store, slot);
	*generation = amli_handle_generation(handle);
	return 0;
}

/* Open an engine of this backend; aml_dma_open() after it has found the backend. */
int amli_engine_open(struct aml_dma **dma, const struct aml_backend *backend,
		     const struct aml_spec *spec, const char *text);

/* submit.c: submit a job; @limit_ns is when to give up waiting for room. */
int amli_submit(struct amli_engine *e, struct aml_dma_request **out, const struct aml_dma_job *job,
		uint64_t limit_ns);
/* The rest of it for a request that was planned, with this result: on failure it is
 * released. */
int amli_submit_planned(struct aml_request *req, struct aml_dma_request **out,
			const struct aml_dma_job *job, int rc, uint64_t limit_ns);
/* Count a request in; -AML_EAGAIN: there was no room until limit_ns. */
int amli_enter(struct aml_request *req, uint64_t limit_ns);
void amli_leave(struct amli_engine *e, uint64_t generation);
/* It is being submitted now. */
void amli_stamp(struct aml_request *req);
/* Give a request that was counted in to its engine.  Refused: it is PLANNED, and counted
 * out. */
int amli_hand_over(struct aml_request *req);
/* For one that is QUEUED and SUBMITTING, pinned, in a thread that was not called for that:
 * refused = failed. */
void amli_hand_over_late(struct aml_request *req);
/* A request that was SUBMITTING and is pinned is the engine's now. */
void amli_submitted(struct aml_request *req);

/* wait.c */
/* Return when the request is DONE, or no longer this one (true), or the time has come. */
bool amli_await(struct aml_request *req, uint64_t generation, uint64_t limit_ns);
/* The verbs, for an engine of ours. */
int amli_wait(struct amli_engine *e, struct aml_dma_request **req, uint64_t limit_ns);
int amli_test(struct amli_engine *e, struct aml_dma_request **req, int *done);
int amli_barrier(struct amli_engine *e, uint64_t limit_ns);
/* cancel.c */
int amli_cancel(struct amli_engine *e, struct aml_dma_request **req, struct aml_dma_info *info);
/* Ask for the end of a pinned request. */
void amli_cancel_pinned(struct aml_request *req);
/* The same if its deadline has passed. */
void amli_expire(struct aml_request *req);
/* The same for all of an engine; returns when to look again, as a limit. */
uint64_t amli_expire_all(struct amli_engine *e);
void amli_cancel_all(struct amli_engine *e);
/* Of those that were forwarded to it. */
void amli_cancel_forwarded(struct amli_engine *e);
/* visit.c: before close.  Visitors that forward requests come no more, and those there are
 * have left. */
void amli_engine_turn_out(struct amli_engine *e);

/* NULL = host memory. */
static inline bool amli_engine_reaches(const struct amli_engine *e, const struct aml_area *area)
{
	return aml_area_is_host(area) ? e->pub.caps.flags & AML_DMA_HOST
				      : e->ops->reaches(&e->pub, area);
}

/* complete.c: callbacks that this thread is in.  In static TLS: every submit and wait looks
 * at it. */
extern _Thread_local unsigned amli_callbacks
	__attribute__((visibility("hidden"), tls_model("initial-exec")));
/* -AML_EBUSY: a callback may not wait. */
int amli_callback_refuse(void);
static inline int amli_may_block(void)
{
	return amli_callbacks ? amli_callback_refuse() : 0;
}
/* How long to wait for room: in a callback not at all, for it might be the callback's own
 * thread that makes some. */
static inline uint64_t amli_patience(void)
{
	return amli_callbacks ? AMLI_AT_ONCE : AMLI_NEVER;
}

/* inner.c: one user less of a forwarded request; the last one releases it. */
void amli_forwarded_leave(struct aml_request *inner);

#endif
