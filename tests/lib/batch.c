/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "tests/lib/batch.h"

void batch_pairs(struct batch *b, unsigned seed, size_t n)
{
	b->n = n;
	b->plan = NULL;
	for (size_t i = 0; i < n; i++) {
		unsigned s = seed * PARTS + (unsigned)i;

		b->pair[i] = s % 3 ? pair_random(s, 0, false) : pair_dense(1 + s % 3000, 1 + s % 7);
		b->dst[i] = b->pair[i].dst;
		b->src[i] = b->pair[i].src;
	}
}

void batch_make(struct batch *b, unsigned seed, size_t n, unsigned flags)
{
	int len;

	batch_pairs(b, seed, n);
	ck_assert_msg(aml_plan_create_batch(&b->plan, n, b->dst, b->src, flags) == 0, "seed %u: %s",
		      seed, aml_error_detail());
	len = snprintf(b->text, sizeof(b->text), "seed %u, ", seed);
	aml_plan_describe(b->plan, b->text + len, sizeof(b->text) - (size_t)len);
}

void batch_free(struct batch *b)
{
	aml_plan_destroy(&b->plan);
	for (size_t i = 0; i < b->n; i++)
		pair_free(&b->pair[i]);
}

void batch_expect_moved(struct batch *b, const char *how)
{
	for (size_t i = 0; i < b->n; i++) {
		struct pair *p = &b->pair[i];

		ck_assert_msg(pair_dst_equals_oracle(p), "%s, %s: part %zu is wrong, %s", b->text,
			      how, i, p->text);
		ck_assert_msg(pair_guards_intact(p), "%s, %s: part %zu wrote elsewhere, %s",
			      b->text, how, i, p->text);
		pair_reset(p);
	}
}

struct many many_make(size_t n, const size_t *bytes, size_t nbytes)
{
	struct many m = {.n = n};
	size_t at = 0;

	for (size_t i = 0; i < n; i++)
		m.most += bytes[i % nbytes];
	m.to = calloc(1, m.most);
	m.from = malloc(m.most);
	for (size_t i = 0; i < m.most; i++)
		m.from[i] = (char)(i * 2654435761u >> 13);
	m.dst = calloc(n, sizeof(struct aml_layout *));
	m.src = calloc(n, sizeof(struct aml_layout *));
	for (size_t i = 0; i < n; i++) {
		size_t b = bytes[i % nbytes], rows = 2 - b % 2;
		const size_t dims[] = {rows, b / rows};

		ck_assert(
			!aml_layout_dense_create(&m.dst[i], m.to + at, 1, 1, 2, dims, NULL, NULL) &&
			!aml_layout_dense_create(&m.src[i], m.from + at, 1, 1, 2, dims, NULL,
						 NULL));
		at += b;
	}
	return m;
}

const struct aml_layout *const *many_sources(const struct many *m)
{
	return (const struct aml_layout *const *)m->src;
}

struct aml_plan *many_plan(const struct many *m, unsigned flags)
{
	struct aml_plan *plan;

	ck_assert_int_eq(aml_plan_create_batch(&plan, m->n, m->dst, many_sources(m), flags), 0);
	return plan;
}

void many_free(struct many *m)
{
	for (size_t i = 0; i < m->n; i++) {
		aml_layout_destroy(&m->dst[i]);
		aml_layout_destroy(&m->src[i]);
	}
	free(m->dst);
	free(m->src);
	free(m->to);
	free(m->from);
}
