/* SPDX-License-Identifier: BSD-3-Clause */
/* The end of a chain, at a card. */
#include "aml/axis.h"
#include "aml/axis/stage.h"
#include "aml/error.h"
#include "backends/axisg2/stages/wire.h"

/* Which takes a hold with it, if it succeeds. */
static int send(struct aml_axis_sender *sender, struct aml_axis_frame *frame)
{
	int rc;

	aml_axis_frame_hold(frame);
	rc = aml_axis_send(sender->axis, &frame, sender->timeout_us);
	aml_axis_frame_release(&frame);
	return rc;
}

static int send_copy(struct aml_axis_sender *sender, const struct aml_axis_frame *frame)
{
	struct aml_axis_frame *copy;
	int rc = aml_axis_frame_copy(&copy, frame, 0);

	if (!rc)
		rc = aml_axis_send(sender->axis, &copy, sender->timeout_us);
	aml_axis_frame_release(&copy);
	return rc;
}

static int sender_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	struct aml_axis_sender *sender = (struct aml_axis_sender *)stage;
	int rc = send(sender, frame);

	if (rc == -AML_EBUSY)
		rc = send_copy(sender, frame);
	if (rc)
		return rc;
	amli_axis_count(&sender->frames, 1);
	amli_axis_count(&sender->bytes, frame->bytes);
	return aml_axis_stage_accept(stage->next, frame);
}

void aml_axis_sender_init(struct aml_axis_sender *sender, struct aml_axis *axis, int64_t timeout_us)
{
	*sender = (struct aml_axis_sender){
		.stage.accept = sender_accept, .axis = axis, .timeout_us = timeout_us};
}
