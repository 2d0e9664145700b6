/* SPDX-License-Identifier: BSD-3-Clause */
/* What a thread of the stress test does with several requests, with those of other threads,
 * and with handles of requests that are no more. */
#include "tests/engine/stress.h"

#define MANY 8

struct many {
	size_t n;
	struct item **slot[MANY]; /* NULL: no item here */
	struct aml_dma_request *req[MANY];
};

static bool is_in(const struct many *m, struct item **slot)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->slot[i] == slot)
			return true;
	return false;
}

/* Own ones, of any engines, with gaps. */
static struct many draw_many(struct thread *t)
{
	struct many m = {.n = 0};
	size_t n = 1 + below(t, MANY);

	while (m.n < n) {
		struct item **slot = one_in(t, 6) ? NULL : any_item(t);

		if (slot && is_in(&m, slot))
			slot = NULL;
		m.slot[m.n] = slot;
		m.req[m.n] = slot ? (*slot)->req : NULL;
		m.n++;
	}
	return m;
}

static bool has_started(const struct many *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->slot[i] && ((*m->slot[i])->kind == HELD || (*m->slot[i])->running))
			return true;
	return false;
}

/* The call left this in m->req[i], and @rc is what it told of it; prepared ones keep their
 * handle, so @ended has to tell of those. */
static void settle_one(struct thread *t, struct many *m, size_t i, int rc, bool ended)
{
	struct item **slot = m->slot[i], *item;

	if (!slot)
		return;
	item = *slot;
	if (item->kind == PREPARED) {
		EXPECT(m->req[i] == item->req, "%s: a prepared request lost its handle",
		       item->engine->spec);
		settle_prepared(t, slot, rc, ended, NULL);
	} else {
		item->req = m->req[i];
		settle(t, slot, rc, NULL);
	}
}

/* Other threads ended some of them. */
static void settle_gone(struct thread *t, struct many *m)
{
	bool found = false;

	for (size_t i = 0; i < m->n; i++) {
		struct aml_dma_info info = {.size = sizeof(info)};

		if (!m->slot[i] || (*m->slot[i])->kind != HELD)
			continue;
		if (aml_dma_info((*m->slot[i])->dma, m->req[i], &info) == 0)
			continue;
		found = true;
		settle_one(t, m, i, -AML_EINVAL, true);
	}
	EXPECT(found || !has_started(m), "no handle is stale: %s", aml_error_detail());
}

static int64_t any_limit(struct thread *t)
{
	return one_in(t, 3) ? AML_DMA_FOREVER : (int64_t)below(t, 100);
}

void op_wait_any(struct thread *t)
{
	struct many m = draw_many(t);
	size_t index;
	int rc;

	does(t, "wait_any", NULL);
	rc = aml_dma_wait_any(m.n, m.req, any_limit(t), &index);
	if (index < m.n) {
		EXPECT(m.slot[index], "entry %zu was NULL", index);
		settle_one(t, &m, index, rc, true);
	} else {
		EXPECT(rc == -AML_ETIMEDOUT || (rc == -AML_EINVAL && !has_started(&m)), "%d: %s",
		       rc, aml_error_detail());
	}
}

void op_wait_some(struct thread *t)
{
	struct many m = draw_many(t);
	size_t count, indices[MANY];
	int statuses[MANY], rc;

	does(t, "wait_some", NULL);
	rc = aml_dma_wait_some(m.n, m.req, any_limit(t), &count, indices, statuses);
	EXPECT((rc == 0) == (count > 0), "%d, %zu ended", rc, count);
	for (size_t i = 0; i < count; i++)
		settle_one(t, &m, indices[i], statuses[i], true);
	if (rc == -AML_EINVAL)
		settle_gone(t, &m);
	else
		EXPECT(rc == 0 || rc == -AML_ETIMEDOUT, "%d", rc);
}

static bool is_planned(const struct item *item)
{
	struct aml_dma_info info = {.size = sizeof(info)};

	return aml_dma_info(item->dma, item->req, &info) == 0 && info.phase == AML_DMA_PLANNED;
}

#define UNTOLD 12345

