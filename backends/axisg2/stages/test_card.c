/* SPDX-License-Identifier: BSD-3-Clause */
/* Stages over the emulated card: sent by one chain, received by another. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aml/axis.h"
#include "aml/axis/prbs.h"
#include "aml/axis/srp.h"
#include "backends/axisg2/stages/test_stage.h"

#define REQUESTS 0x5u
#define RESPONSES 0x105u

static struct aml_axis *axis;
static struct aml_axis_sender sender;
static const uint32_t dests[] = {0, 1, 0x102, REQUESTS, RESPONSES};

static void open_card(const char *keys)
{
	static unsigned count;
	struct aml_axis_options options = {.size = sizeof(options), .ssi = true};
	char path[128];

	snprintf(path, sizeof(path), "emu,name=stages-%d-%u%s", (int)getpid(), count++, keys);
	ck_assert_msg(aml_axis_open(&axis, path, &options) == 0, "%s", aml_error_detail());
	ck_assert_int_eq(aml_axis_claim(axis, dests, sizeof(dests) / sizeof(dests[0])), 0);
	aml_axis_sender_init(&sender, axis, 60000000);
}

static void teardown(void)
{
	aml_axis_close(&axis);
}

/* All buffers are where they were when nothing had happened. */
static void expect_no_buffer_held(void)
{
	struct aml_axis_counters counters = {.size = sizeof(counters)};

	ck_assert_int_eq(aml_axis_counters(axis, &counters), 0);
	ck_assert_uint_eq(counters.held, 0);
	ck_assert_uint_eq(counters.queued, 0);
	ck_assert_int_eq(counters.rx.missing, 0);
	ck_assert_int_eq(counters.tx.missing, 0);
}

START_TEST(what_is_sent_comes_back_whole_on_its_destination)
{
	struct aml_axis_filter filter[3];
	struct aml_axis_prbs_tx tx[3];
	struct aml_axis_prbs_rx rx[3];
	struct aml_axis_frame *frame;

	open_card(",tx=16,rx=16,size=4096,loop=stream");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(aml_axis_prbs_tx_init(&tx[i], NULL, dests[i]), 0);
		ck_assert_int_eq(aml_axis_prbs_rx_init(&rx[i], NULL), 0);
		aml_axis_filter_init(&filter[i], dests[i], false);
		tx[i].next = &sender.stage;
		tx[i].sequence = 1000u * (unsigned)i + 1;
		filter[i].stage.next = &rx[i].stage;
	}
	for (size_t n = 0; n < 60; n++) {
		static const size_t bytes[] = {12, 4096, 4100, 8192, 16384, 20480};

		ck_assert_int_eq(aml_axis_prbs_tx_send(&tx[n % 3], bytes[n % 6]), 0);
		ck_assert_int_eq(aml_axis_receive(axis, &frame, AML_AXIS_ANY, 60000000), 0);
		for (int i = 0; i < 3; i++)
			aml_axis_stage_feed(frame, &filter[i].stage);
		aml_axis_frame_release(&frame);
	}
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(aml_axis_prbs_rx_counts(&rx[i]).frames, 20);
		ck_assert_uint_eq(aml_axis_prbs_rx_counts(&rx[i]).errors, 0);
		ck_assert_uint_eq(filter[i].dropped, 40);
	}
	ck_assert_uint_eq(sender.frames, 60);
	expect_no_buffer_held();
}
END_TEST

