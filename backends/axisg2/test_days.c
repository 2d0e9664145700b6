/* SPDX-License-Identifier: BSD-3-Clause */
/* Bad days: what other programs, a card that is full, and an early end do to this one. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/axisg2/test_device.h"
#include "backends/axisg2/test_stream.h"

static const uint32_t dests[] = {5, 6};

static struct aml_axis *open_with(const char *keys, struct aml_axis_options options)
{
	options.size = sizeof(options);
	return card_open_claimed(keys, &options, dests, 2);
}

/* ---- other programs ---- */

static int ready[2];

static void await_child(void)
{
	char byte;

	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

static void kill_child(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
}

/* In a child: destination 7 is claimed, two frames to it are held, one waits, and one that could
 * be sent is not. */
static void hold_for_ever(const char *path)
{
	struct aml_axis *mine;
	struct aml_axis_frame *frame, *held[2];

	MUST(aml_axis_open(&mine, path, NULL) == 0);
	MUST(aml_axis_claim(mine, (const uint32_t[]){7}, 1) == 0);
	for (int i = 0; i < 3; i++) {
		MUST(aml_axis_frame_alloc(mine, &frame, 2 * CARD_SIZE, S) == 0);
		frame->dest = 7;
		MUST(aml_axis_send(mine, &frame, S) == 0);
	}
	for (int i = 0; i < 2; i++)
		MUST(aml_axis_receive(mine, &held[i], 7, S) == 0);
	MUST(aml_axis_frame_alloc(mine, &frame, CARD_SIZE, S) == 0);
	MUST(write(ready[1], "x", 1) == 1);
	pause();
	_exit(1);
}

static pid_t start_holder(const char *path)
{
	pid_t child;

	ck_assert_int_eq(pipe(ready), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* should the test fail */
		hold_for_ever(path);
	}
	await_child();
	return child;
}

START_TEST(a_claim_of_another_program_is_said_as_such)
{
	struct aml_dma *dma_too = (void *)1;
	struct aml_axis *mine;
	char spec[300];
	pid_t child;

	if (!can_fork())
		return;
	mine = card_open("", NULL);
	child = start_holder(card_path(""));
	ck_assert_int_eq(aml_axis_claim(mine, (const uint32_t[]){5, 7}, 2), -AML_EBUSY);
	ck_assert(strstr(aml_error_detail(), "is claimed by another program"));
	ck_assert_ptr_null(strstr(aml_error_detail(), "permi"));
	snprintf(spec, sizeof(spec), "axisg2:%s,claim=7", card_spec(""));
	ck_assert_int_eq(aml_dma_open(&dma_too, spec), -AML_EBUSY);
	ck_assert_ptr_null(dma_too);
	ck_assert(strstr(aml_error_detail(), "is claimed by another program"));
	kill_child(child);
	ck_assert_int_eq(aml_axis_claim(mine, (const uint32_t[]){5, 7}, 2), 0);
	aml_axis_close(&mine);
}
END_TEST

START_TEST(what_a_killed_program_held_comes_back_while_others_go_on)
{
	struct aml_axis *mine;
	struct aml_axis_counters c;
	pid_t child;

	if (!can_fork())
		return;
	mine = open_with("tx=8,rx=10", (struct aml_axis_options){0});
	child = start_holder(card_path("tx=8,rx=10"));
	c = card_counters(mine);
	ck_assert_int_eq(c.tx.user, 1);
	ck_assert_int_eq(c.rx.user + c.rx.queue, 6);
	for (uint32_t i = 0; i < 20; i++) {
		card_send(mine, dests[i % 2], 3 * CARD_SIZE, i);
		if (i == 10)
			kill_child(child);
		card_expect(mine, dests[i % 2], 3 * CARD_SIZE, i);
	}
	card_is_at_rest(mine);
	aml_axis_close(&mine);
}
END_TEST

/* ---- no buffers ---- */

/* The same device, as another program has it. */
static struct amli_axisg2_io open_beside(const char *keys)
{
	struct amli_axisg2_io io;

	ck_assert_int_eq(amli_axisg2_io_open(&io, card_path(keys)), 0);
	return io;
}

START_TEST(sending_buffers_that_another_program_takes_are_waited_for_and_not_for_ever)
{
	struct aml_axis *mine = open_with("tx=4", (struct aml_axis_options){.copies = _i});
	struct amli_axisg2_io other = open_beside("tx=4");
	struct aml_axis_frame *frame;

	for (int i = 0; i < 4; i++)
		ck_assert_int_ge(ask(&other, AXISG2_GET_INDEX), 0);
	ck_assert_int_eq(aml_axis_frame_create(&frame, 2 * CARD_SIZE), 0);
	frame->dest = 5;
	card_fill(frame, 3);
	ck_assert_int_eq(aml_axis_send(mine, &frame, 0), -AML_EAGAIN);
	ck_assert_int_eq(aml_axis_send(mine, &frame, 20000), -AML_ETIMEDOUT);
	ck_assert_ptr_nonnull(frame);
	amli_axisg2_io_close(&other);
	ck_assert_int_eq(aml_axis_send(mine, &frame, S), 0);
	card_expect(mine, 5, 2 * CARD_SIZE, 3);
	card_is_at_rest(mine);
	aml_axis_close(&mine);
}
END_TEST

START_TEST(receive_buffers_that_another_program_keeps_stop_the_card_and_lose_nothing)
{
	struct aml_axis *mine = open_with("rx=4", (struct aml_axis_options){.copies = _i});
	struct amli_axisg2_io other = open_beside("rx=4");
	struct aml_axis_frame *none;
	struct axisg2_read record;

	ck_assert_int_eq(claim_one(&other, 7), 0);
	for (int i = 0; i < 4; i++)
		card_send(mine, 7, 100, 1);
	ck_assert_int_eq(amli_axisg2_io_wait(&other, POLLIN, 10 * S), POLLIN);
	for (int i = 0; i < 4;)
		i += (int)receive_index(&other, &record);
	for (uint32_t i = 0; i < 6; i++)
		card_send(mine, dests[i % 2], 100 + i, i);
	ck_assert_int_eq(aml_axis_receive(mine, &none, AML_AXIS_ANY, 20000), -AML_ETIMEDOUT);
	ck_assert_int_gt(card_counters(mine).requests_missed, 0);
	ck_assert_int_eq(card_counters(mine).rx.user, 4);
	amli_axisg2_io_close(&other);
	for (uint32_t i = 0; i < 6; i++)
		card_expect(mine, dests[i % 2], 100 + i, i);
	card_is_at_rest(mine);
	aml_axis_close(&mine);
}
END_TEST

/* ---- sizes and losses ---- */

static void send_parts(struct aml_axis *to, size_t n, uint32_t first_user, bool ends)
{
	static char data[CARD_SIZE];

	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(send_copy(&to->io, 5,
					   AXISG2_FLAGS(i ? 0 : first_user, 0) |
						   (ends && i + 1 == n ? 0 : AXISG2_CONT),
					   data, CARD_SIZE),
				 CARD_SIZE);
}

START_TEST(frames_of_whole_buffers_have_no_empty_part_and_a_byte_more_has_its_own)
{
	struct aml_axis *mine = open_with("", (struct aml_axis_options){.copies = _i});

	for (size_t n = 1; n <= 5; n++) {
		for (size_t more = 0; more < 2; more++) {
			struct aml_axis_frame *frame;

			card_send(mine, 5, n * CARD_SIZE + more, (uint32_t)n);
			ck_assert_int_eq(aml_axis_receive(mine, &frame, 5, S), 0);
			ck_assert_uint_eq(frame->nparts, n + more);
			ck_assert_uint_eq(frame->parts[n - 1].iov_len, CARD_SIZE);
			ck_assert(!more || frame->parts[n].iov_len == 1);
			ck_assert(card_is(frame, (uint32_t)n));
			aml_axis_frame_release(&frame);
		}
	}
	ck_assert_uint_eq(card_counters(mine).rx_empty, 0);
	card_is_at_rest(mine);
	aml_axis_close(&mine);
}
END_TEST

START_TEST(a_frame_whose_end_is_lost_ends_with_the_next_start)
{
	struct aml_axis *mine = open_with("loop=exact", (struct aml_axis_options){.ssi = true});
	struct aml_axis_frame *none;
	struct aml_axis_counters c;

	send_parts(mine, 2, AML_AXIS_SOF, false);
	ck_assert_int_eq(aml_axis_receive(mine, &none, 5, 10000), -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_axis_register_write(mine, AMLI_AXISG2_CONTROL_NEXT_LOSE_RX, 1), 0);
	send_parts(mine, 1, 0, true);
	card_send(mine, 5, 2 * CARD_SIZE, 4);
	card_expect(mine, 5, 2 * CARD_SIZE, 4);
	c = card_counters(mine);
	ck_assert_uint_eq(c.dropped_old, 1);
	ck_assert_uint_eq(c.rx_frames, 1);
	ck_assert_int_eq(c.rx.missing, 1); /* and no program will ever have it again */
	ck_assert_uint_eq(c.held, 0);
	aml_axis_close(&mine);
}
END_TEST

START_TEST(a_completion_without_bytes_fails_the_request_and_not_the_next)
{
	struct aml_axis_frame_info info = {.size = sizeof(info)};
	struct aml_dma_request *req = begin(matrix(out, 1, COLS), endpoint(5));
	struct aml_axis_frame *frame;

	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_NEXT_EMPTY, 1);
	ck_assert_int_eq(copy(endpoint(5), matrix(in, 1, COLS)), 0);
	ck_assert_int_eq(aml_dma_barrier_for(dma, 20 * S), -AML_EIO);
	ck_assert_int_eq(aml_axis_frame_info(dma, req, &info), 0);
	ck_assert_uint_eq(info.bytes, 0);
	ck_assert_uint_eq(info.error, AML_AXIS_ERROR_EMPTY);
	ck_assert_int_eq(end(req), -AML_EIO);
	ck_assert_uint_eq(out[0], 0);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, 0), 0); /* it is kept, as others are */
	ck_assert_uint_eq(frame->nparts, 0);
	aml_axis_frame_release(&frame);
	ck_assert_int_eq(copy(endpoint(5), matrix(in, 1, COLS)), 0);
	ck_assert_int_eq(copy(matrix(out, 1, COLS), endpoint(5)), 0);
	ck_assert(!memcmp(in, out, COLS * 4));
	card_is_at_rest(axis);
}
END_TEST

