/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For kernels that append blocks to each other: where the source of a block is, and asking early for
 * that of the blocks that come next.  It is asked for in the order in which it lies there, which is
 * not the one in which blocks move: those that follow each other in the destination may come from
 * pages far apart.
 */
#ifndef AMLI_KERNEL_APPEND_H
#define AMLI_KERNEL_APPEND_H

#include "kernel/kernel.h"
#include "kernel/move.h"

AMLI_INLINE const char *amli_source_of(const struct amli_block *b, const char *src, size_t t)
{
	const ptrdiff_t *from = b->series->from;

	return from ? src + from[t] : src + t * b->n[0] * b->n[1] * b->element;
}

/* Rows of memory, so many for each run. */
struct amli_asker {
	uintptr_t next;
	const ptrdiff_t *run, *row; /* where they begin */
	size_t runs, rows, bytes;   /* of a row */
	size_t share;		    /* lines at a time */
	size_t at_run, at_row;	    /* the next row */
	uintptr_t at, end;	    /* of this one, by lines */
};

/* next: the source of the blocks that come next, or NULL; it is asked for in so many shares. */
static inline struct amli_asker amli_asker_of(const char *next, const struct amli_block *b,
					      size_t shares)
{
	static const ptrdiff_t start;
	const struct amli_series *series = b->series;
	size_t lines, row = b->n[1] * b->element;
	struct amli_asker a = {
		.next = (uintptr_t)next, .run = &start, .row = &start, .runs = 1, .rows = 1};

	a.bytes = row * b->n[0] * ((size_t)b->more + 1);
	if (series->from) {
		a.run = series->run;
		a.runs = series->runs;
		a.bytes = series->bytes;
	}
	if (!series->whole) {
		a.row = b->row;
		a.rows = b->n[0];
		a.bytes = row;
	}
	lines = a.runs * a.rows * (a.bytes / AMLI_LINE + 2);
	a.share = next ? (lines + shares - 1) / shares : 0;
	return a;
}

AMLI_INLINE void amli_ask_share(struct amli_asker *a)
{
	for (size_t k = 0; k < a->share; k++) {
		while (a->at >= a->end) {
			uintptr_t s = a->next;

			if (a->at_run == a->runs)
				return;
			s += (uintptr_t)a->run[a->at_run] + (uintptr_t)a->row[a->at_row];
			if (++a->at_row == a->rows) {
				a->at_row = 0;
				a->at_run++;
			}
			a->end = s + a->bytes;
			s -= s % AMLI_LINE;
			if (s + AMLI_LINE != a->at) /* the last one that was asked for */
				a->at = s;
		}
		__builtin_prefetch((const void *)a->at, 0, 2);
		a->at += AMLI_LINE;
	}
}

#endif
