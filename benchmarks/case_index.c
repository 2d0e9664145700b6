/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Elements of 4, 8 and 24 bytes (three doubles) to and from places that a list of 32-bit
 * indices names: each is a permutation in random order, every second element or so in
 * ascending order, or 8 in a row in random places.  An engine, the loop in C that a program
 * would have, memcpy and the streaming limit take turns.
 *
 * Bytes are those that move: neither the list, nor the rest of a line of memory of which one
 * element is wanted.
 */
#include "case_index.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/layout/indexed.h"
#include "aml/plan.h"
#include "complain.h"
#include "measure.h"
#include "pattern.h"
#include "stream.h"

#define SIDE ((size_t)32 << 20)	    /* bytes that move */
#define POOL (2 * SIDE + SIDE / 32) /* bytes they are among */

enum order { RANDOM, SORTED, RUNS_OF_8, ORDERS };
static const char *const order_names[] = {"random", "sorted", "runs of 8"};
static const size_t elements[] = {4, 8, 24};

struct three {
	double x[3];
};

struct job {
	struct aml_dma *dma;
	struct aml_layout *dst, *src;
	size_t e, n;
	bool scatter;
	const uint32_t *index;
	char *pool, *dense;
};

static uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* A list of n indices, each there once. */
static void fill_index(uint32_t *index, size_t n, enum order order)
{
	uint64_t state = 88172645463325252u;
	uint32_t run = order == RUNS_OF_8 ? 8 : 1, at = 0;

	for (size_t i = 0; i < n; i++) {
		index[i] = order == SORTED ? at : (uint32_t)i;
		at += 1 + (uint32_t)(draw(&state) % 3);
	}
	for (size_t i = order == SORTED ? 0 : n / run; i > 1; i--) {
		size_t j = draw(&state) % i;

		for (size_t k = 0; k < run; k++) {
			uint32_t swap = index[(i - 1) * run + k];

			index[(i - 1) * run + k] = index[j * run + k];
			index[j * run + k] = swap;
		}
	}
}

#define LOOP(name, type)                                                       \
	static void name(const struct job *j)                                  \
	{                                                                      \
		type *pool = (type *)(void *)j->pool, *all = (void *)j->dense; \
		const uint32_t *index = j->index;                              \
		size_t n = j->n;                                               \
                                                                               \
		if (j->scatter)                                                \
			for (size_t i = 0; i < n; i++)                         \
				pool[index[i]] = all[i];                       \
		else                                                           \
			for (size_t i = 0; i < n; i++)                         \
				all[i] = pool[index[i]];                       \
	}
LOOP(loop4, uint32_t)
LOOP(loop8, uint64_t)
LOOP(loop24, struct three)

static int run_loop(void *arg)
{
	const struct job *j = arg;

	(j->e == 4 ? loop4 : j->e == 8 ? loop8 : loop24)(j);
	return 0;
}

static int run_engine(void *arg)
{
	struct job *j = arg;

	return aml_dma_copy(j->dma, j->dst, j->src);
}

static int run_memcpy(void *arg)
{
	struct job *j = arg;

	memcpy(j->dense, j->pool, j->n * j->e);
	return 0;
}

static int run_stream(void *arg)
{
	struct job *j = arg;

	stream_copy(j->dense, j->pool, j->n * j->e);
	return 0;
}

static int job_layouts(struct job *j)
{
	size_t block = j->e == 24 ? 3 : 1, dims[2] = {j->n, block};
	struct aml_layout **listed = j->scatter ? &j->dst : &j->src;
	struct aml_layout **dense = j->scatter ? &j->src : &j->dst;
	int rc = aml_layout_indexed_create(listed, j->pool, AML_LAYOUT_ORDER_C, j->e / block, block,
					   j->n, j->index, POOL / j->e * block,
					   AML_LAYOUT_INDEXED_BLOCKS | AML_LAYOUT_INDEXED_BORROW);

	if (!rc)
		rc = aml_layout_dense_create(dense, j->dense, AML_LAYOUT_ORDER_C, j->e / block,
					     block == 1 ? 1 : 2, dims, NULL, NULL);
	return rc;
}

/* Runs it once, and looks at what came out: every element, and nothing beside them. */
static bool is_right(struct job *j, struct row *row, int (*run)(void *), bool spoil)
{
	char *from = j->scatter ? j->dense : j->pool, *to = j->scatter ? j->pool : j->dense;
	size_t bytes = j->scatter ? POOL : SIDE, touched = 0;
	int rc;

	pattern_fill(from, 4, (j->scatter ? SIDE : POOL) / 4);
	memset(to, PATTERN_GUARD, bytes);
	rc = run(j);
	if (rc) {
		row->state = rc == -AML_ENOTSUP ? ROW_NOT_APPLICABLE : ROW_FAILED;
		snprintf(row->plan, sizeof(row->plan), "%s", aml_strerror(-rc));
		return false;
	}
	if (spoil)
		to[j->scatter ? j->index[0] * j->e : 0] ^= 1;
	row->state = ROW_WRONG;
	for (size_t i = 0; i < j->n; i++) {
		char *place = j->pool + j->index[i] * j->e;

		if (memcmp(j->dense + i * j->e, place, j->e))
			return false;
		if (j->scatter)
			memset(place, PATTERN_GUARD, j->e);
	}
	for (size_t i = j->scatter ? 0 : j->n * j->e; i < bytes; i++)
		touched += (unsigned char)to[i] != PATTERN_GUARD;
	return touched == 0;
}

