/* SPDX-License-Identifier: BSD-3-Clause */
/* Waiting for some or all of several requests. */
#include <check.h>
#include <stdlib.h>

#include "tests/lib/caller.h"
#include "tests/lib/engines.h"
#include "tests/lib/job.h"
#include "tests/lib/manual.h"
#include "tests/lib/slot.h"

#define AT_ONCE 0

static struct pair p;

static void setup(void)
{
	p = pair_dense(16, 4);
}

static void teardown(void)
{
	pair_free(&p);
}

/* An array to wait for, in a thread. */
struct array {
	size_t n, count, indices[8];
	struct aml_dma_request *req[8];
	int statuses[8];
};

static int call_some(struct caller *c)
{
	struct array *a = c->arg;

	return aml_dma_wait_some(a->n, a->req, c->timeout_us, &a->count, a->indices, a->statuses);
}

static int call_all(struct caller *c)
{
	struct array *a = c->arg;

	return aml_dma_wait_all(a->n, a->req, c->timeout_us, a->statuses);
}

static bool is_watched(struct aml_dma *dma, struct aml_dma_request *req)
{
	return atomic_load(&slot_of(dma, req)->word) & AMLI_WATCHED;
}

static void begin_watching(struct caller *c, struct aml_dma *dma, struct aml_dma_request *last)
{
	c->timeout_us = AML_DMA_FOREVER;
	caller_begin(c);
	while (!is_watched(dma, last))
		sleep_us(100);
	sleep_us(2000);
}

/* ---- some ---- */

START_TEST(some_takes_all_that_are_done)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct array a = {.n = 5, .count = 9};
	struct caller c = {.call = call_some, .arg = &a, .timeout_us = AT_ONCE};

	for (int i = 0; i < 5; i++)
		a.req[i] = i == 2 ? NULL : submit_pair(dma, &p);
	ck_assert_int_eq(call_some(&c), -AML_ETIMEDOUT);
	ck_assert_uint_eq(a.count, 0);
	manual_complete(3, -7); /* entry 4 */
	manual_complete(1, -AML_EIO);
	ck_assert_int_eq(call_some(&c), 0);
	ck_assert_uint_eq(a.count, 2);
	ck_assert(a.indices[0] == 1 && a.indices[1] == 4);
	ck_assert(a.statuses[0] == -AML_EIO && a.statuses[1] == -7);
	ck_assert(a.req[0] && !a.req[1] && a.req[3] && !a.req[4]);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait_some(5, a.req, AT_ONCE, &a.count, a.indices, NULL), 0);
	ck_assert(a.count == 1 && a.indices[0] == 0);
	begin_watching(&c, dma, a.req[3]);
	ck_assert(!c.over);
	manual_complete(2, 0);
	ck_assert_int_eq(caller_end(&c), 0);
	ck_assert(a.count == 1 && a.indices[0] == 3 && a.statuses[0] == 0);
	ck_assert_int_eq(call_some(&c), -AML_EINVAL);
	ck_assert_uint_eq(a.count, 0);
	ck_assert_int_eq(aml_dma_wait_some(1, a.req, AT_ONCE, NULL, a.indices, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_wait_some(1, a.req, AT_ONCE, &a.count, NULL, NULL), -AML_EINVAL);
	aml_dma_close(&dma);
}
END_TEST

/* ---- all ---- */

