/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Gather and scatter through lists of indices, in portable C.
 *
 * What a list names lies anywhere, so a line of memory moves for each element, and what
 * bounds the loop is how many such lines are under way.  Asking early for them, into the second-level
 * cache, which has more room for requests than the first, is worth more than any instruction
 * that gathers: those of AVX2 and AVX-512 made no difference (doc/PERFORMANCE.md).
 */
#include "kernel/move.h"
#include "kernel/rows.h"

#define FAR ((size_t)128) /* indices: how early */

AMLI_INLINE ptrdiff_t offset(const char *at, size_t bytes, ptrdiff_t unit)
{
	uint32_t narrow;
	uint64_t wide;

	if (bytes == sizeof(narrow)) {
		memcpy(&narrow, at, sizeof(narrow));
		wide = narrow;
	} else {
		memcpy(&wide, at, sizeof(wide));
	}
	return (ptrdiff_t)(wide * (size_t)unit);
}

/* Any number of bytes. */
AMLI_INLINE void move_any(char *d, const char *s, size_t n)
{
	if (n < 16) {
		amli_move_15(d, s, n);
	} else if (n > 4 * AMLI_LINE) {
		memcpy(d, s, n);
	} else {
		for (size_t o = 0; o + 16 < n; o += 16)
			memcpy(d + o, s + o, 16);
		memcpy(d + n - 16, s + n - 16, 16);
	}
}

/* How many of the n indices have one FAR places on that may be read. */
AMLI_INLINE size_t asking(const struct amli_indices *x, size_t n)
{
	size_t most = x->ahead > FAR ? x->ahead - FAR : 0;

	return most < n ? most : n;
}

/* One side has a stride, the other a list.  bytes is a constant, and where lists and both sides
 * are dense so are step, unit and stride: then the addresses cost nothing. */
#define LOOPS(name, move)                                                                     \
	AMLI_INLINE void gather_##name(char *d, const char *src, const struct amli_block *b,  \
				       size_t bytes, ptrdiff_t step, ptrdiff_t unit,          \
				       ptrdiff_t stride, size_t e)                            \
	{                                                                                     \
		size_t n = b->n[0], m = asking(b->indices, n), i = 0;                         \
		const char *at = b->indices->at;                                              \
                                                                                              \
		for (; i < m; i++, d += stride, at += step) {                                 \
			const char *s = src + offset(at, bytes, unit);                        \
                                                                                              \
			amli_ask(src + offset(at + (ptrdiff_t)FAR * step, bytes, unit), e);   \
			move;                                                                 \
		}                                                                             \
		for (; i < n; i++, d += stride, at += step) {                                 \
			const char *s = src + offset(at, bytes, unit);                        \
                                                                                              \
			move;                                                                 \
		}                                                                             \
	}                                                                                     \
                                                                                              \
	AMLI_INLINE void scatter_##name(char *dst, const char *s, const struct amli_block *b, \
					size_t bytes, ptrdiff_t step, ptrdiff_t unit,         \
					ptrdiff_t stride, size_t e)                           \
	{                                                                                     \
		size_t n = b->n[0], m = asking(b->indices, n), i = 0;                         \
		const char *at = b->indices->at;                                              \
                                                                                              \
		for (; i < m; i++, s += stride, at += step) {                                 \
			char *d = dst + offset(at, bytes, unit);                              \
                                                                                              \
			amli_ask(dst + offset(at + (ptrdiff_t)FAR * step, bytes, unit), e);   \
			move;                                                                 \
		}                                                                             \
		for (; i < n; i++, s += stride, at += step) {                                 \
			char *d = dst + offset(at, bytes, unit);                              \
                                                                                              \
			move;                                                                 \
		}                                                                             \
	}

LOOPS(fixed, memcpy(d, s, e))
LOOPS(any, move_any(d, s, e))

/* listed, flat: the strides of the side with the list and of the other */
#define CALL(op, name, bytes, e, listed, flat)                                                     \
	do {                                                                                       \
		if (b->indices->step == (ptrdiff_t)bytes && listed == (ptrdiff_t)(e) &&            \
		    flat == (ptrdiff_t)(e))                                                        \
			op##_##name(dst, src, b, bytes, bytes, (ptrdiff_t)(e), (ptrdiff_t)(e), e); \
		else                                                                               \
			op##_##name(dst, src, b, bytes, b->indices->step, listed, flat, e);        \
	} while (0)

#define DEFINE(op, suffix, name, e, listed, flat)                                  \
	void amli_##op##suffix##_run(char *dst, const char *src, const char *next, \
				     const struct amli_block *b)                   \
	{                                                                          \
		(void)next;                                                        \
		if (b->indices->bytes == sizeof(uint32_t))                         \
			CALL(op, name, 4, e, listed, flat);                        \
		else                                                               \
			CALL(op, name, 8, e, listed, flat);                        \
	}
#define DEFINE_BOTH(suffix, name, e)                          \
	DEFINE(gather, suffix, name, e, b->src[0], b->dst[0]) \
	DEFINE(scatter, suffix, name, e, b->dst[0], b->src[0])

DEFINE_BOTH(8, fixed, (size_t)1)
DEFINE_BOTH(16, fixed, (size_t)2)
DEFINE_BOTH(32, fixed, (size_t)4)
DEFINE_BOTH(64, fixed, (size_t)8)
DEFINE_BOTH(96, fixed, (size_t)12)
DEFINE_BOTH(128, fixed, (size_t)16)
DEFINE_BOTH(192, fixed, (size_t)24)
DEFINE_BOTH(256, fixed, (size_t)32)
DEFINE_BOTH(512, fixed, (size_t)64)
DEFINE_BOTH(_any, any, b->element)
