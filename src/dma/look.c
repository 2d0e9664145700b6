/* SPDX-License-Identifier: BSD-3-Clause */
/* For backends that have calls of their own: the engine behind a dma, and what an engine tells of
 * a request. */
#include <assert.h>
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

void aml_request_tell(struct aml_request *req, const void *about, const void *bytes, size_t size)
{
	assert(size <= AML_REQUEST_TOLD);
	for (; req; req = req->outer) {
		memcpy(req->told, bytes, size);
		req->told_about = about;
		amli_set(req->has_told, true);
	}
}

int aml_request_told(struct aml_dma *dma, struct aml_dma_request *handle, const void *about,
		     void *bytes, size_t size)
{
	struct aml_request *req;
	struct amli_engine *e;
	int rc = amli_engine_need(dma, &e);

	if (rc == 0 && (!handle || !about || !bytes || size > AML_REQUEST_TOLD))
		rc = amli_fail(AML_EINVAL,
			       "%s is NULL, or %zu bytes are more than the %d there are",
			       handle ? "about or bytes" : "the request", size, AML_REQUEST_TOLD);
	if (rc == 0)
		rc = amli_pin(e, handle, &req);
	if (rc)
		return rc;
	if (!has_ended(req))
		rc = amli_fail(AML_EAGAIN, "the request has not ended");
	else if (!amli_get(req->has_told) || req->told_about != about)
		rc = amli_fail(AML_EINVAL, "nothing like that was told of the request");
	else
		memcpy(bytes, req->told, size);
	amli_unpin(req);
	return rc;
}
