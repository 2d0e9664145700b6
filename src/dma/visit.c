/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Engines found by the areas they reach, for engines and calls that open none of their own.
 *
 * Who finds one is its guest until it leaves.  A close turns guests out: from then on none
 * comes, and what they have forwarded is cancelled until all have left.  That ends, for a guest
 * stays no longer than what it forwards.
 */
#include <sched.h>
#include <unistd.h>

#include "base/error.h"
#include "dma/engine.h"
#include "dma/registry.h"

/* This thread asks engines what they reach: one that asks others in turn gets no answer, or two
 * of them would ask each other for ever. */
static _Thread_local bool asking;

static struct amli_engine *find(const struct aml_area *dst, const struct aml_area *src)
{
	unsigned id = AMLI_ENGINES;
	struct amli_engine *e;

	while ((e = amli_registry_invite(id))) {
		if (amli_engine_reaches(e, dst) && amli_engine_reaches(e, src))
			return e;
		id = e->id;
		atomic_fetch_sub_explicit(&e->guests, 1, memory_order_release);
	}
	return NULL;
}

int aml_engine_visit(struct aml_dma **dma, const struct aml_area *dst, const struct aml_area *src)
{
	struct amli_engine *e = NULL;
	char to[100], from[100];

	if (!dma)
		return amli_fail(AML_EINVAL, "dma is NULL: nowhere to put it");
	*dma = NULL;
	if (!asking) {
		asking = true;
		e = find(dst, src);
		asking = false;
	}
	if (e) {
		*dma = &e->dma;
		return 0;
	}
	aml_area_name(dst, to, sizeof(to));
	aml_area_name(src, from, sizeof(from));
	return amli_fail(AML_ENOTSUP, "no open engine reaches both %s and %s", to, from);
}

void aml_engine_leave(struct aml_dma *dma)
{
	struct amli_engine *e = amli_engine_of(dma);

	if (e)
		atomic_fetch_sub_explicit(&e->guests, 1, memory_order_release);
}

#define TURNS 64u
#define PAUSE_US 100u

void amli_engine_turn_out(struct amli_engine *e)
{
	unsigned idle = 0;

	amli_registry_shut(e);
	while (atomic_load_explicit(&e->guests, memory_order_acquire)) {
		amli_cancel_forwarded(e);
		if (e->ops->progress(&e->pub, NULL) > 0)
			idle = 0;
		else if (idle++ < TURNS)
			sched_yield();
		else
			usleep(PAUSE_US);
	}
}

/* ---- what guests do ---- */

int aml_engine_help(struct aml_dma *dma)
{
	struct amli_engine *e = amli_engine_of(dma);

	return e ? e->ops->progress(&e->pub, NULL) : 0;
}

int aml_engine_fd(const struct aml_dma *dma)
{
	const struct amli_engine *e = amli_engine_of(dma);

	return e ? e->pub.fd : -1;
}

const struct aml_area *aml_engine_area(const struct aml_dma *dma, size_t i)
{
	const struct amli_engine *e = amli_engine_of(dma);

	return e && e->ops->area ? e->ops->area(&e->pub, i) : NULL;
}

/* ---- for programs ---- */

int aml_dma_select(struct aml_dma **dma, const struct aml_area *dst_area,
		   const struct aml_area *src_area)
{
	struct aml_dma *found;
	int rc;

	if (dma)
		*dma = NULL;
	if (aml_area_is_host(dst_area) && aml_area_is_host(src_area))
		return aml_dma_open(dma, NULL);
	if (!dma)
		return amli_fail(AML_EINVAL, "dma is NULL: nowhere to put it");
	rc = aml_engine_visit(&found, dst_area, src_area);
	if (rc)
		return rc;
	aml_engine_leave(found);
	return aml_dma_open(dma, "auto");
}
