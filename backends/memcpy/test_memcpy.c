/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <stdlib.h>

#include "aml/dma.h"
#include "aml/error.h"
#include "tests/lib/gate.h"
#include "tests/lib/pair.h"

START_TEST(a_copy_is_done_when_submit_returns)
{
	struct aml_dma *dma;
	struct aml_dma_request *req;
	struct pair p = pair_dense(100, 4);
	struct gate gate = {.open = true, .returns = -7};

	ck_assert_int_eq(aml_dma_open(&dma, "memcpy"), 0);
	ck_assert_int_eq(aml_dma_async_copy(dma, &req, p.dst, p.src), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	ck_assert_int_eq(aml_dma_async_copy_custom(dma, &req, no_layout(), no_layout(), gate_pass,
						   &gate),
			 0);
	ck_assert_int_eq(gate.left, 1);
	ck_assert(pthread_equal(gate.thread, pthread_self()));
	ck_assert_int_eq(aml_dma_barrier(dma), -7);
	ck_assert_int_eq(aml_dma_wait(dma, &req), -7);
	aml_dma_close(&dma);
	pair_free(&p);
}
END_TEST

START_TEST(it_is_inline_ordered_and_has_no_threads)
{
	struct aml_dma *dma;
	struct aml_dma_caps caps;

	ck_assert_int_eq(aml_dma_open(&dma, "memcpy"), 0);
	ck_assert_int_eq(aml_dma_caps(dma, &caps), 0);
	ck_assert_uint_eq(caps.flags,
			  AML_DMA_INLINE | AML_DMA_HOST | AML_DMA_OPERATORS | AML_DMA_ORDERED);
	ck_assert_uint_eq(caps.threads, 0);
	aml_dma_close(&dma);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memcpy");
	TCase *tc = tcase_create("memcpy");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, a_copy_is_done_when_submit_returns);
	tcase_add_test(tc, it_is_inline_ordered_and_has_no_threads);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
