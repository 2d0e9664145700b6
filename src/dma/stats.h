/* SPDX-License-Identifier: BSD-3-Clause */
/* The counters of an engine: how its requests ended, and after how long.  A struct of
 * zeros is ready; see aml/stats.h for what is made of it. */
#ifndef AMLI_DMA_STATS_H
#define AMLI_DMA_STATS_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include "aml/error.h"
#include "aml/stats.h"

/* The first threads of a process have a shard each, which nobody else writes: they add
 * without locking the bus.  Later ones share the others. */
#define AMLI_STATS_OWN 8u
#define AMLI_STATS_SHARED 8u
#define AMLI_STATS_SHARDS (AMLI_STATS_OWN + AMLI_STATS_SHARED)
#define AMLI_STATS_BUCKETS AML_DMA_LATENCY_BUCKETS

/* What some of the threads count.  The gap keeps shards on lines of their own wherever the
 * struct begins. */
struct amli_stats_shard {
	_Atomic uint64_t latency[AMLI_STATS_BUCKETS]; /* [i]: completed in 2^i .. 2^(i+1) ticks */
	_Atomic uint64_t bytes, failed, cancelled, timed_out;
	char gap[64];
};

struct amli_stats {
	struct amli_stats_shard shard[AMLI_STATS_SHARDS];
};

/* This thread's number, from 1; 0 = it has none yet.  In static TLS, for speed. */
extern _Thread_local unsigned amli_stats_thread
	__attribute__((visibility("hidden"), tls_model("initial-exec")));
unsigned amli_stats_number_thread(void);

static inline struct amli_stats_shard *amli_stats_shard(struct amli_stats *stats)
{
	unsigned i = amli_stats_thread;

	if (__builtin_expect(i == 0, 0))
		i = amli_stats_number_thread();
	return &stats->shard[i <= AMLI_STATS_OWN ? i - 1 : AMLI_STATS_OWN + i % AMLI_STATS_SHARED];
}

/* By a thread that has a number. */
static inline void amli_stats_add(_Atomic uint64_t *counter, uint64_t n)
{
	if (amli_stats_thread <= AMLI_STATS_OWN)
		atomic_store_explicit(counter,
				      atomic_load_explicit(counter, memory_order_relaxed) + n,
				      memory_order_relaxed);
	else
		atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* A request ended that did not succeed. */
void amli_stats_ended(struct amli_stats_shard *shard, int status, size_t bytes);

/* A request ended, @ticks after it was submitted, having moved @bytes. */
static inline void amli_stats_done(struct amli_stats *stats, uint64_t ticks, int status,
				   size_t bytes)
{
	struct amli_stats_shard *shard = amli_stats_shard(stats);

	if (__builtin_expect(status != 0, 0)) {
		amli_stats_ended(shard, status, bytes);
		return;
	}
	if ((int64_t)ticks < 0) /* this core's counter is a little behind the submitter's */
		ticks = 0;
	amli_stats_add(&shard->latency[63 - __builtin_clzll(ticks | 1)], 1);
	if (bytes)
		amli_stats_add(&shard->bytes, bytes);
}

/* Fill all but size, in_flight and in_flight_most; in_flight is set before the call, so
 * that submitted comes out. */
void amli_stats_read(const struct amli_stats *stats, struct aml_dma_stats *out);

/* A few lines, each after "prefix: ". */
void amli_stats_print(const struct aml_dma_stats *stats, FILE *stream, const char *prefix);

#endif
