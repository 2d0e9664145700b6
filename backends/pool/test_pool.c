/* SPDX-License-Identifier: BSD-3-Clause */
/* What is particular to the pool: order, help, cutting, cancelling, threads. */
#include <check.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/dma.h"
#include "aml/engine.h"
#include "aml/error.h"
#include "tests/lib/gate.h"
#include "tests/lib/pair.h"
#include "tests/lib/threads.h"

static struct aml_dma *open_pool(const char *spec)
{
	struct aml_dma *dma;

	ck_assert_msg(aml_dma_open(&dma, spec) == 0, "%s", aml_error_detail());
	return dma;
}

static struct aml_dma_request *submit_gate(struct aml_dma *dma, struct gate *gate)
{
	struct aml_dma_request *req;

	ck_assert_int_eq(
		aml_dma_async_copy_custom(dma, &req, no_layout(), no_layout(), gate_pass, gate), 0);
	return req;
}

static struct aml_dma_request *submit_pair(struct aml_dma *dma, struct pair *p)
{
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_async_copy(dma, &req, p->dst, p->src), 0);
	return req;
}

START_TEST(a_queued_request_is_dropped_and_writes_nothing)
{
	struct aml_dma *dma = open_pool("pool:threads=1");
	struct gate gate = {0};
	struct pair p = pair_dense(100, 4);
	struct aml_dma_request *busy = submit_gate(dma, &gate), *req;

	gate_await(&gate);
	req = submit_pair(dma, &p);
	ck_assert_int_eq(aml_dma_cancel(dma, &req), 0); /* at once: the thread is still inside */
	ck_assert_int_eq(gate.left, 0);
	gate_open(&gate);
	ck_assert_int_eq(aml_dma_wait(dma, &busy), 0);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert(!memcmp(p.to.memory, p.to.before, p.to.size));
	pair_free(&p);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_small_copy_is_made_at_once_when_all_are_idle)
{
	struct aml_dma *dma = open_pool("pool:threads=2");
	struct pair p = pair_dense(100, 4);
	struct aml_dma_request *req;

	for (int i = 0; i < 50; i++) {
		pair_reset(&p);
		sleep_us(1000); /* the workers have gone back to idle */
		req = submit_pair(dma, &p);
		ck_assert(pair_dst_equals_oracle(&p)); /* nobody has waited yet */
		ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	}
	ck_assert(pair_guards_intact(&p));
	pair_free(&p);
	aml_dma_close(&dma);
}
END_TEST

static int note_thread(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	(void)dst;
	(void)src;
	*(pthread_t *)arg = pthread_self();
	return 0;
}

START_TEST(an_operator_is_never_run_by_the_thread_that_submits_it)
{
	struct aml_dma *dma = open_pool("pool:threads=1");
	pthread_t ran = pthread_self();
	int dummy;

	sleep_us(1000);
	ck_assert_int_eq(aml_dma_async_copy_custom(dma, NULL, (void *)&dummy, (void *)&dummy,
						   note_thread, &ran),
			 0);
	ck_assert_int_eq(aml_dma_close(&dma), 0); /* helps with copies, not with operators */
	ck_assert(!pthread_equal(ran, pthread_self()));
}
END_TEST

struct opener {
	struct gate *gate;
	pthread_t thread;
};

static void *open_soon(void *arg)
{
	struct opener *opener = arg;

	sleep_us(20000);
	gate_open(opener->gate);
	return NULL;
}

START_TEST(cancel_of_a_running_operator_waits_for_its_end)
{
	struct aml_dma *dma = open_pool("pool:threads=1");
	struct gate gate = {.returns = -7};
	struct opener opener = {.gate = &gate};
	struct aml_dma_request *req = submit_gate(dma, &gate);

	gate_await(&gate);
	pthread_create(&opener.thread, NULL, open_soon, &opener);
	ck_assert_int_eq(aml_dma_cancel(dma, &req), 0);
	ck_assert_int_eq(gate.left, 1);
	pthread_join(opener.thread, NULL);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

/* Bytes of dst that the copy has changed. */
static size_t arrived(const struct pair *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->to.size; i++)
		n += p->to.memory[i] != p->to.before[i];
	return n;
}

START_TEST(cancel_of_a_large_copy_drops_the_pieces_that_nobody_has_begun)
{
	struct aml_dma *dma = open_pool("pool:threads=1");
	struct pair p = pair_dense((size_t)32 << 20, 1);
	bool half_way = false;

	for (unsigned i = 0; i < 100 && !half_way; i++) { /* earlier and later */
		struct aml_dma_request *req = submit_pair(dma, &p);
		size_t before;

		sleep_us(i % 20 * 250);
		ck_assert_int_eq(aml_dma_cancel(dma, &req), 0);
		before = arrived(&p);
		half_way = before > 0 && before < p.to.size / 4 * 3;
		sleep_us(2000);
		ck_assert_uint_eq(arrived(&p), before); /* nobody writes any more */
		ck_assert(pair_guards_intact(&p));
		pair_reset(&p);
	}
	ck_assert(half_way);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	pair_free(&p);
	aml_dma_close(&dma);
}
END_TEST

