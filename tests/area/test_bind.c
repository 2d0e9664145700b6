/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads on cores and nodes of machines we do not have. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "aml/engine.h"
#include "aml/error.h"
#include "aml/utils/backend/hwloc.h"
#include "tests/lib/machine.h"

/* 2 nodes of 3 cores of 2 processors: node 0 has 0-5, node 1 has 6-11 */
#define TWO_NODES "pack:2 [numa] core:3 pu:2"

static hwloc_bitmap_t cpus;

static void setup(void)
{
	machine_plug();
	cpus = hwloc_bitmap_alloc();
}

static void teardown(void)
{
	hwloc_bitmap_free(cpus);
	machine_unplug();
}

/* The process may only use these. */
static void restrict_to(const char *list)
{
	hwloc_bitmap_list_sscanf(cpus, list);
	machine.process_cpus = cpus;
}

static void expect_bound(enum aml_bind how, int node, unsigned i, const char *list)
{
	machine.bound_to[0] = 0;
	ck_assert_msg(aml_thread_bind(how, node, i) == 0, "%s", aml_error_detail());
	ck_assert_msg(!strcmp(machine.bound_to, list), "how %d node %d i %u: %s, not %s", how, node,
		      i, machine.bound_to, list);
}

static void expect_refused(int code, int how, int node, const char *words)
{
	unsigned before = machine.thread_binds;

	ck_assert_int_eq(aml_thread_bind((enum aml_bind)how, node, 0), -code);
	ck_assert_msg(strstr(aml_error_detail(), words), "'%s' lacks '%s'", aml_error_detail(),
		      words);
	ck_assert_uint_eq(machine.thread_binds, before);
}

START_TEST(threads_go_to_cores_one_after_the_other_and_round)
{
	machine_topology(TWO_NODES);
	expect_bound(AML_BIND_CORE, -1, 0, "0-1");
	expect_bound(AML_BIND_CORE, -1, 1, "2-3");
	expect_bound(AML_BIND_CORE, -1, 5, "10-11");
	expect_bound(AML_BIND_CORE, -1, 6, "0-1");
	expect_bound(AML_BIND_CORE, -1, 6000001, "2-3");
}
END_TEST

START_TEST(cores_of_one_node_are_counted_for_themselves)
{
	machine_topology(TWO_NODES);
	expect_bound(AML_BIND_CORE, 1, 0, "6-7");
	expect_bound(AML_BIND_CORE, 1, 2, "10-11");
	expect_bound(AML_BIND_CORE, 1, 3, "6-7");
}
END_TEST

START_TEST(nodes_are_given_or_taken_in_turn)
{
	machine_topology(TWO_NODES);
	expect_bound(AML_BIND_NODE, 1, 0, "6-11");
	expect_bound(AML_BIND_NODE, 0, 77, "0-5");
	expect_bound(AML_BIND_NODE, -1, 0, "0-5");
	expect_bound(AML_BIND_NODE, -1, 1, "6-11");
	expect_bound(AML_BIND_NODE, -1, 2, "0-5");
}
END_TEST

START_TEST(only_what_the_process_may_use_counts)
{
	machine_topology(TWO_NODES);
	restrict_to("3,8-9");
	expect_bound(AML_BIND_CORE, -1, 0, "3");
	expect_bound(AML_BIND_CORE, -1, 1, "8-9");
	expect_bound(AML_BIND_CORE, -1, 2, "3");
	expect_bound(AML_BIND_NODE, -1, 1, "8-9");
	ck_assert_int_eq(aml_thread_count_default(-1), 2);
	ck_assert_int_eq(aml_thread_count_default(1), 1);
	ck_assert_int_eq(aml_thread_node(1), 1);
	restrict_to("8-9");
	expect_bound(AML_BIND_NODE, -1, 0, "8-9"); /* node 0 is not in turn */
	ck_assert_int_eq(aml_thread_node(0), 1);
	ck_assert_int_eq(aml_thread_node(1), -AML_EDOM);
	expect_bound(AML_BIND_NODE, -1, 1, "8-9");
	expect_refused(AML_EDOM, AML_BIND_CORE, 0, "no core of NUMA node 0");
	ck_assert_int_eq(aml_thread_count_default(0), -AML_EDOM);
}
END_TEST

START_TEST(a_thread_that_is_bound_does_not_bind_its_children_there)
{
	machine_topology(TWO_NODES);
	hwloc_bitmap_list_sscanf(cpus, "4");
	machine.thread_cpus = cpus;
	expect_bound(AML_BIND_CORE, -1, 0, "0-1");
	machine.process_cpubind_errno = EAGAIN; /* then the thread's own is the best guess */
	expect_bound(AML_BIND_CORE, -1, 0, "4");
	machine.cpubind_errno = 0;
}
END_TEST

START_TEST(a_system_that_tells_no_binding_means_all)
{
	machine_topology(TWO_NODES);
	machine.process_cpubind_errno = ENOSYS;
	machine.cpubind_errno = ENOSYS;
	ck_assert_int_eq(aml_thread_count_default(-1), 6);
}
END_TEST

START_TEST(a_binding_outside_the_topology_is_not_used)
{
	machine_topology(TWO_NODES);
	restrict_to("100-120");
	ck_assert_int_eq(aml_thread_count_default(-1), 6);
}
END_TEST

