/* SPDX-License-Identifier: BSD-3-Clause */
/* Sleeping and waking: as many as there is work for, and nobody in vain. */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "backends/pool/idle.h"
#include "tests/lib/gate.h"

#define THREADS 3

static struct amli_pool_idle idle;
static atomic_uint work, slept, done;
static atomic_bool stop;

static void setup(void)
{
	amli_pool_idle_init(&idle);
	atomic_store(&work, 0);
	atomic_store(&slept, 0);
	atomic_store(&done, 0);
	atomic_store(&stop, false);
}

static void teardown(void)
{
	amli_pool_idle_fini(&idle);
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

static bool always(void *arg)
{
	(void)arg;
	return true;
}

START_TEST(one_with_work_in_sight_does_not_sleep)
{
	amli_pool_search_begin(&idle);
	ck_assert_uint_eq(amli_pool_searching(&idle), 1);
	amli_pool_sleep(&idle, always, NULL);
	ck_assert_uint_eq(amli_pool_searching(&idle), 1);
	ck_assert_uint_eq(amli_pool_asleep(&idle), 0);
	amli_pool_search_end(&idle);
	ck_assert_uint_eq(amli_pool_searching(&idle), 0);
}
END_TEST

static bool wake_it(void *arg)
{
	amli_pool_wake(arg, 1);
	return true;
}

START_TEST(one_that_is_woken_while_it_falls_asleep_takes_its_token)
{
	amli_pool_search_begin(&idle);
	for (int i = 0; i < 3; i++) /* a token too many, or too few, would show */
		amli_pool_sleep(&idle, wake_it, &idle);
	ck_assert_uint_eq(amli_pool_searching(&idle), 1);
	ck_assert_uint_eq(amli_pool_asleep(&idle), 0);
	ck_assert_int_eq(sem_trywait(&idle.tokens), -1);
}
END_TEST

static void *sleeps_once(void *arg)
{
	(void)arg;
	amli_pool_search_begin(&idle);
	amli_pool_sleep(&idle, never, NULL);
	atomic_fetch_add(&slept, 1);
	return NULL;
}

static void await(atomic_uint *what, unsigned n)
{
	while (atomic_load(what) < n)
		sleep_us(100);
}

START_TEST(as_many_are_woken_as_are_not_searching)
{
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, sleeps_once, NULL);
	while (amli_pool_asleep(&idle) < THREADS)
		sleep_us(100);
	amli_pool_wake(&idle, 0);
	ck_assert_uint_eq(amli_pool_asleep(&idle), THREADS);
	amli_pool_wake(&idle, 1);
	ck_assert_uint_eq(amli_pool_asleep(&idle), 2);
	amli_pool_wake(&idle, 2); /* one more */
	ck_assert_uint_eq(amli_pool_asleep(&idle), 1);
	ck_assert_uint_eq(amli_pool_searching(&idle), 2); /* from now on */
	amli_pool_wake(&idle, 2);			  /* these two will do */
	await(&slept, 2);
	sleep_us(10000);
	ck_assert_uint_eq(atomic_load(&slept), 2);
	amli_pool_wake(&idle, 1000);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	ck_assert_uint_eq(amli_pool_searching(&idle), THREADS);
	ck_assert_int_eq(sem_trywait(&idle.tokens), -1);
}
END_TEST

static bool is_due(void *arg)
{
	(void)arg;
	return atomic_load(&work) || atomic_load(&stop);
}

/* One unit of work; whoever leaves some wakes another. */
static bool take(void)
{
	unsigned n = atomic_load(&work);

	do
		if (n == 0)
			return false;
	while (!atomic_compare_exchange_weak(&work, &n, n - 1));
	if (n > 1)
		amli_pool_wake(&idle, n - 1);
	atomic_fetch_add(&done, 1);
	return true;
}

/* Sleeps whenever there is nothing, without looking around first. */
static void *works(void *arg)
{
	(void)arg;
	for (;;) {
		if (take())
			continue;
		if (atomic_load(&stop))
			return NULL;
		amli_pool_search_begin(&idle);
		amli_pool_sleep(&idle, is_due, NULL);
		amli_pool_search_end(&idle);
	}
}

START_TEST(no_wake_up_is_lost)
{
	pthread_t thread[THREADS];
	unsigned given = 0;

	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, works, NULL);
	for (unsigned round = 0; round < 20000; round++) {
		unsigned n = 1 + round % 4;

		for (unsigned i = 0; i < n; i++) { /* one by one, or all together */
			atomic_fetch_add(&work, round % 3 ? 1 : n);
			amli_pool_wake(&idle, round % 3 ? 1 : n);
			given += round % 3 ? 1 : n;
		}
		while (atomic_load(&done) < given) /* would never end */
			sched_yield();
	}
	atomic_store(&stop, true);
	amli_pool_wake(&idle, THREADS);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	ck_assert_uint_eq(amli_pool_searching(&idle), 0);
	ck_assert_uint_eq(amli_pool_asleep(&idle), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("idle");
	TCase *tc = tcase_create("idle");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, one_with_work_in_sight_does_not_sleep);
	tcase_add_test(tc, one_that_is_woken_while_it_falls_asleep_takes_its_token);
	tcase_add_test(tc, as_many_are_woken_as_are_not_searching);
	tcase_add_test(tc, no_wake_up_is_lost);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
