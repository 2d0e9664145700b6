/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies through lists of indices move the same bytes as the element loop, whole or in
 * pieces, and nothing else. */
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/layout/dense.h"
#include "aml/layout/indexed.h"
#include "aml/layout/native.h"
#include "aml/operator.h"
#include "base/error.h"
#include "base/mem.h"
#include "tests/lib/pair.h"
#include "transform/plan.h"

#define GUARD 128

enum pattern { RANDOM, SORTED, REVERSED, RUNS, EVEN_RUNS, REPEATED, STEPS, PATTERNS };

/* One side: memory with guards around it and a layout over it. */
struct end {
	char *memory;
	size_t bytes;
	struct aml_layout *layout;
};

static unsigned state;

static size_t pick(size_t below)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % below;
}

static char *memory(struct end *end, size_t bytes)
{
	end->bytes = bytes + 2 * GUARD + 64;
	end->memory = malloc(end->bytes);
	for (size_t i = 0; i < end->bytes; i++)
		end->memory[i] = (char)pick(256);
	return end->memory + GUARD + (pick(2) ? pick(64) : 0);
}

static void swap(size_t *a, size_t *b)
{
	size_t c = *a;

	*a = *b;
	*b = c;
}

/* n slots, each named once unless repeated, and returns how many slots there are. */
static size_t list(size_t *slot, size_t n, enum pattern how)
{
	size_t run = how == RUNS || how == EVEN_RUNS ? 1 + pick(12) : 1, at = 0;
	size_t far = how == STEPS ? 1 + pick(4) : 1;

	for (size_t i = 0; i < n;) {
		size_t now = how == RUNS ? 1 + pick(run + 1) : run;

		at += how == STEPS ? far : how == SORTED || run > 1 ? 1 + pick(5) : 1;
		for (size_t k = 0; k < now && i < n; k++)
			slot[i++] = at + k;
		at += now - 1;
	}
	if (how == RANDOM || how == REPEATED)
		for (size_t i = n; i > 1; i--)
			swap(&slot[i - 1], &slot[pick(i)]);
	if (how == REVERSED)
		for (size_t i = 0; i < n / 2; i++)
			swap(&slot[i], &slot[n - 1 - i]);
	if ((how == EVEN_RUNS || how == RUNS) && n > 2 * run) /* runs in any order */
		for (size_t i = 0; i + 2 * run <= n; i += run)
			for (size_t j = pick((n - i) / run) * run, k = 0; k < run; k++)
				swap(&slot[i + k], &slot[i + j + k < n ? i + j + k : i + k]);
	if (how == REPEATED)
		for (size_t i = 0; i < n / 2; i++)
			slot[pick(n)] = slot[pick(n)];
	return at + 1;
}

/* An indexed layout of n blocks; those of a destination do not overlap. */
static void indexed(struct end *end, size_t e, size_t block, size_t n, enum pattern how, int order)
{
	size_t *slot = malloc(n * sizeof(*slot)), gap = pick(3) ? 0 : pick(4);
	size_t slots = list(slot, n, how), each = block + gap;
	unsigned flags = pick(2) ? AML_LAYOUT_INDEXED_64 : 0;
	uint32_t *narrow = malloc(n * sizeof(*narrow));
	uint64_t *wide = malloc(n * sizeof(*wide));

	if (!gap && pick(2))
		flags |= AML_LAYOUT_INDEXED_BLOCKS;
	for (size_t i = 0; i < n; i++) {
		wide[i] = slot[i] * (flags & AML_LAYOUT_INDEXED_BLOCKS ? 1 : each);
		narrow[i] = (uint32_t)wide[i];
	}
	ck_assert_int_eq(aml_layout_indexed_create(
				 &end->layout, memory(end, slots * each * e), order, e, block, n,
				 flags & AML_LAYOUT_INDEXED_64 ? (void *)wide : narrow,
				 slots * each, flags),
			 0);
	free(slot);
	free(narrow);
	free(wide);
}

