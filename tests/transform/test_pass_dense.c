/* SPDX-License-Identifier: BSD-3-Clause */
/* Operators on dense arrays: larger than the buffers, side by side, and what is refused. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/layout/native.h"
#include "aml/layout/pad.h"
#include "aml/operator.h"
#include "aml/plan.h"
#include "kernel/map.h"

static struct aml_layout *flat(void *ptr, size_t element, size_t a, size_t b)
{
	struct aml_layout *out;

	ck_assert_int_eq(aml_layout_dense_create(&out, ptr, AML_LAYOUT_ORDER_C, element, 2,
						 (const size_t[]){a, b}, NULL, NULL),
			 0);
	return out;
}

START_TEST(transposing_conversions_fill_many_blocks)
{
	enum { A = 1003, B = 517 };
	static int16_t in[A][B];
	static float out[B][A];
	struct aml_convert how = {.to = AML_TYPE_FLOAT, .from = AML_TYPE_INT16};
	struct aml_layout *dst = flat(out, sizeof(float), B, A), *src = flat(in, 2, A, B), *turned;
	struct aml_plan *plan;
	size_t wrong = 0;

	for (int i = 0; i < A * B; i++)
		in[i / B][i % B] = (int16_t)(i * 7919);
	ck_assert_int_eq(aml_layout_permute(src, &turned, (const size_t[]){1, 0}), 0);
	ck_assert_int_eq(aml_plan_create_op(&plan, dst, turned, aml_op_convert, &how,
					    _i ? AML_PLAN_STREAM : AML_PLAN_CACHED),
			 0);
	for (size_t pieces = 1; pieces < 10; pieces++) {
		memset(out, 0, sizeof(out));
		for (size_t i = 0, n = aml_plan_split(plan, pieces); i < n; i++)
			ck_assert_int_eq(aml_plan_run_piece(plan, i, n), 0);
		for (int i = 0; i < A * B; i++)
			wrong += out[i % B][i / B] != in[i / B][i % B];
		ck_assert_uint_eq(wrong, 0);
	}
	aml_plan_destroy(&plan);
	aml_layout_destroy(&turned);
	aml_layout_destroy(&src);
	aml_layout_destroy(&dst);
}
END_TEST

START_TEST(long_streams_and_huge_elements_are_summed_up)
{
	static const size_t shapes[][2] = {{3, 300007}, {100, 8999}, {7, 100003}, {900021, 1}};
	size_t element = shapes[_i][1] % 2 && _i < 3 ? shapes[_i][1] : 1, n = 900021;
	char *in = malloc(n), *out = malloc(n);
	struct aml_layout *dst, *src;
	struct aml_crc32c sum;
	struct aml_difference first;
	uint32_t crc;

	for (size_t i = 0; i < n; i++)
		in[i] = (char)(i * 2654435761u >> 13);
	dst = flat(out, element, shapes[_i][0], 1);
	src = flat(in, element, shapes[_i][0], 1);
	crc = ~amli_crc_any(UINT32_MAX, NULL, in, shapes[_i][0] * element);
	ck_assert_int_eq(aml_op_crc32c(dst, src, &sum), 0);
	ck_assert_uint_eq(sum.crc, crc);
	ck_assert_int_eq(aml_op_compare(dst, src, &first), 0);
	ck_assert(first.first == SIZE_MAX);
	out[shapes[_i][0] * element - 1] ^= 1;
	ck_assert_int_eq(aml_op_compare(dst, src, &first), 0);
	ck_assert_uint_eq(first.first, shapes[_i][0] - 1);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	free(in);
	free(out);
}
END_TEST

static void run(const struct aml_plan *plan, size_t pieces)
{
	size_t n = aml_plan_split(plan, pieces);

	ck_assert_uint_eq(n, pieces);
	aml_plan_begin(plan);
	for (size_t i = n; i-- > 0;)
		ck_assert_int_eq(aml_plan_run_piece(plan, i, n), 0);
}

/* Every gap-th element of src goes to dst, off a line by as much as it says. */
static void check_sum(size_t element, size_t n, size_t gap, size_t off)
{
	enum { MOST = 12000 };
	static char in[2 * MOST], out[MOST + 256], want[MOST + 256];
	struct aml_layout *dst, *src;
	struct aml_plan *plan;
	struct aml_crc32c sum;
	char *to = out + 64 - (uintptr_t)out % 64 + off;

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (char)(i * 2654435761u >> 13);
	memset(out, 0x5a, sizeof(out));
	memset(want, 0x5a, sizeof(want));
	for (size_t i = 0; i < n; i++)
		memcpy(want + (to - out) + i * element, in + i * gap * element, element);
	ck_assert(!aml_layout_dense_create(&dst, to, 0, element, 1, &n, NULL, NULL));
	ck_assert(!aml_layout_dense_create(&src, in, 0, element, 1, &n, &gap, NULL));
	ck_assert(!aml_plan_create_op(&plan, dst, src, aml_op_crc32c, &sum, AML_PLAN_STREAM));
	run(plan, 1);
	ck_assert_msg(!memcmp(out, want, sizeof(out)), "%zu of %zu bytes at %zu, gap %zu", n,
		      element, off, gap);
	ck_assert_uint_eq(sum.crc, ~amli_crc_any(UINT32_MAX, NULL, to, n * element));
	aml_plan_destroy(&plan);
	aml_layout_destroy(&src);
	aml_layout_destroy(&dst);
}

