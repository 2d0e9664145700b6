/* SPDX-License-Identifier: BSD-3-Clause */
/* The master of registers alone: requests byte for byte, and whatever may come as a response. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "aml/axis/srp.h"
#include "backends/axisg2/stages/srp_wire.h"
#include "backends/axisg2/stages/test_stage.h"

static struct aml_axis_srp srp;
static struct sink sink; /* of requests */

static void begin(int64_t timeout_us)
{
	struct aml_axis_srp_options options = {.dest = 0x102, .timeout_us = timeout_us};

	ck_assert_int_eq(aml_axis_srp_init(&srp, &options), 0);
	srp.stage.next = &sink.stage;
}

static void setup(void)
{
	sink_init(&sink);
	begin(60000000);
}

static void teardown(void)
{
	sink_clear(&sink);
	aml_axis_srp_fini(&srp);
	ck_assert_uint_eq(parts_alive(), 0);
}

static struct aml_axis_srp_request request(enum aml_axis_srp_op op, uint64_t address, void *data,
					   size_t bytes)
{
	return (struct aml_axis_srp_request){
		.op = op, .address = address, .data = data, .bytes = bytes};
}

/* A response: the head of the n-th request, @data, and @tail; in parts of 7. */
static struct aml_axis_frame *response(size_t n, const void *data, size_t bytes, uint32_t tail)
{
	struct aml_axis_frame *frame = parts_create(24 + bytes, 7);
	unsigned char head[20];

	ck_assert_uint_lt(n, sink.n);
	ck_assert_int_eq(aml_axis_frame_read(sink.frames[n], 0, head, 20), 0);
	head[1] |= 0x30; /* what firmware can do */
	aml_axis_frame_write(frame, 0, head, 20);
	aml_axis_frame_write(frame, 20, data, bytes);
	aml_axis_frame_write(frame, 20 + bytes, &tail, 4);
	return frame;
}

static void come(struct aml_axis_frame *frame)
{
	ck_assert_int_eq(aml_axis_stage_accept(&srp.stage, frame), 0);
	aml_axis_frame_release(&frame);
}

static void expect_sent(size_t n, const void *want, size_t bytes)
{
	ck_assert_uint_eq(sink.n, n + 1);
	ck_assert_uint_eq(sink.frames[n]->bytes, bytes);
	ck_assert_mem_eq(sink.frames[n]->parts[0].iov_base, want, bytes);
	ck_assert_uint_eq(sink.frames[n]->dest, 0x102);
	ck_assert_uint_eq(sink.frames[n]->first_user, AML_AXIS_SOF);
}

START_TEST(requests_are_what_firmware_expects)
{
	uint32_t words[] = {0x04030201, 0x08070605};
	struct aml_axis_srp_request read = request(AML_AXIS_SRP_READ, 0x123456789abcdef0, words, 8);
	struct aml_axis_srp_request write = request(AML_AXIS_SRP_WRITE, 0x10, words, 8);
	struct aml_axis_srp_request post = request(AML_AXIS_SRP_POST, 0x20, words, 4);

	ck_assert_int_eq(aml_axis_srp_start(&srp, &read), 0);
	expect_sent(0, "\3\0\0\x0a\1\0\0\0\xf0\xde\xbc\x9a\x78\x56\x34\x12\7\0\0\0", 20);
	ck_assert_int_eq(aml_axis_srp_start(&srp, &write), 0);
	expect_sent(1, "\3\1\0\x0a\2\0\0\0\x10\0\0\0\0\0\0\0\7\0\0\0\1\2\3\4\5\6\7\x08", 28);
	ck_assert_int_eq(aml_axis_srp_start(&srp, &post), 0);
	expect_sent(2, "\3\2\0\x0a\3\0\0\0\x20\0\0\0\0\0\0\0\3\0\0\0\1\2\3\4", 24);
	ck_assert_int_eq(aml_axis_srp_wait(&srp, &post), 0);
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).requests, 3);

	come(response(0, "\x11\x12\x13\x14\x15\x16\x17\x18", 8, 0));
	come(response(1, words, 8, 0));
	ck_assert_int_eq(aml_axis_srp_wait(&srp, &read), 0);
	ck_assert_int_eq(aml_axis_srp_wait(&srp, &write), 0);
	ck_assert_uint_eq(words[0], 0x14131211);
	ck_assert_uint_eq(words[1], 0x18171615);
}
END_TEST

