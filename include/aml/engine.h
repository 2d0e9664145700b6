/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For those who write a backend (and for tools that list them).  Programs that
 * only move data need aml/dma.h.
 *
 * A backend is a table, struct aml_backend, that names an engine and its calls.
 * doc/ENGINE-HOWTO.md walks through one.  The life of a request inside an engine:
 *
 *	submit(e, req)		accepts it (returns 0) or refuses it
 *	aml_request_start(req)	the first byte is about to move
 *	aml_plan_run(...)	or pieces of it, or the engine's own descriptors
 *	aml_request_complete()	exactly once, from any thread; the request is gone
 *
 * The request is a struct aml_request; what programs hold (struct aml_dma_request *) is a
 * number that stands for it.
 *
 * An inline engine does all of that inside submit.  One with threads completes
 * from them.  One that has no thread of its own sets AML_DMA_PROGRESS and has a
 * progress call, which threads that wait call in turn; if it has a descriptor that
 * becomes readable when there is something to do, it puts it in e->fd, and waiters
 * sleep on that.  An engine made of engines hands the request on with
 * aml_request_forward(), to engines of its own, or to those that the program opened
 * (aml_engine_visit()).
 *
 * An engine reads aml_plan_nest() if it builds descriptors, and refuses plans it
 * cannot do with -AML_ENOTSUP.
 */
#ifndef AML_ENGINE_H
#define AML_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "aml/api.h"
#include "aml/dma.h"
#include "aml/error.h"
#include "aml/plan.h"
#include "aml/request.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AML_ENGINE_ABI 2

/** Bytes an engine may keep inside each request. */
#define AML_REQUEST_PRIVATE 96

struct aml_request;
struct aml_spec;
struct aml_area;

/** An open engine, the part its backend sees. */
struct aml_engine {
	void *state;		  /* the backend's own, set by open */
	struct aml_dma_caps caps; /* filled from the backend; open may refine it */
	int fd;			  /* readable when progress has something to do; -1 = none */
};

/**
 * An engine's calls.  Every field but the last two is set; the "no" functions below stand for
 * what an engine does not have.
 */
struct aml_engine_ops {
	size_t size; /* sizeof(struct aml_engine_ops) */

	/** Make the engine ready: read @p spec, set e->state.
	 * @return 0, -AML_EINVAL, -AML_ENOTSUP, -AML_ENOMEM; nothing is kept on failure */
	int (*open)(struct aml_engine *e, const struct aml_spec *spec);

	/** Release what open made.  Nothing is in flight any more. */
	void (*close)(struct aml_engine *e);

	/** Take a request.  May complete it before returning.  Must not wait for other
	 * requests: it may be called by the thread that has just ended one.
	 * @return 0 accepted; anything else refuses it, and the engine forgets it
	 * Threads: called from several at once. */
	int (*submit)(struct aml_engine *e, struct aml_request *req);

	/** Advance something, on behalf of a thread that waits for @p req (NULL: for
	 * all).  Must not block.
	 * @return 1 something moved, call again; 0 nothing to do now
	 * Threads: called from several at once. */
	int (*progress)(struct aml_engine *e, struct aml_request *req);

	/** Stop a request that was accepted, whatever has become of it: it may be done.
	 * @return 0 it was completed by this call with -AML_ECANCELED
	 * @return -AML_EBUSY too late: it completes by itself, soon, or has done so
	 * Threads: called from several at once. */
	int (*cancel)(struct aml_engine *e, struct aml_request *req);

	/** Whether the engine can read and write this area (never NULL: host memory is
	 * AML_DMA_HOST). */
	bool (*reaches)(const struct aml_engine *e, const struct aml_area *area);

	/** Print the engine's own facts for aml_dma_fprintf(), each line after "prefix: ". */
	int (*fprintf)(const struct aml_engine *e, FILE *stream, const char *prefix);

	/** A request of about so many bytes is being planned, which takes microseconds, and
	 * will be submitted then unless the plan fails: an engine that has to wake threads for it
	 * begins now.  NULL: it need not know.
	 * Threads: called from several at once. */
	void (*expect)(struct aml_engine *e, size_t bytes);

