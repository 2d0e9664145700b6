/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Plans: how one layout becomes another.
 *
 * A plan is made from a destination and a source of the same shape, once, and
 * run as often as wanted; it keeps all it needs, so both layouts may be destroyed
 * (the memory they describe must stay).  Inside, a pair of affine layouts becomes a
 * *nest*: the fewest loops {n, dst stride, src stride} that visit the same bytes.
 * A kernel runs the innermost part; the loops around it are an odometer over
 * blocks, and a *piece* is a range of that odometer, so any number of threads can
 * share one plan.
 *
 *	aml_plan_create(&plan, dst, src, AML_PLAN_DEFAULT);
 *	aml_plan_describe(plan, text, sizeof(text));
 *	aml_plan_run(plan);	or	n = aml_plan_split(plan, threads);
 *					aml_plan_run_piece(plan, i, n); for each i < n
 *	aml_plan_destroy(&plan);
 *
 * A *batch* is one plan for many independent copies, its parts: it is run, cut and
 * destroyed like any other.
 *
 * Threads: a plan is never changed after it was made; any number of threads may
 * run it or pieces of it at once (running the same piece twice at once writes the
 * same bytes twice).
 */
#ifndef AML_PLAN_H
#define AML_PLAN_H

#include <stddef.h>

#include "aml/dma.h"
#include "aml/layout.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Hints; by default the size decides whether stores bypass the caches. */
#define AML_PLAN_DEFAULT 0u
#define AML_PLAN_STREAM (1u << 0) /* the destination will not be read soon: bypass caches */
#define AML_PLAN_CACHED (1u << 1) /* it will be: keep it in cache */

/**
 * How the way to move it is found.  ESTIMATE, the default, is a model: it takes about a
 * microsecond and looks at no element.  MEASURE also times a few other ways on the memory
 * of the two layouts, and keeps what the estimate says unless one of them is faster:
 * a fraction of a second for hundreds of megabytes.  What it finds is remembered (see
 * aml/wisdom.h), and from then on used by plans of either kind.  Copies between affine layouts
 * of 4 KiB and more are measured; operators, batches and other layouts are estimated.
 */
#define AML_PLAN_ESTIMATE 0u
#define AML_PLAN_MEASURE (1u << 2)

/** One loop of a nest: @c n steps, strides in bytes. */
struct aml_loop {
	size_t n;
	ptrdiff_t dst, src;
};

/**
 * A (dst, src) pair as the fewest loops, innermost first.  Every step of every
 * loop moves @c element contiguous bytes.  Loops are sorted by |dst stride|, extents
 * are 2 and more, and no loop could be fused with its neighbour or the element.
 */
struct aml_nest {
	char *dst;
	const char *src;
	size_t element; /* bytes */
	size_t nloops;
	struct aml_loop loop[AML_NDIMS_MAX];
};

struct aml_plan;

/**
 * Plan the copy of @p src into @p dst.
 *
 * Dimensions correspond in native order, as in aml_dma_copy().  With AML_PLAN_MEASURE both
 * sides are touched now: @p src is read, and what @p dst holds is undefined until the
 * plan has run.
 *
 * @param plan   [out] release with aml_plan_destroy(); NULL on failure
 * @param dst    where to write
 * @param src    what to read: same native dims and element size
 * @param flags  AML_PLAN_DEFAULT or hints
 *
 * @return 0
 * @return -AML_EINVAL   NULL, unknown flags, shapes or element sizes differ, the two sides
 *                       overlap, @p dst writes an element twice (stride 0)
 * @return -AML_ENOTSUP  a side is not in host memory, or a layout that is not
 *                       affine has no duplicate operation
 * @return -AML_ENOMEM
 *
 * Threads: any.
 * Blocks: with AML_PLAN_MEASURE, while it measures.
 */
AML_API int aml_plan_create(struct aml_plan **plan, const struct aml_layout *dst,
			    const struct aml_layout *src, unsigned flags);

/**
 * Plan an operator of aml/operator.h, as aml_dma_async_copy_custom() would.  An operator of
 * the program's own is kept to be called with @p dst and @p src, which must then live as
 * long as the plan; op NULL plans a copy.
 *
 * @return as aml_plan_create(), and what the operator says of its argument
 *
 * Threads: any.
 */
AML_API int aml_plan_create_op(struct aml_plan **plan, struct aml_layout *dst,
			       const struct aml_layout *src, aml_dma_operator op, void *arg,
			       unsigned flags);

/**
 * Plan @p n independent copies, each of @p src[i] into @p dst[i], as one plan.
 *
 * Parts that are contiguous on both sides cost a few words each, other parts a plan
 * of their own.  Parts run in any order, and pieces of the batch at the same time, so no
 * part may write what another one reads or writes: that is not checked.
 *
 * @param plan   [out] release with aml_plan_destroy(); NULL on failure
 * @param n      number of parts, at least 1
 * @param dst    @p n layouts to write; the array and the layouts may go at once
 * @param src    @p n layouts to read: each of the shape of its dst
 * @param flags  AML_PLAN_DEFAULT or hints; by default the bytes of all parts together
 *               decide how contiguous parts are stored
 *
 * @return 0
 * @return -AML_EINVAL   NULL, no part, too many bytes to count, or what
 *                       aml_plan_create() says of a part: aml_error_detail() has its index
 * @return -AML_ENOTSUP  as aml_plan_create() for one of the parts
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_plan_create_batch(struct aml_plan **plan, size_t n, struct aml_layout *const dst[],
				  const struct aml_layout *const src[], unsigned flags);

/** Release a plan that nobody is running.  NULL and *NULL are fine. */
AML_API void aml_plan_destroy(struct aml_plan **plan);

