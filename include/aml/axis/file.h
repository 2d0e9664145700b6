/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames in files, in the format of Rogue's StreamWriter.
 *
 * Each frame is a record: its bytes + 4 (32 bits, little endian), first user, last user,
 * error and channel (a byte each), then its bytes.  Records follow each other without padding;
 * there is nothing before, between and after them.  A frame's channel is its tDest, the low 8
 * bits of its destination; the lane is not written.
 *
 * With a limit of size a recording is several files, NAME.1, NAME.2, ...; a record is whole
 * in one of them.
 */
#ifndef AML_AXIS_FILE_H
#define AML_AXIS_FILE_H

#include "aml/axis/stage.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How to write. */
struct aml_axis_writer_options {
	size_t size_limit; /* bytes of one file; 0 = one file, of any size */
	size_t buffer;	   /* bytes gathered before they are written; 0 = none */
	bool raw;	   /* the frames' bytes only, which no reader can tell apart */
	bool drop_errors;  /* leave out frames with an error */
	uint8_t channel;   /* of all frames; 0 = their own */
};

struct aml_axis_writer_counts {
	uint64_t frames, bytes; /* written or in the buffer; bytes of records */
	uint64_t file_bytes;	/* ... of the file that is written now */
	unsigned files;
	uint64_t dropped; /* left out: empty, or with an error */
};

struct aml_axis_writer_state;

/** Writes what it takes, and passes it on.  Threads: several may give it frames. */
struct aml_axis_writer {
	struct aml_axis_stage stage;
	struct aml_axis_writer_state *state;
};

/**
 * Start a recording.  Files of that name are overwritten; with a limit of size, NAME.2 and
 * what follows it without a gap are removed, as a reader would take them for more of it; but not
 * where NAME.1 cannot be written.
 *
 * @param options  copied; NULL = all 0
 * @return 0
 * @return -AML_EINVAL  @p path is NULL or empty; or NAME.1, without a limit, and there is a
 *                      NAME.2 that a reader would take for more of it
 * @return -AML_ENOMEM
 * @return -AML_EPERM   the file may not be written
 * @return -AML_EIO     it cannot be, for another reason; aml_error_detail() has it
 */
AML_API int aml_axis_writer_open(struct aml_axis_writer *writer, const char *path,
				 const struct aml_axis_writer_options *options);

/* What the stage's accept returns beside what the next one does; frames that were not written
 * are not passed on either:
 *	-AML_EDOM  the record is longer than a file may be, or than 4 GiB; others may follow
 *	-AML_EIO   the file cannot be written (any more), or the next one not be opened
 *		   (-AML_EPERM); the same for all that follow
 */

/** Threads: any. */
AML_API struct aml_axis_writer_counts aml_axis_writer_counts(struct aml_axis_writer *writer);

/**
 * Wait until so many frames have been written.
 *
 * @param timeout_us  negative = no limit
 * @return 0
 * @return -AML_ETIMEDOUT
 * @return -AML_EIO, ...   as accept: there will not be more
 */
AML_API int aml_axis_writer_wait(struct aml_axis_writer *writer, uint64_t frames,
				 int64_t timeout_us);

/** Write what is in the buffer.  @return 0, or -AML_EIO as accept */
AML_API int aml_axis_writer_flush(struct aml_axis_writer *writer);

/** End the recording.  No thread gives the stage frames any more.
 * @return 0, or -AML_EIO: something was not written, now or earlier */
AML_API int aml_axis_writer_close(struct aml_axis_writer *writer);

struct aml_axis_reader_state;

/** Frames from files, one call each; it is no stage, as nothing comes before it. */
struct aml_axis_reader {
	struct aml_axis_reader_state *state;
};

/**
 * Start reading.  After NAME.1 come NAME.2, NAME.3, ..., until there is none.
 *
 * @return 0
 * @return -AML_EINVAL  @p path is NULL or empty, or not the name of a regular file
 * @return -AML_ENOMEM
 * @return -AML_EPERM   the file may not be read
 * @return -AML_EIO     it cannot be, for another reason
 */
AML_API int aml_axis_reader_open(struct aml_axis_reader *reader, const char *path);

/**
 * The next frame.  Its destination is the record's channel.  One that the end of the file cuts
 * off has bit 0 of its error set, and is the last.
 *
 * @param frame  [out] held once, by the caller; NULL at the end, and on failure
 * @return 0            a frame, or the end
 * @return -AML_EIO     the file cannot be read, or is no such file; what follows is the end
 * @return -AML_ENOMEM  try again
 * @return what aml_axis_reader_open() returns, of the next of several files; that is the end
 */
AML_API int aml_axis_reader_next(struct aml_axis_reader *reader, struct aml_axis_frame **frame);

AML_API void aml_axis_reader_close(struct aml_axis_reader *reader);

#ifdef __cplusplus
}
#endif
#endif
