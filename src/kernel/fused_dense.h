/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Short columns that follow each other in groups, streamed: part of fused_stream.h, for an ISA that
 * can select elements of two vectors at will.
 *
 * A group is a stream of lines (seam.h), to which each of its columns is appended: a vector of each
 * whole tile, and the first rows of one more.
 */
#define TILES (AMLI_DENSE_MOST / AMLI_LINE)
#define FEW_TILES 4 /* of more, half of one is a small part */
/* bytes of each row; of more than MANY half as many, as stacks are small */
#define STRIP ((size_t)128)
#define MANY ((size_t)256)
#define STRIP_PITCH(rows) (((rows) > MANY ? STRIP / 2 : STRIP) + AMLI_LINE)
#if BITS > 8
#define EACH_TILE AMLI_UNROLL
#else
#define EACH_TILE /* vectors of several are in memory anyway */
#endif
#define ASIDE struct FN(aside)
#define ASKING struct FN(asking)
#if HALVES
#define AT_ONCE ((size_t)2 * P) /* columns */
#else
#define AT_ONCE ((size_t)P)
#endif

#if HALVES
/* The first bytes of lanes 0 and 2, or of the others */
AMLI_INLINE TARGET void FN(append_half)(SEAM *to, VEC v, size_t bytes, bool odd)
{
	FN(append_joined)
	(to, FN(slide_half)(to->carry, v, to->phase, odd),
	 FN(slide_half)(to->carry, v, AMLI_LINE - bytes, odd), bytes);
}
#endif

/* few: no more than half the rows of a tile, in the first half of each vector; of columns k and
 * k + P in lanes 0 and 2, and 1 and 3. */
AMLI_INLINE TARGET void FN(read_tile)(VEC *r, const char *s, const ptrdiff_t *row, bool few,
				      size_t at_once)
{
#if HALVES
	if (at_once == P) {
		FN(read)(r, s, row);
		return;
	}
	if (!few) {
		FN(read_halves)(r, s, row);
		return;
	}
	AMLI_UNROLL
	for (int k = 0; k < P; k++)
		r[k] = ON(halves)(s + row[k], s + row[k + P]);
	WEAVE(weave, r);
#else
	(void)few, (void)at_once;
	FN(read)(r, s, row);
#endif
}

/* The next block is asked for evenly: with each AT_ONCE columns the same line of some more rows. */
ASKING
{
	uintptr_t next;
	size_t lines, last; /* of each row, 0 = do not ask; its last byte */
	size_t rows, share; /* at a time, a part of a tile; so many are on a line */
};

AMLI_INLINE ASKING FN(ask_evenly)(const char *next, const struct amli_block *b)
{
	size_t bytes = b->n[1] * E, steps = b->n[1] / AT_ONCE;
	ptrdiff_t pitch = b->src[0];
	bool odd = ((uintptr_t)next + (uintptr_t)b->row[0]) % AMLI_LINE ||
		   (b->row[1] - b->row[0]) % (ptrdiff_t)AMLI_LINE;
	ASKING a = {(uintptr_t)next, 0, bytes - 1, LINE / 4, 1};

	if (next)
		a.lines = (bytes + AMLI_LINE - 1) / AMLI_LINE + odd;
	while (pitch > 0 && (size_t)pitch <= AMLI_LINE / 2 / a.share)
		a.share *= 2;
	while (a.rows < LINE && a.rows * steps < a.lines * LINE)
		a.rows *= 2;
	return a;
}

/* Of a tile of so many rows, at AT_ONCE columns from j on */
AMLI_INLINE void FN(ask_tile)(const ASKING *a, const ptrdiff_t *row, size_t rows, size_t j)
{
	size_t turn = j / AT_ONCE * a->rows, line = turn / LINE, from = turn % LINE;
	size_t end = from + a->rows < rows ? from + a->rows : rows;
	size_t at = line * AMLI_LINE < a->last ? line * AMLI_LINE : a->last;

	for (size_t i = from; line < a->lines && i < end; i += a->share)
		prefetch_line((const char *)(a->next + (uintptr_t)row[i] + at));
}

/* Rows that share cache sets are put side by side first, a strip at a time, so that each line is
 * read once; what comes after is asked for meanwhile. */
ASIDE
{
	ptrdiff_t row[AMLI_DENSE_MOST / E];
	size_t end; /* column */
	_Alignas(64) char at[AMLI_DENSE_MOST / E * STRIP_PITCH(AMLI_DENSE_MOST / E)];
};

/* The strip of column j; where column 0 would be. */
static TARGET const char *FN(put_aside)(ASIDE *strip, const char *src, const char *next,
					const struct amli_block *b, size_t j)
{
	size_t n = b->n[1], pitch = STRIP_PITCH(b->n[0]), most = (pitch - AMLI_LINE) / E;
	size_t cols = most < n ? most : n;
	size_t from = j + cols < n ? j : n - cols;
	const char *then = from + cols < n ? src + (from + cols) * E : next;
	size_t bytes = cols * E, o;

	strip->end = from + cols;
	for (size_t i = 0; i < b->n[0]; i++) {
		const char *s = src + from * E + b->row[i];
		char *d = strip->at + i * pitch;

		strip->row[i] = (ptrdiff_t)(i * pitch);
		for (o = 0; then && o < bytes; o += AMLI_LINE)
			prefetch_line((const char *)((uintptr_t)then + (uintptr_t)b->row[i] + o));
		for (o = 0; o + AMLI_LINE <= bytes; o += AMLI_LINE)
			ON(put)(d + o, ON(load)(s + o));
		amli_move_63(d + o, s + o, bytes - o);
	}
	return (const char *)((uintptr_t)strip->at - from * E);
}

