/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of the stages share: frames in parts, and an end of the chain that keeps what
 * comes. */
#ifndef AXISG2_STAGES_TEST_STAGE_H
#define AXISG2_STAGES_TEST_STAGE_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>

#include "aml/axis/stage.h"
#include "aml/error.h"
#include "backends/axisg2/test_alloc.h"

/* A frame in parts of @part bytes (the last may be shorter; 0 = one part), all bytes 0. */
struct aml_axis_frame *parts_create(size_t bytes, size_t part);
/* Those that are not freed yet. */
unsigned parts_alive(void);

#define SINK_MAX 80

/* Holds the frames that come, in order, and returns @status. */
struct sink {
	struct aml_axis_stage stage;
	struct aml_axis_frame *frames[SINK_MAX];
	size_t n;
	int status;
};

void sink_init(struct sink *sink);
void sink_clear(struct sink *sink);

/* For main() to return. */
int run_case(TCase *tcase);

#endif
