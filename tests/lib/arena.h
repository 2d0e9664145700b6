/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory for tests of kernels: a source between two pages that cannot be read, and what a
 * destination was, shall be and is; random numbers from $AML_TEST_SEED. */
#ifndef TESTS_LIB_ARENA_H
#define TESTS_LIB_ARENA_H

#include <stdint.h>

#include "kernel/kernel.h"

#define ARENA_ROOM ((size_t)4 << 20)
#define ARENA_GUARD ((size_t)192) /* bytes watched on either side of the destination */

struct arena {
	char *source;			   /* ARENA_ROOM bytes, as each of the others */
	char *actual, *expected, *pattern; /* pattern: what a destination holds before */
	unsigned long seed;
};

extern struct arena arena;

/* For checked fixtures. */
void arena_setup(void);
void arena_teardown(void);

uint64_t arena_draw(void);
size_t arena_draw_below(size_t n);

/* Every kernel of one operation that can makes the first `used` bytes those of
 * arena.expected, run and streamed.  @at: where the block begins in the destination;
 * @shift is for the message. */
void arena_check_rows(enum amli_op op, const struct amli_block *b, size_t shift, size_t at,
		      const char *src, size_t used);

#endif
