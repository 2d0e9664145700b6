/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies from memory to memory, out to the card and back. */
#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include "aml/operator.h"
#include "backends/axisg2/test_stream.h"
#include "tests/lib/pair.h"

/* An engine that copies from memory to memory through destination 9. */
static void open_looped(const char *keys)
{
	reopen(keys, ",loop=9");
}

START_TEST(memory_is_copied_through_the_card)
{
	unsigned seed = test_seed(), n = test_pairs(150);

	open_looped("tx=64,rx=64");
	for (unsigned i = 0; i < n; i++) {
		struct pair p = pair_random(seed + i, 0, false);
		struct aml_plan *plan;
		size_t bytes;

		ck_assert_int_eq(aml_plan_create(&plan, p.dst, p.src, AML_PLAN_DEFAULT), 0);
		bytes = aml_plan_bytes(plan);
		aml_plan_destroy(&plan);
		if (pair_has_lists(&p)) {
			ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), -AML_ENOTSUP);
		} else if (bytes <= 48 * CARD_SIZE) {
			ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
			ck_assert_msg(pair_dst_equals_oracle(&p), "%s", p.text);
			ck_assert_msg(pair_guards_intact(&p), "%s", p.text);
		}
		pair_free(&p);
	}
	card_is_at_rest(axis);
}
END_TEST

START_TEST(many_at_once_keep_their_order)
{
	struct aml_dma_request *req[ROWS];

	open_looped("");
	for (size_t i = 0; i < ROWS; i++)
		req[i] = begin(matrix(out + i * COLS, 1, COLS), matrix(in + i * COLS, 1, COLS));
	ck_assert_int_eq(aml_dma_wait_all(ROWS, req, 20 * S, NULL), 0);
	ck_assert(!memcmp(in, out, sizeof(in)));
	card_is_at_rest(axis);
}
END_TEST

START_TEST(the_request_tells_of_the_frame_that_came_back)
{
	struct aml_axis_frame_info info = {.size = sizeof(info)};
	struct aml_dma_request *req;

	open_looped("");
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_NEXT_ERROR, 4);
	req = begin(matrix(out, 20, COLS), matrix(in, 20, COLS));
	ck_assert_int_eq(aml_dma_barrier(dma), -AML_EIO);
	ck_assert_int_eq(aml_axis_frame_info(dma, req, &info), 0);
	ck_assert_uint_eq(info.error, AML_AXIS_ERROR_MAX);
	ck_assert_uint_eq(info.dest, 9);
	ck_assert_int_eq(end(req), -AML_EIO);
}
END_TEST

START_TEST(one_that_was_not_sent_can_be_cancelled_and_the_others_go_on)
{
	struct aml_dma_request *req[3];
	struct aml_dma_info info = {.size = sizeof(info)};

	open_looped("tx=4,lanes=1");
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 1);
	for (size_t i = 0; i < 3; i++)
		req[i] = begin(matrix(out + i * 32 * COLS, 32, COLS),
			       matrix(in + i * 32 * COLS, 32, COLS));
	begin_for(matrix(out, 48, COLS), matrix(in, 48, COLS), 10000);
	ck_assert_int_eq(aml_dma_wait_for(dma, &req[2], 20000), -AML_ETIMEDOUT);
	ck_assert_int_eq(aml_dma_cancel_info(dma, &req[2], &info), 0);
	ck_assert_int_eq(info.outcome, AML_DMA_DROPPED);
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 0);
	ck_assert_int_eq(end(req[1]), 0);
	ck_assert_int_eq(end(req[0]), 0);
	ck_assert(!memcmp(in, out, 64 * COLS * 4));
	ck_assert_uint_eq(out[64 * COLS], 0);
	ck_assert_int_eq(copy(matrix(out, ROWS / 2, COLS), matrix(in, ROWS / 2, COLS)), 0);
	card_is_at_rest(axis);
}
END_TEST

START_TEST(the_reply_to_a_cancelled_copy_is_swallowed)
{
	struct aml_dma_info info = {.size = sizeof(info)};
	struct aml_dma_request *req[3];

	open_looped("lanes=1");
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 1);
	for (size_t i = 0; i < 3; i++)
		req[i] = begin_for(matrix(out + i * COLS, 1, COLS), matrix(in + i * COLS, 1, COLS),
				   i == 1 ? 10000 : 0);
	ck_assert_int_eq(aml_dma_cancel_info(dma, &req[0], &info), 0);
	ck_assert_int_eq(info.outcome, AML_DMA_STOPPED);
	ck_assert_int_eq(aml_dma_wait_for(dma, &req[1], S), -AML_ETIMEDOUT);
	ck_assert_ptr_null(req[1]);
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 0);
	ck_assert_int_eq(end(req[2]), 0);
	ck_assert_uint_eq(out[0] | out[COLS], 0);
	ck_assert(!memcmp(in + 2 * COLS, out + 2 * COLS, COLS * 4));
	card_is_at_rest(axis);
	/* And one that is still to come when the engine is closed. */
	aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 1);
	req[0] = begin(matrix(out, 1, COLS), matrix(in, 1, COLS));
	ck_assert_int_eq(aml_dma_cancel(dma, &req[0]), 0);
}
END_TEST

