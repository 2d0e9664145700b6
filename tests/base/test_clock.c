/* SPDX-License-Identifier: BSD-3-Clause */
/* Stamps against the system's clock, in real time and in a simulated one in which the rate
 * changes; for the latter the source is included. */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.c"
#include "tests/lib/gate.h"

/* How far a stamp taken now is from the system's clock, in nanoseconds; the best of a few,
 * since this thread may lose the CPU in between. */
static uint64_t error_now(void)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < 5 && best > 200; i++) {
		uint64_t before = amli_now_ns();
		uint64_t ticks = amli_ticks();
		uint64_t after = amli_now_ns();
		uint64_t ns = amli_ticks_to_ns(ticks);
		uint64_t error = ns < before ? before - ns : ns > after ? ns - after : 0;

		if (error < best)
			best = error;
	}
	return best;
}

START_TEST(a_stamp_is_the_systems_time_from_the_first_moment_on)
{
	amli_clock_init();
	for (int i = 0; i < 400; i++) {
		uint64_t error = error_now();

		ck_assert_msg(error < 3000, "%llu ns off at %d", (unsigned long long)error, i);
		sleep_us(i < 100 ? 50 : 500);
	}
}
END_TEST

START_TEST(a_stamp_keeps_its_time_when_it_is_asked_again)
{
	uint64_t ticks[50], ns[50];

	amli_clock_init();
	for (int i = 0; i < 50; i++) {
		ticks[i] = amli_ticks();
		ns[i] = amli_ticks_to_ns(ticks[i]);
		sleep_us(1000);
	}
	for (int i = 0; i < 50; i++)
		ck_assert_uint_eq(amli_ticks_to_ns(ticks[i]), ns[i]);
}
END_TEST

START_TEST(a_span_is_as_long_as_the_system_says)
{
	uint64_t ns, ticks, took;

	amli_clock_init();
	ns = amli_now_ns();
	ticks = amli_ticks();
	sleep_us(20000);
	took = amli_ticks_span_ns(amli_ticks() - ticks);
	ns = amli_now_ns() - ns;
	ck_assert_uint_le(took, ns + ns / 1000);
	ck_assert_uint_ge(took, 20000000 - 20000);
	ck_assert_uint_eq(amli_ticks_span_ns(0), 0);
	ck_assert_uint_ge(amli_ticks_span_ns(UINT64_MAX), (uint64_t)1 << 60);
}
END_TEST

static void *count_backward_steps(void *arg)
{
	uint64_t last = 0;

	(void)arg;
	for (int i = 0; i < 20000; i++) {
		uint64_t ns = amli_ticks_to_ns(amli_ticks());

		if (ns < last)
			return (void *)1;
		last = ns;
	}
	return NULL;
}

START_TEST(time_never_runs_back_in_any_thread)
{
	pthread_t thread[4];
	void *back;

	amli_clock_init();
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, count_backward_steps, NULL), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], &back);
		ck_assert_ptr_null(back);
	}
}
END_TEST

static atomic_bool stop;

static void *convert_until_told(void *arg)
{
	while (!atomic_load(&stop))
		amli_ticks_to_ns(amli_ticks());
	return arg;
}

START_TEST(a_child_can_ask_for_the_time)
{
	pthread_t thread;
	int status;

	amli_clock_init();
	atomic_store(&stop, false);
	ck_assert_int_eq(pthread_create(&thread, NULL, convert_until_told, NULL), 0);
	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			signal(SIGALRM, SIG_DFL); /* Check's handler kills its whole group */
			alarm(10);
			amli_ticks_to_ns(amli_ticks());
			_exit(0);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
}
END_TEST

/* ---- simulated: the true time is known for every tick ---- */

/* 2.6 GHz; from @turn on the other clock is 100 ppm faster. */
static uint64_t true_ns(uint64_t ticks, uint64_t turn)
{
	double late = ticks > turn ? (double)(ticks - turn) : 0;

	return 5000 + (uint64_t)((double)ticks / 2.6 + late * 1e-4 / 2.6);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a < b ? b - a : a - b;
}

