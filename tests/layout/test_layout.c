/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls of every layout: what is refused before any kind of layout sees it, and
 * layouts that a program makes itself. */
#include <check.h>
#include <stdlib.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/layout/native.h"
#include "base/mem.h"
#include "layout/layout.h"
#include "tests/lib/model.h"

static const size_t one[1] = {1}, zero[1] = {0};
static char buffer[64];

/* Every call on this layout, which cannot do anything, ends with the code. */
static void expect_all_refused(const struct aml_layout *l, int code)
{
	struct aml_layout *out;
	size_t dims[1] = {77};

	EXPECT_NULL(code, aml_layout_deref(l, zero));
	EXPECT_NULL(code, aml_layout_deref_safe(l, zero));
	EXPECT_NULL(code, aml_layout_deref_native(l, zero));
	EXPECT_NULL(code, aml_layout_rawptr(l));
	EXPECT_NULL(code, (void *)aml_layout_ndims(l));
	EXPECT_NULL(code, (void *)aml_layout_element_size(l));
	ck_assert_int_eq(aml_layout_order(l), -code);
	ck_assert_int_eq(aml_layout_dims(l, dims), -code);
	ck_assert_int_eq(aml_layout_dims_native(l, dims), -code);
	ck_assert_int_eq(aml_layout_fprintf(stdout, NULL, l), -code);
	EXPECT_REFUSED(&out, code, aml_layout_reshape(l, &out, 1, one));
	EXPECT_REFUSED(&out, code, aml_layout_slice(l, &out, zero, one, one));
	EXPECT_REFUSED(&out, code, aml_layout_slice(l, &out, NULL, one, NULL));
	EXPECT_REFUSED(&out, code, aml_layout_slice_native(l, &out, zero, one, one));
	EXPECT_REFUSED(&out, code, aml_layout_duplicate(l, &out, NULL));
	EXPECT_REFUSED(&out, code, aml_layout_permute(l, &out, zero));
	EXPECT_REFUSED(&out, code, aml_layout_broadcast(l, &out, 1, one));
	ck_assert(!aml_layout_is_contiguous(l));
	ck_assert_uint_eq(dims[0], 77);
}

START_TEST(a_null_layout_is_refused_by_every_call)
{
	expect_all_refused(NULL, AML_EINVAL);
	aml_errno = 0;
	ck_assert_ptr_null(aml_layout_area(NULL));
	ck_assert_int_eq(aml_errno, AML_EINVAL);
}
END_TEST

START_TEST(a_layout_without_ops_is_refused_by_every_call)
{
	struct aml_layout l = {NULL, NULL};

	expect_all_refused(&l, AML_EINVAL);
}
END_TEST

START_TEST(operations_that_are_not_in_the_table_are_not_supported)
{
	static struct aml_layout_ops nothing;
	struct aml_layout l = {&nothing, NULL};

	expect_all_refused(&l, AML_ENOTSUP);
	aml_errno = 0;
	ck_assert_ptr_null(aml_layout_area(&l));
	ck_assert_int_eq(aml_errno, 0); /* host memory is no error */
	ck_assert(!amli_layout_has_runs(&l));
}
END_TEST

