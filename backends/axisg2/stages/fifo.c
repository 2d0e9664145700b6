/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fifo: a ring of frames, and the thread that empties it.
 *
 * It has a thread rather than a call to fetch frames, as what it is for is a slow next stage (a
 * file) behind a quick source (a listener): whoever wants to fetch frames receives
 * them from the device, which keeps them in order by itself.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "aml/axis/stage.h"
#include "aml/engine.h"
#include "backends/axisg2/stages/wait.h"

#define FIRST_ROOM 16

struct aml_axis_fifo_state {
	struct aml_axis_stage *stage; /* whose next is where frames go */
	size_t depth, copy_bytes;
	pthread_t thread;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t come;  /* a frame, or the end */
	pthread_cond_t gone;  /* nothing is left */
	bool stop, busy;      /* busy: the next stage has a frame */
	struct aml_axis_frame **ring;
	size_t room, first; /* of the ring; counts.waiting frames from first on */
	struct aml_axis_fifo_counts counts;
};

/* Twice the room; the frames are moved to its beginning. */
static bool grow(struct aml_axis_fifo_state *f)
{
	size_t room = f->room ? 2 * f->room : FIRST_ROOM, head = f->room - f->first;
	struct aml_axis_frame **ring;

	ring = calloc(room, sizeof(*ring));
	if (!ring)
		return false;
	if (f->ring) { /* it is full */
		memcpy(ring, f->ring + f->first, head * sizeof(*ring));
		memcpy(ring + head, f->ring, f->first * sizeof(*ring));
	}
	free(f->ring);
	f->ring = ring;
	f->room = room;
	f->first = 0;
	return true;
}

static bool has_room(const struct aml_axis_fifo_state *f)
{
	return f->depth == 0 || f->counts.waiting < f->depth;
}

/* A frame for the ring; NULL without memory. */
static struct aml_axis_frame *to_keep(const struct aml_axis_fifo_state *f,
				      struct aml_axis_frame *frame)
{
	struct aml_axis_frame *copy;

	if (f->copy_bytes && frame->bytes > 0) {
		aml_axis_frame_copy(&copy, frame, f->copy_bytes);
		return copy;
	}
	aml_axis_frame_hold(frame);
	return frame;
}

static int push(struct aml_axis_fifo_state *f, struct aml_axis_frame *frame)
{
	if (f->counts.waiting == f->room && !grow(f))
		frame = NULL;
	else
		frame = to_keep(f, frame);
	if (!frame)
		return aml_engine_refuse(AML_ENOMEM, "no memory to keep a frame in the fifo");
	f->ring[(f->first + f->counts.waiting++) % f->room] = frame;
	pthread_cond_signal(&f->come);
	return 0;
}

static int fifo_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	struct aml_axis_fifo_state *f = ((struct aml_axis_fifo *)stage)->state;
	bool dropped = true;
	int rc = 0;

	pthread_mutex_lock(&f->lock);
	if (has_room(f)) {
		rc = push(f, frame);
		dropped = rc != 0;
	}
	f->counts.dropped += dropped;
	pthread_mutex_unlock(&f->lock);
	return rc;
}

static struct aml_axis_frame *pop(struct aml_axis_fifo_state *f)
{
	struct aml_axis_frame *frame = f->ring[f->first];

	f->first = (f->first + 1) % f->room;
	f->counts.waiting--;
	return frame;
}

/* One frame, with the lock released meanwhile. */
static void pass_on(struct aml_axis_fifo_state *f)
{
	struct aml_axis_frame *frame = pop(f);
	int rc;

	f->busy = true;
	pthread_mutex_unlock(&f->lock);
	rc = aml_axis_stage_accept(f->stage->next, frame);
	aml_axis_frame_release(&frame);
	pthread_mutex_lock(&f->lock);
	f->busy = false;
	f->counts.passed += rc == 0;
	f->counts.failed += rc != 0;
	if (!f->counts.status)
		f->counts.status = rc;
}

static void *fifo_thread(void *arg)
{
	struct aml_axis_fifo_state *f = arg;

	pthread_mutex_lock(&f->lock);
	while (!f->stop) {
		if (f->counts.waiting > 0) {
			pass_on(f);
			continue;
		}
		pthread_cond_broadcast(&f->gone);
		pthread_cond_wait(&f->come, &f->lock);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

static void state_free(struct aml_axis_fifo_state *f)
{
	pthread_cond_destroy(&f->gone);
	pthread_cond_destroy(&f->come);
	pthread_mutex_destroy(&f->lock);
	free(f->ring);
	free(f);
}

int aml_axis_fifo_init(struct aml_axis_fifo *fifo, size_t depth, size_t copy_bytes)
{
	struct aml_axis_fifo_state *f = calloc(1, sizeof(*f));

	*fifo = (struct aml_axis_fifo){.stage.accept = fifo_accept};
	if (!f)
		return aml_engine_refuse(AML_ENOMEM, "no memory for a fifo");
	f->stage = &fifo->stage;
	f->depth = depth;
	f->copy_bytes = copy_bytes;
	pthread_mutex_init(&f->lock, NULL);
	amli_axis_cond_init(&f->come);
	amli_axis_cond_init(&f->gone);
	if (pthread_create(&f->thread, NULL, fifo_thread, f)) {
		state_free(f);
		return aml_engine_refuse(AML_EAGAIN, "the system has no thread for a fifo");
	}
	fifo->state = f;
	return 0;
}

static size_t clear(struct aml_axis_fifo_state *f)
{
	size_t n = f->counts.waiting;

	while (f->counts.waiting > 0) {
		struct aml_axis_frame *frame = pop(f);

		aml_axis_frame_release(&frame);
	}
	f->counts.dropped += n;
	return n;
}

size_t aml_axis_fifo_clear(struct aml_axis_fifo *fifo)
{
	struct aml_axis_fifo_state *f = fifo->state;
	size_t n;

	pthread_mutex_lock(&f->lock);
	n = clear(f);
	if (!f->busy)
		pthread_cond_broadcast(&f->gone);
	pthread_mutex_unlock(&f->lock);
	return n;
}

int aml_axis_fifo_drain(struct aml_axis_fifo *fifo, int64_t timeout_us)
{
	struct aml_axis_fifo_state *f = fifo->state;
	uint64_t deadline = amli_axis_deadline_ns(timeout_us);
	int rc = 0;

	pthread_mutex_lock(&f->lock);
	while ((f->counts.waiting > 0 || f->busy) && !rc)
		rc = amli_axis_cond_wait(&f->gone, &f->lock, deadline);
	rc = f->counts.waiting > 0 || f->busy ? -AML_ETIMEDOUT : 0;
	pthread_mutex_unlock(&f->lock);
	return rc;
}

struct aml_axis_fifo_counts aml_axis_fifo_counts(struct aml_axis_fifo *fifo)
{
	struct aml_axis_fifo_counts counts;

	pthread_mutex_lock(&fifo->state->lock);
	counts = fifo->state->counts;
	pthread_mutex_unlock(&fifo->state->lock);
	return counts;
}

void aml_axis_fifo_fini(struct aml_axis_fifo *fifo)
{
	struct aml_axis_fifo_state *f = fifo->state;

	if (!f)
		return;
	pthread_mutex_lock(&f->lock);
	f->stop = true;
	clear(f);
	pthread_cond_signal(&f->come);
	pthread_mutex_unlock(&f->lock);
	pthread_join(f->thread, NULL);
	state_free(f);
	fifo->state = NULL;
}
