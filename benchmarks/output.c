/* SPDX-License-Identifier: BSD-3-Clause */
#include "output.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "complain.h"

int output_begin(struct output *out, const struct options *o, const char *title, size_t name_width,
		 size_t engine_width)
{
	static const struct output_format *const formats[] = {&output_table, &output_csv,
							      &output_json};

	memset(out, 0, sizeof(*out));
	out->file = stdout;
	if (o->file) {
		out->file = fopen(o->file, "w");
		if (!out->file) {
			complain("cannot write %s: %s", o->file, strerror(errno));
			return -1;
		}
	}
	out->format = formats[o->format];
	out->title = title;
	out->latency = o->command == COMMAND_LATENCY || o->command == COMMAND_FRAMES;
	out->name_width = (int)name_width;
	out->engine_width = (int)engine_width;
	machine_read(&out->machine);
	out->format->begin(out);
	return 0;
}

static struct output_engine *engine_of(struct summary *s, const char *name)
{
	for (size_t i = 0; i < s->nengines; i++)
		if (!strcmp(s->engines[i].name, name))
			return &s->engines[i];
	if (s->nengines == OUTPUT_ENGINES)
		return NULL;
	strcpy(s->engines[s->nengines].name, name);
	return &s->engines[s->nengines++];
}

static void summarise(struct summary *s, const struct row *row)
{
	struct output_engine *e = engine_of(s, row->engine);

	s->rows++;
	s->verified += row->state == ROW_VERIFIED;
	s->wrong += row->state == ROW_WRONG;
	s->failed += row->state == ROW_FAILED;
	s->not_applicable += row->state == ROW_NOT_APPLICABLE;
	if (isnan(row->of_stream))
		return;
	if (e) {
		e->rows++;
		e->log_sum += log(row->of_stream);
	}
	if (!s->has_worst || row->of_stream < s->worst.of_stream) {
		s->worst = *row;
		s->has_worst = true;
	}
}

void output_row(struct output *out, const struct row *row)
{
	summarise(&out->summary, row);
	progress_clear();
	out->format->row(out, row);
	fflush(out->file);
}

double output_geomean(const struct output_engine *e)
{
	return e->rows ? exp(e->log_sum / (double)e->rows) : NAN;
}

int output_end(struct output *out)
{
	bool written;

	out->format->end(out);
	written = !fflush(out->file) && !ferror(out->file);
	if (out->file != stdout && fclose(out->file))
		written = false;
	if (!written)
		complain("the results could not be written: %s", strerror(errno));
	return !written || out->summary.wrong || out->summary.failed;
}
