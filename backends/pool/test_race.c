/* SPDX-License-Identifier: BSD-3-Clause */
/* What must hold however the threads of a pool happen to meet. */
#include <check.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "aml/dma.h"
#include "aml/error.h"
#include "aml/layout/dense.h"
#include "tests/lib/gate.h"
#include "tests/lib/pair.h"

static struct aml_dma *open_pool(const char *spec)
{
	struct aml_dma *dma;

	ck_assert_msg(aml_dma_open(&dma, spec) == 0, "%s", aml_error_detail());
	return dma;
}

static unsigned draw(void)
{
	static unsigned seed = 1;

	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

/* Up to so long, and half of the time much less. */
static void pause_a_little(double most_us)
{
	double end = now_us() + most_us * (draw() % 1024) / 1024 / (draw() % 2 ? 1 : 16);

	while (now_us() < end)
		;
}

static atomic_uint ran;

static int count_it(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	(void)dst;
	(void)src;
	(void)arg;
	atomic_fetch_add(&ran, 1);
	return 0;
}

/* The workers are at any point between their last job and their sleep; nobody waits, so
 * only they can run it.  One that is never woken would show as a round without end. */
static void submit_from_idle(const char *spec, unsigned rounds)
{
	struct aml_dma *dma = open_pool(spec);
	unsigned submitted = 0;

	atomic_store(&ran, 0);
	for (unsigned round = 0; round < rounds; round++) {
		double begin = now_us();

		for (unsigned n = 1 + draw() % 3; n > 0; n--, submitted++)
			ck_assert_int_eq(aml_dma_async_copy_custom(dma, NULL, no_layout(),
								   no_layout(), count_it, NULL),
					 0);
		while (atomic_load(&ran) < submitted && sched_yield() == 0)
			ck_assert_msg(now_us() - begin < 20e6, "%s: round %u", spec, round);
		pause_a_little(30);
	}
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}

START_TEST(no_request_is_left_lying_while_workers_sleep)
{
	submit_from_idle("pool:threads=1", 5000);
	submit_from_idle("pool:threads=3", 3000);
	submit_from_idle("pool:threads=2,sets=2", 2000);
}
END_TEST

struct waiter {
	pthread_t thread;
	struct aml_dma *dma;
	int failures;
};

/* Nobody is woken for what a thread is about to do itself: and if another thread got in
 * between? */
static void *copies_and_waits(void *arg)
{
	struct waiter *waiter = arg;
	struct pair p = pair_dense(64, 4);

	for (int i = 0; i < 3000; i++) {
		waiter->failures += !!aml_dma_copy(waiter->dma, p.dst, p.src);
		waiter->failures += !!aml_dma_copy_custom(waiter->dma, no_layout(), no_layout(),
							  count_it, NULL);
	}
	waiter->failures += !pair_dst_equals_oracle(&p);
	pair_free(&p);
	return NULL;
}

START_TEST(several_may_do_their_own_work_at_once)
{
	static const char *const specs[] = {"pool:threads=1,small=0", "pool:threads=2,sets=2",
					    "pool:threads=0"};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct waiter waiter[3];

		waiter[0].dma = open_pool(specs[i]);
		for (int t = 0; t < 3; t++) {
			waiter[t].dma = waiter[0].dma;
			waiter[t].failures = 0;
			pthread_create(&waiter[t].thread, NULL, copies_and_waits, &waiter[t]);
		}
		for (int t = 0; t < 3; t++) {
			pthread_join(waiter[t].thread, NULL);
			ck_assert_int_eq(waiter[t].failures, 0);
		}
		aml_dma_close(&waiter[0].dma);
	}
}
END_TEST

/* Memory that is gone as soon as it is given back. */
static struct aml_layout *map(size_t bytes)
{
	void *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct aml_layout *layout;

	ck_assert_ptr_ne(memory, MAP_FAILED);
	ck_assert_int_eq(aml_layout_dense_create(&layout, memory, AML_LAYOUT_ORDER_C, 1, 1, &bytes,
						 NULL, NULL),
			 0);
	return layout;
}

static void unmap(struct aml_layout *layout, size_t bytes)
{
	munmap(aml_layout_rawptr(layout), bytes);
	aml_layout_destroy(&layout);
}

/* Three copies, cancelled in turn: queued, between two pieces, in all of them, at the end.
 * Whoever still works on one dies of it. */
static void cancel_three(struct aml_dma *dma, unsigned round)
{
	static const size_t bytes[3] = {3 << 20, 4096, 1 << 20};
	struct aml_layout *dst[3], *src[3];
	struct aml_dma_request *req[3];

	for (int i = 0; i < 3; i++) {
		dst[i] = map(bytes[i]);
		src[i] = map(bytes[i]);
		ck_assert_int_eq(aml_dma_async_copy(dma, &req[i], dst[i], src[i]), 0);
	}
	pause_a_little(round % 4 ? 1000 : 10);
	for (unsigned i = 0; i < 3; i++) {
		unsigned j = (i + round) % 3;

		ck_assert_int_eq(aml_dma_cancel(dma, &req[j]), 0);
		unmap(dst[j], bytes[j]);
		unmap(src[j], bytes[j]);
		pause_a_little(20);
	}
}

START_TEST(cancel_at_any_time_leaves_nobody_at_work)
{
	static const char *const specs[] = {"pool:threads=3", "pool:threads=1,small=0",
					    "pool:threads=2,sets=2"};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct aml_dma *dma = open_pool(specs[i]);

		for (unsigned round = 0; round < 200; round++)
			cancel_three(dma, round);
		ck_assert_int_eq(aml_dma_barrier(dma), 0);
		aml_dma_close(&dma);
	}
}
END_TEST

static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

START_TEST(an_idle_pool_uses_no_cpu)
{
	struct aml_dma *dma = open_pool("pool:threads=4,sets=2");
	struct gate gate = {.open = true};
	double before;

	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(aml_dma_async_copy_custom(dma, NULL, no_layout(), no_layout(),
							   gate_pass, &gate),
				 0);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	sleep_us(50000);
	before = cpu_us();
	sleep_us(500000);
	ck_assert_double_lt(cpu_us() - before, 5000); /* 1 % */
	aml_dma_close(&dma);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("race");
	TCase *tc = tcase_create("race");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, no_request_is_left_lying_while_workers_sleep);
	tcase_add_test(tc, several_may_do_their_own_work_at_once);
	tcase_add_test(tc, cancel_at_any_time_leaves_nobody_at_work);
	tcase_add_test(tc, an_idle_pool_uses_no_cpu);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
