/* SPDX-License-Identifier: BSD-3-Clause */
/* In steady state nothing is allocated, by whatever thread: this program's malloc counts. */
#include <check.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/layout/native.h"
#include "aml/operator.h"
#include "aml/plan.h"
#include "aml/request.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

static atomic_ulong allocations;

#if defined(__GLIBC__) && !defined(SANITIZED)
#define COUNTS 1

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t align, size_t size);

void *malloc(size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_realloc(old, size);
}

void *aligned_alloc(size_t align, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_memalign(align, size);
}

int posix_memalign(void **out, size_t align, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	*out = __libc_memalign(align, size);
	return *out ? 0 : 12; /* ENOMEM */
}
#else
#define COUNTS 0
#endif

#define ROUNDS 10000
#define MANY 1000
#define BYTES 64

static const char *const specs[] = {
	"memcpy",	  "pool:threads=2",	 "pool:threads=2,small=0",
	"pool:threads=0", "fault:engine=memcpy", "fault:engine=(pool:threads=1,small=0)",
};

static char to[BYTES], from[BYTES];
static struct aml_layout *dst, *src;
static struct aml_dma *dma;
static struct aml_dma_job job;

static struct aml_layout *layout(char *memory)
{
	struct aml_layout *out;
	size_t n = BYTES;

	ck_assert_int_eq(
		aml_layout_dense_create(&out, memory, AML_LAYOUT_ORDER_C, 1, 1, &n, NULL, NULL), 0);
	return out;
}

/* ---- what is done over and over; true if it went well ---- */

static bool copy_and_wait(void)
{
	struct aml_dma_request *req;

	return aml_dma_async_copy(dma, &req, dst, src) == 0 && aml_dma_wait(dma, &req) == 0;
}

static bool submit_and_test(void)
{
	struct aml_dma_request *req;
	int done = 0, rc = aml_dma_try_submit(dma, &req, &job);

	while (rc == 0 && !done)
		rc = aml_dma_test(dma, &req, &done);
	return rc == 0;
}

static bool copy_detached_and_barrier(void)
{
	return aml_dma_async_copy(dma, NULL, dst, src) == 0 && aml_dma_barrier(dma) == 0;
}

static bool copy_at_once(void)
{
	return aml_dma_copy(dma, dst, src) == 0;
}

static struct aml_dma_request *prepared;

static bool start_and_wait(void)
{
	return aml_dma_start(dma, prepared) == 0 && aml_dma_wait(dma, &prepared) == 0;
}

static bool submit_and_cancel(void)
{
	struct aml_dma_request *req;

	return aml_dma_submit(dma, &req, &job) == 0 && aml_dma_cancel(dma, &req) == 0;
}

static bool have_many_in_flight(void)
{
	static struct aml_dma_request *req[MANY];
	bool right = true;

	for (size_t i = 0; i < MANY; i++)
		right &= aml_dma_async_copy(dma, &req[i], dst, src) == 0;
	for (size_t i = MANY; i-- > 0;)
		right &= aml_dma_wait(dma, &req[i]) == 0;
	return right;
}

/* ---- */

static void check(const char *what, bool (*once)(void), unsigned rounds)
{
	unsigned long before, bad = 0;

	for (unsigned i = 0; i < rounds / 10 + 2; i++) /* warm */
		bad += !once();
	before = atomic_load(&allocations);
	for (unsigned i = 0; i < rounds; i++)
		bad += !once();
	before = atomic_load(&allocations) - before;
	ck_assert_msg(bad == 0, "%s: %lu failed: %s", what, bad, aml_error_detail());
	ck_assert_msg(before == 0, "%s: %lu allocations in %u rounds", what, before, rounds);
}

