/* SPDX-License-Identifier: BSD-3-Clause */
/* Callbacks: when they are called, and what they are told. */
#include <check.h>
#include <stdlib.h>

#include "tests/lib/caller.h"
#include "tests/lib/engines.h"
#include "tests/lib/job.h"
#include "tests/lib/manual.h"
#include "tests/lib/slot.h"

static struct pair p, q;

static void setup(void)
{
	p = pair_dense(16, 4);
	q = pair_dense(16, 4);
}

static void teardown(void)
{
	pair_free(&p);
	pair_free(&q);
}

static struct aml_dma_job telling(struct told *told)
{
	struct aml_dma_job job = job_of(&p);

	job.done = tell;
	job.done_arg = told;
	return job;
}

START_TEST(a_callback_is_called_once_and_told_what_happened)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct told told = {0};
	const struct aml_dma_job job = telling(&told);
	struct aml_dma_request *req = submit_job(dma, &job), *same = req;
	struct aml_dma_info info = {.size = sizeof(info)};

	manual_start(0);
	ck_assert_int_eq(told.times, 0);
	aml_request_advance(manual.req[0], 12);
	aml_request_stopped(manual.req[0], AML_DMA_SIDE_SRC, 12);
	aml_request_complete(manual.req[0], -AML_EIO);
	ck_assert_int_eq(told.times, 1);
	ck_assert_ptr_eq(told.req, same);
	ck_assert_int_eq(told.info.phase, AML_DMA_DONE);
	ck_assert_int_eq(told.info.outcome, AML_DMA_FAILED);
	ck_assert_int_eq(told.info.status, -AML_EIO);
	ck_assert_int_eq(told.info.stopped, AML_DMA_RUNNING);
	ck_assert_int_eq(told.info.side, AML_DMA_SIDE_SRC);
	ck_assert_uint_eq(told.info.offset, 12);
	ck_assert_uint_eq(told.info.bytes_done, 12);
	ck_assert_uint_eq(told.info.bytes, 64);
	ck_assert_int_eq(aml_dma_wait_info(dma, &req, 0, &info), -AML_EIO);
	ck_assert(info.submitted_ns == told.info.submitted_ns &&
		  info.started_ns == told.info.started_ns && info.done_ns == told.info.done_ns);
	ck_assert_int_eq(told.times, 1);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_callback_of_a_detached_request_has_no_handle)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct told told = {.req = (struct aml_dma_request *)&dma};
	const struct aml_dma_job job = telling(&told);

	ck_assert_int_eq(aml_dma_submit(dma, NULL, &job), 0);
	manual_complete(0, 0);
	ck_assert_int_eq(told.times, 1);
	ck_assert_ptr_null(told.req);
	ck_assert_int_eq(told.info.outcome, AML_DMA_OK);
	ck_assert_uint_eq(told.info.bytes_done, 64);
	aml_dma_close(&dma);
}
END_TEST

static void be_slow(struct told *told)
{
	(void)told;
	sleep_us(3000);
}

START_TEST(when_calls_that_wait_return_the_callback_has)
{
	for (int how = 0; how < 5; how++) {
		struct aml_dma *dma = engines_open(_i);
		struct told told = {.then = be_slow};
		const struct aml_dma_job job = telling(&told);
		struct aml_dma_request *req = submit_job(dma, &job);
		size_t index;

		if (how == 0)
			ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
		else if (how == 1)
			ck_assert_int_eq(aml_dma_barrier(dma), 0);
		else if (how == 2)
			ck_assert_int_eq(aml_dma_wait_any(1, &req, AML_DMA_FOREVER, &index), 0);
		else if (how == 3)
			ck_assert_int_eq(aml_dma_cancel(dma, &req), 0);
		if (how < 4)
			ck_assert_int_eq(told.times, 1);
		ck_assert_int_eq(aml_dma_close(&dma), 0);
		ck_assert_int_eq(told.times, 1);
		ck_assert(how == 3 || pair_dst_equals_oracle(&p));
		pair_reset(&p);
	}
}
END_TEST

START_TEST(cancelled_and_late_and_blocked_requests_are_told_too)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct told told[3] = {{0}};
	struct aml_dma_job job = telling(&told[0]);
	struct aml_dma_request *req[3] = {submit_job(dma, &job)};

	job = telling(&told[1]);
	job.timeout_us = 1000;
	req[1] = submit_job(dma, &job);
	job = telling(&told[2]);
	job.after = req;
	job.nafter = 2;
	req[2] = submit_job(dma, &job);
	ck_assert_int_eq(aml_dma_wait(dma, &req[1]), -AML_ETIMEDOUT);
	ck_assert_int_eq(told[1].info.outcome, AML_DMA_TIMED_OUT);
	ck_assert_int_eq(aml_dma_cancel(dma, &req[0]), 0);
	ck_assert_int_eq(told[0].info.outcome, AML_DMA_DROPPED);
	ck_assert_int_eq(aml_dma_wait(dma, &req[2]), -AML_ETIMEDOUT);
	ck_assert_int_eq(told[2].info.outcome, AML_DMA_FAILED);
	ck_assert_int_eq(told[2].info.stopped, AML_DMA_BLOCKED);
	ck_assert_int_eq(told[0].times + told[1].times + told[2].times, 3);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_refused_request_is_not_told)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct told told = {0};
	const struct aml_dma_job job = telling(&told);
	struct aml_dma_request *req;

	manual.submit_fails = -AML_EIO;
	ck_assert_int_eq(aml_dma_submit(dma, &req, &job), -AML_EIO);
	ck_assert_int_eq(aml_dma_submit(dma, NULL, &job), -AML_EIO);
	aml_dma_close(&dma);
	ck_assert_int_eq(told.times, 0);
}
END_TEST

static void ask_about_it(struct told *told)
{
	struct aml_dma_info info = {.size = sizeof(info)};

	ck_assert_int_eq(aml_dma_info(told->dma, told->req, &info), 0);
}

/* The engine has never had it, so there is nothing that it could cancel. */
START_TEST(a_blocked_request_that_is_late_is_no_affair_of_the_engine)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *before[1] = {submit_pair(dma, &q)}, *req;
	struct told told = {.then = ask_about_it, .dma = dma};
	struct aml_dma_job job = telling(&told);

	job.after = before;
	job.nafter = 1;
	job.timeout_us = 1;
	req = submit_job(dma, &job);
	sleep_us(2000);
	info_of(dma, req); /* ends it */
	ck_assert_int_eq(told.times, 1);
	ck_assert_int_eq(manual.cancelled, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_ETIMEDOUT);
	manual_complete(0, 0);
	ck_assert_int_eq(manual.submitted, 1);
	ck_assert_int_eq(aml_dma_wait(dma, &before[0]), 0);
	aml_dma_close(&dma);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("callback");
	TCase *tc = tcase_create("callback");
	SRunner *runner = srunner_create(suite);
	int failed, n = engines_count();

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_callback_is_called_once_and_told_what_happened);
	tcase_add_test(tc, a_callback_of_a_detached_request_has_no_handle);
	tcase_add_loop_test(tc, when_calls_that_wait_return_the_callback_has, 0, n);
	tcase_add_test(tc, cancelled_and_late_and_blocked_requests_are_told_too);
	tcase_add_test(tc, a_refused_request_is_not_told);
	tcase_add_test(tc, a_blocked_request_that_is_late_is_no_affair_of_the_engine);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
