/* SPDX-License-Identifier: BSD-3-Clause */
/* Faces of a grid arrive whole, whichever way their runs are walked, and those that scatter over
 * many pages are walked in several rows at once. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aml/layout/dense.h"
#include "aml/plan.h"
#include "transform/plan.h"

#define EDGE ((size_t)100) /* of the grid, in doubles; rows of which are 4 pages and more a plane */
#define PITCH ((size_t)136)

struct face {
	size_t planes, rows, run; /* extents, the last in doubles */
};

static uint64_t *grid, *message;

static void setup(void)
{
	grid = calloc(EDGE * EDGE * PITCH, 8);
	message = calloc(EDGE * EDGE * PITCH, 8);
	ck_assert(grid && message);
}

static void teardown(void)
{
	free(grid);
	free(message);
}

/* A plan that packs the face, whose first element is 5 after the grid's, or unpacks it. */
static struct aml_plan *plan_of(const struct face *f, bool packs)
{
	const size_t dims[] = {f->planes, f->rows, f->run}, pitch[] = {EDGE, EDGE, PITCH};
	struct aml_layout *inside, *flat;
	struct aml_plan *plan;

	ck_assert_int_eq(aml_layout_dense_create(&inside, grid + 5, AML_LAYOUT_ORDER_C, 8, 3, dims,
						 NULL, pitch),
			 0);
	ck_assert_int_eq(aml_layout_dense_create(&flat, message, AML_LAYOUT_ORDER_C, 8, 3, dims,
						 NULL, NULL),
			 0);
	ck_assert_int_eq(aml_plan_create(&plan, packs ? flat : inside, packs ? inside : flat, 0),
			 0);
	aml_layout_destroy(&inside);
	aml_layout_destroy(&flat);
	return plan;
}

/* The face's element number k. */
static uint64_t *inside_at(const struct face *f, size_t k)
{
	size_t row = k / f->run % f->rows, plane = k / f->run / f->rows;

	return grid + 5 + (plane * EDGE + row) * PITCH + k % f->run;
}

static size_t count_wrong(const struct face *f, bool packs)
{
	size_t n = f->planes * f->rows * f->run, wrong = 0, rest = 0;

	for (size_t k = 0; k < n; k++)
		wrong += message[k] != k + 1 || *inside_at(f, k) != k + 1;
	for (size_t k = 0; k < EDGE * EDGE * PITCH; k++)
		rest += (packs ? message : grid)[k] != 0;
	return wrong + (rest != n);
}

static void check_face(const struct face *f, bool packs, size_t pieces)
{
	size_t n = f->planes * f->rows * f->run;
	struct aml_plan *plan = plan_of(f, packs);

	memset(grid, 0, EDGE * EDGE * PITCH * 8);
	memset(message, 0, EDGE * EDGE * PITCH * 8);
	for (size_t k = 0; k < n; k++)
		*(packs ? inside_at(f, k) : &message[k]) = k + 1;
	for (size_t i = 0; i < pieces; i++)
		ck_assert_int_eq(aml_plan_run_piece(plan, i, pieces), 0);
	ck_assert_msg(!count_wrong(f, packs), "%zu x %zu x %zu, %s in %zu pieces", f->planes,
		      f->rows, f->run, packs ? "packed" : "unpacked", pieces);
	aml_plan_destroy(&plan);
}

START_TEST(faces_are_packed_and_unpacked_whole)
{
	static const struct face faces[] = {{100, 100, 4}, {99, 97, 3},	  {98, 99, 1},
					    {97, 100, 16}, {100, 4, 128}, {97, 3, 100},
					    {4, 100, 128}, {3, 97, 100}};

	for (size_t i = 0; i < sizeof(faces) / sizeof(faces[0]); i++)
		for (size_t pieces = 1; pieces <= 7; pieces += 3) {
			check_face(&faces[i], true, pieces);
			check_face(&faces[i], false, pieces);
		}
}
END_TEST

/* On which loop of the nest the kernel's inner one walks: rows of the grid, or planes. */
static ptrdiff_t inner_stride(size_t planes, size_t rows, size_t run, bool packs)
{
	struct face f = {planes, rows, run};
	struct aml_plan *plan = plan_of(&f, packs);
	ptrdiff_t stride = packs ? plan->block.src[0] : plan->block.dst[0];

	aml_plan_destroy(&plan);
	return stride / (ptrdiff_t)(PITCH * 8);
}

START_TEST(scattered_runs_are_walked_in_several_rows_at_once)
{
	ck_assert_int_eq(inner_stride(100, 98, 4, true), (int)EDGE);
	ck_assert_int_eq(inner_stride(100, 98, 4, false), (int)EDGE);
	ck_assert_int_eq(inner_stride(100, 98, 16, true), (int)EDGE); /* 128 bytes */
	ck_assert_int_eq(inner_stride(100, 98, 17, true), 1);	      /* not so short */
	ck_assert_int_eq(inner_stride(10, 98, 4, true), 1);	      /* they fit into the cache */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("runs");
	TCase *tc = tcase_create("runs");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, faces_are_packed_and_unpacked_whole);
	tcase_add_test(tc, scattered_runs_are_walked_in_several_rows_at_once);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
