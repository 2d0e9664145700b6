/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames that are counted, with a line of progress and one at the end. */
#ifndef AXIS_TRAFFIC_H
#define AXIS_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#include "aml/axis.h"

struct options;

/* So far; threads may add with traffic_add() while others look. */
struct traffic {
	uint64_t frames, bytes, errors;
};

void traffic_add(struct traffic *traffic, uint64_t frames, uint64_t bytes, uint64_t errors);
struct traffic traffic_now(const struct traffic *traffic);

/* The progress of one command. */
struct pace {
	const char *what;
	double period, start, next;
	struct traffic last;
};

void pace_begin(struct pace *pace, const struct options *options, const char *what);
/* If it is time for it, show what came since the last time. */
void pace_show(struct pace *pace, const struct traffic *now);
/* Begin the last line: frames, bytes, errors, seconds, rates. */
void pace_result(const struct pace *pace, const struct options *options,
		 const struct traffic *total);

/* How many buffers programs have, or nobody knows of; of both sides. */
int64_t buffers_away(struct aml_axis *axis);
/* How many more than @before; gives the driver a moment to count them. */
uint64_t buffers_leaked(struct aml_axis *axis, int64_t before);

#endif
