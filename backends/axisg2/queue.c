/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames that nobody has fetched, those who want one without a thread, and the beginning and
 * end of all that. */
#include <stdlib.h>

#include "aml/engine.h"
#include "backends/axisg2/device.h"

#define AGE_NS UINT64_C(1000000000)
#define SHARE 75u /* percent */

/* ---- the queue ---- */

void amli_axis_enqueue(struct amli_axis_receiver *rx, struct amli_axis_frame *frame)
{
	struct amli_axis_dest *dest = &rx->dest[frame->pub.dest];

	amli_axis_list_add(&rx->queue, frame);
	frame->dest_prev = dest->last;
	if (dest->last)
		dest->last->dest_next = frame;
	else
		dest->first = frame;
	dest->last = frame;
	rx->queued++;
}

/* Before all others: it came before them. */
static void enqueue_first(struct amli_axis_receiver *rx, struct amli_axis_frame *frame)
{
	struct amli_axis_dest *dest = &rx->dest[frame->pub.dest];

	frame->next = rx->queue.first;
	if (rx->queue.first)
		rx->queue.first->prev = frame;
	else
		rx->queue.last = frame;
	rx->queue.first = frame;
	frame->dest_next = dest->first;
	if (dest->first)
		dest->first->dest_prev = frame;
	else
		dest->last = frame;
	dest->first = frame;
	rx->queued++;
}

void amli_axis_dequeue(struct amli_axis_receiver *rx, struct amli_axis_frame *frame)
{
	struct amli_axis_dest *dest = &rx->dest[frame->pub.dest];

	amli_axis_list_remove(&rx->queue, frame);
	if (frame->dest_prev)
		frame->dest_prev->dest_next = frame->dest_next;
	else
		dest->first = frame->dest_next;
	if (frame->dest_next)
		frame->dest_next->dest_prev = frame->dest_prev;
	else
		dest->last = frame->dest_prev;
	frame->dest_next = frame->dest_prev = NULL;
	rx->queued--;
}

/* ---- wants ---- */

static void link_want(struct amli_axis_receiver *rx, struct amli_axis_want *want)
{
	struct amli_axis_dest *dest = &rx->dest[want->dest];

	want->next = NULL;
	want->prev = dest->wanted_last;
	if (dest->wanted_last)
		dest->wanted_last->next = want;
	else
		dest->wanted = want;
	dest->wanted_last = want;
	want->linked = true;
	rx->nwanted++;
}

void amli_axis_want_unlink(struct amli_axis_receiver *rx, struct amli_axis_want *want)
{
	struct amli_axis_dest *dest = &rx->dest[want->dest];

	if (want->prev)
		want->prev->next = want->next;
	else
		dest->wanted = want->next;
	if (want->next)
		want->next->prev = want->prev;
	else
		dest->wanted_last = want->prev;
	want->linked = false;
	rx->nwanted--;
}

/* ---- wants, from outside ---- */

int amli_axis_want(struct aml_axis *axis, struct amli_axis_want *want, bool queued)
{
	struct amli_axis_receiver *rx = &axis->rx;
	struct amli_axis_frame *frame;
	int rc;

	pthread_mutex_lock(&rx->lock);
	rc = rx->failed;
	frame = queued ? rx->dest[want->dest].first : NULL;
	while (frame && frame->aside)
		frame = frame->dest_next;
	want->linked = false;
	want->frame = frame;
	if (frame) {
		amli_axis_dequeue(rx, frame);
		amli_axis_frame_lend(frame);
	} else if (!rc) {
		link_want(rx, want);
	}
	amli_axis_ready_update(axis);
	pthread_mutex_unlock(&rx->lock);
	if (frame)
		want->got(want);
	return frame ? 0 : rc;
}

bool amli_axis_unwant(struct aml_axis *axis, struct amli_axis_want *want)
{
	bool was;

	pthread_mutex_lock(&axis->rx.lock);
	was = want->linked;
	if (was)
		amli_axis_want_unlink(&axis->rx, want);
	amli_axis_ready_update(axis);
	pthread_mutex_unlock(&axis->rx.lock);
	return was;
}

