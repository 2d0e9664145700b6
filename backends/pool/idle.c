/* SPDX-License-Identifier: BSD-3-Clause */
#include "idle.h"

#define SEARCHING UINT64_C(1)
#define ASLEEP (UINT64_C(1) << 32)

void amli_pool_idle_init(struct amli_pool_idle *idle)
{
	atomic_init(&idle->counts, 0);
	sem_init(&idle->tokens, 0, 0);
}

void amli_pool_idle_fini(struct amli_pool_idle *idle)
{
	sem_destroy(&idle->tokens);
}

static size_t searching(uint64_t counts)
{
	return counts % ASLEEP;
}

static size_t asleep(uint64_t counts)
{
	return counts / ASLEEP;
}

size_t amli_pool_searching(const struct amli_pool_idle *idle)
{
	return searching(atomic_load_explicit(&idle->counts, memory_order_relaxed));
}

size_t amli_pool_asleep(const struct amli_pool_idle *idle)
{
	return asleep(atomic_load_explicit(&idle->counts, memory_order_relaxed));
}

void amli_pool_search_begin(struct amli_pool_idle *idle)
{
	atomic_fetch_add(&idle->counts, SEARCHING);
}

void amli_pool_search_end(struct amli_pool_idle *idle)
{
	atomic_fetch_sub(&idle->counts, SEARCHING);
}

/* Be searching again; false if somebody has just woken this one, or one for it: then
 * there is a token for each that is not counted as asleep any more. */
static bool retract(struct amli_pool_idle *idle)
{
	uint64_t counts = atomic_load(&idle->counts);

	do
		if (asleep(counts) == 0)
			return false;
	while (!atomic_compare_exchange_weak(&idle->counts, &counts, counts - ASLEEP + SEARCHING));
	return true;
}

void amli_pool_sleep(struct amli_pool_idle *idle, bool (*is_due)(void *), void *arg)
{
	atomic_fetch_add(&idle->counts, ASLEEP - SEARCHING);
	if (is_due(arg) && retract(idle))
		return;
	while (sem_wait(&idle->tokens)) /* interrupted */
		;
}

void amli_pool_wake(struct amli_pool_idle *idle, size_t n)
{
	uint64_t counts = atomic_load(&idle->counts);
	size_t woken;

	do {
		if (asleep(counts) == 0 || searching(counts) >= n)
			return;
		woken = n - searching(counts);
		if (woken > asleep(counts))
			woken = asleep(counts);
	} while (!atomic_compare_exchange_weak(&idle->counts, &counts,
					       counts - woken * (ASLEEP - SEARCHING)));
	while (woken--)
		sem_post(&idle->tokens);
}
