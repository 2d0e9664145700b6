/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timing several ways to do the same thing.  They take turns, so that whatever
 * disturbs the machine meets all of them alike.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

#include "stats.h"

/* One way. */
struct contender {
	/* Before and after each timing, not timed; NULL = nothing to do. */
	void (*arm)(void *arg), (*disarm)(void *arg);
	int (*run)(void *arg); /* 0, or the error that takes it out of the race */
	void *arg;
	size_t turns;	  /* runs per sample at least; 0 = 1 */
	int rc;		  /* [out] what run returned last */
	struct spread ns; /* [out] of one run; undefined if rc */
	size_t inner;	  /* runs per sample; the measurement's own */
};

struct measure_options {
	size_t reps;		    /* 0 = as many as fit, at least 5 */
	double budget_ns;	    /* into so much time; 0 = half a second */
	bool batch;		    /* several runs per sample where one is too short to time */
	void (*between)(void *arg); /* before each timing, e.g. sweep the caches; or NULL */
	void *arg;
};

/* 0, or -1 after a complaint. */
int measure(struct contender *c, size_t n, const struct measure_options *o);

#endif
