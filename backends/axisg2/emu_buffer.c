/* SPDX-License-Identifier: BSD-3-Clause */
#include "backends/axisg2/emu.h"

static bool is_listed(enum amli_axisg2_where where)
{
	return where >= AMLI_AXISG2_TX_FREE;
}

static struct amli_axisg2_list *list_of(struct amli_axisg2_emu *dev, enum amli_axisg2_where where,
					uint32_t slot)
{
	return where == AMLI_AXISG2_RX_QUEUE ? &dev->slot[slot].queue : &dev->list[where];
}

void amli_axisg2_stale(struct amli_axisg2_emu *dev, uint32_t slot)
{
	if (dev->slot[slot].used && !dev->slot[slot].stale) {
		dev->slot[slot].stale = 1;
		dev->nstale++;
		dev->nuntold++;
	}
}

/* Whether TX buffers are free concerns everybody. */
static void stale_all(struct amli_axisg2_emu *dev)
{
	for (uint32_t i = 0; i < dev->slots_used; i++)
		amli_axisg2_stale(dev, i);
}

static void append(struct amli_axisg2_emu *dev, struct amli_axisg2_list *list, uint32_t index)
{
	amli_axisg2_buffer(dev, index)->next = AMLI_AXISG2_NONE;
	if (list->n)
		amli_axisg2_buffer(dev, list->tail)->next = index;
	else
		list->head = index;
	list->tail = index;
	list->n++;
}

void amli_axisg2_put(struct amli_axisg2_emu *dev, uint32_t index, enum amli_axisg2_where where,
		     uint32_t slot)
{
	struct amli_axisg2_buffer *buffer = amli_axisg2_buffer(dev, index);

	buffer->owner = (uint16_t)slot;
	buffer->order = ++dev->order;
	/* Who dies between two of these stores leaves what repair can use. */
	atomic_signal_fence(memory_order_seq_cst);
	buffer->where = (uint8_t)where;
	if (!is_listed(where))
		return;
	append(dev, list_of(dev, where, slot), index);
	if (where == AMLI_AXISG2_TX_FREE && dev->list[where].n == 1)
		stale_all(dev);
	if (where == AMLI_AXISG2_RX_QUEUE) {
		dev->slot[slot].arrived++;
		amli_axisg2_stale(dev, slot);
	}
}

static uint32_t take(struct amli_axisg2_emu *dev, struct amli_axisg2_list *list)
{
	uint32_t index = list->head;

	if (!list->n)
		return AMLI_AXISG2_NONE;
	list->head = amli_axisg2_buffer(dev, index)->next;
	list->n--;
	return index;
}

uint32_t amli_axisg2_take(struct amli_axisg2_emu *dev, enum amli_axisg2_where where)
{
	uint32_t index = take(dev, &dev->list[where]);

	if (where == AMLI_AXISG2_TX_FREE && index != AMLI_AXISG2_NONE && !dev->list[where].n)
		stale_all(dev);
	return index;
}

uint32_t amli_axisg2_take_queued(struct amli_axisg2_emu *dev, uint32_t slot)
{
	uint32_t index = take(dev, &dev->slot[slot].queue);

	if (index != AMLI_AXISG2_NONE && !dev->slot[slot].queue.n)
		amli_axisg2_stale(dev, slot);
	return index;
}

void amli_axisg2_take_free(struct amli_axisg2_emu *dev, uint32_t index)
{
	uint32_t n = dev->list[AMLI_AXISG2_TX_FREE].n, at;

	/* Once round; the others keep their order. */
	while (n--) {
		at = take(dev, &dev->list[AMLI_AXISG2_TX_FREE]);
		if (at != index)
			append(dev, &dev->list[AMLI_AXISG2_TX_FREE], at);
	}
	if (!dev->list[AMLI_AXISG2_TX_FREE].n)
		stale_all(dev);
}

void amli_axisg2_recycle(struct amli_axisg2_emu *dev, uint32_t index)
{
	amli_axisg2_put(dev, index,
			index < dev->config.tx ? AMLI_AXISG2_TX_FREE : AMLI_AXISG2_RX_PRE, 0);
}

/* The counter that a place belongs to, counted from IN_USER. */
static enum axisg2_ioctl counter_of(enum amli_axisg2_where where)
{
	switch (where) {
	case AMLI_AXISG2_USER:
		return AXISG2_TX_IN_USER;
	case AMLI_AXISG2_LANE:
	case AMLI_AXISG2_OPEN:
	case AMLI_AXISG2_TX_HW:
	case AMLI_AXISG2_RX_FREE:
	case AMLI_AXISG2_RX_DUE:
		return AXISG2_TX_IN_HW;
	case AMLI_AXISG2_TX_PRE:
	case AMLI_AXISG2_RX_PRE:
		return AXISG2_TX_IN_PRE_HW;
	case AMLI_AXISG2_TX_FREE:
	case AMLI_AXISG2_RX_QUEUE:
		return AXISG2_TX_IN_SW;
	default:
		return AXISG2_TX_MISSING;
	}
}

uint32_t amli_axisg2_count(struct amli_axisg2_emu *dev, enum axisg2_ioctl counter)
{
	bool rx = counter >= AXISG2_RX_IN_USER;
	uint32_t i = rx ? dev->config.tx : 0, end = rx ? amli_axisg2_total(dev) : dev->config.tx;
	uint32_t n = 0;

	if (rx)
		counter -= AXISG2_RX_IN_USER - AXISG2_TX_IN_USER;
	for (; i < end; i++)
		n += counter_of(amli_axisg2_buffer(dev, i)->where) == counter;
	return n;
}

void amli_axisg2_release(struct amli_axisg2_emu *dev, uint32_t slot)
{
	uint32_t index;

	if (dev->slot[slot].claimed)
		for (uint32_t i = 0; i < AXISG2_DESTS; i++)
			if (dev->claim[i] == slot + 1)
				dev->claim[i] = 0;
	while ((index = amli_axisg2_take_queued(dev, slot)) != AMLI_AXISG2_NONE)
		amli_axisg2_recycle(dev, index);
	for (index = 0; index < amli_axisg2_total(dev); index++) {
		struct amli_axisg2_buffer *buffer = amli_axisg2_buffer(dev, index);

		if (buffer->owner == slot &&
		    (buffer->where == AMLI_AXISG2_USER || buffer->where == AMLI_AXISG2_BUSY))
			amli_axisg2_recycle(dev, index);
	}
	dev->nstale -= dev->slot[slot].stale != 0;
	dev->nuntold -= dev->slot[slot].stale == 1;
	dev->slot[slot] = (struct amli_axisg2_slot){
		.queue = {.head = AMLI_AXISG2_NONE, .tail = AMLI_AXISG2_NONE}};
}
