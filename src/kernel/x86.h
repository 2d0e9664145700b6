/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the kernel templates need of an ISA, for x86.  A vector is LANES lanes of
 * 16 bytes; for each ISA:
 *
 *	lanes(a, b, c, d)		one lane from each of as many as there are
 *	lanes_part(s, step, n)		lane l = the n < 16 bytes at s + l*step, nothing else read
 *	load(s), put(d, v)		the whole vector, unaligned
 *	stream(d, v)			past the caches; d is aligned to the vector
 */
#ifndef AMLI_KERNEL_X86_H
#define AMLI_KERNEL_X86_H

#if defined(__x86_64__)
#include <immintrin.h>

#include "base/cpu.h"
#include "kernel/move.h"

#define TARGET_sse2 AML_TARGET("sse2")
#define TARGET_avx2 AML_TARGET("avx2")
#define TARGET_avx512 AML_TARGET("avx512f,avx512bw,avx512dq,avx512vl")

#define LANES_sse2 1
#define LANES_avx2 2
#define LANES_avx512 4

typedef __m128i vec_sse2;
typedef __m256i vec_avx2;
typedef __m512i vec_avx512;

AMLI_INLINE void prefetch_line(const char *at)
{
	_mm_prefetch(at, _MM_HINT_T1);
}

AMLI_INLINE void prefetch_near(const char *at)
{
	_mm_prefetch(at, _MM_HINT_T0);
}

AMLI_INLINE TARGET_sse2 vec_sse2 load_sse2(const char *s)
{
	return _mm_loadu_si128((const __m128i *)s);
}

AMLI_INLINE TARGET_sse2 void put_sse2(char *d, vec_sse2 v)
{
	_mm_storeu_si128((__m128i *)d, v);
}

AMLI_INLINE TARGET_sse2 void stream_sse2(char *d, vec_sse2 v)
{
	_mm_stream_si128((__m128i *)d, v);
}

AMLI_INLINE TARGET_sse2 vec_sse2 lanes_sse2(const char *a, const char *b, const char *c,
					    const char *d)
{
	(void)b, (void)c, (void)d;
	return load_sse2(a);
}

AMLI_INLINE TARGET_sse2 vec_sse2 lanes_part_sse2(const char *s, ptrdiff_t step, size_t n)
{
	uint64_t w[2];

	(void)step;
	amli_words_15(w, s, n);
	return _mm_set_epi64x((long long)w[1], (long long)w[0]);
}

AMLI_INLINE TARGET_avx2 vec_avx2 load_avx2(const char *s)
{
	return _mm256_loadu_si256((const __m256i *)s);
}

AMLI_INLINE TARGET_avx2 void put_avx2(char *d, vec_avx2 v)
{
	_mm256_storeu_si256((__m256i *)d, v);
}

AMLI_INLINE TARGET_avx2 void stream_avx2(char *d, vec_avx2 v)
{
	_mm256_stream_si256((__m256i *)d, v);
}

AMLI_INLINE TARGET_avx2 vec_avx2 lanes_avx2(const char *a, const char *b, const char *c,
					    const char *d)
{
	(void)c, (void)d;
	return _mm256_inserti128_si256(_mm256_castsi128_si256(load_sse2(a)), load_sse2(b), 1);
}

AMLI_INLINE TARGET_avx2 vec_avx2 lanes_part_avx2(const char *s, ptrdiff_t step, size_t n)
{
	return _mm256_inserti128_si256(_mm256_castsi128_si256(lanes_part_sse2(s, 0, n)),
				       lanes_part_sse2(s + step, 0, n), 1);
}

AMLI_INLINE TARGET_avx512 vec_avx512 load_avx512(const char *s)
{
	return _mm512_loadu_si512((const void *)s);
}

AMLI_INLINE TARGET_avx512 void put_avx512(char *d, vec_avx512 v)
{
	_mm512_storeu_si512((void *)d, v);
}

AMLI_INLINE TARGET_avx512 void stream_avx512(char *d, vec_avx512 v)
{
	_mm512_stream_si512((void *)d, v);
}

AMLI_INLINE TARGET_avx512 vec_avx512 lanes_avx512(const char *a, const char *b, const char *c,
						  const char *d)
{
	return _mm512_inserti64x4(_mm512_castsi256_si512(lanes_avx2(a, b, NULL, NULL)),
				  lanes_avx2(c, d, NULL, NULL), 1);
}

