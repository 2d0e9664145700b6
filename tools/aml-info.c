/* SPDX-License-Identifier: BSD-3-Clause */
/* aml-info: what this libaml is, and what it finds on this machine. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/area.h"
#include "aml/area/hwloc.h"
#include "aml/area/linux.h"
#include "aml/engine.h"
#include "aml/error.h"
#include "aml/init.h"
#include "aml/plan.h"
#include "aml/utils/backend/hwloc.h"
#include "aml/version.h"
#include "info_pairs.h"
#include "info_print.h"

static const char usage[] =
	"Usage: aml-info [--json]\n"
	"       aml-info --pairs [--json] [SPEC...]\n"
	"Shows what this libaml is, and what it finds on this machine: backends, engines,\n"
	"areas, NUMA nodes, CPU features, kernels, environment variables.\n"
	"\n"
	"  --json     as one JSON object\n"
	"  --pairs    only this: which engine copies from each area to each, with the engines of\n"
	"             these specs open, e.g. axisg2:path=/dev/datadev_0\n"
	"  --help, --version\n";

/* The flags of an engine in words. */
static const struct flag_word {
	unsigned flag;
	const char *word;
} flag_words[] = {
	{AML_DMA_INLINE, "copies inside submit"},
	{AML_DMA_PROGRESS, "advances while somebody waits"},
	{AML_DMA_HOST, "reaches host memory"},
	{AML_DMA_OPERATORS, "runs custom operators"},
	{AML_DMA_ORDERED, "completes in order"},
	{AML_DMA_CANCEL, "stops running requests"},
};

