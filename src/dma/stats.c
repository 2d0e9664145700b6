/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>

#include "base/clock.h"
#include "dma/stats.h"

#define PER_LINE 6u

_Thread_local unsigned amli_stats_thread;

/* The numbers of the first ones are never given again. */
unsigned amli_stats_number_thread(void)
{
	static _Atomic uint64_t last;
	uint64_t i = atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;

	if (i > UINT32_MAX)
		i = AMLI_STATS_OWN + 1 + i % AMLI_STATS_SHARED;
	return amli_stats_thread = (unsigned)i;
}

void amli_stats_ended(struct amli_stats_shard *shard, int status, size_t bytes)
{
	if (status == -AML_ECANCELED)
		amli_stats_add(&shard->cancelled, 1);
	else if (status == -AML_ETIMEDOUT)
		amli_stats_add(&shard->timed_out, 1);
	else
		amli_stats_add(&shard->failed, 1);
	if (bytes)
		amli_stats_add(&shard->bytes, bytes);
}

static uint64_t load(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void add_shard(struct aml_dma_stats *out, const struct amli_stats_shard *shard)
{
	for (unsigned i = 0; i < AMLI_STATS_BUCKETS; i++)
		out->latency[i].n += load(&shard->latency[i]);
	out->bytes += load(&shard->bytes);
	out->failed += load(&shard->failed);
	out->cancelled += load(&shard->cancelled);
	out->timed_out += load(&shard->timed_out);
}

/* Where a bucket ends. */
static uint64_t upper_end(const struct aml_dma_stats *out, unsigned bucket)
{
	return bucket + 1 < AMLI_STATS_BUCKETS ? out->latency[bucket + 1].from_ns : UINT64_MAX;
}

/* Within its bucket the requests are taken to be spread evenly. */
static uint64_t percentile(const struct aml_dma_stats *out, double share)
{
	double rank = share * (double)out->completed, below = 0;

	for (unsigned i = 0; i < AMLI_STATS_BUCKETS; i++) {
		double n = (double)out->latency[i].n, width;

		if (n > 0 && below + n >= rank) {
			width = (double)(upper_end(out, i) - out->latency[i].from_ns);
			return out->latency[i].from_ns + (uint64_t)(width * (rank - below) / n);
		}
		below += n;
	}
	return 0;
}

static uint64_t most(const struct aml_dma_stats *out)
{
	for (unsigned i = AMLI_STATS_BUCKETS; i-- > 0;)
		if (out->latency[i].n)
			return upper_end(out, i);
	return 0;
}

void amli_stats_read(const struct amli_stats *stats, struct aml_dma_stats *out)
{
	out->completed = out->failed = out->cancelled = out->timed_out = out->bytes = 0;
	for (unsigned i = 0; i < AMLI_STATS_BUCKETS; i++) {
		out->latency[i].from_ns = i ? amli_ticks_span_ns(UINT64_C(1) << i) : 0;
		out->latency[i].n = 0;
	}
	for (unsigned i = 0; i < AMLI_STATS_SHARDS; i++)
		add_shard(out, &stats->shard[i]);
	for (unsigned i = 0; i < AMLI_STATS_BUCKETS; i++)
		out->completed += out->latency[i].n;
	out->submitted =
		out->completed + out->failed + out->cancelled + out->timed_out + out->in_flight;
	out->latency_p50_ns = percentile(out, 0.50);
	out->latency_p90_ns = percentile(out, 0.90);
	out->latency_p99_ns = percentile(out, 0.99);
	out->latency_max_ns = most(out);
}

/* Three digits or so, in the unit that suits. */
static void print_time(FILE *stream, const char *before, uint64_t ns)
{
	static const char *const units[] = {"ns", "us", "ms", "s"};
	double value = (double)ns;
	unsigned unit = 0;

	while (value >= 999.5 && unit < 3) {
		value /= 1000;
		unit++;
	}
	fprintf(stream, "%s%.*f %s", before, unit && value < 99.95 ? 1 : 0, value, units[unit]);
}

static void print_histogram(const struct aml_dma_stats *stats, FILE *stream, const char *prefix)
{
	unsigned printed = 0;

	for (unsigned i = 0; i < AMLI_STATS_BUCKETS; i++) {
		if (!stats->latency[i].n)
			continue;
		if (printed % PER_LINE)
			fputc(',', stream);
		else
			fprintf(stream, "%s%s: latency from:", printed ? "\n" : "", prefix);
		print_time(stream, " ", stats->latency[i].from_ns);
		fprintf(stream, " x %" PRIu64, stats->latency[i].n);
		printed++;
	}
	if (printed)
		fputc('\n', stream);
}

void amli_stats_print(const struct aml_dma_stats *stats, FILE *stream, const char *prefix)
{
	fprintf(stream,
		"%s: requests: %" PRIu64 " submitted, %" PRIu64 " completed, %" PRIu64
		" failed, %" PRIu64 " cancelled, %" PRIu64 " timed out\n",
		prefix, stats->submitted, stats->completed, stats->failed, stats->cancelled,
		stats->timed_out);
	fprintf(stream, "%s: in flight: %" PRIu64 ", at most %" PRIu64 "\n", prefix,
		stats->in_flight, stats->in_flight_most);
	fprintf(stream, "%s: bytes: %" PRIu64 "\n", prefix, stats->bytes);
	if (!stats->completed)
		return;
	fprintf(stream, "%s: latency:", prefix);
	print_time(stream, " p50 ", stats->latency_p50_ns);
	print_time(stream, ", p90 ", stats->latency_p90_ns);
	print_time(stream, ", p99 ", stats->latency_p99_ns);
	print_time(stream, ", below ", stats->latency_max_ns);
	fputc('\n', stream);
	print_histogram(stats, stream, prefix);
}
