/* SPDX-License-Identifier: BSD-3-Clause */
/* Transposition over fused loops for x86: SSE2, AVX2 and AVX-512, 1 to 16-byte elements,
 * and of any other size. */
#include "kernel/append.h"
#include "kernel/rows.h"
#include "kernel/x86.h"
#include "kernel/x86_pair.h"

#if defined(__x86_64__)
#define TEMPLATE "kernel/fused_template.h"
#define STREAMS 1
#define SHIFTS 0
#define BASE sse2
#define MMB _mm_

#define ISA sse2
#define MM _mm_
#include "kernel/fused_any.h"
#include "kernel/transpose_sizes.h"

#define ISA avx2
#define MM _mm256_
#include "kernel/fused_any.h"
#include "kernel/transpose_sizes.h"

#undef SHIFTS
#define SHIFTS 1
#define ISA avx512
#define MM _mm512_
#include "kernel/fused_any.h"
#include "kernel/transpose_sizes.h"
#endif
