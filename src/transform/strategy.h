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
	/* Whether it could, if chosen. */
	bool (*possible)(const struct aml_nest *nest);
	/* Choose the block and the digits of the odometer. */
	void (*cut)(struct aml_plan *plan);
	/* Run blocks first <= i < end. */
	int (*run)(const struct aml_plan *plan, size_t first, size_t end);
	/* Write the loops, or what stands for them, after the name. */
	void (*describe)(const struct aml_plan *plan, FILE *out);
	/* Bytes that the blocks before this one write.  NULL where nobody knows. */
	size_t (*before)(const struct aml_plan *plan, size_t block);
};

#define AMLI_COPY_CHUNK ((size_t)512 << 10) /* bytes of a run copied at a time */

/* strategy.c: the rows for nests, best first; the first one is `copy`. */
extern const struct amli_strategy amli_nest_strategies[];
#define AMLI_NEST_STRATEGIES 5
/* generic.c: layouts that are not affine. */
extern const struct amli_strategy amli_generic_strategy;
/* operator.c: the program's own copy function. */
extern const struct amli_strategy amli_operator_strategy;
/* batch_run.c: many copies in one plan. */
extern const struct amli_strategy amli_batch_strategy;

/* generic.c: fills in a plan for two layouts of equal shape, or of shapes equal but for
 * perm (see amli_plan_layouts()). */
int amli_generic_init(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		      const size_t *perm, unsigned flags);

/* generic.c: whether the layout can be walked by runs; "dst" or "src" is for the message. */
int amli_generic_check(const struct aml_layout *layout, const char *side);
/* generic.c: keep the two layouts: duplicates, unless the caller's outlive the plan. */
int amli_generic_keep(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		      unsigned flags);

/* strategy.c: append the digit that walks @n things @step apart, @size at a time; then put
 * the fastest first. */
void amli_digit_add(struct aml_plan *plan, size_t n, size_t size, ptrdiff_t dst, ptrdiff_t src,
		    int cuts);
void amli_digits_sort(struct aml_plan *plan);
/* The loop with the smallest src stride, nest->loop[0] excepted if there is a choice. */
size_t amli_src_inner(const struct aml_nest *nest);

/* Rows or columns of a block: as chosen, else as estimated. */
static inline size_t amli_rows(const struct aml_plan *plan, size_t estimate)
{
	return plan->chosen && plan->choice.rows ? plan->choice.rows : estimate;
}

static inline size_t amli_cols(const struct aml_plan *plan, size_t estimate)
{
	return plan->chosen && plan->choice.cols ? plan->choice.cols : estimate;
}

static inline enum amli_put amli_put(const struct aml_plan *plan)
{
	return plan->chosen ? plan->choice.store : AMLI_PUT_ANY;
}

/* strategy.c: whether destination rows begin on lines if the first does. */
bool amli_on_lines(const struct aml_nest *nest);
/* fuse.c: of runs that are read across, whole lines each, how many are best streamed beside each other; 0 =
 * they are not streamed one by one. */
size_t amli_runs_beside(const struct aml_nest *nest);
/* strategy.c: whether destination rows follow each other without gaps, and the kernel puts their lines
 * together. */
bool amli_joins(const struct aml_nest *nest);

/* fuse.c: a transposition whose rows or columns are made up of several loops. */
bool amli_fused_possible(const struct aml_nest *nest);
bool amli_fused_applicable(const struct aml_nest *nest);
void amli_fused_cut(struct aml_plan *plan);
/* The offsets of the rows (k = 0) or columns (1) of a full block. */
void amli_fused_table(const struct aml_plan *plan, int k, ptrdiff_t *offset);
/* append.c: where the blocks of a full group are; the tables are for it to use. */
void amli_append_series(const struct aml_plan *plan, struct amli_series *series, ptrdiff_t *from,
			ptrdiff_t *run);

/* Bytes from row to row of @bytes in a staging buffer: rows begin on lines, and not all in
 * the same cache sets. */
static inline ptrdiff_t amli_stage_pitch(size_t bytes)
{
	size_t lines = (bytes + 63) / 64;

	return (ptrdiff_t)((lines | 1) * 64);
}

/* Whether blocks of a group are put together in a buffer, not appended by the kernel. */
static inline bool amli_is_staged(const struct aml_plan *plan)
{
	return plan->group.n && plan->group.out;
}

/* run.c: the odometer, for all nest strategies. */
int amli_nest_run(const struct aml_plan *plan, size_t first, size_t end);
/* count.c: the same without running. */
size_t amli_nest_before(const struct aml_plan *plan, size_t block);

/* plan.c: refuse a create call with no place for the plan or with unknown hints; else
 * *out is NULL. */
int amli_plan_check_create(struct aml_plan **out, unsigned flags);
/* plan.c: -AML_ENOTSUP unless both sides are in host memory. */
int amli_plan_check_host(const struct aml_layout *dst, const struct aml_layout *src);
/* plan.c: from the nest, and the choice if there is one, to kernel and blocks. */
void amli_plan_cut(struct aml_plan *plan, unsigned flags);
/* plan.c: the same for steps first <= i < end of a loop of @plan alone, cut anew. */
void amli_plan_slice(struct aml_plan *slice, const struct aml_plan *plan, size_t loop, size_t first,
		     size_t end);
/* plan.c: whether plan->bytes, or a hint, call for streamed stores. */
bool amli_plan_wants_stream(const struct aml_plan *plan, unsigned flags);

/* Bytes; shorter runs of a batch are not cut. */
#define AMLI_GRAIN ((size_t)4096)

static inline size_t amli_div_up(size_t a, size_t b)
{
	return a / b + (a % b > 0);
}

/* batch.c: release the plans of the first @n parts. */
void amli_batch_fini(struct amli_batch *batch);

#endif
