/* SPDX-License-Identifier: BSD-3-Clause */
/* Many copies as one request. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "aml/stats.h"
#include "base/mem.h"
#include "tests/lib/batch.h"
#include "tests/lib/engines.h"
#include "tests/lib/job.h"
#include "tests/lib/manual.h"

#define N 1000

static const size_t bytes[] = {4096, 1, 24, 513, 64};
static struct many m;

static void setup(void)
{
	m = many_make(N, bytes, sizeof(bytes) / sizeof(bytes[0]));
}

static void teardown(void)
{
	many_free(&m);
}

START_TEST(a_batch_is_one_request_that_moves_them_all)
{
	struct aml_dma *dma = engines_open(_i);

	for (int turn = 0; turn < 4; turn++) {
		struct aml_dma_info info = {.size = sizeof(info)};
		struct aml_dma_stats before = {.size = sizeof(before)}, after = before;
		struct aml_dma_request *req = NULL;

		memset(m.to, 0, m.most);
		ck_assert_int_eq(aml_dma_stats(dma, &before), 0);
		ck_assert_int_eq(aml_dma_async_batch(dma, turn % 2 ? NULL : &req, N, m.dst,
						     many_sources(&m)),
				 0);
		if (turn % 2) {
			ck_assert_int_eq(aml_dma_barrier(dma), 0);
		} else {
			ck_assert_int_eq(aml_dma_wait_info(dma, &req, AML_DMA_FOREVER, &info), 0);
			ck_assert_uint_eq(info.bytes, m.most);
			ck_assert_uint_eq(info.bytes_done, m.most);
		}
		ck_assert(!memcmp(m.to, m.from, m.most));
		ck_assert_int_eq(aml_dma_barrier(dma), 0);
		ck_assert_int_eq(aml_dma_stats(dma, &after), 0);
		ck_assert_uint_eq(after.completed, before.completed + 1);
	}
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

START_TEST(its_layouts_may_be_destroyed_early)
{
	struct aml_dma *dma = engines_open(_i);
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_async_batch(dma, &req, N, m.dst, many_sources(&m)), 0);
	for (size_t i = 0; i < N; i++) {
		aml_layout_destroy(&m.dst[i]);
		aml_layout_destroy(&m.src[i]);
	}
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	ck_assert(!memcmp(m.to, m.from, m.most));
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

static void check_refused(struct aml_dma *dma, size_t n, struct aml_layout *const dst[],
			  const struct aml_layout *const src[], int code)
{
	struct aml_dma_request *req = (struct aml_dma_request *)&dma;

	ck_assert_int_eq(aml_dma_async_batch(dma, &req, n, dst, src), -code);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(aml_dma_async_batch(dma, NULL, n, dst, src), -code);
	ck_assert_int_eq(manual.submitted, 0);
}

START_TEST(no_copy_is_started_unless_all_can_be)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_layout *swap = m.dst[N - 1];

	check_refused(dma, 0, m.dst, many_sources(&m), AML_EINVAL);
	check_refused(dma, N, NULL, many_sources(&m), AML_EINVAL);
	check_refused(dma, N, m.dst, NULL, AML_EINVAL);
	m.dst[N - 1] = m.dst[0]; /* of another shape */
	check_refused(dma, N, m.dst, many_sources(&m), AML_EINVAL);
	m.dst[N - 1] = NULL;
	check_refused(dma, N, m.dst, many_sources(&m), AML_EINVAL);
	m.dst[N - 1] = swap;
	manual.submit_fails = -AML_EAGAIN;
	check_refused(dma, N, m.dst, many_sources(&m), AML_EAGAIN);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(an_engine_out_of_reach_takes_no_batch)
{
	struct aml_dma *dma = manual_open(0);

	check_refused(dma, N, m.dst, many_sources(&m), AML_ENOTSUP);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_long_batch_is_announced_before_it_is_planned_and_a_short_one_is_not)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_async_batch(dma, &req, 2, m.dst, many_sources(&m)), 0);
	ck_assert_int_eq(manual.expected, 0);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	ck_assert_int_eq(aml_dma_async_batch(dma, &req, N, m.dst, many_sources(&m)), 0);
	ck_assert_int_eq(manual.expected, 1);
	ck_assert_uint_eq(manual.expected_bytes, N * bytes[0]); /* all like the first */
	manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(no_memory_leaks_and_writes_nothing)
{
	unsigned failures = 0;
	int rc;

	do {
		struct aml_dma_request *req = NULL;
		struct aml_dma *dma;

		ck_assert_int_eq(aml_dma_open(&dma, "memcpy"), 0);
		amli_alloc_fail_at(failures + 1);
		rc = aml_dma_async_batch(dma, &req, N, m.dst, many_sources(&m));
		amli_alloc_fail_at(0);
		if (rc) {
			failures++;
			ck_assert_int_eq(rc, -AML_ENOMEM);
			ck_assert_ptr_null(req);
			ck_assert_int_eq(m.to[0], 0);
		} else {
			ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
		}
		aml_dma_close(&dma);
	} while (rc);
	ck_assert_uint_ge(failures, 2);
	ck_assert(!memcmp(m.to, m.from, m.most));
}
END_TEST

START_TEST(a_batch_fails_and_is_cancelled_as_one)
{
	struct aml_dma_info info = {.size = sizeof(info)};
	struct aml_dma_request *req;
	struct aml_dma *dma;

	ck_assert_int_eq(aml_dma_open(&dma, "fault:engine=memcpy,fail_at=1,short"), 0);
	ck_assert_int_eq(aml_dma_async_batch(dma, &req, N, m.dst, many_sources(&m)), 0);
	ck_assert_int_eq(aml_dma_wait_info(dma, &req, AML_DMA_FOREVER, &info), -AML_EIO);
	ck_assert(info.bytes_done > 0 && info.bytes_done < m.most);
	ck_assert_int_eq(aml_dma_close(&dma), 0);
	memset(m.to, 0, m.most);
	ck_assert_int_eq(aml_dma_open(&dma, "fault:engine=memcpy,fail_at=1,stall"), 0);
	ck_assert_int_eq(aml_dma_async_batch(dma, &req, N, m.dst, many_sources(&m)), 0);
	ck_assert_int_eq(aml_dma_cancel_info(dma, &req, &info), 0);
	ck_assert_int_eq(info.outcome, AML_DMA_DROPPED);
	for (size_t i = 0; i < m.most; i++)
		if (m.to[i])
			ck_abort_msg("byte %zu was written", i);
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("batch");
	TCase *tc = tcase_create("batch");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_batch_is_one_request_that_moves_them_all, 0, engines_count());
	tcase_add_loop_test(tc, its_layouts_may_be_destroyed_early, 0, engines_count());
	tcase_add_test(tc, no_copy_is_started_unless_all_can_be);
	tcase_add_test(tc, an_engine_out_of_reach_takes_no_batch);
	tcase_add_test(tc, a_long_batch_is_announced_before_it_is_planned_and_a_short_one_is_not);
	tcase_add_test(tc, no_memory_leaks_and_writes_nothing);
	tcase_add_test(tc, a_batch_fails_and_is_cancelled_as_one);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
