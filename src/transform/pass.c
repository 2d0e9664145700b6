/* SPDX-License-Identifier: BSD-3-Clause */
/* Two layouts -> loops, as in nest.c, but with an element size per side and the step in
 * native order; then blocks. */
#include <stdint.h>
#include <stdlib.h>

#include "aml/layout/native.h"
#include "base/error.h"
#include "base/mem.h"
#include "layout/layout.h"
#include "transform/index.h"
#include "transform/nest.h"
#include "transform/pass.h"

#define CHUNK ((size_t)256 << 10) /* bytes of a block that is not tiled, on its larger side */
#define TILE_SIDE ((size_t)512)	  /* bytes, at least */
#define LINE ((size_t)64)
#define TILE_MOST ((size_t)64) /* bytes; larger elements are runs themselves */

/* A loop of both sides; step: elements in native order. */
struct loop {
	struct aml_loop by;
	size_t step;
};

struct loops {
	size_t n;
	struct loop at[AML_NDIMS_MAX];
};

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* The shapes of a pair; writes into a broadcast are refused. */
static int check_dims(size_t ndims, const size_t *dst, size_t src_ndims, const size_t *src)
{
	if (ndims != src_ndims)
		return amli_fail(AML_EINVAL, "shapes differ: dst has %zu dimensions, src %zu",
				 ndims, src_ndims);
	for (size_t i = 0; i < ndims; i++)
		if (dst[i] != src[i])
			return amli_fail(AML_EINVAL,
					 "shapes differ: native dim %zu of dst is %zu, of src %zu",
					 i, dst[i], src[i]);
	return 0;
}

static int check_pair(const struct amli_pass *pass, const struct aml_affine *dst,
		      const struct aml_affine *src)
{
	for (size_t i = 0; pass->puts && i < dst->ndims; i++)
		if (dst->stride[i] == 0 && dst->dims[i] > 1)
			return amli_fail(
				AML_EINVAL,
				"dst is a broadcast: native dim %zu has %zu elements and stride 0",
				i, dst->dims[i]);
	return check_dims(dst->ndims, dst->dims, src->ndims, src->dims);
}

/* In native order if elements count that way, else by dst stride, which becomes positive. */
static void insert(struct loops *loops, struct aml_nest *nest, struct loop l, bool ordered)
{
	size_t at = loops->n++;

	if (!ordered && l.by.dst < 0) {
		nest->dst += (ptrdiff_t)(l.by.n - 1) * l.by.dst;
		nest->src += (ptrdiff_t)(l.by.n - 1) * l.by.src;
		l.by.dst = -l.by.dst;
		l.by.src = -l.by.src;
	}
	for (; !ordered && at > 0 && loops->at[at - 1].by.dst > l.by.dst; at--)
		loops->at[at] = loops->at[at - 1];
	loops->at[at] = l;
}

/* Whether b goes on where a ends.  In native order it does so too, if that matters: then
 * nothing but extents of 1 lies between them. */
static bool continues(const struct loop *a, const struct loop *b)
{
	ptrdiff_t n = (ptrdiff_t)a->by.n;

	return b->by.dst == n * a->by.dst && b->by.src == n * a->by.src;
}

static void build(struct loops *loops, struct aml_plan *plan, const struct aml_affine *dst,
		  const struct aml_affine *src)
{
	bool ordered = amli_pass_is_ordered(&plan->pass);
	size_t kept = 0, step = 1;

	plan->nest.dst = dst->ptr;
	plan->nest.src = src->ptr;
	loops->n = 0;
	for (size_t i = 0; i < dst->ndims; i++) {
		struct aml_loop by = {dst->dims[i], dst->stride[i], src->stride[i]};

		if (by.n > 1)
			insert(loops, &plan->nest, (struct loop){by, step}, ordered);
		step *= by.n;
	}
	for (size_t i = 0; i < loops->n; i++)
		if (kept && continues(&loops->at[kept - 1], &loops->at[i]))
			loops->at[kept - 1].by.n *= loops->at[i].by.n;
		else
			loops->at[kept++] = loops->at[i];
	loops->n = kept;
}

