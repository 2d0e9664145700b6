/* SPDX-License-Identifier: BSD-3-Clause */
/* A process that died with the lock leaves lists that are torn. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/axisg2/emu.h"

static struct amli_axisg2_emu *dev;
static struct amli_axisg2_config config;

/* TX 0 to 3, RX 4 to 9. */
static void setup(void)
{
	const char *bad;

	ck_assert_int_eq(amli_axisg2_config_read(&config, "tx=4,rx=6,size=4096,ring=3", &bad), 0);
	dev = mmap(NULL, amli_axisg2_emu_bytes(&config), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(dev, MAP_FAILED);
	amli_axisg2_emu_init(dev, &config);
	dev->slot[2].used = 1;
	dev->slots_used = 3;
}

static void teardown(void)
{
	munmap(dev, amli_axisg2_emu_bytes(&config));
}

/* As a holder leaves it that dies in the middle of something. */
static void tear(void)
{
	for (int i = 0; i < AMLI_AXISG2_PLACES; i++)
		dev->list[i] = (struct amli_axisg2_list){77, 78, 79};
	dev->slot[2].queue = dev->list[0];
	for (uint32_t i = 0; i < 10; i++)
		amli_axisg2_buffer(dev, i)->next = i;
}

static void ck_list(enum amli_axisg2_where where, const uint32_t *index, uint32_t n)
{
	ck_assert_uint_eq(dev->list[where].n, n);
	for (uint32_t i = 0; i < n; i++)
		ck_assert_uint_eq(amli_axisg2_take(dev, where), index[i]);
	ck_assert_uint_eq(amli_axisg2_take(dev, where), AMLI_AXISG2_NONE);
}
#define CK_LIST(where, ...)                             \
	ck_list(where, (const uint32_t[]){__VA_ARGS__}, \
		sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

START_TEST(lists_come_back_in_their_order)
{
	amli_axisg2_put(dev, amli_axisg2_take(dev, AMLI_AXISG2_TX_FREE), AMLI_AXISG2_USER, 2);
	amli_axisg2_recycle(dev, 0); /* now behind the others */
	amli_axisg2_put(dev, amli_axisg2_take(dev, AMLI_AXISG2_RX_FREE), AMLI_AXISG2_RX_QUEUE, 2);
	amli_axisg2_put(dev, amli_axisg2_take(dev, AMLI_AXISG2_RX_PRE), AMLI_AXISG2_RX_QUEUE, 2);
	tear();
	amli_axisg2_repair(dev);
	CK_LIST(AMLI_AXISG2_TX_FREE, 1, 2, 3, 0);
	CK_LIST(AMLI_AXISG2_RX_FREE, 5);
	CK_LIST(AMLI_AXISG2_RX_PRE, 7, 8, 9);
	ck_assert_uint_eq(amli_axisg2_take_queued(dev, 2), 4);
	ck_assert_uint_eq(amli_axisg2_take_queued(dev, 2), 6);
}
END_TEST

START_TEST(what_is_between_two_places_is_free)
{
	/* Taken by a lane and by a destination that do not know of it yet. */
	amli_axisg2_buffer(dev, 1)->where = AMLI_AXISG2_LANE;
	amli_axisg2_buffer(dev, 4)->where = AMLI_AXISG2_OPEN;
	/* They think that they have what has gone on. */
	dev->lane[3].current = 2;
	dev->open[17].index = 5;
	/* For somebody who has gone. */
	amli_axisg2_buffer(dev, 7)->where = AMLI_AXISG2_RX_QUEUE;
	amli_axisg2_buffer(dev, 7)->owner = 1;
	tear();
	amli_axisg2_repair(dev);
	CK_LIST(AMLI_AXISG2_TX_FREE, 0, 1, 2, 3);
	ck_assert_uint_eq(dev->lane[3].current, AMLI_AXISG2_NONE);
	ck_assert_uint_eq(dev->open[17].index, AMLI_AXISG2_NONE);
	CK_LIST(AMLI_AXISG2_RX_FREE, 5);
	ck_assert_uint_eq(dev->list[AMLI_AXISG2_RX_PRE].n, 5);
}
END_TEST

START_TEST(what_a_lane_sends_and_a_destination_fills_goes_on)
{
	dev->lane[3].current = amli_axisg2_take(dev, AMLI_AXISG2_TX_FREE);
	amli_axisg2_put(dev, 0, AMLI_AXISG2_LANE, 0);
	dev->open[17].index = amli_axisg2_take(dev, AMLI_AXISG2_RX_FREE);
	amli_axisg2_buffer(dev, 4)->dest = 17;
	amli_axisg2_put(dev, 4, AMLI_AXISG2_OPEN, 0);
	tear();
	amli_axisg2_repair(dev);
	ck_assert_uint_eq(dev->lane[3].current, 0);
	ck_assert_uint_eq(dev->open[17].index, 4);
	CK_LIST(AMLI_AXISG2_TX_FREE, 1, 2, 3);
}
END_TEST

START_TEST(who_gets_the_lock_of_a_dead_process_repairs)
{
	int status;
	pid_t child = fork();

	if (!child) {
		amli_axisg2_emu_lock(dev);
		tear();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	amli_axisg2_emu_lock(dev);
	ck_assert_uint_eq(dev->nstale, 1);
	CK_LIST(AMLI_AXISG2_TX_FREE, 0, 1, 2, 3);
	amli_axisg2_emu_unlock(dev);
	amli_axisg2_emu_lock(dev); /* once is enough */
	ck_assert_uint_eq(dev->list[AMLI_AXISG2_TX_FREE].n, 0);
	amli_axisg2_emu_unlock(dev);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("emulator: repair");
	TCase *t = tcase_create("repair");
	SRunner *runner = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, lists_come_back_in_their_order);
	tcase_add_test(t, what_is_between_two_places_is_free);
	tcase_add_test(t, what_a_lane_sends_and_a_destination_fills_goes_on);
	tcase_add_test(t, who_gets_the_lock_of_a_dead_process_repairs);
	suite_add_tcase(s, t);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
