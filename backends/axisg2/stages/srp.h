/* SPDX-License-Identifier: BSD-3-Clause */
/* The master, for what is built on it. */
#ifndef AXISG2_STAGES_SRP_H
#define AXISG2_STAGES_SRP_H

#include "aml/axis/srp.h"

/* The two halves of aml_axis_srp_wait(): until it has ended; */
void amli_axis_srp_finish(struct aml_axis_srp *srp, struct aml_axis_srp_request *request);
/* and, if it has failed, refuse in words: its status. */
int amli_axis_srp_explain(const struct aml_axis_srp_request *request);

#endif
