/* SPDX-License-Identifier: BSD-3-Clause */
/* What holds for every engine when several threads use it, and for custom operators: each
 * case runs once per engine in AML_TEST_ENGINES. */
#include <check.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/dma/linux.h"
#include "aml/error.h"
#include "aml/layout/dense.h"
#include "tests/lib/engines.h"
#include "tests/lib/gate.h"
#include "tests/lib/pair.h"

#define OP(fn) ((aml_dma_operator)(void (*)(void))(fn))

struct user {
	struct aml_dma *dma;
	pthread_t thread;
	unsigned i;
	int failures;
};

static void *copies_and_waits(void *arg)
{
	struct user *user = arg;

	for (unsigned round = 0; round < 50; round++) {
		struct pair p[4];
		struct aml_dma_request *req[4];

		for (unsigned i = 0; i < 4; i++) {
			p[i] = pair_random(user->i * 1000 + round * 4 + i, 0, false);
			user->failures +=
				!!aml_dma_async_copy(user->dma, &req[i], p[i].dst, p[i].src);
		}
		for (unsigned i = 4; i-- > 0;) {
			user->failures += !!aml_dma_wait(user->dma, &req[i]);
			user->failures += !pair_dst_equals_oracle(&p[i]) ||
					  !pair_guards_intact(&p[i]);
			pair_free(&p[i]);
		}
	}
	return NULL;
}

static void *submits_detached_and_barriers(void *arg)
{
	struct user *user = arg;

	for (unsigned round = 0; round < 50; round++) {
		struct pair p = pair_dense(100 + round, 4);

		user->failures += !!aml_dma_async_copy(user->dma, NULL, p.dst, p.src);
		user->failures += !!aml_dma_barrier(user->dma);
		user->failures += !pair_dst_equals_oracle(&p);
		pair_free(&p);
	}
	return NULL;
}

static void *copies_and_cancels(void *arg)
{
	struct user *user = arg;

	for (unsigned round = 0; round < 100; round++) {
		struct pair p = pair_dense(50 + round, 4);
		struct aml_dma_request *req;

		user->failures += !!aml_dma_async_copy(user->dma, &req, p.dst, p.src);
		user->failures += !!aml_dma_cancel(user->dma, &req);
		user->failures += !pair_guards_intact(&p);
		pair_free(&p);
	}
	return NULL;
}

static void *copies_at_once(void *arg)
{
	struct user *user = arg;

	for (unsigned round = 0; round < 200; round++) {
		struct pair p = pair_dense(1 + round, 2);

		user->failures += !!aml_dma_copy(user->dma, p.dst, p.src);
		user->failures += !pair_dst_equals_oracle(&p);
		pair_free(&p);
	}
	return NULL;
}

