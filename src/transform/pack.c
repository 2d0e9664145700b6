/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A range of the bytes that a layout has when it is packed, element by element in native
 * order: what a stream carries, a buffer of it at a time.
 *
 * The elements of an affine layout that lie in a range are a few boxes: the rest of a row, the
 * rest of a plane, ... whole planes, ... some rows, the begin of a row.  Each is planned and
 * run like a copy; so are those of an indexed layout, which are slices of it.
 */
#include <string.h>

#include "aml/area.h"
#include "aml/engine.h"
#include "aml/layout/dense.h"
#include "aml/layout/native.h"
#include "base/error.h"
#include "base/mem.h"
#include "layout/indexed.h"
#include "layout/layout.h"
#include "transform/nest.h"
#include "transform/pack.h"
#include "transform/strategy.h"

#define LISTED ((size_t)16) /* elements along lists, from which on plans are worth their while */

/* Which way. */
struct packing {
	const struct aml_layout *layout;
	struct aml_affine affine;
	bool is_affine, packs;
	size_t element, ndims, elements;
	size_t dims[AML_NDIMS_MAX];
};

/* Bytes of one element, or a part of it. */
static void move_bytes(const struct packing *p, char *packed, char *at, size_t bytes)
{
	memcpy(p->packs ? packed : at, p->packs ? at : packed, bytes);
}

/* ---- affine ---- */

static char *address(const struct aml_affine *a, size_t i)
{
	char *at = a->ptr;

	for (size_t d = 0; d < a->ndims; d++) {
		at += (ptrdiff_t)(i % a->dims[d]) * a->stride[d];
		i /= a->dims[d];
	}
	return at;
}

/* The largest box that begins with element i and ends before @end: its extents, of which
 * those that are not told are 1, and how many elements it has. */
static size_t box_at(const struct packing *p, size_t i, size_t end, size_t *box, size_t *nbox)
{
	size_t block = 1, d = 0, n;

	while (d < p->ndims && i % (block * p->dims[d]) == 0 && block * p->dims[d] <= end - i) {
		box[d] = p->dims[d];
		block *= p->dims[d++];
	}
	*nbox = d;
	if (d == p->ndims)
		return block;
	n = p->dims[d] - i / block % p->dims[d];
	if (n > (end - i) / block)
		n = (end - i) / block;
	box[(*nbox)++] = n;
	return n * block;
}

static size_t affine_box_at(const struct packing *p, size_t i, size_t end, struct aml_affine *box)
{
	size_t n = box_at(p, i, end, box->dims, &box->ndims);

	box->ptr = address(&p->affine, i);
	box->element_size = p->element;
	for (size_t k = 0; k < box->ndims; k++)
		box->stride[k] = p->affine.stride[k];
	return n;
}

static void make_dense(struct aml_affine *dense, const struct aml_affine *shape, char *packed)
{
	ptrdiff_t stride = (ptrdiff_t)shape->element_size;

	dense->ptr = packed;
	dense->element_size = shape->element_size;
	dense->ndims = shape->ndims;
	for (size_t k = 0; k < shape->ndims; k++) {
		dense->dims[k] = shape->dims[k];
		dense->stride[k] = stride;
		stride *= (ptrdiff_t)shape->dims[k];
	}
}

static int move_box(const struct packing *p, const struct aml_affine *box, char *packed)
{
	struct aml_affine dense;
	struct aml_plan plan;
	int rc;

	make_dense(&dense, box, packed);
	rc = p->packs ? amli_plan_affine(&plan, &dense, box, AML_PLAN_DEFAULT)
		      : amli_plan_affine(&plan, box, &dense, AML_PLAN_DEFAULT);
	return rc ? rc : aml_plan_run(&plan);
}

static int move_boxes(const struct packing *p, size_t i, size_t end, char *packed)
{
	int rc = 0;

	while (rc == 0 && i < end) {
		struct aml_affine box;
		size_t n = affine_box_at(p, i, end, &box);

		rc = move_box(p, &box, packed);
		packed += n * p->element;
		i += n;
	}
	return rc;
}

/* ---- lists of indices ---- */

static void coords_of(const struct packing *p, size_t i, size_t *coords)
{
	for (size_t d = 0; d < p->ndims; d++) {
		coords[d] = i % p->dims[d];
		i /= p->dims[d];
	}
}

/* A box of them, planned like a copy. */
static int move_between(const struct packing *p, struct aml_layout *slice, struct aml_layout *dense)
{
	struct aml_plan plan;
	int rc = amli_plan_init(&plan, p->packs ? dense : slice, p->packs ? slice : dense, NULL,
				NULL, AMLI_PLAN_BORROW);

	if (rc)
		return rc;
	rc = aml_plan_run(&plan);
	amli_plan_fini(&plan);
	return rc;
}

