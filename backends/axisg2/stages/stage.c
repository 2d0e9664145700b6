/* SPDX-License-Identifier: BSD-3-Clause */
#include "aml/axis/stage.h"

int aml_axis_stage_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	return stage ? stage->accept(stage, frame) : 0;
}

int aml_axis_stage_alloc(struct aml_axis_stage *stage, struct aml_axis_frame **frame, size_t bytes)
{
	for (; stage; stage = stage->next)
		if (stage->alloc)
			return stage->alloc(stage, frame, bytes);
	return aml_axis_frame_create(frame, bytes);
}
