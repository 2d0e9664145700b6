/* SPDX-License-Identifier: BSD-3-Clause */
/* Engines: open, close, and what they are. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/spec.h"
#include "base/sync.h"
#include "dma/backend.h"
#include "dma/engine.h"
#include "dma/foreign.h"
#include "dma/process.h"
#include "dma/registry.h"
#include "dma/trace.h"

#define SPINS_AT_FIRST 64u

static struct amli_engine *make(const struct aml_backend *backend, const char *text)
{
	struct amli_engine *e = amli_calloc(1, sizeof(*e) + strlen(text) + 1);

	if (!e)
		return NULL;
	e->text = strcpy((char *)(e + 1), text);
	e->backend = backend;
	e->ops = backend->engine;
	e->dma.ops = &amli_dma_ops;
	e->dma.data = (struct aml_dma_data *)e;
	e->pub.fd = -1;
	e->pub.caps.engine = backend->name;
	e->pub.caps.spec = e->text;
	e->pub.caps.flags = backend->flags;
	e->process = amli_process;
	atomic_init(&e->spins, SPINS_AT_FIRST);
	amli_failures_init(&e->failures);
	amli_event_init(&e->event);
	amli_store_init(&e->store);
	return e;
}

static void unmake(struct amli_engine *e)
{
	amli_event_fini(&e->event);
	amli_failures_fini(&e->failures);
	free(e);
}

int amli_engine_open(struct aml_dma **dma, const struct aml_backend *backend,
		     const struct aml_spec *spec, const char *text)
{
	int rc = amli_spec_check_keys(spec, backend->keys);
	struct amli_engine *e;

	if (rc == 0)
		rc = amli_backend_probe(backend);
	if (rc)
		return rc;
	e = make(backend, text);
	if (!e)
		return amli_fail(AML_ENOMEM, "no memory for engine %s", backend->name);
	rc = e->ops->open(&e->pub, spec);
	if (rc)
		goto fail_engine;
	e->counted = !(e->pub.caps.flags & AML_DMA_INLINE);
	e->room.total = e->pub.caps.capacity;
	rc = amli_registry_add(e); /* others may find it from here on */
	if (rc)
		goto fail_open;
	amli_log(AMLI_LOG_INFO, "dma", "opened %s", e->text);
	*dma = &e->dma;
	return 0;

fail_open:
	e->ops->close(&e->pub);
fail_engine:
	amli_store_fini(&e->store);
	unmake(e);
	return rc;
}

int aml_dma_open(struct aml_dma **dma, const char *text)
{
	const struct aml_backend *backend;
	struct aml_spec *spec;
	int rc = 0;

	if (!dma)
		return amli_fail(AML_EINVAL, "dma is NULL: nowhere to put it");
	*dma = NULL;
	if (!text || !*text)
		text = getenv("AML_DMA");
	if (!text || !*text) {
		rc = amli_backend_default(&backend);
		if (rc)
			return rc;
		text = backend->name;
	}
	amli_clock_init();
	amli_trace_init();
	amli_process_init();
	rc = amli_spec_parse(&spec, text);
	if (rc)
		return rc;
	rc = amli_backend_find(spec->name, &backend);
	if (rc == 0)
		rc = amli_engine_open(dma, backend, spec, text);
	free(spec);
	return rc;
}

static void release(struct amli_engine *e)
{
	amli_registry_remove(e);
	amli_store_fini(&e->store); /* before close: requests may hold inner ones */
	e->ops->close(&e->pub);
	amli_log(AMLI_LOG_INFO, "dma", "closed %s", e->text);
	unmake(e);
}

#define CANCEL_AGAIN_US 10000

/* Callbacks may submit more, and what is cancelled may let others start, so once is not
 * enough. */
static void finish(struct amli_engine *e, uint64_t limit_ns)
{
	amli_barrier(e, limit_ns);
	while (!amli_flight_is_empty(&e->flight)) {
		if (amli_is_past(limit_ns)) {
			amli_cancel_all(e);
			limit_ns = amli_limit_ns(CANCEL_AGAIN_US);
		}
		amli_barrier(e, limit_ns);
	}
}

int aml_dma_close_for(struct aml_dma **dma, int64_t timeout_us)
{
	struct amli_engine *e;
	int rc;

	if (!dma || !*dma)
		return 0;
	e = amli_engine_of(*dma);
	if (!e)
		return amli_fail(AML_EINVAL, "the dma was not opened with aml_dma_open()");
	rc = amli_may_block();
	if (rc)
		return rc;
	*dma = NULL;
	if (e->process != amli_process) /* its threads are not here: let it lie */
		return 0;
	amli_engine_turn_out(e);
	finish(e, amli_limit_ns(timeout_us));
	release(e);
	return 0;
}

