/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A request: one move, from submit to wait.
 *
 *          plan            has unfinished `after`
 *   FREE --------> PLANNED ------------------------> BLOCKED
 *    ^              |    \                              | the last of them ends, or it is
 *    |              |     \ handed over                 v dropped: the CAS away from here decides
 *    |              |      +------------------------> QUEUED -----------> RUNNING
 *    |              | refused                           | dropped            | last byte
 *    |              v                                   v                    v
 *    +----------- taken <------------------------------ DONE <---------------+
 *
 * A prepared request is taken from DONE to PLANNED, and started from there or from DONE.
 *
 * Who may touch it: until it is handed over, the submitting thread; then the engine,
 * until it completes it; then whoever *takes* it: moves it from DONE to FREE, which
 * succeeds once.  Releasing and completing change the one word, so each of them
 * happens once however many threads try.
 *
 *	word:   generation | pins | flags | state
 *
 * The generation grows when a request is taken, so a handle that names an old one matches
 * nothing.  Who needs a slot that somebody else may take (cancel, info, after) *pins* it:
 * a pinned slot can be taken, but is not used again before the last pin has gone.
 * A cancel that comes while the request is being submitted by another thread leaves a
 * note, STOPPING, for that thread to act on.
 * Waiters sleep on the word's low half, with a pin, so that the slot does not come to look
 * the same in another life before they are asleep.
 */
#ifndef AMLI_DMA_REQUEST_H
#define AMLI_DMA_REQUEST_H

#include <stdatomic.h>
#include <stdint.h>

#include "aml/engine.h"
#include "base/list.h"
#include "transform/plan.h"

enum amli_state {
	AMLI_FREE,
	AMLI_PLANNED,
	AMLI_BLOCKED,
	AMLI_QUEUED,
	AMLI_RUNNING,
	AMLI_DONE,
};

/* The word. */
#define AMLI_STATE UINT64_C(0x7)
#define AMLI_WAITER UINT64_C(0x8)      /* a thread sleeps on the word: wake it */
#define AMLI_WATCHED UINT64_C(0x10)    /* one of several that a thread waits for, see many.c */
#define AMLI_CANCELLING UINT64_C(0x20) /* how it ends is no failure to report */
#define AMLI_SUBMITTING UINT64_C(0x40) /* the engine may not know it yet: see AMLI_STOPPING */
#define AMLI_STOPPING UINT64_C(0x80)   /* to be cancelled, by who submits it if need be */
#define AMLI_PIN UINT64_C(0x200)
#define AMLI_PINS UINT64_C(0x1ffe00)
#define AMLI_GENERATION_SHIFT 21
#define AMLI_GENERATION (~UINT64_C(0) << AMLI_GENERATION_SHIFT)
/* Above the 32 bits of it that handles have, starts of a prepared request are counted. */
#define AMLI_RUN (UINT64_C(1) << (AMLI_GENERATION_SHIFT + 32))

enum amli_kind {
	AMLI_HELD,	/* the program has it, and ends it with wait, test or cancel */
	AMLI_PREPARED,	/* the program has it, and starts it again and again */
	AMLI_DETACHED,	/* released when it completes */
	AMLI_SYNC,	/* on the stack of the thread that waits */
	AMLI_FORWARDED, /* moves for a request of another engine */
};

/* For the fields of a request that say what happened, and for the word while nobody else
 * changes it. */
#define amli_set(field, value) atomic_store_explicit(&(field), value, memory_order_relaxed)
#define amli_get(field) atomic_load_explicit(&(field), memory_order_relaxed)

struct amli_engine;
struct amli_edge;

/* A failure that nobody has been told of; see failure.h. */
struct amli_failure {
	struct amli_list link;
	uint64_t generation;
	int code;
};

struct aml_request {
	_Atomic uint64_t word;
	_Atomic int status;
	uint32_t index;	       /* of its slot */
	_Atomic uint32_t next; /* free slot: index + 1 */
	atomic_uchar kind;     /* enum amli_kind */
	bool counted;	       /* it is in flight, and outlives submit */
	atomic_bool expired;   /* cancelled because its deadline passed */
	bool in_areas;	       /* a side names one; else area is not set */
	unsigned flags;	       /* AML_DMA_URGENT ... */
	struct amli_engine *engine;
	const struct aml_plan *plan; /* &own, or borrowed */
	uint64_t generation;	     /* of barriers, at submit */
	size_t bytes;
	/* What happened, written by whoever has the request then; info may look at any time. */
	_Atomic size_t moved, offset;
	atomic_uchar ended_in, side; /* enum aml_dma_phase, aml_dma_side */
	atomic_bool has_told;
	_Atomic uint64_t submitted, started, ended; /* ticks; 0 = has not happened */
	_Atomic uint64_t deadline_ns;		    /* CLOCK_MONOTONIC; 0 = none */
	uint64_t timeout_ns;			    /* of a prepared one: from each start */
	aml_dma_done_fn callback;
	void *callback_arg;
	_Atomic(struct amli_edge *) dependents; /* see order.c */
	struct amli_failure failure;		/* linked while it failed and nobody was told */
	/* forwarding, see inner.c */
	_Atomic(struct aml_request *) inner; /* the latest; lives as long as this one */
	struct aml_request *older;	     /* the one forwarded before */
	struct aml_request *outer;
	aml_request_done_fn done;
	atomic_uint users;		/* of a forwarded one: who may still look at it */
	const struct aml_area *area[2]; /* of dst and src, as their layouts say */
	_Alignas(16) unsigned char private[AML_REQUEST_PRIVATE];
	struct amli_parts parts; /* room for a batch, kept until close */
	struct aml_plan own;	 /* long, and mostly untouched */
	/* If has_told; see aml_request_tell(). */
	const void *told_about;
	unsigned char told[AML_REQUEST_TOLD];
};

