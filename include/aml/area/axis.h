/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Streams of an AxisG2 card as sides of a copy.
 *
 * The engine "axisg2" has a device (aml/axis.h).  A destination of it is a layout without a
 * shape of its own, an endpoint: what is copied to it is packed into the card's buffers
 * and leaves as one frame; what is copied from it is unpacked from the next frame that
 * arrives.
 *
 *	aml_dma_open(&dma, "axisg2:path=/dev/datadev_0,claim=0-3+0x102");
 *	aml_axis_of(dma, &axis);
 *	aml_layout_axis_create(&endpoint, axis, 0x102, 0, 0);
 *	aml_dma_copy(dma, endpoint, tile);		sends
 *	aml_dma_async_copy(dma, &req, tile, endpoint);	receives
 *	aml_axis_frame_info(dma, req, &info);		when it has ended
 *	aml_dma_wait(dma, &req);
 *
 * Frames to one destination leave in the order of submission, and copies from one get its
 * frames in that order.  A frame whose size is not that of the layout ends its request with
 * -AML_EDOM, writes nothing, and is kept: aml_axis_receive() gives it.  A frame with an error
 * is unpacked, and ends its request with -AML_EIO.
 */
#ifndef AML_AREA_AXIS_H
#define AML_AREA_AXIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aml/api.h"
#include "aml/area.h"
#include "aml/axis.h"
#include "aml/dma.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The device of an engine opened as "axisg2:...".  It lives as long as the engine; do not
 * close it.
 *
 * @param axis  [out] NULL on failure
 * @return 0; -AML_EINVAL NULL; -AML_ENOTSUP another kind of engine
 */
AML_API int aml_axis_of(struct aml_dma *dma, struct aml_axis **axis);

/**
 * A destination as a side of copies.
 *
 * @param layout      [out] release with aml_layout_destroy(), before the device; NULL on
 *                    failure
 * @param dest        lane * 256 + tDest; to be received from it must have been claimed
 * @param first_user, last_user  of frames that are sent to it
 *
 * @return 0; -AML_EINVAL NULL, no such destination; -AML_ENOMEM
 */
AML_API int aml_layout_axis_create(struct aml_layout **layout, struct aml_axis *axis, uint32_t dest,
				   uint8_t first_user, uint8_t last_user);

/**
 * The area of a device: its endpoints are in it, and its buffers can be got from it.
 *
 * aml_area_mmap() gives one buffer to be filled, of at most its size; the CPU reads and writes
 * it, so layouts over it are host memory.  A contiguous layout that begins with it and is
 * copied to an endpoint leaves without a copy, and from then on the memory is the card's:
 * neither use nor unmap it.  aml_area_munmap() gives back what was not sent.
 *
 * @return owned by the device; NULL with aml_errno AML_EINVAL
 */
AML_API const struct aml_area *aml_area_axis(struct aml_axis *axis);

/** What the stream said beside the data. */
struct aml_axis_frame_info {
	size_t size; /* in: sizeof(struct aml_axis_frame_info) */
	size_t bytes;
	uint32_t dest, error, parts;
	uint8_t first_user, last_user;
	bool sof, eofe; /* SSI's reading of these two */
};

/**
 * The frame that a request sent, or got; also where it failed because the size was
 * wrong.  After its end, and before it is waited for; or in its callback.
 *
 * @param dma  what the request was submitted to: the card's engine, or one that handed it on to
 *             that, as auto does
 *
 * @return 0
 * @return -AML_EINVAL   NULL, info->size unknown, no such request, or one without a frame
 * @return -AML_EAGAIN   it has not ended
 * @return -AML_ENOTSUP  @p dma is of the program's own kind
 *
 * Threads: any.
 */
AML_API int aml_axis_frame_info(struct aml_dma *dma, struct aml_dma_request *req,
				struct aml_axis_frame_info *info);

#ifdef __cplusplus
}
#endif
#endif
