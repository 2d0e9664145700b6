/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Streaming when destination rows follow each other without gaps: part of
 * transpose_template.h, for an ISA that can select elements of two vectors at will.
 *
 * The destination is one stream then, to which each column is appended.  What does not fill a
 * line is carried to the next column, so no line is written in part but the first and the last.
 */
#define TILES (AMLI_DENSE_MOST / AMLI_LINE)
#define SEAM struct FN(seam)

SEAM
{
	char *line;
	size_t phase; /* bytes that are carried, the last ones of carry */
	size_t from;  /* the first line: where it begins */
	VEC carry;
};

AMLI_INLINE TARGET void FN(emit)(SEAM *to, VEC v)
{
	if (to->from)
		ON(put_from)(to->line, v, to->from);
	else
		ON(stream)(to->line, v);
	to->from = 0;
	to->line += AMLI_LINE;
}

AMLI_INLINE TARGET void FN(append)(SEAM *to, VEC v)
{
	FN(emit)(to, FN(slide)(to->carry, v, to->phase));
	to->carry = v;
}

/* The last bytes of v */
AMLI_INLINE TARGET void FN(append_part)(SEAM *to, VEC v, size_t bytes)
{
	VEC first = FN(slide)(v, v, bytes);

	to->phase += bytes;
	if (to->phase < AMLI_LINE) {
		to->carry = FN(slide)(to->carry, first, AMLI_LINE - bytes);
		return;
	}
	FN(emit)(to, FN(slide)(to->carry, first, to->phase - bytes));
	to->carry = v;
	to->phase -= AMLI_LINE;
}

#if HALVES
#define AT_ONCE ((size_t)2 * P)
#define READ FN(read_halves)
#else
#define AT_ONCE ((size_t)P)
#define READ FN(read)
#endif

/* n[0] from LINE to TILES x LINE, n[1] >= 2 x P, everything in the destination a multiple of E */
static TARGET void FN(dense)(char *dst, const char *src, const char *next,
			     const struct amli_block *b)
{
	const size_t rows = b->n[0], n = b->n[1], tiles = (rows + LINE - 1) / LINE;
	const size_t last = (rows - (tiles - 1) * LINE) * E, phase = (uintptr_t)dst % AMLI_LINE;
	SEAM to = {dst - phase, phase, phase, ON(zero)()};
	ptrdiff_t ss = b->src[0];
	VEC r[TILES][AT_ONCE];

	for (size_t j = 0; j < n; j += AT_ONCE) {
		size_t at = j + AT_ONCE <= n ? j : n - AT_ONCE; /* back over the ones before */

		for (size_t q = 0; q < tiles; q++) {
			size_t i = q + 1 < tiles ? q * LINE : rows - LINE;
			ptrdiff_t from = amli_steps(i, ss);

			for (size_t k = j; next && k < j + AT_ONCE && k < n; k += P)
				FN(ahead)((uintptr_t)next + (uintptr_t)from, ss, k, n, 1, false);
			READ(r[q], src + at * E + from, ss);
		}
		for (size_t k = j - at; k < AT_ONCE; k++) {
			for (size_t q = 0; q + 1 < tiles; q++)
				FN(append)(&to, r[q][k]);
			FN(append_part)(&to, r[tiles - 1][k], last);
		}
	}
	if (to.phase)
		ON(put_up_to)
	(to.line, FN(slide)(to.carry, ON(zero)(), to.phase), to.phase);
}
#undef SEAM
#undef AT_ONCE
#undef READ
#undef TILES
