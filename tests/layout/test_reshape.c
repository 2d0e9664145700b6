/* SPDX-License-Identifier: BSD-3-Clause */
/* Other shapes: of dense and strided layouts, and the view that takes any shape. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/layout/native.h"
#include "aml/layout/pad.h"
#include "aml/layout/reshape.h"
#include "base/mem.h"
#include "layout/layout.h"
#include "tests/lib/model.h"

#define C AML_LAYOUT_ORDER_C
#define F AML_LAYOUT_ORDER_FORTRAN

static char buffer[1 << 14];

static struct aml_layout *dense(int order, size_t ndims, const size_t *dims, const size_t *stride,
				const size_t *pitch)
{
	struct aml_layout *l;

	ck_assert_int_eq(aml_layout_dense_create(&l, buffer, order, 4, ndims, dims, stride, pitch),
			 0);
	return l;
}

static void expect_cpitch(struct aml_layout *l, size_t ndims, const size_t *dims,
			  const size_t *cpitch)
{
	struct aml_layout *r;
	const struct aml_layout_dense *d;

	ck_assert_int_eq(aml_layout_reshape(l, &r, ndims, dims), 0);
	d = (const struct aml_layout_dense *)r->data;
	ck_assert_mem_eq(d->cpitch, cpitch, ndims * sizeof(size_t));
	for (size_t i = 0; i < ndims; i++)
		ck_assert_uint_eq(d->stride[i], 1);
	ck_assert_int_eq(aml_layout_order(r), aml_layout_order(l));
	aml_layout_destroy(&r);
}

START_TEST(rows_with_a_pitch_split_but_do_not_merge)
{
	struct aml_layout *l = dense(C, 2, DIMS(6, 4), NULL, DIMS(8, 5)), *r;

	EXPECT_REFUSED(&r, AML_EINVAL, aml_layout_reshape(l, &r, 1, DIMS(24)));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "aml_layout_reshape_create"));
	expect_cpitch(l, 3, DIMS(3, 2, 4), DIMS(4, 20, 40));
	expect_cpitch(l, 3, DIMS(6, 2, 2), DIMS(4, 8, 20));
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(the_first_piece_of_a_strided_run_keeps_the_stride)
{
	struct aml_layout *l = dense(F, 1, DIMS(12), DIMS(2), NULL), *r;
	const struct aml_layout_dense *d;

	ck_assert_int_eq(aml_layout_reshape(l, &r, 2, DIMS(4, 3)), 0);
	d = (const struct aml_layout_dense *)r->data;
	ck_assert_mem_eq(d->stride, DIMS(2, 1), 2 * sizeof(size_t));
	ck_assert_mem_eq(d->cpitch, DIMS(4, 32), 2 * sizeof(size_t));
	aml_layout_destroy(&l);
	ck_assert_ptr_eq(aml_layout_deref(r, DIMS(3, 2)), buffer + 11 * 8);
	aml_layout_destroy(&r);
	l = dense(F, 2, DIMS(2, 12), DIMS(1, 2), DIMS(5, 24));
	ck_assert_int_eq(aml_layout_reshape(l, &r, 3, DIMS(2, 4, 3)), 0);
	d = (const struct aml_layout_dense *)r->data;
	ck_assert_mem_eq(d->stride, DIMS(1, 2, 1), 3 * sizeof(size_t));
	ck_assert_mem_eq(d->cpitch, DIMS(4, 20, 160), 3 * sizeof(size_t));
	aml_layout_destroy(&l);
	aml_layout_destroy(&r);
}
END_TEST

static void expect_counts(struct aml_layout *l)
{
	struct aml_layout *r;

	EXPECT_REFUSED(&r, AML_EINVAL, aml_layout_reshape(l, &r, 1, DIMS(4)));
	EXPECT_REFUSED(&r, AML_EINVAL, aml_layout_reshape(l, &r, 2, DIMS(12, 2)));
	EXPECT_REFUSED(&r, AML_EINVAL, aml_layout_reshape(l, &r, 1, DIMS(13)));
	EXPECT_REFUSED(&r, AML_EINVAL, aml_layout_reshape(l, &r, 2, DIMS(12, 0)));
	/* these products are 12 modulo 2^64 */
	EXPECT_REFUSED(&r, AML_EINVAL, aml_layout_reshape(l, &r, 2, DIMS(SIZE_MAX / 4 + 4, 4)));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "too large"));
	EXPECT_REFUSED(&r, AML_EINVAL,
		       aml_layout_reshape(l, &r, 4, DIMS(4, SIZE_MAX / 4 + 4, 1, 1)));
	EXPECT_REFUSED(&r, AML_EINVAL, aml_layout_reshape(l, &r, 33, DIMS(12)));
}

