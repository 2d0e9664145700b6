/* SPDX-License-Identifier: BSD-3-Clause */
/* Conversions between integers for AVX2: it packs 32 bits with saturation, but 64 bits have
 * comparisons only. */
#include <stdint.h>

#include "kernel/map.h"
#include "kernel/x86.h"

#if defined(__x86_64__)
#define ISA avx2
#define LANES 8
#define TARGET TARGET_avx2
#define IN AMLI_INLINE TARGET

/* ---- 32 bits ---- */

IN __m128i load_8(const char *s)
{
	return _mm_loadl_epi64((const __m128i *)s);
}

IN __m256i read_int8(const char *s)
{
	return _mm256_cvtepi8_epi32(load_8(s));
}

IN __m256i read_uint8(const char *s)
{
	return _mm256_cvtepu8_epi32(load_8(s));
}

IN __m256i read_int16(const char *s)
{
	return _mm256_cvtepi16_epi32(load_sse2(s));
}

IN __m256i read_uint16(const char *s)
{
	return _mm256_cvtepu16_epi32(load_sse2(s));
}

IN __m256i read_int32(const char *s)
{
	return load_avx2(s);
}

IN __m256i read_uint32(const char *s)
{
	return _mm256_min_epu32(load_avx2(s), _mm256_set1_epi32(INT32_MAX));
}

IN __m128i lower(__m256i v)
{
	return _mm256_castsi256_si128(v);
}

IN __m128i to_int16(__m256i v)
{
	return _mm_packs_epi32(lower(v), _mm256_extracti128_si256(v, 1));
}

IN void write_int8(char *d, __m256i v)
{
	__m128i w = to_int16(v);

	_mm_storel_epi64((__m128i *)d, _mm_packs_epi16(w, w));
}

IN void write_uint8(char *d, __m256i v)
{
	__m128i w = to_int16(v);

	_mm_storel_epi64((__m128i *)d, _mm_packus_epi16(w, w));
}

IN void write_int16(char *d, __m256i v)
{
	put_sse2(d, to_int16(v));
}

IN void write_uint16(char *d, __m256i v)
{
	put_sse2(d, _mm_packus_epi32(lower(v), _mm256_extracti128_si256(v, 1)));
}

IN void write_int32(char *d, __m256i v)
{
	put_avx2(d, v);
}

IN void write_uint32(char *d, __m256i v)
{
	put_avx2(d, _mm256_max_epi32(v, _mm256_setzero_si256()));
}

/* ---- 64 bits ---- */

IN __m128i load_4(const char *s)
{
	int32_t w;

	memcpy(&w, s, sizeof(w));
	return _mm_cvtsi32_si128(w);
}

IN void put_4(char *d, __m128i v)
{
	int32_t w = _mm_cvtsi128_si32(v);

	memcpy(d, &w, sizeof(w));
}

IN __m256i wide_read_int8(const char *s)
{
	return _mm256_cvtepi8_epi64(load_4(s));
}

IN __m256i wide_read_uint8(const char *s)
{
	return _mm256_cvtepu8_epi64(load_4(s));
}

IN __m256i wide_read_int16(const char *s)
{
	return _mm256_cvtepi16_epi64(load_8(s));
}

IN __m256i wide_read_uint16(const char *s)
{
	return _mm256_cvtepu16_epi64(load_8(s));
}

IN __m256i wide_read_int32(const char *s)
{
	return _mm256_cvtepi32_epi64(load_sse2(s));
}

IN __m256i wide_read_uint32(const char *s)
{
	return _mm256_cvtepu32_epi64(load_sse2(s));
}

IN __m256i wide_read_int64(const char *s)
{
	return load_avx2(s);
}

/* b where the mask is set */
IN __m256i chosen(__m256i a, __m256i b, __m256i mask)
{
	return _mm256_blendv_epi8(a, b, mask);
}

IN __m256i wide_read_uint64(const char *s)
{
	__m256i v = load_avx2(s), over = _mm256_cmpgt_epi64(_mm256_setzero_si256(), v);

	return chosen(v, _mm256_set1_epi64x(INT64_MAX), over);
}

IN __m256i wide_positive(__m256i v)
{
	return _mm256_andnot_si256(_mm256_cmpgt_epi64(_mm256_setzero_si256(), v), v);
}

/* The lower halves of four numbers. */
IN __m128i halves(__m256i v)
{
	return lower(_mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6)));
}

IN __m128i to_int32(__m256i v)
{
	__m256i low = _mm256_set1_epi64x(INT32_MIN), high = _mm256_set1_epi64x(INT32_MAX);

	v = chosen(v, low, _mm256_cmpgt_epi64(low, v));
	return halves(chosen(v, high, _mm256_cmpgt_epi64(v, high)));
}

IN void wide_write_int8(char *d, __m256i v)
{
	__m128i w = to_int32(v);

	w = _mm_packs_epi32(w, w);
	put_4(d, _mm_packs_epi16(w, w));
}

IN void wide_write_uint8(char *d, __m256i v)
{
	__m128i w = to_int32(v);

	w = _mm_packs_epi32(w, w);
	put_4(d, _mm_packus_epi16(w, w));
}

IN void wide_write_int16(char *d, __m256i v)
{
	__m128i w = to_int32(v);

	_mm_storel_epi64((__m128i *)d, _mm_packs_epi32(w, w));
}

IN void wide_write_uint16(char *d, __m256i v)
{
	__m128i w = to_int32(v);

	_mm_storel_epi64((__m128i *)d, _mm_packus_epi32(w, w));
}

IN void wide_write_int32(char *d, __m256i v)
{
	put_sse2(d, to_int32(v));
}

IN void wide_write_uint32(char *d, __m256i v)
{
	__m256i high = _mm256_set1_epi64x(UINT32_MAX);

	v = wide_positive(v);
	put_sse2(d, halves(chosen(v, high, _mm256_cmpgt_epi64(v, high))));
}

IN void wide_write_int64(char *d, __m256i v)
{
	put_avx2(d, v);
}

IN void wide_write_uint64(char *d, __m256i v)
{
	put_avx2(d, wide_positive(v));
}

/* ---- of one size ---- */

IN void move_uint8_of_int8(char *d, const char *s)
{
	put_avx2(d, _mm256_max_epi8(load_avx2(s), _mm256_setzero_si256()));
}

IN void move_int8_of_uint8(char *d, const char *s)
{
	put_avx2(d, _mm256_min_epu8(load_avx2(s), _mm256_set1_epi8(INT8_MAX)));
}

IN void move_uint16_of_int16(char *d, const char *s)
{
	put_avx2(d, _mm256_max_epi16(load_avx2(s), _mm256_setzero_si256()));
}

IN void move_int16_of_uint16(char *d, const char *s)
{
	put_avx2(d, _mm256_min_epu16(load_avx2(s), _mm256_set1_epi16(INT16_MAX)));
}

#include "kernel/integer_template.h"
#endif
