/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>

#include "dma/engine.h"
#include "tests/lib/caller.h"
#include "tests/lib/gate.h"
#include "tests/lib/slot.h"

int call_wait(struct caller *c)
{
	return aml_dma_wait(c->dma, &c->req);
}

int call_wait_for(struct caller *c)
{
	return aml_dma_wait_for(c->dma, &c->req, c->timeout_us);
}

int call_cancel(struct caller *c)
{
	return aml_dma_cancel(c->dma, &c->req);
}

int call_barrier(struct caller *c)
{
	return aml_dma_barrier(c->dma);
}

int call_barrier_for(struct caller *c)
{
	return aml_dma_barrier_for(c->dma, c->timeout_us);
}

int call_close(struct caller *c)
{
	struct aml_dma *dma = c->dma;

	return aml_dma_close(&dma);
}

static void *run(void *arg)
{
	struct caller *c = arg;

	c->rc = c->call(c);
	atomic_store(&c->over, true);
	return NULL;
}

void caller_begin(struct caller *c)
{
	atomic_store(&c->over, false);
	ck_assert_int_eq(pthread_create(&c->thread, NULL, run, c), 0);
}

void caller_begin_barrier(struct caller *c)
{
	struct amli_flight *flight = &amli_engine_of(c->dma)->flight;
	uint64_t before = atomic_load(&flight->generation);

	caller_begin(c);
	while (atomic_load(&flight->generation) == before)
		sleep_us(100);
}

void caller_begin_wait(struct caller *c)
{
	struct aml_request *req = slot_of(c->dma, c->req);

	caller_begin(c);
	while (!(atomic_load(&req->word) & AMLI_WAITER))
		sleep_us(100);
}

int caller_end(struct caller *c)
{
	pthread_join(c->thread, NULL);
	return c->rc;
}
