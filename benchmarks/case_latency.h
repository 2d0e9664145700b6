/* SPDX-License-Identifier: BSD-3-Clause */
/* What requests cost: every verb, copies of some bytes, many at once, and as a batch. */
#ifndef BENCH_CASE_LATENCY_H
#define BENCH_CASE_LATENCY_H

#include "engines.h"
#include "output.h"

#define LATENCY_NAME_WIDTH 20

/* The rows of every engine.  0, or -1 after a complaint. */
int latency(const struct options *o, struct engines *engines, struct output *out);

#endif
