/* SPDX-License-Identifier: BSD-3-Clause */
/* The counters of an engine, and what is read and printed from them. */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dma/stats.h"

static struct aml_dma_stats read_all(const struct amli_stats *stats)
{
	struct aml_dma_stats out = {.size = sizeof(out)};

	amli_clock_init();
	amli_stats_read(stats, &out);
	return out;
}

static void done(struct amli_stats *stats, unsigned times, uint64_t ticks)
{
	for (unsigned i = 0; i < times; i++)
		amli_stats_done(stats, ticks, 0, 1);
}

START_TEST(each_way_to_end_has_its_counter)
{
	struct amli_stats stats = {0};
	struct aml_dma_stats out = {.in_flight = 6};

	amli_stats_done(&stats, 100, 0, 4096);
	amli_stats_done(&stats, 100, 0, 4);
	amli_stats_done(&stats, 100, 0, 0);
	amli_stats_done(&stats, 100, -AML_EIO, 1000);
	amli_stats_done(&stats, 100, -1234, 0);
	amli_stats_done(&stats, 100, -AML_ECANCELED, 20);
	amli_stats_done(&stats, 100, -AML_ETIMEDOUT, 0);
	amli_stats_read(&stats, &out);
	ck_assert_uint_eq(out.completed, 3);
	ck_assert_uint_eq(out.failed, 2);
	ck_assert_uint_eq(out.cancelled, 1);
	ck_assert_uint_eq(out.timed_out, 1);
	ck_assert_uint_eq(out.bytes, 5120);
	ck_assert_uint_eq(out.submitted, 13);
	ck_assert_uint_eq(out.in_flight, 6);
	amli_stats_read(&stats, &out); /* again: nothing is counted twice */
	ck_assert_uint_eq(out.completed, 3);
	ck_assert_uint_eq(out.bytes, 5120);
}
END_TEST

START_TEST(a_latency_is_counted_between_its_powers_of_two)
{
	for (unsigned bucket = 0; bucket < 63; bucket++) {
		struct amli_stats stats = {0};
		struct aml_dma_stats out;

		done(&stats, 1, bucket ? UINT64_C(1) << bucket : 0);
		done(&stats, 1, (UINT64_C(1) << bucket) + ((UINT64_C(1) << bucket) - 1));
		out = read_all(&stats);
		ck_assert_uint_eq(out.latency[bucket].n, 2);
		ck_assert_uint_eq(out.completed, 2);
		ck_assert_uint_eq(out.latency_max_ns, out.latency[bucket + 1].from_ns);
		if (bucket > 4) /* before, it may be the same nanosecond */
			ck_assert_uint_gt(out.latency[bucket + 1].from_ns,
					  out.latency[bucket].from_ns);
	}
}
END_TEST

START_TEST(a_stamp_from_a_core_that_is_behind_counts_as_no_time)
{
	struct amli_stats stats = {0};

	done(&stats, 1, (uint64_t)-20);
	ck_assert_uint_eq(read_all(&stats).latency[0].n, 1);
}
END_TEST

START_TEST(buckets_are_in_nanoseconds)
{
	struct amli_stats stats = {0};
	struct aml_dma_stats out = read_all(&stats);
	double ratio;

	ck_assert_uint_eq(out.latency[0].from_ns, 0);
	ratio = (double)out.latency[40].from_ns / (double)amli_ticks_span_ns(UINT64_C(1) << 40);
	ck_assert_msg(ratio > 0.9 && ratio < 1.1, "%g", ratio);
	ratio = (double)out.latency[41].from_ns / (double)out.latency[40].from_ns;
	ck_assert_msg(ratio > 1.9 && ratio < 2.1, "%g", ratio);
}
END_TEST

static double within(const struct aml_dma_stats *stats, unsigned bucket, double share)
{
	double from = (double)stats->latency[bucket].from_ns;

	return from + share * ((double)stats->latency[bucket + 1].from_ns - from);
}

START_TEST(percentiles_are_where_the_requests_are)
{
	struct amli_stats stats = {0};
	struct aml_dma_stats out = read_all(&stats);

	ck_assert_uint_eq(out.latency_p50_ns, 0);
	ck_assert_uint_eq(out.latency_max_ns, 0);
	done(&stats, 800, UINT64_C(1) << 20);
	done(&stats, 150, UINT64_C(1) << 30);
	done(&stats, 50, UINT64_C(1) << 35);
	out = read_all(&stats);
	/* 500 of the 800 in bucket 20; the 100th of 150 in 30; the 40th of 50 in 35 */
	ck_assert_double_eq_tol((double)out.latency_p50_ns, within(&out, 20, 500. / 800), 2);
	ck_assert_double_eq_tol((double)out.latency_p90_ns, within(&out, 30, 100. / 150), 2);
	ck_assert_double_eq_tol((double)out.latency_p99_ns, within(&out, 35, 40. / 50), 2);
	ck_assert_uint_eq(out.latency_max_ns, out.latency[36].from_ns);
}
END_TEST

