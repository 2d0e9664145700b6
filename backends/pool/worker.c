/* SPDX-License-Identifier: BSD-3-Clause */
/* The threads: they run what is queued, search for a moment, and sleep. */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "pool.h"

/* Turns that an idle worker watches the queue before it sleeps: some microseconds, about
 * what waking it costs. */
#define POOL_SPINS 256

/* So often a worker looks in another set first: one that is always full would keep it
 * from the others. */
#define POOL_TURNS_AT_HOME 64

static _Thread_local struct amli_pool_worker *self;

struct amli_pool_worker *amli_pool_self(const struct amli_pool *pool)
{
	return self && self->pool == pool ? self : NULL;
}

static bool pool_is_due(void *arg)
{
	struct amli_pool *pool = arg;

	return atomic_load(&pool->stop) || amli_pool_has_work(pool);
}

uint64_t amli_pool_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool pool_expects(struct amli_pool *pool)
{
	uint64_t until = atomic_load_explicit(&pool->expected_ns, memory_order_relaxed);

	return until && amli_pool_now_ns() < until;
}

/* Return when there may be something to do. */
static void pool_idle(struct amli_pool *pool)
{
	int i = 0;

	amli_pool_search_begin(&pool->idle);
	while (i < POOL_SPINS && !pool_is_due(pool)) {
		amli_pool_relax();
		if (++i == POOL_SPINS && pool_expects(pool)) {
			sched_yield(); /* who plans may be waiting for this very core */
			i -= POOL_SPINS / 16;
		}
	}
	if (i == POOL_SPINS)
		amli_pool_sleep(&pool->idle, pool_is_due, pool);
	amli_pool_search_end(&pool->idle);
}

static unsigned pool_first_set(struct amli_pool_worker *worker)
{
	unsigned turn = ++worker->turns / POOL_TURNS_AT_HOME;

	return worker->turns % POOL_TURNS_AT_HOME ? worker->home : turn % worker->pool->nsets;
}

/* Claim a piece; NULL: the pool ends. */
static struct amli_pool_job *pool_next(struct amli_pool_worker *worker, size_t *piece)
{
	static const struct amli_pool_taker any = {.runs_operators = true};
	struct amli_pool *pool = worker->pool;

	for (;;) {
		struct amli_pool_job *job;

		job = amli_pool_find(pool, pool_first_set(worker), &any, piece);
		if (job || atomic_load_explicit(&pool->stop, memory_order_relaxed))
			return job;
		pool_idle(pool);
	}
}

static int pool_settle(struct amli_pool_worker *worker)
{
	const struct amli_pool_options *want = &worker->pool->want;
	char name[16];
	int rc = 0;

	self = worker;
	snprintf(name, sizeof(name), "aml-pool-%u", worker->i);
	pthread_setname_np(pthread_self(), name);
	if (want->bind != AML_BIND_NONE)
		rc = aml_thread_bind(want->bind, want->node, worker->i);
	worker->home = amli_pool_home(worker->pool, worker->i);
	return want->bind_is_asked ? rc : 0;
}

static void *pool_work(void *arg)
{
	struct amli_pool_worker *worker = arg;
	struct amli_pool *pool = worker->pool;
	struct amli_pool_job *job;
	int rc = pool_settle(worker);
	size_t piece;

	if (rc)
		atomic_store_explicit(&pool->bind_status, rc, memory_order_relaxed);
	sem_post(&pool->settled);
	while ((job = pool_next(worker, &piece)))
		amli_pool_run(job, piece, true);
	return NULL;
}

/* As many as the system gives; they inherit the mask of a thread that takes no signals. */
static unsigned pool_create(struct amli_pool *pool)
{
	sigset_t all, before;
	unsigned n = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (; n < pool->want.nthreads; n++) {
		pool->worker[n] = (struct amli_pool_worker){.pool = pool, .i = n};
		if (pthread_create(&pool->worker[n].thread, NULL, pool_work, &pool->worker[n]))
			break;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return n;
}

int amli_pool_start(struct amli_pool *pool)
{
	unsigned want = pool->want.nthreads, n = pool_create(pool);
	int rc;

	for (unsigned i = 0; i < n; i++)
		while (sem_wait(&pool->settled)) /* interrupted */
			;
	rc = atomic_load_explicit(&pool->bind_status, memory_order_relaxed);
	if (n == want && rc == 0)
		return 0;
	pool->want.nthreads = n;
	amli_pool_stop(pool);
	if (n < want)
		return aml_engine_refuse(AML_ENOMEM, "pool: the system gave %u threads of %u", n,
					 want);
	return aml_engine_refuse(-rc, "pool: the system refuses to bind threads");
}

void amli_pool_stop(struct amli_pool *pool)
{
	atomic_store(&pool->stop, true);
	amli_pool_wake(&pool->idle, pool->want.nthreads);
	for (unsigned i = 0; i < pool->want.nthreads; i++)
		pthread_join(pool->worker[i].thread, NULL);
}
