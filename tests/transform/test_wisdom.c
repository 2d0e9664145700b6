/* SPDX-License-Identifier: BSD-3-Clause */
/* Wisdom: what was measured comes back from a file, and nothing else does. */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aml/layout/dense.h"
#include "aml/wisdom.h"
#include "base/error.h"
#include "tests/lib/pair.h"
#include "tests/lib/permuted.h"
#include "transform/choice.h"
#include "transform/measure.h"
#include "transform/strategy.h"
#include "transform/wisdom.h"

static char folder[] = "/tmp/aml-wisdom-XXXXXX";
static char file[64];

static void setup(void)
{
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/wisdom", folder);
	aml_wisdom_forget();
}

static void teardown(void)
{
	unlink(file);
	ck_assert_int_eq(rmdir(folder), 0); /* no other file was left there */
	aml_wisdom_forget();
}

/* An entry on a nest of n x 70 elements of 4 bytes. */
static void add(size_t n, size_t rows)
{
	struct aml_nest nest = {
		.element = 4, .nloops = 2, .loop = {{n, 4, 280}, {70, 4 * (ptrdiff_t)n, 4}}};
	struct amli_wise what = {0, 16, 0, &nest};
	struct amli_wisdom wisdom = {{0}, 0.5};

	ck_assert(amli_choice_parse(&wisdom.choice, "transpose - stream src 0x64", 4));
	wisdom.choice.rows = rows;
	ck_assert(amli_wisdom_add(&what, &wisdom, true));
}

struct look {
	size_t n, rows;
};

static bool look(void *arg, const struct amli_wise *what, const struct amli_wisdom *wisdom)
{
	struct look *l = arg;

	if (what->nest->loop[0].n != l->n)
		return true;
	l->rows = wisdom->choice.rows;
	ck_assert_uint_eq(what->dst_at, 16);
	ck_assert_uint_eq(what->src_at, 0);
	ck_assert_uint_eq(what->nest->element, 4);
	ck_assert_int_eq(what->nest->loop[1].dst, 4 * (ptrdiff_t)l->n);
	ck_assert_str_eq(wisdom->choice.strategy->name, "transpose");
	ck_assert_int_eq(wisdom->choice.store, AMLI_PUT_STREAM);
	ck_assert_int_eq(wisdom->choice.order, AMLI_ALONG_SRC);
	ck_assert_uint_eq(wisdom->choice.cols, 64);
	ck_assert_double_eq(wisdom->of_estimate, 0.5);
	return true;
}

/* Rows of the entry on n; 0 = there is none */
static size_t rows_of(size_t n)
{
	struct look l = {n, 0};

	ck_assert(amli_wisdom_each(look, &l));
	return l.rows;
}

static size_t read_text(char *text, size_t size)
{
	FILE *f = fopen(file, "r");
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, size - 1, f);
	text[n] = 0;
	fclose(f);
	return n;
}

static void write_text(const char *text, size_t n)
{
	FILE *f = fopen(file, "w");

	ck_assert_uint_eq(fwrite(text, 1, n, f), n);
	fclose(f);
}

START_TEST(what_is_saved_comes_back)
{
	size_t skipped = 9;

	for (size_t n = 2; n < 1000; n++)
		add(n, 3 * n);
	ck_assert_int_eq(aml_wisdom_save(file), 0);
	aml_wisdom_forget();
	ck_assert_uint_eq(rows_of(7), 0);
	ck_assert_int_eq(aml_wisdom_load(file, &skipped), 0);
	ck_assert_uint_eq(skipped, 0);
	ck_assert_uint_eq(aml_wisdom_count(), 998);
	ck_assert_uint_eq(rows_of(2), 6);
	ck_assert_uint_eq(rows_of(999), 2997);
}
END_TEST

/* The sides of p as matrices of 4-byte elements, rows x cols turned. */
static struct aml_plan *turned_plan(const struct pair *p, size_t rows, size_t cols, unsigned flags)
{
	return permuted_plan(aml_layout_rawptr(p->dst), aml_layout_rawptr(p->src), 4, 2,
			     (const size_t[]){rows, cols}, NULL, (const size_t[]){1, 0}, flags);
}

