/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool: sets of jobs and the threads that run them. */
#ifndef POOL_POOL_H
#define POOL_POOL_H

#include <pthread.h>

#include "idle.h"
#include "queue.h"

#define POOL_THREADS_MOST 1024
#define POOL_SETS_MOST 64

/* What the spec asks for. */
struct amli_pool_options {
	enum aml_bind bind;
	bool bind_is_asked; /* else it is an attempt */
	int node;	    /* -1 = any */
	unsigned nthreads;
	size_t small;  /* bytes up to which a copy may be made at once */
	size_t queue;  /* requests taken that are not finished */
	unsigned sets; /* 0 = by the machine */
};

/* After open, only what has a guard of its own is written. */
struct amli_pool {
	struct amli_pool_options want;
	atomic_bool stop;
	atomic_int bind_status; /* how it went, while they start */
	sem_t settled;		/* for open: one for each that has tried to bind itself */
	/* place.c: which set is near */
	unsigned nnodes; /* 0: sets are dealt out to processors by turns */
	int node[POOL_SETS_MOST];
	struct amli_pool_idle idle;
	_Atomic uint64_t expected_ns; /* until then work may come any moment; 0 = none does */
	unsigned nsets;
	struct amli_pool_set set[POOL_SETS_MOST];
	struct amli_pool_worker {
		pthread_t thread;
		struct amli_pool *pool;
		unsigned i;
		unsigned home;	/* its set */
		unsigned turns; /* it took something, counted to look elsewhere */
	} worker[];
};

/* options.c */
extern const struct aml_engine_key amli_pool_keys[];
int amli_pool_read(const struct aml_spec *spec, struct amli_pool_options *to);
void amli_pool_print(const struct amli_pool *pool, FILE *stream, const char *prefix);

/* place.c: decide how many sets there are. */
void amli_pool_place(struct amli_pool *pool);
/* The set of the calling thread, which is none of the pool's. */
unsigned amli_pool_set_here(const struct amli_pool *pool);
/* The set of worker i, which calls this when it is bound. */
unsigned amli_pool_home(const struct amli_pool *pool, unsigned i);

/* worker.c: CLOCK_MONOTONIC. */
uint64_t amli_pool_now_ns(void);
/* Start them all, or none; 0, -AML_ENOMEM, or why they cannot be bound. */
int amli_pool_start(struct amli_pool *pool);
/* Let them end, and join them.  The queue is empty. */
void amli_pool_stop(struct amli_pool *pool);
/* The calling thread, or NULL if it is none of them. */
struct amli_pool_worker *amli_pool_self(const struct amli_pool *pool);

/* pool.c: whether anything is unclaimed. */
bool amli_pool_has_work(struct amli_pool *pool);
/* Claim a piece in the first set that has one, from @first on; and see that somebody comes
 * for what is left. */
struct amli_pool_job *amli_pool_find(struct amli_pool *pool, unsigned first,
				     const struct amli_pool_taker *taker, size_t *piece);
/* Run a claimed piece, and if @on others of the same job. */
void amli_pool_run(struct amli_pool_job *job, size_t piece, bool on);

#endif
