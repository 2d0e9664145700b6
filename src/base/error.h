/* SPDX-License-Identifier: BSD-3-Clause */
/* How the library refuses a call: one line that records why. */
#ifndef AMLI_BASE_ERROR_H
#define AMLI_BASE_ERROR_H

#include <stddef.h>

#include "aml/error.h"

/* Both keep the sentence for aml_error_detail(), without a final full stop. */
int amli_fail(int code, const char *fmt, ...) AML_FORMAT(2, 3);	       /* returns -code */
void *amli_fail_null(int code, const char *fmt, ...) AML_FORMAT(2, 3); /* sets aml_errno */

#endif
