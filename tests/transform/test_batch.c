/* SPDX-License-Identifier: BSD-3-Clause */
/* Planning a batch: what is kept of each part, what is refused, what is allocated. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "aml/layout/dense.h"
#include "base/error.h"
#include "base/mem.h"
#include "tests/lib/batch.h"
#include "transform/plan.h"

START_TEST(a_batch_says_how_many_and_shows_the_first)
{
	const struct amli_kernel *kernel = amli_kernel_select(AMLI_COPY, 0);
	struct many m = many_make(1000, (const size_t[]){4096}, 1);
	struct aml_plan *plan;
	char text[100], want[100];
	struct batch b;

	for (unsigned flags = AML_PLAN_STREAM; flags <= AML_PLAN_CACHED; flags++) {
		bool stream = kernel->stream && flags == AML_PLAN_STREAM;

		plan = many_plan(&m, flags);
		aml_plan_describe(plan, text, sizeof(text));
		snprintf(want, sizeof(want), "batch of 1000: %s%s e4096", kernel->name,
			 stream ? "+stream" : "");
		ck_assert_str_eq(text, want);
		ck_assert_uint_eq(aml_plan_parts(plan), 1000);
		ck_assert_uint_eq(aml_plan_bytes(plan), 1000 * 4096);
		ck_assert_ptr_null(aml_plan_nest(plan));
		ck_assert(!aml_plan_is_operator(plan));
		aml_plan_destroy(&plan);
	}
	many_free(&m);

	batch_pairs(&b, 0, 2); /* the second has a plan of its own */
	ck_assert_int_eq(aml_plan_create_batch(&b.plan, 1, b.dst + 1, b.src + 1, 0), 0);
	ck_assert_int_eq(aml_plan_create(&plan, b.dst[1], b.src[1], 0), 0);
	snprintf(want, sizeof(want), "batch of 1: ");
	aml_plan_describe(plan, want + strlen(want), sizeof(want) - strlen(want));
	aml_plan_describe(b.plan, text, sizeof(text));
	ck_assert_str_eq(text, want);
	aml_plan_destroy(&plan);
	batch_free(&b);
}
END_TEST

START_TEST(the_nest_of_a_part_is_that_of_its_plan)
{
	struct aml_nest nest;
	unsigned affine = 0;
	struct batch b;

	for (unsigned seed = 0; seed < 20; seed++) {
		batch_make(&b, test_seed() + seed, PARTS, 0);
		for (size_t i = 0; i < PARTS; i++) {
			struct aml_plan *one;
			const struct aml_nest *want;
			int rc = aml_plan_part_nest(b.plan, i, &nest);

			ck_assert_int_eq(aml_plan_create(&one, b.dst[i], b.src[i], 0), 0);
			want = aml_plan_nest(one);
			ck_assert_int_eq(rc, want ? 0 : -AML_ENOTSUP);
			ck_assert_int_eq(aml_plan_part_nest(one, 0, &nest), rc);
			ck_assert_int_eq(aml_plan_part_nest(one, 1, &nest), -AML_EDOM);
			ck_assert_uint_eq(aml_plan_parts(one), 1);
			if (want) {
				affine++;
				ck_assert_int_eq(aml_plan_part_nest(b.plan, i, &nest), 0);
				ck_assert_ptr_eq(nest.dst, want->dst);
				ck_assert_ptr_eq(nest.src, want->src);
				ck_assert_uint_eq(nest.element, want->element);
				ck_assert_uint_eq(nest.nloops, want->nloops);
				ck_assert(!memcmp(nest.loop, want->loop,
						  want->nloops * sizeof(nest.loop[0])));
			}
			aml_plan_destroy(&one);
		}
		ck_assert_int_eq(aml_plan_part_nest(b.plan, PARTS, &nest), -AML_EDOM);
		ck_assert_int_eq(aml_plan_part_nest(b.plan, 0, NULL), -AML_EINVAL);
		batch_free(&b);
	}
	ck_assert_int_eq(aml_plan_part_nest(NULL, 0, &nest), -AML_EINVAL);
	ck_assert_uint_eq(aml_plan_parts(NULL), 0);
	ck_assert_uint_gt(affine, 0);
}
END_TEST

