/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <stdint.h>
#include <stdio.h>

#include "aml/error.h"
#include "aml/plan.h"
#include "aml/stats.h"
#include "tests/lib/job.h"
#include "tests/lib/verbs.h"

#define VERB(name)                                                               \
	static int call_##name(struct aml_dma *dma, struct aml_dma_request *req, \
			       const struct pair *p)

/* Of a refused submission there is no request. */
static int refused(int rc, struct aml_dma_request *const *out)
{
	ck_assert(rc == 0 || *out == NULL);
	return rc;
}

/* A refused call on a request leaves the program's variable alone. */
static int kept(int rc, struct aml_dma_request *const *now, struct aml_dma_request *before)
{
	ck_assert(rc == 0 || *now == before);
	return rc;
}

static struct aml_dma_request *somebody(void)
{
	return (struct aml_dma_request *)(uintptr_t)8;
}

/* ---- AML's ---- */

VERB(copy)
{
	(void)req;
	return aml_dma_copy(dma, p->dst, p->src);
}

VERB(async_copy)
{
	struct aml_dma_request *out = somebody();

	(void)req;
	return refused(aml_dma_async_copy(dma, &out, p->dst, p->src), &out);
}

VERB(async_detached)
{
	(void)req;
	return aml_dma_async_copy(dma, NULL, p->dst, p->src);
}

VERB(async_plan)
{
	struct aml_dma_request *out = somebody();
	struct aml_plan *plan;
	int rc;

	(void)req;
	ck_assert_int_eq(aml_plan_create(&plan, p->dst, p->src, AML_PLAN_DEFAULT), 0);
	rc = refused(aml_dma_async_plan(dma, &out, plan), &out);
	aml_plan_destroy(&plan);
	return rc;
}

VERB(wait)
{
	struct aml_dma_request *r = req;

	(void)p;
	return kept(aml_dma_wait(dma, &r), &r, req);
}

VERB(cancel)
{
	struct aml_dma_request *r = req;

	(void)p;
	return kept(aml_dma_cancel(dma, &r), &r, req);
}

VERB(barrier)
{
	(void)req;
	(void)p;
	return aml_dma_barrier(dma);
}

VERB(fprintf)
{
	FILE *null = fopen("/dev/null", "w");
	int rc = aml_dma_fprintf(null, "", dma);

	(void)req;
	(void)p;
	fclose(null);
	return rc;
}

VERB(caps)
{
	struct aml_dma_caps caps;

	(void)req;
	(void)p;
	return aml_dma_caps(dma, &caps);
}

/* ---- submit ---- */

VERB(submit)
{
	const struct aml_dma_job job = job_of(p);
	struct aml_dma_request *out = somebody();

	(void)req;
	return refused(aml_dma_submit(dma, &out, &job), &out);
}

VERB(try_submit)
{
	const struct aml_dma_job job = job_of(p);
	struct aml_dma_request *out = somebody();

	(void)req;
	return refused(aml_dma_try_submit(dma, &out, &job), &out);
}

VERB(submit_for)
{
	const struct aml_dma_job job = job_of(p);
	struct aml_dma_request *out = somebody();

	(void)req;
	return refused(aml_dma_submit_for(dma, &out, &job, 1000), &out);
}

VERB(submit_after)
{
	struct aml_dma_job job = job_of(p);
	struct aml_dma_request *out = somebody();

	job.after = &req;
	job.nafter = 1;
	return refused(aml_dma_submit(dma, &out, &job), &out);
}

VERB(async_batch)
{
	struct aml_dma_request *out = somebody();
	const struct aml_layout *src = p->src;

	(void)req;
	return refused(aml_dma_async_batch(dma, &out, 1, &p->dst, &src), &out);
}

VERB(prepare)
{
	const struct aml_dma_job job = job_of(p);
	struct aml_dma_request *out = somebody();

	(void)req;
	return refused(aml_dma_prepare(dma, &out, &job), &out);
}

VERB(start)
{
	(void)p;
	return aml_dma_start(dma, req);
}

VERB(release)
{
	struct aml_dma_request *r = req;

	(void)p;
	return kept(aml_dma_release(dma, &r), &r, req);
}

/* ---- has it ended? ---- */

