/* SPDX-License-Identifier: BSD-3-Clause */
/* aml-axis rate: receive whatever comes, and say how much that is. */
#include "aml/axis.h"
#include "axis_command.h"
#include "axis_options.h"
#include "axis_run.h"
#include "axis_traffic.h"

static const uint32_t first_dest[] = {0};

static void count(struct aml_axis_frame *frame, void *traffic)
{
	traffic_add(traffic, 1, frame->bytes, frame->error != 0);
}

int run_rate(const struct options *options)
{
	const uint32_t *dests = options->ndests ? options->dests : first_dest;
	struct aml_axis *axis = open_device(options, dests, options->ndests ? options->ndests : 1);
	struct until until = until_begin(options);
	struct traffic traffic = {0}, total;
	struct pace pace;
	int rc;

	if (!axis)
		return 1;
	pace_begin(&pace, options, "rate");
	rc = aml_axis_listen(axis, count, &traffic);
	if (rc) {
		complain_of("rate", rc);
		aml_axis_close(&axis);
		return 1;
	}
	do {
		sleep_until(now() + 0.02);
		total = traffic_now(&traffic);
		pace_show(&pace, &total);
	} while (!until_is_over(&until) && (!options->frames || total.frames < options->frames));
	aml_axis_unlisten(axis);
	total = traffic_now(&traffic);
	pace_result(&pace, options, &total);
	result_end();
	aml_axis_close(&axis);
	return total.errors > 0;
}
