/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers and registers in the program's memory. */
#include <errno.h>

#include "backends/axisg2/test_device.h"

#define SIZE 4096u
#define SMALL "tx=4,rx=6,size=4096,"

START_TEST(a_map_is_one_buffer_or_registers)
{
	const off_t end = 10 * SIZE;
	const struct {
		size_t bytes;
		off_t offset;
		int expected;
	} rows[] = {
		{SIZE, 0, 0},
		{SIZE, 9 * SIZE, 0},
		{SIZE - 1, SIZE, 0}, /* the system rounds it up */
		{2 * SIZE, 0, -ENXIO},
		{SIZE, 100, -EINVAL},
		{0, 0, -EINVAL},
		{SIZE, end, -EPERM}, /* the engine's own registers */
		{SIZE, end + 0xf000, -EPERM},
		{SIZE, end + 0x10000, 0},
		{SIZE, end + 0xfff000, 0},
		{2 * SIZE, end + 0xfff000, -EPERM},
		{SIZE, end + 0x1000000, -EPERM},
	};
	struct amli_axisg2_io io = device_open(SMALL);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *memory;
		int rc = amli_axisg2_io_map(&io, rows[i].bytes, rows[i].offset, &memory);

		ck_assert_msg(rc == rows[i].expected, "map %zu at %#lx returns %d, not %d",
			      rows[i].bytes, (unsigned long)rows[i].offset, rc, rows[i].expected);
		if (!rc)
			amli_axisg2_io_unmap(memory, rows[i].bytes);
	}
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(a_large_buffer_is_mapped_whole)
{
	struct amli_axisg2_io io = device_open("tx=2,rx=2,size=12288");
	void *memory;

	ck_assert_int_eq(amli_axisg2_io_map(&io, 4096, 0, &memory), -EPERM);
	ck_assert_int_eq(amli_axisg2_io_map(&io, 12288, 4096, &memory), -EPERM);
	ck_assert_int_eq(amli_axisg2_io_map(&io, 12288, 12288, &memory), 0);
	amli_axisg2_io_unmap(memory, 12288);
	amli_axisg2_io_close(&io);
}
END_TEST

START_TEST(frames_pass_without_a_copy)
{
	struct amli_axisg2_io io = device_open(SMALL);
	struct axisg2_read record;
	void *out, *in, *bar;
	long index;

	claim_one(&io, 0);
	index = ask(&io, AXISG2_GET_INDEX);
	ck_assert_int_eq(amli_axisg2_io_map(&io, SIZE, index * (off_t)SIZE, &out), 0);
	pattern_fill(out, SIZE, 9);
	ck_assert_int_eq(send_index(&io, 0, 0, (uint32_t)index, SIZE), SIZE);
	ck_assert_int_eq(receive_index(&io, &record), 1);
	ck_assert_int_eq(amli_axisg2_io_map(&io, SIZE, record.index * (off_t)SIZE, &in), 0);
	ck_assert(pattern_is(in, SIZE, 9));
	ck_assert_int_eq(amli_axisg2_io_map(&io, SIZE, 10 * SIZE + 0x20000, &bar), 0);
	((volatile uint32_t *)bar)[1] = 77;
	ck_assert_uint_eq(register_read(&io, 0x20004), 77);
	amli_axisg2_io_unmap(bar, SIZE);
	amli_axisg2_io_unmap(in, SIZE);
	amli_axisg2_io_unmap(out, SIZE);
	amli_axisg2_io_close(&io);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("emulator: maps");
	TCase *t = tcase_create("maps");

	tcase_add_checked_fixture(t, device_next, NULL);
	tcase_add_test(t, a_map_is_one_buffer_or_registers);
	tcase_add_test(t, a_large_buffer_is_mapped_whole);
	tcase_add_test(t, frames_pass_without_a_copy);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	(void)argc;
	return run_both_ways(suite, argv[0]);
}
