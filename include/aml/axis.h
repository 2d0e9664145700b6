/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Streams of an FPGA card, frame by frame: AxisG2 devices (driver "datadev").
 *
 * A card has DMA lanes, and each lane up to 256 streams.  A destination names one of them:
 * lane * 256 + tDest.  A frame is what a stream carries between a start and an end
 * (aml/axis/frame.h); here it lies in the card's own buffers and is not copied.
 *
 *	aml_axis_open(&axis, "/dev/datadev_0", NULL);	or "emu": the emulator
 *	aml_axis_claim(axis, dests, ndests);		those to receive; once
 *	aml_axis_receive(axis, &frame, AML_AXIS_ANY, 1000000);
 *	... frame->parts, frame->bytes ...
 *	aml_axis_frame_release(&frame);			its buffers go back to the card
 *
 *	aml_axis_frame_alloc(axis, &frame, bytes, 1000000);
 *	... aml_axis_frame_write(), or straight into frame->parts ...
 *	frame->dest = 0x102;				lane 1, destination 2
 *	aml_axis_send(axis, &frame, 1000000);
 *	aml_axis_close(&axis);
 *
 * Frames can be waited for with a time limit, by a descriptor (aml_axis_fd()), or by a
 * thread that calls back (aml_axis_listen()).  However many destinations there are, one
 * descriptor of the driver serves them, and frames are sorted here.
 *
 * Buffers are few, and all destinations share them.  What a program does not release, and
 * frames whose end is missing, keep buffers from the card, which then stops its streams.  So
 * there are bounds, in struct aml_axis_options; what they drop is counted.
 *
 * To move frames from and into layouts there is the engine "axisg2": aml/area/axis.h.
 *
 * Threads: any number may use one device; aml_axis_close() must be the last call.
 */
#ifndef AML_AXIS_H
#define AML_AXIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aml/api.h"
#include "aml/axis/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

struct aml_axis;

/** Destinations are below this. */
#define AML_AXIS_DESTS 4096u
/** Any destination that was claimed. */
#define AML_AXIS_ANY UINT32_MAX
/** No time limit. */
#define AML_AXIS_FOREVER ((int64_t)-1)

/** Bits of frame->error.  The low ones are the card's. */
#define AML_AXIS_ERROR_EMPTY 0x01u    /* a part without bytes, or a FIFO error */
#define AML_AXIS_ERROR_LENGTH 0x02u   /* a bus error of the write */
#define AML_AXIS_ERROR_MAX 0x04u      /* longer than a buffer, and cut off */
#define AML_AXIS_ERROR_BUS 0x08u      /* not made by today's cards */
#define AML_AXIS_ERROR_EOFE 0x80u     /* SSI: the sender says that it is bad */
#define AML_AXIS_ERROR_TIMEOUT 0x100u /* the card waited too long for the rest */

/** How to open a device.  Set size; whatever else is 0 means the default. */
struct aml_axis_options {
	size_t size;	/* sizeof(struct aml_axis_options) */
	bool ssi;	/* SSI: sent frames start with AML_AXIS_SOF, received ones end with EOFE */
	bool copies;	/* no zero copy: nothing is mapped, the driver copies every buffer */
	unsigned share; /* percent of the receive buffers that this process may keep; 75 */
	size_t parts;	/* buffers that one received frame may have; what the share allows */
	int64_t age_us; /* from the first part of a frame to its end; 1 s, AML_AXIS_FOREVER */
};

/**
 * Open a device.
 *
 * @param axis     [out] close with aml_axis_close(); NULL on failure
 * @param path     "/dev/datadev_0", or the emulator: "emu", "emu,key=value,..."
 *                 (backends/axisg2/README.md has its keys)
 * @param options  NULL = defaults
 *
 * @return 0
 * @return -AML_EINVAL   NULL, an option out of range, a bad key of the emulator
 * @return -AML_ENOTSUP  no such device; it is none of the driver's, or its driver is too old
 * @return -AML_EPERM    no permission
 * @return -AML_ENOMEM   also: the system maps no more (the sentence says what to set)
 *
 * Threads: any.
 */
AML_API int aml_axis_open(struct aml_axis **axis, const char *path,
			  const struct aml_axis_options *options);

/**
 * Close a device.  Stops the listener; frames that were not received are dropped.
 *
 * Frames that the program holds stay valid until they are released: until the last of them
 * is, the device, its claims and the memory stay as well.  NULL and *NULL are fine.
 *
 * Threads: no other call on it, but for releases of its frames.
 */
