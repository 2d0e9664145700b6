/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>

#include "dma/engine.h"
#include "tests/lib/slot.h"

struct aml_request *slot_of(struct aml_dma *dma, const struct aml_dma_request *handle)
{
	struct aml_request *req;
	uint64_t generation;

	ck_assert_int_eq(amli_handle_find(amli_engine_of(dma), handle, &req, &generation), 0);
	ck_assert(amli_handle_fits(atomic_load(&req->word), generation));
	return req;
}

enum amli_state slot_state(struct aml_dma *dma, const struct aml_dma_request *handle)
{
	return amli_state_of(atomic_load(&slot_of(dma, handle)->word));
}

bool handle_is_known(struct aml_dma *dma, struct aml_dma_request *handle)
{
	struct aml_dma_info info = {.size = sizeof(info)};

	return aml_dma_info(dma, handle, &info) == 0;
}
