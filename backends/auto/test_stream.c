/* SPDX-License-Identifier: BSD-3-Clause */
/* The engine auto between host memory and the streams of emulated cards. */
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "aml/area/axis.h"
#include "aml/dma.h"
#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/request.h"
#include "backends/axisg2/test_alloc.h"
#include "backends/axisg2/test_card.h"

#define COLS 64u

static struct aml_dma *dma, *cards[2];
static struct aml_axis *axis[2];
static uint32_t in[32 * COLS], out[32 * COLS];

static void open_card(int i)
{
	char spec[300];
	int rc;

	card_next();
	snprintf(spec, sizeof(spec), "axisg2:%s,claim=0-7", card_spec(""));
	rc = aml_dma_open(&cards[i], spec);
	ck_assert_msg(rc == 0, "%s", aml_error_detail());
	ck_assert_int_eq(aml_axis_of(cards[i], &axis[i]), 0);
}

static void setup(void)
{
	open_card(0);
	open_card(1);
	ck_assert_int_eq(aml_dma_select(&dma, aml_area_axis(axis[0]), NULL), 0);
	for (uint32_t i = 0; i < 32 * COLS; i++)
		in[i] = i * 2654435761u;
	memset(out, 0, sizeof(out));
}

static void teardown(void)
{
	aml_dma_close_for(&dma, S); /* also after a failure */
	aml_dma_close(&cards[0]);
	aml_dma_close(&cards[1]);
}

static struct aml_layout *endpoint(int card, uint32_t dest)
{
	struct aml_layout *layout;

	ck_assert_int_eq(aml_layout_axis_create(&layout, axis[card], dest, 0, 0), 0);
	return layout;
}

static struct aml_layout *matrix(void *memory, size_t rows)
{
	struct aml_layout *layout;

	ck_assert_int_eq(aml_layout_dense_create(&layout, memory, AML_LAYOUT_ORDER_C, 4, 2,
						 (const size_t[]){rows, COLS}, NULL, NULL),
			 0);
	return layout;
}

static struct aml_dma_request *begin(struct aml_layout *dst, struct aml_layout *src)
{
	struct aml_dma_request *req;
	int rc = aml_dma_async_copy(dma, &req, dst, src);

	ck_assert_msg(rc == 0, "%s", aml_error_detail());
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	return req;
}

static int end(struct aml_dma_request *req)
{
	return aml_dma_wait_for(dma, &req, 20 * S);
}

START_TEST(frames_go_out_and_come_back_through_two_cards)
{
	for (int card = 0; card < 2; card++) {
		struct aml_dma_request *req = begin(matrix(out, 32), endpoint(card, 5));

		memset(out, 0, sizeof(out));
		ck_assert_int_eq(end(begin(endpoint(card, 5), matrix(in, 32))), 0);
		ck_assert_int_eq(end(req), 0);
		ck_assert(!memcmp(in, out, sizeof(in)));
		card_is_at_rest(axis[card]);
		ck_assert_uint_eq(card_counters(axis[card]).tx_frames, 1);
	}
}
END_TEST

static struct aml_axis_frame_info heard;
static int heard_rc;

static void hear(struct aml_dma_request *req, const struct aml_dma_info *info, void *arg)
{
	(void)info;
	(void)arg;
	heard_rc = aml_axis_frame_info(dma, req, &heard);
}

