/* SPDX-License-Identifier: BSD-3-Clause */
/* How requests end that do not go well, and what is refused; several threads. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "backends/axisg2/test_stream.h"

START_TEST(a_cancelled_receive_takes_no_frame)
{
	struct aml_dma_request *req = begin(matrix(out, 1, COLS), endpoint(5));
	struct aml_dma_info info = {.size = sizeof(info)};

	ck_assert_int_eq(aml_dma_cancel_info(dma, &req, &info), 0);
	ck_assert_int_eq(info.outcome, AML_DMA_DROPPED);
	ck_assert_int_eq(copy(endpoint(5), matrix(in, 1, COLS)), 0);
	ck_assert_int_eq(copy(matrix(out, 1, COLS), endpoint(5)), 0);
	ck_assert(!memcmp(in, out, COLS * 4));
}
END_TEST

START_TEST(a_receive_ends_at_its_deadline_and_takes_no_frame)
{
	struct aml_dma_request *req = begin_for(matrix(out, 1, COLS), endpoint(5), 20000), *behind;

	ck_assert_int_eq(end(req), -AML_ETIMEDOUT);
	req = begin_for(matrix(out, 1, COLS), endpoint(5), 1);
	while (amli_axis_now_ns() % 1000000 < 500000) /* past the deadline, and nobody has looked */
		;
	while (amli_axis_now_ns() % 1000000 >= 500000)
		;
	behind = begin(matrix(out, 1, COLS), endpoint(5));
	ck_assert_int_eq(copy(endpoint(5), matrix(in, 1, COLS)), 0);
	ck_assert_int_eq(end(behind), 0);
	ck_assert_int_eq(end(req), -AML_ETIMEDOUT);
	ck_assert(!memcmp(in, out, COLS * 4));
	card_is_at_rest(axis);
}
END_TEST

START_TEST(without_buffers_a_send_waits_and_can_be_cancelled)
{
	struct aml_dma_request *req[4];

	reopen("tx=4,lanes=2", "");
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 1);
	req[0] = begin(endpoint(5), matrix(in, 3 * 16, COLS));
	req[1] = begin(endpoint(5), matrix(in, 2 * 16, COLS));
	req[2] = begin_for(endpoint(5), matrix(in, 2 * 16, COLS), 30000);
	req[3] = begin(endpoint(5), matrix(in, 16, COLS));
	ck_assert_int_eq(end(req[0]), 0); /* the card has it */
	ck_assert_int_eq(aml_dma_wait_for(dma, &req[1], 10000), -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_dma_cancel(dma, &req[1]), 0);
	ck_assert_int_eq(end(req[2]), -AML_ETIMEDOUT);
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 0);
	ck_assert_int_eq(end(req[3]), 0);
	ck_assert_int_eq(copy(matrix(out, 3 * 16, COLS), endpoint(5)), 0);
	ck_assert_int_eq(copy(matrix(out, 16, COLS), endpoint(5)), 0);
	card_is_at_rest(axis);
}
END_TEST

START_TEST(closing_cancels_what_never_comes)
{
	begin(matrix(out, 1, COLS), endpoint(5));
	ck_assert_int_eq(aml_dma_close_for(&dma, 0), 0);
	ck_assert_ptr_null(dma);
}
END_TEST

START_TEST(a_driver_that_stops_to_answer_ends_all_receives)
{
	struct aml_dma_request *req[2] = {begin(matrix(out, 1, COLS), endpoint(5)),
					  begin(matrix(out, 1, COLS), endpoint(0x102))};
	struct aml_layout *to = matrix(out, 1, COLS), *from = endpoint(5);
	struct aml_dma_request *late = NULL;

	card_make_trouble(axis);
	card_trouble.error = -ENODEV;
	card_trouble.read_in = 1;
	ck_assert_int_eq(end(req[0]), -AML_EIO);
	ck_assert_int_eq(end(req[1]), -AML_EIO);
	ck_assert_int_eq(aml_dma_async_copy(dma, &late, to, from), -AML_EIO);
	aml_layout_destroy(&to);
	aml_layout_destroy(&from);
}
END_TEST