/* Open, send 500 copies whose reply never comes, cancel them, and close. */
static size_t bytes_in_use_after_abandoned_copies(void)
{
	open_looped("loop=none");
	for (size_t i = 0; i < 500; i++) {
		struct aml_dma_request *req = begin(matrix(out, 1, COLS), matrix(in, 1, COLS));

		ck_assert_int_eq(aml_dma_cancel(dma, &req), 0);
	}
	ck_assert_uint_eq(axis->rx.nwanted, 500);
	stream_teardown();
	return mallinfo2().uordblks;
}

/* (Under AddressSanitizer the bytes are not known, and its own search finds leaks.) */
START_TEST(replies_that_never_came_are_forgotten_by_close)
{
	size_t first = bytes_in_use_after_abandoned_copies(); /* what stays in caches is there */

	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_lt(bytes_in_use_after_abandoned_copies(), first + 20000);
}
END_TEST

START_TEST(a_reply_that_is_lost_fails_its_own_request_only)
{
	struct aml_dma_request *req[3];

	reopen("", ",loop=9,parts=2");
	for (size_t i = 0; i < 3; i++)
		req[i] = begin(matrix(out + i * 1024, i == 1 ? 48 : 1, COLS),
			       matrix(in + i * 1024, i == 1 ? 48 : 1, COLS));
	ck_assert_int_eq(end(req[1]), -AML_EIO); /* of three parts */
	ck_assert_int_eq(end(req[0]), 0);
	ck_assert_int_eq(end(req[2]), 0);
	ck_assert(!memcmp(in, out, COLS * 4));
	ck_assert(!memcmp(in + 2048, out + 2048, COLS * 4));
	card_is_at_rest(axis);
}
END_TEST

START_TEST(what_the_driver_refuses_to_send_is_not_waited_for)
{
	open_looped("");
	card_make_trouble(axis);
	card_trouble.write_in = 1;
	ck_assert_int_eq(copy(matrix(out, 1, COLS), matrix(in, 1, COLS)), -AML_EIO);
	ck_assert_int_eq(copy(matrix(out, 1, COLS), matrix(in, 1, COLS)), 0);
	ck_assert(!memcmp(in, out, COLS * 4));
	card_is_at_rest(axis);
}
END_TEST

START_TEST(endpoints_work_beside_it_and_operators_do_not)
{
	struct aml_layout *to = matrix(out, 1, COLS), *from = matrix(in, 1, COLS);

	open_looped("");
	ck_assert_int_eq(copy(endpoint(5), matrix(in, 1, COLS)), 0);
	ck_assert_int_eq(copy(matrix(out, 1, COLS), endpoint(5)), 0);
	ck_assert(!memcmp(in, out, COLS * 4));
	ck_assert_int_eq(aml_dma_copy_custom(dma, to, from, aml_op_byteswap, NULL), -AML_ENOTSUP);
	aml_layout_destroy(&to);
	aml_layout_destroy(&from);
}
END_TEST

static void *copy_rows(void *arg)
{
	size_t first = (size_t)(uintptr_t)arg, bad = 0;

	for (size_t round = 0; round < 60; round++)
		for (size_t i = first; i < first + ROWS / 4; i++)
			bad += copy(matrix(out + i * COLS, 1, COLS),
				    matrix(in + i * COLS, 1, COLS)) != 0;
	return (void *)(uintptr_t)bad;
}

START_TEST(threads_get_back_each_its_own)
{
	pthread_t thread[4];
	void *bad;

	open_looped("");
	for (uintptr_t i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, copy_rows, (void *)(i * ROWS / 4));
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], &bad);
		ck_assert_ptr_null(bad);
	}
	ck_assert(!memcmp(in, out, sizeof(in)));
	card_is_at_rest(axis);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("pair");
	TCase *tcase = tcase_create("pair");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, stream_setup, stream_teardown);
	tcase_add_test(tcase, memory_is_copied_through_the_card);
	tcase_add_test(tcase, many_at_once_keep_their_order);
	tcase_add_test(tcase, the_request_tells_of_the_frame_that_came_back);
	tcase_add_test(tcase, one_that_was_not_sent_can_be_cancelled_and_the_others_go_on);
	tcase_add_test(tcase, the_reply_to_a_cancelled_copy_is_swallowed);
	tcase_add_test(tcase, replies_that_never_came_are_forgotten_by_close);
	tcase_add_test(tcase, a_reply_that_is_lost_fails_its_own_request_only);
	tcase_add_test(tcase, what_the_driver_refuses_to_send_is_not_waited_for);
	tcase_add_test(tcase, endpoints_work_beside_it_and_operators_do_not);
	tcase_add_test(tcase, threads_get_back_each_its_own);
	suite_add_tcase(s, tcase);
	return s;
}

int main(void)
{
	return card_main(suite);
}
