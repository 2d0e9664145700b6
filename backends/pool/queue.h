/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A queue set: jobs, one per request, first in first out within each of two priorities,
 * which have a lane each.
 *
 *	         no lock            set's lock
 *	submit ----------> in lane --------------> inside, running --------> gone
 *	          push        |         take             |         leave
 *	                      +------ drop: the rest is never claimed
 *
 * A job has pieces.  A thread takes one from the job that is next, under the lock, and is
 * then *inside* the job; inside, it claims more without the lock.  All of that is one
 * word, so that each question has one answer:
 *
 *	work = pieces claimed | end: those before it will run | threads inside | cancelled
 *
 * When is a job gone, and who completes it?  When all up to `end` is claimed and nobody
 * is inside, and the one whose change of the word made that true: a leave, or a drop.
 * From there on it is nobody else's, so:
 *
 *	push	 does not look at the job once it has joined the lane.
 *	take	 happens under the lock, on a job in the lane, which is not gone: it has
 *		 unclaimed pieces, or the one who claimed the last is inside, and takes it out
 *		 of the lane before leaving.
 *	inside	 the job is there.  Another piece is claimed before the last one is left.
 *	leave	 is the last look at a job, except for the one who completes it.
 *	drop	 takes it out of the lane first and changes the word last: those inside may
 *		 end it at once.  A job that is in no lane is over, or soon will be.
 */
#ifndef POOL_QUEUE_H
#define POOL_QUEUE_H

#include <pthread.h>
#include <stdint.h>

#include "aml/engine.h"
#include "lane.h"

#define POOL_PIECES_MOST UINT16_MAX /* of a job */
#define POOL_URGENT_ROW 8	    /* urgent starts, then one of the others that wait */

struct amli_pool_set;

/* In the private bytes of its request. */
struct amli_pool_job {
	struct amli_pool_link link; /* first */
	struct aml_request *req;
	struct amli_pool_set *set; /* where it is pushed */
	_Atomic uint64_t work;
	uint32_t pieces; /* the plan is cut into */
	int status;	 /* of the first that failed; under the lock, or by who completes it */
	bool is_operator, is_urgent;
	bool is_in_lane; /* under the lock */
};
_Static_assert(sizeof(struct amli_pool_job) <= AML_REQUEST_PRIVATE, "a job is private bytes");

struct amli_pool_set {
	struct amli_pool_lane others, urgent;
	pthread_mutex_t lock; /* guards leaving the lanes, and the row */
	unsigned row;	      /* urgent ones started while others waited */
};

/* Who takes: anything, or no operators but that of one request. */
struct amli_pool_taker {
	const struct aml_request *own;
	bool runs_operators;
};

void amli_pool_set_init(struct amli_pool_set *set);
void amli_pool_set_fini(struct amli_pool_set *set);

/* Whether something is unclaimed, or was a moment ago. */
static inline bool amli_pool_set_has_work(struct amli_pool_set *set)
{
	return !amli_pool_lane_is_empty(&set->others) || !amli_pool_lane_is_empty(&set->urgent);
}

/* Fill in a job that shall be pushed into this set; 1..POOL_PIECES_MOST pieces. */
void amli_pool_job_init(struct amli_pool_job *job, struct aml_request *req,
			struct amli_pool_set *set, size_t pieces);
void amli_pool_push(struct amli_pool_job *job);

/*
 * Claim a piece of the job that is next, and go inside; NULL if there is none, or this
 * one may not take it.
 *
 * @left  [out] how many pieces wait now, at least; 0 only if none does
 */
struct amli_pool_job *amli_pool_take(struct amli_pool_set *set, const struct amli_pool_taker *taker,
				     size_t *piece, size_t *left);

/* Inside: claim one more piece, unless something urgent waits. */
bool amli_pool_go_on(struct amli_pool_job *job, size_t *piece);
/* Inside: a piece failed, no more shall be claimed. */
void amli_pool_fail(struct amli_pool_job *job, int status);
/* True if the caller shall complete it, with job->status. */
bool amli_pool_leave(struct amli_pool_job *job);
/* Claim no more of this job, and let it end as cancelled.  True as above; false also if
 * there was nothing left to drop. */
bool amli_pool_drop(struct amli_pool_job *job);

#endif
