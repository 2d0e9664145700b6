/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory that cases are copied in, what is written there, and whether a copy
 * left what it should.
 *
 * Source element k holds a value computed from k, so that what belongs anywhere in
 * the destination can be computed without reading the source; every other byte of
 * the destination, and some around it, hold a guard.
 */
#ifndef BENCH_DATA_H
#define BENCH_DATA_H

#include "case.h"

struct data {
	char *src, *dst; /* aligned to 64 bytes */
	char *map;	 /* both are in here */
	size_t map_bytes;
	bool huge;
};

/* Makes room for this case; what was there before is lost.  0, or -1 after a complaint. */
int data_reserve(struct data *d, const struct bench_case *c);
void data_release(struct data *d);

void data_fill_src(const struct data *d, const struct bench_case *c);
void data_fill_dst(const struct data *d, const struct bench_case *c);

/*
 * True if the destination holds exactly what it should and the source is untouched;
 * otherwise false, and where it is wrong, in words.
 */
bool data_verify(const struct data *d, const struct bench_case *c, char *why, size_t size);

#endif
