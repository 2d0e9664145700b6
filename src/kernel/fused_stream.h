/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fused transposition with stores past the caches: part of fused_template.h.
 *
 * A column begins anywhere in a line.  Where the ISA can select elements of two vectors at
 * will, what a vector has of the next line is carried, one vector per column, to the next
 * band, so that only the first and the last line of a column are written in part.  Where
 * it cannot, columns meet in a staging buffer and leave it line by line.
 */
#define CARRIED ((size_t)256) /* columns at a time */
#define EARLY 32	      /* columns: a line written in part is asked for so far ahead */

#if SHIFTS
#include "kernel/seam.h"

#if HALVES
/* See transpose_shift.h. */
AMLI_INLINE TARGET void FN(read_halves)(VEC *r, const char *s, const ptrdiff_t *row)
{
	AMLI_UNROLL
	for (int k = 0; k < P; k++) {
		r[k] = ON(halves)(s + row[k], s + row[k + P]);
		r[P + k] = ON(halves)(s + row[k + 2 * P], s + row[k + 3 * P]);
	}
	FN(weave_halves)(r);
}
#endif

/* d: the place of the first new row; of the columns skip to cols - 1 are wanted */
AMLI_INLINE TARGET void FN(write_shifted)(char *d, const ptrdiff_t *col, VEC (*r)[2 * P],
					  char *carry, int lines, int skip, int cols, bool first)
{
	AMLI_UNROLL
	for (int k = 0; k < cols; k++) {
		size_t phase = (uintptr_t)(d + col[k]) % AMLI_LINE;
		char *line = d + col[k] - phase;
		VEC before;

		if (k < skip)
			continue;
		before = first ? ON(zero)() : ON(load)(carry + k * (ptrdiff_t)AMLI_LINE);
		AMLI_UNROLL
		for (int v = 0; v < lines; v++) {
			VEC whole = FN(slide)(before, r[v][k], phase);

			if (first && phase && v == 0)
				ON(put_from)(line, whole, phase);
			else
				ON(stream)(line + v * (ptrdiff_t)AMLI_LINE, whole);
			before = r[v][k];
		}
		ON(put)(carry + k * (ptrdiff_t)AMLI_LINE, before);
	}
}

/* Of columns at to at + cols - 1 */
AMLI_INLINE void FN(ask_parts)(const char *d, const struct amli_block *b, size_t at, size_t cols,
			       bool first, size_t end)
{
	for (size_t k = at + EARLY; first && k < at + EARLY + cols && k < b->n[1]; k++)
		FN(ask_part)(d + b->col[k]);
	for (size_t k = at; end && k < at + cols; k++)
		FN(ask_part)(d + b->col[k] + end);
}

/* end: bytes from d to the end of a column, in the last of its bands, else 0 */
AMLI_INLINE TARGET void FN(band_shifted)(char *d, const char *s, const char *next,
					 const ptrdiff_t *row, const struct amli_block *b,
					 char *carry, int lines, bool first, size_t end)
{
	size_t n = b->n[1], j = 0;
	bool near = FN(is_near)(s, next, b);
	VEC r[2][2 * P];

#if HALVES
	for (; j + 2 * P <= n; j += 2 * P) {
		FN(ahead)(next, row, b, j, lines, near);
		FN(ahead)(next, row, b, j + P, lines, near);
		FN(ask_parts)(d, b, j, 2 * P, first, end);
		AMLI_UNROLL
		for (int v = 0; v < lines; v++)
			FN(read_halves)(r[v], s + j * E, row + (size_t)v * LINE);
		FN(write_shifted)
		(d, b->col + j, r, carry + j * AMLI_LINE, lines, 0, 2 * P, first);
	}
#endif
	for (; j < n; j += P) {
		size_t at = j + P <= n ? j : n - P;

		FN(ahead)(next, row, b, j, lines, near);
		FN(ask_parts)(d, b, at, P, first, end);
		AMLI_UNROLL
		for (int v = 0; v < lines; v++)
			FN(read)(r[v], s + at * E, row + (size_t)v * LINE);
		FN(write_shifted)
		(d, b->col + at, r, carry + at * AMLI_LINE, lines, (int)(j - at), P, first);
	}
}

