/* SPDX-License-Identifier: BSD-3-Clause */
/* The fifo: what it keeps, what it drops, and how it ends. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aml/axis/stage.h"
#include "backends/axisg2/stages/test_stage.h"

/* A next stage that takes a frame when the test lets it. */
static struct gate {
	struct aml_axis_stage stage;
	sem_t has, may; /* it has a frame; it may go on */
	int status;
	struct sink sink;
} gate;

static struct aml_axis_fifo fifo;
static bool no_threads;

/* The linker's names, as in test_alloc.c. */
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg)
{
	return no_threads ? EAGAIN : __real_pthread_create(thread, attr, fn, arg);
}

static int gate_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	struct gate *g = (struct gate *)stage;

	sem_post(&g->has);
	while (sem_wait(&g->may))
		;
	return g->status ? g->status : aml_axis_stage_accept(&g->sink.stage, frame);
}

static void setup(void)
{
	gate = (struct gate){.stage.accept = gate_accept};
	sem_init(&gate.has, 0, 0);
	sem_init(&gate.may, 0, 0);
	sink_init(&gate.sink);
	fifo.state = NULL;
}

static void teardown(void)
{
	aml_axis_fifo_fini(&fifo);
	sink_clear(&gate.sink);
	sem_destroy(&gate.has);
	sem_destroy(&gate.may);
	ck_assert_uint_eq(parts_alive(), 0);
}

static void begin(size_t depth, size_t copy_bytes)
{
	ck_assert_int_eq(aml_axis_fifo_init(&fifo, depth, copy_bytes), 0);
	fifo.stage.next = &gate.stage;
}

static void let_pass(unsigned n)
{
	while (n--)
		sem_post(&gate.may);
}

static void wait_until_it_has_one(void)
{
	while (sem_wait(&gate.has))
		;
}

/* A frame of 40 bytes that begins with @number. */
static int give(uint32_t number)
{
	struct aml_axis_frame *frame = parts_create(40, 9);
	int rc;

	ck_assert_int_eq(aml_axis_frame_write(frame, 0, &number, 4), 0);
	frame->dest = number;
	rc = aml_axis_stage_accept(&fifo.stage, frame);
	aml_axis_frame_release(&frame);
	return rc;
}

START_TEST(one_is_passed_on_one_waits_and_the_third_is_dropped)
{
	struct aml_axis_fifo_counts counts;

	begin(1, 0);
	ck_assert_int_eq(give(1), 0);
	wait_until_it_has_one();
	ck_assert_int_eq(give(2), 0);
	ck_assert_int_eq(give(3), 0);
	counts = aml_axis_fifo_counts(&fifo);
	ck_assert_uint_eq(counts.waiting, 1);
	ck_assert_uint_eq(counts.dropped, 1);
	ck_assert_uint_eq(counts.passed, 0);
	let_pass(2);
	ck_assert_int_eq(aml_axis_fifo_drain(&fifo, -1), 0);
	counts = aml_axis_fifo_counts(&fifo);
	ck_assert_uint_eq(counts.passed, 2);
	ck_assert_uint_eq(counts.waiting, 0);
	ck_assert_uint_eq(gate.sink.n, 2);
	ck_assert_uint_eq(gate.sink.frames[0]->dest, 1);
	ck_assert_uint_eq(gate.sink.frames[1]->dest, 2);
}
END_TEST

START_TEST(order_is_kept_whatever_the_depth)
{
	static const size_t depths[] = {0, 20, 50, 60};

	for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
		uint32_t next = 0;
		size_t kept = depths[i] && depths[i] < 50 ? depths[i] : 50;

		begin(depths[i], 0);
		for (uint32_t n = 0; n < 10; n++) /* so that the ring begins somewhere */
			ck_assert_int_eq(give(n), 0);
		let_pass(10);
		ck_assert_int_eq(aml_axis_fifo_drain(&fifo, -1), 0);
		ck_assert_int_eq(give(10), 0);
		for (uint32_t n = 0; n < 11; n++)
			wait_until_it_has_one();
		for (uint32_t n = 11; n < 61; n++)
			ck_assert_int_eq(give(n), 0);
		ck_assert_uint_eq(aml_axis_fifo_counts(&fifo).waiting, kept);
		ck_assert_uint_eq(aml_axis_fifo_counts(&fifo).dropped, 50 - kept);
		let_pass(51);
		ck_assert_int_eq(aml_axis_fifo_drain(&fifo, -1), 0);
		ck_assert_uint_eq(gate.sink.n, 11 + kept);
		for (; next < gate.sink.n; next++)
			ck_assert_uint_eq(gate.sink.frames[next]->dest, next);
		aml_axis_fifo_fini(&fifo);
		teardown();
		setup();
	}
}
END_TEST

