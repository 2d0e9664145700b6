/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <stdlib.h>

#include "aml/dma/linux.h"
#include "aml/error.h"
#include "dma/linux.h"
#include "tests/lib/gate.h"
#include "tests/lib/pair.h"

START_TEST(create_gives_that_many_threads)
{
	for (unsigned n = 0; n < 4; n++) {
		struct aml_dma *dma;
		struct aml_dma_caps caps;
		struct pair p = pair_dense(100, 4);

		ck_assert_int_eq(aml_dma_linux_create(&dma, n), 0);
		ck_assert_int_eq(aml_dma_caps(dma, &caps), 0);
		ck_assert_uint_eq(caps.threads, n);
		ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
		ck_assert(pair_dst_equals_oracle(&p));
		ck_assert_int_eq(aml_dma_linux_destroy(&dma), 0);
		ck_assert_ptr_null(dma);
		pair_free(&p);
	}
}
END_TEST

START_TEST(create_refuses_bad_arguments)
{
	struct aml_dma *dma = (struct aml_dma *)&dma;

	ck_assert_int_eq(aml_dma_linux_create(NULL, 1), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_linux_create(&dma, 1000000), -AML_EINVAL);
	ck_assert_ptr_null(dma);
	ck_assert_int_eq(aml_dma_linux_destroy(&dma), 0);
	ck_assert_int_eq(aml_dma_linux_destroy(NULL), 0);
}
END_TEST

START_TEST(destroy_runs_what_a_lazy_engine_has_not_done)
{
	struct aml_dma *dma;
	struct gate gate = {.open = true};

	ck_assert_int_eq(aml_dma_linux_create(&dma, 0), 0);
	ck_assert_int_eq(aml_dma_async_copy_custom(dma, NULL, no_layout(), no_layout(), gate_pass,
						   &gate),
			 0);
	ck_assert_int_eq(gate.entered, 0);
	ck_assert_int_eq(aml_dma_linux_destroy(&dma), 0);
	ck_assert_int_eq(gate.left, 1);
}
END_TEST

START_TEST(the_default_engine_is_there_between_init_and_fini)
{
	struct pair p = pair_dense(100, 4);

	ck_assert_ptr_null(aml_dma_linux);
	ck_assert_int_eq(amli_linux_dma_init(), 0);
	ck_assert_ptr_nonnull(aml_dma_linux);
	ck_assert_int_eq(aml_dma_copy(aml_dma_linux, p.dst, p.src), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	amli_linux_dma_fini();
	ck_assert_ptr_null(aml_dma_linux);
	pair_free(&p);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("linux");
	TCase *tc = tcase_create("linux");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, create_gives_that_many_threads);
	tcase_add_test(tc, create_refuses_bad_arguments);
	tcase_add_test(tc, destroy_runs_what_a_lazy_engine_has_not_done);
	tcase_add_test(tc, the_default_engine_is_there_between_init_and_fini);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
