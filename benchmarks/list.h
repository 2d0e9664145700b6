/* SPDX-License-Identifier: BSD-3-Clause */
/* What aml-bench list shows. */
#ifndef BENCH_LIST_H
#define BENCH_LIST_H

/* The status to exit with. */
int list(void);

#endif
