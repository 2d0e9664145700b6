/* SPDX-License-Identifier: BSD-3-Clause */
/* The engines that one run compares. */
#ifndef BENCH_ENGINES_H
#define BENCH_ENGINES_H

#include "aml/dma.h"
#include "options.h"
#include "suite.h"

struct engines {
	size_t n;
	struct engine {
		const char *spec;
		struct aml_dma *dma;
		unsigned threads; /* that copy: the engine's and the one that waits, at most
				   * as many as there are cores */
	} at[OPTIONS_MAX];
};

/* Which ones: the options', or $AML_DMA, or the suite's (NULL: memcpy and pool).  An
 * engine that was asked for must open; of the suite's, those that do not are left out
 * after a complaint.  Returns the status to exit with: 0 to go on. */
int engines_open(struct engines *e, const struct options *o, const struct suite *s);
void engines_close(struct engines *e);

size_t engines_name_width(const struct engines *e);

#endif
