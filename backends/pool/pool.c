/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool engine: requests are queued and run by threads of its own, helped by the
 * threads that wait; large plans are cut into pieces. */
#include <stdint.h>
#include <stdlib.h>

#include "pool.h"

/* Plans of this many bytes are cut, into pieces no smaller than that, and at most so many
 * per thread: enough that threads which begin late or are interrupted even out. */
#define POOL_CUT_FROM ((size_t)512 << 10)
#define POOL_PIECE ((size_t)256 << 10)
#define POOL_PIECES_PER_THREAD 8

/* Up to so many bytes a copy takes less time than waking a thread for it: 10 us and more
 * where the core has to be woken as well. */
#define POOL_SMALL ((size_t)32 << 10)

/* In the order of enum aml_bind. */
static const char *const pool_binds[] = {"none", "core", "node", NULL};

static const struct aml_engine_key pool_keys[] = {
	{"threads", "how many, 0 to 1024; 0: the threads that wait do all; default: one less than "
		    "cores, at least 1"},
	{"bind", "core, node or none; default none, or node if node= is given"},
	{"small",
	 "bytes up to which a copy may be made by the thread that submits it, if all others "
	 "are idle; 0: never; default 32768"},
	{"node", "a NUMA node: its cores are counted and bound to; default any"},
	{NULL, NULL},
};

static int pool_read_bind(const struct aml_spec *spec, struct amli_pool *to)
{
	size_t node = SIZE_MAX;
	int rc, i;

	rc = aml_spec_size(spec, "node", 0, 65535, &node);
	to->node = node == SIZE_MAX ? -1 : (int)node;
	i = node == SIZE_MAX ? AML_BIND_NONE : AML_BIND_NODE;
	if (rc == 0)
		rc = aml_spec_choice(spec, "bind", pool_binds, &i);
	to->bind = (enum aml_bind)i;
	return rc;
}

/* One less than cores, for the waiting caller helps.  Looking at the machine takes a
 * while, so it is not done for nothing. */
static int pool_count(const struct aml_spec *spec, struct amli_pool *to, size_t *threads)
{
	int cores;

	*threads = 1;
	if (to->node < 0 && aml_spec_text(spec, "threads"))
		return 0;
	cores = aml_thread_count_default(to->node);
	if (cores == -AML_EDOM)
		return aml_engine_refuse(AML_EINVAL, "pool: node=%d: there is no such NUMA node",
					 to->node);
	if (cores > 2)
		*threads = (size_t)cores - 1;
	return cores < 0 ? cores : 0;
}

/* What the spec asks for, without room for workers. */
static int pool_read(const struct aml_spec *spec, struct amli_pool *to)
{
	size_t threads;
	int rc = pool_read_bind(spec, to);

	if (rc == 0)
		rc = pool_count(spec, to, &threads);
	if (rc == 0)
		rc = aml_spec_size(spec, "threads", 0, POOL_THREADS_MOST, &threads);
	if (rc == 0)
		to->nthreads = (unsigned)threads;
	to->small = POOL_SMALL;
	if (rc == 0)
		rc = aml_spec_size(spec, "small", 0, SIZE_MAX, &to->small);
	return rc;
}

static struct amli_pool *pool_make(const struct amli_pool *want)
{
	struct amli_pool *pool =
		calloc(1, sizeof(*pool) + want->nthreads * sizeof(pool->worker[0]));

	if (!pool)
		return NULL;
	pool->bind = want->bind;
	pool->node = want->node;
	pool->nthreads = want->nthreads;
	pool->small = want->small;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->wake, NULL);
	pthread_cond_init(&pool->started, NULL);
	return pool;
}

