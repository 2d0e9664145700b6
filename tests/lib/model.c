/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/layout/native.h"
#include "layout/layout.h"
#include "tests/lib/model.h"

size_t model_pick(unsigned *state, size_t below)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % below;
}

static void flip(int order, size_t ndims, size_t *out, const size_t *in)
{
	for (size_t i = 0; i < ndims; i++)
		out[i] = in[order & 1 ? ndims - 1 - i : i];
}

void model_flip(const struct model *m, size_t ndims, size_t *out, const size_t *in)
{
	flip(m->order, ndims, out, in);
}

static size_t product(size_t ndims, const size_t *dims)
{
	size_t n = 1;

	for (size_t i = 0; i < ndims; i++)
		n *= dims[i];
	return n;
}

/* The coordinates of the i-th element. */
static void coords_of(size_t i, size_t ndims, const size_t *dims, size_t *coords)
{
	for (size_t d = 0; d < ndims; d++) {
		coords[d] = i % dims[d];
		i /= dims[d];
	}
}

static size_t index_of(const struct model *m, const size_t *coords)
{
	size_t at = 0;

	for (size_t d = m->ndims; d-- > 0;)
		at = at * m->dims[d] + coords[d];
	return at;
}

/* A table for these dims, not filled. */
static struct model shaped(const struct model *like, size_t ndims, const size_t *dims)
{
	struct model m = *like;

	m.ndims = ndims;
	for (size_t i = 0; i < ndims; i++)
		m.dims[i] = dims[i];
	m.count = product(ndims, m.dims);
	m.at = calloc(m.count, sizeof(*m.at));
	ck_assert_ptr_nonnull(m.at);
	return m;
}

static void replace(struct model *m, struct model by)
{
	free(m->at);
	*m = by;
}

void model_free(struct model *m)
{
	free(m->at);
	m->at = NULL;
}

struct model model_dense(char *ptr, int order, size_t element, size_t ndims, const size_t *dims,
			 const size_t *stride, const size_t *pitch)
{
	struct model like = {.order = order & 1, .element = element};
	size_t native[AML_NDIMS_MAX], c[AML_NDIMS_MAX];
	struct model m;

	flip(order, ndims, native, dims);
	m = shaped(&like, ndims, native);
	for (size_t i = 0; i < m.count; i++) {
		size_t slot = element;

		m.at[i] = ptr;
		coords_of(i, ndims, m.dims, c);
		for (size_t d = 0; d < ndims; d++) {
			size_t user = order & 1 ? ndims - 1 - d : d;

			m.at[i] += c[d] * (stride ? stride[user] : 1) * slot;
			slot *= pitch ? pitch[user] : dims[user];
		}
	}
	return m;
}

void model_slice(struct model *m, const size_t *offsets, const size_t *dims, const size_t *strides)
{
	struct model s = shaped(m, m->ndims, dims);
	size_t c[AML_NDIMS_MAX];

	for (size_t i = 0; i < s.count; i++) {
		coords_of(i, s.ndims, s.dims, c);
		for (size_t d = 0; d < s.ndims; d++)
			c[d] = offsets[d] + c[d] * strides[d];
		s.at[i] = m->at[index_of(m, c)];
	}
	replace(m, s);
}

void model_reshape(struct model *m, size_t ndims, const size_t *dims)
{
	struct model s = shaped(m, ndims, dims);

	ck_assert_uint_eq(s.count, m->count);
	memcpy(s.at, m->at, m->count * sizeof(*s.at));
	replace(m, s);
}

void model_permute(struct model *m, const size_t *from)
{
	size_t dims[AML_NDIMS_MAX], c[AML_NDIMS_MAX], t[AML_NDIMS_MAX];
	struct model s;

	for (size_t d = 0; d < m->ndims; d++)
		dims[d] = m->dims[from[d]];
	s = shaped(m, m->ndims, dims);
	for (size_t i = 0; i < s.count; i++) {
		coords_of(i, s.ndims, s.dims, c);
		for (size_t d = 0; d < s.ndims; d++)
			t[from[d]] = c[d];
		s.at[i] = m->at[index_of(m, t)];
	}
	replace(m, s);
}

void model_broadcast(struct model *m, size_t ndims, const size_t *dims)
{
	struct model s = shaped(m, ndims, dims);
	size_t c[AML_NDIMS_MAX];

	for (size_t i = 0; i < s.count; i++) {
		coords_of(i, ndims, s.dims, c);
		for (size_t d = 0; d < m->ndims; d++)
			c[d] %= m->dims[d]; /* 0 where it is stretched */
		s.at[i] = m->at[index_of(m, c)];
	}
	replace(m, s);
}

