/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * AML's names for the engine with threads, and for the copy functions of the
 * library.  aml_dma_open(&dma, "pool:threads=4") opens the same engine.
 *
 * Each operator can be called directly, or given by name to aml_dma_copy_custom()
 * and aml_dma_async_copy_custom(): then it is planned like any copy, and captures
 * its layouts and its argument when it is submitted.
 */
#ifndef AML_DMA_LINUX_H
#define AML_DMA_LINUX_H

#include <stddef.h>

#include "aml/api.h"
#include "aml/dma.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The default engine, between aml_init() and aml_finalize(); otherwise NULL. */
extern AML_API struct aml_dma *aml_dma_linux;

/**
 * Open an engine with threads of its own.
 *
 * @param dma          [out] released with aml_dma_linux_destroy(); NULL on failure
 * @param num_threads  how many; 0 = none: the copies run in the threads that wait
 *
 * @return 0
 * @return -AML_EINVAL   @p dma NULL, or more threads than the engine takes
 * @return -AML_ENOTSUP  this library was built without the engine
 * @return -AML_ENOMEM   no memory, or the system gives no more threads
 *
 * Threads: any.
 */
AML_API int aml_dma_linux_create(struct aml_dma **dma, const size_t num_threads);

/**
 * Finish everything submitted, then release the engine: aml_dma_close().
 *
 * @return as aml_dma_close()
 *
 * Threads: no other call on this engine may be running or follow.
 * Blocks: until all requests are finished.
 */
AML_API int aml_dma_linux_destroy(struct aml_dma **dma);

/**
 * Copy element by element in native order, whatever the kinds of layout.
 *
 * @param arg  not used
 *
 * @return 0
 * @return -AML_EINVAL   NULL, shapes or element sizes differ, the sides overlap
 * @return -AML_ENOTSUP  a layout cannot be read or written here
 *
 * Threads: any.  Blocks: copies in the caller.
 */
AML_API int aml_dma_linux_copy_generic(struct aml_layout *dst, const struct aml_layout *src,
				       void *arg);

/**
 * Copy all of @p src into the start of @p dst; neither has gaps.
 *
 * @param arg  not used
 *
 * @return 0
 * @return -AML_EINVAL  NULL, a side has gaps, @p dst is too small, the sides overlap
 *
 * Threads: any.  Blocks: copies in the caller.
 */
AML_API int aml_dma_linux_copy_1D(struct aml_layout *dst, const struct aml_layout *src, void *arg);

/**
 * memcpy().
 *
 * @param dst  an address, cast
 * @param src  an address, cast
 * @param arg  the number of bytes, cast
 *
 * @return 0
 * @return -AML_EINVAL  NULL, more bytes than an object can have, the sides overlap
 *
 * Threads: any.  Blocks: copies in the caller.
 */
AML_API int aml_dma_linux_memcpy_op(struct aml_layout *dst, const struct aml_layout *src,
				    void *arg);

#ifdef __cplusplus
}
#endif
#endif
