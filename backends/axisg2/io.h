/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the backend reaches the driver: a few system calls, made of the real device
 * (io_chardev.c) or of the emulator in this library (io_emu.c).  What is above cannot tell.
 *
 * All calls return what the system call returns, or a negated error number of the system.
 */
#ifndef AXISG2_IO_H
#define AXISG2_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "backends/axisg2/driver.h"

struct amli_axisg2_io;
struct amli_axisg2_handle;

struct amli_axisg2_io_ops {
	int (*open)(struct amli_axisg2_io *io, const char *path);
	void (*close)(struct amli_axisg2_io *io);
	long (*ioctl)(struct amli_axisg2_io *io, uint32_t command, uint64_t arg);
	long (*read)(struct amli_axisg2_io *io, void *records, size_t bytes);
	long (*write)(struct amli_axisg2_io *io, const void *record, size_t bytes);
	int (*map)(struct amli_axisg2_io *io, size_t bytes, off_t offset, void **out);
	long (*proc)(struct amli_axisg2_io *io, const char *path, char *text, size_t room);
};

/* An open device. */
struct amli_axisg2_io {
	const struct amli_axisg2_io_ops *ops;
	int fd;				   /* for poll, select and epoll */
	struct amli_axisg2_handle *handle; /* of the emulator */
};

extern const struct amli_axisg2_io_ops amli_axisg2_io_chardev, amli_axisg2_io_emu;

/* "emu", "emu,key=value,..." or the path of a device. */
int amli_axisg2_io_open(struct amli_axisg2_io *io, const char *path);
/* Buffers that are mapped stay so, and are the descriptor's until they are unmapped. */
void amli_axisg2_io_close(struct amli_axisg2_io *io);

/* @arg: a number, or a pointer as one. */
long amli_axisg2_io_ioctl(struct amli_axisg2_io *io, uint32_t command, uint64_t arg);
/* How many records were filled, not bytes; never blocks. */
long amli_axisg2_io_read(struct amli_axisg2_io *io, void *records, size_t bytes);
/* Bytes of the buffer; 0: none is free.  Never blocks. */
long amli_axisg2_io_write(struct amli_axisg2_io *io, const void *record, size_t bytes);

/* A buffer, at @offset index * size; or registers, behind the last buffer. */
int amli_axisg2_io_map(struct amli_axisg2_io *io, size_t bytes, off_t offset, void **out);
void amli_axisg2_io_unmap(void *memory, size_t bytes);

/* What /proc has of the device that was opened as @path, with a NUL; its length without. */
long amli_axisg2_io_proc(struct amli_axisg2_io *io, const char *path, char *text, size_t room);

/* Until one of the events (POLLIN, POLLOUT) is there: the events; 0: the time is over.
 * Negative @timeout_us: no limit. */
int amli_axisg2_io_wait(struct amli_axisg2_io *io, int events, int64_t timeout_us);

#endif
