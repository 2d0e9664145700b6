/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CRC32C by the instruction for it.  One takes three cycles, and one can begin in each: so
 * three parts are summed up side by side, and joined by a multiplication without carries.
 * The product of two registers has 64 bits, which the same instruction reduces.
 */
#include "kernel/map.h"
#include "kernel/x86.h"

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

/* Three parts side by side. */
AMLI_INLINE TARGET uint64_t three(uint64_t a, const char *src, size_t part, long long over_one,
				  long long over_two)
{
	uint64_t b = 0, c = 0;

	for (size_t i = 0; i < part; i += 8) {
		__builtin_prefetch((const void *)((uintptr_t)src + AHEAD + 3 * i));
		a = _mm_crc32_u64(a, word_at(src + i));
		b = _mm_crc32_u64(b, word_at(src + part + i));
		c = _mm_crc32_u64(c, word_at(src + 2 * part + i));
	}
	return shift(a, over_two) ^ shift(b, over_one) ^ c;
}

TARGET uint32_t amli_crc_x86(uint32_t reg, const char *src, size_t bytes)
{
	uint64_t a = reg;

	for (; bytes >= 3 * LONG; bytes -= 3 * LONG, src += 3 * LONG)
		a = three(a, src, LONG, LONG_ONE, LONG_TWO);
	for (; bytes >= 3 * SHORT; bytes -= 3 * SHORT, src += 3 * SHORT)
		a = three(a, src, SHORT, SHORT_ONE, SHORT_TWO);
	for (; bytes >= 8; bytes -= 8, src += 8)
		a = _mm_crc32_u64(a, word_at(src));
	for (; bytes > 0; bytes--, src++)
		a = _mm_crc32_u8((uint32_t)a, (unsigned char)*src);
	return (uint32_t)a;
}
#endif
