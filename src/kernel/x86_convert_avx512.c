/* SPDX-License-Identifier: BSD-3-Clause */
/* Steps of conversions for AVX-512. */
#include <string.h>

#include "kernel/map.h"
#include "kernel/x86.h"

#if defined(__x86_64__)
#define ISA avx512
#define LANES 16
#define CONVERT_ISA "avx512f,avx512bw,avx512dq,avx512vl"
#define CONVERT_CPU AMLI_CPU_AVX512
#define CONVERT_WIDE 1
#define CONVERT_SHORT 1
#define IN AMLI_INLINE AML_TARGET(CONVERT_ISA)

/* ---- to float ---- */

IN __m512 read_float(const char *s)
{
	return _mm512_loadu_ps((const void *)s);
}

IN void write_float(char *d, __m512 v)
{
	_mm512_storeu_ps((void *)d, v);
}

IN __m512 read_int8(const char *s)
{
	return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(load_sse2(s)));
}

IN __m512 read_uint8(const char *s)
{
	return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(load_sse2(s)));
}

IN __m512 read_int16(const char *s)
{
	return _mm512_cvtepi32_ps(_mm512_cvtepi16_epi32(load_avx2(s)));
}

IN __m512 read_uint16(const char *s)
{
	return _mm512_cvtepi32_ps(_mm512_cvtepu16_epi32(load_avx2(s)));
}

IN __m512 read_int32(const char *s)
{
	return _mm512_cvtepi32_ps(load_avx512(s));
}

IN __m512 read_uint32(const char *s)
{
	return _mm512_cvtepu32_ps(load_avx512(s));
}

/* Odd: rounding towards zero, and the lowest bit says whether that lost anything; it is
 * no more than that which a shorter type keeps. */
