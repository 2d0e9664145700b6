/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The framer.  A frame is cut into parts, each a buffer; all but the last are whole beats and
 * say that there is more.  All buffers are reserved before the first part leaves, so that
 * a frame that was begun can be ended; and from its first to its last part nobody else of
 * this process sends to its destination.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aml/engine.h"
#include "backends/axisg2/device.h"

#define PAUSE_FIRST_NS 50000l
#define PAUSE_MOST_NS 2000000l
#define GRACE_NS UINT64_C(1000000000) /* for the rest of a frame that was begun */

void amli_axis_sender_init(struct aml_axis *axis)
{
	struct amli_axis_sender *tx = &axis->tx;

	pthread_mutex_init(&tx->reserve, NULL);
	amli_axis_turns_init(&tx->turns);
	for (size_t i = 0; i < AMLI_AXIS_LOCKS; i++)
		pthread_mutex_init(&tx->lock[i], NULL);
}

void amli_axis_sender_fini(struct aml_axis *axis)
{
	pthread_mutex_destroy(&axis->tx.reserve);
	amli_axis_turns_fini(&axis->tx.turns);
	for (size_t i = 0; i < AMLI_AXIS_LOCKS; i++)
		pthread_mutex_destroy(&axis->tx.lock[i]);
}

/* ---- reserve ---- */

int amli_axis_parts_of(const struct aml_axis *axis, size_t bytes, size_t *n)
{
	size_t part = amli_axis_part_bytes(&axis->cap);

	if (!bytes)
		return aml_engine_refuse(AML_EINVAL, "axisg2: a frame has at least one byte");
	*n = bytes <= axis->cap.size ? 1 : bytes / part + (bytes % part > 0);
	if (*n > axis->cap.tx)
		return aml_engine_refuse(AML_EINVAL,
					 "axisg2: a frame of %zu bytes needs %zu buffers of %u: "
					 "the card has %u to send",
					 bytes, *n, axis->cap.size, axis->cap.tx);
	if (*n > 1 && axis->cap.clears_cont)
		return aml_engine_refuse(
			AML_ENOTSUP,
			"axisg2: a frame of %zu bytes needs %zu buffers, and driver %s sends each "
			"of them as a frame: update it to 7.2.2 or later",
			bytes, *n, axis->cap.git);
	return 0;
}

int amli_axis_reserve(struct aml_axis *axis, uint32_t *index, size_t n)
{
	bool flushed = false;
	size_t got = 0;

	pthread_mutex_lock(&axis->tx.reserve);
	while (got < n) {
		long rc = amli_axisg2_io_ioctl(&axis->io, AXISG2_GET_INDEX, 0);

		if (rc < 0 && flushed)
			break;
		if (rc < 0) { /* some may wait to be given back */
			amli_axis_return_flush(axis);
			flushed = true;
			continue;
		}
		if (amli_axis_owner_move(&axis->owners, (uint32_t)rc, AMLI_AXIS_RESERVE))
			continue; /* not ours to send: it has somebody already */
		index[got++] = (uint32_t)rc;
	}
	if (got < n) {
		amli_axis_return(axis, index, got);
		amli_axis_return_flush(axis);
	}
	pthread_mutex_unlock(&axis->tx.reserve);
	if (got == n)
		return 0;
	atomic_fetch_add_explicit(&axis->tx.starved, 1, memory_order_relaxed);
	return -AML_EAGAIN;
}

int amli_axis_alloc(struct aml_axis *axis, struct amli_axis_frame **out, size_t bytes)
{
	size_t n, part = amli_axis_part_bytes(&axis->cap);
	struct amli_axis_frame *frame;
	int rc = amli_axis_parts_of(axis, bytes, &n);

	*out = NULL;
	if (rc)
		return rc;
	frame = amli_axis_frame_new(axis);
	if (!frame || !amli_axis_frame_room(frame, n)) {
		if (frame)
			amli_axis_frame_drop(frame);
		return aml_engine_refuse(AML_ENOMEM, "axisg2: no memory for a frame of %zu parts",
					 n);
	}
	rc = amli_axis_reserve(axis, frame->index, n);
	if (rc) {
		amli_axis_frame_drop(frame);
		return aml_engine_refuse(AML_EAGAIN,
					 "axisg2: not enough free buffers for %zu bytes", bytes);
	}
	for (size_t i = 0; i < n; i++) {
		size_t some = i + 1 < n ? part : bytes;

		amli_axis_frame_add(frame, frame->index[i], axis->buffer[frame->index[i]], some);
		bytes -= some;
	}
	*out = frame;
	return 0;
}

/* ---- wait for buffers ---- */

