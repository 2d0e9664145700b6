/* SPDX-License-Identifier: BSD-3-Clause */
/* Emulated devices for the tests of what is above the driver. */
#ifndef AXISG2_TEST_CARD_H
#define AXISG2_TEST_CARD_H

#include <check.h>

#include "aml/axis.h"
#include "aml/error.h"
#include "backends/axisg2/device.h"

#define S INT64_C(1000000) /* in microseconds */
#define CARD_SIZE 4096u

/* Another device for the next test. */
void card_next(void);
/* Of this test's device: "emu,name=...,keys", or /dev/datadev_0 with the preload library. */
const char *card_path(const char *keys);
/* The same for the engine: "emu=(...)" or "path=...". */
const char *card_spec(const char *keys);
/* It, opened. */
struct aml_axis *card_open(const char *keys, const struct aml_axis_options *options);
struct aml_axis *card_open_claimed(const char *keys, const struct aml_axis_options *options,
				   const uint32_t *dests, size_t n);

struct aml_axis_counters card_counters(struct aml_axis *axis);
/* All buffers are where they were at first. */
void card_is_at_rest(struct aml_axis *axis);

/* A frame with a pattern, sent. */
void card_send(struct aml_axis *axis, uint32_t dest, size_t bytes, uint32_t seed);
/* One that has this pattern; released. */
void card_expect(struct aml_axis *axis, uint32_t dest, size_t bytes, uint32_t seed);
void card_fill(struct aml_axis_frame *frame, uint32_t seed);
bool card_is(const struct aml_axis_frame *frame, uint32_t seed);

/* Let the driver fail: the calls are those of the emulator, until the count of one is 0; then
 * they return its error, once, or for ever (negative counts). */
struct card_trouble {
	int write_in, read_in, map_in; /* the n-th from now; 0 = never */
	long error;
	bool for_ever;
	struct axisg2_read *record; /* what read gives instead, once */
};
extern struct card_trouble card_trouble;
void card_make_trouble(struct aml_axis *axis);

/* Both ways: over the emulator, and over what looks like a device. */
int card_main(Suite *(*suite)(void));
/* Over the emulator only. */
int card_main_here(Suite *(*suite)(void));

#endif
