/* SPDX-License-Identifier: BSD-3-Clause */
/* Plans move the same bytes as the element loop, whole or in pieces, and nothing else. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "aml/dma/linux.h"
#include "aml/layout/dense.h"
#include "aml/layout/native.h"
#include "aml/layout/pad.h"
#include "base/error.h"
#include "base/mem.h"
#include "tests/lib/pair.h"
#include "tests/lib/permuted.h"
#include "transform/plan.h"

static struct aml_plan *plan_of(const struct pair *p, unsigned flags)
{
	struct aml_plan *plan;

	ck_assert_msg(aml_plan_create(&plan, p->dst, p->src, flags) == 0, "%s: %s", p->text,
		      aml_error_detail());
	return plan;
}

static void expect_moved(const struct pair *p, const struct aml_plan *plan, const char *how)
{
	char text[256];

	aml_plan_describe(plan, text, sizeof(text));
	ck_assert_msg(pair_dst_equals_oracle(p), "%s: wrong bytes, %s, plan %s", p->text, how,
		      text);
	ck_assert_msg(pair_guards_intact(p), "%s: wrote elsewhere, %s, plan %s", p->text, how,
		      text);
}

static void run_in_pieces(const struct aml_plan *plan, size_t want)
{
	size_t n = aml_plan_split(plan, want);

	ck_assert_uint_ge(n, 1);
	ck_assert_uint_le(n, want);
	for (size_t i = n; i-- > 0;)
		ck_assert_int_eq(aml_plan_run_piece(plan, i, n), 0);
	ck_assert_int_eq(aml_plan_run_piece(plan, n, n), -AML_EDOM);
}

static void move_random_pairs(unsigned count, bool affine, unsigned flags)
{
	for (unsigned i = 0; i < count; i++) {
		struct pair p = pair_random(test_seed() + i, 0, affine);
		struct aml_plan *plan = plan_of(&p, flags);

		ck_assert(affine == false || aml_plan_nest(plan));
		ck_assert_int_eq(aml_plan_run(plan), 0);
		expect_moved(&p, plan, "whole");
		pair_reset(&p);
		run_in_pieces(plan, 1 + i % 9);
		expect_moved(&p, plan, "in pieces");
		aml_plan_destroy(&plan);
		ck_assert_ptr_null(plan);
		pair_free(&p);
	}
}

START_TEST(any_pair_of_layouts_arrives_byte_for_byte)
{
	move_random_pairs(test_pairs(4000), false, AML_PLAN_DEFAULT);
}
END_TEST

START_TEST(streamed_stores_write_the_same_bytes)
{
	move_random_pairs(test_pairs(2000), true, AML_PLAN_STREAM);
}
END_TEST

START_TEST(cached_stores_write_the_same_bytes)
{
	move_random_pairs(test_pairs(500), true, AML_PLAN_CACHED);
}
END_TEST

static void describe_permuted(char *text, size_t size, size_t element, size_t n, const size_t *dims,
			      const size_t *perm)
{
	char *nowhere = (char *)64;
	struct aml_plan *plan = permuted_plan(nowhere, nowhere + ((size_t)1 << 30), element, n,
					      dims, NULL, perm, AML_PLAN_DEFAULT);

	aml_plan_describe(plan, text, size);
	aml_plan_destroy(&plan);
}

/* Element i of dst is where it comes from in src. */
static void expect_permuted(const struct aml_layout *d, const struct aml_layout *view, size_t n,
			    const size_t *dims, size_t element, const char *text)
{
	size_t at[6] = {0};

	for (size_t k = 0; k < n;) {
		if (memcmp(aml_layout_deref(d, at), aml_layout_deref(view, at), element))
			ck_abort_msg("%s: element %zu %zu %zu %zu %zu %zu", text, at[0], at[1],
				     at[2], at[3], at[4], at[5]);
		for (k = 0; k < n && ++at[k] == dims[k]; k++)
			at[k] = 0;
	}
}

/* Shapes of several blocks, so that the odometer turns, with ragged edges.  shift: bytes from
 * a line to the destination. */