/* The last rows < LINE rows, and what is carried */
static TARGET void FN(end_shifted)(char *d, const char *s, const char *next, const ptrdiff_t *row,
				   size_t rows, const struct amli_block *b, const char *carry)
{
	ptrdiff_t padded[LINE];
	size_t n = b->n[1];
	VEC r[P];

	FN(pad)(padded, rows ? row : row - 1, rows ? rows : 1);
	for (size_t j = 0; j < n; j += P) {
		size_t at = j + P <= n ? j : n - P;

		if (rows) {
			FN(ahead)(next, padded, b, j, 1, false);
			FN(read)(r, s + at * E, padded);
		}
		for (size_t k = j - at; k < P; k++) {
			size_t phase = (uintptr_t)(d + b->col[at + k]) % AMLI_LINE;
			size_t end = phase + rows * E;
			char *line = d + b->col[at + k] - phase;
			VEC last = rows ? r[k] : ON(zero)();
			VEC whole = FN(slide)(ON(load)(carry + (at + k) * AMLI_LINE), last, phase);

			if (end < AMLI_LINE) {
				ON(put_up_to)(line, whole, end);
				continue;
			}
			ON(stream)(line, whole);
			if (end > AMLI_LINE)
				ON(put_up_to)
			(line + AMLI_LINE, FN(slide)(last, ON(zero)(), phase), end - AMLI_LINE);
		}
	}
}

static TARGET void FN(bands_shifted)(char *d, const char *s, const char *next,
				     const struct amli_block *b, bool two)
{
	_Alignas(64) char carry[CARRIED * AMLI_LINE];
	const ptrdiff_t *row = b->row;
	size_t n = b->n[0] / LINE * LINE, i = LINE;

	FN(band_shifted)(d, s, next, row, b, carry, 1, true, 0);
	for (; two && i + 2 * LINE < n; i += 2 * LINE)
		FN(band_shifted)(d + i * E, s, next, row + i, b, carry, 2, false, 0);
	for (; i < n; i += LINE)
		FN(band_shifted)
	(d + i * E, s, next, row + i, b, carry, 1, false, i + LINE < n ? 0 : (b->n[0] - i) * E);
	FN(end_shifted)(d + n * E, s, next, row + n, b->n[0] - n, b, carry);
}

/* Every column begins on a line: they go straight from the registers to memory. */
AMLI_INLINE TARGET void FN(band_direct)(char *d, const char *s, const char *next,
					const ptrdiff_t *row, const struct amli_block *b, int lines)
{
	size_t n = b->n[1], j = 0;
	bool near = FN(is_near)(s, next, b);
	VEC r[P];

#if WIDE
	j = FN(band_wide)(d, s, next, row, b, lines, true);
#endif
	for (; j < n; j += P) {
		size_t at = j + P <= n ? j : n - P;

		FN(ahead)(next, row, b, j, lines, near);
		AMLI_UNROLL
		for (int v = 0; v < lines; v++) {
			FN(read)(r, s + at * E, row + (size_t)v * LINE);
			AMLI_UNROLL
			for (int k = 0; k < P; k++)
				ON(stream)
			(d + b->col[at + (size_t)k] + v * (ptrdiff_t)AMLI_LINE, r[k]);
		}
	}
}

static TARGET void FN(direct)(char *d, const char *s, const char *next, const struct amli_block *b,
			      bool two)
{
	size_t n = b->n[0], i = 0;

	for (; two && i + 2 * LINE <= n; i += 2 * LINE)
		FN(band_direct)(d + i * E, s, next, b->row + i, b, 2);
	for (; i + LINE <= n; i += LINE)
		FN(band_direct)(d + i * E, s, next, b->row + i, b, 1);
	if (i < n)
		FN(few)(d + i * E, s, next, b->row + i, n - i, b);
}

/* n[0] >= LINE, n[1] >= P, every column a multiple of E; two: lines at a time, if that is good */
static TARGET void FN(shifted)(char *dst, const char *src, const char *next,
			       const struct amli_block *b, bool two)
{
	struct amli_block part = *b;
	size_t look = b->n[0] < 2 * LINE ? b->n[0] : 2 * LINE;

	two = two && (E >= 8 || !amli_table_aliased(b->row, look, b->n[0] * b->n[1] * E));

	for (size_t j = 0; j < b->n[1]; j += part.n[1]) {
		size_t left = b->n[1] - j;

		/* never less than P columns for the last part */
		part.n[1] = left <= CARRIED ? left : left < CARRIED + P ? CARRIED - P : CARRIED;
		part.col = b->col + j;
		FN(bands_shifted)
		(dst, src + j * E, next ? (const char *)((uintptr_t)next + j * E) : NULL, &part,
		 two);
	}
}

/* What the places of all columns have in common below a line */
static size_t FN(odds)(const char *dst, const struct amli_block *b)
{
	uintptr_t odd = (uintptr_t)dst;

	for (size_t j = 0; j < b->n[1]; j++)
		odd |= (uintptr_t)b->col[j];
	return odd % AMLI_LINE;
}

