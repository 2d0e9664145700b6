/* SPDX-License-Identifier: BSD-3-Clause */
/* What batches are made of in tests. */
#ifndef TESTS_LIB_BATCH_H
#define TESTS_LIB_BATCH_H

#include "aml/plan.h"
#include "tests/lib/pair.h"

#define PARTS 12

/* Random pairs, every third one contiguous, and their batch. */
struct batch {
	size_t n;
	struct pair pair[PARTS];
	struct aml_layout *dst[PARTS];
	const struct aml_layout *src[PARTS];
	struct aml_plan *plan; /* NULL until batch_make() */
	char text[300];
};

/* The pairs alone; with their batch. */
void batch_pairs(struct batch *b, unsigned seed, size_t n);
void batch_make(struct batch *b, unsigned seed, size_t n, unsigned flags);
void batch_free(struct batch *b);
/* Fails the test unless every part arrived, and nothing else; then all is as before. */
void batch_expect_moved(struct batch *b, const char *how);

/* n copies of some bytes each, side by side in one buffer per side. */
struct many {
	size_t n, most;
	char *to, *from;
	struct aml_layout **dst, **src;
};

/* Part i has bytes[i % nbytes] of them, in two rows if there is an even number. */
struct many many_make(size_t n, const size_t *bytes, size_t nbytes);
struct aml_plan *many_plan(const struct many *m, unsigned flags);
const struct aml_layout *const *many_sources(const struct many *m);
void many_free(struct many *m);

#endif
