/* SPDX-License-Identifier: BSD-3-Clause */
/* How requests end that auto handed to another engine, which may be closed; and waiting. */
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "backends/auto/test_away.h"
#include "tests/lib/gate.h"
#include "tests/lib/manual.h"
#include "tests/lib/pair.h"

/* ---- ends ---- */

START_TEST(cancel_reaches_the_other_engine)
{
	struct aml_dma_request *req = away_send();
	struct aml_dma_info info = {.size = sizeof(info)};

	ck_assert_int_eq(aml_dma_cancel_info(automatic, &req, &info), 0);
	ck_assert_int_eq(manual.cancelled, 1);
	ck_assert_int_eq(info.outcome, AML_DMA_DROPPED);
	ck_assert_int_eq(aml_dma_barrier(guest), 0);
}
END_TEST

START_TEST(a_deadline_ends_what_waits_there)
{
	struct aml_dma_request *req = away_send_for(2000);

	ck_assert_int_eq(aml_dma_wait(automatic, &req), -AML_ETIMEDOUT);
	ck_assert_int_eq(manual.cancelled, 1);
	req = away_send_for(1000);
	sleep_us(2000);
	ck_assert_int_eq(manual_start(1), -AML_ETIMEDOUT);
	aml_request_complete(manual.req[1], -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_dma_wait(automatic, &req), -AML_ETIMEDOUT);
}
END_TEST

START_TEST(closing_the_other_engine_fails_what_waits_there)
{
	struct aml_dma_request *req[3] = {away_send(), away_send(), away_send()};

	manual_complete(0, 0); /* one that has ended, and is not waited for yet */
	ck_assert_int_eq(aml_dma_close(&guest), 0);
	ck_assert_int_eq(manual.cancelled, 2);
	ck_assert_int_eq(aml_dma_wait(automatic, &req[2]), -AML_EIO);
	ck_assert_int_eq(aml_dma_wait(automatic, &req[1]), -AML_EIO);
	ck_assert_int_eq(aml_dma_cancel(automatic, &req[0]), 0);
	ck_assert_int_eq(aml_dma_async_copy(automatic, &req[0], &stream_here, p.src), -AML_ENOTSUP);
	ck_assert_int_eq(aml_dma_copy(automatic, p.dst, p.src), 0);
}
END_TEST

static void *complete_later(void *arg)
{
	(void)arg;
	sleep_us(5000);
	manual_complete(0, 0);
	return NULL;
}

START_TEST(closing_it_waits_for_what_cannot_be_cancelled)
{
	struct aml_dma_request *req = away_send();
	pthread_t thread;

	manual.cancel = -AML_EBUSY;
	ck_assert_int_eq(pthread_create(&thread, NULL, complete_later, NULL), 0);
	ck_assert_int_eq(aml_dma_close(&guest), 0);
	ck_assert_int_eq(manual.closed, 1);
	pthread_join(thread, NULL);
	ck_assert_int_eq(aml_dma_wait(automatic, &req), 0);
}
END_TEST

START_TEST(closing_auto_with_a_time_limit_cancels_there)
{
	struct aml_dma_request *req = away_send();

	(void)req;
	ck_assert_int_eq(aml_dma_close_for(&automatic, 1000), 0);
	ck_assert_int_ge(manual.cancelled, 1);
	ck_assert_int_eq(aml_dma_barrier(guest), 0);
}
END_TEST

START_TEST(a_prepared_request_finds_an_engine_at_each_start)
{
	const struct aml_dma_job job = {.size = sizeof(job), .dst = &stream_here, .src = p.src};
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_prepare(automatic, &req, &job), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(aml_dma_start(automatic, req), 0);
		manual_complete(i, 0);
		ck_assert_int_eq(aml_dma_wait(automatic, &req), 0);
	}
	aml_dma_close(&guest);
	ck_assert_int_eq(aml_dma_start(automatic, req), -AML_ENOTSUP);
	guest = manual_open(AML_DMA_HOST);
	manual.reached = &here;
	ck_assert_int_eq(aml_dma_start(automatic, req), 0);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(automatic, &req), 0);
	ck_assert_int_eq(aml_dma_release(automatic, &req), 0);
}
END_TEST

/* ---- waiting ---- */

static void ended(struct aml_dma_request *req, const struct aml_dma_info *info, void *arg)
{
	(void)req;
	*(int *)arg = info->status;
}

