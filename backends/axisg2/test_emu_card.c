/* SPDX-License-Identifier: BSD-3-Clause */
/* What the card makes of frames. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backends/axisg2/test_device.h"

#define SIZE 4096u
#define SMALL "tx=4,rx=6,size=4096,"
enum {
	STALL = 0xf00004,
	STARVE = 0xf00008,
	NEXT_ERROR = 0xf0000c,
	NEXT_EOFE = 0xf00010,
	NEXT_EMPTY = 0xf00014,
	LOSE_RX = 0xf00018,
	LOSE_TX = 0xf0001c,
	UNCLAIMED = 0xf00024
};

static char data[4 * SIZE], back[SIZE];

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* A frame in parts, as they are cut here. */
static void send_parts(struct amli_axisg2_io *io, uint32_t dest, const size_t *part, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t flags = AXISG2_FLAGS(i ? 0 : 0x2, i == n - 1 ? 0x1 : 0);

		ck_assert_int_eq(send_copy(io, dest, flags | (i == n - 1 ? 0 : AXISG2_CONT),
					   data + at, part[i]),
				 (long)part[i]);
		at += part[i];
	}
}

/* Receive one buffer of so many bytes, which continue @at, with these flags. */
static void ck_part(struct amli_axisg2_io *io, size_t at, int bytes, uint32_t flags)
{
	struct axisg2_read record;

	ck_assert_int_eq(receive_copy(io, &record, back, sizeof(back)), 1);
	ck_assert_int_eq(record.ret, bytes);
	ck_assert_uint_eq(record.flags, flags);
	ck_assert_int_eq(memcmp(back, data + at, (size_t)bytes), 0);
}