static void describe(struct row *row, const struct job *j)
{
	struct aml_plan *plan;

	if (aml_plan_create(&plan, j->dst, j->src, AML_PLAN_DEFAULT))
		return;
	aml_plan_describe(plan, row->plan, sizeof(row->plan));
	aml_plan_destroy(&plan);
}

static void fill_row(struct row *row, const struct contender *c, const struct contender *all)
{
	row->state = c->rc ? ROW_FAILED : ROW_VERIFIED;
	row->median_ns = c->ns.median;
	row->p10_ns = c->ns.p10;
	row->p90_ns = c->ns.p90;
	row->gbps = (double)row->bytes / c->ns.median;
	row->memcpy_gbps = (double)row->bytes / all[2].ns.median;
	row->stream_gbps = (double)row->bytes / all[3].ns.median;
	row->of_stream = row->gbps / row->stream_gbps;
}

static void row_begin(struct row *row, const struct job *j, enum order order, const char *engine)
{
	memset(row, 0, sizeof(*row));
	snprintf(row->name, sizeof(row->name), "%s %zu %s", j->scatter ? "scatter" : "gather", j->e,
		 order_names[order]);
	snprintf(row->engine, sizeof(row->engine), "%s", engine);
	row->bytes = 2 * j->n * j->e;
	row->median_ns = row->p10_ns = row->p90_ns = NAN;
	row->gbps = row->memcpy_gbps = row->stream_gbps = row->of_stream = NAN;
}

/* The engine's row and the loop's. */
static int race(const struct options *o, struct job *j, enum order order, const char *spec,
		struct output *out)
{
	struct contender c[] = {{.run = run_engine, .arg = j},
				{.run = run_loop, .arg = j},
				{.run = run_memcpy, .arg = j},
				{.run = run_stream, .arg = j}};
	const struct measure_options how = {.reps = o->reps};
	struct row own, loop;
	int rc = 0;

	row_begin(&own, j, order, spec);
	row_begin(&loop, j, order, "peer:loop");
	snprintf(loop.plan, sizeof(loop.plan), "a loop in C");
	if (is_right(j, &loop, run_loop, false) && is_right(j, &own, run_engine, o->spoil)) {
		rc = measure(c, 4, &how);
		if (!rc) {
			fill_row(&own, &c[0], c);
			fill_row(&loop, &c[1], c);
			describe(&own, j);
		}
	} else if (own.state == ROW_WRONG) {
		complain("%s with %s: the result is wrong", own.name, own.engine);
	}
	if (rc)
		return rc;
	output_row(out, &own);
	if (loop.state == ROW_VERIFIED)
		output_row(out, &loop);
	return 0;
}

/* One element size and order, both ways. */
static int both_ways(const struct options *o, const struct engine *engine, size_t e,
		     enum order order, uint32_t *index, char *memory, struct output *out)
{
	int rc = 0;

	fill_index(index, SIDE / e, order);
	for (int scatter = 0; scatter < 2 && !rc; scatter++) {
		struct job j = {.dma = engine->dma,
				.e = e,
				.n = SIDE / e,
				.scatter = scatter,
				.index = index,
				.pool = memory,
				.dense = memory + POOL};

		rc = job_layouts(&j);
		if (rc)
			complain("%s: %s", aml_strerror(-rc), aml_error_detail());
		else
			rc = race(o, &j, order, engine->spec, out);
		aml_layout_destroy(&j.dst);
		aml_layout_destroy(&j.src);
	}
	return rc;
}

int index_rows(const struct options *o, struct engines *engines, struct output *out)
{
	const size_t kinds = sizeof(elements) / sizeof(elements[0]), list = SIDE,
		     n = kinds * ORDERS;
	size_t bytes = POOL + SIDE + list;
	char *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int rc = 0;

	if (memory == MAP_FAILED) {
		complain("no memory for %zu bytes", bytes);
		return -1;
	}
	if (o->huge && madvise(memory, bytes, MADV_HUGEPAGE))
		complain("no huge pages");
	memset(memory, 0, bytes);
	for (size_t i = 0; i < n * engines->n && !rc; i++) {
		size_t kind = i % n;

		progress(i + 1, n * engines->n, order_names[kind % ORDERS]);
		rc = both_ways(o, &engines->at[i / n], elements[kind / ORDERS],
			       (enum order)(kind % ORDERS),
			       (uint32_t *)(void *)(memory + POOL + SIDE), memory, out);
	}
	progress_clear();
	munmap(memory, bytes);
	return rc;
}
