/* SPDX-License-Identifier: BSD-3-Clause */
#include "backends/axisg2/test_card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/axisg2/test_device.h"

static int number;

void card_next(void)
{
	number++;
}

/* As the emulator has it; for programs with the preload library in the environment. */
static const char *describe(const char *keys)
{
	static char text[200];

	snprintf(text, sizeof(text), "name=card-%d-%d,size=%u%s%s", getpid(), number, CARD_SIZE,
		 *keys ? "," : "", keys);
	if (getenv("AML_TEST_CHARDEV"))
		setenv("AML_DATADEV_EMU", text, 1);
	return text;
}

const char *card_path(const char *keys)
{
	static char path[220];

	snprintf(path, sizeof(path), "emu,%s", describe(keys));
	return getenv("AML_TEST_CHARDEV") ? PATH : path;
}

const char *card_spec(const char *keys)
{
	static char spec[220];

	snprintf(spec, sizeof(spec), "emu=(%s)", describe(keys));
	return getenv("AML_TEST_CHARDEV") ? "path=" PATH : spec;
}

struct aml_axis *card_open(const char *keys, const struct aml_axis_options *options)
{
	struct aml_axis *axis;
	int rc = aml_axis_open(&axis, card_path(keys), options);

	ck_assert_msg(rc == 0, "%d: %s", rc, aml_error_detail());
	return axis;
}

struct aml_axis *card_open_claimed(const char *keys, const struct aml_axis_options *options,
				   const uint32_t *dests, size_t n)
{
	struct aml_axis *axis = card_open(keys, options);

	ck_assert_int_eq(aml_axis_claim(axis, dests, n), 0);
	return axis;
}

struct aml_axis_counters card_counters(struct aml_axis *axis)
{
	struct aml_axis_counters counters = {.size = sizeof(counters)};

	ck_assert_int_eq(aml_axis_counters(axis, &counters), 0);
	return counters;
}

void card_is_at_rest(struct aml_axis *axis)
{
	struct aml_axis_counters now = card_counters(axis);

	for (int i = 0; i < 5000 && now.tx.queue != axis->cap.tx; i++) {
		usleep(1000); /* the card still sends */
		now = card_counters(axis);
	}
	ck_assert_int_eq(now.tx.queue, axis->cap.tx);
	ck_assert_int_eq(now.rx.user + now.rx.queue + now.rx.missing, 0);
	ck_assert_int_eq(now.rx.card + now.rx.before, axis->cap.rx);
	ck_assert_uint_eq(now.held, 0);
}

static uint8_t byte_at(size_t at, uint32_t seed)
{
	uint64_t mixed = (at / 8 + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ seed * UINT64_C(0xff51afd7);

	return (uint8_t)((mixed ^ mixed >> 29) >> 8 * (at % 8));
}

void card_fill(struct aml_axis_frame *frame, uint32_t seed)
{
	size_t at = 0;

	for (size_t i = 0; i < frame->nparts; i++)
		for (size_t j = 0; j < frame->parts[i].iov_len; j++)
			((uint8_t *)frame->parts[i].iov_base)[j] = byte_at(at++, seed);
}

bool card_is(const struct aml_axis_frame *frame, uint32_t seed)
{
	size_t at = 0;

	for (size_t i = 0; i < frame->nparts; i++)
		for (size_t j = 0; j < frame->parts[i].iov_len; j++)
			if (((uint8_t *)frame->parts[i].iov_base)[j] != byte_at(at++, seed))
				return false;
	return at == frame->bytes;
}

void card_send(struct aml_axis *axis, uint32_t dest, size_t bytes, uint32_t seed)
{
	struct aml_axis_frame *frame;

	ck_assert_int_eq(aml_axis_frame_alloc(axis, &frame, bytes, 10 * S), 0);
	card_fill(frame, seed);
	frame->dest = dest;
	ck_assert_int_eq(aml_axis_send(axis, &frame, 10 * S), 0);
	ck_assert_ptr_null(frame);
}

void card_expect(struct aml_axis *axis, uint32_t dest, size_t bytes, uint32_t seed)
{
	struct aml_axis_frame *frame;

	ck_assert_int_eq(aml_axis_receive(axis, &frame, dest, 10 * S), 0);
	ck_assert_uint_eq(frame->bytes, bytes);
	ck_assert(dest == AML_AXIS_ANY || frame->dest == dest);
	ck_assert_uint_eq(frame->error, 0);
	ck_assert(card_is(frame, seed));
	aml_axis_frame_release(&frame);
	ck_assert_ptr_null(frame);
}

/* ---- trouble ---- */

struct card_trouble card_trouble;
static struct amli_axisg2_io_ops troubled;
static const struct amli_axisg2_io_ops *calm;

static bool is_time(int *in)
{
	if (*in == 0 || --*in > 0)
		return false;
	*in = card_trouble.for_ever;
	return true;
}

static long trouble_read(struct amli_axisg2_io *io, void *records, size_t bytes)
{
	if (card_trouble.record) {
		memcpy(records, card_trouble.record, sizeof(*card_trouble.record));
		card_trouble.record = NULL;
		return 1;
	}
	return is_time(&card_trouble.read_in) ? card_trouble.error : calm->read(io, records, bytes);
}

static long trouble_write(struct amli_axisg2_io *io, const void *record, size_t bytes)
{
	return is_time(&card_trouble.write_in) ? card_trouble.error
					       : calm->write(io, record, bytes);
}

void card_make_trouble(struct aml_axis *axis)
{
	calm = axis->io.ops;
	troubled = *calm;
	troubled.read = trouble_read;
	troubled.write = trouble_write;
	axis->io.ops = &troubled;
	card_trouble = (struct card_trouble){.error = -5};
}

int card_main_here(Suite *(*suite)(void))
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

int card_main(Suite *(*suite)(void))
{
	return run_both_ways(suite, "test");
}
