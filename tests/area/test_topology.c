/* SPDX-License-Identifier: BSD-3-Clause */
/* Loading the topology, and finding a thread in it. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aml/error.h"
#include "aml/utils/backend/hwloc.h"
#include "aml/utils/backend/linux.h"
#include "aml/utils/features.h"
#include "area/topology.h"
#include "tests/lib/machine.h"

static char path[] = "/tmp/test_topology_XXXXXX";

static void teardown(void)
{
	unsetenv("AML_TOPOLOGY");
	machine_unplug();
	aml_backend_hwloc_finalize();
}

/* A file that AML_TOPOLOGY names, until the process ends. */
static FILE *topology_file(void)
{
	int fd;

	strcpy(path + sizeof(path) - 7, "XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setenv("AML_TOPOLOGY", path, 1), 0);
	return fdopen(fd, "w");
}

static void expect_not_loaded(int code, const char *words)
{
	ck_assert_int_eq(aml_backend_hwloc_init(), -code);
	ck_assert_msg(strstr(aml_error_detail(), words), "'%s' lacks '%s'", aml_error_detail(),
		      words);
	ck_assert_ptr_null(aml_topology);
	ck_assert_ptr_null(allowed_nodeset);
}

START_TEST(init_loads_and_finalize_destroys)
{
	hwloc_topology_t first;

	ck_assert_ptr_null(aml_topology);
	ck_assert_int_eq(aml_backend_hwloc_init(), 0);
	ck_assert_ptr_nonnull(aml_topology);
	ck_assert(!hwloc_bitmap_iszero(allowed_nodeset));
	ck_assert_int_ge(hwloc_get_nbobjs_by_type(aml_topology, HWLOC_OBJ_PU), 1);
	first = aml_topology;
	ck_assert_int_eq(aml_backend_hwloc_init(), 0); /* is loaded: nothing happens */
	ck_assert_ptr_eq(aml_topology, first);
	ck_assert_int_eq(aml_backend_hwloc_finalize(), 0);
	ck_assert_ptr_null(aml_topology);
	ck_assert_ptr_null(allowed_nodeset);
	ck_assert_int_eq(aml_backend_hwloc_finalize(), 0);
	ck_assert_int_eq(aml_backend_linux_init(), 0);
	ck_assert_int_eq(aml_backend_linux_finalize(), 0);
}
END_TEST

START_TEST(aml_topology_names_the_file_to_load)
{
	hwloc_topology_t model;
	FILE *file = topology_file();

	fclose(file);
	ck_assert_int_eq(hwloc_topology_init(&model), 0);
	ck_assert_int_eq(hwloc_topology_set_synthetic(model, "node:1 pack:7 core:1 pu:1"), 0);
	ck_assert_int_eq(hwloc_topology_load(model), 0);
	ck_assert_int_eq(hwloc_topology_export_xml(model, path, 0), 0);
	hwloc_topology_destroy(model);

	ck_assert_int_eq(aml_backend_hwloc_init(), 0);
	/* what of it this process may use */
	ck_assert_ptr_nonnull(hwloc_get_obj_by_type(aml_topology, HWLOC_OBJ_PACKAGE, 0));
	ck_assert(hwloc_topology_is_thissystem(aml_topology));
	ck_assert_ptr_nonnull(strstr(hwloc_obj_get_info_by_name(hwloc_get_root_obj(aml_topology),
								"SyntheticDescription"),
				     "7"));
	unlink(path);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_einval)
{
	setenv("AML_TOPOLOGY", "/nowhere/at all.xml", 1);
	expect_not_loaded(AML_EINVAL, "/nowhere/at all.xml");
}
END_TEST

START_TEST(a_file_of_nonsense_is_einval)
{
	FILE *file = topology_file();

	fputs("no topology", file);
	fclose(file);
	expect_not_loaded(AML_EINVAL, path);
	unlink(path);
}
END_TEST

START_TEST(an_empty_name_means_this_machine)
{
	setenv("AML_TOPOLOGY", "", 1);
	ck_assert_int_eq(aml_backend_hwloc_init(), 0);
}
END_TEST

START_TEST(what_hwloc_refuses_has_a_code)
{
	machine_plug();
	machine.topology_errno = ENOMEM;
	expect_not_loaded(AML_ENOMEM, "this machine");
	machine.topology_errno = EINVAL;
	expect_not_loaded(AML_FAILURE, "this machine");
}
END_TEST

START_TEST(the_spare_topology_is_loaded_once_and_gives_way)
{
	hwloc_topology_t a, b;

	machine_plug();
	machine.topology_errno = EINVAL;
	ck_assert_int_eq(amli_topology_lock(&a), -AML_FAILURE);
	machine.topology_errno = 0;
	ck_assert_int_eq(amli_topology_lock(&a), 0);
	amli_topology_unlock();
	ck_assert_ptr_null(aml_topology);
	ck_assert_int_eq(amli_topology_lock(&b), 0);
	amli_topology_unlock();
	ck_assert_ptr_eq(a, b);
	machine_topology("node:2 core:2 pu:1");
	ck_assert_int_eq(amli_topology_lock(&b), 0);
	amli_topology_unlock();
	ck_assert_ptr_eq(b, aml_topology);
}
END_TEST

static void *lock_often(void *arg)
{
	hwloc_topology_t t;

	(void)arg;
	for (int i = 0; i < 200; i++) {
		if (amli_topology_lock(&t))
			return arg;
		if (hwloc_get_nbobjs_by_type(t, HWLOC_OBJ_PU) < 1)
			return arg;
		amli_topology_unlock();
	}
	return NULL;
}

START_TEST(nobody_destroys_a_topology_that_is_in_use)
{
	pthread_t threads[3];
	void *failed;
	int here;

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, lock_often, &here), 0);
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(aml_backend_hwloc_init(), 0);
		ck_assert_int_eq(aml_backend_hwloc_finalize(), 0);
	}
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
}
END_TEST

