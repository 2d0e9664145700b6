/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One transposition kernel.  The includer defines what weave.h wants, and
 *
 *	STREAMS	1 if the ISA has stores past the caches
 *	SHIFTS	1 if it has slide<BITS>(), see x86.h
 *
 * and gets transpose<BITS>_<ISA>_run and _stream.
 *
 * The source has n[0] rows at src[0], contiguous along n[1]; the destination has
 * n[1] rows at dst[1], contiguous along n[0].
 */
#include "kernel/weave.h"

/* The vectors of ROWS rows of P elements, transposed: r[k] is a line's worth, or a part
 * of one, of destination row k. */
AMLI_INLINE TARGET void FN(read)(VEC *r, const char *s, ptrdiff_t ss)
{
	const char *at[4 * P];

	/* Four rows share a base: the compiler would keep an offset per row, and spill. */
	AMLI_UNROLL
	for (int q = 0; q < 4 * P; q += 4) {
		at[q] = q ? amli_opaque(at[q - 4] + 4 * ss) : s;
		for (int k = 1; k < 4; k++)
			at[q + k] = at[q] + k * ss;
	}
	AMLI_UNROLL
	for (int k = 0; k < P; k++)
		r[k] = ON(lanes)(at[k], at[k + P], at[k + 2 * P], at[k + 3 * P]);
	WEAVE(weave, r);
}

#if WIDE
/* quads x P elements of each of LINE rows, from each row in one go: rows at a power-of-two stride
 * share the ways of a cache set, and their lines would not be there any more for the next P. */
AMLI_INLINE TARGET void FN(read_quads)(VEC (*r)[P], const char *s, ptrdiff_t ss, int quads)
{
	AMLI_UNROLL
	for (int k = 0; k < P; k++) {
		const char *at = amli_opaque(s + k * ss);

		AMLI_UNROLL
		for (int q = 0; q < quads; q++)
			r[q][k] = ON(lanes)(at + q * 16, at + P * ss + q * 16,
					    at + 2 * P * ss + q * 16, at + 3 * P * ss + q * 16);
		amli_in_order();
	}
	AMLI_UNROLL
	for (int q = 0; q < quads; q++)
		WEAVE(weave, r[q]);
}
#endif

AMLI_INLINE TARGET void FN(write)(char *d, ptrdiff_t ds, const VEC *r, int first, int cols,
				  bool stream)
{
	AMLI_UNROLL
	for (int k = 0; k < P; k++) {
		if (k && k % 4 == 0)
			d = (char *)(uintptr_t)amli_opaque(d + 4 * ds);
		if (k < first || k >= cols)
			continue;
		if (stream)
			ON(stream)(d + k % 4 * ds, r[k]);
		else
			ON(put)(d + k % 4 * ds, r[k]);
	}
}

/* ROWS rows of cols < P elements.  wide: 16 bytes of each row may be read. */
static TARGET void FN(tile_part)(char *d, ptrdiff_t ds, const char *s, ptrdiff_t ss, int cols,
				 bool wide, bool stream)
{
	VEC r[P];

	if (wide) {
		FN(read)(r, s, ss);
	} else {
		AMLI_UNROLL
		for (int k = 0; k < P; k++)
			r[k] = ON(lanes_part)(s + k * ss, P * ss, (size_t)cols * E);
		WEAVE(weave, r);
	}
	FN(write)(d, ds, r, 0, cols, stream);
}

/* One lane: P rows of P elements */
AMLI_INLINE TARGET void FN(lane)(char *d, ptrdiff_t ds, const char *s, ptrdiff_t ss)
{
	VECB r[P];

	AMLI_UNROLL
	for (int k = 0; k < P; k++)
		r[k] = ONB(load)(s + k * ss);
	WEAVE(weave_lane, r);
	AMLI_UNROLL
	for (int k = 0; k < P; k++)
		ONB(put)(d + k * ds, r[k]);
}

/* The same of rows <= P rows of cols <= P elements */
static TARGET void FN(lane_part)(char *d, ptrdiff_t ds, const char *s, ptrdiff_t ss, int rows,
				 int cols)
{
	_Alignas(16) char out[P * 16];
	VECB r[P];

	for (int k = 0; k < P; k++) {
		const char *at = s + (k < rows ? k : 0) * ss;

		r[k] = cols == P ? ONB(load)(at) : ONB(lanes_part)(at, 0, (size_t)cols * E);
	}
	WEAVE(weave_lane, r);
	for (int k = 0; k < P; k++)
		ONB(put)(out + 16 * k, r[k]);
	for (int k = 0; k < cols; k++)
		if (rows == P)
			memcpy(d + k * ds, out + 16 * k, 16);
		else
			amli_move_15(d + k * ds, out + 16 * k, (size_t)rows * E);
}

