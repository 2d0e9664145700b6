/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How many requests are in flight, so that a barrier can wait for those submitted
 * before it and for no others.
 *
 * Requests are counted in the generation in which they were submitted.  A barrier
 * begins a new generation and waits until the one before has none left; barriers
 * take turns, so two counters do, the one of a generation being chosen by its parity.
 *
 * Leaving is the last thing that a completing thread does to the engine: when the
 * counters are 0 the engine may be freed.
 */
#ifndef AMLI_DMA_FLIGHT_H
#define AMLI_DMA_FLIGHT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/* Set in a counter while a barrier sleeps on it. */
#define AMLI_FLIGHT_WAITER (UINT32_C(1) << 31)

struct amli_flight {
	_Atomic uint64_t generation;
	_Atomic uint32_t count[2];
	pthread_mutex_t turn; /* held by the barrier that waits */
};

/* Count one request; returns its generation. */
uint64_t amli_flight_enter(struct amli_flight *flight);
void amli_flight_leave(struct amli_flight *flight, uint64_t generation);

#endif