START_TEST(the_number_of_elements_must_stay)
{
	struct aml_layout *l = dense(C, 1, DIMS(12), NULL, NULL), *p;

	expect_counts(l);
	ck_assert_int_eq(aml_layout_permute(l, &p, DIMS(0)), 0);
	expect_counts(p);
	aml_layout_destroy(&p);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(extents_of_one_may_be_anywhere)
{
	static const size_t shapes[][5] = {{1, 12},	    {12, 1},	  {1, 1, 12},
					   {1, 3, 1, 4, 1}, {3, 1, 1, 4}, {1, 12, 1},
					   {6, 1, 2, 1, 1}};
	static const size_t ndims[] = {2, 2, 3, 5, 4, 3, 5};

	for (int order = F; order <= C; order++)
		for (size_t i = 0; i < sizeof(ndims) / sizeof(ndims[0]); i++) {
			struct aml_layout *l = dense(order, 1, DIMS(12), NULL, NULL), *r, *back;
			struct model m = model_dense(buffer, order, 4, 1, DIMS(12), NULL, NULL);
			size_t native[5];

			model_flip(&m, ndims[i], native, shapes[i]);
			model_reshape(&m, ndims[i], native);
			ck_assert_int_eq(aml_layout_reshape(l, &r, ndims[i], shapes[i]), 0);
			model_expect(&m, r);
			ck_assert_int_eq(aml_layout_reshape(r, &back, 1, DIMS(12)), 0);
			model_reshape(&m, 1, DIMS(12));
			model_expect(&m, back);
			aml_layout_destroy(&back);
			aml_layout_destroy(&r);
			aml_layout_destroy(&l);
			model_free(&m);
		}
}
END_TEST

START_TEST(a_single_element_has_every_shape_of_ones)
{
	struct aml_layout *l = dense(C, 2, DIMS(1, 1), NULL, DIMS(7, 9)), *r;

	ck_assert_int_eq(aml_layout_reshape(l, &r, 4, DIMS(1, 1, 1, 1)), 0);
	ck_assert_ptr_eq(aml_layout_deref_safe(r, DIMS(0, 0, 0, 0)), buffer);
	ck_assert_uint_eq(aml_layout_element_size(r), 4);
	aml_layout_destroy(&r);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(a_large_stride_of_one_element_does_not_overflow)
{
	struct aml_layout *l = dense(F, 2, DIMS(1, 2), NULL, DIMS(PTRDIFF_MAX / 4 - 1, 1)), *r;
	struct aml_affine a;

	ck_assert_int_eq(aml_layout_reshape(l, &r, 3, DIMS(2, 1, 1)), 0);
	ck_assert_uint_eq(aml_layout_element_size(r), 4);
	ck_assert_uint_eq((uintptr_t)aml_layout_deref(r, DIMS(1, 0, 0)) - (uintptr_t)buffer,
			  (PTRDIFF_MAX / 4 - 1) * 4);
	ck_assert_int_eq(amli_layout_affine(r, &a), 0);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_gt(a.stride[i], 0);
	aml_layout_destroy(&r);
	aml_layout_destroy(&l);
}
END_TEST

/* A random list of extents with the given product. */
static size_t factors(unsigned *state, size_t product, size_t *dims)
{
	size_t n = 0;

	while (n < 6 && (product > 1 || n == 0 || model_pick(state, 4) == 0)) {
		size_t f = 1 + model_pick(state, product);

		while (product % f)
			f--;
		dims[n] = n == 5 ? product : f;
		product /= dims[n++];
	}
	return n;
}

/* A random dense layout, permuted half of the time so that it is strided. */
static struct aml_layout *random_layout(unsigned *state, struct model *m)
{
	size_t n = 1 + model_pick(state, 4), dims[4], stride[4], pitch[4], from[4], perm[4];
	int order = (int)model_pick(state, 2);
	struct aml_layout *l, *p;

	for (size_t i = 0; i < n; i++) {
		dims[i] = 1 + model_pick(state, 6);
		stride[i] = 1 + (model_pick(state, 4) == 0);
		pitch[i] = dims[i] * stride[i] + (model_pick(state, 4) == 0);
		from[i] = i;
	}
	*m = model_dense(buffer, order, 2, n, dims, stride, pitch);
	ck_assert_int_eq(aml_layout_dense_create(&l, buffer, order, 2, n, dims, stride, pitch), 0);
	if (model_pick(state, 2))
		return l;
	if (n > 1 && model_pick(state, 2)) {
		from[0] = 1;
		from[1] = 0;
	}
	for (size_t i = 0; i < n; i++)
		perm[order ? n - 1 - i : i] = order ? n - 1 - from[i] : from[i];
	ck_assert_int_eq(aml_layout_permute(l, &p, perm), 0);
	model_permute(m, from);
	aml_layout_destroy(&l);
	return p;
}

START_TEST(a_shape_is_refused_exactly_when_strides_cannot_express_it)
{
	unsigned state = (unsigned)_i;
	struct model m;
	struct aml_layout *l = random_layout(&state, &m), *r;
	size_t dims[6], user[6], n = factors(&state, m.count, dims);
	int rc;

	model_flip(&m, n, user, dims);
	rc = aml_layout_reshape(l, &r, n, user);
	model_reshape(&m, n, dims);
	ck_assert_int_eq(rc, model_is_affine(&m) ? 0 : -AML_EINVAL);
	if (rc)
		ck_assert_int_eq(aml_layout_reshape_create(&r, l, m.order, n, user), 0);
	else
		aml_layout_destroy(&l);
	model_expect(&m, r);
	aml_layout_destroy(&r);
	model_free(&m);
}
END_TEST

START_TEST(a_view_walks_memory_order_and_does_not_transpose)
{
	struct aml_layout *v;

	ck_assert_int_eq(aml_layout_reshape_create(&v, dense(F, 2, DIMS(6, 4), NULL, NULL), C, 2,
						   DIMS(4, 6)),
			 0);
	ck_assert_ptr_eq(aml_layout_deref(v, DIMS(0, 1)), buffer + 4);
	ck_assert_ptr_eq(aml_layout_deref(v, DIMS(1, 0)), buffer + 6 * 4);
	ck_assert_int_eq(aml_layout_order(v), C);
	ck_assert_ptr_eq(aml_layout_rawptr(v), buffer);
	aml_layout_destroy(&v);
}
END_TEST

START_TEST(a_view_has_neither_slice_nor_reshape)
{
	struct aml_layout *v, *out;

	ck_assert_int_eq(aml_layout_reshape_create(&v, dense(C, 1, DIMS(12), NULL, NULL), C, 2,
						   DIMS(3, 4)),
			 0);
	EXPECT_REFUSED(&out, AML_ENOTSUP, aml_layout_reshape(v, &out, 1, DIMS(12)));
	EXPECT_REFUSED(&out, AML_ENOTSUP, aml_layout_slice(v, &out, NULL, DIMS(1, 1), NULL));
	EXPECT_REFUSED(&out, AML_ENOTSUP, aml_layout_broadcast(v, &out, 2, DIMS(3, 4)));
	ck_assert(!aml_layout_is_contiguous(v));
	aml_layout_destroy(&v);
}
END_TEST

START_TEST(a_refused_view_leaves_the_target_with_the_caller)
{
	struct aml_layout *l = dense(C, 1, DIMS(12), NULL, NULL), *v;

	ck_assert_int_eq(aml_layout_reshape_create(NULL, l, C, 1, DIMS(12)), -AML_EINVAL);
	EXPECT_REFUSED(&v, AML_EINVAL, aml_layout_reshape_create(&v, NULL, C, 1, DIMS(12)));
	EXPECT_REFUSED(&v, AML_EINVAL, aml_layout_reshape_create(&v, l, C, 1, NULL));
	EXPECT_REFUSED(&v, AML_EINVAL, aml_layout_reshape_create(&v, l, C, 0, DIMS(12)));
	EXPECT_REFUSED(&v, AML_EINVAL, aml_layout_reshape_create(&v, l, C, 33, DIMS(12)));
	EXPECT_REFUSED(&v, AML_EINVAL, aml_layout_reshape_create(&v, l, C, 2, DIMS(12, 0)));
	EXPECT_REFUSED(&v, AML_EINVAL, aml_layout_reshape_create(&v, l, C, 1, DIMS(11)));
	EXPECT_REFUSED(&v, AML_EINVAL,
		       aml_layout_reshape_create(&v, l, C, 2, DIMS(SIZE_MAX / 4 + 4, 4)));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "too large"));
	ck_assert_uint_eq(aml_layout_ndims(l), 1);
	EXPECT_NO_TRACE_WITHOUT_MEMORY(&v, aml_layout_reshape_create(&v, l, C, 2, DIMS(3, 4)));
	aml_layout_destroy(&v); /* and l with it */
	aml_layout_reshape_destroy(NULL);
}
END_TEST

