/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames that the card makes by itself: PRBS at a fixed rate.  When there is no room, the
 * source waits like any other, and does not make up for it. */
#include <string.h>

#include "backends/axisg2/emu.h"

uint32_t amli_axisg2_prbs(uint32_t value)
{
	uint32_t bit = (value >> 1 ^ value >> 2 ^ value >> 6 ^ value >> 31) & 1;

	return value << 1 | bit;
}

static uint32_t next_word(const struct amli_axisg2_source_config *config,
			  struct amli_axisg2_source *source)
{
	if (source->offset == 0)
		return source->value = source->sequence;
	if (source->offset == 4)
		return config->size / 4 - 1;
	return source->value = amli_axisg2_prbs(source->value);
}

/* As much of the frame as there is room for; true: it is finished. */
static bool make(struct amli_axisg2_emu *dev, uint32_t number)
{
	const struct amli_axisg2_source_config *config = &dev->config.source[number];
	struct amli_axisg2_source *source = &dev->source[number];

	while (source->offset < config->size) {
		size_t room;
		char *to = amli_axisg2_receive_room(dev, AMLI_AXISG2_BY_SOURCE + number,
						    config->dest, source->offset ? 0 : AXISG2_SOF,
						    &room);

		if (!room)
			return false;
		if (room > config->size - source->offset)
			room = config->size - source->offset;
		room -= room % 4;
		for (size_t at = 0; at < room; at += 4, source->offset += 4) {
			uint32_t word = next_word(config, source);

			if (to)
				memcpy(to + at, &word, sizeof(word));
		}
		if (to)
			amli_axisg2_receive_bytes(dev, config->dest, room);
	}
	amli_axisg2_receive_last(dev, config->dest, 0);
	return true;
}

/* True if a frame was finished. */
static bool run(struct amli_axisg2_emu *dev, uint32_t number, uint64_t now)
{
	const struct amli_axisg2_source_config *config = &dev->config.source[number];
	struct amli_axisg2_source *source = &dev->source[number];
	uint64_t period = 1000000000u / config->rate;

	if ((config->count && source->made == config->count) ||
	    config->dest >> 8 >= dev->config.lanes || amli_axisg2_is_stalled(dev, config->dest))
		return false;
	if (source->next_ns > now) {
		if (source->next_ns < dev->next_ns)
			dev->next_ns = source->next_ns;
		return false;
	}
	if (!source->offset && !source->sequence)
		source->sequence = 1;
	if (!make(dev, number))
		return false;
	source->offset = 0;
	source->sequence++;
	source->made++;
	/* A late source goes on from now. */
	source->next_ns += period;
	if (source->next_ns + 100 * period < now)
		source->next_ns = now;
	return true;
}

bool amli_axisg2_sources_run(struct amli_axisg2_emu *dev, uint64_t now)
{
	bool made = false;

	for (uint32_t i = 0; i < dev->config.nsources; i++)
		made |= run(dev, i, now);
	return made;
}
