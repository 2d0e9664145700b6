/* SPDX-License-Identifier: BSD-3-Clause */
/* One request: test, wait with a limit, cancel, and what is known of it. */
#include <check.h>
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

/* ---- test and wait with a limit ---- */

START_TEST(test_tells_once_and_releases)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit_pair(dma, &p), *old = req;
	int done = 7;

	ck_assert_int_eq(aml_dma_test(dma, &req, &done), 0);
	ck_assert_int_eq(done, 0);
	ck_assert_ptr_eq(req, old);
	ck_assert_int_eq(manual.progressed, 1); /* it helps, and does not spin */
	manual_complete(0, -AML_EIO);
	ck_assert_int_eq(aml_dma_test(dma, &req, NULL), -AML_EINVAL);
	ck_assert_ptr_eq(req, old);
	ck_assert_int_eq(aml_dma_test(dma, &req, &done), -AML_EIO);
	ck_assert_int_eq(done, 1);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(aml_dma_test(dma, &req, &done), -AML_EINVAL);
	ck_assert_int_eq(done, 0);
	ck_assert_int_eq(aml_dma_test(dma, NULL, &done), -AML_EINVAL);
	ck_assert(!handle_is_known(dma, old));
	ck_assert_int_eq(aml_dma_barrier(dma), 0); /* it was reported */
	aml_dma_close(&dma);
}
END_TEST

/* The contract of done_ns: one run of at most 256 bytes, and inline. */
START_TEST(only_what_is_over_before_a_look_at_the_clock_has_one_time_stamp)
{
	static const struct {
		const char *engine;
		size_t bytes;
		bool is_one;
	} cases[] = {
		{"memcpy", 1, true},
		{"memcpy", 256, true},
		{"memcpy", 65536, false},
		{"pool:threads=1", 256, false},
	};
	struct aml_dma_info info = {.size = sizeof(info)};
	struct pair one = pair_dense(cases[_i].bytes, 1);
	struct aml_dma_request *req;
	struct aml_dma *dma;

	if (aml_dma_open(&dma, cases[_i].engine) == 0) { /* a build may lack the pool */
		req = submit_pair(dma, &one);
		ck_assert_int_eq(aml_dma_wait_info(dma, &req, AML_DMA_FOREVER, &info), 0);
		ck_assert_uint_gt(info.submitted_ns, 0);
		ck_assert(cases[_i].is_one == (info.done_ns == info.submitted_ns));
		aml_dma_close(&dma);
	}
	pair_free(&one);
}
END_TEST

START_TEST(wait_for_gives_up_and_leaves_the_request_alone)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit_pair(dma, &p), *old = req;
	double begin = now_us();

	ck_assert_int_eq(aml_dma_wait_for(dma, &req, 0), -AML_ETIMEDOUT);
	ck_assert_ptr_eq(req, old);
	ck_assert_int_eq(aml_dma_wait_for(dma, &req, 5000), -AML_ETIMEDOUT);
	ck_assert_ptr_eq(req, old);
	ck_assert(now_us() - begin >= 5000);
	ck_assert_int_eq(slot_state(dma, req), AMLI_QUEUED);
	ck_assert_int_eq(manual.cancelled, 0);
	manual_complete(0, -7);
	ck_assert_int_eq(aml_dma_wait_for(dma, &req, 0), -7);
	ck_assert_ptr_null(req);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_waiter_with_a_limit_is_woken_by_the_end)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct caller c = {.call = call_wait_for, .dma = dma, .req = submit_pair(dma, &p)};

	c.timeout_us = 60000000;
	caller_begin_wait(&c);
	manual_complete(0, -AML_EIO);
	ck_assert_int_eq(caller_end(&c), -AML_EIO);
	ck_assert_ptr_null(c.req);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(limits_of_all_sizes_are_limits)
{
	static const int64_t forever[] = {AML_DMA_FOREVER, INT64_MIN, INT64_MAX, INT64_MAX / 1000};
	struct aml_dma *dma = manual_open(AML_DMA_HOST);

	for (size_t i = 0; i < sizeof(forever) / sizeof(forever[0]); i++) {
		struct caller c = {
			.call = call_wait_for,
			.dma = dma,
			.req = submit_pair(dma, &p),
			.timeout_us = forever[i],
		};

		caller_begin_wait(&c);
		sleep_us(2000);
		ck_assert(!c.over);
		manual_complete((int)i, 0);
		ck_assert_int_eq(caller_end(&c), 0);
	}
	aml_dma_close(&dma);
}
END_TEST