START_TEST(a_part_that_the_driver_refuses_fails_the_request)
{
	card_make_trouble(axis);
	card_trouble.write_in = 2;
	ck_assert_int_eq(copy(endpoint(5), matrix(in, ROWS, COLS)), -AML_EIO);
	card_trouble.write_in = 0;
	ck_assert_uint_eq(card_counters(axis).tx_frames, 0);
	/* Its beginning was sent, and comes back with EOFE. */
	ck_assert_int_eq(copy(matrix(out, ROWS, COLS), endpoint(5)), -AML_EDOM);
}
END_TEST

/* ---- refusals ---- */

START_TEST(what_cannot_be_copied_is_refused)
{
	struct aml_dma *plain;
	struct aml_axis *other;
	struct aml_layout *bad = (void *)1, *wide, *one = matrix(out, 1, COLS);

	ck_assert_int_eq(try(dma, matrix(out, 1, COLS), matrix(in, 1, COLS)), -AML_ENOTSUP);
	ck_assert_int_eq(try(dma, endpoint(5), endpoint(6)), -AML_ENOTSUP);
	ck_assert_int_eq(try(dma, matrix(out, 1, COLS), endpoint(8)), -AML_EINVAL);
	ck_assert(strstr(aml_error_detail(), "destination 8 was not claimed"));
	ck_assert_int_eq(aml_layout_broadcast(one, &wide, 2, (const size_t[]){3, COLS}), 0);
	ck_assert_int_eq(try(dma, wide, endpoint(5)), -AML_EINVAL);
	aml_layout_destroy(&one);
	ck_assert_int_eq(aml_axis_open(&other, card_path(""), NULL), 0);
	ck_assert_int_eq(aml_layout_axis_create(&bad, other, 5, 0, 0), 0);
	ck_assert_int_eq(try(dma, bad, matrix(in, 1, COLS)), -AML_ENOTSUP);
	aml_axis_close(&other);
	ck_assert_int_eq(aml_dma_open(&plain, "memcpy"), 0);
	ck_assert_int_eq(try(plain, endpoint(5), matrix(in, 1, COLS)), -AML_ENOTSUP);
	ck_assert_int_eq(try(plain, matrix(out, 1, COLS), endpoint(5)), -AML_ENOTSUP);
	aml_dma_close(&plain);
	ck_assert_int_eq(aml_layout_axis_create(&bad, axis, 4096, 0, 0), -AML_EINVAL);
	ck_assert_ptr_null(bad);
	ck_assert_int_eq(aml_layout_axis_create(NULL, axis, 5, 0, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_layout_axis_create(&bad, NULL, 5, 0, 0), -AML_EINVAL);
}
END_TEST

START_TEST(frames_that_the_card_cannot_send_are_refused)
{
	reopen("tx=4", "");
	ck_assert_int_eq(try(dma, endpoint(5), matrix(in, 5 * 16, COLS)), -AML_EINVAL);
	ck_assert(strstr(aml_error_detail(), "needs 5 buffers of 4096"));
	reopen("version=cont", "");
	ck_assert_int_eq(try(dma, endpoint(5), matrix(in, 17, COLS)), -AML_ENOTSUP);
	ck_assert_int_eq(copy(endpoint(5), matrix(in, 16, COLS)), 0);
}
END_TEST

static const struct {
	const char *spec;
	int code;
	const char *words;
} specs[] = {
	{"axisg2", AML_EINVAL, "want path=/dev/datadev_0 or emu"},
	{"axisg2:path=/dev/datadev_0,emu", AML_EINVAL, "and not both"},
	{"axisg2:path=/dev/datadev_77", AML_ENOTSUP, "there is no such device"},
	{"axisg2:emu=(nonsense=1)", AML_EINVAL, "no such emulator"},
	{"axisg2:emu,claim=4096", AML_EINVAL, "want destinations below 4096"},
	{"axisg2:emu,claim=1+", AML_EINVAL, "want destinations"},
	{"axisg2:emu,claim=3-1", AML_EINVAL, "want destinations"},
	{"axisg2:emu,claim=x", AML_EINVAL, "want destinations"},
	{"axisg2:emu,claim=0-4095+1", AML_EINVAL, "each once"},
	{"axisg2:emu,share=0", AML_EINVAL, "share"},
	{"axisg2:emu,ssi=2", AML_EINVAL, "ssi"},
	{"axisg2:emu,speed=9", AML_EINVAL, "no key 'speed'"},
};

START_TEST(bad_specs_are_refused_with_a_sentence)
{
	struct aml_dma *bad = (void *)1;
	int rc = aml_dma_open(&bad, specs[_i].spec);

	ck_assert_msg(rc == -specs[_i].code, "%s: %d", specs[_i].spec, rc);
	ck_assert_ptr_null(bad);
	ck_assert_msg(strstr(aml_error_detail(), specs[_i].words), "%s", aml_error_detail());
}
END_TEST

/* ---- several threads ---- */

#define EACH 150u

struct pair {
	pthread_t thread;
	uint32_t dest;
	unsigned bad;
};

static void *pass(void *arg)
{
	struct pair *me = arg;
	uint32_t *from = calloc(ROWS * COLS, 4), *to = calloc(ROWS * COLS, 4);

	for (uint32_t i = 0; i < EACH; i++) {
		struct aml_dma_request *req[2];
		size_t rows = 1 + (i * 7 + me->dest) % 40;

		for (size_t k = 0; k < rows * COLS; k++)
			from[k] = (uint32_t)k * 77 + i;
		req[0] = begin(turned(matrix(to, rows, COLS)), endpoint(me->dest));
		req[1] = begin(endpoint(me->dest), turned(matrix(from, rows, COLS)));
		me->bad += aml_dma_wait_all(2, req, 30 * S, NULL) != 0;
		me->bad += memcmp(from, to, rows * COLS * 4) != 0;
	}
	free(from);
	free(to);
	return NULL;
}

START_TEST(threads_send_and_receive_each_its_destination)
{
	struct pair pairs[4];

	for (uint32_t i = 0; i < 4; i++) {
		pairs[i] = (struct pair){.dest = i};
		pthread_create(&pairs[i].thread, NULL, pass, &pairs[i]);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(pairs[i].thread, NULL);
		ck_assert_uint_eq(pairs[i].bad, 0);
	}
	card_is_at_rest(axis);
}
END_TEST

static void *wait_for_all(void *arg)
{
	struct aml_dma_request **req = arg;

	return (void *)(intptr_t)aml_dma_wait_all(2 * EACH, req, 30 * S, NULL);
}

/* Large and small frames by turns, and two threads that send what waits. */
START_TEST(frames_leave_in_order_whoever_sends_them)
{
	static struct aml_dma_request *req[2 * EACH];
	struct aml_axis_frame *frame;
	unsigned bad = 0;
	pthread_t thread;
	void *rc;

	reopen("tx=8", "");
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 1);
	for (size_t i = 0; i < 2 * EACH; i++)
		req[i] = begin(endpoint(5), turned(matrix(in, i % 2 ? 1 : 48, COLS)));
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 0);
	pthread_create(&thread, NULL, wait_for_all, req);
	for (size_t i = 0; i < 2 * EACH; i++) {
		while (aml_axis_receive(axis, &frame, 5, 0))
			aml_dma_drain(dma, NULL);
		bad += frame->bytes != (i % 2 ? 1 : 48) * COLS * 4;
		aml_axis_frame_release(&frame);
	}
	pthread_join(thread, &rc);
	ck_assert_ptr_null(rc);
	ck_assert_uint_eq(bad, 0);
	card_is_at_rest(axis);
}
END_TEST

