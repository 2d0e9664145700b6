/* SPDX-License-Identifier: BSD-3-Clause */
/* Peers of whole bursts: runtimes for parallel programs. */
#ifndef BENCH_TASK_ROWS_H
#define BENCH_TASK_ROWS_H

#include "burst.h"

/* A row for each that configure found.  0, or -1 after a complaint. */
int task_rows(struct burst *b, const struct burst_run *run);

/* Runtime i, NULL past the last; *summary is NULL if configure did not find it. */
const char *task_peer(size_t i, const char **summary);

#endif