START_TEST(what_the_stream_said_is_told_of_requests_of_auto)
{
	struct aml_axis_frame_info info = {.size = sizeof(info)};
	struct aml_layout *from = endpoint(1, 6), *memory = matrix(out, 32), *to;
	struct aml_dma_job job = {.size = sizeof(job), .dst = memory, .src = from, .done = hear};
	struct aml_dma_request *req, *host;

	heard = info;
	heard_rc = -1;
	ck_assert_int_eq(aml_dma_submit(dma, &req, &job), 0);
	ck_assert_int_eq(aml_axis_frame_info(dma, req, &info), -AML_EAGAIN);
	ck_assert_int_eq(aml_layout_axis_create(&to, axis[1], 6, 0x12, 0x34), 0);
	ck_assert_int_eq(end(begin(to, matrix(in, 32))), 0);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert_int_eq(aml_axis_frame_info(dma, req, &info), 0);
	ck_assert_uint_eq(info.dest, 6);
	ck_assert_uint_eq(info.bytes, sizeof(in));
	ck_assert_uint_eq(info.first_user, 0x12);
	ck_assert_uint_eq(info.last_user, 0x34);
	ck_assert_int_eq(heard_rc, 0);
	ck_assert(!memcmp(&heard, &info, sizeof(info)));
	ck_assert_int_eq(end(req), 0);
	host = begin(matrix(out, 32), matrix(in, 32)); /* no stream's */
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert_int_eq(aml_axis_frame_info(dma, host, &info), -AML_EINVAL);
	ck_assert_int_eq(end(host), 0);
	aml_layout_destroy(&from);
	aml_layout_destroy(&memory);
}
END_TEST

START_TEST(a_buffer_of_the_card_leaves_without_a_copy)
{
	uint32_t *memory = aml_area_mmap(aml_area_axis(axis[0]), CARD_SIZE, NULL);
	unsigned flags;

	ck_assert_ptr_nonnull(memory);
	ck_assert_ptr_eq(aml_area_of(memory, &flags), aml_area_axis(axis[0]));
	ck_assert_ptr_eq(aml_area_of((char *)memory + CARD_SIZE - 1, NULL), aml_area_axis(axis[0]));
	ck_assert_uint_eq(flags, AML_AREA_RANGE_CPU);
	ck_assert_ptr_null(aml_area_of(in, &flags));
	ck_assert_int_eq(end(begin(matrix(memory, 16), matrix(in, 16))), 0);
	ck_assert_int_eq(end(begin(endpoint(0, 5), matrix(memory, 16))), 0);
	ck_assert_int_eq(aml_area_munmap(aml_area_axis(axis[0]), memory, CARD_SIZE), -AML_EINVAL);
	ck_assert_int_eq(end(begin(matrix(out, 16), endpoint(0, 5))), 0);
	ck_assert(!memcmp(in, out, CARD_SIZE));
	card_is_at_rest(axis[0]);
}
END_TEST

START_TEST(an_epoll_of_the_program_is_told_of_frames)
{
	struct aml_dma_request *req = begin(matrix(out, 1), endpoint(0, 5));
	struct epoll_event event = {.events = EPOLLIN};
	int group = epoll_create1(0), fd, done = 0;

	ck_assert_int_eq(aml_dma_fd(dma, &fd), 0);
	ck_assert_int_eq(epoll_ctl(group, EPOLL_CTL_ADD, fd, &event), 0);
	aml_dma_drain(dma, NULL);
	ck_assert_int_eq(epoll_wait(group, &event, 1, 20), 0);
	card_send(axis[0], 5, COLS * 4, 1);
	for (int i = 0; i < 1000 && !done; i++) {
		ck_assert_int_eq(epoll_wait(group, &event, 1, 5000), 1);
		aml_dma_drain(dma, NULL);
		ck_assert_int_eq(aml_dma_test(dma, &req, &done), 0);
	}
	ck_assert(done);
	aml_dma_drain(dma, NULL);
	card_send(axis[0], 5, COLS * 4, 1); /* nobody waits for it */
	ck_assert_int_eq(epoll_wait(group, &event, 1, 20), 0);
	close(group);
}
END_TEST

START_TEST(receives_are_cancelled_and_expire)
{
	struct aml_layout *to = matrix(out, 1), *from = endpoint(0, 5);
	const struct aml_dma_job job = {
		.size = sizeof(job), .dst = to, .src = from, .timeout_us = 3000};
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_submit(dma, &req, &job), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_ETIMEDOUT);
	req = begin(matrix(out, 1), endpoint(0, 5));
	ck_assert_int_eq(aml_dma_cancel(dma, &req), 0);
	ck_assert_int_eq(end(begin(endpoint(0, 5), matrix(in, 1))), 0);
	ck_assert_int_eq(end(begin(matrix(out, 1), endpoint(0, 5))), 0);
	ck_assert(!memcmp(in, out, COLS * 4));
	aml_layout_destroy(&to);
	aml_layout_destroy(&from);
}
END_TEST

