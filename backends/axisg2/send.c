/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests that send.  They stand in a line; who comes by (submit, progress) takes the first,
 * packs it straight into reserved buffers, and sends them.  The first is left where it is
 * while a frame to the same destination is being packed, so that frames to a destination
 * leave in order.  Without buffers it goes back to where it was, and a timer of the device
 * makes the engine's descriptor readable when they are to be looked for again.
 */
#include "backends/axisg2/engine.h"

#define PAUSE_FIRST_NS UINT64_C(100000)
#define PAUSE_MOST_NS UINT64_C(5000000)

static struct amli_axis_job *job_of(struct amli_axis_want *want)
{
	return (struct amli_axis_job *)want; /* it is the first member */
}

/* ---- the line; with the lock held ---- */

static void link_last(struct amli_axis_engine *engine, struct amli_axis_want *want)
{
	want->next = NULL;
	want->prev = engine->last;
	if (engine->last)
		engine->last->next = want;
	else
		engine->first = want;
	engine->last = want;
	want->linked = true;
	atomic_fetch_add(&engine->waiting, 1);
}

static void link_first(struct amli_axis_engine *engine, struct amli_axis_want *want)
{
	want->prev = NULL;
	want->next = engine->first;
	if (engine->first)
		engine->first->prev = want;
	else
		engine->last = want;
	engine->first = want;
	want->linked = true;
	atomic_fetch_add(&engine->waiting, 1);
}

static void unlink_job(struct amli_axis_engine *engine, struct amli_axis_want *want)
{
	if (want->prev)
		want->prev->next = want->next;
	else
		engine->first = want->next;
	if (want->next)
		want->next->prev = want->prev;
	else
		engine->last = want->prev;
	want->linked = false;
	atomic_fetch_sub(&engine->waiting, 1);
}

static bool is_busy(const struct amli_axis_engine *engine, uint32_t dest)
{
	return engine->busy[dest / 8] >> dest % 8 & 1;
}

static void toggle_busy(struct amli_axis_engine *engine, uint32_t dest)
{
	engine->busy[dest / 8] = (unsigned char)(engine->busy[dest / 8] ^ 1u << dest % 8);
}

/* ---- one frame ---- */

static void say(struct amli_axis_job *job, const struct aml_axis_frame *frame)
{
	job->said = (struct amli_axis_said){
		.bytes = frame->bytes,
		.dest = frame->dest,
		.parts = (uint32_t)frame->nparts,
		.first_user =
			(uint8_t)(frame->first_user | (job->engine->axis->ssi ? AML_AXIS_SOF : 0)),
		.last_user = frame->last_user,
		.is = true,
	};
}

static int pack(struct aml_axis_frame *frame, const struct aml_plan *plan)
{
	size_t at = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < frame->nparts; i++) {
		const struct iovec *part = &frame->parts[i];

		rc = aml_plan_pack(plan, part->iov_base, at, part->iov_len);
		at += part->iov_len;
	}
	return rc;
}

/* The buffer that a layout lies in, from its beginning; UINT32_MAX: it does not. */
static uint32_t own_buffer(struct aml_axis *axis, const struct aml_layout *from, size_t bytes)
{
	uint32_t index;

	if (!from || axis->copies || bytes > axis->cap.size || !aml_layout_is_contiguous(from))
		return UINT32_MAX;
	index = amli_axis_buffer_at(axis, aml_layout_rawptr(from));
	if (index >= axis->cap.tx || amli_axis_owner_of(&axis->owners, index) != AMLI_AXIS_RESERVED)
		return UINT32_MAX;
	return index;
}

/* A frame with the data in it, as far as it is there already. */
static int make_frame(struct aml_axis *axis, struct aml_axis_frame **out, uint32_t own,
		      size_t bytes)
{
	struct amli_axis_frame *frame;
	int rc;

	if (axis->copies)
		return aml_axis_frame_create(out, bytes);
	if (own == UINT32_MAX) {
		rc = amli_axis_alloc(axis, &frame, bytes);
		*out = rc ? NULL : &frame->pub;
		return rc;
	}
	frame = amli_axis_frame_new(axis);
	if (!frame)
		return aml_engine_refuse(AML_ENOMEM, "axisg2: no memory for a frame");
	amli_axis_frame_add(frame, own, axis->buffer[own], bytes);
	*out = &frame->pub;
	return 0;
}

static int give_to_card(struct aml_axis *axis, struct aml_axis_frame **frame)
{
	int rc;

	if (axis->copies)
		return amli_axis_send_copied(axis, *frame, 0);
	rc = amli_axis_send(axis, amli_axis_frame_of(axis, *frame));
	if (rc == 0 || rc == -AML_EIO)
		*frame = NULL;
	return rc;
}