START_TEST(a_duplicate_view_owns_its_target)
{
	struct model m = model_dense(buffer + 64, F, 4, 2, DIMS(6, 4), NULL, DIMS(7, 4));
	struct aml_layout *v, *d;

	ck_assert_int_eq(aml_layout_reshape_create(&v, dense(F, 2, DIMS(6, 4), NULL, DIMS(7, 4)), C,
						   3, DIMS(2, 4, 3)),
			 0);
	EXPECT_NO_TRACE_WITHOUT_MEMORY(&d, aml_layout_duplicate(v, &d, buffer + 64));
	aml_layout_destroy(&v);
	m.order = C;
	model_reshape(&m, 3, DIMS(3, 4, 2));
	model_expect(&m, d);
	aml_layout_destroy(&d);
	model_free(&m);
}
END_TEST

START_TEST(a_target_that_cannot_be_duplicated_is_reported)
{
	static struct aml_layout_ops ops;
	struct aml_layout *l = dense(C, 1, DIMS(12), NULL, NULL), *v, *d;

	ops = aml_layout_row_ops;
	ops.duplicate = NULL;
	l->ops = &ops;
	ck_assert_int_eq(aml_layout_reshape_create(&v, l, C, 2, DIMS(3, 4)), 0);
	EXPECT_REFUSED(&d, AML_ENOTSUP, aml_layout_duplicate(v, &d, NULL));
	aml_layout_destroy(&v);
}
END_TEST