static void pool_unmake(struct amli_pool *pool)
{
	pthread_cond_destroy(&pool->started);
	pthread_cond_destroy(&pool->wake);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

static int pool_open(struct aml_engine *e, const struct aml_spec *spec)
{
	struct amli_pool want, *pool;
	int rc = pool_read(spec, &want);

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
	e->caps.threads = pool->nthreads;
	if (pool->nthreads == 0)
		e->caps.flags |= AML_DMA_PROGRESS;
	return 0;
}

static void pool_close(struct aml_engine *e)
{
	amli_pool_stop(e->state);
	pool_unmake(e->state);
}

/* How many pieces to cut a plan into. */
static size_t pool_cut(const struct amli_pool *pool, const struct aml_plan *plan)
{
	size_t bytes = aml_plan_bytes(plan), want = bytes / POOL_PIECE;
	size_t most = POOL_PIECES_PER_THREAD * ((size_t)pool->nthreads + 1);

	if (pool->nthreads == 0 || bytes < POOL_CUT_FROM)
		return 1;
	return aml_plan_split(plan, want < most ? want : most);
}

/* With the lock held: a small copy that would have to wake a worker, which costs more than
 * the copy, is run by the thread that submits it. */
static bool pool_runs_at_once(const struct amli_pool *pool, const struct amli_pool_job *job)
{
	return pool->nthreads > 0 && pool->asleep + pool->spinning == pool->nthreads &&
	       !pool->queue.head && !job->is_operator && aml_plan_bytes(job->plan) <= pool->small;
}

static int pool_submit(struct aml_engine *e, struct aml_dma_request *req)
{
	struct amli_pool *pool = e->state;
	struct amli_pool_job *job = aml_request_private(req);
	size_t taken;
	bool at_once;

	job->req = req;
	job->plan = aml_request_plan(req);
	job->pieces = job->end = pool_cut(pool, job->plan);
	job->claimed = job->running = 0;
	job->status = 0;
	job->is_operator = aml_plan_is_operator(job->plan);
	pthread_mutex_lock(&pool->lock);
	at_once = pool_runs_at_once(pool, job);
	if (!at_once) {
		taken = !pool->queue.head && aml_request_is_awaited(req);
		amli_pool_append(&pool->queue, job);
		amli_pool_wake(pool, taken);
	}
	pthread_mutex_unlock(&pool->lock);
	if (at_once)
		amli_pool_run(pool, job, 0);
	return 0;
}

void amli_pool_run(struct amli_pool *pool, struct amli_pool_job *job, size_t piece)
{
	bool last = true;

	if (piece == 0)
		aml_request_start(job->req);
	if (job->pieces == 1) {
		job->status = aml_plan_run(job->plan);
	} else {
		int rc = aml_plan_run_piece(job->plan, piece, job->pieces);

		pthread_mutex_lock(&pool->lock);
		last = amli_pool_finish(job, rc);
		pthread_mutex_unlock(&pool->lock);
	}
	if (last)
		aml_request_complete(job->req, job->status);
}

/* A custom operator may take long, and may wait for what the helping thread was about to
 * do: it is run for its own waiter, or where nobody else would. */
static bool pool_may_help(const struct amli_pool *pool, const struct amli_pool_job *job,
			  const struct aml_dma_request *req)
{
	return !job->is_operator || job->req == req || pool->nthreads == 0 ||
	       amli_pool_is_worker(pool);
}

static int pool_progress(struct aml_engine *e, struct aml_dma_request *req)
{
	struct amli_pool *pool = e->state;
	struct amli_pool_job *job;
	size_t piece = 0;

	if (!atomic_load_explicit(&pool->queue.unclaimed, memory_order_relaxed))
		return 0;
	pthread_mutex_lock(&pool->lock);
	job = pool->queue.head;
	if (job && !pool_may_help(pool, job, req))
		job = NULL;
	if (job)
		piece = amli_pool_claim(&pool->queue);
	pthread_mutex_unlock(&pool->lock);
	if (!job)
		return 0;
	amli_pool_run(pool, job, piece);
	return 1;
}

static int pool_cancel(struct aml_engine *e, struct aml_dma_request *req)
{
	struct amli_pool *pool = e->state;
	struct amli_pool_job *job = aml_request_private(req);
	bool ended;

	pthread_mutex_lock(&pool->lock);
	ended = amli_pool_drop(&pool->queue, job);
	pthread_mutex_unlock(&pool->lock);
	if (!ended)
		return -AML_EBUSY;
	aml_request_complete(req, job->status);
	return 0;
}

static int pool_fprintf(const struct aml_engine *e, FILE *stream, const char *prefix)
{
	const struct amli_pool *pool = e->state;

	fprintf(stream, "%s: bind: %s\n", prefix, pool_binds[pool->bind]);
	if (pool->node >= 0)
		fprintf(stream, "%s: node: %d\n", prefix, pool->node);
	fprintf(stream, "%s: small: %zu bytes\n", prefix, pool->small);
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
};

AML_BACKEND(pool) = {
	.abi = AML_ENGINE_ABI,
	.name = "pool",
	.summary = "copies in threads of its own, helped by those that wait",
	.flags = AML_DMA_HOST | AML_DMA_OPERATORS | AML_DMA_CANCEL,
	.keys = pool_keys,
	.engine = &pool_ops,
};