START_TEST(sums_stream_to_any_place)
{
	static const size_t elements[] = {1, 4, 12};

	for (size_t e = 0; e < 3; e++)
		for (size_t off = 0; off < 64; off += off < 4 ? 1 : 4)
			for (size_t gap = 1; gap <= 2; gap++) {
				check_sum(elements[e], 600 / elements[e], gap, off);
				check_sum(elements[e], 11000 / elements[e], gap, off);
			}
}
END_TEST

/* ---- refusals ---- */

/* All that is planned from dst and src, which are equal but for one element, if any. */
static void check_results(struct aml_layout *dst, struct aml_layout *src, size_t differs,
			  uint32_t crc)
{
	struct aml_difference found;
	struct aml_crc32c sum;
	struct aml_plan *compare, *add;

	ck_assert_int_eq(aml_plan_create_op(&compare, dst, src, aml_op_compare, &found, 0), 0);
	ck_assert_int_eq(aml_plan_create_op(&add, src, src, aml_op_crc32c, &sum, 0), 0);
	for (size_t pieces = 1; pieces <= 5; pieces += 2) {
		run(compare, pieces);
		ck_assert_uint_eq(found.first, differs);
		run(add, pieces);
		ck_assert_uint_eq(sum.crc, crc);
	}
	aml_plan_destroy(&compare);
	aml_plan_destroy(&add);
}

START_TEST(results_count_elements_over_many_blocks)
{
	enum { A = 37, B = 211, C = 150, N = A * B * C };
	static const size_t perms[][3] = {{0, 1, 2}, {2, 1, 0}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}};
	static int32_t in[N], out[N];
	const size_t dims[] = {A, B, C}, at[] = {0, 1, 4711, 65536, N / 2 + 3, N - 1};
	const size_t *perm = perms[_i];
	const size_t to[] = {dims[perm[0]], dims[perm[1]], dims[perm[2]]};
	struct aml_layout *whole, *src, *dst;
	struct aml_plan *plan;
	uint32_t crc;

	for (int i = 0; i < N; i++)
		in[i] = (int32_t)((unsigned)i * 7919u);
	ck_assert(!aml_layout_dense_create(&whole, in, 0, 4, 3, dims, NULL, NULL));
	ck_assert(!aml_layout_dense_create(&dst, out, 0, 4, 3, to, NULL, NULL));
	ck_assert_int_eq(aml_layout_permute(whole, &src, perm), 0);
	ck_assert_int_eq(aml_plan_create(&plan, dst, src, 0), 0);
	ck_assert_int_eq(aml_plan_run(plan), 0);
	/* the order of dst in memory is the native one */
	crc = ~amli_crc_any(UINT32_MAX, NULL, (char *)out, sizeof(out));
	check_results(dst, src, SIZE_MAX, crc);
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		out[at[i]] ^= 1;
		check_results(dst, src, at[i], crc);
		check_results(src, dst, at[i],
			      ~amli_crc_any(UINT32_MAX, NULL, (char *)out, sizeof(out)));
		out[at[i]] ^= 1;
	}
	aml_plan_destroy(&plan);
	aml_layout_destroy(&src);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&whole);
}
END_TEST