int aml_dma_close(struct aml_dma **dma)
{
	return aml_dma_close_for(dma, AML_DMA_FOREVER);
}

int aml_dma_caps(const struct aml_dma *dma, struct aml_dma_caps *caps)
{
	struct amli_engine *e;
	int rc = amli_engine_need(dma, &e);

	if (rc == 0 && !caps)
		rc = amli_fail(AML_EINVAL, "caps is NULL");
	if (rc == 0)
		*caps = e->pub.caps;
	return rc;
}

int aml_dma_capacity(const struct aml_dma *dma, size_t *free, size_t *total)
{
	struct amli_engine *e;
	int rc = amli_engine_need(dma, &e);
	uint64_t used;

	if (rc)
		return rc;
	used = amli_room_used(&e->room);
	if (free)
		*free = !e->room.total ? SIZE_MAX : used < e->room.total ? e->room.total - used : 0;
	if (total)
		*total = e->room.total ? e->room.total : SIZE_MAX;
	return 0;
}

int aml_dma_fd(struct aml_dma *dma, int *fd)
{
	struct amli_engine *e;
	int rc = amli_engine_need(dma, &e);

	if (!fd)
		return amli_fail(AML_EINVAL, "fd is NULL: nowhere to put it");
	*fd = -1;
	return rc ? rc : amli_event_open(&e->event, &e->pub, fd);
}

/* What comes after the descriptor was cleared makes it readable again, so it is cleared
 * before progress finds nothing to do. */
int aml_dma_drain(struct aml_dma *dma, size_t *ended)
{
	struct amli_engine *e;
	int rc = amli_engine_need(dma, &e);
	size_t n = 0;

	if (rc)
		return rc;
	do {
		n += amli_event_take(&e->event);
	} while (e->pub.caps.flags & AML_DMA_PROGRESS && e->ops->progress(&e->pub, NULL));
	if (ended)
		*ended = n;
	return 0;
}

static void read_stats(const struct amli_engine *e, struct aml_dma_stats *stats)
{
	stats->size = sizeof(*stats);
	stats->in_flight = amli_room_used(&e->room);
	stats->in_flight_most =
		atomic_load_explicit(&((struct amli_engine *)e)->room.most, memory_order_relaxed);
	amli_stats_read(&e->stats, stats);
}

int aml_dma_stats(const struct aml_dma *dma, struct aml_dma_stats *stats)
{
	struct aml_dma_stats all;
	struct amli_engine *e;
	int rc = amli_engine_need(dma, &e);
	size_t size;

	if (rc)
		return rc;
	if (!stats || stats->size < sizeof(all))
		return amli_fail(AML_EINVAL, "stats is NULL, or stats->size less than %zu",
				 sizeof(all));
	size = stats->size;
	read_stats(e, &all);
	all.size = size;
	memset(stats, 0, size);
	*stats = all;
	return 0;
}

static void print_flags(const struct amli_engine *e, FILE *stream, const char *prefix)
{
	static const char *const names[] = {"inline",	 "progress", "host",
					    "operators", "ordered",  "cancel"};

	fprintf(stream, "%s: can:", prefix);
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (e->pub.caps.flags >> i & 1)
			fprintf(stream, " %s", names[i]);
	fputc('\n', stream);
}

static int print(const struct amli_engine *e, FILE *stream, const char *prefix)
{
	struct aml_dma_stats stats;

	fprintf(stream, "%s: engine: %s, %s\n", prefix, e->backend->name, e->backend->summary);
	fprintf(stream, "%s: spec: %s\n", prefix, e->text);
	print_flags(e, stream, prefix);
	fprintf(stream, "%s: threads: %u\n", prefix, e->pub.caps.threads);
	if (e->room.total)
		fprintf(stream, "%s: takes: %zu unfinished requests\n", prefix,
			(size_t)e->room.total);
	read_stats(e, &stats);
	amli_stats_print(&stats, stream, prefix);
	return e->ops->fprintf(&e->pub, stream, prefix);
}

int aml_dma_fprintf(FILE *stream, const char *prefix, const struct aml_dma *dma)
{
	struct amli_engine *e;
	int rc = amli_engine_get(dma, &e);

	if (rc == 0 && !stream)
		rc = amli_fail(AML_EINVAL, "stream is NULL");
	if (rc)
		return rc;
	prefix = prefix ? prefix : "";
	return e ? print(e, stream, prefix) : amli_foreign_fprintf(dma, stream, prefix);
}
