/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames of the host's memory, frames in parts, and who holds them. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "aml/axis/frame.h"
#include "aml/error.h"
#include "backends/axisg2/test_alloc.h"

static unsigned freed;

static void count_free(struct aml_axis_frame *frame)
{
	(void)frame;
	freed++;
}

/* "abcdefghij" in parts of 1, 4, 2 and 3 bytes, with gaps between them. */
static char memory[20];
static struct iovec parts[] = {
	{memory + 1, 1},
	{memory + 4, 4},
	{memory + 9, 2},
	{memory + 15, 3},
};
static const char letters[] = "abcdefghij";
static struct aml_axis_frame scattered;

static void set_letters(void)
{
	memcpy(memory, "#a##bcde#fg####hij##", sizeof(memory));
}

/* The memory is as it was, but for ten bytes in the parts. */
static void expect_memory(const char *bytes)
{
	char want[20];

	memset(want, '#', sizeof(want));
	for (size_t i = 0; i < 4; bytes += parts[i++].iov_len)
		memcpy(want + ((char *)parts[i].iov_base - memory), bytes, parts[i].iov_len);
	ck_assert_mem_eq(memory, want, sizeof(want));
}

static void setup(void)
{
	freed = 0;
	set_letters();
	scattered = (struct aml_axis_frame){
		.parts = parts,
		.nparts = 4,
		.bytes = 10,
		.dest = 0x102,
		.error = 0x80,
		.first_user = AML_AXIS_SOF,
		.last_user = AML_AXIS_EOFE,
		.free = count_free,
		.holds = 1,
	};
}

START_TEST(a_new_frame_is_one_part_and_says_nothing)
{
	struct aml_axis_frame *frame;

	ck_assert_int_eq(aml_axis_frame_create(&frame, 1000), 0);
	ck_assert_uint_eq(frame->nparts, 1);
	ck_assert_uint_eq(frame->bytes, 1000);
	ck_assert_uint_eq(frame->parts[0].iov_len, 1000);
	ck_assert_uint_eq((uintptr_t)frame->parts[0].iov_base % 16, 0);
	ck_assert_uint_eq(frame->dest, 0);
	ck_assert_uint_eq(frame->error, 0);
	ck_assert_uint_eq(frame->first_user, 0);
	ck_assert_uint_eq(frame->last_user, 0);
	memset(frame->parts[0].iov_base, 1, 1000);
	aml_axis_frame_release(&frame);
	ck_assert_ptr_null(frame);
	aml_axis_frame_release(&frame);
}
END_TEST

START_TEST(creating_refuses_what_cannot_be)
{
	struct aml_axis_frame *frame = &scattered;

	ck_assert_int_eq(aml_axis_frame_create(&frame, 0), -AML_EINVAL);
	ck_assert_ptr_null(frame);
	ck_assert_int_eq(aml_axis_frame_create(NULL, 1), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_frame_create(&frame, SIZE_MAX), -AML_ENOMEM);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "bytes"));
	EXPECT_REFUSED_WITHOUT_MEMORY(aml_axis_frame_create(&frame, 8), ck_assert_ptr_null(frame));
	aml_axis_frame_release(&frame);
}
END_TEST

START_TEST(every_range_is_read_across_parts)
{
	for (size_t from = 0; from <= 10; from++) {
		for (size_t bytes = 0; bytes <= 10 - from; bytes++) {
			char got[12] = "............", want[12] = "............";

			memcpy(want, letters + from, bytes);
			ck_assert_int_eq(aml_axis_frame_read(&scattered, from, got, bytes), 0);
			ck_assert_mem_eq(got, want, sizeof(got));
		}
	}
}
END_TEST

START_TEST(every_range_is_written_across_parts_and_nothing_else)
{
	for (size_t from = 0; from <= 10; from++) {
		for (size_t bytes = 0; bytes <= 10 - from; bytes++) {
			char want[10];

			set_letters();
			memcpy(want, letters, 10);
			memcpy(want + from, "0123456789", bytes);
			ck_assert_int_eq(
				aml_axis_frame_write(&scattered, from, "0123456789", bytes), 0);
			expect_memory(want);
		}
	}
}
END_TEST

