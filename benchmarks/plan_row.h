/* SPDX-License-Identifier: BSD-3-Clause */
/* What it costs to make a plan. */
#ifndef BENCH_PLAN_ROW_H
#define BENCH_PLAN_ROW_H

#include "options.h"
#include "output.h"

/* A row for the permutation of six dimensions, estimated; no engine takes part.  0, or -1 after
 * a complaint. */
int plan_row(const struct options *o, struct output *out);

#endif
