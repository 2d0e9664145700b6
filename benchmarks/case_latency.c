/* SPDX-License-Identifier: BSD-3-Clause */
#include "case_latency.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/plan.h"
#include "complain.h"
#include "measure.h"
#include "pattern.h"

#define DEPTHS 2
static const size_t depths[DEPTHS] = {1000, 65536};

/* All destinations together; with larger requests fewer are in flight. */
#define MEMORY_MAX ((size_t)256 << 20)
#define SAMPLES 5000

/* One engine's measurement.  Requests copy `bytes` bytes from src to a slot of their
 * own; with 0 bytes they run an operator that does nothing. */
struct latency {
	const struct engine *engine;
	const struct options *options;
	size_t bytes;
	size_t nslots, slot_bytes;
	char *src, *dst;
	struct aml_layout *src_layout;
	struct aml_layout **dst_layouts; /* one per slot */
	struct aml_dma_request **reqs;	 /* one per slot */
	bool ran;			 /* the operator did */
};

/* So many of them in flight. */
struct flight {
	struct latency *l;
	size_t depth;
};

static int do_nothing(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	(void)dst;
	(void)src;
	(void)arg;
	return 0;
}

static int say_it_ran(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	(void)dst;
	(void)src;
	*(bool *)arg = true;
	return 0;
}

static int submit(struct latency *l, size_t slot)
{
	struct aml_dma *dma = l->engine->dma;

	if (l->bytes)
		return aml_dma_async_copy(dma, &l->reqs[slot], l->dst_layouts[slot], l->src_layout);
	return aml_dma_async_copy_custom(dma, &l->reqs[slot], l->dst_layouts[slot], l->src_layout,
					 do_nothing, NULL);
}

static int run_flight(void *arg)
{
	const struct flight *f = arg;
	size_t submitted;
	int rc = 0;

	for (submitted = 0; submitted < f->depth && !rc; submitted++)
		rc = submit(f->l, submitted);
	if (rc)
		submitted--;
	for (size_t i = 0; i < submitted; i++) {
		int ended = aml_dma_wait(f->l->engine->dma, &f->l->reqs[i]);

		if (!rc)
			rc = ended;
	}
	return rc;
}

static int run_copy(void *arg)
{
	struct latency *l = arg;

	if (l->bytes)
		return aml_dma_copy(l->engine->dma, l->dst_layouts[0], l->src_layout);
	return aml_dma_copy_custom(l->engine->dma, l->dst_layouts[0], l->src_layout, do_nothing,
				   NULL);
}

static int run_plan(void *arg)
{
	struct latency *l = arg;
	struct aml_plan *plan;
	int rc = aml_plan_create(&plan, l->dst_layouts[0], l->src_layout, AML_PLAN_DEFAULT);

	aml_plan_destroy(&plan);
	return rc;
}

/* A call that the compiler knows nothing of, as a program's own would be. */
static void *(*volatile const call_memcpy)(void *, const void *, size_t) = memcpy;

static int run_memcpy(void *arg)
{
	struct latency *l = arg;

	call_memcpy(l->dst, l->src, l->bytes);
	return 0;
}

static void fini(struct latency *l)
{
	for (size_t i = 0; l->dst_layouts && i < l->nslots; i++)
		aml_layout_destroy(&l->dst_layouts[i]);
	aml_layout_destroy(&l->src_layout);
	free(l->dst_layouts);
	free(l->reqs);
	free(l->src);
	free(l->dst);
}

/* A layout of so many bytes, at least 1. */
static int bytes_layout(struct aml_layout **layout, char *ptr, size_t bytes)
{
	size_t dims = bytes ? bytes : 1;

	return aml_layout_dense_create(layout, ptr, AML_LAYOUT_ORDER_C, 1, 1, &dims, NULL, NULL);
}

