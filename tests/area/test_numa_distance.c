/* SPDX-License-Identifier: BSD-3-Clause */
/* Which matrix of the topology is used, and how it is extended to other objects. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/utils/backend/hwloc.h"
#include "area/distance.h"
#include "base/mem.h"
#include "tests/lib/machine.h"

#define LATENCY HWLOC_DISTANCES_KIND_MEANS_LATENCY
#define BANDWIDTH HWLOC_DISTANCES_KIND_MEANS_BANDWIDTH
#define TWO_NODES "node:2 core:2 pu:1"

static const hwloc_uint64_t of_nodes[] = {10, 21, 31, 12};

static struct hwloc_distances_s *matrix;

static void teardown(void)
{
	free(matrix);
	matrix = NULL;
	machine_unplug();
}

static hwloc_uint64_t at(unsigned i, unsigned j)
{
	return matrix->values[i * matrix->nbobjs + j];
}

static void find(hwloc_obj_type_t type, unsigned long kind)
{
	free(matrix);
	ck_assert_msg(aml_hwloc_get_NUMA_distance(type, (enum hwloc_distances_kind_e)kind,
						  &matrix) == 0,
		      "%s", aml_error_detail());
}

START_TEST(a_matrix_of_nodes_is_taken_as_it_is)
{
	machine_distances(TWO_NODES, HWLOC_OBJ_NUMANODE, LATENCY, of_nodes);
	find(HWLOC_OBJ_NUMANODE, LATENCY);
	ck_assert_uint_eq(matrix->nbobjs, 2);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(matrix->values[i], of_nodes[i]);
	ck_assert_uint_eq(matrix->kind, LATENCY | HWLOC_DISTANCES_KIND_FROM_USER);
}
END_TEST

START_TEST(cores_stand_where_their_node_stands)
{
	machine_distances(TWO_NODES, HWLOC_OBJ_NUMANODE, LATENCY, of_nodes);
	find(HWLOC_OBJ_CORE, LATENCY);
	ck_assert_uint_eq(matrix->nbobjs, 6);
	for (unsigned core = 0; core < 4; core++)
		for (unsigned node = 0; node < 2; node++) {
			ck_assert_uint_eq(at(core, 4 + node), of_nodes[core / 2 * 2 + node]);
			ck_assert_uint_eq(at(4 + node, core), of_nodes[node * 2 + core / 2]);
		}
	ck_assert_ptr_eq(matrix->objs[5],
			 hwloc_get_obj_by_type(aml_topology, HWLOC_OBJ_NUMANODE, 1));
}
END_TEST

START_TEST(nodes_stand_at_the_mean_of_their_processors)
{
	static const hwloc_uint64_t of_cores[] = {
		0, 1, 10, 30, 1, 0, 20, 60, 5, 5, 0, 1, 5, 9, 1, 0,
	};

	machine_distances(TWO_NODES, HWLOC_OBJ_CORE, LATENCY, of_cores);
	find(HWLOC_OBJ_CORE, LATENCY);
	ck_assert_uint_eq(at(0, 3), 30);
	ck_assert_uint_eq(at(0, 5), 20); /* (10 + 30) / 2 */
	ck_assert_uint_eq(at(4, 5), 30); /* (10 + 30 + 20 + 60) / 4 */
	ck_assert_uint_eq(at(5, 4), 6);
}
END_TEST

START_TEST(a_matrix_over_the_type_comes_before_one_over_nodes)
{
	hwloc_uint64_t of_cores[16];

	for (unsigned i = 0; i < 16; i++)
		of_cores[i] = 100 + i;
	machine_distances(TWO_NODES, HWLOC_OBJ_NUMANODE, LATENCY, of_nodes);
	machine_distances(NULL, HWLOC_OBJ_CORE, LATENCY, of_cores);
	find(HWLOC_OBJ_CORE, LATENCY);
	ck_assert_uint_eq(at(0, 1), 101);
	find(HWLOC_OBJ_PU, LATENCY); /* none over PUs: nodes */
	ck_assert_uint_eq(at(0, 5), 21);
}
END_TEST

