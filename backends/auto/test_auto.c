/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests of the engine auto: in host memory, and at engines that the test opens beside it. */
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "aml/area.h"
#include "aml/area/linux.h"
#include "aml/layout/dense.h"
#include "base/mem.h"
#include "dma/engine.h"
#include "tests/lib/gate.h"
#include "tests/lib/manual.h"
#include "tests/lib/pair.h"
#include "tests/lib/slot.h"

#define S INT64_C(1000000) /* in microseconds */

static struct aml_dma *dma, *guest;
static struct pair p;

/* ---- a stream in an area ---- */

static int name_area(const struct aml_area_data *data, FILE *stream, const char *prefix)
{
	fprintf(stream, "%s: card %s\nand more\n", prefix, (const char *)data);
	return 0;
}

static struct aml_area_ops area_ops = {.fprintf = name_area};
static struct aml_area here = {&area_ops, (struct aml_area_data *)"one"};
static struct aml_area there = {&area_ops, (struct aml_area_data *)"two"};

static const struct aml_area *stream_area(const struct aml_layout_data *data)
{
	return (const struct aml_area *)data;
}

static struct aml_layout_ops stream_ops;

static int stream_duplicate(const struct aml_layout *layout, struct aml_layout **out, void *ptr)
{
	(void)ptr;
	*out = malloc(sizeof(**out));
	**out = *layout;
	return 0;
}

static void stream_destroy(struct aml_layout *layout)
{
	free(layout);
}

static struct aml_layout_ops stream_ops = {
	.area = stream_area,
	.duplicate = stream_duplicate,
	.destroy = stream_destroy,
};
static struct aml_layout stream = {&stream_ops, (struct aml_layout_data *)&here};
static struct aml_layout other_stream = {&stream_ops, (struct aml_layout_data *)&there};

static void setup(void)
{
	p = pair_dense(16, 4);
	guest = manual_open(AML_DMA_HOST);
	manual.reached = &here;
	ck_assert_int_eq(aml_dma_open(&dma, "auto:host=(pool:threads=1,small=0)"), 0);
}

static void teardown(void)
{
	aml_dma_close_for(&dma, S); /* also after a failure */
	aml_dma_close_for(&guest, S);
	pair_free(&p);
}

static struct aml_dma_request *send_for(int64_t timeout_us)
{
	const struct aml_dma_job job = {
		.size = sizeof(job), .dst = &stream, .src = p.src, .timeout_us = timeout_us};
	struct aml_dma_request *req;
	int rc = aml_dma_submit(dma, &req, &job);

	ck_assert_msg(rc == 0, "%s", aml_error_detail());
	return req;
}

static struct aml_dma_request *send(void)
{
	return send_for(0);
}

/* ---- in host memory ---- */

static bool says(const char *text)
{
	static char all[2000];
	FILE *out = fmemopen(all, sizeof(all), "w");

	ck_assert_int_eq(aml_dma_fprintf(out, "", dma), 0);
	fclose(out);
	return strstr(all, text);
}

START_TEST(size_decides_who_copies_in_host_memory)
{
	struct pair large = pair_dense(100000, 4);
	struct aml_dma_caps caps;

	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	ck_assert(says("at once, up to 32768 bytes: 1 requests") &&
		  says("by pool:threads=1,small=0: 0 requests"));
	ck_assert_int_eq(aml_dma_copy(dma, large.dst, large.src), 0);
	ck_assert(pair_dst_equals_oracle(&large));
	ck_assert(says("at once, up to 32768 bytes: 1 requests") &&
		  says("by pool:threads=1,small=0: 1 requests"));
	ck_assert_int_eq(aml_dma_caps(dma, &caps), 0);
	ck_assert_uint_eq(caps.threads, 1);
	ck_assert_uint_eq(caps.flags & AML_DMA_INLINE, 0);
	ck_assert_int_eq(manual.submitted, 0);
	pair_free(&large);
}
END_TEST

