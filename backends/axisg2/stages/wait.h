/* SPDX-License-Identifier: BSD-3-Clause */
/* Condition variables with deadlines of CLOCK_MONOTONIC. */
#ifndef AXISG2_STAGES_WAIT_H
#define AXISG2_STAGES_WAIT_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "backends/axisg2/device.h" /* amli_axis_now_ns() */

void amli_axis_cond_init(pthread_cond_t *cond);
/* What is @timeout_us from now; UINT64_MAX for a negative one: never. */
uint64_t amli_axis_deadline_ns(int64_t timeout_us);
/* As pthread_cond_timedwait(): 0, or ETIMEDOUT. */
int amli_axis_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t deadline_ns);

#endif
