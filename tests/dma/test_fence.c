/* SPDX-License-Identifier: BSD-3-Clause */
/* Fences: after all before them on their engine, before all after them. */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>

#include "dma/engine.h"
#include "tests/lib/engines.h"
#include "tests/lib/job.h"
#include "tests/lib/manual.h"
#include "tests/lib/slot.h"

static struct pair p;

static void setup(void)
{
	p = pair_dense(16, 4);
}

static void teardown(void)
{
	pair_free(&p);
}

static struct aml_dma_job fence_of(const struct pair *q)
{
	struct aml_dma_job job = job_of(q);

	job.flags = AML_DMA_FENCE;
	return job;
}

static struct aml_dma_request *submit_fence(struct aml_dma *dma)
{
	const struct aml_dma_job job = fence_of(&p);

	return submit_job(dma, &job);
}

START_TEST(a_fence_waits_for_all_before_it_and_holds_up_all_after_it)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST), *other = second_manual_open(AML_DMA_HOST);
	struct aml_dma_request *a = submit_pair(dma, &p), *fence, *c, *elsewhere;

	ck_assert_int_eq(aml_dma_async_copy(dma, NULL, p.dst, p.src), 0);
	elsewhere = submit_pair(other, &p);
	fence = submit_fence(dma);
	c = submit_pair(dma, &p);
	ck_assert_int_eq(slot_state(dma, fence), AMLI_BLOCKED);
	ck_assert_int_eq(slot_state(dma, c), AMLI_BLOCKED);
	manual_complete(1, -AML_EIO); /* how they end does not matter */
	ck_assert_int_eq(slot_state(dma, fence), AMLI_BLOCKED);
	manual_complete(0, -7);
	ck_assert_int_eq(slot_state(dma, fence), AMLI_QUEUED);
	ck_assert_int_eq(slot_state(dma, c), AMLI_BLOCKED);
	ck_assert_int_eq(manual.submitted, 3);
	manual_complete(2, -8);
	ck_assert_int_eq(slot_state(dma, c), AMLI_QUEUED);
	manual_complete(3, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &a), -7);
	ck_assert_int_eq(aml_dma_wait(dma, &fence), -8);
	ck_assert_int_eq(aml_dma_wait(dma, &c), 0);
	c = submit_pair(dma, &p); /* it is over */
	ck_assert_int_eq(slot_state(dma, c), AMLI_QUEUED);
	manual_complete(4, 0);
	second_manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &c), 0);
	ck_assert_int_eq(aml_dma_wait(other, &elsewhere), 0);
	ck_assert_int_eq(aml_dma_barrier(dma), -AML_EIO);
	aml_dma_close(&other);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(fences_of_two_engines_can_be_chained)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST), *other = second_manual_open(AML_DMA_HOST);
	struct aml_dma_job job = fence_of(&p);
	struct aml_dma_request *a = submit_pair(dma, &p), *b = submit_pair(other, &p), *f, *g, *c;

	f = submit_fence(dma);
	job.after = &f;
	job.nafter = 1;
	g = submit_job(other, &job);
	c = submit_pair(other, &p);
	second_manual_complete(0, 0);
	ck_assert_int_eq(slot_state(other, g), AMLI_BLOCKED);
	manual_complete(0, 0);
	manual_complete(1, 0);
	ck_assert_int_eq(slot_state(other, g), AMLI_QUEUED);
	ck_assert_int_eq(slot_state(other, c), AMLI_BLOCKED);
	second_manual_complete(1, 0);
	second_manual_complete(2, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &a), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &f), 0);
	ck_assert_int_eq(aml_dma_wait(other, &b), 0);
	ck_assert_int_eq(aml_dma_wait(other, &g), 0);
	ck_assert_int_eq(aml_dma_wait(other, &c), 0);
	aml_dma_close(&other);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(fences_come_one_after_the_other)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	struct aml_dma_request *a = submit_pair(dma, &p), *f = submit_fence(dma);
	struct aml_dma_request *b = submit_pair(dma, &p), *g = submit_fence(dma);
	struct aml_dma_request *c = submit_pair(dma, &p);

	manual_complete(0, 0);
	ck_assert_int_eq(slot_state(dma, f), AMLI_QUEUED);
	ck_assert_int_eq(slot_state(dma, b), AMLI_BLOCKED);
	manual_complete(1, 0);
	ck_assert_int_eq(slot_state(dma, b), AMLI_QUEUED);
	ck_assert_int_eq(slot_state(dma, g), AMLI_BLOCKED);
	manual_complete(2, 0);
	ck_assert_int_eq(slot_state(dma, c), AMLI_BLOCKED);
	manual_complete(3, 0);
	manual_complete(4, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &a) + aml_dma_wait(dma, &f) + aml_dma_wait(dma, &b), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &g) + aml_dma_wait(dma, &c), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(prepared_requests_mind_a_fence)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	const struct aml_dma_job job = job_of(&p);
	struct aml_dma_request *prepared = prepare_job(dma, &job), *f;
	struct aml_dma_request *a = submit_pair(dma, &p);

	f = submit_fence(dma);
	ck_assert_int_eq(aml_dma_start(dma, prepared), 0);
	ck_assert_int_eq(slot_state(dma, prepared), AMLI_BLOCKED);
	ck_assert_int_eq(aml_dma_start(dma, prepared), -AML_EBUSY);
	ck_assert_int_eq(aml_dma_cancel(dma, &prepared), 0);
	ck_assert_int_eq(slot_state(dma, prepared), AMLI_PLANNED);
	ck_assert_int_eq(aml_dma_start(dma, prepared), 0);
	manual_complete(0, 0);
	manual_complete(1, 0);
	ck_assert_int_eq(slot_state(dma, prepared), AMLI_QUEUED);
	manual_complete(2, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &prepared), 0);
	ck_assert_int_eq(aml_dma_release(dma, &prepared), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &a) + aml_dma_wait(dma, &f), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_run_that_was_cancelled_does_not_let_the_next_one_go)
{
	struct aml_dma *dma = manual_open(AML_DMA_HOST);
	const struct aml_dma_job job = job_of(&p);
	struct aml_dma_request *prepared = prepare_job(dma, &job);
	struct aml_dma_request *a = submit_pair(dma, &p), *f = submit_fence(dma), *g;

	ck_assert_int_eq(aml_dma_start(dma, prepared), 0); /* after f */
	ck_assert_int_eq(aml_dma_cancel(dma, &prepared), 0);
	g = submit_fence(dma);
	ck_assert_int_eq(aml_dma_start(dma, prepared), 0); /* after g */
	manual_complete(0, 0);
	manual_complete(1, 0);
	ck_assert_int_eq(slot_state(dma, g), AMLI_QUEUED);
	ck_assert_int_eq(slot_state(dma, prepared), AMLI_BLOCKED);
	manual_complete(2, 0);
	ck_assert_int_eq(slot_state(dma, prepared), AMLI_QUEUED);
	manual_complete(3, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &prepared), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &a) + aml_dma_wait(dma, &f) + aml_dma_wait(dma, &g), 0);
	aml_dma_close(&dma); /* releases the prepared one */
}
END_TEST

