/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"

static atomic_uint countdown; /* 0 = never fail */

void amli_alloc_fail_at(unsigned n)
{
	atomic_store(&countdown, n);
}

static bool fails_now(void)
{
	unsigned n = atomic_load_explicit(&countdown, memory_order_relaxed);

	while (n > 0)
		if (atomic_compare_exchange_weak(&countdown, &n, n - 1))
			return n == 1;
	return false;
}

void *amli_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : calloc(n, size);
}

void *amli_aligned(size_t align, size_t size)
{
	void *ptr;

	if (fails_now() || posix_memalign(&ptr, align, size))
		return NULL;
	return ptr;
}
