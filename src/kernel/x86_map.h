/* SPDX-License-Identifier: BSD-3-Clause */
/* A map (map.h) out of an action on one vector.  The includer defines TARGET. */
#ifndef AMLI_KERNEL_X86_MAP_H
#define AMLI_KERNEL_X86_MAP_H

#include <string.h>

#include "kernel/x86_line.h"

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
			put_lines(dst, line, times *lanes *to_bytes, lanes *to_bytes, true);       \
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
#endif
