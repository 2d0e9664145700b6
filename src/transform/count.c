/* SPDX-License-Identifier: BSD-3-Clause */
/* How much a range of the odometer's blocks writes, without visiting them. */
#include "transform/strategy.h"

/*
 * Bytes are a product: of the extents that digits cut, each at its position, and of the
 * others.  From the inside out, `whole` is what all the digits so far write together, and
 * `before` what they write up to the block, were the digits further out not there.
 */
size_t amli_nest_before(const struct aml_plan *plan, size_t block)
{
	const struct amli_block *b = &plan->block;
	/* in the order of `cuts`; the one that a digit cuts becomes 1 */
	size_t extent[] = {b->n[0], b->n[1], b->element, plan->group.n ? plan->group.n : 1};
	size_t whole = 1, before = 0;

	if (block == plan->blocks)
		return plan->bytes;
	for (size_t d = 0; d < plan->ndigits; d++) {
		const struct amli_digit *digit = &plan->digit[d];
		size_t at = block % digit->n, full = 1;

		if (digit->cuts != AMLI_CUT_NONE) {
			full = extent[digit->cuts];
			extent[digit->cuts] = 1;
		}
		before *= at == digit->n - 1 ? digit->rest : full;
		before += at * full * whole;
		whole *= (digit->n - 1) * full + digit->rest;
		block /= digit->n;
	}
	return before * extent[0] * extent[1] * extent[2] * extent[3];
}
