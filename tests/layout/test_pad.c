/* SPDX-License-Identifier: BSD-3-Clause */
/* Padded layouts. */
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

static struct aml_layout *padded(int order, struct aml_layout *target, const size_t *dims)
{
	struct aml_layout *l;

	ck_assert_int_eq(aml_layout_pad_create(&l, order, target, dims, &neutral), 0);
	return l;
}

START_TEST(inside_are_the_targets_elements_and_outside_is_the_neutral_one)
{
	struct aml_layout *l = padded(C, dense(C, 2, DIMS(2, 3)), DIMS(4, 4));
	const struct aml_layout_pad *p = (const struct aml_layout_pad *)l->data;

	ck_assert_ptr_eq(aml_layout_deref(l, DIMS(1, 2)), buffer + 20);
	ck_assert_ptr_eq(aml_layout_deref(l, DIMS(1, 3)), p->neutral);
	ck_assert_ptr_eq(aml_layout_deref(l, DIMS(2, 0)), p->neutral);
	ck_assert_ptr_ne(p->neutral, &neutral);
	ck_assert_int_eq(*(int *)aml_layout_deref(l, DIMS(3, 3)), neutral);
	ck_assert_ptr_null(aml_layout_deref_safe(l, DIMS(4, 0)));
	ck_assert_ptr_null(aml_layout_deref_safe(l, DIMS(0, 4)));
	ck_assert_ptr_eq(aml_layout_rawptr(l), buffer);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(the_public_struct_is_in_native_order)
{
	struct aml_layout *target = dense(C, 2, DIMS(2, 3));
	struct aml_layout *l = padded(C | 0x30, target, DIMS(5, 4));
	const struct aml_layout_pad *p = (const struct aml_layout_pad *)l->data;

	ck_assert_ptr_eq(l->ops, &aml_layout_pad_row_ops);
	ck_assert_int_eq(p->tags, C);
	ck_assert_ptr_eq(p->target, target);
	ck_assert_uint_eq(p->ndims, 2);
	ck_assert_uint_eq(p->element_size, 4);
	ck_assert_mem_eq(p->dims, DIMS(4, 5), 2 * sizeof(size_t));
	ck_assert_mem_eq(p->target_dims, DIMS(3, 2), 2 * sizeof(size_t));
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(the_order_may_differ_from_the_targets)
{
	static const size_t inner[3] = {2, 3, 4};

	for (int order = F; order <= C; order++)
		for (int under = F; under <= C; under++) {
			struct model m = model_dense(buffer, under, 4, 3, inner, NULL, NULL);
			size_t native[3], user[3];
			struct aml_layout *l;

			for (size_t i = 0; i < 3; i++)
				native[i] = m.dims[i] + i;
			m.order = order;
			model_flip(&m, 3, user, native);
			l = padded(order, dense(under, 3, inner), user);
			model_pad(&m, native, &neutral);
			model_expect(&m, l);
			aml_layout_destroy(&l);
			model_free(&m);
		}
}
END_TEST

START_TEST(frames_smaller_than_the_target_are_refused)
{
	struct aml_layout *t = dense(C, 2, DIMS(4, 5)), *l;

	EXPECT_REFUSED(&l, AML_EINVAL, aml_layout_pad_create(&l, C, t, DIMS(3, 5), &neutral));
	EXPECT_REFUSED(&l, AML_EINVAL, aml_layout_pad_create(&l, C, t, DIMS(4, 4), &neutral));
	EXPECT_REFUSED(&l, AML_EINVAL, aml_layout_pad_create(&l, C, t, DIMS(5, 4), &neutral));
	EXPECT_REFUSED(&l, AML_EINVAL, aml_layout_pad_create(&l, F, t, DIMS(4, 5), &neutral));
	EXPECT_REFUSED(&l, AML_EINVAL, aml_layout_pad_create(&l, C, t, DIMS(0, 5), &neutral));
	l = padded(F, t, DIMS(5, 4));
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(a_refused_frame_leaves_the_target_with_the_caller)
{
	struct aml_layout *t = dense(C, 2, DIMS(4, 5)), *l;
	const size_t root = (size_t)1 << 32;

	ck_assert_int_eq(aml_layout_pad_create(NULL, C, t, DIMS(4, 5), &neutral), -AML_EINVAL);
	EXPECT_REFUSED(&l, AML_EINVAL, aml_layout_pad_create(&l, C, NULL, DIMS(4, 5), &neutral));
	EXPECT_REFUSED(&l, AML_EINVAL, aml_layout_pad_create(&l, C, t, NULL, &neutral));
	EXPECT_REFUSED(&l, AML_EINVAL, aml_layout_pad_create(&l, C, t, DIMS(4, 5), NULL));
	EXPECT_REFUSED(&l, AML_EINVAL, aml_layout_pad_create(&l, C, t, DIMS(root, root), &neutral));
	EXPECT_REFUSED(&l, AML_EINVAL,
		       aml_layout_pad_create(&l, C, t, DIMS(root, root / 8), &neutral));
	EXPECT_NO_TRACE_WITHOUT_MEMORY(&l, aml_layout_pad_create(&l, C, t, DIMS(9, 9), &neutral));
	aml_layout_destroy(&l); /* and t with it */
	aml_layout_pad_destroy(NULL);
}
END_TEST

START_TEST(a_frame_has_neither_slice_nor_reshape)
{
	struct aml_layout *l = padded(C, dense(C, 1, DIMS(4)), DIMS(6)), *out;

	EXPECT_REFUSED(&out, AML_ENOTSUP, aml_layout_slice(l, &out, NULL, DIMS(1), NULL));
	EXPECT_REFUSED(&out, AML_ENOTSUP,
		       aml_layout_slice_native(l, &out, DIMS(0), DIMS(1), DIMS(1)));
	EXPECT_REFUSED(&out, AML_ENOTSUP, aml_layout_reshape(l, &out, 1, DIMS(6)));
	EXPECT_REFUSED(&out, AML_ENOTSUP, aml_layout_broadcast(l, &out, 1, DIMS(6)));
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(runs_end_where_the_padding_begins_and_padding_is_read_only)
{
	struct aml_layout *l = padded(C, dense(C, 2, DIMS(2, 3)), DIMS(4, 8));
	struct aml_layout_run run;

	amli_layout_run(l, DIMS(1, 1), 100, &run); /* native */
	ck_assert_ptr_eq(run.ptr, buffer + 16);
	ck_assert_uint_eq(run.n, 2);
	ck_assert_int_eq(run.stride, 4);
	ck_assert(!run.readonly);
	amli_layout_run(l, DIMS(3, 1), 100, &run);
	ck_assert_uint_eq(run.n, 5);
	ck_assert_int_eq(run.stride, 0);
	ck_assert(run.readonly);
	ck_assert_mem_eq(run.ptr, &neutral, 4);
	amli_layout_run(l, DIMS(0, 3), 100, &run);
	ck_assert_uint_eq(run.n, 8);
	ck_assert(run.readonly);
	amli_layout_run(l, DIMS(0, 3), 3, &run);
	ck_assert_uint_eq(run.n, 3);
	aml_layout_destroy(&l);
}
END_TEST

/* A run operation that only looks at max. */
static void long_run(const struct aml_layout_data *data, const size_t *coords, size_t max,
		     struct aml_layout_run *out)
{
	(void)data, (void)coords;
	*out = (struct aml_layout_run){.ptr = buffer, .stride = 4, .n = max};
}

START_TEST(a_target_cannot_run_into_the_padding)
{
	static struct aml_layout_ops ops;
	struct aml_layout *t = dense(C, 1, DIMS(3)), *l;
	struct aml_layout_run run;

	ops = aml_layout_row_ops;
	ops.run = long_run;
	t->ops = &ops;
	l = padded(C, t, DIMS(8));
	amli_layout_run(l, DIMS(1), 100, &run);
	ck_assert_uint_eq(run.n, 2);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(a_frame_without_padding_is_as_affine_as_its_target)
{
	struct aml_layout *l = padded(F, dense(C, 2, DIMS(2, 3)), DIMS(3, 2));
	struct aml_affine a;

	ck_assert_int_eq(amli_layout_affine(l, &a), 0);
	ck_assert_ptr_eq(a.ptr, buffer);
	ck_assert(aml_layout_is_contiguous(l));
	l = padded(C, l, DIMS(2, 4));
	ck_assert_int_eq(amli_layout_affine(l, &a), -AML_ENOTSUP);
	l = padded(C, l, DIMS(2, 4));
	ck_assert_int_eq(amli_layout_affine(l, &a), -AML_ENOTSUP);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(a_duplicate_frame_owns_its_target_and_its_neutral_element)
{
	struct model m = model_dense(buffer + 64, C, 4, 2, DIMS(2, 3), NULL, NULL);
	struct aml_layout *l = padded(C, dense(C, 2, DIMS(2, 3)), DIMS(4, 5)), *d;

	EXPECT_NO_TRACE_WITHOUT_MEMORY(&d, aml_layout_duplicate(l, &d, buffer + 64));
	aml_layout_destroy(&l);
	model_pad(&m, DIMS(5, 4), &neutral);
	model_expect(&m, d);
	aml_layout_destroy(&d);
	model_free(&m);
}
END_TEST

START_TEST(a_target_that_cannot_be_duplicated_is_reported)
{
	static struct aml_layout_ops ops;
	struct aml_layout *t = dense(C, 1, DIMS(12)), *l, *d;

	ops = aml_layout_row_ops;
	ops.duplicate = NULL;
	t->ops = &ops;
	l = padded(C, t, DIMS(13));
	EXPECT_REFUSED(&d, AML_ENOTSUP, aml_layout_duplicate(l, &d, NULL));
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(a_target_without_native_coordinates_is_not_supported)
{
	static struct aml_layout_ops ops;
	struct aml_layout *t = dense(C, 1, DIMS(12)), *l;

	ops = aml_layout_row_ops;
	ops.deref_native = NULL;
	t->ops = &ops;
	EXPECT_REFUSED(&l, AML_ENOTSUP, aml_layout_pad_create(&l, C, t, DIMS(13), &neutral));
	aml_layout_destroy(&t);
}
END_TEST

START_TEST(printing_shows_frame_and_target)
{
	static struct aml_layout_ops mute;
	char text[2048];
	FILE *stream = fmemopen(text, sizeof(text), "w");
	struct aml_layout *l = padded(C, dense(C, 2, DIMS(2, 3)), DIMS(4, 8));

	ck_assert_int_eq(aml_layout_fprintf(stream, "p", l), 0);
	fclose(stream);
	ck_assert_ptr_nonnull(strstr(text, "padded"));
	ck_assert_ptr_nonnull(
		strstr(text, "p:                1:                8                3\n"));
	ck_assert_ptr_nonnull(strstr(text, "p: target: begin\np: dense layout"));
	mute = aml_layout_row_ops;
	mute.fprintf = NULL;
	((struct aml_layout_pad *)l->data)->target->ops = &mute;
	stream = fmemopen(text, sizeof(text), "w");
	ck_assert_int_eq(aml_layout_fprintf(stream, "p", l), 0);
	fclose(stream);
	ck_assert_ptr_nonnull(strstr(text, "without a description\np: target: end\n"));
	aml_layout_destroy(&l);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pad");
	TCase *tc = tcase_create("pad");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, inside_are_the_targets_elements_and_outside_is_the_neutral_one);
	tcase_add_test(tc, the_public_struct_is_in_native_order);
	tcase_add_test(tc, the_order_may_differ_from_the_targets);
	tcase_add_test(tc, frames_smaller_than_the_target_are_refused);
	tcase_add_test(tc, a_refused_frame_leaves_the_target_with_the_caller);
	tcase_add_test(tc, a_frame_has_neither_slice_nor_reshape);
	tcase_add_test(tc, runs_end_where_the_padding_begins_and_padding_is_read_only);
	tcase_add_test(tc, a_target_cannot_run_into_the_padding);
	tcase_add_test(tc, a_frame_without_padding_is_as_affine_as_its_target);
	tcase_add_test(tc, a_duplicate_frame_owns_its_target_and_its_neutral_element);
	tcase_add_test(tc, a_target_that_cannot_be_duplicated_is_reported);
	tcase_add_test(tc, a_target_without_native_coordinates_is_not_supported);
	tcase_add_test(tc, printing_shows_frame_and_target);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
