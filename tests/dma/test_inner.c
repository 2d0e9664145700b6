/* SPDX-License-Identifier: BSD-3-Clause */
/* An engine made of engines: "outer" forwards to the manual one. */
#include <check.h>
#include <stdlib.h>

#include "base/spec.h"
#include "dma/engine.h"
#include "tests/lib/gate.h"
#include "tests/lib/manual.h"
#include "tests/lib/pair.h"
#include "tests/lib/slot.h"

static struct aml_dma *inner;
static struct pair p;
static int done_calls;
static bool forward_in_submit;

static void done(struct aml_request *req, int status)
{
	done_calls++;
	aml_request_complete(req, status);
}

static int outer_open(struct aml_engine *e, const struct aml_spec *spec)
{
	(void)spec;
	e->caps.flags = AML_DMA_HOST | AML_DMA_OPERATORS;
	return 0;
}

static struct aml_request *taken;

static int outer_submit(struct aml_engine *e, struct aml_request *req)
{
	(void)e;
	taken = req;
	return forward_in_submit ? aml_request_forward(req, inner, done) : 0;
}

static int outer_cancel(struct aml_engine *e, struct aml_request *req)
{
	(void)e;
	return aml_request_forward_cancel(req);
}

static int outer_progress(struct aml_engine *e, struct aml_request *req)
{
	(void)e;
	(void)req;
	return aml_engine_progress(inner);
}

static bool outer_reaches(const struct aml_engine *e, const struct aml_area *area)
{
	(void)e;
	return aml_engine_reaches(inner, area);
}

static const struct aml_engine_ops outer_ops = {
	.size = sizeof(outer_ops),
	.open = outer_open,
	.close = aml_engine_close_plain,
	.submit = outer_submit,
	.progress = outer_progress,
	.cancel = outer_cancel,
	.reaches = outer_reaches,
	.fprintf = aml_engine_no_fprintf,
};

static const struct aml_backend outer_backend = {
	.abi = AML_ENGINE_ABI,
	.name = "outer",
	.summary = "forwards",
	.engine = &outer_ops,
};

static struct aml_dma *open_outer(bool in_submit)
{
	struct aml_spec spec = {.name = "outer"};
	struct aml_dma *dma;

	done_calls = 0;
	forward_in_submit = in_submit;
	inner = manual_open(AML_DMA_HOST);
	ck_assert_int_eq(amli_engine_open(&dma, &outer_backend, &spec, "outer"), 0);
	return dma;
}

static void close_both(struct aml_dma *dma)
{
	ck_assert_int_eq(aml_dma_close(&dma), 0);
	ck_assert_int_eq(aml_dma_close(&inner), 0);
}

static struct aml_dma_request *submit(struct aml_dma *dma)
{
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_async_copy(dma, &req, p.dst, p.src), 0);
	return req;
}

static void setup(void)
{
	p = pair_dense(16, 4);
}

static void teardown(void)
{
	pair_free(&p);
}

START_TEST(the_inner_engine_runs_the_plan_and_its_end_is_the_end)
{
	struct aml_dma *dma = open_outer(true);
	struct aml_dma_request *req = submit(dma);

	ck_assert_ptr_eq(taken, slot_of(dma, req));
	ck_assert_ptr_ne(manual.req[0], taken);
	ck_assert_ptr_eq(aml_request_plan(manual.req[0]), aml_request_plan(taken));
	ck_assert_int_eq(slot_state(dma, req), AMLI_QUEUED);
	ck_assert_int_eq(manual_start(0), 0);
	ck_assert_int_eq(slot_state(dma, req), AMLI_RUNNING);
	aml_request_complete(manual.req[0], -AML_EIO);
	ck_assert_int_eq(done_calls, 1);
	ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_EIO);
	ck_assert_int_eq(aml_dma_barrier(inner), 0); /* it was reported by the outer one */
	close_both(dma);
}
END_TEST

START_TEST(what_the_inner_engine_refuses_is_not_done)
{
	struct aml_dma *dma = open_outer(true);
	struct gate gate = {.open = true};
	struct aml_dma_request *req;

	manual.submit_fails = -AML_EAGAIN;
	ck_assert_int_eq(aml_dma_async_copy(dma, &req, p.dst, p.src), -AML_EAGAIN);
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), -AML_EAGAIN);
	manual.submit_fails = 0;
	ck_assert_int_eq(aml_dma_copy_custom(dma, p.dst, p.src, gate_pass, &gate), -AML_ENOTSUP);
	ck_assert_int_eq(manual.submitted, 0);
	ck_assert_int_eq(done_calls, 0);
	close_both(dma);
}
END_TEST

START_TEST(a_request_can_be_forwarded_again_after_a_refusal)
{
	struct aml_dma *dma = open_outer(false);
	struct aml_dma_request *req = submit(dma);

	manual.submit_fails = -AML_EAGAIN;
	ck_assert_int_eq(aml_request_forward(taken, inner, done), -AML_EAGAIN);
	ck_assert_int_eq(aml_request_forward_cancel(taken), -AML_EBUSY);
	manual.submit_fails = 0;
	ck_assert_int_eq(aml_request_forward(taken, inner, done), 0);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	close_both(dma);
}
END_TEST

START_TEST(cancel_goes_to_the_inner_engine)
{
	struct aml_dma *dma = open_outer(true);
	struct aml_dma_request *req = submit(dma);

	ck_assert_int_eq(aml_dma_cancel(dma, &req), 0);
	ck_assert_int_eq(manual.cancelled, 1);
	ck_assert_int_eq(done_calls, 1);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	close_both(dma);
}
END_TEST

