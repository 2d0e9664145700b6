/* SPDX-License-Identifier: BSD-3-Clause */
/* The version that configure writes into the header is the one in the library. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "aml/version.h"

START_TEST(the_library_has_the_version_of_its_header)
{
	char text[64];

	ck_assert_int_eq(aml_version_major, AML_VERSION_MAJOR);
	ck_assert_int_eq(aml_version_minor, AML_VERSION_MINOR);
	ck_assert_int_eq(aml_version_patch, AML_VERSION_PATCH);
	ck_assert_str_eq(aml_version_revision, AML_VERSION_REVISION);
	ck_assert_str_eq(aml_version_string, AML_VERSION_STRING);
	snprintf(text, sizeof(text), "%d.%d.%d", AML_VERSION_MAJOR, AML_VERSION_MINOR,
		 AML_VERSION_PATCH);
	ck_assert_int_eq(strncmp(AML_VERSION_STRING, text, strlen(text)), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("version");
	TCase *tc = tcase_create("version");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, the_library_has_the_version_of_its_header);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
