/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Columns of a fused block meet in a staging buffer, and leave it line by line: for one ISA
 * and whatever element.  Part of fused_any.h.
 *
 * The buffer takes as many columns as make three lines of a source row, which are whole
 * numbers of elements of most sizes: a part of a line would be read twice.  Of each it takes
 * as many rows as it has room for.
 */
#ifndef AMLI_STAGE_BYTES
#define AMLI_STAGE_BYTES ((size_t)49152)
#define AMLI_PACK_BYTES ((size_t)16384) /* of short columns */
#define AMLI_PACK_COLS ((size_t)1024)	/* at most */

/* Rows and columns that go to the stage at a time.  A kernel may write up to a line past a
 * column's end. */
struct amli_stage {
	size_t rows, cols;
	size_t pitch; /* bytes from column to column: not all in the same cache sets */
};

static inline struct amli_stage amli_stage_of(const struct amli_block *b)
{
	size_t e = b->element, cols = 3 * AMLI_LINE / e;
	struct amli_stage s;

	cols = cols < 8 ? 8 : cols > AMLI_LINE ? AMLI_LINE : cols;
	s.cols = cols < b->n[1] ? cols : b->n[1];
	s.pitch = ((AMLI_STAGE_BYTES / s.cols / AMLI_LINE - 1) | 1) * AMLI_LINE;
	s.rows = (s.pitch - AMLI_LINE) / e;
	if (s.rows >= b->n[0])
		s.rows = b->n[0];
	else if (s.rows > AMLI_LINE)
		s.rows -= s.rows % AMLI_LINE;
	return s;
}

#endif

/* A part of the block: run() writes it to the stage, from where each group of columns, at
 * to[0], to[group], .. in the destination, leaves as one. */
AMLI_INLINE TARGET void ON(through_stage)(char *dst, const char *src, const char *next,
					  const struct amli_block *part, const ptrdiff_t *to,
					  size_t group, char *stage, amli_kernel_fn *run)
{
	size_t bytes = part->n[0] * part->element * group;

	for (size_t k = 0; k < part->n[1]; k += group) { /* lines written in part */
		prefetch_line(dst + to[k]);
		prefetch_line(dst + to[k] + bytes - 1);
	}
	run(stage, src, next, part);
	for (size_t k = 0; k < part->n[1]; k += group)
		ON(flush)(dst + to[k], stage + part->col[k], bytes);
}

/* Short columns in groups that follow each other.  A part is as many whole groups as the
 * stage takes, or of one group as many columns. */
static TARGET void ON(fused_packed)(char *dst, const char *src, const char *next,
				    const struct amli_block *b, amli_kernel_fn *run, size_t least)
{
	_Alignas(64) char stage[AMLI_PACK_BYTES + AMLI_LINE];
	ptrdiff_t col[AMLI_PACK_COLS];
	size_t bytes = b->n[0] * b->element, whole = b->packed < b->n[1] ? b->packed : b->n[1];
	size_t most = AMLI_PACK_BYTES / bytes < AMLI_PACK_COLS ? AMLI_PACK_BYTES / bytes
							       : AMLI_PACK_COLS;
	struct amli_block part = *b;
	size_t group, pitch, times;

	group = whole < most ? whole : most;
	pitch = (group * bytes + 2 * AMLI_LINE - 1) / AMLI_LINE * AMLI_LINE;
	times = pitch < AMLI_PACK_BYTES ? AMLI_PACK_BYTES / pitch : 1;
	times = times * group < AMLI_PACK_COLS ? times : AMLI_PACK_COLS / group;
	for (size_t g = 0, k = 0; g < times; g++)
		for (size_t i = 0; i < group; i++)
			col[k++] = (ptrdiff_t)(g * pitch + i * bytes);
	part.col = col;
	for (size_t j = 0, left; j < b->n[1]; j += part.n[1]) {
		left = group < whole ? whole - j % whole : b->n[1] - j;
		part.n[1] = left < times * group ? left : times * group;
		if (group < whole)
			part.n[1] = left < group ? left : group;
		ON(through_stage)
		(dst, src + j * b->element,
		 next ? (const char *)((uintptr_t)next + j * b->element) : NULL, &part, b->col + j,
		 group < part.n[1] ? group : part.n[1], stage,
		 part.n[1] < least ? amli_fused_ref_run : run);
	}
}

/* Elements of at most 512 bytes.  least: columns that run() wants at a time; there are as
 * many. */
TARGET void AMLI_CAT(amli_fused_staged_, ISA)(char *dst, const char *src, const char *next,
					      const struct amli_block *b, amli_kernel_fn *run,
					      size_t least)
{
	_Alignas(64) char stage[AMLI_STAGE_BYTES];
	const struct amli_stage shape = amli_stage_of(b);
	ptrdiff_t col[AMLI_LINE];
	struct amli_block part = *b;

	if (amli_is_packed(b)) {
		ON(fused_packed)(dst, src, next, b, run, least);
		return;
	}
	part.col = col;
	for (size_t k = 0; k < shape.cols; k++)
		col[k] = (ptrdiff_t)(k * shape.pitch);
	for (size_t j = 0; j < b->n[1]; j += part.n[1]) {
		size_t left = b->n[1] - j, from = j * b->element;

		/* the last two parts share what is left, so that neither is tiny */
		part.n[1] = left <= shape.cols	    ? left
			    : left < 2 * shape.cols ? (left + 1) / 2
						    : shape.cols;
		for (size_t i = 0; i < b->n[0]; i += part.n[0]) {
			part.n[0] = b->n[0] - i < shape.rows ? b->n[0] - i : shape.rows;
			part.row = b->row + i;
			ON(through_stage)
			(dst + i * b->element, src + from,
			 next ? (const char *)((uintptr_t)next + from) : NULL, &part, b->col + j, 1,
			 stage, run);
		}
	}
}
