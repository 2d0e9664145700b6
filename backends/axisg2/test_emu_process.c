/* SPDX-License-Identifier: BSD-3-Clause */
/* Several processes, some of which come to a bad end. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "backends/axisg2/test_device.h"

#define SMALL "tx=4,rx=6,size=4096,"
#define SECOND 1000000

static char data[4096];
static int ready[2], go[2];

/* Pipes on which parent and child tell each other that they are so far. */
static void setup(void)
{
	device_next();
	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(go), 0);
}

static void teardown(void)
{
	for (int i = 0; i < 2; i++) {
		close(ready[i]);
		close(go[i]);
	}
}

static void tell(int *pair)
{
	ck_assert_int_eq(write(pair[1], "x", 1), 1);
}

static void await(int *pair)
{
	char byte;

	ck_assert_int_eq(read(pair[0], &byte, 1), 1);
}

static void kill_child(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
}

static void ck_child(pid_t child)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status) && !WEXITSTATUS(status), "the child ended with %#x",
		      (unsigned)status);
}

/* Claims 5, holds a sending and two receiving buffers, has one waiting. */
static void hold_and_wait(void)
{
	struct amli_axisg2_io io = device_open(SMALL);
	struct axisg2_read record;

	MUST(claim_one(&io, 5) == 0);
	MUST(ask(&io, AXISG2_GET_INDEX) >= 0);
	for (int i = 0; i < 3; i++)
		MUST(send_copy(&io, 5, 0, data, 8) == 8);
	MUST(receive_index(&io, &record) == 1);
	MUST(receive_index(&io, &record) == 1);
	tell(ready);
	pause();
}

START_TEST(what_a_killed_process_had_comes_back)
{
	struct amli_axisg2_io io;
	pid_t child;

	if (!can_fork())
		return;
	io = device_open(SMALL);
	child = fork();
	if (!child)
		hold_and_wait();
	await(ready);
	ck_assert_int_eq(ask(&io, AXISG2_TX_IN_USER), 1);
	ck_assert_int_eq(ask(&io, AXISG2_RX_IN_USER), 2);
	ck_assert_int_eq(ask(&io, AXISG2_RX_IN_SW), 1);
	ck_assert_int_eq(claim_one(&io, 5), -EPERM);
	kill_child(child);
	ck_assert_int_eq(claim_one(&io, 5), 0);
	ck_assert_int_eq(ask(&io, AXISG2_TX_IN_SW), 4);
	ck_assert_int_eq(ask(&io, AXISG2_RX_IN_HW), 6);
	ck_assert_int_eq(ask(&io, AXISG2_RX_IN_USER), 0);
	amli_axisg2_io_close(&io);
}
END_TEST

/* Takes all sending buffers. */
static void take_all(void)
{
	struct amli_axisg2_io io = device_open(SMALL);

	for (int i = 0; i < 4; i++)
		MUST(ask(&io, AXISG2_GET_INDEX) >= 0);
	tell(ready);
	pause();
}

START_TEST(who_waits_for_a_killed_processs_buffers_wakes_up)
{
	struct amli_axisg2_io io;
	pid_t child;

	if (!can_fork())
		return;
	io = device_open(SMALL);
	child = fork();
	if (!child)
		take_all();
	await(ready);
	ck_assert_int_eq(amli_axisg2_io_wait(&io, POLLOUT, 0), 0);
	kill_child(child);
	ck_assert_int_eq(amli_axisg2_io_wait(&io, POLLOUT, 10 * SECOND), POLLOUT);
	amli_axisg2_io_close(&io);
}
END_TEST

/* Sends to @dest for ever, and receives what it sends. */
static void loop_for_ever(uint32_t dest)
{
	struct amli_axisg2_io io = device_open(SMALL);
	struct axisg2_read record;
	char back[512];

	MUST(claim_one(&io, dest) == 0);
	tell(ready);
	for (uint32_t i = 0;; i++) {
		long rc = send_copy(&io, dest, 0, data, 512);

		MUST(rc >= 0);
		MUST(receive_copy(&io, &record, back, sizeof(back)) >= 0);
	}
}

