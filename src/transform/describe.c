/* SPDX-License-Identifier: BSD-3-Clause */
/* Plans in words: how, in one line, and why, in several. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cpu.h"
#include "base/error.h"
#include "transform/choice.h"
#include "transform/measure.h"
#include "transform/strategy.h"

#define LINE ((ptrdiff_t)64)
#define PAGE ((ptrdiff_t)4096)
#define SHORT_ROW 256 /* bytes of the source that are read at a time */

static int to_text(const struct aml_plan *plan, char *text, size_t size,
		   void (*print)(const struct aml_plan *plan, FILE *out))
{
	char *whole = NULL;
	size_t len = 0;
	FILE *out;
	int n;

	if (!plan || (!text && size > 0))
		return amli_fail(AML_EINVAL, "%s is NULL", plan ? "text" : "plan");
	out = open_memstream(&whole, &len);
	if (!out)
		return snprintf(text, size, "%s", plan->strategy->name);
	print(plan, out);
	fclose(out);
	n = snprintf(text, size, "%s", whole);
	free(whole);
	return n;
}

static void print_line(const struct aml_plan *plan, FILE *out)
{
	plan->strategy->describe(plan, out);
}

int aml_plan_describe(const struct aml_plan *plan, char *text, size_t size)
{
	return to_text(plan, text, size, print_line);
}

/* Loops that follow each other make up the rows, or the columns. */
static void print_axis(const struct aml_plan *plan, int k, FILE *out)
{
	const struct amli_axis *a = &plan->axis[k];

	for (size_t i = 0; i < a->nloops; i++)
		fprintf(out, "%s%zu", i ? "*" : "",
			i + 1 < a->nloops ? plan->nest.loop[a->loop[i]].n : a->chunk);
	fprintf(out, " of %s", k ? "the source" : "the destination");
}

static void print_class(const struct aml_plan *plan, FILE *out)
{
	const struct aml_nest *nest = &plan->nest;
	const char *name = plan->strategy->name;

	if (nest->nloops == 0) {
		fprintf(out, "%s: %zu bytes, contiguous on both sides\n", name, nest->element);
		return;
	}
	switch (plan->strategy->op) {
	case AMLI_COPY:
		fprintf(out, "%s: runs of %zu bytes, long enough to copy each\n", name,
			nest->element);
		return;
	case AMLI_FUSED:
		fprintf(out, "%s: contiguous along different loops; fused: ", name);
		print_axis(plan, 0, out);
		fputs(", ", out);
		print_axis(plan, 1, out);
		fputc('\n', out);
		return;
	case AMLI_TRANSPOSE:
		fprintf(out,
			"%s: a pair: loop of %zu contiguous in the destination, of %zu in the source\n",
			name, nest->loop[0].n, nest->loop[amli_src_inner(nest)].n);
		return;
	case AMLI_RUNS:
		fprintf(out, "%s: runs of %zu bytes, contiguous on both sides\n", name,
			nest->element);
		return;
	default:
		fprintf(out, "%s: no loop is contiguous on a side that another one could meet\n",
			name);
	}
}

static void print_blocks(const struct aml_plan *plan, FILE *out)
{
	fprintf(out, "blocks: %zu, of %zu x %zu elements of %zu bytes", plan->blocks,
		plan->block.n[0], plan->block.n[1], plan->block.element);
	if (plan->group.n)
		fprintf(out, ", %zu of them %s", plan->group.n,
			amli_is_staged(plan) ? "put together in a stage"
					     : "appended to each other");
	if (plan->ndigits)
		fprintf(out, "; the next is %td bytes on in the destination, %td in the source",
			plan->digit[0].dst, plan->digit[0].src);
	fputc('\n', out);
}

static void print_stores(const struct aml_plan *plan, FILE *out)
{
	size_t half = amli_cache_bytes(3) / 2;

	fprintf(out, "stores: %s", plan->stream ? "bypass the caches" : "to the caches");
	if (!plan->kernel->stream)
		fputs(", this kernel has no others\n", out);
	else if (plan->chosen && plan->choice.store != AMLI_PUT_ANY)
		fputs(", which was faster when measured\n", out);
	else if (plan->stream == (plan->bytes >= half))
		fprintf(out, ": %zu bytes, half of the last cache is %zu\n", plan->bytes, half);
	else if (plan->stream)
		fputs(": so the hint says\n", out);
	else
		fputs(": a hint, or rows that are short and end within a line\n", out);
}

static bool is_off_line(const struct aml_nest *nest)
{
	for (size_t i = 1; i < nest->nloops; i++)
		if (nest->loop[i].dst % LINE)
			return true;
	return false;
}

/* The first that applies, in the order of what it costs. */
static const char *bound(const struct aml_plan *plan)
{
	const struct aml_nest *nest = &plan->nest;
	bool turned = plan->strategy->op == AMLI_TRANSPOSE || plan->strategy->op == AMLI_FUSED;
	size_t b = nest->nloops > 1 ? amli_src_inner(nest) : 0;

	if (2 * plan->bytes <= amli_cache_bytes(2))
		return "instructions: both sides fit in the second cache";
	if (!turned)
		return nest->nloops && nest->element < (size_t)LINE
			       ? "lines: of each, less than all is used"
			       : "memory";
	if (nest->element <= 2)
		return "weaving of elements in registers";
	if (nest->loop[b].dst % PAGE == 0)
		return "destination lines that share cache sets";
	if (nest->loop[0].src % PAGE == 0)
		return "source rows that share cache sets";
	if (plan->block.n[1] * nest->element < SHORT_ROW)
		return "pages of the source: few bytes are read at a time";
	if (is_off_line(nest))
		return "destination lines that are written in two parts";
	return "memory";
}

static void print_trials(const struct aml_plan *plan, FILE *out)
{
	const struct amli_trials *t = plan->trials;
	char text[AMLI_CHOICE_TEXT];

	if (!t) {
		if (plan->chosen)
			fprintf(out, "chosen: by wisdom\n");
		return;
	}
	for (size_t i = 0; i < t->n; i++) {
		const struct amli_trial *trial = &t->at[i];

		amli_choice_print(&trial->choice, text, sizeof(text));
		fprintf(out, "%s %10.0f ns  %s", i == t->best ? "*" : " ", trial->ns,
			i ? text : "estimate");
		fprintf(out, ": %s, %zu blocks of %zu x %zu\n", trial->shape.kernel->name,
			trial->shape.blocks, trial->shape.rows, trial->shape.cols);
	}
	fprintf(out, "chosen: %.0f ns, estimate %.0f ns\n", t->best_ns, t->estimate_ns);
}

static void print_why(const struct aml_plan *plan, FILE *out)
{
	print_line(plan, out);
	fputc('\n', out);
	if (!aml_plan_nest(plan)) {
		fprintf(out, "%s: %s\n", plan->strategy->name,
			plan->strategy == &amli_batch_strategy ? "many copies in one"
			: plan->strategy == &amli_generic_strategy
				? "a side is not affine: row by row, in the longest runs there are"
				: "elements are changed, or looked at, while they are moved");
		return;
	}
	print_class(plan, out);
	print_blocks(plan, out);
	print_stores(plan, out);
	fprintf(out, "bound: %s\n", bound(plan));
	print_trials(plan, out);
}

int aml_plan_explain(const struct aml_plan *plan, char *text, size_t size)
{
	return to_text(plan, text, size, print_why);
}
