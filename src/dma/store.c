/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/hot.h"
#include "dma/store.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/sync.h"
#include "dma/engine.h"
#include "dma/process.h"
#include "dma/registry.h"

_Static_assert(sizeof(void *) == 8, "a handle has 64 bits");

void amli_store_init(struct amli_store *store)
{
	atomic_init(&store->free, 0);
	atomic_init(&store->made, 0);
	pthread_mutex_init(&store->grow_lock, NULL);
	for (unsigned i = 0; i < AMLI_SLABS; i++)
		atomic_init(&store->slab[i], NULL);
}

void amli_store_fini(struct amli_store *store)
{
	uint32_t made = atomic_load(&store->made);

	for (uint32_t i = 0; i < made; i++) {
		struct aml_request *req = amli_store_at(store, i);

		if (amli_state_of(atomic_load(&req->word)) != AMLI_FREE)
			amli_request_fini(req);
		amli_parts_fini(&req->parts);
	}
	for (unsigned i = 0; i < AMLI_SLABS; i++)
		free(atomic_load(&store->slab[i]));
	pthread_mutex_destroy(&store->grow_lock);
}

/* ---- the stack of free slots ---- */

static void push(struct amli_store *store, struct aml_request *req)
{
	uint64_t head = atomic_load_explicit(&store->free, memory_order_relaxed), next;

	do {
		atomic_store_explicit(&req->next, (uint32_t)head, memory_order_relaxed);
		next = ((head >> 32) + 1) << 32 | (req->index + 1);
	} while (!atomic_compare_exchange_weak_explicit(
		&store->free, &head, next, memory_order_release, memory_order_relaxed));
}

/* `next` of a slot that another thread pops meanwhile is rubbish; then the count of
 * changes differs, and the CAS fails. */
static struct aml_request *pop(struct amli_store *store)
{
	uint64_t head = atomic_load_explicit(&store->free, memory_order_acquire), next;
	struct aml_request *req;

	do {
		if ((uint32_t)head == 0)
			return NULL;
		req = amli_store_at(store, (uint32_t)head - 1);
		next = ((head >> 32) + 1) << 32 |
		       atomic_load_explicit(&req->next, memory_order_relaxed);
	} while (!atomic_compare_exchange_weak_explicit(
		&store->free, &head, next, memory_order_acquire, memory_order_acquire));
	return req;
}

/* ---- the slot that a thread keeps ---- */

/* A thread that submits and waits, one after the other, uses the same slot again and again:
 * nobody else need hear of it.  The engine may be closed meanwhile: it is known by its
 * serial number, and not looked at before that fits. */
static _Thread_local struct {
	const struct amli_engine *engine;
	uint64_t serial;
	unsigned id;
	bool is_watched; /* the slot goes back when the thread ends */
	struct aml_request *req;
} spare __attribute__((tls_model("initial-exec")));

static pthread_key_t key;
static bool has_key;

static void end_thread(void *unused)
{
	struct amli_engine *e;

	(void)unused;
	spare.is_watched = false;
	if (!spare.req)
		return;
	e = amli_registry_visit(spare.id, spare.serial);
	if (e) {
		push(&e->store, spare.req);
		amli_registry_leave(e);
	}
	spare.req = NULL;
}

static void make_key(void)
{
	has_key = pthread_key_create(&key, end_thread) == 0;
}

static __attribute__((destructor)) void delete_key(void)
{
	if (has_key)
		pthread_key_delete(key);
}

static bool watch_thread(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_key);
	spare.is_watched = has_key && pthread_setspecific(key, &spare) == 0;
	return spare.is_watched;
}

/* Whether it is of an engine that is closed, as far as that is known. */
static bool is_kept_in_vain(const struct amli_engine *e)
{
	return spare.engine == e ? spare.serial != e->serial
				 : amli_registry_at(spare.id) != spare.engine;
}

static bool keep(struct aml_request *req)
{
	const struct amli_engine *e = req->engine;

	if (spare.req && !is_kept_in_vain(e))
		return false;
	if (!spare.is_watched && !watch_thread())
		return false;
	spare.engine = e;
	spare.serial = e->serial;
	spare.id = e->id;
	spare.req = req;
	return true;
}

static struct aml_request *unkeep(const struct amli_engine *e)
{
	struct aml_request *req = spare.serial == e->serial ? spare.req : NULL;

	if (req)
		spare.req = NULL;
	return req;
}

/* ---- making slots ---- */

static int make_slab(struct amli_store *store, unsigned k)
{
	size_t n = (size_t)AMLI_SLAB_FIRST << k;
	struct aml_request *slab = amli_aligned(64, n * sizeof(*slab));

	if (!slab)
		return amli_fail(AML_ENOMEM, "no memory for %zu requests", n);
	atomic_store_explicit(&store->slab[k], slab, memory_order_release);
	return 0;
}

/* Slots are made one by one, so that memory of a slab that is not needed is not touched. */
static int make(struct amli_engine *e, struct aml_request **out)
{
	struct amli_store *store = &e->store;
	uint32_t i;
	int rc = 0;

	pthread_mutex_lock(&store->grow_lock);
	i = atomic_load_explicit(&store->made, memory_order_relaxed);
	if (i == AMLI_SLOTS)
		rc = amli_fail(AML_EAGAIN, "%u requests that nobody has waited for: wait for some",
			       AMLI_SLOTS);
	else if (!atomic_load_explicit(&store->slab[amli_slab_of(i)], memory_order_relaxed))
		rc = make_slab(store, amli_slab_of(i));
	if (rc == 0) {
		*out = amli_store_at(store, i);
		amli_request_make(*out, e, i);
		amli_set((*out)->word, ((uint64_t)e->lives + 1) << AMLI_GENERATION_SHIFT);
		atomic_store_explicit(&store->made, i + 1, memory_order_release);
	}
	pthread_mutex_unlock(&store->grow_lock);
	return rc;
}

