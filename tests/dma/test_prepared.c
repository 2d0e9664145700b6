/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests that are planned once and started many times. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dma/engine.h"
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

START_TEST(a_prepared_request_runs_as_often_as_it_is_started)
{
	struct aml_dma *dma = engines_open(_i);
	struct aml_dma_request *req = prepare_job(dma, &job), *same = req;
	int done;

	ck_assert(!pair_dst_equals_oracle(&p)); /* not before it is started */
	for (int i = 0; i < 20; i++) {
		struct aml_dma_info info = {.size = sizeof(info)};

		pair_reset(&p);
		ck_assert_int_eq(aml_dma_start(dma, req), 0);
		if (i % 3 == 0)
			ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
		else if (i % 3 == 1)
			ck_assert_int_eq(aml_dma_wait_info(dma, &req, AML_DMA_FOREVER, &info), 0);
		else
			for (done = 0; !done;)
				ck_assert_int_eq(aml_dma_test(dma, &req, &done), 0);
		ck_assert_ptr_eq(req, same);
		ck_assert(pair_dst_equals_oracle(&p));
		ck_assert(i % 3 != 1 || info.bytes_done == 64);
	}
	ck_assert_int_eq(aml_dma_release(dma, &req), 0);
	ck_assert_ptr_null(req);
	ck_assert(!handle_is_known(dma, same));
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

START_TEST(its_layouts_may_be_destroyed_as_soon_as_it_is_prepared)
{
	struct aml_dma *dma = engines_open(_i);
	struct pair q = pair_random(5, 3, true);
	const struct aml_dma_job from = job_of(&q);
	struct aml_dma_request *req = prepare_job(dma, &from);

	aml_layout_destroy(&q.dst);
	aml_layout_destroy(&q.src);
	for (int i = 0; i < 3; i++) {
		pair_reset(&q);
		ck_assert_int_eq(aml_dma_start(dma, req), 0);
		ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
		ck_assert(pair_dst_equals_oracle(&q));
	}
	ck_assert_int_eq(aml_dma_close(&dma), 0); /* which releases it */
	pair_free(&q);
}
END_TEST

START_TEST(one_that_runs_is_busy)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = prepare_job(dma, &job), *same = req;

	ck_assert_int_eq(aml_dma_start(dma, req), 0);
	for (int running = 0; running < 2; running++) {
		ck_assert_int_eq(aml_dma_start(dma, req), -AML_EBUSY);
		ck_assert_int_eq(aml_dma_release(dma, &req), -AML_EBUSY);
		ck_assert_ptr_eq(req, same);
		ck_assert_int_eq(slot_state(dma, req), running ? AMLI_RUNNING : AMLI_QUEUED);
		if (!running)
			ck_assert_int_eq(manual_start(0), 0);
	}
	ck_assert_int_eq(manual.submitted, 1);
	aml_request_complete(manual.req[0], 0);
	ck_assert_int_eq(aml_dma_start(dma, req), 0); /* nobody asked how that went */
	manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_release(dma, &req), 0); /* nor this */
	ck_assert_int_eq(aml_dma_release(dma, &req), 0);
	ck_assert_int_eq(aml_dma_release(dma, NULL), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(only_prepared_requests_are_started_and_released)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit_pair(dma, &p), *same = req;

	for (int done = 0; done < 2; done++) {
		ck_assert_int_eq(aml_dma_start(dma, req), -AML_EINVAL);
		ck_assert_int_eq(aml_dma_release(dma, &req), -AML_EINVAL);
		ck_assert_ptr_eq(req, same);
		if (!done)
			manual_complete(0, 0);
	}
	ck_assert_int_eq(aml_dma_start(dma, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	ck_assert_int_eq(manual.submitted, 1);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(one_that_was_not_started_is_not_waited_for)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = prepare_job(dma, &job), *same = req;
	struct aml_dma_info info = {.size = sizeof(info)};
	int done = 7;

	ck_assert_int_eq(info_of(dma, req).phase, AML_DMA_PLANNED);
	ck_assert_int_eq(info_of(dma, req).outcome, AML_DMA_PENDING);
	ck_assert_uint_eq(info_of(dma, req).submitted_ns, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_wait_for(dma, &req, 1000), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_wait_info(dma, &req, 1000, &info), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_test(dma, &req, &done), -AML_EINVAL);
	ck_assert_int_eq(done, 0);
	ck_assert_int_eq(aml_dma_cancel(dma, &req), 0); /* it does not run: as it should be */
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert_ptr_eq(req, same);
	ck_assert_int_eq(manual.submitted + manual.cancelled, 0);
	ck_assert_int_eq(aml_dma_release(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(each_run_tells_its_own_story)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = prepare_job(dma, &job);
	struct aml_dma_info info = {.size = sizeof(info)};

	ck_assert_int_eq(aml_dma_start(dma, req), 0);
	manual_start(0);
	aml_request_advance(manual.req[0], 20);
	aml_request_stopped(manual.req[0], AML_DMA_SIDE_DST, 20);
	aml_request_complete(manual.req[0], -AML_EIO);
	ck_assert_int_eq(aml_dma_wait_info(dma, &req, 0, &info), -AML_EIO);
	ck_assert(info.bytes_done == 20 && info.side == AML_DMA_SIDE_DST && info.done_ns);
	ck_assert_int_eq(aml_dma_start(dma, req), 0);
	info = info_of(dma, req);
	ck_assert_int_eq(info.phase, AML_DMA_QUEUED);
	ck_assert(!info.bytes_done && !info.side && !info.done_ns && !info.started_ns);
	manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait_info(dma, &req, 0, &info), 0);
	ck_assert_int_eq(info.outcome, AML_DMA_OK);
	ck_assert_int_eq(aml_dma_barrier(dma), 0); /* the failure was reported */
	ck_assert_int_eq(aml_dma_start(dma, req), 0);
	manual_complete(2, -AML_EIO);
	ck_assert_int_eq(aml_dma_barrier(dma), -AML_EIO);
	ck_assert_int_eq(aml_dma_start(dma, req), 0);
	manual_complete(3, -7);
	ck_assert_int_eq(aml_dma_start(dma, req), 0); /* forgets that failure */
	manual_complete(4, 0);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert_int_eq(aml_dma_release(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(cancel_ends_the_run_and_no_more)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = prepare_job(dma, &job), *same = req;
	struct aml_dma_info info = {.size = sizeof(info)};

	ck_assert_int_eq(aml_dma_start(dma, req), 0);
	ck_assert_int_eq(aml_dma_cancel_info(dma, &req, &info), 0);
	ck_assert_int_eq(info.outcome, AML_DMA_DROPPED);
	ck_assert_ptr_eq(req, same);
	ck_assert_int_eq(slot_state(dma, req), AMLI_PLANNED);
	ck_assert_int_eq(aml_dma_start(dma, req), 0);
	manual_start(1);
	ck_assert_int_eq(aml_dma_cancel_info(dma, &req, &info), 0);
	ck_assert_int_eq(info.outcome, AML_DMA_STOPPED);
	ck_assert_int_eq(aml_dma_start(dma, req), 0);
	manual_complete(2, -7);
	ck_assert_int_eq(aml_dma_cancel_info(dma, &req, &info), 0); /* too late */
	ck_assert_int_eq(info.status, -7);
	ck_assert_int_eq(manual.cancelled, 2);
	ck_assert_int_eq(aml_dma_start(dma, req), 0);
	manual_complete(3, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert_int_eq(aml_dma_release(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

static struct caller canceller;

/* The engine has not taken it yet, and another thread cancels it. */
static void cancel_in_submit(struct aml_request *req)
{
	caller_begin(&canceller);
	while (!(atomic_load(&req->word) & AMLI_STOPPING))
		sleep_us(100);
	sleep_us(1000);
	ck_assert_int_eq(manual.cancelled, 0);
}

START_TEST(cancel_meanwhile_waits_until_the_engine_has_it)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = prepare_job(dma, &job);

	canceller = (struct caller){.call = call_cancel, .dma = dma, .req = req};
	manual.in_submit = cancel_in_submit;
	ck_assert_int_eq(aml_dma_start(dma, req), 0);
	ck_assert_int_eq(caller_end(&canceller), 0);
	ck_assert_int_eq(manual.cancelled, 1);
	ck_assert_int_eq(slot_state(dma, req), AMLI_PLANNED);
	manual.in_submit = NULL;
	ck_assert_int_eq(aml_dma_release(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(of_two_who_wait_for_a_run_both_return)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = prepare_job(dma, &job);

	for (int i = 0; i < 20; i++) {
		struct caller a = {.call = call_wait, .dma = dma, .req = req}, b = a;
		int rc_a, rc_b;

		b.call = i % 2 ? call_wait : call_cancel;
		manual.cancel = -AML_EBUSY;
		ck_assert_int_eq(aml_dma_start(dma, req), 0);
		caller_begin_wait(&a);
		caller_begin(&b);
		sleep_us(1000);
		manual_complete(i, -7);
		rc_a = caller_end(&a);
		rc_b = caller_end(&b);
		ck_assert(rc_a == -7 || rc_a == -AML_EINVAL);
		if (i % 2)
			ck_assert_int_eq(rc_a + rc_b, -7 - AML_EINVAL);
		else
			ck_assert_int_eq(rc_b, 0);
	}
	ck_assert_int_eq(aml_dma_release(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(what_the_engine_refuses_can_be_started_again)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = prepare_job(dma, &job);

	manual.submit_fails = -AML_EIO;
	ck_assert_int_eq(aml_dma_start(dma, req), -AML_EIO);
	ck_assert_int_eq(info_of(dma, req).phase, AML_DMA_PLANNED);
	ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_barrier_for(dma, 0), 0);
	manual.submit_fails = 0;
	ck_assert_int_eq(aml_dma_start(dma, req), 0);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	ck_assert_int_eq(aml_dma_release(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

static void check_refused(struct aml_dma *dma, struct aml_dma_request *req, int rc)
{
	const struct aml_dma_info before = info_of(dma, req);
	struct aml_dma_info after;

	ck_assert_int_eq(aml_dma_start(dma, req), rc);
	after = info_of(dma, req);
	ck_assert(memcmp(&before, &after, sizeof(before)) == 0);
}

/* By the engine, or because there is no room. */
START_TEST(a_start_that_is_refused_leaves_the_last_run_to_be_waited_for)
{
	struct aml_dma *dma = manual_open_for(AML_DMA_HOST, 1);
	struct aml_dma_request *req = prepare_job(dma, &job), *other = NULL;
	const int ends[] = {-AML_EIO, 0, -AML_EIO}, full = _i;

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(aml_dma_start(dma, req), 0);
		ck_assert_int_eq(manual_start(2 * i), 0);
		aml_request_stopped(manual.req[2 * i], AML_DMA_SIDE_SRC, 12);
		aml_request_advance(manual.req[2 * i], 8);
		aml_request_complete(manual.req[2 * i], ends[i]);
		if (full)
			other = submit_pair(dma, &p);
		else
			manual.submit_fails = -AML_EPERM;
		for (int again = 0; again < 2; again++)
			check_refused(dma, req, full ? -AML_EAGAIN : -AML_EPERM);
		manual.submit_fails = 0;
		if (!full)
			other = submit_pair(dma, &p);
		manual_complete(2 * i + 1, 0);
		ck_assert_int_eq(aml_dma_wait(dma, &other), 0);
		if (i == 2) { /* it is told once: here */
			ck_assert_int_eq(aml_dma_barrier(dma), ends[i]);
			manual.submit_fails = -AML_EPERM;
			check_refused(dma, req, -AML_EPERM);
			ck_assert_int_eq(aml_dma_barrier(dma), 0);
		}
		ck_assert_int_eq(aml_dma_wait(dma, &req), ends[i]);
		ck_assert_int_eq(aml_dma_barrier(dma), 0);
		ck_assert_int_eq(info_of(dma, req).phase, AML_DMA_PLANNED);
	}
	ck_assert_int_eq(aml_dma_release(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(what_the_engine_refuses_late_can_be_started_again)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = prepare_job(dma, &job), *fence;
	struct aml_dma_job fenced = job;

	fenced.flags = AML_DMA_FENCE;
	fence = submit_job(dma, &fenced);
	ck_assert_int_eq(aml_dma_start(dma, req), 0); /* BLOCKED */
	manual.submit_fails = -AML_EIO;
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_EIO);
	manual.submit_fails = 0;
	ck_assert_int_eq(aml_dma_start(dma, req), 0);
	manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	ck_assert_int_eq(aml_dma_release(dma, &req), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &fence), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(what_cannot_be_prepared_is_refused)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *before = submit_pair(dma, &p), *req = before;

	ck_assert_int_eq(aml_dma_prepare(dma, NULL, &job), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_prepare(dma, &req, NULL), -AML_EINVAL);
	ck_assert_ptr_null(req);
	job.after = &before;
	job.nafter = 1;
	ck_assert_int_eq(aml_dma_prepare(dma, &req, &job), -AML_EINVAL);
	job = job_of(&p);
	job.flags = AML_DMA_FENCE;
	ck_assert_int_eq(aml_dma_prepare(dma, &req, &job), -AML_EINVAL);
	job.flags = 1u << 20;
	ck_assert_int_eq(aml_dma_prepare(dma, &req, &job), -AML_EINVAL);
	job = job_of(&p);
	job.dst = NULL;
	ck_assert_int_eq(aml_dma_prepare(dma, &req, &job), -AML_EINVAL);
	ck_assert_ptr_null(req);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &before), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(others_may_come_after_a_run)
{
	struct aml_dma *dma = engines_open(_i), *other = manual_open(AML_DMA_HOST);
	struct gate gate = {.open = true};
	const struct aml_dma_job through = job_through(&gate);
	struct aml_dma_request *req = prepare_job(dma, &through), *next;

	ck_assert_int_eq(aml_dma_start(dma, req), 0);
	next = submit_after(other, &p, 1, &req);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	for (int i = 0; !manual.submitted && i < 1000; i++) /* it fires just after it is done */
		sleep_us(1000);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(other, &next), 0);
	ck_assert_int_eq(aml_dma_release(dma, &req), 0);
	ck_assert_int_eq(aml_dma_close(&dma), 0);
	aml_dma_close(&other);
}
END_TEST

static int call_start(struct caller *c)
{
	return aml_dma_start(c->dma, c->req);
}

START_TEST(others_may_come_after_a_run_of_an_inline_engine_in_another_thread)
{
	struct aml_dma *dma, *other = manual_open(AML_DMA_HOST);
	struct gate gate = {0};
	const struct aml_dma_job through = job_through(&gate);
	struct caller c = {.call = call_start};
	struct aml_dma_request *next;

	ck_assert_int_eq(aml_dma_open(&dma, "memcpy"), 0);
	c.dma = dma;
	c.req = prepare_job(dma, &through);
	caller_begin(&c);
	gate_await(&gate);
	next = submit_after(other, &p, 1, &c.req);
	ck_assert_int_eq(slot_state(other, next), AMLI_BLOCKED);
	gate_open(&gate);
	ck_assert_int_eq(caller_end(&c), 0);
	ck_assert_int_eq(slot_state(other, next), AMLI_QUEUED);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(other, &next), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &c.req), 0);
	aml_dma_close(&dma);
	aml_dma_close(&other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("prepared");
	TCase *tc = tcase_create("prepared");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_prepared_request_runs_as_often_as_it_is_started, 0,
			    engines_count());
	tcase_add_loop_test(tc, its_layouts_may_be_destroyed_as_soon_as_it_is_prepared, 0,
			    engines_count());
	tcase_add_test(tc, one_that_runs_is_busy);
	tcase_add_test(tc, only_prepared_requests_are_started_and_released);
	tcase_add_test(tc, one_that_was_not_started_is_not_waited_for);
	tcase_add_test(tc, each_run_tells_its_own_story);
	tcase_add_test(tc, cancel_ends_the_run_and_no_more);
	tcase_add_test(tc, cancel_meanwhile_waits_until_the_engine_has_it);
	tcase_add_test(tc, of_two_who_wait_for_a_run_both_return);
	tcase_add_test(tc, what_the_engine_refuses_can_be_started_again);
	tcase_add_loop_test(tc, a_start_that_is_refused_leaves_the_last_run_to_be_waited_for, 0, 2);
	tcase_add_test(tc, what_the_engine_refuses_late_can_be_started_again);
	tcase_add_test(tc, what_cannot_be_prepared_is_refused);
	tcase_add_loop_test(tc, others_may_come_after_a_run, 0, engines_count());
	tcase_add_test(tc, others_may_come_after_a_run_of_an_inline_engine_in_another_thread);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
