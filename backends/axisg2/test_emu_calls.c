/* SPDX-License-Identifier: BSD-3-Clause */
/* What each call returns, and where buffers are then. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backends/axisg2/test_device.h"

#define SIZE 4096u
#define SMALL "tx=4,rx=6,size=4096,"
#define NOWHERE UINT64_C(0x1000) /* not mapped, but a user's address */
#define KERNEL UINT64_C(0xffff800000000000)

static char data[SIZE], back[2 * SIZE];

/* Counters of one side: user, hw, pre hw, sw, missing. */
static void ck_counts(struct amli_axisg2_io *io, enum axisg2_ioctl first, const long *expected)
{
	for (unsigned i = 0; i < 5; i++)
		ck_assert_msg(ask(io, first + i) == expected[i], "counter %#x is %ld, not %ld",
			      first + i, ask(io, first + i), expected[i]);
}
#define CK_TX(io, ...) ck_counts(io, AXISG2_TX_IN_USER, (const long[]){__VA_ARGS__})
#define CK_RX(io, ...) ck_counts(io, AXISG2_RX_IN_USER, (const long[]){__VA_ARGS__})

START_TEST(a_new_device_has_what_was_configured)
{
	struct amli_axisg2_io io = device_open(SMALL);

	ck_assert_int_eq(ask(&io, AXISG2_BUFFER_COUNT), 10);
	ck_assert_int_eq(ask(&io, AXISG2_BUFFER_SIZE), SIZE);
	ck_assert_int_eq(ask(&io, AXISG2_TX_COUNT), 4);
	ck_assert_int_eq(ask(&io, AXISG2_RX_COUNT), 6);
	ck_assert_int_eq(ask(&io, AXISG2_API_VERSION), 6);
	ck_assert_int_eq(ask(&io, AXISG2_READ_READY), 0);
	ck_assert_int_eq(ask(&io, AXISG2_READ_ACK), 0);
	ck_assert_int_eq(ask(&io, AXISG2_REQUESTS_MISSED), 0);
	ck_assert_int_eq(ask(&io, AXISG2_GPU_IS_SUPPORTED), 0);
	ck_assert_int_eq(amli_axisg2_io_ioctl(&io, AXISG2_SET_DEBUG, 256), 0);
	CK_TX(&io, 0, 0, 0, 4, 0);
	CK_RX(&io, 0, 6, 0, 0, 0);
	amli_axisg2_io_close(&io);
}
END_TEST

static long write_record(struct amli_axisg2_io *io, struct axisg2_write record)
{
	return amli_axisg2_io_write(io, &record, sizeof(record));
}

