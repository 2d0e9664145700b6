/* SPDX-License-Identifier: BSD-3-Clause */
/* Layouts that are not affine (padding, reshaped views, the program's own kinds): row by
 * row along the destination's fastest dimension, in the longest runs of constant stride
 * that both sides have.  A block is one row. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "aml/layout/native.h"
#include "base/error.h"
#include "base/mem.h"
#include "layout/layout.h"
#include "transform/index.h"
#include "transform/strategy.h"

struct cursor {
	size_t ndims, element;
	size_t dims[AML_NDIMS_MAX], at[AML_NDIMS_MAX];
};

static void seek_row(struct cursor *c, size_t row)
{
	c->at[0] = 0;
	for (size_t i = 1; i < c->ndims; i++) {
		c->at[i] = row % c->dims[i];
		row /= c->dims[i];
	}
}

static void move_run(const struct amli_kernel *kernel, const struct aml_layout_run *dst,
		     const struct aml_layout_run *src, size_t element, size_t n)
{
	ptrdiff_t e = (ptrdiff_t)element;
	struct amli_block block = {.element = element,
				   .n = {n, 1},
				   .dst = {dst->stride, 0},
				   .src = {src->stride, 0},
				   .gap = AMLI_GAP_FAR};

	if (dst->readonly)
		return;
	if (n == 1 || (dst->stride == e && src->stride == e))
		memcpy(dst->ptr, src->ptr, n * element);
	else
		kernel->run(dst->ptr, src->ptr, NULL, &block);
}

static void run_row(const struct aml_plan *plan, const struct amli_kernel *kernel, struct cursor *c)
{
	while (c->at[0] < c->dims[0]) {
		struct aml_layout_run dst, src;
		size_t n = c->dims[0] - c->at[0];

		amli_layout_run(plan->dst, c->at, n, &dst);
		amli_layout_run(plan->src, c->at, dst.n, &src);
		move_run(kernel, &dst, &src, c->element, src.n);
		c->at[0] += src.n;
	}
}

static void next_row(struct cursor *c)
{
	c->at[0] = 0;
	for (size_t i = 1; i < c->ndims && ++c->at[i] == c->dims[i]; i++)
		c->at[i] = 0;
}

static int generic_run(const struct aml_plan *plan, size_t first, size_t end)
{
	const struct amli_kernel *kernel;
	struct cursor c;

	c.ndims = aml_layout_ndims(plan->dst);
	c.element = aml_layout_element_size(plan->dst);
	aml_layout_dims_native(plan->dst, c.dims);
	kernel = amli_kernel_select(AMLI_STRIDED, c.element);
	seek_row(&c, first);
	for (size_t row = first; row < end; row++) {
		run_row(plan, kernel, &c);
		next_row(&c);
	}
	return 0;
}

static void generic_describe(const struct aml_plan *plan, FILE *out)
{
	size_t element = aml_layout_element_size(plan->dst);

	fprintf(out, "generic e%zu [%zu][%zu]", element, plan->blocks,
		plan->bytes / plan->blocks / element);
}

static size_t generic_before(const struct aml_plan *plan, size_t row)
{
	return row * (plan->bytes / plan->blocks);
}

const struct amli_strategy amli_generic_strategy = {
	.name = "generic",
	.run = generic_run,
	.describe = generic_describe,
	.before = generic_before,
};

int amli_generic_check(const struct aml_layout *layout, const char *side)
{
	size_t n = aml_layout_ndims(layout);

	if (!layout->ops->ndims || !layout->ops->element_size || !layout->ops->dims_native ||
	    !amli_layout_has_runs(layout))
		return amli_fail(
			AML_ENOTSUP,
			"%s: its kind of layout lacks ndims, element_size, dims_native or deref_native",
			side);
	if (n < 1 || n > AML_NDIMS_MAX)
		return amli_fail(AML_EINVAL, "%s has %zu dimensions: want 1 to %d", side, n,
				 AML_NDIMS_MAX);
	return 0;
}

static int check_pair(struct aml_plan *plan, const struct aml_layout *dst,
		      const struct aml_layout *src)
{
	size_t d[AML_NDIMS_MAX], s[AML_NDIMS_MAX];
	size_t n = aml_layout_ndims(dst), element = aml_layout_element_size(dst);

	if (aml_layout_element_size(src) != element || aml_layout_ndims(src) != n)
		return amli_fail(AML_EINVAL,
				 "shapes differ: dst %zu dims of %zu bytes, src %zu of %zu", n,
				 element, aml_layout_ndims(src), aml_layout_element_size(src));
	aml_layout_dims_native(dst, d);
	aml_layout_dims_native(src, s);
	plan->blocks = 1;
	for (size_t i = 0; i < n; i++) {
		if (d[i] != s[i])
			return amli_fail(AML_EINVAL,
					 "shapes differ: native dim %zu of dst is %zu, of src %zu",
					 i, d[i], s[i]);
		if (d[i] == 0)
			return amli_fail(AML_EINVAL, "native dim %zu has no elements", i);
		if (i > 0 && amli_mul_overflows(plan->blocks, d[i], &plan->blocks))
			return amli_fail(AML_EINVAL, "the number of elements overflows");
	}
	if (amli_mul_overflows(element, d[0], &plan->bytes) ||
	    amli_mul_overflows(plan->bytes, plan->blocks, &plan->bytes))
		return amli_fail(AML_EINVAL, "the number of bytes overflows");
	return 0;
}

int amli_generic_keep(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		      unsigned flags)
{
	struct aml_layout *copy;
	int rc;

	plan->dst = dst;
	plan->src = src;
	if (flags & AMLI_PLAN_BORROW)
		return 0;
	rc = aml_layout_duplicate(src, &copy, NULL);
	if (rc)
		return rc;
	rc = aml_layout_duplicate(dst, &plan->dst, NULL);
	if (rc) {
		aml_layout_destroy(&copy);
		return rc;
	}
	plan->src = copy;
	plan->owned = true;
	return 0;
}

/* A view of src whose native dim i is its native dim perm[i]. */
static int permuted(const struct aml_layout *src, struct aml_layout **out, const size_t *perm)
{
	size_t user[AML_NDIMS_MAX], n = aml_layout_ndims(src);
	bool row_major = AML_LAYOUT_ORDER(aml_layout_order(src)) == AML_LAYOUT_ORDER_C;

	for (size_t i = 0; i < n; i++)
		user[row_major ? n - 1 - i : i] = row_major ? n - 1 - perm[i] : perm[i];
	return aml_layout_permute(src, out, user);
}

int amli_generic_init(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		      const size_t *perm, unsigned flags)
{
	struct aml_layout *view = NULL;
	int rc;

	if (amli_index_init(plan, dst, src, perm, flags, &rc))
		return rc;
	rc = amli_generic_check(dst, "dst");
	if (!rc)
		rc = amli_generic_check(src, "src");
	if (!rc && perm)
		rc = permuted(src, &view, perm);
	if (rc)
		return rc;
	rc = check_pair(plan, dst, view ? view : src);
	if (!rc)
		/* a view is only made for this plan: it must be kept, not borrowed */
		rc = amli_generic_keep(plan, dst, view ? view : src,
				       view ? flags & ~AMLI_PLAN_BORROW : flags);
	aml_layout_destroy(&view);
	if (!rc)
		plan->strategy = &amli_generic_strategy;
	return rc;
}