	/** The @p i -th area that the engine brings with it; NULL: it has no more.  NULL: it has
	 * none. */
	const struct aml_area *(*area)(const struct aml_engine *e, size_t i);
};

/** One "key=value" that an engine's spec may hold. */
struct aml_engine_key {
	const char *name;
	const char *help; /* values, unit, default */
};

/** A backend. */
struct aml_backend {
	unsigned abi;			   /* AML_ENGINE_ABI */
	const char *name;		   /* the word before ':' in a spec */
	const char *summary;		   /* what it is, in a few words */
	unsigned flags;			   /* AML_DMA_* of its engines */
	bool only_by_name;		   /* never chosen as the default */
	const struct aml_engine_key *keys; /* ends with a NULL name; NULL = none */

	/** Whether it can work here.  @return 0, or -AML_ENOTSUP with a reason in
	 * words, a static string.  NULL = always. */
	int (*probe)(const char **reason);
	const struct aml_engine_ops *engine;
};

/** Defines the one table that a backend exports. */
#ifdef AML_BACKEND_MODULE
#define AML_BACKEND(name) AML_API const struct aml_backend aml_backend
#else
#define AML_BACKEND(name)                                    \
	extern const struct aml_backend amli_backend_##name; \
	const struct aml_backend amli_backend_##name
#endif

/* ---- for engines that lack something ---- */

AML_API int aml_engine_open_plain(struct aml_engine *e, const struct aml_spec *spec);
AML_API void aml_engine_close_plain(struct aml_engine *e);
AML_API int aml_engine_no_progress(struct aml_engine *e, struct aml_request *req);
AML_API int aml_engine_no_cancel(struct aml_engine *e, struct aml_request *req);
AML_API bool aml_engine_reaches_host_only(const struct aml_engine *e, const struct aml_area *area);
AML_API int aml_engine_no_fprintf(const struct aml_engine *e, FILE *stream, const char *prefix);

/**
 * Refuse a call: keep the sentence (printf style, no final full stop) for
 * aml_error_detail().
 *
 * @param code  AML_EINVAL, ...
 * @return -code
 */
AML_API int aml_engine_refuse(int code, const char *fmt, ...) AML_FORMAT(2, 3);

/* ---- the spec, inside open ---- */

/** The value of @p key, or NULL if the spec does not have it. */
AML_API const char *aml_spec_text(const struct aml_spec *spec, const char *key);

/**
 * The value of @p key as a number; @p value is left alone if the spec does not have it.
 *
 * @return 0, or -AML_EINVAL: not a number, or not in min..max
 */
AML_API int aml_spec_size(const struct aml_spec *spec, const char *key, size_t min, size_t max,
			  size_t *value);

/**
 * The value of @p key as an index into @p names (ends with NULL); @p value is left alone
 * if the spec does not have it.
 *
 * @return 0, or -AML_EINVAL: none of the names
 */
AML_API int aml_spec_choice(const struct aml_spec *spec, const char *key, const char *const *names,
			    int *value);

/* ---- the request, between submit and complete ---- */

/** What to move; owned by the request. */
AML_API const struct aml_plan *aml_request_plan(const struct aml_request *req);

/**
 * The stream of a plan that has one.  A stream is a layout with an area and without a shape
 * (no ndims): it takes that of the other side, which is packed into it, or unpacked from it,
 * by the engine (aml_layout_pack(), aml_layout_unpack() in aml/plan.h).
 *
 * @param side    [out] the one that is the stream
 * @param memory  [out] the other side, owned by the plan
 * @return the stream's layout, owned by the plan; NULL: the plan has none
 */
AML_API const struct aml_layout *
aml_plan_stream(const struct aml_plan *plan, enum aml_dma_side *side, struct aml_layout **memory);

/**
 * What an engine does that carries packed bytes: bytes [offset, offset + bytes) of the
 * plan's aml_plan_bytes(), packed from its source, and unpacked into its destination, in an
 * order that both keep.  With a stream, the order is that of aml_layout_pack() for the
 * other side, and only one of the two makes sense.
 *
 * @return 0
 * @return -AML_EINVAL   NULL
 * @return -AML_EDOM     there are fewer bytes
 * @return -AML_ENOTSUP  the plan is a batch, an operator, or goes through lists of indices; also
 *                       told for no bytes
 *
 * Threads: any.
 */
