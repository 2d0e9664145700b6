/* SPDX-License-Identifier: BSD-3-Clause */
/* The descriptor of an engine. */
#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/batch.h"
#include "tests/lib/engines.h"
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

static int fd_of(struct aml_dma *dma)
{
	int fd = -1;

	ck_assert_int_eq(aml_dma_fd(dma, &fd), 0);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static bool is_readable(int fd, int timeout_ms)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	int rc = poll(&pollfd, 1, timeout_ms);

	ck_assert(rc == 0 || (rc == 1 && pollfd.revents == POLLIN));
	return rc;
}

static size_t drain(struct aml_dma *dma)
{
	size_t ended = 99;

	ck_assert_int_eq(aml_dma_drain(dma, &ended), 0);
	return ended;
}

/* An epoll descriptor that watches fd. */
static int watch(int fd, uint32_t how)
{
	struct epoll_event event = {.events = EPOLLIN | how};
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	ck_assert_int_eq(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), 0);
	return epoll;
}

static int events(int epoll, int timeout_ms)
{
	struct epoll_event event;

	return epoll_wait(epoll, &event, 1, timeout_ms);
}

START_TEST(it_is_readable_from_the_end_of_a_request_to_the_drain)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req[3] = {submit_pair(dma, &p)};
	int fd = fd_of(dma);

	ck_assert_int_eq(fd_of(dma), fd); /* there is one */
	ck_assert(is_readable(fd, 0));	  /* requests may have ended before */
	ck_assert_uint_eq(drain(dma), 0);
	ck_assert(!is_readable(fd, 0));
	req[1] = submit_pair(dma, &p);
	req[2] = submit_pair(dma, &p);
	ck_assert(!is_readable(fd, 0)); /* nothing to drive here */
	manual_complete(1, -AML_EIO);
	ck_assert(is_readable(fd, 0));
	ck_assert(is_readable(fd, 0));
	manual_complete(0, 0);
	ck_assert_uint_eq(drain(dma), 2);
	ck_assert(!is_readable(fd, 0));
	ck_assert_uint_eq(drain(dma), 0);
	ck_assert_int_eq(aml_dma_cancel(dma, &req[2]), 0);
	ck_assert(is_readable(fd, 0)); /* cancelled is ended */
	ck_assert_int_eq(aml_dma_drain(dma, NULL), 0);
	ck_assert_uint_eq(drain(dma), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req[0]), 0); /* drained is not waited for */
	ck_assert_int_eq(aml_dma_wait(dma, &req[1]), -AML_EIO);
	ck_assert(!is_readable(fd, 0));
	aml_dma_close(&dma);
}
END_TEST

START_TEST(it_counts_every_kind_of_request)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	const struct aml_dma_job job = job_of(&p);
	struct aml_dma_request *prepared = prepare_job(dma, &job), *after;
	int fd = fd_of(dma);

	drain(dma);
	ck_assert_int_eq(aml_dma_async_copy(dma, NULL, p.dst, p.src), 0);
	ck_assert_int_eq(aml_dma_start(dma, prepared), 0);
	after = submit_after(dma, &p, 1, &prepared);
	manual_complete(0, 0);
	manual_complete(1, -7);
	ck_assert(is_readable(fd, 0));
	ck_assert_uint_eq(drain(dma), 3);
	ck_assert_int_eq(aml_dma_wait(dma, &after), -7);
	ck_assert_int_eq(aml_dma_wait(dma, &prepared), -7);
	ck_assert_int_eq(aml_dma_release(dma, &prepared), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(epoll_by_level_and_by_edge)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req;
	int fd = fd_of(dma), level, edge;

	drain(dma);
	level = watch(fd, 0);
	edge = watch(fd, EPOLLET);
	ck_assert_int_eq(events(level, 0) + events(edge, 0), 0);
	for (int i = 0; i < 6; i += 2) {
		ck_assert_int_eq(aml_dma_async_copy(dma, NULL, p.dst, p.src), 0);
		req = submit_pair(dma, &p);
		manual_complete(i, 0);
		ck_assert_int_eq(events(level, 0), 1);
		ck_assert_int_eq(events(level, 0), 1);
		ck_assert_int_eq(events(edge, 0), 1);
		ck_assert_int_eq(events(edge, 0), 0); /* told once */
		ck_assert_uint_eq(drain(dma), 1);
		ck_assert_int_eq(events(level, 0) + events(edge, 0), 0);
		manual_complete(i + 1, 0);
		ck_assert_int_eq(events(edge, 0), 1);
		ck_assert_uint_eq(drain(dma), 1);
		ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	}
	close(level);
	close(edge);
	aml_dma_close(&dma);
}
END_TEST

/* A program that does nothing but poll and drain sees all its requests end, with neither lost
 * nor endless wake-ups. */
