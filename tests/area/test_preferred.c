/* SPDX-License-Identifier: BSD-3-Clause */
/* Preferred areas: which bytes go to which node. */
#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "aml/area/hwloc.h"
#include "aml/error.h"
#include "aml/utils/backend/hwloc.h"
#include "base/mem.h"
#include "tests/lib/machine.h"

#define LATENCY HWLOC_DISTANCES_KIND_MEANS_LATENCY
#define BANDWIDTH HWLOC_DISTANCES_KIND_MEANS_BANDWIDTH
#define PAGE ((size_t)4096)

/* From node 0: 0, 2, 1. */
static const hwloc_uint64_t far[] = {
	10, 40, 20, 40, 10, 30, 20, 30, 10,
};

static struct aml_area *area;

static void setup(void)
{
	machine_plug();
	machine_distances("node:3 core:2 pu:1", HWLOC_OBJ_NUMANODE, LATENCY, far);
	ck_assert_int_eq(aml_area_hwloc_preferred_create(
				 &area, hwloc_get_obj_by_type(aml_topology, HWLOC_OBJ_CORE, 0),
				 LATENCY),
			 0);
}

static void teardown(void)
{
	ck_assert_int_eq(aml_area_hwloc_preferred_destroy(&area), 0);
	ck_assert_ptr_null(area);
	machine_unplug();
}

static void expect_order(const char *wanted)
{
	struct aml_area_hwloc_preferred_data *data =
		(struct aml_area_hwloc_preferred_data *)area->data;
	char text[32] = "";

	for (unsigned i = 0; i < data->num_nodes; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u ",
			 data->numanodes[i]->os_index);
	ck_assert_str_eq(text, wanted);
}

/* One binding that was asked for: @size bytes at @offset, to @node. */
static void expect_bind(unsigned i, const char *ptr, size_t offset, size_t size, const char *node)
{
	const struct machine_bind *b = &machine.binds[i];
	struct aml_bitmap set = machine_set(node);

	ck_assert_uint_gt(machine.nbinds, i);
	ck_assert_msg(b->addr == ptr + offset, "binding %u is at %td", i, b->addr - ptr);
	ck_assert_uint_eq(b->size, size);
	ck_assert_int_eq(aml_bitmap_isequal(&b->nodes, &set), 1);
	ck_assert_int_eq(b->mode, HWLOC_MEMBIND_BIND);
	ck_assert_uint_eq(b->flags, HWLOC_MEMBIND_BYNODESET); /* never STRICT */
}

static char *map(size_t size, size_t min_size)
{
	struct aml_area_hwloc_options o = {min_size};
	char *ptr = aml_area_mmap(area, size, (struct aml_area_mmap_options *)&o);

	ck_assert_msg(ptr, "%s", aml_error_detail());
	ck_assert_uint_eq(machine.mmap_size, size);
	memset(ptr, 1, size);
	return ptr;
}

static void unmap(void *ptr, size_t size)
{
	ck_assert_int_eq(aml_area_munmap(area, ptr, size), 0);
	ck_assert_int_eq(machine.mapped, 0);
}

START_TEST(nodes_are_nearest_first)
{
	expect_order("0 2 1 ");
}
END_TEST

START_TEST(bandwidths_are_largest_first)
{
	aml_area_hwloc_preferred_destroy(&area);
	machine_unplug();
	machine_plug();
	machine_distances("node:3 core:2 pu:1", HWLOC_OBJ_NUMANODE, BANDWIDTH, far);
	ck_assert_int_eq(aml_area_hwloc_preferred_create(
				 &area, hwloc_get_obj_by_type(aml_topology, HWLOC_OBJ_CORE, 0),
				 BANDWIDTH),
			 0);
	expect_order("1 2 0 ");
}
END_TEST