START_TEST(options_are_in_the_request)
{
	struct aml_axis_srp_options options = {.dest = 0x102, .bus_timeout_100ms = 0xff};
	struct aml_axis_srp_request post;
	uint32_t word = 0;

	aml_axis_srp_fini(&srp);
	ck_assert_int_eq(aml_axis_srp_init(&srp, &options), 0);
	srp.stage.next = &sink.stage;
	post = request(AML_AXIS_SRP_POST, 0, &word, 4);
	ck_assert_int_eq(aml_axis_srp_start(&srp, &post), 0);
	ck_assert_mem_eq(sink.frames[0]->parts[0].iov_base, "\3\2\0\xff", 4);
}
END_TEST

START_TEST(responses_come_in_any_order)
{
	struct aml_axis_srp_request requests[20];
	uint32_t words[20];

	for (uint32_t i = 0; i < 20; i++) {
		words[i] = i; /* also what will be read */
		requests[i] = request(AML_AXIS_SRP_READ, 4 * i, &words[i], 4);
		ck_assert_int_eq(aml_axis_srp_start(&srp, &requests[i]), 0);
	}
	for (uint32_t i = 0; i < 20; i++) {
		uint32_t n = i * 7 % 20, value = 1000 + n;

		ck_assert(requests[n].pending);
		come(response(n, &value, 4, 0));
		ck_assert(!requests[n].pending);
	}
	for (uint32_t i = 0; i < 20; i++) {
		ck_assert_int_eq(aml_axis_srp_wait(&srp, &requests[i]), 0);
		ck_assert_uint_eq(words[i], 1000 + i);
	}
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).responses, 20);
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).strays, 0);
}
END_TEST

START_TEST(each_bit_of_the_tail_is_told_apart)
{
	static const struct {
		uint32_t tail;
		const char *words;
	} tails[] = {
		{AML_AXIS_SRP_TIMEOUT, "the bus did not answer in time: tail 0x100"},
		{AML_AXIS_SRP_EOFE, "EOFE"},
		{AML_AXIS_SRP_FRAMING, "framed"},
		{AML_AXIS_SRP_VERSION, "version"},
		{AML_AXIS_SRP_REQUEST, "requested"},
		{AML_AXIS_SRP_LOCKUP, "stuck"},
		{AML_AXIS_SRP_BUS_SLAVE, "the bus refused"},
		{AML_AXIS_SRP_BUS_DECODE, "nobody"},
		{0x80, "32 bits"},
		{0x40, "aligned"},
		{0x20, "single words"},
		{0x4000, "tail 0x4000"},
		{0x142,
		 "in time, the bus refused, it cannot do addresses that are not aligned: tail "
		 "0x142"},
	};

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		uint32_t word = 7;
		struct aml_axis_srp_request read = request(AML_AXIS_SRP_READ, 0x40, &word, 4);

		ck_assert_int_eq(aml_axis_srp_start(&srp, &read), 0);
		/* the shortest response, or one with data */
		come(response(i, "\1\2\3\4", i % 2 ? 4 : 0, tails[i].tail));
		ck_assert_int_eq(aml_axis_srp_wait(&srp, &read), -AML_EIO);
		ck_assert_uint_eq(read.tail, tails[i].tail);
		ck_assert_msg(strstr(aml_error_detail(), tails[i].words), "%s", aml_error_detail());
		ck_assert_msg(strstr(aml_error_detail(), "read of 4 bytes at 0x40"), "%s",
			      aml_error_detail());
		ck_assert_uint_eq(word, 7);
	}
}
END_TEST

START_TEST(a_response_to_another_request_is_an_error)
{
	/* the byte of the head that differs */
	static const size_t bytes[] = {0, 1, 2, 3, 8, 11, 12, 15, 16, 19};

	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		struct aml_axis_frame *frame;
		unsigned char head[20];
		uint32_t word = 7;
		struct aml_axis_srp_request read = request(AML_AXIS_SRP_READ, 0x40, &word, 4);

		ck_assert_int_eq(aml_axis_srp_start(&srp, &read), 0);
		frame = response(i, "\1\2\3\4", 4, 0);
		aml_axis_frame_read(frame, 0, head, 20);
		head[bytes[i]] ^= 1;
		aml_axis_frame_write(frame, 0, head, 20);
		come(frame);
		ck_assert_int_eq(aml_axis_srp_wait(&srp, &read), -AML_EIO);
		ck_assert_uint_eq(read.tail, 0);
		ck_assert_uint_eq(word, 7);
	}
}
END_TEST

