/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies with layouts: one by one, many in flight, and as a batch. */
#include "aml/plan.h"
#include "verbs.h"

static int copy(struct burst *b, size_t i)
{
	const struct aml_dma_job job = burst_job(b, i);

	return aml_dma_copy(b->dma, job.dst, job.src);
}

static int plan(struct burst *b, size_t i)
{
	const struct aml_dma_job job = burst_job(b, i);
	struct aml_plan *p;
	int rc = aml_plan_create(&p, job.dst, job.src, AML_PLAN_DEFAULT);

	aml_plan_destroy(&p);
	return rc;
}

static int wait_in_order(struct burst *b)
{
	int rc = burst_submit_all(b);

	for (size_t i = 0; i < b->n && !rc; i++)
		rc = aml_dma_wait(b->dma, &b->reqs[i]);
	return rc;
}

static int waits_in_reverse(struct burst *b)
{
	int rc = 0;

	for (size_t i = b->n; i > 0 && !rc; i--)
		rc = aml_dma_wait(b->dma, &b->reqs[i - 1]);
	return rc;
}

static int wait_in_reverse(struct burst *b)
{
	int rc = burst_submit_all(b);

	return rc ? rc : waits_in_reverse(b);
}

static int submit_batch(struct burst *b)
{
	return aml_dma_async_batch(b->dma, &b->reqs[0], b->n, b->dst_layouts,
				   (const struct aml_layout *const *)b->src_layouts);
}

static int batch(struct burst *b)
{
	int rc = submit_batch(b);

	return rc ? rc : aml_dma_wait(b->dma, &b->reqs[0]);
}

const struct verb verbs_copy[] = {
	{.name = "submit", .how = "", .leaves = true, .one = burst_submit},
	{.name = "submit+wait", .how = "", .one = verb_submit_wait},
	{.name = "copy", .how = "", .one = copy},
	{.name = "plan", .how = "create+destroy", .moves_nothing = true, .one = plan},
	{0},
};

const struct verb verbs_flight[] = {
	{.name = "in flight", .how = "in order", .counted = true, .run = wait_in_order},
	{.name = "in reverse", .how = "in reverse", .counted = true, .run = wait_in_reverse},
	{.name = "reverse, wait",
	 .how = "waits alone",
	 .counted = true,
	 .arm = burst_submit_all,
	 .run = waits_in_reverse},
	{0},
};

const struct verb verbs_batch[] = {
	{.name = "single", .how = "", .counted = true, .run = wait_in_order},
	{.name = "single, submit", .how = "", .counted = true, .leaves = true, .one = burst_submit},
	{.name = "batch", .how = "", .counted = true, .run = batch},
	{.name = "batches", .how = "", .counted = true, .turns = 20, .run = batch},
	{.name = "batch, submit", .how = "", .counted = true, .leaves = true, .run = submit_batch},
	{0},
};
