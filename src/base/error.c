/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/log.h"

_Thread_local int aml_errno;

static _Thread_local char detail[256];

/* clang-format off */
static const char *const texts[AML_ERROR_MAX] = {
	[AML_SUCCESS] = "success",
	[AML_FAILURE] = "failure",
	[AML_ENOMEM] = "out of memory",
	[AML_EINVAL] = "invalid argument",
	[AML_EDOM] = "out of range",
	[AML_ENOTSUP] = "operation not supported",
	[AML_EBUSY] = "resource busy",
	[AML_EPERM] = "operation not permitted",
	[AML_EAGAIN] = "not now, try again",
	[AML_EIO] = "data transfer failed",
	[AML_ECANCELED] = "cancelled",
	[AML_ETIMEDOUT] = "timed out",
};
/* clang-format on */

const char *aml_strerror(int err)
{
	if (err < 0 || err >= AML_ERROR_MAX)
		return "unknown error";
	return texts[err];
}

void aml_perror(const char *msg)
{
	fprintf(stderr, "%s%s%s\n", msg ? msg : "", msg ? ": " : "", aml_strerror(aml_errno));
}

const char *aml_error_detail(void)
{
	return detail;
}

static void record(int code, const char *fmt, va_list args)
{
	vsnprintf(detail, sizeof(detail), fmt, args);
	amli_log(AMLI_LOG_DEBUG, "error", "%s: %s", aml_strerror(code), detail);
}

int amli_fail(int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	record(code, fmt, args);
	va_end(args);
	return -code;
}

void *amli_fail_null(int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	record(code, fmt, args);
	va_end(args);
	aml_errno = code;
	return NULL;
}