START_TEST(a_response_of_another_size_is_an_error)
{
	static const size_t bytes[] = {0, 4, 12, 7, 9};

	for (size_t i = 0; i < 2 * sizeof(bytes) / sizeof(bytes[0]); i++) {
		uint32_t words[2] = {7, 7};
		struct aml_axis_srp_request one =
			request(i % 2 ? AML_AXIS_SRP_READ : AML_AXIS_SRP_WRITE, 0x40, words, 8);

		ck_assert_int_eq(aml_axis_srp_start(&srp, &one), 0);
		come(response(i, "\0\0\0\0\0\0\0\0\0\0\0", bytes[i / 2], 0));
		ck_assert_int_eq(aml_axis_srp_wait(&srp, &one), -AML_EIO);
		ck_assert_uint_eq(words[0], 7);
		ck_assert_uint_eq(words[1], 7);
	}
}
END_TEST

START_TEST(frames_that_answer_nothing_are_strays)
{
	uint32_t word = 7;
	struct aml_axis_srp_request read = request(AML_AXIS_SRP_READ, 0x40, &word, 4);
	struct aml_axis_frame *frame;

	ck_assert_int_eq(aml_axis_srp_start(&srp, &read), 0);
	frame = response(0, "\1\2\3\4", 4, 0);
	frame->error = 0x80;
	come(frame);
	come(parts_create(23, 0));
	come(parts_create(24, 0)); /* number 0 is nobody's */
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).strays, 3);
	ck_assert(read.pending);
	come(response(0, "\1\2\3\4", 4, 0));
	come(response(0, "\5\6\7\x08", 4, 0)); /* again */
	ck_assert_int_eq(aml_axis_srp_wait(&srp, &read), 0);
	ck_assert_uint_eq(word, 0x04030201);
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).strays, 4);
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).responses, 1);
}
END_TEST

START_TEST(without_a_response_the_time_is_over)
{
	uint32_t word = 7;
	struct aml_axis_srp_request read = request(AML_AXIS_SRP_READ, 0x40, &word, 4);
	struct aml_axis_srp_counts counts;

	aml_axis_srp_fini(&srp);
	begin(2000);
	ck_assert_int_eq(aml_axis_srp_start(&srp, &read), 0);
	ck_assert_int_eq(aml_axis_srp_wait(&srp, &read), -AML_ETIMEDOUT);
	ck_assert_msg(strstr(aml_error_detail(), "read of 4 bytes at 0x40: no response"), "%s",
		      aml_error_detail());
	ck_assert_uint_eq(read.tail, 0);
	come(response(0, "\1\2\3\4", 4, 0));
	ck_assert_uint_eq(word, 7);
	counts = aml_axis_srp_counts(&srp);
	ck_assert_uint_eq(counts.timeouts, 1);
	ck_assert_uint_eq(counts.strays, 1);
	ck_assert_uint_eq(counts.responses, 0);
}
END_TEST

static void pass_us(long us)
{
	nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

START_TEST(a_late_response_is_none_even_if_nobody_waited)
{
	uint32_t word = 7;
	struct aml_axis_srp_request read = request(AML_AXIS_SRP_READ, 0x40, &word, 4);

	aml_axis_srp_fini(&srp);
	begin(1000);
	ck_assert_int_eq(aml_axis_srp_start(&srp, &read), 0);
	pass_us(2000);
	come(response(0, "\1\2\3\4", 4, 0));
	ck_assert_int_eq(aml_axis_srp_wait(&srp, &read), -AML_ETIMEDOUT);
	ck_assert_uint_eq(word, 7);
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).timeouts, 1);
}
END_TEST

