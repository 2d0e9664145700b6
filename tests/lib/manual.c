/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <string.h>

#include "base/spec.h"
#include "dma/engine.h"
#include "tests/lib/manual.h"

struct manual manual;

static int manual_engine_open(struct aml_engine *e, const struct aml_spec *spec)
{
	(void)spec;
	e->caps.flags = manual.flags;
	if (manual.fd)
		e->fd = manual.fd;
	return manual.open_fails;
}

static void manual_close(struct aml_engine *e)
{
	(void)e;
	atomic_fetch_add(&manual.closed, 1);
}

static int manual_submit(struct aml_engine *e, struct aml_dma_request *req)
{
	(void)e;
	if (manual.submit_fails)
		return manual.submit_fails;
	manual.req[atomic_load(&manual.submitted) % 64] = req;
	if (manual.at_once)
		aml_request_complete(req, 0);
	atomic_fetch_add(&manual.submitted, 1);
	return 0;
}

static int manual_progress(struct aml_engine *e, struct aml_dma_request *req)
{
	(void)e;
	(void)req;
	atomic_fetch_add(&manual.progressed, 1);
	return 0;
}

static int manual_cancel(struct aml_engine *e, struct aml_dma_request *req)
{
	(void)e;
	atomic_fetch_add(&manual.cancelled, 1);
	if (!manual.cancel)
		aml_request_complete(req, -AML_ECANCELED);
	return manual.cancel;
}

static bool manual_reaches(const struct aml_engine *e, const struct aml_area *area)
{
	(void)e;
	return area == manual.reached;
}

static const struct aml_engine_ops manual_ops = {
	.size = sizeof(manual_ops),
	.open = manual_engine_open,
	.close = manual_close,
	.submit = manual_submit,
	.progress = manual_progress,
	.cancel = manual_cancel,
	.reaches = manual_reaches,
	.fprintf = aml_engine_no_fprintf,
};

const struct aml_backend manual_backend = {
	.abi = AML_ENGINE_ABI,
	.name = "manual",
	.summary = "does what the test says",
	.flags = AML_DMA_HOST,
	.engine = &manual_ops,
};

struct aml_dma *manual_open(unsigned flags)
{
	return manual_open_with(flags, 0);
}

struct aml_dma *manual_open_with(unsigned flags, int fd)
{
	struct aml_spec spec = {.name = "manual"};
	struct aml_dma *dma;

	memset(&manual, 0, sizeof(manual));
	manual.flags = flags;
	manual.fd = fd;
	ck_assert_int_eq(amli_engine_open(&dma, &manual_backend, &spec, "manual"), 0);
	return dma;
}

void manual_complete(int i, int status)
{
	aml_request_start(manual.req[i % 64]);
	aml_request_complete(manual.req[i % 64], status);
}
