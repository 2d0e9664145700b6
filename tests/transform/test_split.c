/* SPDX-License-Identifier: BSD-3-Clause */
/* Pieces of a plan: which lines they write, how even they are, and that they are all of it. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aml/layout/dense.h"
#include "aml/layout/native.h"
#include "aml/plan.h"

#define LINE ((size_t)64)

static const struct shape {
	size_t element, ndims, dims[5], perm[5]; /* native */
} shapes[] = {
	{4, 2, {901, 703}, {1, 0}},   /* rows that begin anywhere in a line */
	{8, 2, {512, 600}, {1, 0}},   /* rows on lines */
	{1, 2, {4111, 1009}, {1, 0}}, /* bytes */
	{4, 2, {10, 70000}, {1, 0}},  /* array of structs, both ways */
	{4, 2, {70000, 10}, {1, 0}},	  {4, 3, {1201, 43, 35}, {2, 1, 0}},
	{4, 3, {97, 83, 75}, {0, 2, 1}}, /* runs that keep their order */
	{12, 3, {61, 53, 75}, {1, 2, 0}}, {4, 5, {20, 11, 13, 9, 18}, {4, 3, 2, 1, 0}},
};
#define NSHAPES ((int)(sizeof(shapes) / sizeof(shapes[0])))

struct copy {
	char *src, *dst;
	size_t bytes;
	struct aml_layout *to, *from, *turned;
	struct aml_plan *plan;
};

static struct aml_layout *dense(char *at, const struct shape *s, const size_t *dims)
{
	struct aml_layout *out;

	ck_assert(!aml_layout_dense_create(&out, at, AML_LAYOUT_ORDER_FORTRAN, s->element, s->ndims,
					   dims, NULL, NULL));
	return out;
}

static void copy_init(struct copy *c, const struct shape *s)
{
	size_t dims[5];

	c->bytes = s->element;
	for (size_t i = 0; i < s->ndims; i++) {
		dims[i] = s->dims[s->perm[i]];
		c->bytes *= dims[i];
	}
	c->src = aligned_alloc(LINE, (c->bytes + LINE) / LINE * LINE);
	c->dst = aligned_alloc(LINE, (c->bytes + LINE) / LINE * LINE);
	for (size_t i = 0; i < c->bytes; i++)
		c->src[i] = (char)(1 + i % 255); /* never 0 */
	memset(c->dst, 0, c->bytes);
	c->from = dense(c->src, s, s->dims);
	c->to = dense(c->dst, s, dims);
	ck_assert(!aml_layout_permute(c->from, &c->turned, s->perm));
	ck_assert(!aml_plan_create(&c->plan, c->to, c->turned, AML_PLAN_STREAM));
}

static void copy_fini(struct copy *c)
{
	aml_plan_destroy(&c->plan);
	aml_layout_destroy(&c->turned);
	aml_layout_destroy(&c->to);
	aml_layout_destroy(&c->from);
	free(c->src);
	free(c->dst);
}

/* Bytes that are not 0 in each line, added up over pieces, one at a time. */
static size_t shared_lines(struct copy *c, size_t n, size_t *most)
{
	size_t lines = (c->bytes + LINE - 1) / LINE, shared = 0;
	unsigned char *writers = calloc(lines, 1);

	*most = 0;
	for (size_t p = 0; p < n; p++) {
		size_t bytes = aml_plan_piece_bytes(c->plan, p, n), seen = 0;

		memset(c->dst, 0, c->bytes);
		ck_assert_int_eq(aml_plan_run_piece(c->plan, p, n), 0);
		for (size_t i = 0; i < c->bytes;) {
			size_t end = i + LINE < c->bytes ? i + LINE : c->bytes, had = seen;

			for (; i < end; i++)
				seen += c->dst[i] != 0;
			shared += seen > had && writers[(i - 1) / LINE]++ == 1;
		}
		ck_assert_uint_eq(seen, bytes);
		*most = bytes > *most ? bytes : *most;
	}
	free(writers);
	return shared;
}

START_TEST(hardly_two_pieces_write_one_line)
{
	static const size_t wanted[] = {2, 3, 8};
	struct copy c;

	copy_init(&c, &shapes[_i]);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		size_t n = aml_plan_split(c.plan, wanted[i]), most;
		size_t shared = shared_lines(&c, n, &most);
		char text[256];

		aml_plan_describe(c.plan, text, sizeof(text));
		ck_assert_msg(n > 1 && n <= wanted[i], "%zu pieces of %zu: %s", n, wanted[i], text);
		ck_assert_msg(shared <= c.bytes / LINE / 64 + n,
			      "%zu of %zu lines are shared by %zu pieces: %s", shared,
			      c.bytes / LINE, n, text);
		ck_assert_msg(most * n * 3 <= c.bytes * 4, "one of %zu pieces has %zu of %zu: %s",
			      n, most, c.bytes, text);
	}
	copy_fini(&c);
}
END_TEST

START_TEST(pieces_are_all_of_it_however_many)
{
	struct copy c;
	char *want;

	copy_init(&c, &shapes[_i]);
	want = malloc(c.bytes);
	ck_assert_int_eq(aml_plan_run(c.plan), 0);
	memcpy(want, c.dst, c.bytes);
	for (size_t n = 1; n < 100; n += 1 + n / 4) {
		size_t bytes = 0;

		memset(c.dst, 0, c.bytes);
		for (size_t i = n; i-- > 0;) {
			ck_assert_int_eq(aml_plan_run_piece(c.plan, i, n), 0);
			bytes += aml_plan_piece_bytes(c.plan, i, n);
		}
		ck_assert_msg(!memcmp(c.dst, want, c.bytes), "%zu pieces", n);
		ck_assert_uint_eq(bytes, c.bytes);
	}
	free(want);
	copy_fini(&c);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("split");
	TCase *tc = tcase_create("split");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, hardly_two_pieces_write_one_line, 0, NSHAPES);
	tcase_add_loop_test(tc, pieces_are_all_of_it_however_many, 0, NSHAPES);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
