/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keeping requests from starting: by keeping every thread of the engine busy, or by order,
 * after a request of another engine that nobody drives.
 */
#ifndef BENCH_HOLD_H
#define BENCH_HOLD_H

#include <stdatomic.h>
#include <stdbool.h>

#include "aml/request.h"

struct hold {
	atomic_uint entered; /* threads that are kept busy */
	atomic_bool open;    /* they may go */
	bool busy;
	struct aml_dma *other;	       /* an engine that runs nothing unless driven */
	struct aml_dma_request *first; /* of that one; NULL = nothing is held by order */
};

/* Keep all threads of the engine busy; again does nothing. */
int hold_threads(struct hold *h, struct aml_dma *dma);
/* Why that cannot be; NULL if it can. */
const char *hold_why_no_threads(struct aml_dma *dma);

/* Make h->first, to come after. */
int hold_order(struct hold *h);

/* Let go of all. */
int hold_release(struct hold *h, struct aml_dma *dma);
void hold_fini(struct hold *h);

#endif
