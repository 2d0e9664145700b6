/* SPDX-License-Identifier: BSD-3-Clause */
/* The values that sources hold: element k's can be computed from k. */
#ifndef BENCH_PATTERN_H
#define BENCH_PATTERN_H

#include <stddef.h>

#define PATTERN_GUARD 0xa5

void pattern_fill(char *array, size_t elem, size_t n);

/* The first byte among n elements at p that differs from elements k, k + k_step, ... of
 * the pattern; NULL if none does. */
const char *pattern_find_wrong(const char *p, size_t elem, size_t n, size_t k, size_t k_step);

/* The first byte that is no guard; NULL if there is none. */
const char *pattern_find_unguarded(const char *p, size_t bytes);

#endif
