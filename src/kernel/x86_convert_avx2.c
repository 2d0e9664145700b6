/* SPDX-License-Identifier: BSD-3-Clause */
/* Steps of conversions for AVX2 with F16C. */
#include <string.h>

#include "kernel/map.h"
#include "kernel/x86.h"

#if defined(__x86_64__)
#define ISA avx2
#define LANES 8
#define CONVERT_ISA "avx2,f16c"
#define CONVERT_CPU AMLI_CPU_AVX2
#define CONVERT_WIDE 0 /* there is no such instruction */
#define IN AMLI_INLINE AML_TARGET(CONVERT_ISA)

/* ---- to float ---- */

IN __m256 read_float(const char *s)
{
	return _mm256_castsi256_ps(load_avx2(s));
}

IN void write_float(char *d, __m256 v)
{
	put_avx2(d, _mm256_castps_si256(v));
}

IN __m128i load_8(const char *s)
{
	return _mm_loadl_epi64((const __m128i *)s);
}

IN __m256 read_int8(const char *s)
{
	return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(load_8(s)));
}

IN __m256 read_uint8(const char *s)
{
	return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(load_8(s)));
}

IN __m256 read_int16(const char *s)
{
	return _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(load_sse2(s)));
}

IN __m256 read_uint16(const char *s)
{
	return _mm256_cvtepi32_ps(_mm256_cvtepu16_epi32(load_sse2(s)));
}

IN __m256 read_int32(const char *s)
{
	return _mm256_cvtepi32_ps(load_avx2(s));
}

/* Both halves are exact, so that only their sum is rounded. */
IN __m256 float_of_uint32(__m256i v)
{
	__m256 high = _mm256_cvtepi32_ps(_mm256_srli_epi32(v, 16));
	__m256 low = _mm256_cvtepi32_ps(_mm256_and_si256(v, _mm256_set1_epi32(0xffff)));

	return _mm256_add_ps(_mm256_mul_ps(high, _mm256_set1_ps(65536)), low);
}

IN __m256 read_uint32(const char *s)
{
	return float_of_uint32(load_avx2(s));
}

/* Odd: the lowest 8 bits of those beyond 24 bits become one that says whether there are
 * any.  @size: the number without its sign. */
IN __m256i sticky(__m256i v, __m256i size)
{
	__m256i zero = _mm256_setzero_si256(), low = _mm256_set1_epi32(0xff);
	__m256i is_small = _mm256_cmpeq_epi32(_mm256_srli_epi32(size, 24), zero);
	__m256i none = _mm256_cmpeq_epi32(_mm256_and_si256(v, low), zero);
	__m256i bit = _mm256_andnot_si256(none, _mm256_set1_epi32(0x100));

	return _mm256_blendv_epi8(_mm256_or_si256(_mm256_andnot_si256(low, v), bit), v, is_small);
}

IN __m256 read_odd_int32(const char *s)
{
	__m256i v = load_avx2(s);

	return _mm256_cvtepi32_ps(sticky(v, _mm256_abs_epi32(v)));
}

IN __m256 read_odd_uint32(const char *s)
{
	__m256i v = load_avx2(s);

	return float_of_uint32(sticky(v, v));
}

IN __m256 read_float16(const char *s)
{
	return _mm256_cvtph_ps(load_sse2(s));
}

IN __m256 read_bfloat16(const char *s)
{
	return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(load_sse2(s)), 16));
}

/* ---- from float ---- */

/* NaN becomes 0, the rest what is nearest between two floats. */
IN __m256i clamped(__m256 v, float low, float high)
{
	v = _mm256_and_ps(v, _mm256_cmp_ps(v, v, _CMP_ORD_Q));
	v = _mm256_max_ps(v, _mm256_set1_ps(low));
	return _mm256_cvttps_epi32(_mm256_min_ps(v, _mm256_set1_ps(high)));
}

IN __m128i lower(__m256i v)
{
	return _mm256_castsi256_si128(v);
}

IN __m128i upper(__m256i v)
{
	return _mm256_extracti128_si256(v, 1);
}

IN __m128i to_shorts(__m256i v)
{
	return _mm_packs_epi32(lower(v), upper(v));
}

IN __m128i to_unsigned_shorts(__m256i v)
{
	return _mm_packus_epi32(lower(v), upper(v));
}

IN void write_int8(char *d, __m256 v)
{
	__m128i w = to_shorts(clamped(v, -128, 127));

	_mm_storel_epi64((__m128i *)d, _mm_packs_epi16(w, w));
}

IN void write_uint8(char *d, __m256 v)
{
	__m128i w = to_shorts(clamped(v, 0, 255));

	_mm_storel_epi64((__m128i *)d, _mm_packus_epi16(w, w));
}

IN void write_int16(char *d, __m256 v)
{
	put_sse2(d, to_shorts(clamped(v, -32768, 32767)));
}

IN void write_uint16(char *d, __m256 v)
{
	put_sse2(d, to_unsigned_shorts(clamped(v, 0, 65535)));
}

/* The conversion gives INT32_MIN for what is too large on either side. */
IN void write_int32(char *d, __m256 v)
{
	__m256 over = _mm256_cmp_ps(v, _mm256_set1_ps(0x1p31f), _CMP_GE_OQ);
	__m256i out = _mm256_cvttps_epi32(_mm256_and_ps(v, _mm256_cmp_ps(v, v, _CMP_ORD_Q)));

	put_avx2(d, _mm256_xor_si256(out, _mm256_castps_si256(over)));
}

