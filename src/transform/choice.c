/* SPDX-License-Identifier: BSD-3-Clause */
#include "transform/choice.h"

#include <string.h>

#include "base/cpu.h"
#include "transform/strategy.h"

static const char *const stores[] = {"any", "cached", "stream", "staged"};
static const char *const orders[] = {"near", "dst", "src"};

#define COUNT(words) (sizeof(words) / sizeof((words)[0]))
#define NOTHING "-"

void amli_choice_print(const struct amli_choice *choice, char *text, size_t size)
{
	snprintf(text, size, "%s %s %s %s %zux%zu",
		 choice->strategy ? choice->strategy->name : NOTHING,
		 choice->kernel ? choice->kernel->name : NOTHING, stores[choice->store],
		 orders[choice->order], choice->rows, choice->cols);
}

/* Its index; n: none of them */
static unsigned find_word(const char *const *words, unsigned n, const char *word)
{
	unsigned i = 0;

	while (i < n && strcmp(words[i], word))
		i++;
	return i;
}

static const struct amli_strategy *find_strategy(const char *name)
{
	for (size_t i = 0; i < AMLI_NEST_STRATEGIES; i++)
		if (!strcmp(amli_nest_strategies[i].name, name))
			return &amli_nest_strategies[i];
	return NULL;
}

static const struct amli_kernel *find_kernel(enum amli_op op, const char *name, size_t element)
{
	const struct amli_kernel *row;

	for (size_t i = 0; (row = amli_kernel_row(op, i)); i++)
		if (!strcmp(row->name, name) && amli_kernel_is_usable(row) &&
		    (!row->element || row->element == element))
			return row;
	return NULL;
}

bool amli_choice_parse(struct amli_choice *choice, const char *text, size_t element)
{
	char strategy[16], kernel[32], store[16], order[16];
	struct amli_choice c = {0};
	int end = 0;

	if (sscanf(text, "%15s %31s %15s %15s %8zux%8zu%n", strategy, kernel, store, order, &c.rows,
		   &c.cols, &end) != 6 ||
	    text[end])
		return false;
	c.store = (enum amli_put)find_word(stores, COUNT(stores), store);
	c.order = (enum amli_along)find_word(orders, COUNT(orders), order);
	if (c.store == COUNT(stores) || c.order == COUNT(orders))
		return false;
	if (strcmp(strategy, NOTHING)) {
		c.strategy = find_strategy(strategy);
		if (!c.strategy)
			return false;
		c.kernel = find_kernel(c.strategy->op, kernel, element);
	}
	if (!c.kernel != !strcmp(kernel, NOTHING))
		return false;
	*choice = c;
	return true;
}

bool amli_choice_fits(const struct amli_choice *choice, const struct aml_nest *nest, unsigned flags)
{
	if (choice->strategy && !choice->strategy->possible(nest))
		return false;
	if (flags & AML_PLAN_STREAM)
		return choice->store != AMLI_PUT_CACHED;
	return !(flags & AML_PLAN_CACHED) || choice->store <= AMLI_PUT_CACHED;
}
