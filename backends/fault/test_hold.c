/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests that are held: their order, who lets them go, and cancel at every moment. */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aml/dma.h"
#include "aml/error.h"
#include "aml/request.h"
#include "aml/layout/dense.h"
#include "tests/lib/gate.h"
#include "tests/lib/pair.h"
#include "tests/lib/threads.h"

static struct pair p;

static void setup(void)
{
	p = pair_dense(50, 4);
}

static void teardown(void)
{
	pair_free(&p);
}

static struct aml_dma *open_fault(const char *spec)
{
	struct aml_dma *dma;

	ck_assert_msg(aml_dma_open(&dma, spec) == 0, "%s: %s", spec, aml_error_detail());
	return dma;
}

static struct aml_dma_request *submit(struct aml_dma *dma)
{
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_async_copy(dma, &req, p.dst, p.src), 0);
	return req;
}

static struct aml_dma_request *submit_gate(struct aml_dma *dma, struct gate *gate)
{
	struct aml_dma_request *req;

	ck_assert_int_eq(
		aml_dma_async_copy_custom(dma, &req, no_layout(), no_layout(), gate_pass, gate), 0);
	return req;
}

static bool untouched(void)
{
	return !memcmp(p.to.memory, p.to.before, p.to.size);
}

/* ---- order ---- */

#define MANY 24

struct order {
	atomic_int n;
	atomic_int who[MANY];
};
struct turn {
	struct order *order;
	int who;
};

static int take_turn(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	struct turn *turn = arg;

	(void)dst;
	(void)src;
	turn->order->who[atomic_fetch_add(&turn->order->n, 1)] = turn->who;
	return 0;
}

/* In which order MANY requests were let go; true if that of submission. */
static bool runs_in_order(const char *spec)
{
	struct aml_dma *dma = open_fault(spec);
	struct order order = {0};
	struct turn turn[MANY];
	int seen[MANY] = {0};
	bool ascending = true;

	for (int i = 0; i < MANY; i++) {
		turn[i] = (struct turn){&order, i};
		ck_assert_int_eq(aml_dma_async_copy_custom(dma, NULL, no_layout(), no_layout(),
							   take_turn, &turn[i]),
				 0);
	}
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert_int_eq(order.n, MANY);
	for (int i = 0; i < MANY; i++) {
		ck_assert_int_eq(seen[order.who[i]]++, 0);
		ascending &= order.who[i] == i;
	}
	aml_dma_close(&dma);
	return ascending;
}

START_TEST(delays_keep_the_order_and_jitter_does_not)
{
	ck_assert(runs_in_order("fault:delay_us=500"));
	ck_assert(runs_in_order("fault:delay_us=500,thread"));
	ck_assert(runs_in_order("fault:thread"));
	ck_assert(!runs_in_order("fault:jitter_us=20000"));
	ck_assert(!runs_in_order("fault:jitter_us=20000,thread"));
	ck_assert(!runs_in_order("fault:delay_us=100,jitter_us=20000,thread,engine=fault"));
}
END_TEST

START_TEST(held_requests_take_their_time)
{
	static const char *const specs[] = {
		"fault:delay_us=10000,thread",
		"fault:delay_us=10000,jitter_us=5000",
		"fault:delay_us=10000,thread,engine=(pool:threads=0)",
		"fault:delay_us=10000,thread,engine=(pool:threads=1,small=0)",
		"fault:delay_us=5000,thread,engine=(fault:delay_us=5000,thread)",
	};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct aml_dma *dma = open_fault(specs[i]);
		double begin = now_us();
		struct aml_dma_request *req = submit(dma);

		ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
		ck_assert(now_us() - begin >= 10000);
		ck_assert(pair_dst_equals_oracle(&p));
		pair_reset(&p);
		aml_dma_close(&dma);
	}
}
END_TEST

/* ---- the thread ---- */

static int blocks_signals(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	sigset_t set;

	(void)dst;
	(void)src;
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	atomic_store((atomic_int *)arg, sigismember(&set, SIGTERM) && sigismember(&set, SIGALRM) &&
							sigismember(&set, SIGINT)
						? 1
						: -1);
	return 0;
}

