/* SPDX-License-Identifier: BSD-3-Clause */
/* Back-pressure: engines that take so many requests and no more. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>

#include "dma/engine.h"
#include "tests/lib/caller.h"
#include "tests/lib/job.h"
#include "tests/lib/manual.h"

static struct pair p;

static void setup(void)
{
	p = pair_dense(16, 4);
}

static void teardown(void)
{
	pair_free(&p);
}

static void check_free(struct aml_dma *dma, size_t want)
{
	size_t free = 99, total = 99;

	ck_assert_int_eq(aml_dma_capacity(dma, &free, &total), 0);
	ck_assert_uint_eq(free, want);
	ck_assert_uint_eq(total, amli_engine_of(dma)->room.total);
}

static int call_submit(struct caller *c)
{
	const struct aml_dma_job job = job_of(&p);

	return aml_dma_submit(c->dma, &c->req, &job);
}

static int call_submit_for(struct caller *c)
{
	const struct aml_dma_job job = job_of(&p);

	return aml_dma_submit_for(c->dma, &c->req, &job, c->timeout_us);
}

static int call_copy(struct caller *c)
{
	return aml_dma_copy(c->dma, p.dst, p.src);
}

/* Return when a thread sleeps for want of room. */
static void begin_and_sleep(struct caller *c)
{
	caller_begin(c);
	while (!(atomic_load(&amli_engine_of(c->dma)->room.used) & AMLI_ROOM_WANTED))
		sleep_us(100);
	sleep_us(1000);
	ck_assert(!c->over);
}

START_TEST(capacity_counts_what_is_unfinished)
{
	struct aml_dma *dma = manual_open_for(AML_DMA_HOST, 2);
	struct aml_dma_request *a, *b;
	size_t n = 99;

	check_free(dma, 2);
	a = submit_pair(dma, &p);
	check_free(dma, 1);
	b = submit_pair(dma, &p);
	check_free(dma, 0);
	ck_assert_int_eq(aml_dma_capacity(dma, NULL, NULL), 0);
	ck_assert_int_eq(aml_dma_capacity(NULL, &n, NULL), -AML_EINVAL);
	ck_assert_uint_eq(n, 99);
	manual_complete(1, 0);
	check_free(dma, 1); /* done, and not waited for */
	manual_complete(0, 0);
	check_free(dma, 2);
	ck_assert_int_eq(aml_dma_wait(dma, &a), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &b), 0);
	check_free(dma, 2);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(an_engine_without_a_limit_has_none)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit_pair(dma, &p);
	size_t free = 0, total = 0;

	ck_assert_int_eq(aml_dma_capacity(dma, &free, &total), 0);
	ck_assert(free == SIZE_MAX && total == SIZE_MAX);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_full_queue_refuses_who_does_not_wait)
{
	struct aml_dma *dma = manual_open_for(AML_DMA_HOST, 2);
	struct aml_dma_request *req[2] = {submit_pair(dma, &p), submit_pair(dma, &p)},
			       *more = req[0];
	const struct aml_dma_job job = job_of(&p);
	struct aml_dma_request *prepared = prepare_job(dma, &job);
	double begin;

	ck_assert_int_eq(aml_dma_try_submit(dma, &more, &job), -AML_EAGAIN);
	ck_assert_ptr_null(more);
	ck_assert_int_eq(aml_dma_try_submit(dma, NULL, &job), -AML_EAGAIN);
	ck_assert_int_eq(aml_dma_start(dma, prepared), -AML_EAGAIN);
	begin = now_us();
	ck_assert_int_eq(aml_dma_submit_for(dma, &more, &job, 4000), -AML_ETIMEDOUT);
	ck_assert(now_us() - begin >= 4000);
	ck_assert_ptr_null(more);
	ck_assert_int_eq(manual.submitted, 2);
	check_free(dma, 0);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_try_submit(dma, &more, &job), 0);
	manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_start(dma, prepared), 0);
	check_free(dma, 0);
	manual_complete(2, 0);
	manual_complete(3, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &more), 0);
	ck_assert_int_eq(aml_dma_wait_all(2, req, AML_DMA_FOREVER, NULL), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &prepared), 0);
	ck_assert_int_eq(aml_dma_release(dma, &prepared), 0);
	ck_assert_int_eq(aml_dma_barrier(dma), 0); /* what was refused is not counted */
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_refused_submission_takes_no_room)
{
	struct aml_dma *dma = manual_open_for(AML_DMA_HOST, 2);
	const struct aml_dma_job job = job_of(&p);
	struct aml_dma_request *prepared = prepare_job(dma, &job), *req, *stale;
	struct aml_dma_job after = job;

	manual.submit_fails = -AML_EIO;
	ck_assert_int_eq(aml_dma_submit(dma, &req, &job), -AML_EIO);
	ck_assert_int_eq(aml_dma_start(dma, prepared), -AML_EIO);
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), -AML_EIO);
	check_free(dma, 2);
	manual.submit_fails = 0;
	stale = prepared;
	ck_assert_int_eq(aml_dma_release(dma, &prepared), 0);
	after.after = &stale;
	after.nafter = 1;
	ck_assert_int_eq(aml_dma_submit(dma, &req, &after), -AML_EINVAL);
	check_free(dma, 2);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(submitters_sleep_until_there_is_room)
{
	int (*const calls[])(struct caller *) = {call_submit, call_submit_for, call_copy};

	for (int i = 0; i < 3; i++) {
		struct aml_dma *dma = manual_open_for(AML_DMA_HOST, 2);
		struct aml_dma_request *req[2] = {submit_pair(dma, &p), submit_pair(dma, &p)};
		struct caller c = {.call = calls[i], .dma = dma, .timeout_us = 60000000};
		int progressed;

		begin_and_sleep(&c);
		progressed = manual.progressed;
		sleep_us(5000);
		ck_assert_int_eq(manual.progressed, progressed);
		ck_assert_int_eq(manual.submitted, 2);
		manual_complete(1, 0);
		while (manual.submitted < 3)
			sleep_us(100);
		manual_complete(2, 0);
		ck_assert_int_eq(caller_end(&c), 0);
		manual_complete(0, 0);
		ck_assert_int_eq(aml_dma_wait_all(2, req, AML_DMA_FOREVER, NULL), 0);
		if (c.req)
			ck_assert_int_eq(aml_dma_wait(dma, &c.req), 0);
		aml_dma_close(&dma);
	}
}
END_TEST

