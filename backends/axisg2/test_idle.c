/* SPDX-License-Identifier: BSD-3-Clause */
/* What 64 destinations cost while nothing comes: no more descriptors than one, no thread, no
 * time; and whoever polls is woken by a frame to any of them. */
#include <dirent.h>
#include <poll.h>
#include <sys/resource.h>

#include "backends/axisg2/test_stream.h"

#define DESTS 64u
#define IDLE_MS 1000
#define CPU_MS 20 /* that this may take; spinning takes all of it */

static uint32_t dests[DESTS];

/* Those of stream_setup(), and more of lane 1. */
static void number_dests(void)
{
	for (uint32_t i = 0; i < DESTS; i++)
		dests[i] = i < 8 ? i : 0x102 + i - 8;
}

static unsigned entries(const char *path)
{
	DIR *folder = opendir(path);
	unsigned n = 0;

	ck_assert_ptr_nonnull(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

static unsigned descriptors(void)
{
	return entries("/proc/self/fd");
}

/* One that was joined may be counted for a moment longer. */
static unsigned threads(void)
{
	return entries("/proc/self/task");
}

static int64_t cpu_ms(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
	       (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
}

/* Nothing is readable for a while, nor does anything run. */
static void is_idle(int fd)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};
	int64_t before_ms = cpu_ms();

	ck_assert_int_eq(poll(&one, 1, IDLE_MS), 0);
	ck_assert_int_lt(cpu_ms() - before_ms, CPU_MS);
}

static void is_woken(int fd)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};

	ck_assert_int_eq(poll(&one, 1, 5000), 1);
}

/* Frames. */
START_TEST(sixty_four_destinations_are_one_descriptor_that_sleeps)
{
	struct aml_axis *card = card_open("", NULL);
	unsigned open = descriptors(), running = threads();
	struct aml_axis_frame *frame;
	int fd;

	ck_assert_int_eq(aml_axis_claim(card, dests, DESTS), 0);
	ck_assert_uint_eq(descriptors(), open);
	ck_assert_int_eq(aml_axis_fd(card, &fd), 0);
	ck_assert_uint_eq(descriptors(), open + 1);
	ck_assert_uint_le(threads(), running);
	is_idle(fd);
	for (uint32_t i = 0; i < DESTS; i++) {
		card_send(card, dests[i], 100, i);
		is_woken(fd);
		ck_assert_int_eq(aml_axis_receive(card, &frame, AML_AXIS_ANY, 0), 0);
		ck_assert_uint_eq(frame->dest, dests[i]);
		aml_axis_frame_release(&frame);
	}
	is_idle(fd);
	aml_axis_close(&card);
}
END_TEST

/* The engine, with a request that waits at each destination. */
START_TEST(sixty_four_receives_wait_without_a_thread_or_time)
{
	struct aml_dma_request *req[DESTS];
	unsigned open, running;
	int fd;

	stream_setup();
	reopen("", "+0x103-0x139");
	ck_assert_int_eq(aml_dma_fd(dma, &fd), 0);
	open = descriptors();
	running = threads();
	for (uint32_t i = 0; i < DESTS; i++)
		req[i] = begin(matrix(out + i, 1, 1), endpoint(dests[i]));
	aml_dma_drain(dma, NULL);
	ck_assert_uint_eq(descriptors(), open);
	ck_assert_uint_le(threads(), running);
	is_idle(fd);
	for (uint32_t i = DESTS; i-- > 0;) {
		card_send(axis, dests[i], 4, i);
		is_woken(fd);
		ck_assert_int_eq(end(req[i]), 0);
		aml_dma_drain(dma, NULL);
	}
	is_idle(fd);
	stream_teardown();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("idle");
	TCase *tcase = tcase_create("idle");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, card_next, NULL);
	tcase_add_checked_fixture(tcase, number_dests, NULL);
	tcase_add_test(tcase, sixty_four_destinations_are_one_descriptor_that_sleeps);
	tcase_add_test(tcase, sixty_four_receives_wait_without_a_thread_or_time);
	suite_add_tcase(s, tcase);
	return s;
}

int main(void)
{
	return card_main(suite);
}
