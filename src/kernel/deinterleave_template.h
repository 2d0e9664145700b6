/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Structures of a few members, without gaps between them, become as many rows of the destination: the
 * reverse of interleave_template.h.  The includer defines what weave.h wants and, for each of BITS
 *
 *	members(c, cols)	number c, c + cols, c + 2 * cols..
 *	pair(a, from, b)	these lanes of two vectors
 *	blend(line, lanes, v)	line, but v in some lanes
 *	some(s, lanes)		those lanes at s, nothing else read
 *
 * and gets deinterleave<BITS>_<ISA>.
 *
 * A group is as many lines of the source as there are columns, and becomes a line of each: lane i of
 * column c is element i * cols + c.  Of two lines that is the same selection for all pairs of them, as
 * numbers count modulo two lines; which lanes a pair has are those from some on.
 */
#include "kernel/weave.h"
#include "kernel/seam.h"

#define STEP ((int)(AMLI_LINE / E)) /* structures of a group, elements of a line */
#define MOST 12

/* Lanes of column c that come from line k on */
AMLI_INLINE uint64_t FN(lanes_from)(int k, int c, int cols)
{
	int first = (k * STEP - c + cols - 1) / cols;

	return first >= STEP ? 0 : UINT64_MAX >> (64 - STEP) & UINT64_MAX << first;
}

AMLI_INLINE TARGET VEC FN(column)(const VEC *line, VEC from, int c, int cols)
{
	VEC v = FN(pair)(line[0], from, line[1]);

	AMLI_UNROLL
	for (int k = 2; k < MOST; k += 2)
		if (k < cols)
			v = FN(blend)(v, FN(lanes_from)(k, c, cols),
				      FN(pair)(line[k], from, line[k + 1 < cols ? k + 1 : k]));
	return v;
}

AMLI_INLINE TARGET void FN(lines_of)(VEC *line, const char *s, int cols)
{
	AMLI_UNROLL
	for (int k = 0; k < MOST; k++)
		if (k < cols)
			line[k] = ON(load)(s + k * (ptrdiff_t)AMLI_LINE);
}

AMLI_INLINE TARGET void FN(puts)(char *dst, const char *src, const struct amli_block *b, int cols)
{
	size_t n = b->n[0];
	VEC from[MOST], line[MOST];

	for (int c = 0; c < cols; c++)
		from[c] = FN(members)(c, (unsigned)cols);
	for (size_t i = 0; i < n; i += STEP) {
		size_t at = i + STEP <= n ? i : n - STEP; /* back over those before */

		FN(lines_of)(line, src + at * (size_t)cols * E, cols);
		AMLI_UNROLL
		for (int c = 0; c < MOST; c++) {
			if (c >= cols)
				continue;
			ON(put)(dst + b->col[c] + at * E, FN(column)(line, from[c], c, cols));
		}
	}
}

/* One stream for each column */
AMLI_INLINE TARGET void FN(streams)(char *dst, const char *src, const struct amli_block *b,
				    int cols)
{
	size_t n = b->n[0], rest = n % STEP;
	VEC from[MOST], line[MOST];
	SEAM to[MOST];

	AMLI_UNROLL
	for (int c = 0; c < MOST; c++) {
		char *d;

		if (c >= cols)
			continue;
		d = dst + b->col[c];
		FN(ask_part)(d);
		FN(ask_part)(d + n * E);
		to[c].phase = to[c].first = (uintptr_t)d % AMLI_LINE;
		to[c].line = d - to[c].phase;
		to[c].carry = ON(zero)();
		from[c] = FN(members)(c, (unsigned)cols);
	}
	for (size_t i = 0; i + STEP <= n; i += STEP, src += (size_t)cols * AMLI_LINE) {
		FN(lines_of)(line, src, cols);
		AMLI_UNROLL
		for (int c = 0; c < MOST; c++)
			if (c < cols)
				FN(append)(&to[c], FN(column)(line, from[c], c, cols));
	}
	AMLI_UNROLL
	for (int k = 0; k < MOST; k++) {
		int lanes = (int)rest * cols - k * STEP;

		if (k < cols)
			line[k] = FN(some)(
				src + k * (ptrdiff_t)AMLI_LINE,
				lanes <= 0 ? 0
					   : UINT64_MAX >> (64 - (lanes < STEP ? lanes : STEP)));
	}
	AMLI_UNROLL
	for (int c = 0; c < MOST; c++) {
		if (c >= cols)
			continue;
		if (rest)
			FN(append_part)(&to[c], FN(column)(line, from[c], c, cols), rest * E);
		FN(end_group)(&to[c]);
	}
}

/* Functions for each number of columns, as many as are faster than tiles, and their tables */
#if BITS == 8
#define ALL(x) x(2) x(3) x(4) x(5) x(6)
#else
#define ALL(x) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9)
#endif
#if BITS <= 16
#define STREAMED(x)
#else
#define STREAMED(x) x(10) x(11) x(12)
#endif
#define DEFINE(how, n)                                                                           \
	static TARGET void FN(how##_##n)(char *dst, const char *src, const struct amli_block *b) \
	{                                                                                        \
		FN(how)(dst, src, b, n);                                                         \
	}
#define PUTS(n) DEFINE(puts, n)
#define STREAMS(n) DEFINE(streams, n)
ALL(PUTS)
ALL(STREAMS)
STREAMED(STREAMS)

typedef void FN(deinterleave_fn)(char *dst, const char *src, const struct amli_block *b);
#define PUTS_ROW(n) [n] = FN(puts_##n),
#define STREAMS_ROW(n) [n] = FN(streams_##n),
static FN(deinterleave_fn) *const FN(put_columns)[MOST + 1] = {ALL(PUTS_ROW)};
static FN(deinterleave_fn) *const
	FN(stream_columns)[MOST + 1] = {ALL(STREAMS_ROW) STREAMED(STREAMS_ROW)};

TARGET bool AMLI_CAT(amli_, FN(deinterleave_fused))(char *dst, const char *src,
						    const struct amli_block *b, bool past)
{
	size_t cols = b->n[1];
	FN(deinterleave_fn) * fn;
	uintptr_t odds = (uintptr_t)dst;

	if (cols > MOST || b->n[0] < (size_t)STEP || b->src[0] != (ptrdiff_t)(cols * E))
		return false;
	fn = (past ? FN(stream_columns) : FN(put_columns))[cols];
	for (size_t c = 0; c < cols; c++)
		odds |= (uintptr_t)b->col[c];
	if (!fn || (past && odds % E))
		return false;
	fn(dst, src, b);
	return true;
}

TARGET bool AMLI_CAT(amli_, FN(deinterleave))(char *dst, const char *src,
					      const struct amli_block *b, bool past)
{
	struct amli_block one = *b; /* with a table */
	ptrdiff_t col[MOST];

	if (b->n[1] > MOST)
		return false;
	for (size_t c = 0; c < b->n[1]; c++)
		col[c] = amli_steps(c, b->dst[1]);
	one.col = col;
	return AMLI_CAT(amli_, FN(deinterleave_fused))(dst, src, &one, past);
}

#undef PUTS
#undef STREAMS
#undef PUTS_ROW
#undef STREAMS_ROW
#undef STREAMED
#undef DEFINE
#undef ALL
#undef STEP
#undef MOST
#include "kernel/weave_end.h"
