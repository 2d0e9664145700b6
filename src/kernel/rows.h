/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tables in kernel.c are made of.  A kernel is declared here, listed there,
 * and from then on chosen, shown by aml-info and tested. */
#ifndef AMLI_KERNEL_ROWS_H
#define AMLI_KERNEL_ROWS_H

#include "kernel/kernel.h"
#include "kernel/move.h"

void amli_ref_run(char *dst, const char *src, const char *next, const struct amli_block *b);

void amli_fused_ref_run(char *dst, const char *src, const char *next, const struct amli_block *b);

void amli_gather_ref_run(char *dst, const char *src, const char *next, const struct amli_block *b);
void amli_scatter_ref_run(char *dst, const char *src, const char *next, const struct amli_block *b);
void amli_pieces_ref_run(char *dst, const char *src, const char *next, const struct amli_block *b);

/* Every kernel file says so once per name: the functions have to be external, and the
 * names are put together by macros. */
#define AMLI_KERNEL_DECLARE(name)                                               \
	void amli_##name##_run(char *dst, const char *src, const char *next,    \
			       const struct amli_block *b);                     \
	void amli_##name##_stream(char *dst, const char *src, const char *next, \
				  const struct amli_block *b);

#define AMLI_TRANSPOSE_DECLARE(isa)            \
	AMLI_KERNEL_DECLARE(transpose8_##isa)  \
	AMLI_KERNEL_DECLARE(transpose16_##isa) \
	AMLI_KERNEL_DECLARE(transpose32_##isa) \
	AMLI_KERNEL_DECLARE(transpose64_##isa) \
	AMLI_KERNEL_DECLARE(transpose128_##isa)

AMLI_TRANSPOSE_DECLARE(sse2)
AMLI_TRANSPOSE_DECLARE(avx2)
AMLI_TRANSPOSE_DECLARE(avx512)
AMLI_TRANSPOSE_DECLARE(neon)

#define AMLI_FUSED_DECLARE(isa)             \
	AMLI_KERNEL_DECLARE(fused8_##isa)   \
	AMLI_KERNEL_DECLARE(fused16_##isa)  \
	AMLI_KERNEL_DECLARE(fused32_##isa)  \
	AMLI_KERNEL_DECLARE(fused64_##isa)  \
	AMLI_KERNEL_DECLARE(fused128_##isa) \
	AMLI_KERNEL_DECLARE(fused_any_##isa)

AMLI_FUSED_DECLARE(sse2)
AMLI_FUSED_DECLARE(avx2)
AMLI_FUSED_DECLARE(avx512)
AMLI_FUSED_DECLARE(neon)

AMLI_KERNEL_DECLARE(fused24_avx2)
AMLI_KERNEL_DECLARE(fused48_avx2)
AMLI_KERNEL_DECLARE(fused96_avx2)
AMLI_KERNEL_DECLARE(fused24_avx512)
AMLI_KERNEL_DECLARE(fused48_avx512)
AMLI_KERNEL_DECLARE(fused96_avx512)

/* Those that take some blocks only, and then return true */
#define AMLI_TRY_DECLARE(name)                                                  \
	bool amli_##name##_avx512(char *dst, const char *src, const char *next, \
				  const struct amli_block *b);

#define AMLI_DENSE_MOST ((size_t)512)			     /* bytes of a column */
#define AMLI_DENSE_LEAST(e) (16 / (e))			     /* columns of such elements */
#define AMLI_DENSE_ROWS(e) ((e) == 2 ? 17 : AMLI_LINE / (e)) /* at least */

/* A fused block past the caches, columns of a line and more, of 2 bytes half of one, in groups without
 * gaps (fused_dense.h).  False: not for so long ones, or so few, or at such places. */
AMLI_TRY_DECLARE(dense8)
AMLI_TRY_DECLARE(dense16)
AMLI_TRY_DECLARE(dense32)
AMLI_TRY_DECLARE(dense64)
AMLI_TRY_DECLARE(dense128)

#define AMLI_INTERLEAVE_MOST(e) ((e) > 1 ? 15 : 8) /* rows of such elements */

/* So many rows to columns without gaps, past the caches or not.  Of a fused block, past the caches: to
 * columns in groups without gaps.  False: there are more rows, or columns are not at multiples of the
 * element; in groups also if rows come to a line and more, and groups not to whole lines. */
#define AMLI_INTERLEAVE_DECLARE(bits)                                                     \
	bool amli_interleave##bits##_avx512(char *dst, const char *src, const char *next, \
					    const struct amli_block *b, bool past);       \
	AMLI_TRY_DECLARE(interleave_fused##bits)
AMLI_INTERLEAVE_DECLARE(8)
AMLI_INTERLEAVE_DECLARE(16)
AMLI_INTERLEAVE_DECLARE(32)
AMLI_INTERLEAVE_DECLARE(64)

/* The reverse: rows without gaps between them to a few columns, past the caches or not; of a fused block
 * the same.  False: there are more columns, or gaps, or less than a line of rows, or, past the caches,
 * columns are not at multiples of the element. */
#define AMLI_DEINTERLEAVE_DECLARE(bits)                                               \
	bool amli_deinterleave##bits##_avx512(char *dst, const char *src,             \
					      const struct amli_block *b, bool past); \
	bool amli_deinterleave_fused##bits##_avx512(char *dst, const char *src,       \
						    const struct amli_block *b, bool past);
AMLI_DEINTERLEAVE_DECLARE(8)
AMLI_DEINTERLEAVE_DECLARE(16)
AMLI_DEINTERLEAVE_DECLARE(32)
AMLI_DEINTERLEAVE_DECLARE(64)

/* A block of a fused plan past the caches, and those that follow it, without gaps in either side: of
 * so many bytes at most, of which a line comes from so many places at most. */
#define AMLI_PERMUTE_MOST ((size_t)2304)
#define AMLI_PERMUTE_WINDOWS 6
AMLI_TRY_DECLARE(permute8)
AMLI_TRY_DECLARE(permute16)
AMLI_TRY_DECLARE(permute32)

/* Whether they take blocks of so many rows and columns without gaps in the destination. */
static inline bool amli_interleaves(size_t e, size_t rows)
{
	return e <= 8 && rows * e < AMLI_LINE && rows <= AMLI_INTERLEAVE_MOST(e);
}

static inline bool amli_is_dense(size_t e, size_t rows, size_t cols)
{
	return rows >= AMLI_DENSE_ROWS(e) && rows * e <= AMLI_DENSE_MOST &&
	       cols >= AMLI_DENSE_LEAST(e);
}

/* Of those that have none in the source either: no other one does, or is faster. */
static inline bool amli_permutes(size_t e, size_t rows, size_t cols)
{
	size_t bytes = rows * cols * e;

	if (bytes <= 2 * AMLI_LINE)
		return true;
	return !amli_interleaves(e, rows) && !amli_is_dense(e, rows, cols) &&
	       bytes <= AMLI_PERMUTE_MOST &&
	       (rows <= AMLI_PERMUTE_WINDOWS || cols + 2 <= AMLI_PERMUTE_WINDOWS ||
		bytes <= AMLI_PERMUTE_WINDOWS * AMLI_LINE);
}

#define AMLI_TILE_ROWS(e) (4 * AMLI_LINE / (e))
#define AMLI_TILE_FAR(e) ((ptrdiff_t)((e) == 8 ? 128 : 64) << 10)

/* Whether a block of rows at one distance, columns on lines, past the caches, is best moved by tiles
 * (transpose_tile.h): where rows as well as columns share cache sets, or where elements are so small
 * that each line is read by four loads else.  Not if the lines of a tile share sets of the second level,
 * too. */
static inline bool amli_is_tiled(size_t e, const char *src, const struct amli_block *b)
{
	ptrdiff_t ss = b->src[0], ds = b->dst[1];
	size_t bytes = b->n[0] * b->n[1] * e;

	if (e < 2 || e > 8 || (e & (e - 1)) != 0 || b->n[0] < AMLI_TILE_ROWS(e) ||
	    b->n[1] < AMLI_LINE / e || ss % AMLI_TILE_FAR(e) == 0)
		return false;
	return e == 2 ? ((uintptr_t)src | (uintptr_t)ss) % AMLI_LINE == 0
		      : amli_aliased(ss, 2 * AMLI_LINE / e, bytes) && amli_aliased(ds, 64, bytes);
}

#define AMLI_SHORT ((size_t)512) /* bytes of a column that is better staged with others */

static inline bool amli_is_packed(const struct amli_block *b)
{
	return b->packed > 1 && b->n[0] * b->element <= AMLI_SHORT;
}

/* Streams what run() writes to a staging buffer; see fused_stage.h and fused_tile.h. */
#define AMLI_STAGED_DECLARE(isa)                                                      \
	void amli_fused_staged_##isa(char *dst, const char *src, const char *next,    \
				     const struct amli_block *b, amli_kernel_fn *run, \
				     size_t least);                                   \
	void amli_fused_tiled_##isa(char *dst, const char *src, const char *next,     \
				    const struct amli_block *b, amli_kernel_fn *run,  \
				    size_t least);
AMLI_STAGED_DECLARE(sse2)
AMLI_STAGED_DECLARE(avx2)
AMLI_STAGED_DECLARE(avx512)

AMLI_KERNEL_DECLARE(copy_sse2)
AMLI_KERNEL_DECLARE(copy_avx2)
AMLI_KERNEL_DECLARE(copy_avx512)
AMLI_KERNEL_DECLARE(copy_any)

AMLI_KERNEL_DECLARE(runs_sse2)
AMLI_KERNEL_DECLARE(runs_avx2)
AMLI_KERNEL_DECLARE(runs_avx512)
AMLI_KERNEL_DECLARE(runs_neon)

#define AMLI_INDEX_DECLARE(bits)          \
	AMLI_KERNEL_DECLARE(gather##bits) \
	AMLI_KERNEL_DECLARE(scatter##bits)

AMLI_INDEX_DECLARE(8)
AMLI_INDEX_DECLARE(16)
AMLI_INDEX_DECLARE(32)
AMLI_INDEX_DECLARE(64)
AMLI_INDEX_DECLARE(96)
AMLI_INDEX_DECLARE(128)
AMLI_INDEX_DECLARE(192)
AMLI_INDEX_DECLARE(256)
AMLI_INDEX_DECLARE(512)
AMLI_INDEX_DECLARE(_any)

AMLI_KERNEL_DECLARE(pieces_sse2)
AMLI_KERNEL_DECLARE(pieces_avx2)
AMLI_KERNEL_DECLARE(pieces_avx512)
AMLI_KERNEL_DECLARE(pieces_neon)

AMLI_KERNEL_DECLARE(strided8)
AMLI_KERNEL_DECLARE(strided16)
AMLI_KERNEL_DECLARE(strided32)
AMLI_KERNEL_DECLARE(strided64)
AMLI_KERNEL_DECLARE(strided128)

#endif
