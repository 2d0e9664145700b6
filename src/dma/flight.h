/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How many requests are in flight, so that a barrier can wait for those submitted
 * before it and for no others.
 *
 * Requests are counted in the generation in which they were submitted.  A barrier
 * begins a new generation and waits until the one before has none left; barriers
 * take turns, so two counters do, the one of a generation being chosen by its parity.
 * A barrier that gives up leaves a generation that is not empty: the next one waits for
 * that first.
 *
 * Leaving is the last thing that a completing thread does to the engine: when the
 * counters are 0 the engine may be freed.
 */
#ifndef AMLI_DMA_FLIGHT_H
#define AMLI_DMA_FLIGHT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Set in a counter while a barrier sleeps on it.  In the half that is slept on, or one that is
 * about to sleep could take a turn that changed hands for the one it saw. */
#define AMLI_FLIGHT_WAITER (UINT64_C(1) << 31)

/* The turn.  Its flag is in the half that is slept on: without it the word of another who
 * holds the turn would look the same. */
#define AMLI_TURN_HELD UINT64_C(1)
#define AMLI_TURN_WAITER UINT64_C(2)

struct amli_flight {
	_Atomic uint64_t generation;
	_Atomic uint64_t count[2];
	_Atomic uint64_t turn;	  /* AMLI_TURN_HELD, AMLI_TURN_WAITER: a barrier waits for it */
	_Atomic uint64_t drained; /* generations before this one have none left */
};

/* Count one request; returns its generation. */
uint64_t amli_flight_enter(struct amli_flight *flight);
void amli_flight_leave(struct amli_flight *flight, uint64_t generation);
/* Whether none is in flight, for the only thread that uses the engine. */
bool amli_flight_is_empty(struct amli_flight *flight);

#endif
