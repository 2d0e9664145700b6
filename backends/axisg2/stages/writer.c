/* SPDX-License-Identifier: BSD-3-Clause */
/* The writer of recordings. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "aml/axis/file.h"
#include "aml/engine.h"
#include "backends/axisg2/stages/file.h"
#include "backends/axisg2/stages/wait.h"
#include "backends/axisg2/stages/wire.h"

/* One recording; lock guards all below it. */
struct aml_axis_writer_state {
	struct aml_axis_writer_options options;
	char *path; /* as given, with room for a number at its end */
	size_t path_length;
	pthread_mutex_t lock;
	pthread_cond_t more; /* frames were written, or no more will be */
	int fd;
	int status; /* once it fails it stays so */
	char *buffer;
	size_t used;
	struct aml_axis_writer_counts counts;
};

static int write_out(struct aml_axis_writer_state *w, const char *data, size_t bytes)
{
	while (bytes > 0) {
		ssize_t n = write(w->fd, data, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return amli_axis_file_refuse("write", w->path);
		data += n;
		bytes -= (size_t)n;
	}
	return 0;
}

static int flush(struct aml_axis_writer_state *w)
{
	int rc = write_out(w, w->buffer, w->used);

	w->used = 0;
	return rc;
}

/* One piece of a record; what is larger than the buffer does not go through it. */
static int append(struct aml_axis_writer_state *w, const void *data, size_t bytes)
{
	int rc = bytes > w->options.buffer - w->used ? flush(w) : 0;

	if (rc)
		return rc;
	if (bytes > w->options.buffer)
		return write_out(w, data, bytes);
	memcpy(w->buffer + w->used, data, bytes);
	w->used += bytes;
	return 0;
}

static void name_file(struct aml_axis_writer_state *w, unsigned number)
{
	snprintf(w->path + w->path_length, AMLI_AXIS_NUMBER_ROOM, ".%u", number);
}

/* Whether the first file can be written, if it is there: before the others are removed. */
static int try_first(struct aml_axis_writer_state *w)
{
	int fd;

	name_file(w, 1);
	fd = open(w->path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : amli_axis_file_refuse("open", w->path);
	close(fd);
	return 0;
}

static int remove_rest(struct aml_axis_writer_state *w)
{
	int rc = try_first(w);

	if (rc)
		return rc;
	for (unsigned number = 2; name_file(w, number), unlink(w->path) == 0; number++)
		;
	return errno == ENOENT ? 0 : amli_axis_file_refuse("remove", w->path);
}

/* A reader goes on until a number is missing: files of an older recording must not be there.  With
 * a limit they are this recording's to replace; without, the program has not named them. */
static int clear_rest(struct aml_axis_writer_state *w)
{
	size_t n = w->path_length;

	if (w->options.size_limit)
		return remove_rest(w);
	if (n < 3 || strcmp(w->path + n - 2, ".1"))
		return 0;
	w->path[n - 1] = '2';
	if (access(w->path, F_OK) == 0)
		return aml_engine_refuse(
			AML_EINVAL,
			"%s is there, and would be read as more of this recording: "
			"remove it, or choose another name",
			w->path);
	w->path[n - 1] = '1';
	return 0;
}

/* The first file, or the next one. */
static int open_file(struct aml_axis_writer_state *w)
{
	if (w->options.size_limit)
		name_file(w, w->counts.files + 1);
	w->fd = open(w->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (w->fd < 0)
		return amli_axis_file_refuse("open", w->path);
	w->counts.files++;
	w->counts.file_bytes = 0;
	return 0;
}

static int close_file(struct aml_axis_writer_state *w)
{
	int rc = flush(w);

	if (close(w->fd) && !rc)
		rc = amli_axis_file_refuse("close", w->path);
	w->fd = -1;
	return rc;
}

static int make_room(struct aml_axis_writer_state *w, uint64_t bytes)
{
	int rc;

	if (!w->options.size_limit || w->counts.file_bytes + bytes <= w->options.size_limit)
		return 0;
	rc = close_file(w);
	return rc ? rc : open_file(w);
}

/* Errors of a frame that do not fit a byte must not become none. */
static uint8_t error_byte(uint32_t error)
{
	return error > 0xff && (error & 0xff) == 0 ? 0xff : (uint8_t)error;
}

static int append_record(struct aml_axis_writer_state *w, const struct aml_axis_frame *frame)
{
	uint8_t channel = w->options.channel ? w->options.channel : (uint8_t)frame->dest;
	uint8_t head[AMLI_AXIS_RECORD_HEAD] = {
		[4] = frame->first_user,
		frame->last_user,
		error_byte(frame->error),
		channel,
	};
	int rc = 0;

	amli_axis_put32(head, (uint32_t)frame->bytes + AMLI_AXIS_RECORD_EXTRA);
	if (!w->options.raw)
		rc = append(w, head, sizeof(head));
	for (size_t i = 0; i < frame->nparts && !rc; i++)
		rc = append(w, frame->parts[i].iov_base, frame->parts[i].iov_len);
	return rc;
}

static int write_frame(struct aml_axis_writer_state *w, const struct aml_axis_frame *frame)
{
	uint64_t bytes = frame->bytes + (w->options.raw ? 0 : AMLI_AXIS_RECORD_HEAD);
	int rc;

	if (w->status)
		return aml_engine_refuse(-w->status, "%s could not be written earlier", w->path);
	if (frame->bytes == 0 || (w->options.drop_errors && frame->error)) {
		w->counts.dropped++;
		return 0;
	}
	if (w->options.size_limit && bytes > w->options.size_limit)
		return aml_engine_refuse(AML_EDOM,
					 "a record of %zu bytes does not fit files of %zu",
					 (size_t)bytes, w->options.size_limit);
	if (!w->options.raw && frame->bytes > UINT32_MAX - AMLI_AXIS_RECORD_EXTRA)
		return aml_engine_refuse(AML_EDOM, "%zu bytes do not fit a record", frame->bytes);
	rc = make_room(w, bytes);
	if (!rc)
		rc = append_record(w, frame);
	if (rc) {
		w->status = rc;
	} else {
		w->counts.frames++;
		w->counts.bytes += bytes;
		w->counts.file_bytes += bytes;
	}
	pthread_cond_broadcast(&w->more);
	return rc;
}

static int writer_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	struct aml_axis_writer_state *w = ((struct aml_axis_writer *)stage)->state;
	int rc;

	pthread_mutex_lock(&w->lock);
	rc = write_frame(w, frame);
	pthread_mutex_unlock(&w->lock);
	return rc ? rc : aml_axis_stage_accept(stage->next, frame);
}

static void writer_free(struct aml_axis_writer_state *w)
{
	free(w->buffer);
	free(w->path);
	free(w);
}

static struct aml_axis_writer_state *writer_create(const char *path,
						   const struct aml_axis_writer_options *options)
{
	struct aml_axis_writer_state *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	if (options)
		w->options = *options;
	w->path_length = strlen(path);
	w->path = calloc(1, w->path_length + AMLI_AXIS_NUMBER_ROOM);
	w->buffer = malloc(w->options.buffer ? w->options.buffer : 1);
	if (!w->path || !w->buffer) {
		writer_free(w);
		return NULL;
	}
	memcpy(w->path, path, w->path_length);
	return w;
}

int aml_axis_writer_open(struct aml_axis_writer *writer, const char *path,
			 const struct aml_axis_writer_options *options)
{
	struct aml_axis_writer_state *w;
	int rc;

	*writer = (struct aml_axis_writer){.stage.accept = writer_accept};
	if (!path || !*path)
		return aml_engine_refuse(AML_EINVAL, "a recording needs the name of a file");
	w = writer_create(path, options);
	if (!w)
		return aml_engine_refuse(AML_ENOMEM, "no memory to write %s", path);
	rc = clear_rest(w);
	if (!rc)
		rc = open_file(w);
	if (rc) {
		writer_free(w);
		return rc;
	}
	pthread_mutex_init(&w->lock, NULL);
	amli_axis_cond_init(&w->more);
	writer->state = w;
	return 0;
}

struct aml_axis_writer_counts aml_axis_writer_counts(struct aml_axis_writer *writer)
{
	struct aml_axis_writer_state *w = writer->state;
	struct aml_axis_writer_counts counts;

	pthread_mutex_lock(&w->lock);
	counts = w->counts;
	pthread_mutex_unlock(&w->lock);
	return counts;
}

int aml_axis_writer_wait(struct aml_axis_writer *writer, uint64_t frames, int64_t timeout_us)
{
	struct aml_axis_writer_state *w = writer->state;
	uint64_t deadline = amli_axis_deadline_ns(timeout_us);
	int rc = 0;

	pthread_mutex_lock(&w->lock);
	while (w->counts.frames < frames && !w->status && !rc)
		rc = amli_axis_cond_wait(&w->more, &w->lock, deadline);
	if (w->counts.frames >= frames)
		rc = 0;
	else if (w->status)
		rc = aml_engine_refuse(-w->status, "%s could not be written", w->path);
	else
		rc = -AML_ETIMEDOUT;
	pthread_mutex_unlock(&w->lock);
	return rc;
}

int aml_axis_writer_flush(struct aml_axis_writer *writer)
{
	struct aml_axis_writer_state *w = writer->state;
	int rc;

	pthread_mutex_lock(&w->lock);
	if (!w->status)
		w->status = flush(w);
	rc = w->status;
	pthread_cond_broadcast(&w->more);
	pthread_mutex_unlock(&w->lock);
	return rc;
}

int aml_axis_writer_close(struct aml_axis_writer *writer)
{
	struct aml_axis_writer_state *w = writer->state;
	int rc;

	if (!w)
		return 0;
	rc = w->status;
	if (w->fd >= 0 && !rc)
		rc = close_file(w);
	else if (w->fd >= 0)
		close(w->fd);
	pthread_cond_destroy(&w->more);
	pthread_mutex_destroy(&w->lock);
	writer_free(w);
	writer->state = NULL;
	return rc;
}
