/* SPDX-License-Identifier: BSD-3-Clause */
#include "dma/event.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "aml/engine.h"
#include "base/error.h"

void amli_event_init(struct amli_event *event)
{
	atomic_init(&event->counter, -1);
	pthread_mutex_init(&event->lock, NULL);
	event->group = -1;
}

void amli_event_fini(struct amli_event *event)
{
	int counter = atomic_load(&event->counter);

	if (event->group >= 0)
		close(event->group);
	if (counter >= 0)
		close(counter);
	pthread_mutex_destroy(&event->lock);
}

static int watch(int group, int fd)
{
	struct epoll_event in = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(group, EPOLL_CTL_ADD, fd, &in);
}

/* Both of them in one; -1: the system gives none. */
static int make_group(int counter, int own)
{
	int group = epoll_create1(EPOLL_CLOEXEC);

	if (group >= 0 && (watch(group, counter) || watch(group, own))) {
		close(group);
		group = -1;
	}
	return group;
}

static int make(struct amli_event *event, const struct aml_engine *e)
{
	int counter = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK); /* raised: requests may have ended */

	if (counter >= 0 && e->fd >= 0) {
		event->group = make_group(counter, e->fd);
		if (event->group < 0) {
			close(counter);
			counter = -1;
		}
	}
	if (counter < 0)
		return amli_fail(AML_ENOMEM, "the system gives no descriptor for events");
	atomic_store(&event->raised, 1);
	atomic_store(&event->counter, counter);
	return 0;
}

int amli_event_open(struct amli_event *event, const struct aml_engine *e, int *fd)
{
	int rc = 0;

	pthread_mutex_lock(&event->lock);
	if (atomic_load(&event->counter) < 0)
		rc = make(event, e);
	if (rc == 0)
		*fd = event->group >= 0 ? event->group : atomic_load(&event->counter);
	pthread_mutex_unlock(&event->lock);
	return rc;
}

void amli_event_write(struct amli_event *event)
{
	const uint64_t one = 1;

	/* One write at most until the next drain, so it cannot overflow. */
	if (atomic_exchange(&event->raised, 1) == 0 &&
	    write(atomic_load(&event->counter), &one, sizeof(one)) < 0)
		atomic_store(&event->raised, 0);
}

size_t amli_event_take(struct amli_event *event)
{
	int counter = atomic_load(&event->counter);
	uint64_t value;

	if (counter < 0)
		return 0;
	if (atomic_load(&event->raised) && read(counter, &value, sizeof(value)) > 0)
		atomic_store(&event->raised, 0);
	return atomic_exchange(&event->ended, 0);
}
