/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/hot.h"
#include "dma/room.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/sync.h"
#include "dma/engine.h"
#include "dma/registry.h"

#define SPINS 64u
#define SLICE_US 1000u /* for engines that need to be driven meanwhile */

AMLI_HOT bool amli_room_take(struct amli_room *room)
{
	uint64_t used = atomic_load_explicit(&room->used, memory_order_relaxed), now;

	do {
		now = (used & ~AMLI_ROOM_WANTED) + 1;
		if (room->total && now > room->total)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(
		&room->used, &used, used + 1, memory_order_relaxed, memory_order_relaxed));
	if (now > atomic_load_explicit(&room->most, memory_order_relaxed))
		atomic_store_explicit(&room->most, now, memory_order_relaxed);
	return true;
}

AMLI_HOT void amli_room_leave(struct amli_room *room)
{
	uint64_t used = atomic_load_explicit(&room->used, memory_order_relaxed);

	/* In one step, or a thread could fall asleep between them that nobody wakes. */
	while (!atomic_compare_exchange_weak_explicit(&room->used, &used,
						      (used & ~AMLI_ROOM_WANTED) - 1,
						      memory_order_relaxed, memory_order_relaxed))
		;
	if (used & AMLI_ROOM_WANTED)
		amli_futex_wake(amli_futex_of(&room->used));
}

static void sleep_until_left(struct amli_engine *e, uint64_t limit_ns)
{
	struct amli_room *room = &e->room;
	uint64_t used = atomic_load_explicit(&room->used, memory_order_relaxed);
	bool passive = e->pub.caps.flags & AML_DMA_PROGRESS || amli_registry_is_passive(e);
	unsigned most = passive ? SLICE_US : AMLI_FOREVER;

	if ((used & ~AMLI_ROOM_WANTED) < room->total)
		return;
	if (atomic_compare_exchange_strong(&room->used, &used, used | AMLI_ROOM_WANTED))
		amli_futex_wait(amli_futex_of(&room->used), (uint32_t)(used | AMLI_ROOM_WANTED),
				amli_limit_us(limit_ns, most));
}

int amli_room_await(struct amli_engine *e, uint64_t limit_ns)
{
	unsigned idle = 0;

	while (!amli_room_take(&e->room)) {
		if (limit_ns == AMLI_AT_ONCE)
			return amli_fail(AML_EAGAIN,
					 "engine %s has %zu unfinished requests, "
					 "which is all it takes",
					 e->text, (size_t)e->room.total);
		if (amli_is_past(limit_ns))
			return amli_fail(AML_ETIMEDOUT, "engine %s had no room for another request",
					 e->text);
		if (e->ops->progress(&e->pub, NULL) || amli_registry_progress())
			idle = 0;
		else if (idle++ < SPINS)
			amli_cpu_relax();
		else
			sleep_until_left(e, limit_ns);
	}
	return 0;
}
