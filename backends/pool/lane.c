/* SPDX-License-Identifier: BSD-3-Clause */
#include <sched.h>

#include "lane.h"

void amli_pool_join(struct amli_pool_lane *lane, struct amli_pool_link *link)
{
	struct amli_pool_link *before;

	atomic_store_explicit(&link->next, NULL, memory_order_relaxed);
	link->is_settled = false;
	before = atomic_exchange(&lane->tail, link);
	atomic_store_explicit(before ? &before->next : &lane->head, link, memory_order_release);
}

struct amli_pool_link *amli_pool_first(struct amli_pool_lane *lane)
{
	return atomic_load_explicit(&lane->head, memory_order_acquire);
}

static struct amli_pool_link *next_of(struct amli_pool_link *link)
{
	return atomic_load_explicit(&link->next, memory_order_acquire);
}

/* Somebody is between the two steps of a join. */
static struct amli_pool_link *await_link(_Atomic(struct amli_pool_link *) *from)
{
	struct amli_pool_link *to;

	while (!(to = atomic_load_explicit(from, memory_order_acquire)))
		sched_yield();
	return to;
}

/* Find what is before the jobs up to this one. */
static void settle(struct amli_pool_lane *lane, const struct amli_pool_link *upto)
{
	struct amli_pool_link *at = lane->settled, *next;

	while (!upto->is_settled) {
		next = await_link(at ? &at->next : &lane->head);
		next->prev = at;
		next->is_settled = true;
		at = lane->settled = next;
	}
}

/* The last one, so far: true if it has left. */
static bool part_from_end(struct amli_pool_lane *lane, struct amli_pool_link *link,
			  struct amli_pool_link *prev)
{
	struct amli_pool_link *last = link;

	atomic_store_explicit(prev ? &prev->next : &lane->head, NULL, memory_order_relaxed);
	return atomic_compare_exchange_strong(&lane->tail, &last, prev);
}

void amli_pool_part(struct amli_pool_lane *lane, struct amli_pool_link *link)
{
	struct amli_pool_link *next = next_of(link), *prev = NULL;

	if (link != amli_pool_first(lane)) {
		settle(lane, link);
		prev = link->prev;
	}
	if (lane->settled == link)
		lane->settled = prev;
	if (!next && part_from_end(lane, link, prev))
		return;
	next = await_link(&link->next);
	next->prev = prev;
	atomic_store_explicit(prev ? &prev->next : &lane->head, next, memory_order_relaxed);
}
