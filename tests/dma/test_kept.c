/* SPDX-License-Identifier: BSD-3-Clause */
/* The slot that a thread keeps for its next request. */
#include <check.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "dma/engine.h"
#include "tests/lib/pair.h"

static struct pair p;

static void setup(void)
{
	p = pair_dense(16, 4);
}

static void teardown(void)
{
	pair_free(&p);
}

static void *copy_once(void *dma)
{
	struct aml_dma_request *req = NULL;
	int rc = aml_dma_async_copy(dma, &req, p.dst, p.src);

	if (rc == 0)
		rc = aml_dma_wait(dma, &req);
	return (void *)(intptr_t)rc;
}

static void copy_in_a_thread(struct aml_dma *dma)
{
	pthread_t thread;
	void *rc;

	ck_assert_int_eq(pthread_create(&thread, NULL, copy_once, dma), 0);
	pthread_join(thread, &rc);
	ck_assert_ptr_null(rc);
}

static unsigned made(struct aml_dma *dma)
{
	return atomic_load(&amli_engine_of(dma)->store.made);
}

START_TEST(a_thread_that_ends_gives_back_the_slot_that_it_kept)
{
	struct aml_dma *dma;

	ck_assert_int_eq(aml_dma_open(&dma, "memcpy"), 0);
	for (int i = 0; i < 100; i++)
		copy_in_a_thread(dma);
	ck_assert_uint_eq(made(dma), 1);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_slot_kept_for_one_engine_is_not_used_for_another)
{
	struct aml_dma *a, *b;

	ck_assert_int_eq(aml_dma_open(&a, "memcpy"), 0);
	ck_assert_int_eq(aml_dma_open(&b, "memcpy"), 0);
	for (int i = 0; i < 10; i++) {
		ck_assert_ptr_null(copy_once(a));
		ck_assert_ptr_null(copy_once(b));
	}
	ck_assert_uint_eq(made(a), 1);
	ck_assert_uint_eq(made(b), 1);
	aml_dma_close(&a);
	aml_dma_close(&b);
}
END_TEST

/* In a new engine that may well be where the old one was, in memory and by number. */
START_TEST(a_slot_kept_for_an_engine_that_is_closed_is_forgotten)
{
	struct aml_dma *dma;

	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(aml_dma_open(&dma, "memcpy"), 0);
		for (int k = 0; k < 3; k++)
			ck_assert_ptr_null(copy_once(dma));
		ck_assert_uint_eq(made(dma), 1);
		aml_dma_close(&dma);
	}
}
END_TEST

static void *copy_and_outlive(void *arg)
{
	struct aml_dma **dma = arg;
	void *rc = copy_once(*dma);

	aml_dma_close(dma);
	return rc;
}

START_TEST(a_thread_may_outlive_the_engine_whose_slot_it_kept)
{
	pthread_t thread;
	struct aml_dma *dma;
	void *rc;

	ck_assert_int_eq(aml_dma_open(&dma, "memcpy"), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, copy_and_outlive, &dma), 0);
	pthread_join(thread, &rc);
	ck_assert_ptr_null(rc);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kept");
	TCase *tc = tcase_create("kept");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_thread_that_ends_gives_back_the_slot_that_it_kept);
	tcase_add_test(tc, a_slot_kept_for_one_engine_is_not_used_for_another);
	tcase_add_test(tc, a_slot_kept_for_an_engine_that_is_closed_is_forgotten);
	tcase_add_test(tc, a_thread_may_outlive_the_engine_whose_slot_it_kept);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
