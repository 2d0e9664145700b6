/* SPDX-License-Identifier: BSD-3-Clause */
/* aml-bench: what the engines of libaml can do on this machine. */
#include <stdio.h>
#include <string.h>

#include "case_copy.h"
#include "case_frames.h"
#include "case_fused.h"
#include "case_index.h"
#include "case_latency.h"
#include "complain.h"
#include "list.h"

static int find_peers(const struct options *o, const struct peer **peers, size_t *n)
{
	const struct peer *p;

	*n = 0;
	for (size_t i = 0; i < o->npeers; i++) {
		bool all = !strcmp(o->peers[i], "all");
		size_t before = *n;

		for (size_t j = 0; (p = peer_at(j)) && *n < OPTIONS_MAX; j++)
			if (all || !strcmp(p->name, o->peers[i]))
				peers[(*n)++] = p;
		if (*n == before) {
			complain("--peer '%s': there is none; aml-bench list shows them",
				 o->peers[i]);
			return -1;
		}
	}
	return 0;
}

static size_t longest_name(const struct bench_case *cases, size_t n)
{
	size_t width = 0;

	for (size_t i = 0; i < n; i++)
		if (strlen(cases[i].name) > width)
			width = strlen(cases[i].name);
	return width;
}

/* Runs cases with everything open. */
static int run_cases(const struct options *o, const char *title, const struct bench_case *cases,
		     size_t n, struct engines *engines, const struct peer **peers, size_t npeers)
{
	size_t width = engines_name_width(engines);
	struct copy_bench bench;
	struct output out;
	int rc = 0;

	if (npeers && width < strlen("peer:openblas"))
		width = strlen("peer:openblas");
	if (output_begin(&out, o, title, longest_name(cases, n), width))
		return 1;
	if (copy_bench_init(&bench, o, engines, peers, npeers, &out))
		return 1;
	for (size_t i = 0; i < n && !rc; i++) {
		progress(i + 1, n, cases[i].name);
		rc = copy_bench_case(&bench, &cases[i]);
	}
	progress_clear();
	copy_bench_fini(&bench);
	return output_end(&out) || rc;
}

static int run_suite(const struct options *o)
{
	const struct peer *peers[OPTIONS_MAX];
	struct engines engines;
	struct suite suite;
	size_t npeers;
	char title[256];
	int rc;

	if (find_peers(o, peers, &npeers) || suite_read(&suite, o->suite))
		return 2;
	rc = engines_open(&engines, o, &suite);
	if (!rc) {
		snprintf(title, sizeof(title), "aml-bench: %s, %s", suite.name, suite.summary);
		rc = run_cases(o, title, suite.cases, suite.ncases, &engines, peers, npeers);
		engines_close(&engines);
	}
	suite_free(&suite);
	return rc;
}

static int run_copy(const struct options *o)
{
	const struct peer *peers[OPTIONS_MAX];
	struct engines engines;
	size_t npeers;
	int rc;

	if (find_peers(o, peers, &npeers))
		return 2;
	rc = engines_open(&engines, o, NULL);
	if (rc)
		return rc;
	rc = run_cases(o, "aml-bench: one copy", &o->one, 1, &engines, peers, npeers);
	engines_close(&engines);
	return rc;
}

/* Rows that are not of cases: without peers. */
static int run_rows(const struct options *o, const char *title, int name_width,
		    int (*rows)(const struct options *o, struct engines *engines,
				struct output *out))
{
	struct engines engines;
	struct output out;
	size_t width;
	int rc;

	if (o->npeers) {
		complain("--peer '%s': this command has no peers", o->peers[0]);
		return 2;
	}
	rc = engines_open(&engines, o, NULL);
	if (rc)
		return rc;
	width = engines_name_width(&engines);
	if (width < strlen("peer:memcpy"))
		width = strlen("peer:memcpy");
	if (output_begin(&out, o, title, (size_t)name_width, width)) {
		engines_close(&engines);
		return 1;
	}
	rc = rows(o, &engines, &out);
	engines_close(&engines);
	return output_end(&out) || rc;
}

int main(int argc, char **argv)
{
	struct options o;

	switch (options_read(&o, argc, argv)) {
	case OPTIONS_DONE:
		return 0;
	case OPTIONS_WRONG:
		return 2;
	default:
		break;
	}
	switch (o.command) {
	case COMMAND_LIST:
		return list();
	case COMMAND_RUN:
		return run_suite(&o);
	case COMMAND_COPY:
		return run_copy(&o);
	case COMMAND_FRAMES:
		return frames(&o);
	case COMMAND_FUSED:
		return run_rows(&o, "aml-bench: operators beside the plain copy", FUSED_NAME_WIDTH,
				fused);
	case COMMAND_INDEX:
		return run_rows(&o, "aml-bench: gather and scatter", INDEX_NAME_WIDTH, index_rows);
	default:
		return run_rows(&o, "aml-bench: what requests cost", LATENCY_NAME_WIDTH, latency);
	}
}
