/* SPDX-License-Identifier: BSD-3-Clause */
#include "backends/axisg2/test_stream.h"

#include <stdio.h>
#include <string.h>

struct aml_dma *dma;
struct aml_axis *axis;
uint32_t in[ROWS * COLS], out[ROWS * COLS];

static void open_with(const char *keys, const char *more)
{
	char spec[300];
	int rc;

	snprintf(spec, sizeof(spec), "axisg2:%s,claim=0-7+0x102%s", card_spec(keys), more);
	rc = aml_dma_open(&dma, spec);
	ck_assert_msg(rc == 0, "%s", aml_error_detail());
	ck_assert_int_eq(aml_axis_of(dma, &axis), 0);
}

void stream_setup(void)
{
	card_next();
	open_with("", "");
	for (uint32_t i = 0; i < ROWS * COLS; i++)
		in[i] = i * 2654435761u;
	memset(out, 0, sizeof(out));
}

void stream_teardown(void)
{
	aml_dma_close(&dma);
}

void reopen(const char *keys, const char *more)
{
	stream_teardown();
	card_next();
	open_with(keys, more);
}

struct aml_layout *endpoint(uint32_t dest)
{
	struct aml_layout *layout;

	ck_assert_int_eq(aml_layout_axis_create(&layout, axis, dest, 0, 0), 0);
	return layout;
}

struct aml_layout *matrix(void *memory, size_t rows, size_t cols)
{
	struct aml_layout *layout;

	ck_assert_int_eq(aml_layout_dense_create(&layout, memory, AML_LAYOUT_ORDER_C, 4, 2,
						 (const size_t[]){rows, cols}, NULL, NULL),
			 0);
	return layout;
}

struct aml_layout *turned(struct aml_layout *layout)
{
	struct aml_layout *view;

	ck_assert_int_eq(aml_layout_permute(layout, &view, (const size_t[]){1, 0}), 0);
	aml_layout_destroy(&layout);
	return view;
}

int copy(struct aml_layout *dst, struct aml_layout *src)
{
	int rc = aml_dma_copy(dma, dst, src);

	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	return rc;
}

struct aml_dma_request *begin_for(struct aml_layout *dst, struct aml_layout *src,
				  int64_t timeout_us)
{
	const struct aml_dma_job job = {
		.size = sizeof(job), .dst = dst, .src = src, .timeout_us = timeout_us};
	struct aml_dma_request *req;
	int rc = aml_dma_submit(dma, &req, &job);

	ck_assert_msg(rc == 0, "%s", aml_error_detail());
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	return req;
}

struct aml_dma_request *begin(struct aml_layout *dst, struct aml_layout *src)
{
	return begin_for(dst, src, 0);
}

int end(struct aml_dma_request *req)
{
	return aml_dma_wait_for(dma, &req, 20 * S);
}

int try(struct aml_dma *engine, struct aml_layout *dst, struct aml_layout *src)
{
	struct aml_dma_request *req = (void *)1;
	int rc = aml_dma_async_copy(engine, &req, dst, src);

	ck_assert_ptr_null(req);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	return rc;
}
