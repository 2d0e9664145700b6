/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Asynchronous copies.
 *
 * An open engine (struct aml_dma) moves data between layouts.  A request is one
 * move: submit it, compute, wait for it.
 *
 *	aml_dma_open(&dma, "pool:threads=4");	or NULL: $AML_DMA, or the best there is
 *	aml_dma_async_copy(dma, &req, dst, src);
 *	... compute ...
 *	aml_dma_wait(dma, &req);		how it ended; ends the request
 *	aml_dma_close(&dma);
 *
 * A call may be *refused*: it returns an error, nothing was started and there is no
 * request.  An accepted request may *fail*: the code comes from aml_dma_wait().
 * Every request completes exactly once, also when it is cancelled.
 *
 * Shapes.  Both sides have the same element size and the same native dims
 * (aml/layout/native.h); native coordinates correspond.  A transposition is a copy
 * to or from a view made with aml_layout_permute(), or the operator
 * aml_copy_layout_transform_generic().
 *
 * Overlap.  The bytes written and the bytes read must be disjoint.  A copy whose
 * sides overlap is refused wherever that can be decided cheaply: always when both
 * are affine and their strides decide it within a bounded search (sides whose
 * address ranges are apart, blocks of one matrix, members of one array of structs);
 * otherwise it is the caller's duty, as with memcpy().
 *
 * The ops table is public, and is AML's: a program may bring its own engine.  With
 * such a dma, calls that need more than its table has return -AML_ENOTSUP.
 *
 * What else can be done with requests (tests, time limits, order, callbacks, ...) is in
 * aml/request.h.
 *
 * Threads: any number of threads may use one engine; aml_dma_close() must be the
 * last call on it.  Where several wait for or cancel one request, one of them gets how
 * it ended, and the others -AML_EINVAL.  In a child after fork(), an engine that the
 * parent opened refuses everything with -AML_EPERM; close forgets it.
 */
#ifndef AML_DMA_H
#define AML_DMA_H

#include <stddef.h>
#include <stdio.h>

#include "aml/api.h"
#include "aml/layout.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AML_DMA_REQUEST_TYPE_INVALID -1
#define AML_DMA_REQUEST_TYPE_LAYOUT 0

struct aml_area;
struct aml_plan;
struct aml_dma_request;
struct aml_dma_data;

/**
 * A custom copy.  Gets the caller's pointers untouched: they need not be layouts.
 * May run in any thread, also inside submit or wait.
 *
 * @return 0 or an error, which becomes the result of the request unchanged
 */
typedef int (*aml_dma_operator)(struct aml_layout *dst, const struct aml_layout *src, void *arg);

/** What an engine does, AML's table.  Ours share one. */
struct aml_dma_ops {
	int (*create_request)(struct aml_dma_data *dma, struct aml_dma_request **req,
			      struct aml_layout *dest, struct aml_layout *src, aml_dma_operator op,
			      void *op_arg);
	int (*destroy_request)(struct aml_dma_data *dma, struct aml_dma_request **req);
	int (*wait_request)(struct aml_dma_data *dma, struct aml_dma_request **req);
	int (*barrier)(struct aml_dma_data *dma);
	int (*fprintf)(const struct aml_dma_data *data, FILE *stream, const char *prefix);
};

struct aml_dma {
	struct aml_dma_ops *ops;
	struct aml_dma_data *data;
};

/** What an engine can do: bits of aml_dma_caps.flags. */
#define AML_DMA_INLINE (1u << 0)    /* copies inside submit, in the caller */
#define AML_DMA_PROGRESS (1u << 1)  /* advances only while somebody waits, or calls progress */
#define AML_DMA_HOST (1u << 2)	    /* reaches host memory */
#define AML_DMA_OPERATORS (1u << 3) /* runs custom operators */
#define AML_DMA_ORDERED (1u << 4)   /* requests also complete in the order of submission */
#define AML_DMA_CANCEL (1u << 5)    /* a running request can be stopped half way */

/** What an engine is and can do. */
struct aml_dma_caps {
	const char *engine; /* the backend's name */
	const char *spec;   /* as opened, e.g. "pool:threads=4" */
	unsigned flags;	    /* AML_DMA_* */
	unsigned box_rank;  /* loops it moves natively: 0 = any nest */
	unsigned threads;   /* that copy, the caller's excluded */
	size_t capacity;    /* unfinished requests it takes; 0 = no limit */
};

