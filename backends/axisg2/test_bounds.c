/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames that do not end, are too long, or are not fetched; and bad days of the card. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "backends/axisg2/emu.h"
#include "backends/axisg2/test_card.h"

static const uint32_t dests[] = {0, 5, 9};

static struct aml_axis *open_with(const char *keys, struct aml_axis_options options)
{
	options.size = sizeof(options);
	return card_open_claimed(keys, &options, dests, 3);
}

/* Some parts of a frame to a destination, as another program would send them. */
static void send_parts(struct aml_axis *axis, uint32_t dest, size_t n, uint32_t first_user,
		       bool ends)
{
	static char data[CARD_SIZE];

	for (size_t i = 0; i < n; i++) {
		struct axisg2_write record = {.data = (uintptr_t)data,
					      .dest = dest,
					      .flags = AXISG2_FLAGS(i ? 0 : first_user, 0) |
						       (ends && i + 1 == n ? 0 : AXISG2_CONT),
					      .size = CARD_SIZE};
		long rc;

		while (!(rc = amli_axisg2_io_write(&axis->io, &record, sizeof(record))))
			usleep(100);
		ck_assert_int_gt(rc, 0);
	}
}

static int poll_for(struct aml_axis *axis, uint64_t ms)
{
	struct aml_axis_frame *frame;
	int rc = aml_axis_receive(axis, &frame, AML_AXIS_ANY, (int64_t)ms * 1000);

	ck_assert_int_lt(rc, 0);
	return rc;
}

