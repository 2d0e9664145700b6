/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Copies through lists of indices: a gather, a scatter, or both.
 *
 *	index.c          two layouts -> positions, and the loops within a block
 *	index_pieces.c   what follows each other on both sides joined, once
 *	index_overlap.c  whether the two sides have a byte in common
 *	index_run.c      blocks of positions, or of pieces
 */
#ifndef AMLI_TRANSFORM_INDEX_H
#define AMLI_TRANSFORM_INDEX_H

#include "layout/indexed.h"
#include "transform/plan.h"

/* A layout that is affine or indexed.  at: of the list, strides 0 if there is none. */
struct amli_sided {
	const struct amli_indexed *indexed; /* NULL: affine */
	struct aml_affine by, at;
	ptrdiff_t unit;
};

/* Whether such a copy is ours: one side is indexed, both have one line of positions.  If so *rc
 * is 0 with the plan filled in, or says why it is refused. */
bool amli_index_init(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		     const size_t *perm, unsigned flags, int *rc);
void amli_index_fini(struct aml_plan *plan);

/* As amli_index_check_overlap(); 0 for layouts of other kinds, of which that is not known. */
int amli_index_check_layouts(const struct aml_layout *dst, const struct aml_layout *src);

/* index_pieces.c: join what can be joined: positions n by n, or all in a table of pieces. */
int amli_index_join(struct aml_plan *plan, const struct amli_sided *dst,
		    const struct amli_sided *src, unsigned flags);

/* index_overlap.c: -AML_EINVAL if a byte is both written and read, -AML_ENOMEM if there is no
 * memory to find out. */
int amli_index_check_overlap(const struct amli_sided *dst, const struct amli_sided *src);

extern const struct amli_strategy amli_index_strategy;

#endif
