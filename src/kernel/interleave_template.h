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
#include "kernel/seam.h"

#define STEP ((int)(AMLI_LINE / E)) /* columns of a group, elements of a line */
#define MOST AMLI_INTERLEAVE_MOST(E)

/* The lanes of a row in lines whose lane 0 is of row `first`. */
AMLI_INLINE uint64_t FN(lanes_of)(int row, int first, int rows)
{
	if (row >= rows)
		return 0;
	return amli_every[rows] << (row - first + (row < first ? rows : 0)) &
	       UINT64_MAX >> (64 - STEP);
}

/* A line of each row, of those columns that are there, and the same columns of the next block asked
 * for */
AMLI_INLINE TARGET void FN(rows_of)(VEC *row, const char *s, const ptrdiff_t *place, ptrdiff_t ss,
				    uintptr_t next, uint64_t columns, int rows, bool fused)
{
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
}

/* Line k of what they become */
AMLI_INLINE TARGET VEC FN(line)(const VEC *row, VEC from, int k, int rows)
{
	const int first = k * STEP % rows;
	VEC line = FN(pair)(row[0], from, row[1]);

	AMLI_UNROLL
	for (int i = 2; i < MOST; i += 2) {
		uint64_t lanes = FN(lanes_of)(i, first, rows) | FN(lanes_of)(i + 1, first, rows);

		if (lanes)
			line = FN(blend)(line, lanes,
					 FN(pair)(row[i], from, row[i + 1 < rows ? i + 1 : i]));
	}
	return line;
}

/* Columns to one place in the cache, or whole lines past the caches, each to where its first column
 * is. */
AMLI_INLINE TARGET void FN(lines)(char *dst, const char *src, const char *next,
				  const struct amli_block *b, int rows, bool fused)
{
	const ptrdiff_t n = (ptrdiff_t)b->n[1], size = rows * (ptrdiff_t)E;
	VEC from[MOST], row[MOST];

	for (int k = 0; k < rows; k++)
		from[k] = FN(origin)(k * STEP, (unsigned)rows);
	for (ptrdiff_t j = 0; j < n; j += STEP) {
		ptrdiff_t cols = n - j < STEP ? n - j : STEP;
		_Alignas(64) char part[MOST * AMLI_LINE];
		char *d = fused ? dst : cols == STEP ? dst + j * size : part;

		FN(rows_of)
		(row, src + j * (ptrdiff_t)E, b->row, b->src[0],
		 next ? (uintptr_t)next + (uintptr_t)j * E : 0, UINT64_MAX >> (64 - cols), rows,
		 fused);
		AMLI_UNROLL
		for (int k = 0; k < MOST; k++) {
			ptrdiff_t t = k * (ptrdiff_t)STEP;

			if (k >= rows)
				continue;
			if (!fused)
				ON(put)(d + t * (ptrdiff_t)E, FN(line)(row, from[k], k, rows));
			else if (t < cols * rows)
				ON(stream)
			(d + b->col[j + t / rows] + t % rows * (ptrdiff_t)E,
			 FN(line)(row, from[k], k, rows));
		}
		if (d == part)
			memcpy(dst + j * size, part, (size_t)(cols * size));
	}
}

/* Columns of one block past the caches, so many lines of the next ones asked for meanwhile.  left: in
 * the group that they begin or continue. */
AMLI_INLINE TARGET size_t FN(columns)(SEAM *to, const char *src, const char *next,
				      const struct amli_block *b, const VEC *from,
				      struct amli_asker *asker, size_t left, int rows, bool fused)
{
	const size_t n = b->n[1];
	VEC row[MOST];

	for (size_t j = 0, cols; j < n; j += cols, left -= cols) {
		if (left == 0) {
			FN(begin_group)(to, b, j);
			left = to->group;
		}
		cols = left < STEP ? left : STEP;
		if (fused && b->more) {
			cols = n - j < STEP ? n - j : STEP;
			amli_ask_share(asker);
		}
		FN(rows_of)
		(row, src + j * E, b->row, b->src[0], next ? (uintptr_t)next + j * E : 0,
		 UINT64_MAX >> (64 - cols), rows, fused);
		AMLI_UNROLL
		for (int k = 0; k < MOST; k++) {
			size_t end = cols * (size_t)rows * E, at = (size_t)k * AMLI_LINE;

			if (k >= rows || at >= end)
				continue;
			if (at + AMLI_LINE <= end)
				FN(append)(to, FN(line)(row, from[k], k, rows));
			else
				FN(append_part)(to, FN(line)(row, from[k], k, rows), end - at);
		}
	}
	return left;
}

