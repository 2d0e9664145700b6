/* SPDX-License-Identifier: BSD-3-Clause */
/* Repeated elements. */
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

static struct aml_layout *dense(int order, size_t ndims, const size_t *dims)
{
	struct aml_layout *l;

	ck_assert_int_eq(aml_layout_dense_create(&l, buffer, order, 4, ndims, dims, NULL, NULL), 0);
	return l;
}

START_TEST(extents_of_one_stretch_and_slow_dimensions_are_added)
{
	struct aml_layout *l = dense(C, 2, DIMS(1, 4)), *b;
	struct model m = model_dense(buffer, C, 4, 2, DIMS(1, 4), NULL, NULL);
	struct aml_affine a;

	ck_assert_int_eq(aml_layout_broadcast(l, &b, 4, DIMS(2, 5, 3, 4)), 0);
	aml_layout_destroy(&l);
	model_broadcast(&m, 4, DIMS(4, 3, 5, 2));
	model_expect(&m, b);
	ck_assert_int_eq(amli_layout_affine(b, &a), 0);
	ck_assert_int_eq(a.stride[0], 4);
	for (size_t i = 1; i < 4; i++)
		ck_assert_int_eq(a.stride[i], 0);
	ck_assert(!aml_layout_is_contiguous(b));
	aml_layout_destroy(&b);
	model_free(&m);
}
END_TEST

START_TEST(in_fortran_order_the_first_dimension_is_the_fast_one)
{
	struct aml_layout *l = dense(F, 1, DIMS(4)), *b;

	ck_assert_int_eq(aml_layout_broadcast(l, &b, 2, DIMS(4, 3)), 0);
	ck_assert_ptr_eq(aml_layout_deref(b, DIMS(2, 1)), buffer + 8);
	ck_assert_int_eq(aml_layout_order(b), F);
	aml_layout_destroy(&b);
	EXPECT_REFUSED(&b, AML_EINVAL, aml_layout_broadcast(l, &b, 2, DIMS(3, 4)));
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(the_same_shape_is_the_same_elements)
{
	struct aml_layout *l = dense(C, 2, DIMS(3, 1)), *b;

	ck_assert_int_eq(aml_layout_broadcast(l, &b, 2, DIMS(3, 1)), 0);
	ck_assert(aml_layout_is_contiguous(b));
	aml_layout_destroy(&b);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(other_shapes_are_refused_with_the_values)
{
	struct aml_layout *l = dense(C, 2, DIMS(3, 4)), *b;

	EXPECT_REFUSED(&b, AML_EINVAL, aml_layout_broadcast(l, &b, 2, DIMS(6, 4)));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "extent 3"));
	EXPECT_REFUSED(&b, AML_EINVAL, aml_layout_broadcast(l, &b, 2, DIMS(1, 4)));
	EXPECT_REFUSED(&b, AML_EINVAL, aml_layout_broadcast(l, &b, 1, DIMS(4)));
	EXPECT_REFUSED(&b, AML_EINVAL, aml_layout_broadcast(l, &b, 0, DIMS(4)));
	EXPECT_REFUSED(&b, AML_EINVAL, aml_layout_broadcast(l, &b, 3, DIMS(0, 3, 4)));
	EXPECT_REFUSED(&b, AML_EINVAL, aml_layout_broadcast(l, &b, 33, (size_t[33]){0}));
	EXPECT_REFUSED(&b, AML_EINVAL, aml_layout_broadcast(l, &b, 3, DIMS(SIZE_MAX, 3, 4)));
	EXPECT_REFUSED(&b, AML_EINVAL,
		       aml_layout_broadcast(l, &b, 3, DIMS(SIZE_MAX / 48 + 1, 3, 4)));
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(layouts_without_strides_are_not_supported)
{
	int neutral = 0;
	struct aml_layout *p, *b;

	ck_assert_int_eq(aml_layout_pad_create(&p, C, dense(C, 1, DIMS(3)), DIMS(4), &neutral), 0);
	EXPECT_REFUSED(&b, AML_ENOTSUP, aml_layout_broadcast(p, &b, 1, DIMS(4)));
	aml_layout_destroy(&p);
}
END_TEST

START_TEST(repeated_dimensions_reshape_together)
{
	struct aml_layout *l = dense(C, 1, DIMS(4)), *b, *r;

	ck_assert_int_eq(aml_layout_broadcast(l, &b, 3, DIMS(2, 3, 4)), 0);
	ck_assert_int_eq(aml_layout_reshape(b, &r, 2, DIMS(6, 4)), 0);
	ck_assert_ptr_eq(aml_layout_deref(r, DIMS(5, 3)), buffer + 12);
	aml_layout_destroy(&r);
	EXPECT_REFUSED(&r, AML_EINVAL, aml_layout_reshape(b, &r, 2, DIMS(2, 12)));
	aml_layout_destroy(&b);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
	struct aml_layout *l = dense(C, 1, DIMS(4)), *b;

	EXPECT_NO_TRACE_WITHOUT_MEMORY(&b, aml_layout_broadcast(l, &b, 2, DIMS(3, 4)));
	aml_layout_destroy(&b);
	aml_layout_destroy(&l);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("broadcast");
	TCase *tc = tcase_create("broadcast");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, extents_of_one_stretch_and_slow_dimensions_are_added);
	tcase_add_test(tc, in_fortran_order_the_first_dimension_is_the_fast_one);
	tcase_add_test(tc, the_same_shape_is_the_same_elements);
	tcase_add_test(tc, other_shapes_are_refused_with_the_values);
	tcase_add_test(tc, layouts_without_strides_are_not_supported);
	tcase_add_test(tc, repeated_dimensions_reshape_together);
	tcase_add_test(tc, without_memory_nothing_is_left);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