START_TEST(cancel_before_the_hand_over_is_too_late_or_early)
{
	struct aml_dma *dma = open_outer(false);
	struct aml_dma_request *req = submit(dma);

	ck_assert_int_eq(aml_request_forward_cancel(taken), -AML_EBUSY);
	ck_assert_int_eq(aml_request_forward(taken, inner, done), 0);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_request_forward_cancel(taken), -AML_EBUSY);
	ck_assert_int_eq(manual.cancelled, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	close_both(dma);
}
END_TEST

START_TEST(what_was_over_at_once_cannot_be_cancelled)
{
	struct aml_dma *dma = open_outer(true);
	struct aml_dma_request *req;

	manual.at_once = true;
	req = submit(dma);
	ck_assert_int_eq(done_calls, 1);
	ck_assert_int_eq(aml_request_forward_cancel(taken), -AML_EBUSY);
	ck_assert_int_eq(manual.cancelled, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	close_both(dma);
}
END_TEST

START_TEST(progress_and_reach_are_the_inner_engines)
{
	struct aml_dma *dma = open_outer(true);
	const struct aml_area *area = (const struct aml_area *)(const void *)&manual;
	const struct aml_area *other = (const struct aml_area *)(const void *)&p;
	int before = manual.progressed;

	manual.reached = area;
	ck_assert_int_eq(aml_engine_progress(dma), 0);
	ck_assert_int_gt(manual.progressed, before);
	ck_assert(aml_engine_reaches(dma, area));
	ck_assert(!aml_engine_reaches(dma, other));
	ck_assert_int_eq(aml_engine_progress(NULL), 0);
	ck_assert(!aml_engine_reaches(NULL, area));
	close_both(dma);
}
END_TEST

START_TEST(requests_go_to_engines_of_ours_only)
{
	struct aml_dma *dma = open_outer(false);
	struct aml_dma_request *req = submit(dma);
	struct aml_dma foreign = {NULL, NULL};

	ck_assert_int_eq(aml_request_forward(taken, &foreign, done), -AML_ENOTSUP);
	ck_assert_int_eq(aml_request_forward(taken, NULL, done), -AML_ENOTSUP);
	aml_request_complete(taken, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	close_both(dma);
}
END_TEST

START_TEST(engines_stack)
{
	static const char *const specs[] = {
		"fault:engine=(fault:engine=(fault:engine=memcpy))",
		"fault:engine=(fault:engine=(pool:threads=2),delay_us=50),delay_us=50",
		"fault:engine=(fault:engine=(pool:threads=0),delay_us=50)",
	};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct aml_dma *dma;
		struct aml_dma_request *req[20];
		struct pair q[20];

		ck_assert_int_eq(aml_dma_open(&dma, specs[i]), 0);
		for (int k = 0; k < 20; k++) {
			q[k] = pair_dense(20, 4);
			ck_assert_int_eq(aml_dma_async_copy(dma, &req[k], q[k].dst, q[k].src), 0);
		}
		for (int k = 20; k-- > 0;) {
			ck_assert_int_eq(k % 3 ? aml_dma_wait(dma, &req[k])
					       : aml_dma_cancel(dma, &req[k]),
					 0);
			ck_assert(k % 3 == 0 || pair_dst_equals_oracle(&q[k]));
			pair_free(&q[k]);
		}
		ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
		ck_assert_int_eq(aml_dma_close(&dma), 0);
		ck_assert(pair_dst_equals_oracle(&p));
		pair_reset(&p);
	}
}
END_TEST

/* Of two engines that tell something, each finds its own; and nothing stays for the next one. */
START_TEST(what_an_engine_tells_is_found_at_the_outer_request)
{
	struct aml_dma *dma = open_outer(true);
	struct aml_dma_request *req;
	const char *word = "of the inner engine";
	char told[20] = "";

	ck_assert_int_eq(aml_dma_async_copy(dma, &req, p.dst, p.src), 0);
	aml_request_tell(manual.req[0], &done, word, sizeof(told));
	ck_assert_int_eq(aml_request_told(dma, req, &done, told, sizeof(told)), -AML_EAGAIN);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_request_told(dma, req, &p, told, sizeof(told)), -AML_EINVAL);
	ck_assert_int_eq(aml_request_told(dma, req, &done, told, AML_REQUEST_TOLD + 1),
			 -AML_EINVAL);
	ck_assert_int_eq(aml_request_told(dma, NULL, &done, told, sizeof(told)), -AML_EINVAL);
	ck_assert_str_eq(told, "");
	ck_assert_int_eq(aml_request_told(dma, req, &done, told, sizeof(told)), 0);
	ck_assert_str_eq(told, word);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	ck_assert_int_eq(aml_dma_async_copy(dma, &req, p.dst, p.src), 0);
	manual_complete(1, 0);
	ck_assert_int_eq(aml_request_told(dma, req, &done, told, sizeof(told)), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("inner");
	TCase *tc = tcase_create("inner");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, the_inner_engine_runs_the_plan_and_its_end_is_the_end);
	tcase_add_test(tc, what_the_inner_engine_refuses_is_not_done);
	tcase_add_test(tc, a_request_can_be_forwarded_again_after_a_refusal);
	tcase_add_test(tc, cancel_goes_to_the_inner_engine);
	tcase_add_test(tc, cancel_before_the_hand_over_is_too_late_or_early);
	tcase_add_test(tc, what_was_over_at_once_cannot_be_cancelled);
	tcase_add_test(tc, progress_and_reach_are_the_inner_engines);
	tcase_add_test(tc, requests_go_to_engines_of_ours_only);
	tcase_add_test(tc, what_an_engine_tells_is_found_at_the_outer_request);
	tcase_add_test(tc, engines_stack);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