static inline enum amli_state amli_state_of(uint64_t word)
{
	return (enum amli_state)(word & AMLI_STATE);
}

static inline bool amli_is_unfinished(uint64_t word)
{
	return amli_state_of(word) != AMLI_FREE && amli_state_of(word) != AMLI_DONE;
}

/* Pins for those who may wait until there are some; the others are for who may not. */
#define AMLI_PINS_KEPT (64 * AMLI_PIN)

static inline bool amli_has_pins_left(uint64_t word)
{
	return (word & AMLI_PINS) < AMLI_PINS - AMLI_PINS_KEPT;
}

/* Its engine has it, or others that it comes after have not ended. */
static inline bool amli_is_under_way(uint64_t word)
{
	return amli_is_unfinished(word) && amli_state_of(word) != AMLI_PLANNED;
}

/* Whether other threads may change flags and pins in the word.  Not before submit returns,
 * if it is over by then. */
static inline bool amli_is_shared(const struct aml_request *req)
{
	return req->counted || amli_get(req->kind) == AMLI_PREPARED;
}

/* The word when this life of it is over: FREE, with the pins it has. */
static inline uint64_t amli_word_of_next_life(uint64_t word)
{
	return ((word & AMLI_GENERATION) + (UINT64_C(1) << AMLI_GENERATION_SHIFT)) |
	       (word & AMLI_PINS);
}

/* What it is called in traces: no other live request's. */
static inline uint64_t amli_trace_id(const struct aml_request *req)
{
	return (uint64_t)(uintptr_t)req;
}

/* A slot's first life. */
void amli_request_make(struct aml_request *req, struct amli_engine *e, uint32_t index);

/* Forget how it went: it starts anew. */
static inline void amli_request_rewind(struct aml_request *req)
{
	amli_set(req->status, 0);
	amli_set(req->ended_in, AML_DMA_PLANNED);
	amli_set(req->side, AML_DMA_SIDE_NONE);
	amli_set(req->offset, 0);
	amli_set(req->expired, false);
	amli_set(req->moved, 0);
	amli_set(req->submitted, 0);
	amli_set(req->started, 0);
	amli_set(req->ended, 0);
	amli_set(req->has_told, false);
	amli_set(req->dependents, NULL);
}

/* A FREE one as new, for its engine. */
static inline void amli_request_reset(struct aml_request *req, enum amli_kind kind)
{
	amli_set(req->kind, (unsigned char)kind);
	req->counted = false;
	req->in_areas = false;
	req->flags = 0;
	req->plan = NULL;
	req->generation = 0;
	req->callback = NULL;
	amli_set(req->deadline_ns, 0);
	req->timeout_ns = 0;
	amli_list_init(&req->failure.link);
	amli_set(req->inner, NULL);
	req->outer = NULL;
	req->done = NULL;
	amli_request_rewind(req);
}

/* Let go of inner requests: nobody cancels it now. */
void amli_request_forget_inner(struct aml_request *req);
/* Let go of what it holds: the plan, inner requests. */
static inline void amli_request_fini(struct aml_request *req)
{
	if (amli_get(req->inner))
		amli_request_forget_inner(req);
	if (req->plan == &req->own)
		amli_plan_fini(&req->own);
}

/* Plan op(dst, src, arg) for this engine: what the engine cannot do is refused. */
int amli_request_plan(struct aml_request *req, struct aml_layout *dst, const struct aml_layout *src,
		      aml_dma_operator op, void *arg);
/* The same with a plan that is borrowed. */
int amli_request_borrow(struct aml_request *req, const struct aml_plan *plan);

/* Whether the program set info->size; -AML_EINVAL. */
int amli_info_check(const struct aml_dma_info *info);
/* What happened to it; the caller has pinned it, or nobody else can take it. */
void amli_request_info(struct aml_request *req, struct aml_dma_info *info);
/* The part of it that is known when the request has ended. */
void amli_request_info_end(struct aml_request *req, struct aml_dma_info *info);

#endif
