/* SPDX-License-Identifier: BSD-3-Clause */
/* CPU features, what hides them, and cache sizes.  What AML_CPU_DISABLE does is decided
 * once per process, so each level is asked of a child, this program run again. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"

static const char *self;

/* The features a process sees under this setting, less the newline. */
static void features(const char *disable, char *out, int size)
{
	char command[512];
	FILE *child;

	snprintf(command, sizeof(command), "AML_CPU_DISABLE=%s '%s' print", disable, self);
	child = popen(command, "r");
	ck_assert_ptr_nonnull(child);
	ck_assert_ptr_nonnull(fgets(out, size, child));
	ck_assert_int_eq(pclose(child), 0);
	out[strcspn(out, "\n")] = 0;
}

START_TEST(hiding_a_feature_hides_those_that_build_on_it)
{
	char all[80], text[80];

	features("", all, sizeof(all));
	features("avx512", text, sizeof(text));
	ck_assert_ptr_null(strstr(text, "avx512"));
	ck_assert_ptr_null(strstr(text, "vpclmul"));
	ck_assert_int_eq(strstr(text, "avx2") != NULL, strstr(all, "avx2") != NULL);
	features("avx2", text, sizeof(text));
	ck_assert_ptr_null(strstr(text, "avx"));
	features("sse2", text, sizeof(text));
	ck_assert_ptr_null(strstr(text, "sse2"));
	ck_assert_ptr_null(strstr(text, "avx"));
	features("vpclmul", text, sizeof(text));
	ck_assert_ptr_null(strstr(text, "vpclmul"));
	ck_assert_int_eq(strstr(text, "avx512") != NULL, strstr(all, "avx512") != NULL);
	features("neon,,avx512", text, sizeof(text));
	ck_assert_ptr_null(strstr(text, "neon"));
	ck_assert_ptr_null(strstr(text, "avx512"));
}
END_TEST

START_TEST(an_unknown_feature_hides_nothing)
{
	char all[80], text[80];

	features("", all, sizeof(all));
	features("avx1024", text, sizeof(text));
	ck_assert_str_eq(text, all);
}
END_TEST

START_TEST(caches_have_plausible_sizes)
{
	ck_assert_uint_ge(amli_cache_bytes(1), 4 << 10);
	ck_assert_uint_le(amli_cache_bytes(1), 4 << 20);
	ck_assert_uint_ge(amli_cache_bytes(2), amli_cache_bytes(1));
	ck_assert_uint_ge(amli_cache_bytes(3), amli_cache_bytes(2));
	ck_assert_uint_le(amli_cache_bytes(3), (size_t)2 << 30);
	ck_assert_uint_eq(amli_cache_bytes(0), 0);
	ck_assert_uint_eq(amli_cache_bytes(4), 0);
}
END_TEST

int main(int argc, char **argv)
{
	SRunner *runner;
	Suite *suite;
	TCase *tc;
	int failed;

	if (argc > 1)
		return puts(amli_cpu_names()) < 0;
	self = argv[0];
	suite = suite_create("cpu");
	tc = tcase_create("cpu");
	suite_add_tcase(suite, tc);
	tcase_add_test(tc, hiding_a_feature_hides_those_that_build_on_it);
	tcase_add_test(tc, an_unknown_feature_hides_nothing);
	tcase_add_test(tc, caches_have_plausible_sizes);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
