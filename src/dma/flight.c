/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/hot.h"
#include "base/sync.h"
#include "dma/flight.h"

/* A barrier stores the new generation and then reads the old counter; here the counter
 * is raised and then the generation read again.  In the one order that all see, either
 * the barrier finds this request, or it is found to be late and moves over. */
AMLI_HOT uint64_t amli_flight_enter(struct amli_flight *flight)
{
	uint64_t now = atomic_load(&flight->generation);

	for (;;) {
		uint64_t before = now;

		atomic_fetch_add(&flight->count[before & 1], 1);
		now = atomic_load(&flight->generation);
		if (now == before)
			return now;
		amli_flight_leave(flight, before);
	}
}

AMLI_HOT void amli_flight_leave(struct amli_flight *flight, uint64_t generation)
{
	_Atomic uint64_t *count = &flight->count[generation & 1];

	if (atomic_fetch_sub(count, 1) == (AMLI_FLIGHT_WAITER | 1))
		amli_futex_wake(amli_futex_of(count));
}

/* What is in flight may let more take off, which then is counted before it leaves itself;
 * so if the counters are looked at in turn and then once more, it is seen in one of them. */
bool amli_flight_is_empty(struct amli_flight *flight)
{
	uint64_t n = atomic_load(&flight->count[0]) | atomic_load(&flight->count[1]);

	return ((n | atomic_load(&flight->count[0])) & ~AMLI_FLIGHT_WAITER) == 0;
}
