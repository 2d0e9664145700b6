/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/plan.h"
#include "complain.h"

int engine_job_init(struct engine_job *job, struct aml_dma *dma, const struct bench_case *c,
		    const struct data *d)
{
	int rc = 0;

	memset(job, 0, sizeof(*job));
	job->dma = dma;
	job->n = case_parts(c);
	job->dst = calloc(job->n, sizeof(*job->dst));
	job->src = calloc(job->n, sizeof(*job->src));
	job->reqs = calloc(job->n, sizeof(*job->reqs));
	if (!job->dst || !job->src || !job->reqs) {
		complain("no memory for the %zu requests of %s", job->n, c->name);
		engine_job_fini(job);
		return -1;
	}
	for (size_t i = 0; i < job->n && !rc; i++)
		rc = case_layouts(c, i, d->dst, d->src, &job->dst[i], &job->src[i]);
	if (rc) {
		complain("the layouts of %s: %s: %s", c->name, aml_strerror(-rc),
			 aml_error_detail());
		engine_job_fini(job);
		return -1;
	}
	return 0;
}

void engine_job_fini(struct engine_job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		if (job->dst)
			aml_layout_destroy(&job->dst[i]);
		if (job->src)
			aml_layout_destroy(&job->src[i]);
	}
	free(job->dst);
	free(job->src);
	free(job->reqs);
	free(job->why);
	memset(job, 0, sizeof(*job));
}

static char *explain_plan(const struct aml_plan *plan)
{
	int length = aml_plan_explain(plan, NULL, 0);
	char *text = length < 0 ? NULL : malloc((size_t)length + 1);

	if (text)
		aml_plan_explain(plan, text, (size_t)length + 1);
	return text;
}

void engine_job_plan(struct engine_job *job, bool measure, bool explain)
{
	unsigned flags = measure ? AML_PLAN_MEASURE : AML_PLAN_ESTIMATE;

	for (size_t i = 0; i < (measure ? job->n : 1); i++) {
		struct aml_plan *plan;

		if (aml_plan_create(&plan, job->dst[i], job->src[i], flags))
			return; /* the request will say so */
		if (i == 0 && explain)
			job->why = explain_plan(plan);
		aml_plan_destroy(&plan);
	}
}

int engine_job_run(void *arg)
{
	struct engine_job *job = arg;
	size_t submitted;
	int rc = 0;

	job->refused = false;
	for (submitted = 0; submitted < job->n; submitted++) {
		rc = aml_dma_async_copy(job->dma, &job->reqs[submitted], job->dst[submitted],
					job->src[submitted]);
		if (rc) {
			job->refused = true;
			break;
		}
	}
	for (size_t i = 0; i < submitted; i++) {
		int ended = aml_dma_wait(job->dma, &job->reqs[i]);

		if (!rc)
			rc = ended;
	}
	return rc;
}

void engine_job_describe(const struct engine_job *job, char *plan, size_t size)
{
	struct aml_plan *p;
	int used = 0;

	plan[0] = '\0';
	if (aml_plan_create(&p, job->dst[0], job->src[0], AML_PLAN_DEFAULT))
		return;
	if (job->n > 1)
		used = snprintf(plan, size, "%zu x ", job->n);
	if (used >= 0 && (size_t)used < size)
		aml_plan_describe(p, plan + used, size - (size_t)used);
	aml_plan_destroy(&p);
}
