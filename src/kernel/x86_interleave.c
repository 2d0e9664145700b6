/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows to structures for AVX-512, 2, 4 and 8-byte elements. */
#include "kernel/rows.h"
#include "kernel/x86.h"
#include "kernel/x86_pair.h"

#if defined(__x86_64__)
#define ISA avx512
#define MM _mm512_
#define BASE sse2
#define MMB _mm_
#define SHIFTS 0

/* Columns of elements t, t + 1.. of a group, those of odd rows in the second vector of a pair. */
AMLI_INLINE TARGET_avx512 vec_avx512 origin16_avx512(int t, unsigned rows)
{
	vec_avx512 lane = _mm512_cvtepu8_epi16(load_avx2((const char *)amli_count));
	vec_avx512 at = _mm512_add_epi16(lane, _mm512_set1_epi16((short)t)), col, row;

	/* a division: exact below 512, by 15 at most */
	col = _mm512_mulhi_epu16(at, _mm512_set1_epi16((short)(65536 / rows + 1)));
	row = _mm512_sub_epi16(at, _mm512_mullo_epi16(col, _mm512_set1_epi16((short)rows)));
	return _mm512_add_epi16(col,
				_mm512_slli_epi16(_mm512_and_si512(row, _mm512_set1_epi16(1)), 5));
}

/* The same of fewer lanes: 32 is where the second vector began. */
AMLI_INLINE TARGET_avx512 vec_avx512 origin32_avx512(int t, unsigned rows)
{
	vec_avx512 from = origin16_avx512(t, rows);
	vec_avx512 second = _mm512_and_si512(from, _mm512_set1_epi16(32));

	from = _mm512_sub_epi16(from, _mm512_srli_epi16(second, 1));
	return _mm512_cvtepu16_epi32(_mm512_castsi512_si256(from));
}

AMLI_INLINE TARGET_avx512 vec_avx512 origin64_avx512(int t, unsigned rows)
{
	vec_avx512 from = origin32_avx512(t, rows);
	vec_avx512 second = _mm512_and_si512(from, _mm512_set1_epi32(16));

	from = _mm512_sub_epi32(from, _mm512_srli_epi32(second, 1));
	return _mm512_cvtepu32_epi64(_mm512_castsi512_si256(from));
}

/* Bits 0, n, 2n.. of 32 */
static const uint64_t amli_every[32] = {0,	    0xffffffff, 0x55555555, 0x49249249, 0x11111111,
					0x42108421, 0x41041041, 0x10204081, 0x01010101, 0x08040201,
					0x40100401, 0x00400801, 0x01001001, 0x04002001, 0x10004001,
					0x40008001, 0x00010001, 0x00020001, 0x00040001, 0x00080001,
					0x00100001, 0x00200001, 0x00400001, 0x00800001, 0x01000001,
					0x02000001, 0x04000001, 0x08000001, 0x10000001, 0x20000001,
					0x40000001, 0x80000001};

#define BITS 16
#include "kernel/interleave_template.h"
#define BITS 32
#include "kernel/interleave_template.h"
#define BITS 64
#include "kernel/interleave_template.h"
#endif
