/* SPDX-License-Identifier: BSD-3-Clause */
/* Recordings, byte for byte, in one file and several; and files that cannot be written. */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aml/axis/file.h"
#include "backends/axisg2/stages/test_stage.h"

static struct aml_axis_writer writer;
static struct sink sink;
static char folder[64], path[96];

static void setup(void)
{
	sink_init(&sink);
	writer = (struct aml_axis_writer){0};
	strcpy(folder, "/tmp/aml-writer-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/run", folder);
}

static void teardown(void)
{
	char command[128];

	sink_clear(&sink);
	aml_axis_writer_close(&writer);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
	ck_assert_uint_eq(parts_alive(), 0);
}

static void open_writer(struct aml_axis_writer_options options)
{
	ck_assert_int_eq(aml_axis_writer_open(&writer, path, &options), 0);
	writer.stage.next = &sink.stage;
}

/* Frame @number: its bytes are its number, in parts of 7. */
static struct aml_axis_frame *numbered(int number, size_t bytes)
{
	struct aml_axis_frame *frame = parts_create(bytes, 7);

	for (size_t i = 0; i < frame->nparts; i++)
		memset(frame->parts[i].iov_base, number, frame->parts[i].iov_len);
	frame->dest = 0x103;
	frame->first_user = 0xa5;
	return frame;
}

static int give(int number, size_t bytes)
{
	struct aml_axis_frame *frame = numbered(number, bytes);
	int rc = aml_axis_stage_accept(&writer.stage, frame);

	aml_axis_frame_release(&frame);
	return rc;
}

static char content[4096];

/* What a file holds now. */
static size_t content_of(const char *name)
{
	int fd = open(name, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, content, sizeof(content));

	if (fd >= 0)
		close(fd);
	return (size_t)n;
}

static size_t numbered_content(unsigned number)
{
	char name[128];

	snprintf(name, sizeof(name), "%s.%u", path, number);
	return content_of(name);
}

START_TEST(a_record_is_what_others_write)
{
	struct aml_axis_frame *frame;
	char want[40] = "\x24\0\0\0\xa5\0\0\x03";

	memset(want + 8, 9, 32);
	open_writer((struct aml_axis_writer_options){0});
	ck_assert_int_eq(give(9, 0x20), 0);
	ck_assert_uint_eq(content_of(path), 40);
	ck_assert_mem_eq(content, want, 40);

	frame = numbered(9, 1);
	frame->last_user = 0x5a;
	frame->error = 0x81;
	ck_assert_int_eq(aml_axis_stage_accept(&writer.stage, frame), 0);
	frame->error = 0x300;
	ck_assert_int_eq(aml_axis_stage_accept(&writer.stage, frame), 0);
	aml_axis_frame_release(&frame);
	ck_assert_int_eq(aml_axis_writer_close(&writer), 0);
	ck_assert_uint_eq(content_of(path), 58);
	ck_assert_mem_eq(content + 40, "\x05\0\0\0\xa5\x5a\x81\x03\x09", 9);
	ck_assert_mem_eq(content + 49, "\x05\0\0\0\xa5\x5a\xff\x03\x09", 9);
	ck_assert_uint_eq(sink.n, 3); /* all were passed on */
}
END_TEST

START_TEST(a_channel_of_the_writer_goes_before_the_frames)
{
	open_writer((struct aml_axis_writer_options){.channel = 7});
	ck_assert_int_eq(give(1, 1), 0);
	ck_assert_uint_eq(content_of(path), 9);
	ck_assert_int_eq(content[7], 7);
}
END_TEST

START_TEST(raw_files_have_no_heads)
{
	open_writer((struct aml_axis_writer_options){.raw = true});
	ck_assert_int_eq(give(1, 10), 0);
	ck_assert_int_eq(give(2, 3), 0);
	ck_assert_uint_eq(content_of(path), 13);
	ck_assert_mem_eq(content, "\1\1\1\1\1\1\1\1\1\1\2\2\2", 13);
	ck_assert_uint_eq(aml_axis_writer_counts(&writer).bytes, 13);
}
END_TEST