START_TEST(a_bad_write_is_refused_with_the_drivers_number)
{
	struct amli_axisg2_io io = device_open(SMALL);
	const uint64_t good = (uintptr_t)data;
	struct axisg2_write record = {.data = good, .size = 8};

	ck_assert_int_eq(amli_axisg2_io_write(&io, &record, 31), -EPERM);
	ck_assert_int_eq(amli_axisg2_io_write(&io, &record, 64), -EPERM);
	ck_assert_int_eq(amli_axisg2_io_write(&io, &record, 0), -EPERM);
	ck_assert_int_eq(amli_axisg2_io_write(&io, (void *)(uintptr_t)NOWHERE, 32), -EPERM);
	ck_assert_int_eq(amli_axisg2_io_write(&io, (void *)(uintptr_t)KERNEL, 32), -EFAULT);
	ck_assert_int_eq(write_record(&io, (struct axisg2_write){.data = good, .size = SIZE + 1}),
			 -EPERM);
	ck_assert_int_eq(write_record(&io,
				      (struct axisg2_write){.data = good, .size = 8, .dest = 4096}),
			 -EPERM);
	ck_assert_int_eq(write_record(&io, (struct axisg2_write){.index = 10, .size = 8}), -EPERM);
	CK_TX(&io, 0, 0, 0, 4, 0);
	/* A payload that is not there costs a turn of the free list, no buffer. */
	ck_assert_int_eq(write_record(&io, (struct axisg2_write){.data = NOWHERE, .size = 8}),
			 -EPERM);
	CK_TX(&io, 0, 0, 0, 4, 0);
	ck_assert_int_eq(ask(&io, AXISG2_GET_INDEX), 1);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(a_bad_read_is_refused_with_the_drivers_number)
{
	struct amli_axisg2_io io = device_open(SMALL);
	struct axisg2_read record[11] = {{.data = 0}};

	ck_assert_int_eq(amli_axisg2_io_read(&io, record, 39), -EPERM);
	ck_assert_int_eq(amli_axisg2_io_read(&io, record, 41), -EPERM);
	ck_assert_int_eq(amli_axisg2_io_read(&io, record, 11 * sizeof(record[0])), -EINVAL);
	ck_assert_int_eq(amli_axisg2_io_read(&io, record, 10 * sizeof(record[0])), 0);
	ck_assert_int_eq(amli_axisg2_io_read(&io, record, 0), 0);
	ck_assert_int_eq(amli_axisg2_io_read(&io, (void *)(uintptr_t)KERNEL, 40), -EFAULT);
	ck_assert_int_eq(amli_axisg2_io_read(&io, (void *)(uintptr_t)NOWHERE, 40), -EPERM);
	amli_axisg2_io_close(&io);
}
END_TEST

/* Of a device as SMALL is, with all sending buffers held. */
static const struct {
	uint32_t command;
	uint64_t arg;
	long expected;
} refusals[] = {
	{0x100e, 0, -EPERM},
	{0x1fff, 0, -EPERM},
	{0x11000, 0, -EPERM}, /* low half unknown */
	{0x10000 | AXISG2_AXI_VERSION, 0, -EPERM},
	{0x10000 | AXISG2_READ_ACK, 0, -EPERM},
	{AXISG2_GET_INDEX, 0, -EPERM},
	{AXISG2_RET_INDEX | 11u << 16, NOWHERE, -EINVAL},
	{AXISG2_RET_INDEX | 1u << 16, KERNEL, -EFAULT},
	{AXISG2_RET_INDEX | 1u << 16, NOWHERE, -EPERM},
	{AXISG2_RET_INDEX, NOWHERE, 0},
	{AXISG2_SET_MASK_BYTES, NOWHERE, -EPERM},
	{AXISG2_READ_REGISTER, NOWHERE, -EPERM},
	{AXISG2_WRITE_REGISTER, NOWHERE, -EPERM},
	{AXISG2_AXI_VERSION, NOWHERE, -EPERM},
	{AXISG2_GIT_VERSION, NOWHERE, -EFAULT},
	{AXISG2_GPU_ADD_MEMORY, 0, -AXISG2_ENOTSUPP},
	{AXISG2_GPU_REMOVE_MEMORY, 0, -AXISG2_ENOTSUPP},
	{AXISG2_GPU_WRITE_ENABLE, 0, -AXISG2_ENOTSUPP},
	{AXISG2_GPU_VERSION, 0, -AXISG2_ENOTSUPP},
	{AXISG2_GPU_MAX_BUFFERS, 0, -AXISG2_ENOTSUPP},
};

START_TEST(every_ioctl_fails_with_the_drivers_number)
{
	struct amli_axisg2_io io = device_open(SMALL);
	const size_t n = sizeof(refusals) / sizeof(refusals[0]);

	for (long i = 0; i < 4; i++)
		ck_assert_int_eq(ask(&io, AXISG2_GET_INDEX), i);
	for (size_t i = 0; i < n; i++) {
		long rc = amli_axisg2_io_ioctl(&io, refusals[i].command, refusals[i].arg);

		ck_assert_msg(rc == refusals[i].expected, "%#x returns %ld, not %ld",
			      refusals[i].command, rc, refusals[i].expected);
	}
	CK_TX(&io, 4, 0, 0, 0, 0);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(registers_end_where_the_window_ends)
{
	static const struct {
		uint64_t address;
		long expected;
	} rows[] = {
		{0, -EPERM},	       {0xfffc, -EPERM},     {0x10000, 0},
		{0x20004, 0},	       {0xfffffc, 0},	     {0xfffffd, -EPERM},
		{0x1000000, -EPERM},   {UINT64_MAX, -EPERM}, {UINT64_MAX - 3, -EPERM},
		{0x100010000, -EPERM},
	};
	struct amli_axisg2_io io = device_open(SMALL);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(register_write(&io, rows[i].address, 7) == rows[i].expected,
			      "register %#llx", (unsigned long long)rows[i].address);
	ck_assert_uint_eq(register_read(&io, 0x20004), 7);
	ck_assert_uint_eq(register_read(&io, 0xfffffc), 7);
	/* What firmware only tells does not change. */
	ck_assert_int_eq(register_write(&io, 0x20400, 99), 0);
	ck_assert_uint_eq(register_read(&io, 0x20400), 8);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(versions_are_told_as_the_driver_tells_them)
{
	struct amli_axisg2_io io = device_open(SMALL "git=7.4.0-1-g7685fa2,lanes=2,width=16");
	struct axisg2_axi_version version;
	char git[40];

	memset(git, 0xff, sizeof(git));
	ck_assert_int_eq(amli_axisg2_io_ioctl(&io, AXISG2_GIT_VERSION, (uintptr_t)git), 0);
	ck_assert_int_eq(memcmp(git, "7.4.0-1-g7685fa2", 16), 0);
	ck_assert_int_eq(git[16], (char)0xff); /* no NUL */
	ck_assert_int_eq(register_write(&io, 0x20004, 0x12345678), 0);
	ck_assert_int_eq(amli_axisg2_io_ioctl(&io, AXISG2_AXI_VERSION, (uintptr_t)&version), 0);
	ck_assert_uint_eq(version.scratch, 0x12345678);
	ck_assert_uint_eq(version.user[0], 2);
	ck_assert_uint_eq(version.user[6] >> 24, 16);
	ck_assert_uint_ne(strlen(version.build), 0);
	amli_axisg2_io_close(&io);
}
END_TEST

/* ---- claims ---- */

START_TEST(a_descriptor_claims_once_and_nothing_counts_as_nothing)
{
	struct amli_axisg2_io io = device_open(SMALL);

	ck_assert_int_eq(amli_axisg2_io_ioctl(&io, AXISG2_SET_MASK, 0), 0);
	ck_assert_int_eq(claim(&io, NULL, 0), 0);
	ck_assert_int_eq(claim_one(&io, 4095), 0);
	ck_assert_int_eq(claim_one(&io, 4095), -EPERM);
	ck_assert_int_eq(claim(&io, NULL, 0), -EPERM);
	ck_assert_int_eq(amli_axisg2_io_ioctl(&io, AXISG2_SET_MASK, 1), -EPERM);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(a_destination_has_one_owner_until_it_closes)
{
	const uint32_t both[] = {3, 40};
	struct amli_axisg2_io a = device_open(SMALL), b = device_open(SMALL);

	ck_assert_int_eq(amli_axisg2_io_ioctl(&a, AXISG2_SET_MASK, 1u << 3), 0);
	ck_assert_int_eq(claim(&b, both, 2), -EPERM);
	ck_assert_int_eq(claim_one(&b, 40), 0); /* nothing was claimed by the one that failed */
	amli_axisg2_io_close(&b);
	amli_axisg2_io_close(&a);
	a = device_open(SMALL);
	ck_assert_int_eq(claim(&a, both, 2), 0);
	amli_axisg2_io_close(&a);
}
END_TEST

START_TEST(frames_nobody_claimed_vanish)
{
	struct amli_axisg2_io a = device_open(SMALL), b = device_open(SMALL);
	struct axisg2_read record;

	ck_assert_int_eq(claim_one(&a, 1), 0);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(send_copy(&b, 0, 0, data, 100), 100);
	ck_assert_int_eq(ask(&a, AXISG2_READ_READY), 0);
	CK_TX(&a, 0, 0, 0, 4, 0);
	CK_RX(&a, 0, 6, 0, 0, 0);
	ck_assert_int_eq(send_copy(&b, 1, 0, data, 100), 100);
	ck_assert_int_eq(ask(&a, AXISG2_READ_READY), 1);
	ck_assert_int_eq(ask(&b, AXISG2_READ_READY), 0);
	ck_assert_int_eq(receive_index(&b, &record), 0);
	ck_assert_int_eq(receive_index(&a, &record), 1);
	amli_axisg2_io_close(&a);
	amli_axisg2_io_close(&b);
}
END_TEST

/* ---- indexes ---- */

START_TEST(free_indexes_rotate)
{
	struct amli_axisg2_io io = device_open(SMALL);

	for (long i = 0; i < 3; i++)
		ck_assert_int_eq(ask(&io, AXISG2_GET_INDEX), i);
	ck_assert_int_eq(return_index(&io, 1), 0);
	ck_assert_int_eq(return_index(&io, 0), 0);
	ck_assert_int_eq(ask(&io, AXISG2_GET_INDEX), 3);
	ck_assert_int_eq(ask(&io, AXISG2_GET_INDEX), 1);
	ck_assert_int_eq(ask(&io, AXISG2_GET_INDEX), 0);
	ck_assert_int_eq(ask(&io, AXISG2_GET_INDEX), -EPERM);
	CK_TX(&io, 4, 0, 0, 0, 0);
	ck_assert_int_eq(send_copy(&io, 0, 0, data, 8), 0);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(receiving_buffers_come_after_sending_ones)
{
	struct amli_axisg2_io io = device_open(SMALL);
	struct axisg2_read record;

	claim_one(&io, 0);
	for (uint32_t i = 0; i < 14; i++) {
		ck_assert_int_eq(send_copy(&io, 0, 0, data, 8), 8);
		ck_assert_int_eq(receive_index(&io, &record), 1);
		ck_assert_uint_eq(record.index, 4 + i % 6);
		CK_RX(&io, 1, 5, 0, 0, 0);
		ck_assert_int_eq(return_index(&io, record.index), 0);
	}
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(indexes_that_are_not_held_are_passed_over)
{
	struct amli_axisg2_io a = device_open(SMALL), b = device_open(SMALL);
	const uint32_t list[] = {0, 1, 9};

	ck_assert_int_eq(ask(&a, AXISG2_GET_INDEX), 0);
	ck_assert_int_eq(amli_axisg2_io_ioctl(&b, AXISG2_RET_INDEX | 3u << 16, (uintptr_t)list), 0);
	CK_TX(&a, 1, 0, 0, 3, 0);
	ck_assert_int_eq(amli_axisg2_io_ioctl(&a, AXISG2_RET_INDEX | 3u << 16, (uintptr_t)list), 0);
	CK_TX(&a, 0, 0, 0, 4, 0);
	ck_assert_int_eq(return_index(&a, 0), 0);
	CK_TX(&a, 0, 0, 0, 4, 0);
	amli_axisg2_io_close(&a);
	amli_axisg2_io_close(&b);
}
END_TEST

START_TEST(a_bad_index_loses_the_received_ones_before_it)
{
	struct amli_axisg2_io io = device_open(SMALL);
	struct axisg2_read record[2];
	uint32_t list[4];

	claim_one(&io, 0);
	send_copy(&io, 0, 0, data, 8);
	send_copy(&io, 0, 0, data, 8);
	ck_assert_int_eq(receive_index(&io, &record[0]), 1);
	ck_assert_int_eq(receive_index(&io, &record[1]), 1);
	list[0] = (uint32_t)ask(&io, AXISG2_GET_INDEX);
	list[1] = record[0].index;
	list[2] = 99999;
	list[3] = record[1].index;
	ck_assert_int_eq(amli_axisg2_io_ioctl(&io, AXISG2_RET_INDEX | 4u << 16, (uintptr_t)list),
			 -EINVAL);
	CK_TX(&io, 0, 0, 0, 4, 0);
	CK_RX(&io, 1, 4, 0, 0, 1);
	ck_assert_int_eq(return_index(&io, record[1].index), 0);
	CK_RX(&io, 0, 5, 0, 0, 1);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(any_index_may_be_sent_but_goes_only_once)
{
	struct amli_axisg2_io a = device_open(SMALL "loop=none"), b = device_open(SMALL);

	/* free, and held by somebody else */
	ck_assert_int_eq(send_index(&a, 0, 0, 2, 8), 8);
	CK_TX(&a, 0, 0, 0, 4, 0);
	ck_assert_int_eq(ask(&b, AXISG2_GET_INDEX), 0);
	ck_assert_int_eq(send_index(&a, 0, 0, 0, 8), 8);
	CK_TX(&a, 0, 0, 0, 4, 0);
	/* each is free once, those that went their way behind the others */
	ck_assert_int_eq(ask(&b, AXISG2_GET_INDEX), 1);
	ck_assert_int_eq(ask(&b, AXISG2_GET_INDEX), 3);
	ck_assert_int_eq(ask(&b, AXISG2_GET_INDEX), 2);
	ck_assert_int_eq(return_index(&b, 1), 0);
	ck_assert_int_eq(return_index(&b, 3), 0);
	ck_assert_int_eq(return_index(&b, 2), 0);
	CK_TX(&a, 0, 0, 0, 4, 0);
	/* in hardware already */
	ck_assert_int_eq(register_write(&a, 0xf00004, 1), 0);
	ck_assert_int_eq(send_index(&a, 0, 0, 1, 8), 8);
	ck_assert_int_eq(send_index(&a, 0, 0, 1, 8), 8);
	CK_TX(&a, 0, 1, 0, 3, 0);
	ck_assert_uint_eq(register_read(&a, 0xf00020), 1);
	amli_axisg2_io_close(&a);
	amli_axisg2_io_close(&b);
}
END_TEST

START_TEST(a_received_buffer_can_be_sent_and_goes_back_to_the_card)
{
	struct amli_axisg2_io io = device_open(SMALL);
	struct axisg2_read record;
	char got[64];

	claim_one(&io, 0);
	pattern_fill(data, 64, 5);
	send_copy(&io, 0, 0, data, 64);
	ck_assert_int_eq(receive_index(&io, &record), 1);
	ck_assert_int_eq(send_index(&io, 0, 0, record.index, 64), 64);
	CK_RX(&io, 0, 5, 0, 1, 0);
	ck_assert_int_eq(receive_copy(&io, &record, got, sizeof(got)), 1);
	ck_assert(pattern_is(got, 64, 5));
	CK_RX(&io, 0, 6, 0, 0, 0);
	amli_axisg2_io_close(&io);
}
END_TEST

/* ---- reading ---- */

START_TEST(a_batch_is_filled_as_far_as_there_is_something)
{
	struct amli_axisg2_io io = device_open(SMALL);
	struct axisg2_read record[5];

	claim_one(&io, 0x302);
	for (uint32_t i = 0; i < 3; i++) {
		pattern_fill(data, 100 + i, i);
		ck_assert_int_eq(send_copy(&io, 0x302, AXISG2_FLAGS(2, 1), data, 100 + i), 100 + i);
	}
	CK_RX(&io, 0, 3, 0, 3, 0);
	memset(record, 0x77, sizeof(record));
	record[0].data = (uintptr_t)back, record[0].size = SIZE, record[0].is32 = 0;
	record[1].data = record[2].data = record[3].data = 0;
	ck_assert_int_eq(amli_axisg2_io_read(&io, record, sizeof(record)), 3);
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_int_eq(record[i].ret, 100 + (int)i);
		ck_assert_uint_eq(record[i].index, 4 + i);
		ck_assert_uint_eq(record[i].dest, 0x302);
		ck_assert_uint_eq(record[i].flags, AXISG2_FLAGS(2, 1));
		ck_assert_uint_eq(record[i].error, 0);
	}
	ck_assert_uint_eq(record[3].index, 0x77777777);
	ck_assert(pattern_is(back, 100, 0));
	CK_RX(&io, 2, 4, 0, 0, 0); /* the one that was copied is back */
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(a_frame_without_room_is_discarded)
{
	struct amli_axisg2_io io = device_open(SMALL);
	struct axisg2_read record;

	claim_one(&io, 0);
	memset(back, 1, sizeof(back));
	send_copy(&io, 0, 0, data, 101);
	ck_assert_int_eq(receive_copy(&io, &record, back, 100), 1);
	ck_assert_int_eq(record.ret, -1);
	ck_assert_uint_eq(record.error, AXISG2_ERROR_MAX);
	ck_assert_int_eq(back[0], 1);
	send_copy(&io, 0, 0, data, 101);
	ck_assert_int_eq(receive_copy(&io, &record, (void *)(uintptr_t)NOWHERE, 200), 1);
	ck_assert_int_eq(record.ret, -1);
	ck_assert_uint_eq(record.error, 0);
	ck_assert_int_eq(receive_copy(&io, &record, back, 200), 0);
	CK_RX(&io, 0, 6, 0, 0, 0);
	amli_axisg2_io_close(&io);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("emulator: calls");
	TCase *t = tcase_create("calls");

	tcase_add_checked_fixture(t, device_next, NULL);
	tcase_add_test(t, a_new_device_has_what_was_configured);
	tcase_add_test(t, a_bad_write_is_refused_with_the_drivers_number);
	tcase_add_test(t, a_bad_read_is_refused_with_the_drivers_number);
	tcase_add_test(t, every_ioctl_fails_with_the_drivers_number);
	tcase_add_test(t, registers_end_where_the_window_ends);
	tcase_add_test(t, versions_are_told_as_the_driver_tells_them);
	tcase_add_test(t, a_descriptor_claims_once_and_nothing_counts_as_nothing);
	tcase_add_test(t, a_destination_has_one_owner_until_it_closes);
	tcase_add_test(t, frames_nobody_claimed_vanish);
	tcase_add_test(t, free_indexes_rotate);
	tcase_add_test(t, receiving_buffers_come_after_sending_ones);
	tcase_add_test(t, indexes_that_are_not_held_are_passed_over);
	tcase_add_test(t, a_bad_index_loses_the_received_ones_before_it);
	tcase_add_test(t, any_index_may_be_sent_but_goes_only_once);
	tcase_add_test(t, a_received_buffer_can_be_sent_and_goes_back_to_the_card);
	tcase_add_test(t, a_batch_is_filled_as_far_as_there_is_something);
	tcase_add_test(t, a_frame_without_room_is_discarded);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	(void)argc;
	return run_both_ways(suite, argv[0]);
}