/* ---- early ends ---- */

static void ignore(struct aml_axis_frame *frame, void *arg)
{
	(void)frame;
	__atomic_add_fetch((unsigned *)arg, 1, __ATOMIC_RELAXED);
}

/* Frames come all the while, of one part and of several. */
#define TRAFFIC "rx=16,source=5/100/20000+6/9000/5000"

START_TEST(closing_under_traffic_gives_every_buffer_back)
{
	struct aml_axis *beside = card_open(TRAFFIC, NULL);
	struct aml_axis_counters c;

	for (int i = 0; i < 20; i++) {
		struct aml_axis *short_lived =
			open_with(TRAFFIC, (struct aml_axis_options){.copies = _i});
		struct aml_axis_frame *frame;
		unsigned n = 0;

		if (i % 2)
			ck_assert_int_eq(aml_axis_listen(short_lived, ignore, &n), 0);
		else
			ck_assert_int_eq(aml_axis_receive(short_lived, &frame, 5, 10 * S), 0);
		usleep((unsigned)i * 400);
		if (i % 2 == 0)
			aml_axis_frame_release(&frame);
		aml_axis_close(&short_lived); /* and all can be claimed again */
	}
	c = card_counters(beside);
	ck_assert_int_eq(c.rx.user, 0);
	ck_assert_int_eq(c.rx.queue, 0);
	ck_assert_int_eq(c.rx.missing, 0);
	ck_assert_int_eq(c.rx.card + c.rx.before, 16);
	aml_axis_close(&beside);
}
END_TEST

