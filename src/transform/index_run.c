/* SPDX-License-Identifier: BSD-3-Clause */
/* Blocks of a copy through lists: positions, element by element, or pieces. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "transform/index.h"
#include "transform/nest.h"
#include "transform/strategy.h"

#define LINE ((size_t)64)
#define STAGED_MOST ((size_t)512)
#define STAGE ((size_t)4096)	 /* bytes between two lists, or on their way past the caches */
#define ROUND ((size_t)256)	 /* positions at a time if there are loops within blocks */
#define CUT_LEAST ((size_t)4096) /* bytes of a piece that is cut at all */

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* A call of a kernel: n positions from `at` on.  Sides without a list are given where the first
 * of them is. */
static void call(const struct amli_kernel *kernel, const struct amli_index_side *list, size_t at,
		 size_t n, bool first, const struct amli_block *shape, char *dst, const char *src)
{
	struct amli_block block = *shape;
	const struct amli_indices indices = {
		.at = list->line.at + (ptrdiff_t)at * list->line.step,
		.bytes = list->line.bytes,
		.step = list->line.step,
		.ahead = list->far && first ? list->line.n - at : 0,
	};

	block.n[0] = n;
	block.n[1] = 1;
	block.indices = &indices;
	kernel->run(dst, src, NULL, &block);
}

static void gather(const struct aml_plan *plan, char *dst, ptrdiff_t stride, const char *src,
		   size_t at, size_t n, bool first)
{
	const struct amli_index *x = &plan->index;
	const struct amli_block block = {
		.element = plan->nest.element, .dst = {stride, 0}, .src = {x->src.unit, 0}};

	call(x->gather, &x->src, at, n, first, &block, dst, src);
}

static void scatter(const struct aml_plan *plan, char *dst, const char *src, ptrdiff_t stride,
		    size_t at, size_t n, bool first)
{
	const struct amli_index *x = &plan->index;
	const struct amli_block block = {
		.element = plan->nest.element, .dst = {x->dst.unit, 0}, .src = {stride, 0}};

	call(x->scatter, &x->dst, at, n, first, &block, dst, src);
}

/* Through a buffer in the first-level cache: from one list to the other, or from a list past
 * the caches in whole lines. */
static void staged(const struct aml_plan *plan, char *dst, const char *src, size_t at, size_t n)
{
	_Alignas(64) char stage[STAGE];
	const struct amli_index *x = &plan->index;
	const struct amli_kernel *copy = amli_kernel_select(AMLI_COPY, 0);
	size_t e = plan->nest.element;

	for (size_t end = at + n, now; at < end; at += now) {
		char *to = dst + (ptrdiff_t)at * x->dst.unit;

		now = STAGE / e;
		if (plan->stream)
			now -= (uintptr_t)to % LINE / e;
		now = min_size(now, end - at);
		gather(plan, stage, (ptrdiff_t)e, src, at, now, true);
		if (plan->stream) {
			struct amli_block block = {.element = now * e, .n = {1, 1}};

			copy->stream(to, stage, NULL, &block);
		} else {
			scatter(plan, dst, stage, (ptrdiff_t)e, at, now, true);
		}
	}
}

/* Bytes from the side's pointer to position i of its list. */
static ptrdiff_t place(const struct amli_index_side *side, size_t i)
{
	return (ptrdiff_t)(amli_line_index(&side->line, i) * (size_t)side->unit);
}

/* From one list to the other without the buffer, which large elements do not need. */
static void direct(const struct aml_plan *plan, char *dst, const char *src, size_t at, size_t n)
{
	const struct amli_index *x = &plan->index;

	for (size_t i = at; i < at + n; i++)
		memcpy(dst + place(&x->dst, i), src + place(&x->src, i), plan->nest.element);
}

/* Positions of one place within blocks. */
static void run_place(const struct aml_plan *plan, char *dst, const char *src, size_t at, size_t n,
		      bool first)
{
	const struct amli_index *x = &plan->index;

	if (x->gather && x->scatter && plan->nest.element > STAGED_MOST)
		direct(plan, dst, src, at, n);
	else if (plan->stream || (x->gather && x->scatter))
		staged(plan, dst, src, at, n);
	else if (x->gather)
		gather(plan, dst + (ptrdiff_t)at * x->dst.unit, x->dst.unit, src, at, n, first);
	else
		scatter(plan, dst, src + (ptrdiff_t)at * x->src.unit, x->src.unit, at, n, first);
}

/* The same for all places within blocks. */
static void run_places(const struct aml_plan *plan, size_t at, size_t n)
{
	const struct aml_nest *nest = &plan->nest;
	size_t i[AML_NDIMS_MAX] = {0}, k;
	const char *src = nest->src;
	char *dst = nest->dst;
	bool first = true;

	do {
		run_place(plan, dst, src, at, n, first);
		first = false;
		for (k = 0; k < nest->nloops; k++) {
			const struct aml_loop *l = &nest->loop[k];

			dst += l->dst;
			src += l->src;
			if (++i[k] < l->n)
				break;
			dst -= (ptrdiff_t)l->n * l->dst;
			src -= (ptrdiff_t)l->n * l->src;
			i[k] = 0;
		}
	} while (k < nest->nloops);
}

