/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A reader of .ini files: "[section]", "key = value", and comments from '#' or ';'
 * at the start of a line.
 */
#ifndef BENCH_INI_H
#define BENCH_INI_H

#include "complain.h"

/* One thing that was read; the texts live during the call. */
struct ini_line {
	const char *file;
	unsigned number;
	const char *section; /* "" before the first one */
	const char *key;     /* NULL: the section begins here */
	const char *value;
};

/* Returns 0 to go on; anything else stops the reader, which returns it. */
typedef int (*ini_fn)(void *arg, const struct ini_line *line);

/* 0, or non-zero after a complaint that names the file and the line. */
int ini_read(const char *path, ini_fn fn, void *arg);

/* "file:line: sentence"; returns -1. */
int ini_complain(const struct ini_line *line, const char *fmt, ...) BENCH_FORMAT(2, 3);

#endif
