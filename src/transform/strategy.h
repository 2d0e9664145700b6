/* SPDX-License-Identifier: BSD-3-Clause */
/* The ways to run a plan, one row each. */
#ifndef AMLI_TRANSFORM_STRATEGY_H
#define AMLI_TRANSFORM_STRATEGY_H

#include <stdio.h>

#include "transform/plan.h"

struct amli_strategy {
	const char *name;
	/* Kernel operation of a nest strategy. */
	enum amli_op op;
	/* Whether it can run this nest.  Rows are tried in order; the last always can.
	 * NULL, like cut, where there is no nest. */
	bool (*applicable)(const struct aml_nest *nest);
	/* Choose the block and the digits of the odometer. */
	void (*cut)(struct aml_plan *plan);
	/* Run blocks first <= i < end. */
	int (*run)(const struct aml_plan *plan, size_t first, size_t end);
	/* Write the loops, or what stands for them, after the name. */
	void (*describe)(const struct aml_plan *plan, FILE *out);
};

/* strategy.c: the rows for nests, best first. */
extern const struct amli_strategy amli_nest_strategies[];
/* generic.c: layouts that are not affine. */
extern const struct amli_strategy amli_generic_strategy;
/* operator.c: the program's own copy function. */
extern const struct amli_strategy amli_operator_strategy;

/* generic.c: fills in a plan for two layouts of equal shape, or of shapes equal but for
 * perm (see amli_plan_layouts()). */
int amli_generic_init(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		      const size_t *perm, unsigned flags);

/* strategy.c: append the digit that walks @n things @step apart, @size at a time; then put
 * the fastest first. */
void amli_digit_add(struct aml_plan *plan, size_t n, size_t size, ptrdiff_t dst, ptrdiff_t src,
		    int cuts);
void amli_digits_sort(struct aml_plan *plan);
/* The loop with the smallest src stride, nest->loop[0] excepted if there is a choice. */
size_t amli_src_inner(const struct aml_nest *nest);

/* fuse.c: a transposition whose rows or columns are made up of several loops. */
bool amli_fused_applicable(const struct aml_nest *nest);
void amli_fused_cut(struct aml_plan *plan);
/* The offsets of the rows (k = 0) or columns (1) of a full block. */
void amli_fused_table(const struct aml_plan *plan, int k, ptrdiff_t *offset);

/* Bytes from row to row of @bytes in a staging buffer: rows begin on lines, and not all in
 * the same cache sets. */
static inline ptrdiff_t amli_stage_pitch(size_t bytes)
{
	size_t lines = (bytes + 63) / 64;

	return (ptrdiff_t)((lines | 1) * 64);
}

/* run.c: the odometer, for all nest strategies. */
int amli_nest_run(const struct aml_plan *plan, size_t first, size_t end);

#endif
