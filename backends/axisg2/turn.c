/* SPDX-License-Identifier: BSD-3-Clause */
#include "backends/axisg2/turn.h"

#include <time.h>

#include "backends/axisg2/device.h"

#define PATIENCE_NS UINT64_C(50000000)

void amli_axis_turns_init(struct amli_axis_turns *turns)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&turns->moved, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&turns->lock, NULL);
	turns->first = NULL;
	turns->end = &turns->first;
	atomic_init(&turns->n, 0);
}

void amli_axis_turns_fini(struct amli_axis_turns *turns)
{
	pthread_cond_destroy(&turns->moved);
	pthread_mutex_destroy(&turns->lock);
}

void amli_axis_turn_await(struct amli_axis_turns *turns, struct amli_axis_turn *me,
			  uint64_t limit_ns)
{
	uint64_t until_ns = amli_axis_now_ns() + PATIENCE_NS;
	struct timespec until;
	int rc = 0;

	until_ns = limit_ns < until_ns ? limit_ns : until_ns;
	until = (struct timespec){.tv_sec = (time_t)(until_ns / 1000000000),
				  .tv_nsec = (long)(until_ns % 1000000000)};
	pthread_mutex_lock(&turns->lock);
	me->next = NULL;
	*turns->end = me;
	turns->end = &me->next;
	atomic_fetch_add(&turns->n, 1);
	while (turns->first != me && rc == 0)
		rc = pthread_cond_timedwait(&turns->moved, &turns->lock, &until);
	pthread_mutex_unlock(&turns->lock);
}

void amli_axis_turn_over(struct amli_axis_turns *turns, struct amli_axis_turn *me)
{
	struct amli_axis_turn **link = &turns->first;

	pthread_mutex_lock(&turns->lock);
	while (*link != me)
		link = &(*link)->next;
	*link = me->next;
	if (turns->end == &me->next)
		turns->end = link;
	atomic_fetch_sub(&turns->n, 1);
	pthread_cond_broadcast(&turns->moved);
	pthread_mutex_unlock(&turns->lock);
}
