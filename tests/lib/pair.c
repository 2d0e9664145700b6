/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/layout/dense.h"
#include "aml/layout/indexed.h"
#include "aml/plan.h"
#include "aml/layout/native.h"
#include "aml/layout/pad.h"
#include "aml/layout/reshape.h"
#include "tests/lib/pair.h"

#define GUARD 128
#define DIMS 6

struct shape {
	size_t n, element;
	size_t dims[DIMS]; /* native */
};

unsigned test_number(const char *name, unsigned usual)
{
	const char *text = getenv(name);

	return text && *text ? (unsigned)strtoul(text, NULL, 10) : usual;
}

unsigned test_seed(void)
{
	return test_number("AML_TEST_SEED", 1);
}

unsigned test_pairs(unsigned usual)
{
	return test_number("AML_TEST_PAIRS", usual);
}

static size_t pick(unsigned *state, size_t below)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % below;
}

static void check(int failed, const char *what)
{
	if (failed) {
		fprintf(stderr, "tests/lib/pair.c: %s failed\n", what);
		exit(99); /* the test itself is broken */
	}
}

static struct shape random_shape(unsigned *state, size_t ndims)
{
	static const size_t elements[] = {1, 2, 3, 4, 4, 4, 6, 8, 8, 12, 16, 24, 40};
	struct shape s = {.n = ndims ? ndims : 1 + pick(state, DIMS)};
	size_t left = 1 + pick(state, 1500);

	s.element = elements[pick(state, sizeof(elements) / sizeof(elements[0]))];
	for (size_t i = 0; i < s.n; i++) {
		s.dims[i] = 1 + pick(state, left < 70 ? left : 70);
		left /= s.dims[i];
		left += !left;
	}
	for (size_t i = s.n - 1; i > 0; i--) { /* the long ones anywhere */
		size_t j = pick(state, i + 1), swap = s.dims[i];

		s.dims[i] = s.dims[j];
		s.dims[j] = swap;
	}
	return s;
}

/* User order of an order tag, from native order. */
static void to_user(int order, size_t n, size_t *user, const size_t *native)
{
	for (size_t i = 0; i < n; i++)
		user[order == AML_LAYOUT_ORDER_C ? n - 1 - i : i] = native[i];
}

/* Memory for @bytes with guards, filled with noise. */
static char *side_memory(struct pair_side *side, unsigned *state, size_t bytes)
{
	unsigned noise = *state;

	side->size = bytes + 2 * GUARD + 16;
	side->memory = malloc(side->size);
	side->before = malloc(side->size);
	check(!side->memory || !side->before, "malloc");
	for (size_t i = 0; i < side->size; i++) {
		noise = noise * 1664525u + 1013904223u;
		side->memory[i] = (char)(noise >> 24);
	}
	memcpy(side->before, side->memory, side->size);
	return side->memory + GUARD + pick(state, 16);
}

/* A dense layout of these native dims with random strides and pitches where loose. */
static struct aml_layout *dense(struct pair_side *side, unsigned *state, const struct shape *s,
				int order, bool loose)
{
	size_t stride[DIMS], pitch[DIMS], user[3][DIMS], bytes = s->element;
	struct aml_layout *out;

	for (size_t i = 0; i < s->n; i++) {
		stride[i] = loose && pick(state, 6) == 0 ? 1 + pick(state, 3) : 1;
		pitch[i] = s->dims[i] * stride[i] +
			   (loose && pick(state, 3) == 0 ? pick(state, 3) : 0);
		bytes *= pitch[i];
	}
	to_user(order, s->n, user[0], s->dims);
	to_user(order, s->n, user[1], stride);
	to_user(order, s->n, user[2], pitch);
	check(aml_layout_dense_create(&out, side_memory(side, state, bytes), order, s->element,
				      s->n, user[0], user[1], user[2]),
	      "dense");
	return out;
}

static struct aml_layout *sliced(struct pair_side *side, unsigned *state, const struct shape *s,
				 int order)
{
	size_t offset[DIMS], stride[DIMS], user[3][DIMS];
	struct shape whole = *s;
	struct aml_layout *base, *out;

	for (size_t i = 0; i < s->n; i++) {
		stride[i] = pick(state, 4) ? 1 : 2;
		offset[i] = pick(state, 3) / 2;
		whole.dims[i] = offset[i] + (s->dims[i] - 1) * stride[i] + 1 + pick(state, 3) / 2;
	}
	base = dense(side, state, &whole, order, pick(state, 2));
	to_user(order, s->n, user[0], offset);
	to_user(order, s->n, user[1], s->dims);
	to_user(order, s->n, user[2], stride);
	check(aml_layout_slice(base, &out, user[0], user[1], user[2]), "slice");
	aml_layout_destroy(&base);
	return out;
}