START_TEST(a_saved_choice_makes_the_same_plan)
{
	struct pair p = pair_dense(1 << 20, 4);
	struct aml_plan *measured = turned_plan(&p, 1000, 1000, AML_PLAN_MEASURE), *plan;

	ck_assert_int_eq(aml_wisdom_save(file), 0);
	aml_wisdom_forget();
	ck_assert_int_eq(aml_wisdom_load(file, NULL), 0);
	plan = turned_plan(&p, 1000, 1000, AML_PLAN_ESTIMATE);
	ck_assert(plan->chosen);
	ck_assert_ptr_eq(plan->strategy, measured->strategy);
	ck_assert_ptr_eq(plan->kernel, measured->kernel);
	ck_assert_mem_eq(plan->block.n, measured->block.n, sizeof(plan->block.n));
	ck_assert_uint_eq(plan->blocks, measured->blocks);
	ck_assert_int_eq(plan->stream, measured->stream);
	aml_plan_destroy(&plan);
	aml_plan_destroy(&measured);
	pair_free(&p);
}
END_TEST

START_TEST(a_plan_is_cut_as_wisdom_says)
{
	struct pair p = pair_dense(80 * 70, 4);
	struct aml_plan *plan = turned_plan(&p, 80, 70, AML_PLAN_ESTIMATE);
	struct amli_wisdom wisdom = {{0}, 1};
	struct amli_wise what = {0};

	ck_assert(amli_choice_parse(&wisdom.choice, "strided strided32 cached near 16x32", 4));
	what.nest = &plan->nest;
	for (what.dst_at = 0; what.dst_at < 64; what.dst_at += what.dst_at ? what.dst_at : 1)
		for (what.src_at = 0; what.src_at < 64;
		     what.src_at += what.src_at ? what.src_at : 1)
			ck_assert(amli_wisdom_add(&what, &wisdom, true));
	aml_plan_destroy(&plan);
	plan = turned_plan(&p, 80, 70, AML_PLAN_ESTIMATE);
	ck_assert_str_eq(plan->kernel->name, "strided32");
	ck_assert_uint_eq(plan->block.n[0], 16);
	ck_assert_uint_eq(plan->block.n[1], 32);
	aml_plan_destroy(&plan);
	pair_free(&p);
}
END_TEST

START_TEST(what_is_known_stays_and_files_are_joined)
{
	add(10, 1);
	add(11, 1);
	ck_assert_int_eq(aml_wisdom_save(file), 0);
	aml_wisdom_forget();
	add(11, 2);
	add(12, 2);
	ck_assert_int_eq(aml_wisdom_load(file, NULL), 0);
	ck_assert_uint_eq(rows_of(11), 2);
	aml_wisdom_forget();
	add(12, 2);
	ck_assert_int_eq(aml_wisdom_save(file), 0);
	aml_wisdom_forget();
	ck_assert_int_eq(aml_wisdom_load(file, NULL), 0);
	ck_assert_uint_eq(aml_wisdom_count(), 3);
}
END_TEST

START_TEST(a_damaged_line_is_skipped_and_the_others_are_taken)
{
	char text[4096], broken[4096];
	size_t n, skipped;

	for (size_t i = 0; i < 5; i++)
		add(10 + i, 20 + i);
	ck_assert_int_eq(aml_wisdom_save(file), 0);
	n = read_text(text, sizeof(text));
	for (size_t at = (size_t)(strstr(text, "caches") - text) + 40; at < n; at++) {
		size_t taken;

		if (text[at] == '\n')
			continue;
		memcpy(broken, text, n);
		broken[at] = (char)(broken[at] ^ 1 << at % 7);
		write_text(broken, n);
		aml_wisdom_forget();
		ck_assert_int_eq(aml_wisdom_load(file, &skipped), 0);
		taken = aml_wisdom_count();
		ck_assert_msg(taken >= 3 && taken <= 4 && skipped >= 1,
			      "byte %zu: %zu taken, %zu skipped", at, taken, skipped);
		for (size_t i = 0; i < 5; i++)
			ck_assert(rows_of(10 + i) == 0 || rows_of(10 + i) == 20 + i);
	}
	write_text(text, n - 3); /* cut short */
	aml_wisdom_forget();
	ck_assert_int_eq(aml_wisdom_load(file, &skipped), 0);
	ck_assert_uint_eq(skipped, 1);
	ck_assert_uint_eq(aml_wisdom_count(), 4);
}
END_TEST

