/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs that lie apart, asked for early: hardware prefetchers do not jump.  See ahead.c. */
#ifndef AMLI_KERNEL_AHEAD_H
#define AMLI_KERNEL_AHEAD_H

#include "kernel/kernel.h"
#include "kernel/move.h"

/* What of a run is asked for; its ends, if they are lines that are written in part. */
enum amli_asked { AMLI_ASK_NOTHING, AMLI_ASK_ENDS, AMLI_ASK_ALL };

/* The run to ask for, in bytes from the one that is moved: nothing is counted, as a kernel's
 * stores wait in a queue for their lines, and those of a counter would fill it. */
struct amli_ask {
	ptrdiff_t dst, src;
	enum amli_asked dst_part, src_part;
};

/* Moves the runs of a part of a block, and asks for one with each. */
typedef void amli_asking_fn(char *dst, const char *src, const struct amli_block *part,
			    const struct amli_ask *ask);

/* Move a block by parts which ask for what comes later, here or in the block at next (NULL: there
 * is none), if that lies apart.  dst_part: what of the destination is worth it. */
void amli_ask_ahead(char *dst, const char *src, const char *next, const struct amli_block *b,
		    enum amli_asked dst_part, amli_asking_fn *move);

static inline bool amli_asks(const struct amli_ask *ask)
{
	return ask->src_part || ask->dst_part;
}

AMLI_INLINE void amli_ask_part(uintptr_t at, size_t n, enum amli_asked what)
{
	bool last = at % AMLI_LINE + (n - 1) % AMLI_LINE >= AMLI_LINE;

	if (what == AMLI_ASK_NOTHING)
		return;
	if (what == AMLI_ASK_ALL) {
		for (size_t o = 0; o < n; o += AMLI_LINE)
			__builtin_prefetch((const void *)(at + o), 0, 2);
	} else {
		last = (at + n) % AMLI_LINE;
		if (at % AMLI_LINE)
			__builtin_prefetch((const void *)at, 0, 2);
	}
	if (last)
		__builtin_prefetch((const void *)(at + n - 1), 0, 2);
}

/* For the run of n bytes at d and s.  Addresses are numbers: they may lie outside both sides. */
AMLI_INLINE void amli_ask_run(const char *d, const char *s, size_t n, struct amli_ask ask)
{
	amli_ask_part((uintptr_t)s + (uintptr_t)ask.src, n, ask.src_part);
	amli_ask_part((uintptr_t)d + (uintptr_t)ask.dst, n, ask.dst_part);
}

#endif