AMLI_INLINE void FN(ask)(const char *at, ptrdiff_t ss, int rows)
{
	for (int k = 0; k < rows; k++) {
		prefetch_line(at);
		at = amli_opaque((const char *)((uintptr_t)at + (uintptr_t)ss));
	}
}

/* The next block's rows, n elements each, when column j of this one's is moved: a quarter of them
 * for each P columns, so that one line is asked for where one is moved.  The first quarters also
 * ask for what no whole line of columns stands for: the last lines of rows that do not begin or
 * end on one.  near: next is the band after this one in a source without gaps. */
AMLI_INLINE void FN(ahead)(uintptr_t next, ptrdiff_t ss, size_t j, size_t n, int lines, bool near)
{
	size_t part = j / P, whole = n / LINE;
	int rows = P * lines;
	const char *at = (const char *)(next + (uintptr_t)amli_steps(part % 4 * (size_t)rows, ss));

	if (near) {
		FN(ask_near)(next, j);
		return;
	}
	if (whole == 0 && part > 0)
		return;
	if (whole == 0)
		rows *= 4;
	if (part < 4 * whole || n % LINE)
		FN(ask)(at + (part < 4 * whole ? part / 4 : whole) * AMLI_LINE, ss, rows);
	if (part < 4 && n > 2 * P && (n % LINE || (next | (uintptr_t)ss) % AMLI_LINE))
		FN(ask)(at + n * E - 1, ss, rows);
}

AMLI_INLINE bool FN(is_near)(const char *s, uintptr_t next, const struct amli_block *b)
{
	return FN(follows)(b, b->src[0]) && next == FN(band_after)(s, b);
}

/* The columns left over by a band of P at a time, from j on */
AMLI_INLINE TARGET void FN(band_end)(char *d, const char *s, const struct amli_block *b, size_t j,
				     int lines, bool wide, bool stream)
{
	ptrdiff_t ds = b->dst[1], ss = b->src[0];
	size_t n = b->n[1], at = n < P ? 0 : n - P; /* back over the one before */
	VEC r[P];

	if (j == n)
		return;
	d += amli_steps(at, ds), s += at * E;
	for (int q = 0; q < lines * 4 / LANES; q++) {
		if (n < P) {
			FN(tile_part)(d, ds, s, ss, (int)n, wide, stream);
		} else {
			FN(read)(r, s, ss);
			FN(write)(d, ds, r, (int)(j - at), P, stream);
		}
		d += 16 * LANES, s += ROWS * ss;
	}
}

#if WIDE
/* The lines of a row are stored one after the other, so two of them leave registers for half
 * the columns.  Returns the columns done, all but a few. */
AMLI_INLINE TARGET size_t FN(band_wide)(char *d, const char *s, uintptr_t next,
					const struct amli_block *b, int lines, bool stream)
{
	ptrdiff_t ds = b->dst[1], ss = b->src[0];
	const int quads = QUADS(lines);
	const size_t cols = (size_t)quads * P;
	bool near = FN(is_near)(s, next, b);
	VEC r[2][4][P];
	size_t j = 0;

	for (; j + cols <= b->n[1]; j += cols) {
		for (size_t v = 0; next && v < cols; v += P)
			FN(ahead)(next, ss, j + v, b->n[1], lines, near);
		AMLI_UNROLL
		for (int v = 0; v < lines; v++)
			FN(read_quads)
		(r[v], s + j * E + amli_steps((size_t)v * LINE, ss), ss, quads);
		AMLI_UNROLL
		for (size_t k = 0; k < cols; k++)
			for (int v = 0; v < lines; v++)
				(stream ? ON(stream) : ON(put))(d + amli_steps(j + k, ds) +
									v * (ptrdiff_t)AMLI_LINE,
								r[v][k / P][k % P]);
	}
	return j;
}
#endif

/* lines x LINE rows, all columns; d, s and next at the first of the rows.  wide: 16 bytes
 * of each row may be read. */
