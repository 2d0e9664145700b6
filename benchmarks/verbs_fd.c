/* SPDX-License-Identifier: BSD-3-Clause */
/* Ends that come by a descriptor. */
#include <sys/epoll.h>

#include "aml/error.h"
#include "verbs.h"

#define PATIENCE_MS 2000

static int open_epoll(struct burst *b)
{
	struct epoll_event in = {.events = EPOLLIN};
	int fd, rc = 0;

	if (b->epoll < 0)
		rc = aml_dma_fd(b->dma, &fd);
	if (rc || b->epoll >= 0)
		return rc;
	b->epoll = epoll_create1(EPOLL_CLOEXEC);
	return b->epoll < 0 || epoll_ctl(b->epoll, EPOLL_CTL_ADD, fd, &in) ? -AML_ENOMEM : 0;
}

static int round_trip(struct burst *b, size_t i)
{
	int rc = burst_submit(b, i), done = 0;

	while (!rc && !done) {
		struct epoll_event out;

		if (epoll_wait(b->epoll, &out, 1, PATIENCE_MS) != 1)
			return -AML_ETIMEDOUT;
		rc = aml_dma_drain(b->dma, NULL);
		if (!rc)
			rc = aml_dma_test(b->dma, &b->reqs[i], &done);
	}
	return rc;
}

const struct verb verbs_fd[] = {
	{.name = "fd: epoll+drain", .how = "submit to test", .arm = open_epoll, .one = round_trip},
	{0},
};
