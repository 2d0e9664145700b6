/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests that receive: each wants the next frame of its destination, and unpacks it. */
#include "backends/axisg2/engine.h"

static int unpack(struct amli_axis_job *job, const struct aml_axis_frame *frame)
{
	const struct aml_plan *plan = aml_request_plan(job->req);
	size_t at = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < frame->nparts; i++) {
		const struct iovec *part = &frame->parts[i];

		rc = aml_plan_unpack(plan, part->iov_base, at, part->iov_len);
		at += part->iov_len;
		if (rc == 0)
			aml_request_advance(job->req, part->iov_len);
	}
	return rc;
}

static void say(struct amli_axis_job *job, const struct aml_axis_frame *frame)
{
	job->said = (struct amli_axis_said){
		.bytes = frame->bytes,
		.dest = frame->dest,
		.error = frame->error,
		.parts = (uint32_t)frame->nparts,
		.first_user = frame->first_user,
		.last_user = frame->last_user,
		.is = true,
	};
}

/* It is not of the layout's size: nothing is written, and the program can still have it. */
static void misfit(struct amli_axis_job *job, struct amli_axis_frame *frame, size_t bytes)
{
	struct aml_axis *axis = job->engine->axis;
	size_t has = frame->pub.bytes;
	uint32_t dest = frame->pub.dest;
	int rc = frame->pub.error ? -AML_EIO : -AML_EDOM;

	aml_request_stopped(job->req, AML_DMA_SIDE_SRC, has < bytes ? has : bytes);
	amli_axis_put_back(axis, frame, true);
	aml_engine_refuse(-rc,
			  "%s: a frame of %zu bytes came from destination %u, for a layout of %zu: "
			  "aml_axis_receive() has it",
			  axis->path, has, dest, bytes);
	amli_axis_job_end(job, rc);
}

static void got(struct amli_axis_want *want)
{
	struct amli_axis_job *job = (struct amli_axis_job *)want; /* its first member */
	const struct aml_plan *plan = aml_request_plan(job->req);
	struct amli_axis_frame *frame = want->frame;
	struct aml_axis *axis = job->engine->axis;
	int rc;

	if (job->pair && !amli_axis_pair_got(job)) {
		if (frame)
			amli_axis_frame_drop(frame);
		amli_axis_released(axis);
		return;
	}
	if (!frame) {
		aml_engine_refuse(AML_EIO, "%s: what should have come from destination %u is lost",
				  axis->path, job->want.dest);
		amli_axis_job_end(job, -AML_EIO);
		return;
	}
	rc = job->pair ? 0 : aml_request_start(job->req); /* the half that sends starts both */
	if (rc) { /* too late for this one, but not for the next */
		amli_axis_put_back(axis, frame, false);
		amli_axis_job_end(job, rc);
		return;
	}
	say(job, &frame->pub);
	if (frame->pub.bytes != aml_plan_bytes(plan)) {
		misfit(job, frame, aml_plan_bytes(plan));
		return;
	}
	rc = unpack(job, &frame->pub);
	if (rc == 0 && frame->pub.error)
		rc = aml_engine_refuse(AML_EIO, "%s: a frame with error 0x%x from destination %u",
				       axis->path, frame->pub.error, frame->pub.dest);
	amli_axis_frame_drop(frame);
	amli_axis_released(axis);
	amli_axis_job_end(job, rc);
}

static int want(struct amli_axis_job *job, bool queued)
{
	int rc;

	job->want.got = got;
	rc = amli_axis_want(job->engine->axis, &job->want, queued);
	return rc == -AML_EIO ? aml_engine_refuse(AML_EIO, "%s: the driver does not answer",
						  job->engine->axis->path)
			      : rc;
}

int amli_axis_job_fetch(struct amli_axis_job *job, uint32_t dest)
{
	int rc = amli_axis_check_claimed(job->engine->axis, dest);

	return rc ? rc : want(job, true);
}

int amli_axis_job_expect(struct amli_axis_job *job)
{
	job->want.replies = true;
	return want(job, false);
}
