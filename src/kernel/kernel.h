/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kernels: innermost bodies.  A kernel touches elements and nothing else: it
 * allocates nothing and knows nothing of threads, areas or engines.
 *
 * Every kernel moves one block: two loops around an element of `element`
 * contiguous bytes.
 *
 *	for j < n[1], i < n[0]:
 *		element bytes from src + i*src[0] + j*src[1]
 *			to    dst + i*dst[0] + j*dst[1]
 *
 * n[0], n[1] >= 1.  Strides may be negative, src strides may be 0, nothing is
 * aligned.  What holds beyond that depends on the operation:
 *
 *	COPY       n = {1, 1}: element contiguous bytes
 *	RUNS       element is any size
 *	TRANSPOSE  dst[0] == element and src[1] == element
 *	FUSED      the same, but rows and columns lie where tables say:
 *			src + row[i] + j*element to dst + col[j] + i*element
 *	STRIDED    anything
 *	GATHER     n[1] = 1, and a list says where in the source:
 *			src + (index i) * src[0] to dst + i*dst[0]
 *	SCATTER    n[1] = 1, and a list says where in the destination:
 *			src + i*src[0] to dst + (index i) * dst[0]
 *	PIECES     n[0] pieces of any length, whose places a table has
 */
#ifndef AMLI_KERNEL_KERNEL_H
#define AMLI_KERNEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

enum amli_op {
	AMLI_COPY,
	AMLI_RUNS,
	AMLI_TRANSPOSE,
	AMLI_FUSED,
	AMLI_STRIDED,
	AMLI_GATHER,
	AMLI_SCATTER,
	AMLI_PIECES,
	AMLI_NOPS
};

/* A list of indices, from the block's first on. */
struct amli_indices {
	const char *at;
	size_t bytes;	/* of an index: 4 or 8 */
	ptrdiff_t step; /* bytes from one to the next */
	size_t ahead; /* so many may be read, to ask early for what they name: 0, or n[0] and more */
};

/* Bytes from offset src to offset dst, as many as from this one's `at` to the next's. */
struct amli_piece {
	ptrdiff_t dst, src;
	size_t at;
};

struct amli_pieces {
	const struct amli_piece *piece; /* one more than there are */
	size_t ahead;  /* so many may be looked at to ask early: 0, or n[0] and more */
	bool dst, src; /* for the places on which sides */
};

/* Blocks that follow each other in the destination, as do their columns: nowhere a gap.  The source is
 * asked for early where these blocks are, from the next group's on. */
struct amli_series {
	bool whole; /* the source of a block has no gaps, in whatever order its rows are */
	/* block t is at src + from[t]; NULL: one after the other there, too */
	const ptrdiff_t *from;
	/* of a table: where the source is, in ascending order, so many runs of so many bytes; if
	 * not whole, where blocks are */
	const ptrdiff_t *run;
	size_t runs, bytes;
};

/* Bytes that hardware prefetchers do not jump over, even in caches. */
#define AMLI_GAP_FAR 256

struct amli_block {
	size_t element;
	size_t n[2];
	ptrdiff_t dst[2], src[2];
	/* RUNS, STRIDED: ask early for what has so many bytes or more between it; 0 = for nothing */
	unsigned gap;
	unsigned more; /* FUSED: so many blocks are appended to this one */
	/* FUSED only: n[0] and n[1] offsets in bytes; src[0] is the pitch of all rows, 0 = they have
	 * none.  Each `packed` columns follow each other without a gap, 1 = none do; n[1] is a multiple
	 * of it, or less */
	const ptrdiff_t *row, *col;
	size_t packed;
	union {
		const struct amli_series *series;   /* FUSED, if more is not 0 */
		const struct amli_indices *indices; /* GATHER, SCATTER */
		const struct amli_pieces *pieces;   /* PIECES */
	};
};

/* next: the source address of the block that follows, for prefetching, or NULL */
typedef void amli_kernel_fn(char *dst, const char *src, const char *next,
			    const struct amli_block *block);

struct amli_kernel {
	const char *name; /* operation, element bits, ISA: "transpose32_avx2" */
	unsigned cpu;	  /* enum amli_cpu bits it needs; 0 = none */
	size_t element;	  /* bytes; 0 = any */
	size_t tile;	  /* elements per side it likes n[] to be a multiple of */
	amli_kernel_fn *run;
	amli_kernel_fn *stream; /* with stores that bypass the caches; NULL = none.
				 * The caller ends with amli_kernel_fence(). */
};

/* The best kernel this CPU has for elements of this size; never NULL: the last row
 * of each table is the reference. */
const struct amli_kernel *amli_kernel_select(enum amli_op op, size_t element);
/* The same for AMLI_COPY, where the element does not matter. */
const struct amli_kernel *amli_kernel_copy(void);

/* Row i of one table, best first, or NULL past the last; for tests and tools. */
const struct amli_kernel *amli_kernel_row(enum amli_op op, size_t i);
/* Whether stream() puts lines of destination rows of so many bytes, without gaps, together in
 * registers: TRANSPOSE only. */
bool amli_kernel_joins(const struct amli_kernel *kernel, size_t row);
/* Whether stream() appends blocks of so many rows and columns to each other: FUSED only.  whole: they
 * have no gaps in the source. */
bool amli_kernel_appends(const struct amli_kernel *kernel, size_t rows, size_t cols, bool whole);
/* Whether stream() puts lines together that two runs of so many bytes share: RUNS only. */
bool amli_kernel_shares(const struct amli_kernel *kernel, size_t run);
/* Whether stream() moves a block like this, columns on lines, by tiles that pass a stage: TRANSPOSE only. */
bool amli_kernel_tiles(const struct amli_kernel *kernel, const char *src,
		       const struct amli_block *b);
/* Whether this CPU has what it needs. */
bool amli_kernel_is_usable(const struct amli_kernel *kernel);
const char *amli_op_name(enum amli_op op);

/* Orders streamed stores before everything after it. */
void amli_kernel_fence(void);

#endif