START_TEST(a_small_copy_does_not_overtake_what_is_under_way)
{
	struct gate gate = {.open = false};
	struct aml_dma_request *first, *second;

	ck_assert_int_eq(aml_dma_async_copy_custom(dma, &first, no_layout(), no_layout(), gate_pass,
						   &gate),
			 0);
	gate_await(&gate);
	ck_assert_int_eq(aml_dma_async_copy(dma, &second, p.dst, p.src), 0);
	ck_assert(says("at once, up to 32768 bytes: 0 requests") &&
		  says("by pool:threads=1,small=0: 2 requests"));
	gate_open(&gate);
	ck_assert_int_eq(aml_dma_wait(dma, &second), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	ck_assert_int_eq(aml_dma_wait(dma, &first), 0);
}
END_TEST

START_TEST(custom_operators_run_on_the_host_engine)
{
	struct gate gate = {.open = true, .returns = -77};

	ck_assert_int_eq(aml_dma_copy_custom(dma, no_layout(), no_layout(), gate_pass, &gate), -77);
	ck_assert_int_eq(gate.entered, 1);
	ck_assert(says("at once, up to 32768 bytes: 0 requests"));
}
END_TEST

START_TEST(what_the_engine_on_the_host_is_can_be_said)
{
	struct aml_dma *other;
	struct aml_dma_caps caps;

	ck_assert_int_eq(aml_dma_open(&other, "auto:host=memcpy,small=0"), 0);
	ck_assert_int_eq(aml_dma_copy(other, p.dst, p.src), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	aml_dma_close(&other);
	ck_assert_int_eq(aml_dma_open(&other, "auto"), 0);
	ck_assert_int_eq(aml_dma_caps(other, &caps), 0);
	ck_assert(caps.flags & AML_DMA_HOST && caps.flags & AML_DMA_OPERATORS);
	aml_dma_close(&other);
	ck_assert_int_eq(aml_dma_open(&other, "auto:host=none"), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_open(&other, "auto:small=x"), -AML_EINVAL);
	ck_assert_ptr_null(other);
}
END_TEST

/* ---- at another engine ---- */

START_TEST(a_stream_goes_to_the_engine_that_reaches_it)
{
	struct aml_dma_request *req = send();

	ck_assert_int_eq(manual.submitted, 1);
	ck_assert_ptr_eq(aml_request_plan(manual.req[0]), aml_request_plan(slot_of(dma, req)));
	ck_assert_ptr_eq(aml_request_area(manual.req[0], AML_DMA_SIDE_DST), &here);
	ck_assert_ptr_null(aml_request_area(manual.req[0], AML_DMA_SIDE_SRC));
	ck_assert_int_eq(manual_start(0), 0);
	ck_assert_int_eq(slot_state(dma, req), AMLI_RUNNING);
	aml_request_complete(manual.req[0], -AML_EIO);
	ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_EIO);
	ck_assert(says("by other engines: 1 requests"));
}
END_TEST

START_TEST(its_refusal_is_passed_on)
{
	struct aml_dma_request *req;

	manual.submit_fails = -AML_EAGAIN;
	ck_assert_int_eq(aml_dma_async_copy(dma, &req, &stream, p.src), -AML_EAGAIN);
	ck_assert_ptr_null(req);
	manual.submit_fails = 0;
	req = send();
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
}
END_TEST

START_TEST(of_two_engines_the_latest_has_it_and_a_program_may_drive_it_itself)
{
	struct aml_dma *second = second_manual_open(AML_DMA_HOST | AML_DMA_PROGRESS);
	struct aml_dma_request *req;

	second_manual.reached = &here;
	req = send();
	ck_assert_int_eq(manual.submitted, 0);
	ck_assert_int_eq(second_manual.submitted, 1);
	ck_assert_int_eq(aml_dma_wait_for(dma, &req, 3000), -AML_ETIMEDOUT);
	ck_assert_int_gt(second_manual.progressed, 0);
	second_manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	aml_dma_close(&second);
	req = send();
	ck_assert_int_eq(manual.submitted, 1);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
}
END_TEST

START_TEST(several_engines_are_driven_at_once)
{
	struct aml_dma *second = second_manual_open(AML_DMA_HOST | AML_DMA_PROGRESS);
	struct aml_dma_request *req[2];

	second_manual.reached = &there;
	req[0] = send();
	ck_assert_int_eq(aml_dma_async_copy(dma, &req[1], p.dst, &other_stream), 0);
	ck_assert_int_eq(second_manual.submitted, 1);
	ck_assert_int_eq(aml_dma_wait_for(dma, &req[0], 3000), -AML_ETIMEDOUT);
	ck_assert_int_gt(manual.progressed, 0);
	ck_assert_int_gt(second_manual.progressed, 0);
	second_manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req[1]), 0);
	aml_dma_close(&second); /* nothing of ours is there any more */
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req[0]), 0);
}
END_TEST

