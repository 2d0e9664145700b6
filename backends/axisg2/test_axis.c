/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames through a looped card: how they are received, and by whom. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backends/axisg2/test_card.h"

static const uint32_t dests[] = {0, 5, 0x102, 0x7ff};

/* With and without copies. */
static const struct aml_axis_options ways[] = {
	{.size = sizeof(struct aml_axis_options)},
	{.size = sizeof(struct aml_axis_options), .copies = true},
};

static struct aml_axis *open_all(const char *keys, int way)
{
	return card_open_claimed(keys, &ways[way], dests, 4);
}

static const size_t sizes[] = {1,
			       12,
			       CARD_SIZE - 1,
			       CARD_SIZE,
			       CARD_SIZE + 1,
			       2 * CARD_SIZE,
			       2 * CARD_SIZE + 1,
			       5 * CARD_SIZE - 32,
			       20 * CARD_SIZE};
#define NSIZES (sizeof(sizes) / sizeof(sizes[0]))

START_TEST(frames_of_all_sizes_come_back)
{
	struct aml_axis *axis = open_all("", _i);

	for (uint32_t i = 0; i < NSIZES; i++) {
		card_send(axis, dests[i % 4], sizes[i], i);
		card_expect(axis, dests[i % 4], sizes[i], i);
	}
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(a_received_frame_says_what_the_stream_said)
{
	struct aml_axis *axis = open_all("", _i);
	struct aml_axis_frame *frame;

	ck_assert_int_eq(aml_axis_frame_alloc(axis, &frame, 3 * CARD_SIZE, 0), 0);
	ck_assert_uint_eq(frame->bytes, 3 * CARD_SIZE);
	card_fill(frame, 7);
	frame->dest = 0x102;
	frame->first_user = 0x5a;
	frame->last_user = 0xc3;
	ck_assert_int_eq(aml_axis_send(axis, &frame, 0), 0);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, AML_AXIS_ANY, S), 0);
	ck_assert_uint_eq(frame->dest, 0x102);
	ck_assert_uint_eq(frame->first_user, 0x5a);
	ck_assert_uint_eq(frame->last_user, 0xc3);
	ck_assert_uint_eq(frame->error, 0);
	ck_assert_uint_eq(frame->nparts, 3);
	ck_assert(card_is(frame, 7));
	aml_axis_frame_release(&frame);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(each_destination_has_its_own_order)
{
	struct aml_axis *axis = open_all("", _i);

	for (uint32_t i = 0; i < 12; i++)
		card_send(axis, dests[i % 4], 100 + i, i);
	for (uint32_t d = 4; d-- > 0;)
		for (uint32_t i = d; i < 12; i += 4)
			card_expect(axis, dests[d], 100 + i, i);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(any_destination_gives_frames_in_order_of_arrival)
{
	struct aml_axis *axis = open_all("", _i);

	for (uint32_t i = 0; i < 12; i++)
		card_send(axis, dests[i % 4], 100 + i, i);
	for (uint32_t i = 0; i < 12; i++)
		card_expect(axis, AML_AXIS_ANY, 100 + i, i);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(without_a_frame_the_limit_is_kept)
{
	struct aml_axis *axis = open_all("", _i);
	struct aml_axis_frame *frame = (void *)1;
	uint64_t before_ns = amli_axis_now_ns(), ms;

	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, 0), -AML_EAGAIN);
	ck_assert_ptr_null(frame);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, 30000), -AML_ETIMEDOUT);
	ms = (amli_axis_now_ns() - before_ns) / 1000000;
	ck_assert_uint_ge(ms, 29);
	card_send(axis, 0, 10, 1); /* somebody else's */
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, 30000), -AML_ETIMEDOUT);
	card_expect(axis, 0, 10, 1);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(only_claimed_destinations_can_be_received)
{
	struct aml_axis *axis = card_open("", NULL);
	struct aml_axis_frame *frame;

	ck_assert_int_eq(aml_axis_receive(axis, &frame, 5, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, AML_AXIS_ANY, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_claim(axis, dests, 4), 0);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 4096, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 6, 0), -AML_EINVAL);
	ck_assert(strstr(aml_error_detail(), "destination 6 was not claimed"));
	ck_assert_int_eq(aml_axis_receive(axis, NULL, 5, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_receive(NULL, &frame, 5, 0), -AML_EINVAL);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(all_4096_destinations_fit_one_descriptor)
{
	static uint32_t all[AML_AXIS_DESTS];
	struct aml_axis *axis;

	for (uint32_t i = 0; i < AML_AXIS_DESTS; i++)
		all[i] = i;
	axis = card_open_claimed("lanes=16", NULL, all, AML_AXIS_DESTS);
	for (uint32_t i = 0; i < AML_AXIS_DESTS; i += 15) {
		card_send(axis, i, 64, i);
		card_expect(axis, i, 64, i);
	}
	card_send(axis, 4095, 64, 1);
	card_expect(axis, 4095, 64, 1);
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

START_TEST(who_waits_for_64_destinations_sleeps)
{
	const int before = open("/dev/null", O_RDONLY);
	uint32_t many[64];
	struct aml_axis *axis;
	struct aml_axis_frame *frame;
	double cpu;
	int after;

	close(before);
	for (uint32_t i = 0; i < 64; i++)
		many[i] = i * 16;
	axis = card_open_claimed("", &ways[_i], many, 64);
	after = open("/dev/null", O_RDONLY); /* as many as for one destination */
	close(after);
	ck_assert_int_le(after - before, 16);
	cpu = cpu_seconds();
	ck_assert_int_eq(aml_axis_receive(axis, &frame, AML_AXIS_ANY, S / 2), -AML_ETIMEDOUT);
	ck_assert_double_lt(cpu_seconds() - cpu, 0.1);
	aml_axis_close(&axis);
}
END_TEST

/* ---- by descriptor ---- */

static bool is_readable(int fd, int ms)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};

	return poll(&one, 1, ms) == 1;
}