AMLI_INLINE TARGET_avx512 vec_avx512 lanes_part_avx512(const char *s, ptrdiff_t step, size_t n)
{
	__mmask16 part = (__mmask16)((1u << n) - 1);
	__m256i low = _mm256_castsi128_si256(_mm_maskz_loadu_epi8(part, s));
	__m256i high = _mm256_castsi128_si256(_mm_maskz_loadu_epi8(part, s + 2 * step));

	low = _mm256_inserti128_si256(low, _mm_maskz_loadu_epi8(part, s + step), 1);
	high = _mm256_inserti128_si256(high, _mm_maskz_loadu_epi8(part, s + 3 * step), 1);
	return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

/* What transpose_shift.h needs: the last `phase` bytes of carry before the first of new.
 * A phase is at most 64, and a multiple of the element. */
static const uint8_t amli_count[64] = {
	0,  1,	2,  3,	4,  5,	6,  7,	8,  9,	10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
	22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
	44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
};

AMLI_INLINE TARGET_avx512 vec_avx512 slide16_avx512(vec_avx512 carry, vec_avx512 new, size_t phase)
{
	const void *from = amli_count + 32 - phase / 2;

	return _mm512_permutex2var_epi16(
		carry, _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)from)), new);
}

AMLI_INLINE TARGET_avx512 vec_avx512 slide32_avx512(vec_avx512 carry, vec_avx512 new, size_t phase)
{
	const void *from = amli_count + 16 - phase / 4;

	return _mm512_permutex2var_epi32(
		carry, _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)from)), new);
}

AMLI_INLINE TARGET_avx512 vec_avx512 slide64_avx512(vec_avx512 carry, vec_avx512 new, size_t phase)
{
	const void *from = amli_count + 8 - phase / 8;

	return _mm512_permutex2var_epi64(
		carry, _mm512_cvtepu8_epi64(_mm_loadl_epi64((const __m128i *)from)), new);
}

AMLI_INLINE TARGET_avx512 vec_avx512 slide128_avx512(vec_avx512 carry, vec_avx512 new, size_t phase)
{
	return slide64_avx512(carry, new, phase);
}

/* The same where new has its first elements in lanes 0 and 2, or in lanes 1 and 3. */
static const uint8_t amli_count_half32[2][32] = {
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 24, 25, 26, 27},
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31},
};
static const uint8_t amli_count_half64[2][16] = {
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13},
	{0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 14, 15},
};

AMLI_INLINE TARGET_avx512 vec_avx512 slide_half32_avx512(vec_avx512 carry, vec_avx512 new,
							 size_t phase, bool odd)
{
	const void *from = amli_count_half32[odd] + 16 - phase / 4;

	return _mm512_permutex2var_epi32(
		carry, _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)from)), new);
}

AMLI_INLINE TARGET_avx512 vec_avx512 slide_half64_avx512(vec_avx512 carry, vec_avx512 new,
							 size_t phase, bool odd)
{
	const void *from = amli_count_half64[odd] + 8 - phase / 8;

	return _mm512_permutex2var_epi64(
		carry, _mm512_cvtepu8_epi64(_mm_loadl_epi64((const __m128i *)from)), new);
}

AMLI_INLINE TARGET_avx512 vec_avx512 slide_half128_avx512(vec_avx512 carry, vec_avx512 new,
							  size_t phase, bool odd)
{
	return slide_half64_avx512(carry, new, phase, odd);
}

/* And 32 bytes of each of two rows, and lanes 0 and 2, or 1 and 3, of two vectors. */
AMLI_INLINE TARGET_avx512 vec_avx512 halves_avx512(const char *a, const char *b)
{
	return _mm512_inserti64x4(_mm512_castsi256_si512(load_avx2(a)), load_avx2(b), 1);
}

AMLI_INLINE TARGET_avx512 vec_avx512 even_avx512(vec_avx512 a, vec_avx512 b)
{
	return _mm512_shuffle_i64x2(a, b, 0x88);
}

AMLI_INLINE TARGET_avx512 vec_avx512 odd_avx512(vec_avx512 a, vec_avx512 b)
{
	return _mm512_shuffle_i64x2(a, b, 0xdd);
}

AMLI_INLINE TARGET_avx512 vec_avx512 zero_avx512(void)
{
	return _mm512_setzero_si512();
}

/* the bytes of v from `from` on, those below `to`, and both */
AMLI_INLINE TARGET_avx512 void put_from_avx512(char *d, vec_avx512 v, size_t from)
{
	_mm512_mask_storeu_epi8(d, ~(__mmask64)0 << from, v);
}

AMLI_INLINE TARGET_avx512 void put_up_to_avx512(char *d, vec_avx512 v, size_t to)
{
	_mm512_mask_storeu_epi8(d, ((__mmask64)1 << to) - 1, v);
}

AMLI_INLINE TARGET_avx512 void put_between_avx512(char *d, vec_avx512 v, size_t from, size_t to)
{
	_mm512_mask_storeu_epi8(d, (((__mmask64)1 << to) - 1) & ~(__mmask64)0 << from, v);
}

/* What fused_squeeze.h needs: bytes of each lane by index, and lanes of 12 bytes put
 * together. */