START_TEST(without_an_engine_for_both_sides_it_is_refused_by_name)
{
	struct aml_dma_request *req;
	struct aml_dma *second;

	ck_assert_int_eq(aml_dma_async_copy(dma, &req, &other_stream, p.src), -AML_ENOTSUP);
	ck_assert_msg(strstr(aml_error_detail(), "card two"), "%s", aml_error_detail());
	ck_assert_ptr_null(strstr(aml_error_detail(), "more"));
	second = second_manual_open(0); /* not the host's memory */
	second_manual.reached = &there;
	ck_assert_int_eq(aml_dma_async_copy(dma, &req, &other_stream, p.src), -AML_ENOTSUP);
	ck_assert_msg(strstr(aml_error_detail(), "card two and host memory"), "%s",
		      aml_error_detail());
	ck_assert_ptr_null(req);
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
	aml_dma_close(&second);
}
END_TEST

START_TEST(a_batch_goes_to_one_engine_or_nowhere)
{
	struct aml_dma *second = second_manual_open(AML_DMA_HOST);
	struct pair q = pair_dense(16, 4);
	struct aml_layout *same[] = {&stream, &stream}, *mixed[] = {&stream, &other_stream},
			  *half[] = {q.dst, &stream};
	const struct aml_layout *src[] = {p.src, q.src};
	struct aml_dma_request *req;

	second_manual.reached = &there;
	ck_assert_int_eq(aml_dma_async_batch(dma, &req, 2, mixed, src), -AML_ENOTSUP);
	ck_assert_msg(strstr(aml_error_detail(), "several areas"), "%s", aml_error_detail());
	ck_assert_int_eq(aml_dma_async_batch(dma, &req, 2, half, src), -AML_ENOTSUP);
	ck_assert_msg(strstr(aml_error_detail(), "several areas"), "%s", aml_error_detail());
	ck_assert_ptr_null(req);
	ck_assert_int_eq(aml_dma_async_batch(dma, &req, 2, same, src), 0);
	ck_assert_int_eq(manual.submitted, 1);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	aml_dma_close(&second);
	pair_free(&q);
}
END_TEST

START_TEST(an_engine_around_auto_is_not_found_by_it)
{
	struct aml_dma *around, *second;
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_open(&around, "fault:engine=auto"), 0);
	ck_assert_int_eq(aml_dma_open(&second, "auto"), 0);
	ck_assert_int_eq(aml_dma_async_copy(around, &req, &stream, p.src), 0);
	ck_assert_int_eq(manual.submitted, 1);
	ck_assert_ptr_eq(aml_request_area(manual.req[0], AML_DMA_SIDE_DST), &here);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(around, &req), 0);
	ck_assert_int_eq(aml_dma_async_copy(second, &req, &other_stream, p.src), -AML_ENOTSUP);
	aml_dma_close(&second);
	aml_dma_close(&around);
}
END_TEST

/* ---- plain pointers ---- */

START_TEST(a_plain_pointer_into_memory_that_the_cpu_cannot_use_is_not_used)
{
	struct pair generic = pair_random(7, 2, false);
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_area_range_add(&there, p.from.memory, p.from.size, 0), 0);
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), -AML_ENOTSUP);
	ck_assert_msg(strstr(aml_error_detail(), "host memory and card two"), "%s",
		      aml_error_detail());
	ck_assert_int_eq(aml_dma_async_batch(dma, &req, 1, &p.dst,
					     (const struct aml_layout *const *)&p.src),
			 -AML_ENOTSUP);
	ck_assert_int_eq(aml_area_range_remove(&there, p.from.memory, p.from.size), 0);
	ck_assert_int_eq(aml_area_range_add(&here, p.from.memory, p.from.size, 0), 0);
	ck_assert_int_eq(aml_dma_async_copy(dma, &req, p.dst, p.src), 0);
	ck_assert_int_eq(manual.submitted, 1);
	ck_assert_ptr_null(aml_request_area(manual.req[0], AML_DMA_SIDE_DST));
	ck_assert_ptr_eq(aml_request_area(manual.req[0], AML_DMA_SIDE_SRC), &here);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	ck_assert_int_eq(aml_area_range_remove(&here, p.from.memory, p.from.size), 0);
	ck_assert_int_eq(aml_dma_copy(dma, generic.dst, generic.src), 0);
	pair_free(&generic);
}
END_TEST