/* n x block elements on a grid, perhaps with gaps or the other way round. */
static void grid(struct end *end, size_t e, size_t block, size_t n, int order)
{
	size_t dims[2] = {n, block}, pitch[2] = {n, block};
	size_t turned[2] = {1, 0};
	bool turn = block > 1 && pick(3) == 0, c = order == AML_LAYOUT_ORDER_C;
	struct aml_layout *whole;

	if (turn || (block > 1 && !c))
		swap(&dims[0], &dims[1]);
	if (turn && !c)
		swap(&dims[0], &dims[1]);
	memcpy(pitch, dims, sizeof(dims));
	if (pick(3) == 0)
		pitch[c] += 1 + pick(3);
	ck_assert_int_eq(aml_layout_dense_create(&whole,
						 memory(end, (pitch[0] + 1) * (pitch[1] + 1) * e),
						 order, e, 1 + (block > 1), dims, NULL, pitch),
			 0);
	end->layout = whole;
	if (turn) {
		ck_assert_int_eq(aml_layout_permute(whole, &end->layout, turned), 0);
		aml_layout_destroy(&whole);
	}
}

/* A part of an indexed layout, or one with the list in two dimensions. */
static void view(struct end *end, size_t e, size_t block, size_t n, enum pattern how, int order,
		 bool slice)
{
	size_t dims[3] = {n, block, 1}, offsets[2] = {1, 0}, strides[2] = {2, 1};
	bool c = order == AML_LAYOUT_ORDER_C;
	struct aml_layout *whole;

	indexed(end, e, block + 1, 2 * n + 1, how, order);
	whole = end->layout;
	if (!c) {
		swap(&dims[0], &dims[1]);
		swap(&offsets[0], &offsets[1]);
		swap(&strides[0], &strides[1]);
	}
	ck_assert_int_eq(aml_layout_slice(whole, &end->layout, offsets, dims, strides), 0);
	aml_layout_destroy(&whole);
	if (slice)
		return;
	whole = end->layout; /* there and back */
	swap(&dims[c ? 1 : 0], &dims[2]);
	if (!c)
		swap(&dims[0], &dims[1]);
	ck_assert_int_eq(aml_layout_reshape(whole, &end->layout, 3,
					    c ? (size_t[]){n, 1, block} : (size_t[]){block, 1, n}),
			 0);
	aml_layout_destroy(&whole);
	whole = end->layout;
	ck_assert_int_eq(aml_layout_reshape(whole, &end->layout, 2,
					    c ? (size_t[]){n, block} : (size_t[]){block, n}),
			 0);
	aml_layout_destroy(&whole);
}

struct copy {
	struct end dst, src;
	char *want, *before, *src_before;
	size_t e;
	char text[200];
};

static void naive(struct copy *c)
{
	size_t dims[AML_NDIMS_MAX], at[AML_NDIMS_MAX] = {0}, n = aml_layout_ndims(c->dst.layout), i;

	aml_layout_dims_native(c->dst.layout, dims);
	c->before = malloc(c->dst.bytes);
	c->want = malloc(c->dst.bytes);
	c->src_before = malloc(c->src.bytes);
	memcpy(c->before, c->dst.memory, c->dst.bytes);
	memcpy(c->want, c->dst.memory, c->dst.bytes);
	memcpy(c->src_before, c->src.memory, c->src.bytes);
	do {
		char *d = aml_layout_deref_native(c->dst.layout, at);

		memcpy(c->want + (d - c->dst.memory), aml_layout_deref_native(c->src.layout, at),
		       c->e);
		for (i = 0; i < n && ++at[i] == dims[i]; i++)
			at[i] = 0;
	} while (i < n);
}

static void end_free(struct end *end)
{
	aml_layout_destroy(&end->layout);
	free(end->memory);
}

static void copy_free(struct copy *c)
{
	end_free(&c->dst);
	end_free(&c->src);
	free(c->want);
	free(c->before);
	free(c->src_before);
}

/* kinds: 0 grid, 1 indexed, 2 slice, 3 reshaped */
static void side(struct end *end, size_t kind, size_t e, size_t block, size_t n, bool dst)
{
	enum pattern how = (enum pattern)pick(PATTERNS);
	int order = pick(2) ? AML_LAYOUT_ORDER_C : AML_LAYOUT_ORDER_FORTRAN;

	if (dst && how == REPEATED)
		how = RANDOM;
	if (kind == 0)
		grid(end, e, block, n, order);
	else if (kind == 1 || block == 1)
		indexed(end, e, block, n, how, order);
	else
		view(end, e, block, n, how, order, kind == 2);
}

