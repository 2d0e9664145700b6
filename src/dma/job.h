/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AMLI_DMA_JOB_H
#define AMLI_DMA_JOB_H

#include "dma/engine.h"

/* Whether the job makes sense; -AML_EINVAL. */
int amli_job_check(const struct aml_dma_job *job);

/* Whether it waits for others: then it outlives submit on any engine. */
static inline bool amli_has_order(struct amli_engine *e, const struct aml_dma_job *job)
{
	return job->nafter || job->flags & AML_DMA_FENCE ||
	       atomic_load_explicit(&e->fence, memory_order_acquire);
}

/* Give the request the job's deadline, which is positive. */
void amli_job_limit(struct aml_request *req, const struct aml_dma_job *job);
/* Give it the job's flags, callback and deadline. */
static inline void amli_job_describe(struct aml_request *req, const struct aml_dma_job *job)
{
	req->flags = job->flags;
	req->callback = job->done;
	req->callback_arg = job->done_arg;
	/* A callback may tell others of it before it is over. */
	req->counted = req->engine->counted || job->done || amli_has_order(req->engine, job);
	if (job->timeout_us > 0)
		amli_job_limit(req, job);
}
/* Give it the job's plan: it is PLANNED.  What the engine cannot do is refused. */
int amli_job_plan(struct aml_request *req, const struct aml_dma_job *job);

/* Whether the request's engine reaches both sides; -AML_ENOTSUP.  Areas that they name are
 * noted in the request. */
int amli_check_reach(struct aml_request *req, const struct aml_layout *dst,
		     const struct aml_layout *src);
/* The second half of it. */
void amli_job_note_areas(struct aml_request *req, const struct aml_layout *dst,
			 const struct aml_layout *src);
/* It has this plan: PLANNED. */
void amli_request_planned(struct aml_request *req, const struct aml_plan *plan);

#endif
