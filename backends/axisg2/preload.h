/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libaml-datadev-emu.so: put in LD_PRELOAD, it stands between a program and the C library,
 * and gives it the emulator for /dev/datadev_0.  Which descriptors are of the emulator is
 * in a table (preload_table.c); what is not goes on to the C library.
 *
 * Only to be asked what a program does to a descriptor: poll, select and epoll work by
 * themselves, as the descriptor is a socket.
 */
#ifndef AXISG2_PRELOAD_H
#define AXISG2_PRELOAD_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>

#include "backends/axisg2/emu_handle.h"

#define AMLI_AXISG2_EXPORT __attribute__((visibility("default")))

/* The C library's function of this name. */
void *amli_axisg2_next(const char *name);
#define AMLI_AXISG2_NEXT(type, name)                                           \
	__extension__({                                                        \
		static _Atomic(void *) next_;                                  \
		void *f_ = atomic_load_explicit(&next_, memory_order_relaxed); \
		if (!f_)                                                       \
			atomic_store(&next_, f_ = amli_axisg2_next(name));     \
		(type) f_;                                                     \
	})

/* Whether it is the emulator's device that is opened, or what /proc has of it. */
bool amli_axisg2_is_device(const char *path);
bool amli_axisg2_is_proc(const char *path);
/* The configuration that the environment has. */
const char *amli_axisg2_spec(void);
/* open() of either: a descriptor, or -1 with errno. */
int amli_axisg2_table_open(int flags);
int amli_axisg2_proc_open(int flags);

/* Whose descriptor it is; put it back.  NULL: not ours. */
struct amli_axisg2_handle *amli_axisg2_table_get(int fd);
void amli_axisg2_table_put(struct amli_axisg2_handle *handle);
/* Whether a descriptor is one of those that the emulator needs itself. */
bool amli_axisg2_table_is_own(int fd);
/* The first of those from this number on; INT_MAX: none. */
int amli_axisg2_table_next_own(int fd);

/* Another number for it; the same descriptor. */
void amli_axisg2_table_add(struct amli_axisg2_handle *handle, int fd);
/* The number is free, or will be in a moment. */
void amli_axisg2_table_remove(int fd);

/* What descriptors really are. */
struct stat;
int amli_axisg2_sys_fstat(int fd, struct stat *out);

/* What a system call returns, from a result or a negated error number. */
static inline long amli_axisg2_result(long rc)
{
	if (rc < 0 && rc >= -4095) {
		errno = (int)-rc;
		return -1;
	}
	return rc;
}

#endif
