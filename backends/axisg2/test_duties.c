/* SPDX-License-Identifier: BSD-3-Clause */
/* What a client of the driver owes it, seen at the calls that reach it. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "backends/axisg2/emu.h"
#include "backends/axisg2/test_card.h"
#include "backends/axisg2/test_device.h"

static const uint32_t dests[] = {5, 6};

static struct aml_axis *open_with(const char *keys, struct aml_axis_options options)
{
	options.size = sizeof(options);
	return card_open_claimed(keys, &options, dests, 2);
}

/* ---- who listens at the calls ---- */

static struct {
	size_t reads, most_read, returns, most_returned; /* calls, and records of one */
	uint32_t flags_sent;				 /* of all, together */
	/* What read() shall say of its first record instead, once. */
	bool discards;
	uint32_t flags;
	struct aml_axis *axis;
	bool closed, mapped_when_closed;
} spy;
static const struct amli_axisg2_io_ops *really;
static struct amli_axisg2_io_ops spying;

static long spy_read(struct amli_axisg2_io *io, void *records, size_t bytes)
{
	struct axisg2_read *record = records;
	size_t n = bytes / sizeof(*record);
	long rc = really->read(io, records, bytes);

	spy.reads += rc > 0;
	spy.most_read = n > spy.most_read ? n : spy.most_read;
	if (rc > 0) {
		record->flags |= spy.flags;
		record->ret = spy.discards ? -1 : record->ret;
		spy.flags = 0;
		spy.discards = false;
	}
	return rc;
}

static long spy_write(struct amli_axisg2_io *io, const void *record, size_t bytes)
{
	spy.flags_sent |= ((const struct axisg2_write *)record)->flags;
	return really->write(io, record, bytes);
}

static long spy_ioctl(struct amli_axisg2_io *io, uint32_t command, uint64_t arg)
{
	size_t n = command >> 16;

	if ((command & 0xffff) == AXISG2_RET_INDEX) {
		spy.returns++;
		spy.most_returned = n > spy.most_returned ? n : spy.most_returned;
	}
	return really->ioctl(io, command, arg);
}

static void spy_close(struct amli_axisg2_io *io)
{
	spy.closed = true;
	spy.mapped_when_closed = spy.axis->buffer != NULL;
	really->close(io);
}

static void listen_at(struct aml_axis *axis)
{
	really = axis->io.ops;
	spying = *really;
	spying.read = spy_read;
	spying.write = spy_write;
	spying.ioctl = spy_ioctl;
	spying.close = spy_close;
	axis->io.ops = &spying;
	memset(&spy, 0, sizeof(spy));
	spy.axis = axis;
}

/* ---- batches ---- */

static const struct {
	const char *keys;
	size_t frames, reads, returns, most; /* at most */
} pools[] = {
	{"tx=2,rx=3", 2, 2, 2, 5},     /* the driver refuses to read more than there is */
	{"tx=64,rx=64", 40, 4, 6, 64}, /* 4 at first, twice as many while as many come */
	{"tx=200,rx=200", 128, 6, 6, 64},
};

