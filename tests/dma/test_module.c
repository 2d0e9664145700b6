/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends that are loaded.  AML_BACKEND_PATH is where aml_counter.so was built, from
 * examples/out_of_tree_backend. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dma/backend.h"
#include "tests/lib/manual.h"
#include "tests/lib/pair.h"

static char where[4000]; /* AML_BACKEND_PATH, before the tests change it */

START_TEST(without_its_directory_a_module_is_unknown)
{
	struct aml_dma *dma;

	setenv("AML_BACKEND_PATH", "/nonexistent::", 1);
	ck_assert_int_eq(aml_dma_open(&dma, "counter"), -AML_EINVAL);
	ck_assert_ptr_null(dma);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "AML_BACKEND_PATH"));
}
END_TEST

static char *printed(const struct aml_dma *dma)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_int_eq(aml_dma_fprintf(out, "x", dma), 0);
	fclose(out);
	return text;
}

START_TEST(a_module_is_an_engine_like_any_other)
{
	struct aml_dma *dma;
	struct pair p = pair_dense(25, 4);
	char path[4100], *text;

	snprintf(path, sizeof(path), "/nonexistent:%s", where);
	setenv("AML_BACKEND_PATH", path, 1);
	ck_assert_int_eq(aml_dma_open(&dma, "counter:least=1"), -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "most"));
	ck_assert_msg(aml_dma_open(&dma, "counter:most=100") == 0, "%s", aml_error_detail());
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	text = printed(dma);
	ck_assert_ptr_nonnull(strstr(text, "x: requests: 1\nx: bytes: 100\n"));
	free(text);
	aml_dma_close(&dma);
	ck_assert_int_eq(aml_dma_open(&dma, "fault:engine=(counter:most=99)"), 0);
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), -AML_ENOTSUP);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "most is 99"));
	aml_dma_close(&dma);
	pair_free(&p);
}
END_TEST

/* A directory with one file in it, removed by the caller. */
static void plant(char *dir, const char *name, const char *content)
{
	char path[100];
	FILE *file;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(content, file);
	fclose(file);
	setenv("AML_BACKEND_PATH", dir, 1);
}

static void uproot(const char *dir, const char *name)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
	rmdir(dir);
}

START_TEST(a_file_that_is_no_module_is_refused_by_name)
{
	char dir[] = "/tmp/aml-module-XXXXXX";
	struct aml_dma *dma;

	plant(dir, "aml_junk.so", "not an object file\n");
	ck_assert_int_eq(aml_dma_open(&dma, "junk"), -AML_ENOTSUP);
	ck_assert_ptr_null(dma);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "junk"));
	uproot(dir, "aml_junk.so");
}
END_TEST

START_TEST(names_do_not_lead_to_other_directories)
{
	char dir[] = "/tmp/aml-module-XXXXXX", below[60];
	struct aml_dma *dma;

	plant(dir, "aml_junk.so", "not an object file\n");
	snprintf(below, sizeof(below), "%s/aml_x", dir);
	ck_assert_int_eq(mkdir(below, 0700), 0);
	ck_assert_int_eq(aml_dma_open(&dma, "x/../aml_junk"), -AML_EINVAL); /* would be found */
	ck_assert_int_eq(aml_dma_open(&dma, "junk.so"), -AML_EINVAL);
	rmdir(below);
	uproot(dir, "aml_junk.so");
}
END_TEST

static void check_gap(size_t offset)
{
	struct aml_engine_ops ops = *manual_backend.engine;
	struct aml_backend backend = manual_backend;
	void (*none)(void) = NULL;

	memcpy((char *)&ops + offset, &none, sizeof(none));
	backend.engine = &ops;
	ck_assert_int_eq(amli_backend_check(&backend, "manual"), -AML_ENOTSUP);
}

START_TEST(tables_that_do_not_fit_are_refused)
{
	struct aml_engine_ops ops = *manual_backend.engine;
	struct aml_backend backend = manual_backend;

	ck_assert_int_eq(amli_backend_check(&backend, "manual"), 0);
	ck_assert_int_eq(amli_backend_check(&backend, "other"), -AML_ENOTSUP);
	backend.abi++;
	ck_assert_int_eq(amli_backend_check(&backend, "manual"), -AML_ENOTSUP);
	backend.abi--;
	backend.engine = &ops;
	ops.size += 8; /* a later header's */
	ck_assert_int_eq(amli_backend_check(&backend, "manual"), 0);
	ops.size -= 16;
	ck_assert_int_eq(amli_backend_check(&backend, "manual"), -AML_ENOTSUP);
	backend.engine = NULL;
	ck_assert_int_eq(amli_backend_check(&backend, "manual"), -AML_ENOTSUP);
	check_gap(offsetof(struct aml_engine_ops, open));
	check_gap(offsetof(struct aml_engine_ops, close));
	check_gap(offsetof(struct aml_engine_ops, submit));
	check_gap(offsetof(struct aml_engine_ops, progress));
	check_gap(offsetof(struct aml_engine_ops, cancel));
	check_gap(offsetof(struct aml_engine_ops, reaches));
	check_gap(offsetof(struct aml_engine_ops, fprintf));
}
END_TEST

/* It was not with --disable-shared. */
static bool have_module(void)
{
	char path[4100];

	snprintf(path, sizeof(path), "%s/aml_counter.so", where);
	return !access(path, R_OK);
}

int main(void)
{
	const char *env = getenv("AML_BACKEND_PATH");
	Suite *suite = suite_create("module");
	TCase *tc = tcase_create("module");
	SRunner *runner = srunner_create(suite);
	int failed;

	snprintf(where, sizeof(where), "%s", env ? env : ".");
	tcase_add_test(tc, without_its_directory_a_module_is_unknown);
	if (have_module())
		tcase_add_test(tc, a_module_is_an_engine_like_any_other);
	else
		puts("left out: AML_BACKEND_PATH has no aml_counter.so");
	tcase_add_test(tc, a_file_that_is_no_module_is_refused_by_name);
	tcase_add_test(tc, names_do_not_lead_to_other_directories);
	tcase_add_test(tc, tables_that_do_not_fit_are_refused);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
