/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timing.  Each candidate runs on the memory itself, in parts if it is much: a part is a
 * range of blocks, and no two successive runs are of the same, so that what one brought into
 * the caches does not help the next.  Time is that of this thread: a busy machine does not
 * decide.  Of three turns the median counts, since parts differ; of whole runs the least.
 */
#include "transform/measure.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cpu.h"
#include "base/error.h"
#include "base/mem.h"
#include "transform/choice.h"
#include "transform/strategy.h"
#include "transform/wisdom.h"

#define PART ((size_t)24 << 20) /* bytes */
#define SAMPLE_NS 50e3		/* what is shorter is repeated */
#define ROUNDS 3		/* of all candidates of a step; median() is of three */
#define FINAL_ROUNDS 4
#define BUDGET_NS 2e9 /* no step begins later */
#define MARGIN 0.97   /* of the estimate's time: what is no better is noise */

struct search {
	struct aml_plan *plan;
	unsigned flags;
	size_t parts, turn;
	struct amli_trials *trials;
	struct aml_plan work; /* the plan of the candidate that runs */
};

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static struct amli_plan_shape shape_of(const struct aml_plan *plan)
{
	struct amli_plan_shape shape = {.strategy = plan->strategy,
					.kernel = plan->kernel,
					.rows = plan->block.n[0],
					.cols = plan->block.n[1],
					.group = plan->group.n,
					.blocks = plan->blocks,
					.stream = plan->stream};

	for (size_t i = 0; i < plan->ndigits; i++) {
		const struct amli_digit *d = &plan->digit[i];

		shape.digits = mix(shape.digits, d->n);
		shape.digits = mix(shape.digits, (uint64_t)d->dst);
		shape.digits = mix(shape.digits, (uint64_t)d->src);
		shape.digits = mix(shape.digits, d->rest);
	}
	return shape;
}

static bool is_same(const struct amli_plan_shape *a, const struct amli_plan_shape *b)
{
	return a->strategy == b->strategy && a->kernel == b->kernel && a->rows == b->rows &&
	       a->cols == b->cols && a->group == b->group && a->blocks == b->blocks &&
	       a->stream == b->stream && a->digits == b->digits;
}

static void take(struct search *s, const struct amli_choice *choice)
{
	s->work.chosen = true;
	s->work.choice = *choice;
	amli_plan_cut(&s->work, s->flags);
}

/* ns that one run of all of it takes, going by the part whose turn it is */
static double time_part(struct search *s)
{
	const struct aml_plan *plan = &s->work;
	size_t parts = s->parts < plan->blocks ? s->parts : plan->blocks;
	size_t i = s->turn++ % parts;
	size_t first = plan->blocks * i / parts, end = plan->blocks * (i + 1) / parts;
	size_t bytes = plan->strategy->before(plan, end) - plan->strategy->before(plan, first);
	double begin = now_ns(), ns;
	size_t runs = 0;

	do {
		plan->strategy->run(plan, first, end);
		runs++;
		ns = now_ns() - begin;
	} while (ns < SAMPLE_NS);
	return ns / (double)runs * (double)plan->bytes / (double)bytes;
}

static double time_trial(struct search *s, const struct amli_trial *trial)
{
	take(s, &trial->choice);
	return time_part(s);
}

static double median(const double ns[ROUNDS])
{
	double low = ns[0] < ns[1] ? ns[0] : ns[1], high = ns[0] < ns[1] ? ns[1] : ns[0];

	return ns[2] < low ? low : ns[2] > high ? high : ns[2];
}

/* Unless it comes out as one of those that are there. */
static void add_trial(struct search *s, const struct amli_choice *choice)
{
	struct amli_trials *t = s->trials;
	struct amli_plan_shape shape;

	take(s, choice);
	shape = shape_of(&s->work);
	for (size_t i = 0; i < t->n; i++)
		if (is_same(&t->at[i].shape, &shape))
			return;
	if (t->n < AMLI_TRIALS)
		t->at[t->n++] = (struct amli_trial){*choice, shape, 1e300};
}

static void run_step(struct search *s, unsigned step)
{
	struct amli_choice list[AMLI_STEP_MOST];
	struct amli_trials *t = s->trials;
	double ns[AMLI_STEP_MOST + 1][ROUNDS]; /* the first is of the best so far */
	size_t first = t->n, best = t->best;
	size_t n = amli_candidates(s->plan, &t->at[best], s->flags, step, list);

	for (size_t i = 0; i < n; i++)
		add_trial(s, &list[i]);
	n = t->n - first;
	if (n == 0)
		return;
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i <= n; i++)
			ns[i][round] = time_trial(s, &t->at[i ? first + i - 1 : best]);
	t->at[best].ns = median(ns[0]);
	for (size_t i = 0; i < n; i++) {
		t->at[first + i].ns = median(ns[i + 1]);
		if (t->at[first + i].ns < t->at[t->best].ns)
			t->best = first + i;
	}
}

/* The best beside the estimate, all of it: the last word. */
static void compare(struct search *s)
{
	struct amli_trials *t = s->trials;
	struct amli_trial *pair[2] = {&t->at[0], &t->at[t->best]};

	s->parts = 1;
	pair[0]->ns = pair[1]->ns = 1e300;
	for (int round = 0; round < FINAL_ROUNDS; round++)
		for (int i = 0; i < 2 && (i == 0 || t->best); i++) {
			double ns = time_trial(s, pair[i]);

			if (ns < pair[i]->ns)
				pair[i]->ns = ns;
		}
	if (pair[1]->ns > MARGIN * pair[0]->ns)
		t->best = 0;
	t->estimate_ns = pair[0]->ns;
	t->best_ns = t->at[t->best].ns;
}

static void search(struct search *s)
{
	double begin = now_ns();
	struct amli_choice none = {0};

	s->parts = s->plan->bytes / PART + 1;
	add_trial(s, &none);
	s->plan->strategy->run(s->plan, 0, s->plan->blocks); /* pages that are new, caches */
	for (unsigned step = 0; step < AMLI_STEPS && now_ns() - begin < BUDGET_NS; step++)
		run_step(s, step);
	compare(s);
}

int amli_plan_measure(struct aml_plan *plan, unsigned flags)
{
	const struct amli_trial *best;
	struct search *s;

	if (plan->chosen || plan->bytes < AMLI_MEASURE_LEAST)
		return 0;
	s = amli_calloc(1, sizeof(*s));
	plan->trials = s ? amli_calloc(1, sizeof(*plan->trials)) : NULL;
	if (!plan->trials) {
		free(s);
		return amli_fail(AML_ENOMEM, "no memory to measure in");
	}
	plan->owned = true;
	s->plan = plan;
	s->flags = flags;
	s->trials = plan->trials;
	s->work = *plan;
	search(s);
	best = &plan->trials->at[plan->trials->best];
	plan->chosen = true;
	plan->choice = best->choice;
	amli_plan_cut(plan, flags);
	amli_wisdom_keep(plan, flags, &plan->choice,
			 plan->trials->best_ns / plan->trials->estimate_ns);
	free(s);
	return 0;
}
