/* SPDX-License-Identifier: BSD-3-Clause */
#include "list.h"

#include <stdio.h>

#include "aml/engine.h"
#include "peer.h"
#include "suite.h"
#include "task_rows.h"

static int list_suites(void)
{
	char **names;
	int n = suite_names(&names), rc = n < 0;

	if (n < 0)
		return rc;
	printf("suites in %s\n", suite_folder());
	for (int i = 0; i < n; i++) {
		struct suite s;

		if (!names[i] || suite_read(&s, names[i])) {
			rc = 1;
			continue;
		}
		printf("  %-12s %3zu case%s  %s\n", s.name, s.ncases, s.ncases == 1 ? " " : "s",
		       s.summary);
		suite_free(&s);
	}
	suite_names_free(names, n);
	return rc;
}

static void list_engines(void)
{
	struct aml_backend_info info;

	puts("engines");
	for (size_t i = 0; !aml_backend_info(i, &info); i++) {
		printf("  %-12s ", info.name);
		if (info.probe)
			printf("not here: %s\n", info.reason ? info.reason : "no reason given");
		else
			printf("%s\n", info.backend ? info.backend->summary : "");
	}
}

static void list_peers(void)
{
	static const char *const known[] = {"naive", "memcpy", "fftw", "openblas", "onednn"};

	const char *name, *summary;

	puts("peers");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct peer *p = peer_find(known[i]);

		printf("  %-12s %s\n", known[i],
		       p ? p->summary : "not here: configure did not find the library");
	}
	for (size_t i = 0; (name = task_peer(i, &summary)); i++)
		printf("  %-12s %s\n", name,
		       summary ? summary : "not here: configure did not find it");
}

int list(void)
{
	int rc = list_suites();

	list_engines();
	list_peers();
	return rc;
}
