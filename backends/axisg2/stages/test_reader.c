/* SPDX-License-Identifier: BSD-3-Clause */
/* What was recorded is read again; and files that are damaged, cut off, or none. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aml/axis/file.h"
#include "backends/axisg2/stages/test_stage.h"

static struct aml_axis_reader reader;
static char folder[64], path[96];

static void setup(void)
{
	reader.state = NULL;
	strcpy(folder, "/tmp/aml-reader-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/run", folder);
}

static void teardown(void)
{
	char command[128];

	aml_axis_reader_close(&reader);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void write_file(const char *suffix, const void *data, size_t bytes)
{
	char name[128];
	int fd;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	fd = open(name, O_WRONLY | O_CREAT | O_APPEND, 0666);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq((int)write(fd, data, bytes), (int)bytes);
	close(fd);
}

static void open_reader(const char *suffix)
{
	char name[128];

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	ck_assert_int_eq(aml_axis_reader_open(&reader, name), 0);
}

/* The next frame has this payload and error. */
static void expect_frame(const char *payload, uint32_t error)
{
	struct aml_axis_frame *frame;

	ck_assert_int_eq(aml_axis_reader_next(&reader, &frame), 0);
	ck_assert_ptr_nonnull(frame);
	ck_assert_uint_eq(frame->bytes, strlen(payload));
	ck_assert_mem_eq(frame->parts[0].iov_base, payload, frame->bytes);
	ck_assert_uint_eq(frame->error, error);
	aml_axis_frame_release(&frame);
}

static void expect_end(void)
{
	struct aml_axis_frame *frame;

	for (int i = 0; i < 2; i++) {
		frame = (struct aml_axis_frame *)&frame;
		ck_assert_int_eq(aml_axis_reader_next(&reader, &frame), 0);
		ck_assert_ptr_null(frame);
	}
}

static void expect_damage(const char *words)
{
	struct aml_axis_frame *frame = (struct aml_axis_frame *)&frame;

	ck_assert_int_eq(aml_axis_reader_next(&reader, &frame), -AML_EIO);
	ck_assert_ptr_null(frame);
	ck_assert_msg(strstr(aml_error_detail(), words), "%s", aml_error_detail());
	expect_end();
}

/* "one" on channel 3, and "two!". */
#define ONE "\x07\0\0\0\xa5\x5a\0\x03one"
#define TWO "\x08\0\0\0\0\0\x80\0two!"

START_TEST(records_are_read_as_others_write_them)
{
	struct aml_axis_frame *frame;

	write_file("", ONE TWO, 23);
	open_reader("");
	ck_assert_int_eq(aml_axis_reader_next(&reader, &frame), 0);
	ck_assert_uint_eq(frame->bytes, 3);
	ck_assert_mem_eq(frame->parts[0].iov_base, "one", 3);
	ck_assert_uint_eq(frame->first_user, 0xa5);
	ck_assert_uint_eq(frame->last_user, 0x5a);
	ck_assert_uint_eq(frame->dest, 3);
	ck_assert_uint_eq(frame->error, 0);
	aml_axis_frame_release(&frame);
	expect_frame("two!", 0x80);
	expect_end();
}
END_TEST

START_TEST(what_the_writer_writes_is_read_whatever_its_options)
{
	static const struct aml_axis_writer_options options[] = {
		{.size_limit = 0},
		{.buffer = 100},
		{.size_limit = 300},
		{.size_limit = 300, .buffer = 64},
		{.size_limit = 300, .buffer = 5000},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		struct aml_axis_writer writer;
		struct aml_axis_frame *frame;

		ck_assert_int_eq(aml_axis_writer_open(&writer, path, &options[i]), 0);
		for (size_t n = 1; n <= 200; n++) {
			frame = parts_create(n, 33);
			memset(frame->parts[0].iov_base, (int)n, frame->parts[0].iov_len);
			frame->last_user = (uint8_t)n;
			ck_assert_int_eq(aml_axis_stage_accept(&writer.stage, frame), 0);
			aml_axis_frame_release(&frame);
		}
		ck_assert_int_eq(aml_axis_writer_close(&writer), 0);
		open_reader(options[i].size_limit ? ".1" : "");
		for (size_t n = 1; n <= 200; n++) {
			ck_assert_int_eq(aml_axis_reader_next(&reader, &frame), 0);
			ck_assert_uint_eq(frame->bytes, n);
			ck_assert_uint_eq(frame->last_user, n);
			ck_assert_int_eq(*(unsigned char *)frame->parts[0].iov_base, (int)n);
			aml_axis_frame_release(&frame);
		}
		expect_end();
		aml_axis_reader_close(&reader);
	}
}
END_TEST

