/* SPDX-License-Identifier: BSD-3-Clause */
/* The card's sending side, and what makes it go. */
#include <string.h>

#include "backends/axisg2/emu.h"

static void wake_at(struct amli_axisg2_emu *dev, uint64_t when_ns)
{
	if (when_ns < dev->next_ns)
		dev->next_ns = when_ns;
}

/* What the card has at once; the rest waits in software. */
static uint32_t in_tx_ring(const struct amli_axisg2_emu *dev)
{
	uint32_t n = dev->list[AMLI_AXISG2_TX_HW].n;

	for (uint32_t i = 0; i < dev->config.lanes; i++)
		n += dev->lane[i].current != AMLI_AXISG2_NONE;
	return n;
}

static bool post_tx(struct amli_axisg2_emu *dev, uint64_t now)
{
	struct amli_axisg2_list *list = &dev->list[AMLI_AXISG2_TX_PRE];
	bool moved = false;

	while (list->n && in_tx_ring(dev) < dev->config.ring - 1) {
		if (amli_axisg2_buffer(dev, list->head)->due_ns > now) {
			wake_at(dev, amli_axisg2_buffer(dev, list->head)->due_ns);
			break;
		}
		amli_axisg2_put(dev, amli_axisg2_take(dev, AMLI_AXISG2_TX_PRE), AMLI_AXISG2_TX_HW,
				0);
		moved = true;
	}
	return moved;
}

static bool post_rx(struct amli_axisg2_emu *dev)
{
	bool moved = false;

	while (dev->list[AMLI_AXISG2_RX_PRE].n &&
	       dev->list[AMLI_AXISG2_RX_FREE].n < dev->config.ring - 1) {
		amli_axisg2_put(dev, amli_axisg2_take(dev, AMLI_AXISG2_RX_PRE), AMLI_AXISG2_RX_FREE,
				0);
		moved = true;
	}
	return moved;
}

/* From 6.6.2 on bit 17 got into the number of the lane. */
static uint32_t lane_of(const struct amli_axisg2_emu *dev, const struct amli_axisg2_buffer *buffer)
{
	uint32_t lane = buffer->dest >> 8;

	if (dev->config.version >= 60602 && buffer->flags & AXISG2_TIMEOUT)
		lane |= 1;
	return lane;
}

/* The destination at the other end of the wires, which may be fewer. */
static uint32_t wired_dest(const struct amli_axisg2_emu *dev,
			   const struct amli_axisg2_buffer *buffer)
{
	return lane_of(dev, buffer) << 8 | (buffer->dest & ((1u << dev->config.tdest) - 1));
}

/* Releases 6.6.2 to 7.2.1 send every buffer as a frame. */
static bool continues(const struct amli_axisg2_emu *dev, const struct amli_axisg2_buffer *buffer)
{
	uint32_t version = dev->config.version;

	return buffer->flags & AXISG2_CONT && !(version >= 60602 && version <= 70201);
}

bool amli_axisg2_is_stalled(struct amli_axisg2_emu *dev, uint32_t dest)
{
	return amli_axisg2_control(dev, AMLI_AXISG2_CONTROL_STALL) >> (dest >> 8) & 1;
}

/* The part of a frame that a buffer is goes on into the stream.  A part that is not the
 * last and ends within a beat leaves a hole there.  False: no room for all of it. */
static bool stream(struct amli_axisg2_emu *dev, struct amli_axisg2_lane *lane,
		   const struct amli_axisg2_buffer *buffer)
{
	uint32_t mask = (1u << dev->config.tuser) - 1, dest = wired_dest(dev, buffer);
	bool more = continues(dev, buffer);
	uint32_t beats = (buffer->size + dev->config.width - 1) / dev->config.width;
	uint32_t end = more ? beats * dev->config.width : buffer->size;

	while (lane->offset < end) {
		uint32_t left = end - lane->offset, data = 0;
		uint32_t fuser = lane->offset ? 0 : AXISG2_FUSER(buffer->flags) & mask;
		size_t room;
		char *to = amli_axisg2_receive_room(dev, AMLI_AXISG2_BY_LANE, dest, fuser, &room);

		if (room == 0)
			return false;
		if (room < left)
			left = (uint32_t)room;
		if (lane->offset < buffer->size)
			data = buffer->size - lane->offset < left ? buffer->size - lane->offset
								  : left;
		if (to) {
			memcpy(to, amli_axisg2_data(dev, lane->current) + lane->offset, data);
			memset(to + data, 0, left - data);
			amli_axisg2_receive_bytes(dev, dest, left);
		}
		lane->offset += left;
	}
	if (!more)
		amli_axisg2_receive_last(dev, dest, AXISG2_LUSER(buffer->flags) & mask);
	return true;
}

