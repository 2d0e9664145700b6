/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operators over random pairs of layouts, whole and in pieces, streamed and not, against
 * an element loop; and through the engines.
 */
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/layout/native.h"
#include "aml/operator.h"
#include "aml/plan.h"
#include "aml/request.h"
#include "kernel/map.h"
#include "tests/lib/engines.h"
#include "tests/lib/pair.h"

#define DIMS 6

struct shape {
	size_t n, dims[DIMS];
};

static struct shape shape_of(const struct aml_layout *layout)
{
	struct shape s = {.n = aml_layout_ndims(layout)};

	aml_layout_dims_native(layout, s.dims);
	return s;
}

static bool next(size_t *at, const struct shape *s)
{
	for (size_t i = 0; i < s->n; i++) {
		if (++at[i] < s->dims[i])
			return true;
		at[i] = 0;
	}
	return false;
}

static bool is_inside(const struct pair_side *side, const char *at)
{
	return at >= side->memory && at < side->memory + side->size;
}

/* Run it: whole, or in 2 to 9 pieces, the last one first. */
static void run(const struct aml_plan *plan, size_t pieces)
{
	size_t n = aml_plan_split(plan, pieces), bytes = 0;

	if (pieces == 1) {
		ck_assert_int_eq(aml_plan_run(plan), 0);
		return;
	}
	aml_plan_begin(plan);
	for (size_t i = n; i-- > 0;) {
		ck_assert_int_eq(aml_plan_run_piece(plan, i, n), 0);
		bytes += aml_plan_piece_bytes(plan, i, n);
	}
	ck_assert_uint_eq(bytes, aml_plan_bytes(plan));
}

/* Plan and run an operator on a pair in all the ways there are; each must end with the
 * destination as p->want. */
static void check_all_ways(struct pair *p, aml_dma_operator op, void *arg)
{
	static const unsigned flags[] = {AML_PLAN_STREAM, AML_PLAN_CACHED};
	char text[256];

	for (int f = 0; f < 2; f++) {
		struct aml_plan *plan;

		ck_assert_msg(!aml_plan_create_op(&plan, p->dst, p->src, op, arg, flags[f]),
			      "%s: %s", p->text, aml_error_detail());
		ck_assert_int_gt(aml_plan_describe(plan, text, sizeof(text)), 0);
		ck_assert_ptr_null(aml_plan_nest(plan));
		for (size_t pieces = 1; pieces <= 9; pieces++) {
			pair_reset(p);
			run(plan, pieces);
			ck_assert_msg(pair_dst_equals_oracle(p) && pair_guards_intact(p),
				      "%s, %zu pieces: %s", p->text, pieces, text);
		}
		aml_plan_destroy(&plan);
	}
}

/* Make p->want what @element says of each element of dst that is memory. */
typedef void element_fn(char *dst, const char *src, size_t bytes, void *arg);

static void want(struct pair *p, element_fn *element, void *arg)
{
	struct shape s = shape_of(p->dst);
	size_t at[DIMS] = {0}, e = aml_layout_element_size(p->dst);

	memcpy(p->want, p->to.before, p->to.size);
	do {
		char *d = aml_layout_deref_native(p->dst, at);

		if (is_inside(&p->to, d))
			element(p->want + (d - p->to.memory), aml_layout_deref_native(p->src, at),
				e, arg);
	} while (next(at, &s));
}

static void swap_element(char *dst, const char *src, size_t bytes, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < bytes; i++)
		dst[i] = src[bytes - 1 - i];
}

START_TEST(byteswap_swaps_and_moves)
{
	for (unsigned i = 0; i < test_pairs(300); i++) {
		struct pair p = pair_random(test_seed() * 100000 + i, 0, false);
		size_t e = aml_layout_element_size(p.src);

		if (e == 2 || e == 4 || e == 8) {
			want(&p, swap_element, NULL);
			check_all_ways(&p, aml_op_byteswap, NULL);
		}
		pair_free(&p);
	}
}
END_TEST

static void fill_element(char *dst, const char *src, size_t bytes, void *arg)
{
	(void)src;
	memcpy(dst, arg, bytes);
}

START_TEST(fill_writes_one_element_everywhere)
{
	char value[AML_OP_FILL_MAX];

	for (size_t i = 0; i < sizeof(value); i++)
		value[i] = (char)(i * 37 + 11);
	for (unsigned i = 0; i < test_pairs(200); i++) {
		struct pair p = pair_random(test_seed() * 100000 + i, 0, false);

		want(&p, fill_element, value);
		check_all_ways(&p, aml_op_fill, value);
		pair_free(&p);
	}
}
END_TEST

static uint32_t naive_crc(const struct aml_layout *src)
{
	struct shape s = shape_of(src);
	size_t at[DIMS] = {0}, e = aml_layout_element_size(src);
	uint32_t reg = UINT32_MAX;

	do
		reg = amli_crc_any(reg, NULL, aml_layout_deref_native(src, at), e);
	while (next(at, &s));
	return ~reg;
}

