/* SPDX-License-Identifier: BSD-3-Clause */
/* The end of engines: close drains or cancels by choice. */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>

#include "tests/lib/caller.h"
#include "tests/lib/engines.h"
#include "tests/lib/job.h"
#include "tests/lib/manual.h"
#include "tests/lib/slot.h"

static struct pair p;

static void setup(void)
{
	p = pair_dense(16, 4);
}

static void teardown(void)
{
	pair_free(&p);
}

static struct aml_dma_request *submit_telling(struct aml_dma *dma, struct told *told, bool held)
{
	struct aml_dma_job job = job_of(&p);
	struct aml_dma_request *req = NULL;

	job.done = tell;
	job.done_arg = told;
	ck_assert_int_eq(aml_dma_submit(dma, held ? &req : NULL, &job), 0);
	return req;
}

START_TEST(close_finishes_what_was_submitted)
{
	enum { N = 50 };
	struct aml_dma *dma = engines_open(_i);
	struct pair q[N];

	for (int i = 0; i < N; i++) {
		struct aml_dma_request *req; /* nobody waits for it */

		q[i] = pair_dense(i % 10 ? 50 : 100000, 4);
		ck_assert_int_eq(aml_dma_async_copy(dma, i % 2 ? &req : NULL, q[i].dst, q[i].src),
				 0);
	}
	ck_assert_int_eq(aml_dma_close(&dma), 0);
	ck_assert_ptr_null(dma);
	for (int i = 0; i < N; i++) {
		ck_assert(pair_dst_equals_oracle(&q[i]));
		pair_free(&q[i]);
	}
}
END_TEST

START_TEST(close_for_nothing_cancels_what_is_queued_running_blocked_and_prepared)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST), *other = second_manual_open(AML_DMA_HOST);
	struct told told[4] = {{0}};
	struct aml_dma_job job = job_of(&p);
	struct aml_dma_request *before = submit_pair(other, &p);

	submit_telling(dma, &told[0], true);
	submit_telling(dma, &told[1], false);
	ck_assert_int_eq(manual_start(1), 0);
	job.after = &before;
	job.nafter = 1;
	job.done = tell;
	job.done_arg = &told[2];
	ck_assert_int_eq(aml_dma_submit(dma, NULL, &job), 0);
	job = job_of(&p);
	job.done = tell;
	job.done_arg = &told[3];
	ck_assert_int_eq(aml_dma_start(dma, prepare_job(dma, &job)), 0);
	prepare_job(dma, &job); /* never started */
	ck_assert_int_eq(aml_dma_close_for(&dma, 0), 0);
	ck_assert_ptr_null(dma);
	ck_assert_int_eq(manual.closed, 1);
	ck_assert_int_eq(manual.cancelled, 3); /* the blocked one is not the engine's */
	ck_assert_int_eq(told[0].info.outcome, AML_DMA_DROPPED);
	ck_assert_int_eq(told[1].info.outcome, AML_DMA_STOPPED);
	ck_assert_int_eq(told[2].info.outcome, AML_DMA_DROPPED);
	ck_assert_int_eq(told[3].info.outcome, AML_DMA_DROPPED);
	second_manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(other, &before), 0);
	aml_dma_close(&other);
}
END_TEST

static int call_close_for(struct caller *c)
{
	struct aml_dma *dma = c->dma;

	return aml_dma_close_for(&dma, c->timeout_us);
}

START_TEST(close_for_waits_for_what_cannot_be_stopped)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct caller c = {.call = call_close_for, .dma = dma};
	struct told told = {0};

	submit_telling(dma, &told, true);
	manual_start(0);
	manual.cancel = -AML_EBUSY;
	caller_begin(&c);
	while (!manual.cancelled)
		sleep_us(100);
	sleep_us(3000);
	ck_assert(!c.over);
	ck_assert_int_eq(manual.closed, 0);
	aml_request_complete(manual.req[0], 0);
	ck_assert_int_eq(caller_end(&c), 0);
	ck_assert_int_eq(manual.closed, 1);
	ck_assert_int_eq(told.info.outcome, AML_DMA_OK);
}
END_TEST