/* The batch of b's parts, one of them replaced, is refused, and the message names it. */
static void expect_refused(const struct batch *b, size_t at, struct aml_layout *dst,
			   const struct aml_layout *src, int code)
{
	struct aml_layout *to[PARTS];
	const struct aml_layout *from[PARTS];
	struct aml_plan *plan = (void *)to;
	char part[20];

	memcpy(to, b->dst, sizeof(to));
	memcpy(from, b->src, sizeof(from));
	to[at] = dst;
	from[at] = src;
	snprintf(part, sizeof(part), "part %zu: ", at);
	ck_assert_int_eq(aml_plan_create_batch(&plan, PARTS, to, from, 0), -code);
	ck_assert_ptr_null(plan);
	ck_assert_msg(!strncmp(aml_error_detail(), part, strlen(part)), "%s", aml_error_detail());
}

static const struct aml_area *somewhere_else(const struct aml_layout_data *data)
{
	return (const struct aml_area *)data; /* not NULL is all that counts */
}

START_TEST(a_bad_part_is_refused_by_its_index)
{
	struct pair p = pair_dense(17, 4), q = pair_dense(18, 4), r = pair_dense(34, 2);
	struct aml_layout_ops ops = *p.dst->ops;
	struct aml_layout far = {&ops, p.dst->data};
	struct aml_plan *plan = (void *)&p;
	struct batch b;

	ops.area = somewhere_else;
	batch_pairs(&b, 3, PARTS);
	expect_refused(&b, 7, NULL, p.src, AML_EINVAL);
	expect_refused(&b, 0, p.dst, NULL, AML_EINVAL);
	expect_refused(&b, 10, p.dst, q.src, AML_EINVAL);
	expect_refused(&b, 11, p.dst, r.src, AML_EINVAL); /* as many bytes, another shape */
	expect_refused(&b, 5, p.dst, p.dst, AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "overlap"));
	expect_refused(&b, 6, &far, p.src, AML_ENOTSUP);
	ck_assert_int_eq(aml_plan_create_batch(NULL, 1, b.dst, b.src, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_plan_create_batch(&plan, 0, b.dst, b.src, 0), -AML_EINVAL);
	ck_assert_ptr_null(plan);
	ck_assert_int_eq(aml_plan_create_batch(&plan, 1, NULL, b.src, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_plan_create_batch(&plan, 1, b.dst, NULL, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_plan_create_batch(&plan, 1, b.dst, b.src, 3), -AML_EINVAL);
	ck_assert_int_eq(aml_plan_create_batch(&plan, SIZE_MAX, b.dst, b.src, 0), -AML_ENOMEM);
	ck_assert_int_eq(aml_plan_create_batch(&plan, SIZE_MAX / 24, b.dst, b.src, 0), -AML_ENOMEM);
	ck_assert_ptr_null(plan);
	pair_free(&p);
	pair_free(&q);
	pair_free(&r);
	batch_free(&b);
}
END_TEST

START_TEST(more_bytes_than_can_be_counted_are_refused)
{
	static char memory[2];
	const size_t one = 1, huge = (size_t)1 << 62;
	struct aml_layout *dst[4], *src, *view;
	const struct aml_layout *from[4];
	struct aml_plan *plan;

	ck_assert_int_eq(aml_layout_dense_create(&src, memory, 1, 1, 1, &one, NULL, NULL), 0);
	ck_assert_int_eq(aml_layout_broadcast(src, &view, 1, &huge), 0);
	ck_assert_int_eq(aml_layout_dense_create(&dst[0], memory + 1, 1, 1, 1, &huge, NULL, NULL),
			 0);
	for (int i = 0; i < 4; i++) {
		dst[i] = dst[0];
		from[i] = view;
	}
	ck_assert_int_eq(aml_plan_create_batch(&plan, 3, dst, from, 0), 0);
	ck_assert_uint_eq(aml_plan_bytes(plan), 3 * huge);
	aml_plan_destroy(&plan);
	ck_assert_int_eq(aml_plan_create_batch(&plan, 4, dst, from, 0), -AML_EINVAL);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "part 3"));
	aml_layout_destroy(&dst[0]);
	aml_layout_destroy(&src);
	aml_layout_destroy(&view);
}
END_TEST

