/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/spec.h"

static struct aml_spec *parse(const char *text)
{
	struct aml_spec *spec;

	ck_assert_msg(amli_spec_parse(&spec, text) == 0, "%s: %s", text, aml_error_detail());
	return spec;
}

START_TEST(a_name_alone_has_no_pairs)
{
	struct aml_spec *spec = parse("memcpy");

	ck_assert_str_eq(spec->name, "memcpy");
	ck_assert_uint_eq(spec->npairs, 0);
	ck_assert_ptr_null(aml_spec_text(spec, "threads"));
	free(spec);
}
END_TEST

START_TEST(pairs_are_found_by_key)
{
	struct aml_spec *spec = parse("pool:threads=4,bind=core,empty=,flag");

	ck_assert_str_eq(spec->name, "pool");
	ck_assert_uint_eq(spec->npairs, 4);
	ck_assert_str_eq(aml_spec_text(spec, "threads"), "4");
	ck_assert_str_eq(aml_spec_text(spec, "bind"), "core");
	ck_assert_str_eq(aml_spec_text(spec, "empty"), "");
	ck_assert_str_eq(aml_spec_text(spec, "flag"), "1");
	ck_assert_ptr_null(aml_spec_text(spec, "thread"));
	free(spec);
}
END_TEST

START_TEST(parentheses_protect_commas_and_colons)
{
	static const struct {
		const char *text, *engine, *last;
	} cases[] = {
		{"f:engine=(pool:threads=2,bind=core),x=3", "pool:threads=2,bind=core", "3"},
		{"f:engine=pool:threads=2,x=3", "pool:threads=2", "3"},
		{"f:engine=(f:engine=(pool:a=1,b=2),c=3),x=4", "f:engine=(pool:a=1,b=2),c=3", "4"},
		{"f:engine=f:engine=(pool:a=1,b=2),x=4", "f:engine=(pool:a=1,b=2)", "4"},
		{"f:engine=(a)(b),x=4", "(a)(b)", "4"},
		{"f:engine=(),x=(4)", "", "4"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct aml_spec *spec = parse(cases[i].text);

		ck_assert_uint_eq(spec->npairs, 2);
		ck_assert_str_eq(aml_spec_text(spec, "engine"), cases[i].engine);
		ck_assert_str_eq(aml_spec_text(spec, "x"), cases[i].last);
		free(spec);
	}
}
END_TEST

START_TEST(malformed_specs_are_refused_in_words)
{
	static const char *const cases[] = {
		"",	    ":",	  ":a=1",      "x:",	    "x:,",    "x:a=1,",
		"x:=1",	    "x:a=1,a=2",  "x:a,a=1",   "x:a=(1",    "x:a=1)", "x:a=)(",
		"x:a=((1)", "x:a=(1,b=2", "x:a=(1)(2", "x:a=1(2))", "x:,a=1", "x:a=1,,b=2",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct aml_spec *spec = (struct aml_spec *)cases;

		ck_assert_msg(amli_spec_parse(&spec, cases[i]) == -AML_EINVAL, "'%s'", cases[i]);
		ck_assert_ptr_null(spec);
		ck_assert_msg(strstr(aml_error_detail(), "spec"), "'%s': %s", cases[i],
			      aml_error_detail());
	}
}
END_TEST

START_TEST(no_memory_is_an_error)
{
	struct aml_spec *spec;

	amli_alloc_fail_at(1);
	ck_assert_int_eq(amli_spec_parse(&spec, "pool:threads=1"), -AML_ENOMEM);
	ck_assert_ptr_null(spec);
}
END_TEST

START_TEST(unknown_keys_are_refused_with_those_there_are)
{
	static const struct aml_engine_key keys[] = {{"threads", ""}, {"bind", ""}, {NULL, NULL}};
	struct aml_spec *good = parse("pool:bind=core"), *bad = parse("pool:bind=core,thraeds=1");

	ck_assert_int_eq(amli_spec_check_keys(good, keys), 0);
	ck_assert_int_eq(amli_spec_check_keys(bad, keys), -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "'thraeds'"));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "threads, bind"));
	ck_assert_int_eq(amli_spec_check_keys(good, NULL), -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "no keys"));
	free(good);
	free(bad);
}
END_TEST

START_TEST(sizes_are_decimal_and_in_range)
{
	static const char *const bad[] = {
		"e:n=",
		"e:n=-1",
		"e:n= 1",
		"e:n=1 ",
		"e:n=+1",
		"e:n=0x1",
		"e:n=1k",
		"e:n=0",
		"e:n=101",
		"e:n=99999999999999999999999",
		"e:n=18446744073709551617",
	};
	struct aml_spec *spec = parse("e:n=100,m=1");
	size_t n = 5;

	ck_assert_int_eq(aml_spec_size(spec, "n", 1, 100, &n), 0);
	ck_assert_uint_eq(n, 100);
	ck_assert_int_eq(aml_spec_size(spec, "other", 1, 100, &n), 0);
	ck_assert_uint_eq(n, 100); /* left alone */
	free(spec);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		spec = parse(bad[i]);
		ck_assert_msg(aml_spec_size(spec, "n", 1, 100, &n) == -AML_EINVAL, "%s", bad[i]);
		ck_assert_uint_eq(n, 100);
		ck_assert_ptr_nonnull(strstr(aml_error_detail(), "1 to 100"));
		free(spec);
	}
	spec = parse("e:n=18446744073709551615");
	ck_assert_int_eq(aml_spec_size(spec, "n", 0, SIZE_MAX, &n), 0);
	ck_assert_uint_eq(n, SIZE_MAX);
	free(spec);
}
END_TEST

START_TEST(choices_are_by_name)
{
	static const char *const names[] = {"core", "node", "none", NULL};
	struct aml_spec *spec = parse("pool:bind=node,other=nodes");
	int i = -1;

	ck_assert_int_eq(aml_spec_choice(spec, "absent", names, &i), 0);
	ck_assert_int_eq(i, -1);
	ck_assert_int_eq(aml_spec_choice(spec, "bind", names, &i), 0);
	ck_assert_int_eq(i, 1);
	ck_assert_int_eq(aml_spec_choice(spec, "other", names, &i), -AML_EINVAL);
	ck_assert_int_eq(i, 1);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "core, node, none"));
	free(spec);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("spec");
	TCase *tc = tcase_create("spec");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, a_name_alone_has_no_pairs);
	tcase_add_test(tc, pairs_are_found_by_key);
	tcase_add_test(tc, parentheses_protect_commas_and_colons);
	tcase_add_test(tc, malformed_specs_are_refused_in_words);
	tcase_add_test(tc, no_memory_is_an_error);
	tcase_add_test(tc, unknown_keys_are_refused_with_those_there_are);
	tcase_add_test(tc, sizes_are_decimal_and_in_range);
	tcase_add_test(tc, choices_are_by_name);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
