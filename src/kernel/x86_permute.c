/* SPDX-License-Identifier: BSD-3-Clause */
/* Small matrices for AVX-512, elements of 1 and 2 bytes and multiples of 4. */
#include "kernel/rows.h"
#include "kernel/x86.h"
#include "kernel/x86_pair.h"

#if defined(__x86_64__)
#define ISA avx512
#define MM _mm512_
#define BASE sse2
#define MMB _mm_
#define SHIFTS 0

#define BITS 8
#include "kernel/permute_template.h"
#define BITS 16
#include "kernel/permute_template.h"
#define BITS 32
#include "kernel/permute_template.h"
#endif
