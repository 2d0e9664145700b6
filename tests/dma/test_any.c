/* SPDX-License-Identifier: BSD-3-Clause */
/* Waiting for one of several requests. */
#include <check.h>
#include <stdlib.h>

#include "tests/lib/caller.h"
#include "tests/lib/job.h"
#include "tests/lib/manual.h"
#include "tests/lib/slot.h"

#define AT_ONCE 0

static struct pair p;

static void setup(void)
{
	p = pair_dense(16, 4);
}

static void teardown(void)
{
	pair_free(&p);
}

/* An array to wait for, in a thread. */
struct array {
	size_t n, index, count, indices[8];
	struct aml_dma_request *req[8];
	int statuses[8];
};

static int call_any(struct caller *c)
{
	struct array *a = c->arg;

	return aml_dma_wait_any(a->n, a->req, c->timeout_us, &a->index);
}

static int call_some(struct caller *c)
{
	struct array *a = c->arg;

	return aml_dma_wait_some(a->n, a->req, c->timeout_us, &a->count, a->indices, a->statuses);
}

static bool is_watched(struct aml_dma *dma, struct aml_dma_request *req)
{
	return atomic_load(&slot_of(dma, req)->word) & AMLI_WATCHED;
}

static void begin_watching(struct caller *c, struct aml_dma *dma, struct aml_dma_request *last)
{
	c->timeout_us = AML_DMA_FOREVER;
	caller_begin(c);
	while (!is_watched(dma, last))
		sleep_us(100);
	sleep_us(2000);
}

