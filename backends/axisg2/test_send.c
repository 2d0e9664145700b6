/* SPDX-License-Identifier: BSD-3-Clause */
/* The framer, and whose buffers it sends. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/axisg2/emu.h"
#include "backends/axisg2/test_card.h"

static const uint32_t dests[] = {0, 5, 0x102};

static struct aml_axis *open_with(const char *keys, bool copies)
{
	const struct aml_axis_options options = {.size = sizeof(options), .copies = copies};

	return card_open_claimed(keys, &options, dests, 3);
}

static struct aml_axis_frame *alloc(struct aml_axis *axis, size_t bytes, uint32_t dest)
{
	struct aml_axis_frame *frame;

	ck_assert_int_eq(aml_axis_frame_alloc(axis, &frame, bytes, S), 0);
	frame->dest = dest;
	card_fill(frame, 1);
	return frame;
}

START_TEST(all_parts_but_the_last_are_whole_beats)
{
	/* 5 * 4096 bytes do not divide by a width of 64 and leave buffers full. */
	struct aml_axis *axis = open_with("width=64", false);
	struct aml_axis_frame *frame = alloc(axis, 3 * CARD_SIZE + 100, 5);

	ck_assert_uint_eq(frame->nparts, 4);
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(frame->parts[i].iov_len, CARD_SIZE);
	ck_assert_uint_eq(frame->parts[3].iov_len, 100);
	frame->parts[1].iov_len -= 63;
	frame->bytes -= 63;
	ck_assert_int_eq(aml_axis_send(axis, &frame, 0), -AML_EINVAL);
	ck_assert(strstr(aml_error_detail(), "a multiple of 64 but for the last"));
	aml_axis_frame_release(&frame);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

