/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CRC32C by the instruction for it.  One takes three cycles, and one can begin in each: so
 * three parts are summed up side by side, and joined by a multiplication without carries.
 * The product of two registers has 64 bits, which the same instruction reduces.
 *
 * With four multiplications of 64 bits in a vector, a register of 256 bytes is moved over the
 * next 256 and added to them; the sum of what is left at the end is that of all.
 */
#include "kernel/map.h"
#include "kernel/x86.h"
#include "kernel/x86_line.h"

#if defined(__x86_64__)
#define TARGET AML_TARGET("sse4.2,pclmul")
#define AHEAD ((size_t)6144) /* bytes: three streams are more than the CPU fetches by itself */

/* Parts of so many bytes, and x^(8 * bytes - 33), x^(16 * bytes - 33): they move a register
 * over one part, and two. */
#define LONG ((size_t)1024)
#define LONG_ONE 0x170076fa
#define LONG_TWO 0xa51b6135
#define SHORT ((size_t)128)
#define SHORT_ONE 0xd3b6092
#define SHORT_TWO 0xb9e02b86

AMLI_INLINE uint64_t word_at(const char *src)
{
	uint64_t w;

	memcpy(&w, src, sizeof(w));
	return w;
}

AMLI_INLINE TARGET uint64_t shift(uint64_t reg, long long power)
{
	__m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)reg),
					       _mm_cvtsi64_si128(power), 0);

	return _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product));
}

/* Three parts side by side, line by line, which is also how they are copied. */
AMLI_INLINE TARGET uint64_t three(uint64_t a, char *dst, const char *src, size_t part,
				  long long over_one, long long over_two)
{
	uint64_t b = 0, c = 0;

	for (size_t i = 0; i < part; i += AMLI_LINE) {
		AMLI_UNROLL
		for (size_t k = i; k < i + AMLI_LINE; k += 8) {
			__builtin_prefetch((const void *)((uintptr_t)src + AHEAD + 3 * k));
			a = _mm_crc32_u64(a, word_at(src + k));
			b = _mm_crc32_u64(b, word_at(src + part + k));
			c = _mm_crc32_u64(c, word_at(src + 2 * part + k));
		}
		if (dst)
			for (size_t k = i; k < 3 * part; k += part)
				put_lines(dst + k, src + k, AMLI_LINE, 16, true);
	}
	return shift(a, over_two) ^ shift(b, over_one) ^ c;
}

AMLI_INLINE TARGET uint32_t sum(uint32_t reg, char *dst, const char *src, size_t bytes)
{
	uint64_t a = reg;
	size_t at = 0, lines;

	for (; bytes - at >= 3 * LONG; at += 3 * LONG)
		a = three(a, dst ? dst + at : NULL, src + at, LONG, LONG_ONE, LONG_TWO);
	for (; bytes - at >= 3 * SHORT; at += 3 * SHORT)
		a = three(a, dst ? dst + at : NULL, src + at, SHORT, SHORT_ONE, SHORT_TWO);
	for (lines = at; dst && lines < bytes; lines += AMLI_LINE)
		put_lines(dst + lines, src + lines, AMLI_LINE, 16, true);
	for (; bytes - at >= 8; at += 8)
		a = _mm_crc32_u64(a, word_at(src + at));
	for (; at < bytes; at++)
		a = _mm_crc32_u8((uint32_t)a, (unsigned char)src[at]);
	return (uint32_t)a;
}

TARGET uint32_t amli_crc_x86(uint32_t reg, char *dst, const char *src, size_t bytes)
{
	return dst ? sum(reg, dst, src, bytes) : sum(reg, NULL, src, bytes);
}

#define WIDE AML_TARGET("avx512f,avx512bw,avx512dq,avx512vl,vpclmulqdq")
#define VECTORS 4
#define FOLD (VECTORS * AMLI_LINE)
/* x^(8 * FOLD + 63) and x^(8 * FOLD - 1): they move the lower and the upper 8 of 16 bytes over
 * the register.  x^0 is the highest bit of 64. */
#define OVER_LOWER ((long long)(UINT64_C(0xe9a5d8be) << 32))
#define OVER_UPPER ((long long)(UINT64_C(0x1426a815) << 32))

AMLI_INLINE WIDE __m512i moved_over(__m512i reg)
{
	const __m512i power = _mm512_broadcast_i32x4(_mm_set_epi64x(OVER_UPPER, OVER_LOWER));

	return _mm512_xor_si512(_mm512_clmulepi64_epi128(reg, power, 0x00),
				_mm512_clmulepi64_epi128(reg, power, 0x11));
}

/* The line of src at @at, on its way to dst.  From memory two halves come faster than a whole. */
AMLI_INLINE WIDE __m512i next_line(char *dst, const char *src, size_t at)
{
	__m512i v = _mm512_inserti64x4(_mm512_castsi256_si512(load_avx2(src + at)),
				       load_avx2(src + at + 32), 1);

	if (dst)
		stream_avx512(dst + at, v);
	return v;
}

/* At least one register full. */
AMLI_INLINE WIDE uint32_t sum_wide(uint32_t reg, char *dst, const char *src, size_t bytes)
{
	_Alignas(64) char left[FOLD];
	__m512i r[VECTORS];
	size_t at;

	for (size_t i = 0; i < VECTORS; i++)
		r[i] = next_line(dst, src, i * AMLI_LINE);
	r[0] = _mm512_xor_si512(r[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)reg)));
	for (at = FOLD; bytes - at >= FOLD; at += FOLD) {
		AMLI_UNROLL
		for (size_t i = 0; i < VECTORS; i++)
			r[i] = _mm512_xor_si512(moved_over(r[i]),
						next_line(dst, src, at + i * AMLI_LINE));
	}
	for (size_t i = 0; i < VECTORS; i++)
		put_avx512(left + i * AMLI_LINE, r[i]);
	reg = amli_crc_x86(0, NULL, left, FOLD);
	return amli_crc_x86(reg, dst ? dst + at : NULL, src + at, bytes - at);
}

WIDE uint32_t amli_crc_wide(uint32_t reg, char *dst, const char *src, size_t bytes)
{
	if (bytes < FOLD)
		return amli_crc_x86(reg, dst, src, bytes);
	return dst ? sum_wide(reg, dst, src, bytes) : sum_wide(reg, NULL, src, bytes);
}
#endif
