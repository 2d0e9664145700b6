/* SPDX-License-Identifier: BSD-3-Clause */
/* Permuted views, of strides and of coordinates. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/layout/native.h"
#include "aml/layout/pad.h"
#include "base/mem.h"
#include "layout/layout.h"
#include "tests/lib/model.h"

#define C AML_LAYOUT_ORDER_C
#define F AML_LAYOUT_ORDER_FORTRAN

static char buffer[1 << 12];
static int neutral = 0x5a5a5a5a;

static struct aml_layout *dense(int order, size_t ndims, const size_t *dims)
{
	struct aml_layout *l;

	ck_assert_int_eq(aml_layout_dense_create(&l, buffer, order, 4, ndims, dims, NULL, NULL), 0);
	return l;
}

/* Not affine: a dense layout in a larger frame. */
static struct aml_layout *framed(int order, const size_t *dims, const size_t *frame)
{
	struct aml_layout *l;

	ck_assert_int_eq(aml_layout_pad_create(&l, order, dense(order, 3, dims), frame, &neutral),
			 0);
	return l;
}

START_TEST(dimension_i_of_the_view_is_dimension_perm_i_of_the_layout)
{
	for (int order = F; order <= C; order++) {
		struct aml_layout *l = dense(order, 3, DIMS(2, 3, 4)), *v;
		size_t dims[3];

		ck_assert_int_eq(aml_layout_permute(l, &v, DIMS(2, 0, 1)), 0);
		ck_assert_int_eq(aml_layout_dims(v, dims), 0);
		ck_assert_mem_eq(dims, DIMS(4, 2, 3), sizeof(dims));
		ck_assert_int_eq(aml_layout_order(v), order);
		for (size_t a = 0; a < 2; a++)
			for (size_t b = 0; b < 3; b++)
				for (size_t c = 0; c < 4; c++)
					ck_assert_ptr_eq(aml_layout_deref(v, DIMS(c, a, b)),
							 aml_layout_deref(l, DIMS(a, b, c)));
		aml_layout_destroy(&l);
		aml_layout_destroy(&v);
	}
}
END_TEST

START_TEST(what_is_no_permutation_is_refused)
{
	struct aml_layout *l = dense(C, 3, DIMS(2, 3, 4)), *v;

	EXPECT_REFUSED(&v, AML_EINVAL, aml_layout_permute(l, &v, DIMS(0, 1, 3)));
	EXPECT_REFUSED(&v, AML_EINVAL, aml_layout_permute(l, &v, DIMS(0, 1, 1)));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "entry 2 is 1"));
	EXPECT_REFUSED(&v, AML_EINVAL, aml_layout_permute(l, &v, DIMS(0, 1, (size_t)-1)));
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(a_permuted_dense_layout_is_still_affine)
{
	struct aml_layout *l = dense(C, 2, DIMS(3, 5)), *v, *back;
	struct aml_affine a;

	ck_assert_int_eq(aml_layout_permute(l, &v, DIMS(1, 0)), 0);
	ck_assert_int_eq(amli_layout_affine(v, &a), 0);
	ck_assert_int_eq(a.stride[0], 20);
	ck_assert_int_eq(a.stride[1], 4);
	ck_assert(!aml_layout_is_contiguous(v));
	ck_assert_int_eq(aml_layout_permute(v, &back, DIMS(1, 0)), 0);
	ck_assert(aml_layout_is_contiguous(back));
	aml_layout_destroy(&l);
	aml_layout_destroy(&v);
	aml_layout_destroy(&back);
}
END_TEST

START_TEST(a_duplicate_may_be_elsewhere)
{
	struct aml_layout *l = dense(C, 2, DIMS(3, 5)), *v, *d;

	ck_assert_int_eq(aml_layout_permute(l, &v, DIMS(1, 0)), 0);
	ck_assert_int_eq(aml_layout_duplicate(v, &d, buffer + 40), 0);
	aml_layout_destroy(&l);
	aml_layout_destroy(&v);
	ck_assert_ptr_eq(aml_layout_deref(d, DIMS(4, 2)), buffer + 40 + 14 * 4);
	EXPECT_REFUSED(&v, AML_EINVAL, aml_layout_duplicate(d, &v, (void *)(UINTPTR_MAX - 7)));
	aml_layout_destroy(&d);
}
END_TEST

START_TEST(layouts_without_strides_get_a_view_of_a_duplicate)
{
	struct model m = model_dense(buffer, C, 4, 3, DIMS(2, 3, 4), NULL, NULL);
	struct aml_layout *l = framed(C, DIMS(2, 3, 4), DIMS(3, 3, 6)), *v, *d;

	EXPECT_NO_TRACE_WITHOUT_MEMORY(&v, aml_layout_permute(l, &v, DIMS(1, 2, 0)));
	aml_layout_destroy(&l);
	model_pad(&m, DIMS(6, 3, 3), &neutral);
	model_permute(&m, DIMS(2, 0, 1));
	model_expect(&m, v);
	EXPECT_REFUSED(&d, AML_ENOTSUP, aml_layout_slice(v, &d, NULL, DIMS(1, 1, 1), NULL));
	EXPECT_REFUSED(&d, AML_ENOTSUP, aml_layout_reshape(v, &d, 1, DIMS(54)));
	EXPECT_NO_TRACE_WITHOUT_MEMORY(&d, aml_layout_duplicate(v, &d, NULL));
	aml_layout_destroy(&v);
	model_expect(&m, d);
	aml_layout_destroy(&d);
	model_free(&m);
}
END_TEST