AML_API void aml_axis_close(struct aml_axis **axis);

/**
 * Receive these destinations from now on.  All of them or none; once for each opening of a
 * device, and until it is closed.  Frames that came before are gone.
 *
 * @param n  1 to AML_AXIS_DESTS; any may be named twice
 *
 * @return 0
 * @return -AML_EINVAL  NULL, none, one that does not exist
 * @return -AML_EBUSY   a program (this one, maybe) has claimed one of them; or this opening
 *                      has its claims already
 */
AML_API int aml_axis_claim(struct aml_axis *axis, const uint32_t *dests, size_t n);

/**
 * The next frame of a destination, in order of arrival.  It is the program's until
 * aml_axis_frame_release().  Frames with errors come like others: look at frame->error.
 *
 * @param dest        a claimed destination, or AML_AXIS_ANY
 * @param timeout_us  0 = do not wait; AML_AXIS_FOREVER
 *
 * @return 0
 * @return -AML_EINVAL    NULL, or it was not claimed
 * @return -AML_EAGAIN    there is none (@p timeout_us 0)
 * @return -AML_ETIMEDOUT there was none
 * @return -AML_EIO       the device is gone, or does not answer as it should
 *
 * Threads: any.  Blocks: until there is one.
 */
AML_API int aml_axis_receive(struct aml_axis *axis, struct aml_axis_frame **frame, uint32_t dest,
			     int64_t timeout_us);

/**
 * A descriptor that is readable when aml_axis_receive(AML_AXIS_ANY, 0) is worth a try.  For
 * poll, select and epoll; do not read from it.  Receive until -AML_EAGAIN: there may be
 * fewer frames than times it was readable.  It lives until close.
 *
 * @param fd  [out] -1 on failure
 * @return 0; -AML_EINVAL NULL; -AML_ENOMEM the system gives no descriptor
 */
AML_API int aml_axis_fd(struct aml_axis *axis, int *fd);

/**
 * Gets each frame that arrives, in the listener's thread.  It has the frame until it
 * returns, and holds it to keep it (aml_axis_frame_hold()).  It may send, and release.
 */
typedef void (*aml_axis_frame_fn)(struct aml_axis_frame *frame, void *arg);

/**
 * Start a thread that receives all frames nobody else waits for, and calls @p fn.
 *
 * @return 0; -AML_EINVAL NULL; -AML_EBUSY there is a listener; -AML_ENOMEM no thread
 */
AML_API int aml_axis_listen(struct aml_axis *axis, aml_axis_frame_fn fn, void *arg);

/**
 * Stop the listener: when this returns, fn does not run and is not called again.
 *
 * @return 0; -AML_EINVAL NULL, or there is none; -AML_EBUSY called in the listener
 */
AML_API int aml_axis_unlisten(struct aml_axis *axis);

/**
 * A frame in the card's buffers, to be filled and sent; or released unsent.  All else of it
 * is 0.
 *
 * @param bytes  1 to what all sending buffers hold; they are not cleared
 *
 * @return 0
 * @return -AML_EINVAL    NULL, 0, or more than the card has buffers for
 * @return -AML_ENOTSUP   it needs several buffers, and this release of the driver would send
 *                        each of them as a frame
 * @return -AML_EAGAIN    no buffers just now, or others wait for them (@p timeout_us 0)
 * @return -AML_ETIMEDOUT there were not enough in time; none is kept
 * @return -AML_ENOMEM
 *
 * Blocks: until there are enough.
 */
AML_API int aml_axis_frame_alloc(struct aml_axis *axis, struct aml_axis_frame **frame, size_t bytes,
				 int64_t timeout_us);

/**
 * Send a frame to frame->dest, with its first_user and last_user.
 *
 * One that lies in buffers of this device, allocated or received, is sent from there: nothing
 * is copied, and it is gone.  Any other one is copied into buffers.  Parts of frames never
 * mix on a destination, whoever sends them in this process.
 *
 * @param frame       [in,out] NULL when it was sent, and, if it lay in the device's buffers,
 *                    after -AML_EIO; else the program's, as it was
 * @param timeout_us  to wait for buffers to copy it into
 *
 * @return 0              the card has it
 * @return -AML_EINVAL    NULL, no bytes, no such destination, an error set; or parts that are
 *                        not whole buffers of the device
 * @return -AML_EBUSY     it lies in the device's buffers, and somebody else holds it
 * @return -AML_EIO       the driver refused a part; the receiver sees the frame with EOFE
 * @return as aml_axis_frame_alloc()
 *
 * Threads: any.
 */