START_TEST(a_target_that_cannot_tell_its_shape_is_not_supported)
{
	static struct aml_layout_ops ops;
	struct aml_layout *l = dense(C, 1, DIMS(12), NULL, NULL), *v;

	l->ops = &ops;
	ops = aml_layout_row_ops;
	ops.ndims = NULL;
	EXPECT_REFUSED(&v, AML_ENOTSUP, aml_layout_reshape_create(&v, l, C, 1, DIMS(12)));
	ops = aml_layout_row_ops;
	ops.dims_native = NULL;
	EXPECT_REFUSED(&v, AML_ENOTSUP, aml_layout_reshape_create(&v, l, C, 1, DIMS(12)));
	ops = aml_layout_row_ops;
	ops.deref_native = NULL;
	EXPECT_REFUSED(&v, AML_ENOTSUP, aml_layout_reshape_create(&v, l, C, 1, DIMS(12)));
	ops = aml_layout_row_ops;
	ops.element_size = NULL;
	EXPECT_REFUSED(&v, AML_ENOTSUP, aml_layout_reshape_create(&v, l, C, 1, DIMS(12)));
	l->ops = NULL;
	EXPECT_REFUSED(&v, AML_EINVAL, aml_layout_reshape_create(&v, l, C, 1, DIMS(12)));
	free(l);
}
END_TEST

static size_t bad_ndims, bad_extent, bad_element;

static size_t any_ndims(const struct aml_layout_data *data)
{
	(void)data;
	return bad_ndims;
}

static int any_dims(const struct aml_layout_data *data, size_t *dims)
{
	(void)data;
	for (size_t i = 0; i < bad_ndims; i++)
		dims[i] = bad_extent;
	return 0;
}

static size_t any_element(const struct aml_layout_data *data)
{
	(void)data;
	return bad_element;
}

START_TEST(a_target_whose_shape_is_out_of_range_is_refused)
{
	static struct aml_layout_ops ops;
	struct aml_layout *l = dense(C, 1, DIMS(12), NULL, NULL), *v;

	ops = aml_layout_row_ops;
	ops.ndims = any_ndims;
	ops.dims_native = any_dims;
	ops.element_size = any_element;
	l->ops = &ops;
	for (int wrong = 0; wrong < 4; wrong++) {
		bad_ndims = wrong == 0 ? 40 : wrong == 1 ? 0 : 2;
		bad_extent = wrong == 2 ? 0 : 1;
		bad_element = wrong == 3 ? 0 : 4;
		EXPECT_REFUSED(&v, AML_EINVAL, aml_layout_reshape_create(&v, l, C, 1, DIMS(1)));
		if (wrong == 2)
			ck_assert_ptr_nonnull(strstr(aml_error_detail(), "an extent of 0"));
	}
	bad_element = 4;
	ck_assert_int_eq(aml_layout_reshape_create(&v, l, C, 1, DIMS(1)), 0);
	aml_layout_destroy(&v);
}
END_TEST