START_TEST(several_who_sleep_for_room_all_get_some)
{
	struct aml_dma *dma = manual_open_for(AML_DMA_HOST, 1);
	struct aml_dma_request *first = submit_pair(dma, &p);
	struct caller c[4];

	for (int i = 0; i < 4; i++) {
		c[i] = (struct caller){.call = call_submit, .dma = dma};
		begin_and_sleep(&c[i]);
	}
	for (int i = 0; i < 5; i++) {
		while (manual.submitted <= i)
			sleep_us(100);
		manual_complete(i, 0);
	}
	ck_assert_int_eq(aml_dma_wait(dma, &first), 0);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(caller_end(&c[i]), 0);
		ck_assert_int_eq(aml_dma_wait(dma, &c[i].req), 0);
	}
	aml_dma_close(&dma);
}
END_TEST

START_TEST(who_waits_for_room_drives_an_engine_that_needs_it)
{
	struct aml_dma *dma = manual_open_for(AML_DMA_HOST | AML_DMA_PROGRESS, 1);
	struct aml_dma_request *first = submit_pair(dma, &p);
	struct caller c = {.call = call_submit, .dma = dma};
	int progressed;

	begin_and_sleep(&c);
	progressed = manual.progressed;
	while (manual.progressed < progressed + 5) /* would never end */
		sleep_us(100);
	manual_complete(0, 0);
	ck_assert_int_eq(caller_end(&c), 0);
	manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &first), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &c.req), 0);
	aml_dma_close(&dma);
}
END_TEST

static struct aml_dma *full;
static int rc_in_callback, rc_for_in_callback;

static void submit_inside(struct told *told)
{
	const struct aml_dma_job job = job_of(&p);
	struct aml_dma_request *req;

	(void)told;
	rc_in_callback = aml_dma_submit(full, &req, &job);
	ck_assert_ptr_null(req);
	rc_for_in_callback = aml_dma_submit_for(full, &req, &job, 60000000);
	ck_assert_ptr_null(req);
}

START_TEST(a_full_queue_is_not_waited_for_in_a_callback)
{
	struct told told = {.then = submit_inside};
	struct aml_dma_job job = job_of(&p);
	struct aml_dma_request *req;

	full = manual_open_for(AML_DMA_HOST, 1);
	job.done = tell;
	job.done_arg = &told;
	req = submit_job(full, &job);
	manual_complete(0, 0); /* it counts until its callback has returned */
	ck_assert_int_eq(told.times, 1);
	ck_assert_int_eq(rc_in_callback, -AML_EAGAIN);
	ck_assert_int_eq(rc_for_in_callback, -AML_EAGAIN);
	ck_assert_int_eq(manual.submitted, 1);
	ck_assert_int_eq(aml_dma_wait(full, &req), 0);
	aml_dma_close(&full);
}
END_TEST

/* Threads that all want the little room there is. */
static void *submit_many(void *arg)
{
	struct aml_dma *dma = arg;
	struct pair q = pair_dense(16, 4);
	long bad = 0;

	for (int i = 0; i < 300; i++) {
		const struct aml_dma_job job = job_of(&q);
		struct aml_dma_request *req;

		bad += aml_dma_submit(dma, &req, &job) != 0;
		bad += aml_dma_wait(dma, &req) != 0;
	}
	pair_free(&q);
	return (void *)bad;
}

START_TEST(nobody_who_wants_room_is_forgotten)
{
	struct aml_dma *dma = manual_open_for(AML_DMA_HOST, 1);
	pthread_t thread[3];

	manual.at_once = true;
	for (int i = 0; i < 3; i++)
		pthread_create(&thread[i], NULL, submit_many, dma);
	for (int i = 0; i < 3; i++) {
		void *bad;

		pthread_join(thread[i], &bad);
		ck_assert_ptr_null(bad);
	}
	check_free(dma, 1);
	aml_dma_close(&dma);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("room");
	TCase *tc = tcase_create("room");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, capacity_counts_what_is_unfinished);
	tcase_add_test(tc, an_engine_without_a_limit_has_none);
	tcase_add_test(tc, a_full_queue_refuses_who_does_not_wait);
	tcase_add_test(tc, a_refused_submission_takes_no_room);
	tcase_add_test(tc, submitters_sleep_until_there_is_room);
	tcase_add_test(tc, several_who_sleep_for_room_all_get_some);
	tcase_add_test(tc, who_waits_for_room_drives_an_engine_that_needs_it);
	tcase_add_test(tc, a_full_queue_is_not_waited_for_in_a_callback);
	tcase_add_test(tc, nobody_who_wants_room_is_forgotten);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
