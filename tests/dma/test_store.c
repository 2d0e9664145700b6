/* SPDX-License-Identifier: BSD-3-Clause */
/* Handles and the slots behind them. */
#include <check.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "base/mem.h"
#include "base/sync.h"
#include "dma/engine.h"
#include "tests/lib/job.h"
#include "tests/lib/manual.h"
#include "tests/lib/slot.h"
#include "tests/lib/verbs.h"

#define GENERATION UINT64_C(0xffffffff)

static struct pair p;

static void setup(void)
{
	p = pair_dense(16, 4);
}

static void teardown(void)
{
	pair_free(&p);
}

/* A handle with some of its bits changed. */
static struct aml_dma_request *but(struct aml_dma_request *req, uint64_t bits)
{
	return (struct aml_dma_request *)((uintptr_t)req ^ bits);
}

static uint64_t generation_of(struct aml_dma_request *req)
{
	return (uintptr_t)req & GENERATION;
}

/* One that is submitted and waited for. */
static void pass_one(struct aml_dma *dma)
{
	struct aml_dma_request *req = submit_pair(dma, &p);

	manual_complete(manual.submitted - 1, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	ck_assert_ptr_null(req);
}

START_TEST(a_handle_of_the_past_is_refused_and_not_mistaken_for_who_came_after)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *first = submit_pair(dma, &p), *old = first, *second;

	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &first), 0);
	check_refused_by_all(dma, old, &p, AML_EINVAL);
	second = submit_pair(dma, &p);
	ck_assert_uint_eq((uintptr_t)second >> 32, (uintptr_t)old >> 32); /* the same slot */
	ck_assert_ptr_ne(second, old);
	check_refused_by_all(dma, old, &p, AML_EINVAL);
	ck_assert_int_eq(manual.cancelled, 0);
	ck_assert_int_eq(manual.submitted, 2);
	ck_assert_int_eq(slot_state(dma, second), AMLI_QUEUED);
	manual_complete(1, 0);
	check_refused_by_all(dma, old, &p, AML_EINVAL);
	ck_assert_int_eq(aml_dma_wait(dma, &second), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(forged_handles_are_refused)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit_pair(dma, &p);

	check_refused_by_all(dma, but(req, 1), &p, AML_EINVAL);
	check_refused_by_all(dma, but(req, UINT64_C(1) << 31), &p, AML_EINVAL);
	check_refused_by_all(dma, but(req, UINT64_C(1) << 32), &p, AML_EINVAL); /* slot 1 */
	check_refused_by_all(dma, but(req, UINT64_C(1) << 51), &p, AML_EINVAL);
	check_refused_by_all(dma, but(req, UINT64_C(1) << 63), &p, AML_EINVAL);
	check_refused_by_all(dma, (struct aml_dma_request *)&dma, &p, AML_EINVAL);
	check_refused_by_all(dma, (struct aml_dma_request *)UINTPTR_MAX, &p, AML_EINVAL);
	ck_assert_int_eq(manual.cancelled, 0);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(another_engines_handle_is_refused_and_left_alone)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma *other = second_manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit_pair(dma, &p);

	for (const struct verb *verb = verbs; verb->name; verb++)
		if (verb->of_request && !strstr(verb->name, "any") && !strstr(verb->name, "some") &&
		    !strstr(verb->name, "all") && !strstr(verb->name, "after"))
			ck_assert_msg(verb->call(other, req, &p) == -AML_EINVAL, "%s", verb->name);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "of engine manual"));
	ck_assert_int_eq(manual.cancelled + second_manual.cancelled, 0);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	aml_dma_close(&other);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_handle_of_an_engine_that_is_closed_is_refused)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST), *next;
	struct aml_dma_request *req = submit_pair(dma, &p);

	manual_complete(0, 0);
	aml_dma_close(&dma);
	next = manual_open(AML_DMA_HOST);
	check_refused_by_all(next, req, &p, AML_EINVAL);
	pass_one(next);
	check_refused_by_all(next, req, &p, AML_EINVAL);
	aml_dma_close(&next);
}
END_TEST

/* Engines, until one has the number of that which gave out @old; a request of it. */
static struct aml_dma *open_same_number(const struct aml_dma_request *old,
					struct aml_dma_request **req)
{
	for (int i = 0; i < 4095; i++) {
		struct aml_dma *dma = manual_open(AML_DMA_HOST);

		*req = submit_pair(dma, &p);
		if ((uintptr_t)*req >> 52 == (uintptr_t)old >> 52)
			return dma;
		manual_complete(0, 0);
		aml_dma_close(&dma);
	}
	return NULL;
}