/* The descriptor says that one buffer is free, which may not be enough, or be gone. */
static void wait_for_buffers(struct aml_axis *axis, uint64_t limit_ns, long *pause_ns)
{
	struct pollfd fd = {.fd = axis->io.fd, .events = POLLOUT};
	uint64_t now_ns = amli_axis_now_ns();
	uint64_t left_ns = limit_ns > now_ns ? limit_ns - now_ns : 0;
	struct timespec most = {.tv_nsec = left_ns < 10000000 ? (long)left_ns : 10000000};
	struct timespec pause = {.tv_nsec = *pause_ns};

	if (ppoll(&fd, 1, &most, NULL) > 0) {
		nanosleep(&pause, NULL);
		*pause_ns = *pause_ns * 2 < PAUSE_MOST_NS ? *pause_ns * 2 : PAUSE_MOST_NS;
	}
}

/* Not before those who wait for buffers already. */
static int alloc_now(struct aml_axis *axis, struct amli_axis_frame **frame, size_t bytes)
{
	size_t n;
	int rc = amli_axis_parts_of(axis, bytes, &n);

	*frame = NULL;
	if (rc || amli_axis_turns_idle(&axis->tx.turns))
		return rc ? rc : amli_axis_alloc(axis, frame, bytes);
	atomic_fetch_add_explicit(&axis->tx.starved, 1, memory_order_relaxed);
	return aml_engine_refuse(AML_EAGAIN, "axisg2: others wait for buffers");
}

int amli_axis_alloc_for(struct aml_axis *axis, struct amli_axis_frame **frame, size_t bytes,
			uint64_t limit_ns)
{
	struct amli_axis_turn me;
	long pause_ns = PAUSE_FIRST_NS;
	int rc = alloc_now(axis, frame, bytes);

	if (rc != -AML_EAGAIN || !limit_ns)
		return rc;
	amli_axis_turn_await(&axis->tx.turns, &me, limit_ns);
	while ((rc = amli_axis_alloc(axis, frame, bytes)) == -AML_EAGAIN) {
		if (limit_ns <= amli_axis_now_ns()) {
			rc = aml_engine_refuse(
				AML_ETIMEDOUT,
				"axisg2: not enough buffers came free for %zu bytes: the card does "
				"not accept what was sent before",
				bytes);
			break;
		}
		wait_for_buffers(axis, limit_ns, &pause_ns);
	}
	amli_axis_turn_over(&axis->tx.turns, &me);
	return rc;
}

/* ---- send ---- */

static int check_parts(const struct aml_axis *axis, const struct amli_axis_frame *frame)
{
	const struct aml_axis_frame *pub = &frame->pub;
	uint32_t width = axis->cap.width ? axis->cap.width : 1;

	if (pub->nparts < 1 || pub->nparts > frame->nindex)
		return aml_engine_refuse(AML_EINVAL, "axisg2: %zu parts: it has %zu buffers",
					 pub->nparts, frame->nindex);
	if (pub->nparts > 1 && axis->cap.clears_cont)
		return aml_engine_refuse(AML_ENOTSUP,
					 "axisg2: driver %s would send %zu parts as frames",
					 axis->cap.git, pub->nparts);
	for (size_t i = 0; i < pub->nparts; i++) {
		const struct iovec *part = &pub->parts[i];
		enum amli_axis_owner owner = amli_axis_owner_of(&axis->owners, frame->index[i]);

		if (part->iov_base != axis->buffer[frame->index[i]] || part->iov_len < 1 ||
		    part->iov_len > axis->cap.size ||
		    (i + 1 < pub->nparts && part->iov_len % width))
			return aml_engine_refuse(
				AML_EINVAL,
				"axisg2: part %zu of %zu bytes must begin with its buffer, and be "
				"1 to %u bytes, a multiple of %u but for the last",
				i, part->iov_len, axis->cap.size, width);
		if (owner != AMLI_AXIS_RESERVED && owner != AMLI_AXIS_BORROWED)
			return aml_engine_refuse(AML_EINVAL,
						 "axisg2: buffer %u is not ours to send",
						 frame->index[i]);
	}
	return 0;
}

static uint32_t flags_of(const struct aml_axis *axis, const struct aml_axis_frame *frame, size_t i)
{
	uint32_t first = i ? 0 : frame->first_user | (axis->ssi ? AML_AXIS_SOF : 0u);
	bool last = i + 1 == frame->nparts;

	return AXISG2_FLAGS(first, last ? frame->last_user : 0) | (last ? 0 : AXISG2_CONT);
}

static int send_part(struct aml_axis *axis, struct amli_axis_frame *frame, size_t i, uint32_t flags)
{
	struct axisg2_write record = {
		.dest = frame->pub.dest,
		.flags = flags,
		.index = frame->index[i],
		.size = (uint32_t)frame->pub.parts[i].iov_len,
	};

	/* Before: afterwards the card may be done with it, and the driver have given it anew. */
	if (amli_axis_owner_move(&axis->owners, record.index, AMLI_AXIS_SEND))
		return -EINVAL;
	if (amli_axisg2_io_write(&axis->io, &record, sizeof(record)) >= 0)
		return 0;
	amli_axis_owner_move(&axis->owners, record.index, AMLI_AXIS_UNSEND);
	return -EIO;
}

