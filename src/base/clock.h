/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time stamps that cost a few nanoseconds.
 *
 * A stamp is a reading of a counter of the CPU, in ticks: stored on the hot path, and
 * made nanoseconds only when somebody looks at it.  Where the CPU has no counter to rely
 * on, a tick is a nanosecond of CLOCK_MONOTONIC.
 */
#ifndef AMLI_BASE_CLOCK_H
#define AMLI_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Decides what a tick is; call it before the other functions, as often as you like. */
void amli_clock_init(void);

/* A stamp as nanoseconds of CLOCK_MONOTONIC, within a microsecond or two.  One stamp always
 * becomes the same time, a later one never an earlier time; only stamps older than
 * some seconds may move a little. */
uint64_t amli_ticks_to_ns(uint64_t ticks);

/* A difference of two stamps in nanoseconds; UINT64_MAX if it does not fit. */
uint64_t amli_ticks_span_ns(uint64_t span);

/* CLOCK_MONOTONIC itself. */
static inline uint64_t amli_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

#if defined(__x86_64__)
/* Set once, by amli_clock_init(). */
extern bool amli_clock_is_tsc __attribute__((visibility("hidden")));
#endif

/* A stamp. */
static inline uint64_t amli_ticks(void)
{
#if defined(__aarch64__)
	uint64_t ticks;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
#else
#if defined(__x86_64__)
	if (__builtin_expect(amli_clock_is_tsc, 1))
		return __builtin_ia32_rdtsc();
#endif
	return amli_now_ns();
#endif
}

#endif