AML_API int aml_plan_pack(const struct aml_plan *plan, void *to, size_t offset, size_t bytes);
AML_API int aml_plan_unpack(const struct aml_plan *plan, const void *from, size_t offset,
			    size_t bytes);

/**
 * The area that a side of a request lives in: what its layout says, or, where that says
 * nothing, whose range its memory begins in (aml_area_range_add()).  NULL: host memory, or what
 * the CPU reads and writes like it; and of a custom operator both.
 *
 * @param side  AML_DMA_SIDE_DST or AML_DMA_SIDE_SRC
 *
 * Threads: any, between submit and complete.
 */
AML_API const struct aml_area *aml_request_area(const struct aml_request *req,
						enum aml_dma_side side);

/** AML_REQUEST_PRIVATE bytes for the engine, aligned to 16, undefined at submit. */
AML_API void *aml_request_private(struct aml_request *req);

/**
 * Whether a thread waits for the request as soon as submit returns, as in aml_dma_copy().
 * It calls progress first of all, so an engine need not wake a thread of its own for work
 * that the waiting one can take.
 */
AML_API bool aml_request_is_awaited(const struct aml_request *req);

/** Whether it goes before those that are not urgent (AML_DMA_URGENT). */
AML_API bool aml_request_is_urgent(const struct aml_request *req);

/**
 * Say that the first byte is about to move.  Once, before complete.
 *
 * @return 0      go on
 * @return other  do not: its deadline has passed.  Complete it with this code.
 */
AML_API int aml_request_start(struct aml_request *req);

/** Count @p bytes more as moved.  Threads: any. */
AML_API void aml_request_advance(struct aml_request *req, size_t bytes);

/** Say on which side, and at which byte of the packed data, it is about to fail.  Before
 * complete, by one thread. */
AML_API void aml_request_stopped(struct aml_request *req, enum aml_dma_side side, size_t offset);

/**
 * What an engine that copies with the CPU does for piece @p i of @p n (0 of 1: the whole
 * plan): start with whichever piece comes first, run the plan's piece, advance, and trace
 * it.
 *
 * @return 0, or the code to complete the request with
 */
AML_API int aml_request_run(struct aml_request *req, size_t i, size_t n);

/**
 * End a request.  Exactly once; afterwards the engine must not touch it.  May be
 * called without start for a request that was dropped.  Runs the program's callback, and
 * may submit other requests, to this engine as well: hold no lock.
 *
 * @param status  0, or the negative code that aml_dma_wait() shall return
 *
 * Threads: any, also inside submit.
 */
AML_API void aml_request_complete(struct aml_request *req, int status);

/** Told when a forwarded request has ended; runs in the thread that ended it. */
typedef void (*aml_request_done_fn)(struct aml_request *req, int status);

/**
 * Run a request's plan on another engine.  That engine gets a request of its own;
 * when it ends, @p done is called once with @p req, which must then be completed by
 * the caller, there or later.
 *
 * @param inner  opened with aml_dma_open()
 * @return 0, or the reason why @p inner refused it (@p done is not called)
 *
 * Threads: any.  May call @p done before it returns.
 */
AML_API int aml_request_forward(struct aml_request *req, struct aml_dma *inner,
				aml_request_done_fn done);

/** As ops->cancel of the engine @p req was forwarded to: 0 means @p done was called
 * with -AML_ECANCELED. */
AML_API int aml_request_forward_cancel(struct aml_request *req);

/**
 * Let go of what @p req was forwarded to, which has ended or was refused: it is not looked at
 * any more.  For engines that may be closed before @p req is released (aml_engine_visit()).
 *
 * Threads: aml_request_forward() has returned, and nobody is in aml_request_forward_cancel().
 */
AML_API void aml_request_forward_forget(struct aml_request *req);

/** As ops->progress of an engine opened with aml_dma_open(), for all its requests.  An engine
 * that passes its progress on puts the inner one's aml_dma_fd() in its own e->fd; this
 * clears that. */
AML_API int aml_engine_progress(struct aml_dma *dma);

/** As ops->reaches of an engine opened with aml_dma_open(). */
AML_API bool aml_engine_reaches(const struct aml_dma *dma, const struct aml_area *area);