START_TEST(all_waits_for_all_and_tells_the_first_failure_of_the_array)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma *other = second_manual_open(AML_DMA_HOST);
	struct array a = {.n = 5, .statuses = {1, 1, 1, 1, 1}};
	struct caller c = {.call = call_all, .arg = &a, .timeout_us = AML_DMA_FOREVER};

	a.req[0] = submit_pair(dma, &p);
	a.req[1] = submit_pair(other, &p);
	a.req[3] = submit_pair(dma, &p);
	a.req[4] = submit_pair(other, &p);
	caller_begin(&c);
	second_manual_complete(1, -8);
	manual_complete(0, 0);
	second_manual_complete(0, -7);
	sleep_us(2000);
	ck_assert(!c.over);
	manual_complete(1, 0);
	ck_assert_int_eq(caller_end(&c), -7);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(a.statuses[i], i == 1 ? -7 : i == 4 ? -8 : 0);
		ck_assert_ptr_null(a.req[i]);
	}
	ck_assert_int_eq(aml_dma_wait_all(5, a.req, AML_DMA_FOREVER, NULL), 0);
	ck_assert_int_eq(aml_dma_wait_all(0, NULL, AML_DMA_FOREVER, NULL), 0);
	ck_assert_int_eq(aml_dma_wait_all(1, NULL, AT_ONCE, NULL), -AML_EINVAL);
	aml_dma_close(&other);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(all_that_runs_out_of_time_keeps_what_is_not_done)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req[3] = {submit_pair(dma, &p), submit_pair(dma, &p),
					  submit_pair(dma, &p)};
	int statuses[3];
	double begin = now_us();

	manual_complete(2, -7);
	ck_assert_int_eq(aml_dma_wait_all(3, req, 4000, statuses), -AML_ETIMEDOUT);
	ck_assert(now_us() - begin >= 4000); /* once, not for each */
	ck_assert(req[0] && req[1] && !req[2]);
	ck_assert(statuses[0] == -AML_ETIMEDOUT && statuses[1] == -AML_ETIMEDOUT);
	ck_assert_int_eq(statuses[2], -7);
	manual_complete(0, 0);
	manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait_all(3, req, AML_DMA_FOREVER, statuses), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(all_refuses_the_array_if_one_entry_is_no_request)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req[2] = {submit_pair(dma, &p), submit_pair(dma, &p)};
	struct aml_dma_request *stale = req[1];
	int statuses[2] = {9, 9};

	manual_complete(1, 0);
	manual_complete(0, -7);
	ck_assert_int_eq(aml_dma_wait(dma, &req[1]), 0);
	req[1] = stale;
	ck_assert_int_eq(aml_dma_wait_all(2, req, AML_DMA_FOREVER, statuses), -AML_EINVAL);
	ck_assert(statuses[0] == 9 && statuses[1] == 9 && req[0] && req[1] == stale);
	ck_assert_int_eq(aml_dma_wait(dma, &req[0]), -7); /* still there */
	aml_dma_close(&dma);
}
END_TEST

/* ---- over all engines at once ---- */

START_TEST(requests_of_all_engines_mix)
{
	int n = engines_count();
	struct aml_dma *dma[32];
	struct aml_dma_request *req[32];
	struct pair q[32];
	size_t index, count, indices[32];

	for (int i = 0; i < n; i++) {
		dma[i] = engines_open(i);
		q[i] = pair_dense(500, 8);
		req[i] = submit_pair(dma[i], &q[i]);
	}
	ck_assert_int_eq(aml_dma_wait_any((size_t)n, req, AML_DMA_FOREVER, &index), 0);
	ck_assert(pair_dst_equals_oracle(&q[index]));
	ck_assert_int_eq(aml_dma_wait_some((size_t)n, req, AML_DMA_FOREVER, &count, indices, NULL),
			 0);
	for (size_t i = 0; i < count; i++)
		ck_assert(pair_dst_equals_oracle(&q[indices[i]]));
	ck_assert_int_eq(aml_dma_wait_all((size_t)n, req, AML_DMA_FOREVER, NULL), 0);
	for (int i = 0; i < n; i++) {
		ck_assert(pair_dst_equals_oracle(&q[i]));
		pair_free(&q[i]);
		ck_assert_int_eq(aml_dma_close(&dma[i]), 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("many");
	TCase *tc = tcase_create("many");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, some_takes_all_that_are_done);
	tcase_add_test(tc, all_waits_for_all_and_tells_the_first_failure_of_the_array);
	tcase_add_test(tc, all_that_runs_out_of_time_keeps_what_is_not_done);
	tcase_add_test(tc, all_refuses_the_array_if_one_entry_is_no_request);
	tcase_add_test(tc, requests_of_all_engines_mix);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
