/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All conversions in portable C: what other kernels are tested against, and what is used
 * where there are none.  A number is read as int64_t, uint64_t or double, whichever holds
 * it, and written from that.
 */
#include <string.h>

#include "kernel/map.h"
#include "kernel/move.h"

/* ---- floating point of 16 bits ---- */

#define DOUBLE_MANTISSA 52
#define DOUBLE_BIAS 1023

AMLI_INLINE double double_of_bits(uint64_t bits)
{
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

AMLI_INLINE uint64_t bits_of_double(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

/* From a format with so many bits of mantissa. */
AMLI_INLINE double widen(uint16_t h, unsigned mantissa)
{
	unsigned most = (1u << (15 - mantissa)) - 1, exponent = (unsigned)h >> mantissa & most;
	int bias = (int)(most / 2);
	uint64_t m = h & ((1u << mantissa) - 1), sign = (uint64_t)(h >> 15) << 63, bits;

	if (exponent == most) {
		bits = (uint64_t)0x7ff << DOUBLE_MANTISSA | m << (DOUBLE_MANTISSA - mantissa);
		if (m)
			bits |= (uint64_t)1 << (DOUBLE_MANTISSA - 1);
	} else if (exponent == 0) { /* m times the smallest number, which is exact */
		uint64_t unit = (uint64_t)(DOUBLE_BIAS + 1 - bias - (int)mantissa);

		bits = bits_of_double((double)m * double_of_bits(unit << DOUBLE_MANTISSA));
	} else {
		bits = (uint64_t)((int)exponent - bias + DOUBLE_BIAS) << DOUBLE_MANTISSA |
		       m << (DOUBLE_MANTISSA - mantissa);
	}
	return double_of_bits(bits | sign);
}

/* To such a format: to nearest, ties to even. */
AMLI_INLINE uint16_t narrow(double v, unsigned mantissa)
{
	unsigned most = (1u << (15 - mantissa)) - 1;
	uint64_t bits = bits_of_double(v), one = (uint64_t)1 << DOUBLE_MANTISSA;
	uint64_t m = bits & (one - 1), kept, lost, half;
	int raw = (int)(bits >> DOUBLE_MANTISSA & 0x7ff);
	int exponent = raw - DOUBLE_BIAS + (int)(most / 2);
	unsigned sign = (unsigned)(bits >> 63) << 15, shift = DOUBLE_MANTISSA - mantissa;

	if (raw == 0x7ff)
		return (uint16_t)(sign | most << mantissa | (m ? 1u << (mantissa - 1) : 0));
	if (exponent >= (int)most)
		return (uint16_t)(sign | most << mantissa);
	m |= one;
	if (exponent < 1) { /* denormal */
		shift += (unsigned)(1 - exponent);
		exponent = 1;
	}
	if (shift > DOUBLE_MANTISSA + 2)
		return (uint16_t)sign;
	kept = m >> shift;
	lost = m & (((uint64_t)1 << shift) - 1);
	half = (uint64_t)1 << (shift - 1);
	kept += lost > half || (lost == half && (kept & 1));
	/* kept begins with the bit that the format leaves out, unless it is denormal */
	return (uint16_t)(sign | ((((uint64_t)exponent - 1) << mantissa) + kept));
}

/* What double does not hold is rounded to odd, for narrow() to round again. */
AMLI_INLINE double odd_int64(int64_t v)
{
	const int64_t exact = (int64_t)1 << 53;
	uint64_t bits = (uint64_t)v;

	if (v > exact || v < -exact)
		bits = (bits & ~(uint64_t)0x7ff) | (bits & 0x7ff ? 0x800 : 0);
	return (double)(int64_t)bits;
}

AMLI_INLINE double odd_uint64(uint64_t v)
{
	if (v >> 53)
		v = (v & ~(uint64_t)0x7ff) | (v & 0x7ff ? 0x800 : 0);
	return (double)v;
}

/* ---- out: <type>_of_<what it was read as> ---- */

/* over: the lowest double above all of them */
#define DEFINE_INTEGER(type, low, high, over)                         \
	AMLI_INLINE type##_t type##_of_int(int64_t v)                 \
	{                                                             \
		return v < low ? low : v > high ? high : (type##_t)v; \
	}                                                             \
	AMLI_INLINE type##_t type##_of_uint(uint64_t v)               \
	{                                                             \
		return v > (uint64_t)high ? high : (type##_t)v;       \
	}                                                             \
	AMLI_INLINE type##_t type##_of_double(double v)               \
	{                                                             \
		if (!(v >= (double)low)) /* NaN too */                \
			return v < 0 ? low : 0;                       \
		return v >= over ? high : (type##_t)v;                \
	}

DEFINE_INTEGER(int8, INT8_MIN, INT8_MAX, 0x1p7)
DEFINE_INTEGER(uint8, 0, UINT8_MAX, 0x1p8)
DEFINE_INTEGER(int16, INT16_MIN, INT16_MAX, 0x1p15)
DEFINE_INTEGER(uint16, 0, UINT16_MAX, 0x1p16)
DEFINE_INTEGER(int32, INT32_MIN, INT32_MAX, 0x1p31)
DEFINE_INTEGER(uint32, 0, UINT32_MAX, 0x1p32)
DEFINE_INTEGER(int64, INT64_MIN, INT64_MAX, 0x1p63)

AMLI_INLINE uint64_t uint64_of_int(int64_t v)
{
	return v < 0 ? 0 : (uint64_t)v;
}

AMLI_INLINE uint64_t uint64_of_uint(uint64_t v)
{
	return v;
}

AMLI_INLINE uint64_t uint64_of_double(double v)
{
	if (!(v >= 0))
		return 0;
	return v >= 0x1p64 ? UINT64_MAX : (uint64_t)v;
}

#define DEFINE_REAL(type)                           \
	AMLI_INLINE type type##_of_int(int64_t v)   \
	{                                           \
		return (type)v;                     \
	}                                           \
	AMLI_INLINE type type##_of_uint(uint64_t v) \
	{                                           \
		return (type)v;                     \
	}                                           \
	AMLI_INLINE type type##_of_double(double v) \
	{                                           \
		return (type)v;                     \
	}

DEFINE_REAL(float)
DEFINE_REAL(double)

#define DEFINE_SHORT(type, mantissa)                    \
	AMLI_INLINE uint16_t type##_of_int(int64_t v)   \
	{                                               \
		return narrow(odd_int64(v), mantissa);  \
	}                                               \
	AMLI_INLINE uint16_t type##_of_uint(uint64_t v) \
	{                                               \
		return narrow(odd_uint64(v), mantissa); \
	}                                               \
	AMLI_INLINE uint16_t type##_of_double(double v) \
	{                                               \
		return narrow(v, mantissa);             \
	}                                               \
	AMLI_INLINE double read_##type(uint16_t v)      \
	{                                               \
		return widen(v, mantissa);              \
	}

DEFINE_SHORT(float16, 10)
DEFINE_SHORT(bfloat16, 7)

/* ---- all pairs ---- */

#define WRITE(to, v) \
	_Generic((v), int64_t : to##_of_int, uint64_t : to##_of_uint, double : to##_of_double)(v)
#define AS_INT(v) ((int64_t)(v))
#define AS_UINT(v) ((uint64_t)(v))
#define AS_DOUBLE(v) ((double)(v))

#define PAIR(to, to_c, from, from_c, read)                                          \
	static void to##_from_##from(char *d, const char *s, size_t n, bool stream) \
	{                                                                           \
		(void)stream;                                                       \
		for (size_t i = 0; i < n; i++) {                                    \
			from_c in;                                                  \
			to_c out;                                                   \
                                                                                    \
			memcpy(&in, s + i * sizeof(in), sizeof(in));                \
			out = WRITE(to, read(in));                                  \
			memcpy(d + i * sizeof(out), &out, sizeof(out));             \
		}                                                                   \
	}

/* In the order of enum aml_type. */
#define FROM_ALL(X, to, to_c)                          \
	X(to, to_c, int8, int8_t, AS_INT)              \
	X(to, to_c, uint8, uint8_t, AS_INT)            \
	X(to, to_c, int16, int16_t, AS_INT)            \
	X(to, to_c, uint16, uint16_t, AS_INT)          \
	X(to, to_c, int32, int32_t, AS_INT)            \
	X(to, to_c, uint32, uint32_t, AS_INT)          \
	X(to, to_c, int64, int64_t, AS_INT)            \
	X(to, to_c, uint64, uint64_t, AS_UINT)         \
	X(to, to_c, float16, uint16_t, read_float16)   \
	X(to, to_c, bfloat16, uint16_t, read_bfloat16) \
	X(to, to_c, float, float, AS_DOUBLE)           \
	X(to, to_c, double, double, AS_DOUBLE)
#define ALL_INTEGERS(X)     \
	X(int8, int8_t)     \
	X(uint8, uint8_t)   \
	X(int16, int16_t)   \
	X(uint16, uint16_t) \
	X(int32, int32_t)   \
	X(uint32, uint32_t) \
	X(int64, int64_t)   \
	X(uint64, uint64_t)
#define ALL(X)                \
	ALL_INTEGERS(X)       \
	X(float16, uint16_t)  \
	X(bfloat16, uint16_t) \
	X(float, float)       \
	X(double, double)

#define DEFINE_TO(to, to_c) FROM_ALL(PAIR, to, to_c)
ALL(DEFINE_TO)

#define NAME(to, to_c, from, from_c, read) to##_from_##from,
#define ROW(to, to_c) {FROM_ALL(NAME, to, to_c)},

amli_map_fn *amli_convert_any(enum aml_type to, enum aml_type from)
{
	static amli_map_fn *const pairs[AML_TYPE_COUNT][AML_TYPE_COUNT] = {ALL(ROW)};

	return pairs[to][from];
}
