/* SPDX-License-Identifier: BSD-3-Clause */
/* aml-axis info: all that is known of a card. */
#include <stdio.h>
#include <string.h>

#include "aml/error.h"
#include "axis_command.h"
#include "axis_options.h"
#include "axis_run.h"
#include "info_print.h"

/* The monitors of streams that firmware of PCIe cards has: a block each way, 64 bytes a lane. */
#define MONITOR_IN 0x60000u
#define MONITOR_OUT 0x68000u
#define MONITOR_LANE 0x40u
#define LANES_MAX 16u

static void print_hex(const char *key, const uint8_t *bytes, size_t n)
{
	char text[2 * 32 + 1] = "";

	for (size_t i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	print_text(key, text);
}

static void print_hex32(const char *key, uint32_t value)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%08x", value);
	print_text(key, text);
}

static void print_driver(const struct aml_axis_info *info)
{
	print_text("path", info->path);
	print_text("driver", *info->driver ? info->driver : NULL);
	print_number("api", info->api);
	print_number("tx_buffers", info->tx);
	print_number("rx_buffers", info->rx);
	print_number("buffer_bytes", info->buffer_bytes);
	print_bool("long_frames", !info->splits);
	print_bool("has_counters", info->has_counters);
	print_bool("has_axi_version", info->has_axi_version);
}

static void print_firmware(const struct aml_axis_info *info)
{
	print_hex32("firmware", info->firmware);
	print_text("build", info->build);
	print_hex("git_hash", info->git_hash, sizeof(info->git_hash));
	print_hex("dna", info->dna, sizeof(info->dna));
	print_hex32("device_id", info->device_id);
	print_hex32("scratch", info->scratch);
	print_number("up_seconds", info->up_seconds);
	print_number("lanes", info->lanes);
	print_number("beat_bytes", info->width);
	print_number("dma_clock_hz", info->user[4]);
	print_list_begin("user_values");
	for (size_t i = 0; i < sizeof(info->user) / sizeof(info->user[0]); i++) {
		char name[8];

		if (!info->user[i])
			continue;
		snprintf(name, sizeof(name), "%zu", i);
		print_item_begin(name);
		print_hex32("value", info->user[i]);
		print_item_end();
	}
	print_list_end();
}

static uint32_t monitor(struct aml_axis *axis, uint32_t address)
{
	uint32_t value;

	return aml_axis_register_read(axis, address, &value) ? 0 : value;
}

static uint64_t monitor64(struct aml_axis *axis, uint32_t address)
{
	return monitor(axis, address) | (uint64_t)monitor(axis, address + 4) << 32;
}

static void print_monitors(struct aml_axis *axis, const char *key, uint32_t block, unsigned lanes)
{
	print_list_begin(key);
	for (unsigned lane = 0; lane < lanes && lane < LANES_MAX; lane++) {
		uint32_t at = block + lane * MONITOR_LANE;
		char name[16];

		if (!monitor64(axis, at + 0x04)) /* nothing has passed, or there is no monitor */
			continue;
		snprintf(name, sizeof(name), "lane %u", lane);
		print_item_begin(name);
		print_number("frames", monitor64(axis, at + 0x04));
		print_number("frames_per_second", monitor(axis, at + 0x0c));
		print_number("bytes_per_second", monitor64(axis, at + 0x18));
		print_number("last_frame_bytes", monitor(axis, at + 0x30));
		print_item_end();
	}
	print_list_end();
}

int run_info(const struct options *options)
{
	struct aml_axis_info info = {.size = sizeof(info)};
	struct aml_axis *axis = open_device(options, NULL, 0);
	int rc;

	if (!axis)
		return 1;
	rc = aml_axis_info(axis, &info);
	if (rc) {
		complain_of("info", rc);
		aml_axis_close(&axis);
		return 1;
	}
	print_begin(options->json);
	print_driver(&info);
	if (info.has_axi_version) {
		print_firmware(&info);
		print_monitors(axis, "from_fpga", MONITOR_IN, info.lanes);
		print_monitors(axis, "to_fpga", MONITOR_OUT, info.lanes);
	}
	print_end();
	aml_axis_close(&axis);
	return 0;
}
