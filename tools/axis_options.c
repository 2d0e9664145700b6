/* SPDX-License-Identifier: BSD-3-Clause */
#include "axis_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "axis_run.h"

static const struct option table[] = {
	{"path", required_argument, NULL, 'p'},	   {"dest", required_argument, NULL, 'd'},
	{"size", required_argument, NULL, 's'},	   {"frames", required_argument, NULL, 'n'},
	{"seconds", required_argument, NULL, 't'}, {"timeout", required_argument, NULL, 'T'},
	{"period", required_argument, NULL, 'P'},  {"width", required_argument, NULL, 'W'},
	{"output", required_argument, NULL, 'o'},  {"input", required_argument, NULL, 'i'},
	{"limit", required_argument, NULL, 'l'},   {"from", required_argument, NULL, 'f'},
	{"post", no_argument, NULL, 'q'},	   {"no-ssi", no_argument, NULL, 'S'},
	{"copies", no_argument, NULL, 'C'},	   {"watch", no_argument, NULL, 'w'},
	{"json", no_argument, NULL, 'j'},	   {"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'v'},	   {0},
};

const char *option_name(char letter)
{
	static char name[32];

	for (const struct option *option = table; option->name; option++)
		if (option->val == letter)
			snprintf(name, sizeof(name), "--%s", option->name);
	return name;
}

bool parse_number(const char *text, uint64_t max, uint64_t *value)
{
	static const char suffixes[] = "KMG";
	const char *suffix;
	char *rest;

	if (*text < '0' || *text > '9') /* strtoull takes signs and spaces */
		return false;
	errno = 0;
	*value = strtoull(text, &rest, 0);
	if (errno)
		return false;
	if (*rest && (suffix = strchr(suffixes, *rest))) {
		for (; suffix >= suffixes; suffix--)
			if (__builtin_mul_overflow(*value, 1024, value))
				return false;
		rest++;
	}
	return !*rest && *value <= max;
}

static bool parse_seconds(const char *text, double *value)
{
	char *rest;

	*value = strtod(text, &rest);
	return rest != text && !*rest && *value > 0 && *value <= 1e9;
}

static bool parse_size(char *text, struct options *options)
{
	uint64_t low, high;
	char *dots = strstr(text, "..");

	if (dots)
		*dots = '\0';
	if (!parse_number(text, UINT32_MAX, &low))
		return false;
	high = low;
	if (dots && !parse_number(dots + 2, UINT32_MAX, &high))
		return false;
	options->size_min = low;
	options->size_max = high;
	return low > 0 && low <= high;
}

/* "4" or "4-7" */
static bool parse_dest_range(char *text, struct options *options)
{
	char *dash = strchr(text, '-');
	uint64_t first, last;

	if (dash)
		*dash = '\0';
	if (!parse_number(text, AML_AXIS_DESTS - 1, &first))
		return false;
	last = first;
	if (dash && !parse_number(dash + 1, AML_AXIS_DESTS - 1, &last))
		return false;
	if (first > last || last - first >= AML_AXIS_DESTS - options->ndests)
		return false;
	for (; first <= last; first++) {
		for (size_t i = 0; i < options->ndests; i++)
			if (options->dests[i] == first)
				return false;
		options->dests[options->ndests++] = (uint32_t)first;
	}
	return true;
}

static bool parse_dests(char *text, struct options *options)
{
	char *rest;

	options->ndests = 0;
	for (char *next = strtok_r(text, ",", &rest); next; next = strtok_r(NULL, ",", &rest))
		if (!parse_dest_range(next, options))
			return false;
	return options->ndests > 0;
}

/* @text is taken apart. */
static bool parse_value(struct options *options, int letter, char *text)
{
	uint64_t number = 0;
	bool good = true;

	switch (letter) {
	case 'd':
		return parse_dests(text, options);
	case 's':
		return parse_size(text, options);
	case 'n':
		return parse_number(text, UINT64_MAX, &options->frames) && options->frames > 0;
	case 't':
		return parse_seconds(text, &options->seconds);
	case 'T':
		return parse_seconds(text, &options->timeout);
	case 'P':
		return parse_seconds(text, &options->period);
	case 'W':
		good = parse_number(text, 512, &number) && number > 0 && number % 32 == 0;
		options->width = (unsigned)number;
		return good;
	case 'l':
		good = parse_number(text, UINT64_MAX, &number) && number > 0;
		options->limit = number;
		return good;
	case 'f':
		good = parse_number(text, AML_AXIS_DESTS - 1, &number);
		options->from = (uint32_t)number;
		options->has_from = true;
		return good;
	default:
		return *text != '\0'; /* a name */
	}
}

static bool take_value(struct options *options, int letter, const char *text)
{
	char *copy = strdup(text);
	bool good = copy && parse_value(options, letter, copy);

	free(copy);
	if (!good)
		complain("%s does not take '%s'", option_name((char)letter), text);
	return good;
}

static void set_flag(struct options *options, int letter)
{
	switch (letter) {
	case 'q':
		options->post = true;
		break;
	case 'S':
		options->ssi = false;
		break;
	case 'C':
		options->copies = true;
		break;
	case 'w':
		options->watch = true;
		break;
	case 'j':
		options->json = true;
		break;
	case 'h':
		options->help = true;
		break;
	default:
		options->version = true;
	}
}

static void set_name(struct options *options, int letter)
{
	if (letter == 'p')
		options->path = optarg;
	else if (letter == 'o')
		options->output = optarg;
	else if (letter == 'i')
		options->input = optarg;
}

int options_parse(struct options *options, int argc, char **argv)
{
	size_t ngiven = 0;
	int letter;

	*options = (struct options){.ssi = true, .path = "/dev/datadev_0", .width = 32};
	while ((letter = getopt_long(argc, argv, "p:d:s:n:t:o:i:", table, NULL)) != -1) {
		if (letter == '?') /* getopt has complained */
			return 2;
		if (!strchr(options->given, letter) && ngiven < sizeof(options->given) - 1)
			options->given[ngiven++] = (char)letter;
		if (optarg && letter != 'h' && letter != 'v') {
			set_name(options, letter);
			if (!take_value(options, letter, optarg))
				return 2;
		} else {
			set_flag(options, letter);
		}
	}
	options->args = argv + optind;
	options->nargs = argc - optind;
	return 0;
}
