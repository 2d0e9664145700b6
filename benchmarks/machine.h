/* SPDX-License-Identifier: BSD-3-Clause */
/* What this machine is, as far as results depend on it. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stddef.h>

#define MACHINE_CACHES 8

struct machine {
	char cpu[128];
	unsigned cores; /* that this process may use */
	struct machine_cache {
		unsigned level;
		char type[16];
		size_t bytes;
	} caches[MACHINE_CACHES];
	size_t ncaches;
	size_t memory_bytes;
	char kernel[128];
	char huge_pages[16]; /* transparent ones: always, madvise, never */
	const char *compiler;
	const char *library;
	const char *cpu_features;
	const char *stream; /* what the streaming limit is measured with */
};

void machine_read(struct machine *m);

#endif
