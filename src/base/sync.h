/* SPDX-License-Identifier: BSD-3-Clause */
/* Sleeping on a word of memory, and polite spinning. */
#ifndef AMLI_BASE_SYNC_H
#define AMLI_BASE_SYNC_H

#include <stdatomic.h>
#include <stdint.h>

#define AMLI_FOREVER 0u

/* Sleep while *word is @seen, until somebody wakes it, or about @timeout_us
 * (AMLI_FOREVER = no limit).  May return early for no reason: check again. */
void amli_futex_wait(_Atomic uint32_t *word, uint32_t seen, unsigned timeout_us);

/* Wake one sleeper.  Only the address counts: the word may be gone already, which is
 * what lets a thread announce "done" and then wake the one who frees the word. */
void amli_futex_wake(_Atomic uint32_t *word);

static inline void amli_cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

#endif
