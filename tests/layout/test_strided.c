/* SPDX-License-Identifier: BSD-3-Clause */
/* Strided layouts as such; what permute and broadcast make of them is tested there. */
#include <check.h>
#include <stdint.h>

#include "aml/error.h"
#include "aml/layout.h"
#include "base/mem.h"
#include "layout/layout.h"
#include "layout/strided.h"
#include "tests/lib/model.h"

#define F AML_LAYOUT_ORDER_FORTRAN

static char buffer[1 << 12];

START_TEST(strides_may_go_down)
{
	struct aml_affine a = {.ptr = buffer + 100,
			       .element_size = 4,
			       .ndims = 2,
			       .dims = {5, 4},
			       .stride = {-4, -20}};
	struct aml_layout *l, *s, *r;
	struct aml_layout_run run;

	ck_assert_int_eq(amli_strided_create(&l, &a, F, NULL), 0);
	ck_assert_ptr_eq(aml_layout_deref(l, DIMS(4, 3)), buffer + 100 - 16 - 60);
	ck_assert(!aml_layout_is_contiguous(l));
	ck_assert_int_eq(aml_layout_slice(l, &s, DIMS(1, 1), DIMS(2, 2), DIMS(2, 1)), 0);
	ck_assert_ptr_eq(aml_layout_rawptr(s), buffer + 100 - 24);
	ck_assert_ptr_eq(aml_layout_deref(s, DIMS(1, 1)), buffer + 100 - 24 - 8 - 20);
	ck_assert_int_eq(aml_layout_reshape(l, &r, 1, DIMS(20)), 0);
	amli_layout_run(r, DIMS(2), 100, &run);
	ck_assert_ptr_eq(run.ptr, buffer + 92);
	ck_assert_int_eq(run.stride, -4);
	ck_assert_uint_eq(run.n, 18);
	aml_layout_destroy(&r);
	aml_layout_destroy(&s);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(a_geometry_that_does_not_fit_is_refused)
{
	static struct aml_layout *l;
	struct aml_affine good = {.ptr = buffer,
				  .element_size = 4,
				  .ndims = 1,
				  .dims = {2},
				  .stride = {4}},
			  a;

	a = good;
	a.ptr = (char *)3;
	a.stride[0] = -4;
	ck_assert_int_eq(amli_strided_create(&l, &a, F, NULL), -AML_EINVAL);
	a = good;
	a.ptr = (char *)(UINTPTR_MAX - 15);
	a.stride[0] = PTRDIFF_MIN;
	ck_assert_int_eq(amli_strided_create(&l, &a, F, NULL), -AML_EINVAL);
	a = good;
	a.ptr = (char *)PTRDIFF_MAX;
	a.ndims = 2;
	a.dims[1] = 2;
	a.stride[0] = PTRDIFF_MAX / 2 + 1;
	a.stride[1] = -a.stride[0];
	ck_assert_int_eq(amli_strided_create(&l, &a, F, NULL), -AML_EINVAL);
	a = good;
	a.element_size = 0;
	ck_assert_int_eq(amli_strided_create(&l, &a, F, NULL), -AML_EINVAL);
	a = good;
	a.dims[0] = 0;
	ck_assert_int_eq(amli_strided_create(&l, &a, F, NULL), -AML_EINVAL);
	a = good;
	a.ndims = 33;
	ck_assert_int_eq(amli_strided_create(&l, &a, F, NULL), -AML_EINVAL);
	ck_assert_ptr_null(l);
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
	struct aml_affine a = {
		.ptr = buffer, .element_size = 4, .ndims = 1, .dims = {2}, .stride = {4}};
	struct aml_layout *l = NULL;

	amli_alloc_fail_at(1);
	ck_assert_int_eq(amli_strided_create(&l, &a, F, NULL), -AML_ENOMEM);
	amli_alloc_fail_at(0);
	ck_assert_ptr_null(l);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("strided");
	TCase *tc = tcase_create("strided");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, strides_may_go_down);
	tcase_add_test(tc, a_geometry_that_does_not_fit_is_refused);
	tcase_add_test(tc, without_memory_nothing_is_left);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
