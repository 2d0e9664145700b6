/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Matrices so small that a few vectors hold all that a line of the destination comes from, without
 * gaps on either side, and each followed by the next in the destination.  The includer defines what
 * weave.h wants and, for each of BITS
 *
 *	pair(a, from, b)	these lanes of two vectors
 *	blend(line, lanes, v)	line, but v in some lanes
 *	some(s, lanes)		those lanes at s, nothing else read
 *
 * and gets permute<BITS>_<ISA>, for elements of any number of lanes of so many bits.
 *
 * Where each lane of each line comes from is written down once for a call.  The smallest ones
 * that follow each other in the source as well are taken as many at a time as come to whole lines.
 */
#include "kernel/weave.h"
#include "kernel/seam.h"

#define STEP (AMLI_LINE / E) /* lanes of a line */
#define LINES (AMLI_PERMUTE_MOST / AMLI_LINE)
#define PAIRS (AMLI_PERMUTE_WINDOWS / 2)
#define WAY struct FN(way)
#define LOOM struct FN(loom)
#define ORIGIN struct FN(origin)
#define INDEX AMLI_CAT3(uint, BITS, _t)
#if BITS == 8
#define PLACE uint16_t
#else
#define PLACE INDEX
#endif
#define NOWHERE ((PLACE)-1)

/* Lines of the source, two by two, and lanes of each pair. */
WAY
{
	_Alignas(64) char from[PAIRS][AMLI_LINE];
	uint64_t lanes[PAIRS];
	uint32_t at[2 * PAIRS]; /* bytes */
};

LOOM
{
	size_t bytes, lines, pairs;
	WAY way[LINES];
};

/* Where lanes of the destination come from, in lanes, one after the other. */
ORIGIN
{
	size_t matrix, row, col, part; /* of an element */
};

AMLI_INLINE size_t FN(next_origin)(ORIGIN *o, const struct amli_block *b, size_t per)
{
	size_t lane = (o->matrix + o->col) * per + (size_t)b->row[o->row] / E + o->part;

	if (++o->part < per)
		return lane;
	o->part = 0;
	if (++o->row < b->n[0])
		return lane;
	o->row = 0;
	if (++o->col < b->n[1])
		return lane;
	o->col = 0;
	o->matrix += b->n[0] * b->n[1];
	return lane;
}

/* One line, lanes of which are at `from`: windows of a line each, from the lowest lane on that is in
 * none yet; how many.  No window is past lane `most`. */
static TARGET size_t FN(find)(WAY *way, PLACE *from, size_t most)
{
	size_t windows = 0;
	PLACE first;

	memset(way, 0, sizeof(*way));
	for (; windows < 2 * PAIRS; windows++) {
		PLACE in[STEP], second = (PLACE)(windows % 2 * STEP);
		INDEX index[STEP];

		first = NOWHERE;
		for (size_t i = 0; i < STEP; i++)
			first = from[i] < first ? from[i] : first;
		if (first == NOWHERE)
			return windows;
		first = first < most ? first : (PLACE)most;
		memcpy(index, way->from[windows / 2], sizeof(index));
		for (size_t i = 0; i < STEP; i++) {
			PLACE lane = (PLACE)(from[i] - first);

			in[i] = lane < STEP ? (PLACE)-1 : 0;
			index[i] |= (INDEX)((lane + second) & in[i]);
			from[i] |= in[i]; /* to nowhere */
		}
		memcpy(way->from[windows / 2], index, sizeof(index));
		for (size_t i = 0; i < STEP; i++)
			way->lanes[windows / 2] |= (uint64_t)(in[i] & 1) << i;
		way->at[windows] = (uint32_t)(first * E);
		if (windows % 2 == 0)
			way->at[windows + 1] = way->at[windows];
	}
	for (size_t i = 0; i < STEP; i++)
		windows += from[i] != NOWHERE;
	return windows;
}

/* For so many matrices at a time; false: there are too many windows. */
static TARGET bool FN(set_up)(LOOM *loom, const struct amli_block *b, size_t matrices)
{
	size_t per = b->element / E, lanes = matrices * b->n[0] * b->n[1] * per;
	ORIGIN o = {0, 0, 0, 0};

	loom->bytes = lanes * E;
	loom->lines = (loom->bytes + AMLI_LINE - 1) / AMLI_LINE;
	loom->pairs = 0;
	for (size_t k = 0; k < loom->lines; k++) {
		PLACE from[STEP];
		size_t pairs;

		for (size_t i = 0; i < STEP; i++)
			from[i] = k * STEP + i < lanes ? (PLACE)FN(next_origin)(&o, b, per)
						       : NOWHERE;
		pairs = (FN(find)(&loom->way[k], from, lanes < STEP ? 0 : lanes - STEP) + 1) / 2;
		loom->pairs = pairs > loom->pairs ? pairs : loom->pairs;
	}
	return loom->pairs <= PAIRS;
}

