/* SPDX-License-Identifier: BSD-3-Clause */
/* What a thread of the stress test does with one request, and with an engine. */
#include <poll.h>
#include <stdlib.h>

#include "tests/engine/stress.h"

static struct item **free_slot(struct thread *t)
{
	for (unsigned i = 0; i < ITEMS; i++)
		if (!t->item[i])
			return &t->item[i];
	return NULL;
}

struct item **any_item(struct thread *t)
{
	size_t first = below(t, ITEMS);

	for (size_t i = 0; i < ITEMS; i++) {
		struct item **slot = &t->item[(first + i) % ITEMS];

		if (*slot && (*slot)->req)
			return slot;
	}
	return NULL;
}

/* ---- submit ---- */

static void refused(struct item *item, int rc, bool may_be_full)
{
	bool right = rc == -AML_EINVAL && (item->may_be_refused || item->must_be_refused);

	right |= (rc == -AML_EAGAIN || rc == -AML_ETIMEDOUT) && may_be_full;
	EXPECT(right, "%s: refused with %d: %s", item->engine->spec, rc, aml_error_detail());
	EXPECT(!item->req, "a handle of a request that was refused");
	EXPECT(atomic_load(&item->ends) == 0, "a callback of a request that was refused");
	if (item->chain)
		item_free(item->chain);
	item_free(item);
}

/* Both shapes were captured. */
static void drop_layouts(struct thread *t, struct item *item)
{
	if (one_in(t, 2)) {
		aml_layout_destroy(&item->p.dst);
		aml_layout_destroy(&item->p.src);
	}
}

static int submit_job(struct thread *t, struct item *item, bool *may_be_full)
{
	struct aml_dma_request *after[AFTER_MOST];
	struct aml_dma_job job = item_job(t, item, after);
	struct aml_dma_request **req = item->kind == KEPT_BY_LIBRARY ? NULL : &item->req;
	size_t how = below(t, 4);

	*may_be_full = how != 0;
	if (how == 1)
		return aml_dma_try_submit(item->dma, req, &job);
	if (how == 2)
		return aml_dma_submit_for(item->dma, req, &job, (int64_t)below(t, 50));
	return aml_dma_submit(item->dma, req, &job);
}

static void op_submit(struct thread *t)
{
	struct item **slot = free_slot(t), *item;
	bool may_be_full = false;
	int rc;

	if (!slot)
		return;
	item = item_make(t, HELD, any_engine(t));
	does(t, "submit", item->engine);
	if (one_in(t, 3))
		rc = aml_dma_async_copy(item->dma, &item->req, item->p.dst, item->p.src);
	else
		rc = submit_job(t, item, &may_be_full);
	EXPECT(rc || !item->must_be_refused, "%s: after a stale handle", item->engine->spec);
	if (rc) {
		refused(item, rc, may_be_full);
		return;
	}
	*slot = item;
	item->was = item->req;
	drop_layouts(t, item);
	item_accepted(t, item);
	if (one_in(t, 3))
		share(t, item);
}

static void op_detached(struct thread *t)
{
	struct item *item = item_make(t, KEPT_BY_LIBRARY, any_engine(t));
	bool may_be_full;
	int rc;

	does(t, "submit detached", item->engine);
	rc = submit_job(t, item, &may_be_full);
	EXPECT(rc || !item->must_be_refused, "%s: after a stale handle", item->engine->spec);
	if (rc) {
		refused(item, rc, may_be_full);
		return;
	}
	item_accepted(t, item);
	detached_add(t, item);
}

static void op_copy(struct thread *t)
{
	struct item *item = item_make(t, HELD, any_engine(t));
	int rc;

	does(t, "copy", item->engine);
	rc = aml_dma_copy(item->dma, item->p.dst, item->p.src);
	item_accepted(t, item);
	item_ended(item, rc, NULL);
	item_retire(t, item);
}

/* ---- one request's end ---- */

static void over(struct thread *t, struct item **slot, int status, const struct aml_dma_info *info)
{
	struct item *item = *slot;

	if (status == UNKNOWN)
		item_ended_somehow(item);
	else
		item_ended(item, status, info);
	if (item->kind == PREPARED)
		return;
	*slot = NULL;
	item_retire(t, item);
}

void settle(struct thread *t, struct item **slot, int rc, const struct aml_dma_info *info)
{
	struct item *item = *slot;
	struct aml_dma_request *was = item->was;

	if (item->req && !(rc == -AML_EINVAL && item->shared)) {
		EXPECT(rc == 0 || rc == -AML_ETIMEDOUT, "%s: %d: %s", item->engine->spec, rc,
		       aml_error_detail());
		return; /* it goes on */
	}
	withdraw(item);
	EXPECT(atomic_load(&item->taken) == (item->req != NULL), "%s: %d others ended it, too",
	       item->engine->spec, atomic_load(&item->taken));
	stale_add(t, item->engine, was);
	if (item->req) {
		rc = atomic_load(&item->taken_with);
		info = NULL;
	}
	item->req = NULL;
	over(t, slot, rc, info);
}