START_TEST(a_descriptor_is_readable_while_there_are_frames)
{
	struct aml_axis *axis = open_all("", _i);
	struct aml_axis_frame *frame;
	int fd, again;

	ck_assert_int_eq(aml_axis_fd(axis, &fd), 0);
	ck_assert_int_eq(aml_axis_fd(axis, &again), 0);
	ck_assert_int_eq(fd, again);
	ck_assert(!is_readable(fd, 0));
	card_send(axis, 5, 100, 1);
	card_send(axis, 0, 100, 2);
	ck_assert(is_readable(fd, 5000));
	card_expect(axis, 5, 100, 1);
	ck_assert(is_readable(fd, 5000)); /* the other one, read already */
	card_expect(axis, 0, 100, 2);
	ck_assert_int_eq(aml_axis_receive(axis, &frame, AML_AXIS_ANY, 0), -AML_EAGAIN);
	ck_assert(!is_readable(fd, 0));
	aml_axis_close(&axis);
	ck_assert_int_eq(aml_axis_fd(NULL, &fd), -AML_EINVAL);
	ck_assert_int_eq(fd, -1);
}
END_TEST

/* ---- by a thread ---- */

static struct {
	pthread_mutex_t lock;
	unsigned n, bad;
	struct aml_axis *axis;
	struct aml_axis_frame *kept;
	int inside;
} heard = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void hear(struct aml_axis_frame *frame, void *arg)
{
	struct aml_axis *axis = arg;

	pthread_mutex_lock(&heard.lock);
	heard.bad += !card_is(frame, heard.n);
	if (heard.n == 3) {
		aml_axis_frame_hold(frame);
		heard.kept = frame;
	}
	if (heard.n == 4)
		heard.inside = aml_axis_unlisten(axis);
	heard.n++;
	pthread_mutex_unlock(&heard.lock);
}

static unsigned heard_by_now(void)
{
	unsigned n;

	pthread_mutex_lock(&heard.lock);
	n = heard.n;
	pthread_mutex_unlock(&heard.lock);
	return n;
}

