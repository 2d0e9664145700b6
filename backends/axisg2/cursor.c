/* SPDX-License-Identifier: BSD-3-Clause */
#include "backends/axisg2/cursor.h"

#include <string.h>

struct amli_axis_cursor amli_axis_cursor(const struct aml_axis_frame *frame, size_t offset)
{
	struct amli_axis_cursor at = {.part = frame->parts, .offset = offset};

	for (size_t left = frame->nparts; left > 1 && at.offset >= at.part->iov_len; left--) {
		at.offset -= at.part->iov_len;
		at.part++;
	}
	return at;
}

/* The next run of at most @bytes in one part. */
static char *next_run(struct amli_axis_cursor *at, size_t bytes, size_t *run)
{
	char *memory;

	if (at->offset == at->part->iov_len) {
		at->part++;
		at->offset = 0;
	}
	*run = at->part->iov_len - at->offset;
	if (*run > bytes)
		*run = bytes;
	memory = (char *)at->part->iov_base + at->offset;
	at->offset += *run;
	return memory;
}

void amli_axis_cursor_read(struct amli_axis_cursor *at, void *to, size_t bytes)
{
	size_t run;

	for (char *next = to; bytes > 0; next += run, bytes -= run) {
		const char *from = next_run(at, bytes, &run);

		memcpy(next, from, run);
	}
}

void amli_axis_cursor_write(struct amli_axis_cursor *at, const void *from, size_t bytes)
{
	size_t run;

	for (const char *next = from; bytes > 0; next += run, bytes -= run) {
		char *to = next_run(at, bytes, &run);

		memcpy(to, next, run);
	}
}