START_TEST(a_handle_of_a_closed_engine_does_not_fit_the_next_that_has_its_number)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *old[3], *req;

	for (int i = 0; i < 3; i++) {
		req = old[i] = submit_pair(dma, &p);
		manual_complete(i, 0);
		ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	}
	aml_dma_close(&dma);
	dma = open_same_number(old[0], &req);
	ck_assert_ptr_nonnull(dma);
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq((uintptr_t)old[i] >> 32,
				  (uintptr_t)req >> 32); /* the slot, too */
		check_refused_by_all(dma, old[i], &p, AML_EINVAL);
	}
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(an_engine_does_not_go_on_counting_where_too_little_is_left)
{
	const uint64_t used = _i ? GENERATION / 2 : GENERATION / 2 - 1;
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *old = submit_pair(dma, &p), *req;
	struct aml_request *slot = slot_of(dma, old);
	uint64_t word = atomic_load(&slot->word) & ~AMLI_GENERATION;

	atomic_store(&slot->word, word | used << AMLI_GENERATION_SHIFT);
	manual_complete(0, 0);
	aml_dma_close(&dma);
	dma = open_same_number(old, &req);
	ck_assert_ptr_nonnull(dma);
	ck_assert_uint_eq(generation_of(req), _i ? 1 : used + 1);
	manual_complete(0, 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_slot_whose_generations_are_used_up_is_not_used_again)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit_pair(dma, &p), *last, *next;
	struct aml_request *slot = slot_of(dma, req);
	uint64_t word;

	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	word = atomic_load(&slot->word) & ~AMLI_GENERATION;
	atomic_store(&slot->word, word | GENERATION << AMLI_GENERATION_SHIFT);
	last = req = submit_pair(dma, &p);
	ck_assert_ptr_eq(slot_of(dma, req), slot);
	ck_assert_uint_eq(generation_of(req), GENERATION);
	manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	check_refused_by_all(dma, last, &p, AML_EINVAL);
	check_refused_by_all(dma, but(last, GENERATION), &p, AML_EINVAL); /* generation 0 */
	next = req = submit_pair(dma, &p);
	ck_assert_ptr_ne(slot_of(dma, req), slot);
	manual_complete(2, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	req = submit_pair(dma, &p);
	ck_assert_uint_eq(generation_of(req), generation_of(next) + 1);
	manual_complete(3, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

/* The second and third that were submitted. */
static void end_both(struct aml_dma *dma, struct aml_dma_request **second,
		     struct aml_dma_request **third)
{
	manual_complete(1, 0);
	manual_complete(2, 0);
	ck_assert_int_eq(aml_dma_wait(dma, second), 0);
	ck_assert_int_eq(aml_dma_wait(dma, third), 0);
	aml_dma_close(&dma);
}

START_TEST(a_pinned_slot_can_be_taken_but_is_used_again_only_when_the_last_pin_is_gone)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit_pair(dma, &p), *held = req, *next, *again;
	struct aml_request *slot = slot_of(dma, req), *pinned;

	ck_assert_int_eq(amli_pin(NULL, req, &pinned), 0);
	ck_assert_ptr_eq(pinned, slot);
	ck_assert_int_eq(amli_pin(amli_engine_of(dma), req, &pinned), 0);
	manual_complete(0, -AML_EIO);
	ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_EIO);
	check_refused_by_all(dma, held, &p, AML_EINVAL);
	ck_assert_int_eq(atomic_load(&slot->status), -AML_EIO); /* to be looked at while pinned */
	amli_unpin(slot);
	next = submit_pair(dma, &p);
	ck_assert_ptr_ne(slot_of(dma, next), slot);
	amli_unpin(slot);
	again = submit_pair(dma, &p);
	ck_assert_ptr_eq(slot_of(dma, again), slot);
	end_both(dma, &next, &again);
}
END_TEST

START_TEST(a_detached_request_that_is_pinned_keeps_its_slot_too)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *next, *again;
	struct aml_request *slot;

	ck_assert_int_eq(aml_dma_async_copy(dma, NULL, p.dst, p.src), 0);
	slot = amli_store_at(&amli_engine_of(dma)->store, 0);
	ck_assert(amli_pin_at(slot, atomic_load(&slot->word)));
	manual_complete(0, 0);
	ck_assert_int_eq(amli_state_of(atomic_load(&slot->word)), AMLI_FREE);
	next = submit_pair(dma, &p);
	ck_assert_ptr_ne(slot_of(dma, next), slot);
	amli_unpin(slot);
	again = submit_pair(dma, &p);
	ck_assert_ptr_eq(slot_of(dma, again), slot);
	end_both(dma, &next, &again);
}
END_TEST

