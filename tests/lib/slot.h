/* SPDX-License-Identifier: BSD-3-Clause */
/* What is behind a handle. */
#ifndef TESTS_LIB_SLOT_H
#define TESTS_LIB_SLOT_H

#include "dma/request.h"

/* The request that a handle names; the test fails if it names none. */
struct aml_request *slot_of(struct aml_dma *dma, const struct aml_dma_request *handle);
/* Its state now. */
enum amli_state slot_state(struct aml_dma *dma, const struct aml_dma_request *handle);
/* Whether the handle names a request: what aml_dma_info() says. */
bool handle_is_known(struct aml_dma *dma, struct aml_dma_request *handle);

#endif