static int order[100], norder;

static int note_order(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	(void)dst;
	(void)src;
	order[norder++] = (int)(intptr_t)arg;
	return 0;
}

static void check_order(const char *spec)
{
	struct aml_dma *dma = open_pool(spec);

	norder = 0;
	for (intptr_t i = 0; i < 100; i++)
		ck_assert_int_eq(aml_dma_async_copy_custom(dma, NULL, no_layout(), no_layout(),
							   note_order, (void *)i),
				 0);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert_int_eq(norder, 100);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(order[i], i);
	aml_dma_close(&dma);
}

START_TEST(requests_start_in_the_order_of_submission)
{
	check_order("pool:threads=1");
	check_order("pool:threads=0");
}
END_TEST

START_TEST(a_lazy_pool_runs_in_the_thread_that_waits_and_not_before)
{
	struct aml_dma *dma = open_pool("pool:threads=0");
	struct gate first = {.open = true}, second = {.open = true};
	struct aml_dma_request *a = submit_gate(dma, &first), *b = submit_gate(dma, &second);

	sleep_us(5000);
	ck_assert_int_eq(first.entered, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &b), 0);
	ck_assert_int_eq(first.left, 1); /* it was first in the queue */
	ck_assert_int_eq(second.left, 1);
	ck_assert(pthread_equal(second.thread, pthread_self()));
	ck_assert_int_eq(aml_dma_wait(dma, &a), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_waiter_runs_its_own_operator_but_no_other)
{
	struct aml_dma *dma = open_pool("pool:threads=1");
	struct gate busy = {0}, own = {.open = true}, other = {.open = true};
	struct aml_dma_request *b = submit_gate(dma, &busy), *mine, *theirs;
	struct opener opener = {.gate = &busy};

	gate_await(&busy);
	mine = submit_gate(dma, &own);
	ck_assert_int_eq(aml_dma_wait(dma, &mine), 0); /* the only worker is inside busy */
	ck_assert(pthread_equal(own.thread, pthread_self()));
	theirs = submit_gate(dma, &other);
	pthread_create(&opener.thread, NULL, open_soon, &opener);
	ck_assert_int_eq(aml_dma_wait(dma, &b), 0);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert(!pthread_equal(other.thread, pthread_self()));
	ck_assert_int_eq(aml_dma_wait(dma, &theirs), 0);
	pthread_join(opener.thread, NULL);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(a_waiter_copies_what_the_busy_workers_cannot)
{
	struct aml_dma *dma = open_pool("pool:threads=1");
	struct gate busy = {0};
	struct pair small = pair_dense(10, 4), large = pair_dense(3 << 20, 1);
	struct aml_dma_request *b = submit_gate(dma, &busy);

	gate_await(&busy);
	ck_assert_int_eq(aml_dma_copy(dma, small.dst, small.src), 0);
	ck_assert_int_eq(aml_dma_copy(dma, large.dst, large.src), 0);
	ck_assert(pair_dst_equals_oracle(&small));
	ck_assert(pair_dst_equals_oracle(&large));
	gate_open(&busy);
	ck_assert_int_eq(aml_dma_wait(dma, &b), 0);
	pair_free(&small);
	pair_free(&large);
	aml_dma_close(&dma);
}
END_TEST

static struct aml_dma *nested;

/* Waits for other requests of the pool, one of them an operator, inside an operator. */
static int nest(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	struct gate gate = {.open = true};
	struct aml_dma_request *first = submit_gate(nested, &gate), *second;
	int rc;

	(void)dst;
	(void)src;
	second = submit_pair(nested, arg);
	rc = aml_dma_wait(nested, &second);
	return rc ? rc : aml_dma_wait(nested, &first);
}

START_TEST(an_operator_may_wait_for_requests_behind_it)
{
	static const char *const specs[] = {"pool:threads=1", "pool:threads=0", "pool:threads=2"};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct pair p = pair_dense(10, 4);

		nested = open_pool(specs[i]);
		ck_assert_int_eq(aml_dma_async_copy_custom(nested, NULL, no_layout(), no_layout(),
							   nest, &p),
				 0);
		if (i != 1)
			sleep_us(2000); /* let a worker have it */
		ck_assert_int_eq(aml_dma_barrier(nested), 0);
		ck_assert(pair_dst_equals_oracle(&p));
		pair_free(&p);
		aml_dma_close(&nested);
	}
}
END_TEST

static int check_mask(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	sigset_t blocked;

	(void)dst;
	(void)src;
	atomic_store((atomic_int *)arg, 1);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	return sigismember(&blocked, SIGINT) && sigismember(&blocked, SIGTERM) &&
			       sigismember(&blocked, SIGALRM)
		       ? 0
		       : -AML_FAILURE;
}

