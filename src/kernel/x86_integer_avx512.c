/* SPDX-License-Identifier: BSD-3-Clause */
/* Conversions between integers for AVX-512, which has narrowing instructions that saturate. */
#include <stdint.h>

#include "kernel/map.h"
#include "kernel/x86.h"

#if defined(__x86_64__)
#define ISA avx512
#define LANES 16
#define TARGET TARGET_avx512
#define IN AMLI_INLINE TARGET

/* ---- 32 bits ---- */

IN __m512i read_int8(const char *s)
{
	return _mm512_cvtepi8_epi32(load_sse2(s));
}

IN __m512i read_uint8(const char *s)
{
	return _mm512_cvtepu8_epi32(load_sse2(s));
}

IN __m512i read_int16(const char *s)
{
	return _mm512_cvtepi16_epi32(load_avx2(s));
}

IN __m512i read_uint16(const char *s)
{
	return _mm512_cvtepu16_epi32(load_avx2(s));
}

IN __m512i read_int32(const char *s)
{
	return load_avx512(s);
}

IN __m512i read_uint32(const char *s)
{
	return _mm512_min_epu32(load_avx512(s), _mm512_set1_epi32(INT32_MAX));
}

IN __m512i positive(__m512i v)
{
	return _mm512_max_epi32(v, _mm512_setzero_si512());
}

IN void write_int8(char *d, __m512i v)
{
	put_sse2(d, _mm512_cvtsepi32_epi8(v));
}

IN void write_uint8(char *d, __m512i v)
{
	put_sse2(d, _mm512_cvtusepi32_epi8(positive(v)));
}

IN void write_int16(char *d, __m512i v)
{
	put_avx2(d, _mm512_cvtsepi32_epi16(v));
}

IN void write_uint16(char *d, __m512i v)
{
	put_avx2(d, _mm512_cvtusepi32_epi16(positive(v)));
}

IN void write_int32(char *d, __m512i v)
{
	put_avx512(d, v);
}

IN void write_uint32(char *d, __m512i v)
{
	put_avx512(d, positive(v));
}

/* ---- 64 bits ---- */

IN __m128i load_8(const char *s)
{
	return _mm_loadl_epi64((const __m128i *)s);
}

IN __m512i wide_read_int8(const char *s)
{
	return _mm512_cvtepi8_epi64(load_8(s));
}

IN __m512i wide_read_uint8(const char *s)
{
	return _mm512_cvtepu8_epi64(load_8(s));
}

IN __m512i wide_read_int16(const char *s)
{
	return _mm512_cvtepi16_epi64(load_sse2(s));
}

IN __m512i wide_read_uint16(const char *s)
{
	return _mm512_cvtepu16_epi64(load_sse2(s));
}

IN __m512i wide_read_int32(const char *s)
{
	return _mm512_cvtepi32_epi64(load_avx2(s));
}

IN __m512i wide_read_uint32(const char *s)
{
	return _mm512_cvtepu32_epi64(load_avx2(s));
}

IN __m512i wide_read_int64(const char *s)
{
	return load_avx512(s);
}

IN __m512i wide_read_uint64(const char *s)
{
	return _mm512_min_epu64(load_avx512(s), _mm512_set1_epi64(INT64_MAX));
}

IN __m512i wide_positive(__m512i v)
{
	return _mm512_max_epi64(v, _mm512_setzero_si512());
}

IN void wide_write_int8(char *d, __m512i v)
{
	_mm_storel_epi64((__m128i *)d, _mm512_cvtsepi64_epi8(v));
}

IN void wide_write_uint8(char *d, __m512i v)
{
	_mm_storel_epi64((__m128i *)d, _mm512_cvtusepi64_epi8(wide_positive(v)));
}

IN void wide_write_int16(char *d, __m512i v)
{
	put_sse2(d, _mm512_cvtsepi64_epi16(v));
}

IN void wide_write_uint16(char *d, __m512i v)
{
	put_sse2(d, _mm512_cvtusepi64_epi16(wide_positive(v)));
}

IN void wide_write_int32(char *d, __m512i v)
{
	put_avx2(d, _mm512_cvtsepi64_epi32(v));
}

IN void wide_write_uint32(char *d, __m512i v)
{
	put_avx2(d, _mm512_cvtusepi64_epi32(wide_positive(v)));
}

IN void wide_write_int64(char *d, __m512i v)
{
	put_avx512(d, v);
}

IN void wide_write_uint64(char *d, __m512i v)
{
	put_avx512(d, wide_positive(v));
}

/* ---- of one size ---- */

IN void move_uint8_of_int8(char *d, const char *s)
{
	put_avx512(d, _mm512_max_epi8(load_avx512(s), _mm512_setzero_si512()));
}

IN void move_int8_of_uint8(char *d, const char *s)
{
	put_avx512(d, _mm512_min_epu8(load_avx512(s), _mm512_set1_epi8(INT8_MAX)));
}

IN void move_uint16_of_int16(char *d, const char *s)
{
	put_avx512(d, _mm512_max_epi16(load_avx512(s), _mm512_setzero_si512()));
}

IN void move_int16_of_uint16(char *d, const char *s)
{
	put_avx512(d, _mm512_min_epu16(load_avx512(s), _mm512_set1_epi16(INT16_MAX)));
}

#include "kernel/integer_template.h"
#endif
