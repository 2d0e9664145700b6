/* SPDX-License-Identifier: BSD-3-Clause */
/* Deadlines of requests. */
#include <check.h>
#include <sched.h>
#include <stdlib.h>

#include "tests/lib/caller.h"
#include "tests/lib/engines.h"
#include "tests/lib/job.h"
#include "tests/lib/manual.h"
#include "tests/lib/slot.h"

static struct pair p;
static struct aml_dma_job job;

static void setup(void)
{
	p = pair_dense(16, 4);
	job = job_of(&p);
}

static void teardown(void)
{
	pair_free(&p);
}

START_TEST(a_request_that_is_late_does_not_start)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_info info = {.size = sizeof(info)};
	struct aml_dma_request *req;

	job.timeout_us = 1000;
	req = submit_job(dma, &job);
	sleep_us(2000);
	ck_assert_int_eq(manual_start(0), -AML_ETIMEDOUT);
	aml_request_complete(manual.req[0], -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_dma_wait_info(dma, &req, 0, &info), -AML_ETIMEDOUT);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(info.outcome, AML_DMA_TIMED_OUT);
	ck_assert_int_eq(info.stopped, AML_DMA_QUEUED);
	ck_assert(info.started_ns == 0 && info.bytes_done == 0);
	ck_assert_int_eq(manual.cancelled, 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(an_engine_that_times_out_by_itself_has_failed)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_info info = {.size = sizeof(info)};
	struct aml_dma_request *req = submit_pair(dma, &p);

	manual_complete(0, -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_dma_wait_info(dma, &req, 0, &info), -AML_ETIMEDOUT);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(info.outcome, AML_DMA_FAILED);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(one_that_is_in_time_is_left_alone)
{
	static const int64_t timeouts[] = {60000000, 0, INT64_MAX, INT64_MAX / 1000};
	struct aml_dma *dma = manual_open(AML_DMA_HOST);

	for (int i = 0; i < 4; i++) {
		struct aml_dma_request *req;
		int done;

		job.timeout_us = timeouts[i];
		req = submit_job(dma, &job);
		ck_assert_int_eq(aml_dma_test(dma, &req, &done), 0);
		ck_assert_int_eq(aml_dma_wait_for(dma, &req, 1000), -AML_ETIMEDOUT);
		ck_assert_ptr_nonnull(req);
		ck_assert_int_eq(info_of(dma, req).phase, AML_DMA_QUEUED);
		manual_complete(i, 0);
		ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	}
	ck_assert_int_eq(manual.cancelled, 0);
	aml_dma_close(&dma);
}
END_TEST

static int look(struct aml_dma *dma, struct aml_dma_request **req, int how)
{
	size_t index, count, indices[1];
	int done, status = 9;

	switch (how) {
	case 0:
		return aml_dma_test(dma, req, &done);
	case 1:
		return aml_dma_wait_for(dma, req, 0);
	case 2:
		return aml_dma_wait(dma, req);
	case 3:
		return aml_dma_wait_any(1, req, 0, &index);
	case 4:
		ck_assert_int_eq(aml_dma_wait_some(1, req, 0, &count, indices, &status), 0);
		return status;
	case 5:
		return aml_dma_wait_all(1, req, 0, NULL);
	default: /* info ends it, and leaves it to be waited for */
		ck_assert_int_eq(info_of(dma, *req).outcome, AML_DMA_TIMED_OUT);
		return aml_dma_wait_for(dma, req, 0);
	}
}

START_TEST(whoever_looks_after_the_deadline_ends_it)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req, *held;

	job.timeout_us = 150000;
	for (int running = 0; running < 2; running++) {
		held = req = submit_job(dma, &job);
		if (running)
			ck_assert_int_eq(manual_start(running), 0);
		sleep_us(160000);
		ck_assert_int_eq(slot_state(dma, req), running ? AMLI_RUNNING : AMLI_QUEUED);
		ck_assert_int_eq(look(dma, &req, _i), -AML_ETIMEDOUT);
		ck_assert_ptr_null(req);
		ck_assert_int_eq(manual.cancelled, running + 1);
		ck_assert(!handle_is_known(dma, held));
	}
	ck_assert_int_eq(aml_dma_barrier(dma), 0); /* it was told */
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_waiter_is_woken_by_the_deadline)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct caller c = {.call = call_wait_for, .dma = dma, .timeout_us = _i ? 60000000 : -1};
	double begin = now_us();

	job.timeout_us = 5000;
	c.req = submit_job(dma, &job);
	caller_begin(&c);
	ck_assert_int_eq(caller_end(&c), -AML_ETIMEDOUT);
	ck_assert_ptr_null(c.req);
	ck_assert(now_us() - begin >= 5000 && now_us() - begin < 30e6);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(what_cannot_be_stopped_ends_as_it_ends)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_info info = {.size = sizeof(info)};
	struct aml_dma_request *req;
	int done;

	job.timeout_us = 150000;
	manual.cancel = -AML_EBUSY;
	req = submit_job(dma, &job);
	ck_assert_int_eq(manual_start(0), 0);
	sleep_us(160000);
	ck_assert_int_eq(aml_dma_test(dma, &req, &done), 0);
	ck_assert_int_eq(done, 0);
	ck_assert_int_gt(manual.cancelled, 0);
	aml_request_complete(manual.req[0], 0);
	ck_assert_int_eq(aml_dma_wait_info(dma, &req, 0, &info), 0);
	ck_assert_int_eq(info.outcome, AML_DMA_OK);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(failures_by_deadline_are_told_by_barriers)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);

	job.timeout_us = 1000;
	ck_assert_int_eq(aml_dma_submit(dma, NULL, &job), 0);
	sleep_us(2000);
	manual_complete(0, 0); /* its start says no */
	ck_assert_int_eq(aml_dma_barrier(dma), -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

/* Of detached ones and of one that the program holds, which is told of it as well. */
START_TEST(a_barrier_ends_what_is_late)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct caller c = {.call = call_barrier, .dma = dma};
	struct aml_dma_request *req;
	double begin = now_us();

	job.timeout_us = 5000;
	ck_assert_int_eq(aml_dma_submit(dma, NULL, &job), 0);
	manual_start(0);
	job.timeout_us = 30000;
	ck_assert_int_eq(aml_dma_submit(dma, NULL, &job), 0);
	job.timeout_us = 10000;
	req = submit_job(dma, &job);
	if (_i == 0) {
		caller_begin(&c);
		ck_assert_int_eq(caller_end(&c), -AML_ETIMEDOUT);
	} else if (_i == 1) {
		ck_assert_int_eq(aml_dma_barrier_for(dma, 60000000), -AML_ETIMEDOUT);
	} else {
		sleep_us(40000);
		ck_assert_int_eq(aml_dma_barrier_for(dma, 0), -AML_ETIMEDOUT);
	}
	ck_assert(now_us() - begin >= 30000 && now_us() - begin < 30e6);
	ck_assert_int_eq(manual.cancelled, 3);
	ck_assert_int_eq(slot_state(dma, req), AMLI_DONE);
	ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_ETIMEDOUT);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_barrier_waits_for_what_is_late_and_cannot_be_stopped)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);

	manual.cancel = -AML_EBUSY;
	job.timeout_us = 150000;
	ck_assert_int_eq(aml_dma_submit(dma, NULL, &job), 0);
	ck_assert_int_eq(manual_start(0), 0);
	ck_assert_int_eq(aml_dma_barrier_for(dma, 160000), -AML_ETIMEDOUT);
	ck_assert_int_eq(manual.cancelled, 1);
	aml_request_complete(manual.req[0], 0);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