START_TEST(all_goes_to_the_best_node_while_it_has_room)
{
	char *ptr = map(10 * PAGE + 1, 0);

	ck_assert_uint_eq(machine.nbinds, 1);
	expect_bind(0, ptr, 0, 10 * PAGE + 1, "0");
	unmap(ptr, 10 * PAGE + 1);
	machine.nbinds = 0;
	ptr = aml_area_mmap(area, 5, NULL);
	expect_bind(0, ptr, 0, 5, "0");
	unmap(ptr, 5);
}
END_TEST

START_TEST(what_a_full_node_has_no_room_for_goes_to_the_next)
{
	char *ptr;

	machine.free_bytes[0] = 3 * PAGE + 100;
	machine.free_bytes[2] = 4 * PAGE;
	ptr = map(10 * PAGE, 0);
	ck_assert_uint_eq(machine.nbinds, 3);
	expect_bind(0, ptr, 0, 3 * PAGE, "0");
	expect_bind(1, ptr, 3 * PAGE, 4 * PAGE, "2");
	expect_bind(2, ptr, 7 * PAGE, 3 * PAGE, "1");
	unmap(ptr, 10 * PAGE);
}
END_TEST

START_TEST(a_node_that_refuses_is_passed_over)
{
	char *ptr;

	machine.refuses[0] = true;
	ptr = map(10 * PAGE, 0);
	ck_assert_uint_eq(machine.nbinds, 2);
	expect_bind(1, ptr, 0, 10 * PAGE, "2");
	unmap(ptr, 10 * PAGE);
}
END_TEST

START_TEST(blocks_are_not_divided)
{
	char *ptr;

	machine.free_bytes[0] = 7 * PAGE;
	ptr = map(10 * PAGE, 2 * PAGE + 1); /* rounded up to 3 pages */
	ck_assert_uint_eq(machine.nbinds, 2);
	expect_bind(0, ptr, 0, 6 * PAGE, "0");
	expect_bind(1, ptr, 6 * PAGE, 4 * PAGE, "2");
	unmap(ptr, 10 * PAGE);
}
END_TEST

START_TEST(a_last_short_block_is_bound_and_nothing_behind_it)
{
	char *ptr;

	machine.free_bytes[0] = 3 * PAGE;
	ptr = map(3 * PAGE + 1, 3 * PAGE);
	ck_assert_uint_eq(machine.nbinds, 2);
	expect_bind(0, ptr, 0, 3 * PAGE, "0");
	expect_bind(1, ptr, 3 * PAGE, 1, "2");
	unmap(ptr, 3 * PAGE + 1);
	machine.nbinds = 0;
	machine.free_bytes[0] = SIZE_MAX;
	ptr = map(PAGE, 100 * PAGE); /* less than one block */
	ck_assert_uint_eq(machine.nbinds, 1);
	expect_bind(0, ptr, 0, PAGE, "0");
	unmap(ptr, PAGE);
}
END_TEST

START_TEST(what_no_node_has_room_for_goes_to_the_first_that_takes_it)
{
	char *ptr;

	machine.free_bytes[0] = machine.free_bytes[1] = 0;
	machine.free_bytes[2] = PAGE;
	ptr = map(10 * PAGE, 0);
	ck_assert_uint_eq(machine.nbinds, 2);
	expect_bind(0, ptr, 0, PAGE, "2");
	expect_bind(1, ptr, PAGE, 9 * PAGE, "0");
	unmap(ptr, 10 * PAGE);
	machine.nbinds = 0;
	machine.refuses[0] = true;
	ptr = map(10 * PAGE, 0);
	expect_bind(2, ptr, PAGE, 9 * PAGE, "2");
	unmap(ptr, 10 * PAGE);
}
END_TEST

static void expect_refused(size_t size, struct aml_area_hwloc_options *o, int code, int err)
{
	errno = 0;
	ck_assert_ptr_null(aml_area_mmap(area, size, (struct aml_area_mmap_options *)o));
	ck_assert_int_eq(errno, err);
	ck_assert_int_eq(aml_errno, code);
	ck_assert_int_eq(machine.mapped, 0);
}

