/* SPDX-License-Identifier: BSD-3-Clause */
/* An engine whose requests are started and ended by the test, step by step. */
#ifndef TESTS_LIB_MANUAL_H
#define TESTS_LIB_MANUAL_H

#include <stdatomic.h>

#include "aml/engine.h"

/* What the engine shall do, and what it was asked; one engine at a time. */
extern struct manual {
	unsigned flags;			/* AML_DMA_*, before open */
	int open_fails, submit_fails;	/* codes to return */
	bool at_once;			/* requests are complete when submit returns */
	int cancel;			/* what cancel returns; 0: it completes the request */
	int fd;				/* for waiters to sleep on, before open; 0 = none */
	const struct aml_area *reached; /* the one area it reaches */
	atomic_int submitted, progressed, cancelled, closed;
	struct aml_dma_request *req[64]; /* in the order of submission, modulo 64 */
} manual;

/* Open it, all other settings and counts at zero. */
struct aml_dma *manual_open(unsigned flags);
struct aml_dma *manual_open_with(unsigned flags, int fd);
/* End request i. */
void manual_complete(int i, int status);

/* Its backend, for tests of opening. */
extern const struct aml_backend manual_backend;

#endif
