/* SPDX-License-Identifier: BSD-3-Clause */
#include "backends/axisg2/stages/wait.h"

#define SECOND_NS UINT64_C(1000000000)

void amli_axis_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

uint64_t amli_axis_deadline_ns(int64_t timeout_us)
{
	uint64_t ns;

	if (timeout_us < 0 || __builtin_mul_overflow((uint64_t)timeout_us, 1000, &ns) ||
	    __builtin_add_overflow(ns, amli_axis_now_ns(), &ns))
		return UINT64_MAX;
	return ns;
}

int amli_axis_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t deadline_ns)
{
	struct timespec ts = {
		.tv_sec = (time_t)(deadline_ns / SECOND_NS),
		.tv_nsec = (long)(deadline_ns % SECOND_NS),
	};

	if (deadline_ns == UINT64_MAX)
		return pthread_cond_wait(cond, lock);
	return pthread_cond_timedwait(cond, lock, &ts);
}
