/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/axisg2/test_device.h"

#define PRELOAD ".libs/libaml-datadev-emu.so"

static bool over_chardev(void)
{
	return getenv("AML_TEST_CHARDEV") != NULL;
}

/* Part of its name; processes that are forked keep it. */
static int family, number;

void device_next(void)
{
	family = getpid();
	number++;
}

void device_remove(void)
{
	char name[64];

	snprintf(name, sizeof(name), "/aml-datadev-%u-test-%d-%d", (unsigned)getuid(), family,
		 number);
	shm_unlink(name);
}

struct amli_axisg2_io device_open(const char *keys)
{
	struct amli_axisg2_io io;
	char spec[400];
	int rc;

	snprintf(spec, sizeof(spec), "emu,name=test-%d-%d,%s", family, number, keys);
	if (!getenv("AML_DATADEV_EMU") || strcmp(getenv("AML_DATADEV_EMU"), spec))
		setenv("AML_DATADEV_EMU", spec, 1);
	rc = amli_axisg2_io_open(&io, over_chardev() ? PATH : spec);
	ck_assert_int_eq(rc, 0);
	return io;
}

long ask(struct amli_axisg2_io *io, enum axisg2_ioctl command)
{
	return amli_axisg2_io_ioctl(io, command, 0);
}

long claim(struct amli_axisg2_io *io, const uint32_t *dest, size_t n)
{
	uint8_t mask[AXISG2_MASK_BYTES] = {0};

	for (size_t i = 0; i < n; i++)
		mask[dest[i] / 8] = (uint8_t)(mask[dest[i] / 8] | 1u << dest[i] % 8);
	return amli_axisg2_io_ioctl(io, AXISG2_SET_MASK_BYTES, (uintptr_t)mask);
}

long claim_one(struct amli_axisg2_io *io, uint32_t dest)
{
	return claim(io, &dest, 1);
}

long send_copy(struct amli_axisg2_io *io, uint32_t dest, uint32_t flags, const void *data,
	       size_t bytes)
{
	struct axisg2_write record = {
		.data = (uintptr_t)data, .dest = dest, .flags = flags, .size = (uint32_t)bytes};

	return amli_axisg2_io_write(io, &record, sizeof(record));
}

long send_index(struct amli_axisg2_io *io, uint32_t dest, uint32_t flags, uint32_t index,
		size_t bytes)
{
	struct axisg2_write record = {
		.dest = dest, .flags = flags, .index = index, .size = (uint32_t)bytes};

	return amli_axisg2_io_write(io, &record, sizeof(record));
}

long receive_copy(struct amli_axisg2_io *io, struct axisg2_read *record, void *data, size_t room)
{
	*record = (struct axisg2_read){.data = (uintptr_t)data, .size = (uint32_t)room};
	return amli_axisg2_io_read(io, record, sizeof(*record));
}

long receive_index(struct amli_axisg2_io *io, struct axisg2_read *record)
{
	return receive_copy(io, record, NULL, 0);
}

long return_index(struct amli_axisg2_io *io, uint32_t index)
{
	return amli_axisg2_io_ioctl(io, AXISG2_RET_INDEX | 1u << 16, (uintptr_t)&index);
}

long register_write(struct amli_axisg2_io *io, uint64_t address, uint32_t value)
{
	struct axisg2_register record = {.address = address, .data = value};

	return amli_axisg2_io_ioctl(io, AXISG2_WRITE_REGISTER, (uintptr_t)&record);
}

uint32_t register_read(struct amli_axisg2_io *io, uint64_t address)
{
	struct axisg2_register record = {.address = address};

	ck_assert_int_eq(amli_axisg2_io_ioctl(io, AXISG2_READ_REGISTER, (uintptr_t)&record), 0);
	return record.data;
}

static uint8_t pattern_at(size_t at, uint32_t seed)
{
	uint64_t mixed = (at / 8 + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ seed * UINT64_C(0xff51afd7);

	return (uint8_t)((mixed ^ mixed >> 29) >> 8 * (at % 8));
}

void pattern_fill(void *data, size_t bytes, uint32_t seed)
{
	for (size_t i = 0; i < bytes; i++)
		((uint8_t *)data)[i] = pattern_at(i, seed);
}

bool pattern_is(const void *data, size_t bytes, uint32_t seed)
{
	for (size_t i = 0; i < bytes; i++)
		if (((const uint8_t *)data)[i] != pattern_at(i, seed))
			return false;
	return true;
}

#ifndef __has_feature
#define __has_feature(name) 0 /* gcc has macros instead */
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define HAS_TSAN true
#else
#define HAS_TSAN false
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define HAS_ASAN true
#else
#define HAS_ASAN false
#endif

bool is_sanitized(void)
{
	return HAS_TSAN || HAS_ASAN;
}

bool can_fork(void)
{
	return !HAS_TSAN;
}

static int run(Suite *(*suite)(void))
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

/* This program once more, with the preload library. */
static int run_preloaded(const char *program)
{
	char *preload = realpath(PRELOAD, NULL);
	int status = 0;
	pid_t child;

	if (is_sanitized() || !preload) {
		free(preload);
		printf("no preload library here: only over the emulator itself\n");
		return 0;
	}
	fflush(stdout);
	child = fork();
	if (!child) {
		setenv("LD_PRELOAD", preload, 1);
		setenv("AML_TEST_CHARDEV", "1", 1);
		execl("/proc/self/exe", program, (char *)NULL);
		_exit(99);
	}
	free(preload);
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

int run_both_ways(Suite *(*suite)(void), const char *program)
{
	int failed;

	printf("%s\n", over_chardev() ? "over " PATH ", preloaded" : "over the emulator");
	failed = run(suite);
	if (!over_chardev())
		failed |= run_preloaded(program);
	return failed;
}
