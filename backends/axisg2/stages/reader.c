/* SPDX-License-Identifier: BSD-3-Clause */
/* The reader of recordings. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aml/axis/file.h"
#include "aml/engine.h"
#include "backends/axisg2/stages/file.h"
#include "backends/axisg2/stages/wire.h"

/* One recording, used by one thread. */
struct aml_axis_reader_state {
	FILE *file;	    /* NULL = it is over */
	uint64_t at;	    /* how much of the file was read */
	unsigned number;    /* of the file; 0 = there is only one */
	size_t path_length; /* without the number */
	char path[];	    /* with room for any number */
};

static int open_file(struct aml_axis_reader_state *r)
{
	int fd = open(r->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a fifo must not block */
	struct stat st;

	if (fd < 0)
		return amli_axis_file_refuse("open", r->path);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return aml_engine_refuse(AML_EINVAL, "%s is not a regular file", r->path);
	}
	r->at = 0;
	r->file = fdopen(fd, "rb");
	if (!r->file) {
		close(fd);
		return aml_engine_refuse(AML_ENOMEM, "no memory to read %s", r->path);
	}
	return 0;
}

static void end(struct aml_axis_reader_state *r)
{
	if (r->file)
		fclose(r->file);
	r->file = NULL;
}

/* The next file of several, if there is one. */
static int next_file(struct aml_axis_reader_state *r)
{
	end(r);
	if (r->number == 0)
		return 0;
	snprintf(r->path + r->path_length, AMLI_AXIS_NUMBER_ROOM, ".%u", ++r->number);
	if (access(r->path, F_OK) && errno == ENOENT)
		return 0;
	return open_file(r);
}

/* How much of the file is left, which somebody may still be writing. */
static uint64_t left(const struct aml_axis_reader_state *r)
{
	struct stat st;

	if (fstat(fileno(r->file), &st) || (uint64_t)st.st_size < r->at)
		return 0;
	return (uint64_t)st.st_size - r->at;
}

static int damaged(struct aml_axis_reader_state *r, const char *what)
{
	int rc = aml_engine_refuse(AML_EIO, "%s %s at byte %llu", r->path, what,
				   (unsigned long long)r->at);

	end(r);
	return rc;
}

/* The head of the next record that is not empty; at the end r->file is NULL.  Less than a
 * word behind the last record is what an interrupted writer leaves. */
static int next_head(struct aml_axis_reader_state *r, uint8_t *head)
{
	while (r->file) {
		size_t n = fread(head, 1, AMLI_AXIS_RECORD_HEAD, r->file);

		if (ferror(r->file))
			return damaged(r, "cannot be read");
		if (n < AMLI_AXIS_RECORD_EXTRA) {
			int rc = next_file(r);

			if (rc)
				return rc;
			continue;
		}
		if (amli_axis_get32(head) < AMLI_AXIS_RECORD_EXTRA)
			return damaged(r, "has no record");
		if (n < AMLI_AXIS_RECORD_HEAD)
			return damaged(r, "is cut off");
		r->at += AMLI_AXIS_RECORD_HEAD;
		if (amli_axis_get32(head) > AMLI_AXIS_RECORD_EXTRA)
			return 0;
	}
	return 0;
}

/* The payload behind a head; no more than the file has, whatever the head says. */
static int read_payload(struct aml_axis_reader_state *r, const uint8_t *head,
			struct aml_axis_frame **out)
{
	size_t bytes = amli_axis_get32(head) - AMLI_AXIS_RECORD_EXTRA;
	uint64_t there = left(r);
	bool cut = bytes > there;
	struct aml_axis_frame *frame;
	int rc;

	if (there == 0)
		return damaged(r, "is cut off");
	if (cut)
		bytes = (size_t)there;
	rc = aml_axis_frame_create(&frame, bytes);
	if (rc) {
		r->at -= AMLI_AXIS_RECORD_HEAD;
		fseeko(r->file, (off_t)r->at, SEEK_SET);
		return rc;
	}
	if (fread(frame->parts->iov_base, 1, bytes, r->file) != bytes) {
		aml_axis_frame_release(&frame);
		return damaged(r, "cannot be read");
	}
	r->at += bytes;
	frame->first_user = head[4];
	frame->last_user = head[5];
	frame->error = head[6] | (cut ? 1u : 0u);
	frame->dest = head[7];
	if (cut)
		end(r);
	*out = frame;
	return 0;
}

int aml_axis_reader_next(struct aml_axis_reader *reader, struct aml_axis_frame **frame)
{
	struct aml_axis_reader_state *r = reader->state;
	uint8_t head[AMLI_AXIS_RECORD_HEAD];
	int rc;

	*frame = NULL;
	rc = next_head(r, head);
	if (rc || !r->file)
		return rc;
	return read_payload(r, head, frame);
}

int aml_axis_reader_open(struct aml_axis_reader *reader, const char *path)
{
	struct aml_axis_reader_state *r;
	size_t length;
	int rc;

	reader->state = NULL;
	if (!path || !*path)
		return aml_engine_refuse(AML_EINVAL, "a recording needs the name of a file");
	length = strlen(path);
	r = calloc(1, sizeof(*r) + length + AMLI_AXIS_NUMBER_ROOM);
	if (!r)
		return aml_engine_refuse(AML_ENOMEM, "no memory to read %s", path);
	memcpy(r->path, path, length);
	if (length > 2 && strcmp(path + length - 2, ".1") == 0) {
		r->number = 1;
		r->path_length = length - 2;
	}
	rc = open_file(r);
	if (rc)
		free(r);
	else
		reader->state = r;
	return rc;
}

void aml_axis_reader_close(struct aml_axis_reader *reader)
{
	if (!reader->state)
		return;
	end(reader->state);
	free(reader->state);
	reader->state = NULL;
}
