/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests that are held back until their time has come, and who owns them then. */
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"

#define NS UINT64_C(1000000000)

int amli_fault_hold_init(struct amli_fault_hold *hold, bool timer)
{
	pthread_condattr_t attr;

	hold->head = hold->tail = NULL;
	hold->stop = false;
	hold->timer = -1;
	if (timer)
		hold->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (timer && hold->timer < 0)
		return aml_engine_refuse(AML_ENOMEM, "fault: the system gives no timer");
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&hold->changed, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&hold->lock, NULL);
	return 0;
}

void amli_fault_hold_fini(struct amli_fault_hold *hold)
{
	if (hold->timer >= 0)
		close(hold->timer);
	pthread_mutex_destroy(&hold->lock);
	pthread_cond_destroy(&hold->changed);
}

uint64_t amli_fault_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec;
}

static struct timespec fault_timespec_of(uint64_t ns)
{
	return (struct timespec){.tv_sec = (time_t)(ns / NS), .tv_nsec = (long)(ns % NS)};
}

/* Timer and thread follow the head; setting the timer also ends its being readable. */
static void fault_tell_head(struct amli_fault_hold *hold)
{
	const struct itimerspec when = {
		.it_value = fault_timespec_of(hold->head ? hold->head->due_ns : 0),
	};

	if (hold->timer >= 0)
		timerfd_settime(hold->timer, TFD_TIMER_ABSTIME, &when, NULL);
	pthread_cond_signal(&hold->changed);
}

/* Those that are due at the same time stay in the order in which they came. */
static void fault_link_job(struct amli_fault_hold *hold, struct amli_fault_job *job)
{
	struct amli_fault_job *before = hold->tail;

	while (before && before->due_ns > job->due_ns)
		before = before->prev;
	job->prev = before;
	job->next = before ? before->next : hold->head;
	if (job->next)
		job->next->prev = job;
	else
		hold->tail = job;
	if (before)
		before->next = job;
	else
		hold->head = job;
	if (hold->head == job)
		fault_tell_head(hold);
}

/* Out of HELD: the caller has it now. */
static void fault_take(struct amli_fault_hold *hold, struct amli_fault_job *job)
{
	bool was_head = hold->head == job;

	job->where = AMLI_FAULT_TAKEN;
	if (job->due_ns == AMLI_FAULT_NEVER)
		return;
	if (job->prev)
		job->prev->next = job->next;
	else
		hold->head = job->next;
	if (job->next)
		job->next->prev = job->prev;
	else
		hold->tail = job->prev;
	if (was_head)
		fault_tell_head(hold);
}

bool amli_fault_hold(struct amli_fault_hold *hold, struct amli_fault_job *job, uint64_t due_ns)
{
	bool held;

	pthread_mutex_lock(&hold->lock);
	held = !job->cancelled;
	if (held) {
		job->where = AMLI_FAULT_HELD;
		job->due_ns = due_ns;
		if (due_ns != AMLI_FAULT_NEVER)
			fault_link_job(hold, job);
	}
	pthread_mutex_unlock(&hold->lock);
	return held;
}

/* With the lock held. */
static struct amli_fault_job *fault_take_due(struct amli_fault_hold *hold)
{
	struct amli_fault_job *job = hold->head;

	if (!job || job->due_ns > amli_fault_now_ns())
		return NULL;
	fault_take(hold, job);
	return job;
}

struct amli_fault_job *amli_fault_due(struct amli_fault_hold *hold)
{
	struct amli_fault_job *job;

	pthread_mutex_lock(&hold->lock);
	job = fault_take_due(hold);
	pthread_mutex_unlock(&hold->lock);
	return job;
}

struct amli_fault_job *amli_fault_await(struct amli_fault_hold *hold)
{
	struct amli_fault_job *job;

	pthread_mutex_lock(&hold->lock);
	while (!(job = fault_take_due(hold)) && !hold->stop) {
		struct timespec due = fault_timespec_of(hold->head ? hold->head->due_ns : 0);

		if (hold->head)
			pthread_cond_timedwait(&hold->changed, &hold->lock, &due);
		else
			pthread_cond_wait(&hold->changed, &hold->lock);
	}
	pthread_mutex_unlock(&hold->lock);
	return job;
}

enum amli_fault_where amli_fault_recall(struct amli_fault_hold *hold, struct amli_fault_job *job)
{
	enum amli_fault_where was;

	pthread_mutex_lock(&hold->lock);
	was = job->where;
	if (was == AMLI_FAULT_HELD)
		fault_take(hold, job);
	job->cancelled = true;
	pthread_mutex_unlock(&hold->lock);
	return was;
}

bool amli_fault_ended(struct amli_fault_hold *hold, struct amli_fault_job *job, int status)
{
	bool is_away;

	pthread_mutex_lock(&hold->lock);
	is_away = job->where == AMLI_FAULT_AWAY;
	job->ended = true;
	job->status = status;
	pthread_mutex_unlock(&hold->lock);
	return is_away;
}

bool amli_fault_let_go(struct amli_fault_hold *hold, struct amli_fault_job *job)
{
	bool over;

	pthread_mutex_lock(&hold->lock);
	if (job->cancelled && !job->ended) { /* only now can the inner engine be told */
		pthread_mutex_unlock(&hold->lock);
		aml_request_forward_cancel(job->req);
		pthread_mutex_lock(&hold->lock);
	}
	job->where = AMLI_FAULT_AWAY;
	over = job->ended;
	pthread_mutex_unlock(&hold->lock);
	return over;
}