AMLI_INLINE TARGET void FN(band)(char *d, const char *s, uintptr_t next, const struct amli_block *b,
				 int lines, bool wide, bool stream, bool whole)
{
	ptrdiff_t ds = b->dst[1], ss = b->src[0];
	bool near = FN(is_near)(s, next, b);
	size_t j = 0;
	VEC r[P];

	(void)whole;
#if WIDE
	if (whole && lines <= 2)
		j = FN(band_wide)(d, s, next, b, lines, stream);
#endif
	for (; j + P <= b->n[1]; j += P) {
		if (next)
			FN(ahead)(next, ss, j, b->n[1], lines, near);
		AMLI_UNROLL_2 for (int q = 0; q < lines * 4 / LANES; q++)
		{
			FN(read)(r, s + j * E + q * ROWS * ss, ss);
			FN(write)(d + amli_steps(j, ds) + q * 16 * LANES, ds, r, 0, P, stream);
		}
	}
	FN(band_end)(d, s, b, j, lines, wide, stream);
}

static TARGET void FN(band_1)(char *d, const char *s, uintptr_t next, const struct amli_block *b,
			      bool wide)
{
	FN(band)(d, s, next, b, 1, wide, false, false);
}

static TARGET void FN(band_whole)(char *d, const char *s, uintptr_t next,
				  const struct amli_block *b, bool wide)
{
	FN(band)(d, s, next, b, 1, wide, false, true);
}

static TARGET void FN(band_2)(char *d, const char *s, uintptr_t next, const struct amli_block *b,
			      bool wide)
{
	FN(band)(d, s, next, b, 2, wide, false, false);
}

/* The lines of rows rows of the next block, where column j begins one in this */
AMLI_INLINE void FN(ahead_rows)(uintptr_t next, ptrdiff_t ss, size_t j, size_t rows)
{
	if (next && j * E % AMLI_LINE == 0)
		for (size_t i = 0; i < rows; i++)
			prefetch_line((const char *)(next + (uintptr_t)amli_steps(i, ss) + j * E));
}

/* rows < P rows: every destination row is shorter than a lane */
static TARGET void FN(few)(char *d, const char *s, uintptr_t next, const struct amli_block *b,
			   int rows)
{
	ptrdiff_t ds = b->dst[1], ss = b->src[0];
	size_t n = b->n[1], j = 0;
	VECB r[P];

	if (ds == rows * (ptrdiff_t)E) { /* dense: what spills over is written again */
		for (; j + 2 * P <= n; j += P) {
			FN(ahead_rows)(next, ss, j, (size_t)rows);
			AMLI_UNROLL
			for (int k = 0; k < P; k++)
				r[k] = ONB(load)(s + j * E + (k < rows ? k : 0) * ss);
			WEAVE(weave_lane, r);
			AMLI_UNROLL
			for (int k = 0; k < P; k++)
				ONB(put)(d + amli_steps(j + (size_t)k, ds), r[k]);
		}
	}
	for (; j < n; j += P) {
		FN(ahead_rows)(next, ss, j, (size_t)rows);
		FN(lane_part)
		(d + amli_steps(j, ds), ds, s + j * E, ss, rows, n - j < P ? (int)(n - j) : P);
	}
}

/* P rows of at least P columns, by lanes */
AMLI_INLINE TARGET void FN(narrow_rows)(char *d, const char *s, uintptr_t next,
					const struct amli_block *b, size_t rows)
{
	ptrdiff_t ds = b->dst[1], ss = b->src[0];
	size_t n = b->n[1];

	for (size_t j = 0; j < n; j += P) {
		size_t from = j + P <= n ? j : n - P;

		FN(ahead_rows)(next, ss, j, rows);
		FN(lane)(d + amli_steps(from, ds), ds, s + from * E, ss);
	}
}

/* rows < LINE rows, all columns */
static TARGET void FN(narrow)(char *d, const char *s, uintptr_t next, const struct amli_block *b,
			      size_t rows)
{
	ptrdiff_t ss = b->src[0];

	if (rows < P) {
		if (rows)
			FN(few)(d, s, next, b, (int)rows);
		return;
	}
	for (size_t i = 0; i < rows; i += P) {
		size_t at = i + P <= rows ? i : rows - P;
		char *di = d + at * E;
		const char *si = s + amli_steps(at, ss);

		if (b->n[1] < P)
			FN(lane_part)(di, b->dst[1], si, ss, P, (int)b->n[1]);
		else
			FN(narrow_rows)
		(di, si, next ? next + (uintptr_t)amli_steps(i, ss) : 0, b, at == i ? P : rows - i);
	}
}

/* The last rows < 2 x LINE rows of a block, going back over those before for a whole band,
 * or for whole lanes where they are that few. */
