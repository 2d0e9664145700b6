/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Streaming when destination rows start anywhere in a line: part of
 * transpose_template.h, for an ISA that can select elements of two vectors at will.
 *
 * A vector of LINE elements of a destination row lies across two lines.  What belongs to
 * the second is carried, one vector per row, to the next band, so that only the first and
 * the last line of a row are written in part.
 */
#define CARRIED ((size_t)256) /* rows at a time */
#define EARLY 32	      /* rows: a line written in part is asked for so far ahead */

enum FN(place) { FN(first), FN(inner), FN(last) };

#if HALVES
/* 2 x P elements of each of LINE rows, half a line at a time: instructions between its loads are
 * what this is bound by. */
AMLI_INLINE TARGET void FN(read_halves)(VEC *r, const char *s, ptrdiff_t ss)
{
	AMLI_UNROLL
	for (int k = 0; k < P; k++) {
		const char *at = amli_opaque(s + k * ss);

		r[k] = ON(halves)(at, at + P * ss);
		r[P + k] = ON(halves)(at + 2 * P * ss, at + 3 * P * ss);
	}
	FN(weave_halves)(r);
}
#endif

/* d: the place of the first new element of row 0; r: lines x cols vectors, of which rows
 * skip to cols - 1 are wanted */
AMLI_INLINE TARGET void FN(write_shifted)(char *d, ptrdiff_t ds, VEC (*r)[2 * P], char *carry,
					  int lines, int skip, int cols, enum FN(place) place)
{
	AMLI_UNROLL
	for (int k = 0; k < cols; k++) {
		size_t phase = (uintptr_t)d % AMLI_LINE;
		char *line = d - phase;
		VEC before = place == FN(first) ? ON(zero)()
						: ON(load)(carry + k * (ptrdiff_t)AMLI_LINE);

		if (place == FN(first))
			prefetch_line(d + EARLY * ds);
		else if (place == FN(last))
			prefetch_line(line + lines * (ptrdiff_t)AMLI_LINE);
		d += ds;
		if (k < skip)
			continue;
		AMLI_UNROLL
		for (int v = 0; v < lines; v++) {
			VEC whole = FN(slide)(before, r[v][k], phase);

			if (place == FN(first) && phase && v == 0)
				ON(put_from)(line, whole, phase);
			else
				ON(stream)(line + v * (ptrdiff_t)AMLI_LINE, whole);
			before = r[v][k];
		}
		ON(put)(carry + k * (ptrdiff_t)AMLI_LINE, before);
	}
}

AMLI_INLINE TARGET void FN(band_shifted)(char *d, const char *s, uintptr_t next,
					 const struct amli_block *b, char *carry, int lines,
					 enum FN(place) place)
{
	ptrdiff_t ds = b->dst[1], ss = b->src[0];
	size_t n = b->n[1], j = 0;
	bool near = FN(is_near)(s, next, b);
	VEC r[2][2 * P];

#if HALVES
	for (; j + 2 * P <= n; j += 2 * P) {
		for (size_t k = j; next && k < j + 2 * P; k += P)
			FN(ahead)(next, ss, k, n, lines, near);
		AMLI_UNROLL
		for (int v = 0; v < lines; v++)
			FN(read_halves)
		(r[v], s + j * E + amli_steps((size_t)v * LINE, ss), ss);
		FN(write_shifted)
		(d + amli_steps(j, ds), ds, r, carry + j * AMLI_LINE, lines, 0, 2 * P, place);
	}
#endif
	for (; j < n; j += P) {
		size_t at = j + P <= n ? j : n - P;

		if (next && at == j)
			FN(ahead)(next, ss, j, n, lines, near);
		AMLI_UNROLL
		for (int v = 0; v < lines; v++)
			FN(read)(r[v], s + at * E + amli_steps((size_t)v * LINE, ss), ss);
		FN(write_shifted)
		(d + amli_steps(at, ds), ds, r, carry + at * AMLI_LINE, lines, (int)(j - at), P,
		 place);
	}
}

static TARGET void FN(shifted_bands)(char *d, const char *s, const char *next,
				     const struct amli_block *b, bool two)
{
	_Alignas(64) char carry[CARRIED * AMLI_LINE];
	ptrdiff_t ss = b->src[0];
	size_t n = b->n[0] / LINE * LINE, i = LINE;

	FN(band_shifted)(d, s, FN(then)(s, next, b, 0), b, carry, 1, FN(first));
	for (; two && i + 2 * LINE < n; i += 2 * LINE)
		FN(band_shifted)
	(d + i * E, s + amli_steps(i, ss), FN(then)(s, next, b, i), b, carry, 2, FN(inner));
	for (; i < n; i += LINE)
		FN(band_shifted)
	(d + i * E, s + amli_steps(i, ss), FN(then)(s, next, b, i), b, carry, 1,
	 i + LINE < n ? FN(inner) : FN(last));
	for (size_t j = 0; j < b->n[1]; j++) {
		char *end = d + n * E + amli_steps(j, b->dst[1]);
		size_t phase = (uintptr_t)end % AMLI_LINE;

		if (phase)
			ON(put_up_to)
		(end - phase, FN(slide)(ON(load)(carry + j * AMLI_LINE), ON(zero)(), phase), phase);
	}
	FN(narrow)(d + n * E, s + amli_steps(n, ss), amli_ahead(next, n, ss), b, b->n[0] - n);
}

/* n[0] >= LINE, n[1] >= P, everything in the destination a multiple of E */
static TARGET void FN(shifted)(char *dst, const char *src, const char *next,
			       const struct amli_block *b)
{
	bool two = E != 4 && !FN(follows)(b, b->src[0]) &&
		   !amli_aliased(b->src[0], 2 * LINE, b->n[0] * b->n[1] * E);
	struct amli_block part = *b;

	for (size_t j = 0; j < b->n[1]; j += part.n[1]) {
		size_t left = b->n[1] - j;

		/* never less than P columns for the last part */
		part.n[1] = left <= CARRIED ? left : left < CARRIED + P ? CARRIED - P : CARRIED;
		FN(shifted_bands)
		(dst + amli_steps(j, b->dst[1]), src + j * E,
		 next ? (const char *)((uintptr_t)next + j * E) : NULL, &part, two);
	}
}
#undef CARRIED
#undef EARLY
