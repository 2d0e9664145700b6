/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the two sides of a request live. */
#include "area/range.h"
#include "dma/engine.h"
#include "transform/strategy.h"

/* Memory that the CPU can use is as good as the host's. */
static const struct aml_area *area_at(const void *ptr)
{
	unsigned flags;
	const struct aml_area *area = ptr ? aml_area_of(ptr, &flags) : NULL;

	return area && !(flags & AML_AREA_RANGE_CPU) ? area : NULL;
}

static const struct aml_area *area_of_layout(const struct aml_layout *layout)
{
	return layout->ops->rawptr ? area_at(layout->ops->rawptr(layout->data)) : NULL;
}

/* The first part that is not the host's says it for all. */
static const struct aml_area *area_of_parts(const struct aml_plan *plan, bool dst)
{
	const struct aml_area *area = NULL;
	struct aml_nest nest;

	for (size_t i = 0; !area && i < aml_plan_parts(plan); i++)
		if (aml_plan_part_nest(plan, i, &nest) == 0)
			area = area_at(dst ? nest.dst : nest.src);
	return area;
}

/* It begins with two layouts, not with two addresses. */
static bool is_by_layouts(const struct aml_plan *plan)
{
	enum aml_dma_side side;
	struct aml_layout *memory;

	return plan->strategy == &amli_generic_strategy || aml_plan_stream(plan, &side, &memory) ||
	       (plan->strategy == &amli_pass_strategy && plan->pass.by_layouts);
}

static const struct aml_area *area_by_range(const struct aml_plan *plan, bool dst)
{
	if (!amli_area_has_ranges() || plan->op)
		return NULL;
	if (plan->strategy == &amli_batch_strategy)
		return area_of_parts(plan, dst);
	if (is_by_layouts(plan))
		return area_of_layout(dst ? plan->dst : plan->src);
	return area_at(dst ? plan->nest.dst : plan->nest.src);
}

const struct aml_area *aml_request_area(const struct aml_request *req, enum aml_dma_side side)
{
	bool dst = side == AML_DMA_SIDE_DST;

	while (req->outer)
		req = req->outer;
	if (req->in_areas && req->area[!dst])
		return req->area[!dst];
	return area_by_range(req->plan, dst);
}
