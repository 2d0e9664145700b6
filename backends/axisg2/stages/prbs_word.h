/* SPDX-License-Identifier: BSD-3-Clause */
/* The payload of PRBS frames, word for word. */
#ifndef AXISG2_STAGES_PRBS_WORD_H
#define AXISG2_STAGES_PRBS_WORD_H

#include "aml/axis/prbs.h"

#define AMLI_AXIS_PRBS_LIMBS (AML_AXIS_PRBS_WIDTH_MAX / 32)

/* A word, as 32-bit numbers from its low end, and what makes the next one of it. */
struct amli_axis_prbs_word {
	const struct aml_axis_prbs *form;
	uint32_t limbs[AMLI_AXIS_PRBS_LIMBS];
	uint32_t index; /* in the frame */
};

struct amli_axis_prbs_word amli_axis_prbs_first(const struct aml_axis_prbs *form,
						uint32_t sequence);
/* The next @n words, as they are in a frame. */
void amli_axis_prbs_next(struct amli_axis_prbs_word *word, unsigned char *to, size_t n);

/* 0, or -AML_EINVAL: there is no such form. */
int amli_axis_prbs_form(struct aml_axis_prbs *copy, const struct aml_axis_prbs *form);

#endif
