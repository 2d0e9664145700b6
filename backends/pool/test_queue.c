/* SPDX-License-Identifier: BSD-3-Clause */
/* Jobs and their pieces: who gets which, and who ends them. */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "backends/pool/queue.h"

#define NJOBS 40

static const struct amli_pool_taker any = {.runs_operators = true};
static struct amli_pool_set set;
static struct amli_pool_job job[NJOBS];
static size_t left;

static void push(size_t i, size_t pieces, bool urgent)
{
	amli_pool_job_init(&job[i], NULL, &set, pieces);
	job[i].is_urgent = urgent;
	amli_pool_push(&job[i]);
}

/* Three jobs of 1, 3 and 2 pieces. */
static void setup(void)
{
	amli_pool_set_init(&set);
	push(0, 1, false);
	push(1, 3, false);
	push(2, 2, false);
}

static void teardown(void)
{
	amli_pool_set_fini(&set);
}

/* The job that is taken next, by this piece. */
static struct amli_pool_job *take(size_t piece)
{
	size_t got = SIZE_MAX;
	struct amli_pool_job *taken = amli_pool_take(&set, &any, &got, &left);

	if (taken)
		ck_assert_uint_eq(got, piece);
	return taken;
}

/* Take all there is, ending what ends. */
static void take_all(void)
{
	struct amli_pool_job *taken;
	size_t piece;

	while ((taken = amli_pool_take(&set, &any, &piece, &left)))
		amli_pool_leave(taken);
}

START_TEST(pieces_are_claimed_first_in_first_out)
{
	ck_assert(amli_pool_set_has_work(&set));
	ck_assert_ptr_eq(take(0), &job[0]);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_uint_ge(left, 3 - i);
		ck_assert_ptr_eq(take(i), &job[1]);
	}
	ck_assert_uint_eq(left, 2);
	ck_assert_ptr_eq(take(0), &job[2]);
	ck_assert_uint_eq(left, 1);
	ck_assert(amli_pool_set_has_work(&set));
	ck_assert_ptr_eq(take(1), &job[2]);
	ck_assert_uint_eq(left, 0);
	ck_assert(!amli_pool_set_has_work(&set));
	ck_assert_ptr_null(take(0));
}
END_TEST

START_TEST(one_inside_claims_the_rest)
{
	size_t piece = 0;

	ck_assert(!amli_pool_go_on(take(0), &piece)); /* that was all of it */
	ck_assert_ptr_eq(take(0), &job[1]);
	ck_assert_ptr_eq(take(1), &job[1]);
	ck_assert(amli_pool_go_on(&job[1], &piece));
	ck_assert_uint_eq(piece, 2);
	ck_assert(!job[1].is_in_lane);
	ck_assert_ptr_eq(take(0), &job[2]);
	ck_assert(!amli_pool_go_on(&job[1], &piece));
	ck_assert(!amli_pool_leave(&job[1]));
	ck_assert(amli_pool_leave(&job[1]));
	ck_assert_int_eq(job[1].status, 0);
}
END_TEST

START_TEST(the_last_to_leave_ends_the_job_with_the_first_failure)
{
	take(0);
	for (size_t i = 0; i < 3; i++)
		take(i);
	ck_assert(!amli_pool_leave(&job[1]));
	amli_pool_fail(&job[1], -7);
	ck_assert(!amli_pool_leave(&job[1]));
	amli_pool_fail(&job[1], -8);
	ck_assert(amli_pool_leave(&job[1]));
	ck_assert_int_eq(job[1].status, -7);
	ck_assert(amli_pool_leave(&job[0]));
	ck_assert_int_eq(job[0].status, 0);
}
END_TEST

START_TEST(after_a_failure_no_more_is_claimed)
{
	size_t piece;

	take(0);
	take(0);
	amli_pool_fail(&job[1], -7);
	ck_assert(!amli_pool_go_on(&job[1], &piece));
	ck_assert_ptr_eq(take(0), &job[2]);
	ck_assert(!amli_pool_drop(&job[1]));
	ck_assert(amli_pool_leave(&job[1]));
	ck_assert_int_eq(job[1].status, -7);
}
END_TEST

START_TEST(a_dropped_job_leaves_from_any_place)
{
	ck_assert(amli_pool_drop(&job[1]));
	ck_assert_int_eq(job[1].status, -AML_ECANCELED);
	ck_assert(!amli_pool_drop(&job[1])); /* once */
	ck_assert(amli_pool_drop(&job[2]));
	ck_assert(amli_pool_drop(&job[0]));
	ck_assert(!amli_pool_set_has_work(&set));
	ck_assert_ptr_null(take(0));
	push(3, 1, false);
	ck_assert_ptr_eq(take(0), &job[3]);
}
END_TEST

