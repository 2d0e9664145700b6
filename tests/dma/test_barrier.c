/* SPDX-License-Identifier: BSD-3-Clause */
/* Barriers that give up, and barriers beside barriers. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/caller.h"
#include "tests/lib/engines.h"
#include "tests/lib/job.h"
#include "tests/lib/manual.h"

static struct pair p;

static void setup(void)
{
	p = pair_dense(16, 4);
}

static void teardown(void)
{
	pair_free(&p);
}

static void submit_detached(struct aml_dma *dma)
{
	ck_assert_int_eq(aml_dma_async_copy(dma, NULL, p.dst, p.src), 0);
}

START_TEST(a_barrier_gives_up_and_takes_no_failure)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	double begin = now_us();

	submit_detached(dma);
	submit_detached(dma);
	manual_complete(1, -AML_EIO);
	ck_assert_int_eq(aml_dma_barrier_for(dma, 0), -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_dma_barrier_for(dma, 3000), -AML_ETIMEDOUT);
	ck_assert(now_us() - begin >= 3000);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_barrier_for(dma, 0), -AML_EIO);
	ck_assert_int_eq(aml_dma_barrier_for(dma, 0), 0);
	ck_assert_int_eq(aml_dma_barrier_for(NULL, 0), -AML_EINVAL);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(the_next_barrier_waits_for_what_one_that_gave_up_left_behind)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct caller c = {.call = call_barrier, .dma = dma};

	for (int i = 0; i < 3; i++) {
		submit_detached(dma); /* of one generation each */
		ck_assert_int_eq(aml_dma_barrier_for(dma, 0), -AML_ETIMEDOUT);
	}
	submit_detached(dma);
	manual_complete(3, -4);
	caller_begin(&c);
	sleep_us(3000);
	ck_assert(!c.over);
	manual_complete(1, -2);
	manual_complete(2, -3);
	sleep_us(3000);
	ck_assert(!c.over);
	manual_complete(0, -1);
	ck_assert_int_eq(caller_end(&c), -4); /* the first that happened */
	for (int i = 0; i < 4; i++)
		if (!aml_dma_barrier_for(dma, 0))
			break;
	ck_assert_int_eq(aml_dma_barrier_for(dma, 0), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_barrier_that_waits_for_its_turn_keeps_its_limit)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct caller first = {.call = call_barrier, .dma = dma};
	struct caller second = {.call = call_barrier_for, .dma = dma, .timeout_us = 3000};

	submit_detached(dma);
	caller_begin_barrier(&first);
	caller_begin(&second);
	ck_assert_int_eq(caller_end(&second), -AML_ETIMEDOUT);
	ck_assert(!first.over);
	manual_complete(0, 0);
	ck_assert_int_eq(caller_end(&first), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_barrier_with_a_limit_gets_done)
{
	struct aml_dma *dma = engines_open(_i);
	int rc;

	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(aml_dma_async_copy(dma, NULL, p.dst, p.src), 0);
		ck_assert_int_eq(aml_dma_barrier_for(dma, 60000000), 0);
		ck_assert(pair_dst_equals_oracle(&p));
		pair_reset(&p);
	}
	ck_assert_int_eq(aml_dma_async_copy(dma, NULL, p.dst, p.src), 0);
	while ((rc = aml_dma_barrier_for(dma, 0)) == -AML_ETIMEDOUT)
		;
	ck_assert_int_eq(rc, 0);
	ck_assert(pair_dst_equals_oracle(&p));
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

START_TEST(a_barrier_tells_what_the_fault_engine_did)
{
	static const char *const kinds[] = {"fail", "short", "late"};
	char spec[100];
	struct aml_dma *dma;

	snprintf(spec, sizeof(spec), "fault:engine=(pool:threads=1),fail_at=3,%s", kinds[_i]);
	ck_assert_int_eq(aml_dma_open(&dma, spec), 0);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(aml_dma_async_copy(dma, NULL, p.dst, p.src), 0);
		ck_assert_int_eq(aml_dma_barrier(dma), i == 2 ? -AML_EIO : 0);
	}
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("barrier");
	TCase *tc = tcase_create("barrier");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_barrier_gives_up_and_takes_no_failure);
	tcase_add_test(tc, the_next_barrier_waits_for_what_one_that_gave_up_left_behind);
	tcase_add_test(tc, a_barrier_that_waits_for_its_turn_keeps_its_limit);
	tcase_add_loop_test(tc, a_barrier_with_a_limit_gets_done, 0, engines_count());
	tcase_add_loop_test(tc, a_barrier_tells_what_the_fault_engine_did, 0, 3);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
