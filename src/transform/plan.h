/* SPDX-License-Identifier: BSD-3-Clause */
/* A plan in the caller's storage, as requests embed it; aml/plan.h has the model. */
#ifndef AMLI_TRANSFORM_PLAN_H
#define AMLI_TRANSFORM_PLAN_H

#include "aml/dma.h"
#include "aml/plan.h"
#include "kernel/kernel.h"
#include "kernel/map.h"
#include "layout/index.h"

/* For amli_plan_init() beside AML_PLAN_*: both layouts outlive the plan, so it need
 * not duplicate those that it cannot capture as a nest. */
#define AMLI_PLAN_BORROW (1u << 16)
/* The caller sees to it that whoever runs the plan reaches both areas. */
#define AMLI_PLAN_ANYWHERE (1u << 17)

struct amli_strategy;
extern const struct amli_strategy amli_pass_strategy;
struct amli_trials;

/* How a destination is written: lines meet in the caches, in registers, or in a stage. */
enum amli_put { AMLI_PUT_ANY, AMLI_PUT_CACHED, AMLI_PUT_STREAM, AMLI_PUT_STAGED };
/* Which block comes next: the nearest on either side, or along one of them. */
enum amli_along { AMLI_ALONG_NEAR, AMLI_ALONG_DST, AMLI_ALONG_SRC };

/* What the nest and the CPU leave open.  NULL and 0 are what the estimate makes of it. */
struct amli_choice {
	const struct amli_strategy *strategy;
	const struct amli_kernel *kernel;
	enum amli_put store;
	enum amli_along order;
	size_t rows, cols; /* of a block, about */
};

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

/* A group of blocks whose short destination rows, or which themselves, follow each other without a
 * gap: they are put together in a staging buffer, and leave it as few long rows, or as one; or the
 * kernel of a fused plan appends them to each other. */
struct amli_group {
	size_t n;		       /* blocks in a full group; 0 = there are none */
	ptrdiff_t src;		       /* bytes from block to block; dst: a row, or a block */
	const struct amli_kernel *out; /* moves the long rows; NULL = not staged */
};
#define AMLI_STAGE ((size_t)64 << 10) /* bytes */

/* One copy of a batch: a run of memory on both sides, or a plan of its own. */
struct amli_part {
	char *dst; /* NULL: it has a plan */
	union {
		const char *src;
		struct aml_plan *plan; /* allocated */
	};
	size_t start; /* bytes of all parts before this one */
};

/* Room for the parts of batches, zeroed before first use.  It only grows, so whoever
 * keeps one allocates no more for a batch of flat parts than for the longest so far. */
struct amli_parts {
	struct amli_part *part;
	size_t room;
};

/* part[n].start is the end of the last one. */
struct amli_batch {
	const struct amli_part *part; /* in somebody's amli_parts */
	size_t n, nplans;
	size_t step; /* bytes of a block: where a batch may be cut, not where it is */
};

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

/* A side of a copy through lists of indices.  Position i is, from the nest's pointer on, at
 * index i * unit if there is a list, else at i * unit. */
struct amli_index_side {
	struct amli_line line;	      /* line.at NULL: there is none */
	struct amli_index_list *list; /* a hold */
	ptrdiff_t unit;		      /* bytes */
	bool far;		      /* what it names does not fit into the second-level cache */
};

/* A copy through lists: at each position the nest, whose loops are those within a block; or
 * pieces, in ascending order of positions. */
struct amli_index {
	struct amli_index_side dst, src;
	size_t n; /* positions */
	size_t chunk,
		less; /* positions in a block, and how many fewer in the first; of pieces: bytes */
	ptrdiff_t rest_dst, rest_src; /* bytes behind the last position: a run that is too short */
	size_t rest;
	const struct amli_kernel *gather, *scatter; /* NULL: that side has no list */
	struct amli_piece *piece; /* allocated, one more than npieces; NULL: none */
	size_t npieces;
};

/* What else is done to the elements; see pass.h. */
struct amli_pass_kind;
struct amli_pass {
	const struct amli_pass_kind *kind;
	size_t dst_element, src_element;
	bool puts;	 /* writes dst */
	bool streams;	 /* its map does */
	bool tiled;	 /* blocks are transposed on the way in */
	bool by_layouts; /* not affine: rows come from plan->dst and plan->src */
	union {
		amli_map_fn *swap;
		struct amli_conversion convert;
		char value[AML_OP_FILL_MAX];
		struct aml_difference *difference;
		struct aml_crc32c *crc;
	};
	size_t part, parts; /* by layouts: elements of a block, and blocks of a row */
	/* how many elements further on in native order: the next row of a block, and the next
	 * step of each digit */
	size_t row_step;
	size_t step[AML_NDIMS_MAX + 2];
};

/* Written by amli_plan_init() or amli_plan_init_batch(), read-only from then on. */
struct aml_plan {
	/* what plans of runs need comes first, on few cache lines */
	const struct amli_strategy *strategy;
	const struct amli_kernel *kernel; /* of a nest, else NULL */
	amli_kernel_fn *body;		  /* kernel->run or kernel->stream */
	size_t bytes;			  /* written by one run */
	size_t blocks;			  /* product of digit[].n */
	size_t ndigits;
	bool stream; /* stores bypass the caches */
	bool chosen; /* there is a choice, by timing or by wisdom */
	bool owned;  /* something here is ours to release: dst and src, lists, plans, trials */
	aml_dma_operator op;
	struct amli_trials *trials; /* owned; what was timed, or NULL */
	struct amli_block block;    /* a full block */
	struct amli_group group;
	/* of a fused plan: rows, columns, and blocks of a group if there are any; else nloops is 0 */
	struct amli_axis axis[3];
	/* large, and only the first nloops / ndigits are ever touched */
	struct aml_nest nest;
	struct amli_digit digit[AML_NDIMS_MAX + 2];
	/* generic and operator plans */
	struct aml_layout *dst;
	const struct aml_layout *src;
	void *arg;
	struct amli_batch batch;
	struct amli_index index;
	struct amli_choice choice; /* if chosen */
	struct amli_pass pass;	   /* of a pass: it has loops, in nest and digit, or two layouts */
};

/* Plan op(dst, src, arg); op NULL, or one of the library's own operators, is planned
 * as a copy.  Errors as aml_plan_create(). */
int amli_plan_init(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		   aml_dma_operator op, void *arg, unsigned flags);
void amli_plan_release(struct aml_plan *plan); /* what it owns */
static inline void amli_plan_fini(struct aml_plan *plan)
{
	if (plan->owned)
		amli_plan_release(plan);
}

/* It takes less time than looking at the clock. */
#define AMLI_PLAN_INSTANT 256u /* bytes */
static inline bool amli_plan_is_instant(const struct aml_plan *plan)
{
	return plan->kernel && plan->bytes <= AMLI_PLAN_INSTANT && plan->nest.nloops == 0;
}

/* Plan a copy between two geometries that do not overlap; there is nothing to release. */
int amli_plan_affine(struct aml_plan *plan, const struct aml_affine *dst,
		     const struct aml_affine *src, unsigned flags);

/* Plan n copies as one, in @parts, which the plan borrows until amli_plan_fini().
 * Errors as aml_plan_create_batch(). */
int amli_plan_init_batch(struct aml_plan *plan, struct amli_parts *parts, size_t n,
			 struct aml_layout *const dst[], const struct aml_layout *const src[],
			 unsigned flags);
/* Release the room. */
void amli_parts_fini(struct amli_parts *parts);

#endif
