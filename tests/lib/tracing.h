/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing a trace and reading it again, for the tests of tracing. */
#ifndef TESTS_LIB_TRACING_H
#define TESTS_LIB_TRACING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern char trace_path[64]; /* the file; set it in main() */

/* Trace into an empty file. */
void trace_begin(void);
/* End that; what is in the file, which is JSON, to be freed. */
char *trace_end(void);
/* What is in the file so far, to be freed; NULL = there is none. */
char *trace_read(void);

bool trace_is_json(const char *text);
unsigned trace_count(const char *text, const char *what);

/* From submit to done on "pool:threads=2", well, with so many pieces. */
void trace_request(uint64_t id, size_t pieces);
/* A thread that makes requests of one piece until the flag is set, and how to wait until
 * so many more were made. */
extern atomic_bool trace_stop;
void *trace_requests_until_told(void *arg);
void trace_await_requests(unsigned n);

#endif
