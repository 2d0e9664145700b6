/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <stdlib.h>

#include "backends/pool/queue.h"

static struct amli_pool_queue queue;
static struct amli_pool_job job[3];

/* Three jobs of 1, 3 and 2 pieces. */
static void setup(void)
{
	static const size_t pieces[] = {1, 3, 2};

	queue = (struct amli_pool_queue){.head = NULL};
	for (int i = 0; i < 3; i++) {
		job[i] = (struct amli_pool_job){.pieces = pieces[i], .end = pieces[i]};
		amli_pool_append(&queue, &job[i]);
	}
}

static size_t unclaimed(void)
{
	return atomic_load(&queue.unclaimed);
}

START_TEST(pieces_are_claimed_first_in_first_out)
{
	ck_assert_uint_eq(unclaimed(), 6);
	ck_assert_ptr_eq(queue.head, &job[0]);
	ck_assert_uint_eq(amli_pool_claim(&queue), 0);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_ptr_eq(queue.head, &job[1]);
		ck_assert_uint_eq(amli_pool_claim(&queue), i);
	}
	ck_assert_ptr_eq(queue.head, &job[2]);
	ck_assert_uint_eq(unclaimed(), 2);
	amli_pool_claim(&queue);
	amli_pool_claim(&queue);
	ck_assert_ptr_null(queue.head);
	ck_assert_ptr_null(queue.tail);
	ck_assert_uint_eq(unclaimed(), 0);
}
END_TEST

START_TEST(the_last_piece_ends_the_job_with_the_first_failure)
{
	amli_pool_claim(&queue);
	for (int i = 0; i < 3; i++)
		amli_pool_claim(&queue);
	ck_assert(!amli_pool_finish(&job[1], 0));
	ck_assert(!amli_pool_finish(&job[1], -7));
	ck_assert(amli_pool_finish(&job[1], -8));
	ck_assert_int_eq(job[1].status, -7);
	ck_assert(amli_pool_finish(&job[0], 0));
	ck_assert_int_eq(job[0].status, 0);
}
END_TEST

START_TEST(a_dropped_job_leaves_the_queue_from_any_place)
{
	ck_assert(amli_pool_drop(&queue, &job[1]));
	ck_assert_int_eq(job[1].status, -AML_ECANCELED);
	ck_assert_uint_eq(unclaimed(), 3);
	ck_assert_ptr_eq(queue.head, &job[0]);
	ck_assert_ptr_eq(job[0].next, &job[2]);
	ck_assert_ptr_eq(job[2].prev, &job[0]);
	ck_assert(amli_pool_drop(&queue, &job[2]));
	ck_assert_ptr_eq(queue.tail, &job[0]);
	ck_assert(amli_pool_drop(&queue, &job[0]));
	ck_assert_ptr_null(queue.head);
	ck_assert_ptr_null(queue.tail);
	ck_assert_uint_eq(unclaimed(), 0);
}
END_TEST

START_TEST(a_job_dropped_half_way_ends_with_its_running_pieces)
{
	amli_pool_claim(&queue);
	amli_pool_claim(&queue);
	ck_assert(!amli_pool_drop(&queue, &job[0])); /* all of it is claimed */
	ck_assert(!amli_pool_drop(&queue, &job[1])); /* a piece is running */
	ck_assert_uint_eq(unclaimed(), 2);
	ck_assert(amli_pool_finish(&job[1], 0));
	ck_assert_int_eq(job[1].status, -AML_ECANCELED);
	ck_assert(amli_pool_finish(&job[0], 0));
	ck_assert_int_eq(job[0].status, 0);
}
END_TEST

START_TEST(a_job_dropped_between_two_pieces_ends_at_once)
{
	amli_pool_claim(&queue);
	amli_pool_claim(&queue);
	ck_assert(!amli_pool_finish(&job[1], 0));
	ck_assert(amli_pool_drop(&queue, &job[1]));
	ck_assert_int_eq(job[1].status, -AML_ECANCELED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("queue");
	TCase *tc = tcase_create("queue");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, pieces_are_claimed_first_in_first_out);
	tcase_add_test(tc, the_last_piece_ends_the_job_with_the_first_failure);
	tcase_add_test(tc, a_dropped_job_leaves_the_queue_from_any_place);
	tcase_add_test(tc, a_job_dropped_half_way_ends_with_its_running_pieces);
	tcase_add_test(tc, a_job_dropped_between_two_pieces_ends_at_once);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