START_TEST(of_two_who_wait_one_learns_how_it_ended)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);

	for (int i = 0; i < 20; i++) {
		struct aml_dma_request *req = submit_pair(dma, &p);
		struct caller a = {.call = call_wait, .dma = dma, .req = req}, b = a;
		int rc_a, rc_b;

		caller_begin_wait(&a);
		caller_begin(&b);
		if (i % 2)
			sleep_us(1000);
		manual_complete(i, -7);
		rc_a = caller_end(&a);
		rc_b = caller_end(&b);
		ck_assert_int_eq(rc_a + rc_b, -7 - AML_EINVAL);
		ck_assert(rc_a == -7 || rc_b == -7);
		ck_assert(!a.req == (rc_a == -7)); /* the other's variable is left alone */
		ck_assert(!b.req == (rc_b == -7));
	}
	aml_dma_close(&dma);
}
END_TEST

START_TEST(every_way_to_wait_gets_the_data)
{
	struct aml_dma *dma = engines_open(_i);
	struct aml_dma_info info = {.size = sizeof(info)};
	struct aml_dma_request *req = submit_pair(dma, &p);
	int done = 0, rc = 0;

	while (!done && rc == 0)
		rc = aml_dma_test(dma, &req, &done);
	ck_assert_int_eq(rc, 0);
	ck_assert(pair_dst_equals_oracle(&p));
	pair_reset(&p);
	req = submit_pair(dma, &p);
	ck_assert_int_eq(aml_dma_wait_for(dma, &req, 60000000), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	pair_reset(&p);
	req = submit_pair(dma, &p);
	while ((rc = aml_dma_wait_for(dma, &req, 0)) == -AML_ETIMEDOUT && req)
		;
	ck_assert_int_eq(rc, 0);
	ck_assert(pair_dst_equals_oracle(&p));
	pair_reset(&p);
	req = submit_pair(dma, &p);
	ck_assert_int_eq(aml_dma_wait_info(dma, &req, AML_DMA_FOREVER, &info), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	ck_assert_int_eq(info.outcome, AML_DMA_OK);
	ck_assert_uint_eq(info.bytes, 64);
	ck_assert_uint_eq(info.bytes_done, 64);
	ck_assert(0 < info.submitted_ns && info.submitted_ns <= info.started_ns &&
		  info.started_ns <= info.done_ns);
	ck_assert_ptr_null(req);
	aml_dma_close(&dma);
}
END_TEST

/* ---- what is known ---- */

START_TEST(info_tells_each_phase)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit_pair(dma, &p);
	struct aml_dma_info queued = info_of(dma, req), running, done;

	ck_assert_int_eq(queued.phase, AML_DMA_QUEUED);
	ck_assert_int_eq(queued.outcome, AML_DMA_PENDING);
	ck_assert_int_eq(queued.status, 0);
	ck_assert_uint_eq(queued.bytes, 64);
	ck_assert(queued.submitted_ns > 0 && !queued.started_ns && !queued.done_ns);
	ck_assert_int_eq(manual_start(0), 0);
	aml_request_advance(manual.req[0], 40);
	running = info_of(dma, req);
	ck_assert_int_eq(running.phase, AML_DMA_RUNNING);
	ck_assert_int_eq(running.outcome, AML_DMA_PENDING);
	ck_assert_uint_eq(running.bytes_done, 40);
	ck_assert_uint_ge(running.started_ns, running.submitted_ns);
	ck_assert_uint_eq(running.done_ns, 0);
	aml_request_stopped(manual.req[0], AML_DMA_SIDE_SRC, 44);
	aml_request_complete(manual.req[0], -AML_EIO);
	done = info_of(dma, req);
	ck_assert_int_eq(done.phase, AML_DMA_DONE);
	ck_assert_int_eq(done.outcome, AML_DMA_FAILED);
	ck_assert_int_eq(done.stopped, AML_DMA_RUNNING);
	ck_assert_int_eq(done.status, -AML_EIO);
	ck_assert_int_eq(done.side, AML_DMA_SIDE_SRC);
	ck_assert_uint_eq(done.offset, 44);
	ck_assert_uint_eq(done.bytes_done, 40);
	ck_assert_uint_eq(done.started_ns, running.started_ns);
	ck_assert_uint_ge(done.done_ns, done.started_ns);
	ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_EIO); /* info left it alone */
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_new_request_knows_nothing_of_the_one_before)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit_pair(dma, &p);
	struct aml_dma_info info;

	manual_start(0);
	aml_request_advance(manual.req[0], 40);
	aml_request_stopped(manual.req[0], AML_DMA_SIDE_DST, 40);
	aml_request_complete(manual.req[0], -AML_EIO);
	ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_EIO);
	req = submit_pair(dma, &p);
	info = info_of(dma, req);
	ck_assert_int_eq(info.phase, AML_DMA_QUEUED);
	ck_assert(!info.bytes_done && !info.started_ns && !info.done_ns && !info.status);
	manual_complete(1, 0);
	info = info_of(dma, req);
	ck_assert_int_eq(info.outcome, AML_DMA_OK);
	ck_assert_int_eq(info.side, AML_DMA_SIDE_NONE);
	ck_assert_uint_eq(info.bytes_done, 64);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(an_info_of_unknown_size_is_refused_and_left_alone)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit_pair(dma, &p), *old = req;
	struct aml_dma_info info = {.size = sizeof(info) - 1, .bytes = 99};

	ck_assert_int_eq(aml_dma_info(dma, req, &info), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_wait_info(dma, &req, 0, &info), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_cancel_info(dma, &req, &info), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_info(dma, req, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_wait_info(dma, &req, 0, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_cancel_info(dma, &req, NULL), -AML_EINVAL);
	info.size = sizeof(info);
	ck_assert_int_eq(aml_dma_info(dma, NULL, &info), -AML_EINVAL);
	ck_assert_uint_eq(info.bytes, 99);
	ck_assert_ptr_eq(req, old);
	ck_assert_int_eq(slot_state(dma, req), AMLI_QUEUED);
	ck_assert_int_eq(aml_dma_wait_info(dma, &req, 0, &info), -AML_ETIMEDOUT);
	ck_assert_int_eq(info.phase, AML_DMA_QUEUED);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

/* ---- cancel ---- */

static struct aml_dma_info cancel(struct aml_dma *dma, struct aml_dma_request *req)
{
	struct aml_dma_info info = {.size = sizeof(info)};

	ck_assert_int_eq(aml_dma_cancel_info(dma, &req, &info), 0);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(info.phase, AML_DMA_DONE);
	return info;
}

START_TEST(cancel_queued)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_info info = cancel(dma, submit_pair(dma, &p));

	ck_assert_int_eq(info.outcome, AML_DMA_DROPPED);
	ck_assert_int_eq(info.status, -AML_ECANCELED);
	ck_assert_int_eq(info.stopped, AML_DMA_QUEUED);
	ck_assert_uint_eq(info.bytes_done, 0);
	ck_assert_uint_eq(info.started_ns, 0);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(cancel_running)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit_pair(dma, &p);
	struct aml_dma_info info;

	manual_start(0);
	aml_request_advance(manual.req[0], 24);
	info = cancel(dma, req);
	ck_assert_int_eq(info.outcome, AML_DMA_STOPPED);
	ck_assert_int_eq(info.stopped, AML_DMA_RUNNING);
	ck_assert_uint_eq(info.bytes_done, 24);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(cancel_too_late_tells_how_it_ended)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit_pair(dma, &p);
	struct aml_dma_info info;

	manual_complete(0, 0);
	info = cancel(dma, req);
	ck_assert_int_eq(info.outcome, AML_DMA_OK);
	ck_assert_uint_eq(info.bytes_done, 64);
	req = submit_pair(dma, &p);
	manual_complete(1, -AML_EIO);
	info = cancel(dma, req);
	ck_assert_int_eq(info.outcome, AML_DMA_FAILED);
	ck_assert_int_eq(info.status, -AML_EIO);
	ck_assert_int_eq(manual.cancelled, 0);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(who_waits_for_a_request_that_another_cancels_is_told_or_refused)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);

	for (int i = 0; i < 20; i++) {
		struct aml_dma_request *req = submit_pair(dma, &p), *mine = req;
		struct caller c = {.call = call_wait, .dma = dma, .req = req};
		int rc, other;

		caller_begin_wait(&c);
		rc = aml_dma_cancel(dma, &mine);
		other = caller_end(&c);
		ck_assert(rc == 0 ? other == -AML_EINVAL
				  : rc == -AML_EINVAL && other == -AML_ECANCELED);
		ck_assert(!mine == !rc && !c.req == !!rc);
		ck_assert(!handle_is_known(dma, req));
	}
	aml_dma_close(&dma);
}
END_TEST