START_TEST(closing_the_engine_under_traffic_ends_every_request)
{
	struct aml_axis *beside;
	struct aml_axis_counters c;

	reopen(TRAFFIC, "");
	beside = card_open(TRAFFIC, NULL);
	for (int i = 0; i < 20; i++) {
		struct aml_dma_request *req[6];

		for (size_t r = 0; r < 6; r++)
			req[r] = begin(matrix(out + r * COLS, 1, r % 2 ? 25 : COLS),
				       endpoint(r % 2 ? 5 : 6));
		ck_assert_int_eq(end(req[1]), 0); /* of 100 bytes */
		ck_assert_int_eq(aml_dma_close_for(&dma, 0), 0);
		ck_assert_ptr_null(dma);
		c = card_counters(beside);
		ck_assert_int_eq(c.rx.user + c.rx.queue + c.rx.missing, 0);
		{
			char spec[300];

			snprintf(spec, sizeof(spec), "axisg2:%s,claim=5+6", card_spec(TRAFFIC));
			ck_assert_int_eq(aml_dma_open(&dma, spec), 0);
			ck_assert_int_eq(aml_axis_of(dma, &axis), 0);
		}
	}
	aml_axis_close(&beside);
}
END_TEST

/* ---- cancel, at every phase ---- */

static struct aml_dma_request *begin_after(struct aml_layout *dst, struct aml_layout *src,
					   struct aml_dma_request *first)
{
	struct aml_dma_request *const after[] = {first};
	const struct aml_dma_job job = {
		.size = sizeof(job), .dst = dst, .src = src, .after = after, .nafter = 1};
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_submit(dma, &req, &job), 0);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	return req;
}

