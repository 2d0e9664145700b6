/* SPDX-License-Identifier: BSD-3-Clause */
/* Engines: open, close, and what they are. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/spec.h"
#include "dma/backend.h"
#include "dma/engine.h"
#include "dma/foreign.h"

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
	atomic_init(&e->spins, SPINS_AT_FIRST);
	pthread_mutex_init(&e->flight.turn, NULL);
	amli_failures_init(&e->failures);
	amli_store_init(&e->store);
	return e;
}

static void unmake(struct amli_engine *e)
{
	amli_failures_fini(&e->failures);
	pthread_mutex_destroy(&e->flight.turn);
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
	if (rc) {
		amli_store_fini(&e->store);
		unmake(e);
		return rc;
	}
	e->counted = !(e->pub.caps.flags & AML_DMA_INLINE);
	amli_log(AMLI_LOG_INFO, "dma", "opened %s", e->text);
	*dma = &e->dma;
	return 0;
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
	rc = amli_spec_parse(&spec, text);
	if (rc)
		return rc;
	rc = amli_backend_find(spec->name, &backend);
	if (rc == 0)
		rc = amli_engine_open(dma, backend, spec, text);
	free(spec);
	return rc;
}

int aml_dma_close(struct aml_dma **dma)
{
	struct amli_engine *e;

	if (!dma || !*dma)
		return 0;
	e = amli_engine_of(*dma);
	if (!e)
		return amli_fail(AML_EINVAL, "the dma was not opened with aml_dma_open()");
	*dma = NULL;
	amli_barrier(e);
	amli_store_fini(&e->store); /* before close: requests may hold inner ones */
	e->ops->close(&e->pub);
	amli_log(AMLI_LOG_INFO, "dma", "closed %s", e->text);
	unmake(e);
	return 0;
}

int aml_dma_caps(const struct aml_dma *dma, struct aml_dma_caps *caps)
{
	const struct amli_engine *e = amli_engine_of(dma);

	if (!dma || !caps)
		return amli_fail(AML_EINVAL, "%s is NULL", dma ? "caps" : "dma");
	if (!e)
		return amli_fail(AML_ENOTSUP, "an engine of the program's own has no caps");
	*caps = e->pub.caps;
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
	fprintf(stream, "%s: engine: %s, %s\n", prefix, e->backend->name, e->backend->summary);
	fprintf(stream, "%s: spec: %s\n", prefix, e->text);
	print_flags(e, stream, prefix);
	fprintf(stream, "%s: threads: %u\n", prefix, e->pub.caps.threads);
	return e->ops->fprintf(&e->pub, stream, prefix);
}

int aml_dma_fprintf(FILE *stream, const char *prefix, const struct aml_dma *dma)
{
	const struct amli_engine *e = amli_engine_of(dma);

	if (!stream || !dma)
		return amli_fail(AML_EINVAL, "%s is NULL", dma ? "stream" : "dma");
	prefix = prefix ? prefix : "";
	return e ? print(e, stream, prefix) : amli_foreign_fprintf(dma, stream, prefix);
}