/* The first position of a block. */
static size_t begin(const struct aml_plan *plan, size_t block)
{
	const struct amli_index *x = &plan->index;

	if (block == 0)
		return 0;
	return min_size(block * x->chunk - x->less, x->n);
}

static void run_positions(const struct aml_plan *plan, size_t first, size_t end)
{
	size_t at = begin(plan, first), n = begin(plan, end) - at;
	size_t round = plan->nest.nloops ? ROUND : n;

	for (size_t now; n > 0; at += now, n -= now) {
		now = min_size(round, n);
		run_places(plan, at, now);
	}
	if (end == plan->blocks && plan->index.rest)
		memcpy(plan->nest.dst + plan->index.rest_dst, plan->nest.src + plan->index.rest_src,
		       plan->index.rest);
}

/* ---- pieces ---- */

/* The pieces before this one, and so many bytes of it. */
struct cut {
	size_t piece, bytes;
};

/* Where a block begins: in a dense destination with a line, else between two pieces or with a
 * line within a long one. */
static struct cut cut_before(const struct aml_plan *plan, size_t block)
{
	const struct amli_index *x = &plan->index;
	const struct amli_piece *p = x->piece;
	size_t lo = 0, hi = x->npieces; /* p[lo].at <= at < p[hi].at */
	size_t at = block ? block * x->chunk - x->less : 0, over;

	if (at >= plan->bytes)
		return (struct cut){x->npieces, 0};
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (p[mid].at <= at)
			lo = mid;
		else
			hi = mid;
	}
	at -= p[lo].at;
	if (!x->dst.line.at && x->dst.unit == (ptrdiff_t)plan->nest.element)
		return (struct cut){lo, at};
	if (p[lo + 1].at - p[lo].at < CUT_LEAST)
		return (struct cut){lo, 0};
	over = ((uintptr_t)plan->nest.dst + (uintptr_t)p[lo].dst + at) % LINE;
	return (struct cut){lo, at > over ? at - over : 0};
}

/* Bytes from @from to @to of piece i; to = 0: to its end. */
static void run_part(const struct aml_plan *plan, size_t i, size_t from, size_t to)
{
	const struct amli_piece *p = &plan->index.piece[i];
	size_t bytes = to ? to : p[1].at - p->at;

	memcpy(plan->nest.dst + p->dst + from, plan->nest.src + p->src + from, bytes - from);
}

static void run_pieces(const struct aml_plan *plan, size_t first, size_t end)
{
	const struct amli_index *x = &plan->index;
	const struct amli_kernel *kernel = x->gather ? x->gather : x->scatter;
	struct cut from = cut_before(plan, first), to = cut_before(plan, end);
	struct amli_pieces pieces = {.dst = x->dst.far, .src = x->src.far};
	struct amli_block block = {.n = {0, 1}, .pieces = &pieces};

	if (from.piece == to.piece) {
		if (from.bytes < to.bytes)
			run_part(plan, from.piece, from.bytes, to.bytes);
		return;
	}
	if (from.bytes)
		run_part(plan, from.piece++, from.bytes, 0);
	block.n[0] = to.piece - from.piece;
	pieces.piece = x->piece + from.piece;
	pieces.ahead = x->npieces - from.piece;
	(plan->stream ? kernel->stream : kernel->run)(plan->nest.dst, plan->nest.src, NULL, &block);
	if (to.bytes)
		run_part(plan, to.piece, 0, to.bytes);
}

static int index_run(const struct aml_plan *plan, size_t first, size_t end)
{
	if (plan->index.piece)
		run_pieces(plan, first, end);
	else
		run_positions(plan, first, end);
	if (plan->stream)
		amli_kernel_fence();
	return 0;
}

static size_t index_before(const struct aml_plan *plan, size_t block)
{
	if (plan->index.piece) {
		struct cut cut = cut_before(plan, block);

		return plan->index.piece[cut.piece].at + cut.bytes;
	}
	if (block == plan->blocks)
		return plan->bytes;
	return begin(plan, block) * amli_nest_bytes(&plan->nest);
}

/* How far apart positions are, or by which list and in which units. */
static void describe_side(const struct amli_index_side *side, FILE *out)
{
	if (side->line.at)
		fprintf(out, "i%zu*%td", 8 * side->line.bytes, side->unit);
	else
		fprintf(out, "%td", side->unit);
}

static void index_describe(const struct aml_plan *plan, FILE *out)
{
	const struct amli_index *x = &plan->index;
	const struct aml_nest *nest = &plan->nest;

	fprintf(out, "%s%s%s%s e%zu [%zu ", x->gather ? x->gather->name : "",
		x->gather && x->scatter && !x->piece ? "+" : "",
		x->scatter && !(x->gather && x->piece) ? x->scatter->name : "",
		plan->stream ? "+stream" : "", nest->element, x->n);
	describe_side(&x->dst, out);
	fputc(':', out);
	describe_side(&x->src, out);
	fputc(']', out);
	for (size_t i = nest->nloops; i-- > 0;)
		fprintf(out, "[%zu %td:%td]", nest->loop[i].n, nest->loop[i].dst,
			nest->loop[i].src);
	if (x->rest)
		fprintf(out, " and %zu bytes", x->rest);
	if (x->piece)
		fprintf(out, " in %zu pieces", x->npieces);
}

const struct amli_strategy amli_index_strategy = {
	.name = "index",
	.run = index_run,
	.describe = index_describe,
	.before = index_before,
};
