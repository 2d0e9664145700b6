/* SPDX-License-Identifier: BSD-3-Clause */
#include "case_copy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "aml/error.h"
#include "complain.h"
#include "engine_job.h"
#include "measure.h"
#include "stream.h"

/* Fewer bytes than this per thread are streamed by fewer threads. */
#define STREAM_SHARE_MIN ((size_t)32 << 10)

/* Cases larger than so many last-level caches leave nothing there to sweep out. */
#define SWEEP_CASES_BELOW 4

/* As many bytes as the case moves, end to end. */
struct straight {
	struct team *team;
	unsigned n; /* threads */
	char *dst;
	const char *src;
	size_t bytes;
};

/* An engine or a peer that takes part. */
struct entry {
	struct row row;
	int (*run)(void *arg);
	void *arg;
	struct engine_job engine;
	struct peer_entry {
		const struct peer *peer;
		void *job;
	} peer;
	unsigned threads;
	size_t timed; /* its contender */
};

#define ENTRIES (2 * OPTIONS_MAX)
/* memcpy, and streams of up to as many numbers of threads as there are engines */
#define CONTENDERS (1 + OPTIONS_MAX + 1 + ENTRIES)

/* All about the case that is being run. */
struct race {
	struct copy_bench *bench;
	const struct bench_case *c;
	struct entry entries[ENTRIES];
	size_t nentries;
	struct straight straights[1 + OPTIONS_MAX + 1]; /* memcpy first, then the streams */
	size_t nstraights;
	struct contender contenders[CONTENDERS];
	size_t n;
};

static void stream_share(void *arg, unsigned i, unsigned n)
{
	const struct straight *s = arg;
	size_t share = (s->bytes / n + 4095) / 4096 * 4096, at = i * share;

	if (at < s->bytes)
		stream_copy(s->dst + at, s->src + at,
			    at + share < s->bytes ? share : s->bytes - at);
}

static void stream_arm(void *arg)
{
	struct straight *s = arg;

	team_arm(s->team, s->n, stream_share, s);
}

static int stream_run(void *arg)
{
	struct straight *s = arg;

	if (s->n == 1)
		stream_copy(s->dst, s->src, s->bytes);
	else
		team_go(s->team);
	return 0;
}

/* A call that the compiler knows nothing of, as a program's own would be. */
static void *(*volatile const call_memcpy)(void *, const void *, size_t) = memcpy;

static int memcpy_run(void *arg)
{
	struct straight *s = arg;

	call_memcpy(s->dst, s->src, s->bytes);
	return 0;
}

static int peer_run(void *arg)
{
	struct peer_entry *p = arg;

	p->peer->run(p->job);
	return 0;
}

static struct entry *entry_new(struct race *r, const char *prefix, const char *name)
{
	struct entry *e = &r->entries[r->nentries++];

	memset(e, 0, sizeof(*e));
	snprintf(e->row.name, sizeof(e->row.name), "%s", r->c->name);
	snprintf(e->row.engine, sizeof(e->row.engine), "%s%s", prefix, name);
	e->row.bytes = 2 * case_bytes(r->c);
	e->row.median_ns = e->row.p10_ns = e->row.p90_ns = NAN;
	e->row.gbps = e->row.memcpy_gbps = e->row.stream_gbps = e->row.of_stream = NAN;
	return e;
}

/* Peers come first: getting ready, they may overwrite both sides. */
static void enter_peers(struct race *r)
{
	struct peer_loops loops;

	peer_loops_of(&loops, r->c, &r->bench->data);
	for (size_t i = 0; i < r->bench->npeers; i++) {
		const struct peer *p = r->bench->peers[i];
		struct entry *e = entry_new(r, "peer:", p->name);

		e->threads = 1;
		e->peer.peer = p;
		e->peer.job = p->prepare(&loops, e->row.plan, PEER_PLAN);
		if (!e->peer.job)
			e->row.state = ROW_NOT_APPLICABLE;
		e->run = peer_run;
		e->arg = &e->peer;
	}
}

