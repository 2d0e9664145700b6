/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "aml/version.h"
#include "complain.h"
#include "parse.h"

#define BYTES_DEFAULT 64
#define BYTES_MAX ((size_t)64 << 20)

static const char usage[] =
	"Usage: aml-bench COMMAND [OPTION]...\n"
	"Copies and transposes data with the engines of libaml, verifies the results and\n"
	"times them, beside memcpy and the streaming limit of this machine.\n"
	"\n"
	"  list             suites, engines and peers\n"
	"  run SUITE        the cases of a suite\n"
	"  copy             one case: --elem BYTES --dims N,N,... [--perm I,J,...]\n"
	"  latency          what a request costs: [--bytes N]\n"
	"  fused            operators beside the copy of the same bytes\n"
	"  index            gather and scatter through lists, beside a plain loop\n"
	"  frames           streams of an AxisG2 card, beside a bare loop: [--path DEVICE]\n"
	"  --smoke          run smoke, quickly\n"
	"\n"
	"  --engine SPEC    an engine, e.g. pool:threads=2; again for more\n"
	"                   [$AML_DMA, else what the suite says, else memcpy and pool]\n"
	"  --peer NAME      another library on the same data; again for more, or all\n"
	"  --reps N         repetitions [as many as half a second holds, at least 5]\n"
	"  --format FORMAT  table, csv or json [table]\n"
	"  -o FILE          write there [stdout]\n"
	"  --warm           do not sweep the caches between repetitions\n"
	"  --huge           ask for huge pages\n"
	"  --plan HOW       estimate, or measure: time some ways to do it first [estimate]\n"
	"  --explain        say why it is done so, after each case\n"
	"  --elem BYTES     of an element\n"
	"  --dims N,N,...   extents of the source, the last one contiguous\n"
	"  --perm I,J,...   dimension i of the destination is dimension perm[i] of the source\n"
	"  --bytes N        of a request, 0 = none [64]\n"
	"  --path DEVICE    a card that sends back what it gets [/dev/datadev_0]\n"
	"  --spoil          break every result before it is verified, to see it noticed\n"
	"  --help, --version\n"
	"\n"
	"Exit status: 0, 1 if a result was wrong or something failed, 2 for wrong arguments.\n";

enum {
	OPT_ENGINE = 256,
	OPT_PEER,
	OPT_REPS,
	OPT_FORMAT,
	OPT_WARM,
	OPT_HUGE,
	OPT_PLAN,
	OPT_EXPLAIN,
	OPT_ELEM,
	OPT_DIMS,
	OPT_PERM,
	OPT_BYTES,
	OPT_PATH,
	OPT_SPOIL,
	OPT_SMOKE,
	OPT_HELP,
	OPT_VERSION
};

static const struct option long_options[] = {
	{"engine", required_argument, NULL, OPT_ENGINE},
	{"peer", required_argument, NULL, OPT_PEER},
	{"reps", required_argument, NULL, OPT_REPS},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"output", required_argument, NULL, 'o'},
	{"warm", no_argument, NULL, OPT_WARM},
	{"huge", no_argument, NULL, OPT_HUGE},
	{"plan", required_argument, NULL, OPT_PLAN},
	{"explain", no_argument, NULL, OPT_EXPLAIN},
	{"elem", required_argument, NULL, OPT_ELEM},
	{"dims", required_argument, NULL, OPT_DIMS},
	{"perm", required_argument, NULL, OPT_PERM},
	{"bytes", required_argument, NULL, OPT_BYTES},
	{"path", required_argument, NULL, OPT_PATH},
	{"spoil", no_argument, NULL, OPT_SPOIL},
	{"smoke", no_argument, NULL, OPT_SMOKE},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{0},
};

static enum options_result wrong(const char *what, const char *value, const char *remedy)
{
	complain("%s '%s': %s", what, value, remedy);
	return OPTIONS_WRONG;
}

static enum options_result add(const char **list, size_t *n, const char *what, const char *value)
{
	if (*n == OPTIONS_MAX)
		return wrong(what, value, "that is one too many");
	list[(*n)++] = value;
	return OPTIONS_GO;
}

static enum options_result read_format(struct options *o, const char *value)
{
	static const char *const names[] = {"table", "csv", "json"};

	for (int i = 0; i < 3; i++) {
		if (!strcmp(value, names[i])) {
			o->format = (enum format)i;
			return OPTIONS_GO;
		}
	}
	return wrong("--format", value, "it is table, csv or json");
}

static enum options_result read_plan(struct options *o, const char *value)
{
	o->measure = !strcmp(value, "measure");
	if (o->measure || !strcmp(value, "estimate"))
		return OPTIONS_GO;
	return wrong("--plan", value, "it is measure or estimate");
}

static enum options_result read_number(size_t *to, const char *what, const char *value, size_t min,
				       size_t max)
{
	char remedy[80];

	if (parse_size(value, to) && *to >= min && *to <= max)
		return OPTIONS_GO;
	snprintf(remedy, sizeof(remedy), "it is a number from %zu to %zu", min, max);
	return wrong(what, value, remedy);
}

