/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an engine has done: counters, and how long its requests took.
 *
 *	struct aml_dma_stats stats = {.size = sizeof(stats)};
 *
 *	aml_dma_stats(dma, &stats);
 *
 * aml_dma_fprintf() prints the same.  Counters only grow, from aml_dma_open() on.  They
 * are read one by one while requests go on, so that sums may be off by those that end
 * just then.
 */
#ifndef AML_STATS_H
#define AML_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "aml/api.h"

#ifdef __cplusplus
extern "C" {
#endif

struct aml_dma;

#define AML_DMA_LATENCY_BUCKETS 64

/**
 * Latency is the time from submit to done of requests that completed.  It is counted in
 * buckets, each twice as wide as the one before, so the percentiles are interpolated
 * within one, and the maximum is the upper end of the highest bucket that is not empty.
 */
struct aml_dma_stats {
	size_t size; /* set by the caller: sizeof(struct aml_dma_stats) */

	uint64_t submitted; /* requests that were accepted: the sum of the next five */
	uint64_t completed; /* without error */
	uint64_t failed;
	uint64_t cancelled;
	uint64_t timed_out;
	uint64_t in_flight;	 /* accepted and not ended */
	uint64_t in_flight_most; /* at any one time */
	uint64_t bytes;		 /* moved, also by requests that then ended badly */

	struct {
		uint64_t from_ns; /* up to from_ns of the next one */
		uint64_t n;	  /* requests */
	} latency[AML_DMA_LATENCY_BUCKETS];
	uint64_t latency_p50_ns; /* these four are 0 when nothing completed */
	uint64_t latency_p90_ns;
	uint64_t latency_p99_ns;
	uint64_t latency_max_ns;
};

/**
 * Read an engine's counters.
 *
 * @param stats  [out] its size is set before the call; of a size this library does not
 *               know, what it knows is filled and the rest is 0
 *
 * @return 0
 * @return -AML_EINVAL   an argument is NULL, or size is less than that of the first
 *                       release
 * @return -AML_ENOTSUP  an engine of the program's own
 *
 * Threads: any.
 */
AML_API int aml_dma_stats(const struct aml_dma *dma, struct aml_dma_stats *stats);

#ifdef __cplusplus
}
#endif
#endif
