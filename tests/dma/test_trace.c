/* SPDX-License-Identifier: BSD-3-Clause */
/* AML_TRACE: what is in the file, and that it is JSON whatever happens.  The end of a process
 * is seen in test_trace_process.c. */
#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/log.h"
#include "base/mem.h"
#include "dma/trace.h"
#include "tests/lib/gate.h"
#include "tests/lib/tracing.h"

static struct aml_plan *some_plan(void)
{
	static char to[64], from[64];
	struct aml_layout *dst, *src;
	struct aml_plan *plan;
	size_t dims[] = {64};

	ck_assert_int_eq(
		aml_layout_dense_create(&dst, to, AML_LAYOUT_ORDER_C, 1, 1, dims, NULL, NULL), 0);
	ck_assert_int_eq(
		aml_layout_dense_create(&src, from, AML_LAYOUT_ORDER_C, 1, 1, dims, NULL, NULL), 0);
	ck_assert_int_eq(aml_plan_create(&plan, dst, src, AML_PLAN_DEFAULT), 0);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	return plan;
}

START_TEST(a_request_is_told_from_submit_to_done)
{
	struct aml_plan *plan = some_plan();
	char described[200], *text;

	trace_begin();
	aml_plan_describe(plan, described, sizeof(described));
	amli_trace_submit("pool:threads=2", 0x2a, 64, plan);
	aml_plan_destroy(&plan);
	amli_trace_start(0x2a);
	amli_trace_piece_end(0x2a, 3, 8, -AML_EIO, amli_trace_piece_begin(0x2a, 3, 8));
	amli_trace_cancel(0x2a, "too late");
	amli_trace_done("pool:threads=2", 0x2a, -AML_EIO, 17);
	text = trace_end();
	ck_assert_uint_eq(trace_count(text, "\"ph\":\"b\",\"cat\":\"request\""), 1);
	ck_assert_uint_eq(trace_count(text, "\"ph\":\"n\",\"cat\":\"request\""), 1);
	ck_assert_uint_eq(trace_count(text, "\"ph\":\"e\",\"cat\":\"request\""), 1);
	ck_assert_uint_eq(trace_count(text, "\"id\":\"0x2a\""), 3);
	ck_assert_uint_eq(trace_count(text, "\"name\":\"pool:threads=2\""), 2);
	ck_assert_uint_eq(
		trace_count(text, "\"engine\":\"pool:threads=2\",\"bytes\":64,\"plan\":\""), 1);
	ck_assert_uint_gt(strlen(described), 3);
	ck_assert_uint_eq(trace_count(text, described), 1);
	ck_assert_uint_eq(trace_count(text, "\"bytes_done\":17,\"status\":-9,\"error\":\""), 1);
	ck_assert_uint_eq(trace_count(text, "\"ph\":\"X\""), 1);
	ck_assert_uint_eq(
		trace_count(text, "\"request\":\"0x2a\",\"piece\":3,\"of\":8,\"status\":-9"), 1);
	ck_assert_uint_eq(trace_count(text, "\"request\":\"0x2a\",\"outcome\":\"too late\""), 1);
	ck_assert_uint_eq(trace_count(text, "\"name\":\"process_name\""), 1);
	free(text);
}
END_TEST

START_TEST(off_nothing_is_recorded)
{
	char *text;

	trace_request(1, 1);
	ck_assert_uint_eq(amli_trace_piece_begin(1, 0, 1), 0);
	trace_begin();
	text = trace_end();
	ck_assert_uint_eq(trace_count(text, "\"ph\":"), 1); /* the name of the process */
	free(text);
	trace_request(2, 1);
	trace_begin();
	text = trace_end();
	ck_assert_uint_eq(trace_count(text, "\"ph\":"), 1);
	free(text);
}
END_TEST

START_TEST(each_event_goes_to_one_file)
{
	char *text;

	for (unsigned i = 0; i < 3; i++) {
		trace_begin();
		trace_request(i, 1);
		text = trace_end();
		ck_assert_uint_eq(trace_count(text, "\"ph\":\"X\""), 1);
		free(text);
	}
}
END_TEST

