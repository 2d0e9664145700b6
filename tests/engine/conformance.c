/* SPDX-License-Identifier: BSD-3-Clause */
/* What holds for every engine: each case runs once per engine in AML_TEST_ENGINES. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/dma/linux.h"
#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/plan.h"
#include "tests/lib/engines.h"
#include "tests/lib/gate.h"
#include "tests/lib/pair.h"

static void check_arrived(const struct pair *p, int engine)
{
	ck_assert_msg(pair_dst_equals_oracle(p), "%s: wrong bytes: %s", engines_spec(engine),
		      p->text);
	ck_assert_msg(pair_guards_intact(p), "%s: bytes around dst or src changed: %s",
		      engines_spec(engine), p->text);
}

static void check_untouched(const struct pair *p, int engine)
{
	ck_assert_msg(!memcmp(p->to.memory, p->to.before, p->to.size),
		      "%s: something was written: %s", engines_spec(engine), p->text);
}

/* One copy, in one of the ways there are. */
static int copy_somehow(struct aml_dma *dma, const struct pair *p, unsigned how)
{
	struct aml_dma_request *req;
	int rc;

	switch (how % 4) {
	case 0:
		return aml_dma_copy(dma, p->dst, p->src);
	case 1:
		rc = aml_dma_async_copy(dma, &req, p->dst, p->src);
		return rc ? rc : aml_dma_wait(dma, &req);
	case 2:
		rc = aml_dma_async_copy(dma, NULL, p->dst, p->src);
		return rc ? rc : aml_dma_barrier(dma);
	default:
		return aml_dma_copy_custom(dma, p->dst, p->src, aml_dma_linux_copy_generic, NULL);
	}
}

START_TEST(copy_moves_bytes_and_nothing_else)
{
	struct aml_dma *dma = engines_open(_i);
	unsigned n = test_pairs(500), seed = test_seed() * 100000;

	for (unsigned i = 0; i < n; i++) {
		struct pair p = pair_random(seed + i, 0, false);

		ck_assert_msg(copy_somehow(dma, &p, i) == 0, "%s: %s: %s", engines_spec(_i), p.text,
			      aml_error_detail());
		check_arrived(&p, _i);
		pair_free(&p);
	}
	aml_dma_close(&dma);
}
END_TEST

/* Large enough to be cut into pieces by engines that do that. */
START_TEST(large_copies_arrive_whole)
{
	struct aml_dma *dma = engines_open(_i);
	struct pair p = pair_dense(3000000, 1), q = pair_dense(500001, 8);

	for (unsigned how = 0; how < 4; how++) {
		ck_assert_int_eq(copy_somehow(dma, &p, how), 0);
		check_arrived(&p, _i);
		pair_reset(&p);
		ck_assert_int_eq(copy_somehow(dma, &q, how), 0);
		check_arrived(&q, _i);
		pair_reset(&q);
	}
	pair_free(&p);
	pair_free(&q);
	aml_dma_close(&dma);
}
END_TEST

#define MANY 2000

START_TEST(many_in_flight_can_be_waited_for_in_reverse)
{
	struct aml_dma *dma = engines_open(_i);
	static struct aml_dma_request *req[MANY];
	static int from[MANY], to[MANY];

	for (size_t i = 0; i < MANY; i++) {
		struct aml_layout *src, *dst;
		const size_t one = 1;

		from[i] = (int)i + 1;
		to[i] = 0;
		aml_layout_dense_create(&src, &from[i], AML_LAYOUT_ORDER_C, 4, 1, &one, NULL, NULL);
		aml_layout_dense_create(&dst, &to[i], AML_LAYOUT_ORDER_C, 4, 1, &one, NULL, NULL);
		ck_assert_int_eq(aml_dma_async_copy(dma, &req[i], dst, src), 0);
		ck_assert_ptr_nonnull(req[i]);
		aml_layout_destroy(&src);
		aml_layout_destroy(&dst);
	}
	for (size_t i = MANY; i-- > 0;) {
		ck_assert_int_eq(aml_dma_wait(dma, &req[i]), 0);
		ck_assert_int_eq(to[i], from[i]);
	}
	aml_dma_close(&dma);
}
END_TEST

