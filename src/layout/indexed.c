/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdlib.h>

#include "aml/layout/indexed.h"
#include "base/error.h"
#include "base/mem.h"
#include "layout/affine.h"
#include "layout/indexed.h"
#include "layout/layout.h"

struct indexed_block {
	struct aml_layout handle;
	struct amli_indexed indexed;
};

static struct aml_layout_ops indexed_ops;

static const struct amli_indexed *indexed_of(const struct aml_layout_data *data)
{
	return (const struct amli_indexed *)data;
}

const struct amli_indexed *amli_layout_indexed(const struct aml_layout *layout)
{
	return layout->ops == &indexed_ops ? indexed_of(layout->data) : NULL;
}

bool amli_indexed_line(const struct aml_affine *at, struct amli_line *line)
{
	*line = (struct amli_line){at->ptr, at->element_size, (ptrdiff_t)at->element_size, 1};
	for (size_t i = 0; i < at->ndims; i++) {
		if (at->stride[i] == 0 || at->dims[i] == 1)
			continue;
		if (line->n > 1 && at->stride[i] != (ptrdiff_t)line->n * line->step)
			return false;
		if (line->n == 1)
			line->step = at->stride[i];
		line->n *= at->dims[i];
	}
	return true;
}

/* How far the elements of a block reach, in bytes above and below its first. */
static void block_reach(const struct aml_affine *by, size_t *above, size_t *below)
{
	*above = by->element_size;
	*below = 0;
	for (size_t i = 0; i < by->ndims; i++) {
		ptrdiff_t reach = (ptrdiff_t)(by->dims[i] - 1) * by->stride[i];

		if (reach < 0)
			*below += (size_t)-reach;
		else
			*above += (size_t)reach;
	}
}

void amli_indexed_bounds(const struct amli_indexed *x, uintptr_t *low, uintptr_t *high)
{
	size_t above, below;

	block_reach(&x->by, &above, &below);
	*low = (uintptr_t)x->by.ptr + x->facts.low * (size_t)x->unit - below;
	*high = (uintptr_t)x->by.ptr + x->facts.high * (size_t)x->unit + above;
}

/* The distance of blocks that follow each other without a gap, in units; one that no
 * list has if there is none. */
static uint64_t next_block(const struct amli_indexed *x)
{
	ptrdiff_t end = (ptrdiff_t)x->by.element_size;

	for (size_t i = 0; i < x->by.ndims; i++) {
		if (x->at.stride[i] || x->by.dims[i] == 1)
			continue;
		if (x->by.stride[i] != end)
			return UINT64_MAX;
		end *= (ptrdiff_t)x->by.dims[i];
	}
	return end % x->unit ? UINT64_MAX : (uint64_t)(end / x->unit);
}

/* From a geometry; *x but for what is in the list.  Takes a hold on the list. */
static int create(struct aml_layout **out, const struct amli_indexed *x, bool read)
{
	struct indexed_block *b = amli_calloc(1, sizeof(*b));
	struct amli_indexed *to;

	if (!b)
		return amli_fail(AML_ENOMEM, "no memory for a layout");
	to = &b->indexed;
	b->handle.ops = &indexed_ops;
	b->handle.data = (struct aml_layout_data *)to;
	*to = *x;
	if (read) {
		to->is_line = amli_indexed_line(&to->at, &to->line);
		if (to->is_line)
			amli_line_read(&to->line, next_block(to), &to->facts);
	}
	amli_index_list_hold(to->list);
	*out = &b->handle;
	return 0;
}

/* The numbers that say how large things are. */
static int check_sizes(size_t element_size, size_t block, size_t n, size_t index_bytes)
{
	const size_t dims[2] = {block, n};
	size_t bytes;

	if (element_size == 0)
		return amli_fail(AML_EINVAL, "elements of 0 bytes");
	if (amli_dims_check(2, dims) || !amli_dims_count(2, dims, element_size))
		return -AML_EINVAL;
	if (amli_mul_overflows(n, index_bytes, &bytes) || bytes > PTRDIFF_MAX)
		return amli_fail(AML_EINVAL, "a list of %zu indices overflows", n);
	return 0;
}