START_TEST(threads_may_submit_wait_cancel_and_barrier_at_once)
{
	void *(*const work[])(void *) = {
		copies_and_waits,
		copies_and_waits,
		submits_detached_and_barriers,
		submits_detached_and_barriers,
		copies_and_cancels,
		copies_at_once,
	};
	const unsigned n = sizeof(work) / sizeof(work[0]);
	struct aml_dma *dma = engines_open(_i);
	struct user user[sizeof(work) / sizeof(work[0])];

	for (unsigned i = 0; i < n; i++) {
		user[i] = (struct user){.dma = dma, .i = i};
		ck_assert_int_eq(pthread_create(&user[i].thread, NULL, work[i], &user[i]), 0);
	}
	for (unsigned i = 0; i < n; i++) {
		pthread_join(user[i].thread, NULL);
		ck_assert_msg(user[i].failures == 0, "%s: user %u: %d failures", engines_spec(_i),
			      i, user[i].failures);
	}
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

static atomic_bool enough;

static void *submits_on_and_on(void *arg)
{
	struct user *user = arg;
	struct pair p = pair_dense(10, 4);
	struct aml_dma_request *req;

	while (!atomic_load(&enough)) {
		user->failures += !!aml_dma_async_copy(user->dma, &req, p.dst, p.src);
		user->failures += !!aml_dma_wait(user->dma, &req);
	}
	pair_free(&p);
	return NULL;
}

START_TEST(a_barrier_does_not_wait_for_what_comes_later)
{
	struct user user = {.dma = engines_open(_i)};

	atomic_store(&enough, false);
	ck_assert_int_eq(pthread_create(&user.thread, NULL, submits_on_and_on, &user), 0);
	for (int i = 0; i < 200; i++) /* would never end if it did */
		ck_assert_int_eq(aml_dma_barrier(user.dma), 0);
	atomic_store(&enough, true);
	pthread_join(user.thread, NULL);
	ck_assert_int_eq(user.failures, 0);
	aml_dma_close(&user.dma);
}
END_TEST

static void *barriers_on_and_on(void *arg)
{
	struct user *user = arg;

	while (!atomic_load(&enough))
		user->failures += !!aml_dma_barrier(user->dma);
	return NULL;
}

START_TEST(a_barrier_waits_for_what_came_before_whatever_others_do)
{
	struct user user = {.dma = engines_open(_i)};
	struct pair p = pair_dense(10, 4);

	atomic_store(&enough, false);
	ck_assert_int_eq(pthread_create(&user.thread, NULL, barriers_on_and_on, &user), 0);
	for (int i = 0; i < 2000; i++) {
		ck_assert_int_eq(aml_dma_async_copy(user.dma, NULL, p.dst, p.src), 0);
		ck_assert_int_eq(aml_dma_barrier(user.dma), 0);
		ck_assert_msg(pair_dst_equals_oracle(&p), "%s: round %d", engines_spec(_i), i);
		pair_reset(&p);
	}
	atomic_store(&enough, true);
	pthread_join(user.thread, NULL);
	ck_assert_int_eq(user.failures, 0);
	pair_free(&p);
	aml_dma_close(&user.dma);
}
END_TEST

struct call {
	struct aml_layout *dst;
	const struct aml_layout *src;
	int times, returns;
};

static int note(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	struct call *call = arg;

	call->dst = dst;
	call->src = src;
	call->times++;
	return call->returns;
}

START_TEST(an_operator_gets_its_pointers_untouched_and_its_code_comes_back)
{
	struct aml_dma *dma = engines_open(_i);
	struct aml_layout *dst = (struct aml_layout *)(uintptr_t)0x1001;
	struct aml_layout *src = (struct aml_layout *)(uintptr_t)0x2003;
	struct call call = {.returns = -7};
	struct aml_dma_request *req;

	if (engine_has(dma, AML_DMA_OPERATORS)) {
		ck_assert_int_eq(aml_dma_copy_custom(dma, dst, src, note, &call), -7);
		ck_assert_int_eq(aml_dma_barrier(dma), 0); /* that one was reported */
		ck_assert_int_eq(aml_dma_async_copy_custom(dma, &req, dst, src, note, &call), 0);
		ck_assert_int_eq(aml_dma_wait(dma, &req), -7);
		ck_assert_int_eq(aml_dma_async_copy_custom(dma, NULL, dst, src, note, &call), 0);
		ck_assert_int_eq(aml_dma_barrier(dma), -7);
		ck_assert_int_eq(aml_dma_barrier(dma), 0);
		ck_assert_int_eq(call.times, 3);
		ck_assert_ptr_eq(call.dst, dst);
		ck_assert_ptr_eq(call.src, src);
	} else {
		ck_assert_int_eq(aml_dma_copy_custom(dma, dst, src, note, &call), -AML_ENOTSUP);
		ck_assert_int_eq(call.times, 0);
	}
	aml_dma_close(&dma);
}
END_TEST

static int prints_and_sleeps(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	FILE *out = fopen("/dev/null", "w");

	(void)dst;
	(void)src;
	if (!out)
		return -AML_FAILURE;
	fprintf(out, "cancellation points");
	sleep_us(2000);
	fclose(out);
	*(int *)arg = 1;
	return 0;
}

START_TEST(an_operator_that_prints_and_sleeps_survives_close)
{
	struct aml_dma *dma = engines_open(_i);
	struct aml_dma_request *req;
	int done[3] = {0};

	if (engine_has(dma, AML_DMA_OPERATORS))
		for (int i = 0; i < 3; i++)
			ck_assert_int_eq(aml_dma_async_copy_custom(dma, i ? NULL : &req,
								   no_layout(), no_layout(),
								   prints_and_sleeps, &done[i]),
					 0);
	else
		done[0] = done[1] = done[2] = 1;
	aml_dma_close(&dma);
	ck_assert(done[0] && done[1] && done[2]);
}
END_TEST

START_TEST(the_librarys_operators_are_planned_by_name)
{
	struct aml_dma *dma = engines_open(_i);
	struct pair p = pair_dense(35, 4);
	struct aml_layout *src, *dst;
	size_t perm[] = {1, 0};
	struct aml_dma_request *req;
	int from[5][7], to[7][5];

	ck_assert_int_eq(aml_dma_copy_custom(dma, p.dst, p.src, aml_dma_linux_copy_1D, NULL), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	pair_reset(&p);
	ck_assert_int_eq(aml_dma_copy_custom(dma, aml_layout_rawptr(p.dst),
					     aml_layout_rawptr(p.src), aml_dma_linux_memcpy_op,
					     (void *)(uintptr_t)140),
			 0);
	ck_assert(pair_dst_equals_oracle(&p));
	pair_free(&p);
	for (int i = 0; i < 35; i++)
		from[i / 7][i % 7] = i;
	aml_layout_dense_create(&src, from, AML_LAYOUT_ORDER_C, 4, 2, (const size_t[]){5, 7}, NULL,
				NULL);
	aml_layout_dense_create(&dst, to, AML_LAYOUT_ORDER_C, 4, 2, (const size_t[]){7, 5}, NULL,
				NULL);
	ck_assert_int_eq(aml_dma_async_copy_custom(dma, &req, dst, src,
						   OP(aml_copy_layout_transform_generic), perm),
			 0);
	aml_layout_destroy(&src);
	aml_layout_destroy(&dst);
	perm[0] = perm[1] = 9; /* captured at submit, like the layouts */
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	for (int i = 0; i < 35; i++)
		ck_assert_int_eq(to[i % 7][i / 7], i);
	aml_dma_close(&dma);
}
END_TEST

int main(void)
{
	int n = engines_count(), failed;
	Suite *suite = suite_create("concurrency");
	TCase *tc = tcase_create("concurrency");
	SRunner *runner = srunner_create(suite);

	if (n == 0) {
		puts("skipped: no engine works here");
		return 77;
	}
	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, threads_may_submit_wait_cancel_and_barrier_at_once, 0, n);
	tcase_add_loop_test(tc, a_barrier_does_not_wait_for_what_comes_later, 0, n);
	tcase_add_loop_test(tc, a_barrier_waits_for_what_came_before_whatever_others_do, 0, n);
	tcase_add_loop_test(tc, an_operator_gets_its_pointers_untouched_and_its_code_comes_back, 0,
			    n);
	tcase_add_loop_test(tc, an_operator_that_prints_and_sleeps_survives_close, 0, n);
	tcase_add_loop_test(tc, the_librarys_operators_are_planned_by_name, 0, n);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