static void copy_random(struct copy *c, unsigned seed)
{
	static const size_t sizes[] = {1, 2, 3, 4, 4, 8, 8, 12, 16, 24, 32, 40, 64, 100, 700, 5000};
	size_t block = pick(3) ? 1 + pick(pick(2) ? 4 : 20) : 1;
	size_t kind = pick(9), n;

	c->e = sizes[pick(pick(4) ? 11 : 16)];
	n = 1 + pick(pick(3) ? 40 : 40000 / c->e / block + 200);
	side(&c->dst, kind < 6 ? kind / 3 : kind - 5, c->e, block, n, true);
	side(&c->src, kind < 3 ? 1 + pick(3) : pick(4), c->e, block, n, false);
	naive(c);
	snprintf(c->text, sizeof(c->text), "seed %u: e%zu, %zu blocks of %zu", seed, c->e, n,
		 block);
}

static void expect_moved(const struct copy *c, const struct aml_plan *plan, const char *how)
{
	char text[256];
	size_t i = 0;

	aml_plan_describe(plan, text, sizeof(text));
	while (i < c->dst.bytes && c->dst.memory[i] == c->want[i])
		i++;
	ck_assert_msg(i == c->dst.bytes, "%s: byte %zu of %zu, %s, plan %s", c->text, i,
		      c->dst.bytes, how, text);
	ck_assert_msg(!memcmp(c->src.memory, c->src_before, c->src.bytes), "%s: wrote src, %s",
		      c->text, text);
}

static void run_in_pieces(const struct aml_plan *plan, size_t want)
{
	size_t n = aml_plan_split(plan, want), bytes = 0;

	for (size_t i = n; i-- > 0;) {
		ck_assert_int_eq(aml_plan_run_piece(plan, i, n), 0);
		bytes += aml_plan_piece_bytes(plan, i, n);
	}
	ck_assert_uint_eq(bytes, aml_plan_bytes(plan));
}

static void run_copy(struct copy *c, unsigned flags, size_t want)
{
	struct aml_plan *plan;

	ck_assert_msg(aml_plan_create(&plan, c->dst.layout, c->src.layout, flags) == 0, "%s: %s",
		      c->text, aml_error_detail());
	ck_assert_int_eq(aml_plan_run(plan), 0);
	expect_moved(c, plan, "whole");
	memcpy(c->dst.memory, c->before, c->dst.bytes);
	run_in_pieces(plan, want);
	expect_moved(c, plan, "in pieces");
	memcpy(c->dst.memory, c->before, c->dst.bytes);
	aml_plan_destroy(&plan);
}

START_TEST(any_lists_arrive_byte_for_byte)
{
	unsigned n = test_pairs(4000);

	for (unsigned i = 0; i < n; i++) {
		struct copy c = {.e = 0};

		state = (test_seed() + i) * 2654435761u + 12345u;
		copy_random(&c, test_seed() + i);
		run_copy(&c, i % 3, 1 + i % 9);
		copy_free(&c);
	}
}
END_TEST

/* Several blocks, and lists larger than what is asked for early. */
static void move_large(size_t e, size_t block, size_t n, enum pattern how, bool scatter)
{
	struct copy c = {.e = e};

	state = 99;
	indexed(scatter ? &c.dst : &c.src, e, block, n, how, AML_LAYOUT_ORDER_C);
	grid(scatter ? &c.src : &c.dst, e, block, n, AML_LAYOUT_ORDER_C);
	naive(&c);
	snprintf(c.text, sizeof(c.text), "e%zu, %zu blocks of %zu, pattern %d", e, n, block, how);
	for (unsigned flags = AML_PLAN_DEFAULT; flags <= AML_PLAN_CACHED; flags++)
		run_copy(&c, flags, 7);
	copy_free(&c);
}

