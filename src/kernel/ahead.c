/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * With each run that is moved the one that comes so many runs later is asked for, in the next row
 * or the next block if need be.  It goes to the second-level cache, which has more room for
 * requests than the first.
 */
#include "base/hot.h"
#include "kernel/ahead.h"

#define LINES ((size_t)64)	 /* that are under way at once */
#define LONG ((size_t)64 << 10)	 /* bytes after which a jump does not matter */
#define SETS ((size_t)512 << 10) /* stride at which half a cache has room for one line */

static size_t distance(ptrdiff_t stride)
{
	return stride < 0 ? -(size_t)stride : (size_t)stride;
}

/* Whether the runs of a side jump: after each, or after a few of them.  If the next row uses
 * the same lines, or those beside them, they need not be asked for again. */
static bool is_sparse(const ptrdiff_t stride[2], const struct amli_block *b)
{
	size_t gap = b->gap, run = distance(stride[0]), row = distance(stride[1]);

	if (run >= b->element + gap)
		return row == 0 || row >= b->element + gap;
	return b->n[0] * run < LONG && row >= b->n[0] * run + gap;
}

/* How many runs early: fewer if they meet in a few sets of the cache. */
static size_t how_early(const struct amli_block *b)
{
	size_t runs = LINES / (b->element / AMLI_LINE + 1);
	const ptrdiff_t stride[] = {b->dst[0], b->src[0]};

	for (int k = 0; k < 2; k++) {
		size_t power = (size_t)(stride[k] & -stride[k]); /* of two, in the stride */

		if (power && runs > SETS / power)
			runs = SETS / power;
	}
	return runs < 2 ? 2 : runs;
}

/* The run i and j steps further along the loops. */
static struct amli_ask run_at(const struct amli_block *b, struct amli_ask ask, ptrdiff_t i,
			      ptrdiff_t j)
{
	ask.dst = i * b->dst[0] + j * b->dst[1];
	ask.src = i * b->src[0] + j * b->src[1];
	return ask;
}

/* The same in the block that follows, i and j steps from this one's end.  It is beside this one
 * along one of the loops, or only its source is known.  to_next: bytes. */
static struct amli_ask run_in_next(const struct amli_block *b, struct amli_ask ask, ptrdiff_t i,
				   ptrdiff_t j, ptrdiff_t to_next)
{
	ptrdiff_t row = amli_steps(b->n[0], b->src[0]), all = amli_steps(b->n[1], b->src[1]);

	if (to_next == row)
		return run_at(b, ask, i + (ptrdiff_t)b->n[0], j);
	ask = run_at(b, ask, i, j + (ptrdiff_t)b->n[1]);
	ask.src += to_next - all;
	if (to_next != all)
		ask.dst_part = AMLI_ASK_NOTHING;
	return ask;
}

/* The last `early` runs of a row ask for those of the next one. */
static void move_by_runs(char *dst, const char *src, const struct amli_block *b, size_t early,
			 struct amli_ask ask, struct amli_ask next, amli_asking_fn *move)
{
	const struct amli_ask here = run_at(b, ask, (ptrdiff_t)early, 0);
	const struct amli_ask turn = run_at(b, ask, (ptrdiff_t)(early - b->n[0]), 1);
	struct amli_block part = *b;
	size_t first = b->n[0] - early;

	part.n[1] = 1;
	for (size_t j = 0; j < b->n[1]; j++) {
		part.n[0] = first;
		move(dst, src, &part, &here);
		part.n[0] = early;
		move(dst + amli_steps(first, b->dst[0]), src + amli_steps(first, b->src[0]), &part,
		     j + 1 < b->n[1] ? &turn : &next);
		dst += b->dst[1], src += b->src[1];
	}
}

static void move_by_rows(char *dst, const char *src, const struct amli_block *b, size_t early,
			 struct amli_ask ask, struct amli_ask next, amli_asking_fn *move)
{
	const struct amli_ask here = run_at(b, ask, 0, (ptrdiff_t)early);
	struct amli_block part = *b;
	size_t first = b->n[1] - early;

	part.n[1] = first;
	if (first)
		move(dst, src, &part, &here);
	part.n[1] = early;
	move(dst + amli_steps(first, b->dst[1]), src + amli_steps(first, b->src[1]), &part, &next);
}

AMLI_HOT void amli_ask_ahead(char *dst, const char *src, const char *next,
			     const struct amli_block *b, enum amli_asked dst_part,
			     amli_asking_fn *move)
{
	struct amli_ask ask = {.dst_part = AMLI_ASK_NOTHING}, after = ask;
	ptrdiff_t to_next = (ptrdiff_t)((uintptr_t)next - (uintptr_t)src);
	size_t early, rows;

	if (b->gap && is_sparse(b->src, b))
		ask.src_part = AMLI_ASK_ALL;
	if (b->gap && is_sparse(b->dst, b))
		ask.dst_part = dst_part;
	if (!amli_asks(&ask)) {
		move(dst, src, b, &ask);
		return;
	}
	early = how_early(b);
	if (early < b->n[0]) {
		if (next)
			after = run_in_next(b, ask, (ptrdiff_t)(early - b->n[0]),
					    1 - (ptrdiff_t)b->n[1], to_next);
		move_by_runs(dst, src, b, early, ask, after, move);
		return;
	}
	rows = early / b->n[0] < b->n[1] ? early / b->n[0] : b->n[1];
	if (next)
		after = run_in_next(b, ask, 0, (ptrdiff_t)(rows - b->n[1]), to_next);
	move_by_rows(dst, src, b, rows, ask, after, move);
}
