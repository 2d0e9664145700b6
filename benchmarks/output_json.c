/* SPDX-License-Identifier: BSD-3-Clause */
/* One object, {machine, rows, summary}; what was not measured is null. */
#include <math.h>

#include "output.h"

static void text(FILE *f, const char *key, const char *s, const char *after)
{
	fprintf(f, "\"%s\": \"", key);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20)
			fprintf(f, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			fprintf(f, "\\%c", c);
		else
			putc(c, f);
	}
	fprintf(f, "\"%s", after);
}

static void number(FILE *f, const char *key, double v, int digits, const char *after)
{
	if (isnan(v))
		fprintf(f, "\"%s\": null%s", key, after);
	else
		fprintf(f, "\"%s\": %.*f%s", key, digits, v, after);
}

static void json_begin(struct output *out)
{
	const struct machine *m = &out->machine;
	FILE *f = out->file;

	fputs("{\n  \"machine\": {\n    ", f);
	text(f, "cpu", m->cpu, ",\n    ");
	fprintf(f, "\"cores\": %u,\n    \"caches\": [", m->cores);
	for (size_t i = 0; i < m->ncaches; i++) {
		fprintf(f, "%s{\"level\": %u, ", i ? ", " : "", m->caches[i].level);
		text(f, "type", m->caches[i].type, ", ");
		fprintf(f, "\"bytes\": %zu}", m->caches[i].bytes);
	}
	fprintf(f, "],\n    \"memory_bytes\": %zu,\n    ", m->memory_bytes);
	text(f, "kernel", m->kernel, ",\n    ");
	text(f, "huge_pages", m->huge_pages, ",\n    ");
	text(f, "compiler", m->compiler, ",\n    ");
	text(f, "library", m->library, ",\n    ");
	text(f, "cpu_features", m->cpu_features, ",\n    ");
	text(f, "stream", m->stream, "\n  },\n  \"rows\": [");
}

static void json_row(struct output *out, const struct row *r)
{
	static const char *const verified[] = {
		[ROW_VERIFIED] = "true",
		[ROW_WRONG] = "false",
		[ROW_FAILED] = "false",
		[ROW_NOT_APPLICABLE] = "null",
	};
	FILE *f = out->file;

	fputs(out->summary.rows > 1 ? ",\n    {" : "\n    {", f);
	text(f, "case", r->name, ", ");
	text(f, "engine", r->engine, ", ");
	text(f, "plan", r->plan, ", ");
	fprintf(f, "\"bytes\": %zu, ", r->bytes);
	number(f, "median_ns", r->median_ns, 1, ", ");
	number(f, "p10_ns", r->p10_ns, 1, ", ");
	number(f, "p90_ns", r->p90_ns, 1, ", ");
	number(f, "gbps", r->gbps, 4, ", ");
	number(f, "memcpy_gbps", r->memcpy_gbps, 4, ", ");
	number(f, "stream_gbps", r->stream_gbps, 4, ", ");
	number(f, "of_stream", r->of_stream, 4, ", ");
	fprintf(f, "\"verified\": %s}", verified[r->state]);
}

static void json_end(struct output *out)
{
	const struct summary *s = &out->summary;
	FILE *f = out->file;

	fprintf(f,
		"\n  ],\n  \"summary\": {\n    \"rows\": %zu,\n    \"verified\": %zu,\n"
		"    \"wrong\": %zu,\n    \"failed\": %zu,\n    \"not_applicable\": %zu,\n"
		"    \"of_stream_geomean\": {",
		s->rows, s->verified, s->wrong, s->failed, s->not_applicable);
	for (size_t i = 0; i < s->nengines; i++)
		number(f, s->engines[i].name, output_geomean(&s->engines[i]), 4,
		       i + 1 < s->nengines ? ", " : "");
	fputs("},\n    \"worst\": ", f);
	if (s->has_worst) {
		putc('{', f);
		text(f, "case", s->worst.name, ", ");
		text(f, "engine", s->worst.engine, ", ");
		number(f, "of_stream", s->worst.of_stream, 4, "}");
	} else {
		fputs("null", f);
	}
	fputs("\n  }\n}\n", f);
}

const struct output_format output_json = {json_begin, json_row, json_end};
