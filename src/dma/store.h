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
/* Slot i < made. */
struct aml_request *amli_store_at(struct amli_store *store, uint32_t i);

/* A FREE request of the engine's store, reset; -AML_ENOMEM, -AML_EAGAIN: too many. */
int amli_request_alloc(struct amli_engine *e, struct aml_request **out, enum amli_kind kind);
/* Back to the store: one that is nobody else's, or DONE and never to be taken. */
void amli_request_release(struct aml_request *req);

/* End a DONE request that a handle names: it is released, or a prepared one PLANNED again.
 * False: it is not DONE, or no longer this one. */
bool amli_request_take(struct aml_request *req, uint64_t generation, int *status);

struct aml_dma_request *amli_handle(const struct aml_request *req);
/* The slot that a handle names, and the word's generation that it must have there.
 * -AML_EINVAL: it names none; of another engine than @e; NULL @e = any. */
int amli_handle_find(struct amli_engine *e, const struct aml_dma_request *handle,
		     struct aml_request **req, uint64_t *generation);
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