START_TEST(the_thread_lets_go_though_nobody_waits)
{
	struct aml_dma *dma = open_fault("fault:delay_us=1000,thread");
	struct aml_dma_caps caps;
	atomic_int blocked = 0;

	ck_assert_int_eq(aml_dma_caps(dma, &caps), 0);
	ck_assert_uint_eq(caps.threads, 1);
	ck_assert(threads_come_to("aml-fault\n", 1));
	ck_assert_int_eq(aml_dma_async_copy_custom(dma, NULL, no_layout(), no_layout(),
						   blocks_signals, &blocked),
			 0);
	while (!atomic_load(&blocked))
		sleep_us(100);
	ck_assert_int_eq(blocked, 1);
	aml_dma_close(&dma);
	ck_assert(threads_come_to("aml-fault\n", 0));
}
END_TEST

START_TEST(close_drains_what_is_held)
{
	static const char *const specs[] = {
		"fault:delay_us=3000,thread",
		"fault:jitter_us=3000",
		"fault:jitter_us=3000,thread,engine=(pool:threads=2,small=0)",
		"fault:thread,engine=(fault:jitter_us=500,engine=(pool:threads=0))",
	};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct aml_dma *dma = open_fault(specs[i]);
		struct pair q[8];

		for (int j = 0; j < 8; j++) {
			q[j] = pair_dense(20, 4);
			ck_assert_int_eq(aml_dma_async_copy(dma, NULL, q[j].dst, q[j].src), 0);
		}
		aml_dma_close(&dma);
		for (int j = 0; j < 8; j++) {
			ck_assert(pair_dst_equals_oracle(&q[j]));
			pair_free(&q[j]);
		}
	}
}
END_TEST

/* ---- no room inside ---- */

START_TEST(a_held_request_waits_for_room_in_the_inner_engine)
{
	static const char *const specs[] = {
		"fault:delay_us=10,engine=(fault:rate=70,refuse)",
		"fault:thread,engine=(fault:rate=70,refuse)",
	};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct aml_dma *dma = open_fault(specs[i]);

		for (int n = 0; n < 10; n++)
			ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
		ck_assert(pair_dst_equals_oracle(&p));
		aml_dma_close(&dma);
	}
}
END_TEST

START_TEST(one_that_never_finds_room_can_be_cancelled)
{
	struct aml_dma *dma = open_fault("fault:thread,engine=(fault:rate=100,refuse)");

	for (int i = 0; i < 20; i++) {
		struct aml_dma_request *req = submit(dma);

		sleep_us((unsigned)i * 50);
		ck_assert_int_eq(aml_dma_cancel(dma, &req), 0);
	}
	ck_assert(untouched());
	aml_dma_close(&dma);
}
END_TEST

/* ---- cancel ---- */

START_TEST(cancel_while_it_is_held_is_at_once)
{
	static const char *const specs[] = {
		"fault:delay_us=60000000,thread",
		"fault:delay_us=30000000,jitter_us=30000000,engine=(pool:threads=2)",
		"fault:engine=(fault:delay_us=60000000,thread)",
		"fault:thread,engine=(fault:delay_us=60000000)",
	};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct aml_dma *dma = open_fault(specs[i]);
		struct aml_dma_request *req[5];
		double begin = now_us();

		for (int j = 0; j < 5; j++)
			req[j] = submit(dma);
		for (int j = 0; j < 5; j++)
			ck_assert_int_eq(aml_dma_cancel(dma, &req[j * 2 % 5]), 0);
		ck_assert(now_us() - begin < 5e6);
		ck_assert(untouched());
		ck_assert_int_eq(aml_dma_barrier(dma), 0);
		aml_dma_close(&dma);
	}
}
END_TEST

static void *open_later(void *arg)
{
	sleep_us(5000);
	gate_open(arg);
	return NULL;
}

START_TEST(cancel_while_it_runs_waits_for_it)
{
	static const char *const specs[] = {
		"fault:thread",
		"fault:thread,engine=(fault:thread)",
		"fault:delay_us=10,thread,engine=(pool:threads=1,small=0)",
	};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct aml_dma *dma = open_fault(specs[i]);
		struct gate gate = {0};
		struct aml_dma_request *req = submit_gate(dma, &gate);
		pthread_t thread;

		gate_await(&gate);
		pthread_create(&thread, NULL, open_later, &gate);
		ck_assert_int_eq(aml_dma_cancel(dma, &req), 0);
		ck_assert_int_eq(gate.left, 1);
		pthread_join(thread, NULL);
		aml_dma_close(&dma);
	}
}
END_TEST