static int enter_engines(struct race *r)
{
	for (size_t i = 0; i < r->bench->engines->n; i++) {
		struct engine *one = &r->bench->engines->at[i];
		struct entry *e = entry_new(r, "", one->spec);

		e->threads = one->threads;
		if (engine_job_init(&e->engine, one->dma, r->c, &r->bench->data))
			return -1;
		e->run = engine_job_run;
		e->arg = &e->engine;
	}
	return 0;
}

/* With the source in place: measuring reads it. */
static void plan(struct race *r, struct entry *e)
{
	const struct options *o = r->bench->options;

	if (o->measure || o->explain)
		engine_job_plan(&e->engine, o->measure, o->explain);
	engine_job_describe(&e->engine, e->row.plan, sizeof(e->row.plan));
}

/* Runs it once, and looks at what came out. */
static void verify(struct race *r, struct entry *e)
{
	struct copy_bench *b = r->bench;
	int rc;

	data_fill_dst(&b->data, r->c);
	rc = e->run(e->arg);
	if (rc) {
		e->row.state = e->engine.refused && rc == -AML_ENOTSUP ? ROW_NOT_APPLICABLE
								       : ROW_FAILED;
		snprintf(e->row.plan, sizeof(e->row.plan), "%s%s%s", aml_strerror(-rc),
			 e->engine.refused ? ": " : "",
			 e->engine.refused ? aml_error_detail() : "");
		return;
	}
	if (b->options->spoil)
		b->data.dst[r->c->dst.first * r->c->elem] ^= 1;
	if (data_verify(&b->data, r->c, e->row.plan, sizeof(e->row.plan)))
		return;
	e->row.state = ROW_WRONG;
	complain("%s with %s: %s", e->row.name, e->row.engine, e->row.plan);
	data_fill_src(&b->data, r->c);
}

static struct contender *contender_new(struct race *r, int (*run)(void *), void *arg)
{
	struct contender *c = &r->contenders[r->n++];

	*c = (struct contender){.run = run, .arg = arg};
	return c;
}

static struct straight *straight_new(struct race *r, unsigned n)
{
	struct copy_bench *b = r->bench;
	struct straight *s = &r->straights[r->nstraights++];

	*s = (struct straight){b->team, n, b->data.dst, b->data.src, case_bytes(r->c)};
	return s;
}

static unsigned stream_threads(const struct race *r, unsigned threads)
{
	size_t most = case_bytes(r->c) / STREAM_SHARE_MIN;

	if (threads > most)
		threads = (unsigned)most;
	return threads ? threads : 1;
}

/* The contender that streams with so many threads: the one there is, or a new one. */
static size_t stream_of(struct race *r, unsigned threads)
{
	struct contender *c;
	size_t i;

	threads = stream_threads(r, threads);
	for (i = 1; i < r->nstraights; i++)
		if (r->straights[i].n == threads)
			return i;
	c = contender_new(r, stream_run, straight_new(r, threads));
	if (threads > 1)
		c->arm = stream_arm;
	return i;
}

/* What a row says of its times. */
static void fill_row(struct row *row, const struct contender *own, double memcpy_ns,
		     double stream_ns)
{
	double bytes = (double)row->bytes;

	if (own->rc) {
		row->state = ROW_FAILED;
		snprintf(row->plan, sizeof(row->plan), "%s", aml_strerror(-own->rc));
		return;
	}
	row->median_ns = own->ns.median;
	row->p10_ns = own->ns.p10;
	row->p90_ns = own->ns.p90;
	row->gbps = bytes / own->ns.median;
	row->memcpy_gbps = bytes / memcpy_ns;
	row->stream_gbps = bytes / stream_ns;
	row->of_stream = row->gbps / row->stream_gbps;
}

/* The limit for so many threads is never below that of one: on a busy machine a thread
 * may have to wait for its core. */
