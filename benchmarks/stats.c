/* SPDX-License-Identifier: BSD-3-Clause */
#include "stats.h"

#include <stdlib.h>
#include <time.h>

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Between the two nearest ranks, linearly. */
static double quantile(const double *sorted, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t i = (size_t)at;

	if (i + 1 >= n)
		return sorted[n - 1];
	return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

struct spread spread_of(double *ns, size_t n)
{
	qsort(ns, n, sizeof(*ns), by_value);
	return (struct spread){
		.median = quantile(ns, n, 0.5),
		.p10 = quantile(ns, n, 0.1),
		.p90 = quantile(ns, n, 0.9),
	};
}

double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double now_cost_ns(void)
{
	double ns[101];

	for (size_t i = 0; i < sizeof(ns) / sizeof(*ns); i++) {
		ns[i] = -now_ns();
		ns[i] += now_ns();
	}
	return spread_of(ns, sizeof(ns) / sizeof(*ns)).median;
}
