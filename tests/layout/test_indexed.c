/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/layout/indexed.h"
#include "aml/layout/native.h"
#include "aml/layout/reshape.h"
#include "base/mem.h"

static double data[100];
static const uint32_t list[] = {9, 0, 33, 12, 60};
static const uint64_t wide[] = {3, 0, 11, 4, 20};

static struct aml_layout *make(int order, size_t block, unsigned flags)
{
	const void *index = flags & AML_LAYOUT_INDEXED_64 ? (const void *)wide : list;
	struct aml_layout *l;

	ck_assert_msg(aml_layout_indexed_create(&l, data, order, sizeof(double), block, 5, index,
						100, flags) == 0,
		      "%s", aml_error_detail());
	return l;
}

static double *at(const struct aml_layout *l, size_t a, size_t b)
{
	size_t coords[2] = {a, b};

	return aml_layout_deref_safe(l, coords);
}

START_TEST(entries_say_where_elements_are)
{
	struct aml_layout *l = make(AML_LAYOUT_ORDER_C, 1, 0);
	size_t dims[2];

	ck_assert_uint_eq(aml_layout_ndims(l), 1);
	ck_assert_uint_eq(aml_layout_element_size(l), 8);
	ck_assert_int_eq(aml_layout_dims(l, dims), 0);
	ck_assert_uint_eq(dims[0], 5);
	ck_assert_int_eq(aml_layout_order(l), AML_LAYOUT_ORDER_C);
	ck_assert_ptr_eq(aml_layout_rawptr(l), data);
	ck_assert_ptr_null(aml_layout_area(l));
	for (size_t i = 0; i < 5; i++)
		ck_assert_ptr_eq(at(l, i, 0), &data[list[i]]);
	ck_assert_ptr_null(at(l, 5, 0));
	ck_assert(!aml_layout_is_contiguous(l));
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(blocks_are_the_fast_dimension_in_either_order)
{
	struct aml_layout *c = make(AML_LAYOUT_ORDER_C, 3, 0);
	struct aml_layout *f = make(AML_LAYOUT_ORDER_FORTRAN, 3, 0);
	size_t dims[2];

	ck_assert_int_eq(aml_layout_dims(c, dims), 0);
	ck_assert(dims[0] == 5 && dims[1] == 3);
	ck_assert_int_eq(aml_layout_dims(f, dims), 0);
	ck_assert(dims[0] == 3 && dims[1] == 5);
	ck_assert_int_eq(aml_layout_dims_native(c, dims), 0);
	ck_assert(dims[0] == 3 && dims[1] == 5);
	for (size_t i = 0; i < 5; i++)
		for (size_t k = 0; k < 3; k++) {
			ck_assert_ptr_eq(at(c, i, k), &data[list[i] + k]);
			ck_assert_ptr_eq(at(f, k, i), &data[list[i] + k]);
		}
	aml_layout_destroy(&c);
	aml_layout_destroy(&f);
}
END_TEST

START_TEST(entries_may_be_wide_and_count_blocks)
{
	struct aml_layout *l =
		make(AML_LAYOUT_ORDER_C, 3, AML_LAYOUT_INDEXED_64 | AML_LAYOUT_INDEXED_BLOCKS);

	for (size_t i = 0; i < 5; i++)
		ck_assert_ptr_eq(at(l, i, 2), &data[3 * wide[i] + 2]);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(a_list_is_copied_unless_it_is_borrowed)
{
	uint32_t mine[] = {4, 9, 1};
	struct aml_layout *own, *lent;

	ck_assert_int_eq(
		aml_layout_indexed_create(&own, data, AML_LAYOUT_ORDER_C, 8, 1, 3, mine, 0, 0), 0);
	ck_assert_int_eq(aml_layout_indexed_create(&lent, data, AML_LAYOUT_ORDER_C, 8, 1, 3, mine,
						   0, AML_LAYOUT_INDEXED_BORROW),
			 0);
	mine[1] = 7;
	ck_assert_ptr_eq(at(own, 1, 0), &data[9]);
	ck_assert_ptr_eq(at(lent, 1, 0), &data[7]);
	aml_layout_destroy(&own);
	aml_layout_destroy(&lent);
}
END_TEST

START_TEST(slices_take_entries_and_parts_of_blocks)
{
	struct aml_layout *l = make(AML_LAYOUT_ORDER_C, 3, 0), *part, *less;
	size_t offsets[] = {1, 1}, dims[] = {2, 2}, strides[] = {3, 1};

	ck_assert_int_eq(aml_layout_slice(l, &part, offsets, dims, strides), 0);
	aml_layout_destroy(&l); /* views are independent */
	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < 2; k++)
			ck_assert_ptr_eq(at(part, i, k), &data[list[1 + 3 * i] + 1 + k]);
	ck_assert_int_eq(aml_layout_slice(part, &less, (size_t[]){1, 0}, (size_t[]){1, 1}, NULL),
			 0);
	ck_assert_ptr_eq(at(less, 0, 0), &data[list[4] + 1]);
	ck_assert_int_eq(aml_layout_slice(part, &l, (size_t[]){1, 0}, (size_t[]){2, 1}, NULL),
			 -AML_EINVAL);
	ck_assert_ptr_null(l);
	aml_layout_destroy(&part);
	aml_layout_destroy(&less);
}
END_TEST

START_TEST(shapes_keep_entries_and_blocks_apart)
{
	uint32_t many[12];
	struct aml_layout *l, *r, *flat;
	size_t c[4];

	for (uint32_t i = 0; i < 12; i++)
		many[i] = (i * 7 % 12) * 6;
	ck_assert_int_eq(
		aml_layout_indexed_create(&l, data, AML_LAYOUT_ORDER_C, 8, 6, 12, many, 72, 0), 0);
	ck_assert_int_eq(aml_layout_reshape(l, &r, 4, (size_t[]){4, 3, 2, 3}), 0);
	for (c[0] = 0; c[0] < 4; c[0]++)
		for (c[1] = 0; c[1] < 3; c[1]++)
			for (c[2] = 0; c[2] < 2; c[2]++)
				for (c[3] = 0; c[3] < 3; c[3]++)
					ck_assert_ptr_eq(
						aml_layout_deref(r, c),
						&data[many[c[0] * 3 + c[1]] + c[2] * 3 + c[3]]);
	ck_assert_int_eq(aml_layout_reshape(l, &flat, 1, (size_t[]){72}), -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "aml_layout_reshape_create"));
	ck_assert_int_eq(aml_layout_reshape(l, &flat, 2, (size_t[]){12, 5}), -AML_EINVAL);
	aml_layout_destroy(&r);
	ck_assert_int_eq(aml_layout_reshape_create(&flat, l, AML_LAYOUT_ORDER_C, 1, (size_t[]){72}),
			 0);
	ck_assert_ptr_eq(at(flat, 8, 0), &data[many[1] + 2]);
	aml_layout_destroy(&flat); /* and l, which it took */
}
END_TEST

