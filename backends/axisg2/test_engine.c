/* SPDX-License-Identifier: BSD-3-Clause */
/* Layouts into frames and frames into layouts, through a looped card. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/layout/dense.h"
#include "aml/request.h"
#include "backends/axisg2/emu.h"
#include "backends/axisg2/engine.h"
#include "backends/axisg2/test_card.h"

#define ROWS 96u
#define COLS 64u

static struct aml_dma *dma;
static struct aml_axis *axis;
static uint32_t in[ROWS * COLS], out[ROWS * COLS];

static void open_with(const char *keys, const char *more)
{
	char spec[300];
	int rc;

	snprintf(spec, sizeof(spec), "axisg2:emu=(%s),claim=0-7+0x102%s", card_path(keys) + 4,
		 more);
	rc = aml_dma_open(&dma, spec);
	ck_assert_msg(rc == 0, "%s", aml_error_detail());
	ck_assert_int_eq(aml_axis_of(dma, &axis), 0);
}

static void setup(void)
{
	card_next();
	open_with("", "");
	for (uint32_t i = 0; i < ROWS * COLS; i++)
		in[i] = i * 2654435761u;
	memset(out, 0, sizeof(out));
}

static void teardown(void)
{
	aml_dma_close(&dma);
}

/* Another device, as these keys say. */
static void reopen(const char *keys, const char *more)
{
	teardown();
	card_next();
	open_with(keys, more);
}

static struct aml_layout *endpoint(uint32_t dest)
{
	struct aml_layout *layout;

	ck_assert_int_eq(aml_layout_axis_create(&layout, axis, dest, 0, 0), 0);
	return layout;
}

static struct aml_layout *matrix(void *memory, size_t rows, size_t cols)
{
	struct aml_layout *layout;

	ck_assert_int_eq(aml_layout_dense_create(&layout, memory, AML_LAYOUT_ORDER_C, 4, 2,
						 (const size_t[]){rows, cols}, NULL, NULL),
			 0);
	return layout;
}

static struct aml_layout *turned(struct aml_layout *layout)
{
	struct aml_layout *view;

	ck_assert_int_eq(aml_layout_permute(layout, &view, (const size_t[]){1, 0}), 0);
	aml_layout_destroy(&layout);
	return view;
}

/* Copy and be done with both layouts. */
static int copy(struct aml_layout *dst, struct aml_layout *src)
{
	int rc = aml_dma_copy(dma, dst, src);

	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	return rc;
}

static struct aml_dma_request *begin_for(struct aml_layout *dst, struct aml_layout *src,
					 int64_t timeout_us)
{
	const struct aml_dma_job job = {
		.size = sizeof(job), .dst = dst, .src = src, .timeout_us = timeout_us};
	struct aml_dma_request *req;
	int rc = aml_dma_submit(dma, &req, &job);

	ck_assert_msg(rc == 0, "%s", aml_error_detail());
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	return req;
}

static struct aml_dma_request *begin(struct aml_layout *dst, struct aml_layout *src)
{
	return begin_for(dst, src, 0);
}

static int end(struct aml_dma_request *req)
{
	return aml_dma_wait_for(dma, &req, 20 * S);
}

/* ---- data ---- */

START_TEST(a_layout_goes_out_and_comes_back)
{
	const size_t rows[] = {1, 15, 16, 17, ROWS}; /* 256 bytes each: 16 fill a buffer */

	for (size_t i = 0; i < 5; i++) {
		memset(out, 0, sizeof(out));
		ck_assert_int_eq(copy(endpoint(5), matrix(in, rows[i], COLS)), 0);
		ck_assert_int_eq(copy(matrix(out, rows[i], COLS), endpoint(5)), 0);
		ck_assert(!memcmp(in, out, rows[i] * COLS * 4));
	}
	card_is_at_rest(axis);
}
END_TEST