START_TEST(a_frame_of_too_many_parts_is_dropped_and_the_next_one_comes)
{
	struct aml_axis *axis = open_with("", (struct aml_axis_options){.parts = 3});
	struct aml_axis_counters c;

	card_send(axis, 0, 5 * CARD_SIZE, 1);
	card_send(axis, 0, 3 * CARD_SIZE, 2);
	card_send(axis, 5, 100, 3);
	card_expect(axis, 0, 3 * CARD_SIZE, 2);
	card_expect(axis, 5, 100, 3);
	c = card_counters(axis);
	ck_assert_uint_eq(c.dropped_long, 1);
	ck_assert_uint_eq(c.rx_frames, 2);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(a_frame_of_more_parts_than_the_pool_does_not_stop_the_others)
{
	struct aml_axis *axis = open_with("tx=64,rx=8", (struct aml_axis_options){.share = 100});

	card_send(axis, 0, 30 * CARD_SIZE, 1);
	card_send(axis, 5, 100, 3);
	card_expect(axis, 5, 100, 3);
	ck_assert_uint_eq(card_counters(axis).dropped_full, 1);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(a_frame_whose_end_does_not_come_is_dropped_in_time)
{
	struct aml_axis *axis =
		open_with("loop=exact", (struct aml_axis_options){.age_us = 20000, .ssi = true});

	struct pollfd fd = {.events = POLLIN};

	ck_assert_int_eq(aml_axis_fd(axis, &fd.fd), 0);
	send_parts(axis, 5, 2, AML_AXIS_SOF, false);
	ck_assert_int_eq(poll_for(axis, 60), -AML_ETIMEDOUT);
	ck_assert_uint_eq(card_counters(axis).dropped_old, 1);
	ck_assert_uint_eq(card_counters(axis).held, 0);
	ck_assert_int_eq(poll(&fd, 1, 0), 0); /* the timer has been heeded */
	/* The rest of it is thrown away, up to its end or the next start. */
	send_parts(axis, 5, 2, 0, false);
	card_send(axis, 5, 100, 4);
	card_expect(axis, 5, 100, 4);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(a_frame_is_not_late_while_the_program_keeps_it_from_coming)
{
	struct aml_axis *axis = open_with(
		"rx=8", (struct aml_axis_options){.age_us = 20000, .share = 50, .copies = _i});
	struct aml_axis_frame *frame[3];

	for (uint32_t i = 0; i < 3; i++)
		card_send(axis, 5, 100, i);
	card_send(axis, 9, 4 * CARD_SIZE, 7);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(aml_axis_receive(axis, &frame[i], 5, S), 0);
	/* One part of it is here, and there is no room for more. */
	ck_assert_int_eq(poll_for(axis, 60), -AML_ETIMEDOUT);
	ck_assert_uint_eq(card_counters(axis).held, 4);
	for (int i = 0; i < 3; i++)
		aml_axis_frame_release(&frame[i]);
	card_expect(axis, 9, 4 * CARD_SIZE, 7);
	ck_assert_uint_eq(card_counters(axis).dropped_old, 0);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(without_ssi_a_dropped_frame_takes_along_what_comes_before_its_end)
{
	struct aml_axis *axis = open_with("loop=exact", (struct aml_axis_options){.age_us = 20000});

	send_parts(axis, 5, 2, 0, false);
	ck_assert_int_eq(poll_for(axis, 60), -AML_ETIMEDOUT);
	send_parts(axis, 5, 2, 0, true);
	card_send(axis, 5, 100, 4);
	card_expect(axis, 5, 100, 4);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(a_start_of_frame_ends_the_one_before_that_has_none)
{
	struct aml_axis *axis = open_with("loop=exact", (struct aml_axis_options){.ssi = true});

	send_parts(axis, 5, 2, AML_AXIS_SOF, false);
	card_send(axis, 5, 2 * CARD_SIZE, 4);
	card_expect(axis, 5, 2 * CARD_SIZE, 4);
	ck_assert_uint_eq(card_counters(axis).dropped_old, 1);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(unfinished_frames_do_not_take_the_whole_pool)
{
	struct aml_axis *axis =
		open_with("loop=exact,rx=8",
			  (struct aml_axis_options){.age_us = AML_AXIS_FOREVER, .share = 50});

	send_parts(axis, 0, 3, 0, false);
	send_parts(axis, 5, 3, 0, false);
	card_send(axis, 9, 100, 4);
	card_expect(axis, 9, 100, 4);
	ck_assert_uint_ge(card_counters(axis).dropped_full, 1);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(a_consumer_that_does_not_release_stops_reading_and_no_more)
{
	struct aml_axis *axis = open_with("rx=8", (struct aml_axis_options){.share = 50});
	struct aml_axis_frame *frame[4], *none;
	struct pollfd fd = {.events = POLLIN};

	ck_assert_int_eq(aml_axis_fd(axis, &fd.fd), 0);
	for (uint32_t i = 0; i < 6; i++)
		card_send(axis, dests[i % 3], 100, i);
	for (uint32_t i = 0; i < 4; i++)
		ck_assert_int_eq(aml_axis_receive(axis, &frame[i], AML_AXIS_ANY, S), 0);
	ck_assert_int_eq(aml_axis_receive(axis, &none, AML_AXIS_ANY, 20000), -AML_ETIMEDOUT);
	ck_assert_int_eq(poll(&fd, 1, 0), 0); /* or who polls would spin */
	ck_assert_uint_eq(card_counters(axis).held_back, 1);
	ck_assert_uint_eq(card_counters(axis).held, 4);
	aml_axis_frame_release(&frame[2]);
	ck_assert_int_eq(poll(&fd, 1, 5000), 1);
	card_expect(axis, AML_AXIS_ANY, 100, 4);
	card_expect(axis, AML_AXIS_ANY, 100, 5);
	for (int i = 0; i < 4; i++)
		aml_axis_frame_release(&frame[i]);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

static int control(struct aml_axis *axis, enum amli_axisg2_control which, uint32_t value)
{
	return aml_axis_register_write(axis, which, value);
}

START_TEST(a_completion_without_bytes_is_a_frame_with_an_error)
{
	struct aml_axis *axis = open_with("", (struct aml_axis_options){.copies = _i});
	struct aml_axis_frame *frame;

	ck_assert_int_eq(control(axis, AMLI_AXISG2_CONTROL_NEXT_EMPTY, 1), 0);
	card_send(axis, 5, 100, 1);
	card_send(axis, 5, 200, 2);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, S), 0);
	ck_assert_uint_eq(frame->bytes, 0);
	ck_assert_uint_eq(frame->nparts, 0);
	ck_assert_uint_eq(frame->error, AML_AXIS_ERROR_EMPTY);
	aml_axis_frame_release(&frame);
	card_expect(axis, 5, 200, 2);
	ck_assert_uint_eq(card_counters(axis).rx_empty, 1);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(error_bits_come_with_the_frame)
{
	struct aml_axis *axis = open_with("", (struct aml_axis_options){.copies = _i});
	struct aml_axis_frame *frame;

	ck_assert_int_eq(control(axis, AMLI_AXISG2_CONTROL_NEXT_ERROR, 6), 0);
	card_send(axis, 5, 3 * CARD_SIZE, 1);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, S), 0);
	ck_assert_uint_eq(frame->error, AML_AXIS_ERROR_MAX | AML_AXIS_ERROR_LENGTH);
	ck_assert(card_is(frame, 1));
	/* Sent on, it would be taken for a good one. */
	ck_assert_int_eq(aml_axis_send(axis, &frame, 0), -AML_EINVAL);
	aml_axis_frame_release(&frame);
	ck_assert_uint_eq(card_counters(axis).rx_errors, 1);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(eofe_is_an_error_with_ssi_and_a_user_bit_without)
{
	struct aml_axis *axis = open_with("", (struct aml_axis_options){.ssi = _i});
	struct aml_axis_frame *frame;

	ck_assert_int_eq(control(axis, AMLI_AXISG2_CONTROL_NEXT_EOFE, 1), 0);
	card_send(axis, 5, 100, 1);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, S), 0);
	ck_assert_uint_eq(frame->last_user & AML_AXIS_EOFE, AML_AXIS_EOFE);
	ck_assert_uint_eq(frame->error, _i ? AML_AXIS_ERROR_EOFE : 0);
	ck_assert_uint_eq(frame->first_user, _i ? AML_AXIS_SOF : 0);
	aml_axis_frame_release(&frame);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(a_frame_that_the_card_cut_off_says_so)
{
	struct aml_axis *axis = open_with("cont=0", (struct aml_axis_options){.share = 0});
	struct aml_axis_frame *frame;

	card_send(axis, 5, CARD_SIZE + 100, 1);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, S), 0);
	ck_assert_uint_eq(frame->error, AML_AXIS_ERROR_MAX);
	ck_assert_uint_eq(frame->bytes, CARD_SIZE);
	aml_axis_frame_release(&frame);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(a_driver_that_stops_to_answer_is_an_error_for_all)
{
	struct aml_axis *axis = open_with("", (struct aml_axis_options){.share = 0});
	struct aml_axis_frame *frame;
	struct pollfd fd = {.events = POLLIN};

	ck_assert_int_eq(aml_axis_fd(axis, &fd.fd), 0);
	card_make_trouble(axis);
	card_trouble.error = -ENODEV;
	card_trouble.read_in = 1;
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, S), -AML_EIO);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 0, AML_AXIS_FOREVER), -AML_EIO);
	ck_assert(strstr(aml_error_detail(), "the driver does not answer"));
	ck_assert_int_eq(poll(&fd, 1, 0), 1); /* or nobody would look */
	aml_axis_close(&axis);
}
END_TEST

