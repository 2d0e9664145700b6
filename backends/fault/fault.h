/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests that the fault engine holds back before it lets them go on. */
#ifndef FAULT_FAULT_H
#define FAULT_FAULT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "aml/engine.h"

/* In the private bytes of its request. */
struct amli_fault_job {
	struct amli_fault_job *next, *prev;
	struct aml_dma_request *req;
	uint64_t due_ns; /* CLOCK_MONOTONIC */
	bool held;
	bool fails;
};
_Static_assert(sizeof(struct amli_fault_job) <= AML_REQUEST_PRIVATE, "a job is private bytes");

/* All are held equally long, so they become due in the order in which they came. */
struct amli_fault_hold {
	pthread_mutex_t lock; /* guards the list, and held of those that were in it */
	struct amli_fault_job *head, *tail;
	uint64_t delay_ns;
	int timer; /* a timerfd, readable when the head is due */
};

/* -AML_ENOMEM: the system gives no timer. */
int amli_fault_hold_init(struct amli_fault_hold *hold, uint64_t delay_ns);
void amli_fault_hold_fini(struct amli_fault_hold *hold);

void amli_fault_hold(struct amli_fault_hold *hold, struct amli_fault_job *job);
/* Take back the first that is due; NULL: none is. */
struct amli_fault_job *amli_fault_due(struct amli_fault_hold *hold);
/* Take back this one; false: it went before. */
bool amli_fault_recall(struct amli_fault_hold *hold, struct amli_fault_job *job);

#endif