static double stream_ns(struct race *r, unsigned threads)
{
	double one = r->contenders[stream_of(r, 1)].ns.median;
	double all = r->contenders[stream_of(r, threads)].ns.median;

	return one < all ? one : all;
}

/* memcpy, the streams, then whoever was right. */
static int run_race(struct race *r)
{
	struct copy_bench *b = r->bench;
	bool warm = b->options->warm || r->c->warm;
	struct measure_options o = {.reps = b->options->reps, .batch = warm};

	contender_new(r, memcpy_run, straight_new(r, 1));
	stream_of(r, 1);
	for (size_t i = 0; i < r->nentries; i++)
		if (r->entries[i].row.state == ROW_VERIFIED)
			stream_of(r, r->entries[i].threads);
	for (size_t i = 0; i < r->nentries; i++) {
		struct entry *e = &r->entries[i];

		e->timed = r->n;
		if (e->row.state == ROW_VERIFIED)
			contender_new(r, e->run, e->arg);
	}
	if (r->n == r->nstraights)
		return 0; /* nobody was right */
	if (!warm && 2 * case_bytes(r->c) < SWEEP_CASES_BELOW * sweep_llc_bytes()) {
		o.between = sweep_run;
		o.arg = &b->sweep;
	}
	if (measure(r->contenders, r->n, &o))
		return -1;
	for (size_t i = 0; i < r->nentries; i++) {
		struct entry *e = &r->entries[i];

		if (e->row.state == ROW_VERIFIED)
			fill_row(&e->row, &r->contenders[e->timed], r->contenders[0].ns.median,
				 stream_ns(r, e->threads));
	}
	return 0;
}

int copy_bench_case(struct copy_bench *b, const struct bench_case *c)
{
	struct race r = {.bench = b, .c = c};
	int rc = data_reserve(&b->data, c);

	if (rc)
		return rc;
	enter_peers(&r);
	rc = enter_engines(&r);
	if (!rc) {
		data_fill_src(&b->data, c);
		for (size_t i = b->npeers; i < r.nentries; i++)
			plan(&r, &r.entries[i]);
		for (size_t i = 0; i < r.nentries; i++)
			if (r.entries[i].row.state == ROW_VERIFIED)
				verify(&r, &r.entries[i]);
		rc = run_race(&r);
	}
	/* engines first */
	for (size_t i = b->npeers; i < r.nentries && !rc; i++)
		output_row(b->out, &r.entries[i].row);
	for (size_t i = 0; i < b->npeers && !rc; i++)
		output_row(b->out, &r.entries[i].row);
	if (r.nentries > b->npeers && r.entries[b->npeers].engine.why)
		fprintf(b->out->file, "%s\n", r.entries[b->npeers].engine.why);
	for (size_t i = 0; i < r.nentries; i++) {
		engine_job_fini(&r.entries[i].engine);
		if (r.entries[i].peer.job)
			r.entries[i].peer.peer->release(r.entries[i].peer.job);
	}
	return rc;
}

int copy_bench_init(struct copy_bench *b, const struct options *o, struct engines *e,
		    const struct peer *const *peers, size_t npeers, struct output *out)
{
	unsigned threads = 1;

	memset(b, 0, sizeof(*b));
	b->options = o;
	b->engines = e;
	memcpy(b->peers, peers, npeers * sizeof(*peers));
	b->npeers = npeers;
	b->out = out;
	b->data.huge = o->huge;
	for (size_t i = 0; i < e->n; i++)
		if (e->at[i].threads > threads)
			threads = e->at[i].threads;
	b->team = team_create(threads);
	if (!b->team)
		return -1;
	if (sweep_init(&b->sweep, b->team, threads)) {
		team_destroy(b->team);
		return -1;
	}
	return 0;
}

void copy_bench_fini(struct copy_bench *b)
{
	data_release(&b->data);
	sweep_fini(&b->sweep);
	team_destroy(b->team);
}
