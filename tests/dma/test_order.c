/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests that start when others are done. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "base/mem.h"
#include "dma/engine.h"
#include "tests/lib/job.h"
#include "tests/lib/manual.h"
#include "tests/lib/slot.h"

static struct pair p;
static struct aml_dma *dma, *other;

static void setup(void)
{
	p = pair_dense(16, 4);
	dma = manual_open(AML_DMA_HOST);
	other = second_manual_open(AML_DMA_HOST);
}

static void teardown(void)
{
	ck_assert_int_eq(aml_dma_close(&dma), 0);
	ck_assert_int_eq(aml_dma_close(&other), 0);
	pair_free(&p);
}

static int phase_of(struct aml_dma *of, struct aml_dma_request *req)
{
	return (int)info_of(of, req).phase;
}

START_TEST(a_request_starts_when_all_that_it_comes_after_are_done)
{
	struct aml_dma_request *before[4] = {submit_pair(dma, &p), NULL, submit_pair(other, &p),
					     submit_pair(dma, &p)};
	struct aml_dma_request *req = submit_after(other, &p, 4, before);

	ck_assert_int_eq(phase_of(other, req), AML_DMA_BLOCKED);
	for (int i = 0; i < 4; i += 3) /* their slots may be used again as soon as they end */
		ck_assert_uint_eq(atomic_load(&slot_of(dma, before[i])->word) & AMLI_PINS, 0);
	manual_complete(1, 0);
	second_manual_complete(0, 0);
	ck_assert_int_eq(phase_of(other, req), AML_DMA_BLOCKED);
	ck_assert_int_eq(second_manual.submitted, 1);
	manual_complete(0, 0);
	ck_assert_int_eq(phase_of(other, req), AML_DMA_QUEUED);
	ck_assert_int_eq(second_manual.submitted, 2);
	second_manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait(other, &req), 0);
	ck_assert_int_eq(aml_dma_wait_all(4, before, AML_DMA_FOREVER, NULL), 0);
}
END_TEST

START_TEST(what_is_done_already_is_not_waited_for)
{
	struct aml_dma_request *before[2] = {submit_pair(dma, &p), NULL}, *req;

	manual_complete(0, 0);
	req = submit_after(other, &p, 2, before);
	ck_assert_int_eq(phase_of(other, req), AML_DMA_QUEUED);
	second_manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(other, &req), 0);
	req = submit_after(other, &p, 1, before + 1); /* nobody at all */
	second_manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait(other, &req), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &before[0]), 0);
}
END_TEST

START_TEST(a_request_after_one_that_failed_ends_like_it_and_never_starts)
{
	struct aml_dma_request *before[2] = {submit_pair(dma, &p), submit_pair(dma, &p)};
	struct aml_dma_request *req = submit_after(other, &p, 2, before), *next, *late;
	struct aml_dma_info info = {.size = sizeof(info)};

	next = submit_after(dma, &p, 1, &req);
	manual_complete(1, -AML_EIO);
	ck_assert_int_eq(phase_of(other, req), AML_DMA_BLOCKED); /* the other may still write */
	manual_complete(0, -7);
	ck_assert_int_eq(aml_dma_wait_info(other, &req, AML_DMA_FOREVER, &info), -AML_EIO);
	ck_assert_int_eq(info.outcome, AML_DMA_FAILED);
	ck_assert_int_eq(info.stopped, AML_DMA_BLOCKED);
	ck_assert(info.started_ns == 0 && info.bytes_done == 0 && info.done_ns > 0);
	ck_assert_int_eq(aml_dma_wait(dma, &next), -AML_EIO); /* and so on */
	late = submit_after(other, &p, 2, before);
	ck_assert_int_eq(aml_dma_wait(other, &late), -7); /* the first of the list, now */
	ck_assert_int_eq(second_manual.submitted + manual.submitted, 2);
	ck_assert_int_eq(aml_dma_wait(dma, &before[0]), -7);
	ck_assert_int_eq(aml_dma_wait(dma, &before[1]), -AML_EIO);
}
END_TEST

