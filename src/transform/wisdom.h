/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What measuring found, by nest.  A nest is known by its element, loops and the alignment of
 * both sides, together with the hints; where the memory is does not matter.
 *
 *	wisdom.c       the table in memory
 *	wisdom_text.c  an entry as a line of text
 *	wisdom_file.c  files of them, public calls, $AML_WISDOM
 */
#ifndef AMLI_TRANSFORM_WISDOM_H
#define AMLI_TRANSFORM_WISDOM_H

#include <stdio.h>

#include "transform/plan.h"

/* What a nest is known by. */
struct amli_wise {
	unsigned hints;		     /* AML_PLAN_STREAM, AML_PLAN_CACHED */
	unsigned dst_at, src_at;     /* alignment below a line, 0 = on one */
	const struct aml_nest *nest; /* its loops and element */
};

struct amli_wisdom {
	struct amli_choice choice;
	double of_estimate; /* time, as measured */
};

/* If there is wisdom on this plan's nest, it becomes its choice. */
bool amli_wisdom_recall(struct aml_plan *plan, unsigned flags);
/* Keep what was measured.  Without memory it is lost, and no more. */
void amli_wisdom_keep(const struct aml_plan *plan, unsigned flags, const struct amli_choice *choice,
		      double of_estimate);

/* The table.  add() leaves or replaces an older entry, false: no memory; each() in no order, false from fn ends it. */
bool amli_wisdom_add(const struct amli_wise *what, const struct amli_wisdom *wisdom, bool replace);
bool amli_wisdom_each(bool (*fn)(void *arg, const struct amli_wise *what,
				 const struct amli_wisdom *wisdom),
		      void *arg);

/* wisdom_text.c: a line, without its end.  parse() cuts it to pieces; what is then about
 * @nest; false: it is damaged. */
#define AMLI_WISDOM_LINE 4096
void amli_wisdom_print(char line[AMLI_WISDOM_LINE], const struct amli_wise *what,
		       const struct amli_wisdom *wisdom);
bool amli_wisdom_parse(char *line, struct amli_wise *what, struct aml_nest *nest,
		       struct amli_wisdom *wisdom);

/* wisdom_file.c: read $AML_WISDOM, once; write to it what was kept. */
void amli_wisdom_begin(void);
void amli_wisdom_kept(void);

#endif
