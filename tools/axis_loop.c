/* SPDX-License-Identifier: BSD-3-Clause */
/* aml-axis loop: PRBS frames that firmware, or the emulator, sends back.  This thread fills
 * and sends, the listener checks; so many buffers are under way that none has to wait for
 * another frame's end. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "aml/axis.h"
#include "aml/axis/prbs.h"
#include "aml/error.h"
#include "axis_command.h"
#include "axis_options.h"
#include "axis_run.h"
#include "axis_traffic.h"

#define PATIENCE_US 100000 /* so that a signal is seen soon */
#define INTERRUPTED 0.5	   /* seconds for what is under way, then */
#define COMPLAINTS 10

/* One destination. */
struct stream {
	uint32_t sequence; /* of the next frame that is sent */
	struct aml_axis_prbs_rx check;
};

struct loop {
	const struct options *options;
	struct aml_axis *axis;
	struct aml_axis_prbs form;
	struct stream *streams;
	size_t nstreams;
	uint16_t stream_of[AML_AXIS_DESTS]; /* by destination */
	size_t part, min, max;		    /* bytes: of a buffer that is full, and of frames */
	uint64_t random, sent;
	struct traffic traffic; /* what came back */
	pthread_mutex_t lock;	/* guards all below */
	pthread_cond_t came;
	size_t window, under_way; /* buffers */
	uint64_t received;	  /* frames */
	uint64_t received_before; /* when they stopped to come */
};

static size_t parts_of(const struct loop *loop, size_t bytes)
{
	return bytes <= loop->part ? 1 : (bytes + loop->part - 1) / loop->part;
}

/* In the listener. */
static void check(struct aml_axis_frame *frame, void *arg)
{
	struct loop *loop = arg;
	struct stream *stream = &loop->streams[loop->stream_of[frame->dest]];
	uint64_t before = stream->check.counts.errors, errors;
	size_t parts = parts_of(loop, frame->bytes);

	aml_axis_stage_accept(&stream->check.stage, frame);
	errors = stream->check.counts.errors - before;
	if (errors && loop->traffic.errors < COMPLAINTS)
		complain("destination 0x%x: %s", frame->dest, aml_error_detail());
	traffic_add(&loop->traffic, 1, frame->bytes, errors);
	pthread_mutex_lock(&loop->lock);
	loop->under_way -= parts < loop->under_way ? parts : loop->under_way;
	loop->received++;
	pthread_cond_signal(&loop->came);
	pthread_mutex_unlock(&loop->lock);
}

/* Seconds that nothing may come, or go. */
static double patience(const struct loop *loop)
{
	return loop->options->timeout > 0 ? loop->options->timeout : 1;
}

/* Until this many more buffers may be under way; false: nothing came for a long time, which is a
 * short one for who has been interrupted. */
static bool wait_for_room(struct loop *loop, size_t parts)
{
	double end = now() + patience(loop);
	uint64_t received;
	bool there;

	pthread_mutex_lock(&loop->lock);
	received = loop->received;
	while (loop->under_way + parts > loop->window && now() < end) {
		struct timespec ts = to_timespec(now() + 0.1); /* signals do not end it */

		if (is_interrupted() && end > now() + INTERRUPTED)
			end = now() + INTERRUPTED;
		pthread_cond_timedwait(&loop->came, &loop->lock, &ts);
		if (loop->received != received)
			end = now() + patience(loop);
		received = loop->received;
	}
	there = loop->under_way + parts <= loop->window;
	pthread_mutex_unlock(&loop->lock);
	return there;
}

/* After a long wait: what is under way is lost; if something came since the last time, go on. */
static bool go_on(struct loop *loop)
{
	bool came;

	pthread_mutex_lock(&loop->lock);
	came = loop->received != loop->received_before;
	loop->received_before = loop->received;
	loop->under_way = 0;
	pthread_mutex_unlock(&loop->lock);
	complain(came ? "frames do not come back" : "nothing comes back");
	return came;
}

