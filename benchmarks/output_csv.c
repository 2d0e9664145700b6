/* SPDX-License-Identifier: BSD-3-Clause */
/* Comma-separated values: a header, then the rows; what was not measured is empty. */
#include <math.h>

#include "output.h"

static void csv_begin(struct output *out)
{
	fputs("case,engine,plan,bytes,median_ns,p10_ns,p90_ns,gbps,memcpy_gbps,stream_gbps,"
	      "of_stream,verified\n",
	      out->file);
}

static void text(FILE *f, const char *s)
{
	putc('"', f);
	for (; *s; s++) {
		if (*s == '"')
			putc('"', f);
		putc(*s, f);
	}
	fputs("\",", f);
}

static void number(FILE *f, double v, int digits)
{
	if (!isnan(v))
		fprintf(f, "%.*f", digits, v);
	putc(',', f);
}

static void csv_row(struct output *out, const struct row *r)
{
	FILE *f = out->file;

	text(f, r->name);
	text(f, r->engine);
	text(f, r->plan);
	fprintf(f, "%zu,", r->bytes);
	number(f, r->median_ns, 1);
	number(f, r->p10_ns, 1);
	number(f, r->p90_ns, 1);
	number(f, r->gbps, 4);
	number(f, r->memcpy_gbps, 4);
	number(f, r->stream_gbps, 4);
	number(f, r->of_stream, 4);
	if (r->state != ROW_NOT_APPLICABLE)
		fputs(r->state == ROW_VERIFIED ? "true" : "false", f);
	putc('\n', f);
}

static void csv_end(struct output *out)
{
	(void)out;
}

const struct output_format output_csv = {csv_begin, csv_row, csv_end};
