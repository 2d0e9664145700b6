/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the suites are. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "complain.h"
#include "suite.h"

/* Configure leaves this file in the build tree; it holds the folder's path. */
#define BUILD_TREE_FILE "benchmarks/suites.path"

/* The folder this program lies in, without libtool's ".libs"; false if unknown. */
static bool program_folder(char *path, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	if (len <= 0)
		return false;
	path[len] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return false;
	*slash = '\0';
	slash = strrchr(path, '/');
	if (slash && !strcmp(slash, "/.libs"))
		*slash = '\0';
	return true;
}

static bool build_tree_suites(char *path, size_t size)
{
	char folder[2048], file[2048 + sizeof(BUILD_TREE_FILE) + 1];
	bool found = false;
	FILE *f;

	if (!program_folder(folder, sizeof(folder)))
		return false;
	snprintf(file, sizeof(file), "%s/%s", folder, BUILD_TREE_FILE);
	f = fopen(file, "r");
	if (!f)
		return false;
	if (fgets(path, (int)size, f)) {
		path[strcspn(path, "\n")] = '\0';
		found = true;
	}
	fclose(f);
	return found;
}

const char *suite_folder(void)
{
	static char path[2048];
	const char *env = getenv("AML_BENCH_SUITES");

	if (env && *env)
		return env;
	if (build_tree_suites(path, sizeof(path)))
		return path;
	return PKGDATADIR "/suites";
}

static int is_suite(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 4 && len - 4 < CASE_NAME && !strcmp(entry->d_name + len - 4, ".ini");
}

int suite_names(char ***names)
{
	struct dirent **entries;
	int n = scandir(suite_folder(), &entries, is_suite, alphasort);

	*names = NULL;
	if (n < 0) {
		complain(
			"cannot list the suites in %s: %s; AML_BENCH_SUITES may name another folder",
			suite_folder(), strerror(errno));
		return -1;
	}
	*names = calloc((size_t)n + 1, sizeof(**names));
	for (int i = 0; i < n; i++) {
		if (*names)
			(*names)[i] = strndup(entries[i]->d_name, strlen(entries[i]->d_name) - 4);
		free(entries[i]);
	}
	free(entries);
	if (!*names)
		complain("no memory for the names of %d suites", n);
	return *names ? n : -1;
}

void suite_names_free(char **names, int n)
{
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
}
