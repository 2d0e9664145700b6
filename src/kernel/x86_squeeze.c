/* SPDX-License-Identifier: BSD-3-Clause */
/* Transposition over fused loops for x86, elements of 3, 6 and 12 bytes: AVX2 and AVX-512. */
#include "kernel/rows.h"
#include "kernel/x86.h"

#if defined(__x86_64__)
#define BASE sse2
#define MMB _mm_

#define ISA avx2
#define MM _mm256_
#include "kernel/fused_squeeze_sizes.h"

#define ISA avx512
#define MM _mm512_
#include "kernel/fused_squeeze_sizes.h"
#endif
