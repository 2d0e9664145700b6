/* SPDX-License-Identifier: BSD-3-Clause */
/* Byte swaps.  Loops of a constant length in lines: compilers make shuffles of them, which
 * is why the same text is compiled once per instruction set. */
#include "base/cpu.h"
#include "kernel/map.h"
#include "kernel/move.h"
#include "kernel/x86_line.h"

#if defined(__x86_64__)
#define PUT(d, line, bytes, stream) put_lines(d, line, bytes, 16, stream)
#else
#define PUT(d, line, bytes, stream) ((void)(stream), memcpy(d, line, bytes))
#endif

#define DEFINE_SWAP(bits, isa, TARGET)                                                            \
	static TARGET void swap##bits##_##isa(char *restrict d, const char *restrict s, size_t n, \
					      bool stream)                                        \
	{                                                                                         \
		uint##bits##_t v, line[2 * AMLI_LINE / sizeof(v)];                                \
		const size_t many = sizeof(line) / sizeof(v);                                     \
                                                                                                  \
		for (; n >= many; n -= many, d += sizeof(line), s += sizeof(line)) {              \
			memcpy(line, s, sizeof(line));                                            \
			for (size_t i = 0; i < sizeof(line) / sizeof(v); i++)                     \
				line[i] = __builtin_bswap##bits(line[i]);                         \
			PUT(d, line, sizeof(line), stream);                                       \
		}                                                                                 \
		for (; n > 0; n--, d += sizeof(v), s += sizeof(v)) {                              \
			memcpy(&v, s, sizeof(v));                                                 \
			v = __builtin_bswap##bits(v);                                             \
			memcpy(d, &v, sizeof(v));                                                 \
		}                                                                                 \
	}
#define DEFINE_SWAPS(isa, TARGET)    \
	DEFINE_SWAP(16, isa, TARGET) \
	DEFINE_SWAP(32, isa, TARGET) \
	DEFINE_SWAP(64, isa, TARGET)

#define TARGET_any
DEFINE_SWAPS(any, TARGET_any)
#if defined(__x86_64__)
DEFINE_SWAPS(avx2, AML_TARGET("avx2"))
DEFINE_SWAPS(avx512, AML_TARGET("avx512f,avx512bw,avx512dq,avx512vl"))
#endif

#define ROW(isa, cpu)                                            \
	{                                                        \
		cpu,                                             \
		{                                                \
			swap16_##isa, swap32_##isa, swap64_##isa \
		}                                                \
	}

static const struct {
	unsigned cpu;
	amli_map_fn *of[3]; /* 2, 4, 8 bytes */
} swaps[] = {
#if defined(__x86_64__)
	ROW(avx512, AMLI_CPU_AVX512),
	ROW(avx2, AMLI_CPU_AVX2),
#endif
	ROW(any, 0),
};

amli_map_fn *amli_swap_select(size_t element, unsigned cpu)
{
	size_t row = 0, at = element == 2 ? 0 : element == 4 ? 1 : 2;

	if (element != 2 && element != 4 && element != 8)
		return NULL;
	while (swaps[row].cpu & ~cpu)
		row++;
	return swaps[row].of[at];
}