START_TEST(a_response_gives_the_others_time_again)
{
	uint32_t words[2];
	struct aml_axis_srp_request first = request(AML_AXIS_SRP_READ, 0, &words[0], 4);
	struct aml_axis_srp_request second = request(AML_AXIS_SRP_READ, 4, &words[1], 4);
	uint64_t before;

	aml_axis_srp_fini(&srp);
	begin(10000000);
	ck_assert_int_eq(aml_axis_srp_start(&srp, &first), 0);
	ck_assert_int_eq(aml_axis_srp_start(&srp, &second), 0);
	before = second.deadline_ns;
	pass_us(1000);
	come(response(0, "\1\2\3\4", 4, 0));
	ck_assert_uint_ge(second.deadline_ns, before + 1000000);
	come(response(1, "\1\2\3\4", 4, 0));
	ck_assert_int_eq(aml_axis_srp_wait(&srp, &first), 0);
	ck_assert_int_eq(aml_axis_srp_wait(&srp, &second), 0);
}
END_TEST

START_TEST(requests_that_cannot_be_are_refused)
{
	uint32_t words[2048] = {0};
	struct aml_axis_srp_request bad[] = {
		request(AML_AXIS_SRP_READ, 2, words, 4),
		request(AML_AXIS_SRP_READ, 0, words, 0),
		request(AML_AXIS_SRP_READ, 0, words, 6),
		request(AML_AXIS_SRP_WRITE, 0, words, 4100),
		request(AML_AXIS_SRP_POST, 0, NULL, 4),
		request((enum aml_axis_srp_op)3, 0, words, 4),
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(aml_axis_srp_start(&srp, &bad[i]), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_srp_read(&srp, 2, words, 4), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_srp_read(&srp, 0, words, 6), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_srp_write(&srp, 0, words, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_srp_write(&srp, 0, NULL, 4), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_srp_post(&srp, UINT64_MAX - 3, words, 8), -AML_EINVAL);
	ck_assert_uint_eq(sink.n, 0);
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).requests, 0);
	ck_assert_int_eq(aml_axis_srp_post(&srp, UINT64_MAX - 3, words, 4), 0);
	ck_assert_uint_eq(sink.n, 1);
}
END_TEST

START_TEST(what_was_not_sent_is_not_under_way)
{
	uint32_t word = 7;
	struct aml_axis_srp_request read = request(AML_AXIS_SRP_READ, 0x40, &word, 4);

	sink.status = -AML_EAGAIN;
	ck_assert_int_eq(aml_axis_srp_start(&srp, &read), -AML_EAGAIN);
	ck_assert_int_eq(aml_axis_srp_read(&srp, 0x40, &word, 4), -AML_EAGAIN);
	ck_assert(!read.pending);
	ck_assert_uint_eq(aml_axis_srp_counts(&srp).requests, 0);
	sink.status = 0;
	EXPECT_REFUSED_WITHOUT_MEMORY(aml_axis_srp_start(&srp, &read), ck_assert(!read.pending));
	come(response(0, "\1\2\3\4", 4, 0));
	ck_assert_int_eq(aml_axis_srp_wait(&srp, &read), 0);
}
END_TEST

START_TEST(starting_needs_memory)
{
	struct aml_axis_srp other;

	EXPECT_REFUSED_WITHOUT_MEMORY(aml_axis_srp_init(&other, NULL),
				      ck_assert_ptr_null(other.state));
	aml_axis_srp_fini(&other);
	aml_axis_srp_fini(&other);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("srp");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, requests_are_what_firmware_expects);
	tcase_add_test(tcase, options_are_in_the_request);
	tcase_add_test(tcase, responses_come_in_any_order);
	tcase_add_test(tcase, each_bit_of_the_tail_is_told_apart);
	tcase_add_test(tcase, a_response_to_another_request_is_an_error);
	tcase_add_test(tcase, a_response_of_another_size_is_an_error);
	tcase_add_test(tcase, frames_that_answer_nothing_are_strays);
	tcase_add_test(tcase, without_a_response_the_time_is_over);
	tcase_add_test(tcase, a_late_response_is_none_even_if_nobody_waited);
	tcase_add_test(tcase, a_response_gives_the_others_time_again);
	tcase_add_test(tcase, requests_that_cannot_be_are_refused);
	tcase_add_test(tcase, what_was_not_sent_is_not_under_way);
	tcase_add_test(tcase, starting_needs_memory);
	return run_case(tcase);
}
