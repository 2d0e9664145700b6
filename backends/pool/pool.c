/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool engine: requests are queued and run by threads of its own, helped by the
 * threads that wait; large plans are cut into pieces. */
#include <stdlib.h>
#include <string.h>

#include "pool.h"

/* Plans of this many bytes are cut, into pieces no smaller than that, and at most so many
 * per thread: enough that threads which begin late or are interrupted even out. */
#define POOL_CUT_FROM ((size_t)512 << 10)
#define POOL_PIECE ((size_t)256 << 10)
#define POOL_PIECES_PER_THREAD 8

/* So long workers stay awake for what is expected. */
#define POOL_EXPECT_NS 100000

_Static_assert(POOL_PIECES_PER_THREAD *(POOL_THREADS_MOST + 1) <= POOL_PIECES_MOST, "they fit");

static struct amli_pool *pool_make(const struct amli_pool_options *want)
{
	size_t size = sizeof(struct amli_pool) + want->nthreads * sizeof(struct amli_pool_worker);
	struct amli_pool *pool;

	size = (size + 63) / 64 * 64;
	pool = aligned_alloc(64, size);
	if (!pool)
		return NULL;
	memset(pool, 0, size);
	pool->want = *want;
	amli_pool_place(pool);
	amli_pool_idle_init(&pool->idle);
	sem_init(&pool->settled, 0, 0);
	for (unsigned i = 0; i < pool->nsets; i++)
		amli_pool_set_init(&pool->set[i]);
	return pool;
}

static void pool_unmake(struct amli_pool *pool)
{
	for (unsigned i = 0; i < pool->nsets; i++)
		amli_pool_set_fini(&pool->set[i]);
	sem_destroy(&pool->settled);
	amli_pool_idle_fini(&pool->idle);
	free(pool);
}

static int pool_open(struct aml_engine *e, const struct aml_spec *spec)
{
	struct amli_pool_options want;
	struct amli_pool *pool;
	int rc = amli_pool_read(spec, &want);

	if (rc)
		return rc;
	pool = pool_make(&want);
	if (!pool)
		return aml_engine_refuse(AML_ENOMEM, "pool: no memory for %u threads",
					 want.nthreads);
	rc = amli_pool_start(pool);
	if (rc) {
		pool_unmake(pool);
		return rc;
	}
	e->state = pool;
	e->caps.threads = want.nthreads;
	e->caps.capacity = want.queue;
	if (want.nthreads == 0)
		e->caps.flags |= AML_DMA_PROGRESS;
	return 0;
}

static void pool_close(struct aml_engine *e)
{
	amli_pool_stop(e->state);
	pool_unmake(e->state);
}

/* How many pieces to cut a plan into: as many for each thread, if they are few. */
static size_t pool_cut(const struct amli_pool *pool, const struct aml_plan *plan)
{
	size_t bytes = aml_plan_bytes(plan), want = bytes / POOL_PIECE;
	size_t threads = (size_t)pool->want.nthreads + 1;
	size_t most = POOL_PIECES_PER_THREAD * threads;

	if (pool->want.nthreads == 0 || bytes < POOL_CUT_FROM)
		return 1;
	want = (want + threads - 1) / threads * threads;
	return aml_plan_split(plan, want < most ? want : most);
}

bool amli_pool_has_work(struct amli_pool *pool)
{
	for (unsigned i = 0; i < pool->nsets; i++)
		if (amli_pool_set_has_work(&pool->set[i]))
			return true;
	return false;
}

static unsigned pool_set_of_thread(const struct amli_pool *pool)
{
	const struct amli_pool_worker *worker;

	if (pool->nsets == 1)
		return 0;
	worker = amli_pool_self(pool);
	return worker ? worker->home : amli_pool_set_here(pool);
}

/* A small copy that would have to wake a worker, which costs more than the copy, is run by
 * the thread that submits it. */
static bool pool_runs_at_once(struct amli_pool *pool, const struct amli_pool_job *job,
			      const struct aml_plan *plan)
{
	const struct amli_pool_idle *idle = &pool->idle;

	return pool->want.nthreads > 0 && !job->is_operator &&
	       aml_plan_bytes(plan) <= pool->want.small &&
	       amli_pool_searching(idle) + amli_pool_asleep(idle) == pool->want.nthreads &&
	       !amli_pool_has_work(pool);
}