START_TEST(nothing_is_allocated_in_steady_state)
{
	ck_assert_msg(aml_dma_open(&dma, specs[_i]) == 0, "%s", aml_error_detail());
	dst = layout(to);
	src = layout(from);
	job = (struct aml_dma_job){.size = sizeof(job), .dst = dst, .src = src};
	ck_assert_int_eq(aml_dma_prepare(dma, &prepared, &job), 0);
	check("async_copy, wait", copy_and_wait, ROUNDS);
	check("try_submit, test", submit_and_test, ROUNDS);
	check("detached, barrier", copy_detached_and_barrier, ROUNDS);
	check("copy", copy_at_once, ROUNDS);
	check("start, wait", start_and_wait, ROUNDS);
	check("submit, cancel", submit_and_cancel, ROUNDS);
	check("many in flight", have_many_in_flight, ROUNDS / MANY);
	ck_assert_int_eq(aml_dma_release(dma, &prepared), 0);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	aml_dma_close(&dma);
}
END_TEST

/* ---- plans by themselves ---- */

static struct aml_plan *plan;

static bool run_plan(void)
{
	return aml_plan_run(plan) == 0;
}

static bool run_plan_in_pieces(void)
{
	size_t n = aml_plan_split(plan, 3);
	bool right = n > 1;

	aml_plan_begin(plan);
	for (size_t i = 0; i < n; i++)
		right &= aml_plan_run_piece(plan, i, n) == 0;
	return right;
}

static void check_plan(const char *what, aml_dma_operator op, void *arg, unsigned flags)
{
	ck_assert_int_eq(aml_plan_create_op(&plan, dst, src, op, arg, flags), 0);
	check(what, run_plan, 100);
	check(what, run_plan_in_pieces, 100);
	aml_plan_destroy(&plan);
}

START_TEST(a_plan_that_is_run_again_allocates_nothing)
{
	enum { MANY_LOOPS = 6 };
	static const size_t dims[MANY_LOOPS] = {20, 4, 5, 6, 7, 8}, from_dim[] = {5, 3, 0, 4, 1, 2};
	static float in[20 * 4 * 5 * 6 * 7 * 8], out[20 * 4 * 5 * 6 * 7 * 8];
	struct aml_convert types = {AML_TYPE_INT32, AML_TYPE_FLOAT};
	size_t turned_dims[MANY_LOOPS];
	struct aml_layout *straight;
	struct aml_crc32c sum;

	for (size_t i = 0; i < MANY_LOOPS; i++)
		turned_dims[i] = dims[from_dim[i]];
	ck_assert(!aml_layout_dense_create(&straight, in, AML_LAYOUT_ORDER_FORTRAN, sizeof(float),
					   MANY_LOOPS, dims, NULL, NULL));
	ck_assert(!aml_layout_permute(straight, &src, from_dim));
	ck_assert(!aml_layout_dense_create(&dst, out, AML_LAYOUT_ORDER_FORTRAN, sizeof(float),
					   MANY_LOOPS, turned_dims, NULL, NULL));
	check_plan("permutation", NULL, NULL, AML_PLAN_CACHED);
	check_plan("streamed permutation", NULL, NULL, AML_PLAN_STREAM);
	check_plan("measured permutation", NULL, NULL, AML_PLAN_MEASURE);
	check_plan("conversion", aml_op_convert, &types, AML_PLAN_STREAM);
	check_plan("sum", aml_op_crc32c, &sum, AML_PLAN_STREAM);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	aml_layout_destroy(&straight);
}
END_TEST

START_TEST(the_count_works)
{
	unsigned long before = atomic_load(&allocations);
	void *volatile memory = malloc(1);

	free(memory);
	ck_assert_uint_eq(atomic_load(&allocations), before + 1);
}
END_TEST

int main(void)
{
	SRunner *runner;
	Suite *suite;
	TCase *tc;
	int failed;

	if (!COUNTS) {
		puts("skipped: malloc is not ours to replace here");
		return 77;
	}
	suite = suite_create("malloc");
	tc = tcase_create("malloc");
	runner = srunner_create(suite);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, the_count_works);
	tcase_add_test(tc, a_plan_that_is_run_again_allocates_nothing);
	tcase_add_loop_test(tc, nothing_is_allocated_in_steady_state, 0,
			    (int)(sizeof(specs) / sizeof(specs[0])));
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