static atomic_bool stop;

static void *drive(void *arg)
{
	while (!atomic_load(&stop))
		aml_dma_drain(arg, NULL);
	return NULL;
}

/* One that is looking for buffers at the moment of its deadline does not go on for ever. */
START_TEST(deadlines_hold_while_others_look_for_buffers)
{
	struct aml_dma_request *first;
	pthread_t thread;

	reopen("tx=4,lanes=2", "");
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 1);
	first = begin(endpoint(5), matrix(in, 3 * 16, COLS));
	ck_assert_int_eq(end(first), 0);
	atomic_store(&stop, false);
	pthread_create(&thread, NULL, drive, dma);
	for (int i = 0; i < 300; i++) {
		struct aml_dma_request *req = begin_for(endpoint(5), matrix(in, 2 * 16, COLS), 300);

		ck_assert_int_eq(aml_dma_wait_for(dma, &req, 5 * S), -AML_ETIMEDOUT);
		ck_assert_ptr_null(req);
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 0);
	ck_assert_int_eq(copy(matrix(out, 3 * 16, COLS), endpoint(5)), 0);
	card_is_at_rest(axis);
}
END_TEST

START_TEST(frames_that_are_kept_aside_give_way_to_those_that_are_wanted)
{
	struct aml_axis_frame *frame;

	reopen("rx=8", ",share=50");
	for (size_t i = 0; i < 4; i++) {
		struct aml_dma_request *req = begin(matrix(out, 1, COLS), endpoint(5));

		ck_assert_int_eq(copy(endpoint(5), matrix(in, 2 + i, COLS)), 0);
		ck_assert_int_eq(end(req), -AML_EDOM);
	}
	ck_assert_int_eq(copy(endpoint(6), matrix(in, 1, COLS)), 0);
	ck_assert_uint_eq(card_counters(axis).held, 4);
	ck_assert_int_eq(copy(matrix(out, 1, COLS), endpoint(6)), 0);
	ck_assert_uint_eq(card_counters(axis).dropped_full, 1);
	/* The oldest of them has gone. */
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, 0), 0);
	ck_assert_uint_eq(frame->bytes, 5 * COLS * 4);
	aml_axis_frame_release(&frame);
	for (size_t i = 2; i-- > 0;) {
		ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, 0), 0);
		ck_assert_uint_eq(frame->bytes, (3 + i) * COLS * 4);
		aml_axis_frame_release(&frame);
	}
	card_is_at_rest(axis);
}
END_TEST

