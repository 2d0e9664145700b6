/* SPDX-License-Identifier: BSD-3-Clause */
/* The copies of a burst as tasks of a runtime for parallel programs, if configure found it:
 * each call makes all of them, and returns 0 when they are over. */
#ifndef BENCH_TASKS_H
#define BENCH_TASKS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tasks {
	size_t n, bytes, pitch; /* copies; of each; from one to the next */
	char *dst;
	const char *src;
};

int tasks_openmp(void *tasks);	    /* a task per copy */
int tasks_openmp_loop(void *tasks); /* a taskloop, cut as the runtime likes */
int tasks_tbb(void *tasks);	    /* a task group, a task per copy */

#ifdef __cplusplus
}
#endif
#endif
