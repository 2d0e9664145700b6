/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of the process: fork, exit, and threads that end. */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aml/error.h"
#include "tests/lib/batch.h"
#include "tests/lib/engines.h"
#include "tests/lib/job.h"
#include "tests/lib/verbs.h"

#define SECONDS 30 /* after which a child that hangs is ended by a signal */

#if defined(__SANITIZE_THREAD__)
#define IN_CHILD "memcpy" /* TSan allows no new threads after such a fork */
#else
#define IN_CHILD "pool:threads=2,small=0"
#endif

/* Its allocator has a lock, that of the quarantine, that it does not take around fork. */
#if defined(__SANITIZE_ADDRESS__)
#define ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ASAN 1
#endif
#endif
#ifndef ASAN
#define ASAN 0
#endif

static struct pair p;

static void setup(void)
{
	p = pair_dense(16, 4);
}

static void teardown(void)
{
	pair_free(&p);
}

/* Run it in a child, which ends with what it returns; 255: it did not end by itself. */
static int in_child(int (*act)(void *arg), void *arg)
{
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		signal(SIGALRM, SIG_DFL); /* Check's handler would kill the whole group */
		alarm(SECONDS);
		_exit(act(arg));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* ---- fork ---- */

struct parents {
	struct aml_dma *dma;
	struct aml_dma_request *req, *prepared;
};

static int complain(const char *what, int rc)
{
	printf("%s: %d\n", what, rc);
	fflush(stdout);
	return 1;
}

static int use_parents_engine(void *arg)
{
	struct parents *parents = arg;
	struct aml_dma *dma = parents->dma;

	for (const struct verb *verb = verbs; verb->name; verb++) {
		int rc = verb->call(dma, parents->req, &p);

		if (rc != -AML_EPERM)
			return complain(verb->name, rc);
		rc = verb->call(dma, parents->prepared, &p);
		if (rc != -AML_EPERM)
			return complain(verb->name, rc);
	}
	if (aml_dma_close_for(&dma, 0) || dma)
		return complain("close", 0);
	return 0;
}

START_TEST(in_the_child_of_a_fork_every_call_is_refused)
{
	struct parents parents = {.dma = engines_open(_i)};
	const struct aml_dma_job job = job_of(&p);

	parents.req = submit_pair(parents.dma, &p);
	parents.prepared = prepare_job(parents.dma, &job);
	ck_assert_int_eq(in_child(use_parents_engine, &parents), 0);
	ck_assert_int_eq(aml_dma_wait(parents.dma, &parents.req), 0); /* ours goes on */
	ck_assert_int_eq(aml_dma_start(parents.dma, parents.prepared), 0);
	ck_assert_int_eq(aml_dma_wait(parents.dma, &parents.prepared), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	ck_assert_int_eq(aml_dma_close(&parents.dma), 0);
}
END_TEST

static int use_own_engine(void *arg)
{
	struct parents *parents = arg;
	struct aml_dma_job job = job_of(&p);
	struct aml_dma_request *req;
	struct aml_dma *dma;
	int rc = aml_dma_open(&dma, IN_CHILD);

	if (rc)
		return complain("open", rc);
	job.after = &parents->req; /* nobody here will end it */
	job.nafter = 1;
	rc = aml_dma_submit(dma, &req, &job);
	if (rc == 0)
		return complain("submit after a request of the parent's", rc);
	job.nafter = 0;
	for (int i = 0; i < 50; i++) {
		pair_reset(&p);
		rc = aml_dma_submit(dma, &req, &job);
		if (rc == 0)
			rc = aml_dma_wait(dma, &req);
		if (rc || !pair_dst_equals_oracle(&p))
			return complain("copy", rc);
	}
	rc = aml_dma_barrier(dma);
	if (rc)
		return complain("barrier", rc);
	return aml_dma_close(&dma) ? 1 : use_parents_engine(arg);
}

START_TEST(the_child_can_open_engines_of_its_own)
{
	struct gate gate = {0};
	const struct aml_dma_job through = job_through(&gate), job = job_of(&p);
	struct parents parents;

	ck_assert_int_eq(aml_dma_open(&parents.dma, "pool:threads=2,small=0"), 0);
	parents.req = submit_job(parents.dma, &through);
	parents.prepared = prepare_job(parents.dma, &job);
	gate_await(&gate); /* a worker is in the middle of something */
	ck_assert_int_eq(in_child(use_own_engine, &parents), 0);
	gate_open(&gate);
	ck_assert_int_eq(aml_dma_wait(parents.dma, &parents.req), 0);
	ck_assert_int_eq(aml_dma_close(&parents.dma), 0);
}
END_TEST

static atomic_bool stop;

static void *open_and_close(void *arg)
{
	(void)arg;
	while (!atomic_load(&stop)) {
		struct aml_dma *dma;

		if (aml_dma_open(&dma, "memcpy"))
			return (void *)1;
		aml_dma_copy(dma, p.dst, p.src);
		aml_dma_close(&dma);
	}
	return NULL;
}

static int open_one(void *arg)
{
	struct aml_dma *dma;

	(void)arg;
	return aml_dma_open(&dma, IN_CHILD) || aml_dma_close(&dma);
}

START_TEST(a_fork_may_come_while_other_threads_open_and_close)
{
	pthread_t thread;
	void *bad;

	atomic_store(&stop, false);
	pthread_create(&thread, NULL, open_and_close, NULL);
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(in_child(open_one, NULL), 0);
	atomic_store(&stop, true);
	pthread_join(thread, &bad);
	ck_assert_ptr_null(bad);
}
END_TEST

/* ---- exit ---- */

static int exit_in_the_middle(void *arg)
{
	static struct gate shut; /* never opened: an operator that never returns */
	const struct aml_dma_job through = job_through(&shut);
	struct aml_dma *dma;
	int how = *(int *)arg;

	if (aml_dma_open(&dma, how < 2 ? "pool:threads=1,small=0"
				       : "fault:engine=(pool:threads=1),delay_us=1000000,thread"))
		return 1;
	for (int i = 0; i < 100; i++)
		if (aml_dma_async_copy(dma, NULL, p.dst, p.src))
			return 2;
	if (how == 1) {
		if (aml_dma_submit(dma, NULL, &through))
			return 3;
		gate_await(&shut);
	}
	exit(42); /* with handlers and destructors */
}

START_TEST(a_program_may_exit_with_requests_in_flight)
{
	ck_assert_int_eq(in_child(exit_in_the_middle, &_i), 42);
}
END_TEST

/* ---- threads ---- */

struct job_of_thread {
	struct aml_dma *dma;
	struct many copies;
	struct aml_dma_request *req[20];
	int rc;
};

static void *submit_and_end(void *arg)
{
	struct job_of_thread *job = arg;

	for (int i = 0; i < 20 && job->rc == 0; i++)
		job->rc = aml_dma_async_copy(job->dma, &job->req[i], job->copies.dst[i],
					     job->copies.src[i]);
	return NULL;
}

START_TEST(the_thread_that_submitted_may_end)
{
	static const size_t bytes = 64;
	struct job_of_thread job = {.dma = engines_open(_i), .copies = many_make(20, &bytes, 1)};

	for (int turn = 0; turn < 5; turn++) {
		pthread_t thread;

		memset(job.copies.to, 0, job.copies.most);
		pthread_create(&thread, NULL, submit_and_end, &job);
		pthread_join(thread, NULL);
		ck_assert_int_eq(job.rc, 0);
		ck_assert_int_eq(aml_dma_wait_all(20, job.req, AML_DMA_FOREVER, NULL), 0);
		ck_assert(!memcmp(job.copies.to, job.copies.from, job.copies.most));
	}
	ck_assert_int_eq(aml_dma_close(&job.dma), 0);
	many_free(&job.copies);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("process");
	TCase *tc = tcase_create("process");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, in_the_child_of_a_fork_every_call_is_refused, 0, engines_count());
	tcase_add_test(tc, the_child_can_open_engines_of_its_own);
	if (!ASAN)
		tcase_add_test(tc, a_fork_may_come_while_other_threads_open_and_close);
	else
		printf("skipped: a fork while other threads allocate: AddressSanitizer's free() "
		       "may hang in the child\n");
	tcase_add_loop_test(tc, a_program_may_exit_with_requests_in_flight, 0, 3);
	tcase_add_loop_test(tc, the_thread_that_submitted_may_end, 0, engines_count());
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
