/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "backends/axisg2/emu.h"

static int by_order(const void *a, const void *b, void *arg)
{
	uint64_t x = amli_axisg2_buffer(arg, *(const uint32_t *)a)->order;
	uint64_t y = amli_axisg2_buffer(arg, *(const uint32_t *)b)->order;

	return (x > y) - (x < y);
}

static void clear_lists(struct amli_axisg2_emu *dev)
{
	for (int i = 0; i < AMLI_AXISG2_PLACES; i++)
		dev->list[i] = (struct amli_axisg2_list){AMLI_AXISG2_NONE, AMLI_AXISG2_NONE, 0};
	for (uint32_t i = 0; i < AMLI_AXISG2_SLOTS; i++)
		dev->slot[i].queue = dev->list[0];
}

/* Where a buffer belongs: what a lane or a destination does not know of has got lost
 * between two places. */
static enum amli_axisg2_where place_of(struct amli_axisg2_emu *dev, uint32_t index)
{
	const struct amli_axisg2_buffer *buffer = amli_axisg2_buffer(dev, index);
	enum amli_axisg2_where where = buffer->where;
	enum amli_axisg2_where idle = index < dev->config.tx ? AMLI_AXISG2_TX_FREE
							     : AMLI_AXISG2_RX_PRE;

	if (where == AMLI_AXISG2_LANE) {
		for (uint32_t i = 0; i < AMLI_AXISG2_LANES; i++)
			if (dev->lane[i].current == index)
				return where;
		return idle;
	}
	if (where == AMLI_AXISG2_OPEN)
		return dev->open[buffer->dest % AXISG2_DESTS].index == index ? where : idle;
	if (where == AMLI_AXISG2_RX_QUEUE &&
	    (buffer->owner >= AMLI_AXISG2_SLOTS || !dev->slot[buffer->owner].used))
		return idle;
	return where;
}

/* And what they know of but do not have. */
static void forget(struct amli_axisg2_emu *dev)
{
	for (uint32_t i = 0; i < AMLI_AXISG2_LANES; i++) {
		uint32_t index = dev->lane[i].current;

		if (index != AMLI_AXISG2_NONE &&
		    amli_axisg2_buffer(dev, index)->where != AMLI_AXISG2_LANE)
			dev->lane[i].current = AMLI_AXISG2_NONE;
	}
	for (uint32_t i = 0; i < AXISG2_DESTS; i++) {
		uint32_t index = dev->open[i].index;

		if (index != AMLI_AXISG2_NONE &&
		    amli_axisg2_buffer(dev, index)->where != AMLI_AXISG2_OPEN)
			dev->open[i].index = AMLI_AXISG2_NONE;
	}
}

static void refill(struct amli_axisg2_emu *dev)
{
	uint32_t *sorted = (uint32_t *)((char *)dev + dev->sort_at);
	uint32_t total = amli_axisg2_total(dev);

	for (uint32_t i = 0; i < total; i++)
		sorted[i] = i;
	qsort_r(sorted, total, sizeof(*sorted), by_order, dev);
	for (uint32_t i = 0; i < total; i++)
		amli_axisg2_put(dev, sorted[i], place_of(dev, sorted[i]),
				amli_axisg2_buffer(dev, sorted[i])->owner);
}

void amli_axisg2_repair(struct amli_axisg2_emu *dev)
{
	forget(dev);
	clear_lists(dev);
	refill(dev);
	dev->nstale = dev->nuntold = 0;
	for (uint32_t i = 0; i < AMLI_AXISG2_SLOTS; i++) {
		dev->slot[i].stale = 0;
		/* Nobody knows: to be said anew. */
		dev->slot[i].readable = dev->slot[i].blocked = 2;
	}
	for (uint32_t i = 0; i < dev->slots_used; i++)
		amli_axisg2_stale(dev, i);
}