/* -AML_EAGAIN: no buffers now.  Else it is over, with that status. */
static int send_frame(struct amli_axis_job *job)
{
	const struct aml_plan *plan = aml_request_plan(job->req);
	struct aml_axis *axis = job->engine->axis;
	size_t bytes = aml_plan_bytes(plan);
	enum aml_dma_side side;
	struct aml_layout *from = NULL;
	const struct amli_axis_endpoint *to =
		amli_axis_endpoint_of(aml_plan_stream(plan, &side, &from));
	uint32_t own = own_buffer(axis, from, bytes);
	struct aml_axis_frame *frame;
	int rc = make_frame(axis, &frame, own, bytes);

	if (rc)
		return rc;
	frame->dest = job->want.dest;
	frame->first_user = to ? to->first_user : 0;
	frame->last_user = to ? to->last_user : 0;
	rc = job->said.is ? 0 : aml_request_start(job->req); /* where the driver copies: again */
	if (rc == 0 && own == UINT32_MAX)
		rc = pack(frame, plan);
	else if (rc && own != UINT32_MAX) /* it is the program's still */
		amli_axis_frame_of(axis, frame)->nindex = 0;
	say(job, frame);
	if (rc == 0)
		rc = give_to_card(axis, &frame);
	if (rc == 0 && !job->pair)
		aml_request_advance(job->req, bytes);
	aml_axis_frame_release(&frame);
	return rc;
}

/* ---- the line ---- */

/* It has no buffers: to the front again, and look for some in a while.  False: it was cancelled. */
static bool put_back(struct amli_axis_engine *engine, struct amli_axis_job *job)
{
	struct aml_axis *axis = engine->axis;
	uint64_t pause_ns;

	pthread_mutex_lock(&engine->lock);
	if (job->cancelled) {
		pthread_mutex_unlock(&engine->lock);
		return false;
	}
	toggle_busy(engine, job->want.dest);
	job->at_work = false;
	link_first(engine, &job->want);
	pause_ns = engine->pause_ns;
	engine->pause_ns = pause_ns * 2 < PAUSE_MOST_NS ? pause_ns * 2 : PAUSE_MOST_NS;
	pthread_mutex_unlock(&engine->lock);
	pthread_mutex_lock(&axis->rx.lock);
	amli_axis_ready_at(axis, amli_axis_now_ns() + pause_ns);
	pthread_mutex_unlock(&axis->rx.lock);
	return true;
}

static void finish(struct amli_axis_engine *engine, struct amli_axis_job *job, int rc)
{
	pthread_mutex_lock(&engine->lock);
	toggle_busy(engine, job->want.dest);
	job->at_work = false;
	engine->pause_ns = PAUSE_FIRST_NS;
	pthread_mutex_unlock(&engine->lock);
	amli_axis_job_end(job, rc);
}

/* This thread is in the line: what a callback submits there it finds afterwards. */
static _Thread_local bool inside;

bool amli_axis_send_line(struct amli_axis_engine *engine)
{
	bool moved = false;

	if (inside)
		return false;
	inside = true;
	while (atomic_load(&engine->waiting)) {
		struct amli_axis_job *job = NULL;
		int rc;

		pthread_mutex_lock(&engine->lock);
		if (engine->first && !is_busy(engine, engine->first->dest)) {
			job = job_of(engine->first);
			unlink_job(engine, &job->want);
			toggle_busy(engine, job->want.dest);
			job->at_work = true;
		}
		pthread_mutex_unlock(&engine->lock);
		if (!job)
			break;
		rc = send_frame(job);
		if (rc == -AML_EAGAIN && put_back(engine, job))
			break;
		finish(engine, job, rc == -AML_EAGAIN ? -AML_ECANCELED : rc);
		moved = true;
	}
	inside = false;
	return moved;
}

void amli_axis_job_line_up(struct amli_axis_job *job)
{
	pthread_mutex_lock(&job->engine->lock);
	link_last(job->engine, &job->want);
	pthread_mutex_unlock(&job->engine->lock);
}

int amli_axis_job_send(struct amli_axis_job *job)
{
	struct amli_axis_engine *engine = job->engine;
	size_t n;
	int rc = amli_axis_parts_of(engine->axis, aml_plan_bytes(aml_request_plan(job->req)), &n);

	if (rc)
		return rc;
	amli_axis_job_line_up(job);
	amli_axis_send_line(engine);
	return 0;
}

bool amli_axis_line_leave(struct amli_axis_job *job)
{
	bool was = job->want.linked;

	if (was)
		unlink_job(job->engine, &job->want);
	else if (job->at_work)
		job->cancelled = true;
	return was;
}

bool amli_axis_job_unsend(struct amli_axis_job *job)
{
	bool was;

	pthread_mutex_lock(&job->engine->lock);
	was = amli_axis_line_leave(job);
	pthread_mutex_unlock(&job->engine->lock);
	return was;
}
