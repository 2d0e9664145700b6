/* SPDX-License-Identifier: BSD-3-Clause */
/* The library's own copy functions: called directly, and planned by name. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aml/dma/linux.h"
#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/layout/native.h"
#include "aml/layout/pad.h"
#include "tests/lib/pair.h"
#include "transform/plan.h"

#define OP(fn) ((aml_dma_operator)(void (*)(void))(fn))

static struct aml_layout *dense(void *ptr, int order, size_t ndims, const size_t *dims)
{
	struct aml_layout *out;

	ck_assert_int_eq(
		aml_layout_dense_create(&out, ptr, order, sizeof(int), ndims, dims, NULL, NULL), 0);
	return out;
}

START_TEST(transform_pairs_native_dims_as_told)
{
	int from[2][3][4], to[24] = {0};
	const size_t dims[] = {2, 3, 4};
	const size_t perm[] = {2, 0, 1}; /* native dims of src are {4, 3, 2} */
	struct aml_layout *src = dense(from, AML_LAYOUT_ORDER_C, 3, dims);
	struct aml_layout *dst = dense(to, AML_LAYOUT_ORDER_FORTRAN, 3, (const size_t[]){2, 4, 3});

	for (int i = 0; i < 24; i++)
		from[i / 12][i / 4 % 3][i % 4] = i;
	ck_assert_int_eq(aml_copy_layout_transform_generic(dst, src, perm), 0);
	for (size_t a = 0; a < 2; a++)
		for (size_t b = 0; b < 3; b++)
			for (size_t c = 0; c < 4; c++)
				ck_assert_int_eq(to[a + 2 * (c + 4 * b)], from[a][b][c]);
	aml_layout_destroy(&src);
	aml_layout_destroy(&dst);
}
END_TEST

START_TEST(transform_materialises_padding)
{
	int from[2][2] = {{1, 2}, {3, 4}}, to[9], neutral = 7;
	const size_t outer[] = {3, 3}, swap[] = {1, 0};
	struct aml_layout *inner = dense(from, AML_LAYOUT_ORDER_C, 2, (const size_t[]){2, 2});
	struct aml_layout *dst = dense(to, AML_LAYOUT_ORDER_C, 2, outer), *src;
	static const int want[] = {1, 3, 7, 2, 4, 7, 7, 7, 7};

	ck_assert_int_eq(aml_layout_pad_create(&src, AML_LAYOUT_ORDER_C, inner, outer, &neutral),
			 0);
	ck_assert_int_eq(aml_copy_layout_transform_generic(dst, src, swap), 0);
	ck_assert_mem_eq(to, want, sizeof(want));
	aml_layout_destroy(&src);
	aml_layout_destroy(&dst);
}
END_TEST

START_TEST(transform_refuses_what_is_no_permutation)
{
	int from[4], to[4];
	struct aml_layout *src = dense(from, 0, 2, (const size_t[]){2, 2});
	struct aml_layout *dst = dense(to, 0, 2, (const size_t[]){2, 2});

	ck_assert_int_eq(aml_copy_layout_transform_generic(dst, src, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_copy_layout_transform_generic(dst, src, (const size_t[]){0, 0}),
			 -AML_EINVAL);
	ck_assert_int_eq(aml_copy_layout_transform_generic(dst, src, (const size_t[]){0, 2}),
			 -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "target_dims[1] = 2"));
	ck_assert_int_eq(aml_copy_layout_transform_generic(dst, NULL, (const size_t[]){0, 1}),
			 -AML_EINVAL);
	ck_assert_int_eq(aml_copy_layout_transform_generic(NULL, src, (const size_t[]){0, 1}),
			 -AML_EINVAL);
	aml_layout_destroy(&src);
	aml_layout_destroy(&dst);
}
END_TEST

START_TEST(copy_generic_is_the_default_copy)
{
	for (unsigned i = 0; i < 200; i++) {
		struct pair p = pair_random(test_seed() + i, 0, false);

		ck_assert_int_eq(aml_dma_linux_copy_generic(p.dst, p.src, NULL), 0);
		ck_assert_msg(pair_dst_equals_oracle(&p) && pair_guards_intact(&p), "%s", p.text);
		pair_free(&p);
	}
}
END_TEST