START_TEST(what_is_for_another_machine_is_refused_and_left_alone)
{
	char text[4096], other[4096];
	size_t n;

	add(10, 1);
	ck_assert_int_eq(aml_wisdom_save(file), 0);
	n = read_text(text, sizeof(text));
	memcpy(other, text, n);
	strstr(other, "cpu ")[4] = 'x';
	write_text(other, n);
	aml_wisdom_forget();
	ck_assert_int_eq(aml_wisdom_load(file, NULL), -AML_ENOTSUP);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "cpu x"));
	ck_assert_uint_eq(aml_wisdom_count(), 0);
	ck_assert_int_eq(aml_wisdom_save(file), -AML_ENOTSUP);
	read_text(text, sizeof(text));
	ck_assert_mem_eq(text, other, n);
}
END_TEST

START_TEST(what_is_no_wisdom_is_refused_and_left_alone)
{
	char path[80], text[64];

	write_text("something else\n", 15);
	ck_assert_int_eq(aml_wisdom_load(file, NULL), -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "no wisdom"));
	ck_assert_int_eq(aml_wisdom_save(file), -AML_EINVAL);
	read_text(text, sizeof(text));
	ck_assert_str_eq(text, "something else\n");
	write_text("", 0);
	ck_assert_int_eq(aml_wisdom_load(file, NULL), 0);
	ck_assert_int_eq(aml_wisdom_load(NULL, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_wisdom_save(NULL), -AML_EINVAL);
	snprintf(path, sizeof(path), "%s/no/such", folder);
	ck_assert_int_eq(aml_wisdom_load(path, NULL), -AML_EIO);
	ck_assert_int_eq(aml_wisdom_save(path), -AML_EIO);
	ck_assert_int_eq(aml_wisdom_save(folder), -AML_EIO);
	ck_assert_int_eq(aml_wisdom_save("/dev/null"), -AML_EINVAL);
}
END_TEST

static void *save_often(void *arg)
{
	size_t first = *(size_t *)arg;

	for (size_t i = 0; i < 20; i++) {
		add(first + i, first);
		if (aml_wisdom_save(file) || aml_wisdom_load(file, NULL))
			return arg;
	}
	return NULL;
}

START_TEST(threads_that_save_to_one_file_lose_nothing)
{
	size_t first[3] = {100, 200, 300};
	pthread_t threads[3];
	void *failed;

	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, save_often, &first[i]);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	aml_wisdom_forget();
	ck_assert_int_eq(aml_wisdom_load(file, NULL), 0);
	ck_assert_uint_eq(aml_wisdom_count(), 60);
}
END_TEST