START_TEST(lists_of_many_blocks_and_sizes_around_them)
{
	static const struct {
		size_t e, block;
	} shape[] = {{1, 1}, {4, 1}, {8, 1}, {8, 3}, {12, 1}, {4, 6}, {16, 5}, {3, 1}};

	for (size_t k = 0; k < sizeof(shape) / sizeof(shape[0]); k++) {
		size_t chunk = ((size_t)64 << 10) / shape[k].e / shape[k].block;

		for (size_t how = RANDOM; how < STEPS; how++) {
			size_t n = (1 + how % 3) * chunk - 2 + pick(5);
			bool scatter = how != REPEATED && pick(2);

			move_large(shape[k].e, shape[k].block, n, (enum pattern)how, scatter);
		}
	}
	move_large(4, 1, (size_t)1 << 20, RANDOM, false); /* farther apart than the caches */
	move_large(8, 1, (size_t)1 << 19, RANDOM, true);
	move_large(8, 3, (size_t)1 << 18, RUNS, false);
}
END_TEST

static struct aml_layout *u32(char *at, size_t e, size_t block, const uint32_t *index, size_t n)
{
	struct aml_layout *out;

	ck_assert_msg(aml_layout_indexed_create(&out, at, AML_LAYOUT_ORDER_C, e, block, n, index, 0,
						0) == 0,
		      "%s", aml_error_detail());
	return out;
}

static struct aml_layout *dense(char *at, size_t e, size_t n, size_t block)
{
	size_t dims[2] = {n, block};
	struct aml_layout *out;

	ck_assert_int_eq(aml_layout_dense_create(&out, at, AML_LAYOUT_ORDER_C, e, 1 + (block > 1),
						 dims, NULL, NULL),
			 0);
	return out;
}

/* What comes of planning dst <- src; both are destroyed. */
static int plan_once(struct aml_layout *dst, struct aml_layout *src, char *text, size_t size)
{
	struct aml_plan *plan;
	int rc = aml_plan_create(&plan, dst, src, AML_PLAN_DEFAULT);

	if (!rc) {
		aml_plan_describe(plan, text, size);
		ck_assert_ptr_null(aml_plan_nest(plan));
		aml_plan_destroy(&plan);
	}
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	return rc;
}

START_TEST(a_place_named_twice_gets_one_of_its_elements)
{
	static const uint32_t index[] = {5, 1, 5, 9, 1, 5, 3};
	int32_t to[12], from[7] = {10, 11, 12, 13, 14, 15, 16};
	struct aml_layout *d = u32((char *)to, 4, 1, index, 7), *s = dense((char *)from, 4, 7, 1);
	struct aml_plan *plan;

	memset(to, 0, sizeof(to));
	ck_assert_int_eq(aml_plan_create(&plan, d, s, 0), 0);
	ck_assert_int_eq(aml_plan_run(plan), 0);
	ck_assert(to[5] == 10 || to[5] == 12 || to[5] == 15);
	ck_assert(to[1] == 11 || to[1] == 14);
	ck_assert_int_eq(to[9], 13);
	ck_assert_int_eq(to[3], 16);
	ck_assert(!to[0] && !to[2] && !to[4] && !to[6] && !to[7] && !to[8] && !to[10] && !to[11]);
	aml_plan_destroy(&plan);
	aml_layout_destroy(&d);
	aml_layout_destroy(&s);
}
END_TEST

START_TEST(a_destination_that_is_one_place_is_refused)
{
	static const uint32_t same[] = {3, 3, 3}, other[] = {1, 7, 2};
	char to[64], from[64], text[100];

	ck_assert_int_eq(plan_once(u32(to, 4, 1, same, 3), dense(from, 4, 3, 1), text, 100),
			 -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "broadcast"));
	ck_assert_int_eq(plan_once(u32(to, 4, 1, same, 3), u32(from, 4, 1, other, 3), text, 100),
			 -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "broadcast"));
	ck_assert_int_eq(plan_once(u32(to, 4, 1, other, 3), u32(from, 4, 1, same, 3), text, 100),
			 0);
}
END_TEST

