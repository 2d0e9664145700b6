/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests that are planned once and started many times. */
#include "verbs.h"

static int prepare(struct burst *b, size_t i)
{
	const struct aml_dma_job job = burst_job(b, i);

	return aml_dma_prepare(b->dma, &b->reqs[i], &job);
}

static int prepare_all(struct burst *b)
{
	int rc = 0;

	if (b->prepared)
		return 0;
	b->prepared = true;
	for (size_t i = 0; i < b->n && !rc; i++)
		rc = prepare(b, i);
	return rc;
}

/* Those that run are waited for: they can be started then. */
static int prepare_idle(struct burst *b)
{
	int rc = prepare_all(b);

	return rc ? rc : aml_dma_barrier(b->dma);
}

static int prepare_release(struct burst *b, size_t i)
{
	int rc = prepare(b, i);

	return rc ? rc : aml_dma_release(b->dma, &b->reqs[i]);
}

static int start(struct burst *b, size_t i)
{
	return aml_dma_start(b->dma, b->reqs[i]);
}

static int start_wait(struct burst *b, size_t i)
{
	int rc = aml_dma_start(b->dma, b->reqs[i]);

	return rc ? rc : aml_dma_wait(b->dma, &b->reqs[i]);
}

const struct verb verbs_prepared[] = {
	{.name = "prepare+release",
	 .how = "one by one",
	 .moves_nothing = true,
	 .one = prepare_release},
	{.name = "start", .how = "start alone", .arm = prepare_idle, .one = start},
	{.name = "start+wait", .how = "one by one", .arm = prepare_all, .one = start_wait},
	{0},
};