START_TEST(a_job_dropped_half_way_ends_with_its_running_pieces)
{
	size_t piece;

	take(0);
	take(0);
	ck_assert(!amli_pool_drop(&job[0])); /* all of it is claimed */
	ck_assert(!amli_pool_drop(&job[1])); /* a piece is running */
	ck_assert(!amli_pool_go_on(&job[1], &piece));
	ck_assert_ptr_eq(take(0), &job[2]);
	ck_assert(amli_pool_leave(&job[1]));
	ck_assert_int_eq(job[1].status, -AML_ECANCELED);
	ck_assert(amli_pool_leave(&job[0]));
	ck_assert_int_eq(job[0].status, 0);
}
END_TEST

START_TEST(a_job_dropped_between_two_pieces_ends_at_once)
{
	take(0);
	take(0);
	ck_assert(!amli_pool_leave(&job[1]));
	ck_assert(amli_pool_drop(&job[1]));
	ck_assert_int_eq(job[1].status, -AML_ECANCELED);
}
END_TEST

START_TEST(operators_are_for_those_who_run_them_and_for_their_own_waiter)
{
	struct aml_request *mine = (struct aml_request *)&job[3];
	struct amli_pool_taker helper = {.own = (struct aml_request *)&job[4]};
	size_t piece;

	take_all();
	amli_pool_job_init(&job[3], mine, &set, 1);
	job[3].is_operator = true;
	amli_pool_push(&job[3]);
	ck_assert_ptr_null(amli_pool_take(&set, &helper, &piece, &left));
	ck_assert_uint_eq(left, 1); /* somebody else has to come */
	helper.own = mine;
	ck_assert_ptr_eq(amli_pool_take(&set, &helper, &piece, &left), &job[3]);
}
END_TEST

START_TEST(urgent_ones_go_first_and_after_eight_one_of_the_others)
{
	take_all();
	for (size_t i = 0; i < 3; i++)
		push(i, 1, false);
	for (size_t i = 3; i < 3 + 20; i++)
		push(i, 1, true);
	for (size_t row = 0, urgent = 3; row < 2; row++) {
		for (size_t i = 0; i < 8; i++)
			ck_assert_ptr_eq(take(0), &job[urgent++]);
		ck_assert_ptr_eq(take(0), &job[row]);
	}
	for (size_t i = 19; i < 23; i++)
		ck_assert_ptr_eq(take(0), &job[i]);
	ck_assert_ptr_eq(take(0), &job[2]);
	ck_assert_ptr_null(take(0));
}
END_TEST

START_TEST(a_row_counts_only_while_others_wait)
{
	take_all();
	for (size_t i = 0; i < 20; i++)
		push(i, 1, true);
	for (size_t i = 0; i < 10; i++)
		ck_assert_ptr_eq(take(0), &job[i]);
	push(20, 1, false);
	for (size_t i = 10; i < 18; i++)
		ck_assert_ptr_eq(take(0), &job[i]);
	ck_assert_ptr_eq(take(0), &job[20]);
	ck_assert_ptr_eq(take(0), &job[18]);
}
END_TEST

START_TEST(something_urgent_comes_between_two_pieces)
{
	size_t piece = 0;

	take(0);
	take(0);
	push(3, 2, true);
	ck_assert(!amli_pool_go_on(&job[1], &piece));
	ck_assert(!amli_pool_leave(&job[1]));
	ck_assert_ptr_eq(take(0), &job[3]);
	ck_assert(amli_pool_go_on(&job[3], &piece));
	ck_assert_ptr_eq(take(1), &job[1]);
	ck_assert(amli_pool_go_on(&job[1], &piece));
	ck_assert_uint_eq(piece, 2);
	ck_assert(amli_pool_leave(&job[1]));
}
END_TEST

/* ---- several threads ---- */

#define PUSHERS 2
#define TAKERS 3
#define BATCH 64
#define ROUNDS 300
#define PIECES 60

struct worked {
	struct amli_pool_job job; /* first */
	atomic_uint ran[PIECES];  /* times, by piece */
	atomic_uint ended;
};
static struct worked worked[PUSHERS][BATCH];
static atomic_bool enough;
static atomic_uint wrong;

/* What a late drop looks at stays; the rest is written over, as nobody looks at it. */
static void end_job(struct amli_pool_job *ended)
{
	struct worked *w = (struct worked *)ended;

	for (size_t i = 0; i < PIECES; i++)
		atomic_fetch_add(&wrong, atomic_load(&w->ran[i]) > 1 ||
						 (!ended->status && i < ended->pieces &&
						  atomic_load(&w->ran[i]) != 1));
	ended->link = (struct amli_pool_link){.prev = NULL};
	ended->pieces = 0;
	ended->status = 0;
	atomic_fetch_add(&w->ended, 1);
}

