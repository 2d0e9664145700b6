/* SPDX-License-Identifier: BSD-3-Clause */
/* A plan in the caller's storage, as requests embed it; aml/plan.h has the model. */
#ifndef AMLI_TRANSFORM_PLAN_H
#define AMLI_TRANSFORM_PLAN_H

#include "aml/dma.h"
#include "aml/plan.h"
#include "kernel/kernel.h"

/* For amli_plan_init() beside AML_PLAN_*: both layouts outlive the plan, so it need
 * not duplicate those that it cannot capture as a nest. */
#define AMLI_PLAN_BORROW (1u << 16)
/* The caller sees to it that whoever runs the plan reaches both areas. */
#define AMLI_PLAN_ANYWHERE (1u << 17)

struct amli_strategy;

/* What a digit of the odometer cuts into blocks: kernel loop 0 or 1, the element, the
 * group of a staged plan, or nothing (it is a loop of its own). */
enum { AMLI_CUT_NONE = -1, AMLI_CUT_ELEMENT = 2, AMLI_CUT_GROUP = 3 };

/* One digit of the odometer: n steps; at the last one the extent that it cuts is `rest`, and
 * at the first one it is `less` less than full. */
struct amli_digit {
	size_t n;
	ptrdiff_t dst, src; /* bytes per step */
	int cuts;
	size_t rest;
	size_t less;
	ptrdiff_t less_dst, less_src; /* the same in bytes */
};

/* A group of blocks whose short destination rows follow each other without a gap: they
 * are put together in a staging buffer, and leave it as few long rows. */
struct amli_group {
	size_t n;		       /* blocks in a full group; 0 = the plan is not staged */
	ptrdiff_t src;		       /* bytes from block to block; dst: a row */
	const struct amli_kernel *out; /* moves the long rows */
};
#define AMLI_STAGE ((size_t)64 << 10) /* bytes */

/* Fused loops: those of the nest that make up the rows, or the columns, of a block.  All
 * but the last are whole in each block. */
#define AMLI_AXIS_LOOPS 6
#define AMLI_AXIS_MOST ((size_t)1024) /* rows or columns */
struct amli_axis {
	size_t nloops;
	unsigned char loop[AMLI_AXIS_LOOPS]; /* indices, fastest first */
	size_t inner;			     /* product of all but the last */
	size_t chunk;			     /* of the last */
};

/* Written by amli_plan_init(), read-only from then on. */
struct aml_plan {
	const struct amli_strategy *strategy;
	const struct amli_kernel *kernel; /* of a nest, else NULL */
	amli_kernel_fn *body;		  /* kernel->run or kernel->stream */
	size_t bytes;			  /* written by one run */
	size_t blocks;			  /* product of digit[].n */
	size_t ndigits;
	bool stream;		 /* stores bypass the caches */
	struct amli_block block; /* a full block */
	struct amli_group group;
	struct amli_axis axis[2]; /* of a fused plan: rows, columns; else nloops is 0 */
	/* generic and operator plans */
	struct aml_layout *dst;
	const struct aml_layout *src;
	aml_dma_operator op;
	void *arg;
	bool owned; /* dst and src are ours to destroy */
	/* large, and only the first nloops / ndigits are ever touched */
	struct aml_nest nest;
	struct amli_digit digit[AML_NDIMS_MAX + 2];
};

/* Plan op(dst, src, arg); op NULL, or one of the library's own operators, is planned
 * as a copy.  Errors as aml_plan_create(). */
int amli_plan_init(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		   aml_dma_operator op, void *arg, unsigned flags);
void amli_plan_fini(struct aml_plan *plan);

#endif
