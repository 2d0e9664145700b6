/* SPDX-License-Identifier: BSD-3-Clause */
#include "backends/axisg2/proc.h"

#include <stdlib.h>
#include <string.h>

#define BYTES 16384 /* more than the driver writes, but for cards with GPUs */

/* The number behind "label : " in a block, which ends with the next title; -1: none. */
static int64_t number(const char *block, const char *label)
{
	const char *end = strstr(block, "\n--"), *at = strstr(block, label);
	size_t length = strlen(label);

	if (!at || (end && at > end) || strncmp(at + length, " : ", 3) || at[length + 3] < '0' ||
	    at[length + 3] > '9')
		return -1;
	return (int64_t)strtoull(at + length + 3, NULL, 10);
}

/* The labels of both directions are the same: only the block tells them apart. */
static void parse(struct amli_axis_proc *proc, const char *text)
{
	struct aml_axis_places *rx = &proc->rx;
	const char *block = strstr(text, "-- Read Buffers");
	int64_t count;

	if (!block)
		return;
	count = number(block, "Buffer Count");
	*rx = (struct aml_axis_places){
		.user = number(block, "Buffers In User"),
		.card = number(block, "Buffers In Hw"),
		.before = number(block, "Buffers In Pre-Hw Q"),
		.queue = number(block, "Buffers In Rx Queue"),
		.missing = -1,
	};
	if (count >= 0 && rx->user >= 0 && rx->card >= 0 && rx->before >= 0 && rx->queue >= 0)
		rx->missing = count - rx->user - rx->card - rx->before - rx->queue;
	proc->rx_used = number(block, "Tot Buffer Use");
}

void amli_axis_proc_read(struct amli_axis_proc *proc, struct amli_axisg2_io *io, const char *path)
{
	char *text = malloc(BYTES);

	*proc = (struct amli_axis_proc){.rx = {-1, -1, -1, -1, -1}, .rx_used = -1};
	if (text && amli_axisg2_io_proc(io, path, text, BYTES) > 0)
		parse(proc, text);
	free(text);
}
