/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames of pseudo-random bits, which firmware and software make and check to see whether
 * a stream loses or damages anything.
 *
 * A frame is words of 32 to 512 bits, little endian: its sequence number, its size in words
 * less one, then the payload.  Each word of the payload is the one before it, shifted left by
 * one bit; the new bit 0 is the exclusive or of a few bits, the taps.  The first begins with the
 * sequence number.  Sequence 0 makes a payload of zeros: start with 1.
 */
#ifndef AML_AXIS_PRBS_H
#define AML_AXIS_PRBS_H

#include "aml/axis/stage.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AML_AXIS_PRBS_WIDTH_MAX 512
#define AML_AXIS_PRBS_TAPS_MAX 16

enum aml_axis_prbs_payload {
	AML_AXIS_PRBS_RANDOM,
	AML_AXIS_PRBS_COUNT, /* each word is its own index, 2, 3, ... */
	AML_AXIS_PRBS_NONE,  /* not written, not looked at */
};

/** What the frames look like. */
struct aml_axis_prbs {
	unsigned width;			       /* bits of a word, a multiple of 32 */
	unsigned ntaps;			       /* at least 1 */
	uint16_t taps[AML_AXIS_PRBS_TAPS_MAX]; /* bit numbers, each below the width */
	enum aml_axis_prbs_payload payload;
};

/** What firmware makes if nobody tells it otherwise; everywhere here NULL means this. */
#define AML_AXIS_PRBS_DEFAULT                              \
	{                                                  \
		32, 4, {1, 2, 6, 31}, AML_AXIS_PRBS_RANDOM \
	}

/**
 * Fill a frame.
 *
 * @return 0
 * @return -AML_EINVAL  no such form, or the frame is not a number of words, at least 3;
 *                      nothing was written
 */
AML_API int aml_axis_prbs_fill(const struct aml_axis_prbs *form, uint32_t sequence,
			       struct aml_axis_frame *frame);

/** What is wrong with a frame; the first of these that is. */
enum aml_axis_prbs_fault {
	AML_AXIS_PRBS_GOOD,
	AML_AXIS_PRBS_ERROR,	/* the card says so: frame->error */
	AML_AXIS_PRBS_SIZE,	/* it is not a number of words, at least 3 */
	AML_AXIS_PRBS_LENGTH,	/* its second word is not its size */
	AML_AXIS_PRBS_SEQUENCE, /* others were lost, or come in another order */
	AML_AXIS_PRBS_PAYLOAD,
	AML_AXIS_PRBS_FAULTS
};

/**
 * What is wrong with a frame by itself, whatever its sequence number.
 *
 * @param sequence  [out] its number; left alone if it has none; may be NULL
 * @return an enum aml_axis_prbs_fault; aml_error_detail() says more
 * @return -AML_EINVAL  no such form
 */
AML_API int aml_axis_prbs_check(const struct aml_axis_prbs *form,
				const struct aml_axis_frame *frame, uint32_t *sequence);

/** Makes frames, and is the beginning of a chain: next is where they go. */
struct aml_axis_prbs_tx {
	struct aml_axis_stage *next;
	struct aml_axis_prbs form;
	uint32_t sequence; /* of the next frame */
	uint32_t dest;
	uint8_t first_user;	/* AML_AXIS_SOF, unless changed */
	uint64_t frames, bytes; /* that next has taken */
};

/** @return 0, or -AML_EINVAL: no such form */
AML_API int aml_axis_prbs_tx_init(struct aml_axis_prbs_tx *tx, const struct aml_axis_prbs *form,
				  uint32_t dest);

/**
 * Make a frame in the host's memory, and pass it on.  (To fill a card's buffers: aml_axis_prbs_fill()
 * of what aml_axis_frame_alloc() gives.)
 *
 * @return 0
 * @return -AML_EINVAL  @p bytes is not a number of words, at least 3
 * @return -AML_ENOMEM, or what the stages behind return: the next frame has the same number
 */
AML_API int aml_axis_prbs_tx_send(struct aml_axis_prbs_tx *tx, size_t bytes);

/** What a checker has seen. */
struct aml_axis_prbs_counts {
	uint64_t frames, bytes;		       /* good ones */
	uint64_t errors;		       /* frames in which something was wrong */
	uint64_t faults[AML_AXIS_PRBS_FAULTS]; /* ... of each kind; each is one error */
};

/** Checks the frames of one sender, and passes all of them on. */
struct aml_axis_prbs_rx {
	struct aml_axis_stage stage;
	struct aml_axis_prbs form;
	uint32_t expected; /* the next sequence number; 0 = any.  0 is always expected. */
	struct aml_axis_prbs_counts counts;
};

/** @return 0, or -AML_EINVAL: no such form */
AML_API int aml_axis_prbs_rx_init(struct aml_axis_prbs_rx *rx, const struct aml_axis_prbs *form);

/** Threads: any, while frames come; each number by itself is right. */
AML_API struct aml_axis_prbs_counts aml_axis_prbs_rx_counts(const struct aml_axis_prbs_rx *rx);

#ifdef __cplusplus
}
#endif
#endif