START_TEST(close_for_lets_go_on_what_ends_in_time)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct caller c = {.call = call_close_for, .dma = dma, .timeout_us = 60000000};
	struct told told = {0};

	submit_telling(dma, &told, false);
	caller_begin_barrier(&c);
	manual_complete(0, 0);
	ck_assert_int_eq(caller_end(&c), 0);
	ck_assert_int_eq(manual.cancelled, 0);
	ck_assert_int_eq(told.info.outcome, AML_DMA_OK);
	dma = manual_open(AML_DMA_HOST);
	submit_telling(dma, &told, false);
	ck_assert_int_eq(aml_dma_close_for(&dma, 3000), 0);
	ck_assert_int_eq(manual.cancelled, 1);
	ck_assert_int_eq(told.info.outcome, AML_DMA_DROPPED);
	ck_assert(told.info.done_ns - told.info.submitted_ns >= 3000000);
}
END_TEST

static void submit_more(struct told *told)
{
	const struct aml_dma_job job = job_of(&p);

	ck_assert_int_eq(aml_dma_submit(told->dma, NULL, &job), 0);
}

START_TEST(close_for_cancels_also_what_callbacks_submit_meanwhile)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct told told = {.then = submit_more, .dma = dma};

	submit_telling(dma, &told, true);
	ck_assert_int_eq(aml_dma_close_for(&dma, 0), 0);
	ck_assert_int_eq(manual.cancelled, 2);
	ck_assert_int_eq(manual.submitted, 2);
	ck_assert_int_eq(manual.closed, 1);
}
END_TEST

static _Atomic(struct aml_request *) in_submit;
static atomic_int cancelled_in_submit;

static void linger(struct aml_request *req)
{
	if (!manual.submitted)
		return;
	in_submit = req;
	sleep_us(40000);
	in_submit = NULL;
}

static void note(struct aml_request *req)
{
	if (req == in_submit)
		cancelled_in_submit++;
}

static int complete_first(struct caller *c)
{
	(void)c;
	manual_complete(0, 0);
	manual.cancel = 0;
	return 0;
}

START_TEST(close_for_leaves_alone_what_the_engine_has_not_got_yet)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct told told = {.then = submit_more, .dma = dma};
	struct caller c = {.call = complete_first, .dma = dma};

	cancelled_in_submit = 0;
	manual.in_submit = linger;
	manual.in_cancel = note;
	manual.cancel = -AML_EBUSY;
	submit_telling(dma, &told, true);
	caller_begin(&c);
	while (!in_submit)
		sleep_us(100);
	ck_assert_int_eq(aml_dma_close_for(&dma, 0), 0);
	ck_assert_int_eq(caller_end(&c), 0);
	ck_assert_int_eq(cancelled_in_submit, 0);
	ck_assert_int_eq(manual.submitted, 2);
	ck_assert_int_eq(manual.closed, 1);
}
END_TEST

/* Engines on which nothing goes on unless it is cancelled, or not for a long time. */
static const char *const stuck[] = {
	"fault:engine=memcpy,delay_us=100000000",
	"fault:engine=(pool:threads=1),delay_us=100000000",
	"fault:engine=memcpy,delay_us=100000000,thread",
	"fault:engine=memcpy,fail_every=1,stall",
	"fault:engine=(pool:threads=1,small=0),fail_every=1,stuck",
	"fault:engine=(fault:engine=(pool:threads=2),delay_us=100000000)",
};

