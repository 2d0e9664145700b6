/* SPDX-License-Identifier: BSD-3-Clause */
#include "info_pairs.h"

#include <stdio.h>
#include <string.h>

#include "aml/area.h"
#include "aml/engine.h"
#include "aml/error.h"
#include "info_print.h"

#define ENGINES_MOST 64
#define AREAS_MOST 64
#define COLUMN 9

static struct aml_dma *engines[ENGINES_MOST];
static int nengines;
static const struct aml_area *areas[AREAS_MOST]; /* the first is host memory, NULL */
static int nareas;

static void add_areas(const struct aml_dma *dma)
{
	const struct aml_area *area;

	for (size_t i = 0; nareas < AREAS_MOST && (area = aml_engine_area(dma, i)); i++)
		areas[nareas++] = area;
}

/* 0, or why it does not open. */
static int open_engine(const char *spec)
{
	int rc;

	if (nengines == ENGINES_MOST)
		return 0;
	rc = aml_dma_open(&engines[nengines], spec);
	if (rc == 0)
		add_areas(engines[nengines++]);
	return rc;
}

/* Those that need more than their name are left out. */
static void open_by_name(void)
{
	struct aml_backend_info info;

	for (size_t i = 0; !aml_backend_info(i, &info); i++)
		if (!info.probe)
			open_engine(info.name);
}

static int open_specs(int n, char *const specs[])
{
	for (int i = 0; i < n; i++) {
		int rc = open_engine(specs[i]);

		if (rc) {
			fprintf(stderr, "aml-info: %s: %s: %s\n", specs[i], aml_strerror(-rc),
				aml_error_detail());
			return 1;
		}
	}
	return 0;
}

static void close_engines(void)
{
	while (nengines > 0)
		aml_dma_close(&engines[--nengines]);
}

/* The engine that copies; false: none does. */
static bool engine_for(const struct aml_area *dst, const struct aml_area *src, char *name,
		       size_t size)
{
	struct aml_dma_caps caps;
	struct aml_dma *dma;
	bool host = aml_area_is_host(dst) && aml_area_is_host(src);
	int rc = host ? aml_dma_select(&dma, dst, src) : aml_engine_visit(&dma, dst, src);

	if (rc)
		return false;
	if (aml_dma_caps(dma, &caps) == 0)
		snprintf(name, size, "%s", caps.engine);
	if (host)
		aml_dma_close(&dma);
	else
		aml_engine_leave(dma);
	return true;
}

static void print_pair(const struct aml_area *dst, const struct aml_area *src)
{
	char name[100], engine[64];
	bool is = engine_for(dst, src, engine, sizeof(engine));

	aml_area_name(dst, name, sizeof(name));
	print_item_begin(name);
	aml_area_name(src, name, sizeof(name));
	print_text("from", name);
	print_text("engine", is ? engine : NULL);
	if (!is)
		print_text("reason", aml_error_detail());
	print_item_end();
}

static void print_json(void)
{
	print_begin(true);
	print_list_begin("pairs");
	for (int dst = 0; dst < nareas; dst++)
		for (int src = 0; src < nareas; src++)
			print_pair(areas[dst], areas[src]);
	print_list_end();
	print_end();
}

static void print_matrix(void)
{
	char name[100], engine[64];

	puts("areas:");
	for (int i = 0; i < nareas; i++) {
		aml_area_name(areas[i], name, sizeof(name));
		printf("  %d  %s\n", i, name);
	}
	puts("pairs, to the area of a line from that of a column:");
	printf("    ");
	for (int src = 0; src < nareas; src++)
		printf("%-*d", COLUMN, src);
	putchar('\n');
	for (int dst = 0; dst < nareas; dst++) {
		printf("  %d ", dst);
		for (int src = 0; src < nareas; src++) {
			bool is = engine_for(areas[dst], areas[src], engine, sizeof(engine));

			printf("%-*s", COLUMN, is ? engine : "none");
		}
		putchar('\n');
	}
}

int print_pairs(bool json, int nspecs, char *const specs[])
{
	int rc;

	nareas = 1;
	open_by_name();
	rc = open_specs(nspecs, specs);
	if (rc == 0) {
		if (json)
			print_json();
		else
			print_matrix();
		rc = fflush(stdout) || ferror(stdout);
	}
	close_engines();
	return rc;
}
