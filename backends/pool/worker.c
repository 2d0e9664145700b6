/* SPDX-License-Identifier: BSD-3-Clause */
/* The threads: they run what is queued, spin for a moment, and sleep. */
#include <signal.h>
#include <stdio.h>

#include "pool.h"

/* Turns that an idle worker watches the queue before it sleeps: some microseconds, about
 * what waking it costs. */
#define POOL_SPINS 256

static _Thread_local const struct amli_pool *pool_of_thread;

bool amli_pool_is_worker(const struct amli_pool *pool)
{
	return pool_of_thread == pool;
}

static inline void pool_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* With the lock held, which is given up meanwhile. */
static void pool_spin(struct amli_pool *pool)
{
	pool->spinning++;
	pthread_mutex_unlock(&pool->lock);
	for (int i = 0; i < POOL_SPINS; i++) {
		if (atomic_load_explicit(&pool->queue.unclaimed, memory_order_relaxed))
			break;
		pool_relax();
	}
	pthread_mutex_lock(&pool->lock);
	pool->spinning--;
}

static void pool_sleep(struct amli_pool *pool)
{
	pool->asleep++;
	while (!pool->tokens && !pool->stop)
		pthread_cond_wait(&pool->wake, &pool->lock);
	pool->asleep--;
	if (pool->tokens)
		pool->tokens--;
}

/* With the lock held: return when there is a job (true), or the pool ends. */
static bool pool_find(struct amli_pool *pool)
{
	while (!pool->queue.head) {
		if (pool->stop)
			return false;
		pool_spin(pool);
		if (!pool->queue.head && !pool->stop)
			pool_sleep(pool);
	}
	return true;
}

void amli_pool_wake(struct amli_pool *pool, size_t taken)
{
	size_t unclaimed = atomic_load_explicit(&pool->queue.unclaimed, memory_order_relaxed);

	while (pool->tokens < pool->asleep && pool->tokens + pool->spinning + taken < unclaimed) {
		pool->tokens++;
		pthread_cond_signal(&pool->wake);
	}
}

static int pool_settle(const struct amli_pool_worker *worker)
{
	const struct amli_pool *pool = worker->pool;
	char name[16];

	pool_of_thread = pool;
	snprintf(name, sizeof(name), "aml-pool-%u", worker->i);
	pthread_setname_np(pthread_self(), name);
	if (pool->bind == AML_BIND_NONE)
		return 0;
	return aml_thread_bind(pool->bind, pool->node, worker->i);
}

static void *pool_work(void *arg)
{
	struct amli_pool_worker *worker = arg;
	struct amli_pool *pool = worker->pool;
	int rc = pool_settle(worker);

	pthread_mutex_lock(&pool->lock);
	if (rc)
		pool->bind_status = rc;
	pool->ready++;
	pthread_cond_signal(&pool->started);
	while (pool_find(pool)) {
		struct amli_pool_job *job = pool->queue.head;
		size_t piece = amli_pool_claim(&pool->queue);

		pthread_mutex_unlock(&pool->lock);
		amli_pool_run(pool, job, piece);
		pthread_mutex_lock(&pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* As many as the system gives; they inherit the mask of a thread that takes no signals. */
static unsigned pool_create(struct amli_pool *pool)
{
	sigset_t all, before;
	unsigned n = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (; n < pool->nthreads; n++) {
		pool->worker[n].pool = pool;
		pool->worker[n].i = n;
		if (pthread_create(&pool->worker[n].thread, NULL, pool_work, &pool->worker[n]))
			break;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return n;
}

int amli_pool_start(struct amli_pool *pool)
{
	unsigned want = pool->nthreads, n = pool_create(pool);
	int rc;

	pthread_mutex_lock(&pool->lock);
	while (pool->ready < n)
		pthread_cond_wait(&pool->started, &pool->lock);
	rc = pool->bind_status;
	pthread_mutex_unlock(&pool->lock);
	if (n == want && rc == 0)
		return 0;
	pool->nthreads = n;
	amli_pool_stop(pool);
	if (n < want)
		return aml_engine_refuse(AML_ENOMEM, "pool: the system gave %u threads of %u", n,
					 want);
	return aml_engine_refuse(-rc, "pool: the system refuses to bind threads");
}

void amli_pool_stop(struct amli_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_cond_broadcast(&pool->wake);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->nthreads; i++)
		pthread_join(pool->worker[i].thread, NULL);
}
