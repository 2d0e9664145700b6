/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Copies from memory to memory through the card, whose firmware sends back what it gets, or
 * something of the same size.  Such a request has two halves: a job that sends, and one that
 * receives.  It ends when both have, with the status of the first that failed.
 */
#include <stdlib.h>

#include "backends/axisg2/engine.h"

/* A half, or the whole of a request that has no other. */
void amli_axis_job_end(struct amli_axis_job *job, int status)
{
	struct amli_axis_pair *pair = job->pair;
	struct aml_request *req = job->req;
	int none = 0;

	if (!pair) {
		aml_request_complete(req, status);
		return;
	}
	atomic_compare_exchange_strong(&pair->status, &none, status);
	/* What was not sent does not come. */
	if (status && job != &pair->fetch && amli_axis_unwant(job->engine->axis, &pair->fetch.want))
		atomic_fetch_sub(&pair->left, 1);
	if (atomic_fetch_sub(&pair->left, 1) != 1)
		return;
	status = atomic_load(&pair->status);
	if (pair->fetch.said.is)
		((struct amli_axis_job *)aml_request_private(req))->said = pair->fetch.said;
	free(pair);
	aml_request_complete(req, status);
}

/* Two threads must not stand in the two lines in different order. */
static int couple(struct amli_axis_job *job)
{
	int rc;

	pthread_mutex_lock(&job->engine->couple_lock);
	rc = amli_axis_job_expect(&job->pair->fetch);
	if (rc == 0)
		amli_axis_job_line_up(job);
	pthread_mutex_unlock(&job->engine->couple_lock);
	return rc;
}

int amli_axis_pair_begin(struct amli_axis_job *job)
{
	const struct aml_plan *plan = aml_request_plan(job->req);
	struct amli_axis_engine *engine = job->engine;
	struct amli_axis_pair *pair;
	size_t n;
	int rc = aml_plan_pack(plan, NULL, 0, 0);

	if (rc == 0)
		rc = amli_axis_parts_of(engine->axis, aml_plan_bytes(plan), &n);
	if (rc)
		return rc;
	pair = malloc(sizeof(*pair));
	if (!pair)
		return aml_engine_refuse(AML_ENOMEM, "axisg2: no memory for a request");
	job->pair = pair;
	job->want.dest = engine->loop;
	pair->fetch = *job;
	atomic_init(&pair->left, 2);
	atomic_init(&pair->status, 0);
	rc = couple(job);
	if (rc)
		free(pair);
	else
		amli_axis_send_line(engine);
	return rc;
}

bool amli_axis_pair_cancel(struct amli_axis_job *job)
{
	struct amli_axis_pair *pair = job->pair;
	int none = 0;

	if (!amli_axis_job_unsend(job)) /* it is sent: what comes back has its place */
		return false;
	atomic_compare_exchange_strong(&pair->status, &none, -AML_ECANCELED);
	if (amli_axis_unwant(job->engine->axis, &pair->fetch.want))
		atomic_fetch_sub(&pair->left, 1);
	if (atomic_fetch_sub(&pair->left, 1) != 1)
		return false;
	free(pair);
	return true;
}