void op_wait_all(struct thread *t)
{
	struct many m = draw_many(t);
	int statuses[MANY], rc;

	for (size_t i = 0; i < m.n; i++)
		statuses[i] = UNTOLD;
	does(t, "wait_all", NULL);
	rc = aml_dma_wait_all(m.n, m.req, any_limit(t), statuses);
	if (rc == -AML_EINVAL && statuses[0] == UNTOLD) {
		settle_gone(t, &m);
		return;
	}
	for (size_t i = 0; i < m.n; i++) {
		struct item *item = m.slot[i] ? *m.slot[i] : NULL;

		EXPECT(statuses[i] != UNTOLD, "entry %zu of %zu", i, m.n);
		if (!item || (item->kind == PREPARED && !item->running))
			EXPECT(statuses[i] == 0, "%d of nothing", statuses[i]);
		else
			settle_one(t, &m, i, statuses[i],
				   statuses[i] != -AML_ETIMEDOUT || is_planned(item));
	}
}

/* ---- other threads' requests ---- */

static int end_other(struct thread *t, struct item *item, struct aml_dma_request **req)
{
	struct aml_dma_info info = {.size = sizeof(info)};
	size_t how = below(t, 7), index;
	int rc, done;

	switch (how) {
	case 0:
		return aml_dma_wait(item->dma, req);
	case 1:
		return aml_dma_wait_for(item->dma, req, (int64_t)below(t, 60));
	case 2:
		return aml_dma_test(item->dma, req, &done);
	case 3:
		return aml_dma_wait_any(1, req, (int64_t)below(t, 60), &index);
	case 4:
		rc = aml_dma_info(item->dma, *req, &info);
		EXPECT(rc == 0 || rc == -AML_EINVAL, "info: %d", rc);
		return rc;
	case 5:
		atomic_store(&item->cancelled, true);
		rc = aml_dma_cancel(item->dma, req);
		return rc ? rc : UNKNOWN;
	default:
		atomic_store(&item->cancelled, true);
		rc = aml_dma_cancel_info(item->dma, req, &info);
		return rc ? rc : info.status;
	}
}

void op_shared(struct thread *t)
{
	struct aml_dma_request *req;
	struct item *item = borrow(t, &req);
	int rc;

	if (!item)
		return;
	does(t, "end of a shared request", item->engine);
	rc = end_other(t, item, &req);
	if (!req)
		take(item, rc);
	else
		EXPECT(rc == 0 || rc == -AML_EINVAL || rc == -AML_ETIMEDOUT, "%s: %d",
		       item->engine->spec, rc);
	give_back(item);
}

/* ---- handles that are none any more ---- */

void stale_add(struct thread *t, struct engine *engine, struct aml_dma_request *req)
{
	unsigned i = t->staled++ % STALE;

	t->stale_engine[i] = engine;
	t->stale[i] = req;
}

static int use_stale(struct thread *t, struct aml_dma *dma, struct aml_dma_request **req)
{
	struct aml_dma_info info = {.size = sizeof(info)};
	size_t index;
	int done;

	switch (below(t, 8)) {
	case 0:
		return aml_dma_wait(dma, req);
	case 1:
		return aml_dma_cancel(dma, req);
	case 2:
		return aml_dma_test(dma, req, &done);
	case 3:
		return aml_dma_info(dma, *req, &info);
	case 4:
		return aml_dma_start(dma, *req);
	case 5:
		return aml_dma_release(dma, req);
	case 6:
		return aml_dma_wait_all(1, req, AML_DMA_FOREVER, NULL);
	default:
		return aml_dma_wait_any(1, req, AML_DMA_FOREVER, &index);
	}
}

void op_stale(struct thread *t)
{
	size_t i = below(t, STALE);
	struct aml_dma_request *req = t->stale[i];
	int rc;

	if (!req)
		return;
	does(t, "use of a stale handle", t->stale_engine[i]);
	rc = use_stale(t, t->stale_engine[i]->dma, &req);
	EXPECT(rc == -AML_EINVAL && req == t->stale[i], "%s: a stale handle: %d",
	       t->stale_engine[i]->spec, rc);
}