START_TEST(when_every_node_refuses_nothing_stays_mapped)
{
	machine.refuses[0] = machine.refuses[1] = machine.refuses[2] = true;
	expect_refused(10 * PAGE, NULL, AML_FAILURE, EXDEV);
	ck_assert_uint_eq(machine.munmaps, 1);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "no node"));
	machine.refuses[0] = machine.refuses[1] = machine.refuses[2] = false;
	machine.membind_errno = ENOSYS;
	expect_refused(10 * PAGE, NULL, AML_ENOTSUP, ENOSYS);
}
END_TEST

START_TEST(a_refused_mmap_gives_its_code)
{
	machine.mmap_errno = ENOMEM;
	expect_refused(PAGE, NULL, AML_ENOMEM, ENOMEM);
	ck_assert_uint_eq(machine.nbinds, 0);
}
END_TEST

START_TEST(block_sizes_that_wrap_are_refused)
{
	struct aml_area_hwloc_options o = {SIZE_MAX - 5};

	expect_refused(PAGE, &o, AML_EINVAL, 0);
	ck_assert_uint_eq(machine.mmaps, 0);
}
END_TEST

START_TEST(a_refused_munmap_is_failure)
{
	char *ptr = map(PAGE, 0);

	machine.munmap_errno = EINVAL;
	ck_assert_int_eq(aml_area_munmap(area, ptr, PAGE), -AML_FAILURE);
	machine.munmap_errno = 0;
	unmap(ptr, PAGE);
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
	hwloc_obj_t core = hwloc_get_obj_by_type(aml_topology, HWLOC_OBJ_CORE, 0);
	struct hwloc_obj stranger = *core;
	struct aml_area *new = area;

	ck_assert_int_eq(aml_area_hwloc_preferred_create(NULL, core, LATENCY), -AML_EINVAL);
	ck_assert_int_eq(aml_area_hwloc_preferred_create(&new, NULL, LATENCY), -AML_EINVAL);
	ck_assert_ptr_null(new);
	new = area;
	ck_assert_int_eq(aml_area_hwloc_preferred_create(&new, &stranger, LATENCY), -AML_EINVAL);
	ck_assert_ptr_null(new);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "aml_topology"));
}
END_TEST

START_TEST(an_initiator_without_processors_is_refused)
{
	hwloc_topology_t t = aml_topology;
	hwloc_obj_t misc = hwloc_topology_insert_misc_object(t, hwloc_get_root_obj(t), "x");
	struct aml_area *new = area;

	ck_assert_int_eq(aml_area_hwloc_preferred_create(&new, misc, LATENCY), -AML_EINVAL);
	ck_assert_msg(strstr(aml_error_detail(), "no processors"), "%s", aml_error_detail());
	ck_assert_ptr_null(new);
}
END_TEST

START_TEST(every_missing_allocation_is_reported_and_nothing_leaks)
{
	hwloc_obj_t core = hwloc_get_obj_by_type(aml_topology, HWLOC_OBJ_CORE, 0);
	struct aml_area *new = area;

	amli_alloc_fail_at((unsigned)_i);
	ck_assert_int_eq(aml_area_hwloc_preferred_create(&new, core, LATENCY), -AML_ENOMEM);
	ck_assert_ptr_null(new);
	amli_alloc_fail_at(0);
}
END_TEST

START_TEST(local_areas_prefer_the_nodes_of_the_thread)
{
	aml_area_hwloc_preferred_destroy(&area);
	machine.thread_cpus = hwloc_bitmap_alloc();
	hwloc_bitmap_set(machine.thread_cpus, 5); /* node 2 */
	ck_assert_int_eq(aml_area_hwloc_preferred_local_create(&area, LATENCY), 0);
	expect_order("2 0 1 ");
	hwloc_bitmap_free(machine.thread_cpus);
	machine.thread_cpus = NULL;
}
END_TEST

