/* SPDX-License-Identifier: BSD-3-Clause */
/* Stages that pass frames on, or not: tee, filter, rate, tap. */
#include <stdlib.h>
#include <string.h>

#include "aml/axis/stage.h"
#include "backends/axisg2/stages/rate.h"
#include "backends/axisg2/stages/test_stage.h"

static struct sink sink, side;
static struct aml_axis_frame *frame;

static void setup(void)
{
	sink_init(&sink);
	sink_init(&side);
	frame = parts_create(40, 7);
}

static void teardown(void)
{
	aml_axis_frame_release(&frame);
	sink_clear(&sink);
	sink_clear(&side);
	ck_assert_uint_eq(parts_alive(), 0);
}

START_TEST(a_frame_for_nobody_is_taken)
{
	ck_assert_int_eq(aml_axis_stage_accept(NULL, frame), 0);
	aml_axis_stage_feed(frame, &sink.stage);
	ck_assert_uint_eq(sink.n, 1);
	ck_assert_ptr_eq(sink.frames[0], frame);
}
END_TEST

START_TEST(a_tee_gives_to_the_other_first)
{
	struct aml_axis_tee tee;

	aml_axis_tee_init(&tee, &side.stage);
	ck_assert_int_eq(aml_axis_stage_accept(&tee.stage, frame), 0);
	tee.stage.next = &sink.stage;
	ck_assert_int_eq(aml_axis_stage_accept(&tee.stage, frame), 0);
	side.status = -AML_EIO;
	ck_assert_int_eq(aml_axis_stage_accept(&tee.stage, frame), -AML_EIO);
	side.status = 0;
	sink.status = -AML_EDOM;
	ck_assert_int_eq(aml_axis_stage_accept(&tee.stage, frame), -AML_EDOM);
	ck_assert_uint_eq(side.n, 3);
	ck_assert_uint_eq(sink.n, 1);
}
END_TEST

/* Whether a frame of this destination and error came through. */
static bool passes(struct aml_axis_stage *stage, uint32_t dest, uint32_t error)
{
	size_t before = sink.n;

	frame->dest = dest;
	frame->error = error;
	ck_assert_int_eq(aml_axis_stage_accept(stage, frame), 0);
	return sink.n > before;
}

START_TEST(a_filter_passes_one_destination)
{
	struct aml_axis_filter filter;

	aml_axis_filter_init(&filter, 0x102, false);
	filter.stage.next = &sink.stage;
	ck_assert(passes(&filter.stage, 0x102, 0));
	ck_assert(passes(&filter.stage, 0x102, 1));
	ck_assert(!passes(&filter.stage, 0x2, 0));
	ck_assert(!passes(&filter.stage, 0x202, 0));
	ck_assert(!passes(&filter.stage, 0x103, 0));
	ck_assert_uint_eq(filter.passed, 2);
	ck_assert_uint_eq(filter.dropped, 3);
}
END_TEST

START_TEST(a_filter_drops_errors)
{
	struct aml_axis_filter filter;

	aml_axis_filter_init(&filter, 0, true);
	filter.stage.next = &sink.stage;
	ck_assert(passes(&filter.stage, 0, 0));
	ck_assert(!passes(&filter.stage, 0, 0x80));
	filter.any_dest = true;
	ck_assert(passes(&filter.stage, 0x102, 0));
	ck_assert(!passes(&filter.stage, 0x102, 1));
}
END_TEST

START_TEST(errors_come_back_through_all_stages)
{
	struct aml_axis_filter filter;
	struct aml_axis_rate rate;
	struct aml_axis_tap tap;

	aml_axis_filter_init(&filter, 0, false);
	aml_axis_rate_init_count(&rate, 0);
	aml_axis_tap_init(&tap, NULL, NULL, 0);
	filter.stage.next = &rate.stage;
	rate.stage.next = &tap.stage;
	tap.stage.next = &sink.stage;
	sink.status = -AML_EIO;
	ck_assert_int_eq(aml_axis_stage_accept(&filter.stage, frame), -AML_EIO);
	sink.status = 0;
	ck_assert(passes(&filter.stage, 0, 0));
}
END_TEST

