/* SPDX-License-Identifier: BSD-3-Clause */
#include "machine.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "aml/plan.h"
#include "aml/version.h"
#include "stream.h"
#include "team.h"

#if defined(__clang__)
#define COMPILER __VERSION__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown"
#endif

/* Copies the text after "key...:" of the first such line of a file. */
static void line_of(const char *path, const char *key, char *to, size_t size)
{
	char line[256];
	FILE *f = fopen(path, "r");

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');

		if (strncmp(line, key, strlen(key)) || !colon)
			continue;
		colon += 1 + strspn(colon + 1, " \t");
		colon[strcspn(colon, "\n")] = '\0';
		snprintf(to, size, "%s", colon);
		break;
	}
	fclose(f);
}

static void read_cpu(struct machine *m)
{
	struct utsname u;

	strcpy(m->cpu, "unknown");
	strcpy(m->kernel, "unknown");
	if (!uname(&u)) {
		snprintf(m->cpu, sizeof(m->cpu), "%.64s", u.machine);
		snprintf(m->kernel, sizeof(m->kernel), "%.40s %.80s", u.sysname, u.release);
	}
	line_of("/proc/cpuinfo", "model name", m->cpu, sizeof(m->cpu));
}

/* The one word in a file about cache i of the first core; false if there is none. */
static bool cache_fact(int i, const char *name, char word[16])
{
	char path[96];
	bool read;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/cache/index%d/%s", i, name);
	f = fopen(path, "r");
	if (!f)
		return false;
	read = fscanf(f, "%15s", word) == 1;
	fclose(f);
	return read;
}

static void read_caches(struct machine *m)
{
	char word[16];

	for (int i = 0; i < MACHINE_CACHES; i++) {
		struct machine_cache *c = &m->caches[m->ncaches];

		if (!cache_fact(i, "type", c->type) || !cache_fact(i, "level", word))
			break;
		c->level = (unsigned)strtoul(word, NULL, 10);
		if (!cache_fact(i, "size", word))
			break;
		c->bytes = strtoul(word, NULL, 10) * 1024; /* "32K" */
		m->ncaches++;
	}
}

/* The word in brackets: "always [madvise] never". */
static void read_huge_pages(struct machine *m)
{
	FILE *f = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "r");

	strcpy(m->huge_pages, "unknown");
	if (!f)
		return;
	if (fscanf(f, "%*[^[][%15[^]]", m->huge_pages) != 1) {
		rewind(f);
		if (fscanf(f, "[%15[^]]", m->huge_pages) != 1)
			strcpy(m->huge_pages, "unknown");
	}
	fclose(f);
}

void machine_read(struct machine *m)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);

	memset(m, 0, sizeof(*m));
	read_cpu(m);
	read_caches(m);
	read_huge_pages(m);
	m->cores = team_cores();
	m->memory_bytes = pages > 0 && page > 0 ? (size_t)pages * (size_t)page : 0;
	m->compiler = COMPILER;
	m->library = aml_version_string;
	m->cpu_features = aml_cpu_features();
	m->stream = stream_name();
}
