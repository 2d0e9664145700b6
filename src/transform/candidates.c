/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which ways are worth a trial.  Step by step, each from the best of those before:
 *
 *	0     every strategy, with every way to store
 *	1-3   larger and smaller blocks
 *	4     the order of blocks
 *	5     the kernel of a lesser instruction set
 */
#include "transform/choice.h"
#include "transform/measure.h"
#include "transform/strategy.h"

/* Nobody copies runs shorter than these one by one, if there is another way. */
#define COPY_LEAST 512
#define RUNS_LEAST 8
#define LINE ((size_t)64) /* what the narrowest blocks read of each row */

struct list {
	const struct aml_plan *plan;
	unsigned flags;
	struct amli_choice *at;
	size_t n;
};

static void add(struct list *list, const struct amli_choice *choice)
{
	if (list->n < AMLI_STEP_MOST && amli_choice_fits(choice, &list->plan->nest, list->flags))
		list->at[list->n++] = *choice;
}

static bool is_sensible(const struct amli_strategy *s, const struct aml_nest *nest)
{
	switch (s->op) {
	case AMLI_COPY:
		return nest->nloops == 0 || nest->element >= COPY_LEAST;
	case AMLI_RUNS:
		return nest->element >= RUNS_LEAST && nest->nloops > 0;
	case AMLI_STRIDED:
		return s->applicable(nest) && !amli_fused_possible(nest) && nest->nloops > 0;
	default:
		return nest->nloops > 0;
	}
}

static void add_strategies(struct list *list)
{
	const struct aml_nest *nest = &list->plan->nest;

	for (size_t i = 0; i < AMLI_NEST_STRATEGIES; i++) {
		const struct amli_strategy *s = &amli_nest_strategies[i];
		struct amli_choice c = {.strategy = s};

		if (!is_sensible(s, nest))
			continue;
		c.kernel = amli_kernel_select(s->op, nest->element);
		c.store = AMLI_PUT_CACHED;
		add(list, &c);
		c.store = AMLI_PUT_STREAM;
		if (c.kernel->stream)
			add(list, &c);
		c.store = AMLI_PUT_STAGED;
		if (c.kernel->stream && s->op == AMLI_TRANSPOSE)
			add(list, &c);
		c.store = AMLI_PUT_STREAM;
		c.cols = LINE / nest->element;
		if (c.kernel->stream && s->op == AMLI_FUSED && c.cols)
			add(list, &c);
	}
}

/* Whose rows and columns are halves, doubles and more of what they are now. */
static void add_blocks(struct list *list, const struct amli_trial *best)
{
	static const struct {
		unsigned rows, cols; /* quarters */
	} scale[] = {{2, 4}, {8, 4}, {4, 2},  {4, 8}, {2, 8},
		     {8, 2}, {1, 4}, {16, 4}, {4, 1}, {4, 16}};

	if (list->plan->nest.nloops == 0)
		return;
	for (size_t i = 0; i < sizeof(scale) / sizeof(scale[0]); i++) {
		struct amli_choice c = best->choice;

		c.rows = best->shape.rows * scale[i].rows / 4;
		c.cols = best->shape.cols * scale[i].cols / 4;
		if (c.rows && c.cols)
			add(list, &c);
	}
}

static void add_orders(struct list *list, const struct amli_trial *best)
{
	struct amli_choice c = best->choice;

	for (c.order = AMLI_ALONG_NEAR; c.order <= AMLI_ALONG_SRC; c.order++)
		if (c.order != best->choice.order)
			add(list, &c);
}

static void add_kernel(struct list *list, const struct amli_trial *best)
{
	const struct amli_kernel *row, *now = best->shape.kernel;
	struct amli_choice c = best->choice;
	bool past = false;

	for (size_t i = 0; (row = amli_kernel_row(best->shape.strategy->op, i)); i++) {
		if (past && amli_kernel_is_usable(row) && row->element == now->element &&
		    row->cpu) {
			c.strategy = best->shape.strategy;
			c.kernel = row;
			add(list, &c);
			return;
		}
		past = past || row == now;
	}
}

size_t amli_candidates(const struct aml_plan *plan, const struct amli_trial *best, unsigned flags,
		       unsigned step, struct amli_choice at[AMLI_STEP_MOST])
{
	struct list list = {plan, flags, at, 0};

	if (step == 0)
		add_strategies(&list);
	else if (step <= 3)
		add_blocks(&list, best);
	else if (step == 4)
		add_orders(&list, best);
	else
		add_kernel(&list, best);
	return list.n;
}
