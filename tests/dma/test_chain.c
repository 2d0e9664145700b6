/* SPDX-License-Identifier: BSD-3-Clause */
/* Chains of requests that start when others are done, through engines of all kinds. */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/engines.h"
#include "tests/lib/job.h"
#include "tests/lib/manual.h"

static struct pair p;
static struct aml_dma *dma, *other;

static void setup(void)
{
	p = pair_dense(16, 4);
	dma = manual_open(AML_DMA_HOST);
	other = second_manual_open(AML_DMA_HOST);
}

static void teardown(void)
{
	ck_assert_int_eq(aml_dma_close(&dma), 0);
	ck_assert_int_eq(aml_dma_close(&other), 0);
	pair_free(&p);
}

#define CHAIN 100000

static struct aml_dma_request *chain[CHAIN];

static void *run_chain(void *arg)
{
	(void)arg;
	manual_complete(0, 0);
	return NULL;
}

START_TEST(a_chain_of_a_hundred_thousand_ends_without_deep_recursion)
{
	pthread_attr_t small;
	pthread_t thread;

	chain[0] = submit_pair(dma, &p);
	for (size_t i = 1; i < CHAIN; i++)
		chain[i] = submit_after(other, &p, 1, &chain[i - 1]);
	second_manual.at_once = true;
	pthread_attr_init(&small);
	ck_assert_int_eq(pthread_attr_setstacksize(&small, 256 << 10), 0);
	ck_assert_int_eq(pthread_create(&thread, &small, run_chain, NULL), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&small);
	ck_assert_int_eq(second_manual.submitted, CHAIN - 1);
	ck_assert_int_eq(aml_dma_wait_all(CHAIN, chain, AML_DMA_FOREVER, NULL), 0);
}
END_TEST

START_TEST(a_chain_through_memory_carries_the_data)
{
	enum { LINKS = 20 };
	struct aml_dma *engine = engines_open(_i), *next = engines_open((_i + 1) % engines_count());
	struct aml_dma_request *req = NULL;
	struct pair q[LINKS];

	for (int i = 0; i < LINKS; i++) {
		struct aml_dma_job job;

		q[i] = pair_dense(1000, 8);
		job = job_of(&q[i]);
		if (i) /* read what the one before writes */
			job.src = q[i - 1].dst;
		job.after = &req;
		job.nafter = 1;
		req = submit_job(i % 2 ? next : engine, &job);
	}
	ck_assert_int_eq(aml_dma_wait(LINKS % 2 ? engine : next, &req), 0);
	ck_assert(!memcmp(q[LINKS - 1].to.memory, q[0].want, q[0].to.size));
	ck_assert_int_eq(aml_dma_close(&engine), 0);
	ck_assert_int_eq(aml_dma_close(&next), 0);
	for (int i = 0; i < LINKS; i++)
		pair_free(&q[i]);
}
END_TEST

static struct aml_dma *inline_dma;
static struct aml_dma_request *later;

static int wait_for_later(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	(void)dst;
	(void)src;
	(void)arg;
	return aml_dma_wait(inline_dma, &later);
}

START_TEST(an_operator_may_wait_for_what_starts_after_the_same_request)
{
	struct aml_dma_request *before[1] = {submit_pair(dma, &p)}, *req;
	struct aml_dma_job job = {
		.size = sizeof(job),
		.dst = p.dst,
		.src = p.src,
		.op = wait_for_later,
		.after = before,
		.nafter = 1,
	};

	ck_assert_int_eq(aml_dma_open(&inline_dma, "memcpy"), 0);
	ck_assert_int_eq(aml_dma_submit(inline_dma, &req, &job), 0);
	later = submit_after(inline_dma, &p, 1, before);
	manual_complete(0, 0); /* runs both in this thread, one inside the other */
	ck_assert_ptr_null(later);
	ck_assert_int_eq(aml_dma_wait(inline_dma, &req), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	ck_assert_int_eq(aml_dma_wait(dma, &before[0]), 0);
	aml_dma_close(&inline_dma);
}
END_TEST

START_TEST(who_waits_drives_the_passive_engines_that_it_depends_on)
{
	struct aml_dma *lazy, *engine = engines_open(_i);
	struct aml_dma_request *before, *req;
	size_t index;

	ck_assert_int_eq(aml_dma_open(&lazy, "pool:threads=0"), 0);
	for (int how = 0; how < 4; how++) {
		before = submit_pair(lazy, &p);
		req = submit_after(engine, &p, 1, &before);
		if (how == 0)
			ck_assert_int_eq(aml_dma_wait(engine, &req), 0);
		else if (how == 1)
			ck_assert_int_eq(aml_dma_wait_for(engine, &req, 60000000), 0);
		else if (how == 2)
			ck_assert_int_eq(aml_dma_wait_any(1, &req, AML_DMA_FOREVER, &index), 0);
		else
			ck_assert_int_eq(aml_dma_wait_all(1, &req, AML_DMA_FOREVER, NULL), 0);
		ck_assert_int_eq(aml_dma_wait(lazy, &before), 0);
	}
	ck_assert_int_eq(aml_dma_close(&engine), 0);
	ck_assert_int_eq(aml_dma_close(&lazy), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("chain");
	TCase *tc = tcase_create("chain");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_chain_of_a_hundred_thousand_ends_without_deep_recursion);
	tcase_add_loop_test(tc, a_chain_through_memory_carries_the_data, 0, engines_count());
	tcase_add_test(tc, an_operator_may_wait_for_what_starts_after_the_same_request);
	tcase_add_loop_test(tc, who_waits_drives_the_passive_engines_that_it_depends_on, 0,
			    engines_count());
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
