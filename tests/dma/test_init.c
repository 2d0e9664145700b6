/* SPDX-License-Identifier: BSD-3-Clause */
/* aml_init() and aml_finalize() are counted, and undo what they did. */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>

#include "aml/dma/linux.h"
#include "aml/error.h"
#include "aml/init.h"
#include "aml/utils/backend/hwloc.h"
#include "base/mem.h"

static void expect_nothing_there(void)
{
	ck_assert_ptr_null(aml_dma_linux);
	ck_assert_ptr_null(aml_topology);
	ck_assert_ptr_null(allowed_nodeset);
}

static void expect_all_there(void)
{
	ck_assert_ptr_nonnull(aml_dma_linux);
	ck_assert_ptr_nonnull(aml_topology);
	ck_assert_ptr_nonnull(allowed_nodeset);
}

START_TEST(init_makes_and_finalize_unmakes)
{
	int argc = 1;
	char *args[] = {"x", NULL}, **argv = args;

	expect_nothing_there();
	ck_assert_int_eq(aml_init(&argc, &argv), 0);
	expect_all_there();
	ck_assert_int_eq(argc, 1);
	ck_assert_ptr_eq(argv, args);
	ck_assert_int_eq(aml_finalize(), 0);
	expect_nothing_there();
}
END_TEST

START_TEST(the_last_finalize_counts)
{
	struct aml_dma *dma;

	ck_assert_int_eq(aml_init(NULL, NULL), 0);
	dma = aml_dma_linux;
	ck_assert_int_eq(aml_init(NULL, NULL), 0);
	ck_assert_ptr_eq(aml_dma_linux, dma); /* not a second one */
	ck_assert_int_eq(aml_finalize(), 0);
	expect_all_there();
	ck_assert_int_eq(aml_finalize(), 0);
	expect_nothing_there();
}
END_TEST

START_TEST(one_finalize_too_many_does_nothing)
{
	ck_assert_int_eq(aml_finalize(), 0);
	ck_assert_int_eq(aml_init(NULL, NULL), 0);
	expect_all_there();
	ck_assert_int_eq(aml_finalize(), 0);
	ck_assert_int_eq(aml_finalize(), 0);
	ck_assert_int_eq(aml_init(NULL, NULL), 0); /* and is not counted */
	expect_all_there();
	ck_assert_int_eq(aml_finalize(), 0);
	expect_nothing_there();
}
END_TEST

START_TEST(a_failed_init_has_changed_nothing)
{
	setenv("AML_TOPOLOGY", "/nowhere", 1);
	ck_assert_int_eq(aml_init(NULL, NULL), -AML_EINVAL);
	unsetenv("AML_TOPOLOGY");
	expect_nothing_there();
	ck_assert_int_eq(aml_init(NULL, NULL), 0);
	ck_assert_int_eq(aml_finalize(), 0);
	expect_nothing_there();
}
END_TEST

START_TEST(every_missing_allocation_is_reported_and_undone)
{
	unsigned n = 0;
	int rc;

	do {
		amli_alloc_fail_at(++n);
		rc = aml_init(NULL, NULL);
		ck_assert_int_lt(n, 1000);
		if (rc) {
			ck_assert_int_eq(rc, -AML_ENOMEM);
			expect_nothing_there();
		}
	} while (rc);
	amli_alloc_fail_at(0);
	ck_assert_uint_gt(n, 1);
	expect_all_there();
	ck_assert_int_eq(aml_finalize(), 0);
}
END_TEST

static void *init_often(void *arg)
{
	for (int i = 0; i < 10; i++) {
		if (aml_init(NULL, NULL) || !aml_topology || !aml_dma_linux)
			return arg;
		if (aml_finalize())
			return arg;
	}
	return NULL;
}

START_TEST(threads_may_init_at_once)
{
	pthread_t threads[4];
	void *failed;
	int here;

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, init_often, &here), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	expect_nothing_there();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("init");
	TCase *tc = tcase_create("init");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, init_makes_and_finalize_unmakes);
	tcase_add_test(tc, the_last_finalize_counts);
	tcase_add_test(tc, one_finalize_too_many_does_nothing);
	tcase_add_test(tc, a_failed_init_has_changed_nothing);
	tcase_add_test(tc, every_missing_allocation_is_reported_and_undone);
	tcase_add_test(tc, threads_may_init_at_once);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
