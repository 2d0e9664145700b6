/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames of pseudo-random bits: filled, and looked at. */
#include "aml/axis/prbs.h"

#include <string.h>

#include "aml/engine.h"
#include "backends/axisg2/cursor.h"
#include "backends/axisg2/stages/prbs_word.h"
#include "backends/axisg2/stages/wire.h"

#define CHUNK 4096

static bool fits(const struct aml_axis_prbs *form, size_t bytes)
{
	size_t size = form->width / 8;

	return bytes % size == 0 && bytes / size >= 3 && bytes / size - 1 <= UINT32_MAX;
}

/* How many words of @left bytes come next: as many as a chunk has room for. */
static size_t chunk_words(const struct aml_axis_prbs *form, size_t left)
{
	return (left < CHUNK ? left : CHUNK) / (form->width / 8);
}

static void write_head(struct amli_axis_cursor *at, size_t size, uint32_t sequence, size_t words)
{
	unsigned char head[2 * AML_AXIS_PRBS_WIDTH_MAX / 8] = {0};

	amli_axis_put32(head, sequence);
	amli_axis_put32(head + size, (uint32_t)(words - 1));
	amli_axis_cursor_write(at, head, 2 * size);
}

int aml_axis_prbs_fill(const struct aml_axis_prbs *given, uint32_t sequence,
		       struct aml_axis_frame *frame)
{
	struct amli_axis_prbs_word word;
	struct amli_axis_cursor at;
	struct aml_axis_prbs form;
	unsigned char chunk[CHUNK];
	size_t size, words;
	int rc = amli_axis_prbs_form(&form, given);

	if (rc)
		return rc;
	if (!frame || !fits(&form, frame->bytes))
		return aml_engine_refuse(AML_EINVAL,
					 "a frame of %zu bytes is not words of %u bits, at least 3",
					 frame ? frame->bytes : 0, form.width);
	size = form.width / 8;
	words = frame->bytes / size;
	at = amli_axis_cursor(frame, 0);
	write_head(&at, size, sequence, words);
	if (form.payload == AML_AXIS_PRBS_NONE)
		return 0;
	word = amli_axis_prbs_first(&form, sequence);
	for (size_t n, left = words - 2; left > 0; left -= n) {
		n = chunk_words(&form, left * size);
		amli_axis_prbs_next(&word, chunk, n);
		amli_axis_cursor_write(&at, chunk, n * size);
	}
	return 0;
}

/* Where two chunks that are not equal differ first. */
static size_t first_difference(const unsigned char *a, const unsigned char *b)
{
	size_t i = 0;

	while (a[i] == b[i])
		i++;
	return i;
}

static enum aml_axis_prbs_fault check_payload(const struct aml_axis_prbs *form, uint32_t sequence,
					      const struct aml_axis_frame *frame)
{
	struct amli_axis_prbs_word word = amli_axis_prbs_first(form, sequence);
	size_t size = form->width / 8, offset = 2 * size, n;
	struct amli_axis_cursor at = amli_axis_cursor(frame, offset);
	unsigned char want[CHUNK], got[CHUNK];

	for (; offset < frame->bytes; offset += n * size) {
		n = chunk_words(form, frame->bytes - offset);
		amli_axis_prbs_next(&word, want, n);
		amli_axis_cursor_read(&at, got, n * size);
		if (memcmp(got, want, n * size) == 0)
			continue;
		aml_engine_refuse(AML_EIO, "byte %zu of frame %u of %zu bytes is wrong",
				  offset + first_difference(got, want), sequence, frame->bytes);
		return AML_AXIS_PRBS_PAYLOAD;
	}
	return AML_AXIS_PRBS_GOOD;
}

int aml_axis_prbs_check(const struct aml_axis_prbs *given, const struct aml_axis_frame *frame,
			uint32_t *sequence)
{
	unsigned char head[2 * AML_AXIS_PRBS_WIDTH_MAX / 8];
	struct amli_axis_cursor at;
	struct aml_axis_prbs form;
	uint32_t number, last;
	int rc = amli_axis_prbs_form(&form, given);

	if (rc)
		return rc;
	if (!frame)
		return aml_engine_refuse(AML_EINVAL, "there is no frame to check (NULL)");
	if (frame->error) {
		aml_engine_refuse(AML_EIO, "the card says 0x%x about a frame of %zu bytes",
				  frame->error, frame->bytes);
		return AML_AXIS_PRBS_ERROR;
	}
	if (!fits(&form, frame->bytes)) {
		aml_engine_refuse(AML_EIO,
				  "a frame of %zu bytes is not words of %u bits, at least 3",
				  frame->bytes, form.width);
		return AML_AXIS_PRBS_SIZE;
	}
	at = amli_axis_cursor(frame, 0);
	amli_axis_cursor_read(&at, head, form.width / 4);
	number = amli_axis_get32(head);
	last = amli_axis_get32(head + form.width / 8);
	if (sequence)
		*sequence = number;
	if (last != frame->bytes / (form.width / 8) - 1) {
		aml_engine_refuse(AML_EIO, "frame %u has %zu bytes, its length word says %zu",
				  number, frame->bytes, ((size_t)last + 1) * (form.width / 8));
		return AML_AXIS_PRBS_LENGTH;
	}
	if (form.payload == AML_AXIS_PRBS_NONE)
		return AML_AXIS_PRBS_GOOD;
	return (int)check_payload(&form, number, frame);
}
