/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aml/area.h"
#include "aml/dma/linux.h"
#include "base/mem.h"
#include "dma/engine.h"
#include "tests/lib/gate.h"
#include "tests/lib/manual.h"
#include "tests/lib/pair.h"

static struct aml_area elsewhere;

static const struct aml_area *area_elsewhere(const struct aml_layout_data *data)
{
	(void)data;
	return &elsewhere;
}

/* A layout as @like, but in an area that is not host memory. */
struct placed {
	struct aml_layout_ops ops;
	struct aml_layout layout;
};

static struct aml_layout *place_elsewhere(struct placed *p, const struct aml_layout *like)
{
	p->ops = *like->ops;
	p->ops.area = area_elsewhere;
	p->layout.ops = &p->ops;
	p->layout.data = like->data;
	return &p->layout;
}

static void check_unreachable(struct aml_dma *dma, struct aml_layout *dst,
			      const struct aml_layout *src, const char *side)
{
	struct aml_dma_request *req = (struct aml_dma_request *)&dma;
	struct aml_dma_caps caps;

	aml_dma_caps(dma, &caps);
	ck_assert_int_eq(aml_dma_copy(dma, dst, src), -AML_ENOTSUP);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), side));
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), caps.engine));
	ck_assert_int_eq(aml_dma_async_copy(dma, &req, dst, src), -AML_ENOTSUP);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(aml_dma_copy_custom(dma, dst, src, aml_dma_linux_copy_generic, NULL),
			 -AML_ENOTSUP);
}

START_TEST(an_area_out_of_reach_is_refused)
{
	static const char *const specs[] = {"memcpy", "pool:threads=1", "fault:engine=memcpy"};
	struct pair p = pair_dense(8, 4);
	struct placed placed;

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct aml_dma *dma;

		ck_assert_int_eq(aml_dma_open(&dma, specs[i]), 0);
		check_unreachable(dma, place_elsewhere(&placed, p.dst), p.src, "dst");
		check_unreachable(dma, p.dst, place_elsewhere(&placed, p.src), "src");
		aml_dma_close(&dma);
	}
	ck_assert(!memcmp(p.to.memory, p.to.before, p.to.size));
	pair_free(&p);
}
END_TEST

START_TEST(an_area_in_reach_is_accepted)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct pair p = pair_dense(8, 4);
	struct placed placed;
	struct aml_dma_request *req;

	manual.reached = &elsewhere;
	ck_assert_int_eq(aml_dma_async_copy(dma, &req, place_elsewhere(&placed, p.dst), p.src), 0);
	ck_assert_ptr_nonnull(aml_plan_nest(aml_request_plan(manual.req[0])));
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	aml_dma_close(&dma);
	pair_free(&p);
}
END_TEST

START_TEST(an_engine_without_host_memory_takes_none)
{
	struct aml_dma *dma = manual_open(0);
	struct pair p = pair_dense(8, 4);
	struct aml_plan *plan;

	check_unreachable(dma, p.dst, p.src, "dst");
	ck_assert_int_eq(aml_dma_copy_custom(dma, no_layout(), no_layout() + 8,
					     aml_dma_linux_memcpy_op, (void *)(uintptr_t)4),
			 -AML_ENOTSUP);
	ck_assert_int_eq(aml_plan_create(&plan, p.dst, p.src, AML_PLAN_DEFAULT), 0);
	ck_assert_int_eq(aml_dma_async_plan(dma, NULL, plan), -AML_ENOTSUP);
	ck_assert_int_eq(manual.submitted, 0);
	aml_plan_destroy(&plan);
	aml_dma_close(&dma);
	pair_free(&p);
}
END_TEST

START_TEST(an_engine_without_operators_takes_none)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct gate gate = {.open = true};
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_async_copy_custom(dma, &req, no_layout(), no_layout(), gate_pass,
						   &gate),
			 -AML_ENOTSUP);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(manual.submitted, 0);
	ck_assert_int_eq(gate.entered, 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(what_the_engine_refuses_is_refused)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct pair p = pair_dense(8, 4);
	struct aml_dma_request *req = (struct aml_dma_request *)&dma;

	manual.submit_fails = -AML_EAGAIN;
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(aml_dma_async_copy(dma, &req, p.dst, p.src), -AML_EAGAIN);
		ck_assert_ptr_null(req);
		ck_assert_int_eq(aml_dma_async_copy(dma, NULL, p.dst, p.src), -AML_EAGAIN);
		ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), -AML_EAGAIN);
	}
	ck_assert_int_eq(aml_dma_barrier(dma), 0); /* nothing is in flight, nothing failed */
	aml_dma_close(&dma);
	pair_free(&p);
}
END_TEST

