/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors that say when there is something to do.
 *
 *	for_program (aml_axis_fd)       for_engine (its descriptor)
 *	  the driver's, if we may read    the driver's, if we may read and somebody may want
 *	  has: frames are queued
 *	  timer                           timer
 *
 * The driver's descriptor stays readable while buffers wait there; where we shall not read
 * them it must leave the groups, or whoever polls them would spin.  The engine's it enters with
 * the first want, and leaves when a frame was read that nobody wanted: requests that come and go
 * one by one cost no system calls, and a stream without a taker wakes once.
 */
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "aml/engine.h"
#include "backends/axisg2/device.h"

#define NS UINT64_C(1000000000)

int amli_axis_ready_init(struct aml_axis *axis)
{
	struct amli_axis_receiver *rx = &axis->rx;

	rx->for_program.group = rx->for_engine.group = -1;
	rx->unwanted = true;
	rx->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	rx->has = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	rx->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (rx->wake >= 0 && rx->has >= 0 && rx->timer >= 0)
		return 0;
	amli_axis_ready_fini(axis);
	return aml_engine_refuse(AML_ENOMEM, "axisg2: the system gives no descriptor");
}

static void close_if_open(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void amli_axis_ready_fini(struct aml_axis *axis)
{
	struct amli_axis_receiver *rx = &axis->rx;

	close_if_open(&rx->for_program.group);
	close_if_open(&rx->for_engine.group);
	close_if_open(&rx->wake);
	close_if_open(&rx->has);
	close_if_open(&rx->timer);
}

static int add(int group, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(group, EPOLL_CTL_ADD, fd, &event);
}

int amli_axis_ready_open(struct aml_axis *axis, struct amli_axis_ready *ready)
{
	struct amli_axis_receiver *rx = &axis->rx;
	int group = epoll_create1(EPOLL_CLOEXEC), rc = 0;

	if (group >= 0)
		rc = add(group, rx->timer);
	if (group >= 0 && rc == 0 && ready == &rx->for_program)
		rc = add(group, rx->has);
	if (group < 0 || rc) {
		close_if_open(&group);
		return aml_engine_refuse(AML_ENOMEM, "axisg2: the system gives no descriptor");
	}
	ready->reads = false;
	ready->group = group;
	amli_axis_ready_update(axis);
	return 0;
}

bool amli_axis_may_read(const struct aml_axis *axis)
{
	return axis->rx.claimed && !axis->rx.failed &&
	       atomic_load(&axis->owners.held) < axis->rx.limit;
}

static void let_read(struct aml_axis *axis, struct amli_axis_ready *ready, bool reads)
{
	struct epoll_event event = {.events = EPOLLIN};

	if (ready->group < 0 || ready->reads == reads)
		return;
	ready->reads = reads;
	epoll_ctl(ready->group, reads ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, axis->io.fd, &event);
}

/* The eventfd holds 1 while there are frames, or an error to be told. */
static void tell_has(struct amli_axis_receiver *rx)
{
	uint64_t one = 1;
	bool has = rx->queued || rx->failed;

	if (has == rx->tells_has)
		return;
	rx->tells_has = has;
	if ((has ? write(rx->has, &one, sizeof(one)) : read(rx->has, &one, sizeof(one))) < 0)
		rx->tells_has = !has;
}

void amli_axis_ready_update(struct aml_axis *axis)
{
	struct amli_axis_receiver *rx = &axis->rx;
	bool reads = amli_axis_may_read(axis);
	bool full = rx->claimed && !rx->failed && !reads;

	if (full && !atomic_load(&rx->full))
		rx->counters.held_back++;
	atomic_store(&rx->full, full);
	/* What was released just before that could not know: look again. */
	if (full && amli_axis_may_read(axis)) {
		atomic_store(&rx->full, false);
		reads = true;
	}
	let_read(axis, &rx->for_program, reads);
	if (rx->nwanted)
		rx->unwanted = false;
	let_read(axis, &rx->for_engine, reads && !rx->unwanted);
	if (rx->for_program.group >= 0)
		tell_has(rx);
}

void amli_axis_ready_at(struct aml_axis *axis, uint64_t ns)
{
	struct amli_axis_receiver *rx = &axis->rx;
	struct itimerspec when = {
		.it_value = {.tv_sec = (time_t)(ns / NS), .tv_nsec = (long)(ns % NS)}};

	if (rx->timer_ns && rx->timer_ns <= ns && rx->timer_ns > amli_axis_now_ns())
		return;
	rx->timer_ns = ns;
	timerfd_settime(rx->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

void amli_axis_ready_calm(struct aml_axis *axis)
{
	struct amli_axis_receiver *rx = &axis->rx;
	const struct itimerspec never = {.it_value = {0, 0}};

	if (!rx->timer_ns || rx->timer_ns > amli_axis_now_ns())
		return;
	rx->timer_ns = 0;
	timerfd_settime(rx->timer, 0, &never, NULL);
}

void amli_axis_ready_wake(struct aml_axis *axis)
{
	uint64_t one = 1;

	if (write(axis->rx.wake, &one, sizeof(one)) < 0)
		return; /* it is awake already */
}
