/* SPDX-License-Identifier: BSD-3-Clause */
/* Allocation that tests can make fail, and sizes that cannot wrap. */
#ifndef AMLI_BASE_MEM_H
#define AMLI_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed memory, to be released with free().  NULL when there is none. */
void *amli_calloc(size_t n, size_t size);
/* The same, aligned to @align (a power of two), not zeroed. */
void *amli_aligned(size_t align, size_t size);

/* Tests only: the n-th allocation of this process from now on fails (1 = the
 * next), once; 0 switches it off. */
void amli_alloc_fail_at(unsigned n);

/* True if the product (sum) does not fit; *out is then undefined. */
static inline bool amli_mul_overflows(size_t a, size_t b, size_t *out)
{
	return __builtin_mul_overflow(a, b, out);
}

static inline bool amli_add_overflows(size_t a, size_t b, size_t *out)
{
	return __builtin_add_overflow(a, b, out);
}

#endif