static void move_large(size_t element, size_t n, const size_t *dims, const size_t *perm,
		       size_t shift)
{
	size_t bytes = element, to[6];
	struct aml_layout *d, *s, *view;
	struct aml_plan *plan;
	char *dst, *src;

	for (size_t i = 0; i < n; i++) {
		bytes *= dims[i];
		to[i] = dims[perm[i]];
	}
	dst = aligned_alloc(64, bytes / 64 * 64 + 128);
	src = malloc(bytes);
	for (size_t i = 0; i < bytes; i++)
		src[i] = (char)(i * 2654435761u >> 13);
	ck_assert_int_eq(aml_layout_dense_create(&s, src, AML_LAYOUT_ORDER_C, element, n, dims,
						 NULL, NULL),
			 0);
	ck_assert_int_eq(aml_layout_dense_create(&d, dst + shift, AML_LAYOUT_ORDER_C, element, n,
						 to, NULL, NULL),
			 0);
	ck_assert_int_eq(aml_layout_permute(s, &view, perm), 0);
	for (unsigned flags = AML_PLAN_DEFAULT; flags <= AML_PLAN_CACHED; flags++) {
		char text[200];

		memset(dst, 0x5a, bytes + 64);
		ck_assert_int_eq(aml_plan_create(&plan, d, view, flags), 0);
		aml_plan_describe(plan, text, sizeof(text));
		run_in_pieces(plan, 5);
		expect_permuted(d, view, n, to, element, text);
		aml_plan_destroy(&plan);
	}
	aml_layout_destroy(&d);
	aml_layout_destroy(&s);
	aml_layout_destroy(&view);
	free(dst);
	free(src);
}

START_TEST(blocks_and_their_ragged_edges_cover_large_shapes)
{
	static const size_t perms[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2},
					  {0, 2, 1}, {2, 0, 1}, {1, 2, 0}};
	static const size_t elements[] = {1, 2, 4, 8, 16, 3, 12, 20};
	static const size_t dims[][3] = {
		{3, 517, 531}, {129, 1030, 5}, {1030, 3, 67}, {50, 43, 700}};

	for (size_t e = 0; e < 8; e++)
		for (size_t p = 0; p < 6; p++)
			move_large(elements[e], 3, dims[(e + p) % 4], perms[p], 13 * p);
}
END_TEST

START_TEST(a_short_first_block_lets_the_others_begin_on_a_line)
{
	static const size_t dims[] = {5, 1040, 320}, perm[] = {0, 2, 1};

	for (size_t element = 1; element <= 16; element *= 2)
		for (size_t shift = 0; shift < 64; shift += 16)
			move_large(element, 3, dims, perm, shift);
}
END_TEST

START_TEST(short_rows_from_a_source_that_fights_for_sets_arrive)
{
	static const size_t rows[] = {9, 12, 49, 99, 127}, perm[] = {0, 2, 1};

	for (size_t element = 1; element <= 16; element *= 2)
		for (size_t k = 0; k < 5; k++) {
			const size_t dims[] = {2, rows[k], 8192 / element};

			move_large(element, 3, dims, perm, element);
		}
}
END_TEST

START_TEST(tiny_extents_are_fused_into_rows_and_columns)
{
	static const struct {
		size_t n, dims[6], perm[6];
	} shape[] = {
		{4, {5, 17, 18, 190}, {3, 2, 1, 0}},
		{4, {170, 18, 19, 5}, {3, 2, 1, 0}},
		{5, {3, 4, 5, 90, 33}, {2, 4, 0, 3, 1}},
		{5, {97, 10, 20, 7, 5}, {1, 3, 2, 4, 0}},
		{6, {4, 3, 50, 7, 30, 2}, {5, 3, 4, 0, 2, 1}},
		{6, {8, 16, 6, 10, 9, 7}, {5, 4, 3, 2, 1, 0}},
		{3, {4, 2616, 50}, {2, 1, 0}},
		{3, {50, 2000, 3}, {2, 1, 0}},
	};
	static const size_t elements[] = {1, 2, 4, 8, 16, 3, 6, 12, 24, 52};
	char shown[100];

	for (size_t k = 0; k < sizeof(shape) / sizeof(shape[0]); k++)
		for (size_t e = 0; e < 10; e++)
			move_large(elements[e], shape[k].n, shape[k].dims, shape[k].perm, 7 * k);
	describe_permuted(shown, sizeof(shown), 4, shape[0].n, shape[0].dims, shape[0].perm);
	ck_assert_msg(!strncmp(shown, "fused", 5), "%s", shown);
}
END_TEST

START_TEST(a_plan_outlives_its_layouts)
{
	for (unsigned i = 0; i < 200; i++) {
		struct pair p = pair_random(test_seed() + 9000 + i, 0, false);
		struct aml_plan *plan = plan_of(&p, AML_PLAN_DEFAULT);

		aml_layout_destroy(&p.dst);
		aml_layout_destroy(&p.src);
		ck_assert_int_eq(aml_plan_run(plan), 0);
		expect_moved(&p, plan, "after destroying the layouts");
		aml_plan_destroy(&plan);
		pair_free(&p);
	}
}
END_TEST