static struct aml_layout *permuted(struct pair_side *side, unsigned *state, const struct shape *s,
				   int order)
{
	size_t perm[DIMS], user[DIMS];
	struct shape base = *s;
	struct aml_layout *whole, *out;

	for (size_t i = 0; i < s->n; i++)
		perm[i] = i;
	for (size_t i = s->n - 1; i > 0; i--) {
		size_t j = pick(state, i + 1), swap = perm[i];

		perm[i] = perm[j];
		perm[j] = swap;
	}
	to_user(order, s->n, user, s->dims);
	for (size_t i = 0; i < s->n; i++) /* user dim i of the view is dim perm[i] */
		base.dims[order == AML_LAYOUT_ORDER_C ? s->n - 1 - perm[i] : perm[i]] = user[i];
	whole = dense(side, state, &base, order, pick(state, 2));
	check(aml_layout_permute(whole, &out, perm), "permute");
	aml_layout_destroy(&whole);
	return out;
}

static struct aml_layout *broadcast(struct pair_side *side, unsigned *state, const struct shape *s,
				    int order)
{
	struct shape small = *s;
	struct aml_layout *base, *out;
	size_t user[DIMS];

	for (size_t i = 0; i < s->n; i++)
		if (pick(state, 2))
			small.dims[i] = 1;
	base = dense(side, state, &small, order, true);
	to_user(order, s->n, user, s->dims);
	check(aml_layout_broadcast(base, &out, s->n, user), "broadcast");
	aml_layout_destroy(&base);
	return out;
}

static struct aml_layout *padded(struct pair_side *side, unsigned *state, const struct shape *s,
				 int order, void *neutral)
{
	struct shape inner = *s;
	struct aml_layout *base, *out;
	size_t user[DIMS];
	int inner_order = pick(state, 2) ? AML_LAYOUT_ORDER_C : AML_LAYOUT_ORDER_FORTRAN;

	for (size_t i = 0; i < s->n; i++)
		inner.dims[i] -= pick(state, inner.dims[i] < 4 ? inner.dims[i] : 4);
	base = dense(side, state, &inner, inner_order, true);
	to_user(order, s->n, user, s->dims);
	check(aml_layout_pad_create(&out, order, base, user, neutral), "pad");
	return out;
}

static struct aml_layout *reshaped(struct pair_side *side, unsigned *state, const struct shape *s,
				   int order)
{
	struct shape flat = {1, s->element, {1}};
	struct aml_layout *base, *out;
	size_t user[DIMS];

	for (size_t i = 0; i < s->n; i++)
		flat.dims[0] *= s->dims[i];
	if (flat.dims[0] % 2 == 0) {
		flat.n = 2;
		flat.dims[0] /= 2;
		flat.dims[1] = 2;
	}
	base = dense(side, state, &flat, order, true);
	to_user(order, s->n, user, s->dims);
	check(aml_layout_reshape_create(&out, base, order, s->n, user), "reshape");
	return out;
}

/* Blocks, or single elements, at places of their own in a list, some of which follow each
 * other. */
static struct aml_layout *indexed(struct pair_side *side, unsigned *state, const struct shape *s,
				  int order)
{
	size_t block = pick(state, 2) ? s->dims[0] : 1, each = block + pick(state, 3) / 2, n = 1;
	size_t mixed = pick(state, 3), user[DIMS];
	struct aml_layout *flat, *out;
	uint32_t *index;

	for (size_t i = 0; i < s->n; i++)
		n *= s->dims[i];
	n /= block;
	index = malloc(n * sizeof(*index));
	check(!index, "malloc");
	for (size_t i = 0; i < n; i++)
		index[i] = (uint32_t)(i * each);
	for (size_t i = n; mixed && i > 1; i -= i > mixed ? mixed : i) {
		size_t j = pick(state, i);
		uint32_t swap = index[i - 1];

		index[i - 1] = index[j];
		index[j] = swap;
	}
	check(aml_layout_indexed_create(&flat, side_memory(side, state, n * each * s->element),
					order, s->element, block, n, index, n * each, 0),
	      "indexed");
	free(index);
	to_user(order, s->n, user, s->dims);
	check(aml_layout_reshape(flat, &out, s->n, user), "reshape of an indexed layout");
	aml_layout_destroy(&flat);
	return out;
}

/* kinds: 0 dense, 1 pitched, 2 slice, 3 permuted, then src only 4 broadcast, then not
 * affine 5 reshaped, 6 padded, 7 indexed */
