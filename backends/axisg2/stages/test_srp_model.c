/* SPDX-License-Identifier: BSD-3-Clause */
/* The master of registers against the model of firmware, and what happens between them. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "aml/axis/srp.h"
#include "backends/axisg2/stages/test_stage.h"

/* Between the two, on the way back: a thread that brings what it was left, the last first. */
struct wire {
	struct aml_axis_stage stage;
	pthread_mutex_t lock;
	pthread_cond_t more;
	pthread_t thread;
	bool stop;
	struct sink sink;
	unsigned lose;	 /* so many of the next ones */
	unsigned gather; /* wait for so many, once */
	unsigned most;	 /* there were so many at once */
};

static struct aml_axis_srp srp;
static struct aml_axis_srp_model model;
static struct wire wire;

static int wire_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	struct wire *w = (struct wire *)stage;
	int rc = 0;

	pthread_mutex_lock(&w->lock);
	if (w->lose)
		w->lose--;
	else
		rc = aml_axis_stage_accept(&w->sink.stage, frame);
	if (w->sink.n > w->most)
		w->most = (unsigned)w->sink.n;
	pthread_cond_signal(&w->more);
	pthread_mutex_unlock(&w->lock);
	return rc;
}

static void *wire_thread(void *arg)
{
	struct wire *w = arg;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		struct aml_axis_frame *frame;

		while (w->sink.n < (w->gather ? w->gather : 1) && !w->stop)
			pthread_cond_wait(&w->more, &w->lock);
		w->gather = 0;
		if (w->sink.n == 0)
			break;
		frame = w->sink.frames[--w->sink.n];
		pthread_mutex_unlock(&w->lock);
		ck_assert_int_eq(aml_axis_stage_accept(w->stage.next, frame), 0);
		aml_axis_frame_release(&frame);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void start_wire(unsigned gather)
{
	wire = (struct wire){
		.stage.accept = wire_accept, .stage.next = &srp.stage, .gather = gather};
	sink_init(&wire.sink);
	pthread_mutex_init(&wire.lock, NULL);
	pthread_cond_init(&wire.more, NULL);
	ck_assert_int_eq(pthread_create(&wire.thread, NULL, wire_thread, &wire), 0);
	model.stage.next = &wire.stage;
}

static void begin(int64_t timeout_us)
{
	struct aml_axis_srp_options options = {.dest = 1, .timeout_us = timeout_us};

	ck_assert_int_eq(aml_axis_srp_init(&srp, &options), 0);
	srp.stage.next = &model.stage;
}

static void setup(void)
{
	wire.stage.next = NULL;
	begin(60000000);
	ck_assert_int_eq(aml_axis_srp_model_init(&model), 0);
	model.stage.next = &srp.stage; /* the response comes inside start */
}

static void teardown(void)
{
	if (wire.stage.next) {
		pthread_mutex_lock(&wire.lock);
		wire.stop = true;
		pthread_cond_signal(&wire.more);
		pthread_mutex_unlock(&wire.lock);
		pthread_join(wire.thread, NULL);
		pthread_cond_destroy(&wire.more);
		pthread_mutex_destroy(&wire.lock);
	}
	aml_axis_srp_fini(&srp);
	aml_axis_srp_model_fini(&model);
	aml_axis_srp_model_fini(&model);
}

START_TEST(what_was_written_is_read)
{
	uint32_t word = 0x12345678, got = 1;

	ck_assert_int_eq(aml_axis_srp_read(&srp, 0x1000, &got, 4), 0);
	ck_assert_uint_eq(got, 0);
	ck_assert_int_eq(aml_axis_srp_write(&srp, 0x1000, &word, 4), 0);
	ck_assert_int_eq(aml_axis_srp_read(&srp, 0x1000, &got, 4), 0);
	ck_assert_uint_eq(got, word);
	word = 5;
	ck_assert_int_eq(aml_axis_srp_post(&srp, 0x1000, &word, 4), 0);
	ck_assert_int_eq(aml_axis_srp_read(&srp, 0x1000, &got, 4), 0);
	ck_assert_uint_eq(got, 5);
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).responses, 4);
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).requests, 5);
}
END_TEST

