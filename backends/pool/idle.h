/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who has nothing to do, and whom to wake.
 *
 *	working --begin--> searching --sleep--> asleep --wake--> (a token) searching
 *	   ^------- end ------/ ^------ retract ---/
 *
 * A worker that finds nothing searches for a while, then sleeps.  One that was woken counts
 * as searching from the moment it is woken, so nobody wakes another for the same piece.
 *
 * No wake-up is lost, because these four are sequentially consistent:
 *
 *	one with work:	P1 push it		P2 look at the counts
 *	the worker:	W1 change the counts	W2 look for work
 *
 * - The worker falls asleep (W1: asleep; W2, inside sleep(), finds nothing).  Had P1 come
 *   before W2, W2 would have found it: a lane with a job has a tail.  So W1, W2, P1,
 *   P2: P2 sees it asleep, and wakes it unless enough are searching.
 * - Somebody was searching at P2, so nobody was woken.  That one comes to W1, the end of its
 *   search or its sleep, after P2, and to W2 after P1: it finds the work, or another has it.
 *   If it takes something else, it knows what is left, and does as one with work: P2.
 *
 * So whoever pushes, and whoever takes and leaves something behind, calls wake; and a
 * worker ends its search before it takes.
 */
#ifndef POOL_IDLE_H
#define POOL_IDLE_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct amli_pool_idle {
	_Alignas(64) _Atomic uint64_t counts; /* searching + asleep << 32 */
	sem_t tokens;			      /* one for each that was woken */
};

void amli_pool_idle_init(struct amli_pool_idle *idle);
void amli_pool_idle_fini(struct amli_pool_idle *idle);

void amli_pool_search_begin(struct amli_pool_idle *idle);
void amli_pool_search_end(struct amli_pool_idle *idle);
/* Searching: sleep until woken, unless @is_due(@arg); then searching again. */
void amli_pool_sleep(struct amli_pool_idle *idle, bool (*is_due)(void *), void *arg);

/* There are @n pieces to take: wake as many as are not searching yet. */
void amli_pool_wake(struct amli_pool_idle *idle, size_t n);

/* How many just now. */
size_t amli_pool_searching(const struct amli_pool_idle *idle);
size_t amli_pool_asleep(const struct amli_pool_idle *idle);

#endif
