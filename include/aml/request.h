/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests: what can be done with them beyond AML's copy, wait, barrier and cancel,
 * which are in aml/dma.h.  doc/REQUESTS.md has the contract on one page.
 *
 *	          ends of `after`           first byte moves
 *	BLOCKED ------------------> QUEUED -----------------> RUNNING -----> DONE
 *	   |                          |                                       ^
 *	   +--------------------------+------- cancelled, deadline, failed ---+
 *
 * A request is described by a job, submitted, and ends exactly once: ok, failed,
 * cancelled or timed out.  A handle (struct aml_dma_request *) is a number, not an
 * address: one that was released, or was never given out, is refused with -AML_EINVAL
 * by every call and never mistaken for another request.  Every call is legal in
 * every state, from any thread; where two threads end one request, one of them gets
 * how it ended and the other -AML_EINVAL.
 *
 *	aml_dma_submit(dma, &req, &job);	or try_submit, submit_for, async_batch
 *	aml_dma_test(dma, &req, &done);		or wait_for, wait_any, wait_some, wait_all
 *	aml_dma_prepare(dma, &req, &job);	once, then
 *	aml_dma_start(dma, req);		any number of times, each with a wait
 *
 * Time limits are in microseconds of the monotonic clock; AML_DMA_FOREVER means none.
 *
 * Engines that the program made itself (AML's ops table) have none of this:
 * -AML_ENOTSUP.  In a child after fork(), engines that the parent opened refuse
 * everything with -AML_EPERM.
 */
#ifndef AML_REQUEST_H
#define AML_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "aml/api.h"
#include "aml/dma.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AML_DMA_FOREVER ((int64_t)-1)

/** Where a request is in its life. */
enum aml_dma_phase {
	AML_DMA_PLANNED, /* prepared, and not started yet */
	AML_DMA_BLOCKED, /* waits for the requests it comes after */
	AML_DMA_QUEUED,	 /* the engine has it, no byte has moved */
	AML_DMA_RUNNING,
	AML_DMA_DONE,
};

/** How it ended. */
enum aml_dma_outcome {
	AML_DMA_PENDING,   /* it has not */
	AML_DMA_OK,	   /* all of the data arrived */
	AML_DMA_FAILED,	   /* status says why */
	AML_DMA_DROPPED,   /* cancelled before it started: nothing was written */
	AML_DMA_STOPPED,   /* cancelled while it ran, after bytes_done bytes */
	AML_DMA_TIMED_OUT, /* its own deadline passed */
};

/** Which side of a copy something went wrong on. */
enum aml_dma_side { AML_DMA_SIDE_NONE, AML_DMA_SIDE_DST, AML_DMA_SIDE_SRC };

/** What happened to a request. */
struct aml_dma_info {
	size_t size; /* in: sizeof(struct aml_dma_info) */
	enum aml_dma_phase phase;
	enum aml_dma_outcome outcome;
	int status;		    /* what aml_dma_wait() returns; 0 while pending */
	enum aml_dma_phase stopped; /* the phase in which it ended */
	enum aml_dma_side side;	    /* that failed, where the engine knows */
	size_t offset;		    /* byte of the packed data at which it stopped */
	size_t bytes;		    /* to move; 0 for custom operators */
	size_t bytes_done;	    /* moved so far: only grows, exact when DONE */
	/* CLOCK_MONOTONIC; 0 = has not happened.  An inline engine starts what it gets at
	 * once, and says the time of submission for both; and for the end as well if it is one
	 * run of at most 256 bytes, which takes less time than a look at the clock. */
	uint64_t submitted_ns, started_ns, done_ns;
};

/**
 * Called once when a request ends, in the thread that ended it: a thread of the engine,
 * or one that is inside submit, wait, test, drain, cancel or close.  It runs before the
 * request counts as done: when wait, barrier or close return, the callback has returned.
 *
 * It may submit (a full queue is then refused, -AML_EAGAIN, not waited for), start other
 * prepared requests, test, and ask for info, capacity and statistics.  What it submits to an
 * inline engine runs, callback included, inside it: mind the depth.  Calls that wait
 * (wait, barrier, cancel, close) are refused in it with -AML_EBUSY.  The two sides of the
 * copy are the program's again.
 *
 * @param req   the handle; NULL if the program does not hold it
 * @param info  gone when the callback returns
 */
typedef void (*aml_dma_done_fn)(struct aml_dma_request *req, const struct aml_dma_info *info,
				void *arg);

/** Bits of aml_dma_job.flags. */
#define AML_DMA_URGENT (1u << 0) /* before others that wait in the queue; those still get a turn */
#define AML_DMA_FENCE (1u << 1)	 /* after all before it on this engine, before all after it */
#define AML_DMA_ANYWAY (1u << 2) /* start even if a request in `after` failed */

/** The most requests that one can come after. */
#define AML_DMA_AFTER_MAX 1024

/**
 * What a request shall do.  Set size, and dst and src, or plan, or plans; the rest may be 0.
 */
struct aml_dma_job {
	size_t size; /* sizeof(struct aml_dma_job) */

	/* As in aml_dma_async_copy_custom(): captured at submit; op NULL = copy. */
	struct aml_layout *dst;
	const struct aml_layout *src;
	aml_dma_operator op;
	void *op_arg;

	/* Instead: a plan, borrowed until the request is released. */
	const struct aml_plan *plan;

	unsigned flags; /* AML_DMA_* above */

	/* Start when these are done; of any engine, NULL entries are skipped.  If one of
	 * them ended badly this one ends with its status and is never started. */
	struct aml_dma_request *const *after;
	size_t nafter;

	/* End as -AML_ETIMEDOUT so long after submit; 0 = never.  Looked at when the
	 * request is about to start, by whoever tests, waits or asks for info, and by
	 * barriers and close. */
	int64_t timeout_us;

	aml_dma_done_fn done;
	void *done_arg;
};

/* ---- submit ---- */

/**
 * Submit a job, waiting for room in the engine's queue.
 *
 * @param req  [out] as in aml_dma_async_copy()
 *
 * @return 0             accepted
 * @return -AML_EINVAL   as aml_dma_async_copy(); job->size or flags unknown; more than
 *                       AML_DMA_AFTER_MAX in `after`, or one that is no request
 * @return -AML_ENOTSUP  as aml_dma_async_copy()
 * @return -AML_EAGAIN   the queue is full, in a callback; or the program holds more
 *                       than a million requests that it has not waited for
 * @return -AML_ENOMEM   nothing was started
 * @return -AML_EPERM    the engine was opened before fork()
 *
 * Threads: any number.
 * Blocks: while the queue is full, helping the engine; and as aml_dma_async_copy().
 */
AML_API int aml_dma_submit(struct aml_dma *dma, struct aml_dma_request **req,
			   const struct aml_dma_job *job);

/** The same; a full queue is -AML_EAGAIN at once, nothing was started. */
AML_API int aml_dma_try_submit(struct aml_dma *dma, struct aml_dma_request **req,
			       const struct aml_dma_job *job);

/** The same; -AML_ETIMEDOUT if there is no room within @p timeout_us (0: -AML_EAGAIN, as
 * aml_dma_try_submit()), nothing was started. */
AML_API int aml_dma_submit_for(struct aml_dma *dma, struct aml_dma_request **req,
			       const struct aml_dma_job *job, int64_t timeout_us);

/**
 * Copy src[i] into dst[i] for each i < n, as one request: one hand-over, one wake-up, one
 * end.  It ends with the status of the first copy that failed.
 *
 * @return as aml_dma_submit(); @p n 0 is -AML_EINVAL; no copy was started unless all
 *         can be
 */
AML_API int aml_dma_async_batch(struct aml_dma *dma, struct aml_dma_request **req, size_t n,
				struct aml_layout *const dst[],
				const struct aml_layout *const src[]);

/**
 * How many unfinished requests the engine takes (@p total), and how many more just now
 * (@p free); either may be NULL.  SIZE_MAX: no limit.
 *
 * @return 0; -AML_EINVAL dma NULL; -AML_ENOTSUP, -AML_EPERM
 */
AML_API int aml_dma_capacity(const struct aml_dma *dma, size_t *free, size_t *total);

/* ---- persistent requests ---- */

/**
 * Plan a job once, to be started any number of times.  Layouts are captured; a plan
 * is borrowed until release.  `after` and AML_DMA_FENCE are not for prepared requests.
 *
 * @param req  [out] release with aml_dma_release(); wait, test and cancel leave the
 *             handle alone, and end only the run: then it may be started again
 *
 * @return 0, or as aml_dma_submit()
 */
AML_API int aml_dma_prepare(struct aml_dma *dma, struct aml_dma_request **req,
			    const struct aml_dma_job *job);

/**
 * Start a prepared request.  Allocates nothing and takes no lock of the library's.  Where it is
 * refused, a run that is done and was not waited for can still be waited for.
 *
 * @return 0
 * @return -AML_EINVAL  @p req is not a prepared request
 * @return -AML_EBUSY   it was started before and is not done.  (Done and not waited for
 *                      is fine: nobody will learn how that run ended.)
 * @return -AML_EAGAIN  the queue is full
 * @return -AML_ENOMEM  it comes after a fence
 * @return -AML_EPERM   the engine was opened before fork()
 * @return other        what the engine refuses it with
 */
AML_API int aml_dma_start(struct aml_dma *dma, struct aml_dma_request *req);

/**
 * Release a prepared request.  NULL and *NULL are fine.
 *
 * @param req  [in,out] set to NULL
 * @return 0; -AML_EINVAL not a prepared request; -AML_EBUSY it is not done
 */
AML_API int aml_dma_release(struct aml_dma *dma, struct aml_dma_request **req);

/* ---- has it ended? ---- */

/**
 * Look whether a request is done, and if so release it.  Helps engines that advance only
 * when called.
 *
 * @param req   [in,out] set to NULL if it is done (and not a prepared one)
 * @param done  [out] 1 or 0
 *
 * @return 0            not done yet, or done and the data arrived: @p done tells
 * @return -AML_EINVAL  NULL, no such request, or a prepared one that is not started
 * @return other        how it ended, as aml_dma_wait()
 */
AML_API int aml_dma_test(struct aml_dma *dma, struct aml_dma_request **req, int *done);

/**
 * aml_dma_wait() with a limit.  What has not ended goes on, and *req is left alone.
 *
 * -AML_ETIMEDOUT has two meanings: not done yet, and ended by its own deadline.  In the
 * second *req is NULL; a prepared request, whose handle stays, is AML_DMA_PLANNED then
 * (aml_dma_info()).  aml_dma_wait_info() tells the two apart for both.
 *
 * @return as aml_dma_wait(); -AML_ETIMEDOUT as above
 */
AML_API int aml_dma_wait_for(struct aml_dma *dma, struct aml_dma_request **req, int64_t timeout_us);

/**
 * The same, and tells what happened; @p info is filled whenever the request existed.
 *
 * @return as aml_dma_wait_for(); -AML_ETIMEDOUT with info->phase AML_DMA_DONE: it ended so;
 *         with any other: not done yet
 */
AML_API int aml_dma_wait_info(struct aml_dma *dma, struct aml_dma_request **req, int64_t timeout_us,
			      struct aml_dma_info *info);

/**
 * aml_dma_cancel(), and tells what happened.  outcome is AML_DMA_DROPPED (nothing was
 * written), AML_DMA_STOPPED (after bytes_done bytes), or the request's own end: then it
 * was too late.  When it returns nobody touches either side any more.
 *
 * @return as aml_dma_cancel()
 */
AML_API int aml_dma_cancel_info(struct aml_dma *dma, struct aml_dma_request **req,
				struct aml_dma_info *info);

/**
 * What is known of a request now; it is left alone.
 *
 * @return 0; -AML_EINVAL NULL, info->size unknown, no such request; -AML_EPERM
 */
AML_API int aml_dma_info(struct aml_dma *dma, struct aml_dma_request *req,
			 struct aml_dma_info *info);

/**
 * Wait for one of several requests, of any engines, and release it.
 *
 * @param reqs   NULL entries, and prepared requests that are not started, are skipped;
 *               the one that ended becomes NULL, unless it is a prepared one
 * @param index  [out] which; @p n if none
 *
 * @return 0, or how that one ended
 * @return -AML_EINVAL    reqs or index NULL, nothing to wait for, or one that is no request
 *                        (index tells)
 * @return -AML_ETIMEDOUT with index == n: none is done yet
 */
AML_API int aml_dma_wait_any(size_t n, struct aml_dma_request *reqs[], int64_t timeout_us,
			     size_t *index);

/**
 * Wait until at least one is done, and release all that are.
 *
 * @param count     [out] how many ended
 * @param indices   [out] which, ascending: room for @p n
 * @param statuses  [out] how each of them ended, in the same order; may be NULL
 *
 * @return 0; as aml_dma_wait_any() where none ended
 */
AML_API int aml_dma_wait_some(size_t n, struct aml_dma_request *reqs[], int64_t timeout_us,
			      size_t *count, size_t indices[], int statuses[]);

/**
 * Wait for all of them, and release them.
 *
 * @param statuses  [out] per entry, 0 for NULL entries, -AML_ETIMEDOUT also for those that are
 *                  not done (as aml_dma_wait_for()); may be NULL
 *
 * @return 0            all arrived
 * @return -AML_EINVAL  reqs NULL, or an entry that is no request: none was waited for
 * @return other        the first, in the array's order, that is not 0
 */
AML_API int aml_dma_wait_all(size_t n, struct aml_dma_request *reqs[], int64_t timeout_us,
			     int statuses[]);

/** aml_dma_barrier() with a limit: -AML_ETIMEDOUT, and no failure was taken. */
AML_API int aml_dma_barrier_for(struct aml_dma *dma, int64_t timeout_us);

/**
 * aml_dma_close() that cancels what is not finished within @p timeout_us: 0 cancels at
 * once.
 *
 * @return as aml_dma_close()
 */
AML_API int aml_dma_close_for(struct aml_dma **dma, int64_t timeout_us);

/* ---- a descriptor ---- */

/**
 * A descriptor that is readable when requests of this engine have ended since the last
 * aml_dma_drain(), when the engine wants to be driven by it, and at first.  For poll, select
 * and epoll, level or edge triggered; do not read from it.  It lives until close.
 *
 * @param fd  [out] -1 on failure
 * @return 0; -AML_EINVAL NULL; -AML_ENOMEM the system gives no descriptor; -AML_ENOTSUP,
 *         -AML_EPERM
 */
AML_API int aml_dma_fd(struct aml_dma *dma, int *fd);

/**
 * Drive the engine and clear its descriptor.  Call it when the descriptor is readable,
 * and then look at the requests: one that ends after the look makes the descriptor
 * readable again.
 *
 * @param ended  [out] requests that ended since the last drain, from the first aml_dma_fd() on;
 *               may be NULL
 * @return 0; -AML_EINVAL dma NULL; -AML_ENOTSUP, -AML_EPERM
 *
 * Blocks: no.
 */
AML_API int aml_dma_drain(struct aml_dma *dma, size_t *ended);

#ifdef __cplusplus
}
#endif
#endif