START_TEST(a_stream_is_cut_anew_where_buffers_are_full)
{
	static const size_t parts[] = {1024, 3200, 4096, 100};
	struct amli_axisg2_io io = device_open(SMALL);
	struct axisg2_read record;

	claim_one(&io, 0x105);
	pattern_fill(data, sizeof(data), 1);
	send_parts(&io, 0x105, parts, 4); /* 8420 bytes */
	ck_part(&io, 0, 4096, AXISG2_FLAGS(2, 0) | AXISG2_CONT);
	ck_part(&io, 4096, 4096, AXISG2_CONT);
	ck_part(&io, 8192, 228, AXISG2_FLAGS(0, 1));
	ck_assert_int_eq(receive_index(&io, &record), 0);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(a_frame_of_exactly_one_buffer_has_no_empty_end)
{
	static const size_t one[] = {SIZE}, more[] = {SIZE, 32}, two[] = {SIZE, SIZE};
	struct amli_axisg2_io io = device_open(SMALL);
	struct axisg2_read record;

	claim_one(&io, 0);
	pattern_fill(data, sizeof(data), 2);
	send_parts(&io, 0, one, 1);
	ck_part(&io, 0, SIZE, AXISG2_FLAGS(2, 1));
	send_parts(&io, 0, more, 2);
	ck_part(&io, 0, SIZE, AXISG2_FLAGS(2, 0) | AXISG2_CONT);
	ck_part(&io, SIZE, 32, AXISG2_FLAGS(0, 1));
	send_parts(&io, 0, two, 2);
	ck_part(&io, 0, SIZE, AXISG2_FLAGS(2, 0) | AXISG2_CONT);
	ck_part(&io, SIZE, SIZE, AXISG2_FLAGS(0, 1));
	ck_assert_int_eq(receive_index(&io, &record), 0);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(destinations_interleave_and_do_not_mix)
{
	struct amli_axisg2_io io = device_open(SMALL);
	const uint32_t dest[] = {1, 2};

	claim(&io, dest, 2);
	pattern_fill(data, sizeof(data), 3);
	send_copy(&io, 1, AXISG2_CONT, data, 64);
	send_copy(&io, 2, AXISG2_CONT, data + 1000, 32);
	send_copy(&io, 1, 0, data + 64, 10);
	send_copy(&io, 2, 0, data + 1032, 20);
	ck_part(&io, 0, 74, 0);
	ck_part(&io, 1000, 52, 0);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(a_part_that_ends_within_a_beat_leaves_a_hole)
{
	struct amli_axisg2_io io = device_open(SMALL "width=16");

	memset(data, 0xff, SIZE);
	for (int i = 0; i < 6; i++) /* what buffers had before is not seen */
		send_copy(&io, 0, 0, data, SIZE);
	claim_one(&io, 0);
	pattern_fill(data, 100, 4);
	memset(data + 10, 0, 6);
	send_copy(&io, 0, AXISG2_CONT, data, 10);
	send_copy(&io, 0, 0, data + 16, 8);
	ck_part(&io, 0, 24, 0);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(exact_loopback_passes_descriptors_as_they_are)
{
	static const size_t parts[] = {10, 3200, 7};
	struct amli_axisg2_io io = device_open(SMALL "loop=exact");

	claim_one(&io, 7);
	pattern_fill(data, sizeof(data), 5);
	send_parts(&io, 7, parts, 3);
	ck_part(&io, 0, 10, AXISG2_FLAGS(2, 0) | AXISG2_CONT);
	ck_part(&io, 10, 3200, AXISG2_CONT);
	ck_part(&io, 3210, 7, AXISG2_FLAGS(0, 1));
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(only_the_wires_there_are_carry_sidebands)
{
	struct amli_axisg2_io io = device_open(SMALL "tuser=2,tdest=4");
	struct axisg2_read record;

	claim_one(&io, 0x103);
	send_copy(&io, 0x1f3, AXISG2_FLAGS(0xfe, 0xff), data, 64);
	ck_assert_int_eq(receive_index(&io, &record), 1);
	ck_assert_uint_eq(record.dest, 0x103);
	ck_assert_uint_eq(record.flags, AXISG2_FLAGS(0x2, 0x3));
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(without_continuation_the_rest_is_thrown_away)
{
	static const size_t parts[] = {SIZE, SIZE, 100};
	struct amli_axisg2_io io = device_open(SMALL "cont=0");
	struct axisg2_read record;

	claim_one(&io, 0);
	pattern_fill(data, sizeof(data), 6);
	send_parts(&io, 0, parts, 3);
	ck_assert_int_eq(receive_copy(&io, &record, back, sizeof(back)), 1);
	ck_assert_int_eq(record.ret, SIZE);
	ck_assert_uint_eq(record.error, AXISG2_ERROR_MAX);
	ck_assert_uint_eq(record.flags, AXISG2_FLAGS(2, 0));
	ck_assert_int_eq(receive_index(&io, &record), 0);
	send_copy(&io, 0, 0, data, 50);
	ck_part(&io, 0, 50, 0);
	amli_axisg2_io_close(&io);
}
END_TEST

/* ---- trouble ---- */

START_TEST(a_card_without_buffers_waits_and_goes_on)
{
	struct amli_axisg2_io io = device_open(SMALL);
	struct axisg2_read record[6];

	claim_one(&io, 0);
	for (uint32_t i = 0; i < 10; i++) {
		pattern_fill(data, 64, i);
		ck_assert_int_eq(send_copy(&io, 0, 0, data, 64), 64);
	}
	/* 6 received, 4 in the card, none free. */
	ck_assert_int_eq(send_copy(&io, 0, 0, data, 64), 0);
	ck_assert_int_eq(ask(&io, AXISG2_TX_IN_HW), 4);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(receive_index(&io, &record[i]), 1);
	ck_assert_int_ne(ask(&io, AXISG2_REQUESTS_MISSED), 0);
	ck_assert_int_eq(receive_index(&io, &record[0]), 0);
	for (uint32_t i = 4; i < 10; i++)
		ck_assert_int_eq(return_index(&io, i), 0);
	for (uint32_t i = 6; i < 10; i++) {
		pattern_fill(data, 64, i);
		ck_part(&io, 0, 64, 0);
	}
	ck_assert_int_eq(ask(&io, AXISG2_RX_IN_HW), 6);
	ck_assert_int_eq(ask(&io, AXISG2_TX_IN_SW), 4);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(a_card_can_starve_from_the_start)
{
	struct amli_axisg2_io io = device_open(SMALL "starve=1");

	claim_one(&io, 0);
	send_copy(&io, 0, 0, data, 64);
	ck_assert_int_eq(ask(&io, AXISG2_RX_IN_SW), 0);
	ck_assert_int_eq(ask(&io, AXISG2_TX_IN_HW), 1);
	register_write(&io, STARVE, 0);
	ck_assert_int_eq(ask(&io, AXISG2_RX_IN_SW), 1);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(a_stalled_lane_blocks_the_others_behind_it)
{
	struct amli_axisg2_io io = device_open(SMALL "stall=2");
	const uint32_t dest[] = {0, 0x100};

	claim(&io, dest, 2);
	send_copy(&io, 0x100, 0, data, 8);
	send_copy(&io, 0, 0, data, 8);
	ck_assert_int_eq(ask(&io, AXISG2_RX_IN_SW), 1); /* lane 1 has one in its engine */
	send_copy(&io, 0x100, 0, data, 8);
	send_copy(&io, 0, 0, data, 8);
	ck_assert_int_eq(ask(&io, AXISG2_RX_IN_SW), 1);
	ck_assert_int_eq(ask(&io, AXISG2_TX_IN_HW), 3);
	register_write(&io, STALL, 0);
	ck_assert_int_eq(ask(&io, AXISG2_RX_IN_SW), 4);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(sending_no_bytes_hangs_the_lane)
{
	struct amli_axisg2_io io = device_open(SMALL);
	struct axisg2_read record;

	claim_one(&io, 0);
	ck_assert_int_eq(send_index(&io, 0, 0, 0, 0), 0);
	send_copy(&io, 0, 0, data, 8);
	ck_assert_int_eq(receive_index(&io, &record), 0);
	ck_assert_int_eq(ask(&io, AXISG2_TX_IN_HW), 2);
	amli_axisg2_io_close(&io);

	io = device_open(SMALL "zero=complete");
	claim_one(&io, 0);
	ck_assert_int_eq(send_index(&io, 0, 0, 0, 0), 0);
	ck_assert_int_eq(receive_index(&io, &record), 1);
	ck_assert_int_eq(record.ret, 0);
	ck_assert_uint_eq(record.error, AXISG2_ERROR_EMPTY);
	ck_assert_int_eq(ask(&io, AXISG2_RX_IN_USER), 1);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(the_ring_holds_what_it_holds)
{
	struct amli_axisg2_io io = device_open(SMALL "ring=4,stall=1");

	ck_assert_int_eq(ask(&io, AXISG2_RX_IN_HW), 3);
	ck_assert_int_eq(ask(&io, AXISG2_RX_IN_PRE_HW), 3);
	for (int i = 0; i < 4; i++)
		send_copy(&io, 0, 0, data, 8);
	ck_assert_int_eq(ask(&io, AXISG2_TX_IN_HW), 3);
	ck_assert_int_eq(ask(&io, AXISG2_TX_IN_PRE_HW), 1);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(faults_come_when_they_are_called)
{
	struct amli_axisg2_io io = device_open(SMALL);
	struct axisg2_read record;

	claim_one(&io, 0);
	register_write(&io, NEXT_ERROR, 2);
	send_copy(&io, 0, 0, data, 8);
	receive_copy(&io, &record, back, sizeof(back));
	ck_assert_uint_eq(record.error, 2);
	register_write(&io, NEXT_EOFE, 1);
	send_copy(&io, 0, 0, data, 8);
	receive_copy(&io, &record, back, sizeof(back));
	ck_assert_uint_eq(record.flags, AXISG2_FLAGS(0, AXISG2_EOFE));
	register_write(&io, NEXT_EMPTY, 1);
	send_copy(&io, 0, 0, data, 8);
	receive_copy(&io, &record, back, sizeof(back));
	ck_assert_int_eq(record.ret, 0);
	register_write(&io, LOSE_RX, 1);
	send_copy(&io, 0, 0, data, 8);
	ck_assert_int_eq(ask(&io, AXISG2_RX_MISSING), 1);
	register_write(&io, LOSE_TX, 1);
	send_copy(&io, 0, 0, data, 8);
	ck_assert_int_eq(ask(&io, AXISG2_TX_MISSING), 1);
	receive_copy(&io, &record, back, sizeof(back));
	ck_assert_uint_eq(record.error | record.flags, 0);
	register_write(&io, STARVE, 1);
	send_copy(&io, 0, 0, data, 8);
	ck_assert_int_eq(receive_index(&io, &record), 0);
	register_write(&io, STARVE, 0);
	ck_assert_int_eq(receive_index(&io, &record), 1);
	ck_assert_uint_eq(register_read(&io, UNCLAIMED), 0);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(faults_come_at_their_turn)
{
	struct amli_axisg2_io io = device_open(
		SMALL "error_every=2,error_bits=4,eofe_every=3,empty_every=5,lose_rx_every=7");
	struct axisg2_read record;

	claim_one(&io, 0);
	for (uint32_t i = 1; i < 7; i++) {
		send_copy(&io, 0, 0, data, 8);
		ck_assert_int_eq(receive_copy(&io, &record, back, sizeof(back)), 1);
		ck_assert_uint_eq(record.error, i == 5 ? 1 : i % 2 ? 0 : 4);
		ck_assert_uint_eq(AXISG2_LUSER(record.flags), i % 3 == 0);
		ck_assert_int_eq(record.ret, i == 5 ? 0 : 8);
	}
	send_copy(&io, 0, 0, data, 8);
	ck_assert_int_eq(receive_index(&io, &record), 0);
	ck_assert_int_eq(ask(&io, AXISG2_RX_MISSING), 1);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(frames_take_their_time)
{
	struct amli_axisg2_io io = device_open(SMALL "delay_us=30000");
	double start = seconds();

	claim_one(&io, 0);
	send_copy(&io, 0, 0, data, 8);
	ck_assert_int_eq(ask(&io, AXISG2_READ_READY), 0);
	ck_assert_int_eq(amli_axisg2_io_wait(&io, POLLIN, 5000000), POLLIN);
	ck_assert(seconds() - start > 0.029);
	ck_part(&io, 0, 8, 0);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(some_submissions_wait_for_the_timer)
{
	struct amli_axisg2_io io = device_open(SMALL "tail_every=2,tail_us=30000");
	double start = seconds();

	claim_one(&io, 0);
	send_copy(&io, 0, 0, data, 8);
	ck_assert_int_eq(ask(&io, AXISG2_READ_READY), 1);
	ck_part(&io, 0, 8, 0);
	send_copy(&io, 0, 0, data, 8);
	ck_assert_int_eq(ask(&io, AXISG2_TX_IN_PRE_HW), 1);
	ck_assert_int_eq(amli_axisg2_io_wait(&io, POLLIN, 5000000), POLLIN);
	ck_assert(seconds() - start > 0.029);
	amli_axisg2_io_close(&io);
}
END_TEST

/* ---- sources ---- */

START_TEST(sources_make_prbs_frames)
{
	static const uint32_t expected[] = {1,	  0xb,	0x2,  0x5,   0xb,   0x17,
					    0x2e, 0x5c, 0xb8, 0x170, 0x2e1, 0x5c3};
	struct amli_axisg2_io io = device_open("tx=2,rx=16,size=4096,stall=3,"
					       "source=0x102/48/1000/5+3/10000/1000/1");
	const uint32_t dest[] = {0x102, 3};
	struct axisg2_read record;
	uint32_t word[12], sequence = 1;
	int parts = 0;

	claim(&io, dest, 2);
	register_write(&io, STALL, 0);
	while (amli_axisg2_io_wait(&io, POLLIN, 200000) == POLLIN) {
		ck_assert_int_eq(receive_copy(&io, &record, back, sizeof(back)), 1);
		memcpy(word, back, sizeof(word));
		if (record.dest == 3) {
			ck_assert_uint_eq(record.flags & AXISG2_CONT, parts < 2 ? AXISG2_CONT : 0);
			parts++;
			continue;
		}
		ck_assert_int_eq(record.ret, 48);
		ck_assert_uint_ge(word[0], sequence);
		ck_assert_uint_eq(record.flags, AXISG2_FLAGS(AXISG2_SOF, 0));
		if (word[0] == 1)
			ck_assert_int_eq(memcmp(word, expected, sizeof(word)), 0);
		sequence = word[0] + 1;
	}
	ck_assert_uint_eq(sequence, 6);
	ck_assert_int_eq(parts, 3);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(a_source_waits_for_room_and_keeps_its_frames_whole)
{
	struct amli_axisg2_io io = device_open("tx=2,rx=2,size=64,stall=1,source=0/160/10000/8");
	uint32_t sequence = 0, next = 0;
	struct axisg2_read record;
	char part[64];

	claim_one(&io, 0);
	register_write(&io, STALL, 0);
	while (amli_axisg2_io_wait(&io, POLLIN, 200000) == POLLIN) {
		uint32_t first;

		ck_assert_int_eq(receive_copy(&io, &record, part, sizeof(part)), 1);
		memcpy(&first, part, 4);
		ck_assert_uint_eq(record.flags & AXISG2_CONT, next < 2 ? AXISG2_CONT : 0);
		if (!next && sequence)
			ck_assert_uint_eq(first, sequence + 1);
		if (!next)
			sequence = first;
		next = (next + 1) % 3;
	}
	ck_assert_uint_eq(sequence, 8);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(a_source_does_not_cut_into_a_frame)
{
	struct amli_axisg2_io io = device_open(SMALL "stall=1,source=0/48/1000/1");
	struct axisg2_read record;

	claim_one(&io, 0);
	pattern_fill(data, 100, 8);
	send_copy(&io, 0, AXISG2_CONT, data, 64);
	register_write(&io, STALL, 0); /* the lane comes first */
	ck_assert_int_eq(receive_index(&io, &record), 0);
	send_copy(&io, 0, 0, data + 64, 36);
	ck_part(&io, 0, 100, 0);
	ck_assert_int_eq(receive_copy(&io, &record, back, sizeof(back)), 1);
	ck_assert_int_eq(record.ret, 48);
	amli_axisg2_io_close(&io);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("emulator: card");
	TCase *t = tcase_create("card");

	tcase_add_checked_fixture(t, device_next, NULL);
	tcase_add_test(t, a_stream_is_cut_anew_where_buffers_are_full);
	tcase_add_test(t, a_frame_of_exactly_one_buffer_has_no_empty_end);
	tcase_add_test(t, destinations_interleave_and_do_not_mix);
	tcase_add_test(t, a_part_that_ends_within_a_beat_leaves_a_hole);
	tcase_add_test(t, exact_loopback_passes_descriptors_as_they_are);
	tcase_add_test(t, only_the_wires_there_are_carry_sidebands);
	tcase_add_test(t, without_continuation_the_rest_is_thrown_away);
	tcase_add_test(t, a_card_without_buffers_waits_and_goes_on);
	tcase_add_test(t, a_card_can_starve_from_the_start);
	tcase_add_test(t, a_stalled_lane_blocks_the_others_behind_it);
	tcase_add_test(t, sending_no_bytes_hangs_the_lane);
	tcase_add_test(t, the_ring_holds_what_it_holds);
	tcase_add_test(t, faults_come_when_they_are_called);
	tcase_add_test(t, faults_come_at_their_turn);
	tcase_add_test(t, frames_take_their_time);
	tcase_add_test(t, some_submissions_wait_for_the_timer);
	tcase_add_test(t, sources_make_prbs_frames);
	tcase_add_test(t, a_source_waits_for_room_and_keeps_its_frames_whole);
	tcase_add_test(t, a_source_does_not_cut_into_a_frame);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	(void)argc;
	return run_both_ways(suite, argv[0]);
}
