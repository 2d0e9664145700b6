/* SPDX-License-Identifier: BSD-3-Clause */
/* The generic calls dispatch, and refuse what they must. */
#include <check.h>
#include <stdint.h>
#include <string.h>

#include "aml/area.h"
#include "aml/error.h"

/* An area as a program may bring it: its addresses cannot be dereferenced. */
struct counter {
	int maps, unmaps, prints;
	size_t size;
	void *opts, *ptr;
	const char *prefix;
};

static void *count_map(const struct aml_area_data *data, size_t size,
		       struct aml_area_mmap_options *opts)
{
	struct counter *c = (struct counter *)(uintptr_t)data;

	c->maps++;
	c->size = size;
	c->opts = opts;
	return (void *)1;
}

static int count_unmap(const struct aml_area_data *data, void *ptr, size_t size)
{
	struct counter *c = (struct counter *)(uintptr_t)data;

	c->unmaps++;
	c->ptr = ptr;
	c->size = size;
	return -AML_EBUSY;
}

static int count_print(const struct aml_area_data *data, FILE *stream, const char *prefix)
{
	struct counter *c = (struct counter *)(uintptr_t)data;

	(void)stream;
	c->prints++;
	c->prefix = prefix;
	return -AML_EPERM;
}

static struct aml_area_ops counting = {count_map, count_unmap, count_print};
static struct aml_area_ops unable;
static struct counter counter;
static struct aml_area area = {&counting, (struct aml_area_data *)&counter};
static struct aml_area empty = {&unable, NULL};
static struct aml_area blank;

static void setup(void)
{
	memset(&counter, 0, sizeof(counter));
	aml_errno = 0;
}

START_TEST(mmap_hands_size_and_options_to_the_area)
{
	int opts;

	ck_assert_ptr_eq(aml_area_mmap(&area, 42, (struct aml_area_mmap_options *)&opts),
			 (void *)1);
	ck_assert_int_eq(counter.maps, 1);
	ck_assert_uint_eq(counter.size, 42);
	ck_assert_ptr_eq(counter.opts, &opts);
	ck_assert_int_eq(aml_errno, 0);
}
END_TEST

START_TEST(nothing_of_size_zero_is_mapped_and_aml_errno_stays)
{
	aml_errno = 99;
	ck_assert_ptr_null(aml_area_mmap(&area, 0, NULL));
	ck_assert_ptr_null(aml_area_mmap(NULL, 0, NULL));
	ck_assert_int_eq(aml_errno, 99);
	ck_assert_int_eq(counter.maps, 0);
}
END_TEST

START_TEST(mmap_needs_an_area_that_can)
{
	ck_assert_ptr_null(aml_area_mmap(NULL, 1, NULL));
	ck_assert_int_eq(aml_errno, AML_EINVAL);
	ck_assert_ptr_null(aml_area_mmap(&empty, 1, NULL));
	ck_assert_int_eq(aml_errno, AML_ENOTSUP);
	ck_assert_ptr_null(aml_area_mmap(&blank, 1, NULL));
	ck_assert_int_eq(aml_errno, AML_EINVAL);
}
END_TEST

START_TEST(munmap_returns_what_the_area_returns)
{
	ck_assert_int_eq(aml_area_munmap(&area, (void *)1, 42), -AML_EBUSY);
	ck_assert_int_eq(counter.unmaps, 1);
	ck_assert_ptr_eq(counter.ptr, (void *)1);
	ck_assert_uint_eq(counter.size, 42);
}
END_TEST

START_TEST(nothing_is_unmapped_with_success)
{
	ck_assert_int_eq(aml_area_munmap(&area, NULL, 42), 0);
	ck_assert_int_eq(aml_area_munmap(&area, (void *)1, 0), 0);
	ck_assert_int_eq(aml_area_munmap(NULL, NULL, 42), 0);
	ck_assert_int_eq(counter.unmaps, 0);
}
END_TEST

START_TEST(munmap_needs_an_area_that_can)
{
	ck_assert_int_eq(aml_area_munmap(NULL, (void *)1, 1), -AML_EINVAL);
	ck_assert_int_eq(aml_area_munmap(&empty, (void *)1, 1), -AML_ENOTSUP);
	ck_assert_int_eq(aml_area_munmap(&blank, (void *)1, 1), -AML_EINVAL);
}
END_TEST

START_TEST(fprintf_gives_the_area_a_prefix_always)
{
	ck_assert_int_eq(aml_area_fprintf(stderr, "> ", &area), -AML_EPERM);
	ck_assert_str_eq(counter.prefix, "> ");
	ck_assert_int_eq(aml_area_fprintf(stderr, NULL, &area), -AML_EPERM);
	ck_assert_str_eq(counter.prefix, "");
	ck_assert_int_eq(counter.prints, 2);
}
END_TEST

START_TEST(fprintf_needs_an_area_that_can)
{
	ck_assert_int_eq(aml_area_fprintf(stderr, "", &empty), -AML_ENOTSUP);
	ck_assert_int_eq(aml_area_fprintf(stderr, "", NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_area_fprintf(stderr, "", &blank), -AML_EINVAL);
	ck_assert_int_eq(aml_area_fprintf(NULL, "", &area), -AML_EINVAL);
	ck_assert_int_eq(counter.prints, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("area");
	TCase *tc = tcase_create("area");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, mmap_hands_size_and_options_to_the_area);
	tcase_add_test(tc, nothing_of_size_zero_is_mapped_and_aml_errno_stays);
	tcase_add_test(tc, mmap_needs_an_area_that_can);
	tcase_add_test(tc, munmap_returns_what_the_area_returns);
	tcase_add_test(tc, nothing_is_unmapped_with_success);
	tcase_add_test(tc, munmap_needs_an_area_that_can);
	tcase_add_test(tc, fprintf_gives_the_area_a_prefix_always);
	tcase_add_test(tc, fprintf_needs_an_area_that_can);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
