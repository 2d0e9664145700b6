/* SPDX-License-Identifier: BSD-3-Clause */
/* PRBS frames, byte for byte; and what the checker says of damaged ones. */
#include <stdlib.h>
#include <string.h>

#include "aml/axis/prbs.h"
#include "backends/axisg2/stages/prbs_word.h"
#include "backends/axisg2/stages/test_stage.h"

static struct sink sink;
static struct aml_axis_prbs_tx tx;
static struct aml_axis_prbs_rx rx;

static void setup(void)
{
	sink_init(&sink);
	ck_assert_int_eq(aml_axis_prbs_tx_init(&tx, NULL, 0x102), 0);
	ck_assert_int_eq(aml_axis_prbs_rx_init(&rx, NULL), 0);
	tx.next = &rx.stage;
	rx.stage.next = &sink.stage;
}

static void teardown(void)
{
	sink_clear(&sink);
	ck_assert_uint_eq(parts_alive(), 0);
}

static struct aml_axis_prbs wide(unsigned width)
{
	struct aml_axis_prbs form = AML_AXIS_PRBS_DEFAULT;

	form.width = width;
	return form;
}

/* The bytes of a frame that is in parts, for the caller to free. */
static unsigned char *filled(const struct aml_axis_prbs *form, uint32_t sequence, size_t bytes,
			     size_t part)
{
	struct aml_axis_frame *frame = parts_create(bytes, part);
	unsigned char *data = malloc(bytes);

	ck_assert_int_eq(aml_axis_prbs_fill(form, sequence, frame), 0);
	ck_assert_int_eq(aml_axis_prbs_check(form, frame, NULL), AML_AXIS_PRBS_GOOD);
	ck_assert_int_eq(aml_axis_frame_read(frame, 0, data, bytes), 0);
	aml_axis_frame_release(&frame);
	return data;
}

static void expect_bytes(const struct aml_axis_prbs *form, uint32_t sequence, const void *want,
			 size_t bytes)
{
	static const size_t parts[] = {0, 1, 3, 4, 20};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		unsigned char *data = filled(form, sequence, bytes, parts[i]);

		ck_assert_mem_eq(data, want, bytes);
		free(data);
	}
}

START_TEST(frames_are_what_others_make)
{
	static const unsigned char one[] = {1, 0, 0,	0, 7, 0,    0,	  0, 2, 0,    0,
					    0, 5, 0,	0, 0, 0x0b, 0,	  0, 0, 0x17, 0,
					    0, 0, 0x2e, 0, 0, 0,    0x5c, 0, 0, 0};
	static const unsigned char other[] =
		"\x78\x56\x34\x12\x0f\x00\x00\x00\xf1\xac\x68\x24\xe3\x59\xd1\x48"
		"\xc6\xb3\xa2\x91\x8c\x67\x45\x23\x19\xcf\x8a\x46\x32\x9e\x15\x8d"
		"\x64\x3c\x2b\x1a\xc8\x78\x56\x34\x91\xf1\xac\x68\x22\xe3\x59\xd1"
		"\x44\xc6\xb3\xa2\x89\x8c\x67\x45\x12\x19\xcf\x8a\x24\x32\x9e\x15";
	static const unsigned char beef[] =
		"\xef\xbe\xad\xde\x0b\x00\x00\x00\xde\x7d\x5b\xbd\xbc\xfb\xb6\x7a"
		"\x79\xf7\x6d\xf5\xf2\xee\xdb\xea\xe5\xdd\xb7\xd5\xcb\xbb\x6f\xab"
		"\x97\x77\xdf\x56\x2e\xef\xbe\xad\x5d\xde\x7d\x5b\xba\xbc\xfb\xb6";

	expect_bytes(NULL, 1, one, sizeof(one));
	expect_bytes(NULL, 0x12345678, other, sizeof(other) - 1);
	expect_bytes(NULL, 0xdeadbeef, beef, sizeof(beef) - 1);
}
END_TEST

START_TEST(words_of_64_bits_are_what_others_make)
{
	static const unsigned char want[64] = {
		[0] = 5,     [8] = 7,	  [16] = 0x0b, [24] = 0x17, [32] = 0x2e,
		[40] = 0x5c, [48] = 0xb8, [56] = 0x70, [57] = 1,
	};
	struct aml_axis_prbs form = wide(64);

	expect_bytes(&form, 5, want, sizeof(want));
}
END_TEST

