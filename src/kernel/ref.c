/* SPDX-License-Identifier: BSD-3-Clause */
/* The reference: any element, any strides, no requirement.  Last row of every
 * table, and the oracle of the kernel test. */
#include <stdint.h>
#include <string.h>

#include "kernel/rows.h"

void amli_ref_run(char *dst, const char *src, const char *next, const struct amli_block *b)
{
	(void)next;
	for (size_t j = 0; j < b->n[1]; j++)
		for (size_t i = 0; i < b->n[0]; i++)
			memcpy(dst + (ptrdiff_t)i * b->dst[0] + (ptrdiff_t)j * b->dst[1],
			       src + (ptrdiff_t)i * b->src[0] + (ptrdiff_t)j * b->src[1],
			       b->element);
}

void amli_fused_ref_run(char *dst, const char *src, const char *next, const struct amli_block *b)
{
	(void)next;
	for (size_t j = 0; j < b->n[1]; j++)
		for (size_t i = 0; i < b->n[0]; i++)
			memcpy(dst + i * b->element + b->col[j], src + j * b->element + b->row[i],
			       b->element);
}

static size_t index_at(const struct amli_indices *x, size_t i)
{
	uint32_t narrow;
	uint64_t wide;

	memcpy(&narrow, x->at + (ptrdiff_t)i * x->step, sizeof(narrow));
	if (x->bytes == sizeof(narrow))
		return narrow;
	memcpy(&wide, x->at + (ptrdiff_t)i * x->step, sizeof(wide));
	return wide;
}

void amli_gather_ref_run(char *dst, const char *src, const char *next, const struct amli_block *b)
{
	(void)next;
	for (size_t i = 0; i < b->n[0]; i++)
		memcpy(dst + (ptrdiff_t)i * b->dst[0],
		       src + (ptrdiff_t)index_at(b->indices, i) * b->src[0], b->element);
}

void amli_scatter_ref_run(char *dst, const char *src, const char *next, const struct amli_block *b)
{
	(void)next;
	for (size_t i = 0; i < b->n[0]; i++)
		memcpy(dst + (ptrdiff_t)index_at(b->indices, i) * b->dst[0],
		       src + (ptrdiff_t)i * b->src[0], b->element);
}

void amli_pieces_ref_run(char *dst, const char *src, const char *next, const struct amli_block *b)
{
	const struct amli_piece *p = b->pieces->piece;

	(void)next;
	for (size_t i = 0; i < b->n[0]; i++)
		memcpy(dst + p[i].dst, src + p[i].src, p[i + 1].at - p[i].at);
}
