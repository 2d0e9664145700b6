/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "tests/lib/engines.h"

#define MOST 32

static const char usual[] = "memcpy pool pool:threads=0 pool:threads=1,small=0 "
			    "pool:threads=3,bind=core,small=0 fault:engine=memcpy "
			    "fault:engine=(pool:threads=2,small=0),delay_us=200 "
			    "fault:engine=(pool:threads=2,small=0),jitter_us=100,thread "
			    "auto auto:host=(pool:threads=2,small=0),small=0";

static char text[1024];
static const char *specs[MOST];
static int n = -1;

static bool works(const char *spec)
{
	struct aml_dma *dma;
	int rc = aml_dma_open(&dma, spec);

	if (rc == -AML_ENOTSUP) {
		printf("left out: %s: %s\n", spec, aml_error_detail());
		return false;
	}
	aml_dma_close(&dma);
	return true; /* any other failure is for the tests to show */
}

int engines_choose(const char *rather)
{
	const char *env = getenv("AML_TEST_ENGINES");
	char *save = NULL;

	if (n >= 0)
		return n;
	n = 0;
	snprintf(text, sizeof(text), "%s", env && *env ? env : rather);
	for (char *at = strtok_r(text, " \t\n", &save); at && n < MOST;
	     at = strtok_r(NULL, " \t\n", &save))
		if (works(at))
			specs[n++] = at;
	return n;
}

int engines_count(void)
{
	return engines_choose(usual);
}

const char *engines_spec(int i)
{
	return specs[i];
}

struct aml_dma *engines_open(int i)
{
	struct aml_dma *dma;

	ck_assert_msg(aml_dma_open(&dma, specs[i]) == 0, "%s: %s", specs[i], aml_error_detail());
	return dma;
}

bool engine_has(const struct aml_dma *dma, unsigned flag)
{
	struct aml_dma_caps caps;

	ck_assert_int_eq(aml_dma_caps(dma, &caps), 0);
	return caps.flags & flag;
}
