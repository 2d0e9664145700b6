/* SPDX-License-Identifier: BSD-3-Clause */
/* A row of results. */
#ifndef BENCH_ROW_H
#define BENCH_ROW_H

#include <stddef.h>

#define ROW_PLAN 512
#define ROW_NAME 80

enum row_state {
	ROW_VERIFIED,	    /* measured, and the result was right */
	ROW_WRONG,	    /* the result was wrong: nothing was measured */
	ROW_FAILED,	    /* the engine reported an error: nothing was measured */
	ROW_NOT_APPLICABLE, /* it does not do such cases: nothing was measured */
};

/* Numbers that were not measured are NAN. */
struct row {
	char name[ROW_NAME];   /* of the case */
	char engine[ROW_NAME]; /* its spec, or "peer:NAME" */
	char plan[ROW_PLAN];   /* how it was done, or why not */
	enum row_state state;
	size_t bytes; /* read and written */
	double median_ns, p10_ns, p90_ns;
	double gbps;			 /* bytes / median_ns */
	double memcpy_gbps, stream_gbps; /* of as many bytes, in the same run */
	double of_stream;		 /* gbps / stream_gbps */
};

#endif
