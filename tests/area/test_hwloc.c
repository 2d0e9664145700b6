/* SPDX-License-Identifier: BSD-3-Clause */
/* hwloc areas: what hwloc is asked on a machine of two nodes. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aml/area/hwloc.h"
#include "aml/error.h"
#include "aml/utils/backend/hwloc.h"
#include "base/mem.h"
#include "tests/lib/machine.h"

#define STRICT_BYNODESET                                                             \
	(HWLOC_MEMBIND_PROCESS | HWLOC_MEMBIND_NOCPUBIND | HWLOC_MEMBIND_BYNODESET | \
	 HWLOC_MEMBIND_STRICT)

static hwloc_bitmap_t set;

static void setup(void)
{
	machine_plug();
	machine_topology("node:2 core:4 pu:1");
	set = hwloc_bitmap_alloc();
	machine.found_set = hwloc_bitmap_alloc();
}

static void teardown(void)
{
	hwloc_bitmap_free(set);
	hwloc_bitmap_free(machine.found_set);
	machine_unplug();
}

static struct aml_area *area_of(const char *nodes, hwloc_membind_policy_t policy)
{
	struct aml_area *area;

	if (nodes)
		hwloc_bitmap_list_sscanf(set, nodes);
	ck_assert_msg(aml_area_hwloc_create(&area, nodes ? set : NULL, policy) == 0, "%s",
		      aml_error_detail());
	return area;
}

static void expect_mapped(const struct aml_area *area, hwloc_membind_policy_t policy,
			  const char *nodes)
{
	void *ptr = aml_area_mmap(area, 5000, (struct aml_area_mmap_options *)1);

	ck_assert_msg(ptr, "%s", aml_error_detail());
	ck_assert_int_eq(machine.alloc_policy, policy);
	ck_assert_int_eq(machine.alloc_flags, STRICT_BYNODESET);
	ck_assert_str_eq(machine.alloc_nodes, nodes);
	ck_assert_int_eq(aml_area_munmap(area, ptr, 5000), 0);
	ck_assert_uint_eq(machine.frees, machine.allocs);
	ck_assert_int_eq(machine.mapped, 0);
}

START_TEST(the_ready_made_areas_use_all_allowed_nodes)
{
	expect_mapped(&aml_area_hwloc_default, HWLOC_MEMBIND_DEFAULT, "0-1");
	expect_mapped(&aml_area_hwloc_interleave, HWLOC_MEMBIND_INTERLEAVE, "0-1");
	expect_mapped(&aml_area_hwloc_firsttouch, HWLOC_MEMBIND_FIRSTTOUCH, "0-1");
}
END_TEST

START_TEST(an_area_binds_to_a_copy_of_its_node_set)
{
	struct aml_area *area = area_of("1", HWLOC_MEMBIND_BIND);

	hwloc_bitmap_zero(set);
	expect_mapped(area, HWLOC_MEMBIND_BIND, "1");
	aml_area_hwloc_destroy(&area);
	ck_assert_ptr_null(area);
	area = area_of(NULL, HWLOC_MEMBIND_NEXTTOUCH);
	expect_mapped(area, HWLOC_MEMBIND_NEXTTOUCH, "0-1");
	aml_area_hwloc_destroy(&area);
}
END_TEST

static void expect_refused(int code, const char *nodes, int policy, const char *words)
{
	struct aml_area *area = &aml_area_hwloc_default;

	if (nodes)
		hwloc_bitmap_list_sscanf(set, nodes);
	ck_assert_int_eq(aml_area_hwloc_create(&area, nodes ? set : NULL,
					       (hwloc_membind_policy_t)policy),
			 -code);
	ck_assert_ptr_null(area);
	ck_assert_msg(strstr(aml_error_detail(), words), "'%s' lacks '%s'", aml_error_detail(),
		      words);
}

START_TEST(bad_arguments_are_refused)
{
	ck_assert_int_eq(aml_area_hwloc_create(NULL, NULL, HWLOC_MEMBIND_BIND), -AML_EINVAL);
	expect_refused(AML_EINVAL, NULL, 77, "policy 77");
	expect_refused(AML_EINVAL, NULL, HWLOC_MEMBIND_MIXED, "policy -1");
	expect_refused(AML_EINVAL, "", HWLOC_MEMBIND_BIND, "empty");
	expect_refused(AML_EDOM, "1-2", HWLOC_MEMBIND_BIND, "1-2");
	expect_refused(AML_EDOM, "2", HWLOC_MEMBIND_BIND, "(0-1)");
}
END_TEST

START_TEST(a_policy_the_system_does_not_have_is_enotsup)
{
	struct aml_area *area;

	machine.no_policies = true;
	expect_refused(AML_ENOTSUP, NULL, HWLOC_MEMBIND_BIND, "bind");
	expect_refused(AML_ENOTSUP, NULL, HWLOC_MEMBIND_FIRSTTOUCH, "first touch");
	expect_refused(AML_ENOTSUP, NULL, HWLOC_MEMBIND_INTERLEAVE, "interleave");
	expect_refused(AML_ENOTSUP, NULL, HWLOC_MEMBIND_NEXTTOUCH, "next touch");
	area = area_of(NULL, HWLOC_MEMBIND_DEFAULT);
	aml_area_hwloc_destroy(&area);
}
END_TEST

START_TEST(without_memory_creating_says_so_and_leaves_nothing)
{
	amli_alloc_fail_at(1);
	expect_refused(AML_ENOMEM, NULL, HWLOC_MEMBIND_BIND, "memory");
	amli_alloc_fail_at(0);
	machine.no_bitmaps = true;
	expect_refused(AML_ENOMEM, NULL, HWLOC_MEMBIND_BIND, "node set");
	ck_assert_int_eq(aml_area_hwloc_check_binding(&aml_area_hwloc_interleave, set, 1),
			 -AML_ENOMEM);
}
END_TEST

static const struct {
	int err, code;
} refusals[] = {
	{EINVAL, AML_EINVAL},
	{ENOSYS, AML_ENOTSUP},
	{EXDEV, AML_FAILURE},
	{ENOMEM, AML_ENOMEM},
};

START_TEST(what_hwloc_refuses_has_a_code_and_keeps_errno)
{
	machine.membind_errno = refusals[_i].err;
	ck_assert_ptr_null(aml_area_mmap(&aml_area_hwloc_interleave, 4711, NULL));
	ck_assert_int_eq(errno, refusals[_i].err);
	ck_assert_int_eq(aml_errno, refusals[_i].code);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "4711"));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "0-1"));
	ck_assert_int_eq(machine.mapped, 0);
}
END_TEST

START_TEST(a_refused_free_is_failure)
{
	void *ptr = aml_area_mmap(&aml_area_hwloc_default, 4096, NULL);

	machine.munmap_errno = EINVAL;
	ck_assert_int_eq(aml_area_munmap(&aml_area_hwloc_default, ptr, 4096), -AML_FAILURE);
	machine.munmap_errno = 0;
	ck_assert_int_eq(aml_area_munmap(&aml_area_hwloc_default, ptr, 4096), 0);
}
END_TEST

/* What an area of a policy on nodes 0 and 1 says to what hwloc found. */
static const struct {
	hwloc_membind_policy_t policy, found;
	const char *nodes;
	int match;
} found[] = {
	{HWLOC_MEMBIND_BIND, HWLOC_MEMBIND_BIND, "0-1", 1},
	{HWLOC_MEMBIND_BIND, HWLOC_MEMBIND_BIND, "0", 0},
	{HWLOC_MEMBIND_BIND, HWLOC_MEMBIND_BIND, "0-2", 0},
	{HWLOC_MEMBIND_BIND, HWLOC_MEMBIND_INTERLEAVE, "0-1", 0},
	{HWLOC_MEMBIND_BIND, HWLOC_MEMBIND_MIXED, "0", 1},
	{HWLOC_MEMBIND_DEFAULT, HWLOC_MEMBIND_INTERLEAVE, "1", 1},
	{HWLOC_MEMBIND_INTERLEAVE, HWLOC_MEMBIND_INTERLEAVE, "0-1", 1},
	{HWLOC_MEMBIND_FIRSTTOUCH, HWLOC_MEMBIND_FIRSTTOUCH, "0-1", 1},
	{HWLOC_MEMBIND_FIRSTTOUCH, HWLOC_MEMBIND_BIND, "0-1", 0},
};