START_TEST(permuted_ones_name_the_same_elements)
{
	struct aml_layout *l = make(AML_LAYOUT_ORDER_C, 3, 0), *p;

	ck_assert_int_eq(aml_layout_permute(l, &p, (size_t[]){1, 0}), 0);
	aml_layout_destroy(&l);
	for (size_t i = 0; i < 5; i++)
		for (size_t k = 0; k < 3; k++)
			ck_assert_ptr_eq(at(p, k, i), &data[list[i] + k]);
	ck_assert_ptr_nonnull(p->ops->slice); /* still indexed */
	aml_layout_destroy(&p);
}
END_TEST

START_TEST(duplicates_may_be_elsewhere)
{
	struct aml_layout *l = make(AML_LAYOUT_ORDER_FORTRAN, 3, 0), *same, *other;
	static double elsewhere[100];

	ck_assert_int_eq(aml_layout_duplicate(l, &same, NULL), 0);
	ck_assert_int_eq(aml_layout_duplicate(l, &other, elsewhere), 0);
	aml_layout_destroy(&l);
	ck_assert_ptr_eq(at(same, 2, 4), &data[list[4] + 2]);
	ck_assert_ptr_eq(at(other, 2, 4), &elsewhere[list[4] + 2]);
	ck_assert_ptr_eq(aml_layout_rawptr(other), elsewhere);
	ck_assert_int_eq(aml_layout_duplicate(same, &l, (void *)(UINTPTR_MAX - 99)), -AML_EINVAL);
	ck_assert_ptr_null(l);
	aml_layout_destroy(&same);
	aml_layout_destroy(&other);
}
END_TEST

