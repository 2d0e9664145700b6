/* SPDX-License-Identifier: BSD-3-Clause */
/* Pointers that a program hands to the kernel may lead nowhere; the kernel then says so,
 * and the program goes on.  A system call that copies within the process does that for us. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "backends/axisg2/emu.h"

void *amli_axisg2_room(void *few, size_t few_bytes, size_t bytes)
{
	void *room = few;

	if (bytes > few_bytes)
		room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);
	return room == MAP_FAILED ? NULL : room;
}

void amli_axisg2_no_room(void *room, const void *few, size_t bytes)
{
	if (room != few)
		munmap(room, bytes);
}

bool amli_axisg2_user_range(uint64_t address, uint64_t bytes)
{
	const uint64_t end = UINT64_C(0x7ffffffff000); /* of a process's addresses */

	return bytes <= end && address <= end - bytes;
}

/* Where it is forbidden, a bad pointer kills the program. */
static bool is_forbidden(ssize_t moved)
{
	return moved < 0 && (errno == EPERM || errno == ENOSYS);
}

bool amli_axisg2_user_in(void *to, uint64_t address, size_t bytes)
{
	void *from = (void *)(uintptr_t)address;
	struct iovec local = {to, bytes}, remote = {from, bytes};
	ssize_t moved;

	if (!bytes)
		return true;
	moved = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
	if (is_forbidden(moved)) {
		memcpy(to, from, bytes);
		return true;
	}
	return moved == (ssize_t)bytes;
}

bool amli_axisg2_user_out(uint64_t address, const void *from, size_t bytes)
{
	void *to = (void *)(uintptr_t)address;
	struct iovec local = {(void *)(uintptr_t)from, bytes}, remote = {to, bytes};
	ssize_t moved;

	if (!bytes)
		return true;
	moved = process_vm_writev(getpid(), &local, 1, &remote, 1, 0);
	if (is_forbidden(moved)) {
		memcpy(to, from, bytes);
		return true;
	}
	return moved == (ssize_t)bytes;
}