/* A stamp every @step ticks, each converted soon after; what was read is up to 50 ns off. */
static uint64_t worst_error(struct chain *c, uint64_t step, unsigned steps, uint64_t turn)
{
	uint64_t worst = 0, last = 0;

	c->seen = (struct moment){0, 5000};
	for (unsigned i = 1; i <= steps; i++) {
		uint64_t ticks = i * step, ns;

		if (c->n == 0 || ticks > c->end)
			extend(c, (struct moment){ticks + 10, true_ns(ticks, turn) + i % 7 * 8});
		ns = value_at(find(c, ticks), ticks);
		ck_assert_uint_ge(ns, last);
		if (distance(ns, true_ns(ticks, turn)) > worst)
			worst = distance(ns, true_ns(ticks, turn));
		last = ns;
	}
	return worst;
}

START_TEST(errors_stay_below_a_microsecond_at_any_distance_between_stamps)
{
	static const uint64_t steps[] = {2600000, 7000001, 900000007, 2600000000, 100000000000};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct chain c = {.n = 0};

		ck_assert_uint_lt(worst_error(&c, steps[i], 5000, UINT64_MAX), 1000);
	}
}
END_TEST

START_TEST(a_change_of_rate_is_followed_and_forgotten)
{
	struct chain c = {.n = 0};
	uint64_t later;

	/* Until the end of a piece, 100 ms, nobody can know of it: 10 us. */
	ck_assert_uint_lt(worst_error(&c, 26000000, 3000, 26000000000), 15000);
	later = c.end + 26000000;
	extend(&c, (struct moment){later, true_ns(later, 26000000000)});
	ck_assert_uint_lt(distance(value_at(find(&c, later), later), true_ns(later, 26000000000)),
			  1000);
}
END_TEST

START_TEST(a_chain_that_ran_ahead_stands_still_until_the_time_has_come)
{
	struct chain c = {.seen = {0, 5000}};
	uint64_t last, end;

	extend(&c, (struct moment){2600000, true_ns(2600000, UINT64_MAX)});
	end = c.end;
	last = value_at(find(&c, end), end);
	extend(&c, (struct moment){end + 1000, last - 300});
	for (uint64_t ticks = end; ticks < end + 10000; ticks += 100) {
		uint64_t ns = value_at(find(&c, ticks), ticks);

		ck_assert_uint_ge(ns, last);
		ck_assert_uint_le(ns, last + 100);
		last = ns;
	}
	ck_assert_uint_lt(distance(value_at(find(&c, c.end), c.end), true_ns(c.end, UINT64_MAX)),
			  2000);
}
END_TEST

START_TEST(old_stamps_are_still_in_order_when_their_pieces_are_gone)
{
	struct chain c = {.n = 0};
	uint64_t last = 0;

	worst_error(&c, 2600000000, 1000, 26000000000);
	ck_assert_uint_eq(c.n, KNOTS);
	for (uint64_t ticks = 0; ticks < c.end; ticks += 100000007) {
		uint64_t ns = value_at(find(&c, ticks), ticks);

		ck_assert_uint_ge(ns, last);
		last = ns;
	}
	ck_assert_uint_le(distance(value_at(&c.knot[0], c.knot[1].at.ticks), c.knot[1].at.ns), 1);
	ck_assert_uint_eq(value_at(&c.knot[0], 0), 5000);
	ck_assert_uint_eq(value_at(&c.knot[0], (uint64_t)-260000), 0);
	ck_assert_uint_lt(distance(value_at(&c.knot[0], (uint64_t)-2600), 4000), 10);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("clock");
	TCase *tc = tcase_create("clock");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_stamp_is_the_systems_time_from_the_first_moment_on);
	tcase_add_test(tc, a_stamp_keeps_its_time_when_it_is_asked_again);
	tcase_add_test(tc, a_span_is_as_long_as_the_system_says);
	tcase_add_test(tc, time_never_runs_back_in_any_thread);
	tcase_add_test(tc, a_child_can_ask_for_the_time);
	tcase_add_test(tc, errors_stay_below_a_microsecond_at_any_distance_between_stamps);
	tcase_add_test(tc, a_change_of_rate_is_followed_and_forgotten);
	tcase_add_test(tc, a_chain_that_ran_ahead_stands_still_until_the_time_has_come);
	tcase_add_test(tc, old_stamps_are_still_in_order_when_their_pieces_are_gone);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
