/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fused transposition of elements of 3, 6 and 12 bytes: as elements of BITS = 32, 64 and
 * 128 of which a quarter is empty.  Lanes are spread out when they have been read, and
 * squeezed together before they are written.  The includer defines what weave.h wants and
 *
 *	TRUE_BITS	3/4 BITS
 *
 * and gets fused<TRUE_BITS>_<ISA>_stream.  The ISA has shuffle() and squeeze(), see x86.h.
 */
#include "kernel/weave.h"

#define S (E * 3 / 4) /* the true size: a lane is P elements of it, 12 bytes */
#define SELF(name) AMLI_CAT3(AMLI_CAT(amli_fused, TRUE_BITS), _, AMLI_CAT3(ISA, _, name))

/* The vectors of ROWS rows of P columns.  back: a lane is read from so far before them, 0 or
 * 4 bytes, as the first column has nothing before it and the last nothing behind it. */
AMLI_INLINE TARGET void FN(read)(VEC *r, const char *s, const ptrdiff_t *row, size_t back)
{
	const uint8_t *spread = AMLI_CAT(amli_spread_, BITS)[back != 0];

	s -= back;
	AMLI_UNROLL
	for (int k = 0; k < P; k++) {
		r[k] = ON(lanes)(s + row[k], LANES > 1 ? s + row[k + P] : s,
				 LANES > 2 ? s + row[k + 2 * P] : s,
				 LANES > 2 ? s + row[k + 3 * P] : s);
		r[k] = ON(shuffle)(r[k], spread);
	}
	WEAVE(weave, r);
}

/* LINE rows; n[1] >= 2 x P.  Each column is followed by what is empty in a vector. */
AMLI_INLINE TARGET void FN(band)(char *d, const char *s, const char *next, const ptrdiff_t *row,
				 const struct amli_block *b)
{
	const uint8_t *together = AMLI_CAT(amli_together_, BITS);
	size_t n = b->n[1];
	VEC r[P];

	for (size_t j = 0; j < n; j += P) {
		size_t at = j + P <= n ? j : n - P; /* back over the one before */
		size_t back = (n - at - P) * S < 4 ? 4 : 0;

		for (size_t k = 0; next && j * S % AMLI_LINE < P * S && k < LINE; k++)
			prefetch_line((const char *)((uintptr_t)next + (uintptr_t)row[k] + j * S));
		AMLI_UNROLL
		for (int q = 0; q < 4 / LANES; q++) {
			FN(read)(r, s + at * S, row + q * ROWS, back);
			AMLI_UNROLL
			for (int k = 0; k < P; k++)
				ON(put)
			(d + b->col[at + (size_t)k] + q * 12 * LANES,
			 ON(squeeze)(ON(shuffle)(r[k], together)));
		}
	}
}

static TARGET void FN(bands)(char *d, const char *s, const char *next, const struct amli_block *b)
{
	size_t n = b->n[0], i = 0;
	ptrdiff_t padded[LINE];

	for (; i + LINE <= n; i += LINE)
		FN(band)(d + i * S, s, next, b->row + i, b);
	for (size_t k = 0; k < LINE; k++)
		padded[k] = b->row[i + k < n ? i + k : n - 1];
	if (i < n)
		FN(band)(d + i * S, s, next, padded, b);
}

TARGET void SELF(stream)(char *dst, const char *src, const char *next, const struct amli_block *b)
{
	/* What spills must be written over: columns that are apart, or written one after the other,
	 * of a single band and by whole lines.  Parts of the stage have at least half as many
	 * columns as the block, or 8. */
	bool apart = !amli_is_packed(b) || (b->n[0] <= LINE && LANES == 4);
	bool wide = apart && b->n[1] >= 4 * P;

	(BITS == 32 && !amli_is_packed(b) ? AMLI_CAT(amli_fused_tiled_, ISA)
					  : AMLI_CAT(amli_fused_staged_, ISA))(
		dst, src, next, b, wide ? FN(bands) : AMLI_CAT3(amli_fused_any_, ISA, _run),
		wide || BITS > 32 ? 2 * P : 1);
}

#undef S
#undef SELF
#undef TRUE_BITS
#include "kernel/weave_end.h"