START_TEST(reads_and_returns_go_in_batches_no_longer_than_the_pool)
{
	struct aml_axis *axis = open_with(pools[_i].keys, (struct aml_axis_options){0});
	struct aml_axis_frame *frame[128];
	size_t n = pools[_i].frames;

	for (uint32_t i = 0; i < n; i++)
		card_send(axis, 5, 100, i);
	while (card_counters(axis).rx.queue < (int64_t)n)
		usleep(100);
	listen_at(axis);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(aml_axis_receive(axis, &frame[i], 5, S), 0);
	for (size_t i = 0; i < n; i++)
		aml_axis_frame_release(&frame[i]);
	aml_axis_receive(axis, &frame[0], 5, 0); /* gives back what waits for more */
	ck_assert_uint_le(spy.reads, pools[_i].reads);
	ck_assert_uint_le(spy.most_read, pools[_i].most);
	ck_assert_uint_ge(spy.returns, 1);
	ck_assert_uint_le(spy.returns, pools[_i].returns);
	ck_assert_uint_le(spy.most_returned, pools[_i].most);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

/* ---- what a read may say ---- */

START_TEST(a_buffer_that_the_driver_discarded_is_an_error_of_its_frame)
{
	struct aml_axis *axis = open_with("", (struct aml_axis_options){.copies = true});
	struct aml_axis_frame *frame;

	listen_at(axis);
	spy.discards = true;
	card_send(axis, 5, 2 * CARD_SIZE + 8, 1);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, S), 0);
	ck_assert_uint_eq(frame->error, AML_AXIS_ERROR_MAX);
	ck_assert_uint_eq(frame->nparts, 2);
	ck_assert_uint_eq(frame->bytes, CARD_SIZE + 8);
	aml_axis_frame_release(&frame);
	ck_assert_uint_eq(card_counters(axis).rx_errors, 1);
	ck_assert_uint_eq(card_counters(axis).rx_empty, 0);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(the_cards_timeout_is_an_error_and_its_bit_is_never_sent)
{
	struct aml_axis *axis = open_with("", (struct aml_axis_options){.copies = _i});
	struct aml_axis_frame *frame;

	listen_at(axis);
	spy.flags = AXISG2_TIMEOUT;
	card_send(axis, 5, 100, 1);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, S), 0);
	ck_assert_uint_eq(frame->error, AML_AXIS_ERROR_TIMEOUT);
	ck_assert_uint_eq(spy.flags_sent, 0);
	frame->error = 0; /* all the same */
	frame->first_user = frame->last_user = 0xff;
	frame->dest = 6;
	ck_assert_int_eq(aml_axis_send(axis, &frame, S), 0);
	ck_assert_uint_eq(spy.flags_sent, AXISG2_FLAGS(0xff, 0xff));
	card_expect(axis, 6, 100, 1);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

/* ---- descriptors and mappings ---- */

START_TEST(what_is_mapped_keeps_no_claims)
{
	struct aml_axis *axis = open_with("", (struct aml_axis_options){0});

	ck_assert_ptr_nonnull(axis->buffer);
	amli_axisg2_io_close(&axis->io); /* alone */
	ck_assert_int_eq(amli_axisg2_io_open(&axis->io, card_path("")), 0);
	ck_assert_int_eq(claim_one(&axis->io, 5), 0);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(buffers_are_unmapped_before_their_descriptor_is_closed)
{
	struct aml_axis *axis = open_with("", (struct aml_axis_options){0});
	struct aml_axis_frame *frame;

	card_send(axis, 5, 100, 1);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, S), 0);
	listen_at(axis);
	aml_axis_close(&axis);
	ck_assert(!spy.closed); /* or the card could write to what we read */
	ck_assert(card_is(frame, 1));
	aml_axis_frame_release(&frame);
	ck_assert(spy.closed);
	ck_assert(!spy.mapped_when_closed);
}
END_TEST

START_TEST(without_zero_copy_the_interface_is_checked_all_the_same)
{
	const struct aml_axis_options options = {.size = sizeof(options), .copies = true};
	struct aml_axis *axis;

	ck_assert_int_eq(aml_axis_open(&axis, card_path("version=api5"), &options), -AML_ENOTSUP);
	ck_assert(strstr(aml_error_detail(), "has number 5: it must be 6"));
}
END_TEST

/* ---- buffers for all ---- */

#define LARGE 20u
#define LARGE_MOST 10000u /* who has got nothing by then is starved */

static struct aml_axis *shared;
static atomic_bool enough;
static atomic_uint with_some; /* of those who send small frames, how many have sent one */

/* 0 or what was refused; the frame is filled for a while. */
static int send_slowly(size_t bytes, uint32_t dest)
{
	struct aml_axis_frame *frame;
	int rc = aml_axis_frame_alloc(shared, &frame, bytes, 5 * S);

	if (rc)
		return rc;
	usleep(200);
	frame->dest = dest;
	return aml_axis_send(shared, &frame, 0);
}