/* No block ends beyond the extent, or wraps around the address space. */
static int check_reach(const struct amli_indexed *x, size_t block, size_t extent)
{
	size_t unit = (size_t)x->unit, element = x->by.element_size, end;
	uintptr_t at = (uintptr_t)x->by.ptr;
	uint64_t high = x->facts.high;

	if (amli_mul_overflows(high, unit, &end) ||
	    amli_add_overflows(end, block * element, &end) || end > PTRDIFF_MAX ||
	    end > UINTPTR_MAX - at)
		return amli_fail(AML_EINVAL,
				 "index %" PRIu64
				 " in units of %zu bytes from %p on is outside the "
				 "address space",
				 high, unit, (void *)x->by.ptr);
	if (extent && end / element > extent)
		return amli_fail(AML_EINVAL,
				 "index %" PRIu64
				 ": its block ends with element %zu, the extent is "
				 "%zu",
				 high, end / element, extent);
	return 0;
}

/* Blocks as the fast dimension, unless they are single elements. */
static void set_geometry(struct amli_indexed *x, size_t element_size, size_t block, size_t n)
{
	size_t at = block > 1;

	x->by.element_size = element_size;
	x->by.ndims = x->at.ndims = 1 + at;
	x->by.dims[0] = x->at.dims[0] = block;
	x->by.stride[0] = (ptrdiff_t)element_size;
	x->at.stride[0] = 0;
	x->by.dims[at] = x->at.dims[at] = n;
	x->by.stride[at] = 0;
	x->at.stride[at] = (ptrdiff_t)x->at.element_size;
}

int aml_layout_indexed_create(struct aml_layout **layout, void *ptr, const int order,
			      const size_t element_size, const size_t block, const size_t n,
			      const void *index, const size_t extent, const unsigned flags)
{
	const unsigned known = AML_LAYOUT_INDEXED_64 | AML_LAYOUT_INDEXED_BLOCKS |
			       AML_LAYOUT_INDEXED_BORROW;
	size_t index_bytes = flags & AML_LAYOUT_INDEXED_64 ? 8 : 4;
	struct amli_indexed x = {.order = AML_LAYOUT_ORDER(order)};
	int rc;

	if (!layout)
		return amli_fail(AML_EINVAL, "indexed: no place for the result (layout is NULL)");
	*layout = NULL;
	if (!ptr || !index)
		return amli_fail(AML_EINVAL, "indexed: %s is NULL", ptr ? "index" : "ptr");
	if (flags & ~known)
		return amli_fail(AML_EINVAL, "indexed: flags 0x%x: 0x%x are known", flags, known);
	rc = check_sizes(element_size, block, n, index_bytes);
	if (rc)
		return rc;
	if (!(flags & AML_LAYOUT_INDEXED_BORROW)) {
		x.list = amli_index_list_copy(index, n * index_bytes);
		if (!x.list)
			return amli_fail(AML_ENOMEM, "no memory for a list of %zu indices", n);
	}
	x.by.ptr = ptr;
	x.at.ptr = x.list ? x.list->at : (char *)(uintptr_t)index;
	x.at.element_size = index_bytes;
	x.unit = (ptrdiff_t)(flags & AML_LAYOUT_INDEXED_BLOCKS ? element_size * block
							       : element_size);
	set_geometry(&x, element_size, block, n);
	x.is_line = amli_indexed_line(&x.at, &x.line);
	amli_line_read(&x.line, next_block(&x), &x.facts);
	rc = check_reach(&x, block, extent);
	if (!rc)
		rc = create(layout, &x, false);
	amli_index_list_release(x.list); /* the layout has a hold of its own */
	return rc;
}

static void destroy(struct aml_layout *layout)
{
	amli_index_list_release(indexed_of(layout->data)->list);
	free(layout);
}

