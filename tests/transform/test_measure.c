/* SPDX-License-Identifier: BSD-3-Clause */
/* Measured plans: every way that may be chosen moves the same bytes, and the one that is chosen
 * was the fastest. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "aml/layout/dense.h"
#include "aml/wisdom.h"
#include "base/error.h"
#include "base/mem.h"
#include "tests/lib/pair.h"
#include "tests/lib/permuted.h"
#include "transform/choice.h"
#include "transform/measure.h"
#include "transform/strategy.h"

/* A dense array of bytes / element / rows x rows, transposed. */
struct turned {
	char *dst, *src;
	size_t rows, cols, element;
	struct aml_layout *to, *from, *view;
};

static struct turned turned_make(size_t rows, size_t cols, size_t element)
{
	struct turned t = {.rows = rows, .cols = cols, .element = element};
	size_t bytes = rows * cols * element;

	t.dst = calloc(1, bytes);
	t.src = malloc(bytes);
	for (size_t i = 0; i < bytes; i++)
		t.src[i] = (char)(i * 2654435761u >> 13);
	ck_assert_int_eq(aml_layout_dense_create(&t.from, t.src, AML_LAYOUT_ORDER_C, element, 2,
						 (const size_t[]){rows, cols}, NULL, NULL),
			 0);
	ck_assert_int_eq(aml_layout_dense_create(&t.to, t.dst, AML_LAYOUT_ORDER_C, element, 2,
						 (const size_t[]){cols, rows}, NULL, NULL),
			 0);
	ck_assert_int_eq(aml_layout_permute(t.from, &t.view, (const size_t[]){1, 0}), 0);
	return t;
}

static void turned_free(struct turned *t)
{
	aml_layout_destroy(&t->to);
	aml_layout_destroy(&t->from);
	aml_layout_destroy(&t->view);
	free(t->dst);
	free(t->src);
}

static void turned_expect(const struct turned *t, const char *text)
{
	for (size_t i = 0; i < t->rows; i++)
		for (size_t j = 0; j < t->cols; j++)
			if (memcmp(t->dst + (j * t->rows + i) * t->element,
				   t->src + (i * t->cols + j) * t->element, t->element))
				ck_abort_msg("%s: element %zu %zu", text, i, j);
}

static struct aml_plan *turned_plan(const struct turned *t, unsigned flags)
{
	struct aml_plan *plan;

	ck_assert_msg(aml_plan_create(&plan, t->to, t->view, flags) == 0, "%s", aml_error_detail());
	return plan;
}

/* Run a plan as if this had been chosen. */
static void expect_moved_so(struct pair *p, struct aml_plan *plan, const struct amli_choice *c)
{
	char text[AMLI_CHOICE_TEXT];
	size_t n;

	plan->chosen = true;
	plan->choice = *c;
	amli_plan_cut(plan, 0);
	amli_choice_print(c, text, sizeof(text));
	n = aml_plan_split(plan, 3);
	for (size_t i = n; i-- > 0;)
		ck_assert_int_eq(aml_plan_run_piece(plan, i, n), 0);
	ck_assert_msg(pair_dst_equals_oracle(p), "%s: wrong bytes by %s", p->text, text);
	ck_assert_msg(pair_guards_intact(p), "%s: wrote elsewhere by %s", p->text, text);
	pair_reset(p);
}

START_TEST(every_candidate_moves_the_same_bytes)
{
	unsigned tried = 0, pairs = test_pairs(400);

	for (unsigned i = 0; i < pairs; i++) {
		struct pair p = pair_random(test_seed() + i, 0, true);
		struct amli_choice list[AMLI_STEP_MOST];
		struct amli_trial best = {0};
		struct aml_plan *plan;

		ck_assert_int_eq(aml_plan_create(&plan, p.dst, p.src, 0), 0);
		best.shape.strategy = plan->strategy;
		best.shape.kernel = plan->kernel;
		for (unsigned step = 0; step < AMLI_STEPS; step++) {
			size_t n;

			best.shape.rows = 1 + i % 70;
			best.shape.cols = 1 + i % 90;
			n = amli_candidates(plan, &best, 0, step, list);
			for (size_t k = 0; k < n; k++)
				expect_moved_so(&p, plan, &list[k]);
			if (n)
				best.choice = list[i % n];
			best.shape.strategy = plan->strategy;
			best.shape.kernel = plan->kernel;
			tried += (unsigned)n;
		}
		aml_plan_destroy(&plan);
		pair_free(&p);
	}
	ck_assert_uint_gt(tried, 5 * pairs);
}
END_TEST

