/* SPDX-License-Identifier: BSD-3-Clause */
/* Two layouts, one of them indexed at least -> positions along the lists, and a nest within
 * blocks. */
#include <stdint.h>
#include <stdlib.h>

#include "base/cpu.h"
#include "base/error.h"
#include "layout/layout.h"
#include "transform/index.h"
#include "transform/nest.h"
#include "transform/strategy.h"

#define CHUNK ((size_t)64 << 10) /* bytes of a block */
#define LINE ((size_t)64)
#define NEAR ((size_t)64)	/* bytes from one place to the next, on average */
#define STREAM_MOST ((size_t)8) /* bytes: larger elements gain nothing */

/* One dimension along the lists: bytes on either side, and bytes of either list. */
struct walk {
	size_t n;
	ptrdiff_t by[2], at[2];
};

static size_t gcd(size_t a, size_t b)
{
	while (b) {
		size_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

/* False for layouts of other kinds. */
static bool take_side(struct amli_sided *side, const struct aml_layout *layout)
{
	if (!amli_layout_affine(layout, &side->by)) {
		side->indexed = NULL;
		side->unit = 0;
		for (size_t i = 0; i < side->by.ndims; i++)
			side->at.stride[i] = 0;
		return true;
	}
	side->indexed = amli_layout_indexed(layout);
	if (!side->indexed)
		return false;
	side->by = side->indexed->by;
	side->at = side->indexed->at;
	side->unit = side->indexed->unit;
	return true;
}

/* Dimensions in the order that the destination's correspond to. */
static void permute(struct amli_sided *side, const size_t *perm)
{
	struct amli_sided in = *side;

	for (size_t i = 0; i < side->by.ndims; i++) {
		side->by.dims[i] = in.by.dims[perm[i]];
		side->by.stride[i] = in.by.stride[perm[i]];
		side->at.stride[i] = in.at.stride[perm[i]];
	}
}

static bool same_shapes(const struct amli_sided *dst, const struct amli_sided *src)
{
	if (dst->by.ndims != src->by.ndims || dst->by.element_size != src->by.element_size)
		return false;
	for (size_t i = 0; i < dst->by.ndims; i++)
		if (dst->by.dims[i] != src->by.dims[i])
			return false;
	return true;
}

/* Whether b goes on where a ends, on both sides and in both lists. */
static bool continues(const struct walk *a, const struct walk *b)
{
	for (int k = 0; k < 2; k++)
		if (b->by[k] != (ptrdiff_t)a->n * a->by[k] ||
		    b->at[k] != (ptrdiff_t)a->n * a->at[k])
			return false;
	return true;
}

/* How far apart two neighbours are in the lists, or else the list. */
static ptrdiff_t stride_of(const struct walk *w)
{
	return labs(w->at[0]) > labs(w->at[1]) ? labs(w->at[0]) : labs(w->at[1]);
}

/* All dimensions along the lists as one; false if they are several. */
static bool one_walk(struct walk *all, const struct amli_sided *dst, const struct amli_sided *src)
{
	struct walk walk[AML_NDIMS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < dst->by.ndims; i++) {
		struct walk w = {dst->by.dims[i],
				 {dst->by.stride[i], src->by.stride[i]},
				 {dst->at.stride[i], src->at.stride[i]}};
		size_t to = n;

		if (w.n == 1 || (w.at[0] == 0 && w.at[1] == 0))
			continue;
		for (; to > 0 && stride_of(&walk[to - 1]) > stride_of(&w); to--)
			walk[to] = walk[to - 1];
		walk[to] = w;
		n++;
	}
	*all = n ? walk[0] : (struct walk){.n = 1};
	for (size_t i = 1; i < n; i++) {
		if (!continues(all, &walk[i]))
			return false;
		all->n *= walk[i].n;
	}
	return true;
}

/* The dimensions within blocks alone. */
static void within(struct aml_affine *out, const struct amli_sided *side,
		   const struct amli_sided *other)
{
	out->ptr = side->by.ptr;
	out->element_size = side->by.element_size;
	out->ndims = 0;
	for (size_t i = 0; i < side->by.ndims; i++) {
		if (side->at.stride[i] || other->at.stride[i])
			continue;
		out->dims[out->ndims] = side->by.dims[i];
		out->stride[out->ndims++] = side->by.stride[i];
	}
}

/* Whether it is worth to ask for what a list names before it is needed: not if it is in the
 * second-level cache anyway, or if hardware sees that it is read from end to end. */
static bool is_far(const struct amli_indexed *x, size_t n)
{
	uintptr_t low, high;

	amli_indexed_bounds(x, &low, &high);
	return high - low > amli_cache_bytes(2) &&
	       !(x->is_line && x->facts.ascending && (high - low) / n < NEAR);
}

static void set_side(struct amli_index_side *to, const struct amli_sided *side, size_t n,
		     ptrdiff_t by, ptrdiff_t at)
{
	*to = (struct amli_index_side){.unit = by};
	if (!at)
		return;
	to->far = is_far(side->indexed, n);
	to->unit = side->unit;
	to->line = (struct amli_line){side->at.ptr, side->indexed->at.element_size, at, n};
	to->list = side->indexed->list;
	amli_index_list_hold(to->list);
}

/* Blocks of about CHUNK bytes.  Those of a dense destination end with a line, so that no two
 * threads write to one. */
static void cut(struct aml_plan *plan)
{
	struct amli_index *x = &plan->index;
	size_t each = amli_nest_bytes(&plan->nest), e = plan->nest.element;
	size_t align = LINE / gcd(LINE, e), head = 0;

	x->less = 0;
	x->chunk = CHUNK / each > 1 ? CHUNK / each : 1;
	if (!x->dst.line.at && plan->nest.nloops == 0 && x->dst.unit == (ptrdiff_t)e) {
		x->chunk = amli_div_up(x->chunk, align) * align;
		while (head < align && ((uintptr_t)plan->nest.dst + head * e) % LINE)
			head++;
		if (head < align)
			x->less = (align - head) % align;
	}
	if (x->chunk >= x->n)
		x->less = 0;
	plan->blocks = amli_div_up(x->n + x->less, x->chunk);
}

/* Elements of a size that a kernel likes, if there are loops: the kernel runs the positions. */
static void choose(struct aml_plan *plan, unsigned flags)
{
	struct amli_index *x = &plan->index;
	size_t e = plan->nest.element;
	bool dense = plan->nest.nloops == 0 && !x->dst.line.at && x->dst.unit == (ptrdiff_t)e;

	x->gather = x->src.line.at ? amli_kernel_select(AMLI_GATHER, e) : NULL;
	x->scatter = x->dst.line.at ? amli_kernel_select(AMLI_SCATTER, e) : NULL;
	plan->stream = dense && e <= STREAM_MOST && amli_kernel_select(AMLI_COPY, 0)->stream &&
		       amli_plan_wants_stream(plan, flags);
	cut(plan);
}

static int check_broadcast(const struct walk *w)
{
	if (w->n > 1 && w->by[0] == 0 && w->at[0] == 0)
		return amli_fail(AML_EINVAL,
				 "dst is a broadcast: %zu elements with one address along the list",
				 w->n);
	return 0;
}

static int plan_walk(struct aml_plan *plan, const struct amli_sided *dst,
		     const struct amli_sided *src, const struct walk *w, unsigned flags)
{
	struct amli_index *x = &plan->index;
	struct aml_affine d, s;
	int rc = check_broadcast(w);

	within(&d, dst, src);
	within(&s, src, dst);
	if (!rc)
		rc = amli_nest_build(&plan->nest, &d, &s, NULL);
	if (!rc)
		rc = amli_index_check_overlap(dst, src);
	if (rc)
		return rc;
	plan->strategy = &amli_index_strategy;
	plan->bytes = amli_nest_bytes(&plan->nest) * w->n;
	plan->stream = false;
	x->n = w->n;
	x->piece = NULL;
	x->npieces = 0;
	x->rest = 0;
	set_side(&x->dst, dst, w->n, w->by[0], w->at[0]);
	set_side(&x->src, src, w->n, w->by[1], w->at[1]);
	rc = amli_index_join(plan, dst, src, flags);
	plan->owned = rc == 0;
	if (rc)
		amli_index_fini(plan);
	else if (!x->piece)
		choose(plan, flags);
	return rc;
}

int amli_index_check_layouts(const struct aml_layout *dst, const struct aml_layout *src)
{
	struct amli_sided d, s;

	if (!take_side(&d, dst) || !take_side(&s, src))
		return 0;
	return amli_index_check_overlap(&d, &s);
}

bool amli_index_init(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		     const size_t *perm, unsigned flags, int *rc)
{
	struct amli_sided d, s;
	struct walk w;

	if (!take_side(&d, dst) || !take_side(&s, src) || !(d.indexed || s.indexed))
		return false;
	if (perm && s.by.ndims == d.by.ndims)
		permute(&s, perm);
	if (!same_shapes(&d, &s) || !one_walk(&w, &d, &s))
		return false;
	*rc = plan_walk(plan, &d, &s, &w, flags);
	return true;
}

void amli_index_fini(struct aml_plan *plan)
{
	amli_index_list_release(plan->index.dst.list);
	amli_index_list_release(plan->index.src.list);
	free(plan->index.piece);
}
