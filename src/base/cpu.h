/* SPDX-License-Identifier: BSD-3-Clause */
/* What this CPU has, less what AML_CPU_DISABLE hides. */
#ifndef AMLI_BASE_CPU_H
#define AMLI_BASE_CPU_H

#include <stdatomic.h>
#include <stddef.h>

enum amli_cpu {
	AMLI_CPU_SSE2 = 1 << 0,
	AMLI_CPU_AVX2 = 1 << 1,	  /* with F16C, PCLMUL, SSE4.2 */
	AMLI_CPU_AVX512 = 1 << 2, /* F, BW, DQ, VL */
	AMLI_CPU_NEON = 1 << 3,
	AMLI_CPU_VPCLMUL = 1 << 4, /* VPCLMULQDQ with AVX-512 */
};

#if defined(__GNUC__)
#define AML_TARGET(isa) __attribute__((target(isa)))
#endif

/* Decided once per process; 0 = not yet. */
#define AMLI_CPU_DECIDED (1u << 31)
extern atomic_uint amli_cpu_known __attribute__((visibility("hidden")));
unsigned amli_cpu_decide(void);

/* A set of enum amli_cpu bits, and others. */
static inline unsigned amli_cpu(void)
{
	unsigned cpu = atomic_load_explicit(&amli_cpu_known, memory_order_relaxed);

	return cpu ? cpu : amli_cpu_decide();
}
/* The bits in words, "sse2 avx2"; static string. */
const char *amli_cpu_names(void);
/* Bytes of data cache at level 1, 2 or 3 as the system tells, or a usual figure
 * where it does not. */
size_t amli_cache_bytes(unsigned level);

#endif
