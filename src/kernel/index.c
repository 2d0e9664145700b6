/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Gather and scatter through lists of indices, and pieces of any length, in portable C.
 *
 * What a list names lies anywhere, so a line of memory moves for each element, and what
 * bounds the loop is how many such lines are under way.  Asking early for them, into the second-level
 * cache, which has more room for requests than the first, is worth more than any instruction
 * that gathers: those of AVX2 and AVX-512 made no difference (doc/PERFORMANCE.md).
 */
#include "kernel/move.h"
#include "kernel/rows.h"

#define FAR ((size_t)128)	/* indices: how early */
#define FAR_PIECES ((size_t)16) /* pieces: the same */
#define MOST_LINES 4		/* of a block that are asked for; then hardware notices */

AMLI_INLINE void ask(const char *at)
{
	__builtin_prefetch(at, 0, 2);
}

/* element is a constant up to a line, so that one or two requests remain of this */
AMLI_INLINE void ask_block(const char *at, size_t element)
{
	size_t most = element < MOST_LINES * AMLI_LINE ? element : MOST_LINES * AMLI_LINE;

	ask(at);
	for (size_t o = AMLI_LINE; o < most; o += AMLI_LINE)
		ask(at + o);
	if (element > 8)
		ask(at + most - 1);
}

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

/* Both ways: one side has a stride, the other a list; bytes is a constant. */
#define LOOP(name, move)                                                                      \
	AMLI_INLINE void gather_##name(char *d, const char *src, const struct amli_block *b,  \
				       size_t bytes, size_t e)                                \
	{                                                                                     \
		const struct amli_indices *x = b->indices;                                    \
		const ptrdiff_t ds = b->dst[0], unit = b->src[0], step = x->step;             \
		const ptrdiff_t far = (ptrdiff_t)FAR * step;                                  \
		size_t n = b->n[0], m = asking(x, n), i = 0;                                  \
		const char *at = x->at;                                                       \
                                                                                              \
		for (; i < m; i++, d += ds, at += step) {                                     \
			const char *s = src + offset(at, bytes, unit);                        \
                                                                                              \
			ask_block(src + offset(at + far, bytes, unit), e);                    \
			move;                                                                 \
		}                                                                             \
		for (; i < n; i++, d += ds, at += step) {                                     \
			const char *s = src + offset(at, bytes, unit);                        \
                                                                                              \
			move;                                                                 \
		}                                                                             \
	}                                                                                     \
                                                                                              \
	AMLI_INLINE void scatter_##name(char *dst, const char *s, const struct amli_block *b, \
					size_t bytes, size_t e)                               \
	{                                                                                     \
		const struct amli_indices *x = b->indices;                                    \
		const ptrdiff_t ss = b->src[0], unit = b->dst[0], step = x->step;             \
		const ptrdiff_t far = (ptrdiff_t)FAR * step;                                  \
		size_t n = b->n[0], m = asking(x, n), i = 0;                                  \
		const char *at = x->at;                                                       \
                                                                                              \
		for (; i < m; i++, s += ss, at += step) {                                     \
			char *d = dst + offset(at, bytes, unit);                              \
                                                                                              \
			ask_block(dst + offset(at + far, bytes, unit), e);                    \
			move;                                                                 \
		}                                                                             \
		for (; i < n; i++, s += ss, at += step) {                                     \
			char *d = dst + offset(at, bytes, unit);                              \
                                                                                              \
			move;                                                                 \
		}                                                                             \
	}

LOOP(fixed, memcpy(d, s, e))
LOOP(any, move_any(d, s, e))

#define DEFINE(op, suffix, name, e)                                                \
	void amli_##op##suffix##_run(char *dst, const char *src, const char *next, \
				     const struct amli_block *b)                   \
	{                                                                          \
		(void)next;                                                        \
		if (b->indices->bytes == sizeof(uint32_t))                         \
			op##_##name(dst, src, b, sizeof(uint32_t), e);             \
		else                                                               \
			op##_##name(dst, src, b, sizeof(uint64_t), e);             \
	}
#define DEFINE_BOTH(bits)                             \
	DEFINE(gather, bits, fixed, (size_t)bits / 8) \
	DEFINE(scatter, bits, fixed, (size_t)bits / 8)

DEFINE_BOTH(8)
DEFINE_BOTH(16)
DEFINE_BOTH(32)
DEFINE_BOTH(64)
DEFINE_BOTH(96)
DEFINE_BOTH(128)
DEFINE_BOTH(192)
DEFINE_BOTH(256)
DEFINE_BOTH(512)
DEFINE(gather, _any, any, b->element)
DEFINE(scatter, _any, any, b->element)

void amli_pieces_any_run(char *dst, const char *src, const char *next, const struct amli_block *b)
{
	const struct amli_piece *p = b->pieces->piece;
	size_t n = b->n[0], ahead = b->pieces->ahead;

	(void)next;
	for (size_t i = 0; i < n; i++, p++) {
		if (i + FAR_PIECES < ahead) {
			size_t bytes = p[FAR_PIECES + 1].at - p[FAR_PIECES].at;

			ask_block(src + p[FAR_PIECES].src, bytes);
			ask_block(dst + p[FAR_PIECES].dst, bytes);
		}
		move_any(dst + p->dst, src + p->src, p[1].at - p->at);
	}
}
