/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of the emulator share.  Each of them is run twice: over the emulator in
 * the library, and, with the preload library, over what looks like a device. */
#ifndef AXISG2_TEST_DEVICE_H
#define AXISG2_TEST_DEVICE_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "backends/axisg2/io.h"

#define PATH "/dev/datadev_0"

/* Open the device of this test; the first to do so decides how it is configured. */
struct amli_axisg2_io device_open(const char *keys);
/* Before each test: another device, whatever the last one has left open. */
void device_next(void);
/* And after one that leaves it in place. */
void device_remove(void);

long ask(struct amli_axisg2_io *io, enum axisg2_ioctl command);
/* All of these destinations; what the ioctl returns. */
long claim(struct amli_axisg2_io *io, const uint32_t *dest, size_t n);
long claim_one(struct amli_axisg2_io *io, uint32_t dest);

/* A frame or a part of one. */
long send_copy(struct amli_axisg2_io *io, uint32_t dest, uint32_t flags, const void *data,
	       size_t bytes);
long send_index(struct amli_axisg2_io *io, uint32_t dest, uint32_t flags, uint32_t index,
		size_t bytes);
/* One record; what read() returns. */
long receive_copy(struct amli_axisg2_io *io, struct axisg2_read *record, void *data, size_t room);
long receive_index(struct amli_axisg2_io *io, struct axisg2_read *record);
long return_index(struct amli_axisg2_io *io, uint32_t index);

long register_write(struct amli_axisg2_io *io, uint64_t address, uint32_t value);
uint32_t register_read(struct amli_axisg2_io *io, uint64_t address);

/* Bytes that tell where they are from. */
void pattern_fill(void *data, size_t bytes, uint32_t seed);
bool pattern_is(const void *data, size_t bytes, uint32_t seed);

/* In children of a test: leave with a code if this does not hold. */
#define MUST(condition)                            \
	do {                                       \
		if (!(condition))                  \
			_exit(__LINE__ % 250 + 1); \
	} while (0)

/* Whether ASan or TSan is at work. */
bool is_sanitized(void);
/* Whether processes can be forked here: TSan cannot go on with threads in the child. */
bool can_fork(void);
/* Run the suite both ways; for main() to return. */
int run_both_ways(Suite *(*suite)(void), const char *program);

#endif
