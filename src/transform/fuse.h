/* SPDX-License-Identifier: BSD-3-Clause */
/* Loops of a nest that continue each other, as one. */
#ifndef AMLI_TRANSFORM_FUSE_H
#define AMLI_TRANSFORM_FUSE_H

#include <stdint.h>

#include "transform/strategy.h"

#define AMLI_NO_LOOP SIZE_MAX

/* The loop that continues loop i on a side, or AMLI_NO_LOOP. */
size_t amli_follower(const struct aml_nest *nest, size_t i, bool dst);

/* Take in loops that continue the last one until there are @want steps.  Only the last may be cut,
 * into chunks of about the same size, of whole lines if they are that long. */
void amli_axis_grow(struct amli_axis *a, const struct aml_nest *nest, size_t want, bool dst,
		    const struct amli_axis *other);

/* How often the i-th loop of an axis goes round in a block. */
static inline size_t amli_axis_times(const struct amli_axis *a, const struct aml_nest *nest,
				     size_t i)
{
	return i + 1 < a->nloops ? nest->loop[a->loop[i]].n : a->chunk;
}

/* The offsets on one side of what so many of its loops go through, the first one fastest; order
 * NULL: as they are. */
void amli_axis_table(const struct amli_axis *a, const struct aml_nest *nest,
		     const unsigned char *order, size_t nloops, bool dst, ptrdiff_t *offset);

/* append.c: small matrices that follow each other in the destination: rows and columns of one, which
 * is a block, and how many of them are a group.  False: it is not one of those nests, or the kernel
 * does not take them. */
bool amli_append_axes(struct amli_axis axis[3], const struct aml_nest *nest,
		      const struct amli_kernel *kernel);

#endif
