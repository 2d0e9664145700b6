/* SPDX-License-Identifier: BSD-3-Clause */
/* Gather and scatter through lists of indices, beside a plain loop. */
#ifndef BENCH_CASE_INDEX_H
#define BENCH_CASE_INDEX_H

#include "engines.h"
#include "output.h"

#define INDEX_NAME_WIDTH 18

/* The rows of every engine and of the loop.  0, or -1 after a complaint. */
int index_rows(const struct options *o, struct engines *engines, struct output *out);

#endif