START_TEST(a_plan_says_kernel_element_and_loops)
{
	static char src[600 * 700 * 4], dst[600 * 700 * 4];
	const size_t dims[] = {600, 700}, perm[] = {1, 0};
	struct aml_plan *plan = permuted_plan(dst, src, 4, 2, dims, NULL, perm, AML_PLAN_DEFAULT);
	char text[128], cut[8];
	int len;

	len = aml_plan_describe(plan, text, sizeof(text));
	ck_assert_int_eq(len, (int)strlen(text));
	if (*aml_cpu_features()) /* without any, no kernel transposes */
		ck_assert_ptr_nonnull(strstr(text, "transpose32"));
	ck_assert_ptr_nonnull(strstr(text, " e4 [700 2400:4][600 4:2800]"));
	ck_assert_int_eq(aml_plan_describe(plan, cut, sizeof(cut)), len);
	ck_assert_uint_eq(strlen(cut), sizeof(cut) - 1);
	ck_assert_int_eq(strncmp(cut, text, sizeof(cut) - 1), 0);
	ck_assert_uint_eq(aml_plan_bytes(plan), sizeof(dst));
	ck_assert_uint_eq(aml_plan_nest(plan)->nloops, 2);
	ck_assert(!aml_plan_is_operator(plan));
	aml_plan_destroy(&plan);
}
END_TEST