AMLI_INLINE TARGET_avx2 vec_avx2 shuffle_avx2(vec_avx2 v, const uint8_t *index)
{
	return _mm256_shuffle_epi8(
		v, _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)index)));
}

AMLI_INLINE TARGET_avx2 vec_avx2 squeeze_avx2(vec_avx2 v)
{
	return _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
}

AMLI_INLINE TARGET_avx512 vec_avx512 shuffle_avx512(vec_avx512 v, const uint8_t *index)
{
	return _mm512_shuffle_epi8(v,
				   _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)index)));
}

AMLI_INLINE TARGET_avx512 vec_avx512 squeeze_avx512(vec_avx512 v)
{
	return _mm512_permutexvar_epi32(
		_mm512_setr_epi32(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15), v);
}

/* Elements of 3, 6 and 12 bytes to 4, 8 and 16, from the first byte of a lane and from the
 * fifth; and back.  128 makes an empty byte. */
#define NO 128
static const uint8_t amli_spread_32[2][16] = {
	{0, 1, 2, NO, 3, 4, 5, NO, 6, 7, 8, NO, 9, 10, 11, NO},
	{4, 5, 6, NO, 7, 8, 9, NO, 10, 11, 12, NO, 13, 14, 15, NO},
};
static const uint8_t amli_spread_64[2][16] = {
	{0, 1, 2, 3, 4, 5, NO, NO, 6, 7, 8, 9, 10, 11, NO, NO},
	{4, 5, 6, 7, 8, 9, NO, NO, 10, 11, 12, 13, 14, 15, NO, NO},
};
static const uint8_t amli_spread_128[2][16] = {
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, NO, NO, NO, NO},
	{4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, NO, NO, NO, NO},
};
static const uint8_t amli_together_32[16] = {0,	 1,  2,	 4,  5,	 6,  8,	 9,
					     10, 12, 13, 14, NO, NO, NO, NO};
static const uint8_t amli_together_64[16] = {0,	 1,  2,	 3,  4,	 5,  8,	 9,
					     10, 11, 12, 13, NO, NO, NO, NO};
static const uint8_t amli_together_128[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, NO, NO, NO, NO};
#undef NO

/* A line of the first n bytes at a, which may be more than a line, and then of those at b. */
#define AMLI_DEFINE_SHARED(isa)                                                             \
	AMLI_INLINE TARGET_##isa void stream_shared_##isa(char *d, const char *a, size_t n, \
							  const char *b)                    \
	{                                                                                   \
		_Alignas(AMLI_LINE) char line[AMLI_LINE];                                   \
                                                                                            \
		if (n < AMLI_LINE) {                                                        \
			amli_move_63(line, a, n);                                           \
			amli_move_63(line + n, b, AMLI_LINE - n);                           \
			a = line;                                                           \
		}                                                                           \
		for (size_t o = 0; o < AMLI_LINE; o += sizeof(vec_##isa))                   \
			stream_##isa(d + o, load_##isa(a + o));                             \
	}
AMLI_DEFINE_SHARED(sse2)
AMLI_DEFINE_SHARED(avx2)

/* Without a branch, as nobody can tell which lines are shared. */
AMLI_INLINE TARGET_avx512 void stream_shared_avx512(char *d, const char *a, size_t n, const char *b)
{
	bool shared = n < AMLI_LINE;
	__mmask64 first = shared ? ((__mmask64)1 << n) - 1 : ~(__mmask64)0;
	vec_avx512 v = _mm512_maskz_loadu_epi8(first, a);

	b = shared ? (const char *)((uintptr_t)b - n) : a;
	stream_avx512(d, _mm512_mask_loadu_epi8(v, ~first, b));
}

/* Streams n bytes: whole lines past the caches, the ends through them. */
#define AMLI_DEFINE_FLUSH(isa)                                                      \
	AMLI_INLINE TARGET_##isa void flush_##isa(char *d, const char *s, size_t n) \
	{                                                                           \
		size_t head = -(uintptr_t)d % AMLI_LINE;                            \
                                                                                    \
		if (head > n)                                                       \
			head = n;                                                   \
		amli_move_63(d, s, head);                                           \
		d += head, s += head, n -= head;                                    \
		for (; n >= AMLI_LINE; n -= AMLI_LINE) {                            \
			for (size_t o = 0; o < AMLI_LINE; o += sizeof(vec_##isa))   \
				stream_##isa(d + o, load_##isa(s + o));             \
			d += AMLI_LINE, s += AMLI_LINE;                             \
		}                                                                   \
		amli_move_63(d, s, n);                                              \
	}
AMLI_DEFINE_FLUSH(sse2)
AMLI_DEFINE_FLUSH(avx2)
AMLI_DEFINE_FLUSH(avx512)

#endif
#endif
