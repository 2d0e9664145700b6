/* SPDX-License-Identifier: BSD-3-Clause */
/* Mapping with the linux area, on this machine and on one that says no. */
#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "aml/area/linux.h"
#include "aml/error.h"
#include "area/system.h"
#include "tests/lib/machine.h"

#define MIB2 ((size_t)2 << 20)

static struct aml_area *huge_area(enum aml_area_linux_policy policy, enum aml_area_linux_huge huge)
{
	struct aml_area *area;

	ck_assert_msg(aml_area_linux_create_huge(&area, NULL, policy, huge) == 0, "%s",
		      aml_error_detail());
	return area;
}

static void expect_zeroed_and_writable(char *ptr, size_t size)
{
	for (size_t i = 0; i < size; i += 511) {
		ck_assert_int_eq(ptr[i], 0);
		ptr[i] = (char)i;
	}
	ptr[size - 1] = 1;
}

START_TEST(the_ready_made_area_maps_private_zeroed_pages)
{
	void *ptr;

	machine_unplug(); /* the real machine */
	ptr = aml_area_mmap(&aml_area_linux, 10000, NULL);
	ck_assert_ptr_nonnull(ptr);
	ck_assert_uint_eq((uintptr_t)ptr % (size_t)sysconf(_SC_PAGESIZE), 0);
	expect_zeroed_and_writable(ptr, 10000);
	ck_assert_int_eq(aml_area_munmap(&aml_area_linux, ptr, 10000), 0);
}
END_TEST

START_TEST(by_default_nothing_is_bound_and_no_file_is_named)
{
	void *ptr = aml_area_mmap(&aml_area_linux, 10000, NULL);

	ck_assert_ptr_nonnull(ptr);
	ck_assert_uint_eq(machine.mmap_size, 10000);
	ck_assert_int_eq(machine.mmap_flags, MAP_PRIVATE | MAP_ANONYMOUS);
	ck_assert_int_eq(machine.mmap_prot, PROT_READ | PROT_WRITE);
	ck_assert_int_eq(machine.mmap_fd, -1);
	ck_assert_uint_eq(machine.nbinds, 0);
	ck_assert_uint_eq(machine.madvises, 0);
	ck_assert_int_eq(aml_area_munmap(&aml_area_linux, ptr, 10000), 0);
	ck_assert_int_eq(machine.mapped, 0);
}
END_TEST

START_TEST(options_go_to_mmap_as_they_are)
{
	char path[] = "/tmp/test_linux_map_XXXXXX";
	int fd = mkstemp(path);
	struct aml_area_linux_mmap_options o = {NULL, MAP_SHARED, PROT_READ, fd, 4096};
	char *ptr;

	ck_assert_int_ge(fd, 0);
	unlink(path);
	ck_assert_int_eq(pwrite(fd, "here", 4, 4096), 4);
	ptr = aml_area_mmap(&aml_area_linux, 4, (struct aml_area_mmap_options *)&o);
	ck_assert_ptr_nonnull(ptr);
	ck_assert_int_eq(machine.mmap_flags, MAP_SHARED);
	ck_assert_int_eq(machine.mmap_prot, PROT_READ);
	ck_assert_int_eq(memcmp(ptr, "here", 4), 0);
	ck_assert_int_eq(aml_area_munmap(&aml_area_linux, ptr, 4), 0);
	close(fd);
}
END_TEST

START_TEST(a_bad_file_is_einval_on_the_real_machine)
{
	struct aml_area_linux_mmap_options o = {NULL, MAP_SHARED, PROT_READ, -1, 0};

	machine_unplug();
	ck_assert_ptr_null(aml_area_mmap(&aml_area_linux, 1, (struct aml_area_mmap_options *)&o));
	ck_assert_int_eq(aml_errno, AML_EINVAL);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

START_TEST(more_than_there_is_is_enomem_on_the_real_machine)
{
	machine_unplug();
	ck_assert_ptr_null(aml_area_mmap(&aml_area_linux, SIZE_MAX / 2, NULL));
	ck_assert_int_eq(aml_errno, AML_ENOMEM);
	ck_assert_int_eq(errno, ENOMEM);
}
END_TEST

static const struct {
	int err, code;
} refusals[] = {
	{ENOMEM, AML_ENOMEM},  {EAGAIN, AML_ENOMEM},  {EPERM, AML_EPERM},
	{EACCES, AML_EPERM},   {EINVAL, AML_EINVAL},  {EBADF, AML_EINVAL},
	{EFAULT, AML_EINVAL},  {EEXIST, AML_EINVAL},  {EOVERFLOW, AML_EINVAL},
	{ENOSYS, AML_ENOTSUP}, {ENODEV, AML_ENOTSUP}, {EOPNOTSUPP, AML_ENOTSUP},
	{ENFILE, AML_FAILURE},
};
#define NREFUSALS (sizeof(refusals) / sizeof(refusals[0]))

/* NULL with this code, errno kept, nothing mapped, and these words in the sentence. */
static void expect_refused(const struct aml_area *area, size_t size, int code, int err,
			   const char *words)
{
	aml_errno = 0;
	errno = 0;
	ck_assert_ptr_null(aml_area_mmap(area, size, NULL));
	ck_assert_int_eq(errno, err);
	ck_assert_int_eq(aml_errno, code);
	ck_assert_msg(strstr(aml_error_detail(), words), "'%s' lacks '%s'", aml_error_detail(),
		      words);
	ck_assert_int_eq(machine.mapped, 0);
}

START_TEST(a_refused_mmap_gives_its_code_and_keeps_errno)
{
	machine.mmap_errno = refusals[_i].err;
	expect_refused(&aml_area_linux, 12345, refusals[_i].code, refusals[_i].err, "12345");
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), strerror(refusals[_i].err)));
}
END_TEST

