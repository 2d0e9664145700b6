/* SPDX-License-Identifier: BSD-3-Clause */
/* BAR 0 is memory, which a program may also map; what is written there is read there. */
#include <string.h>

#include "backends/axisg2/emu.h"

/* Offsets in the AxiVersion block. */
enum {
	FIRMWARE = 0x000,
	SCRATCH = 0x004,
	UP_SECONDS = 0x008,
	HALT_RELOAD = 0x100,
	RELOAD = 0x104,
	RELOAD_ADDRESS = 0x108,
	USER_RESET = 0x10c,
	FD_VALUE = 0x300,
	USER = 0x400,
	DEVICE_ID = 0x500,
	GIT_HASH = 0x600,
	DNA = 0x700,
	BUILD = 0x800,
	BLOCK_END = 0x4000,
};

static char *bar(struct amli_axisg2_emu *dev, uint64_t address)
{
	return (char *)dev + dev->bar_at + address;
}

static void set(struct amli_axisg2_emu *dev, uint64_t address, uint32_t value)
{
	memcpy(bar(dev, address), &value, sizeof(value));
}

static uint32_t get(struct amli_axisg2_emu *dev, uint64_t address)
{
	uint32_t value;

	memcpy(&value, bar(dev, address), sizeof(value));
	return value;
}

uint32_t amli_axisg2_control(struct amli_axisg2_emu *dev, enum amli_axisg2_control which)
{
	return get(dev, which);
}

void amli_axisg2_control_set(struct amli_axisg2_emu *dev, enum amli_axisg2_control which,
			     uint32_t value)
{
	set(dev, which, value);
}

void amli_axisg2_registers_init(struct amli_axisg2_emu *dev)
{
	static const char build[] = "datadev emulator: libaml";
	const uint32_t user[] = {
		dev->config.lanes,
		1,
		0,
		0,
		250000000, /* Hz of the DMA clock */
		0,
		dev->config.width << 24 | dev->config.tdest << 20 | dev->config.tuser << 16,
		0,
		250000000,
	};

	set(dev, AXISG2_BAR_AXI_VERSION + FIRMWARE, 0x01000000);
	for (uint32_t i = 0; i < sizeof(user) / sizeof(user[0]); i++)
		set(dev, AXISG2_BAR_AXI_VERSION + USER + 4 * i, user[i]);
	for (uint32_t i = 0; i < 20; i++)
		*bar(dev, AXISG2_BAR_AXI_VERSION + GIT_HASH + i) = (char)(0xe0 + i);
	for (uint32_t i = 0; i < 16; i++)
		*bar(dev, AXISG2_BAR_AXI_VERSION + DNA + i) = (char)(i + 1);
	memcpy(bar(dev, AXISG2_BAR_AXI_VERSION + BUILD), build, sizeof(build));
	set(dev, AMLI_AXISG2_CONTROL, AMLI_AXISG2_CONTROL_MAGIC);
	set(dev, AMLI_AXISG2_CONTROL_STALL, dev->config.stall);
	set(dev, AMLI_AXISG2_CONTROL_STARVE, dev->config.starve);
}

static void tick(struct amli_axisg2_emu *dev)
{
	uint64_t up_ns = amli_axisg2_now_ns() - dev->started_ns;

	set(dev, AXISG2_BAR_AXI_VERSION + UP_SECONDS, (uint32_t)(up_ns / 1000000000u));
}

static bool is_reachable(uint64_t address)
{
	return address >= AXISG2_BAR_FIRST && address <= AXISG2_BAR_END - 4;
}

/* In the block of AxiVersion most is read only. */
static bool is_writable(uint64_t address)
{
	uint64_t offset = address - AXISG2_BAR_AXI_VERSION;

	return offset >= BLOCK_END || offset == SCRATCH ||
	       (offset >= HALT_RELOAD && offset <= USER_RESET);
}

bool amli_axisg2_register_read(struct amli_axisg2_emu *dev, uint64_t address, uint32_t *value)
{
	if (!is_reachable(address))
		return false;
	tick(dev);
	amli_axisg2_monitor_show(dev, address);
	*value = get(dev, address);
	return true;
}

bool amli_axisg2_register_write(struct amli_axisg2_emu *dev, uint64_t address, uint32_t value)
{
	if (!is_reachable(address))
		return false;
	if (is_writable(address))
		set(dev, address, value);
	amli_axisg2_monitor_reset(dev, address, value);
	amli_axisg2_card_run(dev);
	return true;
}

void amli_axisg2_axi_version(struct amli_axisg2_emu *dev, struct axisg2_axi_version *out)
{
	const char *block = bar(dev, AXISG2_BAR_AXI_VERSION);

	tick(dev);
	memset(out, 0, sizeof(*out));
	memcpy(&out->firmware, block + FIRMWARE, 4);
	memcpy(&out->scratch, block + SCRATCH, 4);
	memcpy(&out->up_seconds, block + UP_SECONDS, 4);
	memcpy(out->fd_value, block + FD_VALUE, sizeof(out->fd_value));
	memcpy(out->user, block + USER, sizeof(out->user));
	memcpy(&out->device_id, block + DEVICE_ID, 4);
	memcpy(out->git_hash, block + GIT_HASH, sizeof(out->git_hash));
	memcpy(out->dna, block + DNA, sizeof(out->dna));
	memcpy(out->build, block + BUILD, sizeof(out->build));
}

/* Clock cycles in which a stream waited for a buffer: 4 ns each. */
uint32_t amli_axisg2_requests_missed(struct amli_axisg2_emu *dev)
{
	uint64_t ns = dev->missed_ns;

	if (dev->starved_ns)
		ns += amli_axisg2_now_ns() - dev->starved_ns;
	return (uint32_t)(ns / 4);
}
