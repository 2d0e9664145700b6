/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What aml_init() and aml_finalize() call for the linux backend.  Programs have no
 * need to.
 */
#ifndef AML_UTILS_BACKEND_LINUX_H
#define AML_UTILS_BACKEND_LINUX_H

#include "aml/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The linux area needs no preparation.  @return 0 */
AML_API int aml_backend_linux_init(void);

/** The linux area leaves nothing behind.  @return 0 */
AML_API int aml_backend_linux_finalize(void);

#ifdef __cplusplus
}
#endif
#endif