START_TEST(a_range_beyond_the_end_copies_nothing)
{
	static const size_t ranges[][2] = {{0, 11}, {10, 1}, {11, 0}, {5, SIZE_MAX}, {SIZE_MAX, 1}};
	char other[16] = "untouched";

	for (size_t i = 0; i < 5; i++) {
		size_t from = ranges[i][0], bytes = ranges[i][1];

		ck_assert_int_eq(aml_axis_frame_read(&scattered, from, other, bytes), -AML_EDOM);
		ck_assert_int_eq(aml_axis_frame_write(&scattered, from, other, bytes), -AML_EDOM);
	}
	ck_assert_str_eq(other, "untouched");
	expect_memory(letters);
	ck_assert_int_eq(aml_axis_frame_read(&scattered, 0, NULL, 1), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_frame_write(&scattered, 0, NULL, 1), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_frame_read(NULL, 0, other, 1), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_frame_write(NULL, 0, other, 1), -AML_EINVAL);
}
END_TEST

START_TEST(a_frame_without_parts_has_nothing_to_read)
{
	struct aml_axis_frame empty = {.free = count_free, .holds = 1};
	struct aml_axis_frame *copy;

	ck_assert_int_eq(aml_axis_frame_read(&empty, 0, memory, 0), 0);
	ck_assert_int_eq(aml_axis_frame_read(&empty, 0, memory, 1), -AML_EDOM);
	ck_assert_int_eq(aml_axis_frame_copy(&copy, &empty, 0), -AML_EINVAL);
}
END_TEST

START_TEST(a_copy_says_what_the_frame_says)
{
	static const size_t limits[] = {0, 3, 10, 11}, bytes[] = {10, 3, 10, 10};
	struct aml_axis_frame *copy;

	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(aml_axis_frame_copy(&copy, &scattered, limits[i]), 0);
		ck_assert_uint_eq(copy->bytes, bytes[i]);
		ck_assert_mem_eq(copy->parts[0].iov_base, "abcdefghij", bytes[i]);
		ck_assert_uint_eq(copy->dest, 0x102);
		ck_assert_uint_eq(copy->error, 0x80);
		ck_assert_uint_eq(copy->first_user, AML_AXIS_SOF);
		ck_assert_uint_eq(copy->last_user, AML_AXIS_EOFE);
		aml_axis_frame_release(&copy);
	}
	ck_assert_uint_eq(scattered.holds, 1);
	copy = &scattered;
	ck_assert_int_eq(aml_axis_frame_copy(&copy, NULL, 0), -AML_EINVAL);
	ck_assert_ptr_null(copy);
	EXPECT_REFUSED_WITHOUT_MEMORY(aml_axis_frame_copy(&copy, &scattered, 0),
				      ck_assert_ptr_null(copy));
	aml_axis_frame_release(&copy);
}
END_TEST

START_TEST(the_last_release_frees)
{
	struct aml_axis_frame *mine = &scattered, *yours = &scattered;

	aml_axis_frame_hold(mine);
	aml_axis_frame_release(&mine);
	ck_assert_ptr_null(mine);
	ck_assert_uint_eq(freed, 0);
	aml_axis_frame_release(&yours);
	ck_assert_uint_eq(freed, 1);
}
END_TEST

static void *hold_and_release(void *arg)
{
	for (int i = 0; i < 2000; i++) {
		struct aml_axis_frame *frame = arg;

		aml_axis_frame_hold(frame);
		aml_axis_frame_release(&frame);
	}
	return NULL;
}

START_TEST(threads_hold_and_release_one_frame)
{
	struct aml_axis_frame *frame = &scattered;
	pthread_t thread[3];

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, hold_and_release, frame), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	ck_assert_uint_eq(freed, 0);
	ck_assert_uint_eq(scattered.holds, 1);
	aml_axis_frame_release(&frame);
	ck_assert_uint_eq(freed, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("frame");
	TCase *tcase = tcase_create("frame");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, a_new_frame_is_one_part_and_says_nothing);
	tcase_add_test(tcase, creating_refuses_what_cannot_be);
	tcase_add_test(tcase, every_range_is_read_across_parts);
	tcase_add_test(tcase, every_range_is_written_across_parts_and_nothing_else);
	tcase_add_test(tcase, a_range_beyond_the_end_copies_nothing);
	tcase_add_test(tcase, a_frame_without_parts_has_nothing_to_read);
	tcase_add_test(tcase, a_copy_says_what_the_frame_says);
	tcase_add_test(tcase, the_last_release_frees);
	tcase_add_test(tcase, threads_hold_and_release_one_frame);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
