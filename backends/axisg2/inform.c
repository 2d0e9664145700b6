/* SPDX-License-Identifier: BSD-3-Clause */
/* What a device tells of itself, and its registers. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aml/engine.h"
#include "backends/axisg2/device.h"
#include "backends/axisg2/proc.h"

static int check(const struct aml_axis *axis, const void *out, const char *what)
{
	if (axis && out)
		return 0;
	return aml_engine_refuse(AML_EINVAL, "%s is NULL", axis ? what : "axis");
}

static int check_size(const char *what, size_t size, size_t want)
{
	if (size == want)
		return 0;
	return aml_engine_refuse(AML_EINVAL, "%s->size is %zu: set it to %zu", what, size, want);
}

static void fill_axi_version(struct aml_axis_info *info, const struct axisg2_axi_version *axi)
{
	info->firmware = axi->firmware;
	info->scratch = axi->scratch;
	info->up_seconds = axi->up_seconds;
	info->device_id = axi->device_id;
	memcpy(info->user, axi->user, sizeof(info->user));
	/* The byte that is printed first comes last. */
	for (size_t i = 0; i < sizeof(info->git_hash); i++)
		info->git_hash[i] = axi->git_hash[sizeof(info->git_hash) - 1 - i];
	for (size_t i = 0; i < sizeof(info->dna); i++)
		info->dna[i] = axi->dna[sizeof(info->dna) - 1 - i];
	memcpy(info->build, axi->build, sizeof(axi->build));
	info->build[sizeof(axi->build)] = 0;
}

int aml_axis_info(struct aml_axis *axis, struct aml_axis_info *info)
{
	int rc = check(axis, info, "info");
	const struct amli_axis_capability *cap;
	struct axisg2_axi_version axi;

	if (rc == 0)
		rc = check_size("info", info->size, sizeof(*info));
	if (rc)
		return rc;
	cap = &axis->cap;
	*info = (struct aml_axis_info){
		.size = sizeof(*info),
		.api = cap->api,
		.release = cap->release,
		.tx = cap->tx,
		.rx = cap->rx,
		.buffer_bytes = cap->size,
		.width = cap->width,
		.lanes = cap->lanes,
		.splits = cap->clears_cont,
		.has_counters = cap->has_rx_counters,
		.has_axi_version = cap->has_axi_version,
	};
	snprintf(info->path, sizeof(info->path), "%.*s", (int)sizeof(info->path) - 1, axis->path);
	snprintf(info->driver, sizeof(info->driver), "%s", cap->git);
	axi = cap->axi; /* and what has changed since */
	if (cap->has_axi_version)
		amli_axisg2_io_ioctl(&axis->io, AXISG2_AXI_VERSION, (uint64_t)(uintptr_t)&axi);
	if (cap->has_axi_version)
		fill_axi_version(info, &axi);
	return 0;
}

static int64_t ask(struct aml_axis *axis, enum axisg2_ioctl command)
{
	long rc = amli_axisg2_io_ioctl(&axis->io, command, 0);

	return rc < 0 ? -1 : rc;
}

/* The five counters of a side follow each other. */
static struct aml_axis_places places(struct aml_axis *axis, uint32_t first)
{
	return (struct aml_axis_places){
		.user = ask(axis, first),
		.card = ask(axis, first + 1),
		.before = ask(axis, first + 2),
		.queue = ask(axis, first + 3),
		.missing = ask(axis, first + 4),
	};
}

/* An unsigned number that comes as a signed one. */
static int64_t requests_missed(struct aml_axis *axis)
{
	if (!axis->cap.has_missed)
		return -1;
	return (uint32_t)amli_axisg2_io_ioctl(&axis->io, AXISG2_REQUESTS_MISSED, 0);
}

int aml_axis_counters(struct aml_axis *axis, struct aml_axis_counters *counters)
{
	int rc = check(axis, counters, "counters");
	struct amli_axis_proc proc;

	if (rc == 0)
		rc = check_size("counters", counters->size, sizeof(*counters));
	if (rc)
		return rc;
	amli_axis_return_flush(axis);
	pthread_mutex_lock(&axis->rx.lock);
	*counters = axis->rx.counters;
	counters->queued = axis->rx.queued;
	pthread_mutex_unlock(&axis->rx.lock);
	counters->size = sizeof(*counters);
	counters->held = atomic_load(&axis->owners.held);
	counters->tx_frames = atomic_load_explicit(&axis->tx.frames, memory_order_relaxed);
	counters->tx_bytes = atomic_load_explicit(&axis->tx.bytes, memory_order_relaxed);
	counters->tx_parts = atomic_load_explicit(&axis->tx.parts, memory_order_relaxed);
	counters->starved = atomic_load_explicit(&axis->tx.starved, memory_order_relaxed);
	counters->tx = places(axis, AXISG2_TX_IN_USER);
	amli_axis_proc_read(&proc, &axis->io, axis->path);
	counters->rx = axis->cap.has_rx_counters ? places(axis, AXISG2_RX_IN_USER) : proc.rx;
	counters->rx_used = proc.rx_used;
	counters->requests_missed = requests_missed(axis);
	return 0;
}

/* ---- things to do ---- */

static int result(const struct aml_axis *axis, long rc, const char *what)
{
	if (rc >= 0)
		return 0;
	return aml_engine_refuse(AML_EIO, "%s: the driver refuses to %s: %s", axis->path, what,
				 strerror((int)-rc));
}

int aml_axis_set_debug(struct aml_axis *axis, unsigned level)
{
	int rc = check(axis, axis, "axis");

	if (rc)
		return rc;
	if (level > 255)
		return aml_engine_refuse(AML_EINVAL, "level %u: 0 to 255", level);
	return result(axis, amli_axisg2_io_ioctl(&axis->io, AXISG2_SET_DEBUG, level),
		      "set the level of its log");
}

int aml_axis_acknowledge(struct aml_axis *axis)
{
	int rc = check(axis, axis, "axis");

	return rc ? rc
		  : result(axis, amli_axisg2_io_ioctl(&axis->io, AXISG2_READ_ACK, 0),
			   "acknowledge");
}

/* ---- registers ---- */

static int check_address(uint32_t address)
{
	if (address >= AXISG2_BAR_FIRST && address <= AXISG2_BAR_END - 4 && address % 4 == 0)
		return 0;
	return aml_engine_refuse(AML_EINVAL,
				 "register 0x%x: want a multiple of 4 from 0x%x to below 0x%x",
				 address, AXISG2_BAR_FIRST, AXISG2_BAR_END);
}

int aml_axis_register_read(struct aml_axis *axis, uint32_t address, uint32_t *value)
{
	struct axisg2_register record = {.address = address};
	int rc = check(axis, value, "value");

	if (rc == 0)
		rc = check_address(address);
	if (rc == 0)
		rc = result(axis,
			    amli_axisg2_io_ioctl(&axis->io, AXISG2_READ_REGISTER,
						 (uint64_t)(uintptr_t)&record),
			    "read a register");
	if (rc == 0)
		*value = record.data;
	return rc;
}

int aml_axis_register_write(struct aml_axis *axis, uint32_t address, uint32_t value)
{
	struct axisg2_register record = {.address = address, .data = value};
	int rc = check(axis, axis, "axis");

	if (rc == 0)
		rc = check_address(address);
	return rc ? rc
		  : result(axis,
			   amli_axisg2_io_ioctl(&axis->io, AXISG2_WRITE_REGISTER,
						(uint64_t)(uintptr_t)&record),
			   "write a register");
}
