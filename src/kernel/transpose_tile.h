/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Streaming by tiles that pass a stage: part of transpose_template.h, for an ISA that has registers for a
 * line of each of LINE rows.
 *
 * Destination lines that are far apart and share cache sets are best stored four at a time, next to each
 * other, and source lines loaded once.  That many do not fit into registers, so tiles of four lines of
 * each of LINE columns are put into the level-1 cache.  One leaves, and as many lines of the next block
 * are asked for, while the one after it is read: loads, weaving and stores overlap.
 */
#define TILE_LINES 4 /* lines */
#define TILE_PITCH (TILE_LINES * (ptrdiff_t)AMLI_LINE)

/* LINE / TILE_LINES columns of a tile leave for d, if there is one; as many lines are asked for. */
AMLI_INLINE TARGET void FN(leave)(char *d, ptrdiff_t ds, const char *stage, uintptr_t next,
				  ptrdiff_t ss)
{
	for (size_t k = 0; k < LINE / TILE_LINES; k++) {
		AMLI_UNROLL
		for (size_t v = 0; v < TILE_LINES * AMLI_LINE; v += AMLI_LINE) {
			if (next) {
				prefetch_line((const char *)next);
				next += (uintptr_t)ss;
			}
			if (d)
				ON(stream)(d + v, ON(load)(stage + v));
		}
		d = d ? d + ds : NULL;
		stage += TILE_PITCH;
	}
}

/* A line of each of LINE rows, as columns TILE_PITCH apart */
AMLI_INLINE TARGET void FN(put_square)(char *stage, const char *s, ptrdiff_t ss)
{
	VEC r[LINE];

	AMLI_UNROLL
	for (int k = 0; k < (int)LINE; k++) {
		if (k && k % 4 == 0)
			s = amli_opaque(s + 4 * ss);
		r[k] = ON(load)(s + k % 4 * ss);
	}
	FN(weave_square)(r);
	AMLI_UNROLL
	for (int k = 0; k < (int)LINE; k++)
		ON(put)(stage + k * TILE_PITCH, r[k]);
}

/* n[0] in fours of bands, n[1] in whole lines, every column on a line */
static TARGET void FN(staged_tiles)(char *dst, const char *src, uintptr_t next,
				    const struct amli_block *b)
{
	_Alignas(64) char stage[2][LINE * TILE_LINES * AMLI_LINE];
	const size_t rows = TILE_LINES * LINE;
	const ptrdiff_t ds = b->dst[1], ss = b->src[0], share = LINE / TILE_LINES;
	const char *out = stage[0]; /* what leaves, and where to */
	char *to = NULL;
	int turn = 0;

	for (size_t i = 0; i < b->n[0]; i += rows)
		for (size_t j = 0; j < b->n[1]; j += LINE) {
			ptrdiff_t from = amli_steps(i, ss) + (ptrdiff_t)(j * E);
			char *in = stage[turn];

			for (ptrdiff_t v = 0; v < TILE_LINES; v++) {
				ptrdiff_t band = from + amli_steps((size_t)v * LINE, ss);

				FN(put_square)(in + v * (ptrdiff_t)AMLI_LINE, src + band, ss);
				FN(leave)
				(to ? to + v * share * ds : NULL, ds, out + v * share * TILE_PITCH,
				 next ? next + (uintptr_t)band : 0, ss);
			}
			to = dst + i * E + amli_steps(j, ds), out = in;
			turn = !turn;
		}
	for (ptrdiff_t v = 0; v < TILE_LINES; v++)
		FN(leave)(to + v * share * ds, ds, out + v * share * TILE_PITCH, 0, ss);
}
#undef TILE_LINES
#undef TILE_PITCH
