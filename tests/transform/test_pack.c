/* SPDX-License-Identifier: BSD-3-Clause */
/* Ranges of a layout's packed bytes, and plans with a stream. */
#include <check.h>
#include <stdint.h>
#include <string.h>

#include "aml/engine.h"
#include "aml/layout/dense.h"
#include "aml/layout/indexed.h"
#include "aml/layout/native.h"
#include "aml/layout/pad.h"
#include "aml/layout/reshape.h"
#include "aml/plan.h"
#include "tests/lib/pair.h"

#define MOST 4096
#define KINDS 9
#define PADDED 4  /* of the kinds */
#define INDEXED 6 /* and those that follow */

static unsigned char memory[2][MOST], packed[MOST], expected[MOST], again[MOST];

static void fill(unsigned char *bytes, unsigned seed)
{
	for (size_t i = 0; i < MOST; i++)
		bytes[i] = (unsigned char)(i * 7 + (i >> 8) * 13 + seed);
}

/* Single elements, blocks of 3, and blocks of 5 in another order of dimensions; all apart. */
static struct aml_layout *make_indexed(int kind, unsigned char *over)
{
	const size_t block[3] = {1, 3, 5}, n[3] = {90, 40, 20}, turn[2] = {1, 0};
	struct aml_layout *layout, *view;
	uint32_t index[90];

	for (uint32_t i = 0; i < 90; i++)
		index[i] = i < 20 ? i : i * 37 % 101 + 20; /* some follow each other */
	ck_assert_int_eq(aml_layout_indexed_create(&layout, over, AML_LAYOUT_ORDER_C, 4,
						   block[kind], n[kind], index + 10 * kind, 0,
						   AML_LAYOUT_INDEXED_BLOCKS),
			 0);
	if (kind < 2)
		return layout;
	ck_assert_int_eq(aml_layout_permute(layout, &view, turn), 0);
	aml_layout_destroy(&layout);
	return view;
}

/* Some kinds of layouts over memory, elements of 1 to 16 bytes. */
static struct aml_layout *make(int kind, unsigned char *over)
{
	const size_t cube[3] = {4, 5, 6}, flat[1] = {40}, pitch[3] = {5, 7, 9}, ones[3] = {1, 1, 1};
	const size_t offsets[3] = {1, 0, 2}, dims[3] = {2, 5, 2}, strides[3] = {1, 1, 2};
	const size_t perm[3] = {2, 0, 1}, padded[3] = {6, 5, 7}, ten[2] = {10, 12};
	const int order = AML_LAYOUT_ORDER_C, other = AML_LAYOUT_ORDER_FORTRAN;
	struct aml_layout *whole, *view = NULL;
	uint32_t neutral = 0x55667788;
	int rc = 0;

	if (kind >= INDEXED)
		return make_indexed(kind - INDEXED, over);

	if (kind == 0)
		rc = aml_layout_dense_create(&view, over, order, 3, 1, flat, NULL, NULL);
	if (kind == 1)
		rc = aml_layout_dense_create(&view, over, order, 8, 3, cube, ones, pitch);
	ck_assert_int_eq(rc, 0);
	if (kind < 2)
		return view;
	rc = aml_layout_dense_create(&whole, over, other, 4, 3, cube, NULL, NULL);
	ck_assert_int_eq(rc, 0);
	if (kind == 2)
		rc = aml_layout_permute(whole, &view, perm);
	else if (kind == 3)
		rc = aml_layout_slice(whole, &view, offsets, dims, strides);
	else if (kind == PADDED)
		rc = aml_layout_pad_create(&view, other, whole, padded, &neutral);
	else
		rc = aml_layout_reshape_create(&view, whole, other, 2, ten);
	ck_assert_int_eq(rc, 0);
	if (kind < PADDED)
		aml_layout_destroy(&whole); /* the others own it */
	return view;
}

/* Element by element; how many bytes. */
static size_t pack_naively(const struct aml_layout *layout, unsigned char *out)
{
	size_t dims[AML_NDIMS_MAX], coords[AML_NDIMS_MAX] = {0}, n = aml_layout_ndims(layout);
	size_t e = aml_layout_element_size(layout), at = 0, d = 0;

	aml_layout_dims_native(layout, dims);
	while (d < n) {
		memcpy(out + at, aml_layout_deref_native(layout, coords), e);
		at += e;
		for (d = 0; d < n && ++coords[d] == dims[d]; d++)
			coords[d] = 0;
	}
	return at;
}

START_TEST(every_range_has_the_bytes_it_should)
{
	struct aml_layout *layout = make(_i, memory[0]);
	size_t bytes;

	fill(memory[0], 1);
	bytes = pack_naively(layout, expected);
	for (size_t offset = 0; offset <= bytes; offset += 1 + offset % 5)
		for (size_t n = 0; offset + n <= bytes; n += 1 + n % 7) {
			memset(packed, 0xee, n + 1);
			ck_assert_int_eq(aml_layout_pack(packed, layout, offset, n), 0);
			if (memcmp(packed, expected + offset, n) || packed[n] != 0xee)
				ck_abort_msg("kind %d, bytes %zu to %zu", _i, offset, offset + n);
		}
	aml_layout_destroy(&layout);
}
END_TEST

