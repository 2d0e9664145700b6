/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading from the one descriptor, and who gets the frames: first those who want them
 * without a thread (the engine's requests), then those who come and fetch them.
 *
 * One thread reads at a time.  One of those who wait sleeps on the driver's descriptor, the
 * others on `changed`; when it has got its frame, the next one takes its place.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "aml/engine.h"
#include "backends/axisg2/device.h"

#define NS UINT64_C(1000000000)

uint64_t amli_axis_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec;
}

/* ---- who gets it ---- */

static void give(struct amli_axis_got *got, struct amli_axis_want *want,
		 struct amli_axis_frame *frame)
{
	want->frame = frame;
	if (frame)
		amli_axis_frame_lend(frame);
	want->next = NULL;
	*got->end = want;
	got->end = &want->next;
}

static void tell(struct amli_axis_got *got)
{
	struct amli_axis_want *want = got->first, *next;

	for (; want; want = next) {
		next = want->next;
		want->got(want);
	}
}

void amli_axis_lost(struct aml_axis *axis, uint32_t dest)
{
	struct amli_axis_want *want = axis->rx.dest[dest].wanted;

	if (!want || !want->replies)
		return;
	amli_axis_want_unlink(&axis->rx, want);
	give(axis->rx.got, want, NULL);
}

static void complete(struct aml_axis *axis, struct amli_axis_frame *frame,
		     struct amli_axis_got *got)
{
	struct amli_axis_want *want = axis->rx.dest[frame->pub.dest].wanted;

	if (!want) {
		amli_axis_enqueue(&axis->rx, frame);
		return;
	}
	amli_axis_want_unlink(&axis->rx, want);
	give(got, want, frame);
}

/* Nobody will get anything any more. */
static void fail(struct aml_axis *axis, struct amli_axis_got *got)
{
	struct amli_axis_receiver *rx = &axis->rx;

	rx->failed = -AML_EIO;
	for (uint32_t i = 0; i < AML_AXIS_DESTS && rx->nwanted; i++) {
		struct amli_axis_want *want;

		while ((want = rx->dest[i].wanted)) {
			amli_axis_want_unlink(rx, want);
			give(got, want, NULL);
		}
	}
}

/* ---- read ---- */

/* How many buffers it may be now: never more than the pool has, which the driver would refuse. */
static size_t room(const struct aml_axis *axis)
{
	uint32_t held = atomic_load(&axis->owners.held);
	uint32_t left = held < axis->rx.limit ? axis->rx.limit - held : 0;

	return left < axis->rx.ask ? left : axis->rx.ask;
}

/* As many as come at a time, and then some. */
static void adjust_ask(struct aml_axis *axis, size_t n)
{
	struct amli_axis_receiver *rx = &axis->rx;

	if (n >= rx->ask)
		rx->ask = rx->ask * 2 < AMLI_AXIS_BATCH ? rx->ask * 2 : AMLI_AXIS_BATCH;
	else if (n < rx->ask / 4 && rx->ask > AMLI_AXIS_ASK)
		rx->ask /= 2;
}

/* Records for that many; where the driver copies, with memory for it to copy to. */
static size_t prepare(struct aml_axis *axis, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		void *memory = axis->copies ? malloc(axis->cap.size) : NULL;

		if (axis->copies && !memory)
			return i;
		axis->rx.record[i] = (struct axisg2_read){.data = (uintptr_t)memory,
							  .size = memory ? axis->cap.size : 0};
	}
	return n;
}

static void unprepare(struct aml_axis *axis, size_t first, size_t end)
{
	for (size_t i = first; axis->copies && i < end; i++)
		free((void *)(uintptr_t)axis->rx.record[i].data);
}

/* The driver may give nonsense: then it is not ours to give back either. */
static void take(struct aml_axis *axis, const struct axisg2_read *record, struct amli_axis_got *got)
{
	struct amli_axis_frame *frame;
	void *memory = (void *)(uintptr_t)record->data;

	if (record->dest >= AML_AXIS_DESTS ||
	    (record->ret > 0 && (uint32_t)record->ret > axis->cap.size) ||
	    (!axis->copies && amli_axis_owner_move(&axis->owners, record->index, AMLI_AXIS_READ))) {
		axis->rx.counters.strange++;
		free(memory);
		return;
	}
	if (!axis->copies)
		memory = axis->buffer[record->index];
	frame = amli_axis_assemble(axis, record, memory);
	if (frame)
		complete(axis, frame, got);
}

/* With the lock held; and what was read. */
static void take_all(struct aml_axis *axis, long n, bool read_all, struct amli_axis_got *got)
{
	struct amli_axis_receiver *rx = &axis->rx;
	uint64_t late_ns;

	rx->got = got;
	if (n < 0)
		fail(axis, got);
	for (long i = 0; i < n; i++)
		take(axis, &rx->record[i], got);
	adjust_ask(axis, n > 0 ? (size_t)n : 0);
	if (n > 0 && !got->first && !rx->nwanted)
		rx->unwanted = true;
	amli_axis_assemble_bound(axis, read_all);
	amli_axis_ready_calm(axis);
	late_ns = amli_axis_late_ns(axis);
	if (late_ns != UINT64_MAX)
		amli_axis_ready_at(axis, late_ns);
	rx->reading = false;
	amli_axis_ready_update(axis);
	if (rx->queued || rx->failed) {
		pthread_cond_broadcast(&rx->changed);
		if (rx->sleeps)
			amli_axis_ready_wake(axis);
	}
}