static enum aml_dma_outcome cancel(struct aml_dma_request *req)
{
	struct aml_dma_info info = {.size = sizeof(info)};

	ck_assert_int_eq(aml_dma_cancel_info(dma, &req, &info), 0);
	ck_assert_ptr_null(req);
	return info.outcome;
}

/* The frame that a cancelled receive did not get: two buffers. */
#define FRAME_ROWS 32u

enum receive_phase { BLOCKED, WAITS, BEGUN, ARRIVED, GOT, RECEIVE_PHASES };

static struct aml_dma_request *receive_in(enum receive_phase phase, struct aml_dma_request *first)
{
	struct aml_layout *to = matrix(out, FRAME_ROWS, COLS), *from = endpoint(5);
	struct aml_dma_request *req = phase == BLOCKED ? begin_after(to, from, first)
						       : begin(to, from);

	if (phase == BEGUN)
		send_parts(axis, 1, 0, false);
	if (phase == ARRIVED || phase == GOT)
		send_parts(axis, 2, 0, true);
	if (phase == BEGUN || phase == GOT)
		ck_assert_int_eq(aml_dma_wait_for(dma, &first, 20000), -AML_ETIMEDOUT);
	return req;
}

START_TEST(a_receive_can_be_cancelled_at_every_phase_and_no_frame_is_lost)
{
	struct aml_dma_request *first, *req;
	enum aml_dma_outcome outcome;

	reopen("loop=exact", "");
	memset(out, 1, sizeof(out));
	first = begin(matrix(out, 1, COLS), endpoint(6)); /* never comes */
	req = receive_in((enum receive_phase)_i, first);
	outcome = cancel(req);
	/* ARRIVED: whoever cancels does not look whether it has. */
	ck_assert_int_eq(outcome, _i == GOT ? AML_DMA_OK : AML_DMA_DROPPED);
	ck_assert_uint_eq(out[0], _i == GOT ? 0 : 0x01010101);
	if (_i == BLOCKED || _i == WAITS)
		send_parts(axis, 2, 0, true);
	if (_i == BEGUN)
		send_parts(axis, 1, 0, true); /* its second part */
	if (_i != GOT)
		ck_assert_int_eq(copy(matrix(out, FRAME_ROWS, COLS), endpoint(5)), 0);
	ck_assert_uint_eq(out[FRAME_ROWS * COLS - 1], 0);
	ck_assert_int_eq(cancel(first), AML_DMA_DROPPED);
	ck_assert_int_eq(copy(endpoint(5), matrix(in, 1, COLS)), 0);
	ck_assert_int_eq(copy(matrix(out, 1, COLS), endpoint(5)), 0);
	ck_assert(!memcmp(in, out, COLS * 4));
	card_is_at_rest(axis);
}
END_TEST

