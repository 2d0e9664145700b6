/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What poll, select and epoll see: one end of a pair of stream sockets.  It is readable
 * while a byte from the other end waits in it, and writable while the bytes that it has
 * sent to the other end are few.  How it is now stands in the slot, as other processes may
 * have the same pair.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/axisg2/emu_handle.h"

int amli_axisg2_ready_open(struct amli_axisg2_handle *handle, int flags)
{
	const int least = 1; /* the system takes the least it can do with */
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
	if (flags & O_NONBLOCK)
		fcntl(pair[0], F_SETFL, O_NONBLOCK);
	handle->seen = pair[0];
	handle->other = amli_axisg2_sys_move(pair[1]);
	return 0;
}

static void drain(int fd)
{
	char bytes[256];

	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) == (ssize_t)sizeof(bytes))
		;
}

static bool is_writable(int fd)
{
	struct pollfd one = {.fd = fd, .events = POLLOUT};

	return poll(&one, 1, 0) == 1 && one.revents & POLLOUT;
}

static bool put_byte(int fd)
{
	return send(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

/* A byte for every time that something has come, as whoever waits for edges would miss what
 * comes while it is readable. */
static void say_readable(struct amli_axisg2_handle *handle, bool readable)
{
	if (!readable) {
		drain(handle->seen);
	} else if (!put_byte(handle->other)) {
		drain(handle->seen);
		put_byte(handle->other);
	}
}

static void say_writable(struct amli_axisg2_handle *handle, bool writable)
{
	if (writable)
		drain(handle->other);
	else
		while (is_writable(handle->seen) && put_byte(handle->seen))
			;
}

/* The count of what arrived is cleared as well: edges before now are said. */
static void settle(struct amli_axisg2_emu *dev, struct amli_axisg2_handle *handle)
{
	struct amli_axisg2_slot *slot = &dev->slot[handle->slot];
	bool readable = slot->queue.n != 0, blocked = !dev->list[AMLI_AXISG2_TX_FREE].n;

	if (readable != slot->readable || (readable && slot->arrived))
		say_readable(handle, readable);
	if (blocked != slot->blocked)
		say_writable(handle, !blocked);
	slot->readable = readable;
	slot->blocked = blocked;
	slot->arrived = 0;
	dev->nstale--;
	dev->nuntold -= slot->stale == 1;
	slot->stale = 0;
}

static void settle_local(struct amli_axisg2_attachment *at)
{
	struct amli_axisg2_emu *dev = at->dev;

	for (uint32_t i = 0; i < dev->slots_used && dev->nstale; i++)
		if (dev->slot[i].stale && at->local[i])
			settle(dev, at->local[i]);
}

/* Those that other processes have. */
static bool tell(struct amli_axisg2_emu *dev)
{
	if (!dev->nuntold)
		return false;
	for (uint32_t i = 0; i < dev->slots_used; i++)
		if (dev->slot[i].stale)
			dev->slot[i].stale = 2;
	dev->nuntold = 0;
	return true;
}

void amli_axisg2_unlock(struct amli_axisg2_attachment *at)
{
	struct amli_axisg2_emu *dev = at->dev;
	bool ring;

	settle_local(at);
	ring = tell(dev);
	ring |= dev->next_ns < dev->service_ns;
	amli_axisg2_emu_unlock(dev);
	if (ring)
		amli_axisg2_ring(dev);
}