START_TEST(a_rate_passes_the_first_of_every_so_many)
{
	struct aml_axis_rate rate;

	for (uint64_t skip = 0; skip < 4; skip++) {
		aml_axis_rate_init_count(&rate, skip);
		rate.stage.next = &sink.stage;
		for (uint64_t i = 0; i < 8; i++)
			ck_assert_int_eq(passes(&rate.stage, 0, 0), i % (skip + 1) == 0);
		ck_assert_uint_eq(rate.passed, (8 + skip) / (skip + 1));
		ck_assert_uint_eq(rate.passed + rate.dropped, 8);
	}
}
END_TEST

START_TEST(a_rate_passes_one_frame_after_each_period)
{
	struct aml_axis_rate rate;
	uint64_t begin;

	aml_axis_rate_init_period(&rate, 1000000);
	rate.stage.next = &sink.stage;
	ck_assert(!passes(&rate.stage, 0, 0)); /* unless this takes a second */
	begin = rate.next_ns;
	ck_assert(!amli_axis_rate_passes(&rate, begin));
	ck_assert(amli_axis_rate_passes(&rate, begin + 1));
	ck_assert(!amli_axis_rate_passes(&rate, begin + 2));
	ck_assert(!amli_axis_rate_passes(&rate, begin + 1 + 1000000000));
	ck_assert(amli_axis_rate_passes(&rate, begin + 2 + 1000000000));
	aml_axis_rate_init_period(&rate, 0);
	rate.stage.next = &sink.stage;
	ck_assert(passes(&rate.stage, 0, 0));
	ck_assert(passes(&rate.stage, 0, 0));
	aml_axis_rate_init_period(&rate, UINT64_MAX);
	ck_assert(!passes(&rate.stage, 0, 0));
}
END_TEST

START_TEST(a_tap_prints_what_passes)
{
	static const char want[] =
		"spy: frame 0, destination 0x102, 40 bytes in 6 parts, error 0x80, user 0x02 0x01\n"
		"spy: 000000 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f\n"
		"spy: 000010 10 11\n"
		"spy: frame 1, destination 0x102, 40 bytes in 6 parts, error 0x80, user 0x02 0x01\n"
		"spy: 000000 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f\n"
		"spy: 000010 10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f\n"
		"spy: 000020 20 21 22 23 24 25 26 27\n"
		"spy: frame 2, destination 0x102, 40 bytes in 6 parts, error 0x80, user 0x02 0x01\n";
	struct aml_axis_tap tap;
	char bytes[40], *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	for (int i = 0; i < 40; i++)
		bytes[i] = (char)i;
	ck_assert_int_eq(aml_axis_frame_write(frame, 0, bytes, 40), 0);
	frame->first_user = 2;
	frame->last_user = 1;
	aml_axis_tap_init(&tap, stream, "spy", 18);
	tap.stage.next = &sink.stage;
	ck_assert(passes(&tap.stage, 0x102, 0x80));
	tap.max_bytes = 1000;
	ck_assert(passes(&tap.stage, 0x102, 0x80));
	tap.max_bytes = 0;
	ck_assert(passes(&tap.stage, 0x102, 0x80));
	ck_assert_uint_eq(tap.frames, 3);
	ck_assert_uint_eq(tap.bytes, 120);
	fclose(stream);
	ck_assert_str_eq(text, want);
	free(text);
}
END_TEST

START_TEST(a_tap_whose_stream_is_broken_passes_frames)
{
	struct aml_axis_tap tap;
	FILE *full = fopen("/dev/full", "w");

	if (!full)
		return;
	setvbuf(full, NULL, _IONBF, 0);
	aml_axis_tap_init(&tap, full, "spy", 18);
	tap.stage.next = &sink.stage;
	ck_assert(passes(&tap.stage, 0, 0));
	fclose(full);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("passing");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_frame_for_nobody_is_taken);
	tcase_add_test(tcase, a_tee_gives_to_the_other_first);
	tcase_add_test(tcase, a_filter_passes_one_destination);
	tcase_add_test(tcase, a_filter_drops_errors);
	tcase_add_test(tcase, errors_come_back_through_all_stages);
	tcase_add_test(tcase, a_rate_passes_the_first_of_every_so_many);
	tcase_add_test(tcase, a_rate_passes_one_frame_after_each_period);
	tcase_add_test(tcase, a_tap_prints_what_passes);
	tcase_add_test(tcase, a_tap_whose_stream_is_broken_passes_frames);
	return run_case(tcase);
}
