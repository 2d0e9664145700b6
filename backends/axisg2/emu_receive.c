/* SPDX-License-Identifier: BSD-3-Clause */
/* The card's receiving side: a stream becomes buffers, cut where they are full. */
#include "backends/axisg2/emu.h"

uint32_t amli_axisg2_receive_take(struct amli_axisg2_emu *dev)
{
	uint32_t index = AMLI_AXISG2_NONE;

	if (!amli_axisg2_control(dev, AMLI_AXISG2_CONTROL_STARVE))
		index = amli_axisg2_take(dev, AMLI_AXISG2_RX_FREE);
	if (index == AMLI_AXISG2_NONE) {
		if (!dev->starved_ns)
			dev->starved_ns = amli_axisg2_now_ns();
	} else {
		if (dev->starved_ns)
			dev->missed_ns += amli_axisg2_now_ns() - dev->starved_ns;
		dev->starved_ns = 0;
		amli_axisg2_put(dev, index, AMLI_AXISG2_OPEN, 0);
	}
	return index;
}

/* What a buffer takes: whole beats. */
static uint32_t capacity(const struct amli_axisg2_emu *dev)
{
	return dev->config.size / dev->config.width * dev->config.width;
}

/* Releases before 6.6.0 always let a frame go on in the next buffer. */
static bool continues(const struct amli_axisg2_emu *dev)
{
	return dev->config.cont || dev->config.version < 60600;
}

static void close_buffer(struct amli_axisg2_emu *dev, uint32_t dest, uint32_t flags, uint32_t error)
{
	struct amli_axisg2_open *open = &dev->open[dest];
	struct amli_axisg2_buffer *buffer = amli_axisg2_buffer(dev, open->index);

	buffer->size = open->used;
	buffer->dest = dest;
	buffer->flags = open->fuser | flags;
	buffer->error = error;
	amli_axisg2_receive_complete(dev, open->index);
	open->index = AMLI_AXISG2_NONE;
}

static bool open_buffer(struct amli_axisg2_emu *dev, uint32_t dest, uint32_t tuser)
{
	struct amli_axisg2_open *open = &dev->open[dest];
	uint32_t index = amli_axisg2_receive_take(dev);

	if (index == AMLI_AXISG2_NONE)
		return false;
	amli_axisg2_buffer(dev, index)->dest = dest;
	open->index = index;
	open->used = 0;
	open->fuser = tuser;
	return true;
}

char *amli_axisg2_receive_room(struct amli_axisg2_emu *dev, uint32_t by, uint32_t dest,
			       uint32_t tuser, size_t *room)
{
	struct amli_axisg2_open *open = &dev->open[dest];

	*room = 0;
	if (open->by && open->by != by)
		return NULL;
	open->by = by;
	if (open->index != AMLI_AXISG2_NONE && open->used >= capacity(dev)) {
		close_buffer(dev, dest, continues(dev) ? AXISG2_CONT : 0,
			     continues(dev) ? 0 : AXISG2_ERROR_MAX);
		open->dump = !continues(dev);
	}
	if (open->dump) {
		*room = SIZE_MAX;
		return NULL;
	}
	if (open->index == AMLI_AXISG2_NONE && !open_buffer(dev, dest, tuser))
		return NULL;
	*room = capacity(dev) - open->used;
	return amli_axisg2_data(dev, open->index) + open->used;
}

void amli_axisg2_receive_bytes(struct amli_axisg2_emu *dev, uint32_t dest, size_t bytes)
{
	dev->open[dest].used += (uint32_t)bytes;
}

void amli_axisg2_receive_last(struct amli_axisg2_emu *dev, uint32_t dest, uint32_t tuser)
{
	struct amli_axisg2_open *open = &dev->open[dest];

	if (!open->dump && (open->index != AMLI_AXISG2_NONE || open_buffer(dev, dest, 0)))
		close_buffer(dev, dest, AXISG2_FLAGS(0, tuser), 0);
	open->dump = open->by = 0;
}

static bool is_nth(uint32_t count, uint32_t every)
{
	return every && count % every == 0;
}

/* A register that acts once. */
static uint32_t once(struct amli_axisg2_emu *dev, enum amli_axisg2_control which)
{
	uint32_t value = amli_axisg2_control(dev, which);

	if (value)
		amli_axisg2_control_set(dev, which, 0);
	return value;
}

static void spoil(struct amli_axisg2_emu *dev, struct amli_axisg2_buffer *buffer)
{
	uint32_t n = dev->completions;

	if (is_nth(n, dev->config.error_every))
		buffer->error |= dev->config.error_bits;
	buffer->error |= once(dev, AMLI_AXISG2_CONTROL_NEXT_ERROR) & 7;
	if (!(buffer->flags & AXISG2_CONT) &&
	    (is_nth(n, dev->config.eofe_every) || once(dev, AMLI_AXISG2_CONTROL_NEXT_EOFE)))
		buffer->flags |= AXISG2_FLAGS(0, AXISG2_EOFE);
	if (is_nth(n, dev->config.empty_every) || once(dev, AMLI_AXISG2_CONTROL_NEXT_EMPTY))
		buffer->size = 0;
	if (!buffer->size)
		buffer->error = AXISG2_ERROR_EMPTY;
}

void amli_axisg2_receive_complete(struct amli_axisg2_emu *dev, uint32_t index)
{
	struct amli_axisg2_buffer *buffer = amli_axisg2_buffer(dev, index);

	dev->completions++;
	dev->continued += (buffer->flags & AXISG2_CONT) != 0;
	amli_axisg2_monitor(dev, AMLI_AXISG2_FROM_FPGA, buffer->dest >> 8, buffer->size,
			    !(buffer->flags & AXISG2_CONT));
	spoil(dev, buffer);
	if (is_nth(dev->completions, dev->config.lose_rx_every) ||
	    once(dev, AMLI_AXISG2_CONTROL_NEXT_LOSE_RX)) {
		amli_axisg2_put(dev, index, AMLI_AXISG2_LOST, 0);
	} else if (dev->config.delay_us) {
		buffer->due_ns = amli_axisg2_now_ns() + dev->config.delay_us * UINT64_C(1000);
		amli_axisg2_put(dev, index, AMLI_AXISG2_RX_DUE, 0);
	} else {
		amli_axisg2_deliver(dev, index);
	}
}

void amli_axisg2_deliver(struct amli_axisg2_emu *dev, uint32_t index)
{
	struct amli_axisg2_buffer *buffer = amli_axisg2_buffer(dev, index);
	uint32_t owner = dev->claim[buffer->dest];

	buffer->uses++;
	if (owner) {
		amli_axisg2_put(dev, index, AMLI_AXISG2_RX_QUEUE, owner - 1);
		return;
	}
	amli_axisg2_control_set(dev, AMLI_AXISG2_CONTROL_UNCLAIMED,
				amli_axisg2_control(dev, AMLI_AXISG2_CONTROL_UNCLAIMED) + 1);
	amli_axisg2_put(dev, index, AMLI_AXISG2_RX_PRE, 0);
}
