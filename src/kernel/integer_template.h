/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Conversions between integers for one ISA.  The includer defines
 *
 *	ISA	avx2, avx512
 *	LANES	numbers of 32 bits in a vector
 *
 * and for each type of up to 32 bits, read_<type>(s) and write_<type>(d, v): LANES numbers as
 * int32_t, nearest and from there nearest; the same with wide_ in front for all types, by
 * half as many int64_t.  For those of 8 and of 16 bits, move_<to>_of_<from>(d, s): a whole vector.
 */
#include "kernel/x86_map.h"

#define BYTES_int8 1
#define BYTES_uint8 1
#define BYTES_int16 2
#define BYTES_uint16 2
#define BYTES_int32 4
#define BYTES_uint32 4
#define BYTES_int64 8
#define BYTES_uint64 8

#define SAME(to, from)                                                                 \
	DEFINE_MAP(to##_of_##from, (4 * LANES / BYTES_##to), BYTES_##to, BYTES_##from, \
		   move_##to##_of_##from)
#define DEFINE(to, from, lanes, read, write)                                 \
	AMLI_INLINE TARGET void one_##to##_of_##from(char *d, const char *s) \
	{                                                                    \
		write(d, read(s));                                           \
	}                                                                    \
	DEFINE_MAP(to##_of_##from, lanes, BYTES_##to, BYTES_##from, one_##to##_of_##from)
#define SHORT(to, from) DEFINE(to, from, LANES, read_##from, write_##to)
#define WIDE(to, from) DEFINE(to, from, (LANES / 2), wide_read_##from, wide_write_##to)

/* All pairs: those of one size, by way of 32 bits where both have no more, else of 64. */
#define TO(X, to, a, b, c, d) \
	X(to, a)              \
	X(to, b)              \
	X(to, c)              \
	X(to, d)
#define TO_AND_FROM(X, type) \
	X(type, int64)       \
	X(type, uint64)      \
	X(int64, type)       \
	X(uint64, type)
#define ALL_PAIRS(M, S, W)                         \
	M(int8, uint8)                             \
	M(uint8, int8)                             \
	M(int16, uint16)                           \
	M(uint16, int16)                           \
	TO(S, int8, int16, uint16, int32, uint32)  \
	TO(S, uint8, int16, uint16, int32, uint32) \
	TO(S, int16, int8, uint8, int32, uint32)   \
	TO(S, uint16, int8, uint8, int32, uint32)  \
	TO(S, int32, int8, uint8, int16, uint16)   \
	TO(S, uint32, int8, uint8, int16, uint16)  \
	S(int32, uint32)                           \
	S(uint32, int32)                           \
	TO_AND_FROM(W, int8)                       \
	TO_AND_FROM(W, uint8)                      \
	TO_AND_FROM(W, int16)                      \
	TO_AND_FROM(W, uint16)                     \
	TO_AND_FROM(W, int32)                      \
	TO_AND_FROM(W, uint32)                     \
	W(int64, uint64)                           \
	W(uint64, int64)

ALL_PAIRS(SAME, SHORT, WIDE)

enum {
	AT_int8 = AML_TYPE_INT8,
	AT_uint8 = AML_TYPE_UINT8,
	AT_int16 = AML_TYPE_INT16,
	AT_uint16 = AML_TYPE_UINT16,
	AT_int32 = AML_TYPE_INT32,
	AT_uint32 = AML_TYPE_UINT32,
	AT_int64 = AML_TYPE_INT64,
	AT_uint64 = AML_TYPE_UINT64,
};

#define ENTRY(to, from) [AT_##to][AT_##from] = to##_of_##from,
amli_map_fn *const AMLI_CAT(amli_integers_,
			    ISA)[AMLI_INTEGERS][AMLI_INTEGERS] = {ALL_PAIRS(ENTRY, ENTRY, ENTRY)};