START_TEST(packing_transposes_and_so_does_unpacking)
{
	unsigned bad = 0;

	ck_assert_int_eq(copy(endpoint(5), turned(matrix(in, ROWS, COLS))), 0);
	ck_assert_int_eq(copy(matrix(out, COLS, ROWS), endpoint(5)), 0);
	for (size_t r = 0; r < ROWS; r++)
		for (size_t c = 0; c < COLS; c++)
			bad += out[c * ROWS + r] != in[r * COLS + c];
	ck_assert_uint_eq(bad, 0);
	ck_assert_int_eq(copy(endpoint(5), matrix(out, COLS, ROWS)), 0);
	memset(out, 0, sizeof(out));
	ck_assert_int_eq(copy(turned(matrix(out, ROWS, COLS)), endpoint(5)), 0);
	ck_assert(!memcmp(in, out, sizeof(in)));
	card_is_at_rest(axis);
}
END_TEST

START_TEST(tiles_of_several_destinations_make_one_image)
{
	struct aml_dma_request *req[4];
	struct aml_layout *image = matrix(out, ROWS, COLS), *frame = matrix(in, ROWS, COLS);
	const size_t half[2] = {ROWS / 2, COLS / 2};

	for (size_t i = 0; i < 4; i++) {
		const size_t at[2] = {i / 2 * half[0], i % 2 * half[1]};
		struct aml_layout *tile;

		ck_assert_int_eq(aml_layout_slice(image, &tile, at, half, NULL), 0);
		req[i] = begin(tile, endpoint((uint32_t)i));
	}
	for (size_t i = 4; i-- > 0;) {
		const size_t at[2] = {i / 2 * half[0], i % 2 * half[1]};
		struct aml_layout *tile;

		ck_assert_int_eq(aml_layout_slice(frame, &tile, at, half, NULL), 0);
		ck_assert_int_eq(copy(endpoint((uint32_t)i), tile), 0);
	}
	ck_assert_int_eq(aml_dma_wait_all(4, req, 20 * S, NULL), 0);
	ck_assert(!memcmp(in, out, sizeof(in)));
	aml_layout_destroy(&image);
	aml_layout_destroy(&frame);
	card_is_at_rest(axis);
}
END_TEST

START_TEST(the_driver_may_copy_instead)
{
	reopen("", ",copies=1");
	ck_assert_int_eq(copy(endpoint(5), turned(matrix(in, ROWS, COLS))), 0);
	ck_assert_int_eq(copy(turned(matrix(out, ROWS, COLS)), endpoint(5)), 0);
	ck_assert(!memcmp(in, out, sizeof(in)));
	card_is_at_rest(axis);
}
END_TEST

START_TEST(receives_get_the_frames_of_their_destination_in_order)
{
	struct aml_dma_request *req[8];
	unsigned bad = 0;

	for (size_t i = 0; i < 8; i++)
		req[i] = begin(matrix(out + i * COLS, 1, COLS), endpoint(i % 2 ? 5 : 0x102));
	for (size_t i = 8; i-- > 0;) /* each destination's in reverse */
		ck_assert_int_eq(copy(endpoint(i % 2 ? 5 : 0x102), matrix(in + i * COLS, 1, COLS)),
				 0);
	ck_assert_int_eq(aml_dma_wait_all(8, req, 20 * S, NULL), 0);
	for (size_t i = 0; i < 8; i++)
		bad += out[i * COLS] != in[(6 - i + 2 * (i % 2)) * COLS];
	ck_assert_uint_eq(bad, 0);
}
END_TEST

/* ---- what the stream said ---- */

static struct aml_axis_frame_info heard;
static int heard_rc;

static void hear(struct aml_dma_request *req, const struct aml_dma_info *info, void *arg)
{
	(void)info;
	(void)arg;
	heard = (struct aml_axis_frame_info){.size = sizeof(heard)};
	heard_rc = aml_axis_frame_info(dma, req, &heard);
}

