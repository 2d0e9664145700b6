/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies named by a function: the library's own are planned, others are called. */
#ifndef AMLI_TRANSFORM_OPERATOR_H
#define AMLI_TRANSFORM_OPERATOR_H

#include "aml/operator.h"
#include "transform/plan.h"

/* op is not NULL; errors as amli_plan_init(). */
int amli_operator_init(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		       aml_dma_operator op, void *arg, unsigned flags);

/* Plan and run in the caller. */
int amli_operator_now(struct aml_layout *dst, const struct aml_layout *src, void *arg,
		      aml_dma_operator op);

/* pass_operator.c: those of aml/operator.h. */
#define AMLI_PLAN_OPERATOR(name)                                            \
	int amli_plan_##name(struct aml_plan *plan, struct aml_layout *dst, \
			     const struct aml_layout *src, void *arg, unsigned flags);
AMLI_PLAN_OPERATOR(byteswap)
AMLI_PLAN_OPERATOR(convert)
AMLI_PLAN_OPERATOR(fill)
AMLI_PLAN_OPERATOR(compare)
AMLI_PLAN_OPERATOR(crc32c)

/* plan.c: native dim i of dst is native dim perm[i] of src (perm NULL: the same). */
int amli_plan_layouts(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		      const size_t *perm, unsigned flags);
/* plan.c: contiguous bytes, 0 allowed. */
int amli_plan_bytes(struct aml_plan *plan, void *dst, const void *src, size_t bytes,
		    unsigned flags);

#endif
