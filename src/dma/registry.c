/* SPDX-License-Identifier: BSD-3-Clause */
#include "dma/registry.h"

#include <pthread.h>
#include <sched.h>

#include "base/error.h"
#include "dma/process.h"

static _Atomic(struct amli_engine *) engines[AMLI_ENGINES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for who changes the above */
static unsigned latest;	 /* number given out last: the oldest free one comes next */
static unsigned highest; /* number ever given out */
static uint64_t serial;	 /* given out last */
/* By number: generations that engines which had it have given out. */
static uint32_t lives[AMLI_ENGINES];
static atomic_uint passive; /* engines in it that need progress */

static bool needs_driving(const struct amli_engine *e)
{
	return e->pub.caps.flags & AML_DMA_PROGRESS;
}

int amli_registry_add(struct amli_engine *e)
{
	unsigned id = 0;

	pthread_mutex_lock(&lock);
	for (unsigned i = 1; i < AMLI_ENGINES && !id; i++) {
		unsigned at = (latest + i - 1) % (AMLI_ENGINES - 1) + 1;

		if (!atomic_load_explicit(&engines[at], memory_order_relaxed))
			id = at;
	}
	if (id) {
		e->id = latest = id;
		highest = id > highest ? id : highest;
		e->serial = ++serial;
		e->lives = lives[id];
		atomic_store_explicit(&engines[id], e, memory_order_release);
		atomic_fetch_add(&passive, needs_driving(e));
	}
	pthread_mutex_unlock(&lock);
	if (id)
		return 0;
	return amli_fail(AML_EAGAIN, "%u engines are open: close some", AMLI_ENGINES - 1);
}

/* The next engine with this number goes on counting, so that no old handle names a request
 * of it.  Far before the count is used up it begins anew: a slot shall have some lives left. */
static uint32_t lives_until(struct amli_engine *e)
{
	uint32_t made = atomic_load_explicit(&e->store.made, memory_order_acquire);
	uint32_t most = e->lives;

	for (uint32_t i = 0; i < made; i++) {
		uint64_t word = amli_get(amli_store_at(&e->store, i)->word);
		uint32_t generation = word >> AMLI_GENERATION_SHIFT & UINT32_MAX;

		most = generation > most ? generation : most;
	}
	return most < UINT32_MAX / 2 ? most : 0;
}

void amli_registry_remove(struct amli_engine *e)
{
	uint32_t until = lives_until(e);

	pthread_mutex_lock(&lock);
	lives[e->id] = until;
	atomic_store_explicit(&engines[e->id], NULL, memory_order_relaxed);
	atomic_fetch_sub(&passive, needs_driving(e));
	pthread_mutex_unlock(&lock);
	while (atomic_load_explicit(&e->visitors, memory_order_acquire))
		sched_yield();
}

void amli_registry_lock(void)
{
	pthread_mutex_lock(&lock);
}

void amli_registry_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

struct amli_engine *amli_registry_at(unsigned id)
{
	return id < AMLI_ENGINES ? atomic_load_explicit(&engines[id], memory_order_acquire) : NULL;
}

struct amli_engine *amli_registry_visit(unsigned id, uint64_t number)
{
	struct amli_engine *e;

	pthread_mutex_lock(&lock);
	e = atomic_load_explicit(&engines[id], memory_order_relaxed);
	if (e && e->serial != number)
		e = NULL;
	if (e)
		atomic_fetch_add_explicit(&e->visitors, 1, memory_order_relaxed);
	pthread_mutex_unlock(&lock);
	return e;
}

void amli_registry_leave(struct amli_engine *e)
{
	atomic_fetch_sub_explicit(&e->visitors, 1, memory_order_release);
}

/* The next one after @id that needs progress, as a visitor. */
static struct amli_engine *visit_next(unsigned id)
{
	struct amli_engine *e = NULL;

	pthread_mutex_lock(&lock);
	while (!e && ++id <= highest) {
		e = atomic_load_explicit(&engines[id], memory_order_relaxed);
		if (e && (!needs_driving(e) || e->process != amli_process))
			e = NULL;
	}
	if (e)
		atomic_fetch_add_explicit(&e->visitors, 1, memory_order_relaxed);
	pthread_mutex_unlock(&lock);
	return e;
}

struct amli_engine *amli_registry_invite(unsigned below)
{
	struct amli_engine *e = NULL;

	pthread_mutex_lock(&lock);
	if (below > highest + 1)
		below = highest + 1;
	while (!e && below > 1) {
		e = atomic_load_explicit(&engines[--below], memory_order_relaxed);
		if (e && (e->closing || e->process != amli_process))
			e = NULL;
	}
	if (e)
		atomic_fetch_add_explicit(&e->guests, 1, memory_order_relaxed);
	pthread_mutex_unlock(&lock);
	return e;
}

void amli_registry_shut(struct amli_engine *e)
{
	pthread_mutex_lock(&lock);
	e->closing = true;
	pthread_mutex_unlock(&lock);
}

bool amli_registry_is_passive(const struct amli_engine *but)
{
	return atomic_load_explicit(&passive, memory_order_acquire) > needs_driving(but);
}

bool amli_registry_progress(void)
{
	bool moved = false;
	unsigned id = 0;

	if (!atomic_load_explicit(&passive, memory_order_relaxed))
		return false;
	for (struct amli_engine *e; (e = visit_next(id));) {
		id = e->id;
		moved |= e->ops->progress(&e->pub, NULL) > 0;
		amli_registry_leave(e);
	}
	return moved;
}
