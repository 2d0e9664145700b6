/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of areas, which are the host's, and addresses that belong to them. */
#include <check.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "aml/area.h"
#include "aml/area/hwloc.h"
#include "aml/area/linux.h"
#include "aml/error.h"
#include "base/mem.h"

static int name_area(const struct aml_area_data *data, FILE *stream, const char *prefix)
{
	if (!data)
		return -AML_EIO;
	fprintf(stream, "%s: %s\nmore\n", prefix, (const char *)data);
	return 0;
}

static struct aml_area_ops ops = {.fprintf = name_area}, plain_ops;
static const struct aml_area one = {&ops, (struct aml_area_data *)"card one"};
static const struct aml_area two = {&ops, (struct aml_area_data *)"card two"};
static const struct aml_area plain = {.ops = &plain_ops}, silent = {.ops = &ops};

static char memory[1000];

static void add(const struct aml_area *area, size_t at, size_t size, unsigned flags)
{
	ck_assert_int_eq(aml_area_range_add(area, memory + at, size, flags), 0);
}

static void take(const struct aml_area *area, size_t at, size_t size)
{
	ck_assert_int_eq(aml_area_range_remove(area, memory + at, size), 0);
}

START_TEST(an_address_is_found_in_its_range_and_not_beside_it)
{
	unsigned flags = 7;

	ck_assert_ptr_null(aml_area_of(memory, &flags));
	ck_assert_uint_eq(flags, 0);
	add(&two, 500, 100, 0);
	add(&one, 100, 50, AML_AREA_RANGE_CPU);
	add(&two, 150, 1, 0);
	ck_assert_ptr_null(aml_area_of(memory + 99, NULL));
	ck_assert_ptr_eq(aml_area_of(memory + 100, &flags), &one);
	ck_assert_uint_eq(flags, AML_AREA_RANGE_CPU);
	ck_assert_ptr_eq(aml_area_of(memory + 149, NULL), &one);
	ck_assert_ptr_eq(aml_area_of(memory + 150, &flags), &two);
	ck_assert_uint_eq(flags, 0);
	ck_assert_ptr_null(aml_area_of(memory + 151, NULL));
	ck_assert_ptr_eq(aml_area_of(memory + 599, NULL), &two);
	ck_assert_ptr_null(aml_area_of(memory + 600, NULL));
	take(&one, 100, 50);
	ck_assert_ptr_null(aml_area_of(memory + 100, NULL));
	ck_assert_ptr_eq(aml_area_of(memory + 150, NULL), &two);
	take(&two, 150, 1);
	take(&two, 500, 100);
	ck_assert_ptr_null(aml_area_of(memory + 500, NULL));
}
END_TEST

START_TEST(ranges_do_not_meet_and_are_removed_as_they_were_added)
{
	add(&one, 100, 100, 0);
	ck_assert_int_eq(aml_area_range_add(&two, memory + 199, 10, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_area_range_add(&two, memory + 50, 51, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_area_range_add(&two, memory + 120, 1, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_area_range_add(&two, memory + 50, 500, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_area_range_remove(&two, memory + 100, 100), -AML_EINVAL);
	ck_assert_int_eq(aml_area_range_remove(&one, memory + 100, 99), -AML_EINVAL);
	ck_assert_int_eq(aml_area_range_remove(&one, memory + 101, 99), -AML_EINVAL);
	ck_assert_ptr_eq(aml_area_of(memory + 120, NULL), &one);
	take(&one, 100, 100);
	ck_assert_int_eq(aml_area_range_remove(&one, memory + 100, 100), -AML_EINVAL);
	ck_assert_int_eq(aml_area_range_add(NULL, memory, 1, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_area_range_add(&one, NULL, 1, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_area_range_add(&one, memory, 0, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_area_range_add(&one, memory, 1, 2), -AML_EINVAL);
	ck_assert_int_eq(aml_area_range_add(&one, memory, SIZE_MAX, 0), -AML_EINVAL);
}
END_TEST

START_TEST(many_ranges_in_any_order_stay_sorted)
{
	unsigned bad = 0;

	for (size_t i = 0; i < 500; i++)
		add(i % 3 ? &one : &two, i * 7 % 500 * 2, 1, 0);
	for (size_t i = 0; i < 500; i++) {
		bad += aml_area_of(memory + i * 7 % 500 * 2, NULL) != (i % 3 ? &one : &two);
		bad += aml_area_of(memory + i * 2 + 1, NULL) != NULL;
	}
	for (size_t i = 0; i < 500; i++)
		take(i % 3 ? &one : &two, i * 7 % 500 * 2, 1);
	ck_assert_uint_eq(bad, 0);
}
END_TEST

START_TEST(without_memory_nothing_is_added)
{
	amli_alloc_fail_at(1);
	ck_assert_int_eq(aml_area_range_add(&one, memory, 10, 0), -AML_ENOMEM);
	ck_assert_ptr_null(aml_area_of(memory, NULL));
	add(&one, 0, 10, 0);
	take(&one, 0, 10);
}
END_TEST

static void *churn(void *arg)
{
	char *own = arg;
	size_t bad = 0;

	for (int i = 0; i < 2000; i++) {
		bad += aml_area_range_add(&one, own, 100, 0) != 0;
		bad += aml_area_of(own + 99, NULL) != &one;
		bad += aml_area_range_remove(&one, own, 100) != 0;
	}
	return (void *)bad;
}

START_TEST(threads_add_find_and_remove_at_once)
{
	pthread_t threads[3];
	void *bad;

	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, churn, memory + 100 * i), 0);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], &bad);
		ck_assert_ptr_null(bad);
	}
}
END_TEST

START_TEST(areas_have_names_of_one_line)
{
	char name[40] = "x";

	aml_area_name(&one, name, sizeof(name));
	ck_assert_str_eq(name, "card one");
	aml_area_name(&one, name, 6);
	ck_assert(!strncmp("card one", name, strlen(name)) && strlen(name) < 6);
	aml_area_name(NULL, name, sizeof(name));
	ck_assert_str_eq(name, "host memory");
	aml_area_name(&aml_area_linux, name, sizeof(name));
	ck_assert_str_eq(name, "host memory");
	aml_area_name(&plain, name, sizeof(name));
	ck_assert_str_eq(name, "an area without a name");
	aml_area_name(&silent, name, sizeof(name));
	ck_assert_str_eq(name, "an area without a name");
	aml_area_name(&one, name, 1);
	ck_assert_str_eq(name, "");
	aml_area_name(&one, name, 0);
	aml_area_name(&one, NULL, 10);
}
END_TEST

START_TEST(the_areas_of_the_system_are_the_hosts)
{
	ck_assert(aml_area_is_host(NULL));
	ck_assert(aml_area_is_host(&aml_area_linux));
	ck_assert(aml_area_is_host(&aml_area_hwloc_interleave));
	ck_assert(!aml_area_is_host(&one));
	ck_assert(!aml_area_is_host(&plain));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("range");
	TCase *tc = tcase_create("range");

	tcase_add_test(tc, an_address_is_found_in_its_range_and_not_beside_it);
	tcase_add_test(tc, ranges_do_not_meet_and_are_removed_as_they_were_added);
	tcase_add_test(tc, many_ranges_in_any_order_stay_sorted);
	tcase_add_test(tc, without_memory_nothing_is_added);
	tcase_add_test(tc, threads_add_find_and_remove_at_once);
	tcase_add_test(tc, areas_have_names_of_one_line);
	tcase_add_test(tc, the_areas_of_the_system_are_the_hosts);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
