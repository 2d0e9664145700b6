/* SPDX-License-Identifier: BSD-3-Clause */
/* Slices of dense and of strided layouts. */
#include <check.h>
#include <stdint.h>
#include <string.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/layout/native.h"
#include "base/mem.h"
#include "tests/lib/model.h"

#define C AML_LAYOUT_ORDER_C
#define F AML_LAYOUT_ORDER_FORTRAN

static char buffer[1 << 14];

static struct aml_layout *dense(int order, size_t ndims, const size_t *dims, const size_t *pitch)
{
	struct aml_layout *l;

	ck_assert_int_eq(aml_layout_dense_create(&l, buffer, order, 4, ndims, dims, NULL, pitch),
			 0);
	return l;
}

START_TEST(a_slice_keeps_pitches_and_multiplies_strides)
{
	struct aml_layout *l = dense(C, 2, DIMS(6, 4), DIMS(8, 5)), *s;
	const struct aml_layout_dense *d;

	ck_assert_int_eq(aml_layout_slice(l, &s, DIMS(1, 1), DIMS(2, 2), DIMS(2, 1)), 0);
	d = (const struct aml_layout_dense *)s->data;
	ck_assert_ptr_eq(aml_layout_rawptr(s), buffer + 24);
	ck_assert_mem_eq(d->stride, DIMS(1, 2), 2 * sizeof(size_t));
	ck_assert_mem_eq(d->cpitch, DIMS(4, 20), 2 * sizeof(size_t));
	aml_layout_destroy(&l); /* the slice does not need it */
	ck_assert_int_eq(aml_layout_order(s), C);
	ck_assert_ptr_eq(aml_layout_deref(s, DIMS(1, 1)), buffer + 24 + 2 * 20 + 4);
	aml_layout_destroy(&s);
}
END_TEST

START_TEST(what_is_left_out_is_zeros_and_ones)
{
	struct aml_layout *l = dense(F, 2, DIMS(6, 4), NULL), *s;

	ck_assert_int_eq(aml_layout_slice(l, &s, NULL, DIMS(3, 2), DIMS(2, 2)), 0);
	ck_assert_ptr_eq(aml_layout_deref(s, DIMS(1, 1)), buffer + 4 * (2 + 2 * 6));
	aml_layout_destroy(&s);
	ck_assert_int_eq(aml_layout_slice(l, &s, DIMS(1, 2), DIMS(3, 2), NULL), 0);
	ck_assert_ptr_eq(aml_layout_deref(s, DIMS(1, 1)), buffer + 4 * (2 + 3 * 6));
	aml_layout_destroy(&s);
	aml_layout_destroy(&l);
}
END_TEST

static void expect_bounds(struct aml_layout *l)
{
	struct aml_layout *s;

	/* 8 elements: the last one may be 7 */
	EXPECT_REFUSED(&s, AML_EINVAL, aml_layout_slice(l, &s, DIMS(5), DIMS(4), NULL));
	ck_assert_int_eq(aml_layout_slice(l, &s, DIMS(4), DIMS(4), NULL), 0);
	aml_layout_destroy(&s);
	EXPECT_REFUSED(&s, AML_EINVAL, aml_layout_slice(l, &s, DIMS(8), DIMS(1), NULL));
	ck_assert_int_eq(aml_layout_slice(l, &s, DIMS(7), DIMS(1), NULL), 0);
	aml_layout_destroy(&s);
	EXPECT_REFUSED(&s, AML_EINVAL, aml_layout_slice(l, &s, DIMS(2), DIMS(3), DIMS(3)));
	ck_assert_int_eq(aml_layout_slice(l, &s, DIMS(1), DIMS(3), DIMS(3)), 0);
	aml_layout_destroy(&s);
	EXPECT_REFUSED(&s, AML_EINVAL, aml_layout_slice(l, &s, NULL, DIMS(9), NULL));
}

START_TEST(the_last_element_must_be_inside)
{
	struct aml_layout *l = dense(C, 1, DIMS(8), NULL), *p;

	expect_bounds(l);
	ck_assert_int_eq(aml_layout_permute(l, &p, DIMS(0)), 0);
	expect_bounds(p);
	aml_layout_destroy(&p);
	aml_layout_destroy(&l);
}
END_TEST

static void expect_no_zeros_or_wraps(struct aml_layout *l)
{
	struct aml_layout *s;

	EXPECT_REFUSED(&s, AML_EINVAL, aml_layout_slice(l, &s, NULL, DIMS(0), NULL));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "must be at least 1"));
	EXPECT_REFUSED(&s, AML_EINVAL, aml_layout_slice(l, &s, DIMS(3), DIMS(0), NULL));
	EXPECT_REFUSED(&s, AML_EINVAL, aml_layout_slice(l, &s, NULL, DIMS(2), DIMS(0)));
	EXPECT_REFUSED(&s, AML_EINVAL, aml_layout_slice(l, &s, DIMS(SIZE_MAX), DIMS(1), NULL));
	EXPECT_REFUSED(&s, AML_EINVAL, aml_layout_slice(l, &s, DIMS(SIZE_MAX), DIMS(2), NULL));
	EXPECT_REFUSED(&s, AML_EINVAL, aml_layout_slice(l, &s, NULL, DIMS(SIZE_MAX), NULL));
	EXPECT_REFUSED(&s, AML_EINVAL, aml_layout_slice(l, &s, NULL, DIMS(2), DIMS(SIZE_MAX)));
	EXPECT_REFUSED(&s, AML_EINVAL,
		       aml_layout_slice(l, &s, NULL, DIMS(3), DIMS(SIZE_MAX / 2 + 1)));
}

