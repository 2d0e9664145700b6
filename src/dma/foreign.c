/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/error.h"
#include "dma/foreign.h"

static int lacks(const char *operation)
{
	return amli_fail(AML_ENOTSUP, "this engine is the program's own, and has no %s operation",
			 operation);
}

int amli_foreign_submit(struct aml_dma *dma, struct aml_dma_request **req, struct aml_layout *dst,
			const struct aml_layout *src, aml_dma_operator op, void *arg)
{
	if (!dma->ops || !dma->ops->create_request)
		return lacks("create_request");
	/* AML's table has no const here; whether it writes is the engine's affair. */
	return dma->ops->create_request(dma->data, req, dst, (struct aml_layout *)src, op, arg);
}

int amli_foreign_wait(struct aml_dma *dma, struct aml_dma_request **req)
{
	int rc;

	if (!dma->ops || !dma->ops->wait_request)
		return lacks("wait_request");
	rc = dma->ops->wait_request(dma->data, req);
	*req = NULL;
	return rc;
}

int amli_foreign_copy(struct aml_dma *dma, struct aml_layout *dst, const struct aml_layout *src,
		      aml_dma_operator op, void *arg)
{
	struct aml_dma_request *req = NULL;
	int rc;

	if (!dma->ops || !dma->ops->wait_request)
		return lacks("wait_request");
	rc = amli_foreign_submit(dma, &req, dst, src, op, arg);
	return rc ? rc : amli_foreign_wait(dma, &req);
}

int amli_foreign_cancel(struct aml_dma *dma, struct aml_dma_request **req)
{
	int rc;

	if (!dma->ops || !dma->ops->destroy_request)
		return lacks("destroy_request");
	rc = dma->ops->destroy_request(dma->data, req);
	*req = NULL;
	return rc;
}

int amli_foreign_barrier(struct aml_dma *dma)
{
	if (!dma->ops || !dma->ops->barrier)
		return lacks("barrier");
	return dma->ops->barrier(dma->data);
}

int amli_foreign_fprintf(const struct aml_dma *dma, FILE *stream, const char *prefix)
{
	if (!dma->ops || !dma->ops->fprintf)
		return lacks("fprintf");
	return dma->ops->fprintf(dma->data, stream, prefix);
}
