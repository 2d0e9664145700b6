/* SPDX-License-Identifier: BSD-3-Clause */
/* Joining and leaving a lane, by one thread and by several. */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "backends/pool/lane.h"

static struct amli_pool_lane lane;
static struct amli_pool_link a, b, c;

static void setup(void)
{
	lane = (struct amli_pool_lane){.settled = NULL};
	amli_pool_join(&lane, &a);
	amli_pool_join(&lane, &b);
	amli_pool_join(&lane, &c);
}

/* Take out what is first, and say what it was. */
static struct amli_pool_link *leave(void)
{
	struct amli_pool_link *link = amli_pool_first(&lane);

	if (link)
		amli_pool_part(&lane, link);
	return link;
}

START_TEST(first_in_is_first_out)
{
	ck_assert(!amli_pool_lane_is_empty(&lane));
	ck_assert_ptr_eq(leave(), &a);
	ck_assert_ptr_eq(leave(), &b);
	amli_pool_join(&lane, &a);
	ck_assert_ptr_eq(leave(), &c);
	ck_assert(!amli_pool_lane_is_empty(&lane));
	ck_assert_ptr_eq(leave(), &a);
	ck_assert(amli_pool_lane_is_empty(&lane));
	ck_assert_ptr_null(leave());
	amli_pool_join(&lane, &b);
	ck_assert_ptr_eq(leave(), &b);
	ck_assert(amli_pool_lane_is_empty(&lane));
}
END_TEST

/* The six orders in which three can leave; a fourth joins after the first has. */
START_TEST(any_may_leave_in_any_order)
{
	static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					 {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	struct amli_pool_link *link[3] = {&a, &b, &c}, late;

	amli_pool_part(&lane, link[orders[_i][0]]);
	amli_pool_join(&lane, &late);
	amli_pool_part(&lane, link[orders[_i][1]]);
	ck_assert_ptr_eq(amli_pool_first(&lane), link[orders[_i][2]]);
	amli_pool_part(&lane, link[orders[_i][2]]);
	ck_assert_ptr_eq(amli_pool_first(&lane), &late);
	ck_assert_ptr_eq(leave(), &late);
	ck_assert(amli_pool_lane_is_empty(&lane));
	ck_assert_ptr_null(amli_pool_first(&lane));
}
END_TEST

#define THREADS 3
#define EACH 8000

struct numbered {
	struct amli_pool_link link; /* first */
	unsigned from, n;
};
static struct numbered all[THREADS][EACH];
static atomic_uint left_to_join;

static void *joins(void *arg)
{
	struct numbered *mine = arg;

	for (unsigned i = 0; i < EACH; i++) {
		amli_pool_join(&lane, &mine[i].link);
		if (i % 8 == 0) /* all shall be at it at once */
			sched_yield();
	}
	atomic_fetch_sub(&left_to_join, 1);
	return NULL;
}

static void start(pthread_t thread[THREADS])
{
	lane = (struct amli_pool_lane){.settled = NULL};
	atomic_store(&left_to_join, THREADS);
	for (unsigned t = 0; t < THREADS; t++) {
		for (unsigned i = 0; i < EACH; i++)
			all[t][i] = (struct numbered){.from = t, .n = i};
		ck_assert_int_eq(pthread_create(&thread[t], NULL, joins, all[t]), 0);
	}
}

static void end(const pthread_t thread[THREADS])
{
	for (unsigned t = 0; t < THREADS; t++)
		pthread_join(thread[t], NULL);
}

START_TEST(those_of_each_thread_leave_in_its_order)
{
	unsigned next[THREADS] = {0}, wrong = 0, got = 0;
	pthread_t thread[THREADS];

	start(thread);
	while (got < THREADS * EACH) {
		struct numbered *one = (struct numbered *)leave();

		if (!one) {
			sched_yield();
			continue;
		}
		wrong += one->n != next[one->from]++;
		got++;
	}
	end(thread);
	ck_assert_uint_eq(wrong, 0);
	ck_assert(amli_pool_lane_is_empty(&lane));
}
END_TEST

/* What has just joined is mostly at the end, where others join just then. */
START_TEST(some_may_leave_from_the_end_while_others_join)
{
	unsigned next[THREADS] = {0}, wrong = 0, got = 0;
	struct amli_pool_link *link;
	pthread_t thread[THREADS];
	static struct numbered mine[3];

	start(thread);
	while (atomic_load(&left_to_join)) {
		for (unsigned i = 0; i < 3; i++) {
			mine[i] = (struct numbered){.from = THREADS};
			amli_pool_join(&lane, &mine[i].link);
		}
		amli_pool_part(&lane, &mine[2].link);
		amli_pool_part(&lane, &mine[0].link);
		amli_pool_part(&lane, &mine[1].link);
	}
	end(thread);
	while ((link = leave())) {
		struct numbered *one = (struct numbered *)link;

		wrong += one->from == THREADS || one->n != next[one->from]++;
		got++;
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(got, THREADS * EACH);
	ck_assert(amli_pool_lane_is_empty(&lane));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lane");
	TCase *tc = tcase_create("lane");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, first_in_is_first_out);
	tcase_add_loop_test(tc, any_may_leave_in_any_order, 0, 6);
	tcase_add_test(tc, those_of_each_thread_leave_in_its_order);
	tcase_add_test(tc, some_may_leave_from_the_end_while_others_join);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