START_TEST(a_million_steps_end_where_they_must)
{
	struct aml_axis_prbs form = AML_AXIS_PRBS_DEFAULT;
	struct amli_axis_prbs_word word = amli_axis_prbs_first(&form, 1);
	unsigned char *data = malloc(4000000);

	amli_axis_prbs_next(&word, data, 1000000);
	ck_assert_mem_eq(data + 3999996, "\x70\x95\x65\x94", 4);
	free(data);
}
END_TEST

static uint32_t crc32_more(uint32_t crc, const unsigned char *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return crc;
}

START_TEST(long_frames_have_the_known_checksum)
{
	uint32_t crc = UINT32_MAX;

	for (uint32_t sequence = 1; sequence <= 4; sequence++) {
		unsigned char *data = filled(NULL, sequence, 10000, 999);

		crc = crc32_more(crc, data, 10000);
		free(data);
	}
	ck_assert_uint_eq(~crc, 0x415053aa);
}
END_TEST

/* The definition, bit for bit. */
static void shift_by_definition(bool *bits, const struct aml_axis_prbs *form)
{
	bool new_bit = false;

	for (unsigned i = 0; i < form->ntaps; i++)
		new_bit ^= bits[form->taps[i]];
	memmove(bits + 1, bits, form->width - 1);
	bits[0] = new_bit;
}

static void expect_definition(const struct aml_axis_prbs *form, uint32_t sequence)
{
	size_t size = form->width / 8, words = 700;
	unsigned char *data = filled(form, sequence, words * size, 1000);
	bool bits[AML_AXIS_PRBS_WIDTH_MAX] = {false};

	for (unsigned i = 0; i < 32; i++)
		bits[i] = sequence >> i & 1;
	for (size_t word = 2; word < words; word++) {
		unsigned char want[AML_AXIS_PRBS_WIDTH_MAX / 8] = {0};

		shift_by_definition(bits, form);
		for (unsigned i = 0; i < form->width; i++)
			want[i / 8] |= (unsigned char)(bits[i] << i % 8);
		ck_assert_mem_eq(data + word * size, want, size);
	}
	free(data);
}

START_TEST(words_of_every_width_are_as_defined)
{
	for (unsigned width = 32; width <= AML_AXIS_PRBS_WIDTH_MAX; width += 32) {
		struct aml_axis_prbs form = wide(width);

		expect_definition(&form, 0x12345678 + width);
		form.taps[1] = (uint16_t)(width - 2);
		form.taps[4] = (uint16_t)(width / 2);
		form.ntaps = 5;
		expect_definition(&form, 0xcafe0000 + width);
	}
}
END_TEST

START_TEST(counting_words_have_their_index)
{
	struct aml_axis_prbs form = wide(96);
	unsigned char *data, want[12] = {0};

	form.payload = AML_AXIS_PRBS_COUNT;
	data = filled(&form, 9, 12 * 1000, 0);
	for (unsigned i = 2; i < 1000; i++) {
		want[0] = (unsigned char)i;
		want[1] = (unsigned char)(i >> 8);
		ck_assert_mem_eq(data + 12 * i, want, 12);
	}
	free(data);
}
END_TEST

START_TEST(without_payload_only_the_head_is_written)
{
	struct aml_axis_frame *frame = parts_create(40, 7);
	struct aml_axis_prbs form = wide(64);
	unsigned char data[40], want[40] = {9, [8] = 4};

	form.payload = AML_AXIS_PRBS_NONE;
	ck_assert_int_eq(aml_axis_prbs_fill(&form, 9, frame), 0);
	ck_assert_int_eq(aml_axis_frame_read(frame, 0, data, 40), 0);
	ck_assert_mem_eq(data, want, 40);
	ck_assert_int_eq(aml_axis_frame_write(frame, 20, "x", 1), 0);
	ck_assert_int_eq(aml_axis_prbs_check(&form, frame, NULL), AML_AXIS_PRBS_GOOD);
	aml_axis_frame_release(&frame);
}
END_TEST

START_TEST(forms_that_cannot_be_are_refused)
{
	static const struct aml_axis_prbs bad[] = {
		{.width = 0, .ntaps = 1},
		{.width = 48, .ntaps = 1},
		{.width = 544, .ntaps = 1},
		{.width = 32, .ntaps = 0},
		{.width = 32, .ntaps = 17},
		{.width = 32, .ntaps = 2, .taps = {1, 32}},
		{.width = 32, .ntaps = 1, .payload = (enum aml_axis_prbs_payload)3},
	};
	struct aml_axis_frame *frame = parts_create(640, 0);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(aml_axis_prbs_fill(&bad[i], 1, frame), -AML_EINVAL);
		ck_assert_int_eq(aml_axis_prbs_check(&bad[i], frame, NULL), -AML_EINVAL);
		ck_assert_int_eq(aml_axis_prbs_tx_init(&tx, &bad[i], 0), -AML_EINVAL);
		ck_assert_int_eq(aml_axis_prbs_rx_init(&rx, &bad[i]), -AML_EINVAL);
	}
	aml_axis_frame_release(&frame);
}
END_TEST