/**
 * The plan in one line, e.g. "transpose32_avx512 e4 [1024 4096:4][1024 4:4096]":
 * kernel, element bytes, then the loops outermost first as [n dst:src].  A batch says how
 * many parts it has and shows the first: "batch of 1000: copy_avx512 e4096".  Of a copy through
 * lists of indices the first loop has the list where it has no stride, by its bits and in units of
 * so many bytes: "gather64+stream e8 [8388608 8:i32*8]"; "in 400 pieces": positions that follow
 * each other are moved as one.
 * " measured" after the bytes: timing or wisdom has decided, be it for the estimate.
 *
 * @return the length of the whole text, as snprintf() does
 * @return -AML_EINVAL  @p plan NULL, or @p text NULL with @p size not 0
 */
AML_API int aml_plan_describe(const struct aml_plan *plan, char *text, size_t size);

/**
 * Why the plan is as it is, in a few lines: what aml_plan_describe() says; the classes that
 * were found in the loops; the blocks; why stores bypass the caches or not; what the
 * model takes for the bound; and, if it was measured, the ways that were tried, with the
 * time of each in this thread.  The last line ends with a newline, too.
 *
 * @return as aml_plan_describe()
 */
AML_API int aml_plan_explain(const struct aml_plan *plan, char *text, size_t size);

/** The nest, owned by the plan; NULL if the plan is not affine, a batch, or NULL. */
AML_API const struct aml_nest *aml_plan_nest(const struct aml_plan *plan);

/** How many copies the plan makes: 1, more only for a batch, 0 for NULL. */
AML_API size_t aml_plan_parts(const struct aml_plan *plan);

/**
 * The nest of part @p i, for engines that turn each into a descriptor; part 0 of a plan
 * that is no batch is the plan itself.
 *
 * @param nest  [out] filled in, as far as it has loops; untouched on failure
 *
 * @return 0
 * @return -AML_EINVAL   NULL
 * @return -AML_EDOM     past the last part
 * @return -AML_ENOTSUP  that part is not affine
 *
 * Threads: any.
 */
AML_API int aml_plan_part_nest(const struct aml_plan *plan, size_t i, struct aml_nest *nest);

/** True for a plan that calls a custom operator: it moves what it likes. */
AML_API bool aml_plan_is_operator(const struct aml_plan *plan);

/** Bytes written by one run (as many are read, broadcasts excepted). */
AML_API size_t aml_plan_bytes(const struct aml_plan *plan);

/** How many pieces the plan is best cut into: at most @p want, at least 1. */
AML_API size_t aml_plan_split(const struct aml_plan *plan, size_t want);

/**
 * Begin the result of a plan that has one (aml/operator.h) anew.  Submitting and
 * aml_plan_run() do so; who runs the pieces must, before the first.  NULL is fine.
 *
 * Threads: no other may run the plan.
 */
AML_API void aml_plan_begin(const struct aml_plan *plan);

/**
 * Run the whole plan in the calling thread.
 *
 * @return 0, or what the operator of a custom copy returned
 * @return -AML_EINVAL  @p plan NULL
 */
AML_API int aml_plan_run(const struct aml_plan *plan);

/**
 * Run piece @p i of @p n, where @p n came from aml_plan_split().
 *
 * @return 0, or what the operator of a custom copy returned
 * @return -AML_EDOM    i >= n
 * @return -AML_EINVAL  @p plan NULL
 */
AML_API int aml_plan_run_piece(const struct aml_plan *plan, size_t i, size_t n);

/**
 * Bytes that aml_plan_run_piece(plan, i, n) writes, counted as aml_plan_bytes() does (the
 * padding of a destination, which is left alone, counts too): over all pieces they add up
 * to it.
 *
 * @return the bytes; 0 for a NULL plan, i >= n, and a plan that calls a custom operator
 *
 * Threads: any.
 */
AML_API size_t aml_plan_piece_bytes(const struct aml_plan *plan, size_t i, size_t n);

/**
 * Copy bytes [offset, offset + bytes) of a layout that is packed: its elements in native
 * order, without gaps.  aml_layout_unpack() is the way back; where the layout has padding,
 * what is unpacked there is dropped.  Ranges may begin and end within elements.
 *
 * @param to, from  the packed bytes, @p bytes of them, apart from the layout's memory
 *
 * @return 0
 * @return -AML_EINVAL   NULL; a broadcast that is to be written
 * @return -AML_EDOM     the layout has fewer bytes
 * @return -AML_ENOTSUP  it is not in host memory, or is of a kind that cannot be walked
 *
 * Threads: any.
 */
AML_API int aml_layout_pack(void *to, const struct aml_layout *from, size_t offset, size_t bytes);
AML_API int aml_layout_unpack(struct aml_layout *to, const void *from, size_t offset, size_t bytes);

/** One row of the kernel tables, for tools. */
struct aml_kernel_info {
	const char *operation; /* "transpose", "copy", ... */
	const char *name;      /* "transpose32_avx512" */
	size_t element;	       /* bytes; 0 = any */
	bool chosen;	       /* the one used on this machine */
	bool usable;	       /* this CPU has what it needs, and AML_CPU_DISABLE allows it */
};

/**
 * Row @p i of the kernel tables, best first within an operation.
 *
 * @return 0, or -AML_EDOM past the last row
 */
AML_API int aml_kernel_info(size_t i, struct aml_kernel_info *info);

/** The CPU features in use, e.g. "sse2 avx2 avx512"; static string. */
AML_API const char *aml_cpu_features(void);

#ifdef __cplusplus
}
#endif
#endif
