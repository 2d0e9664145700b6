/* SPDX-License-Identifier: BSD-3-Clause */
/* Structures to rows for AVX-512, 1, 2, 4 and 8-byte elements. */
#include "kernel/rows.h"
#include "kernel/x86.h"
#include "kernel/x86_pair.h"

#if defined(__x86_64__)
#define ISA avx512
#define MM _mm512_
#define BASE sse2
#define MMB _mm_
#define SHIFTS 0

/* Numbers c, c + cols, c + 2 * cols.. */
AMLI_INLINE TARGET_avx512 vec_avx512 members16_avx512(int c, unsigned cols)
{
	vec_avx512 lane = _mm512_cvtepu8_epi16(load_avx2((const char *)amli_count));

	return _mm512_add_epi16(_mm512_mullo_epi16(lane, _mm512_set1_epi16((short)cols)),
				_mm512_set1_epi16((short)c));
}

/* Modulo 256 */
AMLI_INLINE TARGET_avx512 vec_avx512 members8_avx512(int c, unsigned cols)
{
	__m256i low = _mm512_cvtepi16_epi8(members16_avx512(c, cols));
	__m256i high = _mm512_cvtepi16_epi8(members16_avx512(c + 32 * (int)cols, cols));

	return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

AMLI_INLINE TARGET_avx512 vec_avx512 members32_avx512(int c, unsigned cols)
{
	return _mm512_cvtepu16_epi32(_mm512_castsi512_si256(members16_avx512(c, cols)));
}

AMLI_INLINE TARGET_avx512 vec_avx512 members64_avx512(int c, unsigned cols)
{
	return _mm512_cvtepu16_epi64(_mm512_castsi512_si128(members16_avx512(c, cols)));
}

#define BITS 8
#include "kernel/deinterleave_template.h"
#define BITS 16
#include "kernel/deinterleave_template.h"
#define BITS 32
#include "kernel/deinterleave_template.h"
#define BITS 64
#include "kernel/deinterleave_template.h"
#endif
