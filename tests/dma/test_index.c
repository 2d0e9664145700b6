/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests that gather and scatter through lists of indices, over all engines. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/layout/indexed.h"
#include "aml/operator.h"
#include "aml/request.h"
#include "tests/lib/engines.h"
#include "tests/lib/gate.h"

#define N ((size_t)50000)
#define POOL (2 * N + 7)

/* Every second element or so of a pool, in any order; each value is there once. */
static uint32_t list[N];
static uint64_t pool[POOL], dense[N], twin[N];

static unsigned state = 1;

static size_t pick(size_t below)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % below;
}

static void setup(void)
{
	for (size_t i = 0; i < N; i++)
		list[i] = (uint32_t)(2 * i + pick(2));
	for (size_t i = N; i > 1; i--) {
		size_t j = pick(i);
		uint32_t swap = list[i - 1];

		list[i - 1] = list[j];
		list[j] = swap;
	}
	for (size_t i = 0; i < POOL; i++)
		pool[i] = i;
	for (size_t i = 0; i < N; i++)
		dense[i] = twin[i] = POOL + i;
}

static struct aml_layout *listed(size_t first, size_t n)
{
	struct aml_layout *out;

	ck_assert_int_eq(aml_layout_indexed_create(&out, pool, AML_LAYOUT_ORDER_C, 8, 1, n,
						   list + first, POOL, 0),
			 0);
	return out;
}

static struct aml_layout *flat(uint64_t *at, size_t n)
{
	struct aml_layout *out;

	ck_assert_int_eq(
		aml_layout_dense_create(&out, at, AML_LAYOUT_ORDER_C, 8, 1, &n, NULL, NULL), 0);
	return out;
}

static bool gathered(size_t first, size_t n)
{
	size_t i = first;

	while (i < first + n && dense[i] == list[i])
		i++;
	return i == first + n;
}

/* How many elements of dense are in their places; the rest of the pool must be as it was. */
static size_t scattered(size_t first, size_t n)
{
	size_t there = 0, here = 0;

	for (size_t i = first; i < first + n; i++)
		there += pool[list[i]] == dense[i];
	for (size_t i = 0; i < POOL; i++)
		here += pool[i] == i;
	ck_assert_uint_eq(there + here, POOL);
	return there;
}

START_TEST(layouts_and_lists_may_go_as_soon_as_a_request_is_in)
{
	struct aml_dma *dma = engines_open(_i);
	struct aml_layout *src = listed(0, N), *dst = flat(dense, N);
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_async_copy(dma, &req, dst, src), 0);
	aml_layout_destroy(&src);
	aml_layout_destroy(&dst);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	ck_assert(gathered(0, N));
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