/* Cancels that meet frames on their way: a frame is got by one, or still there. */
START_TEST(a_cancel_and_a_frame_that_meet_lose_nothing)
{
	unsigned got = 0, left = 0;
	struct aml_axis_frame *frame;

	for (uint32_t i = 0; i < 200; i++) {
		struct aml_dma_request *req = begin(matrix(out, 1, COLS), endpoint(5));
		struct aml_dma_info info = {.size = sizeof(info)};

		card_send(axis, 5, COLS * 4, i);
		if (i % 3 == 0)
			aml_dma_drain(dma, NULL);
		ck_assert_int_eq(aml_dma_cancel_info(dma, &req, &info), 0);
		got += info.outcome == AML_DMA_OK;
		while (aml_axis_receive(axis, &frame, 5, 0) == 0) {
			left++;
			aml_axis_frame_release(&frame);
		}
	}
	ck_assert_uint_eq(got + left, 200);
	ck_assert_uint_gt(got, 0);
	card_is_at_rest(axis);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ends");
	TCase *tcase = tcase_create("ends");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, stream_setup, stream_teardown);
	tcase_add_test(tcase, a_cancelled_receive_takes_no_frame);
	tcase_add_test(tcase, a_receive_ends_at_its_deadline_and_takes_no_frame);
	tcase_add_test(tcase, without_buffers_a_send_waits_and_can_be_cancelled);
	tcase_add_test(tcase, closing_cancels_what_never_comes);
	tcase_add_test(tcase, a_driver_that_stops_to_answer_ends_all_receives);
	tcase_add_test(tcase, a_part_that_the_driver_refuses_fails_the_request);
	tcase_add_test(tcase, what_cannot_be_copied_is_refused);
	tcase_add_test(tcase, frames_that_the_card_cannot_send_are_refused);
	tcase_add_loop_test(tcase, bad_specs_are_refused_with_a_sentence, 0,
			    sizeof(specs) / sizeof(specs[0]));
	tcase_add_test(tcase, threads_send_and_receive_each_its_destination);
	tcase_add_test(tcase, frames_leave_in_order_whoever_sends_them);
	tcase_add_test(tcase, deadlines_hold_while_others_look_for_buffers);
	tcase_add_test(tcase, frames_that_are_kept_aside_give_way_to_those_that_are_wanted);
	tcase_add_test(tcase, a_cancel_and_a_frame_that_meet_lose_nothing);
	suite_add_tcase(s, tcase);
	return s;
}

int main(void)
{
	return card_main(suite);
}
