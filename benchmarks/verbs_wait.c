/* SPDX-License-Identifier: BSD-3-Clause */
/* Ways to submit a request and to see it end. */
#include <string.h>

#include "aml/error.h"
#include "verbs.h"

#define GROUP 16

int verb_submit_wait(struct burst *b, size_t i)
{
	int rc = burst_submit(b, i);

	return rc ? rc : aml_dma_wait(b->dma, &b->reqs[i]);
}

static int submit_test(struct burst *b, size_t i)
{
	int done = 0, rc = burst_submit(b, i);

	while (!rc && !done)
		rc = aml_dma_test(b->dma, &b->reqs[i], &done);
	return rc;
}

static int submit_wait_for(struct burst *b, size_t i)
{
	int rc = burst_submit(b, i);

	return rc ? rc : aml_dma_wait_for(b->dma, &b->reqs[i], 1000000);
}

static int submit_wait_info(struct burst *b, size_t i)
{
	struct aml_dma_info info = {.size = sizeof(info)};
	int rc = burst_submit(b, i);

	if (!rc)
		rc = aml_dma_wait_info(b->dma, &b->reqs[i], AML_DMA_FOREVER, &info);
	return rc || info.outcome == AML_DMA_OK ? rc : -AML_EIO;
}

/* ---- several ---- */

static int in_groups(struct burst *b, int (*wait)(struct aml_dma_request **reqs))
{
	int rc = 0;

	for (size_t i = 0; i < b->n && !rc; i += GROUP) {
		for (size_t j = i; j < i + GROUP && !rc; j++)
			rc = burst_submit(b, j);
		if (!rc)
			rc = wait(&b->reqs[i]);
	}
	return rc;
}

static int wait_all(struct aml_dma_request **reqs)
{
	return aml_dma_wait_all(GROUP, reqs, AML_DMA_FOREVER, NULL);
}

static int wait_some(struct aml_dma_request **reqs)
{
	size_t indices[GROUP], count, left = GROUP;
	int statuses[GROUP], rc = 0;

	for (; left > 0 && !rc; left -= count) {
		rc = aml_dma_wait_some(GROUP, reqs, AML_DMA_FOREVER, &count, indices, statuses);
		for (size_t i = 0; i < count && !rc; i++)
			rc = statuses[i];
	}
	return rc;
}

static int wait_any(struct aml_dma_request **reqs)
{
	size_t index;
	int rc = 0;

	for (size_t left = GROUP; left > 0 && !rc; left--)
		rc = aml_dma_wait_any(GROUP, reqs, AML_DMA_FOREVER, &index);
	return rc;
}

static int run_wait_all(struct burst *b)
{
	return in_groups(b, wait_all);
}

static int run_wait_some(struct burst *b)
{
	return in_groups(b, wait_some);
}

static int run_wait_any(struct burst *b)
{
	return in_groups(b, wait_any);
}

/* ---- without holding a request ---- */

static int copy(struct burst *b, size_t i)
{
	const struct aml_dma_job job = burst_job(b, i);

	return aml_dma_copy_custom(b->dma, job.dst, job.src, job.op, job.op_arg);
}

static int submit_barrier(struct burst *b, size_t i)
{
	const struct aml_dma_job job = burst_job(b, i);
	int rc = aml_dma_async_copy_custom(b->dma, NULL, job.dst, job.src, job.op, job.op_arg);

	return rc ? rc : aml_dma_barrier(b->dma);
}

static int barrier(struct burst *b, size_t i)
{
	(void)i;
	return aml_dma_barrier(b->dma);
}

/* ---- with more than a copy ---- */

static int by_hand(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	memcpy(dst, src, (size_t)arg);
	return 0;
}

static const char *why_no_operators(const struct burst *b)
{
	struct aml_dma_caps caps;

	if (!aml_dma_caps(b->dma, &caps) && caps.flags & AML_DMA_OPERATORS)
		return NULL;
	return "it runs no operators";
}

int verb_submit_operator(struct burst *b, size_t i)
{
	const struct aml_dma_job job = burst_job(b, i);

	return aml_dma_async_copy_custom(b->dma, &b->reqs[i], job.dst, job.src, by_hand,
					 job.op_arg);
}

static int call_operator(struct burst *b, size_t i)
{
	int rc = verb_submit_operator(b, i);

	return rc ? rc : aml_dma_wait(b->dma, &b->reqs[i]);
}

static int submit_job_wait(struct burst *b, size_t i, const struct aml_dma_job *job)
{
	int rc = aml_dma_submit(b->dma, &b->reqs[i], job);

	return rc ? rc : aml_dma_wait(b->dma, &b->reqs[i]);
}

/* One request at a time: nobody else counts meanwhile. */
static void count(struct aml_dma_request *req, const struct aml_dma_info *info, void *arg)
{
	(void)req;
	*(size_t *)arg += info->outcome == AML_DMA_OK;
}

static int call_back(struct burst *b, size_t i)
{
	struct aml_dma_job job = burst_job(b, i);
	size_t before = b->called;
	int rc;

	job.done = count;
	job.done_arg = &b->called;
	rc = submit_job_wait(b, i, &job);
	return rc || b->called == before + 1 ? rc : -AML_EIO;
}

static int fence(struct burst *b, size_t i)
{
	struct aml_dma_job job = burst_job(b, i);

	job.flags = AML_DMA_FENCE;
	return submit_job_wait(b, i, &job);
}

static int deadline(struct burst *b, size_t i)
{
	struct aml_dma_job job = burst_job(b, i);

	job.timeout_us = 10000000;
	return submit_job_wait(b, i, &job);
}

static int info(struct burst *b, size_t i)
{
	struct aml_dma_info known = {.size = sizeof(known)};

	return aml_dma_info(b->dma, b->reqs[i], &known);
}

static int arm_info(struct burst *b)
{
	int rc = b->reqs[0] ? 0 : burst_submit_all(b);

	return rc ? rc : aml_dma_barrier(b->dma);
}

static int capacity(struct burst *b, size_t i)
{
	size_t room, total;

	(void)i;
	return aml_dma_capacity(b->dma, &room, &total);
}

const struct verb verbs_wait[] = {
	{.name = "submit", .how = "submit alone", .leaves = true, .one = burst_submit},
	{.name = "submit+wait", .how = "one by one", .one = verb_submit_wait},
	{.name = "submit+test", .how = "until it is done", .one = submit_test},
	{.name = "submit+wait_for", .how = "one by one", .one = submit_wait_for},
	{.name = "submit+wait_info", .how = "one by one", .one = submit_wait_info},
	{.name = "wait_all of 16", .how = "submit 16, wait", .run = run_wait_all},
	{.name = "wait_some of 16", .how = "submit 16, wait", .run = run_wait_some},
	{.name = "wait_any of 16", .how = "submit 16, wait", .run = run_wait_any},
	{.name = "copy", .how = "without request", .one = copy},
	{.name = "detached+barrier", .how = "one by one", .one = submit_barrier},
	{.name = "barrier", .how = "nothing to do", .moves_nothing = true, .one = barrier},
	{.name = "operator",
	 .how = "submit+wait",
	 .why_not = why_no_operators,
	 .one = call_operator},
	{.name = "callback", .how = "submit+wait", .one = call_back},
	{.name = "deadline", .how = "submit+wait", .one = deadline},
	{.name = "fence", .how = "submit+wait", .one = fence},
	{.name = "info", .how = "of one done", .arm = arm_info, .one = info},
	{.name = "capacity", .how = "one call", .moves_nothing = true, .one = capacity},
	{0},
};
