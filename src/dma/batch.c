/* SPDX-License-Identifier: BSD-3-Clause */
/* Many copies as one request, whose plan is a batch. */
#include "base/error.h"
#include "dma/engine.h"
#include "dma/job.h"

static int check_parts(struct aml_request *req, size_t n, struct aml_layout *const dst[],
		       const struct aml_layout *const src[])
{
	for (size_t i = 0; i < n; i++) {
		int rc = amli_check_reach(req, dst[i], src[i]);

		if (rc)
			return rc;
	}
	for (size_t i = 0; req->in_areas && i < n; i++)
		amli_job_note_areas(req, dst[i], src[i]); /* those in host memory as well */
	return 0;
}

#define LONG 64 /* parts: planning them takes about a microsecond */

/* Tell the engine what is coming, if it is long: as if all parts were like the first. */
static void announce(struct aml_request *req, size_t n, struct aml_layout *const dst[],
		     const struct aml_layout *const src[])
{
	struct amli_engine *e = req->engine;

	if (!e->ops->expect || n < LONG || !dst || !src ||
	    amli_plan_init(&req->own, dst[0], src[0], NULL, NULL, AMLI_PLAN_ANYWHERE))
		return;
	if (req->own.bytes <= SIZE_MAX / n)
		e->ops->expect(&e->pub, req->own.bytes * n);
	amli_plan_fini(&req->own);
}

static int plan(struct aml_request *req, size_t n, struct aml_layout *const dst[],
		const struct aml_layout *const src[])
{
	int rc;

	announce(req, n, dst, src);
	rc = amli_plan_init_batch(&req->own, &req->parts, n, dst, src, AMLI_PLAN_ANYWHERE);

	if (rc)
		return rc;
	rc = check_parts(req, n, dst, src);
	if (rc)
		amli_plan_fini(&req->own);
	else
		amli_request_planned(req, &req->own);
	return rc;
}

int aml_dma_async_batch(struct aml_dma *dma, struct aml_dma_request **out, size_t n,
			struct aml_layout *const dst[], const struct aml_layout *const src[])
{
	static const struct aml_dma_job job;
	struct aml_request *req;
	struct amli_engine *e;
	int rc;

	if (out)
		*out = NULL;
	rc = amli_engine_need(dma, &e);
	if (rc == 0)
		rc = amli_request_alloc(e, &req, out ? AMLI_HELD : AMLI_DETACHED);
	if (rc)
		return rc;
	amli_job_describe(req, &job);
	return amli_submit_planned(req, out, &job, plan(req, n, dst, src), amli_patience());
}