static atomic_bool was_in_submit, in_submit;
static atomic_int cancelled_in_submit;

static void take_long(struct aml_request *req)
{
	(void)req;
	was_in_submit = in_submit = true;
	sleep_us(20000);
	in_submit = false;
}

static void note_cancel(struct aml_request *req)
{
	(void)req;
	cancelled_in_submit += in_submit;
}

static int submit_slowly(struct caller *c)
{
	return aml_dma_submit(c->dma, NULL, &job);
}

START_TEST(a_barrier_leaves_alone_what_is_late_and_not_submitted_yet)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct caller c = {.call = submit_slowly, .dma = dma};

	was_in_submit = false;
	cancelled_in_submit = 0;
	manual.in_submit = take_long;
	manual.in_cancel = note_cancel;
	job.timeout_us = 3000;
	caller_begin(&c);
	while (!was_in_submit)
		sleep_us(100);
	ck_assert_int_eq(aml_dma_barrier(dma), -AML_ETIMEDOUT);
	ck_assert_int_eq(caller_end(&c), 0);
	ck_assert_int_eq(manual.submitted, 1);
	ck_assert_int_eq(manual.cancelled, 1);
	ck_assert_int_eq(cancelled_in_submit, 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(close_ends_what_is_late)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);

	job.timeout_us = 3000;
	ck_assert_int_eq(aml_dma_submit(dma, NULL, &job), 0);
	ck_assert_int_eq(aml_dma_close(&dma), 0);
	ck_assert_int_eq(manual.cancelled, 1);
}
END_TEST