START_TEST(several_files_are_one_recording)
{
	write_file(".1", ONE, 11);
	write_file(".2", "", 0);
	write_file(".3", TWO ONE "abc", 26); /* and what an interrupted writer leaves */
	write_file(".4", TWO, 12);
	write_file(".6", TWO, 12); /* not of it: there is no 5 */
	open_reader(".1");
	expect_frame("one", 0);
	expect_frame("two!", 0x80);
	expect_frame("one", 0);
	expect_frame("two!", 0x80);
	expect_end();
	aml_axis_reader_close(&reader);
	open_reader(".2"); /* only .1 begins several */
	expect_end();
}
END_TEST

START_TEST(empty_records_are_passed_over)
{
	write_file("", "\x04\0\0\0\0\0\0\0" ONE "\x04\0\0\0\0\0\0\0", 27);
	open_reader("");
	expect_frame("one", 0);
	expect_end();
}
END_TEST

START_TEST(a_frame_cut_off_by_the_end_is_bad_and_the_last)
{
	write_file(".1", ONE TWO, 21);
	write_file(".2", ONE, 11);
	open_reader(".1");
	expect_frame("one", 0);
	expect_frame("tw", 0x81);
	expect_end();
}
END_TEST

START_TEST(a_size_beyond_the_end_needs_no_memory)
{
	write_file("", "\xff\xff\xff\xff\0\0\0\0abc", 11);
	open_reader("");
	expect_frame("abc", 1);
	expect_end();
}
END_TEST

START_TEST(what_is_no_record_is_said_with_its_place)
{
	static const struct {
		const char *data, *words;
		size_t bytes;
	} bad[] = {
		{ONE "\0\0\0\0\0\0\0\0", "has no record at byte 11", 19},
		{ONE "\x03\0\0\0\0\0\0\0", "has no record at byte 11", 19},
		{ONE "\0\0\0\0", "has no record at byte 11", 15},
		{ONE TWO, "is cut off at byte 11", 15},
		{ONE TWO, "is cut off at byte 11", 18},
		{ONE TWO, "is cut off at byte 19", 19},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_file("", bad[i].data, bad[i].bytes);
		open_reader("");
		expect_frame("one", 0);
		expect_damage(bad[i].words);
		aml_axis_reader_close(&reader);
		ck_assert_int_eq(unlink(path), 0);
	}
}
END_TEST

START_TEST(a_next_file_that_cannot_be_read_is_said)
{
	struct aml_axis_frame *frame;
	char second[128];

	write_file(".1", ONE, 11);
	snprintf(second, sizeof(second), "%s.2", path);
	ck_assert_int_eq(mkdir(second, 0700), 0);
	open_reader(".1");
	expect_frame("one", 0);
	ck_assert_int_eq(aml_axis_reader_next(&reader, &frame), -AML_EINVAL);
	ck_assert_ptr_null(frame);
	expect_end();
}
END_TEST

START_TEST(a_frame_without_memory_is_read_later)
{
	struct aml_axis_frame *frame;

	write_file("", ONE TWO, 23);
	open_reader("");
	expect_frame("one", 0);
	alloc_fail_at(1);
	ck_assert_int_eq(aml_axis_reader_next(&reader, &frame), -AML_ENOMEM);
	alloc_fail_at(0);
	ck_assert_ptr_null(frame);
	expect_frame("two!", 0x80);
}
END_TEST

START_TEST(opening_refuses_what_cannot_be)
{
	char fifo[128];

	snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	ck_assert_int_eq(aml_axis_reader_open(&reader, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_reader_open(&reader, ""), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_reader_open(&reader, folder), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_reader_open(&reader, fifo), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_reader_open(&reader, path), -AML_EIO);
	ck_assert_msg(strstr(aml_error_detail(), "No such file"), "%s", aml_error_detail());
	write_file("", ONE, 11);
	EXPECT_REFUSED_WITHOUT_MEMORY(aml_axis_reader_open(&reader, path),
				      ck_assert_ptr_null(reader.state));
	aml_axis_reader_close(&reader);
	aml_axis_reader_close(&reader);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("reader");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, records_are_read_as_others_write_them);
	tcase_add_test(tcase, what_the_writer_writes_is_read_whatever_its_options);
	tcase_add_test(tcase, several_files_are_one_recording);
	tcase_add_test(tcase, empty_records_are_passed_over);
	tcase_add_test(tcase, a_frame_cut_off_by_the_end_is_bad_and_the_last);
	tcase_add_test(tcase, a_size_beyond_the_end_needs_no_memory);
	tcase_add_test(tcase, what_is_no_record_is_said_with_its_place);
	tcase_add_test(tcase, a_next_file_that_cannot_be_read_is_said);
	tcase_add_test(tcase, a_frame_without_memory_is_read_later);
	tcase_add_test(tcase, opening_refuses_what_cannot_be);
	return run_case(tcase);
}