START_TEST(layouts_may_be_destroyed_right_after_submit)
{
	struct aml_dma *dma = engines_open(_i);
	struct pair p[64];
	struct aml_dma_request *req[64];

	for (unsigned i = 0; i < 64; i++) {
		p[i] = pair_random(7000 + i, 0, false);
		ck_assert_int_eq(aml_dma_async_copy(dma, &req[i], p[i].dst, p[i].src), 0);
		aml_layout_destroy(&p[i].dst);
		aml_layout_destroy(&p[i].src);
	}
	for (unsigned i = 0; i < 64; i++) {
		ck_assert_int_eq(aml_dma_wait(dma, &req[i]), 0);
		check_arrived(&p[i], _i);
		pair_free(&p[i]);
	}
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_request_can_be_waited_for_once_also_after_a_barrier)
{
	struct aml_dma *dma = engines_open(_i);
	struct aml_dma_request *req[2];
	struct pair p = pair_dense(100, 4), q = pair_dense(100, 4);

	ck_assert_int_eq(aml_dma_async_copy(dma, &req[0], p.dst, p.src), 0);
	ck_assert_int_eq(aml_dma_async_copy(dma, &req[1], q.dst, q.src), 0);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	check_arrived(&p, _i);
	check_arrived(&q, _i);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(aml_dma_wait(dma, &req[i]), 0);
		ck_assert_ptr_null(req[i]);
		ck_assert_int_eq(aml_dma_wait(dma, &req[i]), -AML_EINVAL);
		ck_assert_int_eq(aml_dma_cancel(dma, &req[i]), -AML_EINVAL);
	}
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	pair_free(&p);
	pair_free(&q);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(close_finishes_what_nobody_waited_for)
{
	struct aml_dma *dma = engines_open(_i);
	struct aml_dma_request *req;
	struct pair p[40];

	for (unsigned i = 0; i < 40; i++) {
		p[i] = pair_random(9000 + i, 0, false);
		ck_assert_int_eq(aml_dma_async_copy(dma, i % 2 ? &req : NULL, p[i].dst, p[i].src),
				 0);
	}
	ck_assert_int_eq(aml_dma_close(&dma), 0);
	ck_assert_ptr_null(dma);
	for (unsigned i = 0; i < 40; i++) {
		check_arrived(&p[i], _i);
		pair_free(&p[i]);
	}
}
END_TEST

START_TEST(a_plan_can_be_submitted_again_and_again)
{
	struct aml_dma *dma = engines_open(_i);
	struct aml_dma_request *req;
	struct pair p = pair_random(42, 3, true);
	struct aml_plan *plan;

	ck_assert_int_eq(aml_plan_create(&plan, p.dst, p.src, AML_PLAN_DEFAULT), 0);
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(aml_dma_async_plan(dma, i % 2 ? &req : NULL, plan), 0);
		ck_assert_int_eq(i % 2 ? aml_dma_wait(dma, &req) : aml_dma_barrier(dma), 0);
		check_arrived(&p, _i);
		pair_reset(&p);
	}
	aml_dma_close(&dma);
	aml_plan_destroy(&plan);
	pair_free(&p);
}
END_TEST

