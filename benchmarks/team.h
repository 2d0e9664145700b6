/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that measure the streaming limit and sweep the caches.  They sleep unless
 * armed, and armed they spin, so that a measurement holds no wake-up.
 *
 *	team_arm(team, n, fn, arg)	helpers wake up and wait
 *	team_go(team)			fn(arg, i, n) for i < n, i == 0 here; returns when
 *					all have returned
 */
#ifndef BENCH_TEAM_H
#define BENCH_TEAM_H

struct team;
typedef void (*team_fn)(void *arg, unsigned i, unsigned n);

/* For up to n threads, the caller among them; NULL after a complaint. */
struct team *team_create(unsigned n);
void team_destroy(struct team *team);

void team_arm(struct team *team, unsigned n, team_fn fn, void *arg);
void team_go(struct team *team);

/* Threads that can run at once here. */
unsigned team_cores(void);

#endif
