/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aml/layout/dense.h"
#include "aml/layout/indexed.h"
#include "tests/lib/lists.h"

#define GUARD 128

static unsigned state;

void lists_seed(unsigned seed)
{
	state = seed;
}

size_t lists_pick(size_t below)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % below;
}

char *lists_memory(struct lists_end *end, size_t bytes)
{
	end->bytes = bytes + 2 * GUARD + 64;
	end->memory = malloc(end->bytes);
	for (size_t i = 0; i < end->bytes; i++)
		end->memory[i] = (char)lists_pick(256);
	return end->memory + GUARD + (lists_pick(2) ? lists_pick(64) : 0);
}

static void swap(size_t *a, size_t *b)
{
	size_t c = *a;

	*a = *b;
	*b = c;
}

/* n slots, each named once unless repeated, and returns how many slots there are. */
static size_t list(size_t *slot, size_t n, enum lists_order how)
{
	size_t run = how == LISTS_RUNS || how == LISTS_EVEN_RUNS ? 1 + lists_pick(12) : 1, at = 0;
	size_t far = how == LISTS_STEPS ? 1 + lists_pick(4) : 1;

	for (size_t i = 0; i < n;) {
		size_t now = how == LISTS_RUNS ? 1 + lists_pick(run + 1) : run;

		at += how == LISTS_STEPS	       ? far
		      : how == LISTS_SORTED || run > 1 ? 1 + lists_pick(5)
						       : 1;
		for (size_t k = 0; k < now && i < n; k++)
			slot[i++] = at + k;
		at += now - 1;
	}
	if (how == LISTS_RANDOM || how == LISTS_REPEATED)
		for (size_t i = n; i > 1; i--)
			swap(&slot[i - 1], &slot[lists_pick(i)]);
	if (how == LISTS_REVERSED)
		for (size_t i = 0; i < n / 2; i++)
			swap(&slot[i], &slot[n - 1 - i]);
	if ((how == LISTS_EVEN_RUNS || how == LISTS_RUNS) && n > 2 * run) /* runs in any order */
		for (size_t i = 0; i + 2 * run <= n; i += run)
			for (size_t j = lists_pick((n - i) / run) * run, k = 0; k < run; k++)
				swap(&slot[i + k], &slot[i + j + k < n ? i + j + k : i + k]);
	if (how == LISTS_REPEATED)
		for (size_t i = 0; i < n / 2; i++)
			slot[lists_pick(n)] = slot[lists_pick(n)];
	return at + 1;
}

void lists_indexed(struct lists_end *end, size_t e, size_t block, size_t n, enum lists_order how,
		   int order)
{
	size_t *slot = malloc(n * sizeof(*slot)), gap = lists_pick(3) ? 0 : lists_pick(4);
	size_t slots = list(slot, n, how), each = block + gap;
	unsigned flags = lists_pick(2) ? AML_LAYOUT_INDEXED_64 : 0;
	uint32_t *narrow = malloc(n * sizeof(*narrow));
	uint64_t *wide = malloc(n * sizeof(*wide));

	if (!gap && lists_pick(2))
		flags |= AML_LAYOUT_INDEXED_BLOCKS;
	for (size_t i = 0; i < n; i++) {
		wide[i] = slot[i] * (flags & AML_LAYOUT_INDEXED_BLOCKS ? 1 : each);
		narrow[i] = (uint32_t)wide[i];
	}
	ck_assert_int_eq(aml_layout_indexed_create(
				 &end->layout, lists_memory(end, slots * each * e), order, e, block,
				 n, flags & AML_LAYOUT_INDEXED_64 ? (void *)wide : narrow,
				 slots * each, flags),
			 0);
	free(slot);
	free(narrow);
	free(wide);
}

void lists_grid(struct lists_end *end, size_t e, size_t block, size_t n, int order)
{
	size_t dims[2] = {n, block}, pitch[2] = {n, block};
	size_t turned[2] = {1, 0};
	bool turn = block > 1 && lists_pick(3) == 0, c = order == AML_LAYOUT_ORDER_C;
	struct aml_layout *whole;

	if (turn || (block > 1 && !c))
		swap(&dims[0], &dims[1]);
	if (turn && !c)
		swap(&dims[0], &dims[1]);
	memcpy(pitch, dims, sizeof(dims));
	if (lists_pick(3) == 0)
		pitch[c] += 1 + lists_pick(3);
	ck_assert_int_eq(aml_layout_dense_create(
				 &whole, lists_memory(end, (pitch[0] + 1) * (pitch[1] + 1) * e),
				 order, e, 1 + (block > 1), dims, NULL, pitch),
			 0);
	end->layout = whole;
	if (turn) {
		ck_assert_int_eq(aml_layout_permute(whole, &end->layout, turned), 0);
		aml_layout_destroy(&whole);
	}
}

void lists_view(struct lists_end *end, size_t e, size_t block, size_t n, enum lists_order how,
		int order, bool slice)
{
	size_t step = 1 + lists_pick(2), dims[2] = {n, block}, offsets[2] = {1, 0};
	size_t strides[2] = {2, step};
	bool c = order == AML_LAYOUT_ORDER_C;
	struct aml_layout *whole;

	lists_indexed(end, e, step * block + 1, 2 * n + 1, how, order);
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

void lists_free(struct lists_end *end)
{
	aml_layout_destroy(&end->layout);
	free(end->memory);
}