START_TEST(a_cancelled_request_leaves_memory_alone_afterwards)
{
	struct aml_dma *dma = engines_open(_i);

	for (unsigned i = 0; i < 200; i++) {
		struct pair p = i % 20 ? pair_dense(i + 1, 8) : pair_dense(1 << 20, 2);
		struct aml_dma_request *req;

		ck_assert_int_eq(aml_dma_async_copy(dma, &req, p.dst, p.src), 0);
		if (i % 3 == 0)
			sleep_us(i);
		ck_assert_int_eq(aml_dma_cancel(dma, &req), 0);
		ck_assert_ptr_null(req);
		ck_assert_msg(pair_guards_intact(&p), "%s: %s", engines_spec(_i), p.text);
		pair_free(&p); /* a late write shows under a sanitizer */
	}
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(cancelling_a_finished_request_releases_it)
{
	struct aml_dma *dma = engines_open(_i);
	struct pair p = pair_dense(10, 4);
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_async_copy(dma, &req, p.dst, p.src), 0);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert_int_eq(aml_dma_cancel(dma, &req), 0);
	ck_assert_ptr_null(req);
	check_arrived(&p, _i);
	pair_free(&p);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(null_arguments_are_refused)
{
	struct aml_dma *dma = engines_open(_i);
	struct aml_dma_request *req = (struct aml_dma_request *)&dma;
	struct aml_dma_caps caps;
	struct pair p = pair_dense(4, 4);

	ck_assert_int_eq(aml_dma_copy(NULL, p.dst, p.src), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_copy(dma, NULL, p.src), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_async_copy(dma, &req, NULL, p.src), -AML_EINVAL);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(aml_dma_async_plan(dma, &req, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_wait(dma, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_wait(NULL, &req), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_cancel(dma, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_cancel(NULL, &req), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_barrier(NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_fprintf(NULL, "x", dma), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_fprintf(stdout, "x", NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_caps(dma, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_caps(NULL, &caps), -AML_EINVAL);
	check_untouched(&p, _i);
	pair_free(&p);
	aml_dma_close(&dma);
}
END_TEST

static void check_refused(struct aml_dma *dma, struct aml_layout *dst, struct aml_layout *src)
{
	struct aml_dma_request *req = (struct aml_dma_request *)&dma;

	ck_assert_int_eq(aml_dma_copy(dma, dst, src), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_async_copy(dma, &req, dst, src), -AML_EINVAL);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(aml_dma_async_copy(dma, NULL, dst, src), -AML_EINVAL);
	ck_assert_int_gt((int)strlen(aml_error_detail()), 0);
}

START_TEST(shapes_that_differ_are_refused_and_nothing_is_written)
{
	struct aml_dma *dma = engines_open(_i);
	struct pair p = pair_dense(24, 4), shorter = pair_dense(23, 4), wider = pair_dense(24, 8);
	struct aml_layout *flat;

	ck_assert_int_eq(aml_layout_reshape(p.src, &flat, 2, (const size_t[]){4, 6}), 0);
	check_refused(dma, p.dst, shorter.src);
	check_refused(dma, p.dst, wider.src);
	check_refused(dma, p.dst, flat);
	check_untouched(&p, _i);
	aml_layout_destroy(&flat);
	pair_free(&p);
	pair_free(&shorter);
	pair_free(&wider);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(overlapping_sides_are_refused_and_nothing_is_written)
{
	struct aml_dma *dma = engines_open(_i);
	struct pair p = pair_dense(100, 4);
	struct aml_layout *low, *high, *even, *odd;
	const size_t none = 0, one = 1, half = 60, step = 2, fifty = 50;

	aml_layout_slice(p.dst, &low, &none, &half, NULL);
	aml_layout_slice(p.dst, &high, &one, &half, NULL);
	aml_layout_slice(p.dst, &even, &none, &fifty, &step);
	aml_layout_slice(p.dst, &odd, &one, &fifty, &step);
	check_refused(dma, low, high);
	check_refused(dma, p.dst, p.dst);
	check_untouched(&p, _i);
	ck_assert_int_eq(aml_dma_copy(dma, even, odd), 0); /* interleaved, but disjoint */
	aml_layout_destroy(&low);
	aml_layout_destroy(&high);
	aml_layout_destroy(&even);
	aml_layout_destroy(&odd);
	pair_free(&p);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(fprintf_prefixes_every_line)
{
	struct aml_dma *dma = engines_open(_i);
	char *text = NULL;
	size_t len, lines = 0;
	FILE *out = open_memstream(&text, &len);

	ck_assert_int_eq(aml_dma_fprintf(out, "here", dma), 0);
	fclose(out);
	for (char *at = text; *at; at = strchr(at, '\n') + 1, lines++)
		ck_assert_msg(!strncmp(at, "here: ", 6), "%s", text);
	ck_assert_uint_ge(lines, 4);
	ck_assert_ptr_nonnull(strstr(text, engines_spec(_i)));
	free(text);
	out = open_memstream(&text, &len);
	ck_assert_int_eq(aml_dma_fprintf(out, NULL, dma), 0);
	fclose(out);
	ck_assert_int_eq(strncmp(text, ": ", 2), 0);
	free(text);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(caps_name_the_engine)
{
	struct aml_dma *dma = engines_open(_i);
	struct aml_dma_caps caps;

	ck_assert_int_eq(aml_dma_caps(dma, &caps), 0);
	ck_assert_str_eq(caps.spec, engines_spec(_i));
	ck_assert_int_eq(strncmp(caps.spec, caps.engine, strlen(caps.engine)), 0);
	ck_assert(!(caps.flags & AML_DMA_INLINE) || !(caps.flags & AML_DMA_PROGRESS));
	aml_dma_close(&dma);
}
END_TEST

int main(void)
{
	int n = engines_count(), failed;
	Suite *suite = suite_create("conformance");
	TCase *tc = tcase_create("conformance");
	SRunner *runner = srunner_create(suite);

	if (n == 0) {
		puts("skipped: no engine works here");
		return 77;
	}
	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, copy_moves_bytes_and_nothing_else, 0, n);
	tcase_add_loop_test(tc, large_copies_arrive_whole, 0, n);
	tcase_add_loop_test(tc, many_in_flight_can_be_waited_for_in_reverse, 0, n);
	tcase_add_loop_test(tc, layouts_may_be_destroyed_right_after_submit, 0, n);
	tcase_add_loop_test(tc, a_request_can_be_waited_for_once_also_after_a_barrier, 0, n);
	tcase_add_loop_test(tc, close_finishes_what_nobody_waited_for, 0, n);
	tcase_add_loop_test(tc, a_plan_can_be_submitted_again_and_again, 0, n);
	tcase_add_loop_test(tc, a_cancelled_request_leaves_memory_alone_afterwards, 0, n);
	tcase_add_loop_test(tc, cancelling_a_finished_request_releases_it, 0, n);
	tcase_add_loop_test(tc, null_arguments_are_refused, 0, n);
	tcase_add_loop_test(tc, shapes_that_differ_are_refused_and_nothing_is_written, 0, n);
	tcase_add_loop_test(tc, overlapping_sides_are_refused_and_nothing_is_written, 0, n);
	tcase_add_loop_test(tc, fprintf_prefixes_every_line, 0, n);
	tcase_add_loop_test(tc, caps_name_the_engine, 0, n);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