START_TEST(a_fence_on_an_inline_engine_holds_up_those_after_it)
{
	struct aml_dma *dma, *other = manual_open(AML_DMA_HOST);
	struct aml_dma_request *before = submit_pair(other, &p), *f, *a;
	struct pair q = pair_dense(16, 4);
	struct aml_dma_job job = fence_of(&q);

	ck_assert_int_eq(aml_dma_open(&dma, "memcpy"), 0);
	job.after = &before;
	job.nafter = 1;
	f = submit_job(dma, &job);
	ck_assert_int_eq(slot_state(dma, f), AMLI_BLOCKED);
	a = submit_pair(dma, &p);
	ck_assert_int_eq(slot_state(dma, a), AMLI_BLOCKED);
	ck_assert_int_eq(aml_dma_barrier_for(dma, 0), -AML_ETIMEDOUT);
	manual_complete(0, 0);
	ck_assert_int_eq(slot_state(dma, a), AMLI_DONE);
	ck_assert(pair_dst_equals_oracle(&q));
	ck_assert_int_eq(aml_dma_wait(dma, &a) + aml_dma_wait(dma, &f), 0);
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
	ck_assert_int_eq(aml_dma_wait(other, &before), 0);
	pair_free(&q);
	aml_dma_close(&other);
	aml_dma_close(&dma);
}
END_TEST

/* Copy until told to stop. */
struct copier {
	struct aml_dma *dma;
	atomic_bool stop;
	atomic_int bad;
};

static void *copy_on(void *arg)
{
	struct copier *c = arg;
	struct pair q = pair_dense(2000, 8);

	while (!atomic_load(&c->stop)) {
		struct aml_dma_request *req;

		atomic_fetch_add(&c->bad, aml_dma_async_copy(c->dma, &req, q.dst, q.src) != 0);
		atomic_fetch_add(&c->bad, aml_dma_wait(c->dma, &req) != 0);
	}
	pair_free(&q);
	return NULL;
}

START_TEST(fences_beside_other_threads_all_end)
{
	struct copier c = {.dma = engines_open(_i)};
	pthread_t thread[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, copy_on, &c);
	for (int i = 0; i < 1000; i++) {
		struct aml_dma_request *f = submit_fence(c.dma);

		ck_assert_int_eq(aml_dma_wait(c.dma, &f), 0);
	}
	atomic_store(&c.stop, true);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	ck_assert_int_eq(c.bad, 0);
	ck_assert_int_eq(aml_dma_close(&c.dma), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fence");
	TCase *tc = tcase_create("fence");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_fence_waits_for_all_before_it_and_holds_up_all_after_it);
	tcase_add_test(tc, fences_of_two_engines_can_be_chained);
	tcase_add_test(tc, fences_come_one_after_the_other);
	tcase_add_test(tc, prepared_requests_mind_a_fence);
	tcase_add_test(tc, a_run_that_was_cancelled_does_not_let_the_next_one_go);
	tcase_add_test(tc, a_fence_on_an_inline_engine_holds_up_those_after_it);
	tcase_add_loop_test(tc, fences_beside_other_threads_all_end, 0, engines_count());
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