int amli_axis_poll(struct aml_axis *axis)
{
	struct amli_axis_receiver *rx = &axis->rx;
	struct amli_axis_got got = {.first = NULL, .end = &got.first};
	size_t n, prepared;
	long rc = 0;

	amli_axis_return_flush(axis);
	pthread_mutex_lock(&rx->lock);
	if (rx->reading || !rx->claimed || rx->failed) {
		amli_axis_ready_calm(axis);
		pthread_mutex_unlock(&rx->lock);
		return rx->failed;
	}
	rx->reading = true;
	n = room(axis);
	pthread_mutex_unlock(&rx->lock);

	prepared = prepare(axis, n);
	if (prepared)
		rc = amli_axisg2_io_read(&axis->io, rx->record, prepared * sizeof(rx->record[0]));
	if (rc > (long)prepared)
		rc = -EIO;
	unprepare(axis, rc < 0 ? 0 : (size_t)rc, prepared);

	pthread_mutex_lock(&rx->lock);
	take_all(axis, rc, rc >= 0 && (size_t)rc < prepared, &got);
	pthread_mutex_unlock(&rx->lock);
	tell(&got);
	return rc < 0 ? -AML_EIO : rc > 0;
}

/* ---- fetch ---- */

/* With the lock held: the first that waits there. */
static struct amli_axis_frame *fetch(struct aml_axis *axis, uint32_t dest)
{
	struct amli_axis_receiver *rx = &axis->rx;
	struct amli_axis_frame *frame = dest == AML_AXIS_ANY ? rx->queue.first
							     : rx->dest[dest].first;

	if (!frame)
		return NULL;
	amli_axis_dequeue(rx, frame);
	amli_axis_ready_update(axis);
	amli_axis_frame_lend(frame);
	frame->aside = false;
	return frame;
}

static struct timespec to_timespec(uint64_t ns)
{
	return (struct timespec){.tv_sec = (time_t)(ns / NS), .tv_nsec = (long)(ns % NS)};
}

/* Sleep on the driver's descriptor; without the lock. */
static void sleep_on_driver(struct aml_axis *axis, bool reads, uint64_t limit_ns)
{
	struct pollfd fd[2] = {{.fd = axis->rx.wake, .events = POLLIN},
			       {.fd = axis->io.fd, .events = POLLIN}};
	uint64_t now_ns = amli_axis_now_ns();
	struct timespec left = to_timespec(limit_ns > now_ns ? limit_ns - now_ns : 0);
	uint64_t count;

	ppoll(fd, reads ? 2 : 1, limit_ns == UINT64_MAX ? NULL : &left, NULL);
	if (fd[0].revents && read(axis->rx.wake, &count, sizeof(count)) < 0)
		return; /* somebody else's wake-up: fine */
}

/* With the lock held, and nothing there: until something may be. */
static void sleep_awhile(struct aml_axis *axis, uint64_t limit_ns)
{
	struct amli_axis_receiver *rx = &axis->rx;
	struct timespec limit = to_timespec(limit_ns);
	uint64_t late_ns;
	bool reads;

	if (rx->sleeps) {
		if (limit_ns == UINT64_MAX)
			pthread_cond_wait(&rx->changed, &rx->lock);
		else
			pthread_cond_timedwait(&rx->changed, &rx->lock, &limit);
		return;
	}
	reads = amli_axis_may_read(axis);
	late_ns = amli_axis_late_ns(axis);
	if (reads && late_ns < limit_ns)
		limit_ns = late_ns;
	rx->sleeps = true;
	pthread_mutex_unlock(&rx->lock);
	sleep_on_driver(axis, reads, limit_ns);
	pthread_mutex_lock(&rx->lock);
	rx->sleeps = false;
	pthread_cond_broadcast(&rx->changed);
}

static int no_frame(uint64_t limit_ns)
{
	return limit_ns ? aml_engine_refuse(AML_ETIMEDOUT, "axisg2: no frame came in time")
			: aml_engine_refuse(AML_EAGAIN, "axisg2: there is no frame");
}

int amli_axis_receive(struct aml_axis *axis, struct amli_axis_frame **out, uint32_t dest,
		      uint64_t limit_ns, bool listener)
{
	struct amli_axis_receiver *rx = &axis->rx;
	bool looked = false; /* there was nothing, since we slept */
	int rc = 0;

	pthread_mutex_lock(&rx->lock);
	while (!(*out = fetch(axis, dest))) {
		rc = listener && rx->stop ? -AML_ECANCELED : rx->failed;
		if (rc)
			break;
		if (looked && limit_ns <= amli_axis_now_ns()) {
			rc = no_frame(limit_ns);
			break;
		}
		if (looked) {
			sleep_awhile(axis, limit_ns);
			looked = false;
			continue;
		}
		pthread_mutex_unlock(&rx->lock);
		looked = amli_axis_poll(axis) <= 0;
		pthread_mutex_lock(&rx->lock);
	}
	pthread_mutex_unlock(&rx->lock);
	if (rc == -AML_EIO)
		return aml_engine_refuse(AML_EIO, "%s: the driver does not answer", axis->path);
	return rc;
}
