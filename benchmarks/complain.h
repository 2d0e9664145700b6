/* SPDX-License-Identifier: BSD-3-Clause */
/* What goes to stderr: complaints, and progress when it is a terminal. */
#ifndef BENCH_COMPLAIN_H
#define BENCH_COMPLAIN_H

#include <stddef.h>

#if defined(__GNUC__)
#define BENCH_FORMAT(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define BENCH_FORMAT(fmt, args)
#endif

/* "aml-bench: sentence" and a newline. */
void complain(const char *fmt, ...) BENCH_FORMAT(1, 2);

/* One line that replaces the one before; nothing unless stderr is a terminal. */
void progress(size_t i, size_t n, const char *what);
void progress_clear(void);

#endif
