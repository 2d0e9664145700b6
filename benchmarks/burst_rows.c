/* SPDX-License-Identifier: BSD-3-Clause */
/* Verbs of a burst, verified, timed in turns, and put out. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/plan.h"
#include "burst.h"
#include "complain.h"
#include "measure.h"

#define VERBS_MAX 8
#define COUNTED_FROM 1000 /* peers' rows say how many */

/* One verb as a contender. */
struct entry {
	struct burst *b;
	const struct verb *verb;
	int rc; /* of what is not timed */
};

static void arm(void *arg)
{
	struct entry *e = arg;

	e->rc = e->verb->arm(e->b);
}

static void settle(void *arg)
{
	struct entry *e = arg;

	e->rc = burst_settle(e->b);
}

static int run(void *arg)
{
	struct entry *e = arg;

	return e->rc ? e->rc : burst_run_verb(e->b, e->verb);
}

/* A call that the compiler knows nothing of, as a program's own would be. */
static void *(*volatile const call_memcpy)(void *, const void *, size_t) = memcpy;

static int run_memcpy(void *arg)
{
	struct burst *b = arg;

	for (size_t i = 0; i < b->n; i++)
		call_memcpy(burst_dst(b, i), burst_src(b, i), b->bytes);
	return 0;
}

/* ---- rows ---- */

static struct row row_new(const struct burst *b, const struct verb *verb)
{
	struct row row = {.state = ROW_VERIFIED};

	if (verb->counted)
		snprintf(row.name, sizeof(row.name), "%s: %zu", verb->name, b->n);
	else
		snprintf(row.name, sizeof(row.name), "%s", verb->name);
	snprintf(row.engine, sizeof(row.engine), "%s", b->engine->spec);
	row.bytes = 2 * b->bytes;
	row.median_ns = row.p10_ns = row.p90_ns = NAN;
	row.gbps = row.memcpy_gbps = row.stream_gbps = row.of_stream = NAN;
	return row;
}

/* How it is done: by the plan where something is moved, and the verb's own words. */
static void describe(const struct burst *b, const struct verb *verb, char *text, size_t size)
{
	struct aml_plan *plan;

	if (!b->bytes || verb->moves_nothing ||
	    aml_plan_create(&plan, b->dst_layouts[0], b->src_layouts[0], AML_PLAN_DEFAULT)) {
		snprintf(text, size, "%s", verb->how);
		return;
	}
	aml_plan_describe(plan, text, size);
	aml_plan_destroy(&plan);
}

static void set_times(struct row *row, const struct burst *b, struct spread ns)
{
	row->median_ns = ns.median / (double)b->n;
	row->p10_ns = ns.p10 / (double)b->n;
	row->p90_ns = ns.p90 / (double)b->n;
	if (row->bytes)
		row->gbps = (double)row->bytes / row->median_ns;
}

void burst_put_peer(const struct burst *b, const struct burst_run *how, const char *name,
		    const char *peer, const char *words, const struct spread *ns)
{
	const struct verb verb = {.name = name, .counted = b->n >= COUNTED_FROM};
	struct row row = row_new(b, &verb);

	snprintf(row.engine, sizeof(row.engine), "peer:%s", peer);
	snprintf(row.plan, sizeof(row.plan), "%s", words);
	if (ns)
		set_times(&row, b, *ns);
	else
		row.state = ROW_WRONG;
	output_row(how->out, &row);
}

static void put(const struct entry *e, struct row *row, const struct contender *c,
		const struct burst_run *how, const struct contender *with)
{
	if (row->state == ROW_VERIFIED && c->rc) {
		row->state = ROW_FAILED;
		snprintf(row->plan, sizeof(row->plan), "%s", aml_strerror(-c->rc));
	} else if (row->state == ROW_VERIFIED) {
		describe(e->b, e->verb, row->plan, sizeof(row->plan));
		set_times(row, e->b, c->ns);
		if (row->bytes)
			row->memcpy_gbps = (double)row->bytes * (double)e->b->n / with->ns.median;
	}
	if (row->state == ROW_WRONG)
		complain("%s with %s is wrong: %s", row->name, row->engine, row->plan);
	output_row(how->out, row);
}

int burst_rows(struct burst *b, const struct verb *verbs, size_t nverbs,
	       const struct burst_run *how)
{
	const struct measure_options o = {
		.reps = how->options->reps, .batch = true, .budget_ns = how->budget_ns};
	struct contender c[VERBS_MAX + 1] = {{0}}, *with = &c[nverbs];
	struct entry entry[VERBS_MAX];
	struct row row[VERBS_MAX];

	for (size_t i = 0; i < nverbs; i++) {
		entry[i] = (struct entry){b, &verbs[i], 0};
		row[i] = row_new(b, &verbs[i]);
		row[i].state = burst_verify(b, &verbs[i], how->options->spoil, row[i].plan,
					    sizeof(row[i].plan));
		c[i] = (struct contender){.run = run, .arg = &entry[i]};
		c[i].turns = verbs[i].turns;
		c[i].arm = verbs[i].arm ? arm : NULL;
		c[i].disarm = verbs[i].leaves ? settle : NULL;
		c[i].rc = row[i].state != ROW_VERIFIED; /* out of the race */
	}
	*with = (struct contender){.run = run_memcpy, .arg = b, .rc = !b->bytes};
	if (measure(c, nverbs + 1, &o))
		return -1;
	burst_settle(b);
	for (size_t i = 0; i < nverbs; i++)
		put(&entry[i], &row[i], &c[i], how, with);
	if (how->memcpy_name)
		burst_put_peer(b, how, how->memcpy_name, "memcpy", "one call", &with->ns);
	return 0;
}