static void *send_small(void *arg)
{
	bool first = true;

	while (!atomic_load(&enough) && send_slowly(100, 6 + (uint32_t)(uintptr_t)arg) == 0) {
		atomic_fetch_add(&with_some, first);
		first = false;
	}
	return NULL;
}

START_TEST(who_needs_all_buffers_gets_them_beside_those_who_need_one)
{
	pthread_t thread[3];
	unsigned large = 0;
	int rc = 0;

	shared = open_with("tx=4,loop=none", (struct aml_axis_options){0});
	atomic_store(&enough, false);
	atomic_store(&with_some, 0);
	for (uintptr_t i = 0; i < 3; i++)
		pthread_create(&thread[i], NULL, send_small, (void *)i);
	while (rc == 0 && (large < LARGE || (large < LARGE_MOST && with_some < 3))) {
		rc = send_slowly(4 * CARD_SIZE, 5);
		large++;
	}
	atomic_store(&enough, true);
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(with_some, 3);
	card_is_at_rest(shared);
	aml_axis_close(&shared);
}
END_TEST

static void *send_large(void *arg)
{
	*(int *)arg = send_slowly(4 * CARD_SIZE, 5);
	return NULL;
}

START_TEST(who_has_buffers_gets_more_while_another_waits_for_them_all)
{
	struct aml_axis_frame *frame[3];
	pthread_t thread;
	uint64_t before_ns;
	int rc = 1;

	shared = open_with("tx=4,loop=none", (struct aml_axis_options){0});
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(aml_axis_frame_alloc(shared, &frame[i], 100, S), 0);
	pthread_create(&thread, NULL, send_large, &rc);
	while (amli_axis_turns_idle(&shared->tx.turns))
		usleep(100);
	ck_assert_int_eq(aml_axis_frame_alloc(shared, &frame[2], 100, 0), -AML_EAGAIN);
	ck_assert(strstr(aml_error_detail(), "others wait for buffers"));
	ck_assert_int_eq(aml_axis_frame_alloc(shared, &frame[2], 5 * CARD_SIZE, 0), -AML_EINVAL);
	before_ns = amli_axis_now_ns();
	ck_assert_int_eq(aml_axis_frame_alloc(shared, &frame[2], 100, 4 * S), 0);
	ck_assert_uint_lt(amli_axis_now_ns() - before_ns, 2000000000); /* and not at the limit */
	for (int i = 0; i < 3; i++)
		aml_axis_frame_release(&frame[i]);
	pthread_join(thread, NULL);
	ck_assert_int_eq(rc, 0);
	card_is_at_rest(shared);
	aml_axis_close(&shared);
}
END_TEST

/* ---- counters ---- */

static void lose_one(struct aml_axis *axis, enum amli_axisg2_control which)
{
	ck_assert_int_eq(aml_axis_register_write(axis, which, 1), 0);
	card_send(axis, 9, 100, 1);
}