START_TEST(callbacks_and_the_descriptor_tell_of_the_end)
{
	int status = 1;
	const struct aml_dma_job job = {.size = sizeof(job),
					.dst = &stream_here,
					.src = p.src,
					.done = ended,
					.done_arg = &status};
	struct pollfd fd = {.events = POLLIN};
	size_t n;

	ck_assert_int_eq(aml_dma_fd(automatic, &fd.fd), 0);
	aml_dma_drain(automatic, NULL);
	ck_assert_int_eq(aml_dma_submit(automatic, NULL, &job), 0);
	aml_dma_drain(automatic, NULL);
	ck_assert_int_eq(poll(&fd, 1, 5), 0);
	manual_complete(0, -AML_EIO);
	ck_assert_int_eq(status, -AML_EIO);
	ck_assert_int_eq(poll(&fd, 1, 5000), 1);
	ck_assert_int_eq(aml_dma_drain(automatic, &n), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(poll(&fd, 1, 5), 0);
	ck_assert_int_eq(aml_dma_barrier(automatic), -AML_EIO);
}
END_TEST

START_TEST(the_other_engines_own_descriptor_is_left_to_its_program)
{
	struct aml_dma_request *own, *req = away_send();
	size_t n;
	int fd;

	ck_assert_int_eq(aml_dma_fd(guest, &fd), 0);
	aml_dma_drain(guest, NULL);
	ck_assert_int_eq(aml_dma_async_copy(guest, &own, p.dst, p.src), 0);
	manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait_for(automatic, &req, 3000), -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_dma_drain(guest, &n), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(aml_dma_wait(guest, &own), 0);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(automatic, &req), 0);
}
END_TEST

/* ---- threads ---- */

#define ROUNDS 300

static atomic_bool over;

/* What several threads have submitted, for one that ends it. */
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static struct aml_request *queue[8];
static size_t nqueue;

static void enqueue(struct aml_request *req)
{
	pthread_mutex_lock(&queue_lock);
	queue[nqueue++] = req;
	pthread_mutex_unlock(&queue_lock);
}

static void *serve(void *arg)
{
	(void)arg;
	while (!atomic_load(&over)) {
		struct aml_request *req = NULL;

		pthread_mutex_lock(&queue_lock);
		if (nqueue)
			req = queue[--nqueue];
		pthread_mutex_unlock(&queue_lock);
		if (req)
			aml_request_complete(req, 0);
		else
			sleep_us(10);
	}
	return NULL;
}

static void *send_and_wait(void *arg)
{
	size_t bad = 0;

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		struct aml_dma_request *req;

		if (aml_dma_async_copy(automatic, &req, &stream_here, p.src))
			bad++;
		else if (i % 3)
			bad += aml_dma_wait(automatic, &req) != 0;
		else
			bad += aml_dma_cancel(automatic, &req) != 0;
	}
	return (void *)bad;
}

START_TEST(threads_submit_cancel_and_wait_at_once)
{
	pthread_t server, threads[3];
	void *bad;

	manual.cancel = -AML_EBUSY; /* the server ends them all */
	manual.in_submit = enqueue;
	atomic_store(&over, false);
	ck_assert_int_eq(pthread_create(&server, NULL, serve, NULL), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, send_and_wait, NULL), 0);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], &bad);
		ck_assert_ptr_null(bad);
	}
	atomic_store(&over, true);
	pthread_join(server, NULL);
	ck_assert_int_eq(aml_dma_barrier(guest), 0);
}
END_TEST

/* Waits for requests while the main thread closes and opens their engine. */
static void *send_for_ever(void *arg)
{
	size_t bad = 0;

	(void)arg;
	while (!atomic_load(&over)) {
		struct aml_dma_request *req;
		int rc = aml_dma_async_copy(automatic, &req, &stream_here, p.src);

		if (rc == 0)
			rc = aml_dma_wait(automatic, &req);
		bad += rc != 0 && rc != -AML_EIO && rc != -AML_ENOTSUP;
	}
	return (void *)bad;
}

START_TEST(the_other_engine_may_be_closed_at_any_time)
{
	pthread_t threads[2];
	void *bad;

	atomic_store(&over, false);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, send_for_ever, NULL), 0);
	for (int i = 0; i < 100; i++) {
		sleep_us(300);
		aml_dma_close(&guest);
		guest = manual_open_reaching(AML_DMA_HOST, &here);
	}
	atomic_store(&over, true);
	aml_dma_close(&guest);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &bad);
		ck_assert_ptr_null(bad);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("end");
	TCase *tc = tcase_create("end");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, away_setup, away_teardown);
	tcase_add_test(tc, cancel_reaches_the_other_engine);
	tcase_add_test(tc, a_deadline_ends_what_waits_there);
	tcase_add_test(tc, closing_the_other_engine_fails_what_waits_there);
	tcase_add_test(tc, closing_it_waits_for_what_cannot_be_cancelled);
	tcase_add_test(tc, closing_auto_with_a_time_limit_cancels_there);
	tcase_add_test(tc, a_prepared_request_finds_an_engine_at_each_start);
	tcase_add_test(tc, callbacks_and_the_descriptor_tell_of_the_end);
	tcase_add_test(tc, the_other_engines_own_descriptor_is_left_to_its_program);
	tcase_add_test(tc, threads_submit_cancel_and_wait_at_once);
	tcase_add_test(tc, the_other_engine_may_be_closed_at_any_time);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
