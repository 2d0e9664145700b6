/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The emulator as a process sees it.
 *
 *	segment (a file in /dev/shm)  <--  attachment, one a process  <--  handles
 *
 * A handle is what open() makes and what dup and fork share.  It keeps the segment open
 * once more, its own, with a lock on the byte that its slot has the number of: the kernel
 * gives that lock back when the last copy of the descriptor and the last mapping made
 * through it are gone, however that came about, and then the slot is reclaimed by whoever
 * looks next.
 *
 * What poll() sees is one end of a pair of sockets.  Its state is set by the process that
 * changes the device, if it has the handle, or by the service thread of one that has.
 */
#ifndef AXISG2_EMU_HANDLE_H
#define AXISG2_EMU_HANDLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "backends/axisg2/emu.h"

struct amli_axisg2_attachment {
	struct amli_axisg2_attachment *next;
	struct amli_axisg2_emu *dev;
	size_t bytes;
	int file;	  /* the segment; holds no lock itself */
	unsigned handles; /* guarded by the lock of emu_attach.c */
	pthread_t service;
	bool has_service;
	atomic_bool stop;
	struct amli_axisg2_handle *local[AMLI_AXISG2_SLOTS]; /* guarded by the device's lock */
};

struct amli_axisg2_handle {
	struct amli_axisg2_attachment *at;
	uint32_t slot;
	int access; /* O_RDONLY, ... */
	int keeper; /* the segment, with the slot's lock */
	int seen;   /* the end of the pair that poll() may see */
	int other;
};

/* ---- emu_attach.c ---- */

/* Open the device that @spec describes; it is made if there is none of that name.
 * 0, or a negated error number: -EINVAL for a bad spec, -ENOMEM, -EMFILE, -ENOSPC. */
int amli_axisg2_handle_open(struct amli_axisg2_handle **out, const char *spec, int flags);
void amli_axisg2_handle_close(struct amli_axisg2_handle *handle);

/* ---- emu_slot.c ---- */

/* -EMFILE: all are taken. */
int amli_axisg2_slot_take(struct amli_axisg2_handle *handle);
/* Reclaim what nobody has open any more; with the device's lock held.  True if there was one. */
bool amli_axisg2_reap(struct amli_axisg2_attachment *at);
bool amli_axisg2_is_live(int file);

/* ---- emu_ready.c ---- */

/* The pair of sockets. */
int amli_axisg2_ready_open(struct amli_axisg2_handle *handle, int flags);
/* Let descriptors say what is so, and then unlock the device. */
void amli_axisg2_unlock(struct amli_axisg2_attachment *at);

/* ---- emu_service.c ---- */

/* A thread that runs the card when it has something to do by itself, and sees to the
 * descriptors of this process when others changed the device. */
int amli_axisg2_service_start(struct amli_axisg2_attachment *at);
void amli_axisg2_service_stop(struct amli_axisg2_attachment *at);
void amli_axisg2_ring(struct amli_axisg2_emu *dev);

/* ---- emu_map.c ---- */

/* mmap() of a buffer or of registers; MAP_FAILED with *error set. */
void *amli_axisg2_handle_map(struct amli_axisg2_handle *handle, void *hint, size_t bytes,
			     int protection, int flags, off_t offset, int *error);

/* ---- emu_proc.c ---- */

#define AMLI_AXISG2_PROC_BYTES 4096u
/* What /proc/datadev_N says, with a NUL; its length without. */
size_t amli_axisg2_proc_text(struct amli_axisg2_handle *handle, char *out, size_t room);

/* ---- io_emu.c, or preload.c, whose close() keeps programs from closing these ---- */

int amli_axisg2_sys_close(int fd);
/* emu_slot.c: the same file at a high number, where programs do not look, closed by exec. */
int amli_axisg2_sys_move(int fd);

#endif