/* Lanes of pair p of the windows of a line */
AMLI_INLINE TARGET VEC FN(picked)(const WAY *way, const char *s, size_t p)
{
	return FN(pair)(ON(load)(s + way->at[2 * p]), ON(load)(way->from[p]),
			ON(load)(s + way->at[2 * p + 1]));
}

/* Blocks first, first + step.. before end; pairs: 0 = a block is less than a line */
AMLI_INLINE TARGET void FN(weave_all)(SEAM *stream, const char *src, const struct amli_block *b,
				      struct amli_asker *asked, const LOOM *loom, size_t first,
				      size_t end, size_t step, size_t pairs)
{
	const size_t last = loom->bytes - (loom->lines - 1) * AMLI_LINE;
	const uint64_t all = (uint64_t)-1 >>
			     (64 - (loom->bytes < AMLI_LINE ? loom->bytes / E : STEP));
	struct amli_asker asker = *asked;
	SEAM to = *stream;

	for (size_t t = first; t < end; t += step) {
		const char *s = amli_source_of(b, src, t);

		for (size_t k = 0; k < loom->lines; k++) {
			const WAY *way = &loom->way[k];
			VEC line;

			amli_ask_share(&asker);
			if (pairs == 0) {
				VEC v = FN(some)(s, all);

				line = FN(pair)(v, ON(load)(way->from[0]), v);
			} else {
				line = FN(picked)(way, s, 0);
			}
			AMLI_UNROLL
			for (size_t p = 1; p < PAIRS; p++)
				if (p < pairs)
					line = FN(blend)(line, way->lanes[p],
							 FN(picked)(way, s, p));
			if (k + 1 < loom->lines || last == AMLI_LINE)
				FN(append)(&to, line);
			else
				FN(append_part)(&to, line, last);
		}
	}
	*stream = to;
}

static TARGET void FN(weave_some)(SEAM *to, const char *src, const char *next,
				  const struct amli_block *b, const LOOM *loom, size_t first,
				  size_t end, size_t step)
{
	struct amli_asker asker = amli_asker_of(next, b, (end - first) / step * loom->lines);

#define CASE(n)                                                               \
	case n:                                                               \
		FN(weave_all)(to, src, b, &asker, loom, first, end, step, n); \
		break;
	switch (loom->bytes < AMLI_LINE ? 0 : loom->pairs) {
		CASE(0) CASE(1) CASE(2) CASE(3)
	}
#undef CASE
}

TARGET bool AMLI_CAT(amli_, FN(permute))(char *dst, const char *src, const char *next,
					 const struct amli_block *b)
{
	static const ptrdiff_t col;
	size_t bytes = b->n[0] * b->n[1] * b->element, n = (size_t)b->more + 1, at_once = 1;
	struct amli_block one = *b; /* column for each matrix */
	LOOM loom;
	SEAM to;

	if (bytes > AMLI_PERMUTE_MOST || b->element % E || (uintptr_t)dst % E || !b->series->whole)
		return false;
	if (!b->series->from && n >= AMLI_LINE / b->element &&
	    bytes * (AMLI_LINE / b->element) <= AMLI_PERMUTE_MOST)
		at_once = AMLI_LINE / b->element; /* whole lines */
	if (!FN(set_up)(&loom, b, at_once))
		return false;
	one.n[0] = bytes / E;
	one.n[1] = 1;
	one.col = &col;
	to = FN(seam_of)(dst, &one, n);
	FN(begin_group)(&to, &one, 0);
	FN(weave_some)(&to, src, next, b, &loom, 0, n / at_once * at_once, at_once);
	if (n % at_once) {
		FN(set_up)(&loom, b, 1);
		FN(weave_some)(&to, src, NULL, b, &loom, n / at_once * at_once, n, 1);
	}
	FN(end_group)(&to);
	return true;
}

#undef STEP
#undef LINES
#undef PAIRS
#undef WAY
#undef LOOM
#undef ORIGIN
#undef INDEX
#undef PLACE
#undef NOWHERE
#include "kernel/weave_end.h"