enum send_phase { SEND_BLOCKED, SEND_WAITS, SENT, SEND_PHASES };

START_TEST(a_send_can_be_cancelled_at_every_phase_and_leaves_whole_or_not_at_all)
{
	struct aml_dma_request *first, *req, *full = NULL;
	const bool leaves = _i == SENT;

	reopen("tx=4,lanes=1", "");
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 1);
	first = begin(matrix(out, 1, COLS), endpoint(6));
	if (_i == SEND_WAITS)
		full = begin(endpoint(5), matrix(in, 48, COLS));
	if (_i == SEND_BLOCKED)
		req = begin_after(endpoint(5), matrix(in, FRAME_ROWS, COLS), first);
	else
		req = begin(endpoint(5), matrix(in, FRAME_ROWS, COLS));
	ck_assert_int_eq(cancel(req), leaves ? AML_DMA_OK : AML_DMA_DROPPED);
	ck_assert_int_eq(cancel(first), AML_DMA_DROPPED);
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 0);
	if (full) {
		ck_assert_int_eq(end(full), 0);
		ck_assert_int_eq(copy(matrix(out, 48, COLS), endpoint(5)), 0);
	}
	if (leaves)
		ck_assert_int_eq(copy(matrix(out, FRAME_ROWS, COLS), endpoint(5)), 0);
	ck_assert_int_eq(copy(endpoint(5), matrix(in, 1, COLS)), 0);
	ck_assert_int_eq(copy(matrix(out, 1, COLS), endpoint(5)), 0);
	ck_assert(!memcmp(in, out, COLS * 4));
	card_is_at_rest(axis);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("days");
	TCase *frames = tcase_create("frames"), *requests = tcase_create("requests");

	tcase_set_timeout(frames, 120);
	tcase_add_checked_fixture(frames, card_next, NULL);
	tcase_add_test(frames, a_claim_of_another_program_is_said_as_such);
	tcase_add_test(frames, what_a_killed_program_held_comes_back_while_others_go_on);
	tcase_add_loop_test(
		frames, sending_buffers_that_another_program_takes_are_waited_for_and_not_for_ever,
		0, 2);
	tcase_add_loop_test(
		frames, receive_buffers_that_another_program_keeps_stop_the_card_and_lose_nothing,
		0, 2);
	tcase_add_loop_test(frames,
			    frames_of_whole_buffers_have_no_empty_part_and_a_byte_more_has_its_own,
			    0, 2);
	tcase_add_test(frames, a_frame_whose_end_is_lost_ends_with_the_next_start);
	tcase_add_loop_test(frames, closing_under_traffic_gives_every_buffer_back, 0, 2);
	suite_add_tcase(s, frames);
	tcase_set_timeout(requests, 120);
	tcase_add_checked_fixture(requests, stream_setup, stream_teardown);
	tcase_add_test(requests, a_completion_without_bytes_fails_the_request_and_not_the_next);
	tcase_add_test(requests, closing_the_engine_under_traffic_ends_every_request);
	tcase_add_loop_test(requests,
			    a_receive_can_be_cancelled_at_every_phase_and_no_frame_is_lost, 0,
			    RECEIVE_PHASES);
	tcase_add_loop_test(requests,
			    a_send_can_be_cancelled_at_every_phase_and_leaves_whole_or_not_at_all,
			    0, SEND_PHASES);
	suite_add_tcase(s, requests);
	return s;
}

int main(void)
{
	return card_main(suite);
}