START_TEST(times_are_those_of_the_system_in_microseconds)
{
	double before = now_us(), after, ts, dur;
	uint64_t begin;
	char *text, *at;

	trace_begin();
	begin = amli_trace_piece_begin(7, 0, 1);
	sleep_us(3000);
	amli_trace_piece_end(7, 0, 1, 0, begin);
	after = now_us();
	text = trace_end();
	at = strstr(text, "\"ph\":\"X\"");
	ck_assert_ptr_nonnull(at);
	ts = strtod(strstr(at, "\"ts\":") + 5, NULL);
	dur = strtod(strstr(at, "\"dur\":") + 6, NULL);
	ck_assert_msg(ts >= before - 2 && ts + dur <= after + 2, "%f %f %f", before, ts, after);
	ck_assert_msg(dur >= 2998, "%f", dur);
	free(text);
}
END_TEST

START_TEST(any_text_can_be_in_it_and_long_ones_are_cut)
{
	char name[3000], *text;

	memset(name, '"', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	trace_begin();
	amli_trace_submit("x:trace_path=\"a\\b\"\n\x01\x7f\xc3\xa9", 1, 0, NULL);
	amli_trace_submit(name, 2, 0, NULL);
	amli_trace_cancel(2, name);
	text = trace_end();
	ck_assert_uint_eq(
		trace_count(
			text,
			"\"name\":\"x:trace_path=\\\"a\\\\b\\\"\\u000a\\u0001\\u007f\\u00c3\\u00a9\""),
		1);
	ck_assert_uint_eq(trace_count(text, "\\\""), 4 + 3 * 255);
	free(text);
}
END_TEST

#define NTHREADS 6u
#define TIMES 3000u

static void *many_requests(void *arg)
{
	unsigned i = *(unsigned *)arg;
	char name[16];

	snprintf(name, sizeof(name), "worker-%u", i);
	prctl(PR_SET_NAME, name, 0, 0, 0);
	for (unsigned k = 0; k < TIMES; k++)
		trace_request((uint64_t)i << 32 | k, 2);
	*(unsigned *)arg = (unsigned)syscall(SYS_gettid);
	return NULL;
}

START_TEST(threads_lose_nothing_and_have_tracks_with_their_names)
{
	pthread_t thread[NTHREADS];
	unsigned arg[NTHREADS];
	char *text, line[120];

	trace_begin();
	for (unsigned i = 0; i < NTHREADS; i++) {
		arg[i] = i;
		ck_assert_int_eq(pthread_create(&thread[i], NULL, many_requests, &arg[i]), 0);
	}
	trace_request(99, 1);
	for (unsigned i = 0; i < NTHREADS; i++)
		pthread_join(thread[i], NULL);
	text = trace_end();
	ck_assert_uint_eq(trace_count(text, "\"ph\":\"b\""), NTHREADS * TIMES + 1);
	ck_assert_uint_eq(trace_count(text, "\"ph\":\"e\""), NTHREADS * TIMES + 1);
	ck_assert_uint_eq(trace_count(text, "\"ph\":\"X\""), NTHREADS * TIMES * 2 + 1);
	for (unsigned i = 0; i < NTHREADS; i++) {
		snprintf(line, sizeof(line), "\"tid\":%u,\"args\":{\"name\":\"worker-%u\"}}",
			 arg[i], i);
		ck_assert_uint_ge(trace_count(text, line), 1);
		snprintf(line, sizeof(line), "\"id\":\"0x%llx\"",
			 (unsigned long long)i << 32 | (TIMES - 1));
		ck_assert_uint_eq(trace_count(text, line), 3);
	}
	free(text);
}
END_TEST

static void *one_request_elsewhere(void *arg)
{
	trace_request(5, 1);
	return arg;
}

START_TEST(the_events_of_a_thread_are_in_the_file_when_it_has_ended)
{
	pthread_t thread;
	char *text;

	trace_begin();
	ck_assert_int_eq(pthread_create(&thread, NULL, one_request_elsewhere, NULL), 0);
	pthread_join(thread, NULL);
	text = trace_read();
	ck_assert_uint_eq(trace_count(text, "\"ph\":\"X\""), 1);
	free(text);
	text = trace_end();
	ck_assert_uint_eq(trace_count(text, "\"ph\":\"X\""), 1);
	free(text);
}
END_TEST

START_TEST(it_can_be_closed_and_opened_while_threads_go_on)
{
	pthread_t thread[2];
	char *text;

	atomic_store(&trace_stop, false);
	trace_begin();
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, trace_requests_until_told, NULL),
				 0);
	for (int i = 0; i < 10; i++) {
		trace_await_requests(500);
		text = trace_end();
		ck_assert_uint_gt(trace_count(text, "\"ph\":\"X\""), 0);
		free(text);
		trace_begin();
	}
	atomic_store(&trace_stop, true);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	free(trace_end());
}
END_TEST