static uint64_t next_random(struct loop *loop)
{
	loop->random ^= loop->random << 13;
	loop->random ^= loop->random >> 7;
	loop->random ^= loop->random << 17;
	return loop->random;
}

/* All orders of magnitude alike, and often what ends with a buffer, or a word behind it. */
static size_t pick_size(struct loop *loop)
{
	size_t word = loop->form.width / 8, bytes = loop->min, octaves = 1;

	while (octaves < 48 && loop->min << octaves < loop->max)
		octaves++;
	if (next_random(loop) % 8 == 0) {
		bytes = loop->part * (1 + next_random(loop) % parts_of(loop, loop->max));
		bytes += next_random(loop) % 2 ? word : 0;
	} else {
		bytes <<= next_random(loop) % octaves;
		bytes += next_random(loop) % bytes;
	}
	if (bytes > loop->max)
		bytes = loop->max;
	if (bytes < loop->min)
		bytes = loop->min;
	return bytes - bytes % word;
}

/* More, or less, is under way. */
static void account(struct loop *loop, size_t more, size_t less)
{
	pthread_mutex_lock(&loop->lock);
	loop->under_way += more;
	loop->under_way -= less < loop->under_way ? less : loop->under_way;
	pthread_mutex_unlock(&loop->lock);
}

/* 0: it was sent, or was not to be any more. */
static int send_one(struct loop *loop, const struct until *until, size_t n, size_t bytes)
{
	struct stream *stream = &loop->streams[n];
	size_t parts = parts_of(loop, bytes);
	double end = now() + patience(loop);
	struct aml_axis_frame *frame;
	int rc;

	do
		rc = aml_axis_frame_alloc(loop->axis, &frame, bytes, PATIENCE_US);
	while (rc == -AML_ETIMEDOUT && !until_is_over(until) && now() < end);
	if (rc)
		return rc == -AML_ETIMEDOUT && until_is_over(until) ? 0 : rc;
	rc = aml_axis_prbs_fill(&loop->form, stream->sequence, frame);
	frame->dest = loop->options->dests[n];
	frame->first_user = loop->options->ssi ? AML_AXIS_SOF : 0;
	account(loop, parts, 0); /* before: it may be back at once */
	if (!rc)
		rc = aml_axis_send(loop->axis, &frame, PATIENCE_US);
	aml_axis_frame_release(&frame);
	if (rc) {
		account(loop, 0, parts);
		return rc;
	}
	stream->sequence++;
	loop->sent++;
	return 0;
}

static int send_all(struct loop *loop, struct pace *pace)
{
	const struct options *options = loop->options;
	struct until until = until_begin(options);
	double next = pace->start;

	for (size_t n = 0; !until_is_over(&until); n = (n + 1) % loop->nstreams) {
		struct traffic total = traffic_now(&loop->traffic);
		size_t bytes = pick_size(loop);
		int rc;

		if (options->frames && loop->sent == options->frames)
			break;
		if (!wait_for_room(loop, parts_of(loop, bytes)) &&
		    (is_interrupted() || !go_on(loop)))
			break;
		rc = send_one(loop, &until, n, bytes);
		if (rc) {
			complain_of("loop", rc);
			return rc;
		}
		pace_show(pace, &total);
		if (options->period > 0)
			sleep_until(next += options->period);
	}
	return 0;
}

static void print_faults(const struct loop *loop)
{
	static const char *const names[AML_AXIS_PRBS_FAULTS] = {
		[AML_AXIS_PRBS_ERROR] = "card_errors",
		[AML_AXIS_PRBS_SIZE] = "bad_sizes",
		[AML_AXIS_PRBS_LENGTH] = "bad_lengths",
		[AML_AXIS_PRBS_SEQUENCE] = "bad_sequences",
		[AML_AXIS_PRBS_PAYLOAD] = "bad_payloads",
	};

	for (int fault = 0; fault < AML_AXIS_PRBS_FAULTS; fault++) {
		uint64_t n = 0;

		for (size_t i = 0; i < loop->nstreams; i++)
			n += loop->streams[i].check.counts.faults[fault];
		if (names[fault])
			result_number(names[fault], n);
	}
}

