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
#define STREAM_LEAST ((size_t)512) /* bytes of a piece, on average */

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

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
		*fold = dense ? 0 : 1;
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

/* Bytes from the side's pointer to position i. */
static ptrdiff_t place(const struct amli_index_side *side, size_t i)
{
	if (side->line.at)
		return (ptrdiff_t)(amli_line_index(&side->line, i) * (size_t)side->unit);
	return (ptrdiff_t)i * side->unit;
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

/* What is left over in the end begins a run, and is the whole of it. */
static void fold_both(struct aml_plan *plan, size_t by)
{
	struct amli_index *x = &plan->index;
	size_t left = x->n % by;

	x->rest = left * plan->nest.element;
	x->rest_dst = left ? place(&x->dst, x->n - left) : 0;
	x->rest_src = left ? place(&x->src, x->n - left) : 0;
	x->n /= by;
	plan->nest.element *= by;
	fold_side(&x->dst, by);
	fold_side(&x->src, by);
}

/* Fill in the table, and return how many pieces there are. */
static size_t fill(const struct aml_plan *plan, struct amli_piece *out)
{
	const struct amli_index *x = &plan->index;
	size_t e = plan->nest.element, n = 0;
	ptrdiff_t end_dst = 0, end_src = 0; /* of the last one */

	for (size_t i = 0; i < x->n; i++) {
		ptrdiff_t dst = place(&x->dst, i), src = place(&x->src, i);

		if (i == 0 || dst != end_dst || src != end_src)
			out[n++] = (struct amli_piece){dst, src, i * e};
		end_dst = dst + (ptrdiff_t)e;
		end_src = src + (ptrdiff_t)e;
	}
	out[n] = (struct amli_piece){0, 0, x->n * e};
	return n;
}

/* A table costs 24 bytes a piece, of which there are @most. */
static int make_pieces(struct aml_plan *plan, size_t most, unsigned flags)
{
	struct amli_index *x = &plan->index;
	const struct amli_kernel *kernel = amli_kernel_select(AMLI_PIECES, 0);
	uintptr_t over = (uintptr_t)plan->nest.dst % LINE;

	x->piece = amli_calloc(most + 1, sizeof(*x->piece));
	if (!x->piece)
		return amli_fail(AML_ENOMEM, "no memory for a table of %zu pieces", most);
	x->npieces = fill(plan, x->piece);
	x->gather = x->src.line.at ? kernel : NULL;
	x->scatter = x->dst.line.at ? kernel : NULL;
	plan->stream = kernel->stream && plan->bytes / x->npieces >= STREAM_LEAST &&
		       amli_plan_wants_stream(plan, flags);
	x->chunk = PIECE_CHUNK;
	x->less = !x->dst.line.at && plan->bytes > PIECE_CHUNK ? over : 0;
	plan->blocks = amli_div_up(plan->bytes + x->less, x->chunk);
	return 0;
}

int amli_index_join(struct aml_plan *plan, const struct amli_sided *dst,
		    const struct amli_sided *src, unsigned flags)
{
	struct amli_index *x = &plan->index;
	size_t e = plan->nest.element, runs[2], fold[2], by;

	if (plan->nest.nloops)
		return 0;
	runs_of(&x->dst, dst, x->n, e, &runs[0], &fold[0]);
	runs_of(&x->src, src, x->n, e, &runs[1], &fold[1]);
	by = gcd(fold[0], fold[1]);
	if (by == 0)
		by = x->n;
	if (e > FOLD_MOST || by > FOLD_MOST / e || x->n / by / RUN_LEAST >= runs[0] + runs[1])
		return make_pieces(plan, min_size(runs[0] + runs[1], x->n), flags);
	fold_both(plan, by);
	return 0;
}