static int init(struct latency *l, const struct options *o, const struct engine *engine)
{
	int rc;

	memset(l, 0, sizeof(*l));
	l->engine = engine;
	l->options = o;
	l->bytes = o->bytes;
	l->slot_bytes = (o->bytes + 64) / 64 * 64;
	l->nslots = depths[DEPTHS - 1];
	if (l->nslots > MEMORY_MAX / l->slot_bytes)
		l->nslots = MEMORY_MAX / l->slot_bytes;
	l->src = aligned_alloc(64, l->slot_bytes);
	l->dst = aligned_alloc(64, l->slot_bytes * l->nslots);
	l->dst_layouts = calloc(l->nslots, sizeof(*l->dst_layouts));
	l->reqs = calloc(l->nslots, sizeof(*l->reqs));
	if (!l->src || !l->dst || !l->dst_layouts || !l->reqs) {
		complain("no memory for %zu requests of %zu bytes", l->nslots, l->bytes);
		fini(l);
		return -1;
	}
	pattern_fill(l->src, 1, l->slot_bytes);
	memset(l->dst, PATTERN_GUARD, l->slot_bytes * l->nslots);
	rc = bytes_layout(&l->src_layout, l->src, l->bytes);
	for (size_t i = 0; i < l->nslots && !rc; i++)
		rc = bytes_layout(&l->dst_layouts[i], l->dst + i * l->slot_bytes, l->bytes);
	if (rc) {
		complain("layouts of %zu bytes: %s: %s", l->bytes, aml_strerror(-rc),
			 aml_error_detail());
		fini(l);
		return -1;
	}
	return 0;
}

/* All slots at once; each must hold what it should and nothing else. */
static enum row_state verify(struct latency *l, char *why, size_t size)
{
	struct flight all = {l, l->nslots};
	int rc;

	if (l->bytes)
		rc = run_flight(&all);
	else
		rc = aml_dma_copy_custom(l->engine->dma, l->dst_layouts[0], l->src_layout,
					 say_it_ran, &l->ran);
	if (rc) {
		snprintf(why, size, "%s: %s", aml_strerror(-rc), aml_error_detail());
		return rc == -AML_ENOTSUP ? ROW_NOT_APPLICABLE : ROW_FAILED;
	}
	if (l->options->spoil) {
		l->dst[0] ^= 1;
		l->ran = false;
	}
	for (size_t i = 0; i < l->nslots; i++) {
		const char *slot = l->dst + i * l->slot_bytes;

		if ((!l->bytes && !l->ran) || memcmp(slot, l->src, l->bytes) ||
		    pattern_find_unguarded(slot + l->bytes, l->slot_bytes - l->bytes)) {
			snprintf(why, size, "request %zu did not do what it should", i);
			return ROW_WRONG;
		}
	}
	return ROW_VERIFIED;
}

static struct row row_new(const struct latency *l, const char *name)
{
	struct row row = {.state = ROW_VERIFIED};

	snprintf(row.name, sizeof(row.name), "%s", name);
	snprintf(row.engine, sizeof(row.engine), "%s", l->engine->spec);
	row.bytes = 2 * l->bytes;
	row.median_ns = row.p10_ns = row.p90_ns = NAN;
	row.gbps = row.memcpy_gbps = row.stream_gbps = row.of_stream = NAN;
	return row;
}

static void put(struct output *out, struct row *row, struct spread ns, double memcpy_ns, size_t per)
{
	row->median_ns = ns.median / (double)per;
	row->p10_ns = ns.p10 / (double)per;
	row->p90_ns = ns.p90 / (double)per;
	if (row->bytes) {
		row->gbps = (double)row->bytes / row->median_ns;
		row->memcpy_gbps = (double)row->bytes / memcpy_ns;
	}
	output_row(out, row);
}

/* One at a time, with the clock's cost taken off.  0 or the first error. */
static int time_submit(struct latency *l, struct spread *submitted, struct spread *waited)
{
	size_t n = l->options->reps ? l->options->reps : SAMPLES;
	double *ns = calloc(2 * n, sizeof(*ns)), cost = now_cost_ns();
	int rc = ns ? 0 : -AML_ENOMEM;

	for (size_t i = 0; i < n + n / 10 && !rc; i++) { /* the first tenth warms up */
		size_t at = i < n ? i : i - n;
		double begin = now_ns(), middle, end;

		rc = submit(l, 0);
		middle = now_ns();
		if (!rc)
			rc = aml_dma_wait(l->engine->dma, &l->reqs[0]);
		end = now_ns();
		ns[at] = middle - begin > cost ? middle - begin - cost : 0;
		ns[n + at] = end - begin > 2 * cost ? end - begin - 2 * cost : 0;
	}
	if (!rc) {
		*submitted = spread_of(ns, n);
		*waited = spread_of(ns + n, n);
	}
	free(ns);
	return rc;
}

