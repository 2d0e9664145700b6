/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls of aml/axis.h: arguments, and then what is below. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aml/engine.h"
#include "backends/axisg2/device.h"

static int refuse_null(const char *what)
{
	return aml_engine_refuse(AML_EINVAL, "%s is NULL", what);
}

/* When to give up; 0: at once. */
static uint64_t limit_of(int64_t timeout_us)
{
	uint64_t now_ns;

	if (timeout_us == 0)
		return 0;
	now_ns = amli_axis_now_ns();
	if (timeout_us < 0 || (uint64_t)timeout_us > (UINT64_MAX - now_ns) / 1000)
		return UINT64_MAX;
	return now_ns + (uint64_t)timeout_us * 1000;
}

/* ---- open, claim, close ---- */

int aml_axis_open(struct aml_axis **axis, const char *path, const struct aml_axis_options *options)
{
	return axis ? amli_axis_device_open(axis, path, options) : refuse_null("axis");
}

void aml_axis_close(struct aml_axis **out)
{
	struct aml_axis *axis;

	if (!out || !*out)
		return;
	axis = *out;
	*out = NULL;
	if (axis->listens)
		aml_axis_unlisten(axis);
	amli_axis_receiver_drop(axis);
	amli_axis_return_flush(axis);
	amli_axis_leave(axis);
}

static int check_dests(const uint32_t *dests, size_t n)
{
	if (!dests || n < 1)
		return aml_engine_refuse(AML_EINVAL, "no destination to claim");
	for (size_t i = 0; i < n; i++)
		if (dests[i] >= AML_AXIS_DESTS)
			return aml_engine_refuse(
				AML_EINVAL, "no destination %u: lane * 256 + tDest is below %u",
				dests[i], AML_AXIS_DESTS);
	return 0;
}

/* The driver has one code for all that is wrong; arguments are not, and what this opening has
 * claimed is known. */
static int claim(struct aml_axis *axis, const uint32_t *dests, size_t n)
{
	uint8_t mask[AXISG2_MASK_BYTES] = {0};

	if (axis->rx.claimed)
		return aml_engine_refuse(AML_EBUSY,
					 "%s: this opening has claimed its destinations already: "
					 "claim all at once, or open the device once more",
					 axis->path);
	for (size_t i = 0; i < n; i++)
		mask[dests[i] / 8] = (uint8_t)(mask[dests[i] / 8] | 1u << dests[i] % 8);
	if (amli_axisg2_io_ioctl(&axis->io, AXISG2_SET_MASK_BYTES, (uint64_t)(uintptr_t)mask))
		return aml_engine_refuse(
			AML_EBUSY,
			"%s: one of %zu destinations, the first of them %u, is "
			"claimed by another program, or another opening in this one",
			axis->path, n, dests[0]);
	for (size_t i = 0; i < n; i++)
		axis->rx.dest[dests[i]].claimed = true;
	axis->rx.claimed = true;
	amli_axis_ready_update(axis);
	if (axis->rx.sleeps)
		amli_axis_ready_wake(axis);
	return 0;
}

int aml_axis_claim(struct aml_axis *axis, const uint32_t *dests, size_t n)
{
	int rc = axis ? check_dests(dests, n) : refuse_null("axis");

	if (rc)
		return rc;
	pthread_mutex_lock(&axis->rx.lock);
	rc = claim(axis, dests, n);
	pthread_mutex_unlock(&axis->rx.lock);
	return rc;
}

/* ---- receive ---- */

int amli_axis_check_claimed(struct aml_axis *axis, uint32_t dest)
{
	bool claimed;

	pthread_mutex_lock(&axis->rx.lock);
	claimed = dest == AML_AXIS_ANY ? axis->rx.claimed
				       : dest < AML_AXIS_DESTS && axis->rx.dest[dest].claimed;
	pthread_mutex_unlock(&axis->rx.lock);
	if (claimed)
		return 0;
	return aml_engine_refuse(AML_EINVAL, "%s: destination %u was not claimed", axis->path,
				 dest);
}

int aml_axis_receive(struct aml_axis *axis, struct aml_axis_frame **out, uint32_t dest,
		     int64_t timeout_us)
{
	struct amli_axis_frame *frame;
	int rc;

	if (out)
		*out = NULL;
	if (!axis || !out)
		return refuse_null(axis ? "frame" : "axis");
	rc = amli_axis_check_claimed(axis, dest);
	if (rc == 0)
		rc = amli_axis_receive(axis, &frame, dest, limit_of(timeout_us), false);
	if (rc == 0)
		*out = &frame->pub;
	return rc;
}

int aml_axis_fd(struct aml_axis *axis, int *fd)
{
	int rc = 0;

	if (fd)
		*fd = -1;
	if (!axis || !fd)
		return refuse_null(axis ? "fd" : "axis");
	pthread_mutex_lock(&axis->rx.lock);
	if (axis->rx.for_program.group < 0)
		rc = amli_axis_ready_open(axis, &axis->rx.for_program);
	*fd = axis->rx.for_program.group;
	pthread_mutex_unlock(&axis->rx.lock);
	return rc;
}

/* ---- listen ---- */

static void *listen_on(void *arg)
{
	struct aml_axis *axis = arg;
	struct amli_axis_frame *frame;

	while (amli_axis_receive(axis, &frame, AML_AXIS_ANY, UINT64_MAX, true) == 0) {
		struct aml_axis_frame *pub = &frame->pub;

		axis->listen_fn(pub, axis->listen_arg);
		aml_axis_frame_release(&pub);
	}
	return NULL;
}

