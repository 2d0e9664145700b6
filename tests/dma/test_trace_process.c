/* SPDX-License-Identifier: BSD-3-Clause */
/* Whose trace it is, and what is in the file after a program has ended in one way or
 * another: children are this program run again. */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dma/trace.h"
#include "tests/lib/tracing.h"

#define TIMES 3000u /* enough to fill a buffer more than once */

static const char *self;

START_TEST(a_file_that_is_being_written_is_left_alone)
{
	char *text;
	int status;
	pid_t pid;

	trace_begin();
	trace_request(1, 1);
	ck_assert(!amli_trace_open(trace_path));
	ck_assert(amli_trace_is_on());
	pid = fork();
	if (pid == 0)
		_exit(amli_trace_open(trace_path));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	text = trace_end();
	ck_assert_uint_eq(trace_count(text, "\"ph\":\"X\""), 1);
	free(text);
}
END_TEST

START_TEST(a_child_of_fork_does_not_write)
{
	pthread_t thread;
	char *text;
	int status;

	atomic_store(&trace_stop, false);
	trace_begin();
	amli_trace_submit("parent", 1, 0, NULL);
	ck_assert_int_eq(pthread_create(&thread, NULL, trace_requests_until_told, NULL), 0);
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			signal(SIGALRM, SIG_DFL); /* Check's handler kills its whole group */
			alarm(10);
			if (amli_trace_is_on())
				_exit(1);
			for (unsigned k = 0; k < TIMES; k++) /* as if it had not noticed */
				amli_trace_put_done("child", 2, 0, 0);
			amli_trace_close();
			_exit(0);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
	}
	atomic_store(&trace_stop, true);
	pthread_join(thread, NULL);
	text = trace_end();
	ck_assert_uint_eq(trace_count(text, "\"child\""), 0);
	ck_assert_uint_eq(trace_count(text, "\"name\":\"parent\""), 1);
	free(text);
}
END_TEST

/* What is in the file when this program, run again with this word, has ended. */
static char *run_child(const char *word)
{
	char command[512];
	char *text;

	unlink(trace_path);
	snprintf(command, sizeof(command), "AML_TRACE='%s' '%s' %s", trace_path, self, word);
	ck_assert_int_eq(system(command), 0);
	text = trace_read();
	ck_assert_ptr_nonnull(text);
	return text;
}

START_TEST(a_program_that_just_exits_leaves_all_of_it)
{
	char *text = run_child("exit");

	ck_assert_msg(trace_is_json(text), "no JSON: %.2000s", text);
	ck_assert_uint_eq(trace_count(text, "\"ph\":\"X\""), 4);
	ck_assert_uint_eq(trace_count(text, "\"id\":\"0xc\""), 3);
	free(text);
}
END_TEST

START_TEST(threads_may_go_on_while_the_program_exits)
{
	for (int i = 0; i < 5; i++) {
		char *text = run_child("busy");

		ck_assert_msg(trace_is_json(text), "no JSON: %.2000s", text);
		ck_assert_uint_gt(trace_count(text, "\"ph\":\"X\""), 0);
		free(text);
	}
}
END_TEST

START_TEST(a_program_that_is_killed_leaves_what_only_lacks_the_end)
{
	char *text = run_child("quit"), *whole;

	ck_assert_uint_gt(trace_count(text, "\"ph\":\"X\""), 100);
	ck_assert(!trace_is_json(text));
	ck_assert_int_ge(asprintf(&whole, "%s]", text), 0);
	ck_assert(trace_is_json(whole));
	free(whole);
	free(text);
}
END_TEST

static int child(const char *word)
{
	pthread_t thread;

	amli_trace_init();
	amli_trace_init();
	if (!strcmp(word, "busy")) {
		for (int i = 0; i < 3; i++)
			pthread_create(&thread, NULL, trace_requests_until_told, NULL);
		trace_await_requests(5000);
		exit(0);
	}
	if (!strcmp(word, "quit")) {
		for (unsigned i = 0; i < TIMES; i++)
			trace_request(i, 1);
		_exit(0);
	}
	trace_request(12, 4);
	return 0;
}

int main(int argc, char **argv)
{
	Suite *suite;
	TCase *tc;
	SRunner *runner;
	int failed;

	if (argc > 1)
		return child(argv[1]);
	self = argv[0];
	snprintf(trace_path, sizeof(trace_path), "/tmp/aml-test-trace-%d.json", (int)getpid());
	suite = suite_create("trace of a process");
	tc = tcase_create("process");
	runner = srunner_create(suite);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_file_that_is_being_written_is_left_alone);
	tcase_add_test(tc, a_child_of_fork_does_not_write);
	tcase_add_test(tc, a_program_that_just_exits_leaves_all_of_it);
	tcase_add_test(tc, threads_may_go_on_while_the_program_exits);
	tcase_add_test(tc, a_program_that_is_killed_leaves_what_only_lacks_the_end);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	unlink(trace_path);
	return failed != 0;
}