START_TEST(padding_of_a_destination_is_left_alone)
{
	int inner[4] = {0}, neutral = 7, value = 9;
	const size_t two[] = {2, 2}, three[] = {3, 3};
	struct aml_layout *base = flat(inner, 4, 2, 2), *padded;

	ck_assert_int_eq(aml_layout_pad_create(&padded, AML_LAYOUT_ORDER_C, base, three, &neutral),
			 0);
	ck_assert_int_eq(aml_op_fill(padded, padded, &value), 0);
	ck_assert_int_eq(*(int *)aml_layout_deref_native(padded, two), 7);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(inner[i], 9);
	aml_layout_destroy(&padded); /* and base with it */
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
	char a[64] = {0}, b[64] = {0};
	struct aml_layout *four = flat(a, 4, 2, 2), *two = flat(b, 2, 2, 2),
			  *odd = flat(b, 3, 2, 2);
	struct aml_layout *wide = flat(b, 4, 2, 3), *shifted = flat(a + 6, 4, 2, 2), *many;
	struct aml_layout *large = flat(a, 65, 1, 1), *in_place = flat(a, 2, 2, 2);
	struct aml_convert how = {AML_TYPE_FLOAT, AML_TYPE_INT16};
	struct aml_convert unknown = {AML_TYPE_FLOAT, AML_TYPE_COUNT};
	struct aml_difference first = {7};

	ck_assert_int_eq(aml_layout_broadcast(four, &many, 3, (const size_t[]){2, 2, 2}), 0);
	ck_assert_int_eq(aml_op_byteswap(four, two, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_op_byteswap(odd, odd, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_op_byteswap(shifted, four, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_op_byteswap(four, wide, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_op_byteswap(NULL, four, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_op_byteswap(four, NULL, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_op_convert(four, two, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_op_convert(two, four, &how), -AML_EINVAL);
	ck_assert_int_eq(aml_op_convert(four, four, &how), -AML_EINVAL);
	ck_assert_int_eq(aml_op_convert(four, two, &unknown), -AML_EINVAL);
	ck_assert_int_eq(aml_op_convert(four, in_place, &how), -AML_EINVAL);
	ck_assert_int_eq(aml_op_fill(four, four, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_op_fill(large, large, a), -AML_EINVAL);
	ck_assert_int_eq(aml_op_fill(many, many, a), -AML_EINVAL);
	ck_assert_int_eq(aml_op_compare(four, two, &first), -AML_EINVAL);
	ck_assert_int_eq(aml_op_compare(four, four, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_op_crc32c(four, four, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_op_crc32c(shifted, four, a), -AML_EINVAL);
	ck_assert_uint_eq(first.first, 7);
	/* these are fine */
	ck_assert_int_eq(aml_op_compare(shifted, four, &first), 0);
	ck_assert_int_eq(aml_op_compare(many, many, &first), 0);
	ck_assert(first.first == SIZE_MAX);
	ck_assert_int_eq(aml_op_convert(four, two, &how), 0);
	aml_layout_destroy(&four);
	aml_layout_destroy(&two);
	aml_layout_destroy(&odd);
	aml_layout_destroy(&wide);
	aml_layout_destroy(&shifted);
	aml_layout_destroy(&many);
	aml_layout_destroy(&large);
	aml_layout_destroy(&in_place);
}
END_TEST

/* Members of one array of structs lie between each other, and do not overlap. */
START_TEST(interleaved_sides_of_other_sizes_are_apart)
{
	struct {
		float to;
		int16_t from, after;
	} all[50];
	struct aml_convert how = {AML_TYPE_FLOAT, AML_TYPE_INT16};
	double numbers[4] = {1, 2, 3, 4};
	const size_t four = 4, two = 2, n = 50, by_four = 2, by_two = 4;
	struct aml_layout *dst, *src;

	ck_assert_int_eq(aml_layout_dense_create(&dst, &all[0].to, AML_LAYOUT_ORDER_C, 4, 1, &n,
						 &by_four, NULL),
			 0);
	ck_assert_int_eq(aml_layout_dense_create(&src, &all[0].from, AML_LAYOUT_ORDER_C, 2, 1, &n,
						 &by_two, NULL),
			 0);
	for (int i = 0; i < 50; i++)
		all[i].from = all[i].after = (int16_t)(i - 25);
	ck_assert_int_eq(aml_op_convert(dst, src, &how), 0);
	for (int i = 0; i < 50; i++)
		ck_assert(all[i].to == (float)(i - 25) && all[i].after == i - 25);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);

	/* floats in the upper halves of doubles are not apart from them */
	how = (struct aml_convert){AML_TYPE_FLOAT, AML_TYPE_DOUBLE};
	ck_assert(!aml_layout_dense_create(&dst, (char *)numbers + 4, 0, 4, 1, &four, &two, NULL));
	ck_assert(!aml_layout_dense_create(&src, numbers, 0, 8, 1, &four, NULL, NULL));
	ck_assert_int_eq(aml_op_convert(dst, src, &how), -AML_EINVAL);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pass_dense");
	TCase *tc = tcase_create("pass_dense");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, transposing_conversions_fill_many_blocks, 0, 2);
	tcase_add_loop_test(tc, long_streams_and_huge_elements_are_summed_up, 0, 4);
	tcase_add_test(tc, sums_stream_to_any_place);
	tcase_add_loop_test(tc, results_count_elements_over_many_blocks, 0, 5);
	tcase_add_test(tc, padding_of_a_destination_is_left_alone);
	tcase_add_test(tc, what_does_not_fit_is_refused);
	tcase_add_test(tc, interleaved_sides_of_other_sizes_are_apart);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
