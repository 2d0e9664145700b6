/* SPDX-License-Identifier: BSD-3-Clause */
/* Times and what is made of them. */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>

struct spread {
	double median, p10, p90;
};

/* Sorts ns; n >= 1. */
struct spread spread_of(double *ns, size_t n);

/* Monotonic. */
double now_ns(void);

/* What one now_ns() costs. */
double now_cost_ns(void);

#endif