/* What leaves is what comes back, where the loop is one of buffers. */
START_TEST(users_and_cont_are_on_the_parts_where_they_belong)
{
	struct aml_axis *axis = open_with("loop=exact", _i);
	struct aml_axis_frame *frame = alloc(axis, 2 * CARD_SIZE + 1, 5);
	struct axisg2_read record[4];
	long n = 0;

	frame->first_user = 0x12;
	frame->last_user = 0x34;
	ck_assert_int_eq(aml_axis_send(axis, &frame, S), 0);
	for (int i = 0; i < 1000 && n < 3; i++) {
		memset(record, 0, sizeof(record));
		n += amli_axisg2_io_read(&axis->io, record + n, (size_t)(3 - n) * sizeof(*record));
		if (n < 3)
			usleep(1000);
	}
	ck_assert_int_eq(n, 3);
	ck_assert_uint_eq(record[0].flags, AXISG2_FLAGS(0x12, 0) | AXISG2_CONT);
	ck_assert_uint_eq(record[1].flags, AXISG2_CONT);
	ck_assert_uint_eq(record[2].flags, AXISG2_FLAGS(0, 0x34));
	ck_assert_int_eq(record[2].ret, 1);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(bad_frames_are_refused_and_stay_as_they_are)
{
	struct aml_axis *axis = open_with("", _i);
	struct aml_axis_frame *frame = alloc(axis, 100, 4096), *none = NULL;

	ck_assert_int_eq(aml_axis_send(axis, &frame, 0), -AML_EINVAL);
	ck_assert(strstr(aml_error_detail(), "no destination 4096"));
	frame->dest = 5;
	frame->bytes = 99;
	ck_assert_int_eq(aml_axis_send(axis, &frame, 0), -AML_EINVAL);
	ck_assert(strstr(aml_error_detail(), "the frame has 99 bytes, its parts 100"));
	frame->bytes = 0;
	frame->parts[0].iov_len = 0;
	ck_assert_int_eq(aml_axis_send(axis, &frame, 0), -AML_EINVAL);
	frame->bytes = frame->parts[0].iov_len = 100;
	ck_assert_int_eq(aml_axis_send(axis, &none, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_send(NULL, &frame, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_send(axis, &frame, 0), 0);
	card_expect(axis, 5, 100, 1);
	ck_assert_int_eq(aml_axis_frame_alloc(axis, &frame, 0, 0), -AML_EINVAL);
	ck_assert_ptr_null(frame);
	ck_assert_int_eq(aml_axis_frame_alloc(axis, &frame, 65 * CARD_SIZE, 0), -AML_EINVAL);
	ck_assert(strstr(aml_error_detail(), "needs 65 buffers of 4096: the card has 64"));
	aml_axis_close(&axis);
}
END_TEST

START_TEST(parts_that_are_not_the_frames_buffers_are_refused)
{
	struct aml_axis *axis = open_with("", false);
	struct aml_axis_frame *frame = alloc(axis, 2 * CARD_SIZE, 5);
	void *was = frame->parts[1].iov_base;

	frame->parts[1].iov_base = frame->parts[0].iov_base; /* would be sent twice */
	ck_assert_int_eq(aml_axis_send(axis, &frame, 0), -AML_EINVAL);
	frame->parts[1].iov_base = was;
	frame->nparts = 1; /* and one that is taken away goes back */
	frame->bytes = CARD_SIZE;
	ck_assert_int_eq(aml_axis_send(axis, &frame, 0), 0);
	card_expect(axis, 5, CARD_SIZE, 1);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(a_frame_that_somebody_else_holds_is_not_given_to_the_card)
{
	struct aml_axis *axis = open_with("", false);
	struct aml_axis_frame *frame = alloc(axis, 100, 5), *other = frame;

	aml_axis_frame_hold(frame);
	ck_assert_int_eq(aml_axis_send(axis, &frame, 0), -AML_EBUSY);
	aml_axis_frame_release(&other);
	ck_assert_int_eq(aml_axis_send(axis, &frame, 0), 0);
	card_expect(axis, 5, 100, 1);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(a_received_frame_is_sent_on_without_a_copy)
{
	struct aml_axis *axis = open_with("tx=4", false);
	struct aml_axis_frame *frame, *all;

	card_send(axis, 5, 3 * CARD_SIZE + 5, 8);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, S), 0);
	ck_assert_ptr_eq(frame->parts[0].iov_base, axis->buffer[axis->cap.tx]); /* its first */
	all = alloc(axis, 4 * CARD_SIZE, 5); /* so there is nothing to copy it into */
	frame->dest = 0x102;
	ck_assert_int_eq(aml_axis_send(axis, &frame, 0), 0);
	card_expect(axis, 0x102, 3 * CARD_SIZE + 5, 8);
	aml_axis_frame_release(&all);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(a_frame_of_host_memory_is_copied_and_sent)
{
	struct aml_axis *axis = open_with("", _i);
	struct aml_axis_frame *frame;

	ck_assert_int_eq(aml_axis_frame_create(&frame, 20000), 0);
	card_fill(frame, 4);
	frame->dest = 5;
	ck_assert_int_eq(aml_axis_send(axis, &frame, S), 0);
	ck_assert_ptr_null(frame);
	card_expect(axis, 5, 20000, 4);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(releases_that_split_frames_send_only_short_ones)
{
	struct aml_axis *axis = open_with("version=cont", _i);
	struct aml_axis_frame *frame;

	ck_assert_int_eq(aml_axis_frame_alloc(axis, &frame, CARD_SIZE + 1, 0), -AML_ENOTSUP);
	ck_assert(strstr(aml_error_detail(), "update it to 7.2.2 or later"));
	card_send(axis, 5, CARD_SIZE, 2);
	card_expect(axis, 5, CARD_SIZE, 2);
	ck_assert_int_eq(aml_axis_frame_create(&frame, CARD_SIZE + 1), 0);
	frame->dest = 5;
	ck_assert_int_eq(aml_axis_send(axis, &frame, 0), -AML_ENOTSUP);
	aml_axis_frame_release(&frame);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

/* ---- too few buffers ---- */

START_TEST(without_buffers_nothing_is_kept_and_the_limit_holds)
{
	struct aml_axis *axis = open_with("tx=4", false);
	struct aml_axis_frame *first = alloc(axis, 3 * CARD_SIZE, 5), *frame;

	ck_assert_int_eq(aml_axis_frame_alloc(axis, &frame, 2 * CARD_SIZE, 0), -AML_EAGAIN);
	ck_assert_int_eq(aml_axis_frame_alloc(axis, &frame, 2 * CARD_SIZE, 20000), -AML_ETIMEDOUT);
	ck_assert_int_eq(card_counters(axis).tx.queue, 1);
	ck_assert_uint_ge(card_counters(axis).starved, 2);
	aml_axis_frame_release(&first);
	ck_assert_int_eq(aml_axis_frame_alloc(axis, &frame, 4 * CARD_SIZE, 0), 0);
	aml_axis_frame_release(&frame);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(a_lane_that_stalls_stops_who_sends_only_so_long)
{
	struct aml_axis *axis = open_with("tx=4,lanes=2", _i);
	struct aml_axis_frame *frame;
	int rc = 0, sent = 0;

	ck_assert_int_eq(aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 1), 0);
	while (rc == 0 && sent < 10) {
		ck_assert_int_eq(aml_axis_frame_create(&frame, 1000), 0);
		frame->dest = 5;
		card_fill(frame, (uint32_t)sent);
		rc = aml_axis_send(axis, &frame, 20000);
		sent += rc == 0;
	}
	ck_assert_int_eq(rc, -AML_ETIMEDOUT);
	ck_assert_int_eq(sent, 4);
	ck_assert_ptr_nonnull(frame); /* it is as it was */
	ck_assert_int_eq(aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 0), 0);
	ck_assert_int_eq(aml_axis_send(axis, &frame, 5 * S), 0);
	for (uint32_t i = 0; i < 5; i++)
		card_expect(axis, 5, 1000, i);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(a_frame_that_was_begun_is_ended_as_a_bad_one)
{
	const struct aml_axis_options options = {.size = sizeof(options), .ssi = true};
	struct aml_axis *axis = card_open_claimed("", &options, dests, 3);
	struct aml_axis_frame *frame = alloc(axis, 4 * CARD_SIZE, 5);

	card_make_trouble(axis);
	card_trouble.write_in = 3;
	ck_assert_int_eq(aml_axis_send(axis, &frame, 0), -AML_EIO);
	ck_assert_ptr_null(frame);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, S), 0);
	ck_assert_uint_eq(frame->error, AML_AXIS_ERROR_EOFE);
	ck_assert_uint_eq(frame->nparts, 3);
	aml_axis_frame_release(&frame);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

/* ---- several threads ---- */

#define SENDERS 4
#define EACH 100u

static struct aml_axis *shared;

static void *send_many(void *arg)
{
	size_t bytes = 3 * CARD_SIZE + (size_t)(uintptr_t)arg;

	for (uint32_t i = 0; i < EACH; i++) {
		struct aml_axis_frame *frame;

		if (aml_axis_frame_alloc(shared, &frame, bytes, 30 * S))
			break;
		card_fill(frame, (uint32_t)bytes);
		frame->dest = 5;
		if (aml_axis_send(shared, &frame, 30 * S))
			break;
	}
	return NULL;
}

START_TEST(frames_of_several_threads_do_not_mix)
{
	pthread_t thread[SENDERS];
	unsigned bad = 0;

	shared = open_with("", false);
	for (uintptr_t i = 0; i < SENDERS; i++)
		pthread_create(&thread[i], NULL, send_many, (void *)(i + 1));
	for (unsigned i = 0; i < SENDERS * EACH; i++) {
		struct aml_axis_frame *frame;

		ck_assert_int_eq(aml_axis_receive(shared, &frame, 5, 30 * S), 0);
		bad += !card_is(frame, (uint32_t)frame->bytes);
		aml_axis_frame_release(&frame);
	}
	ck_assert_uint_eq(bad, 0);
	for (int i = 0; i < SENDERS; i++)
		pthread_join(thread[i], NULL);
	card_is_at_rest(shared);
	aml_axis_close(&shared);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("send");
	TCase *tcase = tcase_create("send");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, card_next, NULL);
	tcase_add_test(tcase, all_parts_but_the_last_are_whole_beats);
	tcase_add_loop_test(tcase, users_and_cont_are_on_the_parts_where_they_belong, 0, 2);
	tcase_add_loop_test(tcase, bad_frames_are_refused_and_stay_as_they_are, 0, 2);
	tcase_add_test(tcase, parts_that_are_not_the_frames_buffers_are_refused);
	tcase_add_test(tcase, a_frame_that_somebody_else_holds_is_not_given_to_the_card);
	tcase_add_test(tcase, a_received_frame_is_sent_on_without_a_copy);
	tcase_add_loop_test(tcase, a_frame_of_host_memory_is_copied_and_sent, 0, 2);
	tcase_add_loop_test(tcase, releases_that_split_frames_send_only_short_ones, 0, 2);
	tcase_add_test(tcase, without_buffers_nothing_is_kept_and_the_limit_holds);
	tcase_add_loop_test(tcase, a_lane_that_stalls_stops_who_sends_only_so_long, 0, 2);
	tcase_add_test(tcase, a_frame_that_was_begun_is_ended_as_a_bad_one);
	tcase_add_test(tcase, frames_of_several_threads_do_not_mix);
	suite_add_tcase(s, tcase);
	return s;
}

int main(void)
{
	return card_main(suite);
}
