/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cancel, and at once unmap both sides: whoever touched them after cancel had returned would
 * crash, and then this test says on which engine, in which round.  AML_TEST_ROUNDS times, of
 * sizes and at moments that AML_TEST_SEED draws.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/request.h"
#include "tests/lib/engines.h"
#include "tests/lib/pair.h"

static const char usual[] = "memcpy pool:threads=2 pool:threads=1,small=0 pool:threads=0 "
			    "fault:engine=(pool:threads=2,small=0),delay_us=20 "
			    "fault:engine=(pool:threads=1,small=0) "
			    "auto:host=(pool:threads=1,small=0),small=0";

#define LARGEST ((size_t)4 << 20)
#define LATEST_US 60

/* What the handler says; written before each round. */
static const char *volatile spec = "";
static volatile unsigned round_now, seed;

static char *append(char *to, const char *text)
{
	while (*text)
		*to++ = *text++;
	return to;
}

static char *append_number(char *to, unsigned n)
{
	char digits[12];
	int i = 0;

	do
		digits[i++] = (char)('0' + n % 10);
	while (n /= 10);
	while (i > 0)
		*to++ = digits[--i];
	return to;
}

static void on_crash(int signo)
{
	char text[300], *end = append(text, "touched after cancel had returned: ");

	end = append(end, spec);
	end = append(end, ", round ");
	end = append_number(end, round_now);
	end = append(end, ", AML_TEST_SEED=");
	end = append_number(end, seed);
	*end++ = '\n';
	if (write(STDERR_FILENO, text, (size_t)(end - text)) < 0)
		_exit(98);
	signal(signo, SIG_DFL);
	raise(signo);
}

static unsigned pick(unsigned *state, unsigned below)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % below;
}

/* 64 bytes to 4 MiB, each power of two as often, but the largest less. */
static size_t any_size(unsigned *state)
{
	unsigned bits = pick(state, 8) ? 6 + pick(state, 12) : 18 + pick(state, 5);
	size_t size = ((size_t)1 << bits) + pick(state, 64);

	return size < LARGEST ? size : LARGEST;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Awake, to be exact; driving the engine if it has to be driven. */
static void pass_us(struct aml_dma *dma, unsigned us, bool drive)
{
	uint64_t end = now_ns() + us * UINT64_C(1000);

	while (us && now_ns() < end)
		if (drive)
			aml_dma_drain(dma, NULL);
}

static char *map(size_t size)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED) {
		perror("mmap");
		exit(99);
	}
	return memory;
}

static struct aml_layout *layout(char *memory, size_t size)
{
	struct aml_layout *out;

	if (aml_layout_dense_create(&out, memory, AML_LAYOUT_ORDER_C, 1, 1, &size, NULL, NULL))
		exit(99);
	return out;
}

/* One of 64 shall be 1; what was not written is still 0. */
static size_t written(const char *memory, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i += 64)
		n += memory[i] != 0;
	return n;
}

static bool is_right(const struct aml_dma_info *info, size_t some, size_t size)
{
	switch (info->outcome) {
	case AML_DMA_OK:
		return some == (size + 63) / 64 && info->bytes_done == size;
	case AML_DMA_DROPPED:
		return some == 0 && info->bytes_done == 0;
	case AML_DMA_STOPPED:
		return info->bytes_done <= size && some <= info->bytes_done / 64 + 1;
	default:
		return false;
	}
}

/* True if all was well. */
static bool one_round(struct aml_dma *dma, unsigned *state, unsigned outcomes[])
{
	struct aml_dma_info info = {.size = sizeof(info)};
	size_t size = any_size(state), some;
	char *to = map(size), *from = map(size);
	struct aml_layout *dst = layout(to, size), *src = layout(from, size);
	struct aml_dma_request *req;
	bool right;
	int rc;

	memset(from, 1, size);
	rc = aml_dma_async_copy(dma, &req, dst, src);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	if (rc == 0) {
		pass_us(dma, pick(state, 3) ? pick(state, LATEST_US) : 0, pick(state, 2));
		rc = aml_dma_cancel_info(dma, &req, &info);
	}
	some = rc ? 0 : written(to, size);
	munmap(to, size);
	munmap(from, size);
	right = rc == 0 && is_right(&info, some, size);
	if (!right)
		fprintf(stderr, "%s, round %u: %d, outcome %d, %zu of %zu bytes, %zu x 64 there\n",
			spec, round_now, rc, info.outcome, info.bytes_done, size, some);
	outcomes[info.outcome]++;
	return right;
}

static bool test_engine(unsigned rounds)
{
	unsigned outcomes[AML_DMA_TIMED_OUT + 1] = {0}, state = seed;
	struct aml_dma *dma;
	bool right = true;

	if (aml_dma_open(&dma, spec)) {
		fprintf(stderr, "%s: %s\n", spec, aml_error_detail());
		return false;
	}
	for (round_now = 0; right && round_now < rounds; round_now++)
		right = one_round(dma, &state, outcomes);
	right &= aml_dma_close(&dma) == 0;
	printf("%s: %u ok, %u dropped, %u stopped\n", spec, outcomes[AML_DMA_OK],
	       outcomes[AML_DMA_DROPPED], outcomes[AML_DMA_STOPPED]);
	if (!right)
		fprintf(stderr, "AML_TEST_SEED=%u\n", seed);
	return right;
}

int main(void)
{
	int n = engines_choose(usual);
	bool right = true;

	if (n == 0) {
		puts("skipped: no engine works here");
		return 77;
	}
	seed = test_seed();
	signal(SIGSEGV, on_crash);
	signal(SIGBUS, on_crash);
	for (int i = 0; i < n && right; i++) {
		spec = engines_spec(i);
		right = test_engine(test_number("AML_TEST_ROUNDS", 6000) / (unsigned)n + 1);
	}
	return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
