/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rows along a list of indices.  What is at one distance there is seldom longer than two
 * elements, so as many as a buffer holds are gathered before the operation, or scattered
 * after it.
 */
#include "layout/affine.h"
#include "layout/indexed.h"
#include "layout/layout.h"
#include "transform/pass.h"

#define ENOUGH ((size_t)16) /* elements that are worth a row of their own */

/* n elements from these coordinates on, to or from a buffer. */
static void move(const struct amli_indexed *x, enum amli_op op, const size_t *at, char *dst,
		 const char *src, size_t n)
{
	size_t e = x->by.element_size;
	const struct amli_indices indices = {
		.at = amli_affine_at(&x->at, at),
		.bytes = x->at.element_size,
		.step = x->at.stride[0],
		.ahead = x->by.dims[0] - at[0],
	};
	struct amli_block block = {
		.element = e,
		.n = {n, 1},
		.dst = {op == AMLI_SCATTER ? x->unit : (ptrdiff_t)e, 0},
		.src = {op == AMLI_GATHER ? x->unit : (ptrdiff_t)e, 0},
		.indices = &indices,
	};

	amli_kernel_select(op, e)->run(dst, src, NULL, &block);
}

bool amli_pass_is_short(const struct aml_layout *layout, size_t max,
			const struct aml_layout_run *run)
{
	const struct amli_indexed *x = amli_layout_indexed(layout);

	return x && run->n < max && run->n < ENOUGH && 2 * x->by.element_size <= AMLI_PASS_STAGE;
}

void amli_pass_stage(const struct aml_layout *layout, const size_t *at, size_t max, char *buffer,
		     struct aml_layout_run *run, bool gather)
{
	const struct amli_indexed *x = amli_layout_indexed(layout);
	size_t e = x->by.element_size, n = AMLI_PASS_STAGE / e;

	n = max < n ? max : n;
	if (gather)
		move(x, AMLI_GATHER, at, buffer, amli_affine_at(&x->by, at), n);
	*run = (struct aml_layout_run){.ptr = buffer, .stride = (ptrdiff_t)e, .n = n};
}

void amli_pass_scatter(const struct aml_layout *layout, const size_t *at, size_t n,
		       const char *buffer)
{
	const struct amli_indexed *x = amli_layout_indexed(layout);

	move(x, AMLI_SCATTER, at, amli_affine_at(&x->by, at), buffer, n);
}
