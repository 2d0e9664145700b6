/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "backends/axisg2/emu_handle.h"

#define PAGE UINT64_C(4096)

static uint64_t to_page(uint64_t bytes)
{
	return (bytes + PAGE - 1) & ~(PAGE - 1);
}

/* One buffer, whole.  More than one would need memory that lies together. */
static int check_buffer(const struct amli_axisg2_emu *dev, uint64_t bytes, uint64_t offset)
{
	if (offset % dev->config.size || bytes < dev->config.size)
		return EPERM;
	return bytes > to_page(dev->config.size) ? ENXIO : 0;
}

static int check_registers(uint64_t bytes, uint64_t offset)
{
	if (offset < AXISG2_BAR_FIRST || offset > AXISG2_BAR_END || bytes > AXISG2_BAR_END - offset)
		return EPERM;
	return 0;
}

/* Where in the segment, or what is wrong. */
static int place(const struct amli_axisg2_emu *dev, uint64_t bytes, uint64_t offset, uint64_t *at)
{
	uint64_t end = (uint64_t)amli_axisg2_total(dev) * dev->config.size;

	if (!bytes || offset % PAGE)
		return EINVAL;
	bytes = to_page(bytes);
	if (offset < end) {
		*at = dev->pool_at + offset;
		return check_buffer(dev, bytes, offset);
	}
	*at = dev->bar_at + offset - end;
	return check_registers(bytes, offset - end);
}

static bool may(int access, int protection, int flags)
{
	if (access == O_WRONLY)
		return false;
	return access == O_RDWR || !(protection & PROT_WRITE) || !(flags & MAP_SHARED);
}

void *amli_axisg2_handle_map(struct amli_axisg2_handle *handle, void *hint, size_t bytes,
			     int protection, int flags, off_t offset, int *error)
{
	uint64_t at = 0;
	void *mapped;

	*error = may(handle->access, protection, flags)
			 ? place(handle->at->dev, bytes, (uint64_t)offset, &at)
			 : EACCES;
	if (*error)
		return MAP_FAILED;
	mapped = mmap(hint, bytes, protection, flags, handle->keeper, (off_t)at);
	if (mapped == MAP_FAILED)
		*error = errno;
	return mapped;
}
