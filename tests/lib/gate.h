/* SPDX-License-Identifier: BSD-3-Clause */
/* A custom operator that stays inside until it is let go, and tells where it ran. */
#ifndef TESTS_LIB_GATE_H
#define TESTS_LIB_GATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "aml/dma.h"

struct gate {
	atomic_int entered; /* times */
	atomic_int left;
	atomic_bool open;	  /* whether it lets go; a gate may be open from the start */
	int returns;		  /* what the operator returns */
	_Atomic pthread_t thread; /* that ran it last */
};

/* The operator; arg is a struct gate, dst and src are not looked at. */
int gate_pass(struct aml_layout *dst, const struct aml_layout *src, void *arg);
/* Return when some thread is inside. */
void gate_await(struct gate *gate);
void gate_open(struct gate *gate);

/* Something that is not NULL, to be passed where layouts are not looked at. */
struct aml_layout *no_layout(void);

/* Sleep. */
void sleep_us(unsigned us);
double now_us(void);

#endif
