/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aml/dma.h"
#include "aml/error.h"
#include "tests/lib/gate.h"
#include "tests/lib/pair.h"

static struct pair p;

static void setup(void)
{
	p = pair_dense(50, 4);
}

static void teardown(void)
{
	pair_free(&p);
}

static struct aml_dma *open_fault(const char *spec)
{
	struct aml_dma *dma;

	ck_assert_msg(aml_dma_open(&dma, spec) == 0, "%s", aml_error_detail());
	return dma;
}

static struct aml_dma_request *submit(struct aml_dma *dma)
{
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_async_copy(dma, &req, p.dst, p.src), 0);
	return req;
}

static bool untouched(void)
{
	return !memcmp(p.to.memory, p.to.before, p.to.size);
}

START_TEST(wait_reports_what_the_engine_reported)
{
	struct aml_dma *dma = open_fault("fault:engine=memcpy,fail_at=1");
	struct aml_dma_request *req = submit(dma);

	ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_EIO);
	ck_assert_ptr_null(req);
	ck_assert(untouched());
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	aml_dma_close(&dma);
}
END_TEST

START_TEST(only_the_requests_asked_for_fail)
{
	static const char *const inner[] = {"memcpy", "(pool:threads=2)", "(pool:threads=0)"};

	for (size_t i = 0; i < sizeof(inner) / sizeof(inner[0]); i++) {
		char spec[100];
		struct aml_dma *dma;

		snprintf(spec, sizeof(spec), "fault:engine=%s,fail_at=7,fail_every=5", inner[i]);
		dma = open_fault(spec);
		for (int n = 1; n <= 20; n++)
			ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src),
					 n == 7 || n % 5 == 0 ? -AML_EIO : 0);
		ck_assert_int_eq(aml_dma_barrier(dma), 0); /* all were reported */
		aml_dma_close(&dma);
	}
}
END_TEST

START_TEST(failures_nobody_waited_for_are_left_to_the_barrier)
{
	struct aml_dma *dma = open_fault("fault:engine=(pool:threads=0),fail_at=2");

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(aml_dma_async_copy(dma, NULL, p.dst, p.src), 0);
	ck_assert_int_eq(aml_dma_barrier(dma), -AML_EIO);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

/* Which of the first 64 requests fail, as bits. */
static uint64_t failures(const char *spec)
{
	struct aml_dma *dma = open_fault(spec);
	uint64_t bits = 0;

	for (int i = 0; i < 64; i++)
		if (aml_dma_copy(dma, p.dst, p.src))
			bits |= UINT64_C(1) << i;
	aml_dma_close(&dma);
	return bits;
}

START_TEST(random_failures_follow_from_the_seed)
{
	uint64_t half = failures("fault:rate=50,seed=3");

	ck_assert(half == failures("fault:rate=50,seed=3,engine=(pool:threads=2)"));
	ck_assert(half != failures("fault:rate=50,seed=4"));
	ck_assert_int_gt(__builtin_popcountll(half), 16);
	ck_assert_int_lt(__builtin_popcountll(half), 48);
	ck_assert(failures("fault:rate=0,seed=3") == 0);
	ck_assert(failures("fault:rate=100") == UINT64_MAX);
}
END_TEST

START_TEST(a_delayed_request_takes_its_time)
{
	static const char *const specs[] = {
		"fault:engine=memcpy,delay_us=20000",
		"fault:engine=(pool:threads=1),delay_us=20000",
		"fault:engine=(pool:threads=0),delay_us=20000",
	};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct aml_dma *dma = open_fault(specs[i]);
		double begin = now_us();
		struct aml_dma_request *req = submit(dma);

		ck_assert(untouched());
		ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
		ck_assert(now_us() - begin >= 20000);
		ck_assert(pair_dst_equals_oracle(&p));
		pair_reset(&p);
		aml_dma_close(&dma);
	}
}
END_TEST

