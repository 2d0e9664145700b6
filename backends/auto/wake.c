/* SPDX-License-Identifier: BSD-3-Clause */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "auto.h"

bool amli_auto_watch(struct amli_auto *self, int fd)
{
	struct epoll_event in = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(self->group, EPOLL_CTL_ADD, fd, &in) == 0;
}

void amli_auto_unwatch(struct amli_auto *self, int fd)
{
	epoll_ctl(self->group, EPOLL_CTL_DEL, fd, NULL);
}

int amli_auto_wake_init(struct amli_auto *self)
{
	self->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	self->group = epoll_create1(EPOLL_CLOEXEC);
	if (self->wake >= 0 && self->group >= 0 && amli_auto_watch(self, self->wake))
		return 0;
	amli_auto_wake_fini(self);
	return aml_engine_refuse(AML_ENOMEM, "auto: the system gives no descriptor");
}

void amli_auto_wake_fini(struct amli_auto *self)
{
	if (self->group >= 0)
		close(self->group);
	if (self->wake >= 0)
		close(self->wake);
}

void amli_auto_wake(struct amli_auto *self)
{
	const uint64_t one = 1;

	/* One write until the next read, so it cannot overflow. */
	if (atomic_exchange(&self->raised, 1) == 0 && write(self->wake, &one, sizeof(one)) < 0)
		atomic_store(&self->raised, 0);
}

void amli_auto_awake(struct amli_auto *self)
{
	uint64_t value;

	/* Read before lower, or the write of a wake in between would be swallowed. */
	if (atomic_load(&self->raised) && read(self->wake, &value, sizeof(value)) > 0)
		atomic_store(&self->raised, 0);
}
