/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies through lists of indices move the same bytes as the element loop, whole or in
 * pieces, and nothing else. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/layout/native.h"
#include "base/error.h"
#include "base/mem.h"
#include "tests/lib/lists.h"
#include "tests/lib/pair.h"
#include "transform/plan.h"

struct copy {
	struct lists_end dst, src;
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

static void copy_free(struct copy *c)
{
	lists_free(&c->dst);
	lists_free(&c->src);
	free(c->want);
	free(c->before);
	free(c->src_before);
}

/* kinds: 0 grid, 1 indexed, 2 slice, 3 reshaped */
static void side(struct lists_end *end, size_t kind, size_t e, size_t block, size_t n, bool dst)
{
	enum lists_order how = (enum lists_order)lists_pick(LISTS_ORDERS);
	int order = lists_pick(2) ? AML_LAYOUT_ORDER_C : AML_LAYOUT_ORDER_FORTRAN;

	if (dst && how == LISTS_REPEATED)
		how = LISTS_RANDOM;
	if (kind == 0)
		lists_grid(end, e, block, n, order);
	else if (kind == 1 || block == 1)
		lists_indexed(end, e, block, n, how, order);
	else
		lists_view(end, e, block, n, how, order, kind == 2);
}

static void copy_random(struct copy *c, unsigned seed)
{
	static const size_t sizes[] = {1, 2, 3, 4, 4, 8, 8, 12, 16, 24, 32, 40, 64, 100, 700, 5000};
	size_t block = lists_pick(3) ? 1 + lists_pick(lists_pick(2) ? 4 : 20) : 1;
	size_t kind = lists_pick(9), n;

	c->e = sizes[lists_pick(lists_pick(4) ? 11 : 16)];
	n = 1 + lists_pick(lists_pick(3) ? 40 : 40000 / c->e / block + 200);
	side(&c->dst, kind < 6 ? kind / 3 : kind - 5, c->e, block, n, true);
	side(&c->src, kind < 3 ? 1 + lists_pick(3) : lists_pick(4), c->e, block, n, false);
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

		lists_seed((test_seed() + i) * 2654435761u + 12345u);
		copy_random(&c, test_seed() + i);
		run_copy(&c, i % 3, 1 + i % 9);
		copy_free(&c);
	}
}
END_TEST

/* Several blocks, and lists larger than what is asked for early. */
static void move_large(size_t e, size_t block, size_t n, enum lists_order how, bool scatter)
{
	struct copy c = {.e = e};

	lists_seed(99);
	lists_indexed(scatter ? &c.dst : &c.src, e, block, n, how, AML_LAYOUT_ORDER_C);
	lists_grid(scatter ? &c.src : &c.dst, e, block, n, AML_LAYOUT_ORDER_C);
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

		for (size_t how = LISTS_RANDOM; how < LISTS_STEPS; how++) {
			size_t n = (1 + how % 3) * chunk - 2 + lists_pick(5);
			bool scatter = how != LISTS_REPEATED && lists_pick(2);

			move_large(shape[k].e, shape[k].block, n, (enum lists_order)how, scatter);
		}
	}
	move_large(4, 1, (size_t)1 << 20, LISTS_RANDOM, false); /* farther apart than the caches */
	move_large(8, 1, (size_t)1 << 19, LISTS_RANDOM, true);
	move_large(8, 3, (size_t)1 << 18, LISTS_RUNS, false);
}
END_TEST

START_TEST(planning_survives_every_failed_allocation)
{
	struct copy c = {.e = 4};
	struct aml_plan *plan = NULL;
	int failures = 0;

	lists_seed(3);
	lists_indexed(&c.src, 4, 1, 300, LISTS_RUNS, AML_LAYOUT_ORDER_C);
	lists_indexed(&c.dst, 4, 1, 300, LISTS_RUNS, AML_LAYOUT_ORDER_C);
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

int main(void)
{
	Suite *suite = suite_create("index");
	TCase *tc = tcase_create("index");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, any_lists_arrive_byte_for_byte);
	tcase_add_test(tc, lists_of_many_blocks_and_sizes_around_them);
	tcase_add_test(tc, planning_survives_every_failed_allocation);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