START_TEST(the_frame_itself_is_held_or_its_beginning_copied)
{
	static const size_t limits[] = {0, 6, SIZE_MAX}, bytes[] = {40, 6, 40};

	for (size_t i = 0; i < 3; i++) {
		begin(4, limits[i]);
		ck_assert_int_eq(give(0x01020304), 0);
		ck_assert_uint_eq(parts_alive(), limits[i] == 0);
		let_pass(1);
		ck_assert_int_eq(aml_axis_fifo_drain(&fifo, -1), 0);
		ck_assert_uint_eq(gate.sink.frames[0]->bytes, bytes[i]);
		ck_assert_uint_eq(gate.sink.frames[0]->dest, 0x01020304);
		ck_assert_mem_eq(gate.sink.frames[0]->parts[0].iov_base, "\4\3\2\1", 4);
		teardown();
		setup();
	}
}
END_TEST

START_TEST(an_empty_frame_passes_too)
{
	struct aml_axis_frame *frame = parts_create(1, 0);

	frame->parts[0].iov_len = frame->nparts = frame->bytes = 0;
	begin(4, SIZE_MAX);
	ck_assert_int_eq(aml_axis_stage_accept(&fifo.stage, frame), 0);
	let_pass(1);
	ck_assert_int_eq(aml_axis_fifo_drain(&fifo, -1), 0);
	ck_assert_uint_eq(gate.sink.n, 1);
	sink_clear(&gate.sink);
	frame->nparts = 1;
	aml_axis_frame_release(&frame);
}
END_TEST

START_TEST(clearing_drops_what_waits)
{
	begin(0, 0);
	for (uint32_t n = 0; n < 5; n++)
		ck_assert_int_eq(give(n), 0);
	wait_until_it_has_one();
	ck_assert_int_eq(aml_axis_fifo_drain(&fifo, 1000), -AML_ETIMEDOUT);
	ck_assert_uint_eq(aml_axis_fifo_clear(&fifo), 4);
	ck_assert_uint_eq(aml_axis_fifo_counts(&fifo).dropped, 4);
	ck_assert_uint_eq(parts_alive(), 1);
	ck_assert_int_eq(aml_axis_fifo_drain(&fifo, 1000), -AML_ETIMEDOUT);
	let_pass(1);
	ck_assert_int_eq(aml_axis_fifo_drain(&fifo, -1), 0);
	ck_assert_uint_eq(aml_axis_fifo_clear(&fifo), 0);
}
END_TEST

static void *end_it(void *arg)
{
	aml_axis_fifo_fini(arg);
	return NULL;
}

static void *let_pass_later(void *arg)
{
	(void)arg;
	nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	let_pass(1);
	return NULL;
}

START_TEST(draining_waits_for_the_frame_that_is_passed_on)
{
	pthread_t thread;

	begin(0, 0);
	ck_assert_int_eq(give(1), 0);
	wait_until_it_has_one();
	ck_assert_int_eq(pthread_create(&thread, NULL, let_pass_later, NULL), 0);
	ck_assert_int_eq(aml_axis_fifo_drain(&fifo, -1), 0);
	ck_assert_uint_eq(gate.sink.n, 1);
	pthread_join(thread, NULL);
}
END_TEST

START_TEST(ending_drops_what_waits)
{
	pthread_t thread;

	begin(0, 0);
	for (uint32_t n = 0; n < 40; n++)
		ck_assert_int_eq(give(n), 0);
	wait_until_it_has_one();
	ck_assert_int_eq(pthread_create(&thread, NULL, end_it, &fifo), 0);
	while (aml_axis_fifo_counts(&fifo).waiting > 0)
		sched_yield();
	let_pass(1); /* the one that the next stage has */
	pthread_join(thread, NULL);
	ck_assert_uint_eq(gate.sink.n, 1);
	aml_axis_fifo_fini(&fifo);
}
END_TEST

