/* SPDX-License-Identifier: BSD-3-Clause */
#include "burst.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aml/dma/linux.h"
#include "aml/error.h"
#include "aml/layout/dense.h"
#include "complain.h"
#include "pattern.h"

/* All slots together; with larger requests there are fewer. */
#define MEMORY_MAX ((size_t)256 << 20)
/* What a copy of no bytes copies while it is verified. */
#define VERIFY_BYTES 64

/* ---- what is copied ---- */

static int dense(struct aml_layout **layout, char *ptr, size_t bytes)
{
	return aml_layout_dense_create(layout, ptr, AML_LAYOUT_ORDER_C, 1, 1, &bytes, NULL, NULL);
}

static int make_layouts(struct burst *b)
{
	int rc = 0;

	b->src_layouts = calloc(b->nsources, sizeof(*b->src_layouts));
	b->dst_layouts = calloc(b->n, sizeof(*b->dst_layouts));
	if (!b->src_layouts || !b->dst_layouts)
		return -AML_ENOMEM;
	for (size_t i = 0; i < b->nsources && !rc; i++)
		rc = dense(&b->src_layouts[i], b->src + i * b->pitch, b->bytes);
	for (size_t i = 0; i < b->n && !rc; i++)
		rc = dense(&b->dst_layouts[i], burst_dst(b, i), b->bytes);
	return rc;
}

static int make(struct burst *b)
{
	b->src = aligned_alloc(64, b->pitch * b->nsources);
	b->dst = aligned_alloc(64, b->pitch * b->n);
	b->reqs = calloc(b->n, sizeof(*b->reqs));
	if (!b->src || !b->dst || !b->reqs)
		return -AML_ENOMEM;
	pattern_fill(b->src, 1, b->pitch * b->nsources);
	memset(b->dst, PATTERN_GUARD, b->pitch * b->n);
	return b->bytes ? make_layouts(b) : 0;
}

int burst_init(struct burst *b, const struct engine *engine, size_t n, size_t bytes,
	       bool own_sources)
{
	size_t most = bytes ? bytes : VERIFY_BYTES;
	int rc;

	memset(b, 0, sizeof(*b));
	b->engine = engine;
	b->dma = engine->dma;
	b->bytes = b->now = bytes;
	b->pitch = (most + 64) / 64 * 64;
	b->n = n <= MEMORY_MAX / b->pitch ? n : MEMORY_MAX / b->pitch;
	b->nsources = own_sources ? b->n : 1;
	b->epoll = -1;
	rc = make(b);
	if (rc) {
		complain("%zu requests of %zu bytes: %s", b->n, bytes, aml_strerror(-rc));
		burst_fini(b);
		return -1;
	}
	return 0;
}

void burst_fini(struct burst *b)
{
	for (size_t i = 0; b->src_layouts && i < b->nsources; i++)
		aml_layout_destroy(&b->src_layouts[i]);
	for (size_t i = 0; b->dst_layouts && i < b->n; i++)
		aml_layout_destroy(&b->dst_layouts[i]);
	if (b->epoll >= 0)
		close(b->epoll);
	hold_fini(&b->hold);
	free(b->src_layouts);
	free(b->dst_layouts);
	free(b->reqs);
	free(b->src);
	free(b->dst);
}

/* ---- requests ---- */

struct aml_dma_job burst_job(const struct burst *b, size_t i)
{
	struct aml_dma_job job = {.size = sizeof(job)};

	if (b->bytes) {
		job.dst = b->dst_layouts[i];
		job.src = b->src_layouts[b->nsources > 1 ? i : 0];
		return job;
	}
	job.dst = (void *)burst_dst(b, i);
	job.src = (const void *)burst_src(b, i);
	job.op = aml_dma_linux_memcpy_op;
	job.op_arg = (void *)b->now;
	return job;
}

int burst_submit(struct burst *b, size_t i)
{
	/* not from a job: clearing one takes a few ns, which are not the library's */
	if (b->bytes)
		return aml_dma_async_copy(b->dma, &b->reqs[i], b->dst_layouts[i],
					  b->src_layouts[b->nsources > 1 ? i : 0]);
	return aml_dma_async_copy_custom(b->dma, &b->reqs[i], (void *)burst_dst(b, i),
					 (const void *)burst_src(b, i), aml_dma_linux_memcpy_op,
					 (void *)b->now);
}

int burst_submit_all(struct burst *b)
{
	int rc = 0;

	for (size_t i = 0; i < b->n && !rc; i++)
		rc = burst_submit(b, i);
	return rc;
}

int burst_settle(struct burst *b)
{
	int first = hold_release(&b->hold, b->dma);

	for (size_t i = 0; i < b->n; i++) {
		int rc = 0;

		if (!b->reqs[i])
			continue;
		if (b->prepared)
			aml_dma_cancel(b->dma, &b->reqs[i]);
		rc = b->prepared ? aml_dma_release(b->dma, &b->reqs[i])
				 : aml_dma_wait(b->dma, &b->reqs[i]);
		if (!first)
			first = rc;
	}
	b->prepared = false;
	b->called = 0;
	return first;
}

/* ---- verbs ---- */

int burst_run_verb(struct burst *b, const struct verb *verb)
{
	int rc = 0;

	if (verb->run)
		return verb->run(b);
	for (size_t i = 0; i < b->n && !rc; i++)
		rc = verb->one(b, i);
	return rc;
}

size_t burst_find_wrong(const struct burst *b, size_t bytes)
{
	for (size_t i = 0; i < b->n; i++)
		if (memcmp(burst_dst(b, i), burst_src(b, i), bytes) ||
		    pattern_find_unguarded(burst_dst(b, i) + bytes, b->pitch - bytes))
			return i;
	return b->n;
}

/* With as many bytes as there are now; what it returned. */
static int rehearse(struct burst *b, const struct verb *verb)
{
	int rc = verb->arm ? verb->arm(b) : 0, settled;

	if (!rc)
		rc = burst_run_verb(b, verb);
	if (!rc && b->prepared) /* which are cancelled, not waited for */
		rc = aml_dma_barrier(b->dma);
	settled = burst_settle(b);
	return rc ? rc : settled;
}

enum row_state burst_verify(struct burst *b, const struct verb *verb, bool spoil, char *why,
			    size_t size)
{
	const char *reason = verb->why_not ? verb->why_not(b) : NULL;
	size_t wrong;
	int rc;

	if (reason) {
		snprintf(why, size, "%s", reason);
		return ROW_NOT_APPLICABLE;
	}
	memset(b->dst, PATTERN_GUARD, b->pitch * b->n);
	b->now = b->bytes ? b->bytes : VERIFY_BYTES;
	rc = rehearse(b, verb);
	if (spoil)
		b->dst[0] ^= 1;
	wrong = burst_find_wrong(b, verb->moves_nothing ? 0 : b->now);
	b->now = b->bytes;
	if (rc) {
		snprintf(why, size, "%s: %s", aml_strerror(-rc), aml_error_detail());
		return rc == -AML_ENOTSUP ? ROW_NOT_APPLICABLE : ROW_FAILED;
	}
	if (wrong == b->n)
		return ROW_VERIFIED;
	snprintf(why, size, "request %zu did not do what it should", wrong);
	return ROW_WRONG;
}
