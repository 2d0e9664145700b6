/* SPDX-License-Identifier: BSD-3-Clause */
/* For reading: at most 120 columns. */
#include <math.h>
#include <string.h>

#include "output.h"

#define WIDTH 120
/* Of everything but the names and the plan: " 1234 MiB 12.34 ms ..." */
#define NUMBERS_WIDTH 68
#define LATENCY_WIDTH 55
#define PLAN_MIN 8
#define NAME_MAX_WIDTH 26
#define ENGINE_MAX_WIDTH 22

/* Four digits and a unit. */
static const char *time_text(char *text, size_t size, double ns)
{
	static const char *const units[] = {"ns", "us", "ms", "s"};
	int unit = 0;

	if (isnan(ns)) {
		snprintf(text, size, "-");
		return text;
	}
	while (ns >= 999.5 && unit < 3) {
		ns /= 1000;
		unit++;
	}
	snprintf(text, size, "%.*f %s", ns < 9.995 ? 2 : ns < 99.95 ? 1 : 0, ns, units[unit]);
	return text;
}

static const char *size_text(char *text, size_t size, size_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
	double v = (double)bytes;
	int unit = 0;

	while (v >= 1024 && unit < 3) {
		v /= 1024;
		unit++;
	}
	snprintf(text, size, "%.*f %s", unit && v < 99.5 ? 1 : 0, v, units[unit]);
	return text;
}

static const char *number_text(char *text, size_t size, double v, int digits)
{
	if (isnan(v))
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%.*f", digits, v);
	return text;
}

/* Names are cut where they are too long, with a '~' at the end. */
static void cell(FILE *f, int width, const char *s)
{
	int len = (int)strlen(s);

	if (len > width)
		fprintf(f, "%.*s~ ", width - 1, s);
	else
		fprintf(f, "%-*s ", width, s);
}

static void table_begin(struct output *out)
{
	const struct machine *m = &out->machine;
	char text[32];
	FILE *f = out->file;

	if (out->name_width < 4)
		out->name_width = 4;
	if (out->name_width > NAME_MAX_WIDTH)
		out->name_width = NAME_MAX_WIDTH;
	if (out->engine_width < 6)
		out->engine_width = 6;
	if (out->engine_width > ENGINE_MAX_WIDTH)
		out->engine_width = ENGINE_MAX_WIDTH;
	out->plan_width = WIDTH - (out->latency ? LATENCY_WIDTH : NUMBERS_WIDTH) - out->name_width -
			  out->engine_width - 3;
	if (out->plan_width < PLAN_MIN)
		out->plan_width = PLAN_MIN;

	fprintf(f, "%s\n", out->title);
	fprintf(f, "%.72s, %u core%s, %s memory, stream: %s\n", m->cpu, m->cores,
		m->cores == 1 ? "" : "s", size_text(text, sizeof(text), m->memory_bytes),
		m->stream);
	fprintf(f, "libaml %s, %.60s, %.40s\n\n", m->library, m->kernel, m->compiler);
	cell(f, out->name_width, "case");
	cell(f, out->engine_width, "engine");
	cell(f, out->plan_width, "plan");
	if (out->latency)
		fprintf(f, "%8s %8s %8s %8s %14s  %s\n", "bytes", "median", "p10", "p90",
			"per second", "ok");
	else
		fprintf(f, "%8s %7s %7s %7s %6s %6s %6s %7s  %s\n", "bytes", "median", "p10", "p90",
			"GB/s", "memcpy", "stream", "/stream", "ok");
}

static void numbers(struct output *out, const struct row *r)
{
	char bytes[32], t[3][32], n[4][32];
	FILE *f = out->file;

	size_text(bytes, sizeof(bytes), r->bytes);
	time_text(t[0], sizeof(t[0]), r->median_ns);
	time_text(t[1], sizeof(t[1]), r->p10_ns);
	time_text(t[2], sizeof(t[2]), r->p90_ns);
	if (out->latency) {
		fprintf(f, "%8s %8s %8s %8s %14s", bytes, t[0], t[1], t[2],
			number_text(n[0], sizeof(n[0]), 1e9 / r->median_ns, 0));
		return;
	}
	fprintf(f, "%8s %7s %7s %7s %6s %6s %6s %7s", bytes, t[0], t[1], t[2],
		number_text(n[0], sizeof(n[0]), r->gbps, 2),
		number_text(n[1], sizeof(n[1]), r->memcpy_gbps, 2),
		number_text(n[2], sizeof(n[2]), r->stream_gbps, 2),
		number_text(n[3], sizeof(n[3]), r->of_stream, 3));
}

static void table_row(struct output *out, const struct row *r)
{
	static const char *const words[] = {"", "WRONG: ", "FAILED: ", "n/a: "};
	char kernel[ROW_PLAN];
	FILE *f = out->file;
	int room = WIDTH - out->name_width - out->engine_width - 2;

	cell(f, out->name_width, r->name);
	cell(f, out->engine_width, r->engine);
	if (r->state != ROW_VERIFIED) {
		fprintf(f, "%s%.*s\n", words[r->state], room - (int)strlen(words[r->state]),
			r->plan);
		return;
	}
	/* the loops of the plan are in the other formats */
	snprintf(kernel, sizeof(kernel), "%s", r->plan);
	if ((int)strlen(kernel) > out->plan_width)
		kernel[strcspn(kernel, "[")] = '\0';
	cell(f, out->plan_width, kernel);
	numbers(out, r);
	fputs("  yes\n", f);
}

static void table_end(struct output *out)
{
	const struct summary *s = &out->summary;
	FILE *f = out->file;

	fprintf(f, "\n%zu rows: %zu verified, %zu wrong, %zu failed, %zu not applicable\n", s->rows,
		s->verified, s->wrong, s->failed, s->not_applicable);
	for (size_t i = 0; i < s->nengines; i++)
		if (s->engines[i].rows)
			fprintf(f, "geometric mean of /stream, %3zu cases with %s: %.3f\n",
				s->engines[i].rows, s->engines[i].name,
				output_geomean(&s->engines[i]));
	if (s->has_worst)
		fprintf(f, "lowest /stream: %.3f, %s with %s\n", s->worst.of_stream, s->worst.name,
			s->worst.engine);
}

const struct output_format output_table = {table_begin, table_row, table_end};
