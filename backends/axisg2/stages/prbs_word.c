/* SPDX-License-Identifier: BSD-3-Clause */
#include "backends/axisg2/stages/prbs_word.h"

#include <stdbool.h>
#include <string.h>

#include "aml/engine.h"
#include "backends/axisg2/stages/wire.h"

static const struct aml_axis_prbs usual = AML_AXIS_PRBS_DEFAULT;

int amli_axis_prbs_form(struct aml_axis_prbs *copy, const struct aml_axis_prbs *form)
{
	if (!form)
		form = &usual;
	if (form->width == 0 || form->width > AML_AXIS_PRBS_WIDTH_MAX || form->width % 32)
		return aml_engine_refuse(AML_EINVAL,
					 "words of %u bits: take a multiple of 32 up to %d",
					 form->width, AML_AXIS_PRBS_WIDTH_MAX);
	if (form->ntaps == 0 || form->ntaps > AML_AXIS_PRBS_TAPS_MAX)
		return aml_engine_refuse(AML_EINVAL, "%u taps: take 1 to %d", form->ntaps,
					 AML_AXIS_PRBS_TAPS_MAX);
	for (unsigned i = 0; i < form->ntaps; i++)
		if (form->taps[i] >= form->width)
			return aml_engine_refuse(AML_EINVAL, "tap %u is not a bit of words of %u",
						 form->taps[i], form->width);
	if ((unsigned)form->payload > AML_AXIS_PRBS_NONE)
		return aml_engine_refuse(AML_EINVAL, "there is no payload of kind %d",
					 (int)form->payload);
	*copy = *form;
	return 0;
}

struct amli_axis_prbs_word amli_axis_prbs_first(const struct aml_axis_prbs *form, uint32_t sequence)
{
	return (struct amli_axis_prbs_word){.form = form, .limbs = {sequence}, .index = 2};
}

static bool is_usual(const struct aml_axis_prbs *form)
{
	return form->width == usual.width && form->ntaps == usual.ntaps &&
	       memcmp(form->taps, usual.taps, usual.ntaps * sizeof(usual.taps[0])) == 0;
}

/* What nearly everybody uses, several times as fast. */
static void next_usual(struct amli_axis_prbs_word *word, unsigned char *to, size_t n)
{
	uint32_t value = word->limbs[0];

	for (size_t i = 0; i < n; i++) {
		uint32_t bit = (value >> 1 ^ value >> 2 ^ value >> 6 ^ value >> 31) & 1;

		value = value << 1 | bit;
		amli_axis_put32(to + 4 * i, value);
	}
	word->limbs[0] = value;
}

static void step(struct amli_axis_prbs_word *word)
{
	const struct aml_axis_prbs *form = word->form;
	uint32_t *limbs = word->limbs, bit = 0;

	for (unsigned i = 0; i < form->ntaps; i++)
		bit ^= limbs[form->taps[i] / 32] >> form->taps[i] % 32;
	for (unsigned i = form->width / 32 - 1; i > 0; i--)
		limbs[i] = limbs[i] << 1 | limbs[i - 1] >> 31;
	limbs[0] = limbs[0] << 1 | (bit & 1);
}

void amli_axis_prbs_next(struct amli_axis_prbs_word *word, unsigned char *to, size_t n)
{
	unsigned nlimbs = word->form->width / 32;

	if (word->form->payload == AML_AXIS_PRBS_RANDOM && is_usual(word->form)) {
		next_usual(word, to, n);
		return;
	}
	for (; n > 0; n--) {
		if (word->form->payload == AML_AXIS_PRBS_COUNT)
			memcpy(word->limbs, (uint32_t[AMLI_AXIS_PRBS_LIMBS]){word->index++},
			       sizeof(word->limbs));
		else
			step(word);
		for (unsigned i = 0; i < nlimbs; i++, to += 4)
			amli_axis_put32(to, word->limbs[i]);
	}
}