START_TEST(workers_have_names_block_signals_and_end_with_close)
{
	struct aml_dma *dma = open_pool("pool:threads=3");
	struct aml_dma_request *req;
	atomic_int ran = 0;
	sigset_t mine;

	ck_assert(threads_come_to("aml-pool-", 3));
	pthread_sigmask(SIG_SETMASK, NULL, &mine);
	ck_assert(!sigismember(&mine, SIGALRM)); /* open left the caller's mask alone */
	ck_assert_int_eq(aml_dma_async_copy_custom(dma, &req, no_layout(), no_layout(), check_mask,
						   &ran),
			 0);
	while (!atomic_load(&ran)) /* in a worker: nobody waits yet */
		sleep_us(50);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	aml_dma_close(&dma);
	ck_assert(threads_come_to("aml-pool-", 0));
}
END_TEST

START_TEST(all_workers_get_work)
{
	struct aml_dma *dma = open_pool("pool:threads=4");
	struct gate gate = {0};

	sleep_us(20000); /* all asleep */
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(aml_dma_async_copy_custom(dma, NULL, no_layout(), no_layout(),
							   gate_pass, &gate),
				 0);
	for (int i = 0; i < 2000 && gate.entered < 4; i++)
		sleep_us(1000);
	ck_assert_int_eq(gate.entered, 4);
	gate_open(&gate);
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(the_queue_holds_what_the_spec_says)
{
	static const struct {
		const char *spec, *line;
		size_t capacity;
	} cases[] = {
		{"pool:threads=1", "p: queue: 65536 requests, in 1 set\n", 65536},
		{"pool:threads=1,queue=7,sets=2", "p: queue: 7 requests, in 2 sets\n", 7},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct aml_dma *dma = open_pool(cases[i].spec);
		struct aml_dma_caps caps;
		char text[1000] = "";
		FILE *file = fmemopen(text, sizeof(text), "w");

		ck_assert_int_eq(aml_dma_caps(dma, &caps), 0);
		ck_assert_uint_eq(caps.capacity, cases[i].capacity);
		sleep_us(20000); /* the worker goes to sleep */
		ck_assert_int_eq(aml_dma_fprintf(file, "p", dma), 0);
		fclose(file);
		ck_assert_msg(strstr(text, cases[i].line), "%s", text);
		ck_assert_msg(strstr(text, "p: idle: 0 searching, 1 asleep\n"), "%s", text);
		aml_dma_close(&dma);
	}
}
END_TEST

START_TEST(keys_are_checked)
{
	static const char *const bad[] = {
		"pool:threads=1025", "pool:threads=-1",
		"pool:threads=",     "pool:bind=socket",
		"pool:bind=CORE",    "pool:node=x",
		"pool:node=65000",   "pool:threads=1,node=65000",
		"pool:queue=0",	     "pool:queue=1048577",
		"pool:sets=0",	     "pool:sets=65",
	};
	static const char *const good[] = {
		"pool",
		"pool:threads=1024",
		"pool:threads=2,bind=core",
		"pool:bind=node",
		"pool:threads=1,bind=none",
		"pool:node=0",
		"pool:node=0,bind=core",
		"pool:queue=1048576",
		"pool:threads=1,sets=64",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct aml_dma *dma;

		ck_assert_msg(aml_dma_open(&dma, bad[i]) == -AML_EINVAL, "%s", bad[i]);
		ck_assert_ptr_null(dma);
		ck_assert_msg(strstr(aml_error_detail(), "pool: "), "%s", aml_error_detail());
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct aml_dma *dma = open_pool(good[i]);
		struct aml_dma_caps caps;

		ck_assert_int_eq(aml_dma_caps(dma, &caps), 0);
		ck_assert_uint_ge(caps.threads, 1);
		aml_dma_close(&dma);
	}
	ck_assert(threads_come_to("aml-pool-", 0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pool");
	TCase *tc = tcase_create("pool");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_queued_request_is_dropped_and_writes_nothing);
	tcase_add_test(tc, a_small_copy_is_made_at_once_when_all_are_idle);
	tcase_add_test(tc, an_operator_is_never_run_by_the_thread_that_submits_it);
	tcase_add_test(tc, cancel_of_a_running_operator_waits_for_its_end);
	tcase_add_test(tc, cancel_of_a_large_copy_drops_the_pieces_that_nobody_has_begun);
	tcase_add_test(tc, requests_start_in_the_order_of_submission);
	tcase_add_test(tc, a_lazy_pool_runs_in_the_thread_that_waits_and_not_before);
	tcase_add_test(tc, a_waiter_runs_its_own_operator_but_no_other);
	tcase_add_test(tc, a_waiter_copies_what_the_busy_workers_cannot);
	tcase_add_test(tc, an_operator_may_wait_for_requests_behind_it);
	tcase_add_test(tc, workers_have_names_block_signals_and_end_with_close);
	tcase_add_test(tc, all_workers_get_work);
	tcase_add_test(tc, the_queue_holds_what_the_spec_says);
	tcase_add_test(tc, keys_are_checked);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