void amli_axis_put_back(struct aml_axis *axis, struct amli_axis_frame *frame, bool aside)
{
	struct amli_axis_receiver *rx = &axis->rx;
	struct amli_axis_want *want;

	pthread_mutex_lock(&rx->lock);
	frame->aside = aside;
	want = aside ? NULL : rx->dest[frame->pub.dest].wanted;
	if (want) {
		amli_axis_want_unlink(rx, want);
		want->frame = frame;
	} else {
		enqueue_first(rx, frame);
		pthread_cond_broadcast(&rx->changed);
		if (rx->sleeps)
			amli_axis_ready_wake(axis);
	}
	amli_axis_ready_update(axis);
	pthread_mutex_unlock(&rx->lock);
	if (want)
		want->got(want);
}

void amli_axis_make_room(struct aml_axis *axis)
{
	struct amli_axis_receiver *rx = &axis->rx;
	struct amli_axis_frame *frame = rx->queue.last, *before;

	/* Each was put before those that came earlier. */
	for (; frame && rx->nwanted && !amli_axis_may_read(axis); frame = before) {
		before = frame->prev;
		if (!frame->aside)
			continue;
		amli_axis_dequeue(rx, frame);
		amli_axis_frame_drop(frame);
		rx->counters.dropped_full++;
	}
}

void amli_axis_released(struct aml_axis *axis)
{
	struct amli_axis_receiver *rx = &axis->rx;

	if (!atomic_load(&rx->full))
		return;
	pthread_mutex_lock(&rx->lock);
	amli_axis_ready_update(axis);
	if (rx->sleeps)
		amli_axis_ready_wake(axis);
	pthread_mutex_unlock(&rx->lock);
}

/* ---- begin and end ---- */

static int choose_bounds(struct aml_axis *axis, const struct aml_axis_options *options)
{
	struct amli_axis_receiver *rx = &axis->rx;
	uint32_t share = options->share ? options->share : SHARE;

	rx->limit = (uint32_t)((uint64_t)axis->cap.rx * share / 100);
	if (rx->limit < 1)
		rx->limit = 1;
	if (options->parts > rx->limit)
		return aml_engine_refuse(AML_EINVAL,
					 "%zu parts: more than the %u buffers that %u percent of "
					 "the card's %u are",
					 options->parts, rx->limit, share, axis->cap.rx);
	rx->parts = options->parts ? (uint32_t)options->parts : rx->limit;
	rx->age_ns = options->age_us < 0 ? 0 : (uint64_t)options->age_us * 1000;
	if (options->age_us == 0)
		rx->age_ns = AGE_NS;
	return 0;
}

int amli_axis_receiver_init(struct aml_axis *axis, const struct aml_axis_options *options)
{
	struct amli_axis_receiver *rx = &axis->rx;
	pthread_condattr_t attr;
	int rc = choose_bounds(axis, options);

	if (rc)
		return rc;
	rx->ask = AMLI_AXIS_ASK;
	rx->dest = calloc(AML_AXIS_DESTS, sizeof(*rx->dest));
	if (!rx->dest)
		return aml_engine_refuse(AML_ENOMEM, "axisg2: no memory for destinations");
	rc = amli_axis_ready_init(axis);
	if (rc) {
		free(rx->dest);
		return rc;
	}
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&rx->changed, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&rx->lock, NULL);
	atomic_init(&rx->full, false);
	return 0;
}

void amli_axis_receiver_drop(struct aml_axis *axis)
{
	struct amli_axis_receiver *rx = &axis->rx;
	struct amli_axis_frame *frame;

	pthread_mutex_lock(&rx->lock);
	rx->claimed = false; /* nothing is read any more */
	while ((frame = rx->queue.first)) {
		amli_axis_dequeue(rx, frame);
		amli_axis_frame_drop(frame);
	}
	while ((frame = rx->open.first)) {
		rx->dest[frame->pub.dest].open = NULL;
		amli_axis_list_remove(&rx->open, frame);
		amli_axis_frame_drop(frame);
	}
	rx->open_parts = 0;
	pthread_mutex_unlock(&rx->lock);
}

void amli_axis_receiver_fini(struct aml_axis *axis)
{
	pthread_mutex_destroy(&axis->rx.lock);
	pthread_cond_destroy(&axis->rx.changed);
	amli_axis_ready_fini(axis);
	free(axis->rx.dest);
}