START_TEST(one_that_the_cpu_can_use_is_as_good_as_host_memory)
{
	ck_assert_int_eq(aml_area_range_add(&there, p.from.memory, p.from.size, AML_AREA_RANGE_CPU),
			 0);
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	ck_assert_int_eq(aml_area_range_remove(&there, p.from.memory, p.from.size), 0);
}
END_TEST

/* ---- ends ---- */

START_TEST(cancel_reaches_the_other_engine)
{
	struct aml_dma_request *req = send();
	struct aml_dma_info info = {.size = sizeof(info)};

	ck_assert_int_eq(aml_dma_cancel_info(dma, &req, &info), 0);
	ck_assert_int_eq(manual.cancelled, 1);
	ck_assert_int_eq(info.outcome, AML_DMA_DROPPED);
	ck_assert_int_eq(aml_dma_barrier(guest), 0);
}
END_TEST

START_TEST(a_deadline_ends_what_waits_there)
{
	struct aml_dma_request *req = send_for(2000);

	ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_ETIMEDOUT);
	ck_assert_int_eq(manual.cancelled, 1);
	req = send_for(1000);
	sleep_us(2000);
	ck_assert_int_eq(manual_start(1), -AML_ETIMEDOUT);
	aml_request_complete(manual.req[1], -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_ETIMEDOUT);
}
END_TEST

START_TEST(closing_the_other_engine_fails_what_waits_there)
{
	struct aml_dma_request *req[3] = {send(), send(), send()};

	manual_complete(0, 0); /* one that has ended, and is not waited for yet */
	ck_assert_int_eq(aml_dma_close(&guest), 0);
	ck_assert_int_eq(manual.cancelled, 2);
	ck_assert_int_eq(aml_dma_wait(dma, &req[2]), -AML_EIO);
	ck_assert_int_eq(aml_dma_wait(dma, &req[1]), -AML_EIO);
	ck_assert_int_eq(aml_dma_cancel(dma, &req[0]), 0);
	ck_assert_int_eq(aml_dma_async_copy(dma, &req[0], &stream, p.src), -AML_ENOTSUP);
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
}
END_TEST

static void *complete_later(void *arg)
{
	(void)arg;
	sleep_us(5000);
	manual_complete(0, 0);
	return NULL;
}

START_TEST(closing_it_waits_for_what_cannot_be_cancelled)
{
	struct aml_dma_request *req = send();
	pthread_t thread;

	manual.cancel = -AML_EBUSY;
	ck_assert_int_eq(pthread_create(&thread, NULL, complete_later, NULL), 0);
	ck_assert_int_eq(aml_dma_close(&guest), 0);
	ck_assert_int_eq(manual.closed, 1);
	pthread_join(thread, NULL);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
}
END_TEST

START_TEST(closing_auto_with_a_time_limit_cancels_there)
{
	struct aml_dma_request *req = send();

	(void)req;
	ck_assert_int_eq(aml_dma_close_for(&dma, 1000), 0);
	ck_assert_int_ge(manual.cancelled, 1);
	ck_assert_int_eq(aml_dma_barrier(guest), 0);
}
END_TEST

START_TEST(a_prepared_request_finds_an_engine_at_each_start)
{
	const struct aml_dma_job job = {.size = sizeof(job), .dst = &stream, .src = p.src};
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_prepare(dma, &req, &job), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(aml_dma_start(dma, req), 0);
		manual_complete(i, 0);
		ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	}
	aml_dma_close(&guest);
	ck_assert_int_eq(aml_dma_start(dma, req), -AML_ENOTSUP);
	guest = manual_open(AML_DMA_HOST);
	manual.reached = &here;
	ck_assert_int_eq(aml_dma_start(dma, req), 0);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	ck_assert_int_eq(aml_dma_release(dma, &req), 0);
}
END_TEST

