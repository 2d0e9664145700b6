/* SPDX-License-Identifier: BSD-3-Clause */
/* Lanes of pairs of vectors, for AVX-512. */
#ifndef AMLI_KERNEL_X86_PAIR_H
#define AMLI_KERNEL_X86_PAIR_H

#include "kernel/x86.h"

#if defined(__x86_64__)
/* Lanes of a pair; those of v where bits say so; of a line in memory that has no others. */
#define PAIR(bits)                                                                              \
	AMLI_INLINE TARGET_avx512 vec_avx512 pair##bits##_avx512(vec_avx512 a, vec_avx512 from, \
								 vec_avx512 b)                  \
	{                                                                                       \
		return _mm512_permutex2var_epi##bits(a, from, b);                               \
	}
#define PRIMITIVES(bits)                                                                           \
	AMLI_INLINE TARGET_avx512 vec_avx512 blend##bits##_avx512(vec_avx512 line, uint64_t lanes, \
								  vec_avx512 v)                    \
	{                                                                                          \
		return _mm512_mask_mov_epi##bits(line, MASK##bits lanes, v);                       \
	}                                                                                          \
	AMLI_INLINE TARGET_avx512 vec_avx512 some##bits##_avx512(const char *s, uint64_t lanes)    \
	{                                                                                          \
		return _mm512_maskz_loadu_epi##bits(MASK##bits lanes, s);                          \
	}
#define MASK8 (__mmask64)
#define MASK16 (__mmask32)
#define MASK32 (__mmask16)
#define MASK64 (__mmask8)
PAIR(16)
PAIR(32)
PAIR(64)
PRIMITIVES(8)
PRIMITIVES(16)
PRIMITIVES(32)
PRIMITIVES(64)
#undef PAIR
#undef PRIMITIVES

/* Bytes without VBMI: the words that they are in, once for even and once for odd places */
AMLI_INLINE TARGET_avx512 vec_avx512 pair8_avx512(vec_avx512 a, vec_avx512 from, vec_avx512 b)
{
	vec_avx512 byte = _mm512_and_si512(from, _mm512_set1_epi16(0x101));
	vec_avx512 even = pair16_avx512(a, _mm512_srli_epi16(_mm512_slli_epi16(from, 8), 9), b);
	vec_avx512 odd = pair16_avx512(a, _mm512_srli_epi16(from, 9), b);
	vec_avx512 down = _mm512_srli_epi16(_mm512_slli_epi16(byte, 8), 5);
	vec_avx512 up = _mm512_sub_epi16(_mm512_set1_epi16(8),
					 _mm512_slli_epi16(_mm512_srli_epi16(byte, 8), 3));

	return _mm512_mask_blend_epi8((__mmask64)0xaaaaaaaaaaaaaaaa, _mm512_srlv_epi16(even, down),
				      _mm512_sllv_epi16(odd, up));
}

/* The same for slide16, of any number of bytes: see x86.h. */
AMLI_INLINE TARGET_avx512 vec_avx512 slide8_avx512(vec_avx512 carry, vec_avx512 new, size_t phase)
{
	size_t start = 64 - phase, odd = start % 2 * 8;
	vec_avx512 word = _mm512_cvtepu8_epi16(load_avx2((const char *)amli_count + start / 2));
	vec_avx512 low = pair16_avx512(carry, word, new);
	vec_avx512 high = pair16_avx512(carry, _mm512_add_epi16(word, _mm512_set1_epi16(1)), new);

	return _mm512_or_si512(_mm512_srl_epi16(low, _mm_cvtsi64_si128((long long)odd)),
			       _mm512_sll_epi16(high, _mm_cvtsi64_si128(16 - (long long)odd)));
}
#endif
#endif