START_TEST(sides_with_a_byte_in_common_are_refused)
{
	static const uint32_t even[] = {0, 8, 4, 14}, odd[] = {1, 5, 13, 3}, mixed[] = {1, 5, 4, 3};
	char at[256], text[100];

	ck_assert_int_eq(plan_once(u32(at, 8, 1, even, 4), u32(at, 8, 1, odd, 4), text, 100), 0);
	ck_assert_int_eq(plan_once(u32(at, 8, 1, even, 4), u32(at, 8, 1, mixed, 4), text, 100),
			 -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "overlap"));
	/* shuffled in place, against itself in order, one byte off */
	ck_assert_int_eq(plan_once(dense(at, 8, 4, 1), u32(at, 8, 1, mixed, 4), text, 100),
			 -AML_EINVAL);
	ck_assert_int_eq(plan_once(u32(at, 8, 1, mixed, 4), dense(at, 8, 4, 1), text, 100),
			 -AML_EINVAL);
	ck_assert_int_eq(plan_once(u32(at, 8, 1, even, 4), u32(at + 1, 8, 1, odd, 4), text, 100),
			 -AML_EINVAL);
	/* what is between them, and behind */
	ck_assert_int_eq(plan_once(dense(at + 72, 8, 4, 1), u32(at, 8, 1, even, 4), text, 100), 0);
	ck_assert_int_eq(plan_once(dense(at + 120, 8, 4, 1), u32(at, 8, 1, even, 4), text, 100), 0);
	ck_assert_int_eq(plan_once(dense(at + 112, 8, 4, 1), u32(at, 8, 1, even, 4), text, 100),
			 -AML_EINVAL);
}
END_TEST

/* What comes of planning to swap or convert src into dst; both are destroyed. */
static int plan_operator(struct aml_layout *dst, struct aml_layout *src, aml_dma_operator op)
{
	struct aml_convert wider = {.to = AML_TYPE_DOUBLE, .from = AML_TYPE_FLOAT};
	struct aml_plan *plan;
	int rc = aml_plan_create_op(&plan, dst, src, op, &wider, AML_PLAN_DEFAULT);

	aml_plan_destroy(&plan);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	return rc;
}

START_TEST(operators_refuse_them_too)
{
	static const uint32_t any[] = {0, 8, 4, 14}, other[] = {1, 5, 13, 3}, hits[] = {1, 5, 4, 3};
	static const uint32_t records[] = {0, 8, 4, 12}; /* of 4 floats */
	char at[256];

	ck_assert_int_eq(
		plan_operator(u32(at, 8, 1, any, 4), u32(at, 8, 1, other, 4), aml_op_byteswap), 0);
	ck_assert_int_eq(plan_operator(u32(at, 8, 1, any, 4), u32(at, 8, 1, hits, 4),
				       aml_op_byteswap),
			 -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "overlap"));
	/* a double and two floats in a record */
	ck_assert_int_eq(plan_operator(u32(at, 8, 1, (uint32_t[]){0, 4, 2, 6}, 4),
				       u32(at + 8, 4, 1, records, 4), aml_op_convert),
			 0);
	ck_assert_int_eq(plan_operator(u32(at, 8, 1, (uint32_t[]){0, 4, 2, 6}, 4),
				       u32(at + 4, 4, 1, records, 4), aml_op_convert),
			 -AML_EINVAL);
}
END_TEST

START_TEST(members_of_the_same_records_are_apart)
{
	static const uint32_t to[] = {0, 9, 3, 6}, from[] = {6, 0, 3, 9}; /* records of 3 */
	char at[256], text[100];

	ck_assert_int_eq(plan_once(u32(at, 8, 1, to, 4), u32(at + 8, 8, 1, from, 4), text, 100), 0);
	ck_assert_int_eq(plan_once(u32(at, 8, 2, to, 4), u32(at + 8, 8, 2, from, 4), text, 100),
			 -AML_EINVAL);
}
END_TEST

static void expect_plan(struct aml_layout *dst, struct aml_layout *src, const char *want)
{
	char text[200] = "";

	ck_assert_int_eq(plan_once(dst, src, text, sizeof(text)), 0);
	ck_assert_str_eq(text, want);
}