static char *element_at(const struct amli_indexed *x, const size_t *coords)
{
	uint64_t index = amli_index_at(amli_affine_at(&x->at, coords), x->at.element_size);

	return amli_affine_at(&x->by, coords) + (ptrdiff_t)index * x->unit;
}

static void *deref_native(const struct aml_layout_data *data, const size_t *coords)
{
	return element_at(indexed_of(data), coords);
}

static void *deref(const struct aml_layout_data *data, const size_t *coords)
{
	const struct amli_indexed *x = indexed_of(data);
	size_t native[AML_NDIMS_MAX];

	amli_order_copy(x->order, x->by.ndims, native, coords);
	return element_at(x, native);
}

static void *rawptr(const struct aml_layout_data *data)
{
	return indexed_of(data)->by.ptr;
}

static int order(const struct aml_layout_data *data)
{
	return indexed_of(data)->order;
}

static int dims_native(const struct aml_layout_data *data, size_t *dims)
{
	const struct aml_affine *a = &indexed_of(data)->by;

	memcpy(dims, a->dims, a->ndims * sizeof(*dims));
	return 0;
}

static int dims(const struct aml_layout_data *data, size_t *out)
{
	const struct amli_indexed *x = indexed_of(data);

	amli_order_copy(x->order, x->by.ndims, out, x->by.dims);
	return 0;
}

static size_t ndims(const struct aml_layout_data *data)
{
	return indexed_of(data)->by.ndims;
}

static size_t element_size(const struct aml_layout_data *data)
{
	return indexed_of(data)->by.element_size;
}

/* A shape that both the list and the blocks have.  The list's entries stay in order, so
 * what is known of it stays true. */
static int reshape(const struct aml_layout_data *data, struct aml_layout **out, const size_t n,
		   const size_t *wanted)
{
	struct amli_indexed x = *indexed_of(data);
	const struct amli_indexed *in = indexed_of(data);
	size_t native[AML_NDIMS_MAX], from[AML_NDIMS_MAX];
	int rc = amli_dims_check(n, wanted);

	if (rc)
		return rc;
	amli_order_copy(x.order, n, native, wanted);
	rc = amli_affine_reshape(&in->by, &x.by, n, native, from);
	if (!rc)
		rc = amli_affine_reshape(&in->at, &x.at, n, native, from);
	return rc ? rc : create(out, &x, false);
}

static int slice_native(const struct aml_layout_data *data, struct aml_layout **out,
			const size_t *offsets, const size_t *extents, const size_t *strides)
{
	struct amli_indexed x = *indexed_of(data);
	const struct amli_indexed *in = indexed_of(data);
	int rc = amli_affine_slice(&in->by, &x.by, offsets, extents, strides);

	if (!rc)
		rc = amli_affine_slice(&in->at, &x.at, offsets, extents, strides);
	return rc ? rc : create(out, &x, true);
}

static int slice(const struct aml_layout_data *data, struct aml_layout **out, const size_t *offsets,
		 const size_t *extents, const size_t *strides)
{
	const struct amli_indexed *x = indexed_of(data);
	size_t native[3][AML_NDIMS_MAX];

	amli_order_copy(x->order, x->by.ndims, native[0], offsets);
	amli_order_copy(x->order, x->by.ndims, native[1], extents);
	amli_order_copy(x->order, x->by.ndims, native[2], strides);
	return slice_native(data, out, native[0], native[1], native[2]);
}

int amli_indexed_permute(const struct amli_indexed *in, struct aml_layout **out, const size_t *from)
{
	struct amli_indexed x = *in;

	for (size_t i = 0; i < in->by.ndims; i++) {
		x.by.dims[i] = x.at.dims[i] = in->by.dims[from[i]];
		x.by.stride[i] = in->by.stride[from[i]];
		x.at.stride[i] = in->at.stride[from[i]];
	}
	x.is_line = in->is_line && amli_indexed_line(&x.at, &x.line);
	return create(out, &x, false);
}