START_TEST(engines_on_which_nothing_goes_on_are_closed_at_once)
{
	struct told told[6] = {{0}};
	struct pair q[6];
	struct aml_dma *dma;
	double begin;

	ck_assert_msg(aml_dma_open(&dma, stuck[_i]) == 0, "%s", stuck[_i]);
	for (int i = 0; i < 6; i++) {
		struct aml_dma_job job;

		q[i] = pair_dense(100, 4);
		job = job_of(&q[i]);
		job.done = tell;
		job.done_arg = &told[i];
		ck_assert_int_eq(aml_dma_submit(dma, NULL, &job), 0);
	}
	begin = now_us();
	ck_assert_int_eq(aml_dma_close_for(&dma, _i % 2 ? 0 : 2000), 0);
	ck_assert(now_us() - begin < 20e6);
	for (int i = 0; i < 6; i++) {
		ck_assert_int_eq(told[i].times, 1);
		ck_assert_int_eq(told[i].info.status, -AML_ECANCELED);
		pair_free(&q[i]);
	}
}
END_TEST

START_TEST(cancel_ends_what_would_never_end)
{
	struct aml_dma_info info = {.size = sizeof(info)};
	struct aml_dma_request *req;
	struct aml_dma *dma;

	ck_assert_int_eq(aml_dma_open(&dma, stuck[_i]), 0);
	req = submit_pair(dma, &p);
	ck_assert_int_eq(aml_dma_wait_for(dma, &req, 3000), -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_dma_barrier_for(dma, 1000), -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_dma_cancel_info(dma, &req, &info), 0);
	ck_assert(info.outcome == AML_DMA_DROPPED || info.outcome == AML_DMA_STOPPED);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

START_TEST(the_deadline_of_what_would_never_end_ends_it)
{
	struct aml_dma_info info = {.size = sizeof(info)};
	struct aml_dma_job job = job_of(&p);
	struct aml_dma_request *req;
	struct aml_dma *dma;
	double begin;

	ck_assert_int_eq(aml_dma_open(&dma, stuck[_i]), 0);
	job.timeout_us = 4000;
	begin = now_us();
	req = submit_job(dma, &job);
	ck_assert_int_eq(aml_dma_wait_info(dma, &req, AML_DMA_FOREVER, &info), -AML_ETIMEDOUT);
	ck_assert(now_us() - begin >= 4000);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(info.outcome, AML_DMA_TIMED_OUT);
	ck_assert_int_eq(aml_dma_barrier(dma), 0); /* the wait has told */
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

START_TEST(only_engines_of_ours_are_closed)
{
	struct aml_dma foreign = {NULL, NULL}, *dma = &foreign;

	ck_assert_int_eq(aml_dma_close_for(&dma, 0), -AML_EINVAL);
	ck_assert_ptr_eq(dma, &foreign);
	dma = NULL;
	ck_assert_int_eq(aml_dma_close_for(&dma, 0), 0);
	ck_assert_int_eq(aml_dma_close_for(NULL, 0), 0);
}
END_TEST

int main(void)
{
	const int nstuck = sizeof(stuck) / sizeof(stuck[0]);
	Suite *suite = suite_create("close");
	TCase *tc = tcase_create("close");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, close_finishes_what_was_submitted, 0, engines_count());
	tcase_add_test(tc, close_for_nothing_cancels_what_is_queued_running_blocked_and_prepared);
	tcase_add_test(tc, close_for_waits_for_what_cannot_be_stopped);
	tcase_add_test(tc, close_for_lets_go_on_what_ends_in_time);
	tcase_add_test(tc, close_for_cancels_also_what_callbacks_submit_meanwhile);
	tcase_add_test(tc, close_for_leaves_alone_what_the_engine_has_not_got_yet);
	tcase_add_loop_test(tc, engines_on_which_nothing_goes_on_are_closed_at_once, 0, nstuck);
	tcase_add_loop_test(tc, cancel_ends_what_would_never_end, 0, nstuck);
	tcase_add_loop_test(tc, the_deadline_of_what_would_never_end_ends_it, 0, nstuck);
	tcase_add_test(tc, only_engines_of_ours_are_closed);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
