/* SPDX-License-Identifier: BSD-3-Clause */
/* The descriptor that is readable when there is something to drive: the timer's, the
 * inner engine's, or both in one. */
#include <sys/epoll.h>
#include <unistd.h>

#include "fault.h"

static int fault_watch(int group, int fd)
{
	struct epoll_event in = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(group, EPOLL_CTL_ADD, fd, &in);
}

static int fault_group(int a, int b)
{
	int group = epoll_create1(EPOLL_CLOEXEC);

	if (group >= 0 && (fault_watch(group, a) || fault_watch(group, b))) {
		close(group);
		group = -1;
	}
	return group;
}

int amli_fault_wake_init(struct amli_fault *fault)
{
	int inner = -1, rc;

	fault->group = -1;
	if (!(fault->caps.flags & AML_DMA_PROGRESS)) {
		fault->wake = fault->hold.timer;
		return 0;
	}
	rc = aml_dma_fd(fault->inner, &inner);
	if (rc)
		return rc;
	fault->wake = inner;
	if (fault->hold.timer < 0)
		return 0;
	fault->wake = fault->group = fault_group(inner, fault->hold.timer);
	return fault->group >= 0
		       ? 0
		       : aml_engine_refuse(AML_ENOMEM, "fault: the system gives no epoll");
}

void amli_fault_wake_fini(struct amli_fault *fault)
{
	if (fault->group >= 0)
		close(fault->group);
}
