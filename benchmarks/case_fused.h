/* SPDX-License-Identifier: BSD-3-Clause */
/* What operators cost beside the plain copy of the same bytes. */
#ifndef BENCH_CASE_FUSED_H
#define BENCH_CASE_FUSED_H

#include "engines.h"
#include "output.h"

#define FUSED_NAME_WIDTH 20

/* The rows of every engine.  0, or -1 after a complaint. */
int fused(const struct options *o, struct engines *engines, struct output *out);

#endif
