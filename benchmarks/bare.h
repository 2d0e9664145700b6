/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames of one buffer as a program without the library sends and receives them: calls of the
 * datadev driver, and nothing else. */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bare {
	int fd;
	uint32_t dest;
	size_t size; /* bytes of a buffer */
	size_t n;    /* buffers */
	char **buffer;
};

/* Open the device, claim a destination and map all buffers.  0, or -1 after a complaint. */
int bare_open(struct bare *b, const char *path, uint32_t dest);
void bare_close(struct bare *b);

/* Send a frame of so many bytes, at most a buffer's, and receive what comes back; NULL: whatever
 * the buffer has, and leave there what came.  0, or -1: it does not come back. */
int bare_round(struct bare *b, void *to, const void *from, size_t bytes);

#endif
