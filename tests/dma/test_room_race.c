/* SPDX-License-Identifier: BSD-3-Clause */
/* The one race that waiting for room has: between the look and the sleep a request leaves
 * and another one comes.  The source is included with a hook in that place. */
#include <check.h>
#include <stdlib.h>

#include "dma/engine.h"

static void hook(_Atomic uint32_t *word, uint32_t seen, unsigned timeout_us);

#include "base/sync.h"
#define amli_futex_wait hook
#include "dma/room.c"
#undef amli_futex_wait

static struct amli_engine engine = {.room = {.total = 1}};
static int sleeps;
static bool is_woken; /* by the next that leaves, or at once */

static void hook(_Atomic uint32_t *word, uint32_t seen, unsigned timeout_us)
{
	(void)timeout_us;
	sleeps++;
	amli_room_leave(&engine.room);
	ck_assert(amli_room_take(&engine.room));
	is_woken = atomic_load(word) != seen || atomic_load(&engine.room.used) & AMLI_ROOM_WANTED;
}

START_TEST(who_falls_asleep_while_the_room_changes_hands_is_woken)
{
	ck_assert(amli_room_take(&engine.room));
	sleep_until_left(&engine, AMLI_NEVER);
	ck_assert_int_eq(sleeps, 1);
	ck_assert(is_woken);
	amli_room_leave(&engine.room);
	sleep_until_left(&engine, AMLI_NEVER); /* there is room: nobody sleeps */
	ck_assert_int_eq(sleeps, 1);
	ck_assert_uint_eq(amli_room_used(&engine.room), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("room race");
	TCase *tc = tcase_create("room race");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, who_falls_asleep_while_the_room_changes_hands_is_woken);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
