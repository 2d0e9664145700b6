/* SPDX-License-Identifier: BSD-3-Clause */
/* Hops in the tree. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/utils/backend/hwloc.h"
#include "base/mem.h"
#include "tests/lib/machine.h"

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

static void make(hwloc_obj_type_t ta, hwloc_obj_type_t tb)
{
	ck_assert_msg(aml_hwloc_distance_hop_matrix(ta, tb, &matrix) == 0, "%s",
		      aml_error_detail());
}

START_TEST(a_matrix_holds_the_objects_of_both_types_in_order)
{
	machine_topology("node:2 core:4 pu:1");
	make(HWLOC_OBJ_CORE, HWLOC_OBJ_NUMANODE);
	ck_assert_uint_eq(matrix->nbobjs, 10);
	ck_assert_uint_eq(matrix->kind,
			  HWLOC_DISTANCES_KIND_FROM_USER | HWLOC_DISTANCES_KIND_MEANS_LATENCY);
	for (unsigned i = 0; i < 10; i++)
		ck_assert_ptr_eq(matrix->objs[i],
				 hwloc_get_obj_by_type(aml_topology,
						       i < 8 ? HWLOC_OBJ_CORE : HWLOC_OBJ_NUMANODE,
						       i < 8 ? i : i - 8));
}
END_TEST

START_TEST(one_type_twice_gives_one_block)
{
	machine_topology("node:2 core:4 pu:1");
	make(HWLOC_OBJ_NUMANODE, HWLOC_OBJ_NUMANODE);
	ck_assert_uint_eq(matrix->nbobjs, 2);
}
END_TEST

START_TEST(hops_go_up_to_the_common_ancestor_and_down)
{
	/* machine - 2 packages - 3 cores - 2 pus; a node beside each package */
	machine_topology("pack:2 [numa] core:3 pu:2");
	make(HWLOC_OBJ_PU, HWLOC_OBJ_CORE);
	ck_assert_uint_eq(matrix->nbobjs, 18);
	for (unsigned i = 0; i < 18; i++)
		for (unsigned j = 0; j < 18; j++)
			ck_assert_uint_eq(at(i, j), at(j, i));
	ck_assert_uint_eq(at(0, 0), 0);
	ck_assert_uint_eq(at(0, 1), 2);	 /* pus of one core */
	ck_assert_uint_eq(at(0, 2), 4);	 /* of one package */
	ck_assert_uint_eq(at(0, 6), 6);	 /* over the machine */
	ck_assert_uint_eq(at(0, 12), 1); /* a pu and its core */
	ck_assert_uint_eq(at(0, 13), 3);
	ck_assert_uint_eq(at(0, 17), 5);
	ck_assert_uint_eq(at(12, 17), 4);
}
END_TEST

START_TEST(a_node_is_one_hop_from_what_it_is_local_to)
{
	machine_topology("pack:2 [numa] core:3 pu:2");
	make(HWLOC_OBJ_PACKAGE, HWLOC_OBJ_NUMANODE);
	ck_assert_uint_eq(at(0, 2), 1);
	ck_assert_uint_eq(at(0, 3), 3);
	ck_assert_uint_eq(at(1, 3), 1);
	ck_assert_uint_eq(at(2, 3), 4); /* + 1 at both ends */
	ck_assert_uint_eq(at(2, 2), 0);
	ck_assert_uint_eq(at(3, 0), 3);
}
END_TEST

START_TEST(types_the_topology_lacks_are_edom)
{
	machine_topology("node:2 core:4 pu:1");
	matrix = (struct hwloc_distances_s *)8;
	ck_assert_int_eq(aml_hwloc_distance_hop_matrix(HWLOC_OBJ_L5CACHE, HWLOC_OBJ_CORE, &matrix),
			 -AML_EDOM);
	ck_assert_ptr_null(matrix);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "L5"));
	ck_assert_int_eq(aml_hwloc_distance_hop_matrix(HWLOC_OBJ_CORE, HWLOC_OBJ_L1ICACHE, &matrix),
			 -AML_EDOM);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "L1i"));
}
END_TEST

START_TEST(null_no_init_and_no_memory_are_refused)
{
	matrix = (struct hwloc_distances_s *)8;
	ck_assert_int_eq(aml_hwloc_distance_hop_matrix(HWLOC_OBJ_PU, HWLOC_OBJ_PU, &matrix),
			 -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "aml_init()"));
	ck_assert_ptr_null(matrix);
	machine_topology("node:2 core:4 pu:1");
	ck_assert_int_eq(aml_hwloc_distance_hop_matrix(HWLOC_OBJ_PU, HWLOC_OBJ_PU, NULL),
			 -AML_EINVAL);
	amli_alloc_fail_at(1);
	ck_assert_int_eq(aml_hwloc_distance_hop_matrix(HWLOC_OBJ_PU, HWLOC_OBJ_PU, &matrix),
			 -AML_ENOMEM);
	ck_assert_ptr_null(matrix);
	amli_alloc_fail_at(0);
}
END_TEST

START_TEST(distances_sort_ascending_and_equal_ones_by_index)
{
	struct aml_hwloc_distance d[] = {{3, 7}, {2, UINT64_MAX}, {1, 7}, {0, 8}, {4, 0}};
	static const unsigned wanted[] = {4, 1, 3, 0, 2};

	qsort(d, 5, sizeof(d[0]), aml_hwloc_distance_lt);
	for (int i = 0; i < 5; i++)
		ck_assert_uint_eq(d[i].index, wanted[i]);
	ck_assert_int_eq(aml_hwloc_distance_lt(&d[1], &d[1]), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("distance");
	TCase *tc = tcase_create("distance");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, machine_plug, teardown);
	tcase_add_test(tc, a_matrix_holds_the_objects_of_both_types_in_order);
	tcase_add_test(tc, one_type_twice_gives_one_block);
	tcase_add_test(tc, hops_go_up_to_the_common_ancestor_and_down);
	tcase_add_test(tc, a_node_is_one_hop_from_what_it_is_local_to);
	tcase_add_test(tc, types_the_topology_lacks_are_edom);
	tcase_add_test(tc, null_no_init_and_no_memory_are_refused);
	tcase_add_test(tc, distances_sort_ascending_and_equal_ones_by_index);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
