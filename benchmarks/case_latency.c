/* SPDX-License-Identifier: BSD-3-Clause */
#include "case_latency.h"

#include "aml/error.h"
#include "complain.h"
#include "plan_row.h"
#include "task_rows.h"
#include "verbs.h"

#define ONE_BY_ONE ((size_t)64) /* requests in a sample of a single verb */
#define BATCH ((size_t)1000)
#define BATCH_BYTES ((size_t)4096)
#define VERB_NS 1e8 /* to time a verb */

static const size_t depths[] = {1000, 65536};

/* Verbs that are timed one after the other: each finds the engine as it likes it. */
static int verbs_apart(struct burst *b, const struct verb *verbs, const struct burst_run *run)
{
	int rc = 0;

	for (; verbs->name && !rc; verbs++)
		rc = burst_rows(b, verbs, 1, run);
	return rc;
}

/* Those that take turns. */
static int verbs_together(const struct engine *engine, size_t n, size_t bytes, bool own_sources,
			  const struct verb *verbs, const struct burst_run *run)
{
	size_t nverbs = 0;
	struct burst b;
	int rc;

	while (verbs[nverbs].name)
		nverbs++;
	if (burst_init(&b, engine, n, bytes, own_sources))
		return -1;
	rc = burst_rows(&b, verbs, nverbs, run);
	burst_fini(&b);
	return rc;
}

/* Every verb, with copies of no bytes. */
static int verb_rows(const struct engine *engine, const struct burst_run *run)
{
	struct burst b;
	int rc;

	if (burst_init(&b, engine, ONE_BY_ONE, 0, false))
		return -1;
	rc = verbs_apart(&b, verbs_wait, run);
	if (!rc)
		rc = verbs_apart(&b, verbs_prepared, run);
	if (!rc)
		rc = verbs_apart(&b, verbs_held, run);
	burst_fini(&b);
	return rc;
}

/* An engine that has given out its descriptor notes every end, so it is one of its own. */
static int fd_rows(const struct engine *engine, const struct burst_run *run)
{
	struct engine own = *engine;
	struct burst b;
	int rc = aml_dma_open(&own.dma, engine->spec);

	if (rc) {
		complain("engine '%s', again: %s", engine->spec, aml_strerror(-rc));
		return -1;
	}
	rc = burst_init(&b, &own, ONE_BY_ONE, 0, false);
	if (!rc) {
		rc = verbs_apart(&b, verbs_fd, run);
		burst_fini(&b);
	}
	aml_dma_close(&own.dma);
	return rc;
}

/* Copies of --bytes. */
static int copy_rows(const struct engine *engine, const struct burst_run *run, bool with_memcpy)
{
	size_t bytes = run->options->bytes;
	struct burst_run here = *run;
	int rc = 0;

	here.budget_ns = 0;
	if (bytes) {
		here.memcpy_name = with_memcpy ? "memcpy" : NULL;
		rc = verbs_together(engine, ONE_BY_ONE, bytes, false, verbs_copy, &here);
		here.memcpy_name = NULL;
	}
	for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]) && !rc; i++)
		rc = verbs_together(engine, depths[i], bytes, false, verbs_flight, &here);
	return rc;
}

/* One by one and as a batch, and as what others have for it. */
static int batch_rows(const struct engine *engine, const struct burst_run *run, bool with_peers)
{
	struct burst_run here = *run;
	struct burst b;
	int rc;

	here.budget_ns = 0;
	here.memcpy_name = with_peers ? "memcpy" : NULL;
	rc = verbs_together(engine, BATCH, BATCH_BYTES, true, verbs_batch, &here);
	if (rc || !with_peers)
		return rc;
	if (burst_init(&b, engine, BATCH, BATCH_BYTES, true))
		return -1;
	rc = task_rows(&b, run);
	burst_fini(&b);
	return rc;
}

int latency(const struct options *o, struct engines *engines, struct output *out)
{
	const struct burst_run run = {.options = o, .out = out, .budget_ns = VERB_NS};
	int rc = plan_row(o, out);

	for (size_t i = 0; i < engines->n && !rc; i++) {
		const struct engine *engine = &engines->at[i];

		progress(i + 1, engines->n, engine->spec);
		rc = verb_rows(engine, &run);
		if (!rc)
			rc = fd_rows(engine, &run);
		if (!rc)
			rc = copy_rows(engine, &run, !i);
		if (!rc)
			rc = batch_rows(engine, &run, !i);
	}
	progress_clear();
	return rc;
}