#define NTHREADS 20u
#define TIMES 20000u

static struct amli_stats shared;

static void *count_many(void *arg)
{
	for (unsigned i = 0; i < TIMES; i++) {
		amli_stats_done(&shared, i, 0, 3);
		amli_stats_done(&shared, i, -AML_ECANCELED, 1);
	}
	*(size_t *)arg = (size_t)(amli_stats_shard(&shared) - shared.shard);
	return NULL;
}

START_TEST(nothing_is_lost_between_threads_and_the_first_have_a_shard_each)
{
	pthread_t thread[NTHREADS];
	size_t shard[NTHREADS];
	unsigned used = 0;
	struct aml_dma_stats out;

	for (unsigned i = 0; i < NTHREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, count_many, &shard[i]), 0);
	for (unsigned i = 0; i < 10; i++)
		ck_assert_uint_le(read_all(&shared).completed, NTHREADS * TIMES);
	for (unsigned i = 0; i < NTHREADS; i++) {
		pthread_join(thread[i], NULL);
		ck_assert(shard[i] >= AMLI_STATS_OWN || !(used >> shard[i] & 1));
		used |= 1u << shard[i];
	}
	out = read_all(&shared);
	ck_assert_uint_eq(out.completed, NTHREADS * TIMES);
	ck_assert_uint_eq(out.cancelled, NTHREADS * TIMES);
	ck_assert_uint_eq(out.bytes, NTHREADS * TIMES * 4);
	/* one may be the main thread's */
	ck_assert_int_ge(__builtin_popcount(used), AMLI_STATS_SHARDS - 1);
}
END_TEST

START_TEST(shards_share_no_cache_line)
{
	static struct amli_stats stats;
	uintptr_t end = (uintptr_t)&stats.shard[0].timed_out + sizeof(uint64_t);

	ck_assert_uint_ge((uintptr_t)&stats.shard[1] - end, 64);
}
END_TEST

/* What is printed, in a string to be freed. */
static char *printed(const struct aml_dma_stats *stats)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(file);
	amli_stats_print(stats, file, "dma0");
	fclose(file);
	return text;
}

START_TEST(lines_have_the_prefix_and_say_what_was_counted)
{
	struct aml_dma_stats stats = {.submitted = 21,
				      .completed = 12,
				      .failed = 4,
				      .cancelled = 3,
				      .timed_out = 2,
				      .in_flight = 0,
				      .in_flight_most = 9,
				      .bytes = 8192,
				      .latency_p50_ns = 999,
				      .latency_p90_ns = 12345,
				      .latency_p99_ns = 2500000,
				      .latency_max_ns = 3000000000};
	char *text;

	for (unsigned i = 0; i < 8; i++) {
		stats.latency[i].from_ns = 100u << i;
		stats.latency[i].n = i == 1 ? 0 : i + 1;
	}
	text = printed(&stats);
	ck_assert_str_eq(text, "dma0: requests: 21 submitted, 12 completed, 4 failed, "
			       "3 cancelled, 2 timed out\n"
			       "dma0: in flight: 0, at most 9\n"
			       "dma0: bytes: 8192\n"
			       "dma0: latency: p50 999 ns, p90 12.3 us, p99 2.5 ms, below 3.0 s\n"
			       "dma0: latency from: 100 ns x 1, 400 ns x 3, 800 ns x 4, "
			       "1.6 us x 5, 3.2 us x 6, 6.4 us x 7\n"
			       "dma0: latency from: 12.8 us x 8\n");
	free(text);
}
END_TEST

START_TEST(an_engine_that_did_nothing_prints_no_latency)
{
	struct amli_stats stats = {0};
	struct aml_dma_stats out = read_all(&stats);
	char *text = printed(&out);

	ck_assert_ptr_nonnull(strstr(text, "dma0: bytes: 0\n"));
	ck_assert_ptr_null(strstr(text, "latency"));
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stats");
	TCase *tc = tcase_create("stats");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, each_way_to_end_has_its_counter);
	tcase_add_test(tc, a_latency_is_counted_between_its_powers_of_two);
	tcase_add_test(tc, a_stamp_from_a_core_that_is_behind_counts_as_no_time);
	tcase_add_test(tc, buckets_are_in_nanoseconds);
	tcase_add_test(tc, percentiles_are_where_the_requests_are);
	tcase_add_test(tc, nothing_is_lost_between_threads_and_the_first_have_a_shard_each);
	tcase_add_test(tc, shards_share_no_cache_line);
	tcase_add_test(tc, lines_have_the_prefix_and_say_what_was_counted);
	tcase_add_test(tc, an_engine_that_did_nothing_prints_no_latency);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