START_TEST(a_request_tells_of_its_frame)
{
	struct aml_axis_frame_info info = {.size = sizeof(info)};
	struct aml_layout *to, *from = endpoint(0x102), *memory = matrix(out, ROWS, COLS);
	const struct aml_dma_job job = {
		.size = sizeof(job), .dst = memory, .src = from, .done = hear};
	struct aml_dma_request *receive, *send;

	ck_assert_int_eq(aml_layout_axis_create(&to, axis, 0x102, AML_AXIS_SOF, 0x40), 0);
	ck_assert_int_eq(aml_dma_submit(dma, &receive, &job), 0);
	ck_assert_int_eq(aml_axis_frame_info(dma, receive, &info), -AML_EAGAIN);
	send = begin(to, matrix(in, ROWS, COLS));
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert_int_eq(aml_axis_frame_info(dma, receive, &info), 0);
	ck_assert_uint_eq(info.bytes, sizeof(in));
	ck_assert_uint_eq(info.dest, 0x102);
	ck_assert_uint_eq(info.parts, sizeof(in) / CARD_SIZE);
	ck_assert_uint_eq(info.error, 0);
	ck_assert_uint_eq(info.first_user, AML_AXIS_SOF);
	ck_assert_uint_eq(info.last_user, 0x40);
	ck_assert(info.sof);
	ck_assert(!info.eofe);
	ck_assert_int_eq(heard_rc, 0);
	ck_assert(!memcmp(&heard, &info, sizeof(info)));
	ck_assert_int_eq(aml_axis_frame_info(dma, send, &info), 0);
	ck_assert_uint_eq(info.parts, sizeof(in) / CARD_SIZE);
	ck_assert_int_eq(end(send), 0);
	ck_assert_int_eq(end(receive), 0);
	ck_assert_int_eq(aml_axis_frame_info(dma, receive, &info), -AML_EINVAL);
	info.size = 1;
	ck_assert_int_eq(aml_axis_frame_info(dma, receive, &info), -AML_EINVAL);
	aml_layout_destroy(&from);
	aml_layout_destroy(&memory);
}
END_TEST

/* ---- frames of the wrong size ---- */

START_TEST(a_frame_that_does_not_fit_ends_its_request_and_is_kept)
{
	const size_t sent = _i ? 10 : 30, wanted = 20;
	struct aml_axis_frame_info info = {.size = sizeof(info)};
	struct aml_dma_request *first = begin(matrix(out, wanted, COLS), endpoint(5));
	struct aml_dma_request *second = begin(matrix(out, wanted, COLS), endpoint(5));
	struct aml_axis_frame *frame;
	char words[100];

	ck_assert_int_eq(copy(endpoint(5), matrix(in, sent, COLS)), 0);
	ck_assert_int_eq(aml_dma_wait_for(dma, &second, 10000), -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_axis_frame_info(dma, first, &info), 0);
	ck_assert_uint_eq(info.bytes, sent * COLS * 4);
	ck_assert_int_eq(end(first), -AML_EDOM);
	snprintf(words, sizeof(words), "of %zu bytes came from destination 5, for a layout of %zu",
		 sent * COLS * 4, wanted * COLS * 4);
	ck_assert_msg(strstr(aml_error_detail(), words), "%s", aml_error_detail());
	ck_assert_uint_eq(out[0], 0);
	/* It is no stumbling block for the next one, and not lost. */
	ck_assert_int_eq(copy(endpoint(5), matrix(in, wanted, COLS)), 0);
	ck_assert_int_eq(end(second), 0);
	ck_assert(!memcmp(in, out, wanted * COLS * 4));
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, 0), 0);
	ck_assert_uint_eq(frame->bytes, sent * COLS * 4);
	aml_axis_frame_release(&frame);
	card_is_at_rest(axis);
}
END_TEST

START_TEST(a_frame_with_an_error_is_unpacked_and_reported)
{
	struct aml_axis_frame_info info = {.size = sizeof(info)};
	struct aml_dma_request *req = begin(matrix(out, 1, COLS), endpoint(5));

	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_NEXT_ERROR, 4);
	ck_assert_int_eq(copy(endpoint(5), matrix(in, 1, COLS)), 0);
	ck_assert_int_eq(aml_dma_wait_info(dma, &req, 0, &(struct aml_dma_info){0}), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_barrier_for(dma, 20 * S), -AML_EIO);
	ck_assert_int_eq(aml_axis_frame_info(dma, req, &info), 0);
	ck_assert_uint_eq(info.error, AML_AXIS_ERROR_MAX);
	ck_assert_int_eq(end(req), -AML_EIO);
	ck_assert(!memcmp(in, out, COLS * 4));
	card_is_at_rest(axis);
}
END_TEST

