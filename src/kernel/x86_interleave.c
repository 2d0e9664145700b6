/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows to structures for AVX-512, 1, 2, 4 and 8-byte elements. */
#include "kernel/rows.h"
#include "kernel/x86.h"
#include "kernel/x86_pair.h"

#if defined(__x86_64__)
#define ISA avx512
#define MM _mm512_
#define BASE sse2
#define MMB _mm_
#define SHIFTS 0

/* Columns of 32 elements t, t + 1.. of a group, those of odd rows plus what the second vector of a pair
 * begins with. */
AMLI_INLINE TARGET_avx512 vec_avx512 columns_avx512(int t, unsigned rows, int second)
{
	vec_avx512 lane = _mm512_cvtepu8_epi16(load_avx2((const char *)amli_count));
	vec_avx512 at = _mm512_add_epi16(lane, _mm512_set1_epi16((short)t)), col, row;

	/* a division: exact below 1024, by 15 at most */
	col = _mm512_mulhi_epu16(at, _mm512_set1_epi16((short)(65536 / rows + 1)));
	row = _mm512_sub_epi16(at, _mm512_mullo_epi16(col, _mm512_set1_epi16((short)rows)));
	row = _mm512_and_si512(row, _mm512_set1_epi16(1));
	return _mm512_add_epi16(col, _mm512_mullo_epi16(row, _mm512_set1_epi16((short)second)));
}

AMLI_INLINE TARGET_avx512 vec_avx512 origin8_avx512(int t, unsigned rows)
{
	__m256i low = _mm512_cvtepi16_epi8(columns_avx512(t, rows, 64));
	__m256i high = _mm512_cvtepi16_epi8(columns_avx512(t + 32, rows, 64));

	return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

AMLI_INLINE TARGET_avx512 vec_avx512 origin16_avx512(int t, unsigned rows)
{
	return columns_avx512(t, rows, 32);
}

AMLI_INLINE TARGET_avx512 vec_avx512 origin32_avx512(int t, unsigned rows)
{
	return _mm512_cvtepu16_epi32(_mm512_castsi512_si256(columns_avx512(t, rows, 16)));
}

AMLI_INLINE TARGET_avx512 vec_avx512 origin64_avx512(int t, unsigned rows)
{
	return _mm512_cvtepu16_epi64(_mm512_castsi512_si128(columns_avx512(t, rows, 8)));
}

/* Bits 0, n, 2n.. */
static const uint64_t amli_every[16] = {0,
					0xffffffffffffffff,
					0x5555555555555555,
					0x9249249249249249,
					0x1111111111111111,
					0x1084210842108421,
					0x1041041041041041,
					0x8102040810204081,
					0x101010101010101,
					0x8040201008040201,
					0x1004010040100401,
					0x80100200400801,
					0x1001001001001001,
					0x10008004002001,
					0x100040010004001,
					0x1000200040008001};

#define BITS 8
#include "kernel/interleave_template.h"
#define BITS 16
#include "kernel/interleave_template.h"
#define BITS 32
#include "kernel/interleave_template.h"
#define BITS 64
#include "kernel/interleave_template.h"
#endif
