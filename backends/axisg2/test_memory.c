/* SPDX-License-Identifier: BSD-3-Clause */
/* Without memory: nothing is lost that need not be, and nothing is leaked. */
#include <stdlib.h>
#include <string.h>

#include "aml/layout/dense.h"
#include "backends/axisg2/engine.h"
#include "backends/axisg2/test_alloc.h"
#include "backends/axisg2/test_card.h"

static const uint32_t dests[] = {0, 5};

static void after_open(const struct aml_axis *axis)
{
	ck_assert_ptr_null(axis);
}

START_TEST(a_device_is_opened_or_not_at_all)
{
	const struct aml_axis_options options = {.size = sizeof(options), .copies = _i};
	const char *path = card_path("tx=8,rx=8");
	struct aml_axis *axis;

	EXPECT_REFUSED_WITHOUT_MEMORY(aml_axis_open(&axis, path, &options), after_open(axis));
	ck_assert_int_eq(aml_axis_claim(axis, dests, 2), 0);
	card_send(axis, 5, 10000, 1);
	card_expect(axis, 5, 10000, 1);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

static void nothing_is_reserved(struct aml_axis *axis, const struct aml_axis_frame *frame)
{
	ck_assert_ptr_null(frame);
	ck_assert_int_eq(card_counters(axis).tx.queue, axis->cap.tx);
}

START_TEST(a_frame_is_allocated_or_not_at_all)
{
	struct aml_axis *axis = card_open_claimed("", NULL, dests, 2);
	struct aml_axis_frame *frame;

	EXPECT_REFUSED_WITHOUT_MEMORY(aml_axis_frame_alloc(axis, &frame, 10 * CARD_SIZE, 0),
				      nothing_is_reserved(axis, frame));
	aml_axis_frame_release(&frame);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

/* Of a frame of eight parts, the allocation of the frame, and of room for more parts, fails. */
START_TEST(a_frame_that_there_is_no_memory_for_is_dropped)
{
	struct aml_axis *axis = card_open_claimed("", NULL, dests, 2);
	struct aml_axis_frame *frame;

	card_send(axis, 5, 8 * CARD_SIZE, 1);
	card_send(axis, 5, 100, 2);
	alloc_fail_at((unsigned)_i + 1);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, S), 0);
	alloc_fail_at(0);
	ck_assert_uint_eq(frame->bytes, 100);
	ck_assert(card_is(frame, 2));
	ck_assert_uint_eq(card_counters(axis).dropped_memory, 1);
	aml_axis_frame_release(&frame);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(where_the_driver_copies_it_keeps_what_there_is_no_memory_for)
{
	const struct aml_axis_options options = {.size = sizeof(options), .copies = true};
	struct aml_axis *axis = card_open_claimed("", &options, dests, 2);
	struct aml_axis_frame *frame;

	card_send(axis, 5, 2000, 1);
	alloc_fail_at(1);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, 0), -AML_EAGAIN);
	card_expect(axis, 5, 2000, 1);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(requests_fail_without_memory_and_the_next_ones_do_not)
{
	static char data[2][3 * CARD_SIZE];
	const size_t dims[1] = {sizeof(data[0])};
	struct aml_layout *memory[2], *endpoint = NULL;
	struct aml_axis *axis;
	struct aml_dma *dma;
	char spec[300] = "axisg2:loop=9,";
	unsigned codes = 0;
	int rc = 1;

	strcat(spec, card_spec(""));
	EXPECT_REFUSED_WITHOUT_MEMORY(aml_dma_open(&dma, spec), ck_assert_ptr_null(dma));
	ck_assert_int_eq(aml_axis_of(dma, &axis), 0);
	EXPECT_REFUSED_WITHOUT_MEMORY(aml_layout_axis_create(&endpoint, axis, 5, 0, 0),
				      ck_assert_ptr_null(endpoint));
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(aml_layout_dense_create(&memory[i], data[i], AML_LAYOUT_ORDER_C, 1,
							 1, dims, NULL, NULL),
				 0);
	memset(data[0], 7, sizeof(data[0]));
	EXPECT_REFUSED_WITHOUT_MEMORY(aml_dma_copy(dma, endpoint, memory[0]), (void)0);
	for (unsigned n = 1; rc;
	     n++) { /* what came back may have been lost: that is another code */
		alloc_fail_at(n);
		rc = aml_dma_copy(dma, memory[1], memory[0]);
		alloc_fail_at(0);
		ck_assert(!rc || rc == -AML_ENOMEM || rc == -AML_EIO);
		codes |= 1u << -rc;
	}
	ck_assert_uint_eq(codes, 1u | 1u << AML_ENOMEM | 1u << AML_EIO);
	ck_assert(!memcmp(data[0], data[1], sizeof(data[0])));
	for (int i = 0; i < 2; i++)
		aml_layout_destroy(&memory[i]);
	aml_layout_destroy(&endpoint);
	card_is_at_rest(axis);
	aml_dma_close(&dma);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("memory");
	TCase *tcase = tcase_create("memory");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, card_next, NULL);
	tcase_add_loop_test(tcase, a_device_is_opened_or_not_at_all, 0, 2);
	tcase_add_test(tcase, a_frame_is_allocated_or_not_at_all);
	tcase_add_loop_test(tcase, a_frame_that_there_is_no_memory_for_is_dropped, 0, 3);
	tcase_add_test(tcase, where_the_driver_copies_it_keeps_what_there_is_no_memory_for);
	tcase_add_test(tcase, requests_fail_without_memory_and_the_next_ones_do_not);
	suite_add_tcase(s, tcase);
	return s;
}

int main(void)
{
	return card_main_here(suite);
}