static int run_streams(struct loop *loop)
{
	int64_t away = buffers_away(loop->axis);
	struct traffic total;
	struct pace pace;
	uint64_t lost, leaked;
	int rc;

	pace_begin(&pace, loop->options, "loop");
	rc = aml_axis_listen(loop->axis, check, loop);
	if (rc) {
		complain_of("loop", rc);
		return 1;
	}
	rc = send_all(loop, &pace);
	wait_for_room(loop, loop->window); /* all of it: nothing is under way */
	aml_axis_unlisten(loop->axis);
	total = traffic_now(&loop->traffic);
	lost = loop->sent > total.frames ? loop->sent - total.frames : 0;
	total.errors += lost;
	leaked = buffers_leaked(loop->axis, away);
	pace_result(&pace, loop->options, &total);
	result_number("destinations", loop->nstreams);
	result_number("sent", loop->sent);
	print_faults(loop);
	result_number("lost", lost);
	result_number("leaked_buffers", leaked);
	result_end();
	return rc || total.errors || leaked;
}

/* What the device and the options allow; false: somebody has complained. */
static bool choose_sizes(struct loop *loop)
{
	const struct options *options = loop->options;
	struct aml_axis_info info = {.size = sizeof(info)};
	size_t word = options->width / 8, most;

	if (aml_axis_info(loop->axis, &info))
		return false;
	loop->part = info.buffer_bytes - (info.width ? info.buffer_bytes % info.width : 0);
	loop->window = (info.tx < info.rx ? info.tx : info.rx) / 2;
	if (loop->window == 0)
		loop->window = 1;
	most = info.splits ? loop->part : loop->window * loop->part;
	loop->min = options->size_min ? options->size_min : 12;
	loop->max = options->size_max ? options->size_max : 1 << 20;
	if (!options->size_max && loop->max > most)
		loop->max = most;
	if (loop->min < 3 * word)
		loop->min = 3 * word;
	loop->min += (word - loop->min % word) % word;
	loop->max -= loop->max % word;
	if (loop->min > loop->max || loop->max > most) {
		complain("this device and words of %u bits allow frames of %zu to %zu bytes",
			 options->width, 3 * word, most - most % word);
		return false;
	}
	return true;
}

static int prepare_streams(struct loop *loop)
{
	for (size_t i = 0; i < loop->nstreams; i++) {
		int rc = aml_axis_prbs_rx_init(&loop->streams[i].check, &loop->form);

		if (rc)
			return rc;
		/* far from each other, and never 0 soon */
		loop->streams[i].sequence = (uint32_t)(i + 1) * 2654435769u;
		loop->streams[i].check.expected = loop->streams[i].sequence;
		loop->stream_of[loop->options->dests[i]] = (uint16_t)i;
	}
	return 0;
}

int run_loop(const struct options *given)
{
	static const uint32_t usual[] = {0, 1, 0x100, 0x101};
	static struct options options; /* large, as is the next one */
	static struct loop loop = {.options = &options, .form = AML_AXIS_PRBS_DEFAULT, .random = 1};
	pthread_condattr_t attr;
	int rc = 1;

	options = *given;
	if (options.ndests == 0) {
		memcpy(options.dests, usual, sizeof(usual));
		options.ndests = sizeof(usual) / sizeof(usual[0]);
	}
	loop.form.width = options.width;
	loop.nstreams = options.ndests;
	loop.streams = calloc(loop.nstreams, sizeof(*loop.streams));
	if (!loop.streams || prepare_streams(&loop)) {
		complain_of("loop", -AML_ENOMEM);
		free(loop.streams);
		return 1;
	}
	pthread_mutex_init(&loop.lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&loop.came, &attr);
	pthread_condattr_destroy(&attr);
	loop.axis = open_device(&options, options.dests, options.ndests);
	if (loop.axis && choose_sizes(&loop))
		rc = run_streams(&loop);
	aml_axis_close(&loop.axis);
	pthread_cond_destroy(&loop.came);
	pthread_mutex_destroy(&loop.lock);
	free(loop.streams);
	return rc;
}