START_TEST(any_takes_the_first_that_is_done_and_no_other)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma *other = second_manual_open(AML_DMA_HOST);
	struct aml_dma_request *req[4] = {NULL, submit_pair(dma, &p), submit_pair(other, &p),
					  submit_pair(dma, &p)};
	size_t index = 9;

	ck_assert_int_eq(aml_dma_wait_any(4, req, AT_ONCE, &index), -AML_ETIMEDOUT);
	ck_assert_uint_eq(index, 4);
	ck_assert(req[1] && req[2] && req[3]);
	ck_assert(manual.progressed && second_manual.progressed); /* it helps them all */
	second_manual_complete(0, -AML_EIO);
	manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait_any(4, req, AML_DMA_FOREVER, &index), -AML_EIO);
	ck_assert_uint_eq(index, 2);
	ck_assert(req[1] && !req[2] && req[3]);
	ck_assert_int_eq(aml_dma_wait_any(4, req, AT_ONCE, &index), 0);
	ck_assert_uint_eq(index, 3);
	manual_complete(0, -7);
	ck_assert_int_eq(aml_dma_wait_any(4, req, AT_ONCE, &index), -7);
	ck_assert_uint_eq(index, 1);
	ck_assert_int_eq(aml_dma_wait_any(4, req, AT_ONCE, &index), -AML_EINVAL);
	ck_assert_uint_eq(index, 4);
	aml_dma_close(&other);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(one_that_timed_out_itself_is_told_apart_from_a_limit_that_passed)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_job job = job_of(&p);
	struct aml_dma_request *req[2] = {submit_pair(dma, &p)};
	size_t index;

	job.timeout_us = 300000;
	req[1] = submit_job(dma, &job);
	ck_assert_int_eq(aml_dma_wait_any(2, req, 100, &index), -AML_ETIMEDOUT);
	ck_assert_uint_eq(index, 2);
	ck_assert_int_eq(aml_dma_wait_any(2, req, AML_DMA_FOREVER, &index), -AML_ETIMEDOUT);
	ck_assert_uint_eq(index, 1);
	ck_assert(req[0] && !req[1]);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req[0]), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(any_refuses_what_is_no_request_and_says_which)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req[3] = {submit_pair(dma, &p), NULL, submit_pair(dma, &p)};
	struct aml_dma_request *stale = req[2];
	size_t index = 9;

	manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req[2]), 0);
	req[2] = stale;
	ck_assert_int_eq(aml_dma_wait_any(3, req, AML_DMA_FOREVER, &index), -AML_EINVAL);
	ck_assert_uint_eq(index, 2);
	ck_assert_ptr_eq(req[2], stale);
	ck_assert_int_eq(slot_state(dma, req[0]), AMLI_QUEUED);
	ck_assert_int_eq(aml_dma_wait_any(2, req, AT_ONCE, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_wait_any(2, NULL, AT_ONCE, &index), -AML_EINVAL);
	ck_assert_uint_eq(index, 2);
	ck_assert_int_eq(aml_dma_wait_any(0, req, AML_DMA_FOREVER, &index), -AML_EINVAL);
	ck_assert_uint_eq(index, 0);
	ck_assert_int_eq(aml_dma_wait_any(0, NULL, AML_DMA_FOREVER, &index), -AML_EINVAL);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req[0]), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(prepared_requests_are_skipped_until_started_and_keep_their_handle)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	const struct aml_dma_job job = job_of(&p);
	struct aml_dma_request *req[2] = {prepare_job(dma, &job), submit_pair(dma, &p)};
	size_t index, count, indices[2];
	int statuses[2] = {1, 1};

	ck_assert_int_eq(aml_dma_wait_any(1, req, AML_DMA_FOREVER, &index), -AML_EINVAL);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait_all(2, req, AML_DMA_FOREVER, statuses), 0);
	ck_assert(statuses[0] == 0 && statuses[1] == 0 && req[0] && !req[1]);
	ck_assert_int_eq(aml_dma_start(dma, req[0]), 0);
	ck_assert_int_eq(aml_dma_wait_any(2, req, AT_ONCE, &index), -AML_ETIMEDOUT);
	manual_complete(1, -AML_EIO);
	ck_assert_int_eq(aml_dma_wait_any(2, req, AT_ONCE, &index), -AML_EIO);
	ck_assert_uint_eq(index, 0);
	ck_assert_ptr_nonnull(req[0]);
	ck_assert_int_eq(aml_dma_wait_any(2, req, AT_ONCE, &index), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_start(dma, req[0]), 0);
	manual_complete(2, -7);
	ck_assert_int_eq(aml_dma_wait_some(2, req, AT_ONCE, &count, indices, statuses), 0);
	ck_assert(count == 1 && indices[0] == 0 && statuses[0] == -7 && req[0]);
	ck_assert_int_eq(aml_dma_release(dma, &req[0]), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_sleeper_is_woken_by_the_end_of_any_of_its_requests)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma *other = second_manual_open(AML_DMA_HOST);

	for (int i = 0; i < 3; i++) {
		struct array a = {.n = 3, .index = 9};
		struct caller c = {.call = call_any, .arg = &a};
		struct aml_dma_request *bystander = submit_pair(dma, &p);

		a.req[0] = submit_pair(dma, &p);
		a.req[1] = submit_pair(dma, &p);
		a.req[2] = submit_pair(other, &p);
		begin_watching(&c, other, a.req[2]);
		ck_assert(!is_watched(dma, bystander));
		manual_complete(3 * i, 0); /* nobody waits for it */
		sleep_us(2000);
		ck_assert(!c.over);
		if (i < 2)
			manual_complete(3 * i + 1 + i, -7);
		else
			second_manual_complete(i, -7);
		ck_assert_int_eq(caller_end(&c), -7);
		ck_assert_uint_eq(a.index, (size_t)i);
		if (i < 2) {
			manual_complete(3 * i + 2 - i, 0);
			second_manual_complete(i, 0);
		} else {
			manual_complete(3 * i + 1, 0);
			manual_complete(3 * i + 2, 0);
		}
		ck_assert_int_eq(aml_dma_wait_all(3, a.req, AML_DMA_FOREVER, NULL), 0);
		ck_assert_int_eq(aml_dma_wait(dma, &bystander), 0);
	}
	aml_dma_close(&other);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_sleeper_sleeps)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct array a = {.n = 1, .req = {submit_pair(dma, &p)}};
	struct caller c = {.call = call_any, .arg = &a};
	int progressed;

	begin_watching(&c, dma, a.req[0]);
	do { /* would never end */
		progressed = manual.progressed;
		sleep_us(10000);
	} while (manual.progressed != progressed);
	manual_complete(0, 0);
	ck_assert_int_eq(caller_end(&c), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(threads_that_watch_the_same_requests_all_wake)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct array a = {.n = 2, .req = {submit_pair(dma, &p), submit_pair(dma, &p)}}, b = a,
		     d = a;
	struct caller ca = {.call = call_any, .arg = &a}, cb = {.call = call_some, .arg = &b};
	struct caller cd = {.call = call_any, .arg = &d};
	int ended;

	d.n = 1;
	begin_watching(&ca, dma, a.req[1]);
	begin_watching(&cb, dma, a.req[1]);
	begin_watching(&cd, dma, a.req[0]);
	manual_complete(0, 0);
	/* One of them has it.  To the others it is no request any more. */
	ended = (caller_end(&ca) == 0) + (caller_end(&cb) == 0) + (caller_end(&cd) == 0);
	ck_assert_int_eq(ended, 1);
	manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &a.req[1]), 0);
	aml_dma_close(&dma);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("any");
	TCase *tc = tcase_create("any");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, any_takes_the_first_that_is_done_and_no_other);
	tcase_add_test(tc, one_that_timed_out_itself_is_told_apart_from_a_limit_that_passed);
	tcase_add_test(tc, any_refuses_what_is_no_request_and_says_which);
	tcase_add_test(tc, prepared_requests_are_skipped_until_started_and_keep_their_handle);
	tcase_add_test(tc, a_sleeper_is_woken_by_the_end_of_any_of_its_requests);
	tcase_add_test(tc, a_sleeper_sleeps);
	tcase_add_test(tc, threads_that_watch_the_same_requests_all_wake);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