START_TEST(after_a_cancel_nobody_touches_either_side)
{
	struct aml_dma *dma = engines_open(_i);

	for (int i = 0; i < 30; i++) {
		struct pair q = pair_dense(i % 3 ? 64 : 1 << 16, 8);
		struct aml_dma_request *req = submit_pair(dma, &q);
		struct aml_dma_info info;

		if (i % 2)
			sleep_us((unsigned)i * 10);
		info = cancel(dma, req);
		ck_assert(info.outcome == AML_DMA_OK || info.outcome == AML_DMA_DROPPED ||
			  info.outcome == AML_DMA_STOPPED);
		ck_assert(info.outcome != AML_DMA_OK || pair_dst_equals_oracle(&q));
		ck_assert(info.outcome != AML_DMA_DROPPED || info.bytes_done == 0);
		pair_free(&q); /* ASan would see a late touch */
	}
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("request");
	TCase *tc = tcase_create("request");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_tells_once_and_releases);
	tcase_add_loop_test(tc, only_what_is_over_before_a_look_at_the_clock_has_one_time_stamp, 0,
			    4);
	tcase_add_test(tc, wait_for_gives_up_and_leaves_the_request_alone);
	tcase_add_test(tc, a_waiter_with_a_limit_is_woken_by_the_end);
	tcase_add_test(tc, limits_of_all_sizes_are_limits);
	tcase_add_test(tc, of_two_who_wait_one_learns_how_it_ended);
	tcase_add_loop_test(tc, every_way_to_wait_gets_the_data, 0, engines_count());
	tcase_add_test(tc, info_tells_each_phase);
	tcase_add_test(tc, a_new_request_knows_nothing_of_the_one_before);
	tcase_add_test(tc, an_info_of_unknown_size_is_refused_and_left_alone);
	tcase_add_test(tc, cancel_queued);
	tcase_add_test(tc, cancel_running);
	tcase_add_test(tc, cancel_too_late_tells_how_it_ended);
	tcase_add_test(tc, who_waits_for_a_request_that_another_cancels_is_told_or_refused);
	tcase_add_loop_test(tc, after_a_cancel_nobody_touches_either_side, 0, engines_count());
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
