/* SPDX-License-Identifier: BSD-3-Clause */
/* The emulator, in this process. */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backends/axisg2/emu_handle.h"
#include "backends/axisg2/io.h"

int amli_axisg2_sys_close(int fd)
{
	return close(fd);
}

static int emu_open(struct amli_axisg2_io *io, const char *path)
{
	int rc = amli_axisg2_handle_open(&io->handle, path, O_RDWR);

	if (!rc)
		io->fd = io->handle->seen;
	return rc;
}

static void emu_close(struct amli_axisg2_io *io)
{
	amli_axisg2_handle_close(io->handle);
}

static long emu_ioctl(struct amli_axisg2_io *io, uint32_t command, uint64_t arg)
{
	return amli_axisg2_call_ioctl(io->handle, command, arg);
}

static long emu_read(struct amli_axisg2_io *io, void *records, size_t bytes)
{
	return amli_axisg2_call_read(io->handle, (uintptr_t)records, bytes);
}

static long emu_write(struct amli_axisg2_io *io, const void *record, size_t bytes)
{
	return amli_axisg2_call_write(io->handle, (uintptr_t)record, bytes);
}

static int emu_map(struct amli_axisg2_io *io, size_t bytes, off_t offset, void **out)
{
	int error;
	void *memory = amli_axisg2_handle_map(io->handle, NULL, bytes, PROT_READ | PROT_WRITE,
					      MAP_SHARED, offset, &error);

	if (memory == MAP_FAILED)
		return -error;
	*out = memory;
	return 0;
}

static long emu_proc(struct amli_axisg2_io *io, const char *path, char *text, size_t room)
{
	(void)path;
	return (long)amli_axisg2_proc_text(io->handle, text, room);
}

const struct amli_axisg2_io_ops amli_axisg2_io_emu = {
	.open = emu_open,
	.close = emu_close,
	.ioctl = emu_ioctl,
	.read = emu_read,
	.write = emu_write,
	.map = emu_map,
	.proc = emu_proc,
};