/**
 * Open an engine.
 *
 * @param dma   [out] close with aml_dma_close(); NULL on failure
 * @param spec  "name" or "name:key=value,key=value"; a value in parentheses may hold
 *              commas: "fault:engine=(pool:threads=2),fail_at=3".  NULL or "" means
 *              $AML_DMA, and where that is not set the first engine that works here.
 *
 * @return 0
 * @return -AML_EINVAL   malformed spec, unknown engine or key, bad value:
 *                       aml_error_detail() lists what there is
 * @return -AML_ENOTSUP  the engine exists but cannot work on this machine
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_dma_open(struct aml_dma **dma, const char *spec);

/**
 * Open an engine that copies between two areas.  Between areas of the host it is what
 * aml_dma_open() opens for NULL; otherwise the engine "auto", which hands each request to the
 * open engine that reaches both sides: that must be open already, and stay open.
 *
 * @param dma  [out] close with aml_dma_close(); NULL on failure
 * @param dst_area, src_area  as aml_layout_area() has them; NULL = host memory
 *
 * @return 0
 * @return -AML_EINVAL   @p dma NULL
 * @return -AML_ENOTSUP  no open engine reaches both: aml_error_detail() names them
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_dma_select(struct aml_dma **dma, const struct aml_area *dst_area,
			   const struct aml_area *src_area);

/**
 * Finish everything submitted, then release the engine.  Requests that were never
 * waited for are released too.  Those that came from an engine "auto" of the program are
 * cancelled instead, and end with -AML_EIO.  NULL and *NULL are fine.
 *
 * @return 0
 * @return -AML_EINVAL  @p dma was not opened with aml_dma_open()
 *
 * Threads: no other call on this engine may be running or follow.
 * Blocks: until all requests are finished.
 */
AML_API int aml_dma_close(struct aml_dma **dma);

/**
 * What an engine is and can do.
 *
 * @return 0
 * @return -AML_EINVAL   NULL
 * @return -AML_ENOTSUP  a user-made engine
 */
AML_API int aml_dma_caps(const struct aml_dma *dma, struct aml_dma_caps *caps);

/**
 * Copy @p src into @p dst and return when it is done.
 *
 * @return what aml_dma_async_copy() returns when it refuses, else what
 *         aml_dma_wait() returns
 *
 * Blocks: until the copy is done.
 */
AML_API int aml_dma_copy(struct aml_dma *dma, struct aml_layout *dst, const struct aml_layout *src);

/**
 * Start copying @p src into @p dst and return.
 *
 * Both shapes are captured before the call returns, so the layouts may be destroyed
 * at once.  The memory they describe is borrowed until the request completes: do not
 * free it, write to either side, or read @p dst before then.
 *
 * @param dma  an open engine
 * @param req  [out] owned by the caller, who ends it with aml_dma_wait() or
 *             aml_dma_cancel(), also after a barrier; NULL on failure.  If @p req is
 *             NULL the library keeps the request and only aml_dma_barrier() waits
 *             for it.
 * @param dst  where to write
 * @param src  what to read: native dims and element size as in @p dst
 *
 * @return 0             accepted; how it ended is what aml_dma_wait() returns
 * @return -AML_EINVAL   NULL, shapes differ, the sides overlap, @p dst is a broadcast
 * @return -AML_ENOTSUP  the engine cannot reach one of the two areas; or a layout of
 *                       the program's own kind has no duplicate operation
 * @return -AML_ENOMEM   nothing was started
 * @return -AML_EAGAIN   the queue is full, inside a callback; the engine refuses for now; or
 *                       the program holds a million requests: nothing was started
 *
 * Threads: any number may submit to one engine.
 * Blocks: if the engine has AML_DMA_INLINE, until the copy is done; the others may make
 * a small copy themselves before they return, and block while their queue is full.
 */
AML_API int aml_dma_async_copy(struct aml_dma *dma, struct aml_dma_request **req,
			       struct aml_layout *dst, const struct aml_layout *src);

