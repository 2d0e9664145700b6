/* SPDX-License-Identifier: BSD-3-Clause */
/* The peers that need no library: what one writes without thinking, and memcpy. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

struct two_words {
	uint64_t word[2];
};

#define NAIVE_OF(bytes, type)                                                                \
	static void naive##bytes(char *dst, const char *src, size_t n, size_t ds, size_t ss) \
	{                                                                                    \
		type *d = (type *)(void *)dst;                                               \
		const type *s = (const type *)(const void *)src;                             \
		for (size_t i = 0; i < n; i++)                                               \
			d[i * ds] = s[i * ss];                                               \
	}

NAIVE_OF(1, uint8_t)
NAIVE_OF(2, uint16_t)
NAIVE_OF(4, uint32_t)
NAIVE_OF(8, uint64_t)
NAIVE_OF(16, struct two_words)

static void innermost(const struct peer_loops *l, char *dst, const char *src,
		      const struct peer_loop *loop)
{
	switch (l->elem) {
	case 1:
		naive1(dst, src, loop->n, loop->dst, loop->src);
		break;
	case 2:
		naive2(dst, src, loop->n, loop->dst, loop->src);
		break;
	case 4:
		naive4(dst, src, loop->n, loop->dst, loop->src);
		break;
	case 8:
		naive8(dst, src, loop->n, loop->dst, loop->src);
		break;
	case 16:
		naive16(dst, src, loop->n, loop->dst, loop->src);
		break;
	default:
		for (size_t i = 0; i < loop->n; i++)
			memcpy(dst + i * loop->dst * l->elem, src + i * loop->src * l->elem,
			       l->elem);
	}
}

static void nested(const struct peer_loops *l, size_t depth, char *dst, const char *src)
{
	const struct peer_loop *loop = &l->loop[depth];

	if (depth + 1 == l->n) {
		innermost(l, dst, src, loop);
		return;
	}
	for (size_t i = 0; i < loop->n; i++)
		nested(l, depth + 1, dst + i * loop->dst * l->elem, src + i * loop->src * l->elem);
}

static void *naive_prepare(const struct peer_loops *loops, char *plan, size_t size)
{
	snprintf(plan, size, "%zu nested loops", loops->n);
	return peer_loops_copy(loops, plan, size);
}

static void naive_run(void *job)
{
	const struct peer_loops *l = job;

	if (l->n)
		nested(l, 0, l->dst, l->src);
	else
		memcpy(l->dst, l->src, l->elem);
}

const struct peer peer_naive = {
	.name = "naive",
	.summary = "nested loops in C, in the destination's order",
	.prepare = naive_prepare,
	.run = naive_run,
	.release = free,
};

static void *memcpy_prepare(const struct peer_loops *loops, char *plan, size_t size)
{
	if (loops->n > 1 || (loops->n && (loops->loop[0].src != 1 || loops->loop[0].dst != 1))) {
		snprintf(plan, size, "the two sides are not both contiguous");
		return NULL;
	}
	snprintf(plan, size, "one call");
	return peer_loops_copy(loops, plan, size);
}

static void memcpy_run(void *job)
{
	const struct peer_loops *l = job;

	memcpy(l->dst, l->src, l->elem * (l->n ? l->loop[0].n : 1));
}

const struct peer peer_memcpy = {
	.name = "memcpy",
	.summary = "the C library's, where both sides are contiguous",
	.prepare = memcpy_prepare,
	.run = memcpy_run,
	.release = free,
};
