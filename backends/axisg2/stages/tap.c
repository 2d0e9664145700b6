/* SPDX-License-Identifier: BSD-3-Clause */
/* The tap, which prints what passes. */
#include "aml/axis/stage.h"
#include "backends/axisg2/cursor.h"
#include "backends/axisg2/stages/wire.h"

#define LINE 16

static void print_line(FILE *stream, const char *name, size_t offset, const unsigned char *data,
		       size_t bytes)
{
	char text[3 * LINE + 1] = "";

	for (size_t i = 0; i < bytes; i++)
		snprintf(text + 3 * i, 4, " %02x", data[i]);
	fprintf(stream, "%s: %06zx%s\n", name, offset, text);
}

static void print_frame(const struct aml_axis_tap *tap, const struct aml_axis_frame *frame)
{
	size_t bytes = frame->bytes < tap->max_bytes ? frame->bytes : tap->max_bytes;
	struct amli_axis_cursor at = amli_axis_cursor(frame, 0);

	fprintf(tap->stream,
		"%s: frame %llu, destination 0x%x, %zu bytes in %zu parts, error 0x%x, user 0x%02x "
		"0x%02x\n",
		tap->name, (unsigned long long)tap->frames, frame->dest, frame->bytes,
		frame->nparts, frame->error, frame->first_user, frame->last_user);
	for (size_t n, offset = 0; offset < bytes; offset += n) {
		unsigned char data[LINE];

		n = bytes - offset < LINE ? bytes - offset : LINE;
		amli_axis_cursor_read(&at, data, n);
		print_line(tap->stream, tap->name, offset, data, n);
	}
}

static int tap_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	struct aml_axis_tap *tap = (struct aml_axis_tap *)stage;

	if (tap->stream)
		print_frame(tap, frame);
	amli_axis_count(&tap->frames, 1);
	amli_axis_count(&tap->bytes, frame->bytes);
	return aml_axis_stage_accept(stage->next, frame);
}

void aml_axis_tap_init(struct aml_axis_tap *tap, FILE *stream, const char *name, size_t max_bytes)
{
	*tap = (struct aml_axis_tap){
		.stage.accept = tap_accept,
		.stream = stream,
		.name = name,
		.max_bytes = max_bytes,
	};
}
