/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fused transposition of elements that no register holds: RGB pixels, small structs, short
 * runs.  The includer defines ISA and STREAMS as for copy_template.h, and gets
 * fused_any_<ISA>_run and, with STREAMS, _stream.
 *
 * An element moves as one word, or as a few pieces of 16 bytes, that reach past its end into
 * the place of the next row's, which comes after it.  Where there is none, in the last row,
 * and where there is nothing to read, in the last column, the move is exact.
 */
#define TARGET AMLI_CAT(TARGET_, ISA)
#define ON(name) AMLI_CAT3(name, _, ISA)
#define KERNEL(how) AMLI_CAT3(amli_fused_any, _, AMLI_CAT3(ISA, _, how))
#define W (sizeof(AMLI_CAT(vec_, ISA)))

AMLI_INLINE TARGET void ON(exact)(char *d, const char *s, size_t n)
{
	size_t o = 0;

	if (n < 16) {
		amli_move_15(d, s, n);
		return;
	}
	for (; n > W && o < n - W; o += W)
		ON(put)(d + o, ON(load)(s + o));
	if (n > W) {
		ON(put)(d + n - W, ON(load)(s + n - W));
		return;
	}
	for (; o < n - 16; o += 16)
		memcpy(d + o, s + o, 16);
	memcpy(d + n - 16, s + n - 16, 16);
}

/* word: 4, 8, or a multiple of 16, at least the element and less than twice of it; 0 = any
 * element.  A constant. */
AMLI_INLINE TARGET void ON(row_of)(char *d, const char *s, const struct amli_block *b, size_t word)
{
	const ptrdiff_t *col = b->col;
	size_t e = b->element, last = b->n[1] - 1;

	for (size_t j = 0; j < last; j++, s += e) {
		if (word == 0)
			ON(exact)(d + col[j], s, e);
		else if (word < 16)
			memcpy(d + col[j], s, word);
		for (size_t o = 0; word >= 16 && o < word; o += 16)
			memcpy(d + col[j] + o, s + o, 16);
	}
	ON(exact)(d + col[last], s, e);
}

AMLI_INLINE TARGET void ON(rows_of)(char *d, const char *s, const char *next,
				    const struct amli_block *b, size_t word)
{
	size_t e = b->element, n = b->n[0], bytes = b->n[1] * e;

	for (size_t i = 0; i < n; i++) {
		for (size_t o = 0; next && o < bytes; o += AMLI_LINE)
			prefetch_line((const char *)((uintptr_t)next + (uintptr_t)b->row[i] + o));
		if (i + 1 < n)
			ON(row_of)(d + i * e, s + b->row[i], b, word);
		else
			ON(row_of)(d + i * e, s + b->row[i], b, 0);
	}
}

TARGET void KERNEL(run)(char *dst, const char *src, const char *next, const struct amli_block *b)
{
	switch (b->element > 64 ? 5 : b->element > 8 ? (b->element + 15) / 16 : 0) {
	case 0:
		if (b->element < 3)
			ON(rows_of)(dst, src, next, b, 0);
		else if (b->element <= 4)
			ON(rows_of)(dst, src, next, b, 4);
		else
			ON(rows_of)(dst, src, next, b, 8);
		break;
	case 1:
		ON(rows_of)(dst, src, next, b, 16);
		break;
	case 2:
		ON(rows_of)(dst, src, next, b, 32);
		break;
	case 3:
		ON(rows_of)(dst, src, next, b, 48);
		break;
	case 4:
		ON(rows_of)(dst, src, next, b, 64);
		break;
	default:
		ON(rows_of)(dst, src, next, b, 0);
		break;
	}
}

#if STREAMS
#include "kernel/fused_stage.h"
#include "kernel/fused_tile.h"

TARGET void KERNEL(stream)(char *dst, const char *src, const char *next, const struct amli_block *b)
{
	AMLI_CAT(amli_fused_staged_, ISA)(dst, src, next, b, KERNEL(run), 1);
}
#endif

#undef TARGET
#undef ON
#undef KERNEL
#undef W