VERB(test)
{
	struct aml_dma_request *r = req;
	int done = 7, rc = kept(aml_dma_test(dma, &r, &done), &r, req);

	(void)p;
	ck_assert(rc == 0 || done == 0);
	return rc;
}

VERB(wait_for)
{
	struct aml_dma_request *r = req;

	(void)p;
	return kept(aml_dma_wait_for(dma, &r, 1000), &r, req);
}

VERB(wait_info)
{
	struct aml_dma_info info = {.size = sizeof(info)};
	struct aml_dma_request *r = req;

	(void)p;
	return kept(aml_dma_wait_info(dma, &r, 1000, &info), &r, req);
}

VERB(cancel_info)
{
	struct aml_dma_info info = {.size = sizeof(info)};
	struct aml_dma_request *r = req;

	(void)p;
	return kept(aml_dma_cancel_info(dma, &r, &info), &r, req);
}

VERB(info)
{
	struct aml_dma_info info = {.size = sizeof(info)};

	(void)p;
	return aml_dma_info(dma, req, &info);
}

VERB(wait_any)
{
	struct aml_dma_request *r[] = {NULL, req};
	size_t index = 7;
	int rc = kept(aml_dma_wait_any(2, r, 1000, &index), &r[1], req);

	(void)dma;
	(void)p;
	ck_assert(rc != -AML_EINVAL || index == 1);
	return rc;
}

VERB(wait_some)
{
	struct aml_dma_request *r[] = {req};
	size_t indices[1], count = 7;
	int rc = kept(aml_dma_wait_some(1, r, 1000, &count, indices, NULL), &r[0], req);

	(void)dma;
	(void)p;
	ck_assert(rc == 0 || count == 0);
	return rc;
}

VERB(wait_all)
{
	struct aml_dma_request *r[] = {req};

	(void)dma;
	(void)p;
	return kept(aml_dma_wait_all(1, r, 1000, NULL), &r[0], req);
}

VERB(barrier_for)
{
	(void)req;
	(void)p;
	return aml_dma_barrier_for(dma, 1000);
}

/* ---- and the rest ---- */

VERB(capacity)
{
	size_t free, total;

	(void)req;
	(void)p;
	return aml_dma_capacity(dma, &free, &total);
}

VERB(stats)
{
	struct aml_dma_stats stats = {.size = sizeof(stats)};

	(void)req;
	(void)p;
	return aml_dma_stats(dma, &stats);
}

VERB(fd)
{
	int fd = 7, rc = aml_dma_fd(dma, &fd);

	(void)req;
	(void)p;
	ck_assert(rc == 0 || fd == -1);
	return rc;
}

VERB(drain)
{
	(void)req;
	(void)p;
	return aml_dma_drain(dma, NULL);
}

const struct verb verbs[] = {
	{"copy", false, call_copy},
	{"async_copy", false, call_async_copy},
	{"async_copy, detached", false, call_async_detached},
	{"async_plan", false, call_async_plan},
	{"wait", true, call_wait},
	{"cancel", true, call_cancel},
	{"barrier", false, call_barrier},
	{"fprintf", false, call_fprintf},
	{"caps", false, call_caps},
	{"submit", false, call_submit},
	{"try_submit", false, call_try_submit},
	{"submit_for", false, call_submit_for},
	{"submit, after", true, call_submit_after},
	{"async_batch", false, call_async_batch},
	{"prepare", false, call_prepare},
	{"start", true, call_start},
	{"release", true, call_release},
	{"test", true, call_test},
	{"wait_for", true, call_wait_for},
	{"wait_info", true, call_wait_info},
	{"cancel_info", true, call_cancel_info},
	{"info", true, call_info},
	{"wait_any", true, call_wait_any},
	{"wait_some", true, call_wait_some},
	{"wait_all", true, call_wait_all},
	{"barrier_for", false, call_barrier_for},
	{"capacity", false, call_capacity},
	{"stats", false, call_stats},
	{"fd", false, call_fd},
	{"drain", false, call_drain},
	{NULL, false, NULL},
};

void check_refused_by_all(struct aml_dma *dma, struct aml_dma_request *req, const struct pair *p,
			  int code)
{
	for (const struct verb *verb = verbs; verb->name; verb++) {
		int rc = verb->of_request ? verb->call(dma, req, p) : -code;

		ck_assert_msg(rc == -code, "%s: %d, want %d", verb->name, rc, -code);
	}
}
