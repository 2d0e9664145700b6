/* SPDX-License-Identifier: BSD-3-Clause */
/* What this CPU has, less what AML_CPU_DISABLE hides. */
#ifndef AMLI_BASE_CPU_H
#define AMLI_BASE_CPU_H

#include <stddef.h>

enum amli_cpu {
	AMLI_CPU_SSE2 = 1 << 0,
	AMLI_CPU_AVX2 = 1 << 1,	  /* with F16C, PCLMUL, SSE4.2 */
	AMLI_CPU_AVX512 = 1 << 2, /* F, BW, DQ, VL */
	AMLI_CPU_NEON = 1 << 3,
};

#if defined(__GNUC__)
#define AML_TARGET(isa) __attribute__((target(isa)))
#endif

/* A set of enum amli_cpu bits, decided once per process. */
unsigned amli_cpu(void);
/* The bits in words, "sse2 avx2"; static string. */
const char *amli_cpu_names(void);
/* Bytes of data cache at level 1, 2 or 3 as the system tells, or a usual figure
 * where it does not. */
size_t amli_cache_bytes(unsigned level);

#endif
