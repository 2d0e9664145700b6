/* SPDX-License-Identifier: BSD-3-Clause */
/* Several queue sets, as on a machine with several NUMA nodes. */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/dma.h"
#include "aml/error.h"
#include "area/system.h"
#include "tests/lib/gate.h"
#include "tests/lib/machine.h"
#include "tests/lib/pair.h"

static cpu_set_t before;

static void remember_processors(void)
{
	sched_getaffinity(0, sizeof(before), &before);
}

static void give_back_processors(void)
{
	sched_setaffinity(0, sizeof(before), &before);
}

/* Stay on a processor with this number modulo 2, that is, in this one of two sets; false
 * if there is none. */
static bool stay_in_set(size_t set)
{
	cpu_set_t one;

	for (size_t cpu = set; cpu < CPU_SETSIZE; cpu += 2) {
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (CPU_ISSET(cpu, &before))
			return !sched_setaffinity(0, sizeof(one), &one);
	}
	return false;
}

static struct aml_dma *open_pool(const char *spec)
{
	struct aml_dma *dma;

	ck_assert_msg(aml_dma_open(&dma, spec) == 0, "%s", aml_error_detail());
	return dma;
}

static void submit_op(struct aml_dma *dma, aml_dma_operator op, void *arg)
{
	ck_assert_int_eq(aml_dma_async_copy_custom(dma, NULL, no_layout(), no_layout(), op, arg),
			 0);
}

static bool arrives(const atomic_int *what, int n)
{
	for (int i = 0; i < 5000 && atomic_load(what) < n; i++)
		sleep_us(1000);
	return atomic_load(what) >= n;
}

/* Whatever set the requests are in, and however many workers call it home. */
START_TEST(all_workers_take_from_any_set)
{
	static const struct {
		const char *spec;
		int workers;
	} pools[] = {{"pool:threads=1,sets=2", 1}, {"pool:threads=3,sets=2", 3}};

	for (size_t set = 0; set < 2; set++) {
		for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++) {
			struct aml_dma *dma = open_pool(pools[i].spec); /* may go anywhere */
			struct gate gate = {0};

			if (!stay_in_set(set))
				continue;
			sleep_us(5000); /* all asleep */
			for (int n = 0; n < pools[i].workers; n++)
				submit_op(dma, gate_pass, &gate);
			ck_assert_msg(arrives(&gate.entered, pools[i].workers), "%s from set %zu",
				      pools[i].spec, set);
			gate_open(&gate);
			ck_assert_int_eq(aml_dma_barrier(dma), 0);
			aml_dma_close(&dma);
			give_back_processors();
		}
	}
}
END_TEST

static struct gate both;
static pthread_barrier_t start;

static void *submits_from_set_1(void *dma)
{
	if (stay_in_set(1)) {
		pthread_barrier_wait(&start);
		submit_op(dma, gate_pass, &both);
	} else {
		pthread_barrier_wait(&start);
		atomic_fetch_add(&both.entered, 1);
	}
	return NULL;
}