AML_API int aml_axis_send(struct aml_axis *axis, struct aml_axis_frame **frame, int64_t timeout_us);

/* ---- the driver and the card ---- */

/** What is known of a device. */
struct aml_axis_info {
	size_t size;	      /* in: sizeof(struct aml_axis_info) */
	char path[64];	      /* cut off if longer */
	char driver[34];      /* its version, as it says; "" if it does not */
	unsigned api;	      /* number of its interface */
	unsigned release;     /* 70400 is 7.4.0; 0 = not known */
	unsigned tx, rx;      /* buffers to send, to receive */
	size_t buffer_bytes;  /* of each */
	unsigned width;	      /* bytes of a beat; 0 = not known */
	unsigned lanes;	      /* 0 = not known */
	bool splits;	      /* it sends every part as a frame: no multi-part frames */
	bool has_counters;    /* the receiving side's; of older drivers they are read in /proc */
	bool has_axi_version; /* what follows is known */
	uint32_t firmware, scratch, up_seconds, device_id;
	uint32_t user[64];    /* user values */
	uint8_t git_hash[20]; /* as it is printed */
	uint8_t dna[16];      /* as it is printed */
	char build[257];
};

/** @return 0; -AML_EINVAL NULL, info->size unknown */
AML_API int aml_axis_info(struct aml_axis *axis, struct aml_axis_info *info);

/** Where the buffers of one side are. */
struct aml_axis_places {
	int64_t user;	 /* a program has them */
	int64_t card;	 /* in the card */
	int64_t before;	 /* wait for room in the card */
	int64_t queue;	 /* TX: free; RX: wait to be read */
	int64_t missing; /* nowhere: they are lost, or on their way just now */
};

struct aml_axis_counters {
	size_t size; /* in: sizeof(struct aml_axis_counters) */
	/* the driver's, of all programs; -1: it does not tell */
	struct aml_axis_places tx, rx;
	int64_t requests_missed; /* clock cycles in which the card had no buffer */
	/* Buffers that the card has filled, also those that nobody had claimed: if it grows and no
	 * program receives, a stream has no taker. */
	int64_t rx_used;
	/* ours, since the device was opened */
	uint64_t rx_frames, rx_bytes, rx_parts;
	uint64_t tx_frames, tx_bytes, tx_parts;
	uint64_t rx_errors;	 /* received frames with an error */
	uint64_t rx_empty;	 /* parts without bytes */
	uint64_t dropped_long;	 /* frames of too many parts */
	uint64_t dropped_old;	 /* whose end did not come in time, or was overtaken by a start */
	uint64_t dropped_full;	 /* unfinished ones, or ones kept aside, for others to go on */
	uint64_t dropped_memory; /* for want of memory */
	uint64_t strange;	 /* buffers that the driver gave and cannot have had */
	uint64_t starved;	 /* times that a frame had to wait for buffers to be sent in */
	uint64_t held_back;	 /* times that reading stopped: the share is used up */
	uint64_t queued;	 /* frames received and not fetched */
	uint64_t held;		 /* receive buffers that this process has */
};

/** Slow with a large pool: the driver goes through its buffers for each number.
 * @return 0; -AML_EINVAL NULL, counters->size unknown */
AML_API int aml_axis_counters(struct aml_axis *axis, struct aml_axis_counters *counters);

/** How much the driver writes to the kernel's log, of this device, for all: 0 = nothing.
 * @return 0; -AML_EINVAL NULL, above 255; -AML_EIO */
AML_API int aml_axis_set_debug(struct aml_axis *axis, unsigned level);

/** A pulse on the acknowledge output of lane 0.
 * @return 0; -AML_EINVAL NULL; -AML_EIO */
AML_API int aml_axis_acknowledge(struct aml_axis *axis);

/**
 * Read and write a 32-bit register of the card.
 *
 * @param address  in BAR 0: 0x10000 to 0xfffffc, a multiple of 4
 * @return 0; -AML_EINVAL NULL, no such address; -AML_EIO the driver refuses
 */
AML_API int aml_axis_register_read(struct aml_axis *axis, uint32_t address, uint32_t *value);
AML_API int aml_axis_register_write(struct aml_axis *axis, uint32_t address, uint32_t value);

#ifdef __cplusplus
}
#endif
#endif
