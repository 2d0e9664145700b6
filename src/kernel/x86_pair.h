/* SPDX-License-Identifier: BSD-3-Clause */
/* Lanes of pairs of vectors, for AVX-512. */
#ifndef AMLI_KERNEL_X86_PAIR_H
#define AMLI_KERNEL_X86_PAIR_H

#include "kernel/x86.h"

#if defined(__x86_64__)
/* Lanes of a pair; those of v where bits say so; of a line in memory that has no others. */
#define PRIMITIVES(bits)                                                                           \
	AMLI_INLINE TARGET_avx512 vec_avx512 pair##bits##_avx512(vec_avx512 a, vec_avx512 from,    \
								 vec_avx512 b)                     \
	{                                                                                          \
		return _mm512_permutex2var_epi##bits(a, from, b);                                  \
	}                                                                                          \
	AMLI_INLINE TARGET_avx512 vec_avx512 blend##bits##_avx512(vec_avx512 line, unsigned lanes, \
								  vec_avx512 v)                    \
	{                                                                                          \
		return _mm512_mask_mov_epi##bits(line, MASK##bits lanes, v);                       \
	}                                                                                          \
	AMLI_INLINE TARGET_avx512 vec_avx512 some##bits##_avx512(const char *s, unsigned lanes)    \
	{                                                                                          \
		return _mm512_maskz_loadu_epi##bits(MASK##bits lanes, s);                          \
	}
#define MASK16 (__mmask32)
#define MASK32 (__mmask16)
#define MASK64 (__mmask8)
PRIMITIVES(16)
PRIMITIVES(32)
PRIMITIVES(64)
#undef PRIMITIVES
#endif
#endif
