/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Copies from memory to memory through the card, whose firmware sends back what it gets, or
 * something of the same size.  Such a request has two halves: a job that sends, and one that
 * receives.  It ends when both have, with the status of the first that failed.
 *
 * What was sent comes back, also when nobody wants it any more.  So a request that is cancelled
 * after it was sent leaves its want where it is, abandoned, to swallow the reply.
 */
#include <stdlib.h>

#include "backends/axisg2/engine.h"

/* A half has ended, or will not be.  With the lock held; true: the request has ended. */
static bool less(struct amli_axis_pair *pair, struct amli_axis_job *main)
{
	if (--pair->left)
		return false;
	if (pair->fetch.said.is)
		main->said = pair->fetch.said;
	main->pair = NULL; /* a late cancel finds nothing */
	return true;
}

/* The receiving half waits no more, and never will.  With the lock held. */
static bool unwant(struct amli_axis_pair *pair)
{
	if (!amli_axis_unwant(pair->fetch.engine->axis, &pair->fetch.want))
		return false;
	pair->users--;
	return true;
}

/* The request has ended: with the word of its frame. */
static void complete(struct amli_axis_job *job, int status)
{
	if (job->said.is)
		aml_request_tell(job->req, &amli_axis_engine_ops, &job->said, sizeof(job->said));
	aml_request_complete(job->req, status);
}

static void fail(struct amli_axis_pair *pair, int status)
{
	if (!pair->status)
		pair->status = status;
}

static void end_half(struct amli_axis_job *job, int status)
{
	struct amli_axis_pair *pair = job->pair;
	struct amli_axis_engine *engine = job->engine;
	struct amli_axis_job *main = aml_request_private(job->req);
	bool over = false, free_it;

	pthread_mutex_lock(&engine->lock);
	fail(pair, status);
	/* What was not sent does not come. */
	if (status && job == main && unwant(pair) && !pair->abandoned)
		pair->left--;
	pair->users--;
	over = less(pair, main);
	status = pair->status;
	free_it = !pair->users;
	pthread_mutex_unlock(&engine->lock);
	if (free_it)
		free(pair);
	if (over)
		complete(main, status);
}

void amli_axis_job_end(struct amli_axis_job *job, int status)
{
	if (job->pair)
		end_half(job, status);
	else
		complete(job, status);
}

bool amli_axis_pair_got(struct amli_axis_job *job)
{
	struct amli_axis_pair *pair = job->pair;
	struct amli_axis_engine *engine = job->engine;
	bool abandoned, free_it = false;

	pthread_mutex_lock(&engine->lock);
	abandoned = pair->abandoned;
	pair->got = true;
	if (abandoned)
		free_it = --pair->users == 0;
	pthread_mutex_unlock(&engine->lock);
	if (free_it)
		free(pair);
	return !abandoned;
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
	job->is_pair = true;
	job->want.dest = engine->loop;
	*pair = (struct amli_axis_pair){.fetch = *job, .left = 2, .users = 2};
	rc = couple(job);
	if (rc)
		free(pair);
	else
		amli_axis_send_line(engine);
	return rc;
}

bool amli_axis_pair_cancel(struct amli_axis_job *job)
{
	struct amli_axis_engine *engine = job->engine;
	struct amli_axis_pair *pair;
	bool over = false, free_it = false;

	pthread_mutex_lock(&engine->lock);
	pair = job->pair;
	if (pair && amli_axis_line_leave(job)) {
		fail(pair, -AML_ECANCELED);
		if (unwant(pair))
			pair->left--;
		pair->users--;
		over = less(pair, job);
		free_it = !pair->users;
	} else if (pair && !pair->got && !pair->abandoned) {
		pair->abandoned = true;
		fail(pair, -AML_ECANCELED);
		over = less(pair, job); /* or when it is sent */
	}
	pthread_mutex_unlock(&engine->lock);
	if (free_it)
		free(pair);
	return over;
}

/* Nothing is in flight any more. */
void amli_axis_pair_forget(struct amli_axis_engine *engine)
{
	struct amli_axis_want *want;

	if (engine->loop == AML_AXIS_ANY)
		return;
	while ((want = engine->axis->rx.dest[engine->loop].wanted)) {
		amli_axis_unwant(engine->axis, want);
		free(((struct amli_axis_job *)want)->pair); /* its first member */
	}
}