START_TEST(plans_say_what_was_joined)
{
	static const uint32_t any[] = {9, 2, 30, 4}, pairs[] = {8, 9, 2, 3, 30, 31, 12, 13};
	const char *pieces = amli_kernel_select(AMLI_PIECES, 0)->name;
	uint32_t runs[24], turned[24];
	char want[100];
	char *to = malloc(4096), *from = malloc(4096);

	for (uint32_t i = 0; i < 24; i++) { /* three runs, of 7, 9 and 8 */
		runs[i] = i < 7 ? 100 + i : i < 16 ? i : 200 + i;
		turned[i] = i < 12 ? 50 + i : i;
	}
	expect_plan(dense(to, 4, 4, 1), u32(from, 4, 1, any, 4), "gather32 e4 [4 4:i32*4]");
	expect_plan(u32(to, 8, 3, any, 4), dense(from, 8, 4, 3), "scatter192 e24 [4 i32*8:24]");
	expect_plan(u32(to, 2, 1, any, 4), u32(from, 2, 1, runs + 5, 4),
		    "gather16+scatter16 e2 [4 i32*2:i32*2]");
	expect_plan(dense(to, 4, 8, 1), u32(from, 4, 1, pairs, 8), "gather64 e8 [4 8:i32*4]");
	snprintf(want, sizeof(want), "%s e4 [24 4:i32*4] in 3 pieces", pieces);
	expect_plan(dense(to, 4, 24, 1), u32(from, 4, 1, runs, 24), want);
	snprintf(want, sizeof(want), "%s e4 [24 i32*4:i32*4] in 4 pieces", pieces);
	expect_plan(u32(to, 4, 1, runs, 24), u32(from, 4, 1, turned, 24), want);
	free(to);
	free(from);
}
END_TEST

START_TEST(lists_at_one_distance_are_planned_as_strides)
{
	static const uint32_t one[] = {3, 4, 5, 6}, two[] = {8, 6, 4, 2};
	char to[256], from[256], text[100];
	struct aml_layout *d = dense(to, 4, 4, 1), *s = u32(from, 4, 1, one, 4);
	struct aml_plan *plan;

	ck_assert_int_eq(aml_plan_create(&plan, d, s, 0), 0);
	aml_plan_describe(plan, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "copy"));
	ck_assert_ptr_nonnull(aml_plan_nest(plan));
	aml_plan_destroy(&plan);
	aml_layout_destroy(&s);
	s = u32(from, 4, 1, two, 4);
	ck_assert_int_eq(aml_plan_create(&plan, d, s, 0), 0);
	ck_assert_ptr_nonnull(aml_plan_nest(plan));
	ck_assert_int_eq(aml_plan_nest(plan)->loop[0].src, -8);
	aml_plan_destroy(&plan);
	aml_layout_destroy(&s);
	aml_layout_destroy(&d);
}
END_TEST

/* Where piece i of n begins, in bytes of the destination. */
static uintptr_t boundary(const struct aml_plan *plan, const char *dst, size_t i, size_t n)
{
	uintptr_t at = (uintptr_t)dst;

	for (size_t k = 0; k < i; k++)
		at += aml_plan_piece_bytes(plan, k, n);
	return at;
}

/* Whether some element of these bytes begins on a line. */
static bool can_align(const char *dst, size_t e)
{
	size_t i = 0;

	while (i < 64 && ((uintptr_t)dst + i * e) % 64)
		i++;
	return i < 64;
}

/* Returns how many boundaries there were. */
static int check_boundaries(size_t e, enum pattern how)
{
	size_t n = 300000 / e, joined;
	struct end src, dst;
	struct aml_plan *plan;
	char text[200], *at;
	int seen = 0;

	indexed(&src, e, 1, n, how, AML_LAYOUT_ORDER_C);
	memory(&dst, n * e);
	at = dst.memory + pick(40);
	dst.layout = dense(at, e, n, 1);
	ck_assert_int_eq(aml_plan_create(&plan, dst.layout, src.layout, 0), 0);
	aml_plan_describe(plan, text, sizeof(text));
	joined = strtoul(strstr(text, " e") + 2, NULL, 10);
	if (aml_plan_nest(plan) || !(can_align(at, joined) || strstr(text, "pieces")))
		joined = 0;
	for (size_t i = 1; i < 4 && joined; i++) {
		uintptr_t to = boundary(plan, at, i, 4);

		ck_assert_msg(to % 64 == 0, "piece %zu begins %zu bytes off a line: %s", i,
			      (size_t)to % 64, text);
		seen++;
	}
	aml_plan_destroy(&plan);
	end_free(&src);
	end_free(&dst);
	return seen;
}

