/* SPDX-License-Identifier: BSD-3-Clause */
#include "bare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "complain.h"
#include "stats.h"

/* What the driver understands. */
#define BUFFER_COUNT 0x1001u
#define BUFFER_SIZE 0x1002u
#define RETURN_INDEX (0x1005u | 1u << 16) /* one */
#define GET_INDEX 0x1006u
#define SET_MASK_BYTES 0x1008u

#define LIMIT_NS 1e9

struct sent {
	uint64_t data;
	uint32_t dest, flags, index, size, is32, pad;
};

struct received {
	uint64_t data;
	uint32_t dest, flags, index, error, size, is32;
	int32_t ret;
	uint32_t pad;
};

static int map(struct bare *b)
{
	b->buffer = calloc(b->n, sizeof(*b->buffer));
	for (size_t i = 0; b->buffer && i < b->n; i++) {
		b->buffer[i] = mmap(NULL, b->size, PROT_READ | PROT_WRITE, MAP_SHARED, b->fd,
				    (off_t)(i * b->size));
		if (b->buffer[i] == MAP_FAILED) {
			b->n = i;
			return -1;
		}
	}
	return b->buffer ? 0 : -1;
}

int bare_open(struct bare *b, const char *path, uint32_t dest)
{
	unsigned char mask[512] = {0};
	int n, size;

	*b = (struct bare){.fd = open(path, O_RDWR | O_CLOEXEC), .dest = dest};
	if (b->fd < 0) {
		complain("%s: %s; there is an emulator: LD_PRELOAD=libaml-datadev-emu.so", path,
			 strerror(errno));
		return -1;
	}
	mask[dest / 8] = (unsigned char)(1u << dest % 8);
	n = ioctl(b->fd, BUFFER_COUNT, 0);
	size = ioctl(b->fd, BUFFER_SIZE, 0);
	b->n = n > 0 ? (size_t)n : 0;
	b->size = size > 0 ? (size_t)size : 0;
	if (b->n && b->size && !ioctl(b->fd, SET_MASK_BYTES, mask) && !map(b))
		return 0;
	complain("%s: no claim of destination %u, or no map of %zu buffers: %s", path, dest, b->n,
		 strerror(errno));
	bare_close(b);
	return -1;
}

void bare_close(struct bare *b)
{
	for (size_t i = 0; b->buffer && i < b->n; i++)
		munmap(b->buffer[i], b->size);
	free(b->buffer);
	close(b->fd);
}

/* Ask again until it is there. */
static int receive(struct bare *b, struct received *frame)
{
	double end = 0;
	ssize_t n;

	while ((n = read(b->fd, frame, sizeof(*frame))) == 0) {
		if (end == 0)
			end = now_ns() + LIMIT_NS;
		else if (now_ns() > end)
			return -1;
	}
	return n == 1 ? 0 : -1;
}

int bare_round(struct bare *b, void *to, const void *from, size_t bytes)
{
	int index = ioctl(b->fd, GET_INDEX, 0);
	struct sent out = {.dest = b->dest, .index = (uint32_t)index, .size = (uint32_t)bytes};
	struct received in = {.data = 0};
	bool fits;

	if (index < 0)
		return -1;
	if (from)
		memcpy(b->buffer[index], from, bytes);
	if (write(b->fd, &out, sizeof(out)) < 0 || receive(b, &in))
		return -1;
	fits = in.ret >= 0 && (size_t)in.ret == bytes;
	if (fits && to)
		memcpy(to, b->buffer[in.index], bytes);
	return ioctl(b->fd, RETURN_INDEX, &in.index) || !fits ? -1 : 0;
}
