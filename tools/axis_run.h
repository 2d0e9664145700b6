/* SPDX-License-Identifier: BSD-3-Clause */
/* What the commands of aml-axis share: the device, time, signals, and what is said. */
#ifndef AXIS_RUN_H
#define AXIS_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "aml/axis.h"

struct options;

/* "aml-axis: sentence" on stderr. */
void complain(const char *fmt, ...) AML_FORMAT(1, 2);
/* What aml_error_detail() says, after what was being done. */
void complain_of(const char *what, int rc);

/* One line that replaces the one before; nothing unless stderr is a terminal. */
void progress(const char *fmt, ...) AML_FORMAT(1, 2);
bool progress_is_seen(void);

/* From now on SIGINT and SIGTERM only make is_interrupted() true. */
void catch_signals(void);
bool is_interrupted(void);

double now(void); /* seconds of CLOCK_MONOTONIC */
struct timespec to_timespec(double time);
/* Until then, or until interrupted. */
void sleep_until(double time);
/* Seconds as libaml has them. */
int64_t to_us(double seconds);

/* When to end: by the options, or by a signal. */
struct until {
	double start, end; /* end 0: never */
};

struct until until_begin(const struct options *options);
bool until_is_over(const struct until *until);

/* Open the device and claim these; NULL: somebody has complained. */
struct aml_axis *open_device(const struct options *options, const uint32_t *dests, size_t n);

/* The last line: "command: key=value ..." or one JSON object. */
void result_begin(const struct options *options, const char *command);
void result_number(const char *key, uint64_t value);
void result_real(const char *key, double value);
void result_text(const char *key, const char *value);
void result_end(void);

#endif