START_TEST(pieces_of_a_dense_destination_begin_on_lines)
{
	static const size_t sizes[] = {1, 2, 4, 8, 12, 16, 24, 40};
	int seen = 0;

	state = test_seed();
	for (int times = 0; times < 10; times++)
		for (size_t k = 0; k < 8; k++)
			for (size_t how = RANDOM; how <= EVEN_RUNS; how++)
				seen += check_boundaries(sizes[k], (enum pattern)how);
	ck_assert_int_ge(seen, 200);
}
END_TEST

START_TEST(a_plan_outlives_its_layouts_and_their_list)
{
	uint32_t index[] = {4, 0, 2};
	int32_t to[3] = {0}, from[5] = {10, 11, 12, 13, 14};
	struct aml_layout *d = dense((char *)to, 4, 3, 1), *s = u32((char *)from, 4, 1, index, 3);
	struct aml_plan *plan;

	ck_assert_int_eq(aml_plan_create(&plan, d, s, 0), 0);
	aml_layout_destroy(&d);
	aml_layout_destroy(&s);
	memset(index, 0xff, sizeof(index));
	ck_assert_int_eq(aml_plan_run(plan), 0);
	ck_assert(to[0] == 14 && to[1] == 10 && to[2] == 12);
	aml_plan_destroy(&plan);
}
END_TEST

START_TEST(planning_survives_every_failed_allocation)
{
	struct copy c = {.e = 4};
	struct aml_plan *plan = NULL;
	int failures = 0;

	state = 3;
	indexed(&c.src, 4, 1, 300, RUNS, AML_LAYOUT_ORDER_C);
	indexed(&c.dst, 4, 1, 300, RUNS, AML_LAYOUT_ORDER_C);
	naive(&c);
	for (unsigned at = 1; !plan; at++) {
		int rc;

		amli_alloc_fail_at(at);
		rc = aml_plan_create(&plan, c.dst.layout, c.src.layout, 0);
		amli_alloc_fail_at(0);
		ck_assert(rc == 0 || rc == -AML_ENOMEM);
		failures += rc != 0;
	}
	ck_assert_int_ge(failures, 1);
	ck_assert_int_eq(aml_plan_run(plan), 0);
	expect_moved(&c, plan, "at last");
	aml_plan_destroy(&plan);
	copy_free(&c);
}
END_TEST

START_TEST(shapes_that_differ_are_refused)
{
	static const uint32_t any[] = {9, 2, 30, 4};
	char to[256], from[256], text[100];

	ck_assert_int_eq(plan_once(dense(to, 4, 3, 1), u32(from, 4, 1, any, 4), text, 100),
			 -AML_EINVAL);
	ck_assert_int_eq(plan_once(dense(to, 2, 4, 1), u32(from, 4, 1, any, 4), text, 100),
			 -AML_EINVAL);
	ck_assert_int_eq(plan_once(dense(to, 4, 4, 2), u32(from, 4, 1, any, 4), text, 100),
			 -AML_EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("index");
	TCase *tc = tcase_create("index");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, any_lists_arrive_byte_for_byte);
	tcase_add_test(tc, lists_of_many_blocks_and_sizes_around_them);
	tcase_add_test(tc, a_place_named_twice_gets_one_of_its_elements);
	tcase_add_test(tc, a_destination_that_is_one_place_is_refused);
	tcase_add_test(tc, sides_with_a_byte_in_common_are_refused);
	tcase_add_test(tc, operators_refuse_them_too);
	tcase_add_test(tc, members_of_the_same_records_are_apart);
	tcase_add_test(tc, plans_say_what_was_joined);
	tcase_add_test(tc, lists_at_one_distance_are_planned_as_strides);
	tcase_add_test(tc, pieces_of_a_dense_destination_begin_on_lines);
	tcase_add_test(tc, a_plan_outlives_its_layouts_and_their_list);
	tcase_add_test(tc, planning_survives_every_failed_allocation);
	tcase_add_test(tc, shapes_that_differ_are_refused);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