/* Whether the layout has strides, and the one along the list. */
static bool strided(const uint64_t *index, size_t n, size_t block, ptrdiff_t *stride)
{
	struct aml_affine a;
	struct aml_layout *l;
	bool is;

	ck_assert_int_eq(aml_layout_indexed_create(&l, data, AML_LAYOUT_ORDER_C, 8, block, n, index,
						   100, AML_LAYOUT_INDEXED_64),
			 0);
	is = l->ops->affine(l->data, &a) == 0;
	if (is) {
		*stride = a.stride[a.ndims - 1];
		ck_assert_ptr_eq(a.ptr, (char *)&data[index[0]]);
		ck_assert_uint_eq(a.dims[a.ndims - 1], n);
		ck_assert(block == 1 || a.stride[0] == 8);
	}
	aml_layout_destroy(&l);
	return is;
}

START_TEST(lists_at_one_distance_have_strides)
{
	static const uint64_t up[] = {2, 5, 8, 11}, down[] = {40, 30, 20}, same[] = {7, 7, 7},
			      not [] = {1, 2, 3, 5};
	ptrdiff_t stride;

	ck_assert(strided(up, 4, 1, &stride));
	ck_assert_int_eq(stride, 24);
	ck_assert(strided(up, 4, 3, &stride));
	ck_assert_int_eq(stride, 24);
	ck_assert(strided(down, 3, 1, &stride));
	ck_assert_int_eq(stride, -80);
	ck_assert(strided(same, 3, 2, &stride));
	ck_assert_int_eq(stride, 0);
	ck_assert(strided(not, 1, 1, &stride));
	ck_assert(!strided(not, 4, 1, &stride));
}
END_TEST

START_TEST(a_slice_may_have_strides_where_the_whole_has_none)
{
	struct aml_layout *l, *part;
	static const uint32_t some[] = {3, 50, 6, 2, 9};
	struct aml_affine a;

	ck_assert_int_eq(
		aml_layout_indexed_create(&l, data, AML_LAYOUT_ORDER_C, 8, 1, 5, some, 0, 0), 0);
	ck_assert_int_eq(aml_layout_slice(l, &part, NULL, (size_t[]){3}, (size_t[]){2}), 0);
	ck_assert_int_eq(l->ops->affine(l->data, &a), -AML_ENOTSUP);
	ck_assert_int_eq(part->ops->affine(part->data, &a), 0);
	ck_assert_int_eq(a.stride[0], 24);
	aml_layout_destroy(&l);
	aml_layout_destroy(&part);
}
END_TEST

static int try(void *ptr, size_t element, size_t block, size_t n, const void *index, size_t extent,
	       unsigned flags)
{
	struct aml_layout *l = (struct aml_layout *)data;
	int rc = aml_layout_indexed_create(&l, ptr, AML_LAYOUT_ORDER_C, element, block, n, index,
					   extent, flags);

	if (rc)
		ck_assert_ptr_null(l);
	aml_layout_destroy(&l);
	return rc;
}

