/* SPDX-License-Identifier: BSD-3-Clause */
/* Random layouts for copies through lists of indices, of n blocks or n x block elements. */
#ifndef TESTS_LIB_LISTS_H
#define TESTS_LIB_LISTS_H

#include <stdbool.h>
#include <stddef.h>

#include "aml/layout.h"

/* What order the places in a list are in; but for REPEATED each is there once. */
enum lists_order {
	LISTS_RANDOM,
	LISTS_SORTED,
	LISTS_REVERSED,
	LISTS_RUNS,
	LISTS_EVEN_RUNS, /* of one length */
	LISTS_REPEATED,
	LISTS_STEPS, /* at one distance */
	LISTS_ORDERS
};

/* One side: memory with guards around it, filled with noise, and a layout over it. */
struct lists_end {
	char *memory;
	size_t bytes;
	struct aml_layout *layout;
};

/* All that follows is drawn from this. */
void lists_seed(unsigned seed);
size_t lists_pick(size_t below);

/* Make the memory: where so many bytes begin. */
char *lists_memory(struct lists_end *end, size_t bytes);
void lists_indexed(struct lists_end *end, size_t e, size_t block, size_t n, enum lists_order how,
		   int order);
/* A grid, perhaps with gaps or the other way round. */
void lists_grid(struct lists_end *end, size_t e, size_t block, size_t n, int order);
/* A part of an indexed layout, of its blocks too; or one that was reshaped there and back. */
void lists_view(struct lists_end *end, size_t e, size_t block, size_t n, enum lists_order how,
		int order, bool slice);
void lists_free(struct lists_end *end);

#endif
