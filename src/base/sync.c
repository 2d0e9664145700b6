/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/sync.h"

#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

void amli_futex_wait(_Atomic uint32_t *word, uint32_t seen, unsigned timeout_us)
{
	struct timespec limit = {
		.tv_sec = timeout_us / 1000000,
		.tv_nsec = (long)(timeout_us % 1000000) * 1000,
	};

	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen,
		timeout_us == AMLI_FOREVER ? NULL : &limit, NULL, 0);
}

void amli_futex_wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

uint64_t amli_limit_ns(int64_t timeout_us)
{
	uint64_t now;

	if (timeout_us <= 0)
		return timeout_us ? AMLI_NEVER : AMLI_AT_ONCE;
	now = amli_now_ns();
	if ((uint64_t)timeout_us > (AMLI_NEVER - 1 - now) / 1000)
		return AMLI_NEVER;
	return now + (uint64_t)timeout_us * 1000;
}

bool amli_is_past(uint64_t limit_ns)
{
	if (limit_ns == AMLI_AT_ONCE || limit_ns == AMLI_NEVER)
		return limit_ns == AMLI_AT_ONCE;
	return amli_now_ns() >= limit_ns;
}

unsigned amli_limit_us(uint64_t limit_ns, unsigned most_us)
{
	uint64_t now, us;

	if (limit_ns == AMLI_NEVER)
		return most_us;
	now = amli_now_ns();
	us = limit_ns > now ? (limit_ns - now + 999) / 1000 : 1;
	if (most_us == AMLI_FOREVER)
		most_us = UINT_MAX;
	return us < most_us ? (unsigned)us : most_us;
}