static int move_slice(const struct packing *p, size_t i, const size_t *box, char *packed)
{
	size_t from[AML_NDIMS_MAX], steps[AML_NDIMS_MAX];
	struct aml_layout *slice, *dense = NULL;
	int rc;

	coords_of(p, i, from);
	for (size_t d = 0; d < p->ndims; d++)
		steps[d] = 1;
	rc = aml_layout_slice_native(p->layout, &slice, from, box, steps);
	if (rc)
		return rc;
	rc = aml_layout_dense_create(&dense, packed, AML_LAYOUT_ORDER_FORTRAN, p->element, p->ndims,
				     box, NULL, NULL);
	if (rc == 0)
		rc = move_between(p, slice, dense);
	aml_layout_destroy(&dense);
	aml_layout_destroy(&slice);
	return rc;
}

static int move_slices(const struct packing *p, size_t i, size_t end, char *packed)
{
	int rc = 0;

	while (rc == 0 && i < end) {
		size_t box[AML_NDIMS_MAX], nbox, n = box_at(p, i, end, box, &nbox);

		while (nbox < p->ndims)
			box[nbox++] = 1;
		rc = move_slice(p, i, box, packed);
		packed += n * p->element;
		i += n;
	}
	return rc;
}

/* ---- other layouts ---- */

static size_t move_run(const struct packing *p, const struct amli_kernel *kernel, size_t i,
		       size_t end, char *packed)
{
	size_t coords[AML_NDIMS_MAX], most;
	struct aml_layout_run run;
	struct amli_block block = {.element = p->element, .n = {0, 1}, .gap = AMLI_GAP_FAR};

	coords_of(p, i, coords);
	most = p->dims[0] - coords[0];
	amli_layout_run(p->layout, coords, most < end - i ? most : end - i, &run);
	if (run.readonly && !p->packs)
		return run.n;
	if (run.n == 1 || run.stride == (ptrdiff_t)p->element) {
		move_bytes(p, packed, run.ptr, run.n * p->element);
		return run.n;
	}
	block.n[0] = run.n;
	block.dst[0] = p->packs ? (ptrdiff_t)p->element : run.stride;
	block.src[0] = p->packs ? run.stride : (ptrdiff_t)p->element;
	kernel->run(p->packs ? packed : run.ptr, p->packs ? run.ptr : packed, NULL, &block);
	return run.n;
}

static void move_runs(const struct packing *p, size_t i, size_t end, char *packed)
{
	const struct amli_kernel *kernel = amli_kernel_select(AMLI_STRIDED, p->element);

	while (i < end) {
		size_t n = move_run(p, kernel, i, end, packed);

		packed += n * p->element;
		i += n;
	}
}

/* ---- both ---- */

/* Bytes [from, from + bytes) of element i. */
static void move_some(const struct packing *p, size_t i, size_t from, size_t bytes, char *packed)
{
	struct aml_layout_run run = {.readonly = false};
	size_t coords[AML_NDIMS_MAX];

	if (p->is_affine) {
		move_bytes(p, packed, address(&p->affine, i) + from, bytes);
		return;
	}
	coords_of(p, i, coords);
	amli_layout_run(p->layout, coords, 1, &run);
	if (p->packs || !run.readonly)
		move_bytes(p, packed, run.ptr + from, bytes);
}

static int move_range(const struct packing *p, size_t offset, size_t bytes, char *packed)
{
	size_t i = offset / p->element, from = offset % p->element, end;
	int rc = 0;

	if (from && bytes) {
		size_t some = p->element - from < bytes ? p->element - from : bytes;

		move_some(p, i++, from, some, packed);
		packed += some;
		bytes -= some;
	}
	end = i + bytes / p->element;
	if (i < end && p->is_affine)
		rc = move_boxes(p, i, end, packed);
	else if (end - i >= LISTED && amli_layout_indexed(p->layout))
		rc = move_slices(p, i, end, packed);
	else if (i < end)
		move_runs(p, i, end, packed);
	packed += (end - i) * p->element;
	if (rc == 0 && bytes % p->element)
		move_some(p, end, 0, bytes % p->element, packed);
	return rc;
}

/* Once the rest of @p is known. */
static int count(struct packing *p)
{
	p->elements = 1;
	for (size_t d = 0; d < p->ndims; d++)
		if (amli_mul_overflows(p->elements, p->dims[d], &p->elements))
			return amli_fail(AML_EINVAL, "the number of elements overflows");
	return 0;
}

static int describe_affine(struct packing *p)
{
	p->is_affine = true;
	p->ndims = p->affine.ndims;
	p->element = p->affine.element_size;
	memcpy(p->dims, p->affine.dims, p->ndims * sizeof(p->dims[0]));
	return count(p);
}

