/* SPDX-License-Identifier: BSD-3-Clause */
/* The way of a request: submitted, perhaps held, on to the inner engine or to what befalls
 * it, and its end.  fault.h draws it. */
#include "fault.h"

/* After so long an inner engine that had no room is tried again; each further time twice
 * that, up to 256 times. */
#define FAULT_RETRY_NS 50000
#define FAULT_RETRY_DOUBLINGS 8

static void fault_count(struct amli_fault *fault, enum amli_fault_what what)
{
	atomic_fetch_add_explicit(&fault->done[what], 1, memory_order_relaxed);
}

/* The inner request is over. */
static void fault_finish(struct amli_fault_job *job, int status)
{
	struct amli_fault *fault = job->fault;
	const struct aml_plan *plan = aml_request_plan(job->req);

	if (status == 0 && job->what == AMLI_FAULT_LATE) {
		aml_request_stopped(job->req, AML_DMA_SIDE_DST, aml_plan_bytes(plan));
		status = -AML_EIO;
		fault_count(fault, AMLI_FAULT_LATE);
	} else if (status == 0 && job->what == AMLI_FAULT_CORRUPT) {
		amli_fault_corrupt(plan, amli_fault_draw(fault->choice.seed, AMLI_FAULT_WHICH_BYTE,
							 job->number));
		fault_count(fault, AMLI_FAULT_CORRUPT);
	}
	aml_request_complete(job->req, status);
}

static void fault_done(struct aml_request *req, int status)
{
	struct amli_fault_job *job = aml_request_private(req);

	if (amli_fault_ended(&job->fault->hold, job, status))
		fault_finish(job, status);
}

static int fault_forward(struct amli_fault_job *job)
{
	struct amli_fault *fault = job->fault;
	int rc = aml_request_forward(job->req, fault->inner, fault_done);

	if (rc == 0 && amli_fault_let_go(&fault->hold, job))
		fault_finish(job, job->status);
	return rc;
}

static void fault_hold(struct amli_fault_job *job, uint64_t due_ns)
{
	if (!amli_fault_hold(&job->fault->hold, job, due_ns))
		aml_request_complete(job->req, -AML_ECANCELED);
}

static void fault_half(struct amli_fault_job *job)
{
	size_t bytes;
	int rc = amli_fault_move_half(job->req, &bytes);

	if (rc == 0)
		fault_count(job->fault, job->what);
	if (rc == 0 && job->what == AMLI_FAULT_STUCK) {
		fault_hold(job, AMLI_FAULT_NEVER);
		return;
	}
	if (rc == 0 && bytes != SIZE_MAX)
		aml_request_stopped(job->req, AML_DMA_SIDE_DST, bytes);
	aml_request_complete(job->req, rc ? rc : -AML_EIO);
}

/* Do with a request that is TAKEN what is to be done.
 * @return 0, or why the inner engine refused it: it is still TAKEN */
static int fault_go(struct amli_fault_job *job)
{
	switch (job->what) {
	case AMLI_FAULT_FAIL:
		fault_count(job->fault, AMLI_FAULT_FAIL);
		aml_request_complete(job->req, -AML_EIO);
		return 0;
	case AMLI_FAULT_SHORT:
	case AMLI_FAULT_STUCK:
		fault_half(job);
		return 0;
	case AMLI_FAULT_STALL:
		fault_count(job->fault, AMLI_FAULT_STALL);
		fault_hold(job, AMLI_FAULT_NEVER);
		return 0;
	default:
		return fault_forward(job);
	}
}

static uint64_t fault_retry_ns(struct amli_fault_job *job)
{
	unsigned n = job->retries++;

	return (uint64_t)FAULT_RETRY_NS << (n < FAULT_RETRY_DOUBLINGS ? n : FAULT_RETRY_DOUBLINGS);
}

void amli_fault_release(struct amli_fault_job *job)
{
	int rc = fault_go(job);

	if (rc == -AML_EAGAIN)
		fault_hold(job, amli_fault_now_ns() + fault_retry_ns(job));
	else if (rc)
		aml_request_complete(job->req, rc);
}

static uint64_t fault_delay_ns(const struct amli_fault *fault, size_t number)
{
	uint64_t delay = (uint64_t)fault->delay_us * 1000, most = (uint64_t)fault->jitter_us * 1000;

	return delay +
	       amli_fault_draw(fault->choice.seed, AMLI_FAULT_HOW_LONG, number) % (most + 1);
}

int amli_fault_submit(struct aml_engine *e, struct aml_request *req)
{
	struct amli_fault *fault = e->state;
	struct amli_fault_job *job = aml_request_private(req);
	size_t number = atomic_fetch_add(&fault->submitted, 1) + 1;
	enum amli_fault_what what = amli_fault_choose(&fault->choice, number);

	if (what == AMLI_FAULT_REFUSE) {
		fault_count(fault, AMLI_FAULT_REFUSE);
		return aml_engine_refuse(AML_EAGAIN, "fault: request %zu is one to refuse", number);
	}
	if (!amli_fault_is_possible(what, aml_request_plan(req)))
		what = AMLI_FAULT_FAIL;
	*job = (struct amli_fault_job){
		.fault = fault,
		.req = req,
		.number = number,
		.what = what,
		.where = AMLI_FAULT_TAKEN,
	};
	if (!amli_fault_delays(fault))
		return fault_go(job);
	atomic_fetch_add_explicit(&fault->held, 1, memory_order_relaxed);
	fault_hold(job, amli_fault_now_ns() + fault_delay_ns(fault, number));
	return 0;
}

int amli_fault_progress(struct aml_engine *e, struct aml_request *req)
{
	struct amli_fault *fault = e->state;
	struct amli_fault_job *job;
	int moved = 0;

	(void)req;
	while (fault->hold.timer >= 0 && (job = amli_fault_due(&fault->hold))) {
		amli_fault_release(job);
		moved = 1;
	}
	return aml_engine_progress(fault->inner) || moved;
}

int amli_fault_cancel(struct aml_engine *e, struct aml_request *req)
{
	struct amli_fault *fault = e->state;

	switch (amli_fault_recall(&fault->hold, aml_request_private(req))) {
	case AMLI_FAULT_HELD:
		aml_request_complete(req, -AML_ECANCELED);
		return 0;
	case AMLI_FAULT_AWAY:
		return aml_request_forward_cancel(req);
	default:
		return -AML_EBUSY;
	}
}