START_TEST(check_binding_compares_policy_and_nodes)
{
	struct aml_area *area = area_of(NULL, found[_i].policy);
	char page[1];

	machine.found_policy = found[_i].found;
	hwloc_bitmap_list_sscanf(machine.found_set, found[_i].nodes);
	ck_assert_int_eq(aml_area_hwloc_check_binding(area, page, 1), found[_i].match);
	aml_area_hwloc_destroy(&area);
}
END_TEST

START_TEST(check_binding_refuses_bad_arguments_and_reports_hwloc)
{
	char page[1];

	ck_assert_int_eq(aml_area_hwloc_check_binding(NULL, page, 1), -AML_EINVAL);
	ck_assert_int_eq(aml_area_hwloc_check_binding(&aml_area_hwloc_default, NULL, 1),
			 -AML_EINVAL);
	ck_assert_int_eq(aml_area_hwloc_check_binding(&aml_area_hwloc_default, page, 0),
			 -AML_EINVAL);
	machine.mempolicy_errno = ENOSYS;
	ck_assert_int_eq(aml_area_hwloc_check_binding(&aml_area_hwloc_default, page, 1),
			 -AML_ENOTSUP);
}
END_TEST

static void expect_needs_init(int rc)
{
	ck_assert_int_eq(rc, -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "call aml_init() first"));
}

