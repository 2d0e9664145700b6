/* SPDX-License-Identifier: BSD-3-Clause */
/* aml-axis counters: where the driver's buffers are. */
#include <stdio.h>

#include "axis_command.h"
#include "axis_options.h"
#include "axis_run.h"

/* What the driver does not tell is left out. */
static void number(const char *side, const char *key, int64_t value)
{
	char name[32];

	if (value < 0)
		return;
	snprintf(name, sizeof(name), "%s%s", side, key);
	result_number(name, (uint64_t)value);
}

static void print_places(const char *side, const struct aml_axis_places *places)
{
	number(side, "user", places->user);
	number(side, "card", places->card);
	number(side, "before", places->before);
	number(side, "queue", places->queue);
	number(side, "missing", places->missing);
}

static int print_once(const struct options *options, struct aml_axis *axis)
{
	struct aml_axis_counters counters = {.size = sizeof(counters)};
	int rc = aml_axis_counters(axis, &counters);

	if (rc) {
		complain_of("counters", rc);
		return 1;
	}
	result_begin(options, "counters");
	print_places("tx_", &counters.tx);
	print_places("rx_", &counters.rx);
	number("", "requests_missed", counters.requests_missed);
	number("", "rx_used", counters.rx_used);
	result_end();
	return ferror(stdout) != 0; /* main() says so */
}

int run_counters(const struct options *options)
{
	struct aml_axis *axis = open_device(options, NULL, 0);
	double period = options->period > 0 ? options->period : 1;
	struct until until = until_begin(options);
	int rc;

	if (!axis)
		return 1;
	rc = print_once(options, axis);
	for (double next = until.start + period; options->watch && !rc; next += period) {
		sleep_until(until.end > 0 && until.end < next ? until.end : next);
		if (until_is_over(&until))
			break;
		rc = print_once(options, axis);
	}
	aml_axis_close(&axis);
	return rc;
}