void model_pad(struct model *m, const size_t *dims, const void *neutral)
{
	struct model s = shaped(m, m->ndims, dims);
	size_t c[AML_NDIMS_MAX];

	memcpy(s.neutral, neutral, m->element);
	for (size_t i = 0; i < s.count; i++) {
		bool inside = true;

		coords_of(i, s.ndims, s.dims, c);
		for (size_t d = 0; d < s.ndims; d++)
			inside = inside && c[d] < m->dims[d];
		s.at[i] = inside ? m->at[index_of(m, c)] : NULL;
	}
	replace(m, s);
}

bool model_is_affine(const struct model *m)
{
	ptrdiff_t stride[AML_NDIMS_MAX];
	size_t c[AML_NDIMS_MAX], step = 1;

	for (size_t d = 0; d < m->ndims; d++) {
		stride[d] = m->dims[d] > 1 ? m->at[step] - m->at[0] : 0;
		step *= m->dims[d];
	}
	for (size_t i = 0; i < m->count; i++) {
		char *at = m->at[0];

		coords_of(i, m->ndims, m->dims, c);
		for (size_t d = 0; d < m->ndims; d++)
			at += (ptrdiff_t)c[d] * stride[d];
		if (m->at[i] != at)
			return false;
	}
	return true;
}

/* Not by Check's assertions: there are millions of these, and each would be logged. */
static void expect(bool holds, const char *what, size_t i)
{
	if (!holds)
		ck_abort_msg("%s is wrong at element %zu in native order", what, i);
}

static bool is_element(const struct model *m, size_t i, const void *got)
{
	if (m->at[i])
		return got == m->at[i];
	return got && memcmp(got, m->neutral, m->element) == 0;
}

static void expect_shape(const struct model *m, const struct aml_layout *layout)
{
	size_t dims[AML_NDIMS_MAX], user[AML_NDIMS_MAX];

	ck_assert_uint_eq(aml_layout_ndims(layout), m->ndims);
	ck_assert_uint_eq(aml_layout_element_size(layout), m->element);
	ck_assert_int_eq(aml_layout_order(layout), m->order);
	ck_assert_int_eq(aml_layout_dims_native(layout, dims), 0);
	ck_assert_mem_eq(dims, m->dims, m->ndims * sizeof(*dims));
	model_flip(m, m->ndims, user, m->dims);
	ck_assert_int_eq(aml_layout_dims(layout, dims), 0);
	ck_assert_mem_eq(dims, user, m->ndims * sizeof(*dims));
}

/* The run at element i, which is at coords c, and that it stays in its row.  Asked of
 * the operation itself, as the library would shorten a run that is too long. */
static void expect_run(const struct model *m, const struct aml_layout *layout, size_t i,
		       const size_t *c)
{
	size_t rest = m->dims[0] - c[0];

	for (size_t max = 1; max <= rest + 1; max += rest) {
		struct aml_layout_run run;

		layout->ops->run(layout->data, c, max, &run);
		expect(run.n >= 1 && run.n <= (max < rest ? max : rest), "run.n", i);
		for (size_t k = 0; k < run.n; k++) {
			expect(is_element(m, i + k, run.ptr + (ptrdiff_t)k * run.stride), "run",
			       i + k);
			expect(run.readonly == !m->at[i + k], "run.readonly", i + k);
		}
	}
}

static void expect_affine(const struct model *m, const struct aml_layout *layout)
{
	struct aml_affine a;
	size_t c[AML_NDIMS_MAX];
	int rc = amli_layout_affine(layout, &a);

	if (rc) {
		ck_assert_int_eq(rc, -AML_ENOTSUP);
		return;
	}
	ck_assert_uint_eq(a.ndims, m->ndims);
	ck_assert_uint_eq(a.element_size, m->element);
	ck_assert_mem_eq(a.dims, m->dims, m->ndims * sizeof(*a.dims));
	for (size_t i = 0; i < m->count; i++) {
		char *at = a.ptr;

		coords_of(i, m->ndims, m->dims, c);
		for (size_t d = 0; d < m->ndims; d++)
			at += (ptrdiff_t)c[d] * a.stride[d];
		expect(at == m->at[i], "affine", i);
	}
}

void model_expect(const struct model *m, const struct aml_layout *layout)
{
	size_t c[AML_NDIMS_MAX], user[AML_NDIMS_MAX];

	expect_shape(m, layout);
	ck_assert(layout->ops->run != NULL);
	expect(is_element(m, 0, aml_layout_rawptr(layout)), "rawptr", 0);
	for (size_t i = 0; i < m->count; i++) {
		coords_of(i, m->ndims, m->dims, c);
		model_flip(m, m->ndims, user, c);
		expect(is_element(m, i, aml_layout_deref_native(layout, c)), "deref_native", i);
		expect(is_element(m, i, aml_layout_deref(layout, user)), "deref", i);
		expect(is_element(m, i, aml_layout_deref_safe(layout, user)), "deref_safe", i);
		expect_run(m, layout, i, c);
	}
	expect_affine(m, layout);
}
