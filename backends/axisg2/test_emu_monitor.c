/* SPDX-License-Identifier: BSD-3-Clause */
/* The registers in which firmware counts what passes. */
#include <time.h>
#include <unistd.h>

#include "backends/axisg2/test_device.h"

#define FROM_FPGA 0x60000u
#define TO_FPGA 0x68000u
#define LANE(n) ((n)*0x40u)

static char data[4096];

static void send_frame(struct amli_axisg2_io *io, uint32_t dest, size_t parts, size_t last)
{
	for (size_t i = 0; i < parts; i++) {
		bool ends = i + 1 == parts;
		size_t bytes = ends ? last : sizeof(data);

		ck_assert_int_eq(send_copy(io, dest, ends ? 0 : AXISG2_CONT, data, bytes),
				 (long)bytes);
	}
}

static void ck_counts(struct amli_axisg2_io *io, uint32_t at, uint32_t frames, uint32_t last,
		      uint32_t most, uint32_t least)
{
	ck_assert_uint_eq(register_read(io, at + 0x04), frames);
	ck_assert_uint_eq(register_read(io, at + 0x08), 0);
	ck_assert_uint_eq(register_read(io, at + 0x30), last);
	ck_assert_uint_eq(register_read(io, at + 0x34), most);
	ck_assert_uint_eq(register_read(io, at + 0x38), least);
}

START_TEST(frames_of_each_lane_are_counted_both_ways)
{
	struct amli_axisg2_io io = device_open(_i ? "loop=exact,size=4096," : "size=4096,");

	send_frame(&io, 0x003, 1, 100); /* that nobody has claimed it is nothing to firmware */
	send_frame(&io, 0x103, 3, 8);
	send_frame(&io, 0x104, 1, 40);
	ck_counts(&io, FROM_FPGA + LANE(0), 1, 100, 100, 100);
	ck_counts(&io, FROM_FPGA + LANE(1), 2, 40, 8200, 40);
	ck_counts(&io, FROM_FPGA + LANE(2), 0, 0, 0, 0);
	ck_counts(&io, TO_FPGA + LANE(0), 1, 100, 100, 100);
	ck_counts(&io, TO_FPGA + LANE(1), 2, 40, 8200, 40);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(a_block_begins_anew_when_it_is_reset)
{
	struct amli_axisg2_io io = device_open("size=4096,");

	send_frame(&io, 0x103, 1, 100);
	ck_assert_int_eq(register_write(&io, FROM_FPGA, 1), 0);
	ck_counts(&io, FROM_FPGA + LANE(1), 0, 0, 0, 0);
	ck_counts(&io, TO_FPGA + LANE(1), 1, 100, 100, 100);
	amli_axisg2_io_close(&io);
}
END_TEST

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* However long this test is kept from running: what counts is how much came meanwhile. */
START_TEST(rates_are_those_of_a_second)
{
	struct amli_axisg2_io io = device_open("source=1/1000/200,");
	double begin[2], end[2], came, rate;

	for (int i = 0; i < 500; i++) /* before that second */
		send_frame(&io, 0x002, 1, 100);
	begin[0] = seconds();
	register_read(&io, FROM_FPGA + 0x0c);
	came = register_read(&io, FROM_FPGA + 0x04);
	begin[1] = seconds();
	usleep(1100000);
	end[0] = seconds();
	rate = register_read(&io, FROM_FPGA + 0x0c);
	came = register_read(&io, FROM_FPGA + 0x04) - came;
	end[1] = seconds();
	ck_assert_double_gt(came, 2);
	ck_assert_double_ge(rate, (came - 2) / (end[1] - begin[0]) - 1);
	ck_assert_double_le(rate, (came + 2) / (end[0] - begin[1]) + 1);
	ck_assert_uint_eq(register_read(&io, FROM_FPGA + 0x10), (uint32_t)rate);
	/* Of 1000 bytes each. */
	ck_assert_double_ge(register_read(&io, FROM_FPGA + 0x18), 1000 * rate);
	ck_assert_double_le(register_read(&io, FROM_FPGA + 0x18), 1000 * (rate + 1));
	amli_axisg2_io_close(&io);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("emu_monitor");
	TCase *t = tcase_create("emu_monitor");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, device_next, device_remove);
	tcase_add_loop_test(t, frames_of_each_lane_are_counted_both_ways, 0, 2);
	tcase_add_test(t, a_block_begins_anew_when_it_is_reset);
	tcase_add_test(t, rates_are_those_of_a_second);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	(void)argc;
	return run_both_ways(suite, argv[0]);
}
