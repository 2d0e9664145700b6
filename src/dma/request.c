/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests: where they come from and go to.  request.h draws their life. */
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "dma/engine.h"

#define SLAB_FIRST 8u /* requests; each further slab doubles that */
#define SLAB_MOST 128u

struct amli_slab {
	struct amli_slab *next;
	size_t n;
	struct aml_dma_request req[];
};

void amli_store_init(struct amli_store *store)
{
	pthread_mutex_init(&store->lock, NULL);
	store->free = NULL;
	store->slabs = NULL;
}

void amli_store_fini(struct amli_store *store)
{
	while (store->slabs) {
		struct amli_slab *slab = store->slabs;

		for (size_t i = 0; i < slab->n; i++)
			if (amli_request_state(&slab->req[i]) != AMLI_IDLE)
				amli_request_release(&slab->req[i]);
		store->slabs = slab->next;
		free(slab);
	}
	pthread_mutex_destroy(&store->lock);
}

static void put(struct amli_store *store, struct aml_dma_request *req)
{
	req->next = store->free;
	store->free = req;
}

/* Called with the lock held. */
static int grow(struct amli_store *store)
{
	size_t n = store->slabs ? store->slabs->n * 2 : SLAB_FIRST;
	struct amli_slab *slab;

	if (n > SLAB_MOST)
		n = SLAB_MOST;
	slab = amli_aligned(64, sizeof(*slab) + n * sizeof(slab->req[0]));
	if (!slab)
		return amli_fail(AML_ENOMEM, "no memory for %zu requests", n);
	for (size_t i = n; i-- > 0;) {
		atomic_init(&slab->req[i].state, AMLI_IDLE);
		put(store, &slab->req[i]);
	}
	slab->n = n;
	slab->next = store->slabs;
	store->slabs = slab;
	return 0;
}

void amli_request_init(struct aml_dma_request *req, struct amli_engine *e, enum amli_kind kind)
{
	atomic_store_explicit(&req->state, AMLI_IDLE, memory_order_relaxed);
	req->kind = kind;
	req->engine = e;
	req->plan = NULL;
	req->generation = 0;
	amli_list_init(&req->failure.link);
	atomic_store_explicit(&req->inner, NULL, memory_order_relaxed);
	req->outer = NULL;
	req->done = NULL;
}

int amli_request_alloc(struct amli_engine *e, struct aml_dma_request **out, enum amli_kind kind)
{
	struct amli_store *store = &e->store;
	struct aml_dma_request *req;
	int rc = 0;

	pthread_mutex_lock(&store->lock);
	if (!store->free)
		rc = grow(store);
	req = store->free;
	if (req)
		store->free = req->next;
	pthread_mutex_unlock(&store->lock);
	if (rc)
		return rc;
	amli_request_init(req, e, kind);
	*out = req;
	return 0;
}

void amli_request_fini(struct aml_dma_request *req)
{
	struct aml_dma_request *inner = atomic_load_explicit(&req->inner, memory_order_relaxed);

	while (inner) {
		struct aml_dma_request *older = inner->next;

		amli_forwarded_leave(inner);
		inner = older;
	}
	if (req->plan == &req->own)
		amli_plan_fini(&req->own);
}

void amli_request_release(struct aml_dma_request *req)
{
	struct amli_store *store = &req->engine->store;

	amli_request_fini(req);
	atomic_store_explicit(&req->state, AMLI_IDLE, memory_order_release);
	pthread_mutex_lock(&store->lock);
	put(store, req);
	pthread_mutex_unlock(&store->lock);
}

const struct aml_plan *aml_request_plan(const struct aml_dma_request *req)
{
	return req->plan;
}

bool aml_request_is_awaited(const struct aml_dma_request *req)
{
	return req->kind == AMLI_SYNC;
}

void *aml_request_private(struct aml_dma_request *req)
{
	return req->private;
}
