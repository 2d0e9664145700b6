/* SPDX-License-Identifier: BSD-3-Clause */
/* What is done to data.  The CPU does it, on the plan's nest, so the data must be in host
 * memory: the engine sees to that (reaches). */
#include <string.h>

#include "fault.h"

bool amli_fault_is_possible(enum amli_fault_what what, const struct aml_plan *plan)
{
	switch (what) {
	case AMLI_FAULT_SHORT:
	case AMLI_FAULT_STUCK:
		return aml_plan_nest(plan) || aml_plan_split(plan, 2) == 2;
	case AMLI_FAULT_CORRUPT:
		return aml_plan_nest(plan) && aml_plan_bytes(plan) > 0;
	default:
		return true;
	}
}

/* Element @k in the order of the loops. */
static void fault_find(const struct aml_nest *nest, size_t k, char **dst, const char **src)
{
	*dst = nest->dst;
	*src = nest->src;
	for (size_t i = 0; i < nest->nloops; i++) {
		ptrdiff_t step = (ptrdiff_t)(k % nest->loop[i].n);

		*dst += step * nest->loop[i].dst;
		*src += step * nest->loop[i].src;
		k /= nest->loop[i].n;
	}
}

/* Half of the elements, or of the only one. */
static size_t fault_move_half(const struct aml_nest *nest, size_t bytes)
{
	size_t n = nest->element ? bytes / nest->element / 2 : 0;
	const char *src;
	char *dst;

	for (size_t k = 0; k < n; k++) {
		fault_find(nest, k, &dst, &src);
		memcpy(dst, src, nest->element);
	}
	if (n > 0)
		return n * nest->element;
	memcpy(nest->dst, nest->src, bytes / 2);
	return bytes / 2;
}

int amli_fault_move_half(struct aml_request *req, size_t *bytes)
{
	const struct aml_plan *plan = aml_request_plan(req);
	const struct aml_nest *nest = aml_plan_nest(plan);
	int rc;

	*bytes = SIZE_MAX;
	if (!nest)
		return aml_request_run(req, 0, 2);
	rc = aml_request_start(req);
	if (rc)
		return rc;
	*bytes = fault_move_half(nest, aml_plan_bytes(plan));
	aml_request_advance(req, *bytes);
	return 0;
}

void amli_fault_corrupt(const struct aml_plan *plan, uint64_t which)
{
	const struct aml_nest *nest = aml_plan_nest(plan);
	size_t byte = which % aml_plan_bytes(plan);
	const char *src;
	char *dst;

	fault_find(nest, byte / nest->element, &dst, &src);
	dst[byte % nest->element] ^= (char)0xff;
}