START_TEST(a_listener_gets_each_frame)
{
	struct aml_axis *axis = open_all("", _i);

	heard.n = heard.bad = 0;
	heard.kept = NULL;
	ck_assert_int_eq(aml_axis_unlisten(axis), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_listen(axis, NULL, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_listen(axis, hear, axis), 0);
	ck_assert_int_eq(aml_axis_listen(axis, hear, axis), -AML_EBUSY);
	for (uint32_t i = 0; i < 20; i++)
		card_send(axis, dests[i % 4], 3000, i);
	for (int i = 0; i < 5000 && heard_by_now() < 20; i++)
		usleep(1000);
	ck_assert_int_eq(aml_axis_unlisten(axis), 0);
	ck_assert_uint_eq(heard.n, 20);
	ck_assert_uint_eq(heard.bad, 0);
	ck_assert_int_eq(heard.inside, -AML_EBUSY);
	ck_assert(card_is(heard.kept, 3));
	aml_axis_frame_release(&heard.kept);
	card_is_at_rest(axis);
	card_send(axis, 0, 10, 9); /* nobody listens now */
	card_expect(axis, 0, 10, 9);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(closing_stops_the_listener)
{
	struct aml_axis *axis = open_all("", _i);

	heard.n = 0;
	ck_assert_int_eq(aml_axis_listen(axis, hear, axis), 0);
	aml_axis_close(&axis);
}
END_TEST

/* ---- several threads ---- */

#define EACH 200u

struct taker {
	struct aml_axis *axis;
	uint32_t dest;
	unsigned bad, n;
	pthread_t thread;
};

static void *take(void *arg)
{
	struct taker *me = arg;

	for (uint32_t i = 0; i < EACH; i++) {
		struct aml_axis_frame *frame;

		if (aml_axis_receive(me->axis, &frame, me->dest, 20 * S))
			break;
		me->n++;
		me->bad += !card_is(frame, i);
		aml_axis_frame_release(&frame);
	}
	return NULL;
}

START_TEST(threads_receive_each_its_destination)
{
	struct aml_axis *axis = open_all("", _i);
	struct taker taker[4];

	for (int i = 0; i < 4; i++) {
		taker[i] = (struct taker){.axis = axis, .dest = dests[i]};
		pthread_create(&taker[i].thread, NULL, take, &taker[i]);
	}
	for (uint32_t i = 0; i < EACH; i++)
		for (int d = 0; d < 4; d++)
			card_send(axis, dests[d], 1 + i * 31 % 9000, i);
	for (int i = 0; i < 4; i++) {
		pthread_join(taker[i].thread, NULL);
		ck_assert_uint_eq(taker[i].n, EACH);
		ck_assert_uint_eq(taker[i].bad, 0);
	}
	card_is_at_rest(axis);
	aml_axis_close(&axis);
}
END_TEST

static void *take_in_turn(void *arg)
{
	struct taker *me = arg;

	while (me->n < EACH && me->bad == 0) {
		struct aml_axis_frame *frame;

		me->bad += aml_axis_receive(me->axis, &frame, me->dest, 10 * S) != 0;
		if (me->bad)
			break;
		__atomic_add_fetch(&me->n, 1, __ATOMIC_RELEASE);
		aml_axis_frame_release(&frame);
	}
	return NULL;
}

/* Another thread looks for frames of its own for a while, and reads those of the first.  Not
 * for long: if both have one core, the first cannot take its frame meanwhile. */
START_TEST(who_sleeps_is_woken_by_whoever_reads_for_it)
{
	struct aml_axis *axis = open_all("", _i);
	struct taker taker = {.axis = axis, .dest = 5};
	struct aml_axis_frame *none;

	pthread_create(&taker.thread, NULL, take_in_turn, &taker);
	for (unsigned i = 0; i < EACH; i++) {
		usleep(i % 4 * 30);
		card_send(axis, 5, 64, i);
		for (int k = 0; k < 300 && __atomic_load_n(&taker.n, __ATOMIC_ACQUIRE) <= i; k++)
			ck_assert_int_eq(aml_axis_receive(axis, &none, 0, 0), -AML_EAGAIN);
		for (int k = 0; k < 5000 && __atomic_load_n(&taker.n, __ATOMIC_ACQUIRE) <= i; k++)
			usleep(1000);
		ck_assert_uint_gt(__atomic_load_n(&taker.n, __ATOMIC_ACQUIRE), i);
	}
	pthread_join(taker.thread, NULL);
	ck_assert_uint_eq(taker.bad, 0);
	aml_axis_close(&axis);
}
END_TEST

/* ---- the end ---- */

START_TEST(a_frame_outlives_its_device)
{
	struct aml_axis *axis = open_all("tx=4,rx=6", _i);
	struct aml_axis_frame *frame, *unsent = NULL;

	card_send(axis, 0, 9000, 3);
	card_send(axis, 5, 100, 4); /* not fetched */
	ck_assert_int_eq(aml_axis_receive(axis, &frame, 0, S), 0);
	ck_assert_int_eq(aml_axis_frame_alloc(axis, &unsent, 100, S), 0);
	aml_axis_close(&axis);
	ck_assert(card_is(frame, 3));
	card_fill(unsent, 1);
	/* What it has is its own still: others get no buffer of it. */
	axis = card_open("tx=4,rx=6", NULL);
	for (int i = 0; i < 6; i++)
		card_send(axis, 1, 4096, 77);
	ck_assert(card_is(frame, 3));
	ck_assert(card_is(unsent, 1));
	aml_axis_frame_release(&frame);
	aml_axis_frame_release(&unsent);
	card_is_at_rest(axis);
	ck_assert_int_eq(aml_axis_claim(axis, dests, 4), 0); /* and its claims are gone */
	aml_axis_close(&axis);
}
END_TEST

START_TEST(counters_tell_what_went_through)
{
	struct aml_axis *axis = open_all("", _i);
	struct aml_axis_counters c;

	card_send(axis, 0, 9000, 1);
	card_send(axis, 5, 100, 2);
	card_expect(axis, 0, 9000, 1);
	c = card_counters(axis);
	ck_assert_uint_eq(c.tx_frames, 2);
	ck_assert_uint_eq(c.tx_bytes, 9100);
	if (!_i)
		ck_assert_uint_eq(c.tx_parts, 4);
	ck_assert_uint_eq(c.rx_frames, 2);
	ck_assert_uint_eq(c.rx_bytes, 9100);
	ck_assert_uint_eq(c.rx_parts, 4);
	ck_assert_uint_eq(c.queued, 1);
	ck_assert_uint_eq(c.held, 1);
	ck_assert_int_eq(c.requests_missed, 0);
	card_expect(axis, 5, 100, 2);
	c.size = 1;
	ck_assert_int_eq(aml_axis_counters(axis, &c), -AML_EINVAL);
	aml_axis_close(&axis);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("axis");
	TCase *tcase = tcase_create("axis");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, card_next, NULL);
	tcase_add_loop_test(tcase, frames_of_all_sizes_come_back, 0, 2);
	tcase_add_loop_test(tcase, a_received_frame_says_what_the_stream_said, 0, 2);
	tcase_add_loop_test(tcase, each_destination_has_its_own_order, 0, 2);
	tcase_add_loop_test(tcase, any_destination_gives_frames_in_order_of_arrival, 0, 2);
	tcase_add_loop_test(tcase, without_a_frame_the_limit_is_kept, 0, 2);
	tcase_add_test(tcase, only_claimed_destinations_can_be_received);
	tcase_add_test(tcase, all_4096_destinations_fit_one_descriptor);
	tcase_add_loop_test(tcase, who_waits_for_64_destinations_sleeps, 0, 2);
	tcase_add_loop_test(tcase, a_descriptor_is_readable_while_there_are_frames, 0, 2);
	tcase_add_loop_test(tcase, a_listener_gets_each_frame, 0, 2);
	tcase_add_loop_test(tcase, closing_stops_the_listener, 0, 2);
	tcase_add_loop_test(tcase, threads_receive_each_its_destination, 0, 2);
	tcase_add_loop_test(tcase, who_sleeps_is_woken_by_whoever_reads_for_it, 0, 2);
	tcase_add_loop_test(tcase, a_frame_outlives_its_device, 0, 2);
	tcase_add_loop_test(tcase, counters_tell_what_went_through, 0, 2);
	suite_add_tcase(s, tcase);
	return s;
}

int main(void)
{
	return card_main(suite);
}
