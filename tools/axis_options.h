/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of aml-axis. */
#ifndef AXIS_OPTIONS_H
#define AXIS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aml/axis.h"

struct options {
	bool help, version, json, watch, ssi, copies, post;
	const char *path, *output, *input;
	uint32_t dests[AML_AXIS_DESTS];
	size_t ndests; /* 0: not given */
	size_t size_min, size_max;
	uint64_t frames;	/* 0: any number */
	double seconds;		/* 0: for ever */
	double timeout, period; /* seconds; 0: not given */
	unsigned width;
	size_t limit;
	uint32_t from;
	bool has_from;
	char given[32]; /* the letters of those that were */
	char **args;	/* the command, and what belongs to it */
	int nargs;
};

/* 0; or 2, and somebody has complained. */
int options_parse(struct options *options, int argc, char **argv);
/* "--name" of an option's letter. */
const char *option_name(char letter);

/* A whole number, with 0x or K, M, G; false: it is none, or above @max. */
bool parse_number(const char *text, uint64_t max, uint64_t *value);

#endif