START_TEST(a_received_frame_is_sent_again)
{
	struct aml_axis_frame *frame;
	struct aml_axis_prbs_tx tx;
	struct sink sink;

	open_card(",tx=8,rx=8,size=4096");
	sink_init(&sink);
	sender.stage.next = &sink.stage;
	ck_assert_int_eq(aml_axis_prbs_tx_init(&tx, NULL, 1), 0);
	tx.next = &sender.stage;
	ck_assert_int_eq(aml_axis_prbs_tx_send(&tx, 8192), 0);
	for (int i = 0; i < 20; i++) { /* round and round */
		ck_assert_int_eq(aml_axis_receive(axis, &frame, 1, 60000000), 0);
		ck_assert_int_eq(aml_axis_prbs_check(NULL, frame, NULL), AML_AXIS_PRBS_GOOD);
		ck_assert_int_eq(aml_axis_stage_accept(&sender.stage, frame), 0);
		aml_axis_frame_release(&frame);
		sink_clear(&sink);
	}
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 1, 60000000), 0);
	aml_axis_frame_release(&frame);
	expect_no_buffer_held();
}
END_TEST

START_TEST(what_a_card_does_not_take_comes_back_as_an_error)
{
	struct aml_axis_prbs_tx tx;

	open_card(",tx=4,rx=4,size=4096,stall=1");
	sender.timeout_us = 1000;
	ck_assert_int_eq(aml_axis_prbs_tx_init(&tx, NULL, 0), 0);
	tx.next = &sender.stage;
	ck_assert_int_eq(aml_axis_prbs_tx_send(&tx, 5 * 4096), -AML_EINVAL);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(aml_axis_prbs_tx_send(&tx, 4096), 0);
	ck_assert_int_eq(aml_axis_prbs_tx_send(&tx, 4096), -AML_ETIMEDOUT);
	ck_assert_uint_eq(tx.sequence, 5);
	ck_assert_uint_eq(sender.frames, 4);
}
END_TEST

/* Firmware that gets requests on one destination and answers on another. */
struct turn {
	struct aml_axis_stage stage;
};

static int turn_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	frame->dest = RESPONSES;
	return aml_axis_stage_accept(stage->next, frame);
}

START_TEST(registers_are_read_and_written_through_the_card)
{
	struct turn turn = {.stage.accept = turn_accept, .stage.next = &sender.stage};
	struct aml_axis_srp_options options = {.dest = REQUESTS, .timeout_us = 60000000};
	struct aml_axis_filter requests, responses;
	struct aml_axis_srp_model model;
	struct aml_axis_tee tee;
	struct aml_axis_srp srp;
	uint32_t out[5000], in[5000] = {0};

	open_card(",tx=64,rx=64,size=4096,loop=stream");
	for (uint32_t i = 0; i < 5000; i++)
		out[i] = i * 2654435761u;
	ck_assert_int_eq(aml_axis_srp_init(&srp, &options), 0);
	ck_assert_int_eq(aml_axis_srp_model_init(&model), 0);
	aml_axis_filter_init(&requests, REQUESTS, false);
	aml_axis_filter_init(&responses, RESPONSES, true);
	aml_axis_tee_init(&tee, &requests.stage);
	requests.stage.next = &model.stage;
	model.stage.next = &turn.stage;
	tee.stage.next = &responses.stage;
	responses.stage.next = &srp.stage;
	srp.stage.next = &sender.stage;
	ck_assert_int_eq(aml_axis_listen(axis, aml_axis_stage_feed, &tee.stage), 0);

	ck_assert_int_eq(aml_axis_srp_write(&srp, 0x100ffc, out, sizeof(out)), 0);
	ck_assert_int_eq(aml_axis_srp_post(&srp, 0x10, out, 4), 0);
	ck_assert_int_eq(aml_axis_srp_read(&srp, 0x100ffc, in, sizeof(in)), 0);
	ck_assert_mem_eq(in, out, sizeof(in));
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).strays, 0);

	ck_assert_int_eq(aml_axis_unlisten(axis), 0);
	aml_axis_srp_model_fini(&model);
	aml_axis_srp_fini(&srp);
	expect_no_buffer_held();
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("card");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, what_is_sent_comes_back_whole_on_its_destination);
	tcase_add_test(tcase, a_received_frame_is_sent_again);
	tcase_add_test(tcase, what_a_card_does_not_take_comes_back_as_an_error);
	tcase_add_test(tcase, registers_are_read_and_written_through_the_card);
	return run_case(tcase);
}