/* Without its buffers. */
static void forget(struct amli_axis_frame *frame)
{
	frame->nindex = 0;
	amli_axis_frame_drop(frame);
}

static void count(struct aml_axis *axis, const struct aml_axis_frame *frame)
{
	atomic_fetch_add_explicit(&axis->tx.frames, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&axis->tx.bytes, frame->bytes, memory_order_relaxed);
	atomic_fetch_add_explicit(&axis->tx.parts, frame->nparts, memory_order_relaxed);
}

int amli_axis_send(struct aml_axis *axis, struct amli_axis_frame *frame)
{
	pthread_mutex_t *lock = &axis->tx.lock[frame->pub.dest % AMLI_AXIS_LOCKS];
	size_t n = frame->pub.nparts, sent = 0;
	int rc = check_parts(axis, frame);

	if (rc)
		return rc;
	pthread_mutex_lock(lock);
	while (rc == 0 && sent < n) {
		rc = send_part(axis, frame, sent, flags_of(axis, &frame->pub, sent));
		sent += rc == 0;
	}
	/* It was begun, and must end: with the word that it is bad. */
	if (rc && sent && sent + 1 < n &&
	    send_part(axis, frame, n - 1, AXISG2_FLAGS(0, AML_AXIS_EOFE)) == 0)
		n--;
	pthread_mutex_unlock(lock);
	if (rc == 0)
		count(axis, &frame->pub);
	if (rc == 0)
		amli_axis_return(axis, frame->index + n, frame->nindex - n);
	else
		amli_axis_return(axis, frame->index + sent, n - sent);
	forget(frame);
	amli_axis_released(axis); /* received ones are the card's now */
	return rc ? aml_engine_refuse(AML_EIO, "%s: the driver refused part %zu of a frame",
				      axis->path, sent)
		  : 0;
}

/* ---- where the driver copies ---- */

static int copy_part(struct aml_axis *axis, uint32_t dest, uint32_t flags, const char *data,
		     size_t bytes, uint64_t limit_ns)
{
	struct axisg2_write record = {
		.data = (uintptr_t)data, .dest = dest, .flags = flags, .size = (uint32_t)bytes};
	long pause_ns = PAUSE_FIRST_NS, rc;

	while (!(rc = amli_axisg2_io_write(&axis->io, &record, sizeof(record)))) {
		if (limit_ns <= amli_axis_now_ns())
			return limit_ns ? -AML_ETIMEDOUT : -AML_EAGAIN;
		wait_for_buffers(axis, limit_ns, &pause_ns);
	}
	return rc < 0 ? -AML_EIO : 0;
}

/* The driver takes buffers as parts come, so there is nothing to reserve. */
static int copy_parts(struct aml_axis *axis, const struct aml_axis_frame *frame, const char *data,
		      uint64_t limit_ns)
{
	size_t part = amli_axis_part_bytes(&axis->cap), at = 0;
	uint32_t first = frame->first_user | (axis->ssi ? AML_AXIS_SOF : 0u);
	int rc = 0;

	while (rc == 0 && at < frame->bytes) {
		size_t left = frame->bytes - at;
		bool last = left <= (frame->bytes <= axis->cap.size ? axis->cap.size : part);
		uint32_t flags = AXISG2_FLAGS(at ? 0 : first, last ? frame->last_user : 0) |
				 (last ? 0 : AXISG2_CONT);
		uint64_t rest_ns = amli_axis_now_ns() + GRACE_NS;

		if (at && limit_ns < rest_ns)
			limit_ns = rest_ns;
		rc = copy_part(axis, frame->dest, flags, data + at, last ? left : part, limit_ns);
		if (rc && at)
			return -AML_EIO;
		at += last ? left : part;
	}
	return rc;
}

int amli_axis_send_copied(struct aml_axis *axis, const struct aml_axis_frame *frame,
			  uint64_t limit_ns)
{
	pthread_mutex_t *lock = &axis->tx.lock[frame->dest % AMLI_AXIS_LOCKS];
	char *data = frame->nparts == 1 ? frame->parts[0].iov_base : NULL;
	size_t n;
	int rc = amli_axis_parts_of(axis, frame->bytes, &n);

	if (rc)
		return rc;
	if (frame->nparts > 1) {
		data = malloc(frame->bytes);
		if (!data)
			return aml_engine_refuse(AML_ENOMEM, "axisg2: no memory for %zu bytes",
						 frame->bytes);
		aml_axis_frame_read(frame, 0, data, frame->bytes);
	}
	pthread_mutex_lock(lock);
	rc = copy_parts(axis, frame, data, limit_ns);
	pthread_mutex_unlock(lock);
	if (frame->nparts > 1)
		free(data);
	if (rc == 0)
		count(axis, frame);
	return rc ? aml_engine_refuse(-rc, "%s: a frame of %zu bytes was not taken", axis->path,
				      frame->bytes)
		  : 0;
}