START_TEST(a_delayed_request_can_fail)
{
	struct aml_dma *dma = open_fault("fault:delay_us=1000,fail_at=1");
	struct aml_dma_request *req = submit(dma);

	ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_EIO);
	ck_assert(untouched());
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_held_request_is_cancelled_at_once)
{
	struct aml_dma *dma = open_fault("fault:engine=memcpy,delay_us=60000000");
	struct aml_dma_request *req[3];
	double begin = now_us();

	for (int i = 0; i < 3; i++)
		req[i] = submit(dma);
	ck_assert_int_eq(aml_dma_cancel(dma, &req[1]), 0);
	ck_assert_int_eq(aml_dma_cancel(dma, &req[0]), 0);
	ck_assert_int_eq(aml_dma_cancel(dma, &req[2]), 0);
	ck_assert(now_us() - begin < 1000000);
	ck_assert(untouched());
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(cancel_reaches_the_inner_engine)
{
	struct aml_dma *dma = open_fault("fault:engine=(pool:threads=1)");
	struct gate gate = {0};
	struct aml_dma_request *busy, *req;

	ck_assert_int_eq(aml_dma_async_copy_custom(dma, &busy, no_layout(), no_layout(), gate_pass,
						   &gate),
			 0);
	gate_await(&gate);
	req = submit(dma);
	ck_assert_int_eq(aml_dma_cancel(dma, &req), 0); /* at once: the only worker is inside */
	ck_assert_int_eq(gate.left, 0);
	gate_open(&gate);
	ck_assert_int_eq(aml_dma_wait(dma, &busy), 0);
	ck_assert(untouched());
	aml_dma_close(&dma);
}
END_TEST

START_TEST(detached_requests_go_on_when_somebody_waits)
{
	struct aml_dma *dma = open_fault("fault:engine=memcpy,delay_us=1000");
	struct pair q = pair_dense(20, 4);
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_async_copy(dma, NULL, q.dst, q.src), 0);
	req = submit(dma);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0); /* for another one */
	ck_assert(pair_dst_equals_oracle(&q));
	pair_reset(&q);
	ck_assert_int_eq(aml_dma_async_copy(dma, NULL, q.dst, q.src), 0);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert(pair_dst_equals_oracle(&q));
	pair_reset(&q);
	ck_assert_int_eq(aml_dma_async_copy(dma, NULL, q.dst, q.src), 0);
	aml_dma_close(&dma);
	ck_assert(pair_dst_equals_oracle(&q));
	pair_free(&q);
}
END_TEST

START_TEST(a_waiter_sleeps_while_requests_are_held)
{
	struct aml_dma *dma = open_fault("fault:delay_us=100000");
	struct aml_dma_request *first = submit(dma), *second;
	struct pair q = pair_dense(20, 4);
	clock_t used;

	sleep_us(50000);
	ck_assert_int_eq(aml_dma_async_copy(dma, &second, q.dst, q.src), 0);
	used = clock();
	ck_assert_int_eq(aml_dma_wait(dma, &second), 0); /* the first one goes 50 ms earlier */
	ck_assert_int_lt(clock() - used, CLOCKS_PER_SEC / 50);
	ck_assert_int_eq(aml_dma_wait(dma, &first), 0);
	aml_dma_close(&dma);
	pair_free(&q);
}
END_TEST

START_TEST(it_can_what_the_inner_engine_can)
{
	struct aml_dma *dma = open_fault("fault:engine=(pool:threads=2)");
	struct aml_dma_caps caps;

	ck_assert_int_eq(aml_dma_caps(dma, &caps), 0);
	ck_assert_uint_eq(caps.threads, 2);
	ck_assert_uint_eq(caps.flags, AML_DMA_HOST | AML_DMA_OPERATORS | AML_DMA_CANCEL);
	aml_dma_close(&dma);
	dma = open_fault("fault:delay_us=1");
	ck_assert_int_eq(aml_dma_caps(dma, &caps), 0);
	ck_assert(caps.flags & AML_DMA_PROGRESS);
	ck_assert(!(caps.flags & AML_DMA_INLINE));
	aml_dma_close(&dma);
}
END_TEST

START_TEST(bad_keys_and_bad_inner_engines_are_refused)
{
	static const char *const bad[] = {
		"fault:engine=warp",
		"fault:engine=(pool:threads=x)",
		"fault:fail_at=x",
		"fault:rate=101",
		"fault:delay_us=1000000001",
		"fault:engine=(fault:rate=101)",
		"fault:stall",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct aml_dma *dma;

		ck_assert_msg(aml_dma_open(&dma, bad[i]) == -AML_EINVAL, "%s", bad[i]);
		ck_assert_ptr_null(dma);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fault");
	TCase *tc = tcase_create("fault");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, wait_reports_what_the_engine_reported);
	tcase_add_test(tc, only_the_requests_asked_for_fail);
	tcase_add_test(tc, failures_nobody_waited_for_are_left_to_the_barrier);
	tcase_add_test(tc, random_failures_follow_from_the_seed);
	tcase_add_test(tc, a_delayed_request_takes_its_time);
	tcase_add_test(tc, a_delayed_request_can_fail);
	tcase_add_test(tc, a_held_request_is_cancelled_at_once);
	tcase_add_test(tc, cancel_reaches_the_inner_engine);
	tcase_add_test(tc, detached_requests_go_on_when_somebody_waits);
	tcase_add_test(tc, a_waiter_sleeps_while_requests_are_held);
	tcase_add_test(tc, it_can_what_the_inner_engine_can);
	tcase_add_test(tc, bad_keys_and_bad_inner_engines_are_refused);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