/* The object for a thread bound to these processors of a machine of two nodes. */
static void expect_initiator(const char *cpus, hwloc_obj_type_t type, unsigned index)
{
	hwloc_obj_t obj;

	hwloc_bitmap_list_sscanf(machine.thread_cpus, cpus);
	ck_assert_int_eq(aml_hwloc_local_initiator(&obj), 0);
	ck_assert_msg(obj->type == type && obj->logical_index == index, "%s: %s %u", cpus,
		      hwloc_obj_type_string(obj->type), obj->logical_index);
}

START_TEST(the_local_initiator_holds_the_threads_processors)
{
	hwloc_obj_t obj = NULL;

	machine_plug();
	machine_topology("pack:2 [numa] core:2 pu:2");
	machine.thread_cpus = hwloc_bitmap_alloc();
	expect_initiator("3", HWLOC_OBJ_PU, 3);
	expect_initiator("2-3", HWLOC_OBJ_CORE, 1);
	expect_initiator("4,6", HWLOC_OBJ_PACKAGE, 1);
	expect_initiator("0,7", HWLOC_OBJ_MACHINE, 0);
	expect_initiator("0-99", HWLOC_OBJ_MACHINE, 0);
	hwloc_bitmap_list_sscanf(machine.thread_cpus, "77");
	ck_assert_int_eq(aml_hwloc_local_initiator(&obj), -AML_EDOM);
	ck_assert_ptr_null(obj);
	hwloc_bitmap_free(machine.thread_cpus);
}
END_TEST

START_TEST(local_initiator_refuses_what_it_must)
{
	hwloc_obj_t obj = (hwloc_obj_t)8;

	machine_plug();
	ck_assert_int_eq(aml_hwloc_local_initiator(&obj), -AML_EINVAL);
	ck_assert_ptr_null(obj);
	machine_topology("node:2 core:2 pu:1");
	ck_assert_int_eq(aml_hwloc_local_initiator(NULL), -AML_EINVAL);
	machine.cpubind_errno = ENOSYS;
	ck_assert_int_eq(aml_hwloc_local_initiator(&obj), -AML_ENOTSUP);
	machine.no_bitmaps = true;
	ck_assert_int_eq(aml_hwloc_local_initiator(&obj), -AML_ENOMEM);
}
END_TEST

START_TEST(backends_that_were_not_built_are_not_supported)
{
	ck_assert_int_eq(aml_support_backends(0), 1);
	ck_assert_int_eq(aml_support_backends(AML_BACKEND_LIBNUMA), 1);
	ck_assert_int_eq(aml_support_backends(AML_BACKEND_CUDA), 0);
	ck_assert_int_eq(aml_support_backends(AML_BACKEND_OPENCL), 0);
	ck_assert_int_eq(aml_support_backends(AML_BACKEND_ZE), 0);
	ck_assert_int_eq(aml_support_backends(AML_BACKEND_HIP | AML_BACKEND_LIBNUMA), 0);
	ck_assert_int_eq(aml_support_backends(1UL), 0);
	ck_assert_int_eq(aml_support_backends(1UL << 40), 0);
	ck_assert_int_eq(AML_HAVE_BACKEND_LIBNUMA, 1);
	ck_assert_int_eq(AML_HAVE_BACKEND_HWLOC, 1);
}
END_TEST

START_TEST(hwloc_is_supported_where_it_can_bind)
{
	int here;

	machine_plug();
	machine_topology("node:2 core:2 pu:1"); /* no machine of ours: cannot bind */
	ck_assert_int_eq(aml_support_backends(AML_BACKEND_HWLOC), 0);
	ck_assert_int_eq(aml_support_backends(AML_BACKEND_HWLOC | AML_BACKEND_LIBNUMA), 0);
	machine_unplug();
	here = aml_support_backends(AML_BACKEND_HWLOC);
	ck_assert_int_eq(aml_backend_hwloc_init(), 0);
	ck_assert_int_eq(here, hwloc_topology_get_support(aml_topology)->membind->set_area_membind);
	ck_assert_int_eq(aml_support_backends(AML_BACKEND_HWLOC | AML_BACKEND_LIBNUMA), here);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("topology");
	TCase *tc = tcase_create("topology");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, init_loads_and_finalize_destroys);
	tcase_add_test(tc, aml_topology_names_the_file_to_load);
	tcase_add_test(tc, a_file_that_is_not_there_is_einval);
	tcase_add_test(tc, a_file_of_nonsense_is_einval);
	tcase_add_test(tc, an_empty_name_means_this_machine);
	tcase_add_test(tc, what_hwloc_refuses_has_a_code);
	tcase_add_test(tc, the_spare_topology_is_loaded_once_and_gives_way);
	tcase_add_test(tc, nobody_destroys_a_topology_that_is_in_use);
	tcase_add_test(tc, the_local_initiator_holds_the_threads_processors);
	tcase_add_test(tc, local_initiator_refuses_what_it_must);
	tcase_add_test(tc, backends_that_were_not_built_are_not_supported);
	tcase_add_test(tc, hwloc_is_supported_where_it_can_bind);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
