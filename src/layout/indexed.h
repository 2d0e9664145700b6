/* SPDX-License-Identifier: BSD-3-Clause */
/* What planners see of an indexed layout. */
#ifndef AMLI_LAYOUT_INDEXED_H
#define AMLI_LAYOUT_INDEXED_H

#include "aml/layout.h"
#include "layout/index.h"

/*
 * Two affine layouts of one shape: element c of the whole is at
 *
 *	by.at(c) + (the index at at.at(c)) * unit
 *
 * Along a dimension one of the two strides is 0: `at`'s within blocks, `by`'s along the list.
 */
struct amli_indexed {
	struct aml_affine by, at;     /* strides of `at` in bytes of the list */
	struct amli_index_list *list; /* a hold; NULL: the program's own array */
	ptrdiff_t unit;		      /* bytes */
	int order;
	/* What is in the list, its entries taken in native order; `next` is that of a whole
	 * block.  If the dimensions do not run through them so, only low and high, and
	 * they may be too far apart. */
	bool is_line;
	struct amli_line line;
	struct amli_facts facts;
};

/* NULL for other kinds of layouts. */
const struct amli_indexed *amli_layout_indexed(const struct aml_layout *layout);

/* The indices as one line, if native order runs through them so. */
bool amli_indexed_line(const struct aml_affine *at, struct amli_line *line);

/* As aml_layout_permute(): native dimension i of out is native dimension from[i]. */
int amli_indexed_permute(const struct amli_indexed *in, struct aml_layout **out,
			 const size_t *from);

/* The lowest byte of all elements, and behind the highest; as far as facts are exact. */
void amli_indexed_bounds(const struct amli_indexed *x, uintptr_t *low, uintptr_t *high);

#endif
