/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A few rows become structures without gaps between them.  The includer defines what weave.h wants,
 * amli_every[n], which has bits 0, n, 2n.., and for each of BITS
 *
 *	origin(t, rows)		lanes t, t + 1.. by number: their columns, those of odd rows in the
 *				second vector of a pair
 *	pair(a, from, b)	these lanes of two vectors
 *	blend(line, lanes, v)	line, but v in some lanes
 *	some(s, lanes)		those lanes at s, nothing else read
 *
 * and gets interleave<BITS>_<ISA>.
 *
 * A group is one line of each row, and becomes as many lines: lane j of line k is element
 * t = k * STEP + j of the group, which is column t / rows of row t % rows.  Lines are put together
 * in registers: from a stage, one that several stores make up can be loaded only when all of them
 * have reached the cache, after all streamed stores before them.
 */
#include "kernel/weave.h"

#define STEP ((int)(AMLI_LINE / E)) /* columns of a group, elements of a line */
#define MOST AMLI_INTERLEAVE_MOST(BITS)

/* The lanes of a row in lines whose lane 0 is of row `first`. */
AMLI_INLINE unsigned FN(lanes_of)(int row, int first, int rows)
{
	if (row >= rows)
		return 0;
	return (unsigned)(amli_every[rows] << (row - first + (row < first ? rows : 0)) &
			  (UINT64_MAX >> (64 - STEP)));
}

/* One group, of those columns that are there, streamed or put. The same columns of the next block
 * are asked for. */
AMLI_INLINE TARGET void FN(group)(char *d, const char *s, ptrdiff_t ss, uintptr_t next,
				  const VEC *from, unsigned columns, int rows, bool stream)
{
	VEC row[MOST];

	AMLI_UNROLL
	for (int i = 0; i < MOST; i++) {
		if (i >= rows)
			continue;
		if (i && i % 4 == 0)
			s = amli_opaque(s + 4 * ss);
		row[i] = FN(some)(s + i % 4 * ss, columns);
		if (next)
			prefetch_line((const char *)(next + (uintptr_t)amli_steps((size_t)i, ss)));
	}
	AMLI_UNROLL
	for (int k = 0; k < MOST; k++) {
		const int first = k * STEP % rows;
		VEC line;

		if (k >= rows)
			continue;
		line = FN(pair)(row[0], from[k], row[1]);
		AMLI_UNROLL
		for (int i = 2; i < MOST; i += 2) {
			unsigned lanes = FN(lanes_of)(i, first, rows) |
					 FN(lanes_of)(i + 1, first, rows);

			if (lanes)
				line = FN(blend)(line, lanes,
						 FN(pair)(row[i], from[k],
							  row[i + 1 < rows ? i + 1 : i]));
		}
		if (stream)
			ON(stream)(d + k * (ptrdiff_t)AMLI_LINE, line);
		else
			ON(put)(d + k * (ptrdiff_t)AMLI_LINE, line);
	}
}

/* past: past the caches; before: columns in front of the first one that begins a line, or 0 */
AMLI_INLINE TARGET void FN(groups)(char *dst, const char *src, const char *next,
				   const struct amli_block *b, bool past, int before, int rows)
{
	_Alignas(64) char part[MOST * AMLI_LINE];
	const ptrdiff_t size = rows * (ptrdiff_t)E, n = (ptrdiff_t)b->n[1];
	ptrdiff_t ss = b->src[0];
	VEC from[MOST];

	for (int k = 0; k < rows; k++)
		from[k] = FN(origin)(k * STEP, (unsigned)rows);
	for (ptrdiff_t j = before ? before - STEP : 0; j < n; j += STEP) {
		ptrdiff_t first = j < 0 ? -j : 0, end = n - j < STEP ? n - j : STEP;
		uint64_t columns = (UINT64_C(1) << end) - (UINT64_C(1) << first);
		bool whole = end - first == STEP;

		FN(group)
		(whole ? dst + j * size : part, src + j * (ptrdiff_t)E, ss,
		 next ? (uintptr_t)next + (uintptr_t)((j + first) * (ptrdiff_t)E) : 0, from,
		 (unsigned)columns, rows, whole && past);
		if (whole)
			continue;
		if (past)
			ON(flush)
		(dst + (j + first) * size, part + first * size, (size_t)((end - first) * size));
		else memcpy(dst + j * size, part, (size_t)(end * size));
	}
}

/* A function for each number of rows, and their table; 16 of 4 bytes are a line. */
#define DEFINE(n)                                                                          \
	static TARGET void FN(rows_##n)(char *dst, const char *src, const char *next,      \
					const struct amli_block *b, bool past, int before) \
	{                                                                                  \
		FN(groups)(dst, src, next, b, past, before, n);                            \
	}
#define NAME(n) [n] = FN(rows_##n),
#define UP_TO_15(x) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9) x(10) x(11) x(12) x(13) x(14) x(15)
#if MOST > 15
#define ALL(x)      \
	UP_TO_15(x) \
	x(17) x(18) x(19) x(20) x(21) x(22) x(23) x(24) x(25) x(26) x(27) x(28) x(29) x(30) x(31)
#else
#define ALL(x) UP_TO_15(x)
#endif

ALL(DEFINE)

TARGET bool AMLI_CAT(amli_, FN(interleave))(char *dst, const char *src, const char *next,
					    const struct amli_block *b, bool past)
{
	static void (*const with_rows[MOST + 1])(char *, const char *, const char *,
						 const struct amli_block *, bool,
						 int) = {ALL(NAME)};
	int before = 0;

	if (b->n[0] > MOST || !with_rows[b->n[0]])
		return false;
	while (past && before < STEP && ((uintptr_t)dst + (size_t)before * b->n[0] * E) % AMLI_LINE)
		before++;
	if (before == STEP)
		return false;
	with_rows[b->n[0]](dst, src, next, b, past, before);
	return true;
}

#undef DEFINE
#undef NAME
#undef UP_TO_15
#undef ALL
#undef STEP
#undef MOST
#include "kernel/weave_end.h"
