/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What happens to requests, for those who look from outside: USDT probes (provider libaml,
 * where <sys/sdt.h> was found) and AML_TRACE=file.json, a trace for Perfetto or
 * chrome://tracing.  Off, a call costs one load and a branch; probes cost a nop.
 *
 *	submit -> start -> done		once per request, @id being no other live request's
 *	piece_begin -> piece_end	in the thread that moves the bytes
 *
 * The texts and the plan are copied before a call returns.
 */
#ifndef AMLI_DMA_TRACE_H
#define AMLI_DMA_TRACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aml/plan.h"
#include "base/clock.h"

#ifdef AMLI_SDT
#include <sys/sdt.h>
#define AMLI_PROBE1(name, a) DTRACE_PROBE1(libaml, name, a)
#define AMLI_PROBE3(name, a, b, c) DTRACE_PROBE3(libaml, name, a, b, c)
#else
#define AMLI_PROBE1(name, a) ((void)(a))
#define AMLI_PROBE3(name, a, b, c) ((void)(a), (void)(b), (void)(c))
#endif

/* Whether events are recorded. */
extern atomic_bool amli_tracing __attribute__((visibility("hidden")));

/* Starts tracing if AML_TRACE asks for it; cheap after the first time. */
void amli_trace_init(void);

/* Trace into this file, until close or exit; false and a log line: it cannot be written, or
 * another process traces into it.  A child of fork() does not trace. */
bool amli_trace_open(const char *path);
void amli_trace_close(void);

void amli_trace_put_submit(const char *engine, uint64_t id, size_t bytes,
			   const struct aml_plan *plan);
void amli_trace_put_start(uint64_t id);
void amli_trace_put_done(const char *engine, uint64_t id, int status, size_t bytes);
void amli_trace_put_cancel(uint64_t id, const char *outcome);
void amli_trace_put_piece(uint64_t id, size_t piece, size_t n, int status, uint64_t begin);

static inline bool amli_trace_is_on(void)
{
	return __builtin_expect(atomic_load_explicit(&amli_tracing, memory_order_relaxed), 0);
}

/* Before the engine gets it.  @engine is its spec, @plan may be NULL. */
static inline void amli_trace_submit(const char *engine, uint64_t id, size_t bytes,
				     const struct aml_plan *plan)
{
	AMLI_PROBE3(request_submit, engine, id, bytes);
	if (amli_trace_is_on())
		amli_trace_put_submit(engine, id, bytes, plan);
}

static inline void amli_trace_start(uint64_t id)
{
	AMLI_PROBE1(request_start, id);
	if (amli_trace_is_on())
		amli_trace_put_start(id);
}

/* Before anyone can see that it is over.  @engine as in submit; also ends a request that
 * was refused after submit. */
static inline void amli_trace_done(const char *engine, uint64_t id, int status, size_t bytes_done)
{
	AMLI_PROBE3(request_done, id, status, bytes_done);
	if (amli_trace_is_on())
		amli_trace_put_done(engine, id, status, bytes_done);
}

/* Somebody cancels it; @outcome in a word or two. */
static inline void amli_trace_cancel(uint64_t id, const char *outcome)
{
	if (amli_trace_is_on())
		amli_trace_put_cancel(id, outcome);
}

/* Piece @piece of @n begins; the result goes to piece_end. */
static inline uint64_t amli_trace_piece_begin(uint64_t id, size_t piece, size_t n)
{
	AMLI_PROBE3(piece_begin, id, piece, n);
	return amli_trace_is_on() ? amli_ticks() : 0;
}

static inline void amli_trace_piece_end(uint64_t id, size_t piece, size_t n, int status,
					uint64_t begin)
{
	AMLI_PROBE3(piece_end, id, piece, status);
	if (__builtin_expect(begin != 0, 0))
		amli_trace_put_piece(id, piece, n, status, begin);
}

#endif
