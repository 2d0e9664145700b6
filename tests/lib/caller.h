/* SPDX-License-Identifier: BSD-3-Clause */
/* One call in a thread of its own, for tests of calls that wait. */
#ifndef TESTS_LIB_CALLER_H
#define TESTS_LIB_CALLER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "aml/request.h"

struct caller {
	int (*call)(struct caller *c); /* one of those below, or the test's own */
	struct aml_dma *dma;
	struct aml_dma_request *req;
	int64_t timeout_us;
	void *arg;
	/* set by the thread */
	atomic_bool over;
	int rc;
	pthread_t thread;
};

int call_wait(struct caller *c);
int call_wait_for(struct caller *c);
int call_cancel(struct caller *c);
int call_barrier(struct caller *c);
int call_barrier_for(struct caller *c);
int call_close(struct caller *c);

void caller_begin(struct caller *c);
/* The same for a call that is a barrier, or begins with one: returns when that waits. */
void caller_begin_barrier(struct caller *c);
/* The same for one that waits for c->req: returns when it sleeps. */
void caller_begin_wait(struct caller *c);
/* What the call returned. */
int caller_end(struct caller *c);

#endif
