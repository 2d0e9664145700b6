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
#define MOST AMLI_INTERLEAVE_MOST
#define LONG_GROUP ((size_t)1024)

/* The lanes of a row in lines whose lane 0 is of row `first`. */
AMLI_INLINE unsigned FN(lanes_of)(int row, int first, int rows)
{
	if (row >= rows)
		return 0;
	return (unsigned)(amli_every[rows] << (row - first + (row < first ? rows : 0)) &
			  (UINT64_MAX >> (64 - STEP)));
}

/* One group, of those columns that are there, streamed or put, and the same columns of the next
 * block asked for.  Lines follow each other from d on, or are each where its first column is. */
AMLI_INLINE TARGET void FN(group)(char *d, const ptrdiff_t *col, const char *s,
				  const ptrdiff_t *place, ptrdiff_t ss, uintptr_t next,
				  const VEC *from, unsigned columns, int rows, bool fused,
				  bool stream)
{
	VEC row[MOST];

	AMLI_UNROLL
	for (int i = 0; i < MOST; i++) {
		ptrdiff_t at;

		if (i >= rows)
			continue;
		if (!fused && i && i % 4 == 0)
			s = amli_opaque(s + 4 * ss);
		at = fused ? place[i] : i % 4 * ss;
		row[i] = FN(some)(s + at, columns);
		if (next)
			prefetch_line((const char *)(next + (uintptr_t)(fused ? at : i * ss)));
	}
	AMLI_UNROLL
	for (int k = 0; k < MOST; k++) {
		const int first = k * STEP % rows;
		char *to;
		VEC line;

		if (k >= rows)
			continue;
		to = d + (fused && col ? col[k * STEP / rows] + first * (ptrdiff_t)E
				       : k * (ptrdiff_t)AMLI_LINE);
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
			ON(stream)(to, line);
		else
			ON(put)(to, line);
	}
}

/* Columns first to end - 1 of a group, from a buffer of all: past the caches or not */
AMLI_INLINE TARGET void FN(leave)(char *d, const ptrdiff_t *col, const char *part, ptrdiff_t first,
				  ptrdiff_t end, int rows, bool past)
{
	const ptrdiff_t size = rows * (ptrdiff_t)E;

	if (col) {
		for (ptrdiff_t t = 0; t < end * rows; t += STEP)
			ON(stream)
		(d + col[t / rows] + t % rows * (ptrdiff_t)E, ON(load)(part + t * (ptrdiff_t)E));
	} else if (past) {
		ON(flush)(d + first * size, part + first * size, (size_t)((end - first) * size));
	} else {
		memcpy(d, part, (size_t)(end * size));
	}
}

/* fused: b has tables, and columns in pieces of whole lines; past: past the caches;
 * before: columns in front of the first one that begins a line, or 0 */
AMLI_INLINE TARGET void FN(groups)(char *dst, const char *src, const char *next,
				   const struct amli_block *b, bool past, int before, int rows,
				   bool fused)
{
	_Alignas(64) char part[MOST * AMLI_LINE];
	const ptrdiff_t n = (ptrdiff_t)b->n[1], ss = b->src[0];
	VEC from[MOST];

	for (int k = 0; k < rows; k++)
		from[k] = FN(origin)(k * STEP, (unsigned)rows);
	for (ptrdiff_t j = before ? before - STEP : 0; j < n; j += STEP) {
		ptrdiff_t first = j < 0 ? -j : 0, end = n - j < STEP ? n - j : STEP;
		uint64_t columns = (UINT64_C(1) << end) - (UINT64_C(1) << first);
		const ptrdiff_t *col = fused && b->col ? b->col + j : NULL;
		char *d = col ? dst : dst + j * rows * (ptrdiff_t)E;
		bool whole = end - first == STEP;

		FN(group)
		(whole ? d : part, whole ? col : NULL, src + j * (ptrdiff_t)E, b->row, ss,
		 next ? (uintptr_t)next + (uintptr_t)((j + first) * (ptrdiff_t)E) : 0, from,
		 (unsigned)columns, rows, fused, whole && past);
		if (!whole)
			FN(leave)(d, col, part, first, end, rows, past);
	}
}

/* Functions for each number of rows, and their tables; 16 of 4 bytes are a line. */
#define DEFINE(n)                                                                          \
	static TARGET void FN(rows_##n)(char *dst, const char *src, const char *next,      \
					const struct amli_block *b, bool past, int before) \
	{                                                                                  \
		FN(groups)(dst, src, next, b, past, before, n, false);                     \
	}
#define DEFINE_FUSED(n)                                                                          \
	static TARGET void FN(fused_rows_##n)(char *dst, const char *src, const char *next,      \
					      const struct amli_block *b, bool past, int before) \
	{                                                                                        \
		FN(groups)(dst, src, next, b, past, before, n, true);                            \
	}
#define NAME(n) [n] = FN(rows_##n),
#define NAME_FUSED(n) [n] = FN(fused_rows_##n),
#define ALL(x) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9) x(10) x(11) x(12) x(13) x(14) x(15)

ALL(DEFINE)
ALL(DEFINE_FUSED)

/* Columns in front of the first one that begins a line; STEP: none does. */
static int FN(before_line)(const char *dst, size_t row)
{
	int before = 0;

	while (before < STEP && ((uintptr_t)dst + (size_t)before * row) % AMLI_LINE)
		before++;
	return before;
}

TARGET bool AMLI_CAT(amli_, FN(interleave))(char *dst, const char *src, const char *next,
					    const struct amli_block *b, bool past)
{
	static void (*const with_rows[MOST + 1])(char *, const char *, const char *,
						 const struct amli_block *, bool,
						 int) = {ALL(NAME)};
	int before = past ? FN(before_line)(dst, b->n[0] * E) : 0;

	if (b->n[0] > MOST || !with_rows[b->n[0]] || before == STEP)
		return false;
	with_rows[b->n[0]](dst, src, next, b, past, before);
	return true;
}

TARGET bool AMLI_CAT(amli_, FN(interleave_fused))(char *dst, const char *src, const char *next,
						  const struct amli_block *b)
{
	static void (*const with_rows[MOST + 1])(char *, const char *, const char *,
						 const struct amli_block *, bool,
						 int) = {ALL(NAME_FUSED)};
	size_t row = b->n[0] * E, group = b->packed < b->n[1] ? b->packed : b->n[1];
	uintptr_t odds = (uintptr_t)dst;
	struct amli_block part = *b;

	if (b->n[0] > MOST || !with_rows[b->n[0]] || b->n[1] % group)
		return false;
	for (size_t j = 0; j < b->n[1]; j += group)
		odds |= (uintptr_t)b->col[j];
	if ((odds | group * row) % AMLI_LINE == 0) {
		with_rows[b->n[0]](dst, src, next, b, true, 0);
		return true;
	}
	if (row >= AMLI_LINE || group * row < LONG_GROUP || odds % (row & -row))
		return false;
	part.n[1] = group;
	part.col = NULL;
	for (size_t j = 0; j < b->n[1]; j += group) {
		char *d = dst + b->col[j];

		with_rows[b->n[0]](d, src + j * E, (const char *)amli_ahead(next, j, (ptrdiff_t)E),
				   &part, true, FN(before_line)(d, row));
	}
	return true;
}

#undef DEFINE
#undef DEFINE_FUSED
#undef NAME
#undef NAME_FUSED
#undef ALL
#undef STEP
#undef MOST
#undef LONG_GROUP
#include "kernel/weave_end.h"
