/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Errors.
 *
 * Functions that return int return 0 or a negated code: -AML_EINVAL.
 * Functions that return a pointer return NULL and leave the positive code in
 * aml_errno.  Either way aml_error_detail() says in one sentence what was wrong
 * with the last refused call of this thread, with the offending value.
 *
 * Two kinds are never mixed: a call is *refused* (it returns the code and has
 * changed nothing), or a request was accepted and later *failed* (the code comes
 * from waiting for it).
 *
 * Codes 0 to 7 and their values are those of Argonne's AML; ours follow.
 */
#ifndef AML_ERROR_H
#define AML_ERROR_H

#include "aml/api.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AML_SUCCESS 0
#define AML_FAILURE 1	 /* none of the others fits */
#define AML_ENOMEM 2	 /* no memory */
#define AML_EINVAL 3	 /* an argument is wrong */
#define AML_EDOM 4	 /* an index, node or coordinate is out of range */
#define AML_ENOTSUP 5	 /* this object cannot do that */
#define AML_EBUSY 6	 /* still in use */
#define AML_EPERM 7	 /* the system does not permit it */
#define AML_EAGAIN 8	 /* not now: nothing was started, try again */
#define AML_EIO 9	 /* the engine failed while moving data */
#define AML_ECANCELED 10 /* cancelled before it finished */
#define AML_ETIMEDOUT 11 /* the deadline passed */
#define AML_ERROR_MAX 12 /* codes are below this */

/** The positive code of this thread's last failed call that returns a pointer. */
#ifdef __cplusplus
extern AML_API thread_local int aml_errno;
#else
extern AML_API _Thread_local int aml_errno;
#endif

/**
 * A code in words.
 *
 * @param err  a positive code, as in aml_errno
 * @return a static string, never NULL; one fixed text for unknown codes
 *
 * Threads: any.
 */
AML_API const char *aml_strerror(int err);

/**
 * Print "msg: text of aml_errno" and a newline on stderr.
 *
 * @param msg  what was being done; NULL prints the text alone
 *
 * Threads: any; reads this thread's aml_errno.
 */
AML_API void aml_perror(const char *msg);

/**
 * What was wrong with this thread's last refused call, in one sentence that
 * names the value and, where there is one, the remedy.
 *
 * @return a string owned by the library, valid until the next refused call of
 *         this thread; "" when nothing was refused yet
 *
 * Threads: any; the text belongs to the calling thread.
 */
AML_API const char *aml_error_detail(void);

#ifdef __cplusplus
}
#endif
#endif
