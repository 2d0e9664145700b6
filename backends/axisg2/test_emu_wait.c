/* SPDX-License-Identifier: BSD-3-Clause */
/* poll, select, epoll and SIGIO, on one thread and on several. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "backends/axisg2/test_device.h"

#define SMALL "tx=2,rx=6,size=4096,"
#define SECOND 1000000

static char data[4096];

static short poll_now(struct amli_axisg2_io *io)
{
	struct pollfd one = {.fd = io->fd, .events = POLLIN | POLLOUT | POLLPRI};

	ck_assert_int_ge(poll(&one, 1, 0), 0);
	return one.revents;
}

static int select_now(struct amli_axisg2_io *io)
{
	struct timeval none = {0, 0};
	fd_set in, out;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(io->fd, &in);
	FD_SET(io->fd, &out);
	ck_assert_int_ge(select(io->fd + 1, &in, &out, NULL, &none), 0);
	return (FD_ISSET(io->fd, &in) ? POLLIN : 0) | (FD_ISSET(io->fd, &out) ? POLLOUT : 0);
}

static int epoll_now(int set)
{
	struct epoll_event event = {0};

	return epoll_wait(set, &event, 1, 0) == 1 ? (int)event.events : 0;
}

static int epoll_of(struct amli_axisg2_io *io, uint32_t events)
{
	struct epoll_event event = {.events = events};
	int set = epoll_create1(0);

	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, io->fd, &event), 0);
	return set;
}

static void ck_ready(struct amli_axisg2_io *io, int set, int expected)
{
	ck_assert_int_eq(poll_now(io), expected);
	ck_assert_int_eq(select_now(io), expected);
	ck_assert_int_eq(epoll_now(set), expected);
}

START_TEST(all_ways_to_ask_agree)
{
	struct amli_axisg2_io a = device_open(SMALL), b = device_open(SMALL);
	int set_a = epoll_of(&a, EPOLLIN | EPOLLOUT), set_b = epoll_of(&b, EPOLLIN | EPOLLOUT);
	struct axisg2_read record;

	claim_one(&a, 0);
	for (int i = 0; i < 3; i++) {
		long x, y;

		ck_ready(&a, set_a, POLLOUT);
		send_copy(&b, 0, 0, data, 8);
		ck_ready(&a, set_a, POLLIN | POLLOUT);
		ck_ready(&b, set_b, POLLOUT);
		x = ask(&b, AXISG2_GET_INDEX);
		y = ask(&b, AXISG2_GET_INDEX);
		ck_ready(&a, set_a, POLLIN);
		ck_ready(&b, set_b, 0);
		receive_copy(&a, &record, data, sizeof(data));
		ck_ready(&a, set_a, 0);
		return_index(&b, (uint32_t)x);
		ck_ready(&a, set_a, POLLOUT);
		ck_ready(&b, set_b, POLLOUT);
		return_index(&b, (uint32_t)y);
	}
	close(set_a);
	close(set_b);
	amli_axisg2_io_close(&a);
	amli_axisg2_io_close(&b);
}
END_TEST

START_TEST(many_frames_are_one_readiness)
{
	struct amli_axisg2_io io = device_open("tx=2,rx=600,size=64");
	static struct axisg2_read many[300];
	struct axisg2_read record;
	uint32_t list[400] = {0};

	claim_one(&io, 0);
	for (int i = 0; i < 600; i++)
		ck_assert_int_eq(send_copy(&io, 0, 0, data, 8), 8);
	for (int i = 0; i < 400; i++) {
		ck_assert_int_eq(poll_now(&io), POLLIN | POLLOUT);
		ck_assert_int_eq(receive_copy(&io, &record, data, 64), 1);
	}
	/* The rest at once. */
	ck_assert_int_eq(amli_axisg2_io_read(&io, many, sizeof(many)), 200);
	for (uint32_t i = 0; i < 200; i++)
		list[i] = many[i].index;
	ck_assert_int_eq(ask(&io, AXISG2_RX_IN_USER), 200);
	ck_assert_int_eq(amli_axisg2_io_ioctl(&io, AXISG2_RET_INDEX | 400u << 16, (uintptr_t)list),
			 0);
	ck_assert_int_eq(ask(&io, AXISG2_RX_IN_HW), 600);
	ck_assert_int_eq(poll_now(&io), POLLOUT);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(every_frame_is_an_edge)
{
	struct amli_axisg2_io io = device_open(SMALL);
	int set = epoll_of(&io, EPOLLIN | EPOLLET);

	claim_one(&io, 0);
	ck_assert_int_eq(epoll_now(set), 0);
	for (int i = 0; i < 5; i++) {
		send_copy(&io, 0, 0, data, 8);
		ck_assert_int_eq(epoll_now(set), EPOLLIN);
		ck_assert_int_eq(epoll_now(set), 0);
	}
	close(set);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(a_wait_ends_in_time)
{
	struct amli_axisg2_io io = device_open(SMALL);

	ck_assert_int_eq(amli_axisg2_io_wait(&io, POLLIN, 0), 0);
	ck_assert_int_eq(amli_axisg2_io_wait(&io, POLLIN, 2000), 0);
	ck_assert_int_eq(amli_axisg2_io_wait(&io, POLLIN | POLLOUT, -1), POLLOUT);
	amli_axisg2_io_close(&io);
}
END_TEST

/* ---- threads ---- */

#define FRAMES 2000

static void *send_all(void *arg)
{
	struct amli_axisg2_io *io = arg;
	char frame[256];

	for (uint32_t i = 0; i < FRAMES;) {
		long rc;

		pattern_fill(frame, sizeof(frame), i);
		rc = send_copy(io, 0, 0, frame, sizeof(frame));
		if (rc < 0)
			return "write failed";
		if (rc)
			i++;
		else if (amli_axisg2_io_wait(io, POLLOUT, 10 * SECOND) != POLLOUT)
			return "never writable";
	}
	return NULL;
}

START_TEST(two_threads_pass_frames_and_wait_for_each_other)
{
	struct amli_axisg2_io a = device_open(SMALL), b = device_open(SMALL);
	struct axisg2_read record[4];
	pthread_t thread;
	void *failed;
	uint32_t got = 0;

	claim_one(&a, 0);
	pthread_create(&thread, NULL, send_all, &b);
	while (got < FRAMES) {
		char back[4][256];
		long n;

		ck_assert_int_eq(amli_axisg2_io_wait(&a, POLLIN, 10 * SECOND), POLLIN);
		for (int i = 0; i < 4; i++)
			record[i] = (struct axisg2_read){.data = (uintptr_t)back[i], .size = 256};
		n = amli_axisg2_io_read(&a, record, sizeof(record));
		ck_assert_int_gt(n, 0);
		for (long i = 0; i < n; i++)
			ck_assert(pattern_is(back[i], 256, got++));
	}
	pthread_join(thread, &failed);
	ck_assert_msg(!failed, "%s", (char *)failed);
	ck_assert_int_eq(ask(&a, AXISG2_RX_IN_HW), 6);
	ck_assert_int_eq(ask(&a, AXISG2_TX_IN_SW), 2);
	amli_axisg2_io_close(&a);
	amli_axisg2_io_close(&b);
}
END_TEST

static void *open_and_close(void *arg)
{
	(void)arg;
	for (int i = 0; i < 100; i++) {
		struct amli_axisg2_io io = device_open(SMALL);

		ask(&io, AXISG2_GET_INDEX);
		amli_axisg2_io_close(&io);
	}
	return NULL;
}

START_TEST(threads_open_and_close_at_will)
{
	struct amli_axisg2_io io = device_open(SMALL);
	pthread_t thread[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&thread[i], NULL, open_and_close, NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	ck_assert_int_eq(ask(&io, AXISG2_TX_IN_SW), 2);
	amli_axisg2_io_close(&io);
}
END_TEST

static atomic_int signals, received;
static struct amli_axisg2_io *to_read;

/* As programs do it: the frame is read here. */
static void on_signal(int number)
{
	struct axisg2_read record;
	char back[64];

	(void)number;
	atomic_fetch_add(&signals, 1);
	if (receive_copy(to_read, &record, back, sizeof(back)) == 1)
		atomic_fetch_add(&received, 1);
}

START_TEST(a_signal_comes_for_each_frame_and_its_handler_may_read_it)
{
	struct amli_axisg2_io io = device_open(SMALL);

	claim_one(&io, 0);
	to_read = &io;
	signal(SIGIO, on_signal);
	ck_assert_int_eq(fcntl(io.fd, F_SETOWN, getpid()), 0);
	ck_assert_int_eq(fcntl(io.fd, F_SETFL, fcntl(io.fd, F_GETFL) | O_ASYNC), 0);
	for (int i = 1; i < 4; i++) {
		send_copy(&io, 0, 0, data, 8);
		ck_assert_int_eq(atomic_load(&signals), i);
		ck_assert_int_eq(atomic_load(&received), i);
	}
	signal(SIGIO, SIG_IGN);
	amli_axisg2_io_close(&io);
}
END_TEST

/* Some of each, which all wait in one place. */
START_TEST(sixty_four_descriptors_wait_without_work)
{
	struct amli_axisg2_io io[64];
	struct timespec before, after;
	int set = epoll_create1(0);

	for (uint32_t i = 0; i < 64; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};

		io[i] = device_open(SMALL);
		ck_assert_int_eq(claim_one(&io[i], i), 0);
		epoll_ctl(set, EPOLL_CTL_ADD, io[i].fd, &event);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	ck_assert_int_eq(epoll_wait(set, &(struct epoll_event){0}, 1, 200), 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	ck_assert_int_lt((after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec -
				 before.tv_nsec,
			 20000000);
	for (uint32_t i = 0; i < 64; i++) {
		struct epoll_event event = {0};

		send_copy(&io[0], i, 0, data, 8);
		ck_assert_int_eq(epoll_wait(set, &event, 1, 1000), 1);
		ck_assert_uint_eq(event.data.u32, i);
		receive_copy(&io[i], &(struct axisg2_read){0}, data, 64);
	}
	for (uint32_t i = 0; i < 64; i++)
		amli_axisg2_io_close(&io[i]);
	close(set);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("emulator: waiting");
	TCase *t = tcase_create("wait");

	tcase_add_checked_fixture(t, device_next, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, all_ways_to_ask_agree);
	tcase_add_test(t, many_frames_are_one_readiness);
	tcase_add_test(t, every_frame_is_an_edge);
	tcase_add_test(t, a_wait_ends_in_time);
	tcase_add_test(t, two_threads_pass_frames_and_wait_for_each_other);
	tcase_add_test(t, threads_open_and_close_at_will);
	tcase_add_test(t, a_signal_comes_for_each_frame_and_its_handler_may_read_it);
	tcase_add_test(t, sixty_four_descriptors_wait_without_work);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	(void)argc;
	return run_both_ways(suite, argv[0]);
}