START_TEST(what_cannot_be_is_refused_with_a_sentence)
{
	static const uint64_t huge[] = {1, UINT64_MAX / 16, 0}, minus[] = {UINT64_MAX};

	ck_assert_int_eq(aml_layout_indexed_create(NULL, data, 0, 8, 1, 5, list, 0, 0),
			 -AML_EINVAL);
	ck_assert_int_eq(try(NULL, 8, 1, 5, list, 0, 0), -AML_EINVAL);
	ck_assert_int_eq(try(data, 8, 1, 5, NULL, 0, 0), -AML_EINVAL);
	ck_assert_int_eq(try(data, 0, 1, 5, list, 0, 0), -AML_EINVAL);
	ck_assert_int_eq(try(data, 8, 0, 5, list, 0, 0), -AML_EINVAL);
	ck_assert_int_eq(try(data, 8, 1, 0, list, 0, 0), -AML_EINVAL);
	ck_assert_int_eq(try(data, 8, 1, 5, list, 0, 8), -AML_EINVAL);
	ck_assert_int_eq(try(data, 8, SIZE_MAX / 8, 5, list, 0, 0), -AML_EINVAL);
	ck_assert_int_eq(try(data, 1, 1, SIZE_MAX / 4, list, 0, 0), -AML_EINVAL);
	ck_assert_int_eq(try(data, 8, 1, 3, huge, 0, AML_LAYOUT_INDEXED_64), -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "address space"));
	ck_assert_int_eq(try(data, 8, 1, 1, minus, 0, AML_LAYOUT_INDEXED_64), -AML_EINVAL);
}
END_TEST

START_TEST(blocks_end_within_the_extent)
{
	ck_assert_int_eq(try(data, 8, 1, 5, list, 61, 0), 0);
	ck_assert_int_eq(try(data, 8, 1, 5, list, 60, 0), -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "index 60"));
	ck_assert_int_eq(try(data, 8, 4, 5, list, 64, 0), 0);
	ck_assert_int_eq(try(data, 8, 4, 5, list, 63, 0), -AML_EINVAL);
	ck_assert_int_eq(
		try(data, 8, 4, 5, wide, 84, AML_LAYOUT_INDEXED_64 | AML_LAYOUT_INDEXED_BLOCKS), 0);
	ck_assert_int_eq(try(data, 8, 4, 5, wide, 83,
			     AML_LAYOUT_INDEXED_64 | AML_LAYOUT_INDEXED_BLOCKS),
			 -AML_EINVAL);
}
END_TEST

START_TEST(creation_survives_every_failed_allocation)
{
	struct aml_layout *l = NULL, *part = NULL;
	int failures = 0;

	for (unsigned n = 1; !l; n++) {
		amli_alloc_fail_at(n);
		failures += aml_layout_indexed_create(&l, data, 0, 8, 1, 5, list, 0, 0) != 0;
		amli_alloc_fail_at(0);
	}
	ck_assert_int_eq(failures, 2);
	amli_alloc_fail_at(1);
	ck_assert_int_eq(aml_layout_slice(l, &part, NULL, (size_t[]){2}, NULL), -AML_ENOMEM);
	ck_assert_ptr_null(part);
	amli_alloc_fail_at(0);
	aml_layout_destroy(&l);
}
END_TEST

START_TEST(descriptions_name_the_list)
{
	struct aml_layout *l = make(AML_LAYOUT_ORDER_C, 3, 0);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_int_eq(aml_layout_fprintf(out, "x", l), 0);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "x: indexed layout"));
	ck_assert_ptr_nonnull(strstr(text, "32-bit, copied, 0 to 60 x 8 bytes"));
	ck_assert_ptr_nonnull(strstr(text, "of the list"));
	free(text);
	aml_layout_destroy(&l);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("indexed");
	TCase *tc = tcase_create("indexed");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, entries_say_where_elements_are);
	tcase_add_test(tc, blocks_are_the_fast_dimension_in_either_order);
	tcase_add_test(tc, entries_may_be_wide_and_count_blocks);
	tcase_add_test(tc, a_list_is_copied_unless_it_is_borrowed);
	tcase_add_test(tc, slices_take_entries_and_parts_of_blocks);
	tcase_add_test(tc, shapes_keep_entries_and_blocks_apart);
	tcase_add_test(tc, permuted_ones_name_the_same_elements);
	tcase_add_test(tc, duplicates_may_be_elsewhere);
	tcase_add_test(tc, lists_at_one_distance_have_strides);
	tcase_add_test(tc, a_slice_may_have_strides_where_the_whole_has_none);
	tcase_add_test(tc, what_cannot_be_is_refused_with_a_sentence);
	tcase_add_test(tc, blocks_end_within_the_extent);
	tcase_add_test(tc, creation_survives_every_failed_allocation);
	tcase_add_test(tc, descriptions_name_the_list);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
