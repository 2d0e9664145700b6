/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Peers: other ways to do the same copy on the same data, in one thread.  Libraries
 * take part if configure found them.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include "case.h"
#include "data.h"

#define PEER_PLAN 160

/* A case as loops, outermost first in the destination's order, without loops of one
 * step and with neighbours fused where both sides allow it. */
struct peer_loops {
	size_t elem; /* bytes */
	size_t n;    /* loops; 0 = one element */
	struct peer_loop {
		size_t n, src, dst; /* strides in elements */
	} loop[CASE_NDIMS];
	char *dst;
	const char *src;
};

struct peer {
	const char *name;
	const char *summary;

	/* Gets ready for a case, and may overwrite both sides; `plan` is how it will do
	 * it, or why it cannot.  Returns the job, or NULL. */
	void *(*prepare)(const struct peer_loops *loops, char *plan, size_t size);
	void (*run)(void *job);
	void (*release)(void *job);
};

/* Peer i, or NULL past the last. */
const struct peer *peer_at(size_t i);

/* NULL if there is none of this name. */
const struct peer *peer_find(const char *name);

void peer_loops_of(struct peer_loops *loops, const struct bench_case *c, const struct data *d);

/* A job on the heap with the loops in it; NULL with a word in plan. */
struct peer_loops *peer_loops_copy(const struct peer_loops *loops, char *plan, size_t size);

extern const struct peer peer_naive, peer_memcpy, peer_fftw, peer_openblas, peer_onednn;

#endif