/* ---- engines that somebody else opened ---- */

/**
 * Find an open engine that reaches two areas, whoever opened it in this process; of several
 * the one that was opened last, as a rule.  It is not closed before aml_engine_leave(): who
 * closes it waits for that, and cancels what was forwarded to it meanwhile.
 *
 * An engine whose own ops->reaches asks this is not found by this.
 *
 * @param dma  [out] NULL on failure
 * @param dst, src  NULL = host memory
 *
 * @return 0
 * @return -AML_ENOTSUP  there is none; the sentence names both areas
 *
 * Threads: any.
 */
AML_API int aml_engine_visit(struct aml_dma **dma, const struct aml_area *dst,
			     const struct aml_area *src);
AML_API void aml_engine_leave(struct aml_dma *dma);

/** As aml_engine_progress() of one that is visited: leaves its aml_dma_fd() to the program. */
AML_API int aml_engine_help(struct aml_dma *dma);

/** The descriptor that is readable when there is something to help with; -1: it has none. */
AML_API int aml_engine_fd(const struct aml_dma *dma);

/** As ops->area of an engine opened with aml_dma_open(); NULL: there is no such area. */
AML_API const struct aml_area *aml_engine_area(const struct aml_dma *dma, size_t i);

/* ---- for calls of a backend's own, beside the engine's ---- */

/** The engine behind @p dma if these are its calls; NULL: they are not. */
AML_API struct aml_engine *aml_engine_of(const struct aml_dma *dma,
					 const struct aml_engine_ops *ops);

/** Bytes that an engine can tell of a request. */
#define AML_REQUEST_TOLD 32

/**
 * Keep with a request what a call of the backend's own shall find there when it has ended; also
 * with the one that was forwarded to make it, if any, so that it is found through engines made of
 * engines.  Before complete, by one thread; the last one counts.
 *
 * @param about  an address of the backend's own, which says what the bytes are
 * @param bytes  @p size of them, at most AML_REQUEST_TOLD: copied
 */
AML_API void aml_request_tell(struct aml_request *req, const void *about, const void *bytes,
			      size_t size);

/**
 * What was told of a request that has ended.
 *
 * @param req    not released yet; or in its own callback
 * @param about  as it was told
 * @param bytes  [out] @p size of them, as many as were told
 *
 * @return 0
 * @return -AML_EINVAL  NULL, no such request; nothing like that was told
 * @return -AML_EAGAIN  it has not ended
 * @return -AML_ENOTSUP, -AML_EPERM
 *
 * Threads: any.
 */
AML_API int aml_request_told(struct aml_dma *dma, struct aml_dma_request *req, const void *about,
			     void *bytes, size_t size);

/* ---- threads ---- */

enum aml_bind { AML_BIND_NONE, AML_BIND_CORE, AML_BIND_NODE };

/**
 * Bind the calling thread as the i-th of a group: to core i (of @p node, counted
 * round), or to all cores of a NUMA node (@p node, or the i-th, counted round).
 *
 * @param node  a NUMA node's number, or -1 for any
 * @return 0
 * @return -AML_EDOM     no such node, or none of its cores is allowed
 * @return -AML_ENOTSUP  the system refuses to bind
 *
 * Threads: any.
 */
AML_API int aml_thread_bind(enum aml_bind how, int node, unsigned i);

/** Cores this process may use (of @p node if not -1), at least 1; -AML_EDOM: no such node. */
AML_API int aml_thread_count_default(int node);

/** The number of the i-th NUMA node that has cores this process may use, as AML_BIND_NODE
 * counts them; -AML_EDOM: there are no more. */
AML_API int aml_thread_node(unsigned i);

/* ---- the list of backends, for tools ---- */

/** What aml-info shows of a backend. */
struct aml_backend_info {
	const struct aml_backend *backend; /* NULL = not in this build */
	const char *name;
	int probe;	    /* 0 = works here, or a negative code */
	const char *reason; /* why not, in words; NULL = works */
};

/**
 * Backend @p i in order of preference.
 *
 * @return 0, or -AML_EDOM past the last one
 */
AML_API int aml_backend_info(size_t i, struct aml_backend_info *info);

#ifdef __cplusplus
}
#endif
#endif
