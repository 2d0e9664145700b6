/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transposition with stores past the caches: part of transpose_template.h.
 *
 * Such a store is worth its name only if it completes a line.  Where destination rows begin
 * on a line the registers are stored directly; where they do not, transpose_shift.h or a
 * staging buffer in the level-1 cache makes whole lines.  The sizes below were measured
 * (doc/PERFORMANCE.md).
 */
#define STAGE_ROW ((size_t)512) /* bytes of a destination row */
#define STAGE_PITCH (STAGE_ROW + AMLI_LINE)
#define STAGE_COLS ((size_t)64)
#define PACKED ((size_t)2048)	   /* bytes of rows without gaps */
#define PACKED_LATE ((size_t)2560) /* of them that may wait for the next ones */
#define PACKED_MOST ((size_t)8192) /* of LINE rows; twice as many are staged */
#define SIDE_GAPS (PACKED_MOST / LINE / E * AMLI_LINE)
#define VISIT ((size_t)4096) /* bytes read before a row of few columns is left */

static TARGET void FN(band_stream_1)(char *d, const char *s, uintptr_t next,
				     const struct amli_block *b)
{
	FN(band)(d, s, next, b, 1, false, true, true);
}

static TARGET void FN(band_stream_2)(char *d, const char *s, uintptr_t next,
				     const struct amli_block *b)
{
	FN(band)(d, s, next, b, 2, false, true, true);
}

/* What is asked for while the band of row i is moved */
AMLI_INLINE uintptr_t FN(then)(const char *src, const char *next, const struct amli_block *b,
			       size_t i)
{
	ptrdiff_t ss = b->src[0];

	return FN(follows)(b, ss) ? FN(band_after)(src + amli_steps(i, ss), b)
				  : amli_ahead(next, i, ss);
}

/* Few columns: rows enough that each visit to a destination row is long */
static TARGET void FN(band_stream_n)(char *d, const char *s, uintptr_t next,
				     const struct amli_block *b, int lines)
{
	FN(band)(d, s, next, b, lines, false, true, false);
}

/* Two lines again, for a source and a destination whose rows both fight for the same cache
 * sets, without the registers of band_wide(): LINE rows x a line at a time, so that fewer source
 * lines are in use at once. */
static TARGET void FN(band_blocked)(char *d, const char *s, uintptr_t next,
				    const struct amli_block *b)
{
	size_t whole = b->n[1] / LINE * LINE;
	struct amli_block part = *b;

	part.n[1] = LINE;
	for (size_t j = 0; j < whole; j += LINE) {
		for (size_t i = 0; i < 2 * LINE; i += LINE) {
			ptrdiff_t from = (ptrdiff_t)(j * E) + amli_steps(i, b->src[0]);

			FN(band)
			(d + i * E + amli_steps(j, b->dst[1]), s + from,
			 next ? next + (uintptr_t)from : 0, &part, 1, false, true, true);
		}
	}
	part.n[1] = b->n[1] - whole;
	if (part.n[1])
		FN(band_stream_2)(d + amli_steps(whole, b->dst[1]), s + whole * E, 0, &part);
}

#if TILED
#include "kernel/transpose_tile.h"

/* The rows that make whole tiles, if those are best; returns how many. */
static TARGET size_t FN(tiles)(char *dst, const char *src, const char *next,
			       const struct amli_block *b)
{
	struct amli_block part = *b;
	size_t rest = b->n[1] % LINE;

	if (!amli_is_tiled(E, src, b))
		return 0;
	part.n[0] -= b->n[0] % AMLI_TILE_ROWS(E);
	part.n[1] -= rest;
	FN(staged_tiles)(dst, src, (uintptr_t)next, &part);
	dst += amli_steps(part.n[1], b->dst[1]), src += part.n[1] * E;
	part.n[1] = rest;
	for (size_t i = 0; rest && i < part.n[0]; i += LINE)
		FN(band_stream_1)(dst + i * E, src + amli_steps(i, b->src[0]), 0, &part);
	return part.n[0];
}
#endif

/* Every destination row starts at the same place in a line: lines go straight from
 * the registers to memory. */
