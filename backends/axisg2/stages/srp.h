/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the register protocol share. */
#ifndef AXISG2_STAGES_SRP_H
#define AXISG2_STAGES_SRP_H

#include "aml/axis/srp.h"

/* The host's memory for frames to a master or a model: they end there, so what is next, where
 * other frames go and may come back from, is not asked. */
int amli_axis_srp_alloc(struct aml_axis_stage *stage, struct aml_axis_frame **frame, size_t bytes);

/* The two halves of aml_axis_srp_wait(): until it has ended; */
void amli_axis_srp_finish(struct aml_axis_srp *srp, struct aml_axis_srp_request *request);
/* and, if it has failed, refuse in words: its status. */
int amli_axis_srp_explain(const struct aml_axis_srp_request *request);

#endif