START_TEST(nodes_have_the_numbers_of_the_system)
{
	machine_topology("numa:2(indexes=5,3) core:2 pu:1");
	expect_bound(AML_BIND_NODE, 5, 0, "0-1");
	expect_bound(AML_BIND_NODE, 3, 0, "2-3");
	for (int i = 0; i < 2; i++) { /* as bind counts them */
		int node = aml_thread_node((unsigned)i);

		ck_assert(node == 5 || node == 3);
		expect_bound(AML_BIND_NODE, -1, (unsigned)i, node == 5 ? "0-1" : "2-3");
	}
	ck_assert_int_eq(aml_thread_node(2), -AML_EDOM);
	expect_refused(AML_EDOM, AML_BIND_NODE, 0, "node 0");
}
END_TEST

START_TEST(a_node_that_does_not_exist_is_edom)
{
	machine_topology(TWO_NODES);
	expect_refused(AML_EDOM, AML_BIND_CORE, 2, "no NUMA node 2");
	expect_refused(AML_EDOM, AML_BIND_NODE, 1000, "no NUMA node 1000");
	expect_refused(AML_EDOM, AML_BIND_NONE, 2, "no NUMA node 2");
	ck_assert_int_eq(aml_thread_count_default(2), -AML_EDOM);
	ck_assert_int_eq(aml_thread_count_default(-2), -AML_EDOM);
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
	machine_topology(TWO_NODES);
	expect_refused(AML_EINVAL, 3, -1, "binding 3");
	expect_refused(AML_EINVAL, -1, -1, "binding -1");
	expect_refused(AML_EINVAL, AML_BIND_CORE, -2, "node -2");
	machine.no_bitmaps = true;
	expect_refused(AML_ENOMEM, AML_BIND_CORE, -1, "memory");
	ck_assert_int_eq(aml_thread_count_default(-1), -AML_ENOMEM);
	ck_assert_int_eq(aml_thread_node(0), -AML_ENOMEM);
}
END_TEST

START_TEST(none_binds_nothing)
{
	machine_topology(TWO_NODES);
	ck_assert_int_eq(aml_thread_bind(AML_BIND_NONE, -1, 3), 0);
	ck_assert_int_eq(aml_thread_bind(AML_BIND_NONE, 1, 3), 0);
	ck_assert_uint_eq(machine.thread_binds, 0);
}
END_TEST

START_TEST(what_the_system_refuses_is_enotsup_with_the_processors)
{
	machine_topology(TWO_NODES);
	machine.process_cpubind_errno = 0;
	machine.cpubind_errno = EPERM;
	ck_assert_int_eq(aml_thread_bind(AML_BIND_CORE, 1, 1), -AML_ENOTSUP);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "8-9"));
	machine.cpubind_errno = 0;
}
END_TEST

START_TEST(counts_are_of_cores_and_not_of_processors)
{
	machine_topology(TWO_NODES);
	ck_assert_int_eq(aml_thread_count_default(-1), 6);
	ck_assert_int_eq(aml_thread_count_default(0), 3);
}
END_TEST

START_TEST(where_there_are_no_cores_processors_count)
{
	machine_topology("node:2 pu:3");
	ck_assert_int_eq(aml_thread_count_default(-1), 6);
	expect_bound(AML_BIND_CORE, 1, 1, "4");
}
END_TEST

static void *bind_and_look(void *arg)
{
	unsigned *i = arg;
	cpu_set_t set;

	for (int n = 0; n < 20; n++) {
		if (aml_thread_bind(AML_BIND_CORE, -1, *i) ||
		    pthread_getaffinity_np(pthread_self(), sizeof(set), &set) || !CPU_COUNT(&set))
			return arg;
	}
	return NULL;
}

START_TEST(threads_of_this_machine_bind_at_once_without_init)
{
	pthread_t threads[4];
	unsigned index[4];
	void *failed;
	cpu_set_t before, after;

	machine_unplug();
	sched_getaffinity(0, sizeof(before), &before);
	ck_assert_ptr_null(aml_topology);
	ck_assert_int_ge(aml_thread_count_default(-1), 1);
	ck_assert_int_le(aml_thread_count_default(-1), CPU_COUNT(&before));
	for (unsigned i = 0; i < 4; i++) {
		index[i] = i;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, bind_and_look, &index[i]), 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	sched_getaffinity(0, sizeof(after), &after);
	ck_assert(CPU_EQUAL(&before, &after)); /* this thread was not touched */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bind");
	TCase *tc = tcase_create("bind");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, threads_go_to_cores_one_after_the_other_and_round);
	tcase_add_test(tc, cores_of_one_node_are_counted_for_themselves);
	tcase_add_test(tc, nodes_are_given_or_taken_in_turn);
	tcase_add_test(tc, only_what_the_process_may_use_counts);
	tcase_add_test(tc, a_thread_that_is_bound_does_not_bind_its_children_there);
	tcase_add_test(tc, a_system_that_tells_no_binding_means_all);
	tcase_add_test(tc, a_binding_outside_the_topology_is_not_used);
	tcase_add_test(tc, nodes_have_the_numbers_of_the_system);
	tcase_add_test(tc, a_node_that_does_not_exist_is_edom);
	tcase_add_test(tc, bad_arguments_are_refused);
	tcase_add_test(tc, none_binds_nothing);
	tcase_add_test(tc, what_the_system_refuses_is_enotsup_with_the_processors);
	tcase_add_test(tc, counts_are_of_cores_and_not_of_processors);
	tcase_add_test(tc, where_there_are_no_cores_processors_count);
	tcase_add_test(tc, threads_of_this_machine_bind_at_once_without_init);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
