/* SPDX-License-Identifier: BSD-3-Clause */
/* Layouts into frames and frames into layouts, through a looped card. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "aml/layout/indexed.h"
#include "backends/axisg2/test_stream.h"

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
	struct aml_dma_request *second = begin(matrix(out, wanted, COLS), endpoint(5)), *third;
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
	/* It is no stumbling block for the next ones, and not lost. */
	third = begin(matrix(out, wanted, COLS), endpoint(5));
	ck_assert_int_eq(aml_dma_wait_for(dma, &third, 10000), -AML_ETIMEDOUT);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(copy(endpoint(5), matrix(in, wanted, COLS)), 0);
	ck_assert_int_eq(end(second), 0);
	ck_assert_int_eq(end(third), 0);
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

/* Rows of the matrix that a list names, in its order. */
START_TEST(lists_of_indices_are_gathered_into_frames_and_scattered_from_them)
{
	struct aml_layout *from, *to;
	uint32_t row[40];

	for (uint32_t i = 0; i < 40; i++)
		row[i] = i * 29 % ROWS;
	ck_assert_int_eq(aml_layout_indexed_create(&from, in, AML_LAYOUT_ORDER_C, 4, COLS, 40, row,
						   ROWS * COLS, AML_LAYOUT_INDEXED_BLOCKS),
			 0);
	ck_assert_int_eq(aml_layout_indexed_create(&to, out, AML_LAYOUT_ORDER_C, 4, COLS, 40, row,
						   ROWS * COLS, AML_LAYOUT_INDEXED_BLOCKS),
			 0);
	ck_assert_int_eq(copy(endpoint(5), from), 0);
	ck_assert_int_eq(copy(matrix(out, 40, COLS), endpoint(5)), 0);
	for (uint32_t i = 0; i < 40; i++)
		ck_assert(!memcmp(&out[i * COLS], &in[row[i] * COLS], COLS * 4));
	memset(out, 0, sizeof(out));
	ck_assert_int_eq(copy(endpoint(5), matrix(in, 40, COLS)), 0);
	ck_assert_int_eq(copy(to, endpoint(5)), 0);
	for (uint32_t i = 0; i < 40; i++)
		ck_assert(!memcmp(&out[row[i] * COLS], &in[i * COLS], COLS * 4));
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
}
END_TEST

/* A want that is gone costs no system call: the first frame without one says so. */
START_TEST(frames_that_nobody_wants_wake_whoever_polls_the_engine_once)
{
	struct aml_dma_request *req = begin(matrix(out, 1, COLS), endpoint(5));
	struct pollfd fd = {.events = POLLIN};

	ck_assert_int_eq(aml_dma_fd(dma, &fd.fd), 0);
	card_send(axis, 5, COLS * 4, 1);
	ck_assert_int_eq(end(req), 0);
	aml_dma_drain(dma, NULL);
	ck_assert_int_eq(poll(&fd, 1, 20), 0);
	card_send(axis, 6, 100, 1);
	if (poll(&fd, 1, 5000) == 1)
		aml_dma_drain(dma, NULL);
	for (int i = 0; i < 3; i++) {
		card_send(axis, 6, 100, 1);
		ck_assert_int_eq(poll(&fd, 1, 20), 0);
	}
	req = begin(matrix(out, 1, COLS), endpoint(5));
	card_send(axis, 5, COLS * 4, 1);
	ck_assert_int_eq(poll(&fd, 1, 5000), 1);
	ck_assert_int_eq(end(req), 0);
}
END_TEST

START_TEST(the_engines_descriptor_tells_when_to_look_for_buffers)
{
	struct pollfd fd = {.events = POLLIN};
	struct aml_dma_request *req[2];
	int done = 0;

	reopen("tx=4", "");
	ck_assert_int_eq(aml_dma_fd(dma, &fd.fd), 0);
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 1);
	for (int i = 0; i < 2; i++)
		req[i] = begin(endpoint(5), matrix(in, 48, COLS));
	ck_assert_int_eq(end(req[0]), 0);
	aml_dma_drain(dma, NULL);
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 0);
	for (int i = 0; i < 1000 && !done; i++) {
		ck_assert_int_eq(poll(&fd, 1, 5000), 1);
		aml_dma_drain(dma, NULL);
		ck_assert_int_eq(aml_dma_test(dma, &req[1], &done), 0);
	}
	ck_assert(done);
}
END_TEST

START_TEST(an_engine_made_of_engines_passes_streams_on)
{
	struct aml_dma *outer;
	struct aml_axis *none;
	char spec[300];

	stream_teardown();
	card_next();
	snprintf(spec, sizeof(spec), "fault:engine=(axisg2:%s,claim=5)", card_spec(""));
	ck_assert_int_eq(aml_dma_open(&outer, spec), 0);
	ck_assert_int_eq(aml_axis_of(outer, &none), -AML_ENOTSUP);
	ck_assert_ptr_null(none);
	aml_dma_close(&outer);
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

static Suite *suite(void)
{
	Suite *s = suite_create("engine");
	TCase *tcase = tcase_create("engine");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, stream_setup, stream_teardown);
	tcase_add_test(tcase, a_layout_goes_out_and_comes_back);
	tcase_add_test(tcase, packing_transposes_and_so_does_unpacking);
	tcase_add_test(tcase, tiles_of_several_destinations_make_one_image);
	tcase_add_test(tcase, the_driver_may_copy_instead);
	tcase_add_test(tcase, receives_get_the_frames_of_their_destination_in_order);
	tcase_add_test(tcase, a_request_tells_of_its_frame);
	tcase_add_loop_test(tcase, a_frame_that_does_not_fit_ends_its_request_and_is_kept, 0, 2);
	tcase_add_test(tcase, a_frame_with_an_error_is_unpacked_and_reported);
	tcase_add_test(tcase, prepared_requests_run_again_and_again);
	tcase_add_test(tcase, lists_of_indices_are_gathered_into_frames_and_scattered_from_them);
	tcase_add_test(tcase, the_engines_descriptor_tells_of_frames);
	tcase_add_test(tcase, frames_that_nobody_wants_wake_whoever_polls_the_engine_once);
	tcase_add_test(tcase, the_engines_descriptor_tells_when_to_look_for_buffers);
	tcase_add_test(tcase, an_engine_made_of_engines_passes_streams_on);
	tcase_add_test(tcase, what_lies_in_a_buffer_is_sent_without_a_copy);
	suite_add_tcase(s, tcase);
	return s;
}

int main(void)
{
	return card_main(suite);
}
