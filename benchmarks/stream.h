/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The streaming limit: contiguous loads, and stores that bypass the caches where the
 * ISA has them.
 */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include <stddef.h>

/* Copies; neither side need be aligned. */
void stream_copy(char *dst, const char *src, size_t bytes);

/* What it uses here: "avx512", ..., "memcpy". */
const char *stream_name(void);

#endif