/* What the driver cannot have meant. */
static struct axisg2_read nonsense[] = {
	{.index = 3, .ret = 8, .dest = 5},		/* a buffer to send */
	{.index = 1000, .ret = 8, .dest = 5},		/* no buffer */
	{.index = 64, .ret = 8, .dest = 4096},		/* no destination */
	{.index = 64, .ret = CARD_SIZE + 1, .dest = 5}, /* more than a buffer */
};

START_TEST(nonsense_from_the_driver_is_counted_and_not_given_back)
{
	struct aml_axis *axis = open_with("", (struct aml_axis_options){.share = 0});

	card_make_trouble(axis);
	card_trouble.record = &nonsense[_i];
	poll_for(axis, 1);
	ck_assert_uint_eq(card_counters(axis).strange, 1);
	card_send(axis, 5, 100, 1);
	card_expect(axis, 5, 100, 1);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

/* All records that are asked for cost the driver time, also those without a buffer. */
START_TEST(reads_get_as_long_as_what_comes_and_short_again)
{
	struct aml_axis *axis = open_with("", (struct aml_axis_options){.share = 100});

	ck_assert_uint_eq(axis->rx.ask, AMLI_AXIS_ASK);
	for (uint32_t i = 0; i < 8; i++) {
		for (uint32_t k = 0; k < 60; k++)
			card_send(axis, 0, 100, k);
		for (uint32_t k = 0; k < 60; k++)
			card_expect(axis, 0, 100, k);
		ck_assert_uint_le(axis->rx.ask, AMLI_AXIS_BATCH);
	}
	ck_assert_uint_gt(axis->rx.ask, AMLI_AXIS_BATCH / 4);
	for (uint32_t i = 0; i < 10; i++)
		poll_for(axis, 0);
	ck_assert_uint_eq(axis->rx.ask, AMLI_AXIS_ASK);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("bounds");
	TCase *tcase = tcase_create("bounds");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, card_next, NULL);
	tcase_add_test(tcase, a_frame_of_too_many_parts_is_dropped_and_the_next_one_comes);
	tcase_add_test(tcase, a_frame_of_more_parts_than_the_pool_does_not_stop_the_others);
	tcase_add_test(tcase, a_frame_whose_end_does_not_come_is_dropped_in_time);
	tcase_add_loop_test(tcase, a_frame_is_not_late_while_the_program_keeps_it_from_coming, 0,
			    2);
	tcase_add_test(tcase, without_ssi_a_dropped_frame_takes_along_what_comes_before_its_end);
	tcase_add_test(tcase, a_start_of_frame_ends_the_one_before_that_has_none);
	tcase_add_test(tcase, unfinished_frames_do_not_take_the_whole_pool);
	tcase_add_test(tcase, a_consumer_that_does_not_release_stops_reading_and_no_more);
	tcase_add_loop_test(tcase, a_completion_without_bytes_is_a_frame_with_an_error, 0, 2);
	tcase_add_loop_test(tcase, error_bits_come_with_the_frame, 0, 2);
	tcase_add_loop_test(tcase, eofe_is_an_error_with_ssi_and_a_user_bit_without, 0, 2);
	tcase_add_test(tcase, a_frame_that_the_card_cut_off_says_so);
	tcase_add_test(tcase, reads_get_as_long_as_what_comes_and_short_again);
	tcase_add_test(tcase, a_driver_that_stops_to_answer_is_an_error_for_all);
	tcase_add_loop_test(tcase, nonsense_from_the_driver_is_counted_and_not_given_back, 0,
			    sizeof(nonsense) / sizeof(nonsense[0]));
	suite_add_tcase(s, tcase);
	return s;
}

int main(void)
{
	return card_main(suite);
}