/* One worker was woken, and that was thought to be enough for the second request. */
START_TEST(one_who_takes_from_a_set_sends_for_the_others)
{
	struct aml_dma *dma = open_pool("pool:threads=2,sets=2");

	pthread_barrier_init(&start, NULL, 2);
	for (int i = 0; i < 100; i++) {
		pthread_t thread;

		both = (struct gate){0};
		pthread_create(&thread, NULL, submits_from_set_1, dma);
		stay_in_set(0);
		sleep_us(1000); /* both asleep */
		pthread_barrier_wait(&start);
		submit_op(dma, gate_pass, &both);
		ck_assert(arrives(&both.entered, 2));
		gate_open(&both);
		pthread_join(thread, NULL);
		ck_assert_int_eq(aml_dma_barrier(dma), 0);
	}
	pthread_barrier_destroy(&start);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_waiter_helps_in_all_sets)
{
	struct aml_dma *dma = open_pool("pool:threads=1,sets=2");
	struct pair p = pair_dense(100, 4);
	struct aml_dma_request *req;
	struct gate gate = {0};

	submit_op(dma, gate_pass, &gate);
	gate_await(&gate);
	for (int i = 0; i < 4; i++) {
		pair_reset(&p);
		stay_in_set((size_t)i % 2);
		ck_assert_int_eq(aml_dma_async_copy(dma, &req, p.dst, p.src), 0);
		stay_in_set((size_t)i / 2);
		ck_assert_int_eq(aml_dma_wait(dma, &req), 0); /* the worker is inside the gate */
		ck_assert(pair_dst_equals_oracle(&p));
	}
	gate_open(&gate);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	pair_free(&p);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(cancel_finds_a_request_in_its_set)
{
	struct aml_dma *dma = open_pool("pool:threads=1,sets=2");
	struct pair p = pair_dense(100, 4);
	struct aml_dma_request *req[4];
	struct gate gate = {0};

	submit_op(dma, gate_pass, &gate);
	gate_await(&gate);
	for (int i = 0; i < 4; i++) {
		stay_in_set((size_t)i % 2);
		ck_assert_int_eq(aml_dma_async_copy(dma, &req[i], p.dst, p.src), 0);
	}
	for (int i = 3; i >= 0; i--)
		ck_assert_int_eq(aml_dma_cancel(dma, &req[i]), 0);
	ck_assert_int_eq(gate.left, 0);
	ck_assert(!memcmp(p.to.memory, p.to.before, p.to.size));
	gate_open(&gate);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	pair_free(&p);
	aml_dma_close(&dma);
}
END_TEST

static struct aml_dma *busy_dma;
static atomic_int rounds;
static atomic_bool enough;

/* Submits itself again, into the set of the worker that runs it. */
static int again(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	if (atomic_load(&enough))
		return 0;
	atomic_fetch_add(&rounds, 1);
	for (int i = 0; i < 1 + !arg; i++) /* the first one leaves two: never empty */
		if (aml_dma_async_copy_custom(busy_dma, NULL, dst, src, again, &rounds))
			return -AML_FAILURE;
	return 0;
}

START_TEST(a_set_that_is_always_full_does_not_starve_the_other)
{
	struct gate gate = {.open = true};

	if (!stay_in_set(1)) {
		puts("skipped: there is no second processor");
		return;
	}
	give_back_processors();
	busy_dma = open_pool("pool:threads=1,sets=2"); /* its home is set 0 */
	atomic_store(&rounds, 0);
	atomic_store(&enough, false);
	submit_op(busy_dma, again, NULL);
	ck_assert(arrives(&rounds, 3));
	stay_in_set(1);
	submit_op(busy_dma, gate_pass, &gate);
	ck_assert(arrives(&gate.left, 1));
	atomic_store(&enough, true);
	ck_assert_int_eq(aml_dma_barrier(busy_dma), 0);
	aml_dma_close(&busy_dma);
}
END_TEST

static char *describe(const struct aml_dma *dma)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	ck_assert_int_eq(aml_dma_fprintf(file, "p", dma), 0);
	fclose(file);
	return text;
}

START_TEST(there_is_a_set_for_each_node_and_workers_are_bound)
{
	static const struct {
		const char *spec, *bind, *sets;
	} cases[] = {
		{"pool:threads=4", "bind: node\n", "in 3 sets\n"},
		{"pool:threads=2", "bind: node\n", "in 2 sets\n"},
		{"pool:threads=1", "bind: none\n", "in 1 set\n"},
		{"pool:threads=0", "bind: none\n", "in 1 set\n"},
		{"pool:threads=4,bind=none", "bind: none\n", "in 3 sets\n"},
		{"pool:threads=4,bind=core", "bind: core\n", "in 3 sets\n"},
		{"pool:threads=4,node=2", "bind: node\n", "in 1 set\n"},
		{"pool:threads=4,sets=1", "bind: none\n", "in 1 set\n"},
	};

	machine_topology("numa:3 core:2 pu:1"); /* to bind to it does nothing */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct aml_dma *dma = open_pool(cases[i].spec);
		struct pair p = pair_dense(3 << 20, 1);
		char *text = describe(dma);

		ck_assert_msg(strstr(text, cases[i].bind), "%s: %s", cases[i].spec, text);
		ck_assert_msg(strstr(text, cases[i].sets), "%s: %s", cases[i].spec, text);
		free(text);
		ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
		ck_assert(pair_dst_equals_oracle(&p));
		pair_free(&p);
		aml_dma_close(&dma);
	}
	machine_unplug();
}
END_TEST

static int refuse_to_bind(hwloc_topology_t topology, hwloc_const_cpuset_t set, int flags)
{
	(void)topology;
	(void)set;
	(void)flags;
	errno = EPERM;
	return -1;
}

START_TEST(a_binding_nobody_asked_for_may_fail)
{
	struct amli_area_system strict = amli_system_real;
	struct aml_dma *dma;

	strict.set_cpubind = refuse_to_bind;
	amli_system = &strict;
	machine_topology("numa:2 core:2 pu:1");
	dma = open_pool("pool:threads=2");
	aml_dma_close(&dma);
	ck_assert_int_eq(aml_dma_open(&dma, "pool:threads=2,bind=node"), -AML_ENOTSUP);
	machine_unplug();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sets");
	TCase *tc = tcase_create("sets");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, remember_processors, give_back_processors);
	tcase_add_test(tc, all_workers_take_from_any_set);
	tcase_add_test(tc, one_who_takes_from_a_set_sends_for_the_others);
	tcase_add_test(tc, a_waiter_helps_in_all_sets);
	tcase_add_test(tc, cancel_finds_a_request_in_its_set);
	tcase_add_test(tc, a_set_that_is_always_full_does_not_starve_the_other);
	tcase_add_test(tc, there_is_a_set_for_each_node_and_workers_are_bound);
	tcase_add_test(tc, a_binding_nobody_asked_for_may_fail);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
