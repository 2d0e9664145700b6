/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Jobs, one per request, in the order of submission.
 *
 * A job has pieces, which are claimed one by one from the job at the head.  When its
 * last piece is claimed it leaves the queue; when the last claimed one is finished the
 * request is complete.
 *
 *	appended --- claim, claim, ... ---> off the queue --- finish, ... ---> complete
 *	    \________ drop: the rest is never claimed _______/
 *
 * All calls are made with the pool's lock held.
 */
#ifndef POOL_QUEUE_H
#define POOL_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "aml/engine.h"

/* In the private bytes of its request. */
struct amli_pool_job {
	struct amli_pool_job *next, *prev;
	struct aml_dma_request *req;
	const struct aml_plan *plan;
	size_t pieces;	/* the plan is cut into */
	size_t end;	/* those before it will run: pieces, or less after a drop */
	size_t claimed; /* those before it were claimed */
	size_t running; /* claimed, not finished */
	int status;	/* of the first that failed */
	bool is_operator;
};
_Static_assert(sizeof(struct amli_pool_job) <= AML_REQUEST_PRIVATE, "a job is private bytes");

struct amli_pool_queue {
	struct amli_pool_job *head, *tail;
	atomic_size_t unclaimed; /* pieces; may be read without the lock, as a hint */
};

void amli_pool_append(struct amli_pool_queue *queue, struct amli_pool_job *job);
/* The next piece of the head job, which must exist. */
size_t amli_pool_claim(struct amli_pool_queue *queue);
/* True if that was the last: the caller completes the request. */
bool amli_pool_finish(struct amli_pool_job *job, int status);
/* Claim no more of this job, and let it end as cancelled.  True as above; false also if
 * there was nothing left to drop. */
bool amli_pool_drop(struct amli_pool_queue *queue, struct amli_pool_job *job);

#endif
