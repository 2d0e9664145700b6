/* SPDX-License-Identifier: BSD-3-Clause */
#include "sweep.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complain.h"

#define SWEEP_MAX ((size_t)128 << 20)
#define LLC_GUESS ((size_t)32 << 20)

size_t sweep_llc_bytes(void)
{
	size_t largest = 0;

	for (int i = 0; i < 8; i++) {
		char path[80];
		size_t kib;
		FILE *f;

		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/cache/index%d/size", i);
		f = fopen(path, "r");
		if (!f)
			break;
		if (fscanf(f, "%zuK", &kib) == 1 && kib * 1024 > largest)
			largest = kib * 1024;
		fclose(f);
	}
	return largest ? largest : LLC_GUESS;
}

int sweep_init(struct sweep *s, struct team *team, unsigned n)
{
	s->team = team;
	s->n = n;
	s->bytes = 2 * sweep_llc_bytes();
	if (s->bytes > SWEEP_MAX)
		s->bytes = SWEEP_MAX;
	s->buffer = malloc(s->bytes);
	if (!s->buffer) {
		complain("no memory for the %zu bytes that sweep the caches", s->bytes);
		return -1;
	}
	memset(s->buffer, 1, s->bytes);
	return 0;
}

void sweep_fini(struct sweep *s)
{
	free(s->buffer);
	s->buffer = NULL;
}

static void read_all(void *arg, unsigned i, unsigned n)
{
	const struct sweep *s = arg;
	size_t start = i * (s->bytes / n / 64 * 64);
	unsigned sum = 0;

	/* one byte of each line, each thread from its own place */
	for (size_t at = start; at < s->bytes; at += 64)
		sum += (unsigned char)s->buffer[at];
	for (size_t at = 0; at < start; at += 64)
		sum += (unsigned char)s->buffer[at];
	__asm__ volatile("" : : "r"(sum));
}

void sweep_run(void *sweep)
{
	struct sweep *s = sweep;

	team_arm(s->team, s->n, read_all, s);
	team_go(s->team);
}
