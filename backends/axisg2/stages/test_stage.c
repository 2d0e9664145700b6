/* SPDX-License-Identifier: BSD-3-Clause */
#include "backends/axisg2/stages/test_stage.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_uint alive;

static void parts_free(struct aml_axis_frame *frame)
{
	for (size_t i = 0; i < frame->nparts; i++)
		free(frame->parts[i].iov_base);
	free(frame->parts);
	free(frame);
	atomic_fetch_sub(&alive, 1);
}

struct aml_axis_frame *parts_create(size_t bytes, size_t part)
{
	struct aml_axis_frame *frame = calloc(1, sizeof(*frame));
	size_t n = part ? (bytes + part - 1) / part : 1;

	*frame = (struct aml_axis_frame){.free = parts_free, .holds = 1, .bytes = bytes};
	frame->parts = calloc(n, sizeof(*frame->parts));
	frame->nparts = n;
	for (size_t i = 0; i < n; i++, bytes -= part) {
		frame->parts[i].iov_len = part && part < bytes ? part : bytes;
		frame->parts[i].iov_base = calloc(1, frame->parts[i].iov_len);
	}
	atomic_fetch_add(&alive, 1);
	return frame;
}

unsigned parts_alive(void)
{
	return atomic_load(&alive);
}

static int sink_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	struct sink *sink = (struct sink *)stage;

	if (sink->status || sink->n == SINK_MAX) /* no ck_assert: it allocates */
		return sink->status ? sink->status : -AML_EDOM;
	aml_axis_frame_hold(frame);
	sink->frames[sink->n++] = frame;
	return 0;
}

void sink_init(struct sink *sink)
{
	*sink = (struct sink){.stage.accept = sink_accept};
}

void sink_clear(struct sink *sink)
{
	for (size_t i = 0; i < sink->n; i++)
		aml_axis_frame_release(&sink->frames[i]);
	sink->n = 0;
}

int run_case(TCase *tcase)
{
	Suite *suite = suite_create("stages");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