/* From 2^31 on less 2^31, which the highest bit makes up for. */
IN void write_uint32(char *d, __m256 v)
{
	__m256 half = _mm256_set1_ps(0x1p31f), over, high;
	__m256i out;

	v = _mm256_max_ps(v, _mm256_setzero_ps()); /* NaN becomes 0 */
	over = _mm256_cmp_ps(v, _mm256_set1_ps(0x1p32f), _CMP_GE_OQ);
	high = _mm256_cmp_ps(v, half, _CMP_GE_OQ);
	out = _mm256_cvttps_epi32(_mm256_sub_ps(v, _mm256_and_ps(high, half)));
	out = _mm256_xor_si256(out, _mm256_slli_epi32(_mm256_castps_si256(high), 31));
	put_avx2(d, _mm256_or_si256(out, _mm256_castps_si256(over)));
}

IN void write_float16(char *d, __m256 v)
{
	put_sse2(d, _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

/* The upper halves, which is all there is of small integers. */
IN void write_cut_bfloat16(char *d, __m256 v)
{
	put_sse2(d, to_unsigned_shorts(_mm256_srli_epi32(_mm256_castps_si256(v), 16)));
}

/* Add just below half of the last bit kept, and that bit: ties go to even. */
IN __m256i rounded(__m256i bits)
{
	__m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));

	return _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
}

IN void write_number_bfloat16(char *d, __m256 v)
{
	write_cut_bfloat16(d, _mm256_castsi256_ps(rounded(_mm256_castps_si256(v))));
}

/* NaN could overflow, and is cut off instead, but stays NaN. */
IN void write_bfloat16(char *d, __m256 v)
{
	__m256i bits = _mm256_castps_si256(v);
	__m256 near = _mm256_castsi256_ps(rounded(bits));
	__m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));

	write_cut_bfloat16(d, _mm256_blendv_ps(near, _mm256_castsi256_ps(quiet),
					       _mm256_cmp_ps(v, v, _CMP_UNORD_Q)));
}

/* ---- double ---- */

IN __m256d read_double(const char *s)
{
	return _mm256_castsi256_pd(load_avx2(s));
}

IN void write_double(char *d, __m256d v)
{
	put_avx2(d, _mm256_castpd_si256(v));
}

IN __m256d read_double_int32(const char *s)
{
	return _mm256_cvtepi32_pd(load_sse2(s));
}

IN __m256d read_double_uint32(const char *s)
{
	__m128i less = _mm_xor_si128(load_sse2(s), _mm_set1_epi32(INT32_MIN));

	return _mm256_add_pd(_mm256_cvtepi32_pd(less), _mm256_set1_pd(0x1p31));
}

IN __m256d read_double_float(const char *s)
{
	return _mm256_cvtps_pd(_mm_castsi128_ps(load_sse2(s)));
}

IN __m256d clamped_double(__m256d v, double low, double high)
{
	v = _mm256_and_pd(v, _mm256_cmp_pd(v, v, _CMP_ORD_Q));
	v = _mm256_max_pd(v, _mm256_set1_pd(low));
	return _mm256_min_pd(v, _mm256_set1_pd(high));
}

IN void write_double_int32(char *d, __m256d v)
{
	put_sse2(d, _mm256_cvttpd_epi32(clamped_double(v, INT32_MIN, INT32_MAX)));
}

IN void write_double_uint32(char *d, __m256d v)
{
	__m128i less;

	v = _mm256_floor_pd(clamped_double(v, 0, UINT32_MAX));
	less = _mm256_cvttpd_epi32(_mm256_sub_pd(v, _mm256_set1_pd(0x1p31)));
	put_sse2(d, _mm_xor_si128(less, _mm_set1_epi32(INT32_MIN)));
}

IN void write_double_float(char *d, __m256d v)
{
	put_sse2(d, _mm_castps_si128(_mm256_cvtpd_ps(v)));
}

/* The lower four of eight masks of 32 bits, from four of 64. */
IN __m128i narrow_mask(__m256d mask)
{
	__m256i even = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);

	return lower(_mm256_permutevar8x32_epi32(_mm256_castpd_si256(mask), even));
}

/* To nearest first; where that lost something and came out even, the neighbour on the
 * other side of the number is the odd one. */
IN void write_double_odd_float(char *d, __m256d v)
{
	const __m256d sign = _mm256_set1_pd(-0.0);
	__m128i near = _mm_castps_si128(_mm256_cvtpd_ps(v)), one = _mm_set1_epi32(1);
	__m256d back = _mm256_andnot_pd(sign, _mm256_cvtps_pd(_mm_castsi128_ps(near)));
	__m256d size = _mm256_andnot_pd(sign, v);
	__m128i up = narrow_mask(_mm256_cmp_pd(size, back, _CMP_GT_OQ));
	__m128i down = narrow_mask(_mm256_cmp_pd(size, back, _CMP_LT_OQ));
	__m128i even = _mm_cmpeq_epi32(_mm_and_si128(near, one), _mm_setzero_si128());

	/* a mask is -1 */
	put_sse2(d, _mm_add_epi32(near, _mm_and_si128(even, _mm_sub_epi32(down, up))));
}

#include "kernel/convert_template.h"
#endif
