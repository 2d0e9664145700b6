/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of wisdom: chains by hash, under a lock; nobody takes it while the table is empty. */
#include "base/hot.h"
#include "transform/wisdom.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aml/wisdom.h"
#include "base/mem.h"
#include "transform/choice.h"
#include "transform/measure.h"

#define CHAINS 256 /* a power of two */
#define LINE ((uintptr_t)64)

struct entry {
	struct entry *next;
	uint64_t hash;
	unsigned hints, dst_at, src_at;
	struct amli_wisdom wisdom;
	size_t element, nloops;
	struct aml_loop loop[];
};

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct entry *chains[CHAINS];
static atomic_size_t count; /* of entries; changed under the lock */

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static uint64_t hash_of(const struct amli_wise *what)
{
	uint64_t hash = mix(what->hints, what->nest->element);

	hash = mix(mix(hash, what->dst_at), what->src_at);
	for (size_t i = 0; i < what->nest->nloops; i++) {
		const struct aml_loop *l = &what->nest->loop[i];

		hash = mix(mix(mix(hash, l->n), (uint64_t)l->dst), (uint64_t)l->src);
	}
	return hash;
}

static bool is_of(const struct entry *e, uint64_t hash, const struct amli_wise *what)
{
	return e->hash == hash && e->hints == what->hints && e->dst_at == what->dst_at &&
	       e->src_at == what->src_at && e->element == what->nest->element &&
	       e->nloops == what->nest->nloops &&
	       !memcmp(e->loop, what->nest->loop, e->nloops * sizeof(e->loop[0]));
}

static struct entry *find(uint64_t hash, const struct amli_wise *what)
{
	struct entry *e = chains[hash % CHAINS];

	while (e && !is_of(e, hash, what))
		e = e->next;
	return e;
}

/* The largest power of two that divides it, of those below a line; 0 = on a line */
static unsigned alignment(const void *at)
{
	uintptr_t odd = (uintptr_t)at % LINE;

	return (unsigned)(odd & -odd);
}

static struct amli_wise wise_of(const struct aml_plan *plan, unsigned flags)
{
	return (struct amli_wise){.hints = flags & (AML_PLAN_STREAM | AML_PLAN_CACHED),
				  .dst_at = alignment(plan->nest.dst),
				  .src_at = alignment(plan->nest.src),
				  .nest = &plan->nest};
}

AMLI_HOT bool amli_wisdom_recall(struct aml_plan *plan, unsigned flags)
{
	struct amli_wise what;
	const struct entry *e;
	uint64_t hash;

	if (plan->bytes < AMLI_MEASURE_LEAST)
		return false;
	amli_wisdom_begin();
	if (!atomic_load_explicit(&count, memory_order_relaxed))
		return false;
	what = wise_of(plan, flags);
	hash = hash_of(&what);
	pthread_rwlock_rdlock(&lock);
	e = find(hash, &what);
	if (e && amli_choice_fits(&e->wisdom.choice, &plan->nest, flags)) {
		plan->chosen = true;
		plan->choice = e->wisdom.choice;
	}
	pthread_rwlock_unlock(&lock);
	return plan->chosen;
}

bool amli_wisdom_add(const struct amli_wise *what, const struct amli_wisdom *wisdom, bool replace)
{
	size_t loops = what->nest->nloops * sizeof(struct aml_loop);
	uint64_t hash = hash_of(what);
	struct entry *e;

	pthread_rwlock_wrlock(&lock);
	e = find(hash, what);
	replace |= !e;
	if (!e) {
		e = amli_calloc(1, sizeof(*e) + loops);
		if (e) {
			e->hash = hash;
			e->hints = what->hints;
			e->dst_at = what->dst_at;
			e->src_at = what->src_at;
			e->element = what->nest->element;
			e->nloops = what->nest->nloops;
			memcpy(e->loop, what->nest->loop, loops);
			e->next = chains[hash % CHAINS];
			chains[hash % CHAINS] = e;
			atomic_fetch_add(&count, 1);
		}
	}
	if (e && replace)
		e->wisdom = *wisdom;
	pthread_rwlock_unlock(&lock);
	return e;
}

void amli_wisdom_keep(const struct aml_plan *plan, unsigned flags, const struct amli_choice *choice,
		      double of_estimate)
{
	struct amli_wise what = wise_of(plan, flags);
	struct amli_wisdom wisdom = {*choice, of_estimate};

	if (amli_wisdom_add(&what, &wisdom, true))
		amli_wisdom_kept();
}

bool amli_wisdom_each(bool (*fn)(void *arg, const struct amli_wise *what,
				 const struct amli_wisdom *wisdom),
		      void *arg)
{
	bool go_on = true;

	pthread_rwlock_rdlock(&lock);
	for (size_t i = 0; i < CHAINS && go_on; i++)
		for (const struct entry *e = chains[i]; e && go_on; e = e->next) {
			struct aml_nest nest = {.element = e->element, .nloops = e->nloops};
			struct amli_wise what = {e->hints, e->dst_at, e->src_at, &nest};

			memcpy(nest.loop, e->loop, e->nloops * sizeof(e->loop[0]));
			go_on = fn(arg, &what, &e->wisdom);
		}
	pthread_rwlock_unlock(&lock);
	return go_on;
}

size_t aml_wisdom_count(void)
{
	return atomic_load(&count);
}

void aml_wisdom_forget(void)
{
	pthread_rwlock_wrlock(&lock);
	for (size_t i = 0; i < CHAINS; i++)
		while (chains[i]) {
			struct entry *e = chains[i];

			chains[i] = e->next;
			free(e);
		}
	atomic_store(&count, 0);
	pthread_rwlock_unlock(&lock);
}