START_TEST(processes_that_save_to_one_file_lose_nothing)
{
	for (size_t i = 1; i <= 4; i++)
		if (fork() == 0) {
			size_t first = i * 100;

			_exit(save_often(&first) != NULL);
		}
	for (int i = 0; i < 4; i++) {
		int status;

		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_int_eq(aml_wisdom_load(file, NULL), 0);
	ck_assert_uint_eq(aml_wisdom_count(), 80);
}
END_TEST

/* What a program with AML_WISDOM set does: 0 if its plan came from the file. */
static int program(void)
{
	static char dst[80 * 70 * 4], src[80 * 70 * 4];
	struct aml_layout *d, *s, *view;
	struct aml_plan *plan;
	int measured;

	if (aml_layout_dense_create(&d, dst, AML_LAYOUT_ORDER_C, 4, 2, (const size_t[]){70, 80},
				    NULL, NULL) ||
	    aml_layout_dense_create(&s, src, AML_LAYOUT_ORDER_C, 4, 2, (const size_t[]){80, 70},
				    NULL, NULL) ||
	    aml_layout_permute(s, &view, (const size_t[]){1, 0}) ||
	    aml_plan_create(&plan, d, view, AML_PLAN_MEASURE))
		return 9;
	measured = plan->trials != NULL;
	aml_plan_destroy(&plan);
	aml_layout_destroy(&d);
	aml_layout_destroy(&s);
	aml_layout_destroy(&view);
	return measured;
}

static int run_program(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		setenv("AML_WISDOM", file, 1);
		execl("/proc/self/exe", "test_wisdom", "program", (char *)NULL);
		_exit(99);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(the_environment_names_a_file_to_keep_it_in)
{
	char text[4096];

	ck_assert_int_eq(run_program(), 1);
	ck_assert_int_eq(run_program(), 0);
	ck_assert_int_eq(aml_wisdom_load(file, NULL), 0);
	ck_assert_uint_eq(aml_wisdom_count(), 1);
	write_text("not mine\n", 9);
	ck_assert_int_eq(run_program(), 1);
	read_text(text, sizeof(text));
	ck_assert_str_eq(text, "not mine\n");
}
END_TEST

START_TEST(choices_that_do_not_fit_are_not_taken)
{
	struct amli_choice c;
	struct aml_nest run = {.element = 4096};

	ck_assert(!amli_choice_parse(&c, "", 4));
	ck_assert(!amli_choice_parse(&c, "transpose - stream near 1x1 more", 4));
	ck_assert(!amli_choice_parse(&c, "nothing - stream near 1x1", 4));
	ck_assert(!amli_choice_parse(&c, "transpose - somehow near 1x1", 4));
	ck_assert(!amli_choice_parse(&c, "transpose copy_ref stream near 1x1", 4));
	ck_assert(!amli_choice_parse(&c, "- copy_ref stream near 1x1", 4));
	ck_assert(!amli_choice_parse(&c, "strided strided64 any near 1x1", 4));
	ck_assert(amli_choice_parse(&c, "strided strided32 any near 1x1", 4));
	ck_assert(amli_choice_parse(&c, "transpose transpose_ref cached near 1x1", 4));
	ck_assert(!amli_choice_fits(&c, &run, 0)); /* there are no two loops */
	ck_assert(amli_choice_parse(&c, "runs - cached near 1x1", 4));
	ck_assert(!amli_choice_fits(&c, &run, 0)); /* not even one */
	ck_assert(amli_choice_parse(&c, "copy - cached near 0x0", 4));
	ck_assert(amli_choice_fits(&c, &run, AML_PLAN_CACHED));
	ck_assert(!amli_choice_fits(&c, &run, AML_PLAN_STREAM));
}
END_TEST

int main(int argc, char **argv)
{
	SRunner *runner;
	Suite *suite;
	TCase *tc;
	int failed;

	if (argc > 1 && !strcmp(argv[1], "program"))
		return program();
	suite = suite_create("wisdom");
	tc = tcase_create("wisdom");
	runner = srunner_create(suite);
	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 300);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_saved_comes_back);
	tcase_add_test(tc, a_saved_choice_makes_the_same_plan);
	tcase_add_test(tc, a_plan_is_cut_as_wisdom_says);
	tcase_add_test(tc, what_is_known_stays_and_files_are_joined);
	tcase_add_test(tc, a_damaged_line_is_skipped_and_the_others_are_taken);
	tcase_add_test(tc, what_is_for_another_machine_is_refused_and_left_alone);
	tcase_add_test(tc, what_is_no_wisdom_is_refused_and_left_alone);
	tcase_add_test(tc, threads_that_save_to_one_file_lose_nothing);
	tcase_add_test(tc, processes_that_save_to_one_file_lose_nothing);
	tcase_add_test(tc, the_environment_names_a_file_to_keep_it_in);
	tcase_add_test(tc, choices_that_do_not_fit_are_not_taken);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
