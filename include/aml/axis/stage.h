/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stages: small things that frames pass through.
 *
 * A stage is a struct with a function that takes a frame, and a pointer to the next stage;
 * wiring is assignment.  All of the library's own begin with a struct aml_axis_stage, are kept
 * in the program's storage, and pass on what they take, so that any may follow any:
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

	/** A frame to be filled, and given to accept: of a stage whose own memory saves a copy,
	 * a card's buffers.  NULL = the next one is asked. */
	int (*alloc)(struct aml_axis_stage *stage, struct aml_axis_frame **frame, size_t bytes);

	struct aml_axis_stage *next; /* NULL = frames end here */
};

/** Give @p frame to @p stage; NULL = nobody is there, and nothing happens. */
AML_API int aml_axis_stage_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame);

/**
 * A frame to be filled for @p stage: from the first stage of the chain that has memory, or
 * the host's memory.
 *
 * @param frame  [out] held once, by the caller; NULL on failure
 * @param bytes  at least 1
 * @return 0, -AML_EINVAL, -AML_ENOMEM, or what that stage's alloc returns
 */
AML_API int aml_axis_stage_alloc(struct aml_axis_stage *stage, struct aml_axis_frame **frame,
				 size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