static enum options_result read_numbers(size_t *to, size_t *n, const char *what, const char *value)
{
	if (parse_sizes(value, CASE_NDIMS, to, n))
		return OPTIONS_GO;
	return wrong(what, value, "it is 1 to 12 numbers with commas between");
}

static enum options_result read_switch(struct options *o, int opt)
{
	switch (opt) {
	case OPT_WARM:
		o->warm = true;
		return OPTIONS_GO;
	case OPT_HUGE:
		o->huge = true;
		return OPTIONS_GO;
	case OPT_EXPLAIN:
		o->explain = true;
		return OPTIONS_GO;
	case OPT_SPOIL:
		o->spoil = true;
		return OPTIONS_GO;
	case OPT_SMOKE:
		o->command = COMMAND_RUN;
		o->suite = "smoke";
		if (!o->reps)
			o->reps = 3;
		return OPTIONS_GO;
	case OPT_HELP:
		fputs(usage, stdout);
		return OPTIONS_DONE;
	case OPT_VERSION:
		printf("aml-bench (libaml) %s\n", aml_version_string);
		return OPTIONS_DONE;
	default: /* getopt has complained */
		fputs("aml-bench --help shows what there is\n", stderr);
		return OPTIONS_WRONG;
	}
}

static enum options_result read_option(struct options *o, int opt, const char *value)
{
	switch (opt) {
	case OPT_ENGINE:
		return add(o->engines, &o->nengines, "--engine", value);
	case OPT_PEER:
		return add(o->peers, &o->npeers, "--peer", value);
	case OPT_REPS:
		return read_number(&o->reps, "--reps", value, 1, 1000000);
	case OPT_FORMAT:
		return read_format(o, value);
	case 'o':
		o->file = value;
		return OPTIONS_GO;
	case OPT_PLAN:
		return read_plan(o, value);
	case OPT_ELEM:
		return read_number(&o->one.elem, "--elem", value, 1, 4096);
	case OPT_DIMS:
		return read_numbers(o->one.dims, &o->one.ndims, "--dims", value);
	case OPT_PERM:
		return read_numbers(o->one.perm, &o->one.nperm, "--perm", value);
	case OPT_BYTES:
		return read_number(&o->bytes, "--bytes", value, 0, BYTES_MAX);
	case OPT_PATH:
		o->path = value;
		return OPTIONS_GO;
	default:
		return read_switch(o, opt);
	}
}

static enum options_result read_command(struct options *o, int argc, char **argv)
{
	static const char *const names[] = {"list",  "run",   "copy",  "latency",
					    "fused", "index", "frames"};
	const int n = sizeof(names) / sizeof(names[0]);
	const char *word = optind < argc ? argv[optind++] : NULL;
	int i = 0;

	if (!word && o->suite) /* --smoke */
		return OPTIONS_GO;
	if (!word) {
		fputs(usage, stderr);
		return OPTIONS_WRONG;
	}
	while (i < n && strcmp(word, names[i]))
		i++;
	if (i == n || o->suite)
		return wrong("command", word,
			     "there are list, run, copy, latency, fused, index, frames and "
			     "--smoke");
	o->command = (enum command)i;
	if (o->command == COMMAND_RUN) {
		if (optind == argc)
			return wrong("command", word,
				     "it takes a suite; aml-bench list shows them");
		o->suite = argv[optind++];
	}
	if (optind < argc)
		return wrong("argument", argv[optind], "nothing is known to do with it");
	return OPTIONS_GO;
}

/* What only some commands take, and the copy command's case. */
static enum options_result check(struct options *o)
{
	char why[256];

	if ((o->measure || o->explain) && o->command != COMMAND_COPY && o->command != COMMAND_RUN)
		return wrong("option", "--plan or --explain", "copy and run alone take it");
	if (o->explain && o->format != FORMAT_TABLE)
		return wrong("option", "--explain", "it goes with the table");
	if (o->path && o->command != COMMAND_FRAMES)
		return wrong("--path", o->path, "frames alone takes it");
	if (!o->path)
		o->path = "/dev/datadev_0";
	if (o->command != COMMAND_COPY) {
		if (o->one.elem || o->one.ndims || o->one.nperm)
			return wrong("option", "--elem, --dims or --perm", "copy alone takes it");
		return OPTIONS_GO;
	}
	if (!o->one.elem || !o->one.ndims)
		return wrong("command", "copy", "it takes --elem and --dims");
	o->one.warm = o->warm;
	if (case_finish(&o->one, why, sizeof(why)))
		return wrong("command", "copy", why);
	return OPTIONS_GO;
}

enum options_result options_read(struct options *o, int argc, char **argv)
{
	enum options_result result = OPTIONS_GO;
	int opt;

	memset(o, 0, sizeof(*o));
	strcpy(o->one.name, "copy");
	o->bytes = BYTES_DEFAULT;
	while (result == OPTIONS_GO &&
	       (opt = getopt_long(argc, argv, "o:", long_options, NULL)) != -1)
		result = read_option(o, opt, optarg);
	if (result == OPTIONS_GO)
		result = read_command(o, argc, argv);
	if (result == OPTIONS_GO)
		result = check(o);
	return result;
}