/* Run it by a choice in words. */
static void run_so(struct aml_plan *plan, const char *text)
{
	size_t element = plan->nest.element;

	plan->chosen = true;
	ck_assert_msg(amli_choice_parse(&plan->choice, text, element), "%s", text);
	ck_assert(amli_choice_fits(&plan->choice, &plan->nest, AML_PLAN_STREAM));
	amli_plan_cut(plan, AML_PLAN_STREAM);
	ck_assert_int_eq(aml_plan_run(plan), 0);
}

START_TEST(blocks_are_no_larger_than_kernels_take)
{
	static const char *const texts[] = {"fused - stream near 99999x99999",
					    "transpose - stream dst 99999x99999",
					    "strided - any src 99999x99999",
					    "fused - stream src 1x1",
					    "transpose - stream near 1x1"};

	for (size_t element = 1; element <= 4; element *= 2) {
		struct turned t = turned_make(1100, 1061, element);
		struct aml_plan *plan = turned_plan(&t, 0);

		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
			memset(t.dst, 0, t.rows * t.cols * element);
			run_so(plan, texts[i]);
			turned_expect(&t, texts[i]);
		}
		aml_plan_destroy(&plan);
		turned_free(&t);
	}
}
END_TEST

START_TEST(rows_too_long_for_the_stage_are_not_staged)
{
	enum { A = 600, B = 10, C = 20 };
	static int src[A][B][C], dst[C][B][A];
	const size_t dims[] = {A, B, C}, perm[] = {2, 1, 0};
	struct aml_plan *plan = permuted_plan(dst, src, sizeof(int), 3, dims, NULL, perm, 0);

	for (int i = 0; i < A * B * C; i++)
		src[i / (B * C)][i / C % B][i % C] = i;
	run_so(plan, "transpose - staged near 0x0");
	ck_assert_uint_eq(plan->group.n, 0);
	for (int i = 0; i < A * B * C; i++)
		if (dst[i % C][i / C % B][i / (B * C)] != i)
			ck_abort_msg("element %d", i);
	aml_plan_destroy(&plan);
}
END_TEST

/* Matrices of less than a stage that change places: in groups, and one of fewer at the end. */
START_TEST(small_matrices_far_apart_are_put_together)
{
	enum { A = 150, B = 40, M = 6, N = 9 };
	static int src[A][B][M][N], dst[B][A][N][M];
	const size_t dims[] = {A, B, M, N}, perm[] = {1, 0, 3, 2};
	struct aml_plan *plan =
		permuted_plan(dst, src, sizeof(int), 4, dims, NULL, perm, AML_PLAN_STREAM);

	for (int i = 0; i < A * B * M * N; i++)
		src[i / (B * M * N)][i / (M * N) % B][i / N % M][i % N] = i;
	if (plan->kernel->stream && amli_kernel_select(AMLI_RUNS, 1024)->stream) {
		ck_assert_uint_eq(plan->group.n, 128);
		ck_assert_uint_eq(plan->blocks, 2 * B);
	}
	ck_assert_int_eq(aml_plan_run(plan), 0);
	for (int i = 0; i < A * B * M * N; i++)
		if (dst[i / (M * N) % B][i / (B * M * N)][i % N][i / N % M] != i)
			ck_abort_msg("element %d", i);
	aml_plan_destroy(&plan);
}
END_TEST

START_TEST(matrices_too_large_for_the_stage_are_not_put_together)
{
	enum { A = 4, B = 3, M = 40, N = 250 };
	static int src[A][B][M][N], dst[B][A][N][M];
	const size_t dims[] = {A, B, M, N}, perm[] = {1, 0, 3, 2};
	struct aml_plan *plan = permuted_plan(dst, src, sizeof(int), 4, dims, NULL, perm, 0);

	for (int i = 0; i < A * B * M * N; i++)
		src[i / (B * M * N)][i / (M * N) % B][i / N % M][i % N] = i;
	run_so(plan, "transpose - staged near 0x0");
	ck_assert_uint_eq(plan->group.n, 0);
	for (int i = 0; i < A * B * M * N; i++)
		if (dst[i / (M * N) % B][i / (B * M * N)][i % N][i / N % M] != i)
			ck_abort_msg("element %d", i);
	aml_plan_destroy(&plan);
}
END_TEST

START_TEST(a_measured_plan_moves_the_same_bytes)
{
	static const size_t elements[] = {1, 2, 3, 4, 8, 12, 16, 24, 40, 600};

	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
		struct turned t = turned_make(61 + i, 130 - 7 * i, elements[i]);
		struct aml_plan *plan = turned_plan(&t, AML_PLAN_MEASURE);
		char text[256];

		aml_wisdom_forget();
		memset(t.dst, 0, t.rows * t.cols * t.element);
		aml_plan_describe(plan, text, sizeof(text));
		ck_assert_int_eq(aml_plan_run(plan), 0);
		turned_expect(&t, text);
		aml_plan_destroy(&plan);
		turned_free(&t);
	}
}
END_TEST

