/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Positions that follow each other without a gap on both sides are joined.
 *
 * If all runs are whole multiples of some number of positions, so many become one, and the
 * list is read in larger steps: that costs nothing.  Else, if runs are long enough, each becomes a
 * piece in a table.
 */
#include "base/error.h"
#include "base/mem.h"
#include "transform/index.h"
#include "transform/nest.h"
#include "transform/strategy.h"

#define FOLD_MOST ((size_t)1024) /* bytes; larger elements are pieces, which can be cut */
#define RUN_LEAST ((size_t)4)	 /* positions in a piece, on average */
#define PIECE_CHUNK ((size_t)64 << 10)
#define LINE ((size_t)64)

static size_t gcd(size_t a, size_t b)
{
	while (b) {
		size_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

/* In how many runs of elements of so many bytes a side is, and what divides them all. */
static void runs_of(const struct amli_index_side *side, const struct amli_sided *from, size_t n,
		    size_t element, size_t *runs, size_t *fold)
{
	const struct amli_indexed *x = from->indexed;
	struct amli_facts facts;
	uint64_t next;

	if (!side->line.at) {
		bool dense = side->unit == (ptrdiff_t)element;

		*runs = dense ? 1 : n;
		*fold = dense ? n : 1;
		return;
	}
	*runs = n;
	*fold = 1;
	if (element % (size_t)side->unit)
		return;
	next = element / (size_t)side->unit;
	if (x->is_line && x->line.n == n && x->line.step == side->line.step &&
	    x->facts.next == next) {
		facts = x->facts;
	} else {
		amli_line_read(&side->line, next, &facts);
	}
	*runs = facts.runs;
	*fold = facts.fold;
}

static void fold_side(struct amli_index_side *side, size_t by)
{
	if (side->line.at) {
		side->line.step *= (ptrdiff_t)by;
		side->line.n /= by;
	} else {
		side->unit *= (ptrdiff_t)by;
	}
}

/* Bytes from the side's pointer to position i. */
static ptrdiff_t place(const struct amli_index_side *side, size_t i)
{
	if (side->line.at)
		return (ptrdiff_t)(amli_line_index(&side->line, i) * (size_t)side->unit);
	return (ptrdiff_t)i * side->unit;
}

/* Fill in the table, or with NULL count what would be in it. */
static size_t pieces(const struct aml_plan *plan, struct amli_piece *out)
{
	const struct amli_index *x = &plan->index;
	size_t e = plan->nest.element, n = 0;
	struct amli_piece end = {0, 0, 0}; /* behind the last one */

	for (size_t i = 0; i < x->n; i++) {
		ptrdiff_t dst = place(&x->dst, i), src = place(&x->src, i);

		if (i == 0 || dst != end.dst || src != end.src) {
			if (out)
				out[n] = (struct amli_piece){dst, src, i * e};
			n++;
		}
		end.dst = dst + (ptrdiff_t)e;
		end.src = src + (ptrdiff_t)e;
	}
	if (out)
		out[n] = (struct amli_piece){0, 0, x->n * e};
	return n;
}

/* A table costs 24 bytes a piece. */
static int make_pieces(struct aml_plan *plan)
{
	struct amli_index *x = &plan->index;
	uintptr_t over = (uintptr_t)plan->nest.dst % LINE;

	x->npieces = pieces(plan, NULL);
	x->piece = amli_calloc(x->npieces + 1, sizeof(*x->piece));
	if (!x->piece)
		return amli_fail(AML_ENOMEM, "no memory for a table of %zu pieces", x->npieces);
	pieces(plan, x->piece);
	x->gather = x->src.line.at ? amli_kernel_select(AMLI_PIECES, 0) : NULL;
	x->scatter = x->dst.line.at ? amli_kernel_select(AMLI_PIECES, 0) : NULL;
	x->chunk = PIECE_CHUNK;
	x->less = !x->dst.line.at && plan->bytes > PIECE_CHUNK ? over : 0;
	plan->blocks = amli_div_up(plan->bytes + x->less, x->chunk);
	return 0;
}

int amli_index_join(struct aml_plan *plan, const struct amli_sided *dst,
		    const struct amli_sided *src)
{
	struct amli_index *x = &plan->index;
	size_t e = plan->nest.element, runs[2], fold[2], by;

	if (plan->nest.nloops)
		return 0;
	runs_of(&x->dst, dst, x->n, e, &runs[0], &fold[0]);
	runs_of(&x->src, src, x->n, e, &runs[1], &fold[1]);
	by = gcd(fold[0], fold[1]);
	if (by * e <= FOLD_MOST) {
		x->n /= by;
		plan->nest.element *= by;
		fold_side(&x->dst, by);
		fold_side(&x->src, by);
	}
	if (plan->nest.element > FOLD_MOST || x->n / RUN_LEAST >= runs[0] + runs[1])
		return make_pieces(plan);
	return 0;
}
