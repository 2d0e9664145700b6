/* SPDX-License-Identifier: BSD-3-Clause */
/* The driver's device, by its system calls. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backends/axisg2/io.h"

static int chardev_open(struct amli_axisg2_io *io, const char *path)
{
	io->fd = open(path, O_RDWR | O_CLOEXEC);
	return io->fd < 0 ? -errno : 0;
}

static void chardev_close(struct amli_axisg2_io *io)
{
	close(io->fd);
}

static long result(long rc)
{
	return rc == -1 ? -errno : rc;
}

static long chardev_ioctl(struct amli_axisg2_io *io, uint32_t command, uint64_t arg)
{
	return result(ioctl(io->fd, command, arg));
}

static long chardev_read(struct amli_axisg2_io *io, void *records, size_t bytes)
{
	return result(read(io->fd, records, bytes));
}

static long chardev_write(struct amli_axisg2_io *io, const void *record, size_t bytes)
{
	return result(write(io->fd, record, bytes));
}

static int chardev_map(struct amli_axisg2_io *io, size_t bytes, off_t offset, void **out)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, io->fd, offset);

	if (memory == MAP_FAILED)
		return -errno;
	*out = memory;
	return 0;
}

/* It has the name of the node, which @path may be a link to. */
static long chardev_proc(struct amli_axisg2_io *io, const char *path, char *text, size_t room)
{
	char *node = realpath(path, NULL), name[300];
	const char *slash = strrchr(node ? node : path, '/');
	FILE *file = NULL;
	size_t n;

	(void)io;
	if (slash && (size_t)snprintf(name, sizeof(name), "/proc/%s", slash + 1) < sizeof(name))
		file = fopen(name, "re");
	free(node);
	if (!file)
		return -ENOENT;
	n = fread(text, 1, room - 1, file);
	fclose(file);
	text[n] = 0;
	return (long)n;
}

const struct amli_axisg2_io_ops amli_axisg2_io_chardev = {
	.open = chardev_open,
	.close = chardev_close,
	.ioctl = chardev_ioctl,
	.read = chardev_read,
	.write = chardev_write,
	.map = chardev_map,
	.proc = chardev_proc,
};