/* ---- ends of other kinds ---- */

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
	struct aml_dma_request *req = begin_for(matrix(out, 1, COLS), endpoint(5), 20000);

	ck_assert_int_eq(end(req), -AML_ETIMEDOUT);
	req = begin_for(matrix(out, 1, COLS), endpoint(5), 1);
	while (amli_axis_now_ns() % 1000000 < 500000) /* past the deadline, and nobody has looked */
		;
	while (amli_axis_now_ns() % 1000000 >= 500000)
		;
	ck_assert_int_eq(copy(endpoint(5), matrix(in, 1, COLS)), 0);
	ck_assert_int_eq(aml_dma_barrier_for(dma, 10000) == 0, false);
	ck_assert_int_eq(end(req), -AML_ETIMEDOUT);
	ck_assert_int_eq(copy(matrix(out, 1, COLS), endpoint(5)), 0);
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

/* ---- prepared, by descriptor, in other engines ---- */

START_TEST(prepared_requests_run_again_and_again)
{
	struct aml_layout *to = endpoint(5), *from = endpoint(5), *a = matrix(in, 17, COLS),
			  *b = matrix(out, 17, COLS);
	const struct aml_dma_job send = {.size = sizeof(send), .dst = to, .src = a};
	const struct aml_dma_job receive = {.size = sizeof(receive), .dst = b, .src = from};
	struct aml_dma_request *req[2];

	ck_assert_int_eq(aml_dma_prepare(dma, &req[0], &send), 0);
	ck_assert_int_eq(aml_dma_prepare(dma, &req[1], &receive), 0);
	for (uint32_t i = 0; i < 20; i++) {
		struct aml_dma_request *both[2] = {req[0], req[1]};

		in[17] = i;
		ck_assert_int_eq(aml_dma_start(dma, req[1]), 0);
		ck_assert_int_eq(aml_dma_start(dma, req[0]), 0);
		ck_assert_int_eq(aml_dma_wait_all(2, both, 20 * S, NULL), 0);
		ck_assert_uint_eq(out[17], i);
	}
	aml_dma_release(dma, &req[0]);
	aml_dma_release(dma, &req[1]);
	aml_layout_destroy(&to);
	aml_layout_destroy(&from);
	aml_layout_destroy(&a);
	aml_layout_destroy(&b);
}
END_TEST

START_TEST(the_engines_descriptor_tells_of_frames)
{
	struct aml_dma_request *req = begin(matrix(out, 1, COLS), endpoint(5));
	struct pollfd fd = {.events = POLLIN};
	int done = 0;

	ck_assert_int_eq(aml_dma_fd(dma, &fd.fd), 0);
	aml_dma_drain(dma, NULL);
	ck_assert_int_eq(poll(&fd, 1, 20), 0);
	card_send(axis, 6, 100, 1); /* nobody's request: no reason to wake anybody for long */
	card_send(axis, 5, COLS * 4, 1);
	for (int i = 0; i < 1000 && !done; i++) {
		ck_assert_int_eq(poll(&fd, 1, 5000), 1);
		aml_dma_drain(dma, NULL);
		ck_assert_int_eq(aml_dma_test(dma, &req, &done), 0);
	}
	ck_assert(done);
	aml_dma_drain(dma, NULL);
	card_send(axis, 6, 100, 1);
	ck_assert_int_eq(poll(&fd, 1, 20), 0);
}
END_TEST

START_TEST(an_engine_made_of_engines_passes_streams_on)
{
	struct aml_dma *outer;
	struct aml_axis *none;
	char spec[300];

	teardown();
	card_next();
	snprintf(spec, sizeof(spec), "fault:engine=(axisg2:emu=(%s),claim=5)", card_path("") + 4);
	ck_assert_int_eq(aml_dma_open(&outer, spec), 0);
	ck_assert_int_eq(aml_axis_of(outer, &none), -AML_ENOTSUP);
	ck_assert_ptr_null(none);
	aml_dma_close(&outer);
	open_with("", "");
}
END_TEST

/* ---- no copy ---- */