IN __m512 read_odd_int32(const char *s)
{
	__m512i v = load_avx512(s);
	__m512 cut = _mm512_cvt_roundepi32_ps(v, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
	__m512 up = _mm512_cvt_roundepi32_ps(v, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
	__m512 down = _mm512_cvt_roundepi32_ps(v, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
	__mmask16 lost = _mm512_cmp_ps_mask(up, down, _CMP_NEQ_OQ);
	__m512i bits = _mm512_castps_si512(cut);

	return _mm512_castsi512_ps(_mm512_mask_or_epi32(bits, lost, bits, _mm512_set1_epi32(1)));
}

IN __m512 read_odd_uint32(const char *s)
{
	__m512i v = load_avx512(s);
	__m512 cut = _mm512_cvt_roundepu32_ps(v, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
	__m512 up = _mm512_cvt_roundepu32_ps(v, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
	__mmask16 lost = _mm512_cmp_ps_mask(up, cut, _CMP_NEQ_OQ);
	__m512i bits = _mm512_castps_si512(cut);

	return _mm512_castsi512_ps(_mm512_mask_or_epi32(bits, lost, bits, _mm512_set1_epi32(1)));
}

IN __m512 read_float16(const char *s)
{
	return _mm512_cvtph_ps(load_avx2(s));
}

IN __m512 read_bfloat16(const char *s)
{
	return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(load_avx2(s)), 16));
}

/* ---- from float ---- */

IN __m512 without_nan(__m512 v)
{
	return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(v, v, _CMP_ORD_Q), v);
}

/* NaN becomes 0.  What is too low becomes INT32_MIN by itself, for narrowing to saturate. */
IN __m512i signed_below(__m512 v, float high)
{
	__mmask16 numbers = _mm512_cmp_ps_mask(v, v, _CMP_ORD_Q);

	return _mm512_maskz_cvttps_epi32(numbers, _mm512_min_ps(v, _mm512_set1_ps(high)));
}

/* The first max_ps is what makes 0 of NaN. */
IN __m512i unsigned_below(__m512 v, float high)
{
	v = _mm512_max_ps(v, _mm512_setzero_ps());
	return _mm512_cvttps_epi32(_mm512_min_ps(v, _mm512_set1_ps(high)));
}

IN void write_int8(char *d, __m512 v)
{
	put_sse2(d, _mm512_cvtsepi32_epi8(signed_below(v, 127)));
}

IN void write_uint8(char *d, __m512 v)
{
	put_sse2(d, _mm512_cvtepi32_epi8(unsigned_below(v, 255)));
}

IN void write_int16(char *d, __m512 v)
{
	put_avx2(d, _mm512_cvtsepi32_epi16(signed_below(v, 32767)));
}

IN void write_uint16(char *d, __m512 v)
{
	put_avx2(d, _mm512_cvtepi32_epi16(unsigned_below(v, 65535)));
}

/* The conversion gives INT32_MIN for what is too large on either side. */
IN void write_int32(char *d, __m512 v)
{
	__mmask16 over = _mm512_cmp_ps_mask(v, _mm512_set1_ps(0x1p31f), _CMP_GE_OQ);
	__m512i out = _mm512_cvttps_epi32(without_nan(v));

	put_avx512(d, _mm512_mask_mov_epi32(out, over, _mm512_set1_epi32(INT32_MAX)));
}

/* The conversion gives UINT32_MAX for what does not fit. */
IN void write_uint32(char *d, __m512 v)
{
	put_avx512(d, _mm512_cvttps_epu32(_mm512_max_ps(v, _mm512_setzero_ps())));
}

IN void write_float16(char *d, __m512 v)
{
	put_avx2(d, _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

/* The upper halves, which is all there is of small integers. */
IN void write_cut_bfloat16(char *d, __m512 v)
{
	put_avx2(d, _mm512_cvtepi32_epi16(_mm512_srli_epi32(_mm512_castps_si512(v), 16)));
}

/* Add just below half of the last bit kept, and that bit: ties go to even. */
IN __m512i rounded(__m512i bits)
{
	__m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));

	return _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
}

IN void write_number_bfloat16(char *d, __m512 v)
{
	write_cut_bfloat16(d, _mm512_castsi512_ps(rounded(_mm512_castps_si512(v))));
}

/* NaN could overflow, and is cut off instead, but stays NaN. */
IN void write_bfloat16(char *d, __m512 v)
{
	__mmask16 nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
	__m512i bits = _mm512_castps_si512(v);

	bits = _mm512_mask_or_epi32(rounded(bits), nan, bits, _mm512_set1_epi32(0x400000));
	write_cut_bfloat16(d, _mm512_castsi512_ps(bits));
}

/* Without a float between: three bits less, ties to even, and another bias.  Denormals and what is
 * no number take the long way, all 32 of them. */
IN void two_bfloat16_of_float16(char *d, const char *s)
{
	const __m512i one = _mm512_set1_epi16(1), least = _mm512_set1_epi16(0x0400);
	__m512i x = load_avx512(s), size = _mm512_and_si512(x, _mm512_set1_epi16(0x7fff));
	__mmask32 some = _mm512_test_epi16_mask(size, size);
	__mmask32 odd = _mm512_mask_cmpge_epu16_mask(some, _mm512_sub_epi16(size, least),
						     _mm512_set1_epi16(0x7800));
	__m512i last = _mm512_and_si512(_mm512_srli_epi16(size, 3), one), out;

	if (odd) {
		write_bfloat16(d, read_float16(s));
		write_bfloat16(d + 32, read_float16(s + 32));
		return;
	}
	out = _mm512_add_epi16(size, _mm512_add_epi16(last, _mm512_set1_epi16(3)));
	out = _mm512_add_epi16(_mm512_srli_epi16(out, 3), _mm512_set1_epi16(112 << 7));
	put_avx512(d, _mm512_or_si512(_mm512_maskz_mov_epi16(some, out),
				      _mm512_andnot_si512(_mm512_set1_epi16(0x7fff), x)));
}

/* ---- double ---- */

IN __m512d read_double(const char *s)
{
	return _mm512_loadu_pd((const void *)s);
}

IN void write_double(char *d, __m512d v)
{
	_mm512_storeu_pd((void *)d, v);
}

IN __m512d read_double_int32(const char *s)
{
	return _mm512_cvtepi32_pd(load_avx2(s));
}

IN __m512d read_double_uint32(const char *s)
{
	return _mm512_cvtepu32_pd(load_avx2(s));
}

IN __m512d read_double_float(const char *s)
{
	return _mm512_cvtps_pd(_mm256_castsi256_ps(load_avx2(s)));
}

IN __m512d clamped_double(__m512d v, double low, double high)
{
	v = _mm512_maskz_mov_pd(_mm512_cmp_pd_mask(v, v, _CMP_ORD_Q), v);
	return _mm512_min_pd(_mm512_max_pd(v, _mm512_set1_pd(low)), _mm512_set1_pd(high));
}

IN void write_double_int32(char *d, __m512d v)
{
	put_avx2(d, _mm512_cvttpd_epi32(clamped_double(v, INT32_MIN, INT32_MAX)));
}

IN void write_double_uint32(char *d, __m512d v)
{
	put_avx2(d, _mm512_cvttpd_epu32(clamped_double(v, 0, UINT32_MAX)));
}

IN void write_double_float(char *d, __m512d v)
{
	put_avx2(d, _mm256_castps_si256(_mm512_cvtpd_ps(v)));
}

/* Towards zero; where that lost something the last bit is set.  Infinity loses nothing. */
IN void write_double_odd_float(char *d, __m512d v)
{
	__m256 cut = _mm512_cvt_roundpd_ps(v, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
	__mmask8 lost = _mm512_cmp_pd_mask(v, _mm512_cvtps_pd(cut), _CMP_NEQ_OQ);
	__m256i bits = _mm256_castps_si256(cut);

	put_avx2(d, _mm256_mask_or_epi32(bits, lost, bits, _mm256_set1_epi32(1)));
}

/* ---- 64 bits ---- */

/* Two halves of a vector of floats. */
IN __m512 joined(__m256 low, __m256 high)
{
	return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}

IN __m512 read_int64(const char *s)
{
	return joined(_mm512_cvtepi64_ps(load_avx512(s)), _mm512_cvtepi64_ps(load_avx512(s + 64)));
}

IN __m512 read_uint64(const char *s)
{
	return joined(_mm512_cvtepu64_ps(load_avx512(s)), _mm512_cvtepu64_ps(load_avx512(s + 64)));
}

/* Between two floats: the odd one, which is the lower one if that is odd. */
IN __m512 odd_of(__m512 zero, __m512 away)
{
	__mmask16 lost = _mm512_cmp_ps_mask(zero, away, _CMP_NEQ_OQ);
	__m512i bits = _mm512_castps_si512(zero);

	return _mm512_castsi512_ps(_mm512_mask_or_epi32(bits, lost, bits, _mm512_set1_epi32(1)));
}

#define ROUNDED(how, kind, at) \
	_mm512_cvt_round##kind##64_ps(load_avx512(at), _MM_FROUND_TO_##how | _MM_FROUND_NO_EXC)
#define BOTH(how, kind) joined(ROUNDED(how, kind, s), ROUNDED(how, kind, s + 64))

IN __m512 read_odd_int64(const char *s)
{
	__m512 up = BOTH(POS_INF, epi), down = BOTH(NEG_INF, epi), zero = BOTH(ZERO, epi);
	__mmask16 is_up = _mm512_cmp_ps_mask(zero, up, _CMP_EQ_OQ);

	return odd_of(zero, _mm512_mask_mov_ps(up, is_up, down));
}

IN __m512 read_odd_uint64(const char *s)
{
	return odd_of(BOTH(ZERO, epu), BOTH(POS_INF, epu));
}

IN __m256 low_half(__m512 v)
{
	return _mm512_castps512_ps256(v);
}

IN __m256 high_half(__m512 v)
{
	return _mm512_extractf32x8_ps(v, 1);
}

/* The conversion gives INT64_MIN for what is too large on either side. */
IN __m512i int64_of(__m256 v)
{
	__mmask8 over = _mm256_cmp_ps_mask(v, _mm256_set1_ps(0x1p63f), _CMP_GE_OQ);

	return _mm512_mask_mov_epi64(_mm512_cvttps_epi64(v), over, _mm512_set1_epi64(INT64_MAX));
}

IN void write_int64(char *d, __m512 v)
{
	v = without_nan(v);
	put_avx512(d, int64_of(low_half(v)));
	put_avx512(d + 64, int64_of(high_half(v)));
}

/* And UINT64_MAX here, which is right. */
IN void write_uint64(char *d, __m512 v)
{
	v = _mm512_max_ps(v, _mm512_setzero_ps());
	put_avx512(d, _mm512_cvttps_epu64(low_half(v)));
	put_avx512(d + 64, _mm512_cvttps_epu64(high_half(v)));
}

IN __m512d read_double_int64(const char *s)
{
	return _mm512_cvtepi64_pd(load_avx512(s));
}

IN __m512d read_double_uint64(const char *s)
{
	return _mm512_cvtepu64_pd(load_avx512(s));
}

IN void write_double_int64(char *d, __m512d v)
{
	__mmask8 over = _mm512_cmp_pd_mask(v, _mm512_set1_pd(0x1p63), _CMP_GE_OQ);
	__m512i out;

	v = _mm512_maskz_mov_pd(_mm512_cmp_pd_mask(v, v, _CMP_ORD_Q), v);
	out = _mm512_cvttpd_epi64(v);
	put_avx512(d, _mm512_mask_mov_epi64(out, over, _mm512_set1_epi64(INT64_MAX)));
}

IN void write_double_uint64(char *d, __m512d v)
{
	put_avx512(d, _mm512_cvttpd_epu64(_mm512_max_pd(v, _mm512_setzero_pd())));
}

#include "kernel/convert_template.h"
#endif
