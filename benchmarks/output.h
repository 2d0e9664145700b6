/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Results, written as they come:
 *
 *	output_begin(out, ...)	the machine
 *	output_row(out, row)	any number of times
 *	output_end(out)		the summary
 */
#ifndef BENCH_OUTPUT_H
#define BENCH_OUTPUT_H

#include <stdio.h>

#include "machine.h"
#include "options.h"
#include "row.h"

#define OUTPUT_ENGINES (2 * OPTIONS_MAX)

/* One engine's or peer's part of the summary. */
struct output_engine {
	char name[ROW_NAME];
	size_t rows; /* that have an of_stream */
	double log_sum;
};

struct summary {
	struct output_engine engines[OUTPUT_ENGINES];
	size_t nengines;
	size_t rows, verified, wrong, failed, not_applicable;
	struct row worst; /* the row with the lowest of_stream; rows > 0 and of_stream set */
	bool has_worst;
};

struct output;

/* One format. */
struct output_format {
	void (*begin)(struct output *out);
	void (*row)(struct output *out, const struct row *row);
	void (*end)(struct output *out);
};

struct output {
	const struct output_format *format;
	FILE *file;
	struct machine machine;
	struct summary summary;
	const char *title;
	bool latency; /* rows are costs of requests, not rates of copies */
	int name_width, engine_width, plan_width; /* of the table */
};

/* name_width and engine_width: the longest there will be.  0, or -1 after a complaint. */
int output_begin(struct output *out, const struct options *o, const char *title, size_t name_width,
		 size_t engine_width);
void output_row(struct output *out, const struct row *row);

/* 0 if every row was verified or not applicable and all was written; else 1. */
int output_end(struct output *out);

double output_geomean(const struct output_engine *e);

extern const struct output_format output_table, output_csv, output_json;

#endif