START_TEST(what_was_chosen_was_the_fastest)
{
	struct turned t = turned_make(512, 512, 4);
	struct aml_plan *plan = turned_plan(&t, AML_PLAN_MEASURE);
	const struct amli_trials *trials = plan->trials;

	ck_assert_ptr_nonnull(trials);
	ck_assert_uint_gt(trials->n, 3);
	ck_assert_double_gt(trials->best_ns, 0);
	ck_assert_double_le(trials->best_ns, trials->estimate_ns);
	if (trials->best)
		ck_assert_double_lt(trials->best_ns, 0.98 * trials->estimate_ns);
	else
		ck_assert_double_eq(trials->best_ns, trials->estimate_ns);
	turned_expect(&t, "as left by measuring");
	aml_plan_destroy(&plan);
	turned_free(&t);
	aml_wisdom_forget();
}
END_TEST

START_TEST(a_shape_is_measured_once_and_estimates_follow)
{
	struct turned t = turned_make(300, 200, 4), other = turned_make(200, 300, 4);
	struct aml_plan *first = turned_plan(&t, AML_PLAN_MEASURE), *plan;

	ck_assert_uint_eq(aml_wisdom_count(), 1);
	for (unsigned flags = 0; flags <= AML_PLAN_MEASURE; flags += AML_PLAN_MEASURE) {
		plan = turned_plan(&t, flags);
		ck_assert_ptr_null(plan->trials);
		ck_assert(plan->chosen);
		ck_assert_ptr_eq(plan->kernel, first->kernel);
		ck_assert_mem_eq(&plan->choice, &first->choice, sizeof(plan->choice));
		ck_assert_mem_eq(plan->block.n, first->block.n, sizeof(plan->block.n));
		aml_plan_destroy(&plan);
	}
	plan = turned_plan(&other, 0);
	ck_assert(!plan->chosen);
	aml_plan_destroy(&plan);
	plan = turned_plan(&t, AML_PLAN_CACHED);
	ck_assert(!plan->chosen);
	aml_plan_destroy(&plan);
	aml_wisdom_forget();
	ck_assert_uint_eq(aml_wisdom_count(), 0);
	plan = turned_plan(&t, 0);
	ck_assert(!plan->chosen);
	aml_plan_destroy(&plan);
	aml_plan_destroy(&first);
	turned_free(&t);
	turned_free(&other);
}
END_TEST

START_TEST(hints_bind_what_is_measured)
{
	struct turned t = turned_make(256, 300, 4);

	for (unsigned hint = AML_PLAN_STREAM; hint <= AML_PLAN_CACHED; hint++) {
		struct aml_plan *plan = turned_plan(&t, AML_PLAN_MEASURE | hint);

		for (size_t i = 0; i < plan->trials->n; i++)
			ck_assert_int_ne(plan->trials->at[i].choice.store,
					 hint == AML_PLAN_STREAM ? AMLI_PUT_CACHED
								 : AMLI_PUT_STREAM);
		if (hint == AML_PLAN_CACHED)
			ck_assert(!plan->stream);
		aml_plan_destroy(&plan);
	}
	aml_wisdom_forget();
	turned_free(&t);
}
END_TEST

START_TEST(what_cannot_be_measured_is_estimated)
{
	struct turned t = turned_make(8, 8, 4), large = turned_make(300, 200, 4);
	struct aml_plan *plan = turned_plan(&t, AML_PLAN_MEASURE);

	ck_assert_ptr_null(plan->trials); /* too small */
	aml_plan_destroy(&plan);
	ck_assert_int_eq(aml_plan_create_batch(&plan, 1, &large.to,
					       (const struct aml_layout *const[]){large.view},
					       AML_PLAN_MEASURE),
			 0);
	ck_assert_int_eq(aml_plan_run(plan), 0);
	turned_expect(&large, "batch");
	aml_plan_destroy(&plan);
	ck_assert_uint_eq(aml_wisdom_count(), 0);
	ck_assert_int_eq(aml_plan_create(&plan, t.to, t.view,
					 AML_PLAN_MEASURE | AML_PLAN_STREAM | AML_PLAN_CACHED),
			 -AML_EINVAL);
	ck_assert_int_eq(aml_plan_create(&plan, t.to, t.view, AML_PLAN_MEASURE << 1), -AML_EINVAL);
	ck_assert_ptr_null(plan);
	turned_free(&t);
	turned_free(&large);
}
END_TEST

