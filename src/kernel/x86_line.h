/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole lines to memory, past the caches or not. */
#ifndef AMLI_KERNEL_X86_LINE_H
#define AMLI_KERNEL_X86_LINE_H

#if defined(__x86_64__)
#include <emmintrin.h>

#include "kernel/move.h"

/* Pieces of 16 bytes, or of 8, because what was just stored can be loaded from where it is on
 * its way only if that is one store. */
AMLI_INLINE void put_lines(char *dst, const void *line, size_t bytes, size_t piece, bool stream)
{
	const char *s = line;

	if (!stream) {
		memcpy(dst, line, bytes);
		return;
	}
	AMLI_UNROLL
	for (size_t i = 0; i < bytes; i += piece < 16 ? 8 : 16)
		if (piece < 16) {
			long long w;

			memcpy(&w, s + i, sizeof(w));
			_mm_stream_si64((long long *)(void *)(dst + i), w);
		} else {
			_mm_stream_si128((__m128i *)(dst + i),
					 _mm_loadu_si128((const __m128i *)(s + i)));
		}
}
#endif
#endif