/* One buffer received for each sent, as it is. */
static bool exact(struct amli_axisg2_emu *dev, struct amli_axisg2_lane *lane,
		  const struct amli_axisg2_buffer *sent)
{
	uint32_t mask = (1u << dev->config.tuser) - 1, index = amli_axisg2_receive_take(dev);
	struct amli_axisg2_buffer *buffer;

	if (index == AMLI_AXISG2_NONE)
		return false;
	buffer = amli_axisg2_buffer(dev, index);
	memcpy(amli_axisg2_data(dev, index), amli_axisg2_data(dev, lane->current), sent->size);
	buffer->size = sent->size;
	buffer->dest = wired_dest(dev, sent);
	buffer->error = 0;
	buffer->flags =
		AXISG2_FLAGS(AXISG2_FUSER(sent->flags) & mask, AXISG2_LUSER(sent->flags) & mask) |
		(continues(dev, sent) ? AXISG2_CONT : 0);
	amli_axisg2_receive_complete(dev, index);
	return true;
}

/* Whether a lane is through with its buffer. */
static bool send(struct amli_axisg2_emu *dev, struct amli_axisg2_lane *lane)
{
	struct amli_axisg2_buffer *buffer = amli_axisg2_buffer(dev, lane->current);

	if (amli_axisg2_is_stalled(dev, lane_of(dev, buffer) << 8))
		return false;
	if (!buffer->size && !dev->config.zero)
		return false; /* the engine waits for a byte to ask for, for ever */
	if (dev->config.loop == AMLI_AXISG2_STREAM)
		return stream(dev, lane, buffer);
	if (dev->config.loop == AMLI_AXISG2_EXACT)
		return exact(dev, lane, buffer);
	return true;
}

static bool is_nth(uint32_t count, uint32_t every)
{
	return every && count % every == 0;
}

static void sent(struct amli_axisg2_emu *dev, struct amli_axisg2_lane *lane)
{
	uint32_t index = lane->current;
	const struct amli_axisg2_buffer *buffer = amli_axisg2_buffer(dev, index);

	amli_axisg2_monitor(dev, AMLI_AXISG2_TO_FPGA, (uint32_t)(lane - dev->lane), buffer->size,
			    !continues(dev, buffer));
	lane->current = AMLI_AXISG2_NONE;
	lane->offset = 0;
	if (is_nth(++dev->tx_completions, dev->config.lose_tx_every) ||
	    amli_axisg2_control(dev, AMLI_AXISG2_CONTROL_NEXT_LOSE_TX)) {
		amli_axisg2_control_set(dev, AMLI_AXISG2_CONTROL_NEXT_LOSE_TX, 0);
		amli_axisg2_put(dev, index, AMLI_AXISG2_LOST, 0);
	} else {
		amli_axisg2_recycle(dev, index);
	}
}

/* The first in the ring goes to its lane, or waits for it and lets all others wait. */
static bool feed_lane(struct amli_axisg2_emu *dev)
{
	struct amli_axisg2_list *list = &dev->list[AMLI_AXISG2_TX_HW];
	struct amli_axisg2_lane *lane;
	uint32_t number, index;

	if (!list->n)
		return false;
	number = lane_of(dev, amli_axisg2_buffer(dev, list->head));
	lane = &dev->lane[number];
	if (number < dev->config.lanes && lane->current != AMLI_AXISG2_NONE)
		return false;
	index = amli_axisg2_take(dev, AMLI_AXISG2_TX_HW);
	if (number >= dev->config.lanes) { /* there is none: nobody hears of it */
		amli_axisg2_recycle(dev, index);
		return true;
	}
	lane->offset = 0;
	lane->current = index;
	amli_axisg2_put(dev, index, AMLI_AXISG2_LANE, 0);
	return true;
}

static bool run_lanes(struct amli_axisg2_emu *dev)
{
	bool moved = feed_lane(dev);

	for (uint32_t i = 0; i < dev->config.lanes; i++)
		if (dev->lane[i].current != AMLI_AXISG2_NONE && send(dev, &dev->lane[i])) {
			sent(dev, &dev->lane[i]);
			moved = true;
		}
	return moved;
}

static bool deliver_due(struct amli_axisg2_emu *dev, uint64_t now)
{
	struct amli_axisg2_list *list = &dev->list[AMLI_AXISG2_RX_DUE];
	bool moved = false;

	while (list->n) {
		if (amli_axisg2_buffer(dev, list->head)->due_ns > now) {
			wake_at(dev, amli_axisg2_buffer(dev, list->head)->due_ns);
			break;
		}
		amli_axisg2_deliver(dev, amli_axisg2_take(dev, AMLI_AXISG2_RX_DUE));
		moved = true;
	}
	return moved;
}

void amli_axisg2_card_run(struct amli_axisg2_emu *dev)
{
	uint64_t now = 0;
	bool moved;

	/* The time costs more than a look at what may need it. */
	if (dev->config.nsources || dev->config.delay_us || dev->config.tail_every)
		now = amli_axisg2_now_ns();
	dev->next_ns = UINT64_MAX;
	do {
		moved = post_tx(dev, now);
		moved |= post_rx(dev);
		moved |= deliver_due(dev, now);
		moved |= run_lanes(dev);
		moved |= amli_axisg2_sources_run(dev, now);
	} while (moved);
}