/* ---- waiting ---- */

static void ended(struct aml_dma_request *req, const struct aml_dma_info *info, void *arg)
{
	(void)req;
	*(int *)arg = info->status;
}

START_TEST(callbacks_and_the_descriptor_tell_of_the_end)
{
	int status = 1;
	const struct aml_dma_job job = {.size = sizeof(job),
					.dst = &stream,
					.src = p.src,
					.done = ended,
					.done_arg = &status};
	struct pollfd fd = {.events = POLLIN};
	size_t n;

	ck_assert_int_eq(aml_dma_fd(dma, &fd.fd), 0);
	aml_dma_drain(dma, NULL);
	ck_assert_int_eq(aml_dma_submit(dma, NULL, &job), 0);
	aml_dma_drain(dma, NULL);
	ck_assert_int_eq(poll(&fd, 1, 5), 0);
	manual_complete(0, -AML_EIO);
	ck_assert_int_eq(status, -AML_EIO);
	ck_assert_int_eq(poll(&fd, 1, 5000), 1);
	ck_assert_int_eq(aml_dma_drain(dma, &n), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(poll(&fd, 1, 5), 0);
	ck_assert_int_eq(aml_dma_barrier(dma), -AML_EIO);
}
END_TEST

START_TEST(the_other_engines_own_descriptor_is_left_to_its_program)
{
	struct aml_dma_request *own, *req = send();
	size_t n;
	int fd;

	ck_assert_int_eq(aml_dma_fd(guest, &fd), 0);
	aml_dma_drain(guest, NULL);
	ck_assert_int_eq(aml_dma_async_copy(guest, &own, p.dst, p.src), 0);
	manual_complete(1, 0);
	ck_assert_int_eq(aml_dma_wait_for(dma, &req, 3000), -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_dma_drain(guest, &n), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(aml_dma_wait(guest, &own), 0);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
}
END_TEST

/* ---- select ---- */

START_TEST(select_opens_what_copies_between_two_areas)
{
	struct aml_dma *selected;
	struct aml_dma_caps caps;

	ck_assert_int_eq(aml_dma_select(&selected, NULL, &aml_area_linux), 0);
	ck_assert_int_eq(aml_dma_caps(selected, &caps), 0);
	ck_assert_str_ne(caps.engine, "auto");
	aml_dma_close(&selected);
	ck_assert_int_eq(aml_dma_select(&selected, &here, &aml_area_linux), 0);
	ck_assert_int_eq(aml_dma_caps(selected, &caps), 0);
	ck_assert_str_eq(caps.engine, "auto");
	aml_dma_close(&selected);
	ck_assert_int_eq(aml_dma_select(&selected, &here, &there), -AML_ENOTSUP);
	ck_assert_ptr_null(selected);
	ck_assert_msg(strstr(aml_error_detail(), "card one and card two"), "%s",
		      aml_error_detail());
	ck_assert_int_eq(aml_dma_select(NULL, &here, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_select(NULL, NULL, NULL), -AML_EINVAL);
}
END_TEST

/* ---- threads ---- */

#define ROUNDS 300

static atomic_bool over;

/* What several threads have submitted, for one that ends it. */
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static struct aml_request *queue[8];
static size_t nqueue;

static void enqueue(struct aml_request *req)
{
	pthread_mutex_lock(&queue_lock);
	queue[nqueue++] = req;
	pthread_mutex_unlock(&queue_lock);
}

static void *serve(void *arg)
{
	(void)arg;
	while (!atomic_load(&over)) {
		struct aml_request *req = NULL;

		pthread_mutex_lock(&queue_lock);
		if (nqueue)
			req = queue[--nqueue];
		pthread_mutex_unlock(&queue_lock);
		if (req)
			aml_request_complete(req, 0);
		else
			sleep_us(10);
	}
	return NULL;
}

static void *send_and_wait(void *arg)
{
	size_t bad = 0;

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		struct aml_dma_request *req;

		if (aml_dma_async_copy(dma, &req, &stream, p.src))
			bad++;
		else if (i % 3)
			bad += aml_dma_wait(dma, &req) != 0;
		else
			bad += aml_dma_cancel(dma, &req) != 0;
	}
	return (void *)bad;
}

START_TEST(threads_submit_cancel_and_wait_at_once)
{
	pthread_t server, threads[3];
	void *bad;

	manual.cancel = -AML_EBUSY; /* the server ends them all */
	manual.in_submit = enqueue;
	atomic_store(&over, false);
	ck_assert_int_eq(pthread_create(&server, NULL, serve, NULL), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, send_and_wait, NULL), 0);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], &bad);
		ck_assert_ptr_null(bad);
	}
	atomic_store(&over, true);
	pthread_join(server, NULL);
	ck_assert_int_eq(aml_dma_barrier(guest), 0);
}
END_TEST

