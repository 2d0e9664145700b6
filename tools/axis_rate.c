/* SPDX-License-Identifier: BSD-3-Clause */
/* aml-axis rate: receive whatever comes, and say how much that is, of each destination and of all. */
#include <stdio.h>
#include <stdlib.h>

#include "aml/axis.h"
#include "aml/error.h"
#include "axis_command.h"
#include "axis_options.h"
#include "axis_run.h"
#include "axis_traffic.h"

struct rate {
	struct traffic all, each[AML_AXIS_DESTS]; /* by destination */
};

static void count(struct aml_axis_frame *frame, void *arg)
{
	struct rate *rate = arg;
	bool bad = frame->error != 0;

	traffic_add(&rate->each[frame->dest], 1, frame->bytes, bad);
	traffic_add(&rate->all, 1, frame->bytes, bad);
}

static void print_each(const struct rate *rate, const struct options *options, double seconds)
{
	const char *form = options->json ? "%s{\"dest\": %u, \"frames\": %llu, \"bytes\": %llu, "
					   "\"errors\": %llu, \"frames_per_second\": %.3f, "
					   "\"mbytes_per_second\": %.3f}"
					 : "%s0x%03x: frames=%llu bytes=%llu errors=%llu "
					   "frames_per_second=%.3f mbytes_per_second=%.3f\n";
	const char *before = "";

	for (uint32_t dest = 0; dest < AML_AXIS_DESTS; dest++) {
		struct traffic one = rate->each[dest];

		if (!one.frames)
			continue;
		printf(form, before, dest, (unsigned long long)one.frames,
		       (unsigned long long)one.bytes, (unsigned long long)one.errors,
		       (double)one.frames / seconds, (double)one.bytes / seconds / 1e6);
		before = options->json ? ", " : "";
	}
}

/* The listener has ended.  Silent destinations have no line of their own: there may be 4096. */
static void report(const struct rate *rate, const struct options *options, const struct pace *pace,
		   size_t ndests)
{
	double seconds = now() - pace->start;
	size_t silent = ndests;

	for (uint32_t dest = 0; dest < AML_AXIS_DESTS; dest++)
		silent -= rate->each[dest].frames > 0;
	if (!options->json)
		print_each(rate, options, seconds);
	pace_result(pace, options, &rate->all);
	result_number("destinations", ndests);
	result_number("silent", silent);
	if (options->json) {
		fputs(", \"each\": [", stdout);
		print_each(rate, options, seconds);
		putchar(']');
	}
	result_end();
}

static int receive(struct rate *rate, const struct options *options, struct aml_axis *axis,
		   size_t ndests)
{
	struct until until = until_begin(options);
	struct traffic total;
	struct pace pace;
	int rc;

	pace_begin(&pace, options, "rate");
	rc = aml_axis_listen(axis, count, rate);
	if (rc) {
		complain_of("rate", rc);
		return 1;
	}
	do {
		sleep_until(now() + 0.02);
		total = traffic_now(&rate->all);
		pace_show(&pace, &total);
	} while (!until_is_over(&until) && (!options->frames || total.frames < options->frames));
	aml_axis_unlisten(axis);
	report(rate, options, &pace, ndests);
	return rate->all.errors > 0;
}

int run_rate(const struct options *options)
{
	static const uint32_t first_dest[] = {0};
	size_t ndests = options->ndests ? options->ndests : 1;
	struct rate *rate = calloc(1, sizeof(*rate));
	struct aml_axis *axis;
	int rc;

	if (!rate) {
		complain("rate: no memory");
		return 1;
	}
	axis = open_device(options, options->ndests ? options->dests : first_dest, ndests);
	rc = axis ? receive(rate, options, axis, ndests) : 1;
	aml_axis_close(&axis);
	free(rate);
	return rc;
}
