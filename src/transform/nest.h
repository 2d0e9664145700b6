/* SPDX-License-Identifier: BSD-3-Clause */
/* From two geometries to the fewest loops; aml/plan.h defines struct aml_nest. */
#ifndef AMLI_TRANSFORM_NEST_H
#define AMLI_TRANSFORM_NEST_H

#include <stdint.h>

#include "aml/plan.h"

/* The nest of dst <- src, where native dim i of dst is native dim perm[i] of src (perm
 * NULL: the same).  dst strides come out positive.
 * -AML_EINVAL: shapes or element sizes differ, or dst has a stride of 0. */
int amli_nest_build(struct aml_nest *nest, const struct aml_affine *dst,
		    const struct aml_affine *src, const size_t *perm);

/* Bytes of a copy between two runs of memory that do not overlap, found without building a nest;
 * 0: it may be something else. */
size_t amli_flat_bytes(const struct aml_affine *dst, const struct aml_affine *src);

/* The nest of @bytes contiguous bytes. */
void amli_nest_flat(struct aml_nest *nest, void *dst, const void *src, size_t bytes);

/* Bytes one run writes; SIZE_MAX if they cannot be counted. */
size_t amli_nest_bytes(const struct aml_nest *nest);

/* Whether two runs of memory have no byte in common. */
static inline bool amli_runs_are_apart(const void *a, const void *b, size_t bytes)
{
	uintptr_t x = (uintptr_t)a, y = (uintptr_t)b;

	return (x < y ? y - x : x - y) >= bytes;
}

/* Whether a byte is both written and read.  Exact as long as a bounded search decides
 * it; false beyond that. */
bool amli_nest_overlaps(const struct aml_nest *nest);

#endif
