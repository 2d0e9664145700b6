/* SPDX-License-Identifier: BSD-3-Clause */
/* Choices: what can be chosen for a nest, and how that is written down. */
#ifndef AMLI_TRANSFORM_CHOICE_H
#define AMLI_TRANSFORM_CHOICE_H

#include <stdio.h>

#include "transform/plan.h"

#define AMLI_CHOICE_TEXT 128

/* One word per member, e.g. "transpose transpose32_avx512 stream near 256x512". */
void amli_choice_print(const struct amli_choice *choice, char *text, size_t size);
/* The same backwards.  False: not such a text, or nothing that this CPU has. */
bool amli_choice_parse(struct amli_choice *choice, const char *text, size_t element);

/* Whether a nest can be moved so, and the hints among flags allow it. */
bool amli_choice_fits(const struct amli_choice *choice, const struct aml_nest *nest,
		      unsigned flags);

#endif
