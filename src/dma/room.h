/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Room in an engine's queue: the unfinished requests it takes.
 *
 * A thread that finds none raises a flag beside the count and sleeps on the word; who
 * leaves wakes all sleepers if the flag is up.  Leaving comes before the request leaves
 * flight, so the engine is still there.
 */
#ifndef AMLI_DMA_ROOM_H
#define AMLI_DMA_ROOM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct amli_engine;

struct amli_room {
	_Atomic uint64_t used; /* and AMLI_ROOM_WANTED */
	_Atomic uint64_t most; /* that was ever used */
	uint64_t total;	       /* 0 = no limit */
};

/* In the half that is slept on: a sleeper that comes when the flag was just lowered must
 * not take the word for the one it saw. */
#define AMLI_ROOM_WANTED (UINT64_C(1) << 31)

bool amli_room_take(struct amli_room *room);
void amli_room_leave(struct amli_room *room);
/* Take, waiting until limit_ns (helping the engine); -AML_EAGAIN: it had no room at once
 * and limit_ns is 0; -AML_ETIMEDOUT. */
int amli_room_await(struct amli_engine *e, uint64_t limit_ns);

static inline uint64_t amli_room_used(const struct amli_room *room)
{
	return atomic_load_explicit(&((struct amli_room *)room)->used, memory_order_relaxed) &
	       ~AMLI_ROOM_WANTED;
}

#endif
