/* SPDX-License-Identifier: BSD-3-Clause */
/* Plans of permutations of dense arrays. */
#ifndef TESTS_LIB_PERMUTED_H
#define TESTS_LIB_PERMUTED_H

#include <stddef.h>

#include "aml/plan.h"

#define PERMUTED_DIMS 6 /* at most */

/* Both sides in C order: dimension i of dst is dimension perm[i] of src, which has these dims, and
 * these pitches if they are not NULL. */
struct aml_plan *permuted_plan(void *dst, void *src, size_t element, size_t n, const size_t *dims,
			       const size_t *pitch, const size_t *perm, unsigned flags);

#endif