static const struct variable {
	const char *name, *help;
} variables[] = {
	{"AML_DMA", "the engine that programs open which name none"},
	{"AML_LOG", "log lines on stderr, e.g. dma:debug or all:info"},
	{"AML_TRACE", "a file for a trace of all requests, for Perfetto"},
	{"AML_CPU_DISABLE", "CPU features not to use, e.g. avx2,avx512"},
	{"AML_TOPOLOGY", "an hwloc XML file instead of this machine"},
	{"AML_BACKEND_PATH", "where to look for aml_NAME.so, before the usual place"},
	{"AML_BENCH_SUITES", "the folder of aml-bench's suites"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void print_flags(unsigned flags)
{
	char text[256] = "";

	for (size_t i = 0; i < COUNT(flag_words); i++) {
		if (!(flags & flag_words[i].flag))
			continue;
		if (*text)
			strcat(text, ", ");
		strcat(text, flag_words[i].word);
	}
	print_text("capabilities", *text ? text : "none");
}

static void print_keys(const struct aml_engine_key *keys)
{
	if (!keys)
		return;
	print_list_begin("keys");
	for (; keys->name; keys++) {
		print_item_begin(keys->name);
		print_text("help", keys->help);
		print_item_end();
	}
	print_list_end();
}

static void print_backends(void)
{
	struct aml_backend_info info;

	print_list_begin("backends");
	for (size_t i = 0; !aml_backend_info(i, &info); i++) {
		print_item_begin(info.name);
		print_bool("works", !info.probe);
		print_text("probe", !info.probe	  ? "works here"
				    : info.reason ? info.reason
						  : aml_strerror(-info.probe));
		if (info.backend) {
			print_text("summary", info.backend->summary);
			print_bool("only_by_name", info.backend->only_by_name);
		}
		print_item_end();
	}
	print_list_end();
}

/* As it is when opened by its name alone, where that is possible. */
static void print_opened(const char *name)
{
	struct aml_dma_caps caps;
	struct aml_dma *dma;

	if (aml_dma_open(&dma, name)) {
		print_text("opened", aml_error_detail());
		return;
	}
	if (!aml_dma_caps(dma, &caps)) {
		print_text("opened", caps.spec);
		print_flags(caps.flags);
		print_number("threads", caps.threads);
		print_number("box_rank", caps.box_rank);
	}
	aml_dma_close(&dma);
}

static void print_engines(void)
{
	struct aml_backend_info info;

	print_list_begin("engines");
	for (size_t i = 0; !aml_backend_info(i, &info); i++) {
		if (info.probe || !info.backend)
			continue;
		print_item_begin(info.name);
		print_opened(info.name);
		print_keys(info.backend->keys);
		print_item_end();
	}
	print_list_end();
}

static void print_area(const char *name, const char *what, const struct aml_area *area)
{
	const size_t size = 4096;
	void *ptr = aml_area_mmap(area, size, NULL);

	print_item_begin(name);
	print_text("summary", what);
	print_bool("works", ptr);
	if (!ptr)
		print_text("reason", aml_error_detail());
	aml_area_munmap(area, ptr, size);
	print_item_end();
}

static void print_areas(void)
{
	print_list_begin("areas");
	print_area("linux", "anonymous pages, or a file's", &aml_area_linux);
	print_area("hwloc_default", "pages where the system puts them", &aml_area_hwloc_default);
	print_area("hwloc_interleave", "pages spread over the NUMA nodes",
		   &aml_area_hwloc_interleave);
	print_area("hwloc_firsttouch", "pages near the thread that touches them first",
		   &aml_area_hwloc_firsttouch);
	print_list_end();
}

static void print_node(hwloc_obj_t node)
{
	char name[32], *cores = NULL;

	snprintf(name, sizeof(name), "%u", node->os_index);
	print_item_begin(name);
	print_number("memory_bytes", (size_t)node->attr->numanode.local_memory);
	print_bool("allowed", hwloc_bitmap_isset(allowed_nodeset, node->os_index));
	if (hwloc_bitmap_list_asprintf(&cores, node->cpuset) >= 0)
		print_text("cores", cores);
	free(cores);
	print_item_end();
}

static void print_nodes(void)
{
	hwloc_obj_t node = NULL;

	print_list_begin("numa_nodes");
	while ((node = hwloc_get_next_obj_by_type(aml_topology, HWLOC_OBJ_NUMANODE, node)))
		print_node(node);
	print_list_end();
}

static void print_kernels(void)
{
	struct aml_kernel_info info;

	print_list_begin("kernels");
	for (size_t i = 0; !aml_kernel_info(i, &info); i++) {
		if (!info.chosen)
			continue;
		print_item_begin(info.name);
		print_text("operation", info.operation);
		print_number("element_bytes", info.element);
		print_item_end();
	}
	print_list_end();
	print_list_begin("kernels_not_chosen");
	for (size_t i = 0; !aml_kernel_info(i, &info); i++) {
		if (info.chosen)
			continue;
		print_item_begin(info.name);
		print_bool("usable", info.usable);
		print_item_end();
	}
	print_list_end();
}

static void print_variables(void)
{
	print_list_begin("environment");
	for (size_t i = 0; i < COUNT(variables); i++) {
		print_item_begin(variables[i].name);
		print_text("value", getenv(variables[i].name));
		print_text("help", variables[i].help);
		print_item_end();
	}
	print_list_end();
}

/* What is known without aml_init() comes also when that fails. */
static int print_all(bool json)
{
	int rc = aml_init(NULL, NULL);
	char why[512];

	snprintf(why, sizeof(why), "%s: %s", aml_strerror(-rc), aml_error_detail());
	print_begin(json);
	print_text("version", aml_version_string);
	print_text("cpu_features", aml_cpu_features());
	print_backends();
	print_engines();
	if (rc) {
		print_text("areas_unknown", why);
	} else {
		print_areas();
		print_nodes();
	}
	print_kernels();
	print_variables();
	print_end();
	if (rc)
		fprintf(stderr, "aml-info: %s\n", why);
	else
		aml_finalize();
	return rc || fflush(stdout) || ferror(stdout);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"pairs", no_argument, NULL, 'p'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},
		{0},
	};
	bool json = false, pairs = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'j':
			json = true;
			break;
		case 'p':
			pairs = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'v':
			printf("aml-info (libaml) %s\n", aml_version_string);
			return 0;
		default: /* getopt has complained */
			fputs("aml-info --help shows what there is\n", stderr);
			return 2;
		}
	}
	if (pairs)
		return print_pairs(json, argc - optind, argv + optind);
	if (optind < argc) {
		fprintf(stderr, "aml-info: argument '%s': nothing is known to do with it\n",
			argv[optind]);
		return 2;
	}
	return print_all(json);
}
