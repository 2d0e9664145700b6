/* SPDX-License-Identifier: BSD-3-Clause */
#include "engines.h"

#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "complain.h"
#include "team.h"

static int open_one(struct engines *e, const char *spec)
{
	struct engine *one = &e->at[e->n];
	struct aml_dma_caps caps;
	unsigned cores = team_cores();
	int rc = aml_dma_open(&one->dma, spec);

	if (rc) {
		complain("engine '%s': %s: %s", spec, aml_strerror(-rc), aml_error_detail());
		return rc;
	}
	one->spec = spec;
	one->threads = 1;
	if (!aml_dma_caps(one->dma, &caps))
		one->threads += caps.threads;
	if (one->threads > cores)
		one->threads = cores;
	e->n++;
	return 0;
}

/* Engines that nobody asked for by name: those that open. */
static int open_defaults(struct engines *e, const struct suite *s)
{
	static const char *const usual[] = {"memcpy", "pool"};
	size_t n = s && s->nengines ? s->nengines : sizeof(usual) / sizeof(usual[0]);

	for (size_t i = 0; i < n; i++)
		open_one(e, s && s->nengines ? s->engines[i] : usual[i]);
	return e->n ? 0 : 1;
}

/* One that was asked for.  The status to exit with. */
static int open_asked(struct engines *e, const char *spec)
{
	int rc = open_one(e, spec);

	if (!rc)
		return 0;
	engines_close(e);
	return rc == -AML_EINVAL ? 2 : 1;
}

int engines_open(struct engines *e, const struct options *o, const struct suite *s)
{
	const char *env = getenv("AML_DMA");
	int status = 0;

	memset(e, 0, sizeof(*e));
	for (size_t i = 0; i < o->nengines && !status; i++)
		status = open_asked(e, o->engines[i]);
	if (o->nengines)
		return status;
	return env && *env ? open_asked(e, env) : open_defaults(e, s);
}

void engines_close(struct engines *e)
{
	for (size_t i = 0; i < e->n; i++)
		aml_dma_close(&e->at[i].dma);
	e->n = 0;
}

size_t engines_name_width(const struct engines *e)
{
	size_t width = 0;

	for (size_t i = 0; i < e->n; i++)
		if (strlen(e->at[i].spec) > width)
			width = strlen(e->at[i].spec);
	return width;
}