START_TEST(a_refused_binding_undoes_the_mapping)
{
	struct aml_area *area = huge_area(AML_AREA_LINUX_POLICY_BIND, AML_AREA_LINUX_HUGE_NONE);

	machine.mbind_errno = refusals[_i].err;
	expect_refused(area, 12345, refusals[_i].code, refusals[_i].err, "nodes 0-1");
	ck_assert_uint_eq(machine.mmaps, 1);
	ck_assert_uint_eq(machine.munmaps, 1);
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(a_refused_munmap_is_failure_and_the_memory_stays)
{
	void *ptr = aml_area_mmap(&aml_area_linux, 4096, NULL);

	machine.munmap_errno = EINVAL;
	ck_assert_int_eq(aml_area_munmap(&aml_area_linux, ptr, 4096), -AML_FAILURE);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(machine.mapped, 4096);
	machine.munmap_errno = 0;
	ck_assert_int_eq(aml_area_munmap(&aml_area_linux, ptr, 4096), 0);
}
END_TEST

START_TEST(madvise_areas_are_aligned_rounded_and_given_back_whole)
{
	static const size_t offsets[] = {0, 4096, 1 << 20, ((size_t)2 << 20) - 4096};
	struct aml_area *area = huge_area(AML_AREA_LINUX_POLICY_BIND, AML_AREA_LINUX_HUGE_MADVISE);
	char *ptr;

	machine.map_offset = offsets[_i];
	ptr = aml_area_mmap(area, MIB2 + 1, NULL);
	ck_assert_ptr_nonnull(ptr);
	ck_assert_uint_eq((uintptr_t)ptr % MIB2, 0);
	ck_assert_uint_eq(machine.madvises, 1);
	ck_assert_int_eq(machine.mapped, (long)(2 * MIB2));
	ck_assert_ptr_eq(machine.binds[0].addr, ptr);
	ck_assert_uint_eq(machine.binds[0].size, 2 * MIB2);
	expect_zeroed_and_writable(ptr, 2 * MIB2);
	ck_assert_int_eq(aml_area_munmap(area, ptr, MIB2 + 1), 0);
	ck_assert_int_eq(machine.mapped, 0);
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(a_kernel_without_transparent_pages_is_enotsup)
{
	struct aml_area *area =
		huge_area(AML_AREA_LINUX_POLICY_DEFAULT, AML_AREA_LINUX_HUGE_MADVISE);

	machine.map_offset = 4096;
	machine.madvise_errno = EINVAL;
	expect_refused(area, 100, AML_ENOTSUP, EINVAL, "/sys/kernel/mm/transparent_hugepage");
	machine.madvise_errno = ENOMEM;
	expect_refused(area, 100, AML_ENOMEM, ENOMEM, "madvise");
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(when_the_alignment_cannot_be_cut_off_all_is_undone)
{
	struct aml_area *area =
		huge_area(AML_AREA_LINUX_POLICY_DEFAULT, AML_AREA_LINUX_HUGE_MADVISE);

	machine.map_offset = 4096;
	machine.munmap_fails_at = (unsigned)_i;
	expect_refused(area, 100, AML_ENOMEM, ENOMEM, "aligned");
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(hugetlb_areas_round_mmap_and_munmap_to_the_huge_page)
{
	struct aml_area *area;
	void *ptr;

	machine.huge_page_bytes = (size_t)8 << 20;
	area = huge_area(AML_AREA_LINUX_POLICY_DEFAULT, AML_AREA_LINUX_HUGE_HUGETLB);
	ptr = aml_area_mmap(area, 1, NULL);
	ck_assert_ptr_nonnull(ptr);
	ck_assert_int_eq(machine.mmap_flags, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB);
	ck_assert_uint_eq(machine.mmap_size, (size_t)8 << 20);
	ck_assert_uint_eq(machine.madvises, 0);
	ck_assert_int_eq(aml_area_munmap(area, ptr, 1), 0);
	ck_assert_int_eq(machine.mapped, 0);
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(refused_huge_pages_name_the_remedy)
{
	struct aml_area *area =
		huge_area(AML_AREA_LINUX_POLICY_DEFAULT, AML_AREA_LINUX_HUGE_HUGETLB);

	machine.mmap_errno = ENOMEM;
	expect_refused(area, 100, AML_ENOMEM, ENOMEM, "/proc/sys/vm/nr_hugepages");
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(huge_sizes_that_wrap_are_enomem)
{
	struct aml_area *area =
		huge_area(AML_AREA_LINUX_POLICY_DEFAULT, AML_AREA_LINUX_HUGE_MADVISE);

	expect_refused(area, SIZE_MAX - 100, AML_ENOMEM, 0, "no room");
	expect_refused(area, SIZE_MAX - MIB2 - 100, AML_ENOMEM, 0, "no room");
	ck_assert_uint_eq(machine.mmaps, 0);
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(huge_areas_take_only_anonymous_options)
{
	struct aml_area *area =
		huge_area(AML_AREA_LINUX_POLICY_DEFAULT, AML_AREA_LINUX_HUGE_HUGETLB);
	struct aml_area_linux_mmap_options o = {NULL, MAP_SHARED, PROT_READ, 0, 0};
	void *ptr;

	ck_assert_ptr_null(aml_area_mmap(area, 1, (struct aml_area_mmap_options *)&o));
	ck_assert_int_eq(aml_errno, AML_EINVAL);
	o.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
	aml_errno = 0;
	ck_assert_ptr_null(aml_area_mmap(area, 1, (struct aml_area_mmap_options *)&o));
	ck_assert_int_eq(aml_errno, AML_EINVAL);
	ck_assert_uint_eq(machine.mmaps, 0);
	o = (struct aml_area_linux_mmap_options){NULL, MAP_SHARED | MAP_ANONYMOUS, PROT_READ, -1,
						 0};
	ptr = aml_area_mmap(area, 1, (struct aml_area_mmap_options *)&o);
	ck_assert_ptr_nonnull(ptr);
	ck_assert_int_eq(machine.mmap_flags, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB);
	ck_assert_int_eq(machine.mmap_prot, PROT_READ);
	ck_assert_int_eq(aml_area_munmap(area, ptr, 1), 0);
	aml_area_linux_destroy(&area);
}
END_TEST

START_TEST(this_machine_maps_huge_areas_or_says_why_not)
{
	struct aml_area *area;
	char *ptr;

	machine_unplug();
	if (aml_area_linux_create_huge(&area, NULL, AML_AREA_LINUX_POLICY_DEFAULT,
				       (enum aml_area_linux_huge)_i) == -AML_ENOTSUP)
		return;
	ptr = aml_area_mmap(area, 3 << 20, NULL);
	if (ptr) {
		if (_i)
			ck_assert_uint_eq((uintptr_t)ptr % MIB2, 0);
		expect_zeroed_and_writable(ptr, 3 << 20);
		ck_assert_int_eq(aml_area_munmap(area, ptr, 3 << 20), 0);
	} else {
		ck_assert_int_ne(_i, AML_AREA_LINUX_HUGE_NONE);
		ck_assert_ptr_nonnull(strstr(aml_error_detail(), "huge"));
	}
	aml_area_linux_destroy(&area);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("linux_map");
	TCase *tc = tcase_create("linux_map");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, machine_plug, machine_unplug);
	tcase_add_test(tc, the_ready_made_area_maps_private_zeroed_pages);
	tcase_add_test(tc, by_default_nothing_is_bound_and_no_file_is_named);
	tcase_add_test(tc, options_go_to_mmap_as_they_are);
	tcase_add_test(tc, a_bad_file_is_einval_on_the_real_machine);
	tcase_add_test(tc, more_than_there_is_is_enomem_on_the_real_machine);
	tcase_add_loop_test(tc, a_refused_mmap_gives_its_code_and_keeps_errno, 0, NREFUSALS);
	tcase_add_loop_test(tc, a_refused_binding_undoes_the_mapping, 0, NREFUSALS);
	tcase_add_test(tc, a_refused_munmap_is_failure_and_the_memory_stays);
	tcase_add_loop_test(tc, madvise_areas_are_aligned_rounded_and_given_back_whole, 0, 4);
	tcase_add_test(tc, a_kernel_without_transparent_pages_is_enotsup);
	tcase_add_loop_test(tc, when_the_alignment_cannot_be_cut_off_all_is_undone, 1, 3);
	tcase_add_test(tc, hugetlb_areas_round_mmap_and_munmap_to_the_huge_page);
	tcase_add_test(tc, refused_huge_pages_name_the_remedy);
	tcase_add_test(tc, huge_sizes_that_wrap_are_enomem);
	tcase_add_test(tc, huge_areas_take_only_anonymous_options);
	tcase_add_loop_test(tc, this_machine_maps_huge_areas_or_says_why_not,
			    AML_AREA_LINUX_HUGE_NONE, AML_AREA_LINUX_HUGE_HUGETLB + 1);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
