/* SPDX-License-Identifier: BSD-3-Clause */
/* What a rate decides, at a time that a test can choose. */
#ifndef AXISG2_STAGES_RATE_H
#define AXISG2_STAGES_RATE_H

#include "aml/axis/stage.h"

bool amli_axis_rate_passes(struct aml_axis_rate *rate, uint64_t now_ns);

#endif
