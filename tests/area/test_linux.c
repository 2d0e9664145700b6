/* SPDX-License-Identifier: BSD-3-Clause */
/* Linux areas: what can be created, and what they say of themselves. */
#include <check.h>
#include <numa.h>
#include <stdlib.h>
#include <string.h>

#include "aml/area/linux.h"
#include "aml/error.h"
#include "base/mem.h"
#include "tests/lib/machine.h"

static struct aml_area *const junk = (struct aml_area *)8;

static const struct aml_area_linux_data *data_of(const struct aml_area *area)
{
	return (const struct aml_area_linux_data *)area->data;
}

static struct aml_bitmap nodes_of(const struct aml_area *area)
{
	const struct bitmask *nodeset = data_of(area)->nodeset;
	struct aml_bitmap nodes;

	aml_bitmap_copy_from_ulong(&nodes, nodeset->maskp, nodeset->size);
	return nodes;
}

/* Refused with this code, no area, and a sentence that has these words. */
static void expect_refused(int code, const char *nodes, int policy, int huge, const char *words)
{
	struct aml_bitmap set = machine_set(nodes ? nodes : "none");
	struct aml_area *area = junk;

	ck_assert_int_eq(aml_area_linux_create_huge(&area, nodes ? &set : NULL,
						    (enum aml_area_linux_policy)policy,
						    (enum aml_area_linux_huge)huge),
			 -code);
	ck_assert_ptr_null(area);
	ck_assert_msg(strstr(aml_error_detail(), words), "'%s' lacks '%s'", aml_error_detail(),
		      words);
}

