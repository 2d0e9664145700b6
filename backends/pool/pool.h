/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool: a queue of jobs and the threads that run them. */
#ifndef POOL_POOL_H
#define POOL_POOL_H

#include <pthread.h>

#include "queue.h"

#define POOL_THREADS_MOST 1024

struct amli_pool {
	pthread_mutex_t lock; /* guards all below up to the blank line */
	struct amli_pool_queue queue;
	pthread_cond_t wake;	/* for sleeping workers: there are tokens, or it is over */
	unsigned asleep;	/* workers in wake, also those that a token was given for */
	unsigned tokens;	/* one per worker that shall wake */
	unsigned spinning;	/* workers that look at the queue again before they sleep */
	unsigned ready;		/* workers that have tried to bind themselves */
	int bind_status;	/* how that went */
	pthread_cond_t started; /* for open: ready has changed */
	bool stop;

	enum aml_bind bind;
	int node; /* -1 = any */
	unsigned nthreads;
	size_t small; /* bytes up to which a copy may be made at once */
	struct amli_pool_worker {
		pthread_t thread;
		struct amli_pool *pool;
		unsigned i;
	} worker[];
};

/* worker.c: start them all, or none; 0, -AML_ENOMEM, or why they cannot be bound. */
int amli_pool_start(struct amli_pool *pool);
/* Let them end, and join them.  The queue is empty. */
void amli_pool_stop(struct amli_pool *pool);
/* With the lock held: see that as many workers are awake as there are unclaimed pieces, less
 * those that the calling thread takes itself. */
void amli_pool_wake(struct amli_pool *pool, size_t taken);
/* Whether the calling thread is one of them. */
bool amli_pool_is_worker(const struct amli_pool *pool);

/* pool.c: run a claimed piece of a job. */
void amli_pool_run(struct amli_pool *pool, struct amli_pool_job *job, size_t piece);

#endif
