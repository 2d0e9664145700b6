/* SPDX-License-Identifier: BSD-3-Clause */
/* Barriers take turns.  The one race that has: between the look and the sleep of one of them the
 * turn changes hands.  The source is included with a hook in that place. */
#include <check.h>
#include <stdlib.h>

#include "base/sync.h"

static void hook(_Atomic uint32_t *word, uint32_t seen, unsigned timeout_us);

#define amli_futex_wait hook
#include "dma/wait.c"
#undef amli_futex_wait

static const struct aml_engine_ops ops = {.progress = aml_engine_no_progress};
static struct amli_engine engine = {.ops = &ops};
static int sleeps;
static bool is_woken; /* by the next that gives the turn away, or at once */

static void hook(_Atomic uint32_t *word, uint32_t seen, unsigned timeout_us)
{
	(void)timeout_us;
	sleeps++;
	give_turn(&engine.flight);
	ck_assert(take_turn(&engine.flight)); /* another barrier */
	is_woken = atomic_load(word) != seen;
	give_turn(&engine.flight);
}

static void setup(void)
{
	amli_failures_init(&engine.failures);
}

static void teardown(void)
{
	amli_failures_fini(&engine.failures);
}

START_TEST(a_barrier_that_falls_asleep_while_the_turn_changes_hands_is_woken)
{
	sleeps = 0;
	ck_assert(take_turn(&engine.flight));
	ck_assert(!take_turn(&engine.flight));
	ck_assert_int_eq(amli_barrier(&engine, AMLI_AT_ONCE), -AML_ETIMEDOUT);
	ck_assert_int_eq(sleeps, 0);
	ck_assert_int_eq(amli_barrier(&engine, AMLI_NEVER), 0);
	ck_assert_int_eq(sleeps, 1);
	ck_assert(is_woken);
	ck_assert(take_turn(&engine.flight)); /* it gave it back */
	give_turn(&engine.flight);
}
END_TEST

START_TEST(a_barrier_is_served_by_one_that_began_later)
{
	uint64_t mine = engine.flight.generation;

	ck_assert_int_eq(amli_barrier(&engine, AMLI_NEVER), 0);
	ck_assert_uint_eq(engine.flight.drained, mine + 1);
	engine.flight.generation = mine; /* as one sees it that began before */
	ck_assert(take_turn(&engine.flight));
	ck_assert_int_eq(amli_barrier(&engine, AMLI_AT_ONCE), 0);
	give_turn(&engine.flight);
	engine.flight.generation = mine + 1;
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("turn");
	TCase *tc = tcase_create("turn");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_barrier_is_served_by_one_that_began_later);
	tcase_add_test(tc, a_barrier_that_falls_asleep_while_the_turn_changes_hands_is_woken);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
