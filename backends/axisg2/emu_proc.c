/* SPDX-License-Identifier: BSD-3-Clause */
/* The text of /proc/datadev_N, as the driver writes it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backends/axisg2/emu_handle.h"

/* What is written so far, and how wide the labels of this block are. */
struct text {
	char *at;
	size_t left;
	int width;
};

static void print(struct text *text, const char *form, ...) __attribute__((format(printf, 2, 3)));
static void print(struct text *text, const char *form, ...)
{
	va_list list;
	int n;

	va_start(list, form);
	n = vsnprintf(text->at, text->left, form, list);
	va_end(list);
	if (n < 0 || (size_t)n >= text->left)
		n = text->left ? (int)text->left - 1 : 0;
	text->at += n;
	text->left -= (size_t)n;
}

static void begin(struct text *text, const char *title, int width)
{
	print(text, "%s\n", title);
	text->width = width;
}

#define LINE(text, label, form, ...) \
	print(text, "%*s : " form "\n", (text)->width, label, __VA_ARGS__)

/* The byte that is printed first comes last. */
static void hex(char *to, const uint8_t *bytes, size_t n)
{
	*to = 0;
	for (size_t i = n; i-- > 0; to += 2)
		snprintf(to, 3, "%02x", bytes[i]);
}

static bool is_zero(const uint8_t *bytes, size_t n)
{
	while (n && !bytes[n - 1])
		n--;
	return n == 0;
}

static void print_firmware(struct text *text, struct amli_axisg2_emu *dev)
{
	struct axisg2_axi_version axi;
	char git[2 * 20 + 1], dna[2 * 16 + 1];

	amli_axisg2_axi_version(dev, &axi);
	hex(git, axi.git_hash, 20);
	hex(dna, axi.dna, 16);
	begin(text, "---------- Firmware Axi Version -----------", 21);
	LINE(text, "Firmware Version", "0x%x", axi.firmware);
	LINE(text, "ScratchPad", "0x%x", axi.scratch);
	LINE(text, "Up Time Count", "%u", axi.up_seconds);
	LINE(text, "Git Hash", "%s", is_zero(axi.git_hash, 20) ? "dirty (uncommitted code)" : git);
	LINE(text, "DNA Value", "0x%s", dna);
	LINE(text, "Build String", "%.*s", (int)sizeof(axi.build), axi.build);
	LINE(text, "Hardware Type", "Undefined (0x%03x)", axi.user[9] & 0xfff);
	LINE(text, "Bifurcation Index", "%u", axi.user[9] >> 12 & 0xf);
}

/* Version 5 of the engine, descriptors of 128 bits, loaded once, running. */
#define ENABLE_VERSION 0x05010101u

static void print_engine(struct text *text, struct amli_axisg2_emu *dev)
{
	uint32_t sends = dev->list[AMLI_AXISG2_TX_HW].n;

	for (uint32_t i = 0; i < dev->config.lanes; i++)
		sends += dev->lane[i].current != AMLI_AXISG2_NONE;
	begin(text, "\n---------- DMA Firmware General ----------", 23);
	LINE(text, "IRQ", "%u", 0u);
	LINE(text, "Int Req Count", "%u", 0u);
	LINE(text, "Continue Count", "%u", dev->continued);
	LINE(text, "Address Count", "%u", dev->config.ring);
	LINE(text, "Hw Write Buff Count", "%u", dev->list[AMLI_AXISG2_RX_FREE].n);
	LINE(text, "Hw Read Buff Count", "%u", sends);
	LINE(text, "Cache Config", "0x%x", 0u);
	LINE(text, "Desc 128 En", "%u", 1u);
	LINE(text, "Enable Ver ", "0x%x", ENABLE_VERSION);
	LINE(text, "Driver Load Count", "%u", ENABLE_VERSION >> 8 & 0xff);
	LINE(text, "IRQ Hold", "%u", 10000u);
	LINE(text, "BG Enable", "0x%x", 0u);
	LINE(text, "GPU Async En", "%u", 0u);
	LINE(text, "DMA Timeout", "0x%x", 0xffffu);
}

static void print_driver(struct text *text, const struct amli_axisg2_emu *dev)
{
	begin(text, "\n-------- DMA Kernel Driver General --------", 25);
	LINE(text, "DMA Driver's Git Version", "%s", dev->config.git);
	LINE(text, "DMA Driver's API Version", "0x%x", dev->config.version < 51600 ? 5u : 6u);
	LINE(text, "GPUAsync Support", "%s", "Disabled");
}

/* One side's buffers, with the counters that come after @first. */
static void print_buffers(struct text *text, struct amli_axisg2_emu *dev, bool receives)
{
	const uint32_t first = receives ? AXISG2_RX_IN_USER : AXISG2_TX_IN_USER;
	uint32_t i = receives ? dev->config.tx : 0, n = receives ? dev->config.rx : dev->config.tx;
	uint64_t uses = 0;

	for (uint32_t end = i + n; i < end; i++)
		uses += amli_axisg2_buffer(dev, i)->uses;
	begin(text,
	      receives ? "\n---- Read Buffers (Firmware->Software) ----"
		       : "\n---- Write Buffers (Software->Firmware) ---",
	      21);
	LINE(text, "Buffer Count", "%u", n);
	LINE(text, "Buffer Size", "%u", dev->config.size);
	LINE(text, "Buffer Mode", "%u", 1u); /* coherent */
	LINE(text, "Buffers In User", "%u", amli_axisg2_count(dev, first));
	LINE(text, "Buffers In Hw", "%u", amli_axisg2_count(dev, first + 1));
	LINE(text, "Buffers In Pre-Hw Q", "%u", amli_axisg2_count(dev, first + 2));
	LINE(text, receives ? "Buffers In Rx Queue" : "Buffers In Sw Queue", "%u",
	     amli_axisg2_count(dev, first + 3));
	LINE(text, "Tot Buffer Use", "%llu", (unsigned long long)uses);
}

size_t amli_axisg2_proc_text(struct amli_axisg2_handle *handle, char *out, size_t room)
{
	struct amli_axisg2_emu *dev = handle->at->dev;
	struct text text = {.at = out, .left = room};

	amli_axisg2_emu_lock(dev);
	amli_axisg2_reap(handle->at);
	if (dev->config.version >= 60701)
		print(&text, "PCIe[BUS:NUM:SLOT.FUNC] : 0000:01:00.0\n");
	print_firmware(&text, dev);
	print_engine(&text, dev);
	print_driver(&text, dev);
	print_buffers(&text, dev, true);
	print_buffers(&text, dev, false);
	print(&text, "\n");
	amli_axisg2_unlock(handle->at);
	return (size_t)(text.at - out);
}
