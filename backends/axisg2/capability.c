/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "aml/engine.h"
#include "backends/axisg2/capability.h"

/* Mappings that a process has besides: its libraries, stacks, heaps. */
#define OTHER_MAPPINGS 8192u

static long ask(struct amli_axisg2_io *io, enum axisg2_ioctl command)
{
	return amli_axisg2_io_ioctl(io, command, 0);
}

unsigned amli_axis_release_of(const char *git)
{
	unsigned major, minor, patch;
	char after = 0;

	if (*git == 'v')
		git++;
	if (sscanf(git, "%2u.%2u.%2u%c", &major, &minor, &patch, &after) < 3)
		return 0;
	return after && after != '-' ? 0 : major * 10000 + minor * 100 + patch;
}

/* An ioctl that a release does not have is refused, and does nothing. */
static void probe_ioctls(struct amli_axis_capability *cap, struct amli_axisg2_io *io)
{
	cap->has_rx_counters = ask(io, AXISG2_RX_IN_USER) >= 0;
	cap->has_missed = ask(io, AXISG2_REQUESTS_MISSED) != -EPERM;
	/* The driver writes no NUL. */
	cap->has_git =
		amli_axisg2_io_ioctl(io, AXISG2_GIT_VERSION, (uint64_t)(uintptr_t)cap->git) >= 0;
	cap->git[sizeof(cap->git) - 1] = 0;
	if (!cap->has_git)
		cap->git[0] = 0;
	cap->release = amli_axis_release_of(cap->git);
	cap->has_axi_version =
		amli_axisg2_io_ioctl(io, AXISG2_AXI_VERSION, (uint64_t)(uintptr_t)&cap->axi) >= 0;
}

static void read_firmware(struct amli_axis_capability *cap)
{
	uint32_t width = cap->axi.user[6] >> 24, lanes = cap->axi.user[0];

	if (!cap->has_axi_version)
		return;
	if (width && width <= 64 && !(width & (width - 1)) && width <= cap->size)
		cap->width = width;
	if (lanes <= AXISG2_DESTS / 256)
		cap->lanes = lanes;
}

int amli_axis_probe(struct amli_axis_capability *cap, struct amli_axisg2_io *io, const char *path)
{
	long api = ask(io, AXISG2_API_VERSION);
	long tx = ask(io, AXISG2_TX_COUNT), rx = ask(io, AXISG2_RX_COUNT);
	long total = ask(io, AXISG2_BUFFER_COUNT), size = ask(io, AXISG2_BUFFER_SIZE);

	*cap = (struct amli_axis_capability){.api = (unsigned)api};
	if (api < 0)
		return aml_engine_refuse(AML_ENOTSUP, "%s is no device of the datadev driver",
					 path);
	if (api != (long)AMLI_AXIS_API)
		return aml_engine_refuse(AML_ENOTSUP,
					 "%s: its driver's interface has number %ld: it must be "
					 "%u, that of release 5.16.0 and later",
					 path, api, AMLI_AXIS_API);
	if (tx < 1 || rx < 1 || total != tx + rx || size < 64 || tx > UINT16_MAX * 16l ||
	    rx > UINT16_MAX * 16l)
		return aml_engine_refuse(AML_ENOTSUP,
					 "%s has %ld buffers to send, %ld to receive, of %ld "
					 "bytes: that cannot be",
					 path, tx, rx, size);
	cap->tx = (uint32_t)tx;
	cap->rx = (uint32_t)rx;
	cap->size = (uint32_t)size;
	probe_ioctls(cap, io);
	cap->clears_cont = cap->release >= 60602 && cap->release <= 70201;
	read_firmware(cap);
	return 0;
}

int amli_axis_refuse_open(const char *path, int error)
{
	switch (-error) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return aml_engine_refuse(AML_ENOTSUP,
					 "%s: there is no such device: load the datadev driver, or "
					 "use the emulator",
					 path);
	case EACCES:
	case EPERM:
		return aml_engine_refuse(AML_EPERM,
					 "%s: no permission to read and write it: the driver "
					 "gives it mode 0666, something has changed that",
					 path);
	case EINVAL:
		return aml_engine_refuse(AML_EINVAL, "%s: no such emulator: see its keys", path);
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return aml_engine_refuse(AML_ENOMEM, "%s: %s", path, strerror(-error));
	default:
		return aml_engine_refuse(AML_ENOTSUP, "%s: %s", path, strerror(-error));
	}
}

static unsigned long max_map_count(void)
{
	FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
	unsigned long count = 0;

	if (file && fscanf(file, "%lu", &count) != 1)
		count = 0;
	if (file)
		fclose(file);
	return count;
}

int amli_axis_refuse_map(const struct amli_axis_capability *cap, const char *path, int error)
{
	unsigned long is = max_map_count(), buffers = cap->tx + cap->rx;

	if (error == -ENOMEM)
		return aml_engine_refuse(
			AML_ENOMEM,
			"%s: the system does not map %lu buffers: vm.max_map_count is %lu, set it "
			"to %lu (sysctl -w vm.max_map_count=%lu), or turn zero copy off",
			path, buffers, is, buffers + (is > OTHER_MAPPINGS ? is : OTHER_MAPPINGS),
			buffers + (is > OTHER_MAPPINGS ? is : OTHER_MAPPINGS));
	if (cap->size % (uint32_t)sysconf(_SC_PAGESIZE))
		return aml_engine_refuse(AML_ENOTSUP,
					 "%s: buffers of %u bytes are not whole pages, and cannot "
					 "be mapped: turn zero copy off",
					 path, cap->size);
	return aml_engine_refuse(AML_ENOTSUP, "%s: its buffers cannot be mapped: %s", path,
				 strerror(-error));
}
