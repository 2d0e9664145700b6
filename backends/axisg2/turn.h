/* SPDX-License-Identifier: BSD-3-Clause */
/* Those who wait for buffers, one behind the other.  Without it one who needs many would never see
 * them all free beside those who need few. */
#ifndef AXISG2_TURN_H
#define AXISG2_TURN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct amli_axis_turn {
	struct amli_axis_turn *next;
};

struct amli_axis_turns {
	pthread_mutex_t lock; /* guards the list */
	pthread_cond_t moved;
	struct amli_axis_turn *first, **end;
	atomic_uint n;
};

void amli_axis_turns_init(struct amli_axis_turns *turns);
void amli_axis_turns_fini(struct amli_axis_turns *turns);

static inline bool amli_axis_turns_idle(const struct amli_axis_turns *turns)
{
	return atomic_load_explicit(&turns->n, memory_order_relaxed) == 0;
}

/* Until all before have left; but no longer than to the limit, nor than 50 ms: who has buffers
 * already, and needs more to go on, may be what the first one waits for. */
void amli_axis_turn_await(struct amli_axis_turns *turns, struct amli_axis_turn *me,
			  uint64_t limit_ns);
void amli_axis_turn_over(struct amli_axis_turns *turns, struct amli_axis_turn *me);

#endif
