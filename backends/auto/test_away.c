/* SPDX-License-Identifier: BSD-3-Clause */
#include "backends/auto/test_away.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/manual.h"
#include "tests/lib/pair.h"

struct aml_dma *automatic, *guest;
struct pair p;

static int name_area(const struct aml_area_data *data, FILE *stream, const char *prefix)
{
	fprintf(stream, "%s: card %s\nand more\n", prefix, (const char *)data);
	return 0;
}

static struct aml_area_ops area_ops = {.fprintf = name_area};
struct aml_area here = {&area_ops, (struct aml_area_data *)"one"};
struct aml_area there = {&area_ops, (struct aml_area_data *)"two"};

static const struct aml_area *stream_area(const struct aml_layout_data *data)
{
	return (const struct aml_area *)data;
}

static struct aml_layout_ops stream_ops;

static int stream_duplicate(const struct aml_layout *layout, struct aml_layout **out, void *ptr)
{
	(void)ptr;
	*out = malloc(sizeof(**out));
	**out = *layout;
	return 0;
}

static void stream_destroy(struct aml_layout *layout)
{
	free(layout);
}

static struct aml_layout_ops stream_ops = {
	.area = stream_area,
	.duplicate = stream_duplicate,
	.destroy = stream_destroy,
};
struct aml_layout stream_here = {&stream_ops, (struct aml_layout_data *)&here};
struct aml_layout stream_there = {&stream_ops, (struct aml_layout_data *)&there};

void away_setup(void)
{
	p = pair_dense(16, 4);
	guest = manual_open(AML_DMA_HOST);
	manual.reached = &here;
	ck_assert_int_eq(aml_dma_open(&automatic, "auto:host=(pool:threads=1,small=0)"), 0);
}

void away_teardown(void)
{
	aml_dma_close_for(&automatic, S); /* also after a failure */
	aml_dma_close_for(&guest, S);
	pair_free(&p);
}

struct aml_dma_request *away_send_for(int64_t timeout_us)
{
	const struct aml_dma_job job = {
		.size = sizeof(job), .dst = &stream_here, .src = p.src, .timeout_us = timeout_us};
	struct aml_dma_request *req;
	int rc = aml_dma_submit(automatic, &req, &job);

	ck_assert_msg(rc == 0, "%s", aml_error_detail());
	return req;
}

struct aml_dma_request *away_send(void)
{
	return away_send_for(0);
}
