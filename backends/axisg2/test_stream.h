/* SPDX-License-Identifier: BSD-3-Clause */
/* The engine over an emulated device, for its tests. */
#ifndef AXISG2_TEST_STREAM_H
#define AXISG2_TEST_STREAM_H

#include "aml/layout/dense.h"
#include "aml/request.h"
#include "backends/axisg2/emu.h"
#include "backends/axisg2/engine.h"
#include "backends/axisg2/test_card.h"

#define ROWS 96u
#define COLS 64u /* a row has 256 bytes: 16 fill a buffer */

extern struct aml_dma *dma;
extern struct aml_axis *axis;
extern uint32_t in[ROWS * COLS], out[ROWS * COLS]; /* numbers; zeros */

/* A device of its own with destinations 0 to 7 and 0x102, for each test. */
void stream_setup(void);
void stream_teardown(void);
/* Another one, as these keys of the emulator, and the engine's, say. */
void reopen(const char *keys, const char *more);

struct aml_layout *endpoint(uint32_t dest);
struct aml_layout *matrix(void *memory, size_t rows, size_t cols);
/* Transposed, instead of. */
struct aml_layout *turned(struct aml_layout *layout);

/* All of them destroy both layouts. */
int copy(struct aml_layout *dst, struct aml_layout *src);
/* Submitted; with a deadline. */
struct aml_dma_request *begin(struct aml_layout *dst, struct aml_layout *src);
struct aml_dma_request *begin_for(struct aml_layout *dst, struct aml_layout *src,
				  int64_t timeout_us);
/* What submit returns, when it refuses. */
int try(struct aml_dma *engine, struct aml_layout *dst, struct aml_layout *src);
int end(struct aml_dma_request *req);

#endif
