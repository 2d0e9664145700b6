/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Suites: files with cases, NAME.ini.  A section "[suite]" describes the whole, every
 * other section is a case.
 */
#ifndef BENCH_SUITE_H
#define BENCH_SUITE_H

#include "case.h"

#define SUITE_SPECS 8

struct suite {
	char name[CASE_NAME];
	char summary[128];
	char engines[SUITE_SPECS][64]; /* what runs it when nothing else is asked for */
	size_t nengines;
	bool warm; /* of all cases */
	struct bench_case *cases;
	size_t ncases;
};

/* 0, or -1 after a complaint that names file and line. */
int suite_read(struct suite *s, const char *name);
void suite_free(struct suite *s);

/* Where suites are looked for: $AML_BENCH_SUITES, else the source tree if this is run
 * from a build tree, else where they were installed. */
const char *suite_folder(void);

/* The names of all suites there are, sorted; free the array with suite_names_free().
 * Returns how many, or -1 after a complaint. */
int suite_names(char ***names);
void suite_names_free(char **names, int n);

#endif
