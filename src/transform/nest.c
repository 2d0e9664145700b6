/* SPDX-License-Identifier: BSD-3-Clause */
/* Canonical nests: drop extents of 1, make dst strides positive, sort by them, take
 * contiguous loops into the element, fuse neighbours. */
#include <stdint.h>

#include "base/error.h"
#include "base/hot.h"
#include "base/mem.h"
#include "transform/nest.h"

static int check_shapes(const struct aml_affine *dst, const struct aml_affine *src,
			const size_t *perm)
{
	if (dst->element_size != src->element_size)
		return amli_fail(AML_EINVAL, "element sizes differ: dst %zu bytes, src %zu bytes",
				 dst->element_size, src->element_size);
	if (dst->ndims != src->ndims)
		return amli_fail(AML_EINVAL, "shapes differ: dst has %zu dimensions, src %zu",
				 dst->ndims, src->ndims);
	for (size_t i = 0; i < dst->ndims; i++) {
		size_t from = perm ? perm[i] : i;

		if (dst->dims[i] != src->dims[from])
			return amli_fail(
				AML_EINVAL,
				"shapes differ: native dim %zu of dst is %zu, dim %zu of src %zu",
				i, dst->dims[i], from, src->dims[from]);
		if (dst->stride[i] == 0 && dst->dims[i] > 1)
			return amli_fail(
				AML_EINVAL,
				"dst is a broadcast: native dim %zu has %zu elements and stride 0",
				i, dst->dims[i]);
	}
	return 0;
}

/* Insert by dst stride; equal ones by src stride, so that the order is defined. */
static void insert(struct aml_nest *nest, struct aml_loop loop)
{
	size_t at = nest->nloops++;

	if (loop.dst < 0) { /* walk the other way round */
		nest->dst += (ptrdiff_t)(loop.n - 1) * loop.dst;
		nest->src += (ptrdiff_t)(loop.n - 1) * loop.src;
		loop.dst = -loop.dst;
		loop.src = -loop.src;
	}
	while (at > 0 &&
	       (nest->loop[at - 1].dst > loop.dst ||
		(nest->loop[at - 1].dst == loop.dst && nest->loop[at - 1].src > loop.src))) {
		nest->loop[at] = nest->loop[at - 1];
		at--;
	}
	nest->loop[at] = loop;
}

/* One pass from the inside out: each loop joins the element, or the loop before it, or
 * stays. */
static void fuse(struct aml_nest *nest)
{
	size_t kept = 0;

	for (size_t i = 0; i < nest->nloops; i++) {
		struct aml_loop l = nest->loop[i];
		struct aml_loop *in = kept ? &nest->loop[kept - 1] : NULL;

		if (!in && l.dst == (ptrdiff_t)nest->element && l.src == l.dst)
			nest->element *= l.n;
		else if (in && l.dst == (ptrdiff_t)in->n * in->dst &&
			 l.src == (ptrdiff_t)in->n * in->src)
			in->n *= l.n;
		else
			nest->loop[kept++] = l;
	}
	nest->nloops = kept;
}

AMLI_HOT int amli_nest_build(struct aml_nest *nest, const struct aml_affine *dst,
			     const struct aml_affine *src, const size_t *perm)
{
	int rc = check_shapes(dst, src, perm);

	if (rc)
		return rc;
	nest->dst = dst->ptr;
	nest->src = src->ptr;
	nest->element = dst->element_size;
	nest->nloops = 0;
	for (size_t i = 0; i < dst->ndims; i++)
		if (dst->dims[i] > 1)
			insert(nest, (struct aml_loop){dst->dims[i], dst->stride[i],
						       src->stride[perm ? perm[i] : i]});
	fuse(nest);
	return 0;
}

/* Bytes of two equal shapes without gaps; 0 = it takes a closer look. */
static size_t count_flat(const struct aml_affine *dst, const struct aml_affine *src)
{
	size_t bytes = dst->element_size;

	if (src->element_size != bytes || src->ndims != dst->ndims)
		return 0;
	for (size_t i = 0; i < dst->ndims; i++) {
		size_t n = dst->dims[i];

		if (src->dims[i] != n)
			return 0;
		if (n == 1)
			continue;
		if (dst->stride[i] != (ptrdiff_t)bytes || src->stride[i] != (ptrdiff_t)bytes ||
		    amli_mul_overflows(bytes, n, &bytes))
			return 0;
	}
	return bytes;
}

AMLI_HOT size_t amli_flat_bytes(const struct aml_affine *dst, const struct aml_affine *src)
{
	size_t bytes = count_flat(dst, src);

	return dst->ptr && amli_runs_are_apart(dst->ptr, src->ptr, bytes) ? bytes : 0;
}

AMLI_HOT void amli_nest_flat(struct aml_nest *nest, void *dst, const void *src, size_t bytes)
{
	nest->dst = dst;
	nest->src = src;
	nest->element = bytes;
	nest->nloops = 0;
}

AMLI_HOT size_t amli_nest_bytes(const struct aml_nest *nest)
{
	size_t bytes = nest->element;

	for (size_t i = 0; i < nest->nloops; i++)
		if (amli_mul_overflows(bytes, nest->loop[i].n, &bytes))
			return SIZE_MAX;
	return bytes;
}
