/* SPDX-License-Identifier: BSD-3-Clause */
/* Emptying the caches of what was copied, and the sizes of the caches. */
#ifndef BENCH_SWEEP_H
#define BENCH_SWEEP_H

#include <stddef.h>

#include "team.h"

struct sweep {
	struct team *team;
	unsigned n; /* threads whose caches are swept */
	char *buffer;
	size_t bytes;
};

/* Twice the last-level cache, at most 128 MiB.  0, or -1 after a complaint. */
int sweep_init(struct sweep *s, struct team *team, unsigned n);
void sweep_fini(struct sweep *s);

/* Reads the buffer in every thread, so that clean lines are all that the caches hold. */
void sweep_run(void *sweep);

/* Bytes of the largest cache of a core; a guess where the system does not say. */
size_t sweep_llc_bytes(void);

#endif
