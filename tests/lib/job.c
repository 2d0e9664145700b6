/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>

#include "aml/error.h"
#include "tests/lib/job.h"

struct aml_dma_job job_of(const struct pair *p)
{
	return (struct aml_dma_job){
		.size = sizeof(struct aml_dma_job), .dst = p->dst, .src = p->src};
}

struct aml_dma_job job_through(struct gate *gate)
{
	return (struct aml_dma_job){
		.size = sizeof(struct aml_dma_job),
		.dst = no_layout(),
		.src = no_layout(),
		.op = gate_pass,
		.op_arg = gate,
	};
}

struct aml_dma_request *submit_job(struct aml_dma *dma, const struct aml_dma_job *job)
{
	struct aml_dma_request *req = NULL;
	int rc = aml_dma_submit(dma, &req, job);

	ck_assert_msg(rc == 0, "%d: %s", rc, aml_error_detail());
	ck_assert_ptr_nonnull(req);
	return req;
}

struct aml_dma_request *submit_pair(struct aml_dma *dma, const struct pair *p)
{
	const struct aml_dma_job job = job_of(p);

	return submit_job(dma, &job);
}

struct aml_dma_request *submit_after(struct aml_dma *dma, const struct pair *p, size_t n,
				     struct aml_dma_request *const *after)
{
	struct aml_dma_job job = job_of(p);

	job.after = after;
	job.nafter = n;
	return submit_job(dma, &job);
}

struct aml_dma_request *prepare_job(struct aml_dma *dma, const struct aml_dma_job *job)
{
	struct aml_dma_request *req = NULL;
	int rc = aml_dma_prepare(dma, &req, job);

	ck_assert_msg(rc == 0, "%d: %s", rc, aml_error_detail());
	ck_assert_ptr_nonnull(req);
	return req;
}

struct aml_dma_info info_of(struct aml_dma *dma, struct aml_dma_request *req)
{
	struct aml_dma_info info = {.size = sizeof(info)};
	int rc = aml_dma_info(dma, req, &info);

	ck_assert_msg(rc == 0, "%d: %s", rc, aml_error_detail());
	return info;
}

void tell(struct aml_dma_request *req, const struct aml_dma_info *info, void *arg)
{
	struct told *told = arg;

	told->req = req;
	told->info = *info;
	told->thread = pthread_self();
	if (told->then)
		told->then(told);
	atomic_fetch_add(&told->times, 1);
}
