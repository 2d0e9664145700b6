/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "case.h"

#define OPTIONS_MAX 16 /* engines, and peers */

enum command {
	COMMAND_LIST,
	COMMAND_RUN,
	COMMAND_COPY,
	COMMAND_LATENCY,
	COMMAND_FUSED,
	COMMAND_INDEX,
	COMMAND_FRAMES
};
enum format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };

struct options {
	enum command command;
	const char *suite;
	const char *engines[OPTIONS_MAX];
	size_t nengines;
	const char *peers[OPTIONS_MAX];
	size_t npeers;
	size_t reps; /* 0 = as it fits */
	enum format format;
	const char *file; /* NULL = stdout */
	bool warm, huge;
	bool measure;	       /* plans are measured */
	bool explain;	       /* and say why they are as they are */
	bool spoil;	       /* break every result, to see that it is noticed */
	struct bench_case one; /* of the copy command */
	size_t bytes;	       /* of the latency command */
	const char *path;      /* of the frames command: a device */
};

/* What the arguments amount to. */
enum options_result {
	OPTIONS_GO,
	OPTIONS_DONE, /* help or version was printed */
	OPTIONS_WRONG /* after a complaint */
};

enum options_result options_read(struct options *o, int argc, char **argv);

#endif