START_TEST(anyway_starts_after_a_failure_too)
{
	struct aml_dma_request *before = submit_pair(dma, &p), *req;
	struct aml_dma_job job = job_of(&p);

	job.flags = AML_DMA_ANYWAY;
	job.after = &before;
	job.nafter = 1;
	req = submit_job(other, &job);
	ck_assert_int_eq(phase_of(other, req), AML_DMA_BLOCKED);
	manual_complete(0, -AML_EIO);
	ck_assert_int_eq(phase_of(other, req), AML_DMA_QUEUED);
	second_manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(other, &req), 0);
	req = submit_job(other, &job);
	ck_assert_int_eq(phase_of(other, req), AML_DMA_QUEUED);
	second_manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait(other, &req), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &before), -AML_EIO);
}
END_TEST

START_TEST(cancel_of_a_blocked_one_drops_it_at_once_and_lets_its_own_end)
{
	struct aml_dma_request *before = submit_pair(dma, &p);
	struct aml_dma_request *req = submit_after(other, &p, 1, &before), *held = req;
	struct aml_dma_request *next = submit_after(dma, &p, 1, &req);
	struct aml_dma_info info = {.size = sizeof(info)};

	ck_assert_int_eq(aml_dma_cancel_info(other, &req, &info), 0);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(info.outcome, AML_DMA_DROPPED);
	ck_assert_int_eq(info.stopped, AML_DMA_BLOCKED);
	ck_assert(!handle_is_known(other, held));
	ck_assert_int_eq(aml_dma_wait(dma, &next), -AML_ECANCELED);
	ck_assert_int_eq(aml_dma_barrier_for(other, 0), 0);
	manual_complete(0, 0);
	ck_assert_int_eq(second_manual.submitted + second_manual.cancelled, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &before), 0);
}
END_TEST

START_TEST(what_a_dropped_one_came_after_does_not_start_the_next_in_its_slot)
{
	struct aml_dma_request *before[2] = {submit_pair(dma, &p), submit_pair(dma, &p)};
	struct aml_dma_request *req = submit_after(other, &p, 1, &before[0]), *next;
	struct aml_request *slot = slot_of(other, req);

	ck_assert_int_eq(aml_dma_cancel(other, &req), 0);
	next = submit_after(other, &p, 1, &before[1]);
	ck_assert_ptr_eq(slot_of(other, next), slot);
	manual_complete(0, -AML_EIO);
	ck_assert_int_eq(phase_of(other, next), AML_DMA_BLOCKED);
	manual_complete(1, 0);
	ck_assert_int_eq(phase_of(other, next), AML_DMA_QUEUED);
	second_manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(other, &next), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &before[0]), -AML_EIO);
	ck_assert_int_eq(aml_dma_wait(dma, &before[1]), 0);
}
END_TEST

START_TEST(an_engine_may_be_closed_while_what_its_requests_came_after_goes_on)
{
	struct aml_dma_request *before = submit_pair(dma, &p), *req, *blocked;

	req = submit_after(other, &p, 1, &before);
	blocked = submit_after(other, &p, 1, &before);
	(void)blocked; /* close drops it */
	ck_assert_int_eq(aml_dma_cancel(other, &req), 0);
	ck_assert_int_eq(aml_dma_close_for(&other, 0), 0);
	ck_assert_int_eq(second_manual.closed, 1);
	manual_complete(0, 0);
	ck_assert_int_eq(second_manual.submitted, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &before), 0);
}
END_TEST

START_TEST(one_that_the_engine_refuses_then_has_failed)
{
	struct aml_dma_request *before = submit_pair(dma, &p);
	struct aml_dma_request *req = submit_after(other, &p, 1, &before), *next;

	next = submit_after(dma, &p, 1, &req);
	second_manual.submit_fails = -AML_EPERM;
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(other, &req), -AML_EPERM);
	ck_assert_int_eq(aml_dma_wait(dma, &next), -AML_EPERM);
	ck_assert_int_eq(aml_dma_wait(dma, &before), 0);
}
END_TEST

/* ---- what is refused ---- */

static void check_refused(struct aml_dma_job *job, size_t n, struct aml_dma_request *const *after)
{
	struct aml_dma_request *req = (struct aml_dma_request *)&dma;

	job->after = after;
	job->nafter = n;
	ck_assert_int_eq(aml_dma_submit(other, &req, job), -AML_EINVAL);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(aml_dma_barrier_for(other, 0), 0); /* nothing is in flight */
	ck_assert_int_eq(second_manual.submitted, 0);
}