/* A run operation that only looks at max. */
static void long_run(const struct aml_layout_data *data, const size_t *coords, size_t max,
		     struct aml_layout_run *out)
{
	(void)data, (void)coords;
	*out = (struct aml_layout_run){.ptr = buffer, .stride = 4, .n = max};
}

static const struct aml_area *somewhere(const struct aml_layout_data *data)
{
	(void)data;
	return (const struct aml_area *)buffer;
}

START_TEST(a_run_ends_with_the_row_of_the_view_and_of_the_target)
{
	static struct aml_layout_ops ops;
	struct aml_layout *l = dense(C, 2, DIMS(3, 4), NULL, NULL), *v;
	struct aml_layout_run run;

	ops = aml_layout_row_ops;
	ops.run = long_run;
	ops.area = somewhere;
	l->ops = &ops;
	ck_assert_int_eq(aml_layout_reshape_create(&v, l, C, 2, DIMS(2, 6)), 0);
	amli_layout_run(v, DIMS(1, 0), 100, &run);
	ck_assert_uint_eq(run.n, 3);
	amli_layout_run(v, DIMS(4, 0), 100, &run);
	ck_assert_uint_eq(run.n, 2);
	amli_layout_run(v, DIMS(0, 0), 1, &run);
	ck_assert_uint_eq(run.n, 1);
	ck_assert_ptr_eq(aml_layout_area(v), (const struct aml_area *)buffer);
	aml_layout_destroy(&v);
}
END_TEST

START_TEST(printing_a_view_prints_its_target)
{
	char text[2048];
	FILE *stream = fmemopen(text, sizeof(text), "w");
	struct aml_layout *v;

	ck_assert_int_eq(aml_layout_reshape_create(&v, dense(F, 2, DIMS(6, 4), NULL, NULL), C, 2,
						   DIMS(4, 6)),
			 0);
	ck_assert_int_eq(aml_layout_fprintf(stream, "p", v), 0);
	fclose(stream);
	ck_assert_ptr_nonnull(strstr(text, "row-major"));
	ck_assert_ptr_nonnull(strstr(text, "p: target: begin\np: dense layout"));
	ck_assert_ptr_nonnull(strstr(text, "p: target: end\n"));
	ck_assert_ptr_nonnull(
		strstr(text, "p:                0:                4                6\n"));
	aml_layout_destroy(&v);
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
	struct aml_layout *l = dense(C, 2, DIMS(6, 4), NULL, NULL), *p, *r;

	ck_assert_int_eq(aml_layout_permute(l, &p, DIMS(1, 0)), 0);
	EXPECT_NO_TRACE_WITHOUT_MEMORY(&r, aml_layout_reshape(l, &r, 1, DIMS(24)));
	aml_layout_destroy(&r);
	EXPECT_NO_TRACE_WITHOUT_MEMORY(&r, aml_layout_reshape(p, &r, 3, DIMS(2, 2, 6)));
	aml_layout_destroy(&r);
	aml_layout_destroy(&p);
	aml_layout_destroy(&l);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reshape");
	TCase *tc = tcase_create("reshape");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, rows_with_a_pitch_split_but_do_not_merge);
	tcase_add_test(tc, the_first_piece_of_a_strided_run_keeps_the_stride);
	tcase_add_test(tc, the_number_of_elements_must_stay);
	tcase_add_test(tc, extents_of_one_may_be_anywhere);
	tcase_add_test(tc, a_single_element_has_every_shape_of_ones);
	tcase_add_test(tc, a_large_stride_of_one_element_does_not_overflow);
	tcase_add_loop_test(tc, a_shape_is_refused_exactly_when_strides_cannot_express_it, 0, 500);
	tcase_add_test(tc, a_view_walks_memory_order_and_does_not_transpose);
	tcase_add_test(tc, a_view_has_neither_slice_nor_reshape);
	tcase_add_test(tc, a_refused_view_leaves_the_target_with_the_caller);
	tcase_add_test(tc, a_duplicate_view_owns_its_target);
	tcase_add_test(tc, a_target_that_cannot_be_duplicated_is_reported);
	tcase_add_test(tc, a_target_that_cannot_tell_its_shape_is_not_supported);
	tcase_add_test(tc, a_target_whose_shape_is_out_of_range_is_refused);
	tcase_add_test(tc, a_run_ends_with_the_row_of_the_view_and_of_the_target);
	tcase_add_test(tc, printing_a_view_prints_its_target);
	tcase_add_test(tc, without_memory_nothing_is_left);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