/* Waits for requests while the main thread closes and opens their engine. */
static void *send_for_ever(void *arg)
{
	size_t bad = 0;

	(void)arg;
	while (!atomic_load(&over)) {
		struct aml_dma_request *req;
		int rc = aml_dma_async_copy(dma, &req, &stream, p.src);

		if (rc == 0)
			rc = aml_dma_wait(dma, &req);
		bad += rc != 0 && rc != -AML_EIO && rc != -AML_ENOTSUP;
	}
	return (void *)bad;
}

START_TEST(the_other_engine_may_be_closed_at_any_time)
{
	pthread_t threads[2];
	void *bad;

	atomic_store(&over, false);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, send_for_ever, NULL), 0);
	for (int i = 0; i < 100; i++) {
		sleep_us(300);
		aml_dma_close(&guest);
		guest = manual_open_reaching(AML_DMA_HOST, &here);
	}
	atomic_store(&over, true);
	aml_dma_close(&guest);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &bad);
		ck_assert_ptr_null(bad);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("auto");
	TCase *host = tcase_create("host"), *away = tcase_create("away"),
	      *end = tcase_create("end");

	tcase_add_checked_fixture(host, setup, teardown);
	tcase_add_test(host, size_decides_who_copies_in_host_memory);
	tcase_add_test(host, a_small_copy_does_not_overtake_what_is_under_way);
	tcase_add_test(host, custom_operators_run_on_the_host_engine);
	tcase_add_test(host, what_the_engine_on_the_host_is_can_be_said);
	tcase_add_test(host, a_plain_pointer_into_memory_that_the_cpu_cannot_use_is_not_used);
	tcase_add_test(host, one_that_the_cpu_can_use_is_as_good_as_host_memory);
	suite_add_tcase(s, host);
	tcase_add_checked_fixture(away, setup, teardown);
	tcase_add_test(away, a_stream_goes_to_the_engine_that_reaches_it);
	tcase_add_test(away, its_refusal_is_passed_on);
	tcase_add_test(away, of_two_engines_the_latest_has_it_and_a_program_may_drive_it_itself);
	tcase_add_test(away, several_engines_are_driven_at_once);
	tcase_add_test(away, without_an_engine_for_both_sides_it_is_refused_by_name);
	tcase_add_test(away, a_batch_goes_to_one_engine_or_nowhere);
	tcase_add_test(away, an_engine_around_auto_is_not_found_by_it);
	tcase_add_test(away, select_opens_what_copies_between_two_areas);
	suite_add_tcase(s, away);
	tcase_set_timeout(end, 120);
	tcase_add_checked_fixture(end, setup, teardown);
	tcase_add_test(end, cancel_reaches_the_other_engine);
	tcase_add_test(end, a_deadline_ends_what_waits_there);
	tcase_add_test(end, closing_the_other_engine_fails_what_waits_there);
	tcase_add_test(end, closing_it_waits_for_what_cannot_be_cancelled);
	tcase_add_test(end, closing_auto_with_a_time_limit_cancels_there);
	tcase_add_test(end, a_prepared_request_finds_an_engine_at_each_start);
	tcase_add_test(end, callbacks_and_the_descriptor_tell_of_the_end);
	tcase_add_test(end, the_other_engines_own_descriptor_is_left_to_its_program);
	tcase_add_test(end, threads_submit_cancel_and_wait_at_once);
	tcase_add_test(end, the_other_engine_may_be_closed_at_any_time);
	suite_add_tcase(s, end);
	return s;
}

int main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
