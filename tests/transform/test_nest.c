/* SPDX-License-Identifier: BSD-3-Clause */
/* Nests: the fewest loops, sorted, and never a different set of bytes. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>

#include "aml/layout/dense.h"
#include "layout/layout.h"
#include "transform/nest.h"

static char memory[2][1 << 16];

static struct aml_affine affine(char *ptr, size_t element, size_t ndims, const size_t *dims,
				const ptrdiff_t *stride)
{
	struct aml_affine a = {.ptr = ptr, .element_size = element, .ndims = ndims};

	for (size_t i = 0; i < ndims; i++) {
		a.dims[i] = dims[i];
		a.stride[i] = stride[i];
	}
	return a;
}

#define AFFINE(which, element, n, ...)                                   \
	affine(memory[which] + 4096, element, n, (const size_t[]){DIMS}, \
	       (const ptrdiff_t[]){__VA_ARGS__})

static struct aml_nest build(const struct aml_affine *dst, const struct aml_affine *src)
{
	struct aml_nest nest;

	ck_assert_int_eq(amli_nest_build(&nest, dst, src, NULL), 0);
	return nest;
}

static void expect_loop(const struct aml_nest *nest, size_t i, size_t n, ptrdiff_t dst,
			ptrdiff_t src)
{
	ck_assert_uint_gt(nest->nloops, i);
	ck_assert_uint_eq(nest->loop[i].n, n);
	ck_assert_int_eq(nest->loop[i].dst, dst);
	ck_assert_int_eq(nest->loop[i].src, src);
}

#define DIMS 4, 5, 6
START_TEST(contiguous_layouts_are_one_element)
{
	struct aml_affine dst = AFFINE(0, 4, 3, 4, 16, 80), src = AFFINE(1, 4, 3, 4, 16, 80);
	struct aml_nest nest = build(&dst, &src);

	ck_assert_uint_eq(nest.nloops, 0);
	ck_assert_uint_eq(nest.element, 480);
	ck_assert_uint_eq(amli_nest_bytes(&nest), 480);
}
END_TEST

START_TEST(a_pitch_on_one_side_leaves_one_loop)
{
	struct aml_affine dst = AFFINE(0, 4, 3, 4, 16, 80), src = AFFINE(1, 4, 3, 4, 32, 160);
	struct aml_nest nest = build(&dst, &src);

	ck_assert_uint_eq(nest.element, 16);
	ck_assert_uint_eq(nest.nloops, 1);
	expect_loop(&nest, 0, 30, 16, 32);
}
END_TEST

START_TEST(a_transposition_keeps_two_loops_sorted_by_dst)
{
	struct aml_affine dst = AFFINE(0, 4, 3, 120, 24, 4), src = AFFINE(1, 4, 3, 4, 16, 80);
	struct aml_nest nest = build(&dst, &src);

	ck_assert_uint_eq(nest.element, 4);
	ck_assert_uint_eq(nest.nloops, 3);
	expect_loop(&nest, 0, 6, 4, 80);
	expect_loop(&nest, 1, 5, 24, 16);
	expect_loop(&nest, 2, 4, 120, 4);
}
END_TEST

START_TEST(a_reversed_destination_is_walked_the_other_way)
{
	struct aml_affine dst = AFFINE(0, 4, 3, -4, -16, -80), src = AFFINE(1, 4, 3, -4, -16, -80);
	struct aml_nest nest = build(&dst, &src);

	ck_assert_uint_eq(nest.nloops, 0);
	ck_assert_uint_eq(nest.element, 480);
	ck_assert_ptr_eq(nest.dst, dst.ptr - 476);
	ck_assert_ptr_eq(nest.src, src.ptr - 476);
}
END_TEST

START_TEST(a_broadcast_source_fuses_its_loops)
{
	struct aml_affine dst = AFFINE(0, 4, 3, 4, 16, 80), src = AFFINE(1, 4, 3, 4, 0, 0);
	struct aml_nest nest = build(&dst, &src);

	ck_assert_uint_eq(nest.element, 16);
	ck_assert_uint_eq(nest.nloops, 1);
	expect_loop(&nest, 0, 30, 16, 0);
}
END_TEST

START_TEST(a_broadcast_destination_is_refused)
{
	struct aml_affine dst = AFFINE(0, 4, 3, 4, 0, 16), src = AFFINE(1, 4, 3, 4, 16, 80);
	struct aml_nest nest;

	ck_assert_int_eq(amli_nest_build(&nest, &dst, &src, NULL), -AML_EINVAL);
}
END_TEST
#undef DIMS

#define DIMS 7, 1, 9
START_TEST(extents_of_one_disappear_whatever_their_stride)
{
	struct aml_affine dst = AFFINE(0, 8, 3, 8, 0, 56), src = AFFINE(1, 8, 3, 8, 4000, 56);
	struct aml_nest nest = build(&dst, &src);

	ck_assert_uint_eq(nest.nloops, 0);
	ck_assert_uint_eq(nest.element, 504);
}
END_TEST

START_TEST(a_permutation_pairs_the_dims_it_names)
{
	struct aml_affine dst = AFFINE(0, 8, 3, 8, 8, 56), src;
	const size_t perm[] = {2, 0, 1}, wrong[] = {0, 2, 1};
	struct aml_nest nest;

	src = affine(memory[1], 8, 3, (const size_t[]){1, 9, 7}, (const ptrdiff_t[]){8, 8, 72});
	ck_assert_int_eq(amli_nest_build(&nest, &dst, &src, perm), 0);
	ck_assert_uint_eq(nest.nloops, 2);
	expect_loop(&nest, 0, 7, 8, 72);
	expect_loop(&nest, 1, 9, 56, 8);
	ck_assert_int_eq(amli_nest_build(&nest, &dst, &src, wrong), -AML_EINVAL);
}
END_TEST

START_TEST(different_shapes_and_elements_are_refused_with_the_values)
{
	struct aml_affine dst = AFFINE(0, 8, 3, 8, 8, 56), src = AFFINE(1, 8, 3, 8, 8, 56);
	struct aml_nest nest;

	src.element_size = 4;
	ck_assert_int_eq(amli_nest_build(&nest, &dst, &src, NULL), -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "src 4 bytes"));
	src.element_size = 8;
	src.ndims = 2;
	ck_assert_int_eq(amli_nest_build(&nest, &dst, &src, NULL), -AML_EINVAL);
	src.ndims = 3;
	src.dims[2] = 8;
	ck_assert_int_eq(amli_nest_build(&nest, &dst, &src, NULL), -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "is 9"));
}
END_TEST

START_TEST(bytes_beyond_any_memory_are_said_to_be)
{
	struct aml_nest nest = {.element = 8, .nloops = 2};

	nest.loop[0].n = nest.loop[1].n = SIZE_MAX / 4;
	ck_assert_uint_eq(amli_nest_bytes(&nest), SIZE_MAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nest");
	TCase *tc = tcase_create("canonical form");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, contiguous_layouts_are_one_element);
	tcase_add_test(tc, a_pitch_on_one_side_leaves_one_loop);
	tcase_add_test(tc, a_transposition_keeps_two_loops_sorted_by_dst);
	tcase_add_test(tc, a_reversed_destination_is_walked_the_other_way);
	tcase_add_test(tc, a_broadcast_source_fuses_its_loops);
	tcase_add_test(tc, a_broadcast_destination_is_refused);
	tcase_add_test(tc, extents_of_one_disappear_whatever_their_stride);
	tcase_add_test(tc, a_permutation_pairs_the_dims_it_names);
	tcase_add_test(tc, different_shapes_and_elements_are_refused_with_the_values);
	tcase_add_test(tc, bytes_beyond_any_memory_are_said_to_be);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
