/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Log lines.  The library prints nothing unless asked to: by the environment,
 * AML_LOG=dma:debug (to stderr; comma list of topic:level, topic "all" for every
 * one, level one of error, info, debug), or by a callback.
 */
#ifndef AML_LOG_H
#define AML_LOG_H

#include "aml/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Receives one line without its newline; topic and line live during the call. */
typedef void (*aml_log_fn)(void *arg, const char *topic, const char *line);

/**
 * Send the lines that AML_LOG selects to @p fn instead of stderr.
 *
 * @param fn   may be called from any thread, several at once; NULL = stderr again
 * @param arg  passed to @p fn
 *
 * Threads: call it while no other library call is running.
 */
AML_API void aml_log_callback(aml_log_fn fn, void *arg);

#ifdef __cplusplus
}
#endif
#endif
