/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Wisdom: what AML_PLAN_MEASURE found, kept for later.
 *
 * It belongs to the process: every plan that is created afterwards for the same shape (element,
 * loops and strides of both sides, their alignment below 64 bytes, and hints) is made as
 * the measured one was, also by requests without a plan of their own.  A file brings
 * it to other processes:
 *
 *	aml_wisdom_load("wisdom", NULL);	at the start; no such file is no disaster
 *	aml_plan_create(.., AML_PLAN_MEASURE);	as often as needed
 *	aml_wisdom_save("wisdom");
 *
 * If the environment has AML_WISDOM=file, the library does both by itself: it reads the file
 * when the first plan is made, and writes it whenever something was measured.  Without
 * it nothing is written.
 *
 * Files are text: what they are for (the library's version, the CPU's features and caches),
 * then a line for each shape, with a checksum.  They are of use only where they were made.
 */
#ifndef AML_WISDOM_H
#define AML_WISDOM_H

#include <stddef.h>

#include "aml/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Add what a file holds to the wisdom of the process.
 *
 * What the process knows already stays as it is.
 *
 * @param path     a file of aml_wisdom_save(); an empty one holds nothing
 * @param skipped  [out] lines that were damaged, or name what this library does not know; the
 *                 others were taken.  NULL: not asked
 *
 * @return 0
 * @return -AML_EINVAL   @p path is NULL, or the file is no wisdom: nothing was taken
 * @return -AML_ENOTSUP  it was made by another version, or for another CPU: nothing was taken
 * @return -AML_EIO      it cannot be read: aml_error_detail() says why
 *
 * Threads: any.
 * Blocks: for the file.
 */
AML_API int aml_wisdom_load(const char *path, size_t *skipped);

/**
 * Write the wisdom of the process to a file, together with what that holds already.
 *
 * The file is replaced at once, by renaming another one: whoever reads it sees the old or the
 * new one.  Processes that save to one file at the same time wait for each other,
 * so nothing of either is lost.  A file that aml_wisdom_load() would refuse is left alone.
 *
 * @param path  the file; its folder must exist
 *
 * @return 0
 * @return -AML_EINVAL   @p path is NULL, or the file there is no wisdom
 * @return -AML_ENOTSUP  the file there is for another version or CPU: remove it, or take
 *                       another name
 * @return -AML_EIO      it cannot be written; the old one is as it was
 *
 * Threads: any.
 * Blocks: for the file, and those who save to it.
 */
AML_API int aml_wisdom_save(const char *path);

/** Forget all of it; plans that were made with it stay as they are.  Threads: any. */
AML_API void aml_wisdom_forget(void);

/** For how many shapes there is wisdom.  Threads: any. */
AML_API size_t aml_wisdom_count(void);

#ifdef __cplusplus
}
#endif
#endif