static void run_by_events(struct aml_dma *dma, uint32_t how)
{
	enum { N = 40 };
	static const size_t bytes = 64;
	struct many m = many_make(N, &bytes, 1);
	struct aml_dma_request *req[N];
	int epoll = watch(fd_of(dma), how), wakeups = 0;
	size_t ended = drain(dma), left = N;

	for (int i = 0; i < N; i++)
		ck_assert_int_eq(aml_dma_async_copy(dma, &req[i], m.dst[i], m.src[i]), 0);
	while (left) {
		ck_assert_int_eq(events(epoll, 10000), 1);
		ck_assert_int_lt(wakeups++, 10000);
		ended += drain(dma);
		for (int i = 0; i < N; i++) {
			int done = 0;

			if (req[i])
				ck_assert_int_eq(aml_dma_test(dma, &req[i], &done), 0);
			left -= (size_t)done;
		}
	}
	ck_assert_int_eq(aml_dma_barrier(dma), 0); /* the last has been counted, too */
	ended += drain(dma);
	ck_assert_uint_eq(ended, N);
	ck_assert(!memcmp(m.to, m.from, m.most));
	ck_assert_int_eq(events(epoll, how ? 0 : 5), 0); /* quiet when there is nothing to do */
	close(epoll);
	many_free(&m);
}

START_TEST(a_program_may_live_by_events)
{
	struct aml_dma *dma = engines_open(_i / 2);

	run_by_events(dma, _i % 2 ? EPOLLET : 0);
	run_by_events(dma, _i % 2 ? 0 : EPOLLET);
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

START_TEST(an_engine_that_must_be_driven_is_readable_when_it_is_given_something)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST | AML_DMA_PROGRESS);
	int fd = fd_of(dma), progressed;

	drain(dma);
	ck_assert(!is_readable(fd, 0));
	ck_assert_int_eq(aml_dma_async_copy(dma, NULL, p.dst, p.src), 0);
	ck_assert(is_readable(fd, 0));
	progressed = manual.progressed;
	ck_assert_uint_eq(drain(dma), 0);
	ck_assert_int_gt(manual.progressed, progressed);
	ck_assert(!is_readable(fd, 0)); /* it had nothing to do: no endless wake-ups */
	manual_complete(0, 0);
	ck_assert(is_readable(fd, 0));
	ck_assert_uint_eq(drain(dma), 1);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(an_engines_own_descriptor_is_part_of_it)
{
	int own = eventfd(0, EFD_NONBLOCK), fd;
	struct aml_dma *dma = manual_open_with(AML_DMA_HOST | AML_DMA_PROGRESS, own);
	eventfd_t value;

	fd = fd_of(dma);
	ck_assert_int_ne(fd, own);
	drain(dma);
	ck_assert(!is_readable(fd, 0));
	ck_assert_int_eq(eventfd_write(own, 1), 0);
	ck_assert(is_readable(fd, 0));
	drain(dma);
	ck_assert(is_readable(fd, 0)); /* the engine's progress has not read it */
	ck_assert_int_eq(eventfd_read(own, &value), 0);
	ck_assert(!is_readable(fd, 0));
	ck_assert_int_eq(aml_dma_async_copy(dma, NULL, p.dst, p.src), 0);
	manual_complete(0, 0);
	ck_assert(is_readable(fd, 0));
	ck_assert_uint_eq(drain(dma), 1);
	ck_assert(!is_readable(fd, 0));
	aml_dma_close(&dma);
	ck_assert_int_eq(eventfd_write(own, 1), 0); /* close left it open */
	close(own);
}
END_TEST

START_TEST(it_costs_no_cpu_while_nothing_happens)
{
	struct aml_dma *dma = engines_open(_i);
	int fd = fd_of(dma);
	struct timespec before, after;
	double cpu_us;

	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
	drain(dma);
	while (is_readable(fd, 1)) /* what was still on its way */
		drain(dma);
	sleep_us(5000);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	ck_assert(!is_readable(fd, 100));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	cpu_us = (double)(after.tv_sec - before.tv_sec) * 1e6 +
		 (double)(after.tv_nsec - before.tv_nsec) / 1e3;
	ck_assert_msg(cpu_us < 1000, "%s: %.0f us of CPU in 100 ms", engines_spec(_i), cpu_us);
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma foreign = {NULL, NULL};
	size_t ended = 9;
	int fd = 9;

	ck_assert_int_eq(aml_dma_fd(dma, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_fd(NULL, &fd), -AML_EINVAL);
	ck_assert_int_eq(fd, -1);
	fd = 9;
	ck_assert_int_eq(aml_dma_fd(&foreign, &fd), -AML_ENOTSUP);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(aml_dma_drain(NULL, &ended), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_drain(&foreign, &ended), -AML_ENOTSUP);
	ck_assert_uint_eq(ended, 9);
	ck_assert_int_eq(aml_dma_drain(dma, &ended), 0); /* nobody asked for a descriptor */
	ck_assert_uint_eq(ended, 0);
	aml_dma_close(&dma);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("event");
	TCase *tc = tcase_create("event");
	SRunner *runner = srunner_create(suite);
	int failed, n = engines_count();

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, it_is_readable_from_the_end_of_a_request_to_the_drain);
	tcase_add_test(tc, it_counts_every_kind_of_request);
	tcase_add_test(tc, epoll_by_level_and_by_edge);
	tcase_add_loop_test(tc, a_program_may_live_by_events, 0, 2 * n);
	tcase_add_test(tc, an_engine_that_must_be_driven_is_readable_when_it_is_given_something);
	tcase_add_test(tc, an_engines_own_descriptor_is_part_of_it);
	tcase_add_loop_test(tc, it_costs_no_cpu_while_nothing_happens, 0, n);
	tcase_add_test(tc, bad_arguments_are_refused);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
