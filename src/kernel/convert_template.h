/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The steps of a conversion for one ISA.  The includer defines
 *
 *	ISA	avx2, avx512
 *	LANES	floats in a vector
 *
 * and for each type, read_<type>(s): LANES numbers as a vector of floats, and
 * write_<type>(d, v), write_cut_bfloat16() for what needs no rounding and
 * write_number_bfloat16() for what is no NaN; CONVERT_WIDE if it does so for 64-bit
 * integers; the same for those that go through double, with half as many lanes.  With
 * CONVERT_SHORT two_bfloat16_of_float16(d, s): twice LANES numbers.
 */
#include "kernel/x86_map.h"

#define TARGET AML_TARGET(CONVERT_ISA)

#define READ(type, bytes)                                               \
	AMLI_INLINE TARGET void one_from_##type(char *d, const char *s) \
	{                                                               \
		write_float(d, read_##type(s));                         \
	}                                                               \
	DEFINE_MAP(from_##type, LANES, 4, bytes, one_from_##type)
#define WRITE(type, bytes)                                            \
	AMLI_INLINE TARGET void one_to_##type(char *d, const char *s) \
	{                                                             \
		write_##type(d, read_float(s));                       \
	}                                                             \
	DEFINE_MAP(to_##type, LANES, bytes, 4, one_to_##type)
#define READ_DOUBLE(type, bytes)                                               \
	AMLI_INLINE TARGET void one_double_from_##type(char *d, const char *s) \
	{                                                                      \
		write_double(d, read_double_##type(s));                        \
	}                                                                      \
	DEFINE_MAP(double_from_##type, (LANES / 2), 8, bytes, one_double_from_##type)
#define WRITE_DOUBLE(type, bytes)                                            \
	AMLI_INLINE TARGET void one_double_to_##type(char *d, const char *s) \
	{                                                                    \
		write_double_##type(d, read_double(s));                      \
	}                                                                    \
	DEFINE_MAP(double_to_##type, (LANES / 2), bytes, 8, one_double_to_##type)

READ(int8, 1)
READ(uint8, 1)
READ(int16, 2)
READ(uint16, 2)
READ(int32, 4)
READ(uint32, 4)
READ(float16, 2)
READ(bfloat16, 2)
READ(odd_int32, 4)
READ(odd_uint32, 4)
WRITE(int8, 1)
WRITE(uint8, 1)
WRITE(int16, 2)
WRITE(uint16, 2)
WRITE(int32, 4)
WRITE(uint32, 4)
WRITE(float16, 2)
WRITE(bfloat16, 2)
READ_DOUBLE(int32, 4)
READ_DOUBLE(uint32, 4)
READ_DOUBLE(float, 4)
WRITE_DOUBLE(int32, 4)
WRITE_DOUBLE(uint32, 4)
WRITE_DOUBLE(float, 4)
WRITE_DOUBLE(odd_float, 4)

#if CONVERT_WIDE
READ(int64, 8)
READ(uint64, 8)
READ(odd_int64, 8)
READ(odd_uint64, 8)
WRITE(int64, 8)
WRITE(uint64, 8)
READ_DOUBLE(int64, 8)
READ_DOUBLE(uint64, 8)
WRITE_DOUBLE(int64, 8)
WRITE_DOUBLE(uint64, 8)
#define WIDE(which) [AML_TYPE_INT64] = which##int64, [AML_TYPE_UINT64] = which##uint64
#else
#define WIDE(which) [AML_TYPE_INT64] = NULL
#endif

/* Those that both are exact in float, and short: two steps would cost more than memory does. */
#define THROUGH(to, to_bytes, from, from_bytes, write)                       \
	AMLI_INLINE TARGET void one_##to##_of_##from(char *d, const char *s) \
	{                                                                    \
		write(d, read_##from(s));                                    \
	}                                                                    \
	DEFINE_MAP(to##_of_##from, LANES, to_bytes, from_bytes, one_##to##_of_##from)
#define TO_INTEGERS(real)                       \
	THROUGH(int8, 1, real, 2, write_int8)   \
	THROUGH(uint8, 1, real, 2, write_uint8) \
	THROUGH(int16, 2, real, 2, write_int16) \
	THROUGH(uint16, 2, real, 2, write_uint16)

TO_INTEGERS(float16)
TO_INTEGERS(bfloat16)
THROUGH(float16, 2, int8, 1, write_float16)
THROUGH(float16, 2, uint8, 1, write_float16)
THROUGH(float16, 2, int16, 2, write_float16)
THROUGH(float16, 2, uint16, 2, write_float16)
THROUGH(float16, 2, bfloat16, 2, write_float16)
THROUGH(bfloat16, 2, int8, 1, write_cut_bfloat16)
THROUGH(bfloat16, 2, uint8, 1, write_cut_bfloat16)
THROUGH(bfloat16, 2, int16, 2, write_number_bfloat16)
THROUGH(bfloat16, 2, uint16, 2, write_number_bfloat16)
#if CONVERT_SHORT
DEFINE_MAP(bfloat16_of_float16, (2 * LANES), 2, 2, two_bfloat16_of_float16)
#else
THROUGH(bfloat16, 2, float16, 2, write_bfloat16)
#endif

#define ENTRY(enumerator, fn) [AML_TYPE_##enumerator] = fn
#define FROM_INTEGERS(real)                                                                        \
	ENTRY(INT8, real##_of_int8), ENTRY(UINT8, real##_of_uint8), ENTRY(INT16, real##_of_int16), \
		ENTRY(UINT16, real##_of_uint16)
#define TO_INTEGER(enumerator, type)                                  \
	[AML_TYPE_##enumerator] = {ENTRY(FLOAT16, type##_of_float16), \
				   ENTRY(BFLOAT16, type##_of_bfloat16)}

const struct amli_convert_set AMLI_CAT(amli_convert_, ISA) = {
	.cpu = CONVERT_CPU,
	.to_float = {ENTRY(INT8, from_int8), ENTRY(UINT8, from_uint8), ENTRY(INT16, from_int16),
		     ENTRY(UINT16, from_uint16), ENTRY(INT32, from_int32),
		     ENTRY(UINT32, from_uint32), ENTRY(FLOAT16, from_float16),
		     ENTRY(BFLOAT16, from_bfloat16), WIDE(from_)},
	.to_odd_float = {ENTRY(INT32, from_odd_int32), ENTRY(UINT32, from_odd_uint32),
			 ENTRY(DOUBLE, double_to_odd_float), WIDE(from_odd_)},
	.from_float = {ENTRY(INT8, to_int8), ENTRY(UINT8, to_uint8), ENTRY(INT16, to_int16),
		       ENTRY(UINT16, to_uint16), ENTRY(INT32, to_int32), ENTRY(UINT32, to_uint32),
		       ENTRY(FLOAT16, to_float16), ENTRY(BFLOAT16, to_bfloat16), WIDE(to_)},
	.to_double = {ENTRY(INT32, double_from_int32), ENTRY(UINT32, double_from_uint32),
		      ENTRY(FLOAT, double_from_float), WIDE(double_from_)},
	.from_double = {ENTRY(INT32, double_to_int32), ENTRY(UINT32, double_to_uint32),
			ENTRY(FLOAT, double_to_float), WIDE(double_to_)},
	.at_once = {[AML_TYPE_FLOAT16] = {FROM_INTEGERS(float16),
					  ENTRY(BFLOAT16, float16_of_bfloat16)},
		    [AML_TYPE_BFLOAT16] = {FROM_INTEGERS(bfloat16),
					   ENTRY(FLOAT16, bfloat16_of_float16)},
		    TO_INTEGER(INT8, int8),
		    TO_INTEGER(UINT8, uint8),
		    TO_INTEGER(INT16, int16),
		    TO_INTEGER(UINT16, uint16)},
	.integers = AMLI_CAT(amli_integers_, ISA),
};
