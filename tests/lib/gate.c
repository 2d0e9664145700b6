/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <time.h>

#include "tests/lib/gate.h"

void sleep_us(unsigned us)
{
	const struct timespec t = {us / 1000000, (long)(us % 1000000) * 1000};

	nanosleep(&t, NULL);
}

double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int gate_pass(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	struct gate *gate = arg;

	(void)dst;
	(void)src;
	gate->thread = pthread_self();
	atomic_fetch_add(&gate->entered, 1);
	while (!atomic_load(&gate->open))
		sleep_us(50);
	atomic_fetch_add(&gate->left, 1);
	return gate->returns;
}

void gate_await(struct gate *gate)
{
	while (!atomic_load(&gate->entered))
		sleep_us(50);
}

void gate_open(struct gate *gate)
{
	atomic_store(&gate->open, true);
}

struct aml_layout *no_layout(void)
{
	return (struct aml_layout *)(uintptr_t)1;
}