/* Groups of columns past the caches, or one of all columns of blocks that are appended. */
AMLI_INLINE TARGET void FN(streams)(char *dst, const char *src, const char *next,
				    const struct amli_block *b, int rows, bool fused)
{
	const size_t n = b->n[1], last = fused ? b->more : 0;
	SEAM to = FN(seam_of)(dst, b, last ? n * (last + 1) : b->packed < n ? b->packed : n);
	struct amli_asker asker;
	VEC from[MOST];
	size_t left = 0;

	for (int k = 0; k < rows; k++)
		from[k] = FN(origin)(k * STEP, (unsigned)rows);
	if (last) {
		asker = amli_asker_of(next, b, (n + STEP - 1) / STEP * (last + 1));
		for (size_t t = 0; t <= last; t++)
			left = FN(columns)(&to, amli_source_of(b, src, t), NULL, b, from, &asker,
					   left, rows, fused);
	} else {
		FN(columns)(&to, src, next, b, from, NULL, 0, rows, fused);
	}
	FN(end_group)(&to);
}

/* Functions for each number of rows, and their tables */
#define FEW(x) x(2) x(3) x(4) x(5) x(6) x(7) x(8)
#if BITS == 8
#define ALL(x) FEW(x)
#else
#define ALL(x) FEW(x) x(9) x(10) x(11) x(12) x(13) x(14) x(15)
#endif
#define VARIANT(name, how, n, fused)                                              \
	static TARGET void FN(name)(char *dst, const char *src, const char *next, \
				    const struct amli_block *b)                   \
	{                                                                         \
		FN(how)(dst, src, next, b, n, fused);                             \
	}
#define DEFINE(n)                                \
	VARIANT(put_##n, lines, n, false)        \
	VARIANT(stream_##n, streams, n, false)   \
	VARIANT(fused_lines_##n, lines, n, true) \
	VARIANT(fused_stream_##n, streams, n, true)
ALL(DEFINE)

/* 0: put, 1: past the caches; of a fused block 2: whole lines, 3: any groups */
#define ROW(n) [n] = {FN(put_##n), FN(stream_##n), FN(fused_lines_##n), FN(fused_stream_##n)},
static amli_kernel_fn *const FN(with_rows)[MOST + 1][4] = {ALL(ROW)};

TARGET bool AMLI_CAT(amli_, FN(interleave))(char *dst, const char *src, const char *next,
					    const struct amli_block *b, bool past)
{
	static const ptrdiff_t col;
	struct amli_block one = *b; /* group */

	if (b->n[0] > MOST || b->n[0] < 2 || (past && (uintptr_t)dst % E))
		return false;
	one.col = &col;
	one.packed = b->n[1];
	FN(with_rows)[b->n[0]][past](dst, src, next, &one);
	return true;
}

TARGET bool AMLI_CAT(amli_, FN(interleave_fused))(char *dst, const char *src, const char *next,
						  const struct amli_block *b)
{
	size_t row = b->n[0] * E, group = b->packed < b->n[1] ? b->packed : b->n[1];
	uintptr_t odds = (uintptr_t)dst;

	if (b->n[0] > MOST || b->n[0] < 2)
		return false;
	for (size_t j = 0; j < b->n[1]; j += group)
		odds |= (uintptr_t)b->col[j];
	if (!b->more && (odds | group * row) % AMLI_LINE == 0)
		FN(with_rows)[b->n[0]][2](dst, src, next, b);
	else if (row < AMLI_LINE && odds % E == 0)
		FN(with_rows)[b->n[0]][3](dst, src, next, b);
	else
		return false;
	return true;
}

#undef VARIANT
#undef DEFINE
#undef ROW
#undef ALL
#undef FEW
#undef STEP
#undef MOST
#include "kernel/weave_end.h"
