/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stages: small things that frames pass through.
 *
 * A stage is a struct with a function that takes a frame, and a pointer to the next stage;
 * wiring is assignment.  All of the library's own begin with a struct aml_axis_stage, are kept
 * in the program's storage, where they stay (a fifo's thread knows its address), and pass on what
 * they take, so that any may follow any:
 *
 *	struct aml_axis_filter filter;
 *	struct aml_axis_prbs_rx check;
 *
 *	aml_axis_prbs_rx_init(&check, NULL);
 *	aml_axis_filter_init(&filter, 0x102, true);
 *	filter.stage.next = &check.stage;
 *	... aml_axis_stage_accept(&filter.stage, frame) for every frame that comes
 *
 * A program's own stage is a struct of the same kind.  A chain runs in the thread that
 * gives it a frame, up to the first fifo, which has a thread of its own.
 */
#ifndef AML_AXIS_STAGE_H
#define AML_AXIS_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "aml/api.h"
#include "aml/axis/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

struct aml_axis_stage {
	/** Take a frame: it may be read until this returns, or longer if it is held.
	 * @return 0, also for one that is dropped; or a negative code, which the stages before
	 * it return as well.  The next frame may be another matter.
	 * Threads: one at a time, unless the stage says more. */
	int (*accept)(struct aml_axis_stage *stage, struct aml_axis_frame *frame);

	struct aml_axis_stage *next; /* NULL = frames end here */
};

/** Give @p frame to @p stage; NULL = nobody is there, and nothing happens. */
AML_API int aml_axis_stage_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame);

/** The same, for aml_axis_listen(): @p stage is a struct aml_axis_stage.  What it returns is lost. */
AML_API void aml_axis_stage_feed(struct aml_axis_frame *frame, void *stage);

struct aml_axis;

/** Sends each frame to a card, to its own destination, and then passes it on. */
struct aml_axis_sender {
	struct aml_axis_stage stage;
	struct aml_axis *axis;
	int64_t timeout_us;
	uint64_t frames, bytes; /* that were sent */
};

/**
 * Its accept returns what aml_axis_send() does.  Frames of the same card, which others hold as long
 * as they pass stages, are copied to be sent; a program that wants to send what it received
 * without a copy calls aml_axis_send() itself.
 *
 * @param axis        open until the last frame has come
 * @param timeout_us  to wait for buffers
 */
AML_API void aml_axis_sender_init(struct aml_axis_sender *sender, struct aml_axis *axis,
				  int64_t timeout_us);

/** Gives each frame to another stage, and then passes it on, unless that returns an error. */
struct aml_axis_tee {
	struct aml_axis_stage stage;
	struct aml_axis_stage *other;
};

AML_API void aml_axis_tee_init(struct aml_axis_tee *tee, struct aml_axis_stage *other);

/** Passes on the frames of one destination. */
struct aml_axis_filter {
	struct aml_axis_stage stage;
	uint32_t dest;
	bool any_dest;	  /* of all */
	bool drop_errors; /* but not those with an error */
	uint64_t passed, dropped;
};

/** @param drop_errors  leave out frames with an error */
AML_API void aml_axis_filter_init(struct aml_axis_filter *filter, uint32_t dest, bool drop_errors);

/** Passes on some frames: the first of every so many, or the first after each period. */
struct aml_axis_rate {
	struct aml_axis_stage stage;
	uint64_t skip;	    /* after one that passes */
	uint64_t period_ns; /* 0 = count instead */
	uint64_t left, next_ns;
	uint64_t passed, dropped;
};

/** The first frame passes, the next @p skip do not, and so on. */
AML_API void aml_axis_rate_init_count(struct aml_axis_rate *rate, uint64_t skip);
/** One frame passes after each period, and none in the first one.  @param period_us  0 = all */
AML_API void aml_axis_rate_init_period(struct aml_axis_rate *rate, uint64_t period_us);

/** Passes on all frames, and prints them: a line each, and then bytes in hexadecimal. */
struct aml_axis_tap {
	struct aml_axis_stage stage;
	FILE *stream;
	const char *name;
	size_t max_bytes;
	uint64_t frames, bytes;
};

/**
 * @param stream     NULL = only count; used until the tap is no more, as is @p name
 * @param name       what the lines begin with
 * @param max_bytes  of each frame; 0 = none
 */
AML_API void aml_axis_tap_init(struct aml_axis_tap *tap, FILE *stream, const char *name,
			       size_t max_bytes);

struct aml_axis_fifo_state;

/** Takes frames, and passes them on in a thread of its own, in order.  When it is full, new ones are
 * dropped.  Threads: any number may give it frames. */
struct aml_axis_fifo {
	struct aml_axis_stage stage;
	struct aml_axis_fifo_state *state;
};

struct aml_axis_fifo_counts {
	size_t waiting;	  /* frames in it now, without the one that is just passed on */
	uint64_t passed;  /* that the next stage has taken */
	uint64_t dropped; /* because it was full, cleared, or there was no memory */
	uint64_t failed;  /* that the next stage returned an error for */
	int status;	  /* the first of those errors, or 0 */
};

/**
 * Start the thread.
 *
 * @param depth       frames it keeps at most, beside the one that is just passed on; 0 = any number
 * @param copy_bytes  0 = it holds the frames, a card's buffers as well, which are then missing
 *                    there; otherwise so many bytes of each are copied (SIZE_MAX: all)
 * @return 0
 * @return -AML_ENOMEM
 * @return -AML_EAGAIN  the system has no thread
 */
AML_API int aml_axis_fifo_init(struct aml_axis_fifo *fifo, size_t depth, size_t copy_bytes);

/** Drop what waits in it.  @return how many */
AML_API size_t aml_axis_fifo_clear(struct aml_axis_fifo *fifo);

/**
 * Wait until everything has been passed on.
 *
 * @param timeout_us  negative = no limit
 * @return 0, or -AML_ETIMEDOUT
 */
AML_API int aml_axis_fifo_drain(struct aml_axis_fifo *fifo, int64_t timeout_us);

/** Threads: any. */
AML_API struct aml_axis_fifo_counts aml_axis_fifo_counts(struct aml_axis_fifo *fifo);

/** Drop what waits in it and stop the thread.  Nobody gives it frames any more.  Blocks: while the
 * next stage has a frame. */
AML_API void aml_axis_fifo_fini(struct aml_axis_fifo *fifo);

#ifdef __cplusplus
}
#endif
#endif
