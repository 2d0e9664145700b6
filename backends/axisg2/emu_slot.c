/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "backends/axisg2/emu_handle.h"

int amli_axisg2_sys_move(int fd)
{
	struct rlimit limit = {.rlim_cur = 1024};
	int high, moved;

	getrlimit(RLIMIT_NOFILE, &limit);
	high = limit.rlim_cur > 65536 ? 32768 : (int)(limit.rlim_cur / 2);
	moved = fcntl(fd, F_DUPFD_CLOEXEC, high);
	if (moved < 0)
		return fd;
	amli_axisg2_sys_close(fd);
	return moved;
}

static int lock_byte(int file, int command, uint32_t first, uint32_t n, short *type)
{
	struct flock range = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = first, .l_len = n};
	int rc = fcntl(file, command, &range);

	*type = range.l_type;
	return rc;
}

bool amli_axisg2_is_live(int file)
{
	short type;

	return !lock_byte(file, F_OFD_GETLK, 0, AMLI_AXISG2_SLOTS, &type) && type != F_UNLCK;
}

static bool is_gone(int file, uint32_t slot)
{
	short type;

	return !lock_byte(file, F_OFD_GETLK, slot, 1, &type) && type == F_UNLCK;
}

bool amli_axisg2_reap(struct amli_axisg2_attachment *at)
{
	struct amli_axisg2_emu *dev = at->dev;
	bool any = false;

	for (uint32_t i = 0; i < dev->slots_used; i++)
		if (dev->slot[i].used && !at->local[i] && is_gone(at->file, i)) {
			amli_axisg2_release(dev, i);
			any = true;
		}
	while (dev->slots_used && !dev->slot[dev->slots_used - 1].used)
		dev->slots_used--;
	if (any)
		amli_axisg2_card_run(dev);
	return any;
}

int amli_axisg2_slot_take(struct amli_axisg2_handle *handle)
{
	struct amli_axisg2_emu *dev = handle->at->dev;
	uint32_t slot = 0;
	int rc = -EMFILE;
	short type;

	amli_axisg2_emu_lock(dev);
	amli_axisg2_reap(handle->at);
	/* A mapping may still hold the lock of a slot that looks unused for a moment. */
	while (slot < AMLI_AXISG2_SLOTS &&
	       (dev->slot[slot].used || lock_byte(handle->keeper, F_OFD_SETLK, slot, 1, &type)))
		slot++;
	if (slot < AMLI_AXISG2_SLOTS) {
		dev->slot[slot].used = 1;
		if (dev->slots_used <= slot)
			dev->slots_used = slot + 1;
		handle->slot = slot;
		handle->at->local[slot] = handle;
		amli_axisg2_stale(dev, slot);
		rc = 0;
	}
	amli_axisg2_unlock(handle->at);
	amli_axisg2_ring(dev); /* other processes look after each other from now on */
	return rc;
}
