/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Streams of lines to which vectors and parts of them are appended, one for each group of columns
 * that follow each other: for an ISA that can select elements of two vectors at will.  What does not
 * fill a line is carried, so no line is written in part but the first and the last.  Part of
 * templates that include weave.h.
 */
#include "kernel/append.h"

#define SEAM struct FN(seam)
#define GROUPS_EARLY ((size_t)4096) /* bytes */

SEAM
{
	char *dst;
	size_t group, early; /* columns; so many ahead ends are asked for */
	char *line;	     /* the next one */
	size_t first;	     /* where it begins */
	size_t phase; /* where the next bytes go: so many are carried, the last ones of carry */
	VEC carry;
};

AMLI_INLINE TARGET SEAM FN(seam_of)(char *dst, const struct amli_block *b, size_t group)
{
	size_t early = (GROUPS_EARLY / (group * b->n[0] * E) + 1) * group;

	return (SEAM){dst, group, early, NULL, 0, 0, ON(zero)()};
}

AMLI_INLINE TARGET void FN(emit)(SEAM *to, VEC v)
{
	if (__builtin_expect(to->first != 0, 0))
		ON(put_from)(to->line, v, to->first);
	else
		ON(stream)(to->line, v);
	to->first = 0;
	to->line += AMLI_LINE;
}

AMLI_INLINE TARGET void FN(append)(SEAM *to, VEC v)
{
	FN(emit)(to, FN(slide)(to->carry, v, to->phase));
	to->carry = v;
}

/* Some bytes: in `line` behind those that are carried, in `carry` at the end */
AMLI_INLINE TARGET void FN(append_joined)(SEAM *to, VEC line, VEC carry, size_t bytes)
{
	to->carry = carry;
	to->phase += bytes;
	if (to->phase >= AMLI_LINE) {
		FN(emit)(to, line);
		to->phase -= AMLI_LINE;
	}
}

/* The first bytes of v */
AMLI_INLINE TARGET void FN(append_part)(SEAM *to, VEC v, size_t bytes)
{
	FN(append_joined)
	(to, FN(slide)(to->carry, v, to->phase), FN(slide)(to->carry, v, AMLI_LINE - bytes), bytes);
}

AMLI_INLINE TARGET void FN(end_group)(const SEAM *to)
{
	VEC last = FN(slide)(to->carry, ON(zero)(), to->phase);

	if (to->first)
		ON(put_between)(to->line, last, to->first, to->phase);
	else if (to->phase)
		ON(put_up_to)(to->line, last, to->phase);
}

/* A line that begins or ends at a column's end, and so is written in part: it is read first.
 * One that is streamed whole had better not be. */
AMLI_INLINE void FN(ask_part)(const char *at)
{
	if ((uintptr_t)at % AMLI_LINE)
		prefetch_line(at);
}

/* Both ends of the group that column j begins */
AMLI_INLINE void FN(ask_ends)(const SEAM *to, const struct amli_block *b, size_t j)
{
	if (j < b->n[1]) {
		FN(ask_part)(to->dst + b->col[j]);
		FN(ask_part)(to->dst + b->col[j] + to->group * b->n[0] * E);
	}
}

/* Column j begins a group; where one ends, another begins, or not. */
AMLI_INLINE TARGET void FN(begin_group)(SEAM *to, const struct amli_block *b, size_t j)
{
	char *d = to->dst + b->col[j];

	for (size_t k = j ? to->early : 0; k <= to->early; k += to->group)
		FN(ask_ends)(to, b, j + k);
	if (j && d == to->line + to->phase)
		return;
	if (j)
		FN(end_group)(to);
	to->phase = to->first = (uintptr_t)d % AMLI_LINE;
	to->line = d - to->phase;
}

#undef GROUPS_EARLY