START_TEST(null_arguments_are_refused)
{
	struct aml_layout *l, *out;

	ck_assert_int_eq(aml_layout_dense_create(&l, buffer, 0, 4, 1, DIMS(4), NULL, NULL), 0);
	aml_errno = 0;
	ck_assert_ptr_null(aml_layout_deref(l, NULL));
	ck_assert_int_eq(aml_errno, AML_EINVAL);
	ck_assert_ptr_null(aml_layout_deref_safe(l, NULL));
	ck_assert_ptr_null(aml_layout_deref_native(l, NULL));
	ck_assert_int_eq(aml_layout_dims(l, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_layout_dims_native(l, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_layout_fprintf(NULL, "", l), -AML_EINVAL);
	ck_assert_int_eq(aml_layout_reshape(l, NULL, 1, one), -AML_EINVAL);
	ck_assert_int_eq(aml_layout_slice(l, NULL, zero, one, one), -AML_EINVAL);
	ck_assert_int_eq(aml_layout_slice_native(l, NULL, zero, one, one), -AML_EINVAL);
	ck_assert_int_eq(aml_layout_duplicate(l, NULL, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_layout_permute(l, NULL, zero), -AML_EINVAL);
	ck_assert_int_eq(aml_layout_broadcast(l, NULL, 1, one), -AML_EINVAL);
	EXPECT_REFUSED(&out, AML_EINVAL, aml_layout_reshape(l, &out, 1, NULL));
	EXPECT_REFUSED(&out, AML_EINVAL, aml_layout_reshape(l, &out, 0, one));
	EXPECT_REFUSED(&out, AML_EINVAL, aml_layout_slice(l, &out, zero, NULL, one));
	EXPECT_REFUSED(&out, AML_EINVAL, aml_layout_slice_native(l, &out, NULL, one, one));
	EXPECT_REFUSED(&out, AML_EINVAL, aml_layout_slice_native(l, &out, zero, NULL, one));
	EXPECT_REFUSED(&out, AML_EINVAL, aml_layout_slice_native(l, &out, zero, one, NULL));
	EXPECT_REFUSED(&out, AML_EINVAL, aml_layout_permute(l, &out, NULL));
	EXPECT_REFUSED(&out, AML_EINVAL, aml_layout_broadcast(l, &out, 1, NULL));
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(deref_safe_returns_null_out_of_bounds)
{
	struct aml_layout *l;

	for (int order = 0; order < 2; order++) {
		ck_assert_int_eq(aml_layout_dense_create(&l, buffer, order, 2, 2, DIMS(3, 5), NULL,
							 NULL),
				 0);
		ck_assert_ptr_eq(aml_layout_deref_safe(l, DIMS(2, 4)), buffer + 14 * 2);
		aml_errno = 0;
		ck_assert_ptr_null(aml_layout_deref_safe(l, DIMS(3, 0)));
		ck_assert_int_eq(aml_errno, AML_EINVAL);
		ck_assert_ptr_null(aml_layout_deref_safe(l, DIMS(0, 5)));
		ck_assert_ptr_null(aml_layout_deref_safe(l, DIMS(4, 2)));
		ck_assert_ptr_null(aml_layout_deref_safe(l, DIMS((size_t)-1, 0)));
		aml_layout_destroy(&l);
	}
}
END_TEST

START_TEST(destroying_nothing_is_fine)
{
	struct aml_layout *none = NULL;

	aml_layout_destroy(NULL);
	aml_layout_destroy(&none);
	ck_assert_ptr_null(none);
}
END_TEST

/* ---- a program's own kind of layout: 40 dimensions of one element, one of two ---- */

#define OWN_NDIMS 40
static size_t seen[3][OWN_NDIMS];
static struct aml_layout *own_result;
static int own_rc;

static void *own_deref(const struct aml_layout_data *data, const size_t *coords)
{
	return (char *)data + coords[OWN_NDIMS - 1];
}

static size_t own_ndims(const struct aml_layout_data *data)
{
	(void)data;
	return OWN_NDIMS;
}

static int own_dims(const struct aml_layout_data *data, size_t *dims)
{
	(void)data;
	for (size_t i = 0; i < OWN_NDIMS; i++)
		dims[i] = 1 + (i == OWN_NDIMS - 1);
	return 0;
}

static size_t own_element_size(const struct aml_layout_data *data)
{
	(void)data;
	return 1;
}

static int own_order(const struct aml_layout_data *data)
{
	(void)data;
	return AML_LAYOUT_ORDER_FORTRAN;
}

static int own_slice(const struct aml_layout_data *data, struct aml_layout **out,
		     const size_t *offsets, const size_t *dims, const size_t *strides)
{
	(void)data;
	for (size_t i = 0; i < OWN_NDIMS; i++) {
		seen[0][i] = offsets[i];
		seen[1][i] = dims[i];
		seen[2][i] = strides[i];
	}
	*out = own_result;
	return own_rc;
}

static struct aml_layout_ops own_ops = {
	.deref = own_deref,
	.deref_native = own_deref,
	.order = own_order,
	.dims = own_dims,
	.dims_native = own_dims,
	.ndims = own_ndims,
	.element_size = own_element_size,
	.slice = own_slice,
};

static struct aml_layout own = {&own_ops, (struct aml_layout_data *)buffer};

START_TEST(the_defaults_of_a_slice_reach_layouts_of_any_number_of_dimensions)
{
	struct aml_layout *out;
	size_t dims[OWN_NDIMS];

	own_dims(NULL, dims);
	own_rc = 0;
	own_result = &own;
	ck_assert_int_eq(aml_layout_slice(&own, &out, NULL, dims, NULL), 0);
	ck_assert_ptr_eq(out, &own);
	for (size_t i = 0; i < OWN_NDIMS; i++) {
		ck_assert_uint_eq(seen[0][i], 0);
		ck_assert_uint_eq(seen[1][i], dims[i]);
		ck_assert_uint_eq(seen[2][i], 1);
	}
	EXPECT_NO_TRACE_WITHOUT_MEMORY(&out, aml_layout_slice(&own, &out, NULL, dims, NULL));
}
END_TEST

START_TEST(what_a_failed_operation_left_is_not_passed_on)
{
	struct aml_layout *out;
	size_t dims[OWN_NDIMS];

	own_dims(NULL, dims);
	own_rc = -AML_EPERM;
	own_result = (void *)8;
	EXPECT_REFUSED(&out, AML_EPERM, aml_layout_slice(&own, &out, dims, dims, dims));
	EXPECT_REFUSED(&out, AML_EPERM, aml_layout_slice(&own, &out, NULL, dims, dims));
}
END_TEST

START_TEST(deref_safe_checks_layouts_of_any_number_of_dimensions)
{
	size_t at[OWN_NDIMS] = {0};

	at[OWN_NDIMS - 1] = 1;
	ck_assert_ptr_eq(aml_layout_deref_safe(&own, at), buffer + 1);
	at[OWN_NDIMS - 1] = 2;
	ck_assert_ptr_null(aml_layout_deref_safe(&own, at));
	at[OWN_NDIMS - 1] = 1;
	amli_alloc_fail_at(1);
	aml_errno = 0;
	ck_assert_ptr_null(aml_layout_deref_safe(&own, at));
	amli_alloc_fail_at(0);
	ck_assert_int_eq(aml_errno, AML_ENOMEM);
}
END_TEST

START_TEST(without_a_run_operation_every_element_is_a_run)
{
	struct aml_layout_run run;
	size_t at[OWN_NDIMS] = {0};

	ck_assert(amli_layout_has_runs(&own));
	at[OWN_NDIMS - 1] = 1;
	amli_layout_run(&own, at, 100, &run);
	ck_assert_ptr_eq(run.ptr, buffer + 1);
	ck_assert_uint_eq(run.n, 1);
	ck_assert(!run.readonly);
}
END_TEST

static int own_reshape(const struct aml_layout_data *data, struct aml_layout **out,
		       const size_t ndims, const size_t *dims)
{
	(void)data, (void)ndims, (void)dims;
	*out = &own;
	return 0;
}

START_TEST(calls_that_need_several_operations_need_them_all)
{
	static struct aml_layout_ops ops;
	struct aml_layout l = {&ops, (struct aml_layout_data *)buffer}, *out;
	size_t at[OWN_NDIMS] = {0};

	ops = own_ops;
	ops.deref = NULL;
	EXPECT_NULL(AML_ENOTSUP, aml_layout_deref_safe(&l, at));
	ops = own_ops;
	ops.dims = NULL;
	EXPECT_NULL(AML_ENOTSUP, aml_layout_deref_safe(&l, at));
	ops = own_ops;
	ops.ndims = NULL;
	EXPECT_NULL(AML_ENOTSUP, aml_layout_deref_safe(&l, at));
	EXPECT_REFUSED(&out, AML_ENOTSUP, aml_layout_slice(&l, &out, NULL, one, one));
	EXPECT_REFUSED(&out, AML_ENOTSUP, aml_layout_slice(&l, &out, zero, one, NULL));
	ops.reshape = own_reshape;
	EXPECT_REFUSED(&out, AML_EINVAL, aml_layout_reshape(&l, &out, 0, one));
	ck_assert_int_eq(aml_layout_reshape(&l, &out, 1, one), 0);
}
END_TEST

static void long_run(const struct aml_layout_data *data, const size_t *coords, size_t max,
		     struct aml_layout_run *out)
{
	(void)coords;
	*out = (struct aml_layout_run){.ptr = (char *)data, .stride = 1, .n = max + 5};
}

START_TEST(a_run_is_never_longer_than_asked_for)
{
	static struct aml_layout_ops ops;
	struct aml_layout l = {&ops, (struct aml_layout_data *)buffer};
	struct aml_layout_run run;

	ops = own_ops;
	ops.run = long_run;
	amli_layout_run(&l, zero, 3, &run);
	ck_assert_uint_eq(run.n, 3);
}
END_TEST

START_TEST(a_layout_without_a_destroy_operation_is_freed)
{
	struct aml_layout *l = calloc(1, sizeof(*l));

	ck_assert_ptr_nonnull(l);
	l->ops = &own_ops;
	aml_layout_destroy(&l);
	ck_assert_ptr_null(l);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("layout");
	TCase *tc = tcase_create("calls");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, a_null_layout_is_refused_by_every_call);
	tcase_add_test(tc, a_layout_without_ops_is_refused_by_every_call);
	tcase_add_test(tc, operations_that_are_not_in_the_table_are_not_supported);
	tcase_add_test(tc, null_arguments_are_refused);
	tcase_add_test(tc, deref_safe_returns_null_out_of_bounds);
	tcase_add_test(tc, destroying_nothing_is_fine);
	tcase_add_test(tc, the_defaults_of_a_slice_reach_layouts_of_any_number_of_dimensions);
	tcase_add_test(tc, what_a_failed_operation_left_is_not_passed_on);
	tcase_add_test(tc, deref_safe_checks_layouts_of_any_number_of_dimensions);
	tcase_add_test(tc, without_a_run_operation_every_element_is_a_run);
	tcase_add_test(tc, calls_that_need_several_operations_need_them_all);
	tcase_add_test(tc, a_run_is_never_longer_than_asked_for);
	tcase_add_test(tc, a_layout_without_a_destroy_operation_is_freed);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