/* Submit with the n-th allocation failing, until n is more than there are. */
static unsigned submit_short_of_memory(struct aml_dma *dma, struct pair *p)
{
	struct aml_dma_request *req = (struct aml_dma_request *)&dma;

	for (unsigned n = 1;; n++) {
		int rc;

		amli_alloc_fail_at(n);
		rc = aml_dma_async_copy(dma, &req, p->dst, p->src);
		amli_alloc_fail_at(0);
		if (rc == 0) {
			ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
			return n - 1;
		}
		ck_assert_int_eq(rc, -AML_ENOMEM);
		ck_assert_ptr_null(req);
		ck_assert(!memcmp(p->to.memory, p->to.before, p->to.size));
	}
}

START_TEST(no_memory_in_submit_leaks_and_writes_nothing)
{
	static const char *const specs[] = {"memcpy", "pool:threads=1", "fault:engine=memcpy"};
	unsigned failures = 0;

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		for (unsigned seed = 0; seed < 30; seed++) {
			struct pair p = pair_random(seed, 0, false);
			struct aml_dma *dma;

			ck_assert_int_eq(aml_dma_open(&dma, specs[i]), 0);
			failures += submit_short_of_memory(dma, &p);
			ck_assert(pair_dst_equals_oracle(&p));
			ck_assert(pair_guards_intact(&p));
			aml_dma_close(&dma);
			pair_free(&p);
		}
	}
	ck_assert_uint_gt(failures, 3 * 30); /* a request each, and some duplicates */
}
END_TEST

START_TEST(a_synchronous_copy_allocates_nothing)
{
	static const char *const specs[] = {"memcpy", "pool:threads=1"};
	struct pair p = pair_dense(8, 8);

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct aml_dma *dma;

		ck_assert_int_eq(aml_dma_open(&dma, specs[i]), 0);
		amli_alloc_fail_at(1);
		ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
		amli_alloc_fail_at(0);
		ck_assert(pair_dst_equals_oracle(&p));
		pair_reset(&p);
		aml_dma_close(&dma);
	}
	pair_free(&p);
}
END_TEST

START_TEST(released_requests_are_used_again)
{
	struct aml_dma *dma;
	struct pair p = pair_dense(8, 4);
	struct aml_dma_request *req[100];

	ck_assert_int_eq(aml_dma_open(&dma, "memcpy"), 0);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(aml_dma_async_copy(dma, &req[i], p.dst, p.src), 0);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(aml_dma_wait(dma, &req[i]), 0);
	amli_alloc_fail_at(1);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(aml_dma_async_copy(dma, &req[i], p.dst, p.src), 0);
	amli_alloc_fail_at(0);
	aml_dma_close(&dma);
	pair_free(&p);
}
END_TEST

START_TEST(requests_of_inner_engines_are_used_again)
{
	struct aml_dma *dma;
	struct pair p = pair_dense(8, 4);

	ck_assert_int_eq(aml_dma_open(&dma, "fault:engine=memcpy"), 0);
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
	amli_alloc_fail_at(1);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
	amli_alloc_fail_at(0);
	aml_dma_close(&dma);
	pair_free(&p);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("submit");
	TCase *tc = tcase_create("submit");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, an_area_out_of_reach_is_refused);
	tcase_add_test(tc, an_area_in_reach_is_accepted);
	tcase_add_test(tc, an_engine_without_host_memory_takes_none);
	tcase_add_test(tc, an_engine_without_operators_takes_none);
	tcase_add_test(tc, what_the_engine_refuses_is_refused);
	tcase_add_test(tc, no_memory_in_submit_leaks_and_writes_nothing);
	tcase_add_test(tc, a_synchronous_copy_allocates_nothing);
	tcase_add_test(tc, released_requests_are_used_again);
	tcase_add_test(tc, requests_of_inner_engines_are_used_again);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
