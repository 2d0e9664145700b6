/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "tasks.h"

int tasks_openmp(void *arg)
{
	const struct tasks *t = arg;

#pragma omp parallel
#pragma omp single
	for (size_t i = 0; i < t->n; i++) {
#pragma omp task firstprivate(i)
		memcpy(t->dst + i * t->pitch, t->src + i * t->pitch, t->bytes);
	}
	return 0;
}

/* clang warns of what it makes of the loop itself. */
#pragma GCC diagnostic ignored "-Wsign-conversion"

int tasks_openmp_loop(void *arg)
{
	const struct tasks *t = arg;

#pragma omp parallel
#pragma omp single
#pragma omp taskloop
	for (size_t i = 0; i < t->n; i++)
		memcpy(t->dst + i * t->pitch, t->src + i * t->pitch, t->bytes);
	return 0;
}
