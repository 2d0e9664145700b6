/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Passes: something is done to the elements while they are moved, or instead.  The
 * operators of aml/operator.h are the kinds of passes.
 *
 *	pass_operator.c  the operators: check the argument, choose a kind
 *	pass.c           two layouts -> loops and blocks
 *	pass_run.c       blocks -> rows
 *	pass_row.c       rows: gather, operate, scatter or stream
 */
#ifndef AMLI_TRANSFORM_PASS_H
#define AMLI_TRANSFORM_PASS_H

#include "transform/strategy.h"

/* What a kind of pass does with a row. */
enum amli_pass_how {
	AMLI_PASS_MAP,	   /* dst = f(src) */
	AMLI_PASS_FILL,	   /* dst = value */
	AMLI_PASS_COMPARE, /* look at both */
	AMLI_PASS_SUM,	   /* look at src, dst = src if wanted */
};

struct amli_pass_kind {
	const char *name;
	enum amli_pass_how how;
	/* From n contiguous elements to as many; FILL: from one.  stream: as in map.h, and
	 * never for FILL.  NULL for the others. */
	void (*map)(const struct amli_pass *pass, char *dst, const char *src, size_t n,
		    bool stream);
};

/* As amli_operator_init(), with a kind: plan->pass has the kind and its argument. */
int amli_pass_init(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		   unsigned flags);

/* Elements count in native order: then loops are neither turned round nor sorted. */
static inline bool amli_pass_is_ordered(const struct amli_pass *pass)
{
	return pass->kind->how == AMLI_PASS_COMPARE || pass->kind->how == AMLI_PASS_SUM;
}

/* Buffers that stay in the first-level cache, in bytes each. */
#define AMLI_PASS_STAGE ((size_t)4096)
#define AMLI_PASS_PART ((size_t)4096) /* elements of a row of a layout that is not affine */
#define AMLI_PASS_TILE ((size_t)64 << 10)

/* One call of run: its buffers, and what it has summed up. */
struct amli_walk {
	const struct aml_plan *plan;
	const struct amli_kernel *gather, *scatter, *copy;
	amli_crc_fn *sum;
	uint32_t crc; /* of all rows so far, from 0 */
	_Alignas(64) char in[AMLI_PASS_STAGE];
	_Alignas(64) char out[AMLI_PASS_STAGE];
};

/* n elements with a stride on each side; the first is the index-th in native order. */
struct amli_row {
	char *dst; /* NULL: nothing is written */
	const char *src;
	ptrdiff_t dst_stride, src_stride;
	size_t n, index;
};
void amli_pass_row(struct amli_walk *walk, const struct amli_row *row);

/* pass_run.c: for passes with loops, and for those without. */
int amli_pass_run(const struct aml_plan *plan, size_t first, size_t end);
/* Bytes of dst before a block. */
size_t amli_pass_before(const struct aml_plan *plan, size_t block);

extern const struct amli_strategy amli_pass_strategy;

#endif
