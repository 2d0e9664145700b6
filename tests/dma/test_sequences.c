/* SPDX-License-Identifier: BSD-3-Clause */
/* The sequences that other libraries of asynchronous copies hang on, crash on or lose data
 * with, on every engine. */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "tests/lib/batch.h"
#include "tests/lib/caller.h"
#include "tests/lib/engines.h"
#include "tests/lib/job.h"

static struct aml_dma *dma;

/* The engine of this turn of the loop. */
#define ON_ENGINE dma = engines_open(_i)

static void end_engine(void)
{
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}

START_TEST(async_barrier_wait)
{
	enum { N = 30 };
	struct aml_dma_request *req[N];
	struct pair p[N];

	ON_ENGINE;
	for (int i = 0; i < N; i++) {
		p[i] = pair_dense(300, 4);
		ck_assert_int_eq(aml_dma_async_copy(dma, &req[i], p[i].dst, p[i].src), 0);
	}
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	for (int i = 0; i < N; i++)
		ck_assert(pair_dst_equals_oracle(&p[i]));
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	for (int i = 0; i < N; i++) {
		ck_assert_int_eq(aml_dma_wait(dma, &req[i]), 0);
		ck_assert_int_eq(aml_dma_wait(dma, &req[i]), -AML_EINVAL);
		pair_free(&p[i]);
	}
	end_engine();
}
END_TEST

START_TEST(cancel_queued_behind_one_that_runs)
{
	struct gate gate = {0};
	const struct aml_dma_job through = job_through(&gate);
	struct pair p = pair_dense(100, 4);
	struct aml_dma_info info = {.size = sizeof(info)};
	struct aml_dma_request *first, *req;

	ck_assert_int_eq(aml_dma_open(&dma, _i ? "fault:engine=(pool:threads=1,small=0)"
					       : "pool:threads=1,small=0"),
			 0);
	first = submit_job(dma, &through);
	gate_await(&gate);
	req = submit_pair(dma, &p);
	ck_assert_int_eq(aml_dma_cancel_info(dma, &req, &info), 0);
	ck_assert_int_eq(info.outcome, AML_DMA_DROPPED);
	gate_open(&gate);
	ck_assert_int_eq(aml_dma_wait(dma, &first), 0);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert(!pair_dst_equals_oracle(&p)); /* nothing was written */
	pair_free(&p);
	end_engine();
}
END_TEST

START_TEST(cancel_running_waits_until_nobody_touches_anything)
{
	struct gate gate = {0};
	const struct aml_dma_job through = job_through(&gate);
	struct caller c = {.call = call_cancel};

	ck_assert_int_eq(aml_dma_open(&dma, _i ? "fault:engine=(pool:threads=1,small=0)"
					       : "pool:threads=1,small=0"),
			 0);
	c.dma = dma;
	c.req = submit_job(dma, &through);
	gate_await(&gate);
	caller_begin(&c);
	sleep_us(3000);
	ck_assert(!c.over);
	gate_open(&gate);
	ck_assert_int_eq(caller_end(&c), 0);
	ck_assert_int_eq(gate.left, 1);
	ck_assert_ptr_null(c.req);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	end_engine();
}
END_TEST

START_TEST(destroy_layouts_early)
{
	enum { N = 30 };
	struct aml_dma_request *req[N];
	struct pair p[N];

	ON_ENGINE;
	for (int i = 0; i < N; i++) {
		p[i] = pair_random((unsigned)i, 0, false);
		ck_assert_int_eq(aml_dma_async_copy(dma, &req[i], p[i].dst, p[i].src), 0);
		aml_layout_destroy(&p[i].dst);
		aml_layout_destroy(&p[i].src);
	}
	for (int i = 0; i < N; i++) {
		ck_assert_int_eq(aml_dma_wait(dma, &req[i]), 0);
		ck_assert_msg(pair_dst_equals_oracle(&p[i]), "%s", p[i].text);
		pair_free(&p[i]);
	}
	end_engine();
}
END_TEST

static void *barriers(void *arg)
{
	long bad = 0;

	(void)arg;
	for (int i = 0; i < 100; i++)
		bad += aml_dma_barrier(dma) != 0;
	return (void *)bad;
}

static void *waits(void *arg)
{
	struct pair p = pair_dense(64, 8);
	long bad = 0;

	(void)arg;
	for (int i = 0; i < 100; i++) {
		struct aml_dma_request *req;

		bad += aml_dma_async_copy(dma, &req, p.dst, p.src) != 0;
		bad += aml_dma_wait(dma, &req) != 0;
	}
	bad += !pair_dst_equals_oracle(&p);
	pair_free(&p);
	return (void *)bad;
}

START_TEST(concurrent_barrier_and_wait)
{
	pthread_t thread[4];

	ON_ENGINE;
	for (int i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, i % 2 ? waits : barriers, NULL);
	for (int i = 0; i < 4; i++) {
		void *bad;

		pthread_join(thread[i], &bad);
		ck_assert_ptr_null(bad);
	}
	end_engine();
}
END_TEST

START_TEST(reverse_order_wait_of_64k_requests)
{
	size_t n = 65536;
	static const size_t bytes = 64;
	struct aml_dma_request **req;
	struct many m;
	long refused = 0, failed = 0;

	ON_ENGINE;
	if (engine_has(dma, AML_DMA_PROGRESS)) /* seconds, where each takes a system call */
		n /= 8;
	req = calloc(n, sizeof(*req));
	m = many_make(n, &bytes, 1);
	for (size_t i = 0; i < n; i++)
		refused += aml_dma_async_copy(dma, &req[i], m.dst[i], m.src[i]) != 0;
	for (size_t i = n; i-- > 0;)
		failed += aml_dma_wait(dma, &req[i]) != 0;
	ck_assert_int_eq(refused + failed, 0);
	ck_assert(!memcmp(m.to, m.from, m.most));
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	many_free(&m);
	free(req);
	end_engine();
}
END_TEST

START_TEST(wait_for_one_of_many_that_never_end)
{
	struct pair p[8];
	struct aml_dma_request *req[8];
	size_t index;

	ck_assert_int_eq(aml_dma_open(&dma, "fault:engine=memcpy,fail_every=2,stall,thread"), 0);
	for (int i = 0; i < 8; i++) {
		p[i] = pair_dense(16, 4);
		req[i] = submit_pair(dma, &p[i]);
	}
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(aml_dma_wait_any(8, req, AML_DMA_FOREVER, &index), 0);
		ck_assert(index % 2 == 0 && pair_dst_equals_oracle(&p[index]));
	}
	ck_assert_int_eq(aml_dma_wait_any(8, req, 2000, &index), -AML_ETIMEDOUT);
	for (int i = 1; i < 8; i += 2)
		ck_assert_int_eq(aml_dma_cancel(dma, &req[i]), 0);
	for (int i = 0; i < 8; i++)
		pair_free(&p[i]);
	end_engine();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sequences");
	TCase *tc = tcase_create("sequences");
	SRunner *runner = srunner_create(suite);
	int failed, n = engines_count();

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, async_barrier_wait, 0, n);
	tcase_add_loop_test(tc, cancel_queued_behind_one_that_runs, 0, 2);
	tcase_add_loop_test(tc, cancel_running_waits_until_nobody_touches_anything, 0, 2);
	tcase_add_loop_test(tc, destroy_layouts_early, 0, n);
	tcase_add_loop_test(tc, concurrent_barrier_and_wait, 0, n);
	tcase_add_loop_test(tc, reverse_order_wait_of_64k_requests, 0, n);
	tcase_add_test(tc, wait_for_one_of_many_that_never_end);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