void settle_prepared(struct thread *t, struct item **slot, int rc, bool ended,
		     const struct aml_dma_info *info)
{
	struct item *item = *slot;

	EXPECT(item->req, "%s: the handle of a prepared request is gone", item->engine->spec);
	if (!item->running)
		EXPECT(rc == -AML_EINVAL, "%s: %d of a prepared one that is not started",
		       item->engine->spec, rc);
	else if (ended)
		over(t, slot, rc, info);
}

static struct aml_dma_info look(const struct item *item)
{
	struct aml_dma_info info = {.size = sizeof(info)};
	int rc = aml_dma_info(item->dma, item->req, &info);

	EXPECT(rc == 0 || (rc == -AML_EINVAL && item->shared), "%s: info: %d", item->engine->spec,
	       rc);
	return info;
}

static void op_test(struct thread *t)
{
	struct item **slot = any_item(t), *item;
	int done, rc;

	if (!slot)
		return;
	item = *slot;
	does(t, "test", item->engine);
	rc = aml_dma_test(item->dma, &item->req, &done);
	if (item->kind == PREPARED) {
		settle_prepared(t, slot, rc, done, NULL);
		return;
	}
	EXPECT(done == !item->req || rc == -AML_EINVAL, "done %d, handle %p", done,
	       (void *)item->req);
	settle(t, slot, rc, NULL);
}

static void wait_slot(struct thread *t, struct item **slot)
{
	struct item *item = *slot;
	int rc;

	does(t, "wait", item->engine);
	rc = aml_dma_wait(item->dma, &item->req);
	if (item->kind == PREPARED)
		settle_prepared(t, slot, rc, true, NULL);
	else
		settle(t, slot, rc, NULL);
}

static void op_wait(struct thread *t)
{
	struct item **slot = any_item(t);

	if (slot)
		wait_slot(t, slot);
}

static void op_wait_for(struct thread *t)
{
	struct item **slot = any_item(t), *item;
	int rc;

	if (!slot)
		return;
	item = *slot;
	does(t, "wait_for", item->engine);
	rc = aml_dma_wait_for(item->dma, &item->req, (int64_t)below(t, 60));
	if (item->kind == HELD)
		settle(t, slot, rc, NULL);
	else if (rc == -AML_ETIMEDOUT) /* the wait's, or its own deadline's */
		settle_prepared(t, slot, rc, look(item).phase == AML_DMA_PLANNED, NULL);
	else
		settle_prepared(t, slot, rc, true, NULL);
}

static void op_wait_info(struct thread *t)
{
	struct aml_dma_info info = {.size = sizeof(info)};
	struct item **slot = any_item(t), *item;
	int rc;

	if (!slot)
		return;
	item = *slot;
	does(t, "wait_info", item->engine);
	rc = aml_dma_wait_info(item->dma, &item->req, (int64_t)below(t, 60), &info);
	if (item->kind == HELD)
		settle(t, slot, rc, &info);
	else
		settle_prepared(t, slot, rc, info.outcome != AML_DMA_PENDING, &info);
}

static void cancel_prepared(struct thread *t, struct item **slot)
{
	struct aml_dma_info info = {.size = sizeof(info)};
	struct item *item = *slot;
	int rc;

	atomic_store(&item->cancelled, true);
	rc = aml_dma_cancel_info(item->dma, &item->req, &info);
	EXPECT(rc == 0 && item->req, "%s: %d", item->engine->spec, rc);
	if (item->running)
		over(t, slot, info.status, &info);
	else
		EXPECT(info.phase == AML_DMA_PLANNED, "%s: phase %d", item->engine->spec,
		       info.phase);
	atomic_store(&item->cancelled, false);
}

static void cancel_slot(struct thread *t, struct item **slot)
{
	struct aml_dma_info info = {.size = sizeof(info)};
	struct item *item = *slot;
	int rc;

	does(t, "cancel", item->engine);
	if (item->kind == PREPARED) {
		cancel_prepared(t, slot);
		return;
	}
	atomic_store(&item->cancelled, true);
	if (one_in(t, 2)) {
		rc = aml_dma_cancel(item->dma, &item->req);
		settle(t, slot, rc ? rc : UNKNOWN, NULL);
	} else {
		rc = aml_dma_cancel_info(item->dma, &item->req, &info);
		settle(t, slot, rc ? rc : info.status, &info);
	}
}

static void op_cancel(struct thread *t)
{
	struct item **slot = any_item(t);

	if (slot)
		cancel_slot(t, slot);
}

static void op_info(struct thread *t)
{
	struct item **slot = any_item(t);

	if (!slot)
		return;
	does(t, "info", (*slot)->engine);
	look(*slot);
}

/* ---- prepared ---- */

static void op_prepare(struct thread *t)
{
	struct item **slot = free_slot(t), *item;
	struct aml_dma_job job;
	int rc;

	if (!slot)
		return;
	item = item_make(t, PREPARED, any_engine(t));
	does(t, "prepare", item->engine);
	job = item_job(t, item, NULL);
	rc = aml_dma_prepare(item->dma, &item->req, &job);
	EXPECT(rc == 0, "%s: prepare: %d: %s", item->engine->spec, rc, aml_error_detail());
	drop_layouts(t, item);
	*slot = item;
}