/* ---- what goes wrong ---- */

static char logged[300];

static void keep(void *arg, const char *topic, const char *line)
{
	(void)arg;
	snprintf(logged, sizeof(logged), "%s|%s", topic, line);
}

START_TEST(a_file_that_cannot_be_written_is_a_warning)
{
	aml_log_callback(keep, NULL);
	logged[0] = 0;
	ck_assert(!amli_trace_open("/nonexistent/trace.json"));
	ck_assert(!amli_trace_is_on());
	ck_assert_str_eq(logged, "trace|no tracing, AML_TRACE=/nonexistent/trace.json: "
				 "No such file or directory");
	trace_request(1, 1);
	if (access("/dev/full", W_OK) == 0) {
		ck_assert(!amli_trace_open("/dev/full"));
		ck_assert_ptr_nonnull(strstr(logged, "No space left"));
	}
	aml_log_callback(NULL, NULL);
	trace_begin();
	free(trace_end());
}
END_TEST

/* The other end of a pipe is closed after the beginning was written. */
START_TEST(a_write_that_fails_ends_tracing_and_nothing_else)
{
	char fifo[80];
	int end;

	snprintf(fifo, sizeof(fifo), "%s.fifo", trace_path);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	end = open(fifo, O_RDONLY | O_NONBLOCK);
	ck_assert_int_ge(end, 0);
	signal(SIGPIPE, SIG_IGN);
	ck_assert(amli_trace_open(fifo));
	close(end);
	aml_log_callback(keep, NULL);
	for (unsigned i = 0; i < TIMES; i++)
		trace_request(i, 1);
	ck_assert(!amli_trace_is_on());
	ck_assert_str_eq(logged, "trace|no more tracing: Broken pipe");
	amli_trace_close();
	aml_log_callback(NULL, NULL);
	unlink(fifo);
}
END_TEST

START_TEST(without_memory_for_a_buffer_tracing_ends)
{
	pthread_t thread;

	trace_begin();
	amli_alloc_fail_at(1);
	ck_assert_int_eq(pthread_create(&thread, NULL, one_request_elsewhere, NULL), 0);
	pthread_join(thread, NULL);
	amli_alloc_fail_at(0);
	ck_assert(!amli_trace_is_on());
	free(trace_end());
}
END_TEST

#ifdef AMLI_SDT
START_TEST(the_probes_are_in_the_binary)
{
	static const char *const names[] = {"request_submit", "request_start", "request_done",
					    "piece_begin", "piece_end"};
	char command[512];

	if (system("readelf --version >/dev/null 2>&1") != 0)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(command, sizeof(command),
			 "readelf -n \"$(readlink -f /proc/%d/exe)\" |"
			 " grep -A1 'Provider: libaml' | grep -q 'Name: %s$'",
			 (int)getpid(), names[i]);
		ck_assert_msg(system(command) == 0, "no probe %s", names[i]);
	}
}
END_TEST
#endif

int main(void)
{
	Suite *suite;
	TCase *tc;
	SRunner *runner;
	int failed;

	setenv("AML_LOG", "trace", 1);
	snprintf(trace_path, sizeof(trace_path), "/tmp/aml-test-trace-%d.json", (int)getpid());
	suite = suite_create("trace");
	tc = tcase_create("trace");
	runner = srunner_create(suite);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, off_nothing_is_recorded);
	tcase_add_test(tc, a_request_is_told_from_submit_to_done);
	tcase_add_test(tc, each_event_goes_to_one_file);
	tcase_add_test(tc, times_are_those_of_the_system_in_microseconds);
	tcase_add_test(tc, any_text_can_be_in_it_and_long_ones_are_cut);
	tcase_add_test(tc, threads_lose_nothing_and_have_tracks_with_their_names);
	tcase_add_test(tc, the_events_of_a_thread_are_in_the_file_when_it_has_ended);
	tcase_add_test(tc, it_can_be_closed_and_opened_while_threads_go_on);
	tcase_add_test(tc, a_file_that_cannot_be_written_is_a_warning);
	tcase_add_test(tc, a_write_that_fails_ends_tracing_and_nothing_else);
	tcase_add_test(tc, without_memory_for_a_buffer_tracing_ends);
#ifdef AMLI_SDT
	tcase_add_test(tc, the_probes_are_in_the_binary);
#endif
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	unlink(trace_path);
	return failed != 0;
}
