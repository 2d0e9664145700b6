/* SPDX-License-Identifier: BSD-3-Clause */
/* Binding with the linux area: what the kernel is asked, and what its answers mean. */
#include <check.h>
#include <errno.h>
#include <numa.h>
#include <numaif.h>
#include <stdlib.h>
#include <string.h>

#include "aml/area/linux.h"
#include "aml/error.h"
#include "area/system.h"
#include "tests/lib/machine.h"

#define DEFAULT AML_AREA_LINUX_POLICY_DEFAULT
#define BIND AML_AREA_LINUX_POLICY_BIND
#define PREFERRED AML_AREA_LINUX_POLICY_PREFERRED
#define INTERLEAVE AML_AREA_LINUX_POLICY_INTERLEAVE

static struct aml_area *area_of(const char *nodes, enum aml_area_linux_policy policy)
{
	struct aml_bitmap set = machine_set(nodes ? nodes : "none");
	struct aml_area *area;

	ck_assert_msg(aml_area_linux_create(&area, nodes ? &set : NULL, policy) == 0, "%s",
		      aml_error_detail());
	return area;
}

static struct aml_area_linux_data *data_of(const struct aml_area *area)
{
	return (struct aml_area_linux_data *)area->data;
}

static void expect_bind(void *addr, size_t size, int mode, const char *nodes)
{
	const struct machine_bind *b = &machine.binds[0];
	struct aml_bitmap set = machine_set(nodes);

	ck_assert_uint_eq(machine.nbinds, 1);
	ck_assert_ptr_eq(b->addr, addr);
	ck_assert_uint_eq(b->size, size);
	ck_assert_int_eq(b->mode, mode);
	ck_assert_uint_eq(b->flags, MPOL_MF_MOVE);
	ck_assert_int_eq(aml_bitmap_isequal(&b->nodes, &set), 1);
}

static const struct {
	enum aml_area_linux_policy policy;
	int mode;
} modes[] = {{BIND, MPOL_BIND}, {PREFERRED, MPOL_PREFERRED}, {INTERLEAVE, MPOL_INTERLEAVE}};

