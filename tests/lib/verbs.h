/* SPDX-License-Identifier: BSD-3-Clause */
/* Every call that there is on an engine, for tests of what all of them refuse. */
#ifndef TESTS_LIB_VERBS_H
#define TESTS_LIB_VERBS_H

#include "aml/request.h"
#include "tests/lib/pair.h"

struct verb {
	const char *name; /* NULL ends the table */
	bool of_request;  /* it looks at the request */
	/* What the call returned.  It checks that a refusal leaves its arguments as they shall
	 * be. */
	int (*call)(struct aml_dma *dma, struct aml_dma_request *req, const struct pair *p);
};

/* Without those that end the engine. */
extern const struct verb verbs[];

/* Check that all verbs that look at a request refuse this one so. */
void check_refused_by_all(struct aml_dma *dma, struct aml_dma_request *req, const struct pair *p,
			  int code);

#endif