static int pool_submit(struct aml_engine *e, struct aml_request *req)
{
	struct amli_pool *pool = e->state;
	struct amli_pool_job *job = aml_request_private(req);
	const struct aml_plan *plan = aml_request_plan(req);
	struct amli_pool_set *set = &pool->set[pool_set_of_thread(pool)];
	size_t pieces = pool_cut(pool, plan), taken = aml_request_is_awaited(req);

	amli_pool_job_init(job, req, set, pieces);
	job->is_operator = aml_plan_is_operator(plan);
	job->is_urgent = aml_request_is_urgent(req);
	if (pool_runs_at_once(pool, job, plan)) {
		aml_request_complete(req, aml_request_run(req, 0, 1));
		return 0;
	}
	amli_pool_push(job);
	amli_pool_wake(&pool->idle, pieces - taken);
	return 0;
}

/* While a long plan is made, the workers that it will need wake up, and stay awake. */
static void pool_expect(struct aml_engine *e, size_t bytes)
{
	struct amli_pool *pool = e->state;

	if (pool->want.nthreads == 0 || bytes < POOL_CUT_FROM)
		return;
	atomic_store_explicit(&pool->expected_ns, amli_pool_now_ns() + POOL_EXPECT_NS,
			      memory_order_relaxed);
	amli_pool_wake(&pool->idle, bytes / POOL_PIECE);
}

/*
 * Whoever comes here may have been relied upon: a worker that was searching, or a thread
 * that waits for what it submitted itself and has woken nobody for.  It may find something
 * else, or what it must not take; so it sees to what it leaves behind.
 */
struct amli_pool_job *amli_pool_find(struct amli_pool *pool, unsigned first,
				     const struct amli_pool_taker *taker, size_t *piece)
{
	struct amli_pool_job *job = NULL;
	size_t left = 0;

	for (unsigned i = 0; i < pool->nsets && !job; i++) {
		struct amli_pool_set *set = &pool->set[(first + i) % pool->nsets];
		size_t here;

		if (!amli_pool_set_has_work(set))
			continue;
		job = amli_pool_take(set, taker, piece, &here);
		left += here;
	}
	if (left == 0 && pool->nsets > 1)
		left = amli_pool_has_work(pool);
	if (left)
		amli_pool_wake(&pool->idle, left);
	return job;
}

void amli_pool_run(struct amli_pool_job *job, size_t piece, bool on)
{
	do {
		int rc = aml_request_run(job->req, piece, job->pieces);

		if (rc)
			amli_pool_fail(job, rc);
	} while (on && amli_pool_go_on(job, &piece));
	if (amli_pool_leave(job))
		aml_request_complete(job->req, job->status);
}

/* A custom operator may take long, and may wait for what the helping thread was about to
 * do: it is run for its own waiter, or where nobody else would. */
static int pool_progress(struct aml_engine *e, struct aml_request *req)
{
	struct amli_pool *pool = e->state;
	struct amli_pool_taker taker = {.own = req};
	struct amli_pool_job *job;
	size_t piece;

	if (!amli_pool_has_work(pool))
		return 0;
	taker.runs_operators = pool->want.nthreads == 0 || amli_pool_self(pool);
	job = amli_pool_find(pool, pool_set_of_thread(pool), &taker, &piece);
	if (!job)
		return 0;
	amli_pool_run(job, piece, false);
	return 1;
}

static int pool_cancel(struct aml_engine *e, struct aml_request *req)
{
	struct amli_pool_job *job = aml_request_private(req);

	(void)e;
	if (!amli_pool_drop(job))
		return -AML_EBUSY;
	aml_request_complete(req, job->status);
	return 0;
}

static int pool_fprintf(const struct aml_engine *e, FILE *stream, const char *prefix)
{
	amli_pool_print(e->state, stream, prefix);
	return 0;
}

static const struct aml_engine_ops pool_ops = {
	.size = sizeof(pool_ops),
	.open = pool_open,
	.close = pool_close,
	.submit = pool_submit,
	.progress = pool_progress,
	.cancel = pool_cancel,
	.reaches = aml_engine_reaches_host_only,
	.fprintf = pool_fprintf,
	.expect = pool_expect,
};

AML_BACKEND(pool) = {
	.abi = AML_ENGINE_ABI,
	.name = "pool",
	.summary = "copies in threads of its own, helped by those that wait",
	.flags = AML_DMA_HOST | AML_DMA_OPERATORS | AML_DMA_CANCEL,
	.keys = amli_pool_keys,
	.engine = &pool_ops,
};
