/* SPDX-License-Identifier: BSD-3-Clause */
/* Verifies and times cases: every engine and peer on the same data. */
#ifndef BENCH_CASE_COPY_H
#define BENCH_CASE_COPY_H

#include "engines.h"
#include "output.h"
#include "peer.h"
#include "sweep.h"

/* What all cases of one run share. */
struct copy_bench {
	const struct options *options;
	struct engines *engines;
	const struct peer *peers[OPTIONS_MAX];
	size_t npeers;
	struct output *out;
	struct team *team;
	struct sweep sweep;
	struct data data;
};

/* Both: 0, or -1 after a complaint. */
int copy_bench_init(struct copy_bench *b, const struct options *o, struct engines *e,
		    const struct peer *const *peers, size_t npeers, struct output *out);
int copy_bench_case(struct copy_bench *b, const struct bench_case *c);
void copy_bench_fini(struct copy_bench *b);

#endif