START_TEST(bad_arguments_are_refused_and_leave_no_plan)
{
	struct pair p = pair_dense(16, 4), q = pair_dense(17, 4);
	struct aml_plan *plan = (void *)&p;

	ck_assert_int_eq(aml_plan_create(NULL, p.dst, p.src, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_plan_create(&plan, NULL, p.src, 0), -AML_EINVAL);
	ck_assert_ptr_null(plan);
	ck_assert_int_eq(aml_plan_create(&plan, p.dst, NULL, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_plan_create(&plan, p.dst, q.src, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_plan_create(&plan, p.dst, p.src, 3), -AML_EINVAL);
	ck_assert_int_eq(aml_plan_create(&plan, p.dst, p.src, 64), -AML_EINVAL);
	ck_assert_int_eq(aml_plan_create(&plan, p.dst, p.dst, 0), -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "overlap"));
	aml_plan_destroy(&plan);
	aml_plan_destroy(NULL);
	ck_assert_int_eq(aml_plan_run(NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_plan_run_piece(NULL, 0, 1), -AML_EINVAL);
	ck_assert_int_eq(aml_plan_describe(NULL, NULL, 0), -AML_EINVAL);
	ck_assert_ptr_null(aml_plan_nest(NULL));
	ck_assert_uint_eq(aml_plan_bytes(NULL), 0);
	ck_assert_uint_eq(aml_plan_split(NULL, 4), 1);
	ck_assert(!aml_plan_is_operator(NULL));
	ck_assert_int_eq(aml_plan_create(&plan, p.dst, p.src, 0), 0);
	ck_assert_int_eq(aml_plan_describe(plan, NULL, 8), -AML_EINVAL);
	ck_assert_int_gt(aml_plan_describe(plan, NULL, 0), 0);
	aml_plan_destroy(&plan);
	pair_free(&p);
	pair_free(&q);
}
END_TEST

START_TEST(no_memory_means_no_plan_and_no_leak)
{
	for (unsigned seed = 0; seed < 30; seed++) {
		struct pair p = pair_random(test_seed() + seed, 0, false);
		struct aml_plan *plan;
		int rc = -AML_ENOMEM;

		for (unsigned n = 1; rc; n++) {
			amli_alloc_fail_at(n);
			rc = aml_plan_create(&plan, p.dst, p.src, 0);
			amli_alloc_fail_at(0);
			ck_assert_msg(rc == 0 || rc == -AML_ENOMEM, "%s: %d", p.text, rc);
			ck_assert((rc == 0) == (plan != NULL));
		}
		ck_assert_int_eq(aml_plan_run(plan), 0);
		expect_moved(&p, plan, "after failures");
		aml_plan_destroy(&plan);
		pair_free(&p);
	}
}
END_TEST

/* ---- a kind of layout of the program's own: every element where a table says ---- */

struct scattered {
	char *at[12];
};

static void *scattered_deref(const struct aml_layout_data *data, const size_t *c)
{
	return ((const struct scattered *)data)->at[c[0] + 3 * c[1]];
}

static int scattered_dims(const struct aml_layout_data *data, size_t *dims)
{
	(void)data;
	dims[0] = 3;
	dims[1] = 4;
	return 0;
}

static size_t scattered_ndims(const struct aml_layout_data *data)
{
	(void)data;
	return 2;
}

static size_t scattered_element(const struct aml_layout_data *data)
{
	(void)data;
	return 2;
}

START_TEST(a_program_s_own_layout_is_copied_element_by_element)
{
	static struct aml_layout_ops ops = {
		.deref_native = scattered_deref,
		.dims_native = scattered_dims,
		.ndims = scattered_ndims,
		.element_size = scattered_element,
	};
	struct pair p = pair_dense(12, 2);
	char memory[48] = {0};
	struct scattered where;
	struct aml_layout own = {&ops, (struct aml_layout_data *)&where}, *dst;
	struct aml_plan plan, *kept;

	for (int i = 0; i < 12; i++)
		where.at[i] = memory + 2 * (i * 7 % 24);
	ck_assert_int_eq(aml_layout_dense_create(&dst, aml_layout_rawptr(p.src), 0, 2, 2,
						 (const size_t[]){3, 4}, NULL, NULL),
			 0);
	ck_assert_int_eq(amli_plan_init(&plan, &own, dst, NULL, NULL, AMLI_PLAN_BORROW), 0);
	ck_assert_int_eq(aml_plan_run(&plan), 0);
	for (int i = 0; i < 12; i++)
		ck_assert_mem_eq(where.at[i], (char *)aml_layout_rawptr(p.src) + 2 * i, 2);
	amli_plan_fini(&plan);
	/* it cannot be duplicated, so no plan may outlive it */
	ck_assert_int_eq(aml_plan_create(&kept, &own, dst, 0), -AML_ENOTSUP);
	ck_assert_ptr_null(kept);
	aml_layout_destroy(&dst);
	pair_free(&p);
}
END_TEST

START_TEST(padding_of_the_source_is_written_and_of_the_destination_is_not)
{
	int small[2][3] = {{1, 2, 3}, {4, 5, 6}}, large[4][4], out[2][3] = {{0}}, neutral = 9;
	const size_t inner[] = {2, 3}, outer[] = {4, 4};
	struct aml_layout *d, *s, *padded;
	struct aml_plan *plan;
	char text[64];

	ck_assert_int_eq(aml_layout_dense_create(&s, small, 1, 4, 2, inner, NULL, NULL), 0);
	ck_assert_int_eq(aml_layout_pad_create(&padded, 1, s, outer, &neutral), 0);
	ck_assert_int_eq(aml_layout_dense_create(&d, large, 1, 4, 2, outer, NULL, NULL), 0);
	ck_assert_int_eq(aml_plan_create(&plan, d, padded, 0), 0);
	aml_plan_describe(plan, text, sizeof(text));
	ck_assert_str_eq(text, "generic e4 [4][4]");
	ck_assert_ptr_null(aml_plan_nest(plan));
	ck_assert_int_eq(aml_plan_run(plan), 0);
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 4; j++)
			ck_assert_int_eq(large[i][j], i < 2 && j < 3 ? small[i][j] : 9);
	aml_plan_destroy(&plan);
	aml_layout_destroy(&padded);

	ck_assert_int_eq(aml_layout_dense_create(&s, out, 1, 4, 2, inner, NULL, NULL), 0);
	ck_assert_int_eq(aml_layout_pad_create(&padded, 1, s, outer, &neutral), 0);
	for (int i = 0; i < 16; i++)
		large[i / 4][i % 4] = 100 + i;
	ck_assert_int_eq(aml_plan_create(&plan, padded, d, 0), 0);
	ck_assert_int_eq(aml_plan_run(plan), 0);
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 3; j++)
			ck_assert_int_eq(out[i][j], large[i][j]);
	/* the plan has a duplicate of the layout; this copy works on the layout itself */
	ck_assert_int_eq(aml_dma_linux_copy_generic(padded, d, NULL), 0);
	ck_assert_int_eq(*(int *)aml_layout_deref(padded, (const size_t[]){3, 3}), 9);
	aml_plan_destroy(&plan);
	aml_layout_destroy(&padded);
	aml_layout_destroy(&d);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan");
	TCase *tc = tcase_create("plans");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, any_pair_of_layouts_arrives_byte_for_byte);
	tcase_add_test(tc, streamed_stores_write_the_same_bytes);
	tcase_add_test(tc, cached_stores_write_the_same_bytes);
	tcase_add_test(tc, blocks_and_their_ragged_edges_cover_large_shapes);
	tcase_add_test(tc, short_rows_from_a_source_that_fights_for_sets_arrive);
	tcase_add_test(tc, a_short_first_block_lets_the_others_begin_on_a_line);
	tcase_add_test(tc, tiny_extents_are_fused_into_rows_and_columns);
	tcase_add_test(tc, a_plan_outlives_its_layouts);
	tcase_add_test(tc, a_plan_says_kernel_element_and_loops);
	tcase_add_test(tc, bad_arguments_are_refused_and_leave_no_plan);
	tcase_add_test(tc, no_memory_means_no_plan_and_no_leak);
	tcase_add_test(tc, a_program_s_own_layout_is_copied_element_by_element);
	tcase_add_test(tc, padding_of_the_source_is_written_and_of_the_destination_is_not);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
