/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "backends/axisg2/io.h"

static int is_emulator(const char *path)
{
	return !strncmp(path, "emu", 3) && (!path[3] || path[3] == ',');
}

int amli_axisg2_io_open(struct amli_axisg2_io *io, const char *path)
{
	*io = (struct amli_axisg2_io){.fd = -1};
	io->ops = is_emulator(path) ? &amli_axisg2_io_emu : &amli_axisg2_io_chardev;
	return io->ops->open(io, path);
}

void amli_axisg2_io_close(struct amli_axisg2_io *io)
{
	io->ops->close(io);
	io->fd = -1;
}

long amli_axisg2_io_ioctl(struct amli_axisg2_io *io, uint32_t command, uint64_t arg)
{
	return io->ops->ioctl(io, command, arg);
}

long amli_axisg2_io_read(struct amli_axisg2_io *io, void *records, size_t bytes)
{
	return io->ops->read(io, records, bytes);
}

long amli_axisg2_io_write(struct amli_axisg2_io *io, const void *record, size_t bytes)
{
	return io->ops->write(io, record, bytes);
}

int amli_axisg2_io_map(struct amli_axisg2_io *io, size_t bytes, off_t offset, void **out)
{
	*out = NULL;
	return io->ops->map(io, bytes, offset, out);
}

long amli_axisg2_io_proc(struct amli_axisg2_io *io, const char *path, char *text, size_t room)
{
	return io->ops->proc(io, path, text, room);
}

void amli_axisg2_io_unmap(void *memory, size_t bytes)
{
	munmap(memory, bytes);
}

int amli_axisg2_io_wait(struct amli_axisg2_io *io, int events, int64_t timeout_us)
{
	struct pollfd one = {.fd = io->fd, .events = (short)events};
	struct timespec limit = {timeout_us / 1000000, timeout_us % 1000000 * 1000};
	int n = ppoll(&one, 1, timeout_us < 0 ? NULL : &limit, NULL);

	if (n < 0)
		return -errno;
	return n ? one.revents & events : 0;
}