static void copy_element(char *dst, const char *src, size_t bytes, void *arg)
{
	(void)arg;
	memcpy(dst, src, bytes);
}

START_TEST(crc32c_copies_and_sums_up_in_native_order)
{
	for (unsigned i = 0; i < test_pairs(300); i++) {
		struct pair p = pair_random(test_seed() * 100000 + i, 0, false);
		uint32_t crc = naive_crc(p.src);
		struct aml_crc32c sum = {0};
		struct aml_plan *plan;

		want(&p, copy_element, NULL);
		check_all_ways(&p, aml_op_crc32c, &sum);
		ck_assert_msg(sum.crc == crc, "%s", p.text);
		ck_assert_int_eq(aml_plan_create_op(&plan, (struct aml_layout *)p.src, p.src,
						    aml_op_crc32c, &sum, AML_PLAN_DEFAULT),
				 0);
		pair_reset(&p);
		for (size_t pieces = 1; pieces <= 9; pieces++) {
			sum.crc = 1;
			run(plan, pieces);
			ck_assert_msg(sum.crc == crc, "%s, %zu pieces", p.text, pieces);
		}
		ck_assert(!memcmp(p.from.memory, p.from.before, p.from.size));
		aml_plan_destroy(&plan);
		pair_free(&p);
	}
}
END_TEST

static size_t naive_compare(const struct aml_layout *dst, const struct aml_layout *src)
{
	struct shape s = shape_of(src);
	size_t at[DIMS] = {0}, e = aml_layout_element_size(src), i = 0;

	do {
		if (memcmp(aml_layout_deref_native(dst, at), aml_layout_deref_native(src, at), e))
			return i;
		i++;
	} while (next(at, &s));
	return SIZE_MAX;
}

static void check_compare(struct pair *p)
{
	size_t first = naive_compare(p->dst, p->src);
	struct aml_difference found = {0};
	struct aml_plan *plan;

	ck_assert_int_eq(aml_plan_create_op(&plan, p->dst, p->src, aml_op_compare, &found,
					    AML_PLAN_DEFAULT),
			 0);
	for (size_t pieces = 1; pieces <= 9; pieces++) {
		found.first = 0;
		run(plan, pieces);
		ck_assert_msg(found.first == first, "%s, %zu pieces: %zu, not %zu", p->text, pieces,
			      found.first, first);
	}
	aml_plan_destroy(&plan);
}

/* Equal sides, then up to three bytes of dst changed anywhere. */
START_TEST(compare_finds_the_first_difference)
{
	unsigned state = test_seed();

	for (unsigned i = 0; i < test_pairs(300); i++) {
		struct pair p = pair_random(test_seed() * 100000 + i, 0, false);

		memcpy(p.to.memory, p.want, p.to.size);
		check_compare(&p);
		for (int k = 0; k < 3; k++) {
			state = state * 1664525u + 1013904223u;
			p.to.memory[(state >> 8) % p.to.size] ^= 0x10;
			check_compare(&p);
		}
		pair_free(&p);
	}
}
END_TEST

/* A destination for numbers of another size: dense, with gaps, or of another order. */
static struct aml_layout *numbers(char *memory, size_t element, const struct shape *s, int kind)
{
	size_t dims[DIMS], stride[DIMS], pitch[DIMS], perm[DIMS];
	struct aml_layout *base, *out;

	for (size_t i = 0; i < s->n; i++) {
		dims[i] = kind & 2 ? s->dims[s->n - 1 - i] : s->dims[i];
		stride[i] = kind & 1 && i == 0 ? 2 : 1;
		pitch[i] = dims[i] * stride[i];
		perm[i] = s->n - 1 - i;
	}
	ck_assert_int_eq(aml_layout_dense_create(&base, memory, AML_LAYOUT_ORDER_FORTRAN, element,
						 s->n, dims, stride, pitch),
			 0);
	if (!(kind & 2))
		return base;
	ck_assert_int_eq(aml_layout_permute(base, &out, perm), 0);
	aml_layout_destroy(&base);
	return out;
}

static void check_convert(const struct aml_layout *src, enum aml_type to, enum aml_type from,
			  int kind, const char *text)
{
	const size_t guard = 128;
	struct aml_convert how = {.to = to, .from = from};
	struct shape s = shape_of(src);
	size_t size = 2 * guard + 2 * aml_type_size(to), at[DIMS] = {0};
	struct aml_plan *plan;
	struct aml_layout *dst;
	char *memory, *expected;

	for (size_t i = 0; i < s.n; i++)
		size *= s.dims[i];
	size += 2 * guard;
	memory = malloc(size);
	expected = malloc(size);
	memset(expected, 0x5a, size);
	dst = numbers(memory + guard + 3, aml_type_size(to), &s, kind);
	do {
		char *d = aml_layout_deref_native(dst, at);

		amli_convert_any(to, from)(expected + (d - memory),
					   aml_layout_deref_native(src, at), 1, false);
	} while (next(at, &s));
	ck_assert_msg(!aml_plan_create_op(&plan, dst, src, aml_op_convert, &how,
					  kind & 4 ? AML_PLAN_STREAM : AML_PLAN_CACHED),
		      "%s", aml_error_detail());
	for (size_t pieces = 1; pieces <= 9; pieces += 2) {
		memset(memory, 0x5a, size);
		run(plan, pieces);
		ck_assert_msg(!memcmp(memory, expected, size), "%s: %s to %s, kind %d, %zu pieces",
			      text, aml_type_name(from), aml_type_name(to), kind, pieces);
	}
	aml_plan_destroy(&plan);
	aml_layout_destroy(&dst);
	free(memory);
	free(expected);
}