START_TEST(bad_entries_leave_nothing_behind)
{
	struct aml_dma_job job = job_of(&p);
	struct aml_dma_request *after[3] = {submit_pair(dma, &p), NULL, submit_pair(dma, &p)};
	struct aml_dma_request *stale = after[2], *prepared = prepare_job(dma, &job);

	manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &after[2]), 0);
	after[2] = stale;
	check_refused(&job, 3, after);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "after[2]"));
	after[2] = prepared; /* it may never start */
	check_refused(&job, 3, after);
	check_refused(&job, 1, NULL);
	check_refused(&job, AML_DMA_AFTER_MAX + 1, after);
	ck_assert_uint_eq(atomic_load(&slot_of(dma, after[0])->word) & AMLI_PINS, 0);
	ck_assert_uint_eq(atomic_load(&slot_of(dma, prepared)->word) & AMLI_PINS, 0);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &after[0]), 0);
	ck_assert_int_eq(aml_dma_release(dma, &prepared), 0);
}
END_TEST

START_TEST(no_memory_leaves_nothing_behind)
{
	struct aml_dma_request *after[40], *req = NULL;
	struct aml_dma_job job = job_of(&p);
	unsigned failures = 0;
	int rc;

	for (int i = 0; i < 40; i++)
		after[i] = submit_pair(dma, &p);
	req = submit_pair(other, &p); /* so that there are slots */
	second_manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(other, &req), 0);
	job.after = after;
	job.nafter = 40;
	do {
		amli_alloc_fail_at(failures + 1);
		rc = aml_dma_submit(other, &req, &job);
		amli_alloc_fail_at(0);
		if (rc) {
			failures++;
			ck_assert_int_eq(rc, -AML_ENOMEM);
			ck_assert_ptr_null(req);
			ck_assert_int_eq(aml_dma_barrier_for(other, 0), 0);
			for (int i = 0; i < 40; i++)
				ck_assert(
					!(atomic_load(&slot_of(dma, after[i])->word) & AMLI_PINS));
		}
	} while (rc);
	ck_assert_uint_ge(failures, 2);
	for (int i = 0; i < 40; i++)
		manual_complete(i, 0);
	second_manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait(other, &req), 0);
	ck_assert_int_eq(aml_dma_wait_all(40, after, AML_DMA_FOREVER, NULL), 0);
}
END_TEST

START_TEST(a_request_may_come_after_a_thousand)
{
	static struct aml_dma_request *after[AML_DMA_AFTER_MAX];
	struct aml_dma_request *first, *req;

	first = submit_pair(dma, &p);
	for (size_t i = 0; i < AML_DMA_AFTER_MAX; i++)
		after[i] = submit_after(other, &p, 1, &first);
	req = submit_after(dma, &p, AML_DMA_AFTER_MAX, after);
	second_manual.at_once = true;
	manual_complete(0, 0);
	ck_assert_int_eq(second_manual.submitted, AML_DMA_AFTER_MAX);
	ck_assert_int_eq(phase_of(dma, req), AML_DMA_QUEUED);
	manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &first), 0);
	ck_assert_int_eq(aml_dma_wait_all(AML_DMA_AFTER_MAX, after, AML_DMA_FOREVER, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("order");
	TCase *tc = tcase_create("order");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_request_starts_when_all_that_it_comes_after_are_done);
	tcase_add_test(tc, what_is_done_already_is_not_waited_for);
	tcase_add_test(tc, a_request_after_one_that_failed_ends_like_it_and_never_starts);
	tcase_add_test(tc, anyway_starts_after_a_failure_too);
	tcase_add_test(tc, cancel_of_a_blocked_one_drops_it_at_once_and_lets_its_own_end);
	tcase_add_test(tc, what_a_dropped_one_came_after_does_not_start_the_next_in_its_slot);
	tcase_add_test(tc, an_engine_may_be_closed_while_what_its_requests_came_after_goes_on);
	tcase_add_test(tc, one_that_the_engine_refuses_then_has_failed);
	tcase_add_test(tc, bad_entries_leave_nothing_behind);
	tcase_add_test(tc, no_memory_leaves_nothing_behind);
	tcase_add_test(tc, a_request_may_come_after_a_thousand);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
