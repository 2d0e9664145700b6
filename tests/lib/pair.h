/* SPDX-License-Identifier: BSD-3-Clause */
/* Random pairs of layouts of one shape, with guards around every gap, and the naive
 * element loop as oracle. */
#ifndef TESTS_LIB_PAIR_H
#define TESTS_LIB_PAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "aml/layout.h"

struct pair_side {
	char *memory; /* all of it, gaps and guards included */
	char *before; /* as it was when the pair was made */
	size_t size;
};

struct pair {
	struct aml_layout *dst, *src;
	struct pair_side to, from;
	char *want;	  /* what to.memory must be after the copy */
	char neutral[64]; /* padding of src */
	unsigned seed;
	char text[160]; /* how the two sides were made, for messages */
};

/* Deterministic in seed.  ndims 0 = random, 1 to 6.  affine: only layouts that make a
 * nest. */
struct pair pair_random(unsigned seed, size_t ndims, bool affine);
/* Two contiguous arrays. */
struct pair pair_dense(size_t elements, size_t element_size);
/* Bring the memory back to what it was. */
void pair_reset(struct pair *p);
void pair_free(struct pair *p);

/* Whether plans of it go through lists of indices. */
bool pair_has_lists(const struct pair *p);

/* Every element arrived; nothing but elements of dst was written, on either side. */
bool pair_dst_equals_oracle(const struct pair *p);
bool pair_guards_intact(const struct pair *p);

/* $AML_TEST_SEED, or 1; $AML_TEST_PAIRS, or @usual. */
unsigned test_seed(void);
unsigned test_pairs(unsigned usual);
/* A number from the environment, or @usual. */
unsigned test_number(const char *name, unsigned usual);

#endif
