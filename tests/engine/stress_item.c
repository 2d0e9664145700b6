/* SPDX-License-Identifier: BSD-3-Clause */
/* Items: what is expected of each, and the checks when it has ended. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "tests/engine/stress.h"

#define DST_AFTER 0xEE
#define SRC_AFTER 0xDD

/* Mostly tiny; some large enough to be cut into pieces. */
static struct pair any_pair(struct thread *t)
{
	if (one_in(t, 8))
		return pair_random((unsigned)draw(&t->random), 0, false);
	if (one_in(t, 200))
		return pair_dense(((size_t)1 << 20) + below(t, 1000), 1);
	if (one_in(t, 10))
		return pair_dense(1 + below(t, 20000), 1 + below(t, 4));
	return pair_dense(1 + below(t, 256), 1);
}

struct item *item_make(struct thread *t, enum kind kind, struct engine *engine)
{
	struct item *item = calloc(1, sizeof(*item));

	EXPECT(item, "calloc");
	item->p = any_pair(t);
	item->kind = kind;
	item->engine = engine;
	item->dma = engine->dma;
	item->fresh = true;
	item->seed = draw(&t->random);
	return item;
}

void item_free(struct item *item)
{
	pair_free(&item->p);
	free(item);
}

/* ---- what it shall be ---- */

/* Calls that wait are refused in a callback, also for its own request. */
static void try_to_wait(struct item *item, struct aml_dma_request *req)
{
	struct aml_dma *dma = item->dma;
	struct aml_dma_request *copy = req;

	EXPECT(aml_dma_barrier(dma) == -AML_EBUSY, "in a callback");
	if (!req)
		return;
	EXPECT(aml_dma_wait(dma, &copy) == -AML_EBUSY && copy == req, "in a callback");
	EXPECT(aml_dma_cancel(dma, &copy) == -AML_EBUSY && copy == req, "in a callback");
}

static void look_around(struct item *item, struct aml_dma_request *req)
{
	struct aml_dma_info info = {.size = sizeof(info)};
	struct aml_dma_stats stats = {.size = sizeof(stats)};
	struct aml_dma *dma = item->dma;
	int done = 0, rc;
	size_t free;

	EXPECT(aml_dma_capacity(dma, &free, NULL) == 0, "in a callback");
	EXPECT(aml_dma_stats(dma, &stats) == 0, "in a callback");
	if (!req)
		return;
	rc = aml_dma_info(dma, req, &info);
	EXPECT(rc == 0 && info.phase != AML_DMA_DONE, "in a callback: %d, phase %d", rc,
	       info.phase);
	rc = aml_dma_test(dma, &req, &done);
	EXPECT(rc == 0 && !done && req, "in a callback: %d, done %d", rc, done);
}

static void on_end(struct aml_dma_request *req, const struct aml_dma_info *info, void *arg);

static void submit_chain(struct item *item)
{
	struct item *chain = item->chain;
	const struct aml_dma_job job = {
		.size = sizeof(job),
		.dst = chain->p.dst,
		.src = chain->p.src,
		.done = on_end,
		.done_arg = chain,
	};
	int rc;

	chain->runs = 1;
	rc = aml_dma_try_submit(item->dma, NULL, &job);
	EXPECT(rc == 0 || rc == -AML_EAGAIN, "from a callback: %d, %s", rc, aml_error_detail());
	if (rc == 0)
		atomic_fetch_add(&chain->engine->started, 1);
	atomic_store(&chain->fate, rc ? REFUSED : ACCEPTED);
}

static void on_end(struct aml_dma_request *req, const struct aml_dma_info *info, void *arg)
{
	struct item *item = arg;
	uint64_t random = item->seed + 1;

	EXPECT(info->phase == AML_DMA_DONE && info->outcome != AML_DMA_PENDING, "phase %d",
	       info->phase);
	EXPECT((req == NULL) == (item->kind == KEPT_BY_LIBRARY), "kind %d", item->kind);
	if (item->chain)
		submit_chain(item);
	else if (draw(&random) % 4 == 0)
		look_around(item, req);
	if (draw(&random) % 8 == 0)
		try_to_wait(item, req);
	item->info = *info;
	atomic_fetch_add(&item->ends, 1); /* from here on it may be gone */
}

static void add_callback(struct thread *t, struct item *item, struct aml_dma_job *job)
{
	item->calls_back = true;
	job->done = on_end;
	job->done_arg = item;
	if (item->kind == PREPARED || !one_in(t, 6))
		return;
	item->chain = item_make(t, KEPT_BY_LIBRARY, item->engine);
	item->chain->calls_back = item->chain->is_chain = true;
}

