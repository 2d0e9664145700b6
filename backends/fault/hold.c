/* SPDX-License-Identifier: BSD-3-Clause */
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"

#define NS UINT64_C(1000000000)

int amli_fault_hold_init(struct amli_fault_hold *hold, uint64_t delay_ns)
{
	hold->head = hold->tail = NULL;
	hold->delay_ns = delay_ns;
	hold->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (hold->timer < 0)
		return aml_engine_refuse(AML_ENOMEM, "fault: the system gives no timer");
	pthread_mutex_init(&hold->lock, NULL);
	return 0;
}

void amli_fault_hold_fini(struct amli_fault_hold *hold)
{
	close(hold->timer);
	pthread_mutex_destroy(&hold->lock);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec;
}

/* The timer follows the head of the list; setting it also ends its being readable. */
static void set_timer(const struct amli_fault_hold *hold)
{
	uint64_t due = hold->head ? hold->head->due_ns : 0;
	const struct itimerspec when = {
		.it_value = {.tv_sec = (time_t)(due / NS), .tv_nsec = (long)(due % NS)},
	};

	timerfd_settime(hold->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void unlink_job(struct amli_fault_hold *hold, struct amli_fault_job *job)
{
	bool was_head = hold->head == job;

	if (job->prev)
		job->prev->next = job->next;
	else
		hold->head = job->next;
	if (job->next)
		job->next->prev = job->prev;
	else
		hold->tail = job->prev;
	job->held = false;
	if (was_head)
		set_timer(hold);
}

void amli_fault_hold(struct amli_fault_hold *hold, struct amli_fault_job *job)
{
	pthread_mutex_lock(&hold->lock);
	job->due_ns = now_ns() + hold->delay_ns;
	job->held = true;
	job->next = NULL;
	job->prev = hold->tail;
	if (hold->tail)
		hold->tail->next = job;
	else
		hold->head = job;
	hold->tail = job;
	if (hold->head == job)
		set_timer(hold);
	pthread_mutex_unlock(&hold->lock);
}

struct amli_fault_job *amli_fault_due(struct amli_fault_hold *hold)
{
	struct amli_fault_job *job;

	pthread_mutex_lock(&hold->lock);
	job = hold->head;
	if (job && job->due_ns <= now_ns())
		unlink_job(hold, job);
	else
		job = NULL;
	pthread_mutex_unlock(&hold->lock);
	return job;
}

bool amli_fault_recall(struct amli_fault_hold *hold, struct amli_fault_job *job)
{
	bool held;

	pthread_mutex_lock(&hold->lock);
	held = job->held;
	if (held)
		unlink_job(hold, job);
	pthread_mutex_unlock(&hold->lock);
	return held;
}
