/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests, and what engines ask of them.  request.h draws their life. */
#include "base/clock.h"
#include "base/error.h"
#include "base/hot.h"
#include "dma/engine.h"

AMLI_HOT void amli_request_make(struct aml_request *req, struct amli_engine *e, uint32_t index)
{
	atomic_init(&req->word, UINT64_C(1) << AMLI_GENERATION_SHIFT);
	atomic_init(&req->next, 0);
	req->index = index;
	req->engine = e;
	req->parts = (struct amli_parts){0};
}

void amli_request_forget_inner(struct aml_request *req)
{
	struct aml_request *inner = amli_get(req->inner);

	amli_set(req->inner, NULL);
	while (inner) {
		struct aml_request *older = inner->older;

		amli_forwarded_leave(inner);
		inner = older;
	}
}

/* ---- what happened ---- */

static enum aml_dma_phase phase_of(uint64_t word)
{
	static const enum aml_dma_phase phase[] = {
		[AMLI_FREE] = AML_DMA_DONE,	  [AMLI_PLANNED] = AML_DMA_PLANNED,
		[AMLI_BLOCKED] = AML_DMA_BLOCKED, [AMLI_QUEUED] = AML_DMA_QUEUED,
		[AMLI_RUNNING] = AML_DMA_RUNNING, [AMLI_DONE] = AML_DMA_DONE,
	};

	return phase[amli_state_of(word)];
}

static enum aml_dma_outcome outcome_of(struct aml_request *req, int status)
{
	if (status == 0)
		return AML_DMA_OK;
	if (status == -AML_ETIMEDOUT && amli_get(req->expired))
		return AML_DMA_TIMED_OUT;
	if (status != -AML_ECANCELED)
		return AML_DMA_FAILED;
	return amli_get(req->ended_in) == AML_DMA_RUNNING ? AML_DMA_STOPPED : AML_DMA_DROPPED;
}

static uint64_t time_of(uint64_t ticks)
{
	return ticks ? amli_ticks_to_ns(ticks) : 0;
}

void amli_request_info_end(struct aml_request *req, struct aml_dma_info *info)
{
	info->status = amli_get(req->status);
	info->outcome = outcome_of(req, info->status);
	info->stopped = (enum aml_dma_phase)amli_get(req->ended_in);
	info->side = (enum aml_dma_side)amli_get(req->side);
	info->offset = info->side ? amli_get(req->offset) : info->bytes_done;
	info->done_ns = time_of(amli_get(req->ended));
}

void amli_request_info(struct aml_request *req, struct aml_dma_info *info)
{
	uint64_t word = atomic_load_explicit(&req->word, memory_order_acquire);

	*info = (struct aml_dma_info){.size = sizeof(*info), .phase = phase_of(word)};
	info->bytes = req->bytes;
	info->submitted_ns = time_of(amli_get(req->submitted));
	info->started_ns = time_of(amli_get(req->started));
	info->bytes_done = amli_get(req->moved);
	if (info->phase == AML_DMA_DONE)
		amli_request_info_end(req, info);
}

int amli_info_check(const struct aml_dma_info *info)
{
	if (!info)
		return amli_fail(AML_EINVAL, "info is NULL");
	if (info->size != sizeof(*info))
		return amli_fail(AML_EINVAL, "info->size is %zu: set it to sizeof(*info), %zu",
				 info->size, sizeof(*info));
	return 0;
}

int aml_dma_info(struct aml_dma *dma, struct aml_dma_request *handle, struct aml_dma_info *info)
{
	struct aml_request *req;
	struct amli_engine *e;
	int rc = amli_engine_need(dma, &e);

	if (rc == 0)
		rc = amli_info_check(info);
	if (rc == 0)
		rc = amli_pin(e, handle, &req);
	if (rc)
		return rc;
	amli_expire(req);
	amli_request_info(req, info);
	amli_unpin(req);
	return 0;
}

/* ---- for engines ---- */

AMLI_HOT const struct aml_plan *aml_request_plan(const struct aml_request *req)
{
	return req->plan;
}

AMLI_HOT bool aml_request_is_awaited(const struct aml_request *req)
{
	return amli_get(req->kind) == AMLI_SYNC;
}

AMLI_HOT bool aml_request_is_urgent(const struct aml_request *req)
{
	return req->flags & AML_DMA_URGENT;
}

AMLI_HOT void *aml_request_private(struct aml_request *req)
{
	return req->private;
}

void aml_request_advance(struct aml_request *req, size_t bytes)
{
	for (; req; req = req->outer)
		atomic_fetch_add_explicit(&req->moved, bytes, memory_order_relaxed);
}

void aml_request_stopped(struct aml_request *req, enum aml_dma_side side, size_t offset)
{
	for (; req; req = req->outer) {
		amli_set(req->side, (unsigned char)side);
		amli_set(req->offset, offset);
	}
}
