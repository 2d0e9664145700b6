/* SPDX-License-Identifier: BSD-3-Clause */
/* Wait, cancel and barrier, on an engine that does what the test says. */
#include <check.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/lib/caller.h"
#include "tests/lib/gate.h"
#include "tests/lib/manual.h"
#include "tests/lib/pair.h"
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

static struct aml_dma_request *submit(struct aml_dma *dma)
{
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_async_copy(dma, &req, p.dst, p.src), 0);
	return req;
}

static void submit_detached(struct aml_dma *dma)
{
	ck_assert_int_eq(aml_dma_async_copy(dma, NULL, p.dst, p.src), 0);
}

START_TEST(a_waiter_sleeps_until_the_request_is_complete)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct caller c = {.call = call_wait, .dma = dma, .req = submit(dma)};
	int progressed;

	caller_begin_wait(&c);
	progressed = manual.progressed;
	sleep_us(20000);
	ck_assert(!c.over);
	ck_assert_int_eq(manual.progressed, progressed); /* asleep, not spinning */
	manual_complete(0, -AML_EIO);
	ck_assert_int_eq(caller_end(&c), -AML_EIO);
	ck_assert_ptr_null(c.req);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_waiter_keeps_a_progress_engine_going)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST | AML_DMA_PROGRESS);
	struct caller c = {.call = call_wait, .dma = dma, .req = submit(dma)};
	int progressed;

	caller_begin_wait(&c);
	progressed = manual.progressed;
	while (manual.progressed < progressed + 100) /* would never end */
		sleep_us(100);
	ck_assert(!c.over);
	progressed = manual.progressed;
	sleep_us(50000);
	ck_assert_int_lt(manual.progressed, progressed + 50000); /* asleep in between */
	manual_complete(0, 0);
	ck_assert_int_eq(caller_end(&c), 0);
	aml_dma_close(&dma);
}
END_TEST

/* How long the waiter takes for 1000 calls of progress; the quickest of so many times. */
static double progress_us(int times)
{
	double least = 1e9;

	for (int i = 0; i < times; i++) {
		int before = manual.progressed;
		double begin = now_us(), took;

		while (manual.progressed < before + 1000)
			sleep_us(100);
		took = now_us() - begin;
		least = took < least ? took : least;
	}
	return least;
}

START_TEST(a_waiter_sleeps_on_the_descriptor)
{
	int fd = eventfd(0, EFD_NONBLOCK);
	struct aml_dma *dma = manual_open_with(AML_DMA_HOST | AML_DMA_PROGRESS, fd);
	struct caller c = {.call = call_wait, .dma = dma, .req = submit(dma)};
	double slow, fast;

	caller_begin(&c);
	slow = progress_us(3);			   /* 64 calls between slices of a millisecond */
	ck_assert_int_eq(eventfd_write(fd, 1), 0); /* stays readable: no more sleep */
	fast = progress_us(100);
	ck_assert_msg(fast < slow / 2, "1000 calls in %.0f us, with the descriptor in %.0f us",
		      slow, fast);
	manual_complete(0, 0);
	ck_assert_int_eq(caller_end(&c), 0);
	aml_dma_close(&dma);
	close(fd);
}
END_TEST

START_TEST(a_barrier_waits_for_what_was_before_it_and_for_nothing_else)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct caller c = {.call = call_barrier, .dma = dma};
	struct aml_dma_request *first = submit(dma), *later;

	submit_detached(dma);
	caller_begin_barrier(&c);
	later = submit(dma);
	manual_complete(0, 0);
	sleep_us(5000);
	ck_assert(!c.over);
	manual_complete(1, 0);
	ck_assert_int_eq(caller_end(&c), 0); /* though the later one is not complete */
	manual_complete(2, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &first), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &later), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(waits_and_barriers_at_once_all_end)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct caller w = {.call = call_wait, .dma = dma, .req = submit(dma)};
	struct caller b1 = {.call = call_barrier, .dma = dma}, b2 = b1;

	caller_begin(&w);
	caller_begin_barrier(&b1);
	caller_begin(&b2);
	sleep_us(5000);
	manual_complete(0, 0);
	ck_assert_int_eq(caller_end(&w), 0);
	ck_assert_int_eq(caller_end(&b1), 0);
	ck_assert_int_eq(caller_end(&b2), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_barrier_reports_the_first_failure_that_nobody_has_reported)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req[4];

	for (int i = 0; i < 4; i++)
		req[i] = submit(dma);
	manual_complete(2, -AML_EIO);
	manual_complete(0, -AML_EPERM);
	manual_complete(1, -AML_EDOM);
	manual_complete(3, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req[2]), -AML_EIO); /* reports the first */
	ck_assert_int_eq(aml_dma_barrier(dma), -AML_EPERM);
	ck_assert_int_eq(aml_dma_barrier(dma), -AML_EDOM);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req[0]), -AML_EPERM); /* still its own */
	ck_assert_int_eq(aml_dma_wait(dma, &req[1]), -AML_EDOM);
	ck_assert_int_eq(aml_dma_wait(dma, &req[3]), 0);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_barrier_reports_detached_failures_once)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);

	for (int i = 0; i < 3; i++)
		submit_detached(dma);
	manual_complete(1, -7);
	manual_complete(0, -8);
	manual_complete(2, 0);
	ck_assert_int_eq(aml_dma_barrier(dma), -7);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	submit_detached(dma);
	manual_complete(3, -9);
	ck_assert_int_eq(aml_dma_barrier(dma), -9);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_barrier_leaves_failures_of_later_requests_to_later_barriers)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct caller c = {.call = call_barrier, .dma = dma};

	submit_detached(dma);
	caller_begin_barrier(&c);
	submit_detached(dma);
	manual_complete(1, -AML_EIO);
	manual_complete(0, 0);
	ck_assert_int_eq(caller_end(&c), 0);
	ck_assert_int_eq(aml_dma_barrier(dma), -AML_EIO);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(detached_failures_before_and_after_a_barrier_are_kept_apart)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct caller c = {.call = call_barrier, .dma = dma};

	submit_detached(dma);
	caller_begin_barrier(&c);
	submit_detached(dma);
	manual_complete(1, -8);
	manual_complete(0, -7);
	ck_assert_int_eq(caller_end(&c), -7);
	ck_assert_int_eq(aml_dma_barrier(dma), -8);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(cancel_returns_when_the_engine_has_dropped_the_request)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit(dma);

	ck_assert_int_eq(aml_dma_cancel(dma, &req), 0);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(manual.cancelled, 1);
	ck_assert_int_eq(aml_dma_barrier(dma), 0); /* a cancelled one has not failed */
	aml_dma_close(&dma);
}
END_TEST

