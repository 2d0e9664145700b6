/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole lines to memory, past the caches or not. */
#ifndef AMLI_KERNEL_X86_LINE_H
#define AMLI_KERNEL_X86_LINE_H

#if defined(__x86_64__)
#include <emmintrin.h>

#include "kernel/move.h"

/* Pieces of 16 bytes, because what was just stored can be loaded from where it is on its
 * way only if that is one store. */
AMLI_INLINE void put_lines(char *dst, const void *line, size_t bytes, bool stream)
{
	if (!stream) {
		memcpy(dst, line, bytes);
		return;
	}
	AMLI_UNROLL
	for (size_t i = 0; i < bytes; i += 16)
		_mm_stream_si128((__m128i *)(dst + i),
				 _mm_loadu_si128((const __m128i *)((const char *)line + i)));
}
#endif
#endif