static void *takes(void *arg)
{
	struct amli_pool_job *taken;
	size_t piece, waiting;

	while (!atomic_load(&enough)) {
		taken = amli_pool_take(&set, &any, &piece, &waiting);
		if (!taken) {
			sched_yield();
			continue;
		}
		do
			atomic_fetch_add(&((struct worked *)taken)->ran[piece], 1);
		while (arg && amli_pool_go_on(taken, &piece));
		if (amli_pool_leave(taken))
			end_job(taken);
	}
	return NULL;
}

static void *pushes_and_drops(void *arg)
{
	struct worked *mine = arg;

	for (unsigned round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < BATCH; i++) {
			for (size_t j = 0; j < PIECES; j++)
				atomic_store(&mine[i].ran[j], 0);
			atomic_store(&mine[i].ended, 0);
			amli_pool_job_init(&mine[i].job, NULL, &set, 1 + i * round % PIECES);
			mine[i].job.is_urgent = i % 5 == 0;
			amli_pool_push(&mine[i].job);
			if ((i + round) % 3 == 0) {
				struct worked *w = &mine[i / 2]; /* here, or running, or over */

				if (!atomic_load(&w->ended) && amli_pool_drop(&w->job))
					end_job(&w->job);
			}
		}
		for (size_t i = 0; i < BATCH; i++)
			while (!atomic_load(&mine[i].ended))
				sched_yield();
	}
	return NULL;
}

START_TEST(every_job_ends_once_whoever_pushes_takes_and_drops)
{
	pthread_t pusher[PUSHERS], taker[TAKERS];

	take_all();
	atomic_store(&enough, false);
	for (size_t i = 0; i < TAKERS; i++) /* the first never goes on */
		pthread_create(&taker[i], NULL, takes, i ? &set : NULL);
	for (size_t i = 0; i < PUSHERS; i++)
		pthread_create(&pusher[i], NULL, pushes_and_drops, worked[i]);
	for (size_t i = 0; i < PUSHERS; i++)
		pthread_join(pusher[i], NULL);
	atomic_store(&enough, true);
	for (size_t i = 0; i < TAKERS; i++)
		pthread_join(taker[i], NULL);
	ck_assert_uint_eq(atomic_load(&wrong), 0);
	for (size_t i = 0; i < PUSHERS * BATCH; i++)
		ck_assert_uint_eq(atomic_load(&worked[i / BATCH][i % BATCH].ended), 1);
	ck_assert(!amli_pool_set_has_work(&set));
}
END_TEST

#define MANY 60000

static atomic_uint claimed_times[MANY], ends;

static void *goes_through(void *barrier)
{
	struct amli_pool_job *taken;
	size_t piece, waiting;

	pthread_barrier_wait(barrier);
	taken = amli_pool_take(&set, &any, &piece, &waiting);
	if (!taken)
		return NULL;
	do {
		atomic_fetch_add(&claimed_times[piece], 1);
		if (piece % 256 == 0) /* all shall be inside at once */
			sched_yield();
	} while (amli_pool_go_on(taken, &piece));
	atomic_fetch_add(&ends, amli_pool_leave(taken));
	return NULL;
}

START_TEST(each_piece_is_claimed_by_one)
{
	pthread_t thread[TAKERS];
	pthread_barrier_t barrier;

	take_all();
	pthread_barrier_init(&barrier, NULL, TAKERS);
	for (unsigned round = 1; round <= 5; round++) {
		unsigned odd = 0;

		push(3, MANY, false);
		for (size_t i = 0; i < TAKERS; i++)
			pthread_create(&thread[i], NULL, goes_through, &barrier);
		for (size_t i = 0; i < TAKERS; i++)
			pthread_join(thread[i], NULL);
		for (size_t i = 0; i < MANY; i++)
			odd += atomic_load(&claimed_times[i]) != round;
		ck_assert_uint_eq(odd, 0);
		ck_assert_uint_eq(atomic_load(&ends), round);
	}
	pthread_barrier_destroy(&barrier);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("queue");
	TCase *tc = tcase_create("queue");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, pieces_are_claimed_first_in_first_out);
	tcase_add_test(tc, one_inside_claims_the_rest);
	tcase_add_test(tc, the_last_to_leave_ends_the_job_with_the_first_failure);
	tcase_add_test(tc, after_a_failure_no_more_is_claimed);
	tcase_add_test(tc, a_dropped_job_leaves_from_any_place);
	tcase_add_test(tc, a_job_dropped_half_way_ends_with_its_running_pieces);
	tcase_add_test(tc, a_job_dropped_between_two_pieces_ends_at_once);
	tcase_add_test(tc, operators_are_for_those_who_run_them_and_for_their_own_waiter);
	tcase_add_test(tc, urgent_ones_go_first_and_after_eight_one_of_the_others);
	tcase_add_test(tc, a_row_counts_only_while_others_wait);
	tcase_add_test(tc, something_urgent_comes_between_two_pieces);
	tcase_add_test(tc, each_piece_is_claimed_by_one);
	tcase_add_test(tc, every_job_ends_once_whoever_pushes_takes_and_drops);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
