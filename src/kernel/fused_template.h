/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transposition of rows and columns that several loops make up, so that each is where a
 * table says.  Extents that are tiny one by one (5 x 170 rows) fill whole tiles together.
 * The includer defines what transpose_template.h wants, and gets fused<BITS>_<ISA>_run and,
 * with STREAMS, _stream.
 *
 * Rows beyond the last are read from the last again, so each tile is a whole one; what is
 * too much of it goes nowhere.
 */
#include "kernel/weave.h"

/* The vectors of ROWS rows of P elements, transposed */
AMLI_INLINE TARGET void FN(read)(VEC *r, const char *s, const ptrdiff_t *row)
{
	AMLI_UNROLL
	for (int k = 0; k < P; k++)
		r[k] = ON(lanes)(s + row[k], LANES > 1 ? s + row[k + P] : s,
				 LANES > 2 ? s + row[k + 2 * P] : s,
				 LANES > 2 ? s + row[k + 3 * P] : s);
	WEAVE(weave, r);
}

#if WIDE
/* See transpose_template.h. */
AMLI_INLINE TARGET void FN(read_quads)(VEC (*r)[P], const char *s, const ptrdiff_t *row, int quads)
{
	AMLI_UNROLL
	for (int k = 0; k < P; k++) {
		AMLI_UNROLL
		for (int q = 0; q < quads; q++)
			r[q][k] = ON(lanes)(s + row[k] + q * 16, s + row[k + P] + q * 16,
					    s + row[k + 2 * P] + q * 16,
					    s + row[k + 3 * P] + q * 16);
		amli_in_order();
	}
	AMLI_UNROLL
	for (int q = 0; q < quads; q++)
		WEAVE(weave, r[q]);
}
#endif

AMLI_INLINE void FN(ask)(uintptr_t at, const ptrdiff_t *row, int rows)
{
	for (int k = 0; k < rows; k++)
		prefetch_line((const char *)(at + (uintptr_t)row[k]));
}

/* See transpose_template.h. */
AMLI_INLINE void FN(ahead)(const char *next, const ptrdiff_t *row, const struct amli_block *b,
			   size_t j, int lines, bool near)
{
	size_t n = b->n[1], part = j / P, whole = n / LINE;
	uintptr_t at = (uintptr_t)next;
	int rows = P * lines;
	bool odd =
		part < 4 && n > 2 * P &&
		(n % LINE || ((at + (uintptr_t)row[0]) | (uintptr_t)(row[1] - row[0])) % AMLI_LINE);

	if (near)
		FN(ask_near)(at + (uintptr_t)row[0], j);
	if (!next || near || (whole == 0 && part > 0))
		return;
	if (whole == 0)
		rows *= 4;
	row += part % 4 * (size_t)rows;
	if (part < 4 * whole || n % LINE)
		FN(ask)(at + (part < 4 * whole ? part / 4 : whole) * AMLI_LINE, row, rows);
	if (odd)
		FN(ask)(at + n * E - 1, row, rows);
}

/* s, next: of row 0 of the block */
AMLI_INLINE bool FN(is_near)(const char *s, const char *next, const struct amli_block *b)
{
	return next && FN(follows)(b, b->src[0]) && (uintptr_t)next == FN(band_after)(s, b);
}

#if WIDE
/* See transpose_template.h. */
AMLI_INLINE TARGET size_t FN(band_wide)(char *d, const char *s, const char *next,
					const ptrdiff_t *row, const struct amli_block *b, int lines,
					bool stream)
{
	const int quads = QUADS(lines);
	const size_t cols = (size_t)quads * P;
	bool near = FN(is_near)(s, next, b);
	VEC r[2][4][P];
	size_t j = 0;

	for (; j + cols <= b->n[1]; j += cols) {
		for (size_t v = 0; v < cols; v += P)
			FN(ahead)(next, row, b, j + v, lines, near);
		AMLI_UNROLL
		for (int v = 0; v < lines; v++)
			FN(read_quads)(r[v], s + j * E, row + (size_t)v * LINE, quads);
		AMLI_UNROLL
		for (size_t k = 0; k < cols; k++)
			for (int v = 0; v < lines; v++)
				(stream ? ON(stream)
					: ON(put))(d + b->col[j + k] + v * (ptrdiff_t)AMLI_LINE,
						   r[v][k / P][k % P]);
	}
	return j;
}
#endif

/* LINE rows, columns from j on, n[1] >= P */
AMLI_INLINE TARGET void FN(band_from)(char *d, const char *s, const char *next,
				      const ptrdiff_t *row, const struct amli_block *b, size_t j)
{
	size_t n = b->n[1];
	VEC r[P];

	for (; j < n; j += P) {
		size_t at = j + P <= n ? j : n - P; /* back over the one before */

		FN(ahead)(next, row, b, j, 1, false);
		AMLI_UNROLL
		for (int q = 0; q < 4 / LANES; q++) {
			FN(read)(r, s + at * E, row + q * ROWS);
			AMLI_UNROLL
			for (int k = 0; k < P; k++)
				ON(put)(d + b->col[at + (size_t)k] + q * 16 * LANES, r[k]);
		}
	}
}