static TARGET void FN(direct)(char *dst, const char *src, const char *next,
			      const struct amli_block *b)
{
	ptrdiff_t ss = b->src[0];
	size_t n = b->n[0], i = -(uintptr_t)dst % AMLI_LINE / E, rows;
	size_t bytes = n * b->n[1] * E;
	bool src_aliased = amli_aliased(ss, 2 * LINE, bytes);
	bool dst_aliased = amli_aliased(b->dst[1], 64, bytes);
	bool both = src_aliased && dst_aliased;
	bool follows = FN(follows)(b, ss);
	bool two = !follows && ((!WIDE && both) || (!src_aliased && (dst_aliased || E >= 8)));
	const size_t many = follows ? 0 : VISIT / (LINE * E * b->n[1]);

	if (i > n)
		i = n;
#if TILED /* dst is on a line */
	i = FN(tiles)(dst, src, next, b);
#else
	FN(narrow)(dst, src, (uintptr_t)next, b, i);
#endif
	for (; i + LINE <= n; i += rows) {
		uintptr_t ahead = FN(then)(src, next, b, i);
		char *d = dst + i * E;
		const char *s = src + amli_steps(i, ss);

		rows = two && i + 2 * LINE <= n ? 2 * LINE : LINE;
		if (many > 2 && i + many * LINE <= n) {
			rows = many * LINE;
			FN(band_stream_n)(d, s, ahead, b, (int)many);
		} else if (rows == LINE)
			FN(band_stream_1)(d, s, ahead, b);
		else if (both)
			FN(band_blocked)(d, s, ahead, b);
		else
			FN(band_stream_2)(d, s, ahead, b);
	}
	FN(narrow)(dst + i * E, src + amli_steps(i, ss), amli_ahead(next, i, ss), b, n - i);
}

#if SHIFTS && BITS > 8
#include "kernel/transpose_shift.h"
#endif

/* The general case: rows meet in a staging buffer and leave it line by line. */
static TARGET void FN(staged)(char *dst, const char *src, const char *next,
			      const struct amli_block *b)
{
	_Alignas(64) char stage[STAGE_COLS * STAGE_PITCH];
	struct amli_block part = *b;
	const size_t rows = STAGE_ROW / E, cols = STAGE_COLS;

	part.dst[1] = STAGE_PITCH;
	for (size_t i = 0; i < b->n[0]; i += part.n[0]) {
		part.n[0] = b->n[0] - i < rows ? b->n[0] - i : rows;
		for (size_t j = 0; j < b->n[1]; j += part.n[1]) {
			ptrdiff_t from = amli_steps(i, b->src[0]) + (ptrdiff_t)(j * E);
			char *d = dst + i * E + amli_steps(j, b->dst[1]);

			part.n[1] = b->n[1] - j < cols ? b->n[1] - j : cols;
			for (size_t k = 0; k < part.n[1]; k++) { /* lines written in part */
				prefetch_line(d + amli_steps(k, b->dst[1]));
				prefetch_line(d + amli_steps(k, b->dst[1]) + part.n[0] * E - 1);
			}
			FN(bands)
			(stage, src + from,
			 next ? (const char *)((uintptr_t)next + (uintptr_t)from) : NULL, &part);
			for (size_t k = 0; k < part.n[1]; k++)
				ON(flush)
			(d + amli_steps(k, b->dst[1]), stage + k * STAGE_PITCH, part.n[0] * E);
		}
	}
}

/* Rows of n bytes side by side in a buffer, and what corresponds in the next block asked for. */
static TARGET void FN(side_by_side)(char *d, ptrdiff_t ds, const char *s, const char *next,
				    ptrdiff_t ss, size_t rows, size_t n)
{
	for (size_t i = 0; i < rows; i++) {
		uintptr_t ahead = amli_ahead(next, i, ss);
		size_t o = 0;

		for (; o + AMLI_LINE <= n; o += AMLI_LINE) {
			if (ahead)
				prefetch_line((const char *)(ahead + o));
			for (size_t k = 0; k < AMLI_LINE; k += 16 * LANES)
				ON(put)(d + o + k, ON(load)(s + o + k));
		}
		amli_move_63(d + o, s + o, n - o);
		d += ds, s += ss;
	}
}

/* The destination has no gaps: short rows are staged and leave as one stream.  Source rows that
 * fight for cache sets are first put side by side, each line being read once.  What is staged of a
 * small block leaves when what follows is: a line that several stores put together can be loaded only
 * when these have reached the cache, after all streamed stores before them. */