START_TEST(what_lies_in_a_buffer_is_sent_without_a_copy)
{
	const struct aml_area *area = aml_area_axis(axis);
	uint32_t *memory = aml_area_mmap(area, CARD_SIZE, NULL);
	uint32_t index = amli_axis_buffer_at(axis, memory);

	ck_assert_ptr_nonnull(memory);
	memcpy(memory, in, CARD_SIZE);
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 1);
	ck_assert_int_eq(copy(endpoint(5), matrix(memory, 16, COLS)), 0);
	ck_assert_int_eq(amli_axis_owner_of(&axis->owners, index), AMLI_AXIS_CARD);
	ck_assert_int_eq(aml_area_munmap(area, memory, CARD_SIZE), -AML_EINVAL);
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 0);
	ck_assert_int_eq(copy(matrix(out, 16, COLS), endpoint(5)), 0);
	ck_assert(!memcmp(in, out, CARD_SIZE));
	card_is_at_rest(axis);
	memory = aml_area_mmap(area, 100, NULL);
	ck_assert_int_eq(aml_area_munmap(area, memory, 100), 0);
	ck_assert_int_eq(aml_area_munmap(area, memory, 100), -AML_EINVAL);
	ck_assert_ptr_null(aml_area_mmap(area, CARD_SIZE + 1, NULL));
	ck_assert_ptr_null(aml_area_axis(NULL));
	card_is_at_rest(axis);
}
END_TEST

/* ---- refusals ---- */

static int try(struct aml_dma *engine, struct aml_layout *dst, struct aml_layout *src)
{
	struct aml_dma_request *req = (void *)1;
	int rc = aml_dma_async_copy(engine, &req, dst, src);

	ck_assert_ptr_null(req);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	return rc;
}

START_TEST(what_cannot_be_copied_is_refused)
{
	struct aml_dma *plain;
	struct aml_layout *bad = (void *)1, *wide, *one = matrix(out, 1, COLS);

	ck_assert_int_eq(try(dma, matrix(out, 1, COLS), matrix(in, 1, COLS)), -AML_ENOTSUP);
	ck_assert_int_eq(try(dma, endpoint(5), endpoint(6)), -AML_ENOTSUP);
	ck_assert_int_eq(try(dma, matrix(out, 1, COLS), endpoint(8)), -AML_EINVAL);
	ck_assert(strstr(aml_error_detail(), "destination 8 was not claimed"));
	ck_assert_int_eq(aml_layout_broadcast(one, &wide, 2, (const size_t[]){3, COLS}), 0);
	ck_assert_int_eq(try(dma, wide, endpoint(5)), -AML_EINVAL);
	aml_layout_destroy(&one);
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
	Suite *s = suite_create("engine");
	TCase *tcase = tcase_create("engine");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_layout_goes_out_and_comes_back);
	tcase_add_test(tcase, packing_transposes_and_so_does_unpacking);
	tcase_add_test(tcase, tiles_of_several_destinations_make_one_image);
	tcase_add_test(tcase, the_driver_may_copy_instead);
	tcase_add_test(tcase, receives_get_the_frames_of_their_destination_in_order);
	tcase_add_test(tcase, a_request_tells_of_its_frame);
	tcase_add_loop_test(tcase, a_frame_that_does_not_fit_ends_its_request_and_is_kept, 0, 2);
	tcase_add_test(tcase, a_frame_with_an_error_is_unpacked_and_reported);
	tcase_add_test(tcase, a_cancelled_receive_takes_no_frame);
	tcase_add_test(tcase, a_receive_ends_at_its_deadline_and_takes_no_frame);
	tcase_add_test(tcase, without_buffers_a_send_waits_and_can_be_cancelled);
	tcase_add_test(tcase, closing_cancels_what_never_comes);
	tcase_add_test(tcase, a_driver_that_stops_to_answer_ends_all_receives);
	tcase_add_test(tcase, a_part_that_the_driver_refuses_fails_the_request);
	tcase_add_test(tcase, prepared_requests_run_again_and_again);
	tcase_add_test(tcase, the_engines_descriptor_tells_of_frames);
	tcase_add_test(tcase, an_engine_made_of_engines_passes_streams_on);
	tcase_add_test(tcase, what_lies_in_a_buffer_is_sent_without_a_copy);
	tcase_add_test(tcase, what_cannot_be_copied_is_refused);
	tcase_add_test(tcase, frames_that_the_card_cannot_send_are_refused);
	tcase_add_loop_test(tcase, bad_specs_are_refused_with_a_sentence, 0,
			    sizeof(specs) / sizeof(specs[0]));
	tcase_add_test(tcase, threads_send_and_receive_each_its_destination);
	tcase_add_test(tcase, a_cancel_and_a_frame_that_meet_lose_nothing);
	suite_add_tcase(s, tcase);
	return s;
}

int main(void)
{
	return card_main(suite);
}