START_TEST(sizes_that_are_not_words_are_refused)
{
	static const size_t bytes[] = {4, 8, 13, 47};

	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		struct aml_axis_frame *frame = parts_create(bytes[i], 0);

		ck_assert_int_eq(aml_axis_prbs_fill(NULL, 1, frame), -AML_EINVAL);
		ck_assert_int_eq(aml_axis_prbs_check(NULL, frame, NULL), AML_AXIS_PRBS_SIZE);
		ck_assert_int_eq(aml_axis_prbs_tx_send(&tx, bytes[i]), -AML_EINVAL);
		aml_axis_frame_release(&frame);
	}
	ck_assert_int_eq(aml_axis_prbs_fill(NULL, 1, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_prbs_check(NULL, NULL, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_prbs_tx_send(&tx, 0), -AML_EINVAL);
	ck_assert_uint_eq(tx.sequence, 1);
	ck_assert_uint_eq(sink.n, 0);
}
END_TEST

START_TEST(each_damaged_byte_is_found_and_named)
{
	struct aml_axis_frame *frame = parts_create(5000, 700);
	uint32_t sequence = 0;

	ck_assert_int_eq(aml_axis_prbs_fill(NULL, 77, frame), 0);
	for (size_t at = 4; at < 5000; at += at < 16 ? 1 : 83) {
		char before, after, name[32];

		ck_assert_int_eq(aml_axis_frame_read(frame, at, &before, 1), 0);
		after = (char)(before ^ 0x10);
		ck_assert_int_eq(aml_axis_frame_write(frame, at, &after, 1), 0);
		ck_assert_int_eq(aml_axis_prbs_check(NULL, frame, &sequence),
				 at < 8 ? AML_AXIS_PRBS_LENGTH : AML_AXIS_PRBS_PAYLOAD);
		snprintf(name, sizeof(name), at < 8 ? "77" : "byte %zu of", at);
		ck_assert_msg(strstr(aml_error_detail(), name), "%s", aml_error_detail());
		ck_assert_int_eq(aml_axis_frame_write(frame, at, &before, 1), 0);
	}
	ck_assert_int_eq(aml_axis_prbs_check(NULL, frame, &sequence), AML_AXIS_PRBS_GOOD);
	ck_assert_uint_eq(sequence, 77);
	aml_axis_frame_release(&frame);
}
END_TEST

START_TEST(what_is_sent_is_counted_and_found_good)
{
	struct aml_axis_prbs_counts counts;

	for (size_t bytes = 12; bytes < 12 + 4 * 10; bytes += 4)
		ck_assert_int_eq(aml_axis_prbs_tx_send(&tx, bytes), 0);
	counts = aml_axis_prbs_rx_counts(&rx);
	ck_assert_uint_eq(counts.frames, 10);
	ck_assert_uint_eq(counts.bytes, 120 + 4 * 45);
	ck_assert_uint_eq(counts.errors, 0);
	ck_assert_uint_eq(tx.frames, 10);
	ck_assert_uint_eq(tx.bytes, counts.bytes);
	ck_assert_uint_eq(sink.n, 10);
	ck_assert_uint_eq(sink.frames[9]->dest, 0x102);
	ck_assert_uint_eq(sink.frames[9]->first_user, AML_AXIS_SOF);
	ck_assert_uint_eq(sink.frames[9]->last_user, 0);
}
END_TEST

START_TEST(a_frame_that_is_not_taken_is_sent_again)
{
	sink.status = -AML_EAGAIN;
	ck_assert_int_eq(aml_axis_prbs_tx_send(&tx, 12), -AML_EAGAIN);
	ck_assert_uint_eq(tx.sequence, 1);
	ck_assert_uint_eq(tx.frames, 0);
	alloc_fail_at(1);
	ck_assert_int_eq(aml_axis_prbs_tx_send(&tx, 12), -AML_ENOMEM);
	alloc_fail_at(0);
	ck_assert_uint_eq(tx.sequence, 1);
}
END_TEST

/* Frame @number comes, with @error, its byte @damage changed, and @bytes long. */
static void comes(uint32_t number, uint32_t error, size_t damage, size_t bytes)
{
	struct aml_axis_frame *frame = parts_create(bytes, 0);

	if (bytes % 4 == 0)
		ck_assert_int_eq(aml_axis_prbs_fill(NULL, number, frame), 0);
	if (damage)
		((char *)frame->parts[0].iov_base)[damage] ^= 1;
	frame->error = error;
	ck_assert_int_eq(aml_axis_stage_accept(&rx.stage, frame), 0);
	aml_axis_frame_release(&frame);
}

static void expect_faults(uint64_t frames, uint64_t error, uint64_t size, uint64_t length,
			  uint64_t sequence, uint64_t payload)
{
	struct aml_axis_prbs_counts counts = aml_axis_prbs_rx_counts(&rx);

	ck_assert_uint_eq(counts.frames, frames);
	ck_assert_uint_eq(counts.faults[AML_AXIS_PRBS_GOOD], 0);
	ck_assert_uint_eq(counts.faults[AML_AXIS_PRBS_ERROR], error);
	ck_assert_uint_eq(counts.faults[AML_AXIS_PRBS_SIZE], size);
	ck_assert_uint_eq(counts.faults[AML_AXIS_PRBS_LENGTH], length);
	ck_assert_uint_eq(counts.faults[AML_AXIS_PRBS_SEQUENCE], sequence);
	ck_assert_uint_eq(counts.faults[AML_AXIS_PRBS_PAYLOAD], payload);
	ck_assert_uint_eq(counts.errors, error + size + length + sequence + payload);
}

START_TEST(a_bad_frame_is_one_error_and_the_next_is_good)
{
	comes(5, 0, 0, 40); /* the first may have any number */
	expect_faults(1, 0, 0, 0, 0, 0);
	comes(6, 0x80, 0, 40);
	comes(7, 0, 0, 40);
	expect_faults(2, 1, 0, 0, 0, 0);
	comes(8, 0, 0, 39);
	comes(9, 0, 0, 40);
	expect_faults(3, 1, 1, 0, 0, 0);
	comes(10, 0, 5, 40);
	comes(11, 0, 0, 40);
	expect_faults(4, 1, 1, 1, 0, 0);
	comes(12, 0, 39, 40);
	comes(13, 0, 0, 40);
	expect_faults(5, 1, 1, 1, 0, 1);
	ck_assert_uint_eq(sink.n, 9); /* all were passed on */
}
END_TEST

START_TEST(lost_frames_are_one_error)
{
	comes(1, 0, 0, 40);
	comes(5, 0, 0, 40);
	ck_assert_msg(strstr(aml_error_detail(), "frame 5 came, not 2"), "%s", aml_error_detail());
	comes(6, 0, 0, 40);
	expect_faults(2, 0, 0, 0, 1, 0);
	comes(6, 0, 0, 40); /* twice */
	expect_faults(2, 0, 0, 0, 2, 0);
}
END_TEST

START_TEST(a_sender_may_begin_anew_and_count_round)
{
	comes(UINT32_MAX - 1, 0, 0, 40);
	comes(UINT32_MAX, 0, 0, 40);
	comes(0, 0, 0, 40);
	comes(1, 0, 0, 40);
	comes(2, 0, 0, 40);
	comes(0, 0, 0, 40);
	comes(1, 0, 0, 40);
	expect_faults(7, 0, 0, 0, 0, 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("prbs");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, frames_are_what_others_make);
	tcase_add_test(tcase, words_of_64_bits_are_what_others_make);
	tcase_add_test(tcase, a_million_steps_end_where_they_must);
	tcase_add_test(tcase, long_frames_have_the_known_checksum);
	tcase_add_test(tcase, words_of_every_width_are_as_defined);
	tcase_add_test(tcase, counting_words_have_their_index);
	tcase_add_test(tcase, without_payload_only_the_head_is_written);
	tcase_add_test(tcase, forms_that_cannot_be_are_refused);
	tcase_add_test(tcase, sizes_that_are_not_words_are_refused);
	tcase_add_test(tcase, each_damaged_byte_is_found_and_named);
	tcase_add_test(tcase, what_is_sent_is_counted_and_found_good);
	tcase_add_test(tcase, a_frame_that_is_not_taken_is_sent_again);
	tcase_add_test(tcase, a_bad_frame_is_one_error_and_the_next_is_good);
	tcase_add_test(tcase, lost_frames_are_one_error);
	tcase_add_test(tcase, a_sender_may_begin_anew_and_count_round);
	return run_case(tcase);
}
