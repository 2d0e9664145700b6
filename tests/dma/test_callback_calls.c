/* SPDX-License-Identifier: BSD-3-Clause */
/* Callbacks: what they may call, and what not. */
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

/* ---- what it may not call ---- */

static struct aml_dma *inside;
static struct aml_dma_request *third, *prepared, *second;

static void call_what_waits(struct told *told)
{
	struct aml_dma_info info = {.size = sizeof(info)};
	struct aml_dma_request *r = third, *own = told->req;
	struct aml_dma *dma = inside;
	size_t index = 9, count = 9, indices[1];

	ck_assert_int_eq(aml_dma_wait(dma, &r), -AML_EBUSY);
	ck_assert_int_eq(aml_dma_wait(dma, &own), -AML_EBUSY);
	ck_assert_int_eq(aml_dma_wait_for(dma, &r, 1000), -AML_EBUSY);
	ck_assert_int_eq(aml_dma_wait_info(dma, &r, AML_DMA_FOREVER, &info), -AML_EBUSY);
	ck_assert_int_eq(aml_dma_wait_any(1, &r, AML_DMA_FOREVER, &index), -AML_EBUSY);
	ck_assert_int_eq(aml_dma_wait_some(1, &r, 1000, &count, indices, NULL), -AML_EBUSY);
	ck_assert_int_eq(aml_dma_wait_all(1, &r, AML_DMA_FOREVER, NULL), -AML_EBUSY);
	ck_assert_int_eq(aml_dma_barrier(dma), -AML_EBUSY);
	ck_assert_int_eq(aml_dma_barrier_for(dma, 1000), -AML_EBUSY);
	ck_assert_int_eq(aml_dma_cancel(dma, &r), -AML_EBUSY);
	ck_assert_int_eq(aml_dma_cancel(dma, &own), -AML_EBUSY);
	ck_assert_int_eq(aml_dma_cancel_info(dma, &r, &info), -AML_EBUSY);
	ck_assert_int_eq(aml_dma_close(&dma), -AML_EBUSY);
	ck_assert_int_eq(aml_dma_close_for(&dma, 0), -AML_EBUSY);
	ck_assert_int_eq(aml_dma_copy(dma, q.dst, q.src), -AML_EBUSY);
	ck_assert_ptr_eq(dma, inside);
	ck_assert_ptr_eq(r, third);
}

START_TEST(calls_that_wait_are_refused_in_a_callback)
{
	struct told told = {.then = call_what_waits};
	const struct aml_dma_job job = telling(&told);
	struct aml_dma_request *req;

	inside = manual_open(AML_DMA_HOST);
	req = submit_job(inside, &job);
	third = submit_pair(inside, &q);
	manual_complete(0, 0);
	ck_assert_int_eq(told.times, 1);
	ck_assert_int_eq(manual.submitted, 2);
	ck_assert_int_eq(manual.cancelled, 0);
	ck_assert_int_eq(slot_state(inside, third), AMLI_QUEUED);
	manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait(inside, &third), 0); /* not in a callback any more */
	ck_assert_int_eq(aml_dma_wait(inside, &req), 0);
	aml_dma_close(&inside);
}
END_TEST

/* ---- what it may ---- */

static void call_what_looks(struct told *told)
{
	struct aml_dma_request *r = third, *own = told->req;
	struct aml_dma_info info = {.size = sizeof(info)};
	size_t free, index = 9;
	int done = 7;

	ck_assert_int_eq(aml_dma_test(inside, &r, &done), 0);
	ck_assert_int_eq(done, 0);
	ck_assert_int_eq(aml_dma_test(inside, &own, &done), 0);
	ck_assert_int_eq(done, 0); /* it counts as done when the callback has returned */
	ck_assert_int_eq(aml_dma_wait_for(inside, &own, 0), -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_dma_wait_any(1, &own, 0, &index), -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_dma_barrier_for(inside, 0), -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_dma_info(inside, own, &info), 0);
	ck_assert_int_ne(info.phase, AML_DMA_DONE);
	ck_assert_int_eq(aml_dma_capacity(inside, &free, NULL), 0);
	ck_assert_int_eq(aml_dma_start(inside, own), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_start(inside, prepared), 0);
	second = submit_after(inside, &q, 1, &own);
	ck_assert_int_eq(slot_state(inside, second), AMLI_BLOCKED);
}

START_TEST(calls_that_look_and_those_that_begin_something_are_fine)
{
	struct told told = {.then = call_what_looks};
	const struct aml_dma_job job = telling(&told), plain = job_of(&q);
	struct aml_dma_request *req;

	inside = manual_open(AML_DMA_HOST);
	req = submit_job(inside, &job);
	third = submit_pair(inside, &q);
	prepared = prepare_job(inside, &plain);
	manual_complete(0, 0);
	ck_assert_int_eq(manual.submitted, 4);
	for (int i = 1; i < 4; i++)
		manual_complete(i, 0);
	ck_assert_int_eq(aml_dma_wait(inside, &second) + aml_dma_wait(inside, &third), 0);
	ck_assert_int_eq(aml_dma_wait(inside, &req) + aml_dma_wait(inside, &prepared), 0);
	ck_assert_int_eq(aml_dma_release(inside, &prepared), 0);
	aml_dma_close(&inside);
}
END_TEST