START_TEST(an_older_file_leaves_no_tail)
{
	open_writer((struct aml_axis_writer_options){0});
	ck_assert_int_eq(give(1, 100), 0);
	ck_assert_int_eq(aml_axis_writer_close(&writer), 0);
	open_writer((struct aml_axis_writer_options){0});
	ck_assert_int_eq(give(1, 10), 0);
	ck_assert_int_eq(aml_axis_writer_close(&writer), 0);
	ck_assert_uint_eq(content_of(path), 18);
}
END_TEST

/* A file of an older recording, or of something else. */
static void leave(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static bool has_file(unsigned number)
{
	char name[128];

	snprintf(name, sizeof(name), "%s.%u", path, number);
	return access(name, F_OK) == 0;
}

START_TEST(an_older_recording_leaves_no_files_that_would_be_read)
{
	char name[128];

	for (unsigned i = 2; i <= 6; i++) {
		snprintf(name, sizeof(name), "%s.%u", path, i);
		if (i != 5)
			leave(name);
	}
	open_writer((struct aml_axis_writer_options){.size_limit = 40});
	ck_assert(has_file(1) && !has_file(2) && !has_file(3) && !has_file(4));
	ck_assert(has_file(6)); /* behind a gap nobody looks */
	ck_assert_int_eq(aml_axis_writer_close(&writer), 0);
}
END_TEST

START_TEST(what_cannot_be_removed_is_said)
{
	char name[128];

	snprintf(name, sizeof(name), "%s.2", path);
	ck_assert_int_eq(mkdir(name, 0700), 0);
	ck_assert_int_ne(aml_axis_writer_open(&writer, path,
					      &(struct aml_axis_writer_options){.size_limit = 40}),
			 0);
	ck_assert(strstr(aml_error_detail(), "cannot remove"));
	ck_assert(!has_file(1));
}
END_TEST

START_TEST(a_recording_that_cannot_begin_removes_nothing)
{
	char name[128];

	snprintf(name, sizeof(name), "%s.1", path);
	ck_assert_int_eq(mkdir(name, 0700), 0);
	snprintf(name, sizeof(name), "%s.2", path);
	leave(name);
	ck_assert_int_ne(aml_axis_writer_open(&writer, path,
					      &(struct aml_axis_writer_options){.size_limit = 40}),
			 0);
	ck_assert(strstr(aml_error_detail(), "run.1"));
	ck_assert(has_file(2));
}
END_TEST

START_TEST(a_single_file_that_would_be_read_on_is_refused)
{
	char name[128];

	snprintf(name, sizeof(name), "%s.2", path);
	leave(name);
	strcat(path, ".1");
	ck_assert_int_eq(aml_axis_writer_open(&writer, path, NULL), -AML_EINVAL);
	ck_assert(strstr(aml_error_detail(), name));
	ck_assert_int_eq(access(path, F_OK), -1);
	ck_assert_int_eq(access(name, F_OK), 0); /* it is not ours to remove */
	ck_assert_int_eq(unlink(name), 0);
	open_writer((struct aml_axis_writer_options){0});
	ck_assert_int_eq(give(1, 10), 0);
	ck_assert_uint_eq(content_of(path), 18);
}
END_TEST

START_TEST(files_are_split_before_the_record_that_does_not_fit)
{
	/* records of 20 bytes: two fill a file exactly */
	for (size_t buffer = 0; buffer <= 64; buffer += 16) {
		struct aml_axis_writer_counts counts;

		open_writer((struct aml_axis_writer_options){.size_limit = 40, .buffer = buffer});
		for (int i = 1; i <= 5; i++)
			ck_assert_int_eq(give(i, 12), 0);
		counts = aml_axis_writer_counts(&writer);
		ck_assert_uint_eq(counts.files, 3);
		ck_assert_uint_eq(counts.frames, 5);
		ck_assert_uint_eq(counts.bytes, 100);
		ck_assert_uint_eq(counts.file_bytes, 20);
		ck_assert_int_eq(aml_axis_writer_close(&writer), 0);
		ck_assert_uint_eq(content_of(path), 0);
		for (unsigned i = 1; i <= 3; i++) {
			ck_assert_uint_eq(numbered_content(i), i < 3 ? 40 : 20);
			ck_assert_int_eq(content[8], (char)(2 * i - 1));
			ck_assert_int_eq(content[19], (char)(2 * i - 1));
		}
		sink_clear(&sink);
	}
}
END_TEST

START_TEST(a_record_longer_than_a_file_is_refused_and_the_next_is_not)
{
	struct aml_axis_writer_counts counts;

	open_writer((struct aml_axis_writer_options){.size_limit = 40});
	ck_assert_int_eq(give(1, 33), -AML_EDOM);
	ck_assert_int_eq(give(2, 32), 0);
	counts = aml_axis_writer_counts(&writer);
	ck_assert_uint_eq(counts.frames, 1);
	ck_assert_uint_eq(counts.files, 1);
	ck_assert_uint_eq(numbered_content(1), 40);
	ck_assert_uint_eq(sink.n, 1);
}
END_TEST

START_TEST(a_record_that_its_head_cannot_count_is_refused)
{
	static char byte;
	struct iovec part = {&byte, UINT32_MAX - 3};
	struct aml_axis_frame frame = {.parts = &part, .nparts = 1, .bytes = part.iov_len};

	open_writer((struct aml_axis_writer_options){0});
	ck_assert_int_eq(aml_axis_stage_accept(&writer.stage, &frame), -AML_EDOM);
	ck_assert_uint_eq(content_of(path), 0);
}
END_TEST

START_TEST(the_buffer_is_written_when_it_is_full)
{
	open_writer((struct aml_axis_writer_options){.buffer = 32});
	ck_assert_int_eq(give(1, 7), 0); /* 15 */
	ck_assert_uint_eq(content_of(path), 0);
	ck_assert_uint_eq(aml_axis_writer_counts(&writer).bytes, 15);
	ck_assert_int_eq(give(2, 7), 0); /* 30 */
	ck_assert_uint_eq(content_of(path), 0);
	ck_assert_int_eq(give(3, 7), 0); /* its head makes 38 */
	ck_assert_uint_eq(content_of(path), 30);
	ck_assert_int_eq(aml_axis_writer_flush(&writer), 0);
	ck_assert_uint_eq(content_of(path), 45);
	ck_assert_int_eq(content[8], 1);
	ck_assert_int_eq(content[15 + 8], 2);
	ck_assert_int_eq(content[30 + 8], 3);
}
END_TEST

START_TEST(a_piece_longer_than_the_buffer_comes_after_what_is_in_it)
{
	struct aml_axis_frame *frame;

	ck_assert_int_eq(aml_axis_frame_create(&frame, 100), 0);
	memset(frame->parts[0].iov_base, 5, 100);
	open_writer((struct aml_axis_writer_options){.buffer = 32});
	ck_assert_int_eq(give(1, 3), 0);
	ck_assert_int_eq(aml_axis_stage_accept(&writer.stage, frame), 0);
	aml_axis_frame_release(&frame);
	ck_assert_uint_eq(content_of(path), 11 + 108);
	ck_assert_int_eq(content[8], 1);
	ck_assert_int_eq(content[11], 104);
	ck_assert_int_eq(content[19], 5);
}
END_TEST

START_TEST(empty_and_bad_frames_are_left_out_and_passed_on)
{
	struct aml_axis_frame empty = {.holds = 1}, *frame = numbered(1, 8);

	open_writer((struct aml_axis_writer_options){.drop_errors = true});
	ck_assert_int_eq(aml_axis_stage_accept(&writer.stage, &empty), 0);
	frame->error = 1;
	ck_assert_int_eq(aml_axis_stage_accept(&writer.stage, frame), 0);
	aml_axis_frame_release(&frame);
	ck_assert_uint_eq(aml_axis_writer_counts(&writer).dropped, 2);
	ck_assert_uint_eq(aml_axis_writer_counts(&writer).frames, 0);
	ck_assert_uint_eq(content_of(path), 0);
	ck_assert_uint_eq(sink.n, 2);
	sink.n--; /* the empty one is nobody's */
	sink.frames[0] = sink.frames[1];
}
END_TEST

START_TEST(a_full_disk_ends_the_recording)
{
	if (access("/dev/full", W_OK))
		return;
	strcpy(path, "/dev/full");
	open_writer((struct aml_axis_writer_options){0});
	ck_assert_int_eq(give(1, 8), -AML_EIO);
	ck_assert_msg(strstr(aml_error_detail(), "No space left"), "%s", aml_error_detail());
	ck_assert_int_eq(give(2, 8), -AML_EIO);
	ck_assert_msg(strstr(aml_error_detail(), "earlier"), "%s", aml_error_detail());
	ck_assert_uint_eq(aml_axis_writer_counts(&writer).frames, 0);
	ck_assert_uint_eq(sink.n, 0);
	ck_assert_int_eq(aml_axis_writer_wait(&writer, 1, -1), -AML_EIO);
	ck_assert_int_eq(aml_axis_writer_flush(&writer), -AML_EIO);
	ck_assert_int_eq(aml_axis_writer_close(&writer), -AML_EIO);

	/* what is in the buffer shows only then */
	open_writer((struct aml_axis_writer_options){.buffer = 100});
	ck_assert_int_eq(give(1, 8), 0);
	ck_assert_int_eq(aml_axis_writer_close(&writer), -AML_EIO);
	open_writer((struct aml_axis_writer_options){.buffer = 100});
	ck_assert_int_eq(give(1, 8), 0);
	ck_assert_int_eq(aml_axis_writer_flush(&writer), -AML_EIO);
	ck_assert_int_eq(give(1, 8), -AML_EIO);
}
END_TEST

START_TEST(a_file_that_may_not_be_written_is_said_so)
{
	int fd = memfd_create("sealed", MFD_ALLOW_SEALING);

	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	open_writer((struct aml_axis_writer_options){0});
	ck_assert_int_eq(give(1, 8), -AML_EPERM);
	close(fd);
}
END_TEST

START_TEST(a_next_file_that_cannot_be_opened_ends_the_recording)
{
	char second[128];

	snprintf(second, sizeof(second), "%s.2", path);
	open_writer((struct aml_axis_writer_options){.size_limit = 40, .buffer = 100});
	ck_assert_int_eq(mkdir(second, 0700), 0);
	ck_assert_int_eq(give(1, 32), 0);
	ck_assert_int_eq(give(2, 32), -AML_EIO);
	ck_assert_msg(strstr(aml_error_detail(), "run.2"), "%s", aml_error_detail());
	ck_assert_uint_eq(aml_axis_writer_counts(&writer).files, 1);
	ck_assert_int_eq(aml_axis_writer_close(&writer), -AML_EIO);
	ck_assert_uint_eq(numbered_content(1), 40); /* what was there is written */
}
END_TEST

START_TEST(an_error_names_the_file_it_happened_in)
{
	char second[128];

	if (access("/dev/full", W_OK))
		return;
	open_writer((struct aml_axis_writer_options){.size_limit = 40});
	snprintf(second, sizeof(second), "%s.2", path);
	ck_assert_int_eq(symlink("/dev/full", second), 0);
	ck_assert_int_eq(give(1, 12), 0);
	ck_assert_int_eq(give(2, 12), 0);
	ck_assert_int_lt(give(3, 12), 0);
	ck_assert_msg(strstr(aml_error_detail(), "run.2"), "%s", aml_error_detail());
	ck_assert_int_lt(aml_axis_writer_wait(&writer, 3, 0), 0);
	ck_assert_msg(strstr(aml_error_detail(), "run.2"), "%s", aml_error_detail());
}
END_TEST

START_TEST(opening_refuses_what_cannot_be)
{
	ck_assert_int_eq(aml_axis_writer_open(&writer, NULL, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_writer_open(&writer, "", NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_writer_open(&writer, folder, NULL), -AML_EIO);
	ck_assert_int_eq(aml_axis_writer_open(&writer, "/nowhere/run", NULL), -AML_EIO);
	ck_assert_msg(strstr(aml_error_detail(), "/nowhere/run"), "%s", aml_error_detail());
	ck_assert_ptr_null(writer.state);
	EXPECT_REFUSED_WITHOUT_MEMORY(aml_axis_writer_open(&writer, path, NULL),
				      ck_assert_ptr_null(writer.state));
}
END_TEST

static void *give_four(void *arg)
{
	struct aml_axis_frame *frame = numbered(*(int *)arg, 13);

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(aml_axis_stage_accept(&writer.stage, frame), 0);
	aml_axis_frame_release(&frame);
	return NULL;
}

START_TEST(waiting_ends_when_the_frames_are_there)
{
	int numbers[] = {1, 2};
	pthread_t thread[2];

	open_writer((struct aml_axis_writer_options){0});
	writer.stage.next = NULL; /* the sink takes one at a time */
	ck_assert_int_eq(aml_axis_writer_wait(&writer, 0, 0), 0);
	ck_assert_int_eq(aml_axis_writer_wait(&writer, 1, 1000), -AML_ETIMEDOUT);
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, give_four, &numbers[i]);
	ck_assert_int_eq(aml_axis_writer_wait(&writer, 8, -1), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	ck_assert_uint_eq(content_of(path), 8 * 21);
	for (int i = 0; i < 8; i++) { /* records of two threads are whole */
		ck_assert_int_eq(content[21 * i], 17);
		ck_assert_int_eq(content[21 * i + 8], content[21 * i + 20]);
	}
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("writer");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_record_is_what_others_write);
	tcase_add_test(tcase, a_channel_of_the_writer_goes_before_the_frames);
	tcase_add_test(tcase, raw_files_have_no_heads);
	tcase_add_test(tcase, an_older_file_leaves_no_tail);
	tcase_add_test(tcase, an_older_recording_leaves_no_files_that_would_be_read);
	tcase_add_test(tcase, what_cannot_be_removed_is_said);
	tcase_add_test(tcase, a_recording_that_cannot_begin_removes_nothing);
	tcase_add_test(tcase, a_single_file_that_would_be_read_on_is_refused);
	tcase_add_test(tcase, files_are_split_before_the_record_that_does_not_fit);
	tcase_add_test(tcase, a_record_longer_than_a_file_is_refused_and_the_next_is_not);
	tcase_add_test(tcase, a_record_that_its_head_cannot_count_is_refused);
	tcase_add_test(tcase, the_buffer_is_written_when_it_is_full);
	tcase_add_test(tcase, a_piece_longer_than_the_buffer_comes_after_what_is_in_it);
	tcase_add_test(tcase, empty_and_bad_frames_are_left_out_and_passed_on);
	tcase_add_test(tcase, a_full_disk_ends_the_recording);
	tcase_add_test(tcase, a_file_that_may_not_be_written_is_said_so);
	tcase_add_test(tcase, a_next_file_that_cannot_be_opened_ends_the_recording);
	tcase_add_test(tcase, an_error_names_the_file_it_happened_in);
	tcase_add_test(tcase, opening_refuses_what_cannot_be);
	tcase_add_test(tcase, waiting_ends_when_the_frames_are_there);
	return run_case(tcase);
}