START_TEST(engines_mind_deadlines)
{
	struct aml_dma *dma = engines_open(_i);
	struct aml_dma_request *req;
	int rc;

	for (int i = 0; i < 20; i++) {
		job.timeout_us = i % 2 ? 60000000 : 1; /* over at once, or not */
		req = submit_job(dma, &job);
		rc = aml_dma_wait(dma, &req);
		ck_assert_ptr_null(req);
		ck_assert(rc == 0 || (rc == -AML_ETIMEDOUT && i % 2 == 0));
		ck_assert(rc || pair_dst_equals_oracle(&p));
		pair_reset(&p);
	}
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

/* Which of the two it was that ran out, the wait or the request: of both kinds. */
START_TEST(a_wait_that_runs_out_is_told_from_a_request_that_did)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_info info = {.size = sizeof(info)};
	struct aml_dma_request *req;

	job.timeout_us = 100000;
	req = _i ? prepare_job(dma, &job) : submit_job(dma, &job);
	for (int i = 0; i < (_i ? 4 : 2); i++) {
		bool with_info = i % 2 == 0;

		if (_i)
			ck_assert_int_eq(aml_dma_start(dma, req), 0);
		else if (i)
			req = submit_job(dma, &job);
		if (with_info)
			ck_assert_int_eq(aml_dma_wait_info(dma, &req, 0, &info), -AML_ETIMEDOUT);
		else
			ck_assert_int_eq(aml_dma_wait_for(dma, &req, 0), -AML_ETIMEDOUT);
		ck_assert_ptr_nonnull(req);
		ck_assert_int_eq(info_of(dma, req).phase, AML_DMA_QUEUED);
		ck_assert(!with_info || info.phase == AML_DMA_QUEUED);
		if (with_info)
			ck_assert_int_eq(aml_dma_wait_info(dma, &req, -1, &info), -AML_ETIMEDOUT);
		else
			ck_assert_int_eq(aml_dma_wait_for(dma, &req, 60000000), -AML_ETIMEDOUT);
		ck_assert(!with_info || info.phase == AML_DMA_DONE);
		if (_i)
			ck_assert_int_eq(info_of(dma, req).phase, AML_DMA_PLANNED);
		else
			ck_assert_ptr_null(req);
	}
	if (_i)
		ck_assert_int_eq(aml_dma_release(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

static int complete_all(struct caller *c)
{
	atomic_bool *stop = c->arg;

	for (int i = 0; !*stop;)
		if (manual.submitted > i)
			manual_complete(i++, 0);
		else
			sched_yield();
	return 0;
}

START_TEST(a_wait_that_runs_out_never_says_done)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = prepare_job(dma, &job);
	struct aml_dma_info info = {.size = sizeof(info)};
	atomic_bool stop = false;
	struct caller c = {.call = complete_all, .dma = dma, .arg = &stop};
	double begin = now_us();
	int lies = 0;

	caller_begin(&c);
	while (now_us() - begin < 500e3) {
		int rc;

		ck_assert_int_eq(aml_dma_start(dma, req), 0);
		while ((rc = aml_dma_wait_info(dma, &req, 0, &info)))
			lies += rc == -AML_ETIMEDOUT && info.phase == AML_DMA_DONE;
	}
	stop = true;
	caller_end(&c);
	ck_assert_int_eq(lies, 0);
	ck_assert_int_eq(aml_dma_release(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_deadline_passes_while_it_is_blocked)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST), *other = second_manual_open(AML_DMA_HOST);
	struct aml_dma_request *before = submit_pair(dma, &p), *req;
	struct aml_dma_info info = {.size = sizeof(info)};

	job.after = &before;
	job.nafter = 1;
	job.timeout_us = 2000;
	req = submit_job(other, &job);
	ck_assert_int_eq(aml_dma_wait_info(other, &req, AML_DMA_FOREVER, &info), -AML_ETIMEDOUT);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(info.outcome, AML_DMA_TIMED_OUT);
	ck_assert_int_eq(info.stopped, AML_DMA_BLOCKED);
	manual_complete(0, 0);
	ck_assert_int_eq(second_manual.submitted, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &before), 0);
	aml_dma_close(&other);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(the_deadline_counts_from_each_start)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req;

	job.timeout_us = 200000;
	req = prepare_job(dma, &job);
	for (int i = 0; i < 3; i++) {
		double begin = now_us();

		if (i == 2)
			sleep_us(250000); /* not running: no matter */
		ck_assert_int_eq(aml_dma_start(dma, req), 0);
		if (i == 1) {
			ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_ETIMEDOUT);
			ck_assert(now_us() - begin >= 200000);
			ck_assert_int_eq(manual.cancelled, 1);
		} else {
			manual_complete(i, 0);
			ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
		}
	}
	ck_assert_int_eq(aml_dma_release(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("deadline");
	TCase *tc = tcase_create("deadline");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_request_that_is_late_does_not_start);
	tcase_add_test(tc, an_engine_that_times_out_by_itself_has_failed);
	tcase_add_test(tc, one_that_is_in_time_is_left_alone);
	tcase_add_loop_test(tc, whoever_looks_after_the_deadline_ends_it, 0, 7);
	tcase_add_loop_test(tc, a_waiter_is_woken_by_the_deadline, 0, 2);
	tcase_add_test(tc, what_cannot_be_stopped_ends_as_it_ends);
	tcase_add_test(tc, failures_by_deadline_are_told_by_barriers);
	tcase_add_loop_test(tc, a_barrier_ends_what_is_late, 0, 3);
	tcase_add_test(tc, a_barrier_waits_for_what_is_late_and_cannot_be_stopped);
	tcase_add_test(tc, a_barrier_leaves_alone_what_is_late_and_not_submitted_yet);
	tcase_add_test(tc, close_ends_what_is_late);
	tcase_add_loop_test(tc, engines_mind_deadlines, 0, engines_count());
	tcase_add_loop_test(tc, a_wait_that_runs_out_is_told_from_a_request_that_did, 0, 2);
	tcase_add_test(tc, a_wait_that_runs_out_never_says_done);
	tcase_add_test(tc, a_deadline_passes_while_it_is_blocked);
	tcase_add_test(tc, the_deadline_counts_from_each_start);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
