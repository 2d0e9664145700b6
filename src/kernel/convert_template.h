/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The steps of a conversion for one ISA.  The includer defines
 *
 *	ISA	avx2, avx512
 *	LANES	floats in a vector
 *
 * and for each type, read_<type>(s): LANES numbers as a vector of floats, and
 * write_<type>(d, v); CONVERT_WIDE if it does so for 64-bit integers; the same for those
 * that go through double, with half as many lanes.
 */
#include "kernel/x86_line.h"

#define TARGET AML_TARGET(CONVERT_ISA)

/* A line or more of them at a time if they are streamed, else vectors; then the rest of less
 * than one by way of a buffer. */
#define DEFINE_MAP(name, lanes, to_bytes, from_bytes, action)                                      \
	static TARGET void name(char *dst, const char *src, size_t n, bool stream)                 \
	{                                                                                          \
		char in[lanes * from_bytes] = {0}, out[lanes * to_bytes];                          \
		_Alignas(64) char line[64 + lanes * to_bytes];                                     \
		const size_t times = lanes * to_bytes < 64 ? 64 / (lanes * to_bytes) : 1;          \
                                                                                                   \
		for (; stream && n >= times * lanes; n -= times * lanes) {                         \
			AMLI_UNROLL                                                                \
			for (size_t k = 0; k < times; k++)                                         \
				action(line + k * lanes * to_bytes, src + k * lanes * from_bytes); \
			put_lines(dst, line, times *lanes *to_bytes, true);                        \
			dst += times * lanes * to_bytes;                                           \
			src += times * lanes * from_bytes;                                         \
		}                                                                                  \
		for (; n >= lanes; n -= lanes) {                                                   \
			action(dst, src);                                                          \
			dst += lanes * to_bytes, src += lanes * from_bytes;                        \
		}                                                                                  \
		if (n > 0) {                                                                       \
			memcpy(in, src, n *from_bytes);                                            \
			action(out, in);                                                           \
			memcpy(dst, out, n *to_bytes);                                             \
		}                                                                                  \
	}

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

#define ENTRY(enumerator, fn) [AML_TYPE_##enumerator] = fn
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
};
