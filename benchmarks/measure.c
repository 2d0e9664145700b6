/* SPDX-License-Identifier: BSD-3-Clause */
#include "measure.h"

#include <stdlib.h>

#include "complain.h"

#define BUDGET_NS 0.5e9
#define REPS_MIN 5
#define REPS_MAX 2000
/* What a sample should last where runs are batched: 500 times the clock's cost. */
#define SAMPLE_NS 2e4
#define INNER_MAX 100000

/* One sample of one contender: ns per run. */
static double sample(struct contender *c, const struct measure_options *o)
{
	double begin, ns;

	if (o->between)
		o->between(o->arg);
	if (c->arm)
		c->arm(c->arg);
	else if (o->batch && !c->disarm) /* others may have thrown its data out of the caches */
		c->rc = c->run(c->arg);
	begin = now_ns();
	for (size_t i = 0; i < c->inner && !c->rc; i++)
		c->rc = c->run(c->arg);
	ns = now_ns() - begin;
	if (c->disarm)
		c->disarm(c->arg);
	return ns / (double)c->inner;
}

/* Runs everyone twice, which warms up, and decides how often to repeat: returns how
 * long a round of all of them takes. */
static double rehearse(struct contender *c, size_t n, const struct measure_options *o)
{
	double begin = 0;

	for (int round = 0; round < 2; round++) {
		begin = now_ns();
		for (size_t i = 0; i < n; i++) {
			double ns;

			if (c[i].rc)
				continue;
			ns = sample(&c[i], o);
			if (round && o->batch && !c[i].arm && !c[i].disarm && ns < SAMPLE_NS)
				c[i].inner = (size_t)(SAMPLE_NS / (ns > 1 ? ns : 1)) + 1;
			if (c[i].inner > INNER_MAX)
				c[i].inner = INNER_MAX;
		}
	}
	return now_ns() - begin;
}

static size_t reps_for(double round_ns, const struct contender *c, size_t n,
		       const struct measure_options *o)
{
	double fit;

	if (o->reps)
		return o->reps;
	for (size_t i = 0; i < n; i++)
		if (c[i].inner > 1)
			round_ns += SAMPLE_NS;
	fit = (o->budget_ns > 0 ? o->budget_ns : BUDGET_NS) / round_ns;
	if (fit < REPS_MIN)
		return REPS_MIN;
	return fit > REPS_MAX ? REPS_MAX : (size_t)fit;
}

int measure(struct contender *c, size_t n, const struct measure_options *o)
{
	double *samples;
	size_t reps;

	for (size_t i = 0; i < n; i++)
		c[i].inner = c[i].turns ? c[i].turns : 1;
	reps = reps_for(rehearse(c, n, o), c, n, o);
	samples = calloc(reps * n, sizeof(*samples));
	if (!samples) {
		complain("no memory for %zu times %zu samples", reps, n);
		return -1;
	}
	for (size_t rep = 0; rep < reps; rep++)
		for (size_t i = 0; i < n; i++)
			if (!c[i].rc)
				samples[i * reps + rep] = sample(&c[i], o);
	for (size_t i = 0; i < n; i++)
		if (!c[i].rc)
			c[i].ns = spread_of(samples + i * reps, reps);
	free(samples);
	return 0;
}