/* Whether rows, and of 2 bytes columns too, all fall into the same cache sets: the stage reads each
 * line once. */
static inline bool FN(better_staged)(const struct amli_block *b)
{
	size_t bytes = b->n[0] * b->n[1] * E;

	return BITS <= 16 && b->n[0] >= AMLI_LINE && b->n[1] >= AMLI_LINE &&
	       amli_table_aliased(b->row, AMLI_LINE, bytes) &&
	       (BITS == 8 || amli_table_aliased(b->col, AMLI_LINE, bytes));
}

/* n[0] >= LINE, n[1] >= P.  False: not for columns at such places. */
static TARGET bool FN(whole_lines)(char *dst, const char *src, const char *next,
				   const struct amli_block *b)
{
	bool follows = FN(follows)(b, b->src[0]);
	size_t odds = FN(odds)(dst, b);

	if (odds % E)
		return false;
	if (follows)
		next = (const char *)FN(band_after)(src, b);
	if (odds)
		FN(shifted)(dst, src, next, b, !follows);
	else
		FN(direct)(dst, src, next, b, E >= 8 && !follows);
	return true;
}
#endif

#if SHIFTS
#include "kernel/fused_dense.h"
#endif

/* The same where a column may be written past its end, up to a line, before what follows it
 * is: to a staging buffer. */
static TARGET void FN(bands_spill)(char *d, const char *s, const char *next,
				   const struct amli_block *b)
{
	size_t n = b->n[0], i = 0;
	ptrdiff_t padded[LINE];

	for (; i + LINE <= n; i += LINE)
		FN(band)(d + i * E, s, next, b->row + i, b);
	if (i == n)
		return;
	FN(pad)(padded, b->row + i, n - i);
	FN(band)(d + i * E, s, next, padded, b);
}

#if SHIFTS
/* Blocks that are appended to each other, by the kernel that is best for them or one by one */
static TARGET void FN(appended)(char *dst, const char *src, const char *next,
				const struct amli_block *b)
{
	struct amli_block one = *b;

	if (amli_permutes(E, b->n[0], b->n[1]) &&
	    (BITS == 8	  ? amli_permute8_avx512
	     : BITS == 16 ? amli_permute16_avx512
			  : amli_permute32_avx512)(dst, src, next, b))
		return;
#if BITS < 128
	if (AMLI_CAT(amli_, FN(interleave_fused))(dst, src, next, b))
		return;
#endif
	if (AMLI_CAT(amli_, FN(dense))(dst, src, next, b))
		return;
	one.more = 0;
	for (size_t t = 0; t <= b->more; t++)
		AMLI_CAT3(amli_, FN(fused), _stream)
	(dst + t * b->n[0] * b->n[1] * E, amli_source_of(b, src, t), NULL, &one);
}
#endif

TARGET void AMLI_CAT3(amli_, FN(fused), _stream)(char *dst, const char *src, const char *next,
						 const struct amli_block *b)
{
	/* columns without gaps must be written one after the other, so by whole lines */
	bool spill = b->n[0] < LINE && (LANES == 4 || !amli_is_packed(b));

#if SHIFTS
	if (b->more) {
		FN(appended)(dst, src, next, b);
		return;
	}
#endif
#if SHIFTS && BITS < 128
	if (!amli_is_packed(b) && AMLI_CAT(amli_, FN(deinterleave_fused))(dst, src, b, true))
		return;
#endif
	if (b->n[1] < P && (E > 2 || amli_is_packed(b))) {
		amli_fused_ref_run(dst, src, next, b);
		return;
	}
#if SHIFTS && BITS < 128
	if (amli_is_packed(b) && AMLI_CAT(amli_, FN(interleave_fused))(dst, src, next, b))
		return;
#endif
#if SHIFTS
	if (amli_is_packed(b) && AMLI_CAT(amli_, FN(dense))(dst, src, next, b))
		return;
	if (b->n[0] >= LINE && b->n[1] >= P && !amli_is_packed(b) && !FN(better_staged)(b) &&
	    FN(whole_lines)(dst, src, next, b))
		return;
#endif
	(BITS <= 16 && !amli_is_packed(b) ? AMLI_CAT(amli_fused_tiled_, ISA)
					  : AMLI_CAT(amli_fused_staged_, ISA))(
		dst, src, next, b, spill ? FN(bands_spill) : FN(bands), P);
}

#undef CARRIED
#undef EARLY