START_TEST(what_is_unpacked_in_ranges_is_what_was_packed)
{
	struct aml_layout *from = make(_i, memory[0]), *to = make(_i, memory[1]);
	size_t bytes;

	fill(memory[0], 1);
	bytes = pack_naively(from, expected);
	for (size_t step = 1; step < bytes + 20; step += step < 20 ? 1 : 37) {
		fill(memory[1], 99);
		for (size_t at = 0; at < bytes; at += step) {
			size_t n = bytes - at < step ? bytes - at : step;

			memcpy(packed, expected + at, n);
			ck_assert_int_eq(aml_layout_unpack(to, packed, at, n), 0);
		}
		pack_naively(to, again);
		if (memcmp(again, expected, bytes))
			ck_abort_msg("kind %d, steps of %zu", _i, step);
	}
	aml_layout_destroy(&from);
	aml_layout_destroy(&to);
}
END_TEST

START_TEST(nothing_beside_the_elements_is_written)
{
	struct aml_layout *to = make(_i, memory[1]);
	size_t bytes;

	fill(memory[0], 5); /* what memory[1] shall be after all of it is inverted twice */
	fill(memory[1], 5);
	bytes = pack_naively(to, expected);
	for (size_t i = 0; i < bytes; i++)
		packed[i] = (unsigned char)~expected[i];
	ck_assert_int_eq(aml_layout_unpack(to, packed, 0, bytes), 0);
	ck_assert(memcmp(memory[0], memory[1], MOST));
	if (_i == PADDED) /* nor is the padding */
		ck_assert_uint_eq(*(uint32_t *)aml_layout_deref_native(to, (size_t[]){5, 4, 6}),
				  0x55667788);
	ck_assert_int_eq(aml_layout_unpack(to, expected, 0, bytes), 0);
	ck_assert(!memcmp(memory[0], memory[1], MOST));
	aml_layout_destroy(&to);
}
END_TEST

static void carry(const struct aml_plan *plan, size_t bytes, size_t step)
{
	for (size_t at = 0; at < bytes; at += step) {
		size_t n = bytes - at < step ? bytes - at : step;

		ck_assert_int_eq(aml_plan_pack(plan, packed, at, n), 0);
		ck_assert_int_eq(aml_plan_unpack(plan, packed, at, n), 0);
	}
}

START_TEST(a_plan_can_be_carried_out_in_packed_pieces)
{
	unsigned seed = test_seed(), n = test_pairs(300), carried = 0;

	for (unsigned i = 0; i < n; i++) {
		struct pair p = pair_random(seed + i, 0, false);
		struct aml_plan *plan;

		ck_assert_int_eq(aml_plan_create(&plan, p.dst, p.src, AML_PLAN_DEFAULT), 0);
		if (pair_has_lists(&p)) {
			ck_assert_int_eq(aml_plan_pack(plan, packed, 0, 1), -AML_ENOTSUP);
			goto next;
		}
		for (size_t step = MOST; step > 0; step = step > 50 ? 50 : step > 7 ? 7 : 0) {
			pair_reset(&p);
			carry(plan, aml_plan_bytes(plan), step);
			ck_assert_msg(pair_dst_equals_oracle(&p), "steps of %zu: %s", step, p.text);
			ck_assert_msg(pair_guards_intact(&p), "steps of %zu: %s", step, p.text);
		}
		carried++;
	next:
		aml_plan_destroy(&plan);
		pair_free(&p);
	}
	ck_assert_uint_gt(carried, n / 2);
}
END_TEST

START_TEST(plans_that_are_no_copy_cannot_be_packed)
{
	struct aml_layout *a = make(0, memory[0]), *b = make(0, memory[1]);
	struct aml_plan *plan;

	ck_assert_int_eq(aml_plan_create_batch(&plan, 1, &a, (const struct aml_layout **)&b, 0), 0);
	ck_assert_int_eq(aml_plan_pack(plan, packed, 0, 1), -AML_ENOTSUP);
	ck_assert_int_eq(aml_plan_unpack(plan, packed, 0, 0), -AML_ENOTSUP);
	ck_assert_int_eq(aml_plan_pack(NULL, packed, 0, 1), -AML_EINVAL);
	aml_plan_destroy(&plan);
	aml_layout_destroy(&a);
	aml_layout_destroy(&b);
}
END_TEST

START_TEST(ranges_beyond_the_end_are_refused)
{
	struct aml_layout *layout = make(0, memory[0]);

	ck_assert_int_eq(aml_layout_pack(packed, layout, 120, 0), 0);
	ck_assert_int_eq(aml_layout_pack(packed, layout, 120, 1), -AML_EDOM);
	ck_assert_int_eq(aml_layout_pack(packed, layout, 121, 0), -AML_EDOM);
	ck_assert_int_eq(aml_layout_pack(packed, layout, 1, SIZE_MAX), -AML_EDOM);
	ck_assert_int_eq(aml_layout_unpack(layout, packed, 100, 21), -AML_EDOM);
	ck_assert_str_eq(aml_error_detail(),
			 "21 bytes from byte 100 are beyond the 120 that there are");
	ck_assert_int_eq(aml_layout_pack(NULL, layout, 0, 1), -AML_EINVAL);
	ck_assert_int_eq(aml_layout_unpack(NULL, packed, 0, 1), -AML_EINVAL);
	aml_layout_destroy(&layout);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("pack");
	TCase *tcase = tcase_create("pack");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, every_range_has_the_bytes_it_should, 0, KINDS);
	tcase_add_loop_test(tcase, what_is_unpacked_in_ranges_is_what_was_packed, 0, KINDS);
	tcase_add_loop_test(tcase, nothing_beside_the_elements_is_written, 0, KINDS);
	tcase_add_test(tcase, a_plan_can_be_carried_out_in_packed_pieces);
	tcase_add_test(tcase, plans_that_are_no_copy_cannot_be_packed);
	tcase_add_test(tcase, ranges_beyond_the_end_are_refused);
	suite_add_tcase(s, tcase);
	return s;
}

int main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
