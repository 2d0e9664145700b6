/* SPDX-License-Identifier: BSD-3-Clause */
/* AML's table of five operations, the one that all our engines share. */
#include "base/error.h"
#include "dma/engine.h"

static struct amli_engine *engine(const struct aml_dma_data *data)
{
	return (struct amli_engine *)data;
}

static int create_request(struct aml_dma_data *dma, struct aml_dma_request **req,
			  struct aml_layout *dest, struct aml_layout *src, aml_dma_operator op,
			  void *op_arg)
{
	return aml_dma_async_copy_custom(&engine(dma)->dma, req, dest, src, op, op_arg);
}

static int destroy_request(struct aml_dma_data *dma, struct aml_dma_request **req)
{
	return aml_dma_cancel(&engine(dma)->dma, req);
}

static int wait_request(struct aml_dma_data *dma, struct aml_dma_request **req)
{
	return aml_dma_wait(&engine(dma)->dma, req);
}

static int barrier(struct aml_dma_data *dma)
{
	return aml_dma_barrier(&engine(dma)->dma);
}

static int print(const struct aml_dma_data *data, FILE *stream, const char *prefix)
{
	return aml_dma_fprintf(stream, prefix, &engine(data)->dma);
}

struct aml_dma_ops amli_dma_ops = {
	.create_request = create_request,
	.destroy_request = destroy_request,
	.wait_request = wait_request,
	.barrier = barrier,
	.fprintf = print,
};

int amli_engine_refuse(const struct aml_dma *dma, const struct amli_engine *e)
{
	if (!dma)
		return amli_fail(AML_EINVAL, "dma is NULL");
	if (!e)
		return 0;
	return amli_fail(AML_EPERM, "engine %s was opened before fork(): open one in this process",
			 e->text);
}

int amli_engine_need(const struct aml_dma *dma, struct amli_engine **e)
{
	int rc = amli_engine_get(dma, e);

	if (rc || *e)
		return rc;
	return amli_fail(AML_ENOTSUP, "an engine of the program's own has only AML's operations");
}