static struct item **any_prepared(struct thread *t)
{
	for (size_t first = below(t, ITEMS), i = 0; i < ITEMS; i++) {
		struct item **slot = &t->item[(first + i) % ITEMS];

		if (*slot && (*slot)->kind == PREPARED)
			return slot;
	}
	return NULL;
}

static void op_start(struct thread *t)
{
	struct item **slot = any_prepared(t), *item;
	int rc;

	if (!slot)
		return;
	item = *slot;
	does(t, "start", item->engine);
	item->fresh = !item->running;
	if (!item->running)
		pair_reset(&item->p);
	rc = aml_dma_start(item->dma, item->req);
	EXPECT(rc == 0 || rc == -AML_EAGAIN || (rc == -AML_EBUSY && item->running),
	       "%s: start: %d: %s", item->engine->spec, rc, aml_error_detail());
	if (rc == 0)
		item_accepted(t, item);
}

static void op_release(struct thread *t)
{
	struct item **slot = any_prepared(t), *item;
	struct aml_dma_request *was;
	int rc;

	if (!slot)
		return;
	item = *slot;
	was = item->req;
	does(t, "release", item->engine);
	rc = aml_dma_release(item->dma, &item->req);
	EXPECT(rc == 0 || (rc == -AML_EBUSY && item->running), "%s: release: %d: %s",
	       item->engine->spec, rc, aml_error_detail());
	if (rc)
		return;
	EXPECT(!item->req, "released");
	if (item->running)
		item_ended_somehow(item);
	stale_add(t, item->engine, was);
	item_retire(t, item);
	*slot = NULL;
}

/* ---- an engine ---- */

static bool is_failure(int rc)
{
	return rc == -AML_EIO || rc == -AML_ECANCELED || rc == -AML_ETIMEDOUT;
}

static void op_barrier(struct thread *t)
{
	struct engine *engine = any_engine(t);
	int rc;

	does(t, "barrier", engine);
	rc = aml_dma_barrier(engine->dma);
	EXPECT(rc == 0 || is_failure(rc), "%s: barrier: %d", engine->spec, rc);
	detached_over(t, engine);
}

static void op_barrier_for(struct thread *t)
{
	struct engine *engine = any_engine(t);
	int rc;

	does(t, "barrier_for", engine);
	rc = aml_dma_barrier_for(engine->dma, (int64_t)below(t, 60));
	EXPECT(rc == 0 || is_failure(rc), "%s: barrier_for: %d", engine->spec, rc);
	detached_sweep(t);
}

static void op_drain(struct thread *t)
{
	struct engine *engine = any_engine(t);
	struct pollfd in = {.events = POLLIN};
	size_t ended;

	does(t, "drain", engine);
	EXPECT(aml_dma_fd(engine->dma, &in.fd) == 0, "%s: %s", engine->spec, aml_error_detail());
	poll(&in, 1, (int)below(t, 2));
	EXPECT(aml_dma_drain(engine->dma, &ended) == 0, "%s", engine->spec);
}

static void op_stats(struct thread *t)
{
	struct aml_dma_stats stats = {.size = sizeof(stats)};
	struct engine *engine = any_engine(t);
	size_t free, total;

	does(t, "stats", engine);
	EXPECT(aml_dma_stats(engine->dma, &stats) == 0, "%s", engine->spec);
	EXPECT(aml_dma_capacity(engine->dma, &free, &total) == 0 && free <= total, "%s",
	       engine->spec);
}

const struct op ops[] = {
	{30, op_submit},  {12, op_detached}, {6, op_copy},	  {3, op_prepare},
	{8, op_start},	  {2, op_release},   {10, op_test},	  {8, op_wait},
	{6, op_wait_for}, {4, op_wait_info}, {10, op_cancel},	  {4, op_info},
	{4, op_wait_any}, {3, op_wait_some}, {3, op_wait_all},	  {10, op_shared},
	{4, op_stale},	  {2, op_barrier},   {2, op_barrier_for}, {3, op_drain},
	{1, op_stats},
};
const size_t nops = sizeof(ops) / sizeof(ops[0]);

/* ---- all ---- */

void end_all(struct thread *t)
{
	for (unsigned i = 0; i < ITEMS; i++) {
		struct item **slot = &t->item[i];

		if (*slot && (*slot)->kind == PREPARED) {
			cancel_slot(t, slot);
			EXPECT(aml_dma_release((*slot)->dma, &(*slot)->req) == 0, "release");
			item_retire(t, *slot);
			*slot = NULL;
		} else if (*slot) {
			wait_slot(t, slot);
		}
	}
}

void forget_engine(struct thread *t, const struct engine *engine)
{
	for (unsigned i = 0; i < ITEMS; i++) {
		struct item *item = t->item[i];

		if (!item || item->engine != engine)
			continue;
		withdraw(item);
		EXPECT(atomic_load(&item->taken) == 0 || item->kind == HELD, "taken");
		if (item->running)
			item_ended_somehow(item);
		item_retire(t, item);
		t->item[i] = NULL;
	}
}