START_TEST(every_mapping_is_bound_to_the_nodes_given)
{
	struct aml_area *area = area_of("1", modes[_i].policy);
	void *ptr = aml_area_mmap(area, 5000, NULL);

	ck_assert_ptr_nonnull(ptr);
	expect_bind(ptr, 5000, modes[_i].mode, "1");
	ck_assert_int_eq(aml_area_munmap(area, ptr, 5000), 0);
	ck_assert_int_eq(machine.mapped, 0);
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(the_highest_node_is_bound_too)
{
	struct aml_area *area;
	void *ptr;

	machine.allowed = machine_set("all");
	area = area_of("0,64,2047", INTERLEAVE);
	ptr = aml_area_mmap(area, 1, NULL);
	expect_bind(ptr, 1, MPOL_INTERLEAVE, "0,64,2047");
	aml_area_munmap(area, ptr, 1);
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(the_default_policy_maps_and_binds_nothing)
{
	struct aml_area *area = area_of("1", DEFAULT);
	void *ptr = aml_area_mmap(area, 5000, NULL);

	ck_assert_ptr_nonnull(ptr);
	ck_assert_uint_eq(machine.nbinds, 0);
	ck_assert_int_eq(aml_area_munmap(area, ptr, 5000), 0);
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(plain_mmap_does_not_bind)
{
	struct aml_area *area = area_of("1", BIND);
	void *ptr = aml_area_linux_mmap(area->data, 5000, NULL);

	ck_assert_ptr_nonnull(ptr);
	ck_assert_uint_eq(machine.nbinds, 0);
	ck_assert_int_eq(aml_area_linux_munmap(area->data, ptr, 5000), 0);
	ptr = aml_area_linux_mmap(NULL, 5000, NULL);
	ck_assert_int_eq(aml_area_linux_munmap(NULL, ptr, 5000), 0);
	ck_assert_int_eq(machine.mapped, 0);
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(mbind_without_nodes_takes_all_allowed_ones)
{
	struct aml_area_linux_data data = {NULL, BIND, AML_AREA_LINUX_HUGE_NONE, 0};
	char page[1];

	ck_assert_int_eq(aml_area_linux_mbind(&data, page, 4096), 0);
	expect_bind(page, 4096, MPOL_BIND, "0-1");
}
END_TEST

START_TEST(mbind_with_the_default_policy_removes_a_binding)
{
	struct aml_area *area = area_of("1", DEFAULT);
	char page[1];

	ck_assert_int_eq(aml_area_linux_mbind(data_of(area), page, 4096), 0);
	expect_bind(page, 4096, MPOL_DEFAULT, "none");
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(mbind_refuses_bad_arguments_and_reports_the_kernel)
{
	struct aml_area_linux_data data = {NULL, (enum aml_area_linux_policy)4,
					   AML_AREA_LINUX_HUGE_NONE, 0};
	char page[1];

	ck_assert_int_eq(aml_area_linux_mbind(NULL, page, 1), -AML_EINVAL);
	ck_assert_int_eq(aml_area_linux_mbind(&data, page, 1), -AML_EINVAL);
	data.policy = BIND;
	ck_assert_int_eq(aml_area_linux_mbind(&data, NULL, 1), -AML_EINVAL);
	ck_assert_uint_eq(machine.nbinds, 0);
	machine.mbind_errno = EPERM;
	ck_assert_int_eq(aml_area_linux_mbind(&data, page, 1), -AML_EPERM);
	ck_assert_int_eq(errno, EPERM);
}
END_TEST

/* What an area on nodes 0 and 1 says to what the kernel found. */
static const struct {
	enum aml_area_linux_policy policy;
	int mode;
	const char *nodes;
	int match;
} found[] = {
	{DEFAULT, MPOL_DEFAULT, "none", 1},
	{DEFAULT, MPOL_BIND, "0-1", 0},
	{BIND, MPOL_BIND, "0-1", 1},
	{BIND, MPOL_BIND | 1 << 15, "0-1", 1}, /* MPOL_F_STATIC_NODES */
	{BIND, MPOL_BIND, "0", 0},
	{BIND, MPOL_BIND, "0-2", 0},
	{BIND, MPOL_BIND, "0-1,63", 0},
	{BIND, MPOL_DEFAULT, "none", 0},
	{BIND, MPOL_PREFERRED, "0-1", 0}, /* PREFERRED is the kernel's 1, BIND ours */
	{BIND, MPOL_INTERLEAVE, "0-1", 0},
	{PREFERRED, MPOL_PREFERRED, "0", 1},
	{PREFERRED, MPOL_PREFERRED, "1", 1},
	{PREFERRED, MPOL_PREFERRED, "2", 0},
	{PREFERRED, MPOL_PREFERRED, "none", 0},
	{PREFERRED, MPOL_BIND, "0-1", 0},
	{INTERLEAVE, MPOL_INTERLEAVE, "0-1", 1},
	{INTERLEAVE, MPOL_INTERLEAVE, "1", 0},
	{INTERLEAVE, MPOL_BIND, "0-1", 0},
};

START_TEST(check_binding_compares_policy_and_nodes)
{
	struct aml_area *area = area_of("0-1", found[_i].policy);
	struct aml_area_linux_data all = {NULL, found[_i].policy, AML_AREA_LINUX_HUGE_NONE, 0};
	char page[1];

	machine.found_mode = found[_i].mode;
	machine.found_nodes = machine_set(found[_i].nodes);
	ck_assert_int_eq(aml_area_linux_check_binding(data_of(area), page, 1), found[_i].match);
	ck_assert_int_eq(aml_area_linux_check_binding(&all, page, 0), found[_i].match);
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(check_binding_sees_the_last_node)
{
	struct aml_area *area;
	char page[1];

	machine.allowed = machine_set("all");
	area = area_of("1-2047", BIND);
	machine.found_mode = MPOL_BIND;
	machine.found_nodes = machine_set("1-2046");
	ck_assert_int_eq(aml_area_linux_check_binding(data_of(area), page, 1), 0);
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(check_binding_refuses_bad_arguments_and_reports_the_kernel)
{
	struct aml_area_linux_data data = {NULL, BIND, AML_AREA_LINUX_HUGE_NONE, 0};
	char page[1];

	ck_assert_int_eq(aml_area_linux_check_binding(NULL, page, 1), -AML_EINVAL);
	ck_assert_int_eq(aml_area_linux_check_binding(&data, NULL, 1), -AML_EINVAL);
	machine.mempolicy_errno = ENOSYS;
	ck_assert_int_eq(aml_area_linux_check_binding(&data, page, 1), -AML_ENOTSUP);
	machine.mempolicy_errno = EFAULT;
	ck_assert_int_eq(aml_area_linux_check_binding(&data, page, 1), -AML_EINVAL);
	data.policy = (enum aml_area_linux_policy)17;
	ck_assert_int_eq(aml_area_linux_check_binding(&data, page, 1), -AML_EINVAL);
}
END_TEST

START_TEST(on_this_machine_each_policy_is_found_again)
{
	struct aml_area *area;
	char *ptr;

	machine_unplug();
	if (numa_available() < 0)
		return;
	area = area_of(NULL, (enum aml_area_linux_policy)_i);
	ptr = aml_area_mmap(area, 100000, NULL);
	if (!ptr) { /* containers may not bind */
		ck_assert_msg(_i != DEFAULT && aml_errno == AML_EPERM, "%s", aml_error_detail());
		aml_area_linux_destroy(&area);
		return;
	}
	memset(ptr, 1, 100000);
	for (int p = DEFAULT; p <= INTERLEAVE; p++) {
		struct aml_area_linux_data other = *data_of(area);

		other.policy = (enum aml_area_linux_policy)p;
		ck_assert_int_eq(aml_area_linux_check_binding(&other, ptr, 100000), p == _i);
	}
	ck_assert_int_eq(aml_area_munmap(area, ptr, 100000), 0);
	aml_area_linux_destroy(&area);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("linux_bind");
	TCase *tc = tcase_create("linux_bind");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, machine_plug, machine_unplug);
	tcase_add_loop_test(tc, every_mapping_is_bound_to_the_nodes_given, 0, 3);
	tcase_add_test(tc, the_highest_node_is_bound_too);
	tcase_add_test(tc, the_default_policy_maps_and_binds_nothing);
	tcase_add_test(tc, plain_mmap_does_not_bind);
	tcase_add_test(tc, mbind_without_nodes_takes_all_allowed_ones);
	tcase_add_test(tc, mbind_with_the_default_policy_removes_a_binding);
	tcase_add_test(tc, mbind_refuses_bad_arguments_and_reports_the_kernel);
	tcase_add_loop_test(tc, check_binding_compares_policy_and_nodes, 0,
			    (int)(sizeof(found) / sizeof(found[0])));
	tcase_add_test(tc, check_binding_sees_the_last_node);
	tcase_add_test(tc, check_binding_refuses_bad_arguments_and_reports_the_kernel);
	tcase_add_loop_test(tc, on_this_machine_each_policy_is_found_again, DEFAULT,
			    INTERLEAVE + 1);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