START_TEST(before_init_everything_is_refused)
{
	struct aml_area *area = &aml_area_hwloc_default;
	char page[1];

	machine_unplug();
	ck_assert_ptr_null(aml_topology);
	ck_assert_ptr_null(allowed_nodeset);
	ck_assert_ptr_null(aml_area_mmap(&aml_area_hwloc_default, 1, NULL));
	expect_needs_init(-aml_errno);
	expect_needs_init(aml_area_munmap(&aml_area_hwloc_default, page, 1));
	expect_needs_init(aml_area_hwloc_check_binding(&aml_area_hwloc_default, page, 1));
	expect_needs_init(aml_area_hwloc_create(&area, NULL, HWLOC_MEMBIND_DEFAULT));
	ck_assert_ptr_null(area);
}
END_TEST

START_TEST(destroy_takes_null_and_the_ready_made_areas)
{
	struct aml_area *area = NULL;

	aml_area_hwloc_destroy(NULL);
	aml_area_hwloc_destroy(&area);
	area = &aml_area_hwloc_interleave;
	aml_area_hwloc_destroy(&area);
	ck_assert_ptr_null(area);
	ck_assert_ptr_eq(aml_area_hwloc_interleave.ops, &aml_area_hwloc_ops);
}
END_TEST

static void expect_printed(const struct aml_area *area, const char *wanted)
{
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	ck_assert_int_eq(aml_area_fprintf(stream, "+", area), 0);
	fclose(stream);
	ck_assert_str_eq(text, wanted);
	free(text);
}

START_TEST(fprintf_says_policy_and_nodes_in_one_line)
{
	struct aml_area *area = area_of("1", HWLOC_MEMBIND_BIND);

	expect_printed(area, "+hwloc area: policy bind, nodes 1\n");
	expect_printed(&aml_area_hwloc_firsttouch, "+hwloc area: policy first touch, nodes 0-1\n");
	aml_area_hwloc_destroy(&area);
	machine_unplug();
	expect_printed(&aml_area_hwloc_interleave,
		       "+hwloc area: policy interleave, nodes all that aml_init() will find\n");
}
END_TEST

START_TEST(this_machine_maps_and_finds_the_binding_again)
{
	static struct aml_area *const areas[] = {
		&aml_area_hwloc_default, &aml_area_hwloc_interleave, &aml_area_hwloc_firsttouch};
	char *ptr;

	machine_unplug();
	ck_assert_int_eq(aml_backend_hwloc_init(), 0);
	ptr = aml_area_mmap(areas[_i], 100000, NULL);
	if (ptr) {
		memset(ptr, 1, 100000);
		ck_assert_int_eq(aml_area_hwloc_check_binding(areas[_i], ptr, 100000), 1);
		ck_assert_int_eq(aml_area_munmap(areas[_i], ptr, 100000), 0);
	} else { /* containers may not bind */
		ck_assert_msg(aml_errno == AML_EPERM || aml_errno == AML_ENOTSUP, "%s",
			      aml_error_detail());
	}
	ck_assert_int_eq(aml_backend_hwloc_finalize(), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hwloc");
	TCase *tc = tcase_create("hwloc");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_ready_made_areas_use_all_allowed_nodes);
	tcase_add_test(tc, an_area_binds_to_a_copy_of_its_node_set);
	tcase_add_test(tc, bad_arguments_are_refused);
	tcase_add_test(tc, a_policy_the_system_does_not_have_is_enotsup);
	tcase_add_test(tc, without_memory_creating_says_so_and_leaves_nothing);
	tcase_add_loop_test(tc, what_hwloc_refuses_has_a_code_and_keeps_errno, 0, 4);
	tcase_add_test(tc, a_refused_free_is_failure);
	tcase_add_loop_test(tc, check_binding_compares_policy_and_nodes, 0,
			    (int)(sizeof(found) / sizeof(found[0])));
	tcase_add_test(tc, check_binding_refuses_bad_arguments_and_reports_hwloc);
	tcase_add_test(tc, before_init_everything_is_refused);
	tcase_add_test(tc, destroy_takes_null_and_the_ready_made_areas);
	tcase_add_test(tc, fprintf_says_policy_and_nodes_in_one_line);
	tcase_add_loop_test(tc, this_machine_maps_and_finds_the_binding_again, 0, 3);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
