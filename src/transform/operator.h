/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies named by a function: the library's own are planned, others are called. */
#ifndef AMLI_TRANSFORM_OPERATOR_H
#define AMLI_TRANSFORM_OPERATOR_H

#include "transform/plan.h"

/* op is not NULL; errors as amli_plan_init(). */
int amli_operator_init(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		       aml_dma_operator op, void *arg, unsigned flags);

/* plan.c: native dim i of dst is native dim perm[i] of src (perm NULL: the same). */
int amli_plan_layouts(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		      const size_t *perm, unsigned flags);
/* plan.c: contiguous bytes, 0 allowed. */
int amli_plan_bytes(struct aml_plan *plan, void *dst, const void *src, size_t bytes,
		    unsigned flags);

#endif