START_TEST(no_memory_means_no_batch_and_no_leak)
{
	for (unsigned seed = 0; seed < 10; seed++) {
		int rc = -AML_ENOMEM;
		struct batch b;

		batch_pairs(&b, test_seed() + seed, PARTS);
		for (unsigned n = 1; rc; n++) {
			amli_alloc_fail_at(n);
			rc = aml_plan_create_batch(&b.plan, PARTS, b.dst, b.src, 0);
			amli_alloc_fail_at(0);
			ck_assert_msg(rc == 0 || rc == -AML_ENOMEM, "seed %u: %d", seed, rc);
			ck_assert((rc == 0) == (b.plan != NULL));
		}
		b.text[0] = '\0';
		ck_assert_int_eq(aml_plan_run(b.plan), 0);
		batch_expect_moved(&b, "after failures");
		batch_free(&b);
	}
}
END_TEST

START_TEST(kept_room_is_used_again)
{
	struct many m = many_make(100, (const size_t[]){100, 64}, 2);
	struct amli_parts parts = {0};
	struct aml_plan plan;

	amli_alloc_fail_at(1);
	ck_assert_int_eq(amli_plan_init_batch(&plan, &parts, 100, m.dst, many_sources(&m), 0),
			 -AML_ENOMEM);
	amli_alloc_fail_at(2);
	for (size_t n = 100; n > 0; n--) {
		memset(m.to, 0, m.most);
		ck_assert_int_eq(amli_plan_init_batch(&plan, &parts, n, m.dst, many_sources(&m),
						      AMLI_PLAN_BORROW),
				 0);
		ck_assert_int_eq(aml_plan_run(&plan), 0);
		ck_assert(!memcmp(m.to, m.from, aml_plan_bytes(&plan)));
		amli_plan_fini(&plan);
	}
	amli_alloc_fail_at(0);
	amli_parts_fini(&parts);
	many_free(&m);
}
END_TEST

/* One run of memory, though neither side is contiguous as such: both are turned. */
START_TEST(loops_that_fuse_to_a_run_need_no_plan)
{
	struct pair p = pair_dense(60, 4);
	const size_t dims[] = {5, 12}, perm[] = {1, 0};
	struct aml_layout *flat[2], *view[2];
	struct amli_parts parts = {0};
	struct aml_plan plan;

	ck_assert_int_eq(aml_layout_reshape(p.dst, &flat[0], 2, dims), 0);
	ck_assert_int_eq(aml_layout_reshape(p.src, &flat[1], 2, dims), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(aml_layout_permute(flat[i], &view[i], perm), 0);
	ck_assert(!aml_layout_is_contiguous(view[0]));
	ck_assert_int_eq(amli_plan_init_batch(&plan, &parts, 1, view,
					      (const struct aml_layout *const[]){view[1]}, 0),
			 0);
	ck_assert_uint_eq(plan.batch.nplans, 0);
	ck_assert_int_eq(aml_plan_run(&plan), 0);
	ck_assert(pair_dst_equals_oracle(&p) && pair_guards_intact(&p));
	amli_plan_fini(&plan);
	amli_parts_fini(&parts);
	for (int i = 0; i < 2; i++) {
		aml_layout_destroy(&flat[i]);
		aml_layout_destroy(&view[i]);
	}
	pair_free(&p);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("batch");
	TCase *tc = tcase_create("batches");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, a_batch_says_how_many_and_shows_the_first);
	tcase_add_test(tc, the_nest_of_a_part_is_that_of_its_plan);
	tcase_add_test(tc, a_bad_part_is_refused_by_its_index);
	tcase_add_test(tc, more_bytes_than_can_be_counted_are_refused);
	tcase_add_test(tc, no_memory_means_no_batch_and_no_leak);
	tcase_add_test(tc, kept_room_is_used_again);
	tcase_add_test(tc, loops_that_fuse_to_a_run_need_no_plan);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
