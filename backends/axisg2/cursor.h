/* SPDX-License-Identifier: BSD-3-Clause */
/* A place in a frame that moves on with what is read or written there. */
#ifndef AXISG2_CURSOR_H
#define AXISG2_CURSOR_H

#include "aml/axis/frame.h"

struct amli_axis_cursor {
	const struct iovec *part;
	size_t offset; /* in the part, at most its size */
};

/* @offset is not beyond the frame's end. */
struct amli_axis_cursor amli_axis_cursor(const struct aml_axis_frame *frame, size_t offset);
/* As many bytes are left. */
void amli_axis_cursor_read(struct amli_axis_cursor *at, void *to, size_t bytes);
void amli_axis_cursor_write(struct amli_axis_cursor *at, const void *from, size_t bytes);

#endif
