/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <string.h>

#include "base/spec.h"
#include "dma/engine.h"
#include "dma/process.h"
#include "tests/lib/manual.h"

struct manual manual, second_manual;

static struct manual *opening = &manual; /* which of them open opens */

static int manual_engine_open(struct aml_engine *e, const struct aml_spec *spec)
{
	(void)spec;
	e->state = opening;
	e->caps.flags = opening->flags;
	e->caps.capacity = opening->capacity;
	if (opening->fd)
		e->fd = opening->fd;
	return opening->open_fails;
}

static void manual_close(struct aml_engine *e)
{
	struct manual *m = e->state;

	atomic_fetch_add(&m->closed, 1);
}

static int manual_submit(struct aml_engine *e, struct aml_request *req)
{
	struct manual *m = e->state;

	if (m->in_submit)
		m->in_submit(req);
	if (m->submit_fails)
		return m->submit_fails;
	m->req[atomic_load(&m->submitted) % 64] = req;
	if (m->at_once)
		aml_request_complete(req, 0);
	atomic_fetch_add(&m->submitted, 1);
	return 0;
}

static int manual_progress(struct aml_engine *e, struct aml_request *req)
{
	struct manual *m = e->state;

	(void)req;
	atomic_fetch_add(&m->progressed, 1);
	return 0;
}

static int manual_cancel(struct aml_engine *e, struct aml_request *req)
{
	struct manual *m = e->state;
	int rc = m->cancel;

	if (m->in_cancel)
		m->in_cancel(req);
	atomic_fetch_add(&m->cancelled, 1);
	if (!rc)
		aml_request_complete(req, -AML_ECANCELED);
	return rc;
}

static bool manual_reaches(const struct aml_engine *e, const struct aml_area *area)
{
	const struct manual *m = e->state;

	return area == m->reached;
}

static void manual_expect(struct aml_engine *e, size_t bytes)
{
	struct manual *m = e->state;

	m->expected++;
	m->expected_bytes = bytes;
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
	.expect = manual_expect,
};

const struct aml_backend manual_backend = {
	.abi = AML_ENGINE_ABI,
	.name = "manual",
	.summary = "does what the test says",
	.flags = AML_DMA_HOST,
	.engine = &manual_ops,
};

static struct aml_dma *open_as(struct manual *m, const struct manual *settings)
{
	struct aml_spec spec = {.name = "manual"};
	struct aml_dma *dma;

	memcpy(m, settings, sizeof(*m));
	opening = m;
	amli_process_init();
	ck_assert_int_eq(amli_engine_open(&dma, &manual_backend, &spec, "manual"), 0);
	opening = &manual;
	return dma;
}

struct aml_dma *manual_open(unsigned flags)
{
	return open_as(&manual, &(struct manual){.flags = flags});
}

struct aml_dma *manual_open_with(unsigned flags, int fd)
{
	return open_as(&manual, &(struct manual){.flags = flags, .fd = fd});
}

struct aml_dma *manual_open_for(unsigned flags, size_t capacity)
{
	return open_as(&manual, &(struct manual){.flags = flags, .capacity = capacity});
}

struct aml_dma *manual_open_reaching(unsigned flags, const struct aml_area *area)
{
	return open_as(&manual, &(struct manual){.flags = flags, .reached = area});
}

struct aml_dma *second_manual_open(unsigned flags)
{
	return open_as(&second_manual, &(struct manual){.flags = flags});
}

static void complete(struct aml_request *req, int status)
{
	int rc = aml_request_start(req);

	aml_request_complete(req, rc ? rc : status);
}

int manual_start(int i)
{
	return aml_request_start(manual.req[i % 64]);
}

void manual_complete(int i, int status)
{
	complete(manual.req[i % 64], status);
}

void second_manual_complete(int i, int status)
{
	complete(second_manual.req[i % 64], status);
}
