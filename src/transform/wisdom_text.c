/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A line of wisdom:
 *
 *	hints dst-alignment src-alignment eBYTES [n dst:src].. = choice = of-estimate #sum
 *
 * The sum is CRC32C of all before it, so a line that was damaged is known as such, and the
 * others are still good.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/map.h"
#include "transform/choice.h"
#include "transform/wisdom.h"

static unsigned sum_of(const char *text, size_t length)
{
	return ~amli_crc_any(UINT32_MAX, NULL, text, length);
}

void amli_wisdom_print(char line[AMLI_WISDOM_LINE], const struct amli_wise *what,
		       const struct amli_wisdom *wisdom)
{
	char choice[AMLI_CHOICE_TEXT];
	int n = snprintf(line, AMLI_WISDOM_LINE, "%u %u %u e%zu ", what->hints, what->dst_at,
			 what->src_at, what->nest->element);

	for (size_t i = what->nest->nloops; i-- > 0;)
		n += snprintf(line + n, AMLI_WISDOM_LINE - (size_t)n, "[%zu %td:%td]",
			      what->nest->loop[i].n, what->nest->loop[i].dst,
			      what->nest->loop[i].src);
	amli_choice_print(&wisdom->choice, choice, sizeof(choice));
	n += snprintf(line + n, AMLI_WISDOM_LINE - (size_t)n, " = %s = %.3f", choice,
		      wisdom->of_estimate);
	snprintf(line + n, AMLI_WISDOM_LINE - (size_t)n, " #%08x", sum_of(line, (size_t)n));
}

/* Cuts the sum off. */
static bool check_sum(char *line)
{
	char *mark = strrchr(line, '#'), sum[16];

	if (!mark || mark == line || mark[-1] != ' ')
		return false;
	snprintf(sum, sizeof(sum), "#%08x", sum_of(line, (size_t)(mark - 1 - line)));
	mark[-1] = 0;
	return !strcmp(mark, sum);
}

/* "[n dst:src]..", outermost first; what follows them, or NULL */
static const char *parse_loops(const char *at, struct aml_nest *nest)
{
	int end;

	nest->nloops = 0;
	for (; *at == '['; at += end) {
		struct aml_loop *l = &nest->loop[nest->nloops];

		end = 0;
		if (nest->nloops == AML_NDIMS_MAX ||
		    sscanf(at, "[%zu %td:%td]%n", &l->n, &l->dst, &l->src, &end) != 3 || !end)
			return NULL;
		nest->nloops++;
	}
	for (size_t i = 0; i < nest->nloops / 2; i++) {
		struct aml_loop swap = nest->loop[i];

		nest->loop[i] = nest->loop[nest->nloops - 1 - i];
		nest->loop[nest->nloops - 1 - i] = swap;
	}
	return at;
}

bool amli_wisdom_parse(char *line, struct amli_wise *what, struct aml_nest *nest,
		       struct amli_wisdom *wisdom)
{
	const char *at;
	char *choice, *gain;
	int end = 0;

	what->nest = nest;
	if (!check_sum(line) || sscanf(line, "%u %u %u e%zu %n", &what->hints, &what->dst_at,
				       &what->src_at, &nest->element, &end) != 4)
		return false;
	at = parse_loops(line + end, nest);
	if (!at || strncmp(at, " = ", 3))
		return false;
	choice = line + (at - line) + 3;
	gain = strstr(choice, " = ");
	if (!gain)
		return false;
	*gain = 0;
	wisdom->of_estimate = strtod(gain + 3, NULL);
	return amli_choice_parse(&wisdom->choice, choice, nest->element);
}