/* What a thread does that looked before the slot changed hands. */
START_TEST(who_comes_late_neither_takes_nor_awaits_the_next_request_of_the_slot)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit_pair(dma, &p), *old = req;
	struct aml_request *slot = slot_of(dma, req);
	int status = 9;

	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	req = submit_pair(dma, &p);
	ck_assert_ptr_eq(slot_of(dma, req), slot);
	ck_assert(amli_await(slot, generation_of(old), AMLI_NEVER)); /* at once */
	manual_complete(1, 0);
	ck_assert(!amli_request_take(slot, generation_of(old), &status));
	ck_assert_int_eq(status, 9);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_million_requests_that_nobody_waits_for_are_the_most)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req = submit_pair(dma, &p), *more = req;
	struct amli_store *store = &amli_engine_of(dma)->store;
	const struct aml_dma_job job = job_of(&p);

	ck_assert_uint_gt(AMLI_SLOTS, 1000000);
	ck_assert_uint_eq(atomic_load(&store->made), 1);
	atomic_store(&store->made, AMLI_SLOTS); /* as if they were */
	ck_assert_int_eq(aml_dma_submit(dma, &more, &job), -AML_EAGAIN);
	ck_assert_ptr_null(more);
	ck_assert_int_eq(aml_dma_prepare(dma, &more, &job), -AML_EAGAIN);
	ck_assert_ptr_null(more);
	ck_assert_int_eq(aml_dma_async_copy(dma, NULL, p.dst, p.src), -AML_EAGAIN);
	atomic_store(&store->made, 1);
	ck_assert_int_eq(manual.submitted, 1);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	pass_one(dma);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(no_memory_for_slots_is_an_error_and_no_more)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *req[64], *out = NULL;
	const struct aml_dma_job job = job_of(&p);
	int n = 0;

	for (int failures = 0; failures < 3; n++) { /* whenever a slab is full */
		amli_alloc_fail_at(1);
		req[n] = (struct aml_dma_request *)&dma;
		if (aml_dma_submit(dma, &req[n], &job)) {
			failures++;
			ck_assert_ptr_null(req[n]);
			ck_assert_int_eq(aml_dma_prepare(dma, &out, &job), 0);
			ck_assert_int_eq(aml_dma_release(dma, &out), 0);
			req[n] = submit_pair(dma, &p);
		}
		amli_alloc_fail_at(0);
	}
	ck_assert_int_eq(manual.submitted, n);
	for (int i = 0; i < n; i++) {
		manual_complete(i, 0);
		ck_assert_int_eq(aml_dma_wait(dma, &req[i]), 0);
	}
	aml_dma_close(&dma);
}
END_TEST

START_TEST(handles_stay_good_while_the_store_grows)
{
	enum { N = 5000 };
	static struct aml_dma_request *req[N];
	struct aml_dma *dma;

	ck_assert_int_eq(aml_dma_open(&dma, "memcpy"), 0);
	for (int i = 0; i < N; i++)
		req[i] = submit_pair(dma, &p);
	for (int i = 1; i < N; i++) {
		ck_assert_ptr_ne(req[i], req[i - 1]);
		ck_assert_uint_eq(slot_of(dma, req[i])->index, (unsigned)i);
	}
	for (int i = N; i-- > 0;)
		ck_assert_int_eq(aml_dma_wait(dma, &req[i]), 0);
	aml_dma_close(&dma);
}
END_TEST

/* Threads that take and give back slots at once; each slot has one owner at a time. */
static atomic_int owners[1024];

static void *take_and_give(void *arg)
{
	struct amli_engine *e = arg;
	struct aml_request *req[3];
	long clashes = 0;

	for (int turn = 0; turn < 3000; turn++) {
		for (int i = 0; i < 3; i++) {
			if (amli_request_alloc(e, &req[i], AMLI_HELD))
				return (void *)1;
			clashes += atomic_fetch_add(&owners[req[i]->index], 1);
		}
		for (int i = 0; i < 3; i++) {
			atomic_fetch_sub(&owners[req[i]->index], 1);
			amli_request_release(req[i]);
		}
	}
	return (void *)clashes;
}

START_TEST(a_slot_has_one_owner_at_a_time)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	pthread_t thread[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, take_and_give, amli_engine_of(dma));
	for (int i = 0; i < 4; i++) {
		void *clashes;

		pthread_join(thread[i], &clashes);
		ck_assert_ptr_null(clashes);
	}
	ck_assert_uint_le(atomic_load(&amli_engine_of(dma)->store.made), 12);
	aml_dma_close(&dma);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store");
	TCase *tc = tcase_create("store");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_handle_of_the_past_is_refused_and_not_mistaken_for_who_came_after);
	tcase_add_test(tc, forged_handles_are_refused);
	tcase_add_test(tc, another_engines_handle_is_refused_and_left_alone);
	tcase_add_test(tc, a_handle_of_an_engine_that_is_closed_is_refused);
	tcase_add_test(tc, a_handle_of_a_closed_engine_does_not_fit_the_next_that_has_its_number);
	tcase_add_loop_test(tc, an_engine_does_not_go_on_counting_where_too_little_is_left, 0, 2);
	tcase_add_test(tc, a_slot_whose_generations_are_used_up_is_not_used_again);
	tcase_add_test(tc,
		       a_pinned_slot_can_be_taken_but_is_used_again_only_when_the_last_pin_is_gone);
	tcase_add_test(tc, a_detached_request_that_is_pinned_keeps_its_slot_too);
	tcase_add_test(tc, who_comes_late_neither_takes_nor_awaits_the_next_request_of_the_slot);
	tcase_add_test(tc, a_million_requests_that_nobody_waits_for_are_the_most);
	tcase_add_test(tc, no_memory_for_slots_is_an_error_and_no_more);
	tcase_add_test(tc, handles_stay_good_while_the_store_grows);
	tcase_add_test(tc, a_slot_has_one_owner_at_a_time);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
