/* SPDX-License-Identifier: BSD-3-Clause */
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/sync.h"

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
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