static void transfer_and_compare(uint64_t address, size_t words)
{
	uint32_t *out = malloc(4 * words), *in = calloc(words + 1, 4);

	for (size_t i = 0; i < words; i++)
		out[i] = (uint32_t)(address + i) * 2654435761u;
	ck_assert_int_eq(aml_axis_srp_write(&srp, address, out, 4 * words), 0);
	ck_assert_int_eq(aml_axis_srp_read(&srp, address, in, 4 * words), 0);
	ck_assert_mem_eq(in, out, 4 * words);
	ck_assert_uint_eq(in[words], 0);
	free(out);
	free(in);
}

START_TEST(transfers_of_any_size_are_cut_at_4_kib)
{
	transfer_and_compare(0, 1024);
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).requests, 2);
	transfer_and_compare(0xffc, 2);
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).requests, 6);
	transfer_and_compare(0xfffffff8, 1024);
	transfer_and_compare(UINT64_MAX - 8191, 2048);
	start_wire(0);
	transfer_and_compare(0x123450, 50000);
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).strays, 0);
}
END_TEST

START_TEST(several_requests_are_under_way_at_once)
{
	uint32_t *words = calloc(16384, 4);

	start_wire(8);
	ck_assert_int_eq(aml_axis_srp_read(&srp, 0, words, 65536), 0);
	ck_assert_uint_eq(wire.most, 8);
	free(words);
}
END_TEST

START_TEST(a_lost_response_is_a_timeout_and_the_next_is_not)
{
	uint32_t words[2048] = {0};

	aml_axis_srp_fini(&srp);
	begin(200000);
	start_wire(0);
	wire.lose = 1;
	ck_assert_int_eq(aml_axis_srp_read(&srp, 0x100, words, 4), -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_axis_srp_read(&srp, 0x100, words, 4), 0);
	wire.lose = 1; /* of two: both are waited for */
	ck_assert_int_eq(aml_axis_srp_read(&srp, 0x1000, words, 8192), -AML_ETIMEDOUT);
	ck_assert_msg(strstr(aml_error_detail(), "0x1000: no response"), "%s", aml_error_detail());
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).timeouts, 2);
	ck_assert_int_eq(aml_axis_srp_read(&srp, 0x1000, words, 8192), 0);
}
END_TEST

/* A stage that must not be entered twice at once. */
struct alone {
	struct aml_axis_stage stage;
	atomic_uint inside, together;
};

static int alone_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	struct alone *alone = (struct alone *)stage;
	int rc;

	if (atomic_fetch_add(&alone->inside, 1))
		atomic_fetch_add(&alone->together, 1);
	sched_yield();
	rc = aml_axis_stage_accept(stage->next, frame);
	atomic_fetch_sub(&alone->inside, 1);
	return rc;
}

static void *write_and_read(void *arg)
{
	uint64_t address = *(uint64_t *)arg;
	uint32_t out[40], in[40];

	for (uint32_t round = 0; round < 50; round++) {
		for (uint32_t i = 0; i < 40; i++)
			out[i] = (uint32_t)address + round + i;
		ck_assert_int_eq(aml_axis_srp_write(&srp, address, out, sizeof(out)), 0);
		ck_assert_int_eq(aml_axis_srp_read(&srp, address, in, sizeof(in)), 0);
		ck_assert_mem_eq(in, out, sizeof(in));
	}
	return NULL;
}

START_TEST(threads_share_a_master)
{
	uint64_t addresses[] = {0, 0x1000, 0x100000000};
	struct alone alone = {.stage.accept = alone_accept, .stage.next = &model.stage};
	pthread_t thread[3];

	start_wire(0);
	srp.stage.next = &alone.stage;
	for (int i = 0; i < 3; i++)
		pthread_create(&thread[i], NULL, write_and_read, &addresses[i]);
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	ck_assert_uint_eq(alone.together, 0);
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).responses, 300);
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).strays, 0);
}
END_TEST