static TARGET void FN(bands_end)(char *dst, const char *src, const char *next,
				 const struct amli_block *b, size_t rows)
{
	size_t take = rows <= 2 * P ? (rows + P - 1) / P * P : rows <= LINE ? LINE : 2 * LINE;
	size_t at = b->n[0] - take;
	ptrdiff_t from = amli_steps(at, b->src[0]);
	uintptr_t ahead = amli_ahead(next, at, b->src[0]);

	if (rows == 0)
		return;
	if (take < LINE)
		FN(narrow)(dst + at * E, src + from, ahead, b, take);
	else
		(take == LINE ? FN(band_1) : FN(band_2))(dst + at * E, src + from, ahead, b, false);
}

/* The whole block by bands of two lines or, if it is short, of one. */
static TARGET void FN(bands)(char *dst, const char *src, const char *next,
			     const struct amli_block *b)
{
	ptrdiff_t ss = b->src[0];
	bool dense = ss == (ptrdiff_t)(b->n[1] * E);
	bool whole = WIDE && amli_aliased(ss, 2 * LINE, b->n[0] * b->n[1] * E);
	size_t n = b->n[0], rows = n < 2 * LINE || whole ? LINE : 2 * LINE, i = 0;

	if (n < LINE) {
		FN(narrow)(dst, src, (uintptr_t)next, b, n);
		return;
	}
	for (; i + rows <= n; i += rows) {
		bool wide = dense && (n - i - rows) * (size_t)ss >= 16;

		(whole		? FN(band_whole)
		 : rows == LINE ? FN(band_1)
				: FN(band_2))(dst + i * E, src + amli_steps(i, ss),
					      amli_ahead(next, i, ss), b, wide);
	}
	FN(bands_end)(dst, src, next, b, n - i);
}

#if STREAMS
#include "kernel/transpose_stream.h"
#endif

#if SQUARES
/* A line of each of LINE rows from row i and column j on */
AMLI_INLINE TARGET void FN(square)(char *dst, const char *src, uintptr_t next,
				   const struct amli_block *b, size_t i, size_t j)
{
	ptrdiff_t ds = b->dst[1], ss = b->src[0], from = amli_steps(i, ss) + (ptrdiff_t)(j * E);
	char *d = dst + amli_steps(j, ds) + i * E;
	const char *s = src + from;
	VEC r[LINE];

	AMLI_UNROLL
	for (int k = 0; k < (int)LINE; k++) {
		if (k && k % 4 == 0)
			s = amli_opaque(s + 4 * ss);
		r[k] = ON(load)(s + k % 4 * ss);
	}
	if (next)
		FN(ask)((const char *)(next + (uintptr_t)from), ss, (int)LINE);
	FN(weave_square)(r);
	AMLI_UNROLL
	for (int k = 0; k < (int)LINE; k++) {
		if (k && k % 4 == 0)
			d = (char *)(uintptr_t)amli_opaque(d + 4 * ds);
		ON(put)(d + k % 4 * ds, r[k]);
	}
}

/* In caches, by whole lines of both sides: along destination rows if that is where one visit is followed
 * by the next, or else along source rows.  False: bands are better. */
static TARGET bool FN(squares)(char *dst, const char *src, const char *next,
			       const struct amli_block *b)
{
	size_t rows = b->n[0], cols = b->n[1], ds = (size_t)labs(b->dst[1]),
	       ss = (size_t)labs(b->src[0]);
	bool dst_odd = ((uintptr_t)dst | ds) % AMLI_LINE,
	     src_odd = ((uintptr_t)src | ss) % AMLI_LINE;
	bool down = dst_odd || (!src_odd && ds >= ss);
	size_t n = down ? cols : rows, m = down ? rows : cols;

	if (rows < LINE || cols < LINE || (src_odd && ds > ss))
		return false;
	for (size_t p = 0; p < n; p += LINE)
		for (size_t q = 0; q < m; q += LINE) { /* the last ones back over those before */
			size_t a = p + LINE <= n ? p : n - LINE, c = q + LINE <= m ? q : m - LINE;

			FN(square)(dst, src, (uintptr_t)next, b, down ? c : a, down ? a : c);
		}
	return true;
}
#endif

TARGET void AMLI_CAT3(amli_, FN(transpose), _run)(char *dst, const char *src, const char *next,
						  const struct amli_block *b)
{
#if SHIFTS && BITS < 128
	size_t row = b->n[0] * E;

	if (b->dst[1] == (ptrdiff_t)row && row < AMLI_LINE && b->n[1] >= 4 * LINE &&
	    AMLI_CAT(amli_, FN(interleave))(dst, src, next, b, false))
		return;
	if (AMLI_CAT(amli_, FN(deinterleave))(dst, src, b, false))
		return;
#endif
#if SQUARES
	if (FN(squares)(dst, src, next, b))
		return;
#endif
	FN(bands)(dst, src, next, b);
}

#include "kernel/weave_end.h"
