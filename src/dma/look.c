/* SPDX-License-Identifier: BSD-3-Clause */
/* For backends that have calls of their own: the engine behind a dma, and what an engine left in
 * a request. */
#include <string.h>

#include "base/error.h"
#include "dma/engine.h"

struct aml_engine *aml_engine_of(const struct aml_dma *dma, const struct aml_engine_ops *ops)
{
	struct amli_engine *e = dma ? amli_engine_of(dma) : NULL;

	return e && e->ops == ops ? &e->pub : NULL;
}

/* In the callback it has ended, but is not DONE yet, and this is the thread that ended it. */
static bool has_ended(struct aml_request *req)
{
	uint64_t word = atomic_load_explicit(&req->word, memory_order_acquire);

	return !amli_is_under_way(word) || (amli_get(req->ended) && amli_may_block());
}

int aml_request_look(struct aml_dma *dma, struct aml_dma_request *handle, void *private_bytes)
{
	struct aml_request *req;
	struct amli_engine *e;
	int rc = amli_engine_need(dma, &e);

	if (rc == 0 && (!handle || !private_bytes))
		rc = amli_fail(AML_EINVAL, "%s is NULL", handle ? "private_bytes" : "the request");
	if (rc == 0)
		rc = amli_pin(e, handle, &req);
	if (rc)
		return rc;
	if (has_ended(req))
		memcpy(private_bytes, req->private, sizeof(req->private));
	else
		rc = amli_fail(AML_EAGAIN, "the request has not ended");
	amli_unpin(req);
	return rc;
}