START_TEST(zeros_and_sums_that_wrap_are_refused)
{
	struct aml_layout *l = dense(C, 1, DIMS(8), NULL), *p;

	expect_no_zeros_or_wraps(l);
	ck_assert_int_eq(aml_layout_permute(l, &p, DIMS(0)), 0);
	expect_no_zeros_or_wraps(p);
	aml_layout_destroy(&p);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(a_single_element_may_have_any_stride)
{
	struct aml_layout *l = dense(C, 1, DIMS(8), NULL), *s;

	ck_assert_int_eq(aml_layout_slice(l, &s, DIMS(7), DIMS(1), DIMS(SIZE_MAX)), 0);
	ck_assert_ptr_eq(aml_layout_rawptr(s), buffer + 28);
	ck_assert_uint_eq(((const struct aml_layout_dense *)s->data)->stride[0], 1);
	aml_layout_destroy(&s);
	ck_assert_int_eq(aml_layout_slice(l, &s, DIMS(7), DIMS(1), DIMS(PTRDIFF_MAX)), 0);
	ck_assert_ptr_eq(aml_layout_deref(s, DIMS(0)), buffer + 28);
	aml_layout_destroy(&s);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(a_refusal_names_the_values)
{
	struct aml_layout *l = dense(C, 2, DIMS(3, 8), NULL), *s;

	EXPECT_REFUSED(&s, AML_EINVAL, aml_layout_slice(l, &s, DIMS(0, 5), DIMS(1, 4), NULL));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "4 elements from 5"));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "extent 8"));
	aml_layout_destroy(&l);
}
END_TEST

/* A slice of a random part of the model, in user order where asked. */
static void slice_random(unsigned *state, struct model *m, struct aml_layout **l, bool native)
{
	size_t at[3][8], user[3][8];
	struct aml_layout *s;

	for (size_t i = 0; i < m->ndims; i++) {
		at[0][i] = model_pick(state, m->dims[i]);
		at[2][i] = 1 + model_pick(state, 3);
		at[1][i] = 1 + model_pick(state, (m->dims[i] - 1 - at[0][i]) / at[2][i] + 1);
	}
	for (size_t k = 0; k < 3; k++)
		model_flip(m, m->ndims, user[k], at[k]);
	if (native)
		ck_assert_int_eq(aml_layout_slice_native(*l, &s, at[0], at[1], at[2]), 0);
	else
		ck_assert_int_eq(aml_layout_slice(*l, &s, user[0], user[1], user[2]), 0);
	model_slice(m, at[0], at[1], at[2]);
	aml_layout_destroy(l);
	*l = s;
}

START_TEST(slices_of_slices_compose)
{
	unsigned state = (unsigned)_i;
	size_t n = 1 + model_pick(&state, 4), dims[4], stride[4], pitch[4];
	int order = (int)model_pick(&state, 2);
	struct aml_layout *l;
	struct model m;

	for (size_t i = 0; i < n; i++) {
		dims[i] = 1 + model_pick(&state, 8);
		stride[i] = 1 + model_pick(&state, 2);
		pitch[i] = dims[i] * stride[i] + model_pick(&state, 2);
	}
	m = model_dense(buffer, order, 3, n, dims, stride, pitch);
	ck_assert_int_eq(aml_layout_dense_create(&l, buffer, order, 3, n, dims, stride, pitch), 0);
	for (int depth = 0; depth < 3; depth++) {
		slice_random(&state, &m, &l, model_pick(&state, 2));
		model_expect(&m, l);
	}
	aml_layout_destroy(&l);
	model_free(&m);
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
	struct aml_layout *l = dense(C, 2, DIMS(6, 4), NULL), *p, *s;

	ck_assert_int_eq(aml_layout_permute(l, &p, DIMS(1, 0)), 0);
	EXPECT_NO_TRACE_WITHOUT_MEMORY(&s, aml_layout_slice(l, &s, NULL, DIMS(2, 2), NULL));
	aml_layout_destroy(&s);
	EXPECT_NO_TRACE_WITHOUT_MEMORY(&s, aml_layout_slice(p, &s, NULL, DIMS(2, 2), NULL));
	aml_layout_destroy(&s);
	aml_layout_destroy(&p);
	aml_layout_destroy(&l);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("slice");
	TCase *tc = tcase_create("slice");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, a_slice_keeps_pitches_and_multiplies_strides);
	tcase_add_test(tc, what_is_left_out_is_zeros_and_ones);
	tcase_add_test(tc, the_last_element_must_be_inside);
	tcase_add_test(tc, zeros_and_sums_that_wrap_are_refused);
	tcase_add_test(tc, a_single_element_may_have_any_stride);
	tcase_add_test(tc, a_refusal_names_the_values);
	tcase_add_loop_test(tc, slices_of_slices_compose, 0, 200);
	tcase_add_test(tc, without_memory_nothing_is_left);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
