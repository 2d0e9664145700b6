/* SPDX-License-Identifier: BSD-3-Clause */
/* A case, ready for an engine: its layouts, one pair for each request. */
#ifndef BENCH_ENGINE_JOB_H
#define BENCH_ENGINE_JOB_H

#include "aml/dma.h"
#include "data.h"

struct engine_job {
	struct aml_dma *dma;
	size_t n; /* requests */
	struct aml_layout **dst, **src;
	struct aml_dma_request **reqs;
	char *why;    /* of engine_job_plan(): why the first request is done so, or NULL */
	bool refused; /* the engine did not take a request that was run last */
};

/* 0, or -1 after a complaint. */
int engine_job_init(struct engine_job *job, struct aml_dma *dma, const struct bench_case *c,
		    const struct data *d);
void engine_job_fini(struct engine_job *job);

/* Plan all requests, by measuring if asked: those that are submitted from then on are done so.
 * Writes the destination.  explain: keep why. */
void engine_job_plan(struct engine_job *job, bool measure, bool explain);

/* Submits all requests, then waits for them; 0 or the first error.  The argument is a
 * struct engine_job. */
int engine_job_run(void *job);

/* How the first request is done, in words. */
void engine_job_describe(const struct engine_job *job, char *plan, size_t size);

#endif
