/* SPDX-License-Identifier: BSD-3-Clause */
#include "team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "complain.h"

/*
 * lock guards round, n, fn, arg and quit; cond says that one of them changed.
 * A helper that takes part in a round counts itself into `armed`, spins until `go`
 * is that round, runs, and counts itself into `done`.
 */
struct team {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	unsigned round, n;
	team_fn fn;
	void *arg;
	bool quit;
	atomic_uint armed, go, done;
	unsigned nhelpers;
	struct helper {
		struct team *team;
		pthread_t thread;
		unsigned i; /* 1 and up */
	} helpers[];
};

/* Spins for the length of a good copy, then lets others run as well. */
static void wait_until(atomic_uint *counter, unsigned value)
{
	for (unsigned spins = 0; atomic_load_explicit(counter, memory_order_acquire) != value;
	     spins++) {
#if defined(__x86_64__)
		__builtin_ia32_pause();
#endif
		if (spins > 100000)
			sched_yield();
	}
}

static void *helper_main(void *arg)
{
	struct helper *h = arg;
	struct team *t = h->team;
	unsigned seen = 0;

	pthread_mutex_lock(&t->lock);
	for (;;) {
		while (!t->quit && t->round == seen)
			pthread_cond_wait(&t->cond, &t->lock);
		if (t->quit)
			break;
		seen = t->round;
		if (h->i >= t->n)
			continue;
		pthread_mutex_unlock(&t->lock);
		atomic_fetch_add(&t->armed, 1);
		wait_until(&t->go, seen);
		t->fn(t->arg, h->i, t->n);
		atomic_fetch_add(&t->done, 1);
		pthread_mutex_lock(&t->lock);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

struct team *team_create(unsigned n)
{
	struct team *t = calloc(1, sizeof(*t) + n * sizeof(t->helpers[0]));

	if (!t) {
		complain("no memory for %u threads", n);
		return NULL;
	}
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->cond, NULL);
	for (unsigned i = 1; i < n; i++) {
		struct helper *h = &t->helpers[i - 1];
		int rc;

		h->team = t;
		h->i = i;
		rc = pthread_create(&h->thread, NULL, helper_main, h);
		if (rc) {
			complain("cannot start thread %u of %u: %s", i, n, strerror(rc));
			team_destroy(t);
			return NULL;
		}
		t->nhelpers++;
	}
	return t;
}

void team_destroy(struct team *t)
{
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	t->quit = true;
	pthread_cond_broadcast(&t->cond);
	pthread_mutex_unlock(&t->lock);
	for (unsigned i = 0; i < t->nhelpers; i++)
		pthread_join(t->helpers[i].thread, NULL);
	pthread_cond_destroy(&t->cond);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

void team_arm(struct team *t, unsigned n, team_fn fn, void *arg)
{
	if (n > t->nhelpers + 1)
		n = t->nhelpers + 1;
	atomic_store(&t->armed, 0);
	atomic_store(&t->done, 0);
	pthread_mutex_lock(&t->lock);
	t->round++;
	t->n = n;
	t->fn = fn;
	t->arg = arg;
	if (n > 1)
		pthread_cond_broadcast(&t->cond);
	pthread_mutex_unlock(&t->lock);
	wait_until(&t->armed, n - 1);
}

void team_go(struct team *t)
{
	atomic_store_explicit(&t->go, t->round, memory_order_release);
	t->fn(t->arg, 0, t->n);
	wait_until(&t->done, t->n - 1);
}

unsigned team_cores(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) ? 0 : CPU_COUNT(&set);

	return n > 0 ? (unsigned)n : 1;
}
