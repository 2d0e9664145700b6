/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Failures that no wait and no barrier has reported yet, in the order in which they
 * happened.  A request that the program holds is linked itself, until it is waited
 * for.  Of detached ones there is nothing to link: the engine keeps the code of the
 * first since the last barrier.
 */
#ifndef AMLI_DMA_FAILURE_H
#define AMLI_DMA_FAILURE_H

#include <pthread.h>

#include "dma/request.h"

struct amli_failures {
	pthread_mutex_t lock; /* guards the list and what is linked in it */
	struct amli_list list;
	struct amli_failure detached[2]; /* by parity of the generation, as in flight.h */
};

void amli_failures_init(struct amli_failures *failures);
void amli_failures_fini(struct amli_failures *failures);

/* Keep how this request ended; it is HELD or DETACHED, and not DONE yet. */
void amli_failure_keep(struct aml_request *req, int code);
/* A wait reports it, or nobody shall.  False: nothing was kept, or it was reported. */
bool amli_failure_forget(struct aml_request *req);
/* The first failure up to this generation, which is now reported; 0 = none. */
int amli_failure_take(struct amli_failures *failures, uint64_t generation);

#endif