static void add_after(struct thread *t, struct item *item, struct aml_dma_job *job,
		      struct aml_dma_request **after)
{
	job->after = after;
	job->nafter = 1 + below(t, AFTER_MOST);
	item->ordered = true;
	for (size_t i = 0; i < job->nafter; i++) {
		struct item **own = any_item(t), *other;

		after[i] = NULL;
		if (one_in(t, 40)) {
			after[i] = t->stale[below(t, STALE)];
			item->must_be_refused |= after[i] != NULL;
		} else if (one_in(t, 4)) {
			other = borrow(t, &after[i]);
			if (other)
				give_back(other);
			item->may_be_refused = true;
		} else if (own) {
			after[i] = (*own)->req;
			item->may_be_refused |= (*own)->shared || (*own)->kind == PREPARED;
		}
	}
}

struct aml_dma_job item_job(struct thread *t, struct item *item, struct aml_dma_request **after)
{
	struct aml_dma_job job = {.size = sizeof(job), .dst = item->p.dst, .src = item->p.src};

	if (item->kind == KEPT_BY_LIBRARY || one_in(t, 2))
		add_callback(t, item, &job);
	if (one_in(t, 4))
		job.flags |= AML_DMA_URGENT;
	if (one_in(t, 2))
		job.flags |= AML_DMA_ANYWAY;
	if (one_in(t, 6)) {
		job.timeout_us = 1 + (int64_t)below(t, 200);
		item->has_deadline = true;
	}
	if (item->kind == PREPARED)
		return job;
	if (one_in(t, 24))
		job.flags |= AML_DMA_FENCE;
	if (one_in(t, 4))
		add_after(t, item, &job, after);
	return job;
}

void item_accepted(struct thread *t, struct item *item)
{
	atomic_fetch_add(&item->engine->started, 1);
	item->runs++;
	item->running = true;
	if (item->chain)
		detached_add(t, item->chain);
}

/* ---- what it was ---- */

static bool is_untouched(const struct item *item)
{
	return !memcmp(item->p.to.memory, item->p.to.before, item->p.to.size);
}

static void check_status(const struct item *item, int status)
{
	bool right = status == 0;

	right |= status == -AML_EIO && (item->engine->fails || item->ordered);
	right |= status == -AML_ECANCELED && (atomic_load(&item->cancelled) || item->ordered);
	right |= status == -AML_ETIMEDOUT && (item->has_deadline || item->ordered);
	EXPECT(right, "%s: status %d, fails %d ordered %d cancelled %d deadline %d",
	       item->engine->spec, status, item->engine->fails, item->ordered,
	       atomic_load(&item->cancelled), item->has_deadline);
}

static void check_info(const struct item *item, const struct aml_dma_info *info)
{
	static const int status[] = {
		[AML_DMA_OK] = 0,
		[AML_DMA_DROPPED] = -AML_ECANCELED,
		[AML_DMA_STOPPED] = -AML_ECANCELED,
		[AML_DMA_TIMED_OUT] = -AML_ETIMEDOUT,
	};
	const char *spec = item->engine->spec;

	EXPECT(info->outcome != AML_DMA_PENDING, "%s", spec);
	if (info->outcome != AML_DMA_FAILED)
		EXPECT(info->status == status[info->outcome], "%s: outcome %d status %d", spec,
		       info->outcome, info->status);
	EXPECT(info->bytes_done <= info->bytes, "%s: %zu of %zu bytes", spec, info->bytes_done,
	       info->bytes);
	if (info->outcome == AML_DMA_OK)
		EXPECT(info->bytes_done == info->bytes, "%s: %zu of %zu bytes", spec,
		       info->bytes_done, info->bytes);
	if (info->outcome == AML_DMA_DROPPED)
		EXPECT(info->bytes_done == 0, "%s: %zu bytes", spec, info->bytes_done);
	EXPECT(info->submitted_ns && info->done_ns, "%s: no times", spec);
}

static void check_memory(const struct item *item, enum aml_dma_outcome outcome)
{
	const char *spec = item->engine->spec;

	if (outcome == AML_DMA_OK)
		EXPECT(pair_dst_equals_oracle(&item->p), "%s: %s", spec, item->p.text);
	if (outcome == AML_DMA_DROPPED && item->fresh)
		EXPECT(is_untouched(item), "%s: dropped, and %s was written", spec, item->p.text);
	EXPECT(pair_guards_intact(&item->p), "%s: %s", spec, item->p.text);
}

static void check_callbacks(const struct item *item)
{
	int ends = atomic_load(&item->ends), want = item->calls_back ? item->runs : 0;

	EXPECT(ends == want, "%s: %d callbacks of %d runs", item->engine->spec, ends, item->runs);
}

void item_ended(struct item *item, int status, const struct aml_dma_info *info)
{
	enum aml_dma_outcome outcome = status ? AML_DMA_FAILED : AML_DMA_OK;

	check_callbacks(item);
	if (item->calls_back) {
		EXPECT(item->info.status == status, "%s: callback %d, wait %d", item->engine->spec,
		       item->info.status, status);
		check_info(item, &item->info);
		outcome = item->info.outcome;
	}
	if (info) {
		EXPECT(info->phase == AML_DMA_DONE && info->status == status, "phase %d, %d and %d",
		       info->phase, info->status, status);
		check_info(item, info);
		outcome = info->outcome;
	}
	check_status(item, status);
	check_memory(item, outcome);
	item->running = false;
}