/**
 * Run @p op(dst, src, arg) as a request.
 *
 * With a custom operator the two pointers are passed on untouched, and what they
 * point to must live until the request completes.  op NULL is aml_dma_copy().  The
 * library's own operators (aml_copy_layout_transform_generic, aml_dma_linux_copy_generic,
 * aml_dma_linux_copy_1D, aml_dma_linux_memcpy_op) are planned like a copy, and then
 * capture their layouts and arguments as aml_dma_async_copy() does.
 *
 * @return as aml_dma_copy(); a custom operator's own result unchanged
 */
AML_API int aml_dma_copy_custom(struct aml_dma *dma, struct aml_layout *dst,
				const struct aml_layout *src, aml_dma_operator op, void *op_arg);
/** The same without waiting; @p req as in aml_dma_async_copy(). */
AML_API int aml_dma_async_copy_custom(struct aml_dma *dma, struct aml_dma_request **req,
				      struct aml_layout *dst, const struct aml_layout *src,
				      aml_dma_operator op, void *op_arg);

/**
 * Start a plan made before with aml_plan_create().  The plan and the memory it
 * describes are borrowed until the request completes; one plan may be submitted
 * any number of times.
 *
 * @return as aml_dma_async_copy()
 */
AML_API int aml_dma_async_plan(struct aml_dma *dma, struct aml_dma_request **req,
			       const struct aml_plan *plan);

/**
 * Wait until a request is finished, and release it.
 *
 * The calling thread helps to copy where the engine allows it, and sleeps otherwise.
 *
 * @param req  [in,out] the request; set to NULL
 *
 * @return 0             the data arrived
 * @return -AML_EINVAL   @p dma or @p req NULL, or *req NULL (nothing to wait for)
 * @return -AML_EIO      the engine failed; the destination's contents are undefined
 * @return -AML_ECANCELED  another thread cancelled it
 * @return -AML_ETIMEDOUT  its own deadline passed (aml/request.h)
 * @return -AML_EBUSY    called in a callback; the request is as it was
 * @return other         what a custom operator returned
 *
 * Threads: any.
 * Blocks: until the request is finished.
 */
AML_API int aml_dma_wait(struct aml_dma *dma, struct aml_dma_request **req);

/**
 * Wait until everything submitted before this call is finished.  Requests that the
 * caller holds must still be waited for: that returns at once.  Of those it does not
 * hold, the first failure between two barriers is kept.
 *
 * @return 0            all of them succeeded
 * @return -AML_EINVAL  @p dma NULL
 * @return other        the first failure among them that no wait and no earlier
 *                      barrier has reported
 *
 * Threads: any number at once, also beside aml_dma_wait().
 * Blocks: until those requests are finished.
 */
AML_API int aml_dma_barrier(struct aml_dma *dma);

/**
 * Abandon a request, and release it.  A request that has not started is dropped, and
 * nothing is written; a running one is stopped where the engine can
 * (AML_DMA_CANCEL) or waited for; a finished one is released.  When the call returns
 * nobody touches either side any more.  aml_dma_cancel_info() tells which it was.
 *
 * @param req  [in,out] the request; set to NULL
 *
 * @return 0
 * @return -AML_EINVAL  @p dma or @p req NULL, or *req NULL
 *
 * Threads: any.  Of a thread that waits for it meanwhile, one of the two ends it.
 * Blocks: while a running request cannot be stopped.
 */
AML_API int aml_dma_cancel(struct aml_dma *dma, struct aml_dma_request **req);

/**
 * Print an engine, one line per fact, each starting with "prefix: ".
 *
 * @param prefix  NULL = ""
 * @return 0; -AML_EINVAL stream or dma NULL; -AML_ENOTSUP the engine has no fprintf
 */
AML_API int aml_dma_fprintf(FILE *stream, const char *prefix, const struct aml_dma *dma);

/**
 * Copy with dimensions reordered: native dim i of @p dst is native dim
 * @p target_dims [i] of @p src.  To be called directly, or given by name to
 * aml_dma_copy_custom() with @p target_dims as argument.
 *
 * @return 0
 * @return -AML_EINVAL  NULL, not a permutation, shapes or element sizes differ, overlap
 *
 * Threads: any.  Blocks: copies in the caller.
 */
AML_API int aml_copy_layout_transform_generic(struct aml_layout *dst, const struct aml_layout *src,
					      const size_t *target_dims);

#ifdef __cplusplus
}
#endif
#endif
