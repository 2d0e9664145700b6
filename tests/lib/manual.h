/* SPDX-License-Identifier: BSD-3-Clause */
/* An engine whose requests are started and ended by the test, step by step; and a second
 * one beside it. */
#ifndef TESTS_LIB_MANUAL_H
#define TESTS_LIB_MANUAL_H

#include <stdatomic.h>

#include "aml/engine.h"

/* What an engine shall do, and what it was asked. */
struct manual {
	unsigned flags;			/* AML_DMA_*, before open */
	int open_fails;			/* a code to return */
	atomic_int submit_fails;	/* the same */
	bool at_once;			/* requests are complete when submit returns */
	atomic_int cancel;		/* what cancel returns; 0: it completes the request */
	int fd;				/* for waiters to sleep on, before open; 0 = none */
	size_t capacity;		/* before open; 0 = no limit */
	const struct aml_area *reached; /* the one area it reaches */
	void (*in_submit)(struct aml_request *req); /* called there first */
	void (*in_cancel)(struct aml_request *req);
	atomic_int submitted, progressed, cancelled, closed, expected;
	atomic_size_t expected_bytes;	       /* the latest */
	_Atomic(struct aml_request *) req[64]; /* in the order of submission, modulo 64 */
};

extern struct manual manual, second_manual;

/* Open the first, all other settings and counts at zero. */
struct aml_dma *manual_open(unsigned flags);
struct aml_dma *manual_open_with(unsigned flags, int fd);
struct aml_dma *manual_open_for(unsigned flags, size_t capacity);
/* As manual_open(), and it reaches an area from the start. */
struct aml_dma *manual_open_reaching(unsigned flags, const struct aml_area *area);
struct aml_dma *second_manual_open(unsigned flags);
/* Start request i; what aml_request_start() says. */
int manual_start(int i);
/* Start it, and end it so, or as its start says. */
void manual_complete(int i, int status);
void second_manual_complete(int i, int status);

/* Its backend, for tests of opening. */
extern const struct aml_backend manual_backend;

#endif
