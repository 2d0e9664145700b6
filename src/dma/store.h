/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The requests of one engine, and the handles that programs have of them.
 *
 *	handle:  engine (12 bits) | slot (20) | generation (32)
 *
 * Slots live until close, so that a handle, however old, can be looked at.  Free ones
 * are in a stack that is changed with one CAS; a slot is used again only with a higher
 * generation, and one whose generation is used up is not used again.
 */
#ifndef AMLI_DMA_STORE_H
#define AMLI_DMA_STORE_H

#include <pthread.h>

#include "dma/request.h"

/* Slab k has SLAB_FIRST << k slots. */
#define AMLI_SLAB_FIRST 16u
#define AMLI_SLABS 16u
#define AMLI_SLOTS (AMLI_SLAB_FIRST * ((1u << AMLI_SLABS) - 1))

struct amli_store {
	_Atomic uint64_t free;	   /* count of changes | slot + 1; 0 = none */
	_Atomic uint32_t made;	   /* slots that were ever used */
	pthread_mutex_t grow_lock; /* for who makes one */
	_Atomic(struct aml_request *) slab[AMLI_SLABS];
};

void amli_store_init(struct amli_store *store);
/* Releases the requests that are still there. */
void amli_store_fini(struct amli_store *store);
/* Slab k begins at slot FIRST * (2^k - 1). */
static inline unsigned amli_slab_of(uint32_t i)
{
	return 31u - (unsigned)__builtin_clz(i / AMLI_SLAB_FIRST + 1);
}
/* Slot i < made. */
static inline struct aml_request *amli_store_at(struct amli_store *store, uint32_t i)
{
	unsigned k = amli_slab_of(i);

	return atomic_load_explicit(&store->slab[k], memory_order_acquire) +
	       (i - AMLI_SLAB_FIRST * ((1u << k) - 1));
}

/* A FREE request of the engine's store, reset; -AML_ENOMEM, -AML_EAGAIN: too many. */
int amli_request_alloc(struct amli_engine *e, struct aml_request **out, enum amli_kind kind);
/* Back to the store: one that is nobody else's, or DONE and never to be taken. */
void amli_request_release(struct aml_request *req);

/* End a DONE request that a handle names: it is released, or a prepared one PLANNED again.
 * False: it is not DONE, or no longer this one. */
bool amli_request_take(struct aml_request *req, uint64_t generation, int *status);

#define AMLI_ENGINE_SHIFT 52
#define AMLI_SLOT_SHIFT 32
#define AMLI_SLOT_MASK ((UINT64_C(1) << (AMLI_ENGINE_SHIFT - AMLI_SLOT_SHIFT)) - 1)
_Static_assert(AMLI_SLOTS <= AMLI_SLOT_MASK + 1, "a slot's number fits into a handle");

static inline unsigned amli_handle_engine(const struct aml_dma_request *handle)
{
	return (unsigned)((uint64_t)(uintptr_t)handle >> AMLI_ENGINE_SHIFT);
}
static inline uint32_t amli_handle_slot(const struct aml_dma_request *handle)
{
	return (uint64_t)(uintptr_t)handle >> AMLI_SLOT_SHIFT & AMLI_SLOT_MASK;
}
static inline uint64_t amli_handle_generation(const struct aml_dma_request *handle)
{
	return (uint64_t)(uintptr_t)handle & UINT32_MAX;
}
static inline bool amli_handle_fits(uint64_t word, uint64_t generation)
{
	return (word >> AMLI_GENERATION_SHIFT & UINT32_MAX) == generation &&
	       amli_state_of(word) != AMLI_FREE;
}
/* -AML_EINVAL, with the sentence. */
int amli_handle_refuse(void);

/* Pin what a handle names; -AML_EINVAL. */
int amli_pin(struct amli_engine *e, const struct aml_dma_request *handle, struct aml_request **req);
/* Pin a slot if its word is still this one. */
bool amli_pin_at(struct aml_request *req, uint64_t word);
void amli_unpin(struct aml_request *req);

#endif