static void describe(const struct latency *l, char *text, size_t size)
{
	struct aml_plan *plan;

	if (!l->bytes) {
		snprintf(text, size, "an operator that does nothing");
	} else if (!aml_plan_create(&plan, l->dst_layouts[0], l->src_layout, AML_PLAN_DEFAULT)) {
		aml_plan_describe(plan, text, size);
		aml_plan_destroy(&plan);
	}
}

/* A row for each contender; without bytes there is nothing to plan. */
enum { COPY, MEMCPY, PLAN, FLIGHTS };

static int time_rows(struct latency *l, struct output *out, struct row *row, bool with_memcpy)
{
	struct flight flights[DEPTHS];
	struct contender c[FLIGHTS + DEPTHS] = {
		[COPY] = {.run = run_copy, .arg = l},
		[MEMCPY] = {.run = run_memcpy, .arg = l},
		[PLAN] = {.run = l->bytes ? run_plan : run_memcpy, .arg = l},
	};
	struct measure_options o = {.reps = l->options->reps, .batch = true};
	struct spread submitted, waited;
	double memcpy_ns;
	int rc = time_submit(l, &submitted, &waited);

	for (size_t i = 0; i < DEPTHS; i++) {
		flights[i] = (struct flight){l, depths[i] < l->nslots ? depths[i] : l->nslots};
		c[FLIGHTS + i].run = run_flight;
		c[FLIGHTS + i].arg = &flights[i];
	}
	/* the many disturb the few: apart */
	if (rc || measure(c, FLIGHTS, &o) || measure(c + FLIGHTS, DEPTHS, &o))
		return rc ? rc : -AML_ENOMEM;
	for (size_t i = 0; i < FLIGHTS + DEPTHS && !rc; i++)
		rc = c[i].rc;
	if (rc)
		return rc;

	memcpy_ns = c[MEMCPY].ns.median;
	strcpy(row->name, "submit");
	put(out, row, submitted, memcpy_ns, 1);
	strcpy(row->name, "submit+wait");
	put(out, row, waited, memcpy_ns, 1);
	strcpy(row->name, "copy");
	put(out, row, c[COPY].ns, memcpy_ns, 1);
	for (size_t i = 0; i < DEPTHS; i++) {
		snprintf(row->name, sizeof(row->name), "in flight: %zu", flights[i].depth);
		put(out, row, c[FLIGHTS + i].ns, memcpy_ns, flights[i].depth);
	}
	if (l->bytes) {
		strcpy(row->name, "plan");
		put(out, row, c[PLAN].ns, memcpy_ns, 1);
	}
	if (with_memcpy && l->bytes) {
		strcpy(row->name, "memcpy");
		strcpy(row->engine, "peer:memcpy");
		strcpy(row->plan, "one call");
		put(out, row, c[MEMCPY].ns, memcpy_ns, 1);
	}
	return 0;
}

int latency(const struct options *o, struct engines *engines, struct output *out)
{
	for (size_t i = 0; i < engines->n; i++) {
		struct latency l;
		struct row row;
		int rc;

		progress(i + 1, engines->n, engines->at[i].spec);
		if (init(&l, o, &engines->at[i]))
			return -1;
		row = row_new(&l, "latency");
		row.state = verify(&l, row.plan, sizeof(row.plan));
		if (row.state == ROW_VERIFIED) {
			describe(&l, row.plan, sizeof(row.plan));
			rc = time_rows(&l, out, &row, !i);
			if (rc) {
				row = row_new(&l, "latency");
				row.state = ROW_FAILED;
				snprintf(row.plan, sizeof(row.plan), "%s", aml_strerror(-rc));
			}
		}
		if (row.state != ROW_VERIFIED)
			output_row(out, &row);
		fini(&l);
	}
	progress_clear();
	return 0;
}