static TARGET void FN(band)(char *d, const char *s, const char *next, const ptrdiff_t *row,
			    const struct amli_block *b)
{
	FN(band_from)(d, s, next, row, b, 0);
}

#if WIDE
static TARGET void FN(band_whole)(char *d, const char *s, const char *next, const ptrdiff_t *row,
				  const struct amli_block *b)
{
	FN(band_from)(d, s, next, row, b, FN(band_wide)(d, s, next, row, b, 1, false));
}
#else
#define band_whole band
#endif

/* The first of these rows, LINE of them, the last one repeated. */
AMLI_INLINE void FN(pad)(ptrdiff_t *to, const ptrdiff_t *row, size_t rows)
{
	for (size_t k = 0; k < LINE; k++)
		to[k] = row[k < rows ? k : rows - 1];
}

/* rows < LINE rows: whole tiles in a buffer, and the wanted part of each column from it */
static TARGET void FN(few)(char *d, const char *s, const char *next, const ptrdiff_t *row,
			   size_t rows, const struct amli_block *b)
{
	static const ptrdiff_t line[16] = {0,	64,  128, 192, 256, 320, 384, 448,
					   512, 576, 640, 704, 768, 832, 896, 960};
	_Alignas(64) char out[P * AMLI_LINE];
	struct amli_block tile = *b;
	ptrdiff_t padded[LINE];

	FN(pad)(padded, row, rows);
	tile.n[1] = P;
	tile.col = line;
	for (size_t j = 0; j < b->n[1]; j += P) {
		size_t at = j + P <= b->n[1] ? j : b->n[1] - P;

		FN(band)(out, s + at * E, next ? next + at * E : NULL, padded, &tile);
		for (size_t k = 0; k < P; k++)
			amli_move_63(d + b->col[at + k], out + k * AMLI_LINE, rows * E);
	}
}

/* All rows; n[1] >= P */
static TARGET void FN(bands)(char *d, const char *s, const char *next, const struct amli_block *b)
{
	size_t n = b->n[0], i = 0;
	bool whole = WIDE && n >= 2 * LINE && amli_table_aliased(b->row, 2 * LINE, n * b->n[1] * E);

	for (; i + LINE <= n; i += LINE)
		(whole ? FN(band_whole) : FN(band))(d + i * E, s, next, b->row + i, b);
	if (i == n)
		return;
	if (n >= LINE)
		(whole ? FN(band_whole) : FN(band))(d + (n - LINE) * E, s, next, b->row + n - LINE,
						    b);
	else
		FN(few)(d, s, next, b->row, n, b);
}

#if STREAMS
#include "kernel/fused_stream.h"
#endif

#if SQUARES
/* A line of each of LINE rows, or of a few columns */
AMLI_INLINE TARGET void FN(square)(char *d, const char *s, const char *next, const ptrdiff_t *row,
				   const ptrdiff_t *col, size_t cols, bool whole)
{
	VEC r[LINE];

	AMLI_UNROLL
	for (size_t k = 0; k < LINE; k++)
		r[k] = whole ? ON(load)(s + row[k]) : FN(some)(s + row[k], (1u << cols) - 1);
	if (next)
		FN(ask)((uintptr_t)next, row, (int)LINE);
	FN(weave_square)(r);
	AMLI_UNROLL
	for (size_t k = 0; k < LINE; k++)
		if (whole || k < cols)
			ON(put)(d + col[k], r[k]);
}

/* n[0] >= LINE: in caches, by whole lines of both sides */
static TARGET void FN(squares)(char *dst, const char *src, const char *next,
			       const struct amli_block *b)
{
	for (size_t i = 0; i < b->n[0]; i += LINE) {
		size_t at = i + LINE <= b->n[0] ? i : b->n[0] - LINE; /* back over those before */
		const ptrdiff_t *row = b->row + at;
		char *d = dst + at * E;

		for (size_t j = 0; j < b->n[1]; j += LINE) {
			size_t cols = b->n[1] - j;
			const char *then = next ? (const char *)((uintptr_t)next + j * E) : NULL;

			if (cols >= LINE)
				FN(square)(d, src + j * E, then, row, b->col + j, LINE, true);
			else
				FN(square)(d, src + j * E, then, row, b->col + j, cols, false);
		}
	}
}
#endif

TARGET void AMLI_CAT3(amli_, FN(fused), _run)(char *dst, const char *src, const char *next,
					      const struct amli_block *b)
{
#if SHIFTS && BITS < 128
	if (AMLI_CAT(amli_, FN(deinterleave_fused))(dst, src, b, false))
		return;
#endif
#if SQUARES
	if (b->n[0] >= LINE) {
		FN(squares)(dst, src, next, b);
		return;
	}
#endif
	if (b->n[1] < P)
		amli_fused_ref_run(dst, src, next, b);
	else
		FN(bands)(dst, src, next, b);
}

#undef band_whole
#include "kernel/weave_end.h"