START_TEST(local_areas_report_an_unknown_binding)
{
	struct aml_area *new = area;

	machine.cpubind_errno = ENOSYS;
	ck_assert_int_eq(aml_area_hwloc_preferred_local_create(&new, LATENCY), -AML_ENOTSUP);
	ck_assert_ptr_null(new);
	machine.cpubind_errno = 0;
	ck_assert_int_eq(aml_area_hwloc_preferred_local_create(NULL, LATENCY), -AML_EINVAL);
}
END_TEST

START_TEST(fprintf_says_the_order)
{
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	ck_assert_int_eq(aml_area_fprintf(stream, "+", area), 0);
	fclose(stream);
	ck_assert_str_eq(text, "+hwloc area: preferred, nodes 0, then 2, then 1\n");
	free(text);
}
END_TEST

START_TEST(without_init_nothing_is_mapped_or_made)
{
	struct aml_area *new = area;
	hwloc_obj_t core = hwloc_get_obj_by_type(aml_topology, HWLOC_OBJ_CORE, 0);

	aml_area_hwloc_preferred_destroy(&area);
	machine_unplug();
	ck_assert_int_eq(aml_area_hwloc_preferred_create(&new, core, LATENCY), -AML_EINVAL);
	ck_assert_ptr_null(new);
	ck_assert_ptr_null(aml_area_hwloc_preferred_mmap(NULL, 1, NULL));
	ck_assert_int_eq(aml_errno, AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "aml_init()"));
}
END_TEST

START_TEST(this_machine_maps_by_preference)
{
	char *ptr;

	aml_area_hwloc_preferred_destroy(&area);
	machine_unplug();
	ck_assert_int_eq(aml_backend_hwloc_init(), 0);
	ck_assert_msg(aml_area_hwloc_preferred_local_create(&area, LATENCY) == 0, "%s",
		      aml_error_detail());
	ptr = aml_area_mmap(area, 100000, NULL);
	if (ptr) {
		memset(ptr, 1, 100000);
		ck_assert_int_eq(aml_area_munmap(area, ptr, 100000), 0);
	} else { /* containers may not bind */
		ck_assert_msg(aml_errno == AML_EPERM || aml_errno == AML_ENOTSUP, "%s",
			      aml_error_detail());
	}
	aml_area_hwloc_preferred_destroy(&area);
	ck_assert_int_eq(aml_backend_hwloc_finalize(), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("preferred");
	TCase *tc = tcase_create("preferred");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nodes_are_nearest_first);
	tcase_add_test(tc, bandwidths_are_largest_first);
	tcase_add_test(tc, all_goes_to_the_best_node_while_it_has_room);
	tcase_add_test(tc, what_a_full_node_has_no_room_for_goes_to_the_next);
	tcase_add_test(tc, a_node_that_refuses_is_passed_over);
	tcase_add_test(tc, blocks_are_not_divided);
	tcase_add_test(tc, a_last_short_block_is_bound_and_nothing_behind_it);
	tcase_add_test(tc, what_no_node_has_room_for_goes_to_the_first_that_takes_it);
	tcase_add_test(tc, when_every_node_refuses_nothing_stays_mapped);
	tcase_add_test(tc, a_refused_mmap_gives_its_code);
	tcase_add_test(tc, block_sizes_that_wrap_are_refused);
	tcase_add_test(tc, a_refused_munmap_is_failure);
	tcase_add_test(tc, bad_arguments_are_refused);
	tcase_add_test(tc, an_initiator_without_processors_is_refused);
	tcase_add_loop_test(tc, every_missing_allocation_is_reported_and_nothing_leaks, 1, 6);
	tcase_add_test(tc, local_areas_prefer_the_nodes_of_the_thread);
	tcase_add_test(tc, local_areas_report_an_unknown_binding);
	tcase_add_test(tc, fprintf_says_the_order);
	tcase_add_test(tc, without_init_nothing_is_mapped_or_made);
	tcase_add_test(tc, this_machine_maps_by_preference);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
