/* SPDX-License-Identifier: BSD-3-Clause */
/* Jobs and what became of them, in few words. */
#ifndef TESTS_LIB_JOB_H
#define TESTS_LIB_JOB_H

#include "aml/request.h"
#include "tests/lib/gate.h"
#include "tests/lib/pair.h"

/* Copy the pair. */
struct aml_dma_job job_of(const struct pair *p);
/* Pass the gate. */
struct aml_dma_job job_through(struct gate *gate);
/* Submit it; the test fails if that fails. */
struct aml_dma_request *submit_job(struct aml_dma *dma, const struct aml_dma_job *job);
struct aml_dma_request *submit_pair(struct aml_dma *dma, const struct pair *p);
/* The same after others. */
struct aml_dma_request *submit_after(struct aml_dma *dma, const struct pair *p, size_t n,
				     struct aml_dma_request *const *after);
struct aml_dma_request *prepare_job(struct aml_dma *dma, const struct aml_dma_job *job);
/* What is known of it. */
struct aml_dma_info info_of(struct aml_dma *dma, struct aml_dma_request *req);

/* A callback that keeps what it is told; arg is a struct told. */
struct told {
	atomic_int times;
	struct aml_dma_request *req;
	struct aml_dma_info info;
	pthread_t thread;
	/* called in it, if not NULL */
	void (*then)(struct told *told);
	struct aml_dma *dma; /* for that */
	void *arg;
};
void tell(struct aml_dma_request *req, const struct aml_dma_info *info, void *arg);

#endif
