/* SPDX-License-Identifier: BSD-3-Clause */
#include "complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void complain(const char *fmt, ...)
{
	va_list args;

	progress_clear();
	fputs("aml-bench: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

void progress(size_t i, size_t n, const char *what)
{
	if (!isatty(STDERR_FILENO))
		return;
	progress_clear();
	fprintf(stderr, "[%zu/%zu] %.60s", i, n, what);
	fflush(stderr);
}

void progress_clear(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}