/* Columns of one block, which are put aside first if there is a strip.  tail: the last rows, padded;
 * left: columns in the group that they begin or continue. */
AMLI_INLINE TARGET size_t FN(columns)(SEAM *to, const char *src, const char *next,
				      const struct amli_block *b, const ASKING *ask,
				      struct amli_asker *asker, ASIDE *strip, ptrdiff_t *tail,
				      size_t left, size_t full, bool few, size_t at_once)
{
	const size_t rows = b->n[0] - full * LINE, n = b->n[1];
	const ptrdiff_t *row = strip ? strip->row : b->row;
	const char *from = src;
	VEC r[TILES][AT_ONCE];
	const bool appended = b->more;
	size_t end = strip ? 0 : n;

	for (size_t j = 0; j < n; j += at_once) {
		size_t skip = j + at_once <= n ? 0 : j + at_once - n; /* back over those before */
		const char *s;

		if (j >= end) {
			from = FN(put_aside)(strip, src, next, b, j);
			end = strip->end;
			FN(pad)(tail, row + full * LINE, rows);
		}
		s = from + (j - skip) * E;
		if (appended)
			amli_ask_share(asker);
		else
			for (size_t q = 0; q <= full; q++)
				FN(ask_tile)(ask, b->row + q * LINE, q < full ? LINE : rows, j);
		EACH_TILE
		for (size_t q = 0; q < full; q++)
			FN(read_tile)(r[q], s, row + q * LINE, false, at_once);
		FN(read_tile)(r[full], s, tail, few, at_once);
		AMLI_UNROLL
		for (size_t k = 0; k < AT_ONCE; k++) {
			if (k < skip || k >= at_once)
				continue;
			if (left == 0) {
				FN(begin_group)(to, b, j - skip + k);
				left = to->group;
			}
			left--;
			EACH_TILE
			for (size_t q = 0; q < full; q++)
				FN(append)(to, r[q][k]);
#if HALVES
			if (few) {
				FN(append_half)(to, r[full][k % P], rows * E, k >= P);
				continue;
			}
#endif
			FN(append_part)(to, r[full][k], rows * E);
		}
	}
	return left;
}

/* full: whole tiles of each column; few: so few rows follow that they are half of one; at_once: columns.
 * All are constants, so that vectors are in registers. */
AMLI_INLINE TARGET void FN(groups)(char *dst, const char *src, const char *next,
				   const struct amli_block *b, size_t group, size_t full, bool few,
				   size_t at_once)
{
	const size_t look = b->n[0] < 2 * LINE ? b->n[0] : 2 * LINE, last = b->more;
	const bool aside = amli_table_aliased(b->row, look, b->n[0] * b->n[1] * E);
	const ASKING ask = FN(ask_evenly)(aside || last ? NULL : next, b);
	SEAM to = FN(seam_of)(dst, b, group);
	struct amli_asker asker;
	ptrdiff_t tail[LINE];
	size_t left = 0;
	ASIDE strip;

	FN(pad)(tail, b->row + full * LINE, b->n[0] - full * LINE);
	if (last)
		asker = amli_asker_of(next, b, (b->n[1] + at_once - 1) / at_once * (last + 1));
	for (size_t t = 0; t <= last; t++)
		left = FN(columns)(&to, last ? amli_source_of(b, src, t) : src, last ? NULL : next,
				   b, &ask, &asker, aside ? &strip : NULL, tail, left, full, few,
				   at_once);
	FN(end_group)(&to);
}

TARGET bool AMLI_CAT(amli_, FN(dense))(char *dst, const char *src, const char *next,
				       const struct amli_block *b)
{
	size_t full = (b->n[0] - 1) / LINE, rest = b->n[0] - full * LINE;
	size_t group = b->packed < b->n[1] ? b->packed : b->n[1];
	bool few = HALVES && rest <= 2 * P;
	uintptr_t odds = (uintptr_t)dst;

	if (b->n[0] < AMLI_DENSE_ROWS(E) || full >= TILES || b->n[1] < P)
		return false;
	if (b->more)
		group = b->n[1] * (b->more + 1);
	for (size_t j = 0; j < b->n[1]; j += group)
		odds |= (uintptr_t)b->col[j];
	if (odds % E)
		return false;
#define CASE(tiles)                                                                  \
	case tiles:                                                                  \
		if (b->n[1] < AT_ONCE)                                               \
			FN(groups)(dst, src, next, b, group, tiles, false, P);       \
		else if (few && tiles < FEW_TILES)                                   \
			FN(groups)(dst, src, next, b, group, tiles, true, AT_ONCE);  \
		else                                                                 \
			FN(groups)(dst, src, next, b, group, tiles, false, AT_ONCE); \
		break;
	switch (full) {
		CASE(0)
		CASE(1)
#if BITS > 8
		CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7)
#else
	default:
		FN(groups)(dst, src, next, b, group, full, few, P);
#endif
	}
#undef CASE
	return true;
}
#undef TILES
#undef AT_ONCE
#undef FEW_TILES
#undef STRIP
#undef MANY
#undef STRIP_PITCH
#undef EACH_TILE
#undef ASIDE
#undef ASKING