START_TEST(a_matrix_over_several_types_is_one_over_each_of_them)
{
	static const hwloc_uint64_t mixed[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
	hwloc_obj_t objs[3];

	machine_distances(TWO_NODES, HWLOC_OBJ_NUMANODE, LATENCY, of_nodes);
	objs[0] = hwloc_get_obj_by_type(aml_topology, HWLOC_OBJ_NUMANODE, 0);
	objs[1] = hwloc_get_obj_by_type(aml_topology, HWLOC_OBJ_NUMANODE, 1);
	objs[2] = hwloc_get_obj_by_type(aml_topology, HWLOC_OBJ_CORE, 3);
	machine_matrix(3, objs, LATENCY, mixed);
	find(HWLOC_OBJ_CORE, LATENCY);
	ck_assert_uint_eq(at(3, 4), 7); /* core 3 to node 0 */
	ck_assert_uint_eq(at(5, 3), 6);
}
END_TEST

START_TEST(without_nodes_the_deepest_matrix_is_taken)
{
	hwloc_uint64_t of_packages[] = {1, 2, 3, 4}, of_cores[64];

	for (unsigned i = 0; i < 64; i++)
		of_cores[i] = 100 + i;
	machine_distances("pack:2 [numa] core:4 pu:2", HWLOC_OBJ_CORE, LATENCY, of_cores);
	machine_distances(NULL, HWLOC_OBJ_PACKAGE, LATENCY, of_packages);
	find(HWLOC_OBJ_PU, LATENCY);
	ck_assert_uint_eq(at(0, 2), 101); /* PU 2 is on core 1 */
	find(HWLOC_OBJ_PACKAGE, LATENCY);
	ck_assert_uint_eq(at(0, 3), 2);
}
END_TEST

START_TEST(only_the_kind_asked_for_counts)
{
	hwloc_uint64_t speeds[] = {100, 40, 40, 100};

	machine_distances(TWO_NODES, HWLOC_OBJ_NUMANODE, LATENCY, of_nodes);
	machine_distances(NULL, HWLOC_OBJ_NUMANODE, BANDWIDTH, speeds);
	find(HWLOC_OBJ_NUMANODE, BANDWIDTH);
	ck_assert_uint_eq(at(0, 1), 40);
	ck_assert(matrix->kind & BANDWIDTH);
	find(HWLOC_OBJ_NUMANODE, LATENCY | HWLOC_DISTANCES_KIND_FROM_USER);
	ck_assert_uint_eq(at(0, 1), 21);
	find(HWLOC_OBJ_NUMANODE, HWLOC_DISTANCES_KIND_FROM_OS); /* none: hops */
	ck_assert_uint_eq(at(0, 1), 4);
}
END_TEST

START_TEST(without_matrices_hops_are_counted)
{
	machine_topology(TWO_NODES);
	find(HWLOC_OBJ_CORE, LATENCY);
	ck_assert_uint_eq(matrix->nbobjs, 6);
	ck_assert_uint_eq(at(0, 4), 2);
	ck_assert_uint_eq(at(0, 5), 4);
}
END_TEST

/* Upstream kept 32. */
START_TEST(any_number_of_matrices_is_looked_at)
{
	hwloc_uint64_t other[] = {1, 2, 3, 4};

	machine_topology(TWO_NODES);
	for (int i = 0; i < 40; i++)
		machine_distances(NULL, HWLOC_OBJ_PU, LATENCY, (hwloc_uint64_t[16]){7});
	machine_distances(NULL, HWLOC_OBJ_NUMANODE, LATENCY, other);
	find(HWLOC_OBJ_NUMANODE, LATENCY);
	ck_assert_uint_eq(at(1, 0), 3);
}
END_TEST

START_TEST(a_node_nobody_knows_is_worst)
{
	/* node 1 without processors is not in a matrix of cores and shares none */
	static const struct {
		unsigned long kind;
		hwloc_uint64_t worst;
	} rows[] = {{LATENCY, UINT64_MAX}, {BANDWIDTH, 0}};
	static const hwloc_uint64_t of_cores[16] = {5, 5, 5, 5, 5, 5, 5, 5};
	hwloc_topology_t t = machine_distances(TWO_NODES, HWLOC_OBJ_CORE, rows[_i].kind, of_cores);
	hwloc_obj_t node = hwloc_get_obj_by_type(t, HWLOC_OBJ_NUMANODE, 1);
	hwloc_bitmap_t kept = hwloc_bitmap_dup(node->cpuset);

	hwloc_bitmap_zero(node->cpuset);
	find(HWLOC_OBJ_CORE, rows[_i].kind);
	ck_assert_uint_eq(at(0, 4), 5);
	ck_assert_uint_eq(at(0, 5), rows[_i].worst);
	ck_assert_uint_eq(at(5, 0), rows[_i].worst);
	hwloc_bitmap_copy(node->cpuset, kept);
	hwloc_bitmap_free(kept);
}
END_TEST

static void expect_order(hwloc_obj_type_t type, unsigned index, unsigned long kind,
			 const unsigned *wanted, unsigned n)
{
	struct aml_hwloc_distance *sorted;
	unsigned count;

	ck_assert_int_eq(amli_nodes_by_distance(&sorted, &count,
						hwloc_get_obj_by_type(aml_topology, type, index),
						kind),
			 0);
	ck_assert_uint_eq(count, n);
	for (unsigned i = 0; i < n; i++)
		ck_assert_msg(sorted[i].index == wanted[i], "place %u: node %u, not %u", i,
			      sorted[i].index, wanted[i]);
	free(sorted);
}

START_TEST(nodes_are_sorted_by_both_directions_together)
{
	static const hwloc_uint64_t latency[] = {
		10, 20, 16, 11, 10, 30, 18, 30, 10,
	};

	/* from node 0: 31 to node 1, 34 to node 2, though one way 16 is less than 20 */
	machine_distances("node:3 core:1 pu:1", HWLOC_OBJ_NUMANODE, LATENCY, latency);
	expect_order(HWLOC_OBJ_CORE, 0, LATENCY, (unsigned[]){0, 1, 2}, 3);
	expect_order(HWLOC_OBJ_NUMANODE, 2, LATENCY, (unsigned[]){2, 0, 1}, 3);
}
END_TEST

START_TEST(half_a_unit_is_not_rounded_away)
{
	static const hwloc_uint64_t latency[] = {
		5, 2, 1, 1, 5, 5, 1, 5, 5,
	};

	machine_distances("node:3 core:1 pu:1", HWLOC_OBJ_NUMANODE, LATENCY, latency);
	expect_order(HWLOC_OBJ_CORE, 0, LATENCY, (unsigned[]){2, 1, 0}, 3);
}
END_TEST

START_TEST(the_largest_bandwidth_comes_first)
{
	static const hwloc_uint64_t speed[] = {
		50, 90, 10, 90, 50, 20, 10, 20, 50,
	};

	machine_distances("node:3 core:1 pu:1", HWLOC_OBJ_NUMANODE, BANDWIDTH, speed);
	expect_order(HWLOC_OBJ_CORE, 0, BANDWIDTH, (unsigned[]){1, 0, 2}, 3);
	expect_order(HWLOC_OBJ_CORE, 2, BANDWIDTH, (unsigned[]){2, 1, 0}, 3);
}
END_TEST

START_TEST(without_matrices_the_nearest_in_the_tree_comes_first)
{
	machine_topology("group:2 node:2 core:1 pu:1");
	expect_order(HWLOC_OBJ_CORE, 0, BANDWIDTH, (unsigned[]){0, 1, 2, 3}, 4);
	expect_order(HWLOC_OBJ_CORE, 1, LATENCY, (unsigned[]){1, 0, 2, 3}, 4);
	expect_order(HWLOC_OBJ_CORE, 3, LATENCY, (unsigned[]){3, 2, 0, 1}, 4);
	expect_order(HWLOC_OBJ_MACHINE, 0, LATENCY, (unsigned[]){0, 1, 2, 3}, 4);
}
END_TEST

START_TEST(distances_too_large_to_add_are_the_worst)
{
	static const hwloc_uint64_t latency[] = {UINT64_MAX - 1, 7, UINT64_MAX - 1, 9};

	machine_distances(TWO_NODES, HWLOC_OBJ_NUMANODE, LATENCY, latency);
	expect_order(HWLOC_OBJ_CORE, 3, LATENCY, (unsigned[]){1, 0}, 2);
	expect_order(HWLOC_OBJ_CORE, 0, LATENCY, (unsigned[]){0, 1}, 2);
}
END_TEST

START_TEST(every_missing_allocation_is_reported_and_nothing_leaks)
{
	struct hwloc_distances_s *none = (struct hwloc_distances_s *)8;
	struct aml_hwloc_distance *sorted;
	unsigned count;

	machine_distances(TWO_NODES, HWLOC_OBJ_NUMANODE, LATENCY, of_nodes);
	amli_alloc_fail_at((unsigned)_i);
	ck_assert_int_eq(aml_hwloc_get_NUMA_distance(HWLOC_OBJ_CORE, LATENCY, &none), -AML_ENOMEM);
	ck_assert_ptr_null(none);
	for (unsigned n = 1; n <= 4; n++) {
		amli_alloc_fail_at(n);
		ck_assert_int_eq(
			amli_nodes_by_distance(&sorted, &count,
					       hwloc_get_obj_by_type(aml_topology, HWLOC_OBJ_PU, 0),
					       LATENCY),
			-AML_ENOMEM);
		ck_assert_ptr_null(sorted);
	}
	amli_alloc_fail_at(0);
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
	struct hwloc_distances_s *none = (struct hwloc_distances_s *)8;

	ck_assert_int_eq(aml_hwloc_get_NUMA_distance(HWLOC_OBJ_PU, LATENCY, &none), -AML_EINVAL);
	ck_assert_ptr_null(none);
	machine_distances(TWO_NODES, HWLOC_OBJ_NUMANODE, LATENCY, of_nodes);
	ck_assert_int_eq(aml_hwloc_get_NUMA_distance(HWLOC_OBJ_PU, LATENCY, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_hwloc_get_NUMA_distance(HWLOC_OBJ_L5CACHE, LATENCY, &none), -AML_EDOM);
	ck_assert_ptr_null(none);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("numa_distance");
	TCase *tc = tcase_create("numa_distance");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, machine_plug, teardown);
	tcase_add_test(tc, a_matrix_of_nodes_is_taken_as_it_is);
	tcase_add_test(tc, cores_stand_where_their_node_stands);
	tcase_add_test(tc, nodes_stand_at_the_mean_of_their_processors);
	tcase_add_test(tc, a_matrix_over_the_type_comes_before_one_over_nodes);
	tcase_add_test(tc, a_matrix_over_several_types_is_one_over_each_of_them);
	tcase_add_test(tc, without_nodes_the_deepest_matrix_is_taken);
	tcase_add_test(tc, only_the_kind_asked_for_counts);
	tcase_add_test(tc, without_matrices_hops_are_counted);
	tcase_add_test(tc, any_number_of_matrices_is_looked_at);
	tcase_add_loop_test(tc, a_node_nobody_knows_is_worst, 0, 2);
	tcase_add_test(tc, nodes_are_sorted_by_both_directions_together);
	tcase_add_test(tc, half_a_unit_is_not_rounded_away);
	tcase_add_test(tc, the_largest_bandwidth_comes_first);
	tcase_add_test(tc, without_matrices_the_nearest_in_the_tree_comes_first);
	tcase_add_test(tc, distances_too_large_to_add_are_the_worst);
	tcase_add_loop_test(tc, every_missing_allocation_is_reported_and_nothing_leaks, 1, 4);
	tcase_add_test(tc, bad_arguments_are_refused);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