START_TEST(the_nodemask_is_the_one_given)
{
	struct aml_bitmap one = machine_set("1"), found;
	struct aml_area *area;

	ck_assert_int_eq(aml_area_linux_create(&area, &one, AML_AREA_LINUX_POLICY_BIND), 0);
	aml_bitmap_zero(&one); /* it was copied */
	found = nodes_of(area);
	one = machine_set("1");
	ck_assert_int_eq(aml_bitmap_isequal(&found, &one), 1);
	ck_assert(numa_bitmask_isbitset(data_of(area)->nodeset, 1));
	ck_assert(!numa_bitmask_isbitset(data_of(area)->nodeset, 0));
	ck_assert_int_eq(data_of(area)->policy, AML_AREA_LINUX_POLICY_BIND);
	ck_assert_int_eq(data_of(area)->huge, AML_AREA_LINUX_HUGE_NONE);
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(no_nodemask_means_all_allowed_nodes)
{
	struct aml_bitmap found;
	struct aml_area *area;

	machine.allowed = machine_set("1,3-4,70");
	ck_assert_int_eq(aml_area_linux_create(&area, NULL, AML_AREA_LINUX_POLICY_INTERLEAVE), 0);
	found = nodes_of(area);
	ck_assert_int_eq(aml_bitmap_isequal(&found, &machine.allowed), 1);
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(a_node_outside_the_allowed_set_is_named)
{
	expect_refused(AML_EDOM, "0,2,5", AML_AREA_LINUX_POLICY_BIND, 0, "node 2 ");
	expect_refused(AML_EDOM, "0,2", AML_AREA_LINUX_POLICY_BIND, 0, "(0-1)");
	expect_refused(AML_EDOM, "2047", AML_AREA_LINUX_POLICY_DEFAULT, 0, "node 2047");
	expect_refused(AML_EDOM, "all", AML_AREA_LINUX_POLICY_PREFERRED, 0, "node 2 ");
}
END_TEST

START_TEST(unknown_policies_and_kinds_of_pages_are_refused)
{
	expect_refused(AML_EINVAL, NULL, 4, 0, "policy 4");
	expect_refused(AML_EINVAL, NULL, -1, 0, "policy -1");
	expect_refused(AML_EINVAL, NULL, 0, 3, "kind 3");
	expect_refused(AML_EINVAL, NULL, 0, -1, "kind -1");
	ck_assert_int_eq(aml_area_linux_create(NULL, NULL, AML_AREA_LINUX_POLICY_BIND),
			 -AML_EINVAL);
}
END_TEST

START_TEST(an_empty_nodemask_is_refused_by_policies_that_need_nodes)
{
	struct aml_bitmap none = machine_set("none");
	struct aml_area *area;

	expect_refused(AML_EINVAL, "none", AML_AREA_LINUX_POLICY_BIND, 0, "empty");
	expect_refused(AML_EINVAL, "none", AML_AREA_LINUX_POLICY_PREFERRED, 0, "empty");
	expect_refused(AML_EINVAL, "none", AML_AREA_LINUX_POLICY_INTERLEAVE, 0, "empty");
	ck_assert_int_eq(aml_area_linux_create(&area, &none, AML_AREA_LINUX_POLICY_DEFAULT), 0);
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(hugetlb_needs_a_kernel_that_has_it)
{
	machine.huge_page_bytes = 0;
	expect_refused(AML_ENOTSUP, NULL, 0, AML_AREA_LINUX_HUGE_HUGETLB, "Hugepagesize");
}
END_TEST

START_TEST(without_memory_creating_says_so)
{
	amli_alloc_fail_at(1);
	expect_refused(AML_ENOMEM, NULL, AML_AREA_LINUX_POLICY_BIND, 0, "memory");
	amli_alloc_fail_at(0);
}
END_TEST

START_TEST(destroy_takes_null_and_the_ready_made_area)
{
	struct aml_area *area = NULL;

	aml_area_linux_destroy(NULL);
	aml_area_linux_destroy(&area);
	area = &aml_area_linux;
	aml_area_linux_destroy(&area);
	ck_assert_ptr_null(area);
	ck_assert_ptr_eq(aml_area_linux.ops, &aml_area_linux_ops);
}
END_TEST

static void expect_printed(const struct aml_area *area, const char *prefix, const char *wanted)
{
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	ck_assert_int_eq(aml_area_fprintf(stream, prefix, area), 0);
	fclose(stream);
	ck_assert_str_eq(text, wanted);
	free(text);
}

START_TEST(fprintf_says_policy_and_nodes_in_one_line)
{
	struct aml_bitmap set = machine_set("1");
	struct aml_area *area;

	expect_printed(&aml_area_linux, NULL, "linux area: policy default, nodes 0-1\n");
	ck_assert_int_eq(aml_area_linux_create(&area, &set, AML_AREA_LINUX_POLICY_PREFERRED), 0);
	expect_printed(area, "# ", "# linux area: policy preferred, nodes 1\n");
	aml_area_linux_destroy(&area);
	ck_assert_int_eq(aml_area_linux_create_huge(&area, NULL, AML_AREA_LINUX_POLICY_INTERLEAVE,
						    AML_AREA_LINUX_HUGE_HUGETLB),
			 0);
	expect_printed(area, "",
		       "linux area: policy interleave, nodes 0-1, huge pages by hugetlb\n");
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(fprintf_takes_data_that_a_program_made)
{
	unsigned long words[2] = {1UL << 3, 1UL << 63}; /* as large as its size says */
	struct bitmask nodeset = {.size = 128, .maskp = words};
	struct aml_area_linux_data data = {&nodeset, (enum aml_area_linux_policy)9,
					   (enum aml_area_linux_huge)9, 0};
	struct aml_area area = {&aml_area_linux_ops, (struct aml_area_data *)&data};

	expect_printed(&area, "", "linux area: policy unknown, nodes 3,127\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("linux");
	TCase *tc = tcase_create("linux");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, machine_plug, machine_unplug);
	tcase_add_test(tc, the_nodemask_is_the_one_given);
	tcase_add_test(tc, no_nodemask_means_all_allowed_nodes);
	tcase_add_test(tc, a_node_outside_the_allowed_set_is_named);
	tcase_add_test(tc, unknown_policies_and_kinds_of_pages_are_refused);
	tcase_add_test(tc, an_empty_nodemask_is_refused_by_policies_that_need_nodes);
	tcase_add_test(tc, hugetlb_needs_a_kernel_that_has_it);
	tcase_add_test(tc, without_memory_creating_says_so);
	tcase_add_test(tc, destroy_takes_null_and_the_ready_made_area);
	tcase_add_test(tc, fprintf_says_policy_and_nodes_in_one_line);
	tcase_add_test(tc, fprintf_takes_data_that_a_program_made);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