static int describe(struct packing *p, const struct aml_layout *layout)
{
	int rc;

	p->layout = layout;
	if (amli_layout_affine(layout, &p->affine) == 0)
		return describe_affine(p);
	rc = amli_generic_check(layout, "the layout");
	if (rc)
		return rc;
	p->is_affine = false;
	p->ndims = aml_layout_ndims(layout);
	p->element = aml_layout_element_size(layout);
	aml_layout_dims_native(layout, p->dims);
	return count(p);
}

/* One side of a nest: its loops, of elements that may be long. */
static int describe_nest(struct packing *p, const struct aml_nest *nest)
{
	p->affine.ptr = p->packs ? (char *)nest->src : nest->dst;
	p->affine.element_size = nest->element;
	p->affine.ndims = nest->nloops ? nest->nloops : 1;
	p->affine.dims[0] = 1;
	p->affine.stride[0] = (ptrdiff_t)nest->element;
	for (size_t d = 0; d < nest->nloops; d++) {
		p->affine.dims[d] = nest->loop[d].n;
		p->affine.stride[d] = p->packs ? nest->loop[d].src : nest->loop[d].dst;
	}
	return describe_affine(p);
}

static int describe_plan(struct packing *p, const struct aml_plan *plan)
{
	enum aml_dma_side side;
	struct aml_layout *memory;

	if (aml_plan_nest(plan))
		return describe_nest(p, aml_plan_nest(plan));
	if (plan->strategy == &amli_generic_strategy)
		return describe(p, p->packs ? plan->src : plan->dst);
	if (aml_plan_stream(plan, &side, &memory))
		return describe(p, memory);
	return amli_fail(AML_ENOTSUP, "a plan of this kind (%s) cannot be packed",
			 plan->strategy->name);
}

int amli_packed_bytes(const struct aml_layout *layout, bool written, size_t *bytes)
{
	struct packing p;
	int rc = describe(&p, layout);

	if (rc)
		return rc;
	for (size_t d = 0; written && p.is_affine && d < p.ndims; d++)
		if (p.affine.stride[d] == 0 && p.dims[d] > 1)
			return amli_fail(AML_EINVAL,
					 "dst is a broadcast: native dim %zu has stride 0", d);
	if (amli_mul_overflows(p.elements, p.element, bytes) || !*bytes)
		return amli_fail(AML_EINVAL, "%zu elements of %zu bytes: none, or too many",
				 p.elements, p.element);
	return 0;
}

/* It is described. */
static int move_checked(const struct packing *p, char *packed, size_t offset, size_t bytes)
{
	size_t most;

	if (amli_mul_overflows(p->elements, p->element, &most) || offset > most ||
	    bytes > most - offset)
		return amli_fail(AML_EDOM,
				 "%zu bytes from byte %zu are beyond the %zu that there are", bytes,
				 offset, most);
	return move_range(p, offset, bytes, packed);
}

static int pack(const struct aml_layout *layout, char *packed, size_t offset, size_t bytes,
		bool packs)
{
	struct packing p = {.packs = packs};
	int rc;

	if (!layout || !layout->ops || (!packed && bytes))
		return amli_fail(AML_EINVAL, "%s is NULL", layout ? "the memory" : "the layout");
	if (!aml_area_is_host(aml_layout_area(layout)))
		return amli_fail(AML_ENOTSUP, "the layout is not in host memory");
	rc = describe(&p, layout);
	return rc ? rc : move_checked(&p, packed, offset, bytes);
}

int aml_layout_pack(void *to, const struct aml_layout *from, size_t offset, size_t bytes)
{
	return pack(from, to, offset, bytes, true);
}

int aml_layout_unpack(struct aml_layout *to, const void *from, size_t offset, size_t bytes)
{
	return pack(to, (char *)from, offset, bytes, false);
}

static int pack_plan(const struct aml_plan *plan, char *packed, size_t offset, size_t bytes,
		     bool packs)
{
	struct packing p = {.packs = packs};
	int rc;

	if (!plan || (!packed && bytes))
		return amli_fail(AML_EINVAL, "%s is NULL", plan ? "the memory" : "plan");
	rc = describe_plan(&p, plan);
	return rc ? rc : move_checked(&p, packed, offset, bytes);
}

int aml_plan_pack(const struct aml_plan *plan, void *to, size_t offset, size_t bytes)
{
	return pack_plan(plan, to, offset, bytes, true);
}

int aml_plan_unpack(const struct aml_plan *plan, const void *from, size_t offset, size_t bytes)
{
	return pack_plan(plan, (char *)from, offset, bytes, false);
}
