/* SPDX-License-Identifier: BSD-3-Clause */
/* Streams in areas, for the manual engines to reach, and an engine auto beside them. */
#ifndef AUTO_TEST_AWAY_H
#define AUTO_TEST_AWAY_H

#include <stdint.h>

#include "aml/area.h"
#include "aml/dma.h"
#include "aml/request.h"

#define S INT64_C(1000000) /* in microseconds */

struct pair;

extern struct aml_area here, there;		    /* "card one" and "card two" */
extern struct aml_layout stream_here, stream_there; /* in them */

/* A test's: the engine, the first manual one, which reaches here, and 64 bytes on either side. */
extern struct aml_dma *automatic, *guest;
extern struct pair p;
void away_setup(void);
void away_teardown(void);

/* Copy p.src to the stream. */
struct aml_dma_request *away_send(void);
struct aml_dma_request *away_send_for(int64_t timeout_us);

#endif