START_TEST(copy_1d_moves_all_bytes_of_any_contiguous_layout)
{
	int from[12], to[12] = {0};
	struct aml_layout *src = dense(from, 1, 3, (const size_t[]){2, 3, 2});
	struct aml_layout *dst = dense(to, 0, 1, (const size_t[]){12}), *small;
	struct aml_layout *half = dense(to, 0, 1, (const size_t[]){6});

	for (int i = 0; i < 12; i++)
		from[i] = i + 1;
	ck_assert_int_eq(aml_dma_linux_copy_1D(dst, src, NULL), 0);
	ck_assert_mem_eq(to, from, sizeof(from));
	ck_assert_int_eq(aml_dma_linux_copy_1D(half, src, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_layout_slice(src, &small, NULL, (const size_t[]){2, 2, 1}, NULL), 0);
	ck_assert_int_eq(aml_dma_linux_copy_1D(dst, small, NULL), -AML_EINVAL);
	aml_layout_destroy(&src);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&half);
	aml_layout_destroy(&small);
}
END_TEST

START_TEST(memcpy_op_takes_addresses_and_a_byte_count)
{
	char from[100], to[100] = {0};

	for (int i = 0; i < 100; i++)
		from[i] = (char)i;
	ck_assert_int_eq(aml_dma_linux_memcpy_op((void *)to, (void *)from, (void *)(size_t)70), 0);
	ck_assert_mem_eq(to, from, 70);
	ck_assert_int_eq(to[70], 0);
	ck_assert_int_eq(aml_dma_linux_memcpy_op((void *)to, (void *)from, (void *)0), 0);
	ck_assert_int_eq(aml_dma_linux_memcpy_op((void *)to, (void *)(to + 5), (void *)(size_t)10),
			 -AML_EINVAL);
	ck_assert_int_eq(aml_dma_linux_memcpy_op(NULL, (void *)from, (void *)(size_t)1),
			 -AML_EINVAL);
	ck_assert_int_eq(aml_dma_linux_memcpy_op((void *)to, (void *)from, (void *)SIZE_MAX),
			 -AML_EINVAL);
}
END_TEST

static int minus_seven(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	ck_assert_ptr_eq(dst, (void *)0x10);
	ck_assert_ptr_eq(src, (void *)0x20);
	ck_assert_ptr_eq(arg, (void *)0x30);
	return -7;
}

START_TEST(a_custom_operator_gets_its_pointers_untouched)
{
	struct aml_plan plan;
	char text[32];

	ck_assert_int_eq(
		amli_plan_init(&plan, (void *)0x10, (void *)0x20, minus_seven, (void *)0x30, 0), 0);
	ck_assert(aml_plan_is_operator(&plan));
	ck_assert_ptr_null(aml_plan_nest(&plan));
	ck_assert_uint_eq(aml_plan_split(&plan, 8), 1);
	ck_assert_int_eq(aml_plan_run(&plan), -7);
	aml_plan_describe(&plan, text, sizeof(text));
	ck_assert_str_eq(text, "operator");
	amli_plan_fini(&plan);
}
END_TEST

START_TEST(the_library_s_operators_are_planned_by_name)
{
	struct pair p = pair_dense(64, 4);
	const size_t perm[] = {0};
	const aml_dma_operator ops[] = {aml_dma_linux_copy_generic, aml_dma_linux_copy_1D,
					OP(aml_copy_layout_transform_generic)};

	for (int i = 0; i < 3; i++) {
		struct aml_plan plan;

		pair_reset(&p);
		ck_assert_int_eq(amli_plan_init(&plan, p.dst, p.src, ops[i], (void *)perm, 0), 0);
		ck_assert(!aml_plan_is_operator(&plan));
		ck_assert_ptr_nonnull(aml_plan_nest(&plan));
		ck_assert_int_eq(aml_plan_run(&plan), 0);
		ck_assert(pair_dst_equals_oracle(&p) && pair_guards_intact(&p));
		amli_plan_fini(&plan);
	}
	pair_free(&p);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("operator");
	TCase *tc = tcase_create("operators");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, transform_pairs_native_dims_as_told);
	tcase_add_test(tc, transform_materialises_padding);
	tcase_add_test(tc, transform_refuses_what_is_no_permutation);
	tcase_add_test(tc, copy_generic_is_the_default_copy);
	tcase_add_test(tc, copy_1d_moves_all_bytes_of_any_contiguous_layout);
	tcase_add_test(tc, memcpy_op_takes_addresses_and_a_byte_count);
	tcase_add_test(tc, a_custom_operator_gets_its_pointers_untouched);
	tcase_add_test(tc, the_library_s_operators_are_planned_by_name);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
