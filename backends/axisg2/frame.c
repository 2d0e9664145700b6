/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames of the host's memory, and what all frames have in common. */
#include "aml/axis/frame.h"

#include <stddef.h>
#include <stdlib.h>

#include "aml/engine.h"
#include "backends/axisg2/cursor.h"

/* A frame and its bytes. */
struct host_frame {
	struct aml_axis_frame frame;
	struct iovec part;
	_Alignas(max_align_t) char data[];
};

static void host_free(struct aml_axis_frame *frame)
{
	free(frame); /* it is what the memory begins with */
}

int aml_axis_frame_create(struct aml_axis_frame **out, size_t bytes)
{
	struct host_frame *host;
	size_t size;

	if (!out)
		return aml_engine_refuse(AML_EINVAL, "there is no place for the frame (NULL)");
	*out = NULL;
	if (bytes == 0)
		return aml_engine_refuse(AML_EINVAL, "a frame has at least one byte");
	if (__builtin_add_overflow(sizeof(*host), bytes, &size) || !(host = malloc(size)))
		return aml_engine_refuse(AML_ENOMEM, "no memory for a frame of %zu bytes", bytes);

	host->part = (struct iovec){.iov_base = host->data, .iov_len = bytes};
	host->frame = (struct aml_axis_frame){
		.parts = &host->part,
		.nparts = 1,
		.bytes = bytes,
		.free = host_free,
		.holds = 1,
	};
	*out = &host->frame;
	return 0;
}

int aml_axis_frame_copy(struct aml_axis_frame **copy, const struct aml_axis_frame *frame,
			size_t bytes)
{
	struct amli_axis_cursor at;
	int rc;

	if (copy)
		*copy = NULL;
	if (!frame)
		return aml_engine_refuse(AML_EINVAL, "there is no frame to copy (NULL)");
	if (bytes == 0 || bytes > frame->bytes)
		bytes = frame->bytes;
	rc = aml_axis_frame_create(copy, bytes);
	if (rc)
		return rc;

	at = amli_axis_cursor(frame, 0);
	amli_axis_cursor_read(&at, (*copy)->parts->iov_base, bytes);
	(*copy)->dest = frame->dest;
	(*copy)->error = frame->error;
	(*copy)->first_user = frame->first_user;
	(*copy)->last_user = frame->last_user;
	return 0;
}

void aml_axis_frame_hold(struct aml_axis_frame *frame)
{
	__atomic_fetch_add(&frame->holds, 1, __ATOMIC_RELAXED);
}

void aml_axis_frame_release(struct aml_axis_frame **out)
{
	struct aml_axis_frame *frame = *out;

	*out = NULL;
	/* What others have read there comes before the memory is anybody else's. */
	if (frame && __atomic_fetch_sub(&frame->holds, 1, __ATOMIC_ACQ_REL) == 1)
		frame->free(frame);
}

static int check_range(const struct aml_axis_frame *frame, size_t offset, const void *memory,
		       size_t bytes)
{
	if (!frame || (!memory && bytes > 0))
		return aml_engine_refuse(AML_EINVAL, "there is no %s (NULL)",
					 frame ? "memory to copy to or from" : "frame");
	if (offset > frame->bytes || bytes > frame->bytes - offset)
		return aml_engine_refuse(AML_EDOM,
					 "%zu bytes from byte %zu are beyond the end of a frame"
					 " of %zu",
					 bytes, offset, frame->bytes);
	return 0;
}

int aml_axis_frame_read(const struct aml_axis_frame *frame, size_t offset, void *to, size_t bytes)
{
	struct amli_axis_cursor at;
	int rc = check_range(frame, offset, to, bytes);

	if (rc)
		return rc;
	at = amli_axis_cursor(frame, offset);
	amli_axis_cursor_read(&at, to, bytes);
	return 0;
}

int aml_axis_frame_write(struct aml_axis_frame *frame, size_t offset, const void *from,
			 size_t bytes)
{
	struct amli_axis_cursor at;
	int rc = check_range(frame, offset, from, bytes);

	if (rc)
		return rc;
	at = amli_axis_cursor(frame, offset);
	amli_axis_cursor_write(&at, from, bytes);
	return 0;
}