static void submit_next(struct told *told)
{
	struct aml_dma_job job = job_of(&q);
	struct aml_dma_request *own = told->req;

	job.after = &own;
	job.nafter = 1;
	ck_assert_int_eq(aml_dma_submit(told->dma, &second, &job), 0);
}

START_TEST(a_callback_may_submit_what_comes_after_its_own_request)
{
	struct aml_dma *dma = engines_open(_i);
	struct told told = {.then = submit_next, .dma = dma};
	const struct aml_dma_job job = telling(&told);
	struct aml_dma_request *req;

	second = NULL;
	req = submit_job(dma, &job);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	ck_assert_int_eq(aml_dma_wait_for(dma, &second, 10000000), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	ck_assert(pair_dst_equals_oracle(&q));
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

static atomic_int left;

static void again(struct told *told)
{
	struct aml_dma_job job = telling(told);

	if (left-- > 0)
		ck_assert_int_eq(aml_dma_submit(told->dma, NULL, &job), 0);
}

START_TEST(a_chain_of_callbacks_is_waited_for_by_close)
{
	struct aml_dma *dma = engines_open(_i);
	struct told told = {.then = again, .dma = dma};
	const struct aml_dma_job job = telling(&told);

	left = 50;
	ck_assert_int_eq(aml_dma_submit(dma, NULL, &job), 0);
	ck_assert_int_eq(aml_dma_close(&dma), 0);
	ck_assert_int_eq(told.times, 51);
	ck_assert(pair_dst_equals_oracle(&p));
}
END_TEST

static void give_away(struct told *told)
{
	struct caller *c = told->arg;

	c->req = told->req;
	caller_begin(c);
	sleep_us(2000); /* it sleeps now */
}

START_TEST(a_callback_may_give_the_handle_to_another_thread)
{
	struct aml_dma *dma = engines_open(_i);
	struct caller c = {.call = call_wait, .dma = dma};
	struct told told = {.then = give_away, .arg = &c};
	const struct aml_dma_job job = telling(&told);
	struct aml_dma_request *req = submit_job(dma, &job);

	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert_int_eq(caller_end(&c), 0);
	ck_assert(!handle_is_known(dma, req));
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

static void copy_inline(struct told *told)
{
	ck_assert_int_eq(aml_dma_copy(told->dma, q.dst, q.src), 0);
}

START_TEST(an_inline_copy_waits_for_nobody_and_is_fine)
{
	struct aml_dma *dma;
	struct told told = {.then = copy_inline};
	struct aml_dma_job job = telling(&told), fence = job_of(&p);
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_open(&dma, "memcpy"), 0);
	told.dma = dma;
	for (int i = 0; i < 2; i++) {
		pair_reset(&q);
		req = submit_job(dma, &job);
		ck_assert(pair_dst_equals_oracle(&q));
		ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
		fence.flags = AML_DMA_FENCE; /* one that is over holds up nobody */
		req = submit_job(dma, &fence);
		ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	}
	ck_assert_int_eq(told.times, 2);
	aml_dma_close(&dma);
}
END_TEST

#define ROW 20

static struct aml_dma_request *row[ROW];

static void start_next(struct told *told)
{
	int next = *(int *)told->arg + 1;

	ck_assert_int_eq(aml_dma_start(told->dma, told->req), -AML_EBUSY);
	if (next < ROW)
		ck_assert_int_eq(aml_dma_start(told->dma, row[next]), 0);
}

START_TEST(prepared_requests_may_start_each_other)
{
	struct aml_dma *dma = engines_open(_i);
	struct told told[ROW] = {{0}};
	int number[ROW];

	for (int i = 0; i < ROW; i++) {
		const struct aml_dma_job job = telling(&told[i]);

		number[i] = i;
		told[i].then = start_next;
		told[i].dma = dma;
		told[i].arg = &number[i];
		row[i] = prepare_job(dma, &job);
	}
	for (int turn = 1; turn < 4; turn++) {
		ck_assert_int_eq(aml_dma_start(dma, row[0]), 0);
		for (int i = 0; i < ROW; i++) {
			ck_assert_int_eq(aml_dma_wait(dma, &row[i]), 0);
			ck_assert_int_eq(told[i].times, turn);
		}
	}
	for (int i = 0; i < ROW; i++)
		ck_assert_int_eq(aml_dma_release(dma, &row[i]), 0);
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("callback calls");
	TCase *tc = tcase_create("callback");
	SRunner *runner = srunner_create(suite);
	int failed, n = engines_count();

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, calls_that_wait_are_refused_in_a_callback);
	tcase_add_test(tc, calls_that_look_and_those_that_begin_something_are_fine);
	tcase_add_loop_test(tc, a_callback_may_submit_what_comes_after_its_own_request, 0, n);
	tcase_add_loop_test(tc, a_chain_of_callbacks_is_waited_for_by_close, 0, n);
	tcase_add_loop_test(tc, a_callback_may_give_the_handle_to_another_thread, 0, n);
	tcase_add_test(tc, an_inline_copy_waits_for_nobody_and_is_fine);
	tcase_add_loop_test(tc, prepared_requests_may_start_each_other, 0, n);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
