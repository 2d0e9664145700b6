/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transpositions within small matrices, of which one follows the other in the destination.  Each is a
 * block, and a group of them one call of a kernel that appends blocks to each other: lines are
 * written whole across their ends, and the source of the next group is asked for meanwhile.
 */
#include <stdint.h>
#include <stdlib.h>

#include "transform/fuse.h"

/* doc/PERFORMANCE.md has the measurements. */
#define MATRIX_MOST ((size_t)64 << 10)
#define GROUP_BYTES ((size_t)256 << 10) /* a part of the second-level cache */
#define LONG_STREAM ((size_t)8 << 10)	/* of the source as well: no table is worth it */
#define LONG_VISIT ((size_t)1024) /* of a source row, if what follows it is another matrix's */
#define FEW_ROWS 16		  /* less than a line: two loops put them together, too */
#define LINE ((size_t)64)

/* The rows of a matrix: all loops that continue each other in the destination before loop b. */
static bool find_rows(struct amli_axis *rows, const struct aml_nest *nest, size_t b)
{
	size_t last = 0, next;

	*rows = (struct amli_axis){.nloops = 1, .loop = {0}, .inner = 1};
	while ((next = amli_follower(nest, last, true)) != b) {
		rows->inner *= nest->loop[last].n;
		if (next == AMLI_NO_LOOP || rows->nloops == AMLI_AXIS_LOOPS ||
		    rows->inner > AMLI_AXIS_MOST)
			return false;
		rows->loop[rows->nloops++] = (unsigned char)next;
		last = next;
	}
	rows->chunk = nest->loop[last].n;
	return rows->chunk <= AMLI_AXIS_MOST && rows->inner * rows->chunk <= AMLI_AXIS_MOST;
}

/* Whether these rows, of such columns, have no gaps between them in the source. */
static bool is_whole(const struct amli_axis *rows, const struct aml_nest *nest, size_t row)
{
	size_t bytes = row, found = 0;

	for (size_t i = 0; i < rows->nloops; i++)
		for (size_t k = 0; k < rows->nloops; k++)
			if (nest->loop[rows->loop[k]].src == (ptrdiff_t)bytes) {
				bytes *= nest->loop[rows->loop[k]].n;
				found++;
				break;
			}
	return found == rows->nloops;
}

static bool is_on_elements(const struct aml_nest *nest)
{
	for (size_t i = 1; i < nest->nloops; i++)
		if (nest->loop[i].dst % (ptrdiff_t)nest->element)
			return false;
	return (uintptr_t)nest->dst % nest->element == 0;
}

/* Whether groups follow each other in the source as well. */
static bool is_stream(const struct amli_axis *group, const struct aml_nest *nest, size_t bytes)
{
	const struct aml_loop *l = &nest->loop[group->loop[0]];

	return group->nloops == 1 && l->src == (ptrdiff_t)bytes && l->n * bytes >= LONG_STREAM;
}

bool amli_append_axes(struct amli_axis axis[3], const struct aml_nest *nest,
		      const struct amli_kernel *kernel)
{
	size_t b = amli_src_inner(nest), e = nest->element, cols = nest->loop[b].n, rows, next, n;
	size_t row = cols * e;
	bool whole, few;

	if (cols > AMLI_AXIS_MOST || !find_rows(&axis[0], nest, b))
		return false;
	rows = axis[0].inner * axis[0].chunk;
	whole = is_whole(&axis[0], nest, row);
	few = rows < FEW_ROWS && rows * e < LINE;
	next = amli_follower(nest, b, true);
	if (next == AMLI_NO_LOOP || rows * row > MATRIX_MOST || !is_on_elements(nest) ||
	    !amli_kernel_appends(kernel, rows, cols, whole))
		return false;
	if (!whole && (few || row < LONG_VISIT) && amli_follower(nest, b, false) != AMLI_NO_LOOP)
		return false;
	axis[1] = (struct amli_axis){
		.nloops = 1, .loop = {(unsigned char)b}, .inner = 1, .chunk = cols};
	axis[2] = (struct amli_axis){.nloops = 1, .loop = {(unsigned char)next}, .inner = 1};
	n = GROUP_BYTES / (rows * row);
	if (whole && is_stream(&axis[2], nest, rows * row))
		axis[2].chunk = n < nest->loop[next].n ? n : nest->loop[next].n;
	else
		amli_axis_grow(&axis[2], nest, n < AMLI_AXIS_MOST ? n : AMLI_AXIS_MOST, true,
			       &axis[1]);
	return true;
}

/* Loops of an axis by their steps in the source, smallest first. */
static void sort_loops(unsigned char *order, const struct amli_axis *a, const struct aml_nest *nest)
{
	for (size_t i = 0; i < a->nloops; i++) {
		ptrdiff_t step = labs(nest->loop[a->loop[i]].src);
		size_t k = i;

		for (; k > 0 && step < labs(nest->loop[a->loop[order[k - 1]]].src); k--)
			order[k] = order[k - 1];
		order[k] = (unsigned char)i;
	}
}

void amli_append_series(const struct aml_plan *plan, struct amli_series *series, ptrdiff_t *from,
			ptrdiff_t *run)
{
	const struct aml_nest *nest = &plan->nest;
	const struct amli_axis *a = &plan->axis[2];
	size_t row = plan->block.n[1] * nest->element, bytes = plan->block.n[0] * row;
	unsigned char order[AMLI_AXIS_LOOPS];
	size_t first = 0;

	*series = (struct amli_series){.whole = is_whole(&plan->axis[0], nest, row), .runs = 1};
	if (series->whole && is_stream(a, nest, bytes))
		return;
	sort_loops(order, a, nest);
	while (series->whole && first < a->nloops &&
	       nest->loop[a->loop[order[first]]].src == (ptrdiff_t)bytes)
		bytes *= amli_axis_times(a, nest, order[first++]);
	for (size_t i = first; i < a->nloops; i++)
		series->runs *= amli_axis_times(a, nest, order[i]);
	amli_axis_table(a, nest, NULL, a->nloops, false, from);
	amli_axis_table(a, nest, order + first, a->nloops - first, false, run);
	series->bytes = bytes;
	series->from = from;
	series->run = run;
}
