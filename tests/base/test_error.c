/* SPDX-License-Identifier: BSD-3-Clause */
/* Codes, sentences and log lines. */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"

START_TEST(amls_codes_keep_their_values)
{
	static const int codes[] = {AML_SUCCESS, AML_FAILURE, AML_ENOMEM, AML_EINVAL,
				    AML_EDOM,	 AML_ENOTSUP, AML_EBUSY,  AML_EPERM};

	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(codes[i], i);
}
END_TEST

START_TEST(every_code_has_its_own_words_and_others_share_one_text)
{
	for (int i = 0; i < AML_ERROR_MAX; i++) {
		ck_assert_ptr_nonnull(aml_strerror(i));
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(aml_strerror(i), aml_strerror(j));
		ck_assert_str_ne(aml_strerror(i), aml_strerror(-1));
	}
	ck_assert_ptr_eq(aml_strerror(-1), aml_strerror(AML_ERROR_MAX));
	ck_assert_ptr_eq(aml_strerror(-AML_EINVAL), aml_strerror(1 << 30));
}
END_TEST

START_TEST(a_refusal_keeps_its_sentence_and_only_pointers_set_aml_errno)
{
	aml_errno = 0;
	ck_assert_int_eq(amli_fail(AML_EDOM, "node %d of %d", 7, 2), -AML_EDOM);
	ck_assert_str_eq(aml_error_detail(), "node 7 of 2");
	ck_assert_int_eq(aml_errno, 0);
	ck_assert_ptr_null(amli_fail_null(AML_ENOMEM, "no memory"));
	ck_assert_str_eq(aml_error_detail(), "no memory");
	ck_assert_int_eq(aml_errno, AML_ENOMEM);
}
END_TEST

static void *refuse_elsewhere(void *arg)
{
	(void)arg;
	amli_fail_null(AML_EPERM, "elsewhere");
	return strcmp(aml_error_detail(), "elsewhere") ? NULL : (void *)1;
}

START_TEST(each_thread_has_its_own_sentence_and_errno)
{
	pthread_t thread;
	void *other;

	amli_fail_null(AML_EINVAL, "here");
	ck_assert_int_eq(pthread_create(&thread, NULL, refuse_elsewhere, NULL), 0);
	pthread_join(thread, &other);
	ck_assert_ptr_nonnull(other);
	ck_assert_str_eq(aml_error_detail(), "here");
	ck_assert_int_eq(aml_errno, AML_EINVAL);
}
END_TEST

START_TEST(a_long_sentence_is_cut_not_written_over_the_end)
{
	char text[2000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	amli_fail(AML_EINVAL, "%s", text);
	ck_assert_uint_ge(strlen(aml_error_detail()), 200);
	ck_assert_uint_lt(strlen(aml_error_detail()), sizeof(text) - 1);
}
END_TEST

/* What aml_perror() writes to stderr, through a file. */
START_TEST(perror_says_what_was_done_and_why_it_failed)
{
	FILE *file = tmpfile();
	char line[80] = "";
	int kept = dup(2);

	ck_assert_ptr_nonnull(file);
	fflush(stderr);
	dup2(fileno(file), 2);
	aml_errno = AML_EBUSY;
	aml_perror("closing");
	fflush(stderr);
	dup2(kept, 2);
	close(kept);
	rewind(file);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
	ck_assert_str_eq(line, "closing: resource busy\n");
	fclose(file);
}
END_TEST

static char seen[200];

static void keep(void *arg, const char *topic, const char *line)
{
	snprintf(seen, sizeof(seen), "%s|%s|%s", (const char *)arg, topic, line);
}

/* AML_LOG is set in main(), before the library reads it. */
START_TEST(log_lines_come_for_the_topics_and_levels_asked_for)
{
	aml_log_callback(keep, "arg");
	amli_log(AMLI_LOG_DEBUG, "dma", "n=%d", 5);
	ck_assert_str_eq(seen, "arg|dma|n=5");
	seen[0] = 0;
	amli_log(AMLI_LOG_DEBUG, "area", "too much detail");
	amli_log(AMLI_LOG_ERROR, "plan", "another topic");
	amli_log(AMLI_LOG_ERROR, "dm", "a part of a name");
	ck_assert_str_eq(seen, "");
	amli_log(AMLI_LOG_INFO, "area", "info");
	ck_assert_str_eq(seen, "arg|area|info");
	aml_log_callback(NULL, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("error");
	TCase *tc = tcase_create("errors and log");
	SRunner *runner;
	int failed;

	setenv("AML_LOG", "dma:debug,area:info", 1);
	suite_add_tcase(suite, tc);
	tcase_add_test(tc, amls_codes_keep_their_values);
	tcase_add_test(tc, every_code_has_its_own_words_and_others_share_one_text);
	tcase_add_test(tc, a_refusal_keeps_its_sentence_and_only_pointers_set_aml_errno);
	tcase_add_test(tc, each_thread_has_its_own_sentence_and_errno);
	tcase_add_test(tc, a_long_sentence_is_cut_not_written_over_the_end);
	tcase_add_test(tc, perror_says_what_was_done_and_why_it_failed);
	tcase_add_test(tc, log_lines_come_for_the_topics_and_levels_asked_for);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
