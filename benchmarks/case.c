/* SPDX-License-Identifier: BSD-3-Clause */
#include "case.h"

#include <stdio.h>
#include <string.h>

#include "aml/layout/dense.h"

/* More than this no case needs, and every product of sizes stays representable. */
#define BYTES_MAX ((size_t)1 << 40)

static int check_perm(struct bench_case *c, char *why, size_t size)
{
	bool seen[CASE_NDIMS] = {false};

	if (!c->nperm)
		for (c->nperm = 0; c->nperm < c->ndims; c->nperm++)
			c->perm[c->nperm] = c->nperm;
	if (c->nperm != c->ndims) {
		snprintf(why, size, "perm has %zu numbers for %zu dims", c->nperm, c->ndims);
		return -1;
	}
	for (size_t i = 0; i < c->ndims; i++) {
		if (c->perm[i] >= c->ndims || seen[c->perm[i]]) {
			snprintf(why, size, "perm is no permutation of 0 to %zu: %zu is %s",
				 c->ndims - 1, c->perm[i],
				 c->perm[i] >= c->ndims ? "too large" : "there twice");
			return -1;
		}
		seen[c->perm[i]] = true;
	}
	return 0;
}

/* What was not given: the whole array, from its beginning, every element. */
static int side_defaults(struct side *s, size_t ndims, const char *name, char *why, size_t size)
{
	if ((s->narray && s->narray != ndims) || (s->noffset && s->noffset != ndims) ||
	    (s->nstep && s->nstep != ndims)) {
		snprintf(why, size, "%s_array, %s_offset and %s_step have %zu numbers, as dims",
			 name, name, name, ndims);
		return -1;
	}
	for (size_t i = 0; i < ndims; i++) {
		if (!s->narray)
			s->array[i] = s->dims[i];
		if (!s->noffset)
			s->offset[i] = 0;
		if (!s->nstep)
			s->step[i] = 1;
	}
	return 0;
}

static int side_finish(struct side *s, size_t ndims, size_t elem, const char *name, char *why,
		       size_t size)
{
	if (side_defaults(s, ndims, name, why, size))
		return -1;
	s->count = 1;
	s->first = 0;
	for (size_t i = ndims; i-- > 0;) {
		size_t n = s->array[i], room;

		if (!n || !s->step[i] || n > BYTES_MAX / elem / s->count) {
			snprintf(why, size,
				 "dim %zu of %s: extents and steps are at least 1, and an "
				 "array at most %zu bytes",
				 i, name, BYTES_MAX);
			return -1;
		}
		room = s->offset[i] < n ? (n - 1 - s->offset[i]) / s->step[i] + 1 : 0;
		if (s->dims[i] > room) {
			snprintf(why, size,
				 "dim %zu of %s: %zu elements from %zu in steps of %zu do "
				 "not fit in %zu",
				 i, name, s->dims[i], s->offset[i], s->step[i], n);
			return -1;
		}
		s->stride[i] = s->count * s->step[i];
		s->first += s->count * s->offset[i];
		s->count *= n;
	}
	return 0;
}

int case_finish(struct bench_case *c, char *why, size_t size)
{
	if (!c->elem || c->elem > 4096) {
		snprintf(why, size, "elem is %zu; it is 1 to 4096 bytes", c->elem);
		return -1;
	}
	if (!c->ndims) {
		snprintf(why, size, "dims are missing");
		return -1;
	}
	if (check_perm(c, why, size))
		return -1;
	c->count = 1;
	for (size_t i = 0; i < c->ndims; i++) {
		if (!c->dims[i] || c->dims[i] > BYTES_MAX / c->elem / c->count) {
			snprintf(why, size,
				 "dims[%zu] is %zu; extents are at least 1, and a case at "
				 "most %zu bytes",
				 i, c->dims[i], BYTES_MAX);
			return -1;
		}
		c->count *= c->dims[i];
		c->src.dims[i] = c->dims[i];
	}
	for (size_t i = 0; i < c->ndims; i++)
		c->dst.dims[i] = c->dims[c->perm[i]];
	if (c->split > c->ndims) {
		snprintf(why, size, "split is %zu, of %zu dims", c->split, c->ndims);
		return -1;
	}
	if (side_finish(&c->src, c->ndims, c->elem, "src", why, size))
		return -1;
	return side_finish(&c->dst, c->ndims, c->elem, "dst", why, size);
}

size_t case_parts(const struct bench_case *c)
{
	size_t n = 1;

	for (size_t i = 0; i < c->split; i++)
		n *= c->dims[i];
	return n;
}

static int side_layout(const struct side *s, size_t ndims, size_t elem, char *array,
		       const size_t *offset, const size_t *dims, struct aml_layout **out)
{
	struct aml_layout *whole;
	int rc = aml_layout_dense_create(&whole, array, AML_LAYOUT_ORDER_C, elem, ndims, s->array,
					 NULL, NULL);

	if (rc)
		return rc;
	rc = aml_layout_slice(whole, out, offset, dims, s->step);
	aml_layout_destroy(&whole);
	return rc;
}

/* Where this request's part begins and how large it is, in the source's order. */
static void part_box(const struct bench_case *c, size_t part, size_t *index, size_t *dims)
{
	for (size_t i = c->ndims; i-- > 0;) {
		index[i] = 0;
		dims[i] = c->dims[i];
		if (i < c->split) {
			index[i] = part % c->dims[i];
			part /= c->dims[i];
			dims[i] = 1;
		}
	}
}

int case_layouts(const struct bench_case *c, size_t part, char *dst_array, char *src_array,
		 struct aml_layout **dst, struct aml_layout **src)
{
	size_t index[CASE_NDIMS], dims[CASE_NDIMS], dst_dims[CASE_NDIMS];
	size_t src_offset[CASE_NDIMS], dst_offset[CASE_NDIMS];
	struct aml_layout *view;
	int rc;

	part_box(c, part, index, dims);
	for (size_t i = 0; i < c->ndims; i++) {
		size_t from = c->perm[i];

		src_offset[i] = c->src.offset[i] + index[i] * c->src.step[i];
		dst_offset[i] = c->dst.offset[i] + index[from] * c->dst.step[i];
		dst_dims[i] = dims[from];
	}
	rc = side_layout(&c->src, c->ndims, c->elem, src_array, src_offset, dims, &view);
	if (rc)
		return rc;
	rc = aml_layout_permute(view, src, c->perm);
	aml_layout_destroy(&view);
	if (rc)
		return rc;
	rc = side_layout(&c->dst, c->ndims, c->elem, dst_array, dst_offset, dst_dims, dst);
	if (rc)
		aml_layout_destroy(src);
	return rc;
}
