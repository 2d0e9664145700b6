/* SPDX-License-Identifier: BSD-3-Clause */
#include "backends/axisg2/test_alloc.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* The linker's names: what calls malloc() comes to __wrap_malloc(). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *ptr, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *ptr, size_t size);

static atomic_uint countdown; /* 0 = never fail */

void alloc_fail_at(unsigned n)
{
	atomic_store(&countdown, n);
}

static bool fails_now(void)
{
	unsigned n = atomic_load(&countdown);

	while (n > 0)
		if (atomic_compare_exchange_weak(&countdown, &n, n - 1))
			return n == 1;
	return false;
}

void *__wrap_malloc(size_t size)
{
	return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *ptr, size_t size)
{
	return fails_now() ? NULL : __real_realloc(ptr, size);
}