START_TEST(a_view_runs_as_far_as_its_target_where_the_fast_dimension_stays)
{
	struct aml_layout *l = framed(C, DIMS(2, 3, 4), DIMS(3, 3, 6)), *v;
	struct aml_layout_run run;

	ck_assert_int_eq(aml_layout_permute(l, &v, DIMS(1, 0, 2)), 0);
	amli_layout_run(v, DIMS(1, 1, 2), 100, &run);
	ck_assert_uint_eq(run.n, 3);
	ck_assert(!run.readonly);
	amli_layout_run(v, DIMS(4, 1, 2), 100, &run);
	ck_assert_uint_eq(run.n, 2);
	ck_assert(run.readonly);
	aml_layout_destroy(&v);
	ck_assert_int_eq(aml_layout_permute(l, &v, DIMS(0, 2, 1)), 0);
	amli_layout_run(v, DIMS(1, 4, 0), 100, &run);
	ck_assert_uint_eq(run.n, 1);
	ck_assert(run.readonly); /* single elements too */
	aml_layout_destroy(&v);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(what_cannot_be_duplicated_cannot_be_viewed)
{
	static struct aml_layout_ops ops;
	struct aml_layout *l = dense(C, 2, DIMS(3, 5)), *v;

	ops = aml_layout_row_ops;
	ops.affine = NULL;
	l->ops = &ops;
	ck_assert_int_eq(aml_layout_permute(l, &v, DIMS(1, 0)), 0);
	ck_assert_ptr_eq(aml_layout_deref(v, DIMS(4, 1)), buffer + 9 * 4);
	aml_layout_destroy(&v);
	ops.duplicate = NULL;
	EXPECT_REFUSED(&v, AML_ENOTSUP, aml_layout_permute(l, &v, DIMS(1, 0)));
	ops = aml_layout_row_ops;
	ops.ndims = NULL;
	EXPECT_REFUSED(&v, AML_ENOTSUP, aml_layout_permute(l, &v, DIMS(1, 0)));
	aml_layout_destroy(&l);
}
END_TEST

static size_t forty(const struct aml_layout_data *data)
{
	(void)data;
	return 40;
}

/* A run operation that only looks at max. */
static void long_run(const struct aml_layout_data *data, const size_t *coords, size_t max,
		     struct aml_layout_run *out)
{
	(void)data, (void)coords;
	*out = (struct aml_layout_run){.ptr = buffer, .stride = 4, .n = max};
}

static int short_affine(const struct aml_layout_data *data, struct aml_affine *out)
{
	(void)data;
	out->ndims = 1;
	return 0;
}

START_TEST(operations_of_a_program_are_not_trusted_blindly)
{
	static struct aml_layout_ops ops;
	struct aml_layout *l = dense(C, 3, DIMS(2, 3, 5)), *v, *d;
	struct aml_layout_run run;

	ops = aml_layout_row_ops;
	ops.run = long_run;
	ops.affine = short_affine; /* not the dimensions that it says it has */
	l->ops = &ops;
	ck_assert_int_eq(aml_layout_permute(l, &v, DIMS(1, 0, 2)), 0);
	ck_assert_uint_eq(aml_layout_ndims(v), 3);
	amli_layout_run(v, DIMS(2, 1, 1), 100, &run);
	ck_assert_uint_eq(run.n, 3);
	ck_assert_int_eq(aml_layout_duplicate(v, &d, buffer + 64), 0);
	ck_assert_ptr_eq(aml_layout_deref(d, DIMS(2, 1, 4)), buffer + 64 + 29 * 4);
	ck_assert_ptr_eq(aml_layout_rawptr(d), buffer + 64);
	aml_layout_destroy(&d);
	aml_layout_destroy(&v);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(more_than_32_dimensions_are_refused)
{
	static struct aml_layout_ops ops;
	struct aml_layout *l = dense(C, 1, DIMS(3)), *v;

	ops = aml_layout_row_ops;
	ops.ndims = forty;
	l->ops = &ops;
	EXPECT_REFUSED(&v, AML_EINVAL, aml_layout_permute(l, &v, (size_t[40]){0}));
	aml_layout_destroy(&l);
}
END_TEST

static const struct aml_area *somewhere(const struct aml_layout_data *data)
{
	(void)data;
	return (const struct aml_area *)buffer;
}

START_TEST(views_know_the_area_of_what_they_view)
{
	static struct aml_layout_ops ops;
	struct aml_layout *l = dense(C, 2, DIMS(3, 5)), *v, *s;

	ck_assert_ptr_null(aml_layout_area(l));
	ops = aml_layout_row_ops;
	ops.area = somewhere;
	l->ops = &ops;
	ck_assert_ptr_eq(aml_layout_area(l), (const struct aml_area *)buffer);
	ck_assert_int_eq(aml_layout_permute(l, &v, DIMS(1, 0)), 0);
	ck_assert_ptr_eq(aml_layout_area(v), (const struct aml_area *)buffer);
	ck_assert_int_eq(aml_layout_slice(v, &s, NULL, DIMS(2, 2), NULL), 0);
	ck_assert_ptr_eq(aml_layout_area(s), (const struct aml_area *)buffer);
	aml_layout_destroy(&s);
	ck_assert_int_eq(aml_layout_reshape(v, &s, 3, DIMS(5, 1, 3)), 0);
	ck_assert_ptr_eq(aml_layout_area(s), (const struct aml_area *)buffer);
	aml_layout_destroy(&s);
	ck_assert_int_eq(aml_layout_duplicate(v, &s, NULL), 0);
	ck_assert_ptr_eq(aml_layout_area(s), (const struct aml_area *)buffer);
	aml_layout_destroy(&s);
	ck_assert_int_eq(aml_layout_broadcast(l, &s, 3, DIMS(2, 3, 5)), 0);
	ck_assert_ptr_eq(aml_layout_area(s), (const struct aml_area *)buffer);
	aml_layout_destroy(&s);
	aml_layout_destroy(&v);
	ck_assert_int_eq(aml_layout_pad_create(&v, C, l, DIMS(4, 5), &neutral), 0);
	ck_assert_ptr_eq(aml_layout_area(v), (const struct aml_area *)buffer);
	ck_assert_int_eq(aml_layout_permute(v, &s, DIMS(1, 0)), 0);
	ck_assert_ptr_eq(aml_layout_area(s), (const struct aml_area *)buffer);
	aml_layout_destroy(&s);
	aml_layout_destroy(&v);
}
END_TEST

START_TEST(printing_shows_strides_in_bytes_or_the_target)
{
	char text[2048];
	FILE *stream = fmemopen(text, sizeof(text), "w");
	struct aml_layout *l = dense(C, 2, DIMS(3, 5)), *v;

	ck_assert_int_eq(aml_layout_permute(l, &v, DIMS(1, 0)), 0);
	ck_assert_int_eq(aml_layout_fprintf(stream, "p", v), 0);
	fclose(stream);
	ck_assert_ptr_nonnull(
		strstr(text, "p:                1:                3               20\n"));
	aml_layout_destroy(&l);
	aml_layout_destroy(&v);
	l = framed(C, DIMS(2, 3, 4), DIMS(3, 3, 6));
	ck_assert_int_eq(aml_layout_permute(l, &v, DIMS(1, 0, 2)), 0);
	stream = fmemopen(text, sizeof(text), "w");
	ck_assert_int_eq(aml_layout_fprintf(stream, "p", v), 0);
	fclose(stream);
	ck_assert_ptr_nonnull(strstr(text, "p: permuted layout"));
	ck_assert_ptr_nonnull(strstr(text, "p: target: begin\np: padded layout"));
	aml_layout_destroy(&l);
	aml_layout_destroy(&v);
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
	struct aml_layout *l = dense(C, 2, DIMS(3, 5)), *v, *d;

	EXPECT_NO_TRACE_WITHOUT_MEMORY(&v, aml_layout_permute(l, &v, DIMS(1, 0)));
	EXPECT_NO_TRACE_WITHOUT_MEMORY(&d, aml_layout_duplicate(v, &d, NULL));
	aml_layout_destroy(&d);
	aml_layout_destroy(&v);
	aml_layout_destroy(&l);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("permute");
	TCase *tc = tcase_create("permute");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, dimension_i_of_the_view_is_dimension_perm_i_of_the_layout);
	tcase_add_test(tc, what_is_no_permutation_is_refused);
	tcase_add_test(tc, a_permuted_dense_layout_is_still_affine);
	tcase_add_test(tc, a_duplicate_may_be_elsewhere);
	tcase_add_test(tc, layouts_without_strides_get_a_view_of_a_duplicate);
	tcase_add_test(tc, a_view_runs_as_far_as_its_target_where_the_fast_dimension_stays);
	tcase_add_test(tc, what_cannot_be_duplicated_cannot_be_viewed);
	tcase_add_test(tc, operations_of_a_program_are_not_trusted_blindly);
	tcase_add_test(tc, more_than_32_dimensions_are_refused);
	tcase_add_test(tc, views_know_the_area_of_what_they_view);
	tcase_add_test(tc, printing_shows_strides_in_bytes_or_the_target);
	tcase_add_test(tc, without_memory_nothing_is_left);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