/* So many frames there and back. */
static void loop(struct amli_axisg2_io *io, uint32_t dest, uint32_t frames)
{
	struct axisg2_read record;
	char out[512], back[512];

	for (uint32_t i = 0; i < frames; i++) {
		pattern_fill(out, sizeof(out), i);
		while (send_copy(io, dest, 0, out, sizeof(out)) == 0)
			MUST(amli_axisg2_io_wait(io, POLLOUT, 10 * SECOND) == POLLOUT);
		MUST(amli_axisg2_io_wait(io, POLLIN, 10 * SECOND) == POLLIN);
		MUST(receive_copy(io, &record, back, sizeof(back)) == 1);
		MUST(pattern_is(back, sizeof(back), i));
	}
}

START_TEST(others_go_on_while_one_is_killed)
{
	struct amli_axisg2_io io;
	pid_t worker, victim;

	if (!can_fork())
		return;
	io = device_open(SMALL);
	worker = fork();
	if (!worker) {
		struct amli_axisg2_io own = device_open(SMALL);

		MUST(claim_one(&own, 1) == 0);
		loop(&own, 1, 20000);
		amli_axisg2_io_close(&own);
		_exit(0);
	}
	/* Killed at any place, with the lock or without. */
	for (int i = 0; i < 30; i++) {
		struct timespec while_ns = {0, 1000000 + i * 137000};

		victim = fork();
		if (!victim)
			loop_for_ever(2);
		await(ready);
		nanosleep(&while_ns, NULL);
		kill_child(victim);
	}
	ck_child(worker);
	claim_one(&io, 3);
	loop(&io, 3, 100);
	ck_assert_int_eq(ask(&io, AXISG2_TX_IN_SW), 4);
	ck_assert_int_eq(ask(&io, AXISG2_RX_IN_HW), 6);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(processes_send_to_each_other_and_sleep_meanwhile)
{
	struct amli_axisg2_io io;
	struct axisg2_read record;
	char back[64];
	pid_t child;

	if (!can_fork())
		return;
	io = device_open(SMALL);
	claim_one(&io, 1);
	child = fork();
	if (!child) {
		struct amli_axisg2_io own = device_open(SMALL);

		MUST(claim_one(&own, 2) == 0);
		tell(ready);
		for (int i = 0; i < 500; i++) {
			MUST(amli_axisg2_io_wait(&own, POLLIN, 10 * SECOND) == POLLIN);
			MUST(receive_copy(&own, &record, back, sizeof(back)) == 1);
			MUST(send_copy(&own, 1, 0, back, (size_t)record.ret) > 0);
		}
		_exit(0);
	}
	await(ready);
	for (uint32_t i = 0; i < 500; i++) {
		pattern_fill(data, 64, i);
		ck_assert_int_eq(send_copy(&io, 2, 0, data, 64), 64);
		ck_assert_int_eq(amli_axisg2_io_wait(&io, POLLIN, 10 * SECOND), POLLIN);
		ck_assert_int_eq(receive_copy(&io, &record, back, sizeof(back)), 1);
		ck_assert(pattern_is(back, 64, i));
	}
	ck_child(child);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(a_forked_descriptor_is_shared_until_both_close)
{
	struct amli_axisg2_io io, other;
	struct axisg2_read record;
	pid_t child;

	if (!can_fork())
		return;
	io = device_open(SMALL);
	other = device_open(SMALL);
	claim_one(&io, 7);
	child = fork();
	if (!child) {
		await(go);
		/* What was claimed by the parent comes to us now. */
		MUST(send_copy(&io, 7, 0, data, 8) == 8);
		MUST(amli_axisg2_io_wait(&io, POLLIN, 10 * SECOND) == POLLIN);
		MUST(receive_index(&io, &record) == 1);
		amli_axisg2_io_close(&other);
		tell(ready);
		await(go);
		_exit(0);
	}
	amli_axisg2_io_close(&io);
	ck_assert_int_eq(claim_one(&other, 7), -EPERM);
	tell(go);
	await(ready);
	ck_assert_int_eq(ask(&other, AXISG2_RX_IN_USER), 1);
	tell(go);
	ck_child(child);
	ck_assert_int_eq(claim_one(&other, 7), 0);
	ck_assert_int_eq(ask(&other, AXISG2_RX_IN_USER), 0);
	amli_axisg2_io_close(&other);
}
END_TEST

START_TEST(a_mapping_keeps_the_descriptor_alive)
{
	struct amli_axisg2_io a = device_open(SMALL), b = device_open(SMALL);
	void *memory;

	claim_one(&a, 9);
	ck_assert_int_eq(ask(&a, AXISG2_GET_INDEX), 0);
	ck_assert_int_eq(amli_axisg2_io_map(&a, 4096, 0, &memory), 0);
	amli_axisg2_io_close(&a);
	ck_assert_int_eq(claim_one(&b, 9), -EPERM);
	ck_assert_int_eq(ask(&b, AXISG2_TX_IN_USER), 1);
	amli_axisg2_io_unmap(memory, 4096);
	ck_assert_int_eq(claim_one(&b, 9), 0);
	ck_assert_int_eq(ask(&b, AXISG2_TX_IN_USER), 0);
	amli_axisg2_io_close(&b);
}
END_TEST

START_TEST(closing_gives_everything_back)
{
	struct amli_axisg2_io a = device_open(SMALL), b = device_open(SMALL);
	struct axisg2_read record;

	claim_one(&a, 9);
	ck_assert_int_eq(ask(&a, AXISG2_GET_INDEX), 0);
	for (int i = 0; i < 3; i++)
		send_copy(&b, 9, 0, data, 8);
	receive_index(&a, &record);
	amli_axisg2_io_close(&a);
	ck_assert_int_eq(ask(&b, AXISG2_TX_IN_SW), 4);
	ck_assert_int_eq(ask(&b, AXISG2_RX_IN_HW), 6);
	amli_axisg2_io_close(&b);
}
END_TEST

START_TEST(the_device_is_new_when_nobody_had_it_open)
{
	struct amli_axisg2_io io = device_open(SMALL);

	ask(&io, AXISG2_GET_INDEX);
	amli_axisg2_io_close(&io);
	io = device_open("tx=3,rx=2,size=8192,keep");
	ck_assert_int_eq(ask(&io, AXISG2_BUFFER_COUNT), 5);
	ck_assert_int_eq(ask(&io, AXISG2_GET_INDEX), 0);
	amli_axisg2_io_close(&io);
	io = device_open("tx=9"); /* it was kept as it was */
	ck_assert_int_eq(ask(&io, AXISG2_BUFFER_COUNT), 5);
	ck_assert_int_eq(ask(&io, AXISG2_GET_INDEX), 1);
	amli_axisg2_io_close(&io);
	device_remove();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("emulator: processes");
	TCase *t = tcase_create("processes");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_a_killed_process_had_comes_back);
	tcase_add_test(t, who_waits_for_a_killed_processs_buffers_wakes_up);
	tcase_add_test(t, others_go_on_while_one_is_killed);
	tcase_add_test(t, processes_send_to_each_other_and_sleep_meanwhile);
	tcase_add_test(t, a_forked_descriptor_is_shared_until_both_close);
	tcase_add_test(t, a_mapping_keeps_the_descriptor_alive);
	tcase_add_test(t, closing_gives_everything_back);
	tcase_add_test(t, the_device_is_new_when_nobody_had_it_open);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	(void)argc;
	return run_both_ways(suite, argv[0]);
}
