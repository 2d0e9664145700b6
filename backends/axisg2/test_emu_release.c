/* SPDX-License-Identifier: BSD-3-Clause */
/* What releases of the driver differ in. */
#include <errno.h>
#include <stdio.h>

#include "backends/axisg2/test_device.h"

#define SMALL "tx=4,rx=6,size=4096,"

static char data[64];

/* What read of too many records, a bad index, and some ioctls return. */
static const struct {
	const char *version;
	long api, many, bad, rx_counters, git, gpu, gpu_version;
} releases[] = {
	{"current", 6, -EINVAL, -EINVAL, 6, 0, 0, -AXISG2_ENOTSUPP},
	{"7.2.1", 6, -EINVAL, -EINVAL, 6, 0, 0, -AXISG2_ENOTSUPP},
	{"7.1.0", 6, 0, -EPERM, 6, 0, 0, -AXISG2_ENOTSUPP},
	{"before72", 6, 0, -EPERM, 6, 0, -EPERM, -EPERM},
	{"6.0.0", 6, 0, -EPERM, -EPERM, -EPERM, -EPERM, -EPERM},
	{"api5", 5, 0, -EPERM, -EPERM, -EPERM, -EPERM, -EPERM},
};

START_TEST(a_release_has_the_calls_that_it_had)
{
	static struct axisg2_read record[11];
	struct amli_axisg2_io io;
	char keys[100], git[33];

	snprintf(keys, sizeof(keys), SMALL "version=%s", releases[_i].version);
	io = device_open(keys);
	ck_assert_int_eq(ask(&io, AXISG2_API_VERSION), releases[_i].api);
	ck_assert_int_eq(amli_axisg2_io_read(&io, record, sizeof(record)), releases[_i].many);
	ck_assert_int_eq(return_index(&io, 10), releases[_i].bad);
	ck_assert_int_eq(ask(&io, AXISG2_RX_IN_HW), releases[_i].rx_counters);
	ck_assert_int_eq(amli_axisg2_io_ioctl(&io, AXISG2_GIT_VERSION, (uintptr_t)git),
			 releases[_i].git);
	ck_assert_int_eq(ask(&io, AXISG2_GPU_IS_SUPPORTED), releases[_i].gpu);
	ck_assert_int_eq(ask(&io, AXISG2_GPU_VERSION), releases[_i].gpu_version);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(old_register_records_are_small)
{
	struct amli_axisg2_io io = device_open(SMALL "version=api5");
	struct axisg2_register_old old[2] = {{0x800000, 5}, {7, 7}};

	ck_assert_int_eq(amli_axisg2_io_ioctl(&io, AXISG2_WRITE_REGISTER, (uintptr_t)old), 0);
	old[0].data = 0;
	ck_assert_int_eq(amli_axisg2_io_ioctl(&io, AXISG2_READ_REGISTER, (uintptr_t)old), 0);
	ck_assert_uint_eq(old[0].data, 5);
	ck_assert_uint_eq(old[1].address, 7);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(some_releases_send_each_part_as_a_frame)
{
	static const struct {
		const char *keys;
		bool whole;
	} rows[] = {{SMALL "version=6.6.1", true},
		    {SMALL "version=6.6.2", false},
		    {SMALL "version=cont", false},
		    {SMALL "version=7.2.2", true},
		    {SMALL "version=7.4.0", true}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct amli_axisg2_io io = device_open(rows[i].keys);
		struct axisg2_read record;

		claim_one(&io, 0);
		send_copy(&io, 0, AXISG2_FLAGS(2, 0) | AXISG2_CONT, data, 64);
		send_copy(&io, 0, AXISG2_FLAGS(0, 1), data, 64);
		ck_assert_int_eq(receive_index(&io, &record), 1);
		ck_assert_int_eq(record.ret, rows[i].whole ? 128 : 64);
		ck_assert_uint_eq(record.flags, AXISG2_FLAGS(2, rows[i].whole));
		ck_assert_int_eq(receive_index(&io, &record), !rows[i].whole);
		amli_axisg2_io_close(&io);
	}
}
END_TEST

START_TEST(bit_17_changes_the_lane)
{
	struct amli_axisg2_io io = device_open(SMALL);
	struct axisg2_read record;
	const uint32_t dest[] = {5, 0x105};

	claim(&io, dest, 2);
	send_copy(&io, 5, AXISG2_TIMEOUT, data, 8);
	ck_assert_int_eq(receive_index(&io, &record), 1);
	ck_assert_uint_eq(record.dest, 0x105);
	ck_assert_uint_eq(record.flags, 0);
	amli_axisg2_io_close(&io);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("emulator: releases");
	TCase *t = tcase_create("releases");

	tcase_add_checked_fixture(t, device_next, NULL);
	tcase_add_loop_test(t, a_release_has_the_calls_that_it_had, 0,
			    sizeof(releases) / sizeof(releases[0]));
	tcase_add_test(t, old_register_records_are_small);
	tcase_add_test(t, some_releases_send_each_part_as_a_frame);
	tcase_add_test(t, bit_17_changes_the_lane);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	(void)argc;
	return run_both_ways(suite, argv[0]);
}