START_TEST(cancel_waits_for_what_cannot_be_stopped)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct caller c = {.call = call_cancel, .dma = dma, .req = submit(dma)};

	manual.cancel = -AML_EBUSY;
	caller_begin(&c);
	while (!manual.cancelled)
		sleep_us(100);
	sleep_us(5000);
	ck_assert(!c.over);
	manual_complete(0, -AML_EIO);
	ck_assert_int_eq(aml_dma_barrier(dma), 0); /* how it ended is nobody's concern */
	ck_assert_int_eq(caller_end(&c), 0);
	ck_assert_ptr_null(c.req);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(cancel_of_a_failed_request_takes_its_failure_along)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit(dma);

	manual_complete(0, -AML_EIO);
	ck_assert_int_eq(aml_dma_cancel(dma, &req), 0);
	ck_assert_int_eq(manual.cancelled, 0);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_request_of_another_engine_or_of_the_past_is_refused)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST), *other;
	struct aml_dma_request *req = submit(dma), *copy = req;

	ck_assert_int_eq(aml_dma_open(&other, "memcpy"), 0);
	ck_assert_int_eq(aml_dma_wait(other, &req), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_cancel(other, &req), -AML_EINVAL);
	ck_assert_ptr_nonnull(req);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &copy), -AML_EINVAL);
	aml_dma_close(&other);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(close_waits_for_all_and_then_closes_the_engine)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct caller c = {.call = call_close, .dma = dma};

	submit(dma);
	submit_detached(dma);
	caller_begin_barrier(&c);
	manual_complete(1, -AML_EIO);
	sleep_us(5000);
	ck_assert(!c.over);
	ck_assert_int_eq(manual.closed, 0);
	manual_complete(0, 0);
	ck_assert_int_eq(caller_end(&c), 0);
	ck_assert_int_eq(manual.closed, 1);
}
END_TEST

START_TEST(a_request_shows_its_state)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit(dma);

	ck_assert_int_eq(slot_state(dma, req), AMLI_QUEUED);
	ck_assert_int_eq(manual_start(0), 0);
	ck_assert_int_eq(slot_state(dma, req), AMLI_RUNNING);
	ck_assert_uint_eq((uintptr_t)aml_request_private(manual.req[0]) % 16, 0);
	aml_request_complete(manual.req[0], 0);
	ck_assert_int_eq(slot_state(dma, req), AMLI_DONE);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wait");
	TCase *tc = tcase_create("wait");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_waiter_sleeps_until_the_request_is_complete);
	tcase_add_test(tc, a_waiter_keeps_a_progress_engine_going);
	tcase_add_test(tc, a_waiter_sleeps_on_the_descriptor);
	tcase_add_test(tc, a_barrier_waits_for_what_was_before_it_and_for_nothing_else);
	tcase_add_test(tc, waits_and_barriers_at_once_all_end);
	tcase_add_test(tc, a_barrier_reports_the_first_failure_that_nobody_has_reported);
	tcase_add_test(tc, a_barrier_reports_detached_failures_once);
	tcase_add_test(tc, a_barrier_leaves_failures_of_later_requests_to_later_barriers);
	tcase_add_test(tc, detached_failures_before_and_after_a_barrier_are_kept_apart);
	tcase_add_test(tc, cancel_returns_when_the_engine_has_dropped_the_request);
	tcase_add_test(tc, cancel_waits_for_what_cannot_be_stopped);
	tcase_add_test(tc, cancel_of_a_failed_request_takes_its_failure_along);
	tcase_add_test(tc, a_request_of_another_engine_or_of_the_past_is_refused);
	tcase_add_test(tc, close_waits_for_all_and_then_closes_the_engine);
	tcase_add_test(tc, a_request_shows_its_state);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
