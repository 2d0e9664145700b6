/* SPDX-License-Identifier: BSD-3-Clause */
#include "hold.h"

#include <sched.h>
#include <stddef.h>

#include "aml/error.h"
#include "stats.h"

#define PATIENCE_NS 2e9

/* The library passes an operator's sides on untouched; NULL is refused. */
static char nothing;
#define NOTHING ((struct aml_layout *)(void *)&nothing)

/* Busy means that it takes a core, as a large copy would. */
static int wait_until_open(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	struct hold *h = arg;

	(void)dst;
	(void)src;
	atomic_fetch_add(&h->entered, 1);
	while (!atomic_load_explicit(&h->open, memory_order_acquire))
		sched_yield();
	return 0;
}

const char *hold_why_no_threads(struct aml_dma *dma)
{
	struct aml_dma_caps caps;

	if (aml_dma_caps(dma, &caps) || caps.threads == 0)
		return "it has no threads";
	if (!(caps.flags & AML_DMA_OPERATORS))
		return "it runs no operators";
	return caps.flags & AML_DMA_PROGRESS ? "it must be driven" : NULL;
}

int hold_threads(struct hold *h, struct aml_dma *dma)
{
	const struct aml_dma_job job = {.size = sizeof(job),
					.dst = NOTHING,
					.src = NOTHING,
					.op = wait_until_open,
					.op_arg = h};
	double limit = now_ns() + PATIENCE_NS;
	struct aml_dma_caps caps;
	int rc = h->busy ? 0 : aml_dma_caps(dma, &caps);

	if (rc || h->busy)
		return rc;
	h->busy = true;
	for (unsigned i = 0; i < caps.threads && !rc; i++)
		rc = aml_dma_try_submit(dma, NULL, &job);
	if (rc == -AML_EAGAIN)
		return -AML_ENOTSUP; /* its queue is shorter than that */
	while (!rc && atomic_load(&h->entered) < caps.threads) {
		sched_yield();
		if (now_ns() > limit)
			rc = -AML_ETIMEDOUT;
	}
	return rc;
}

int hold_order(struct hold *h)
{
	int rc = h->other ? 0 : aml_dma_open(&h->other, "pool:threads=0");

	if (rc)
		return rc;
	return aml_dma_async_copy_custom(h->other, &h->first, NOTHING, NOTHING, wait_until_open, h);
}

int hold_release(struct hold *h, struct aml_dma *dma)
{
	int rc = 0;

	if (!h->busy && !h->first)
		return 0;
	atomic_store_explicit(&h->open, true, memory_order_release);
	if (h->busy)
		rc = aml_dma_barrier(dma);
	if (h->first && !rc)
		rc = aml_dma_wait(h->other, &h->first);
	h->busy = false;
	atomic_store(&h->entered, 0);
	atomic_store(&h->open, false);
	return rc;
}

void hold_fini(struct hold *h)
{
	aml_dma_close(&h->other);
}
