/* SPDX-License-Identifier: BSD-3-Clause */
/* The one race that waiting for one of several has: a request ends between the look and the
 * sleep.  The source is included with a hook in that place. */
#include <check.h>
#include <stdlib.h>

#include "base/sync.h"
#include "tests/lib/job.h"
#include "tests/lib/manual.h"

static void hook(_Atomic uint32_t *word, uint32_t seen, unsigned timeout_us);

#define amli_futex_wait hook
#include "dma/many.c"
#undef amli_futex_wait

static int sleeps;
static bool is_woken;

static void hook(_Atomic uint32_t *word, uint32_t seen, unsigned timeout_us)
{
	ck_assert_uint_eq(timeout_us, AMLI_FOREVER);
	sleeps++;
	manual_complete(1, -7);
	is_woken = atomic_load(word) != seen;
}

START_TEST(who_falls_asleep_while_a_request_ends_is_woken)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct pair p = pair_dense(16, 4);
	struct aml_dma_request *req[2] = {submit_pair(dma, &p), submit_pair(dma, &p)};
	size_t i;

	ck_assert_int_eq(aml_dma_wait_any(2, req, AML_DMA_FOREVER, &i), -7);
	ck_assert_uint_eq(i, 1);
	ck_assert_int_eq(sleeps, 1);
	ck_assert(is_woken);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait_any(2, req, AML_DMA_FOREVER, &i), 0);
	ck_assert_int_eq(sleeps, 1);
	pair_free(&p);
	aml_dma_close(&dma);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("many race");
	TCase *tc = tcase_create("many race");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, who_falls_asleep_while_a_request_ends_is_woken);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