START_TEST(a_prepared_scatter_is_started_again_and_again)
{
	struct aml_dma *dma = engines_open(_i);
	struct aml_layout *dst = listed(0, N), *src = flat(dense, N);
	struct aml_dma_job job = {.size = sizeof(job), .dst = dst, .src = src};
	struct aml_dma_request *req;
	uint32_t *kept = malloc(sizeof(list));

	ck_assert_int_eq(aml_dma_prepare(dma, &req, &job), 0);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	memcpy(kept, list, sizeof(list));
	memset(list, 0, sizeof(list)); /* the request has its own */
	for (int times = 0; times < 3; times++) {
		for (size_t i = 0; i < POOL; i++)
			pool[i] = i;
		ck_assert_int_eq(aml_dma_start(dma, req), 0);
		ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	}
	ck_assert_int_eq(aml_dma_release(dma, &req), 0);
	memcpy(list, kept, sizeof(list));
	free(kept);
	ck_assert_uint_eq(scattered(0, N), N);
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

START_TEST(batches_gather_in_parts)
{
	enum { PARTS = 20, EACH = N / PARTS };
	struct aml_dma *dma = engines_open(_i);
	struct aml_layout *dst[PARTS], *src[PARTS];
	struct aml_dma_request *req;

	for (size_t i = 0; i < PARTS; i++) {
		src[i] = listed(i * EACH, EACH);
		dst[i] = flat(dense + i * EACH, EACH);
	}
	ck_assert_int_eq(aml_dma_async_batch(dma, &req, PARTS, dst,
					     (const struct aml_layout *const *)src),
			 0);
	for (size_t i = 0; i < PARTS; i++) {
		aml_layout_destroy(&src[i]);
		aml_layout_destroy(&dst[i]);
	}
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	ck_assert(gathered(0, N));
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

START_TEST(a_scatter_that_is_cancelled_has_moved_what_it_says)
{
	struct aml_dma *dma = engines_open(_i);
	struct aml_layout *dst = listed(0, N), *src = flat(dense, N);

	for (unsigned times = 0; times < 20; times++) {
		struct aml_dma_info info = {.size = sizeof(info)};
		struct aml_dma_request *req;
		size_t moved;

		for (size_t i = 0; i < POOL; i++)
			pool[i] = i;
		ck_assert_int_eq(aml_dma_async_copy(dma, &req, dst, src), 0);
		if (times % 3)
			sleep_us(times * 20);
		ck_assert_int_eq(aml_dma_cancel_info(dma, &req, &info), 0);
		moved = scattered(0, N);
		ck_assert_uint_eq(moved * 8, info.bytes_done);
		ck_assert(info.outcome != AML_DMA_DROPPED || moved == 0);
		ck_assert_uint_eq(scattered(0, N), moved); /* and nobody goes on */
	}
	aml_layout_destroy(&src);
	aml_layout_destroy(&dst);
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

START_TEST(operators_take_long_lists)
{
	struct aml_dma *dma = engines_open(_i);
	struct aml_layout *src = listed(0, N), *dst = flat(dense, N), *again = flat(twin, N);
	struct aml_crc32c sum, want;
	struct aml_difference difference;
	uint64_t zero = 0;

	ck_assert_int_eq(aml_dma_copy_custom(dma, dst, src, aml_op_crc32c, &sum), 0);
	ck_assert(gathered(0, N));
	ck_assert_int_eq(aml_op_crc32c(dst, dst, &want), 0);
	ck_assert_uint_eq(sum.crc, want.crc);
	ck_assert_int_eq(aml_dma_copy_custom(dma, dst, src, aml_op_compare, &difference), 0);
	ck_assert_uint_eq(difference.first, SIZE_MAX);
	dense[N - 3]++;
	ck_assert_int_eq(aml_dma_copy_custom(dma, src, dst, aml_op_compare, &difference), 0);
	ck_assert_uint_eq(difference.first, N - 3);
	ck_assert_int_eq(aml_dma_copy_custom(dma, again, src, aml_op_byteswap, NULL), 0);
	for (size_t i = 0; i < N; i++)
		ck_assert(twin[i] == __builtin_bswap64(list[i]));
	ck_assert_int_eq(aml_dma_copy_custom(dma, src, again, aml_op_byteswap, NULL), 0);
	ck_assert_uint_eq(pool[list[77]], list[77]);
	for (size_t i = 0; i < POOL; i++)
		ck_assert(pool[i] == i);
	ck_assert_int_eq(aml_dma_copy_custom(dma, src, src, aml_op_fill, &zero), 0);
	for (size_t i = 0; i < N; i++)
		pool[list[i]] += list[i];
	for (size_t i = 0; i < POOL; i++)
		ck_assert(pool[i] == i);
	aml_layout_destroy(&src);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&again);
	ck_assert_int_eq(aml_dma_close(&dma), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("index");
	TCase *tc = tcase_create("index");
	SRunner *runner = srunner_create(suite);
	int failed, n = engines_count();

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, layouts_and_lists_may_go_as_soon_as_a_request_is_in, 0, n);
	tcase_add_loop_test(tc, a_prepared_scatter_is_started_again_and_again, 0, n);
	tcase_add_loop_test(tc, batches_gather_in_parts, 0, n);
	tcase_add_loop_test(tc, a_scatter_that_is_cancelled_has_moved_what_it_says, 0, n);
	tcase_add_loop_test(tc, operators_take_long_lists, 0, n);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
