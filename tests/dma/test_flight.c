/* SPDX-License-Identifier: BSD-3-Clause */
/* The one race that counting has: a barrier begins a generation just when a request is
 * being counted in the one before.  The source is included with a hook in that place. */
#include <check.h>
#include <stdatomic.h>
#include <stdlib.h>

static void (*before_count)(void);

static uint64_t add(_Atomic uint64_t *count, uint64_t n)
{
	void (*hook)(void) = before_count;

	before_count = NULL;
	if (hook)
		hook();
	return __atomic_fetch_add((uint64_t *)count, n, __ATOMIC_SEQ_CST);
}

#undef atomic_fetch_add
#define atomic_fetch_add add
#include "dma/flight.c"

static struct amli_flight flight;

static uint64_t in_flight(uint64_t generation)
{
	return atomic_load(&flight.count[generation & 1]);
}

/* What a barrier does: begin the next generation, and find nobody left in the last. */
static void barrier_passes(void)
{
	uint64_t last = atomic_load(&flight.generation);

	atomic_store(&flight.generation, last + 1);
	ck_assert_uint_eq(in_flight(last), 0);
}

START_TEST(requests_count_in_the_generation_they_came_in)
{
	uint64_t first = amli_flight_enter(&flight), second;

	ck_assert_uint_eq(in_flight(first), 1);
	atomic_store(&flight.generation, first + 1);
	second = amli_flight_enter(&flight);
	ck_assert_uint_eq(second, first + 1);
	ck_assert_uint_eq(in_flight(first), 1);
	ck_assert_uint_eq(in_flight(second), 1);
	amli_flight_leave(&flight, first);
	ck_assert_uint_eq(in_flight(first), 0);
	ck_assert_uint_eq(in_flight(second), 1);
	amli_flight_leave(&flight, second);
	ck_assert_uint_eq(in_flight(second), 0);
}
END_TEST

START_TEST(a_request_that_a_barrier_has_missed_is_counted_for_the_next_one)
{
	uint64_t before = atomic_load(&flight.generation), mine;

	before_count = barrier_passes;
	mine = amli_flight_enter(&flight);
	ck_assert_uint_eq(mine, before + 1);
	ck_assert_uint_eq(in_flight(before), 0);
	ck_assert_uint_eq(in_flight(mine), 1);
	amli_flight_leave(&flight, mine);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flight");
	TCase *tc = tcase_create("flight");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, requests_count_in_the_generation_they_came_in);
	tcase_add_test(tc, a_request_that_a_barrier_has_missed_is_counted_for_the_next_one);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