START_TEST(each_of_the_drivers_counters_is_told)
{
	struct aml_axis *axis =
		open_with("tx=12,rx=9,ring=4,lanes=1", (struct aml_axis_options){0});
	struct amli_axisg2_io other;
	struct aml_axis_frame *held, *unsent;
	struct aml_axis_counters c;

	ck_assert_int_eq(amli_axisg2_io_open(&other, card_path("")), 0);
	ck_assert_int_eq(claim_one(&other, 9), 0);
	lose_one(axis, AMLI_AXISG2_CONTROL_NEXT_LOSE_RX);
	lose_one(axis, AMLI_AXISG2_CONTROL_NEXT_LOSE_TX); /* it arrives, and waits to be read */
	card_send(axis, 5, 100, 1);
	ck_assert_int_eq(aml_axis_receive(axis, &held, 5, S), 0);
	ck_assert_int_eq(aml_axis_frame_alloc(axis, &unsent, 2 * CARD_SIZE, S), 0);
	ck_assert_int_eq(aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_STALL, 1), 0);
	for (int i = 0; i < 5; i++)
		card_send(axis, 5, 100, 1);
	c = card_counters(axis);
	ck_assert_int_eq(c.tx.user, 2);
	ck_assert_int_eq(c.tx.card, 3);
	ck_assert_int_eq(c.tx.before, 2);
	ck_assert_int_eq(c.tx.queue, 4);
	ck_assert_int_eq(c.tx.missing, 1);
	ck_assert_int_eq(c.rx.user, 1);
	ck_assert_int_eq(c.rx.card, 3);
	ck_assert_int_eq(c.rx.before, 3);
	ck_assert_int_eq(c.rx.queue, 1);
	ck_assert_int_eq(c.rx.missing, 1);
	ck_assert_uint_eq(c.held, 1);
	aml_axis_frame_release(&held);
	aml_axis_frame_release(&unsent);
	amli_axisg2_io_close(&other);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(frames_for_nobody_show_in_what_the_card_has_filled)
{
	struct aml_axis *axis = open_with("", (struct aml_axis_options){0});
	struct aml_axis_counters c = card_counters(axis);

	ck_assert_int_eq(c.rx_used, 0);
	for (int i = 0; i < 3; i++)
		card_send(axis, 9, 2 * CARD_SIZE, 1);
	card_send(axis, 5, 100, 1);
	card_expect(axis, 5, 100, 1);
	c = card_counters(axis);
	ck_assert_int_eq(c.rx_used, 7);
	ck_assert_uint_eq(c.rx_parts, 1);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(counters_that_a_release_has_no_calls_for_are_read_in_proc)
{
	struct aml_axis *axis =
		open_with("version=6.0.0,rx=9,ring=4", (struct aml_axis_options){0});
	struct aml_axis_info info = {.size = sizeof(info)};
	struct aml_axis_frame *held;
	struct aml_axis_counters c;

	ck_assert_int_eq(aml_axis_info(axis, &info), 0);
	ck_assert(!info.has_counters);
	ck_assert_int_eq(aml_axis_register_write(axis, AMLI_AXISG2_CONTROL_NEXT_LOSE_RX, 1), 0);
	card_send(axis, 9, 100, 1);
	card_send(axis, 5, 100, 1);
	ck_assert_int_eq(aml_axis_receive(axis, &held, 5, S), 0);
	c = card_counters(axis);
	ck_assert_int_eq(c.rx.user, 1);
	ck_assert_int_eq(c.rx.card, 3);
	ck_assert_int_eq(c.rx.before, 4);
	ck_assert_int_eq(c.rx.queue, 0);
	ck_assert_int_eq(c.rx.missing, 1);
	aml_axis_frame_release(&held);
	aml_axis_close(&axis);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("duties");
	TCase *tcase = tcase_create("duties");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, card_next, NULL);
	tcase_add_loop_test(tcase, reads_and_returns_go_in_batches_no_longer_than_the_pool, 0,
			    sizeof(pools) / sizeof(pools[0]));
	tcase_add_test(tcase, a_buffer_that_the_driver_discarded_is_an_error_of_its_frame);
	tcase_add_loop_test(tcase, the_cards_timeout_is_an_error_and_its_bit_is_never_sent, 0, 2);
	tcase_add_test(tcase, what_is_mapped_keeps_no_claims);
	tcase_add_test(tcase, buffers_are_unmapped_before_their_descriptor_is_closed);
	tcase_add_test(tcase, without_zero_copy_the_interface_is_checked_all_the_same);
	tcase_add_test(tcase, who_needs_all_buffers_gets_them_beside_those_who_need_one);
	tcase_add_test(tcase, who_has_buffers_gets_more_while_another_waits_for_them_all);
	tcase_add_test(tcase, each_of_the_drivers_counters_is_told);
	tcase_add_test(tcase, frames_for_nobody_show_in_what_the_card_has_filled);
	tcase_add_test(tcase, counters_that_a_release_has_no_calls_for_are_read_in_proc);
	suite_add_tcase(s, tcase);
	return s;
}

int main(void)
{
	return card_main(suite);
}