static int print(const struct aml_layout_data *data, FILE *stream, const char *prefix)
{
	const struct amli_indexed *x = indexed_of(data);

	fprintf(stream, "%s: indexed layout %p, %s\n", prefix, (const void *)x,
		amli_order_name(x->order));
	fprintf(stream, "%s: ptr: %p\n", prefix, (void *)x->by.ptr);
	fprintf(stream, "%s: list: %p, %zu-bit, %s, %" PRIu64 " to %" PRIu64 " x %td bytes\n",
		prefix, (const void *)x->at.ptr, 8 * x->at.element_size,
		x->list ? "copied" : "borrowed", x->facts.low, x->facts.high, x->unit);
	fprintf(stream, "%s: element size: %zu\n", prefix, x->by.element_size);
	fprintf(stream, "%s: ndims: %zu\n", prefix, x->by.ndims);
	for (size_t i = 0; i < x->by.ndims; i++) {
		size_t native = x->order == AML_LAYOUT_ORDER_C ? x->by.ndims - 1 - i : i;
		bool listed = x->at.stride[native] != 0;

		fprintf(stream, "%s: %16zu: %16zu %16td%s\n", prefix, i, x->by.dims[native],
			listed ? x->at.stride[native] : x->by.stride[native],
			listed ? " of the list" : "");
	}
	return 0;
}

static int duplicate(const struct aml_layout *layout, struct aml_layout **out, void *ptr)
{
	struct amli_indexed x = *indexed_of(layout->data);
	uintptr_t low, high;

	if (ptr) {
		x.by.ptr = ptr;
		amli_indexed_bounds(&x, &low, &high);
		if (high < low)
			return amli_fail(AML_EINVAL,
					 "at %p the layout wraps around the address space", ptr);
	}
	return create(out, &x, false);
}

/* Lists at one distance are strided; at none, a broadcast. */
static int affine(const struct aml_layout_data *data, struct aml_affine *out)
{
	const struct amli_indexed *x = indexed_of(data);
	ptrdiff_t by = (ptrdiff_t)x->facts.delta * x->unit;

	if (!x->is_line || !x->facts.constant)
		return -AML_ENOTSUP;
	amli_affine_copy(out, &x->by);
	out->ptr += (ptrdiff_t)amli_line_index(&x->line, 0) * x->unit;
	for (size_t i = 0; i < out->ndims; i++)
		if (x->at.stride[i])
			out->stride[i] = x->at.stride[i] / x->line.step * by;
	return 0;
}

/* Along the list: as many as are at one distance. */
static void run(const struct aml_layout_data *data, const size_t *coords_native, size_t max,
		struct aml_layout_run *out)
{
	const struct amli_indexed *x = indexed_of(data);
	size_t rest = x->by.dims[0] - coords_native[0], bytes = x->at.element_size;
	const char *at = amli_affine_at(&x->at, coords_native);
	uint64_t here = amli_index_at(at, bytes), delta;

	if (max > rest)
		max = rest;
	*out = (struct aml_layout_run){
		.ptr = amli_affine_at(&x->by, coords_native) + (ptrdiff_t)here * x->unit,
		.stride = x->by.stride[0],
		.n = max,
	};
	if (x->at.stride[0] == 0 || max == 1)
		return;
	delta = amli_index_at(at + x->at.stride[0], bytes) - here;
	out->stride = (ptrdiff_t)delta * x->unit;
	out->n = 1;
	while (out->n < max && amli_index_at(at += x->at.stride[0], bytes) - here == delta) {
		here += delta;
		out->n++;
	}
}

static struct aml_layout_ops indexed_ops = {
	.deref = deref,
	.deref_native = deref_native,
	.rawptr = rawptr,
	.order = order,
	.dims = dims,
	.dims_native = dims_native,
	.ndims = ndims,
	.element_size = element_size,
	.reshape = reshape,
	.slice = slice,
	.slice_native = slice_native,
	.fprintf = print,
	.duplicate = duplicate,
	.destroy = destroy,
	.affine = affine,
	.run = run,
};
