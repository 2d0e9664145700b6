/* SPDX-License-Identifier: BSD-3-Clause */
/* The monitors of streams in the firmware of PCIe cards: registers that count what passes each
 * lane, in a block for each direction. */
#include <string.h>

#include "backends/axisg2/emu.h"

#define LANE_BYTES 0x40u

/* Offsets in a lane's part of a block. */
enum {
	FRAMES = 0x04,
	RATE = 0x0c, /* of frames a second; its most and least follow, as they do the others */
	BANDWIDTH = 0x18,
	LAST = 0x30,
};

static const uint32_t blocks[] = {
	[AMLI_AXISG2_FROM_FPGA] = 0x60000, [AMLI_AXISG2_TO_FPGA] = 0x68000};

void amli_axisg2_monitor(struct amli_axisg2_emu *dev, enum amli_axisg2_way way, uint32_t lane,
			 uint32_t bytes, bool ends)
{
	struct amli_axisg2_monitor *m = &dev->monitor[way][lane];

	m->bytes += bytes;
	m->frame_bytes += bytes;
	if (!ends)
		return;
	m->last = m->frame_bytes;
	if (!m->frames || m->last > m->last_most)
		m->last_most = m->last;
	if (!m->frames || m->last < m->last_least)
		m->last_least = m->last;
	m->frames++;
	m->frame_bytes = 0;
}

/* Rates are those of the last second that was over when somebody looked. */
static void measure(struct amli_axisg2_monitor *m, uint64_t now_ns)
{
	uint64_t passed_ns = now_ns - m->since_ns;

	if (m->since_ns && passed_ns < 1000000000)
		return;
	if (m->since_ns) {
		double seconds = (double)passed_ns * 1e-9;

		m->rate = (uint32_t)((double)(m->frames - m->frames_then) / seconds);
		m->bandwidth = (uint64_t)((double)(m->bytes - m->bytes_then) / seconds);
		m->rate_most = m->rate > m->rate_most ? m->rate : m->rate_most;
		m->rate_least = m->rate < m->rate_least ? m->rate : m->rate_least;
		m->bandwidth_most = m->bandwidth > m->bandwidth_most ? m->bandwidth
								     : m->bandwidth_most;
		m->bandwidth_least = m->bandwidth < m->bandwidth_least ? m->bandwidth
								       : m->bandwidth_least;
	} else {
		m->rate_least = UINT32_MAX;
		m->bandwidth_least = UINT64_MAX;
	}
	m->since_ns = now_ns;
	m->frames_then = m->frames;
	m->bytes_then = m->bytes;
}

static void show(char *at, const struct amli_axisg2_monitor *m)
{
	const uint32_t rate[] = {m->rate, m->rate_most, m->rate_least};
	const uint64_t bandwidth[] = {m->bandwidth, m->bandwidth_most, m->bandwidth_least};
	const uint32_t last[] = {m->last, m->last_most, m->last_least};

	memcpy(at + FRAMES, &m->frames, sizeof(m->frames));
	memcpy(at + RATE, rate, sizeof(rate));
	memcpy(at + BANDWIDTH, bandwidth, sizeof(bandwidth));
	memcpy(at + LAST, last, sizeof(last));
}

void amli_axisg2_monitor_show(struct amli_axisg2_emu *dev, uint64_t address)
{
	for (size_t way = 0; way < 2; way++)
		for (uint32_t lane = 0; lane < dev->config.lanes; lane++) {
			uint32_t at = blocks[way] + lane * LANE_BYTES;

			if (address < at || address >= at + LANE_BYTES)
				continue;
			measure(&dev->monitor[way][lane], amli_axisg2_now_ns());
			show((char *)dev + dev->bar_at + at, &dev->monitor[way][lane]);
		}
}

void amli_axisg2_monitor_reset(struct amli_axisg2_emu *dev, uint64_t address, uint32_t value)
{
	for (size_t way = 0; way < 2; way++)
		if (address == blocks[way] && value & 1)
			memset(dev->monitor[way], 0, sizeof(dev->monitor[way]));
}
