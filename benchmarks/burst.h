/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A burst: n requests, each of which copies some bytes into a slot of its own; and verbs,
 * the ways to submit them and to see them end.
 *
 *	burst_init(&b, engine, n, bytes, nsources)
 *	burst_rows(&b, verbs, nverbs, run)	verifies each verb, times them in turns,
 *						and puts out a row for each
 *	burst_fini(&b)
 */
#ifndef BENCH_BURST_H
#define BENCH_BURST_H

#include "aml/request.h"
#include "engines.h"
#include "hold.h"
#include "output.h"
#include "stats.h"

struct burst {
	const struct engine *engine;
	struct aml_dma *dma; /* the engine's */
	size_t n, bytes;     /* requests, and what each of them copies */
	size_t now;	     /* bytes: as above, or more while a copy of none is verified */
	size_t pitch;	     /* of slots; what lies between them is guarded */
	size_t nsources;     /* 1, or n */
	char *src, *dst;
	/* What is copied; without bytes there are no layouts, and addresses do it. */
	struct aml_layout **src_layouts, **dst_layouts;
	struct aml_dma_request **reqs; /* NULL where there is none */
	bool prepared;		       /* they are prepared ones */
	size_t called;		       /* callbacks */
	int epoll;		       /* has the engine's descriptor; -1 = none yet */
	struct hold hold;
};

/* One way. */
struct verb {
	const char *name, *how; /* of the row */
	bool counted;		/* "name: n" */
	bool moves_nothing;
	unsigned turns; /* of all requests in each timing; 0 = as many as it takes to time them */
	const char *(*why_not)(const struct burst *b); /* NULL, or why the engine cannot */
	int (*arm)(struct burst *b);		       /* before each timing; NULL = nothing */
	bool leaves; /* requests that are waited for after each timing */
	/* One of these: all requests, or request i. */
	int (*run)(struct burst *b);
	int (*one)(struct burst *b, size_t i);
};

/* How rows are made. */
struct burst_run {
	const struct options *options;
	struct output *out;
	double budget_ns;
	const char *memcpy_name; /* of the row of plain memcpy calls; NULL = none */
};

/* 0, or -1 after a complaint; n is reduced if the slots get too large. */
int burst_init(struct burst *b, const struct engine *engine, size_t n, size_t bytes,
	       bool own_sources);
void burst_fini(struct burst *b);

static inline char *burst_dst(const struct burst *b, size_t i)
{
	return b->dst + i * b->pitch;
}

static inline const char *burst_src(const struct burst *b, size_t i)
{
	return b->src + (b->nsources > 1 ? i : 0) * b->pitch;
}

/* Request i, as a job. */
struct aml_dma_job burst_job(const struct burst *b, size_t i);
/* Submit it. */
int burst_submit(struct burst *b, size_t i);
int burst_submit_all(struct burst *b);
/* Wait for what is left, and let go of it; 0 or the first error. */
int burst_settle(struct burst *b);

/* The first slot that does not have so many bytes of what it should, and guards behind them; n
 * if none. */
size_t burst_find_wrong(const struct burst *b, size_t bytes);
/* The state of what one run of the verb did, with the reason in `why` unless verified. */
enum row_state burst_verify(struct burst *b, const struct verb *verb, bool spoil, char *why,
			    size_t size);
int burst_run_verb(struct burst *b, const struct verb *verb);

/* 0, or -1 after a complaint. */
int burst_rows(struct burst *b, const struct verb *verbs, size_t nverbs,
	       const struct burst_run *run);
/* A row for something else that did what this burst does, in ns for all of it; NULL: it did
 * something else. */
void burst_put_peer(const struct burst *b, const struct burst_run *how, const char *name,
		    const char *peer, const char *words, const struct spread *ns);

#endif
