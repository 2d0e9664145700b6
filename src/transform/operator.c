/* SPDX-License-Identifier: BSD-3-Clause */
/* The library's own copy functions.  Each is a way to plan; calling one directly plans
 * and runs it in the caller, and an engine that is given its name plans it as well. */
#include <stdint.h>

#include "aml/dma/linux.h"
#include "base/error.h"
#include "layout/layout.h"
#include "transform/operator.h"
#include "transform/strategy.h"

static int plan_generic(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
			void *arg, unsigned flags)
{
	(void)arg;
	return amli_plan_layouts(plan, dst, src, NULL, flags);
}

static int check_permutation(const size_t *perm, size_t n)
{
	uint32_t seen = 0;

	if (n > AML_NDIMS_MAX)
		return amli_fail(AML_EINVAL, "%zu dimensions: %d is the most", n, AML_NDIMS_MAX);
	for (size_t i = 0; i < n; i++) {
		if (perm[i] >= n || seen >> perm[i] & 1)
			return amli_fail(AML_EINVAL,
					 "target_dims[%zu] = %zu: not a permutation of 0..%zu", i,
					 perm[i], n - 1);
		seen |= (uint32_t)1 << perm[i];
	}
	return 0;
}

static int plan_transform(struct aml_plan *plan, struct aml_layout *dst,
			  const struct aml_layout *src, void *arg, unsigned flags)
{
	const size_t *perm = arg;
	int rc;

	if (!perm)
		return amli_fail(AML_EINVAL, "target_dims is NULL");
	rc = check_permutation(perm, aml_layout_ndims(src));
	return rc ? rc : amli_plan_layouts(plan, dst, src, perm, flags);
}

/* Bytes of a layout without gaps; 0 if it has some. */
static size_t flat_bytes(const struct aml_layout *layout)
{
	struct aml_affine a;
	size_t bytes;

	if (!aml_layout_is_contiguous(layout) || amli_layout_affine(layout, &a))
		return 0;
	bytes = a.element_size;
	for (size_t i = 0; i < a.ndims; i++)
		bytes *= a.dims[i];
	return bytes;
}

static int plan_1d(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		   void *arg, unsigned flags)
{
	size_t to = flat_bytes(dst), from = flat_bytes(src);

	(void)arg;
	if (!to || !from)
		return amli_fail(AML_EINVAL, "%s is not contiguous", to ? "src" : "dst");
	if (to < from)
		return amli_fail(AML_EINVAL, "dst has %zu bytes, src %zu", to, from);
	return amli_plan_bytes(plan, aml_layout_rawptr(dst), aml_layout_rawptr(src), from, flags);
}

static int plan_memcpy(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		       void *arg, unsigned flags)
{
	return amli_plan_bytes(plan, dst, src, (size_t)arg, flags);
}

int amli_operator_now(struct aml_layout *dst, const struct aml_layout *src, void *arg,
		      aml_dma_operator op)
{
	struct aml_plan plan;
	int rc = amli_plan_init(&plan, dst, src, op, arg, AMLI_PLAN_BORROW);

	if (rc)
		return rc;
	rc = aml_plan_run(&plan);
	amli_plan_fini(&plan);
	return rc;
}

int aml_dma_linux_copy_generic(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	return amli_operator_now(dst, src, arg, aml_dma_linux_copy_generic);
}

int aml_dma_linux_copy_1D(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	return amli_operator_now(dst, src, arg, aml_dma_linux_copy_1D);
}

int aml_dma_linux_memcpy_op(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	return amli_operator_now(dst, src, arg, aml_dma_linux_memcpy_op);
}

/* AML types its argument; as an operator it comes as void *. */
#define TRANSFORM ((aml_dma_operator)(void (*)(void))aml_copy_layout_transform_generic)

int aml_copy_layout_transform_generic(struct aml_layout *dst, const struct aml_layout *src,
				      const size_t *target_dims)
{
	return amli_operator_now(dst, src, (void *)target_dims, TRANSFORM);
}

static const struct {
	aml_dma_operator op;
	int (*plan)(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		    void *arg, unsigned flags);
} own[] = {
	{aml_dma_linux_memcpy_op, plan_memcpy},	    {aml_dma_linux_copy_1D, plan_1d},
	{aml_dma_linux_copy_generic, plan_generic}, {aml_op_byteswap, amli_plan_byteswap},
	{aml_op_convert, amli_plan_convert},	    {aml_op_fill, amli_plan_fill},
	{aml_op_compare, amli_plan_compare},	    {aml_op_crc32c, amli_plan_crc32c},
};

static int call_operator(const struct aml_plan *plan, size_t first, size_t end)
{
	(void)first;
	(void)end;
	return plan->op(plan->dst, plan->src, plan->arg);
}

static void describe_operator(const struct aml_plan *plan, FILE *out)
{
	(void)plan;
	fputs("operator", out);
}

const struct amli_strategy amli_operator_strategy = {
	.name = "operator",
	.run = call_operator,
	.describe = describe_operator,
};

int amli_operator_init(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		       aml_dma_operator op, void *arg, unsigned flags)
{
	if (op == TRANSFORM)
		return plan_transform(plan, dst, src, arg, flags);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (op == own[i].op)
			return own[i].plan(plan, dst, src, arg, flags);
	plan->strategy = &amli_operator_strategy;
	plan->dst = dst;
	plan->src = src;
	plan->op = op;
	plan->arg = arg;
	plan->bytes = 0;
	plan->blocks = 1;
	return 0;
}