/* What the model says to a frame of these words; *n of them, 0 = nothing. */
static void ask(const uint32_t *words, size_t n, uint8_t first, uint8_t last, uint32_t *answer,
		size_t *nanswer)
{
	struct aml_axis_frame *frame = parts_create(4 * n, 6);
	struct sink sink;

	sink_init(&sink);
	model.stage.next = &sink.stage;
	ck_assert_int_eq(aml_axis_frame_write(frame, 0, words, 4 * n), 0);
	frame->first_user = first;
	frame->last_user = last;
	frame->dest = 0x305;
	ck_assert_int_eq(aml_axis_stage_accept(&model.stage, frame), 0);
	aml_axis_frame_release(&frame);
	*nanswer = sink.n ? sink.frames[0]->bytes / 4 : 0;
	if (sink.n) {
		ck_assert_uint_eq(sink.frames[0]->dest, 0x305);
		ck_assert_uint_eq(sink.frames[0]->first_user, AML_AXIS_SOF);
		ck_assert_int_eq(aml_axis_frame_read(sink.frames[0], 0, answer, 4 * *nanswer), 0);
	}
	sink_clear(&sink);
}

START_TEST(the_model_answers_as_firmware_does)
{
	static const struct {
		uint32_t words[7];
		size_t n;
		uint8_t first, last;
		size_t nanswer;
		uint32_t tail;
	} cases[] = {
		{{3, 9, 0x20, 0, 7}, 5, 2, 0, 8, 0},		     /* read */
		{{0x103, 9, 0x20, 0, 7, 1, 2}, 7, 2, 0, 8, 0},	     /* write */
		{{0x203, 9, 0x20, 0, 7, 1, 2}, 7, 2, 0, 0, 0},	     /* posted */
		{{0x303, 9, 0x20, 0, 7}, 5, 2, 0, 6, 0},	     /* null */
		{{3, 9, 0x20, 0, 7}, 5, 0, 0, 0, 0},		     /* no start of frame */
		{{3, 9, 0x20, 0}, 4, 2, 0, 0, 0},		     /* no head */
		{{3, 9, 0x20, 0, 7}, 5, 2, 1, 6, AML_AXIS_SRP_EOFE}, /* damaged */
		{{2, 9, 0x20, 0, 7}, 5, 2, 0, 6, AML_AXIS_SRP_VERSION},
		{{3, 9, 0x20, 0, 6}, 5, 2, 0, 6, AML_AXIS_SRP_REQUEST},
		{{3, 9, 0x22, 0, 7}, 5, 2, 0, 6, AML_AXIS_SRP_REQUEST},
		{{3, 9, 0x20, 0, 4096}, 5, 2, 0, 6, AML_AXIS_SRP_REQUEST},
		{{3, 9, 0x20, 0, 0xffffffff}, 5, 2, 0, 6, AML_AXIS_SRP_REQUEST},
		{{3, 9, 0x20, 0, 7, 1}, 6, 2, 0, 6, AML_AXIS_SRP_FRAMING},
		{{0x103, 9, 0x20, 0, 7, 1}, 6, 2, 0, 6, AML_AXIS_SRP_FRAMING},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t answer[16] = {0};
		size_t n;

		ask(cases[i].words, cases[i].n, cases[i].first, cases[i].last, answer, &n);
		ck_assert_uint_eq(n, cases[i].nanswer);
		if (n == 0)
			continue;
		ck_assert_uint_eq(answer[0] & ~0x3c00u, cases[i].words[0]);
		ck_assert_mem_eq(&answer[1], &cases[i].words[1], 16);
		ck_assert_uint_eq(answer[n - 1], cases[i].tail);
	}
}
END_TEST

START_TEST(without_memory_the_model_says_so)
{
	struct aml_axis_srp_model other;
	uint32_t word;

	EXPECT_REFUSED_WITHOUT_MEMORY(aml_axis_srp_model_init(&other),
				      ck_assert_ptr_null(other.state));
	aml_axis_srp_model_fini(&other);
	/* a frame, a page, a frame */
	EXPECT_REFUSED_WITHOUT_MEMORY(aml_axis_srp_read(&srp, 0, &word, 4), (void)0);
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).requests, 1);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("srp_model");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_was_written_is_read);
	tcase_add_test(tcase, transfers_of_any_size_are_cut_at_4_kib);
	tcase_add_test(tcase, several_requests_are_under_way_at_once);
	tcase_add_test(tcase, a_lost_response_is_a_timeout_and_the_next_is_not);
	tcase_add_test(tcase, threads_share_a_master);
	tcase_add_test(tcase, the_model_answers_as_firmware_does);
	tcase_add_test(tcase, without_memory_the_model_says_so);
	return run_case(tcase);
}
