/* SPDX-License-Identifier: BSD-3-Clause */
/* The file that a trace goes to: an array of Chrome's trace events, one a line.  It can be
 * opened at any time; a viewer does not miss the end of the array.  trace.c calls all of
 * this under its lock. */
#ifndef AMLI_DMA_TRACE_FILE_H
#define AMLI_DMA_TRACE_FILE_H

#include <stdint.h>

enum amli_trace_kind {
	AMLI_TRACE_SUBMIT,
	AMLI_TRACE_START,
	AMLI_TRACE_DONE,
	AMLI_TRACE_CANCEL,
	AMLI_TRACE_PIECE,
};

/* What happened, as it lies in a thread's buffer.  Two texts follow it: the engine and the
 * plan, or the outcome of a cancel. */
struct amli_trace_event {
	uint64_t ticks, id;
	uint64_t bytes;	   /* submit, done */
	uint64_t piece, n; /* piece @piece of @n */
	uint64_t span;	   /* ticks the piece took */
	int32_t status;	   /* done, piece */
	uint16_t kind;	   /* enum amli_trace_kind */
	uint16_t size;	   /* with the texts, up to the next event */
};

/* 0 or errno; EBUSY: somebody traces into it already. */
int amli_trace_file_open(const char *path);
/* In a child: forget it, it is the parent's. */
void amli_trace_file_leave(void);
/* End the array.  These two: 0, or the errno of the first write that failed. */
int amli_trace_file_close(void);
int amli_trace_file_flush(void);

/* Where no file is open, nothing happens. */
void amli_trace_file_thread(int tid, const char *name);
void amli_trace_file_event(int tid, const struct amli_trace_event *event, const char *first,
			   const char *second);

#endif
