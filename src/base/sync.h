/* SPDX-License-Identifier: BSD-3-Clause */
/* Sleeping on a word of memory, polite spinning, and time limits. */
#ifndef AMLI_BASE_SYNC_H
#define AMLI_BASE_SYNC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define AMLI_FOREVER 0u

/* Sleep while *word is @seen, until somebody wakes it, or about @timeout_us
 * (AMLI_FOREVER = no limit).  May return early for no reason: check again. */
void amli_futex_wait(_Atomic uint32_t *word, uint32_t seen, unsigned timeout_us);

/* Wake all sleepers.  Only the address counts: the word may be gone already, which is
 * what lets a thread announce "done" and then wake the one who frees the word. */
void amli_futex_wake(_Atomic uint32_t *word);

/* The low half of a word. */
static inline _Atomic uint32_t *amli_futex_of(_Atomic uint64_t *word)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (_Atomic uint32_t *)word;
#else
	return (_Atomic uint32_t *)word + 1;
#endif
}

static inline void amli_cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* Limits: a time of CLOCK_MONOTONIC in nanoseconds, or one of these. */
#define AMLI_AT_ONCE UINT64_C(0)
#define AMLI_NEVER UINT64_MAX

/* So long from now; negative: never; 0: at once. */
uint64_t amli_limit_ns(int64_t timeout_us);
bool amli_is_past(uint64_t limit_ns);
/* What to sleep at most, for amli_futex_wait(): until the limit, and no more than @most_us
 * (AMLI_FOREVER = as long as it takes). */
unsigned amli_limit_us(uint64_t limit_ns, unsigned most_us);

#endif