static struct aml_layout *side(struct pair *p, struct pair_side *where, unsigned *state,
			       const struct shape *s, size_t kind)
{
	int order = pick(state, 2) ? AML_LAYOUT_ORDER_C : AML_LAYOUT_ORDER_FORTRAN;

	switch (kind) {
	case 0:
	case 1:
		return dense(where, state, s, order, kind);
	case 2:
		return sliced(where, state, s, order);
	case 3:
		return permuted(where, state, s, order);
	case 4:
		return broadcast(where, state, s, order);
	case 5:
		return reshaped(where, state, s, order);
	case 7:
		return indexed(where, state, s, order);
	default:
		return padded(where, state, s, order, p->neutral);
	}
}

static bool next(size_t *at, const size_t *dims, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (++at[i] < dims[i])
			return true;
		at[i] = 0;
	}
	return false;
}

/* The element loop, into want. */
static void oracle(struct pair *p, const struct shape *s)
{
	size_t at[DIMS] = {0};

	p->want = malloc(p->to.size);
	check(!p->want, "malloc");
	memcpy(p->want, p->to.before, p->to.size);
	do {
		char *d = aml_layout_deref_native(p->dst, at);

		if (d < p->to.memory || d >= p->to.memory + p->to.size)
			continue; /* padding is never written */
		memcpy(p->want + (d - p->to.memory), aml_layout_deref_native(p->src, at),
		       s->element);
	} while (next(at, s->dims, s->n));
}

struct pair pair_random(unsigned seed, size_t ndims, bool affine)
{
	static const size_t dst_kinds[] = {0, 1, 2, 3, 5, 6, 7},
			    src_kinds[] = {0, 1, 2, 3, 4, 5, 6, 7};
	struct pair p = {.seed = seed};
	unsigned state = seed * 2654435761u + 12345u;
	struct shape s = random_shape(&state, ndims);
	size_t to = dst_kinds[pick(&state, affine ? 4 : 7)];
	size_t from = src_kinds[pick(&state, affine ? 5 : 8)];

	for (size_t i = 0; i < sizeof(p.neutral); i++)
		p.neutral[i] = (char)pick(&state, 256);
	p.dst = side(&p, &p.to, &state, &s, to);
	p.src = side(&p, &p.from, &state, &s, from);
	oracle(&p, &s);
	snprintf(p.text, sizeof(p.text),
		 "seed %u: kind %zu <- %zu, e%zu native [%zu %zu %zu %zu %zu %zu]", seed, to, from,
		 s.element, s.dims[0], s.dims[1], s.dims[2], s.dims[3], s.dims[4], s.dims[5]);
	return p;
}

struct pair pair_dense(size_t elements, size_t element_size)
{
	struct pair p = {.seed = 0};
	struct shape s = {1, element_size, {elements}};
	unsigned state = 77;

	p.dst = dense(&p.to, &state, &s, AML_LAYOUT_ORDER_C, false);
	p.src = dense(&p.from, &state, &s, AML_LAYOUT_ORDER_C, false);
	oracle(&p, &s);
	snprintf(p.text, sizeof(p.text), "dense e%zu [%zu]", element_size, elements);
	return p;
}

void pair_reset(struct pair *p)
{
	memcpy(p->to.memory, p->to.before, p->to.size);
	memcpy(p->from.memory, p->from.before, p->from.size);
}

void pair_free(struct pair *p)
{
	aml_layout_destroy(&p->dst);
	aml_layout_destroy(&p->src);
	free(p->to.memory);
	free(p->to.before);
	free(p->from.memory);
	free(p->from.before);
	free(p->want);
}

/* Whether all bytes of dst's memory that the copy should change (or should not) are as
 * they should be. */
static bool as_wanted(const struct pair *p, bool changed)
{
	if (!memcmp(p->to.memory, p->want, p->to.size))
		return true;
	for (size_t i = 0; i < p->to.size; i++)
		if (p->to.memory[i] != p->want[i] && (p->want[i] != p->to.before[i]) == changed)
			return false;
	return true;
}

bool pair_dst_equals_oracle(const struct pair *p)
{
	return as_wanted(p, true);
}

bool pair_guards_intact(const struct pair *p)
{
	return as_wanted(p, false) && !memcmp(p->from.memory, p->from.before, p->from.size);
}

bool pair_has_lists(const struct pair *p)
{
	struct aml_plan *plan;
	char text[16] = "";

	check(aml_plan_create(&plan, p->dst, p->src, AML_PLAN_DEFAULT), "plan");
	aml_plan_describe(plan, text, sizeof(text));
	aml_plan_destroy(&plan);
	return !strncmp(text, "gather", 6) || !strncmp(text, "scatter", 7);
}
