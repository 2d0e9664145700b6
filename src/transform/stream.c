/* SPDX-License-Identifier: BSD-3-Clause */
/* Plans with a stream on one side.  They say what is to be packed or unpacked; only the
 * engine that has the stream can run them. */
#include <stdio.h>

#include "aml/engine.h"
#include "base/error.h"
#include "layout/layout.h"
#include "transform/pack.h"
#include "transform/strategy.h"

bool amli_layout_is_stream(const struct aml_layout *layout)
{
	return !layout->ops->ndims && aml_layout_area(layout);
}

static int stream_run(const struct aml_plan *plan, size_t first, size_t end)
{
	(void)plan;
	(void)first;
	(void)end;
	return amli_fail(AML_ENOTSUP, "only the engine that has the stream runs this plan");
}

static void stream_describe(const struct aml_plan *plan, FILE *out)
{
	fprintf(out, "stream %s %zu bytes", amli_layout_is_stream(plan->dst) ? "<-" : "->",
		plan->bytes);
}

static const struct amli_strategy stream_strategy = {
	.name = "stream",
	.run = stream_run,
	.describe = stream_describe,
};

int amli_stream_init(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		     const size_t *perm, unsigned flags)
{
	bool to = amli_layout_is_stream(dst);
	int rc;

	if (to && amli_layout_is_stream(src))
		return amli_fail(AML_ENOTSUP, "both sides are streams: one must be memory");
	if (perm)
		return amli_fail(AML_ENOTSUP,
				 "a stream has no dimensions: permute the layout beside it");
	rc = amli_packed_bytes(to ? src : dst, !to, &plan->bytes);
	if (rc == 0)
		rc = amli_generic_keep(plan, dst, src, flags);
	if (rc)
		return rc;
	plan->strategy = &stream_strategy;
	plan->blocks = 1;
	return 0;
}

const struct aml_layout *aml_plan_stream(const struct aml_plan *plan, enum aml_dma_side *side,
					 struct aml_layout **memory)
{
	bool to;

	if (!plan || plan->strategy != &stream_strategy)
		return NULL;
	to = amli_layout_is_stream(plan->dst);
	*side = to ? AML_DMA_SIDE_DST : AML_DMA_SIDE_SRC;
	*memory = to ? (struct aml_layout *)plan->src : plan->dst;
	return to ? plan->dst : plan->src;
}
