/* SPDX-License-Identifier: BSD-3-Clause */
/* What the writer and the reader of recordings share. */
#ifndef AXISG2_STAGES_FILE_H
#define AXISG2_STAGES_FILE_H

#include <stddef.h>

#define AMLI_AXIS_RECORD_HEAD 8
/* What the first word of a record counts beside the payload. */
#define AMLI_AXIS_RECORD_EXTRA 4
/* Behind the name of a recording: a point, a number, and 0. */
#define AMLI_AXIS_NUMBER_ROOM 12

/* Refuse, in words, a call that failed with errno when it was to @what (open, write) a file. */
int amli_axis_file_refuse(const char *what, const char *path);

#endif