static size_t gcd(size_t a, size_t b)
{
	while (b) {
		size_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

/* An element of either side is a loop of what both sizes have in common. */
static bool overlaps(const struct aml_plan *plan, const struct loops *loops)
{
	const struct amli_pass *pass = &plan->pass;
	size_t common = gcd(pass->dst_element, pass->src_element);
	ptrdiff_t step = (ptrdiff_t)common;
	struct aml_nest nest = {.dst = plan->nest.dst, .src = plan->nest.src, .element = common};

	if (!pass->puts || pass->kind->how == AMLI_PASS_FILL || loops->n + 2 > AML_NDIMS_MAX)
		return false;
	nest.loop[nest.nloops++] = (struct aml_loop){pass->dst_element / common, step, 0};
	nest.loop[nest.nloops++] = (struct aml_loop){pass->src_element / common, 0, step};
	for (size_t i = 0; i < loops->n; i++)
		nest.loop[nest.nloops++] = loops->at[i].by;
	return amli_nest_overlaps(&nest);
}

/* The loop that is contiguous in src, if it is not the rows'; a sum wants its rows one
 * after the other, and whole. */
static size_t tile_loop(const struct amli_pass *pass, const struct loops *loops)
{
	ptrdiff_t e = (ptrdiff_t)pass->src_element;
	size_t b = 1;

	if (pass->kind->how == AMLI_PASS_FILL || loops->n < 2 || pass->src_element > TILE_MOST ||
	    loops->at[0].by.src == e)
		return 0;
	while (b < loops->n && loops->at[b].by.src != e)
		b++;
	if (b == loops->n ||
	    (pass->kind->how == AMLI_PASS_SUM &&
	     (b != 1 || loops->at[0].by.n * pass->src_element > AMLI_PASS_TILE / 16)))
		return 0;
	return b;
}

/* How many elements of loops a and b make a block. */
static void choose(const struct amli_pass *pass, const struct aml_loop *a, const struct aml_loop *b,
		   size_t *na, size_t *nb)
{
	size_t e = max_size(pass->dst_element, pass->src_element);

	if (!pass->tiled) {
		*na = min_size(a->n, max_size(CHUNK / e, 1));
		*nb = *na < a->n ? 1 : min_size(b->n, max_size(CHUNK / (*na * e), 1));
		return;
	}
	e = pass->src_element;
	*nb = min_size(b->n, TILE_SIDE / e);
	*na = min_size(a->n, max_size(AMLI_PASS_TILE / *nb / e / 2, TILE_SIDE / e));
	if (pass->kind->how == AMLI_PASS_SUM)
		*na = a->n;
	*nb = AMLI_PASS_TILE / (size_t)amli_stage_pitch(*na * e);
	*nb = *nb<b->n && * nb> LINE / e ? *nb - *nb % max_size(LINE / e, 1) : min_size(b->n, *nb);
}

static void add_digit(struct aml_plan *plan, const struct loop *l, size_t size, int cuts)
{
	size_t at = plan->ndigits;

	amli_digit_add(plan, l->by.n, size, l->by.dst, l->by.src, cuts);
	if (plan->ndigits > at)
		plan->pass.step[at] = l->step * size;
}

static void cut(struct aml_plan *plan, const struct loops *loops)
{
	static const struct loop none = {{1, 0, 0}, 0};
	struct amli_pass *pass = &plan->pass;
	size_t at = tile_loop(pass, loops), n[2];
	const struct loop *a = loops->n > 0 ? &loops->at[0] : &none, *b = &none;

	pass->tiled = at > 0;
	if (at == 0)
		at = 1;
	if (at < loops->n)
		b = &loops->at[at];
	choose(pass, &a->by, &b->by, &n[0], &n[1]);
	pass->row_step = b->step;
	plan->block = (struct amli_block){
		.element = pass->dst_element,
		.n = {n[0], n[1]},
		.dst = {a->by.dst, b->by.dst},
		.src = {a->by.src, b->by.src},
	};
	add_digit(plan, a, n[0], 0);
	add_digit(plan, b, n[1], 1);
	for (size_t i = 1; i < loops->n; i++)
		if (i != at)
			add_digit(plan, &loops->at[i], 1, AMLI_CUT_NONE);
}

static int plan_affine(struct aml_plan *plan, const struct aml_affine *dst,
		       const struct aml_affine *src)
{
	struct loops loops;
	int rc = check_pair(&plan->pass, dst, src);

	if (rc)
		return rc;
	build(&loops, plan, dst, src);
	if (overlaps(plan, &loops))
		return amli_fail(AML_EINVAL, "source and destination overlap: dst %p, src %p",
				 (void *)plan->nest.dst, (const void *)plan->nest.src);
	plan->bytes = dst->element_size;
	for (size_t i = 0; i < loops.n; i++)
		plan->bytes *= loops.at[i].by.n;
	plan->pass.by_layouts = false;
	plan->ndigits = 0;
	plan->blocks = 1;
	plan->group.n = 0;
	plan->axis[0].nloops = 0;
	cut(plan, &loops);
	return 0;
}

/* Rows of the fastest dimension are the blocks, long ones in parts. */
static int plan_layouts(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
			unsigned flags)
{
	size_t d[AML_NDIMS_MAX], s[AML_NDIMS_MAX];
	int rc = amli_generic_check(dst, "dst");

	if (!rc)
		rc = amli_generic_check(src, "src");
	if (rc)
		return rc;
	aml_layout_dims_native(dst, d);
	aml_layout_dims_native(src, s);
	rc = check_dims(aml_layout_ndims(dst), d, aml_layout_ndims(src), s);
	if (rc)
		return rc;
	plan->blocks = 1;
	plan->bytes = plan->pass.dst_element;
	for (size_t i = 0; i < aml_layout_ndims(dst); i++) {
		if (amli_mul_overflows(plan->bytes, d[i], &plan->bytes))
			return amli_fail(AML_EINVAL, "the number of bytes overflows");
		plan->blocks *= i ? d[i] : 1;
	}
	if (plan->bytes == 0)
		return amli_fail(AML_EINVAL, "a native dim has no elements");
	if (plan->pass.puts && plan->pass.kind->how != AMLI_PASS_FILL)
		rc = amli_index_check_layouts(dst, src);
	if (rc)
		return rc;
	plan->pass.by_layouts = true;
	plan->pass.part = min_size(d[0], AMLI_PASS_PART);
	plan->pass.parts = amli_div_up(d[0], AMLI_PASS_PART);
	plan->blocks *= plan->pass.parts;
	return amli_generic_keep(plan, dst, src, flags);
}

int amli_pass_init(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		   unsigned flags)
{
	const struct amli_kernel *copy = amli_kernel_select(AMLI_COPY, 0);
	struct aml_affine d, s;
	int rc = flags & AMLI_PLAN_ANYWHERE ? 0 : amli_plan_check_host(dst, src);

	if (rc)
		return rc;
	plan->pass.dst_element = aml_layout_element_size(dst);
	plan->pass.src_element = aml_layout_element_size(src);
	plan->pass.tiled = false;
	if (amli_layout_affine(dst, &d) || amli_layout_affine(src, &s))
		rc = plan_layouts(plan, dst, src, flags);
	else
		rc = plan_affine(plan, &d, &s);
	if (rc)
		return rc;
	plan->strategy = &amli_pass_strategy;
	plan->stream = plan->pass.puts && copy->stream && amli_plan_wants_stream(plan, flags);
	return 0;
}