static TARGET void FN(packed)(char *dst, const char *src, const char *next,
			      const struct amli_block *b)
{
	_Alignas(64) char stage[2][2 * PACKED_MOST], side[2 * PACKED_MOST + SIDE_GAPS];
	struct amli_block part = *b;
	size_t row = b->n[0] * E, most = 2 * LINE, staged = 0;
	bool aliased = amli_aliased(b->src[0], b->n[0], row * b->n[1]), late;
	int turn = 0;

	if (most * row < PACKED)
		most = PACKED / (row * LINE) * LINE;
	late = most * row <= PACKED_LATE && b->n[1] <= 4 * most;
	if (aliased)
		part.src[0] = (ptrdiff_t)(most * E + AMLI_LINE);
	for (size_t j = 0; j < b->n[1]; j += part.n[1]) {
		size_t left = b->n[1] - j;
		const char *from = src + j * E, *then = left > most ? from + most * E : next;

		part.n[1] = left < most ? left : most;
		if (aliased) {
			FN(side_by_side)
			(side, part.src[0], from, then, b->src[0], b->n[0], part.n[1] * E);
			from = side, then = NULL;
		}
		FN(bands)(stage[turn], from, then, &part);
		ON(flush)(dst, stage[!turn], staged);
		dst += staged;
		staged = part.n[1] * row;
		if (!late || left <= most) {
			ON(flush)(dst, stage[turn], staged);
			dst += staged;
			staged = 0;
		}
		turn = !turn;
	}
}

#if SHIFTS
/* Rows without gaps, lines of which are put together in registers; false: they are too few for
 * that, or too long, or off the elements. */
static TARGET bool FN(joined)(char *dst, const char *src, const char *next,
			      const struct amli_block *b)
{
#if BITS < 128
	if (b->n[1] >= 2 * LINE && AMLI_CAT(amli_, FN(interleave))(dst, src, next, b, true))
		return true;
#endif
#if BITS > 8
	if (b->n[0] >= AMLI_DENSE_ROWS(E) && b->n[0] * E <= AMLI_DENSE_MOST && b->n[1] >= 2 * P) {
		static const ptrdiff_t col;
		ptrdiff_t row[AMLI_DENSE_MOST / E], pitch = b->src[0];
		struct amli_block one = *b; /* group of columns */

		for (size_t i = 0; i < b->n[0]; i += P)
			for (size_t k = 0; k < P; k++)
				row[i + k] = amli_steps(i + k, pitch);
		one.row = row;
		one.col = &col;
		one.packed = b->n[1];
		return AMLI_CAT(amli_, FN(dense))(dst, src, next, &one);
	}
#endif
	return false;
}
#endif

TARGET void AMLI_CAT3(amli_, FN(transpose), _stream)(char *dst, const char *src, const char *next,
						     const struct amli_block *b)
{
	size_t row = b->n[0] * E;

#if SHIFTS
	if (b->dst[1] == (ptrdiff_t)row && row % AMLI_LINE && FN(joined)(dst, src, next, b))
		return;
#endif
#if SHIFTS && BITS < 128
	if (AMLI_CAT(amli_, FN(deinterleave))(dst, src, b, true))
		return;
#endif
	if (b->dst[1] == (ptrdiff_t)row && row * LINE <= PACKED_MOST && row % AMLI_LINE)
		FN(packed)(dst, src, next, b);
	else if (row < AMLI_LINE)
		FN(bands)(dst, src, next, b);
	else if ((LANES == 4 || BITS > 8) && b->dst[1] % (ptrdiff_t)AMLI_LINE == 0 &&
		 (uintptr_t)dst % (SHIFTS && BITS > 8 ? AMLI_LINE : E) == 0)
		FN(direct)(dst, src, next, b);
#if SHIFTS && BITS > 8
	else if (((uintptr_t)dst | (uintptr_t)b->dst[1]) % E == 0 && b->n[1] >= P)
		FN(shifted)(dst, src, next, b);
#endif
	else
		FN(staged)(dst, src, next, b);
}

#undef STAGE_ROW
#undef STAGE_PITCH
#undef STAGE_COLS
#undef PACKED
#undef PACKED_LATE
#undef PACKED_MOST
#undef SIDE_GAPS
#undef VISIT