START_TEST(without_memory_nothing_was_measured_and_dst_is_untouched)
{
	struct turned t = turned_make(300, 200, 4);
	struct aml_plan *plan;
	int rc = -AML_ENOMEM;

	for (unsigned n = 1; rc; n++) {
		amli_alloc_fail_at(n);
		rc = aml_plan_create(&plan, t.to, t.view, AML_PLAN_MEASURE);
		amli_alloc_fail_at(0);
		ck_assert(rc == 0 || rc == -AML_ENOMEM);
		if (!rc)
			continue;
		ck_assert_ptr_null(plan);
		for (size_t i = 0; i < t.rows * t.cols * t.element; i++)
			if (t.dst[i])
				ck_abort_msg("byte %zu was written", i);
	}
	ck_assert_ptr_nonnull(plan->trials);
	/* the entry for wisdom is the last allocation: without it the plan is none the worse */
	aml_plan_destroy(&plan);
	aml_wisdom_forget();
	turned_free(&t);
}
END_TEST

START_TEST(running_a_plan_allocates_nothing)
{
	struct turned t = turned_make(700, 900, 4);
	struct aml_plan *plan = turned_plan(&t, AML_PLAN_MEASURE);
	void *memory;

	amli_alloc_fail_at(1);
	ck_assert_int_eq(aml_plan_run(plan), 0);
	ck_assert_int_eq(aml_plan_run_piece(plan, 0, 1), 0);
	memory = amli_calloc(1, 1); /* the first since */
	amli_alloc_fail_at(0);
	ck_assert_ptr_null(memory);
	aml_plan_destroy(&plan);
	aml_wisdom_forget();
	turned_free(&t);
}
END_TEST

START_TEST(a_plan_says_why)
{
	struct turned t = turned_make(300, 200, 4), runs = turned_make(64, 80, 40);
	struct aml_plan *plan = turned_plan(&t, 0);
	char text[8192], cut[20];
	int length = aml_plan_explain(plan, text, sizeof(text));

	ck_assert_int_eq(length, (int)strlen(text));
	ck_assert_int_eq(aml_plan_explain(plan, cut, sizeof(cut)), length);
	ck_assert_ptr_nonnull(strstr(text, "transpose: a pair: loop of 300 contiguous in the "
					   "destination, of 200 in the source\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nstores: to the caches"));
	ck_assert_ptr_nonnull(strstr(text, "\nbound: instructions"));
	ck_assert_ptr_null(strstr(text, "estimate"));
	aml_plan_destroy(&plan);
	plan = turned_plan(&t, AML_PLAN_MEASURE);
	aml_plan_explain(plan, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, " ns  estimate: "));
	ck_assert_ptr_nonnull(strstr(text, "\n* "));
	ck_assert_ptr_nonnull(strstr(text, "\nchosen: "));
	aml_plan_destroy(&plan);
	plan = turned_plan(&t, 0);
	aml_plan_explain(plan, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "\nchosen: by wisdom\n"));
	aml_plan_destroy(&plan);
	plan = turned_plan(&runs, AML_PLAN_STREAM);
	aml_plan_explain(plan, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "\nfused: contiguous along different loops"));
	aml_plan_destroy(&plan);
	ck_assert_int_eq(aml_plan_explain(NULL, text, sizeof(text)), -AML_EINVAL);
	aml_wisdom_forget();
	turned_free(&t);
	turned_free(&runs);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("measure");
	TCase *tc = tcase_create("measured plans");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, every_candidate_moves_the_same_bytes);
	tcase_add_test(tc, blocks_are_no_larger_than_kernels_take);
	tcase_add_test(tc, rows_too_long_for_the_stage_are_not_staged);
	tcase_add_test(tc, matrices_too_large_for_the_stage_are_not_put_together);
	tcase_add_test(tc, small_matrices_far_apart_are_put_together);
	tcase_add_test(tc, a_measured_plan_moves_the_same_bytes);
	tcase_add_test(tc, what_was_chosen_was_the_fastest);
	tcase_add_test(tc, a_shape_is_measured_once_and_estimates_follow);
	tcase_add_test(tc, hints_bind_what_is_measured);
	tcase_add_test(tc, what_cannot_be_measured_is_estimated);
	tcase_add_test(tc, without_memory_nothing_was_measured_and_dst_is_untouched);
	tcase_add_test(tc, running_a_plan_allocates_nothing);
	tcase_add_test(tc, a_plan_says_why);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
