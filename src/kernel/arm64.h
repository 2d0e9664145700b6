/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernel templates need of an ISA (see x86.h), for NEON: vectors of one lane.
 * Loads and stores past the caches are hints on this architecture, so there are no stream
 * variants. */
#ifndef AMLI_KERNEL_ARM64_H
#define AMLI_KERNEL_ARM64_H

#if defined(__aarch64__)
#include <arm_neon.h>

#include "kernel/move.h"

#define TARGET_neon
#define LANES_neon 1

typedef uint8x16_t vec_neon;

AMLI_INLINE void prefetch_line(const char *at)
{
	__builtin_prefetch(at, 0, 2);
}

AMLI_INLINE void prefetch_near(const char *at)
{
	__builtin_prefetch(at);
}

AMLI_INLINE vec_neon load_neon(const char *s)
{
	return vld1q_u8((const uint8_t *)s);
}

AMLI_INLINE void put_neon(char *d, vec_neon v)
{
	vst1q_u8((uint8_t *)d, v);
}

AMLI_INLINE void stream_neon(char *d, vec_neon v)
{
	put_neon(d, v);
}

AMLI_INLINE vec_neon lanes_neon(const char *a, const char *b, const char *c, const char *d)
{
	(void)b, (void)c, (void)d;
	return load_neon(a);
}

AMLI_INLINE vec_neon lanes_part_neon(const char *s, ptrdiff_t step, size_t n)
{
	uint64_t w[2];

	(void)step;
	amli_words_15(w, s, n);
	return vcombine_u8(vcreate_u8(w[0]), vcreate_u8(w[1]));
}

/* the weaves, under the names the template forms for x86 */
#define neon_unpacklo_epi8(a, b) vzip1q_u8(a, b)
#define neon_unpackhi_epi8(a, b) vzip2q_u8(a, b)
#define neon_weave(fn, bits, a, b) \
	vreinterpretq_u8_u##bits(  \
		fn##_u##bits(vreinterpretq_u##bits##_u8(a), vreinterpretq_u##bits##_u8(b)))
#define neon_unpacklo_epi16(a, b) neon_weave(vzip1q, 16, a, b)
#define neon_unpackhi_epi16(a, b) neon_weave(vzip2q, 16, a, b)
#define neon_unpacklo_epi32(a, b) neon_weave(vzip1q, 32, a, b)
#define neon_unpackhi_epi32(a, b) neon_weave(vzip2q, 32, a, b)
#define neon_unpacklo_epi64(a, b) neon_weave(vzip1q, 64, a, b)
#define neon_unpackhi_epi64(a, b) neon_weave(vzip2q, 64, a, b)

#endif
#endif