START_TEST(a_card_that_is_closed_fails_what_waits_for_its_frames)
{
	struct aml_dma_request *first = begin(matrix(out, 1), endpoint(0, 5)),
			       *second = begin(matrix(out + COLS, 1), endpoint(1, 5));
	struct aml_layout *late = endpoint(0, 5), *from = matrix(in, 1);
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_close(&cards[0]), 0);
	ck_assert_int_eq(end(first), -AML_EIO);
	ck_assert_int_eq(end(begin(endpoint(1, 5), matrix(in, 1))), 0);
	ck_assert_int_eq(end(second), 0);
	ck_assert_ptr_null(aml_area_of(in, NULL));
	open_card(0); /* another area, though it may be where the old one was */
	aml_layout_destroy(&late);
	late = endpoint(0, 5);
	ck_assert_int_eq(aml_dma_async_copy(dma, &req, late, from), 0);
	ck_assert_int_eq(end(req), 0);
	aml_layout_destroy(&late);
	aml_layout_destroy(&from);
}
END_TEST

START_TEST(without_memory_nothing_is_left_behind)
{
	struct aml_layout *to = endpoint(0, 5), *from = matrix(in, 1);
	struct aml_dma *other;

	EXPECT_REFUSED_WITHOUT_MEMORY(aml_dma_open(&other, "auto:host=memcpy"),
				      ck_assert_ptr_null(other));
	aml_dma_close(&other);
	EXPECT_REFUSED_WITHOUT_MEMORY(aml_dma_copy(dma, to, from), card_is_at_rest(axis[0]));
	ck_assert_int_eq(end(begin(matrix(out, 1), endpoint(0, 5))), 0);
	card_is_at_rest(axis[0]);
	aml_layout_destroy(&to);
	aml_layout_destroy(&from);
}
END_TEST

#define FRAMES 200

/* All frames of one destination, by auto; two of them and the card's own program at once. */
static void *loop(void *arg)
{
	uint32_t dest = *(const uint32_t *)arg, sent[COLS], got[COLS];
	struct aml_layout *to = endpoint(0, dest), *a = matrix(sent, 1), *b = matrix(got, 1);
	size_t bad = 0;

	for (uint32_t i = 0; i < FRAMES; i++) {
		struct aml_dma_request *req;

		memset(sent, (int)(i + dest), sizeof(sent));
		bad += aml_dma_async_copy(dma, &req, b, to) != 0;
		bad += aml_dma_copy(dma, to, a) != 0;
		bad += aml_dma_wait_for(dma, &req, 20 * S) != 0;
		bad += memcmp(sent, got, sizeof(sent)) != 0;
	}
	aml_layout_destroy(&to);
	aml_layout_destroy(&a);
	aml_layout_destroy(&b);
	return (void *)bad;
}

START_TEST(threads_share_the_card_with_its_own_program)
{
	static const uint32_t dests[] = {1, 2};
	pthread_t threads[2];
	void *bad;

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, loop, (void *)&dests[i]), 0);
	for (int i = 0; i < FRAMES; i++) {
		card_send(axis[0], 3, 300, (uint32_t)i);
		card_expect(axis[0], 3, 300, (uint32_t)i);
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &bad);
		ck_assert_ptr_null(bad);
	}
	card_is_at_rest(axis[0]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("stream");
	TCase *tc = tcase_create("stream");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, frames_go_out_and_come_back_through_two_cards);
	tcase_add_test(tc, what_the_stream_said_is_told_of_requests_of_auto);
	tcase_add_test(tc, a_buffer_of_the_card_leaves_without_a_copy);
	tcase_add_test(tc, an_epoll_of_the_program_is_told_of_frames);
	tcase_add_test(tc, receives_are_cancelled_and_expire);
	tcase_add_test(tc, a_card_that_is_closed_fails_what_waits_for_its_frames);
	tcase_add_test(tc, without_memory_nothing_is_left_behind);
	tcase_add_test(tc, threads_share_the_card_with_its_own_program);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return card_main_here(suite);
}