int aml_axis_listen(struct aml_axis *axis, aml_axis_frame_fn fn, void *arg)
{
	int rc = 0;

	if (!axis || !fn)
		return refuse_null(axis ? "fn" : "axis");
	pthread_mutex_lock(&axis->rx.lock);
	if (axis->listens) {
		rc = aml_engine_refuse(AML_EBUSY, "%s has a listener", axis->path);
	} else {
		axis->rx.stop = false;
		axis->listen_fn = fn;
		axis->listen_arg = arg;
		if (pthread_create(&axis->listener, NULL, listen_on, axis))
			rc = aml_engine_refuse(AML_ENOMEM, "%s: the system gives no thread",
					       axis->path);
		axis->listens = rc == 0;
	}
	pthread_mutex_unlock(&axis->rx.lock);
	return rc;
}

int aml_axis_unlisten(struct aml_axis *axis)
{
	pthread_t listener;

	if (!axis)
		return refuse_null("axis");
	pthread_mutex_lock(&axis->rx.lock);
	listener = axis->listener;
	if (!axis->listens || pthread_equal(listener, pthread_self())) {
		bool own = axis->listens;

		pthread_mutex_unlock(&axis->rx.lock);
		return own ? aml_engine_refuse(AML_EBUSY, "the listener cannot end itself")
			   : aml_engine_refuse(AML_EINVAL, "%s has no listener", axis->path);
	}
	axis->listens = false;
	axis->rx.stop = true;
	pthread_cond_broadcast(&axis->rx.changed);
	amli_axis_ready_wake(axis);
	pthread_mutex_unlock(&axis->rx.lock);
	pthread_join(listener, NULL);
	return 0;
}

/* ---- send ---- */

/* Where the driver copies, frames to be sent are of the host's memory. */
static int alloc_host(struct aml_axis *axis, struct aml_axis_frame **out, size_t bytes)
{
	size_t n;
	int rc = amli_axis_parts_of(axis, bytes, &n);

	return rc ? rc : aml_axis_frame_create(out, bytes);
}

int aml_axis_frame_alloc(struct aml_axis *axis, struct aml_axis_frame **out, size_t bytes,
			 int64_t timeout_us)
{
	struct amli_axis_frame *frame;
	int rc;

	if (out)
		*out = NULL;
	if (!axis || !out)
		return refuse_null(axis ? "frame" : "axis");
	if (axis->copies)
		return alloc_host(axis, out, bytes);
	rc = amli_axis_alloc_for(axis, &frame, bytes, limit_of(timeout_us));
	if (rc == 0)
		*out = &frame->pub;
	return rc;
}

static int check_frame(const struct aml_axis_frame *frame)
{
	size_t bytes = 0;

	for (size_t i = 0; i < frame->nparts; i++)
		bytes += frame->parts[i].iov_len;
	if (!bytes || bytes != frame->bytes)
		return aml_engine_refuse(AML_EINVAL,
					 "the frame has %zu bytes, its parts %zu: want the same, "
					 "and at least 1",
					 frame->bytes, bytes);
	if (frame->dest >= AML_AXIS_DESTS)
		return aml_engine_refuse(AML_EINVAL,
					 "no destination %u: lane * 256 + tDest is below %u",
					 frame->dest, AML_AXIS_DESTS);
	if (frame->error)
		return aml_engine_refuse(AML_EINVAL,
					 "the frame has error 0x%x: set it to 0 to send it all the "
					 "same",
					 frame->error);
	return 0;
}

/* Copied into buffers of the card. */
static int send_foreign(struct aml_axis *axis, const struct aml_axis_frame *from, uint64_t limit_ns)
{
	struct amli_axis_frame *frame;
	struct aml_axis_frame *pub;
	size_t at = 0;
	int rc = amli_axis_alloc_for(axis, &frame, from->bytes, limit_ns);

	if (rc)
		return rc;
	pub = &frame->pub;
	for (size_t i = 0; i < pub->nparts; at += pub->parts[i++].iov_len)
		aml_axis_frame_read(from, at, pub->parts[i].iov_base, pub->parts[i].iov_len);
	pub->dest = from->dest;
	pub->first_user = from->first_user;
	pub->last_user = from->last_user;
	return amli_axis_send(axis, frame);
}

int aml_axis_send(struct aml_axis *axis, struct aml_axis_frame **frame, int64_t timeout_us)
{
	struct amli_axis_frame *ours;
	int rc;

	if (!axis || !frame || !*frame)
		return refuse_null(axis ? "frame" : "axis");
	rc = check_frame(*frame);
	if (rc)
		return rc;
	ours = axis->copies ? NULL : amli_axis_frame_of(axis, *frame);
	if (!ours) {
		rc = axis->copies ? amli_axis_send_copied(axis, *frame, limit_of(timeout_us))
				  : send_foreign(axis, *frame, limit_of(timeout_us));
		if (rc == 0)
			aml_axis_frame_release(frame);
		return rc;
	}
	if (__atomic_load_n(&(*frame)->holds, __ATOMIC_ACQUIRE) != 1)
		return aml_engine_refuse(AML_EBUSY,
					 "somebody else holds the frame, whose buffers would go "
					 "to the card");
	rc = amli_axis_send(axis, ours);
	if (rc == 0 || rc == -AML_EIO)
		*frame = NULL;
	return rc;
}