static bool is_real(enum aml_type type)
{
	return type >= AML_TYPE_FLOAT16;
}

/* Not from real to real: which NaN comes out is not said. */
START_TEST(convert_converts_and_moves)
{
	unsigned n = 0;

	for (unsigned i = 0; i < test_pairs(400); i++) {
		struct pair p = pair_random(test_seed() * 100000 + i, 0, false);
		size_t e = aml_layout_element_size(p.src);

		for (int from = 0; from < AML_TYPE_COUNT; from++) {
			enum aml_type to = (enum aml_type)(n++ % AML_TYPE_COUNT);

			if (aml_type_size((enum aml_type)from) == e &&
			    !(is_real(to) && is_real((enum aml_type)from)))
				check_convert(p.src, to, (enum aml_type)from, (int)(i % 8), p.text);
		}
		pair_free(&p);
	}
}
END_TEST

/* ---- engines ---- */

static void check_engine(struct aml_dma *dma, struct pair *p)
{
	struct aml_crc32c sum = {0};
	struct aml_difference first = {0};
	struct aml_dma_job job = {.size = sizeof(job),
				  .dst = p->dst,
				  .src = p->src,
				  .op = aml_op_compare,
				  .op_arg = &first};
	struct aml_dma_request *req;
	char value[AML_OP_FILL_MAX] = "a value that is repeated";

	want(p, copy_element, NULL);
	pair_reset(p);
	ck_assert_int_eq(aml_dma_copy_custom(dma, p->dst, p->src, aml_op_crc32c, &sum), 0);
	ck_assert(pair_dst_equals_oracle(p) && pair_guards_intact(p));
	ck_assert_uint_eq(sum.crc, naive_crc(p->src));
	ck_assert_int_eq(aml_dma_prepare(dma, &req, &job), 0);
	for (int i = 0; i < 2; i++) {
		size_t at = naive_compare(p->dst, p->src);

		ck_assert_int_eq(aml_dma_start(dma, req), 0);
		ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
		ck_assert_uint_eq(first.first, at);
		if (i == 0)
			for (size_t k = p->to.size / 2; k < p->to.size; k += 5)
				p->to.memory[k] ^= 1;
	}
	ck_assert_int_eq(aml_dma_release(dma, &req), 0);
	want(p, fill_element, value);
	pair_reset(p);
	ck_assert_int_eq(aml_dma_async_copy_custom(dma, &req, p->dst, p->dst, aml_op_fill, value),
			 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	ck_assert(pair_dst_equals_oracle(p) && pair_guards_intact(p));
}

START_TEST(engines_run_operators_like_copies)
{
	struct aml_dma *dma = engines_open(_i);

	for (unsigned i = 0; i < 60; i++) {
		struct pair p = pair_random(test_seed() * 7000 + i, 0, i % 2);

		check_engine(dma, &p);
		pair_free(&p);
	}
	aml_dma_close(&dma);
}
END_TEST

START_TEST(engines_cut_long_operators_into_pieces)
{
	const size_t n = (size_t)6 << 20;
	struct aml_dma *dma = engines_open(_i);
	struct pair p = pair_dense(n / 4, 4);
	struct aml_crc32c sum = {0};

	ck_assert_int_eq(aml_dma_copy_custom(dma, p.dst, p.src, aml_op_crc32c, &sum), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	ck_assert_uint_eq(sum.crc, naive_crc(p.src));
	want(&p, swap_element, NULL);
	ck_assert_int_eq(aml_dma_copy_custom(dma, p.dst, p.src, aml_op_byteswap, NULL), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	pair_free(&p);
	aml_dma_close(&dma);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pass");
	TCase *tc = tcase_create("pass");
	SRunner *runner;
	int failed, engines = engines_choose("memcpy pool:threads=3");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, byteswap_swaps_and_moves);
	tcase_add_test(tc, fill_writes_one_element_everywhere);
	tcase_add_test(tc, crc32c_copies_and_sums_up_in_native_order);
	tcase_add_test(tc, compare_finds_the_first_difference);
	tcase_add_test(tc, convert_converts_and_moves);
	tcase_add_loop_test(tc, engines_run_operators_like_copies, 0, engines);
	tcase_add_loop_test(tc, engines_cut_long_operators_into_pieces, 0, engines);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
