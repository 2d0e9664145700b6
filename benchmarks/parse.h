/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers and lists of numbers, as the command line and the suites write them. */
#ifndef BENCH_PARSE_H
#define BENCH_PARSE_H

#include <stdbool.h>
#include <stddef.h>

/* A whole decimal number; nothing else may be in the text. */
bool parse_size(const char *text, size_t *value);

/* "4,5,6": at most max numbers, spaces allowed around them. */
bool parse_sizes(const char *text, size_t max, size_t *values, size_t *n);

/* "yes" or "no" */
bool parse_bool(const char *text, bool *value);

#endif