START_TEST(errors_of_the_next_stage_are_counted_and_the_first_kept)
{
	struct aml_axis_fifo_counts counts;

	begin(0, 0);
	gate.status = -AML_EIO;
	ck_assert_int_eq(give(1), 0);
	let_pass(1);
	ck_assert_int_eq(aml_axis_fifo_drain(&fifo, -1), 0);
	gate.status = -AML_EDOM;
	ck_assert_int_eq(give(2), 0);
	let_pass(1);
	ck_assert_int_eq(aml_axis_fifo_drain(&fifo, -1), 0);
	gate.status = 0;
	ck_assert_int_eq(give(3), 0);
	let_pass(1);
	ck_assert_int_eq(aml_axis_fifo_drain(&fifo, -1), 0);
	counts = aml_axis_fifo_counts(&fifo);
	ck_assert_uint_eq(counts.failed, 2);
	ck_assert_uint_eq(counts.passed, 1);
	ck_assert_int_eq(counts.status, -AML_EIO);
}
END_TEST

/* Give a frame as its n-th allocation fails; true if it was taken. */
static bool taken_without_memory(struct aml_axis_frame *frame, unsigned n)
{
	int rc;

	alloc_fail_at(n);
	rc = aml_axis_stage_accept(&fifo.stage, frame);
	alloc_fail_at(0);
	ck_assert(rc == 0 || rc == -AML_ENOMEM);
	return rc == 0;
}

START_TEST(without_memory_a_frame_is_dropped_and_said_so)
{
	struct aml_axis_frame *frame = parts_create(8, 0);

	begin(0, SIZE_MAX);
	ck_assert(!taken_without_memory(frame, 1)); /* the ring */
	ck_assert(!taken_without_memory(frame, 2)); /* the copy */
	ck_assert(taken_without_memory(frame, 2));  /* there is a ring */
	wait_until_it_has_one();
	for (int i = 0; i < 16; i++)
		ck_assert(taken_without_memory(frame, 3));
	ck_assert(!taken_without_memory(frame, 1)); /* a longer ring */
	ck_assert(taken_without_memory(frame, 3));
	ck_assert_uint_eq(aml_axis_fifo_counts(&fifo).dropped, 3);
	ck_assert_uint_eq(aml_axis_fifo_counts(&fifo).waiting, 17);
	let_pass(18);
	ck_assert_int_eq(aml_axis_fifo_drain(&fifo, -1), 0);
	aml_axis_frame_release(&frame);
}
END_TEST

START_TEST(starting_needs_memory_and_a_thread)
{
	EXPECT_REFUSED_WITHOUT_MEMORY(aml_axis_fifo_init(&fifo, 4, 0),
				      ck_assert_ptr_null(fifo.state));
	aml_axis_fifo_fini(&fifo);
	no_threads = true;
	ck_assert_int_eq(aml_axis_fifo_init(&fifo, 4, 0), -AML_EAGAIN);
	no_threads = false;
	ck_assert_ptr_null(fifo.state);
}
END_TEST

static void *give_many(void *arg)
{
	(void)arg;
	for (uint32_t n = 0; n < 500; n++)
		ck_assert_int_eq(give(n), 0);
	return NULL;
}

START_TEST(threads_give_it_frames)
{
	struct aml_axis_fifo_counts counts;
	pthread_t thread[3];

	begin(8, 0);
	fifo.stage.next = NULL;
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, give_many, NULL), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	ck_assert_int_eq(aml_axis_fifo_drain(&fifo, -1), 0);
	counts = aml_axis_fifo_counts(&fifo);
	ck_assert_uint_eq(counts.passed + counts.dropped, 1500);
	ck_assert_uint_ge(counts.passed, 8);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("fifo");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, one_is_passed_on_one_waits_and_the_third_is_dropped);
	tcase_add_test(tcase, order_is_kept_whatever_the_depth);
	tcase_add_test(tcase, the_frame_itself_is_held_or_its_beginning_copied);
	tcase_add_test(tcase, an_empty_frame_passes_too);
	tcase_add_test(tcase, clearing_drops_what_waits);
	tcase_add_test(tcase, draining_waits_for_the_frame_that_is_passed_on);
	tcase_add_test(tcase, ending_drops_what_waits);
	tcase_add_test(tcase, errors_of_the_next_stage_are_counted_and_the_first_kept);
	tcase_add_test(tcase, without_memory_a_frame_is_dropped_and_said_so);
	tcase_add_test(tcase, starting_needs_memory_and_a_thread);
	tcase_add_test(tcase, threads_give_it_frames);
	return run_case(tcase);
}
