/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening and closing engines. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/spec.h"
#include "dma/backend.h"
#include "dma/engine.h"
#include "tests/lib/manual.h"

static void check_refused(const char *spec, int code, const char *word)
{
	struct aml_dma *dma = (struct aml_dma *)&dma;

	ck_assert_msg(aml_dma_open(&dma, spec) == -code, "%s", spec);
	ck_assert_ptr_null(dma);
	ck_assert_msg(strstr(aml_error_detail(), word), "%s: %s", spec, aml_error_detail());
}

START_TEST(bad_specs_are_refused_in_words)
{
	check_refused("warp", AML_EINVAL, "memcpy");
	check_refused("warp:x=1", AML_EINVAL, "'warp'");
	check_refused("../memcpy", AML_EINVAL, "../memcpy");
	check_refused(":", AML_EINVAL, "name");
	check_refused("memcpy:", AML_EINVAL, "key");
	check_refused("memcpy:threads=2", AML_EINVAL, "'threads'");
	check_refused("pool:thread=2", AML_EINVAL, "threads");
	check_refused("pool:threads=(2", AML_EINVAL, "parenthesis");
	check_refused("pool:threads=two", AML_EINVAL, "threads=two");
	check_refused("pool:threads=2,threads=2", AML_EINVAL, "twice");
	ck_assert_int_eq(aml_dma_open(NULL, "memcpy"), -AML_EINVAL);
}
END_TEST

static void check_opens(const char *spec, const char *engine)
{
	struct aml_dma *dma;
	struct aml_dma_caps caps;

	ck_assert_msg(aml_dma_open(&dma, spec) == 0, "%s", aml_error_detail());
	ck_assert_int_eq(aml_dma_caps(dma, &caps), 0);
	ck_assert_str_eq(caps.engine, engine);
	ck_assert_int_eq(aml_dma_close(&dma), 0);
	ck_assert_ptr_null(dma);
}

START_TEST(without_a_spec_the_environment_decides_and_then_the_order_of_preference)
{
	const struct aml_backend *first;

	setenv("AML_DMA", "fault:engine=memcpy", 1);
	check_opens(NULL, "fault");
	check_opens("", "fault");
	check_opens("memcpy", "memcpy");
	setenv("AML_DMA", "warp", 1);
	check_refused(NULL, AML_EINVAL, "'warp'");
	unsetenv("AML_DMA");
	ck_assert_int_eq(amli_backend_default(&first), 0);
	ck_assert(!first->only_by_name);
	check_opens(NULL, first->name);
	setenv("AML_DMA", "", 1);
	check_opens(NULL, first->name);
	unsetenv("AML_DMA");
}
END_TEST

START_TEST(closing_nothing_is_fine)
{
	struct aml_dma *dma = NULL;

	ck_assert_int_eq(aml_dma_close(NULL), 0);
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

START_TEST(no_memory_in_open_is_an_error_and_leaks_nothing)
{
	static const char *const specs[] = {"memcpy", "pool:threads=2", "fault:engine=memcpy"};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct aml_dma *dma;
		unsigned n = 1;
		int rc;

		do {
			amli_alloc_fail_at(n++);
			rc = aml_dma_open(&dma, specs[i]);
			amli_alloc_fail_at(0);
			ck_assert(rc == 0 || rc == -AML_ENOMEM);
			ck_assert(!dma == !!rc);
		} while (rc);
		ck_assert_uint_gt(n, 3);
		aml_dma_close(&dma);
	}
}
END_TEST

START_TEST(an_engine_that_cannot_open_is_not_there)
{
	struct aml_spec spec = {.name = "manual"};
	struct aml_dma *dma = NULL;

	memset(&manual, 0, sizeof(manual));
	manual.open_fails = -AML_EPERM;
	ck_assert_int_eq(amli_engine_open(&dma, &manual_backend, &spec, "manual"), -AML_EPERM);
	ck_assert_ptr_null(dma);
	ck_assert_int_eq(manual.closed, 0);
}
END_TEST

static int broken(const char **reason)
{
	*reason = "no such device";
	return -AML_ENOTSUP;
}

START_TEST(an_engine_that_cannot_work_here_says_why)
{
	struct aml_spec spec = {.name = "manual"};
	struct aml_backend backend = manual_backend;
	struct aml_dma *dma = NULL;

	backend.probe = broken;
	ck_assert_int_eq(amli_engine_open(&dma, &backend, &spec, "manual"), -AML_ENOTSUP);
	ck_assert_ptr_null(dma);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "no such device"));
}
END_TEST

START_TEST(an_engine_says_what_its_backend_and_its_open_make_of_it)
{
	struct aml_dma *dma;
	struct aml_dma_caps caps;

	ck_assert_int_eq(aml_dma_open(&dma, "pool:threads=2"), 0);
	ck_assert_int_eq(aml_dma_caps(dma, &caps), 0);
	ck_assert_str_eq(caps.engine, "pool");
	ck_assert_str_eq(caps.spec, "pool:threads=2");
	ck_assert_uint_eq(caps.threads, 2);
	ck_assert_uint_eq(caps.box_rank, 0);
	ck_assert_uint_eq(caps.flags, AML_DMA_HOST | AML_DMA_OPERATORS | AML_DMA_CANCEL);
	aml_dma_close(&dma);
	ck_assert_int_eq(aml_dma_open(&dma, "pool:threads=0"), 0);
	ck_assert_int_eq(aml_dma_caps(dma, &caps), 0);
	ck_assert_uint_eq(caps.threads, 0);
	ck_assert(caps.flags & AML_DMA_PROGRESS);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(the_list_of_backends_ends_with_edom)
{
	struct aml_backend_info info;
	size_t i = 0;
	bool seen = false;

	for (; aml_backend_info(i, &info) == 0; i++) {
		ck_assert_ptr_nonnull(info.name);
		ck_assert(info.probe ? info.reason != NULL : info.backend != NULL);
		seen |= !strcmp(info.name, "memcpy") && info.backend && info.probe == 0;
	}
	ck_assert(seen);
	ck_assert_uint_ge(i, 3);
	ck_assert_int_eq(aml_backend_info(i, &info), -AML_EDOM);
	ck_assert_int_eq(aml_backend_info(SIZE_MAX, &info), -AML_EDOM);
	ck_assert_int_eq(aml_backend_info(0, NULL), -AML_EINVAL);
}
END_TEST

START_TEST(a_refusal_carries_its_sentence)
{
	ck_assert_int_eq(aml_engine_refuse(AML_EPERM, "device %s is %d", "x", 5), -AML_EPERM);
	ck_assert_str_eq(aml_error_detail(), "device x is 5");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dma");
	TCase *tc = tcase_create("dma");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, bad_specs_are_refused_in_words);
	tcase_add_test(tc, without_a_spec_the_environment_decides_and_then_the_order_of_preference);
	tcase_add_test(tc, closing_nothing_is_fine);
	tcase_add_test(tc, no_memory_in_open_is_an_error_and_leaks_nothing);
	tcase_add_test(tc, an_engine_that_cannot_open_is_not_there);
	tcase_add_test(tc, an_engine_that_cannot_work_here_says_why);
	tcase_add_test(tc, an_engine_says_what_its_backend_and_its_open_make_of_it);
	tcase_add_test(tc, the_list_of_backends_ends_with_edom);
	tcase_add_test(tc, a_refusal_carries_its_sentence);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
