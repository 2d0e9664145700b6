/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands of aml-axis: each returns the program's exit code. */
#ifndef AXIS_COMMAND_H
#define AXIS_COMMAND_H

struct options;

int run_counters(const struct options *options);
int run_info(const struct options *options);
int run_loop(const struct options *options);
int run_rate(const struct options *options);
int run_read(const struct options *options);
int run_srp(const struct options *options);
int run_write(const struct options *options);

#endif