void item_ended_somehow(struct item *item)
{
	if (item->calls_back) {
		item_ended(item, item->info.status, NULL);
		return;
	}
	check_callbacks(item);
	EXPECT(pair_guards_intact(&item->p), "%s: %s", item->engine->spec, item->p.text);
	item->running = false;
}

/* ---- what became of it ---- */

static bool is_all(const char *memory, size_t size, unsigned char value)
{
	return (unsigned char)memory[0] == value && !memcmp(memory, memory + 1, size - 1);
}

static void discharge(struct item *item)
{
	const struct pair *p = &item->p;

	EXPECT(is_all(p->to.memory, p->to.size, DST_AFTER), "%s: %s written after its end",
	       item->engine->spec, p->text);
	EXPECT(is_all(p->from.memory, p->from.size, SRC_AFTER), "%s: %s written after its end",
	       item->engine->spec, p->text);
	item_free(item);
}

void item_retire(struct thread *t, struct item *item)
{
	struct item **bed = &t->quarantine[t->quarantined++ % QUARANTINE];

	if (one_in(t, 3)) {
		item_free(item);
		return;
	}
	memset(item->p.to.memory, DST_AFTER, item->p.to.size);
	memset(item->p.from.memory, SRC_AFTER, item->p.from.size);
	if (*bed)
		discharge(*bed);
	*bed = item;
}

void quarantine_flush(struct thread *t)
{
	for (unsigned i = 0; i < QUARANTINE; i++) {
		if (t->quarantine[i])
			discharge(t->quarantine[i]);
		t->quarantine[i] = NULL;
	}
}

/* ---- detached ones ---- */

void detached_add(struct thread *t, struct item *item)
{
	for (;;) {
		for (unsigned i = 0; i < DETACHED; i++)
			if (!t->detached[i]) {
				t->detached[i] = item;
				return;
			}
		detached_sweep(t);
		for (unsigned i = 0; i < nengines; i++) /* some need to be driven */
			aml_dma_barrier_for(engines[i].dma, 1);
	}
}

void detached_sweep(struct thread *t)
{
	for (unsigned i = 0; i < DETACHED; i++) {
		struct item *item = t->detached[i];

		if (!item)
			continue;
		if (item->is_chain && atomic_load(&item->fate) == REFUSED) {
			item_free(item);
		} else if (atomic_load(&item->ends) &&
			   (!item->is_chain || atomic_load(&item->fate) == ACCEPTED)) {
			item_ended_somehow(item);
			item_retire(t, item);
		} else {
			continue;
		}
		t->detached[i] = NULL;
	}
}

void detached_over(struct thread *t, const struct engine *engine)
{
	for (unsigned i = 0; i < DETACHED; i++) {
		const struct item *item = t->detached[i];

		if (item && item->engine == engine && !item->is_chain)
			EXPECT(atomic_load(&item->ends) == 1, "%s: after a barrier", engine->spec);
	}
	detached_sweep(t);
}

/* ---- shared ones ---- */

static struct {
	pthread_mutex_t lock;
	struct item *item;
	struct aml_dma_request *req;
} shared[SHARED] = {[0 ... SHARED - 1] = {.lock = PTHREAD_MUTEX_INITIALIZER}};

void share(struct thread *t, struct item *item)
{
	size_t i = below(t, SHARED);

	pthread_mutex_lock(&shared[i].lock);
	if (!shared[i].item) {
		shared[i].item = item;
		shared[i].req = item->req;
		item->shared = true;
	}
	pthread_mutex_unlock(&shared[i].lock);
}

void withdraw(struct item *item)
{
	for (size_t i = 0; i < SHARED; i++) {
		pthread_mutex_lock(&shared[i].lock);
		if (shared[i].item == item)
			shared[i].item = NULL;
		pthread_mutex_unlock(&shared[i].lock);
	}
	while (atomic_load(&item->users))
		sched_yield();
}

struct item *borrow(struct thread *t, struct aml_dma_request **req)
{
	size_t i = below(t, SHARED);
	struct item *item;

	pthread_mutex_lock(&shared[i].lock);
	item = shared[i].item;
	if (item) {
		*req = shared[i].req;
		atomic_fetch_add(&item->users, 1);
	}
	pthread_mutex_unlock(&shared[i].lock);
	return item;
}

void give_back(struct item *item)
{
	atomic_fetch_sub(&item->users, 1);
}

void take(struct item *item, int rc)
{
	atomic_store(&item->taken_with, rc);
	EXPECT(atomic_fetch_add(&item->taken, 1) == 0, "two threads ended one request of %s",
	       item->engine->spec);
}
