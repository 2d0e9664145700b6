/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames through a card that sends them back, beside a bare loop over its driver. */
#ifndef BENCH_CASE_FRAMES_H
#define BENCH_CASE_FRAMES_H

#include "options.h"

/* The status to exit with. */
int frames(const struct options *o);

#endif
