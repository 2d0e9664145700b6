/* SPDX-License-Identifier: BSD-3-Clause */
/* The memcpy engine: runs the whole plan in the caller, inside submit.
 * The smallest correct engine; copy this folder to start another. */
#include "aml/engine.h"

static int memcpy_submit(struct aml_engine *e, struct aml_request *req)
{
	(void)e;
	aml_request_complete(req, aml_request_run(req, 0, 1));
	return 0;
}

static const struct aml_engine_ops memcpy_ops = {
	.size = sizeof(memcpy_ops),
	.open = aml_engine_open_plain, /* no state of its own */
	.close = aml_engine_close_plain,
	.submit = memcpy_submit,
	.progress = aml_engine_no_progress,
	.cancel = aml_engine_no_cancel, /* it is over before anyone could ask */
	.reaches = aml_engine_reaches_host_only,
	.fprintf = aml_engine_no_fprintf,
};

AML_BACKEND(memcpy) = {
	.abi = AML_ENGINE_ABI,
	.name = "memcpy",
	.summary = "copies in the calling thread",
	.flags = AML_DMA_INLINE | AML_DMA_HOST | AML_DMA_OPERATORS | AML_DMA_ORDERED,
	.engine = &memcpy_ops,
};