START_TEST(cancel_after_the_end_releases_it)
{
	struct aml_dma *dma = open_fault("fault:thread,fail_at=2");
	struct gate gate = {.open = true};

	for (int i = 0; i < 3; i++) {
		struct aml_dma_request *req = submit_gate(dma, &gate);
		struct aml_dma_info info = {.size = sizeof(info)};

		while (info.phase != AML_DMA_DONE) {
			ck_assert_int_eq(aml_dma_info(dma, req, &info), 0);
			sleep_us(100);
		}
		ck_assert_int_eq(aml_dma_cancel(dma, &req), 0);
		ck_assert_ptr_null(req);
	}
	ck_assert_int_eq(gate.left, 2);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

/* Every second byte of a large array: long to move for an engine that does not hurry. */
#define SPARSE ((size_t)1 << 20)
static struct aml_layout *sparse(char *memory)
{
	const size_t dims = SPARSE, stride = 2;
	struct aml_layout *layout;

	ck_assert_int_eq(aml_layout_dense_create(&layout, memory, AML_LAYOUT_ORDER_C, 1, 1, &dims,
						 &stride, NULL),
			 0);
	return layout;
}

START_TEST(cancel_just_before_it_gets_stuck_is_not_lost)
{
	struct aml_dma *dma = open_fault("fault:thread,rate=100,stuck");
	char *to = calloc(SPARSE, 2), *from = malloc(SPARSE * 2);
	struct aml_layout *dst = sparse(to), *src = sparse(from);

	memset(from, 1, SPARSE * 2);
	for (int i = 0; i < 20; i++) {
		struct aml_dma_request *req;

		ck_assert_int_eq(aml_dma_async_copy(dma, &req, dst, src), 0);
		sleep_us((unsigned)i * 100); /* half of it moves in some milliseconds */
		ck_assert_int_eq(aml_dma_cancel(dma, &req), 0);
	}
	ck_assert_int_eq(to[SPARSE / 4 * 2], 1);
	ck_assert_int_eq(to[SPARSE / 4 * 6], 0);
	aml_dma_close(&dma);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	free(to);
	free(from);
}
END_TEST

/* Whether it has just been forwarded or is about to be: a stalled request hangs its cancel
 * unless word of it reaches the inner engine. */
START_TEST(cancel_at_any_moment_returns_and_nobody_writes_any_more)
{
	static const char *const specs[] = {
		"fault:thread,engine=(fault:rate=100,stall)",
		"fault:thread,engine=(fault:rate=50,stuck,stall,late)",
		"fault:thread,engine=(fault:rate=50,stall,thread,engine=(pool:threads=1,small=0))",
		"fault:delay_us=20,thread,engine=(pool:threads=2,small=0)",
		"fault:jitter_us=40,thread,engine=(fault:engine=(pool:threads=1,small=0))",
		"fault:thread,rate=50,stuck,short",
		"fault:jitter_us=30,rate=30,stuck,stall",
		"fault:thread,engine=(fault:rate=50,refuse,stall)",
	};
	struct aml_dma *dma = open_fault(specs[_i]);
	unsigned random = test_seed();

	for (int i = 0; i < 1000; i++) {
		struct aml_dma_request *req = submit(dma);
		double until =
			now_us() + (random = random * 1664525 + 1013904223) / 4294967296. * 60;

		while (now_us() < until)
			;
		ck_assert_int_eq(aml_dma_cancel(dma, &req), 0);
		pair_reset(&p);
	}
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert(untouched());
	aml_dma_close(&dma);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hold");
	TCase *tc = tcase_create("hold");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, delays_keep_the_order_and_jitter_does_not);
	tcase_add_test(tc, held_requests_take_their_time);
	tcase_add_test(tc, the_thread_lets_go_though_nobody_waits);
	tcase_add_test(tc, close_drains_what_is_held);
	tcase_add_test(tc, a_held_request_waits_for_room_in_the_inner_engine);
	tcase_add_test(tc, one_that_never_finds_room_can_be_cancelled);
	tcase_add_test(tc, cancel_while_it_is_held_is_at_once);
	tcase_add_test(tc, cancel_while_it_runs_waits_for_it);
	tcase_add_test(tc, cancel_just_before_it_gets_stuck_is_not_lost);
	tcase_add_test(tc, cancel_after_the_end_releases_it);
	tcase_add_loop_test(tc, cancel_at_any_moment_returns_and_nobody_writes_any_more, 0, 8);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
