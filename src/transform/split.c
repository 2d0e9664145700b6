/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pieces of a plan.  A nest is cut along one of its loops, the one whose cuts go through the
 * fewest lines: two threads that write one line pass it to and fro, and one that both read is
 * read twice.  Each piece is then a nest of its own.  Other plans are cut between blocks.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"
#include "transform/strategy.h"

#define LINE ((size_t)64)
#define VISIT ((size_t)2048)	  /* bytes of a contiguous loop at a time, as blocks have them */
#define VISIT_LEAST ((size_t)512) /* if it is too short for that */
#define EVEN ((size_t)8)	  /* so many steps are cut evenly enough */

/* A loop to cut, after so many steps or a multiple of them; the last ones may be fewer. */
struct cut {
	size_t loop, unit, units;
};

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t stride_of(const struct aml_loop *loop, bool dst)
{
	return (size_t)labs(dst ? loop->dst : loop->src);
}

/* As few as will do if n are wanted: whoever wants many has a part of that many threads. */
static size_t enough(size_t n)
{
	return n / 4 > 4 ? n / 4 : min_size(n, 4);
}

/* Whole lines of so many bytes or a bit more, in steps of a contiguous loop. */
static size_t whole_lines(size_t bytes, size_t step)
{
	size_t steps = 1;

	while (steps * step % LINE)
		steps *= 2;
	return amli_div_up(bytes, steps * step) * steps;
}

static struct cut cut_of(const struct aml_nest *nest, size_t loop, size_t n)
{
	const struct aml_loop *l = &nest->loop[loop];
	size_t step = min_size(stride_of(l, true), stride_of(l, false));
	struct cut cut = {.loop = loop, .unit = 1};

	if (step > 0 && step < LINE) {
		cut.unit = whole_lines(VISIT, step);
		if (amli_div_up(l->n, cut.unit) < (n < 2 * EVEN ? EVEN : enough(n)))
			cut.unit = whole_lines(VISIT_LEAST, step);
	}
	cut.units = amli_div_up(l->n, cut.unit);
	return cut;
}

/* Lines of a side that one cut goes through. */
static size_t torn(const struct aml_nest *nest, const struct cut *cut, bool dst)
{
	size_t stride = stride_of(&nest->loop[cut->loop], dst);
	bool on_lines = (uintptr_t)(dst ? nest->dst : nest->src) % LINE == 0 &&
			stride * cut->unit % LINE == 0;
	size_t rows = 1;

	for (size_t i = 0; i < nest->nloops; i++) {
		size_t other = stride_of(&nest->loop[i], dst);

		if (other <= stride)
			continue;
		rows *= nest->loop[i].n;
		on_lines = on_lines && other % LINE == 0;
	}
	return on_lines ? 0 : rows;
}

/* How many pieces, if n are wanted; 0: too few, or too uneven. */
static size_t pieces_of(const struct cut *cut, size_t n)
{
	size_t most = min_size(n, cut->units);

	if (most < enough(n) || (cut->units < EVEN && cut->units % n))
		return 0;
	return amli_div_up(cut->units, amli_div_up(cut->units, most));
}

/* The loop to cut; false: none will do.  Lines that are written in part cost more than those
 * that are read twice.  Of equally good loops that which leaves long rows to read. */
static bool choose(struct cut *best, const struct aml_plan *plan, size_t n)
{
	const struct aml_nest *nest = &plan->nest;
	size_t least = SIZE_MAX;

	if (!plan->kernel || plan->strategy->run != amli_nest_run ||
	    plan->strategy->op == AMLI_COPY)
		return false;
	for (size_t i = 0; i < nest->nloops; i++) {
		struct cut cut = cut_of(nest, i, n);
		size_t cost;

		if (!pieces_of(&cut, n))
			continue;
		cost = 16 * torn(nest, &cut, true) + torn(nest, &cut, false);
		if (cost > least ||
		    (cost == least &&
		     stride_of(&nest->loop[i], false) < stride_of(&nest->loop[best->loop], false)))
			continue;
		least = cost;
		*best = cut;
	}
	return least != SIZE_MAX;
}

/* floor(total * i / n) without overflow */
static size_t share(size_t total, size_t i, size_t n)
{
	return total / n * i + total % n * i / n;
}

/* Where piece i of n begins along the loop. */
static size_t begin(const struct aml_plan *plan, const struct cut *cut, size_t i, size_t n)
{
	return min_size(share(cut->units, i, n) * cut->unit, plan->nest.loop[cut->loop].n);
}

size_t aml_plan_split(const struct aml_plan *plan, size_t want)
{
	struct cut cut;

	if (!plan || want < 2 || plan->blocks < 1)
		return 1;
	if (choose(&cut, plan, want))
		return pieces_of(&cut, want);
	return min_size(want, plan->blocks);
}

static int run_slice(const struct aml_plan *plan, size_t loop, size_t first, size_t end)
{
	struct aml_plan slice;

	if (first == end)
		return 0;
	amli_plan_slice(&slice, plan, loop, first, end);
	return slice.strategy->run(&slice, 0, slice.blocks);
}

int aml_plan_run_piece(const struct aml_plan *plan, size_t i, size_t n)
{
	size_t first, end;
	struct cut cut;

	if (!plan)
		return amli_fail(AML_EINVAL, "plan is NULL");
	if (i >= n)
		return amli_fail(AML_EDOM, "piece %zu of %zu", i, n);
	if (n > 1 && choose(&cut, plan, n))
		return run_slice(plan, cut.loop, begin(plan, &cut, i, n),
				 begin(plan, &cut, i + 1, n));
	first = share(plan->blocks, i, n);
	end = share(plan->blocks, i + 1, n);
	return first < end ? plan->strategy->run(plan, first, end) : 0;
}

size_t aml_plan_piece_bytes(const struct aml_plan *plan, size_t i, size_t n)
{
	size_t first, end;
	struct cut cut;

	if (!plan || i >= n || !plan->strategy->before)
		return 0;
	if (n > 1 && choose(&cut, plan, n)) {
		first = begin(plan, &cut, i, n);
		end = begin(plan, &cut, i + 1, n);
		return plan->bytes / plan->nest.loop[cut.loop].n * (end - first);
	}
	first = share(plan->blocks, i, n);
	end = share(plan->blocks, i + 1, n);
	return plan->strategy->before(plan, end) - plan->strategy->before(plan, first);
}