AMLI_HOT int amli_request_alloc(struct amli_engine *e, struct aml_request **out,
				enum amli_kind kind)
{
	struct aml_request *req = unkeep(e);
	int rc = 0;

	if (!req)
		req = pop(&e->store);
	if (!req)
		rc = make(e, &req);
	if (rc)
		return rc;
	/* Who pinned it to cancel it may have left flags. */
	amli_set(req->word, amli_get(req->word) & AMLI_GENERATION);
	amli_request_reset(req, kind);
	*out = req;
	return 0;
}

/* Nobody can reach it any more: the word is FREE, without pins. */
AMLI_HOT static void put(struct aml_request *req)
{
	uint64_t word = atomic_load_explicit(&req->word, memory_order_relaxed);

	amli_request_fini(req);
	if ((word >> AMLI_GENERATION_SHIFT & UINT32_MAX) && !keep(req))
		push(&req->engine->store, req);
}

void amli_request_release(struct aml_request *req)
{
	uint64_t word = atomic_load_explicit(&req->word, memory_order_relaxed), next;

	do {
		next = amli_word_of_next_life(word);
	} while (!atomic_compare_exchange_weak_explicit(
		&req->word, &word, next, memory_order_acq_rel, memory_order_relaxed));
	if (!(next & AMLI_PINS))
		put(req);
}

/* What the word becomes when a DONE request is taken. */
static uint64_t taken(const struct aml_request *req, uint64_t word)
{
	const uint64_t kept = AMLI_GENERATION | AMLI_PINS | AMLI_SUBMITTING | AMLI_STOPPING;

	if (amli_get(req->kind) == AMLI_PREPARED) /* the flags: see is_held() */
		return (word & kept) | AMLI_PLANNED;
	word = amli_word_of_next_life(word);
	/* With another pin, or the last to unpin could put it back first. */
	return word & AMLI_PINS ? word + AMLI_PIN : word;
}

AMLI_HOT bool amli_request_take(struct aml_request *req, uint64_t generation, int *status)
{
	uint64_t word = atomic_load_explicit(&req->word, memory_order_acquire), next;

	do {
		if (!amli_handle_fits(word, generation) || amli_state_of(word) != AMLI_DONE)
			return false;
		*status = amli_get(req->status);
		next = taken(req, word);
	} while (!atomic_compare_exchange_weak_explicit(
		&req->word, &word, next, memory_order_acq_rel, memory_order_acquire));
	if (*status)
		amli_failure_forget(req);
	if (amli_state_of(next) == AMLI_PLANNED)
		return true;
	if (next & AMLI_PINS)
		amli_unpin(req);
	else
		put(req);
	return true;
}

/* ---- handles ---- */

int amli_handle_refuse(void)
{
	return amli_fail(AML_EINVAL, "no such request: it was released before, or is no handle");
}

int amli_handle_seek(struct amli_engine *e, const struct aml_dma_request *handle,
		     struct aml_request **req, uint64_t *generation)
{
	unsigned id = amli_handle_engine(handle);
	uint32_t slot = amli_handle_slot(handle);

	if (!e)
		e = amli_registry_at(id);
	else if (id != e->id && amli_registry_at(id))
		return amli_fail(AML_EINVAL, "the request is of engine %s, not %s",
				 amli_registry_at(id)->text, e->text);
	if (!e || id != e->id || slot >= atomic_load_explicit(&e->store.made, memory_order_acquire))
		return amli_handle_refuse();
	if (e->process != amli_process)
		return amli_fail(AML_EPERM, "the request is of an engine opened before fork()");
	*req = amli_store_at(&e->store, slot);
	*generation = amli_handle_generation(handle);
	return 0;
}

/* ---- pins ---- */

bool amli_pin_at(struct aml_request *req, uint64_t word)
{
	if (!amli_has_pins_left(word)) {
		amli_cpu_relax(); /* thousands of threads look at one request: wait for them */
		return false;
	}
	return atomic_compare_exchange_strong_explicit(&req->word, &word, word + AMLI_PIN,
						       memory_order_acquire, memory_order_relaxed);
}

int amli_pin(struct amli_engine *e, const struct aml_dma_request *handle, struct aml_request **req)
{
	uint64_t generation, word;
	int rc = amli_handle_find(e, handle, req, &generation);

	if (rc)
		return rc;
	do {
		word = atomic_load_explicit(&(*req)->word, memory_order_acquire);
		if (!amli_handle_fits(word, generation))
			return amli_handle_refuse();
	} while (!amli_pin_at(*req, word));
	return 0;
}

void amli_unpin(struct aml_request *req)
{
	uint64_t word = atomic_fetch_sub_explicit(&req->word, AMLI_PIN, memory_order_acq_rel);

	word -= AMLI_PIN;
	if (amli_state_of(word) == AMLI_FREE && !(word & AMLI_PINS))
		put(req);
}
