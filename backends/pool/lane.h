/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A lane: jobs first in first out, joined without a lock and left with one.
 *
 *	head --next--> job --next--> job ... job <-- tail
 *
 * To join is to exchange the tail, and then to link the one before to the new one (or the
 * head, where there was none).  Between the two, the new job and those that join after it
 * cannot be reached from the head: whoever needs the link waits for it.  The tail tells
 * whether there is anything: it is NULL only if the lane is empty.
 *
 * To leave, a job is taken out with the lock held.  At the end of the lane the tail may
 * move meanwhile; then somebody is about to write to the job's `next`, and the job stays
 * until that is done.  So nobody writes to a job that has left.
 *
 * `prev` is known up to the job `settled`, and found for the rest when somebody leaves
 * from the middle: once for each job, whatever the number of those that leave.
 */
#ifndef POOL_LANE_H
#define POOL_LANE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static inline void amli_pool_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

struct amli_pool_link {
	_Atomic(struct amli_pool_link *) next;
	struct amli_pool_link *prev; /* with the lock held, and only if settled */
	bool is_settled;
};

struct amli_pool_lane {
	_Alignas(64) _Atomic(struct amli_pool_link *) tail; /* for those who join */
	_Alignas(64) _Atomic(struct amli_pool_link *) head; /* for those who leave */
	struct amli_pool_link *settled;
};

/* Without the lock.  Sequentially consistent, as is the look at the lane: see idle.h. */
void amli_pool_join(struct amli_pool_lane *lane, struct amli_pool_link *link);

static inline bool amli_pool_lane_is_empty(struct amli_pool_lane *lane)
{
	return !atomic_load(&lane->tail);
}

/* With the lock held: the first, NULL if there is none, or its join is not finished. */
struct amli_pool_link *amli_pool_first(struct amli_pool_lane *lane);
/* With the lock held: leave from any place.  It is in the lane. */
void amli_pool_part(struct amli_pool_lane *lane, struct amli_pool_link *link);

#endif
