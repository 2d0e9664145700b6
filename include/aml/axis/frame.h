/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames of AXI streams: what a card receives or sends between a start and an end of frame.
 *
 * A frame is a scatter list and what the stream says beside it.  Its memory is a card's
 * buffers (received, or allocated to be sent: no copy) or the host's.  Frames are held
 * by reference: who gets one in a call has it until the call returns, and holds it to
 * keep it; the last release gives the memory back, buffers to their card.
 *
 * Several may hold a frame, and read it at once.  Whoever makes one fills it before others
 * see it; afterwards nobody writes to it.
 */
#ifndef AML_AXIS_FRAME_H
#define AML_AXIS_FRAME_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "aml/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/* SSI, the convention of firmware: the first beat's user bit 1 is start of frame, the last
 * one's bit 0 says that the frame is bad (EOFE). */
#define AML_AXIS_SOF 0x2
#define AML_AXIS_EOFE 0x1

struct aml_axis_frame {
	struct iovec *parts; /* in order; no part is empty */
	size_t nparts;
	size_t bytes;	/* of all parts */
	uint32_t dest;	/* lane * 256 + tDest */
	uint32_t error; /* what the card says went wrong; 0 = nothing */
	uint8_t first_user, last_user;
	/* who made it sets these; nobody else touches them */
	void (*free)(struct aml_axis_frame *frame); /* by the last release, in any thread */
	unsigned holds;
};

/**
 * A frame of the host's memory in one part, not cleared; all else is 0.
 *
 * @param frame  [out] held once, by the caller; NULL on failure
 * @param bytes  at least 1
 * @return 0
 * @return -AML_EINVAL  no bytes, or no @p frame
 * @return -AML_ENOMEM
 */
AML_API int aml_axis_frame_create(struct aml_axis_frame **frame, size_t bytes);

/**
 * The first bytes of a frame, and all that the stream says beside it, in the host's memory.
 *
 * @param copy   [out] held once, by the caller; NULL on failure
 * @param bytes  at most so many; 0 = all
 * @return 0
 * @return -AML_EINVAL  the frame is empty or NULL
 * @return -AML_ENOMEM
 */
AML_API int aml_axis_frame_copy(struct aml_axis_frame **copy, const struct aml_axis_frame *frame,
				size_t bytes);

/** Keep a frame until aml_axis_frame_release().  Threads: any. */
AML_API void aml_axis_frame_hold(struct aml_axis_frame *frame);

/** Let go of a frame, and set *frame to NULL.  Nothing happens if it is.  Threads: any. */
AML_API void aml_axis_frame_release(struct aml_axis_frame **frame);

/**
 * Copy the frame's bytes [offset, offset + bytes) to or from one piece of memory.
 *
 * @return 0
 * @return -AML_EDOM    they go beyond its end; nothing was copied
 * @return -AML_EINVAL  an argument is NULL
 */
AML_API int aml_axis_frame_read(const struct aml_axis_frame *frame, size_t offset, void *to,
				size_t bytes);
AML_API int aml_axis_frame_write(struct aml_axis_frame *frame, size_t offset, const void *from,
				 size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
