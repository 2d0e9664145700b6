/* SPDX-License-Identifier: BSD-3-Clause */
/* What can only be timed with requests that do not start, or with threads. */
#include "aml/error.h"
#include "verbs.h"

/* Larger queues take too long to fill each time. */
#define QUEUE_MOST ((size_t)1 << 17)

static bool has(const struct burst *b, unsigned flag)
{
	struct aml_dma_caps caps;

	return !aml_dma_caps(b->dma, &caps) && caps.flags & flag;
}

/* Nothing moves while nobody waits. */
static bool is_driven(const struct burst *b)
{
	struct aml_dma_caps caps;

	return has(b, AML_DMA_PROGRESS) && !aml_dma_caps(b->dma, &caps) && caps.threads == 0;
}

static const char *why_no_threads(const struct burst *b)
{
	return hold_why_no_threads(b->dma);
}

/* See that what is submitted next stays in the queue. */
static int hold(struct burst *b)
{
	int rc = burst_settle(b);

	if (rc || is_driven(b))
		return rc;
	if (has(b, AML_DMA_INLINE)) /* it has none: they wait for another one */
		return hold_order(&b->hold);
	return hold_threads(&b->hold, b->dma);
}

static const char *why_not_held(const struct burst *b)
{
	struct aml_dma *other = NULL;
	int rc = 0;

	if (is_driven(b))
		return NULL;
	if (!has(b, AML_DMA_INLINE))
		return hold_why_no_threads(b->dma);
	rc = aml_dma_open(&other, "pool:threads=0");
	aml_dma_close(&other);
	return rc ? "it starts at once, and there is no pool to wait for" : NULL;
}

/* ---- cancel ---- */

static int submit_held(struct burst *b)
{
	int rc = hold(b);

	for (size_t i = 0; i < b->n && !rc; i++) {
		struct aml_dma_job job = burst_job(b, i);

		job.after = &b->hold.first;
		job.nafter = b->hold.first ? 1 : 0;
		rc = aml_dma_try_submit(b->dma, &b->reqs[i], &job);
	}
	return rc == -AML_EAGAIN ? -AML_ENOTSUP : rc; /* too short a queue */
}

static int cancel(struct burst *b, size_t i)
{
	return aml_dma_cancel(b->dma, &b->reqs[i]);
}

/* ---- after ---- */

static int arm_chain(struct burst *b)
{
	int rc = burst_settle(b);

	return rc ? rc : hold_order(&b->hold);
}

static const char *why_no_chain(const struct burst *b)
{
	struct aml_dma *other;
	int rc = aml_dma_open(&other, "pool:threads=0");

	(void)b;
	aml_dma_close(&other);
	return rc ? "there is no pool to wait for" : NULL;
}

/* Each after the one before; the first is let go when all are there. */
static int chain(struct burst *b)
{
	int rc = 0;

	for (size_t i = 0; i < b->n && !rc; i++) {
		struct aml_dma_job job = burst_job(b, i);

		job.after = i ? &b->reqs[i - 1] : &b->hold.first;
		job.nafter = 1;
		rc = aml_dma_submit(b->dma, &b->reqs[i], &job);
	}
	if (!rc)
		rc = hold_release(&b->hold, b->dma);
	return rc ? rc : aml_dma_wait_all(b->n, b->reqs, AML_DMA_FOREVER, NULL);
}

/* ---- threads that are busy ---- */

static int keep_busy(struct burst *b)
{
	return hold_threads(&b->hold, b->dma);
}

/* Looking does not help: a thread of the engine does it, awake since the last one. */
static int handed_over(struct burst *b, size_t i)
{
	struct aml_dma_info info = {.size = sizeof(info)};
	int rc = verb_submit_operator(b, i);

	while (!rc && info.phase != AML_DMA_DONE)
		rc = aml_dma_info(b->dma, b->reqs[i], &info);
	return rc ? rc : aml_dma_wait(b->dma, &b->reqs[i]);
}

/* ---- a full queue ---- */

static const char *why_not_full(const struct burst *b)
{
	size_t total;

	if (aml_dma_capacity(b->dma, NULL, &total) || total > QUEUE_MOST)
		return "its queue has no end";
	return has(b, AML_DMA_INLINE) ? "it queues nothing" : why_not_held(b);
}

/* With copies of no bytes, whoever makes them. */
static int fill(struct burst *b)
{
	size_t now = b->now;
	int rc = b->hold.busy ? 0 : hold(b);
	struct aml_dma_job job;

	b->now = 0;
	job = burst_job(b, 0);
	b->now = now;
	while (!rc)
		rc = aml_dma_try_submit(b->dma, NULL, &job);
	return rc == -AML_EAGAIN ? 0 : rc;
}

static int try_submit(struct burst *b, size_t i)
{
	const struct aml_dma_job job = burst_job(b, i);
	int rc = aml_dma_try_submit(b->dma, &b->reqs[i], &job);

	return rc == -AML_EAGAIN ? 0 : rc ? rc : -AML_EIO;
}

const struct verb verbs_held[] = {
	{.name = "cancel",
	 .how = "one that waits",
	 .moves_nothing = true,
	 .why_not = why_not_held,
	 .arm = submit_held,
	 .one = cancel},
	{.name = "after",
	 .how = "a chain",
	 .why_not = why_no_chain,
	 .arm = arm_chain,
	 .run = chain},
	{.name = "busy: submit+wait",
	 .how = "workers busy",
	 .why_not = why_no_threads,
	 .arm = keep_busy,
	 .one = verb_submit_wait},
	{.name = "handed over",
	 .how = "to a worker",
	 .why_not = why_no_threads,
	 .arm = burst_settle,
	 .one = handed_over},
	{.name = "full: try_submit",
	 .how = "refused",
	 .moves_nothing = true,
	 .why_not = why_not_full,
	 .arm = fill,
	 .one = try_submit},
	{0},
};
