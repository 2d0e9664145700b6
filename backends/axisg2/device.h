/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An open device, above the driver's interface.
 *
 *	axis.c       the calls of aml/axis.h
 *	endpoint.c, engine.c   the engine, whose requests are wants and sends
 *	-----------------------------------------------------------------
 *	receive.c    read, and who gets a frame        transmit.c   reserve, and send
 *	queue.c      frames to be fetched, and wants   device.c     open, map, give back
 *	assemble.c   buffers -> frames                 ready.c      descriptors
 *	-----------------------------------------------------------------
 *	owner.c      who has each buffer               capability.c what the driver can
 *	io.h         the driver, or the emulator
 */
#ifndef AXISG2_DEVICE_H
#define AXISG2_DEVICE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/uio.h>

#include "aml/area.h"
#include "aml/axis.h"
#include "backends/axisg2/capability.h"
#include "backends/axisg2/owner.h"
#include "backends/axisg2/turn.h"

#define AMLI_AXIS_BATCH 64u /* buffers that are read, or given back, at a time */
#define AMLI_AXIS_ASK 4u    /* buffers that are read at a time while few come */
#define AMLI_AXIS_FEW 4u    /* parts that a frame has room for from the start */

/* A frame in buffers of a device, or, where it copies, in memory of their size. */
struct amli_axis_frame {
	struct aml_axis_frame pub; /* first */
	struct aml_axis *axis;
	uint32_t *index; /* of each part's buffer */
	size_t nindex;	 /* parts it was made with: the program may have taken some away */
	size_t room;
	struct iovec few_parts[AMLI_AXIS_FEW];
	uint32_t few_index[AMLI_AXIS_FEW];
	/* In the list of open frames, or of those that wait to be fetched; and of the latter
	 * for its destination.  Guarded by the receiver's lock. */
	struct amli_axis_frame *next, *prev;
	struct amli_axis_frame *dest_next, *dest_prev;
	uint64_t begun_ns;
	bool aside; /* it did not fit a layout: only for aml_axis_receive() */
	bool lent;
};

struct amli_axis_list {
	struct amli_axis_frame *first, *last;
};

/* Somebody who waits for a frame of a destination, without a thread. */
struct amli_axis_want {
	struct amli_axis_want *next, *prev;
	uint32_t dest;
	bool linked;
	bool replies;		       /* it wants this one frame: if that is lost, none */
	struct amli_axis_frame *frame; /* when it is got; NULL: it is lost, or the device failed */
	void (*got)(struct amli_axis_want *want); /* without any lock */
};

/* Wants that were got, to be told when no lock is held. */
struct amli_axis_got {
	struct amli_axis_want *first, **end;
};

struct amli_axis_dest {
	struct amli_axis_frame *open; /* parts of it are there */
	bool dumping;		      /* the rest of this frame is thrown away */
	bool claimed;
	struct amli_axis_frame *first, *last; /* to be fetched */
	struct amli_axis_want *wanted, *wanted_last;
};

/* Descriptors that say when there is something to receive, see ready.c. */
struct amli_axis_ready {
	int group;  /* an epoll descriptor; -1 = not made */
	bool reads; /* it has the driver's descriptor */
};

struct amli_axis_receiver {
	pthread_mutex_t lock; /* guards all of this, but for what a reader has */
	pthread_cond_t changed;
	struct amli_axis_dest *dest;
	struct amli_axis_list open;  /* in the order in which they were begun */
	struct amli_axis_list queue; /* to be fetched, in the order in which they came */
	size_t queued, nwanted, open_parts;
	bool claimed;
	bool reading;	   /* a thread reads: the records are its own */
	bool sleeps;	   /* a thread sleeps on the driver's descriptor */
	bool stop;	   /* of the listener */
	atomic_bool full;  /* the share is used up: a release must look */
	int failed;	   /* 0, or -AML_EIO: the driver does not answer */
	int wake;	   /* eventfd for the thread that sleeps */
	int has, timer;	   /* eventfd: there is a frame; timerfd: look again */
	uint64_t timer_ns; /* when; 0 = not set */
	bool tells_has;
	bool unwanted; /* what was read last had no taker, and nobody has wanted any since */
	struct amli_axis_ready for_program, for_engine;
	struct axisg2_read record[AMLI_AXIS_BATCH];
	uint32_t ask; /* how many of them to read: all that are asked for cost the driver time */
	struct amli_axis_got *got; /* of who takes what was read */
	uint32_t limit, parts;	   /* buffers held; parts of a frame */
	uint64_t age_ns;	   /* 0 = for ever */
	uint64_t blind_ns;	   /* until then there may have been more than we could read */
	struct aml_axis_counters counters;
};

#define AMLI_AXIS_LOCKS 64u

struct amli_axis_sender {
	pthread_mutex_t reserve;	       /* one reserves at a time */
	struct amli_axis_turns turns;	       /* who waits for buffers */
	pthread_mutex_t lock[AMLI_AXIS_LOCKS]; /* a destination's, by dest % LOCKS */
	atomic_ullong frames, bytes, parts, starved;
};

struct aml_axis {
	char path[200];
	struct amli_axis_capability cap;
	bool ssi, copies;
	/* Claims, reads, reserves and sends.  Open until the last frame is released. */
	struct amli_axisg2_io io;
	/* What buffers are mapped through: a mapping keeps its descriptor's claims, so this
	 * one has none.  Not open if the device copies. */
	struct amli_axisg2_io mapped;
	char **buffer;	      /* by index; NULL: it copies */
	uint32_t *by_address; /* indexes */
	struct aml_area area; /* what endpoints say that they are in */
	struct amli_axis_owners owners;
	atomic_uint users; /* the program, and each frame */
	/* Buffers that are ours no more, and that the driver shall be told of. */
	pthread_mutex_t return_lock;
	uint32_t returned[AMLI_AXIS_BATCH];
	uint32_t nreturned, return_batch;
	struct amli_axis_receiver rx;
	struct amli_axis_sender tx;
	pthread_t listener;
	bool listens; /* guarded by rx.lock */
	aml_axis_frame_fn listen_fn;
	void *listen_arg;
};

/* ---- device.c ---- */

int amli_axis_device_open(struct aml_axis **axis, const char *path,
			  const struct aml_axis_options *options);
/* The buffer that begins there; UINT32_MAX: none does. */
uint32_t amli_axis_buffer_at(const struct aml_axis *axis, const void *memory);
/* The last user closes it. */
void amli_axis_leave(struct aml_axis *axis);

/* Give buffers back: at once, or with the next ones.  Those that are not ours to give are left
 * out, and counted as strange.  Returns how many. */
size_t amli_axis_return(struct aml_axis *axis, const uint32_t *index, size_t n);
/* And those before. */
void amli_axis_return_flush(struct aml_axis *axis);

/* ---- assemble.c ---- */

/* A frame without parts; it keeps the device open.  NULL: no memory. */
struct amli_axis_frame *amli_axis_frame_new(struct aml_axis *axis);
/* Room for n parts; false: no memory. */
bool amli_axis_frame_room(struct amli_axis_frame *frame, size_t n);
void amli_axis_frame_add(struct amli_axis_frame *frame, uint32_t index, void *memory, size_t bytes);
/* Give back all buffers, and the frame.  Locks of the receiver may be held. */
void amli_axis_frame_drop(struct amli_axis_frame *frame);
/* The one behind a program's frame; NULL: it is none of this device's. */
struct amli_axis_frame *amli_axis_frame_of(const struct aml_axis *axis,
					   struct aml_axis_frame *frame);
/* From received to the program's. */
void amli_axis_frame_lend(struct amli_axis_frame *frame);

/* One buffer that was read, with the lock held.  A frame that it ends is returned. */
struct amli_axis_frame *amli_axis_assemble(struct aml_axis *axis, const struct axisg2_read *record,
					   void *memory);
/* After a read: drop frames whose end is late, if all that had come was read; and one for others
 * to go on, if none can. */
void amli_axis_assemble_bound(struct aml_axis *axis, bool read_all);
/* When the oldest open frame is late; UINT64_MAX: never. */
uint64_t amli_axis_late_ns(const struct aml_axis *axis);

void amli_axis_list_add(struct amli_axis_list *list, struct amli_axis_frame *frame);
void amli_axis_list_remove(struct amli_axis_list *list, struct amli_axis_frame *frame);

/* ---- receive.c ---- */

uint64_t amli_axis_now_ns(void);
/* Read what there is, if no other thread does.  1 something was there; 0 nothing; -AML_EIO. */
int amli_axis_poll(struct aml_axis *axis);
int amli_axis_receive(struct aml_axis *axis, struct amli_axis_frame **frame, uint32_t dest,
		      uint64_t limit_ns, bool listener);

/* A frame to this destination was dropped; with the lock held, while buffers are taken. */
void amli_axis_lost(struct aml_axis *axis, uint32_t dest);

/* ---- queue.c ---- */

/* With the lock held. */
void amli_axis_enqueue(struct amli_axis_receiver *rx, struct amli_axis_frame *frame);
void amli_axis_dequeue(struct amli_axis_receiver *rx, struct amli_axis_frame *frame);
void amli_axis_want_unlink(struct amli_axis_receiver *rx, struct amli_axis_want *want);
/* Get a frame later, or, if @queued, one that is there already: got() is called in any case but an
 * error. */
int amli_axis_want(struct aml_axis *axis, struct amli_axis_want *want, bool queued);
/* False: it is got, or being got. */
bool amli_axis_unwant(struct aml_axis *axis, struct amli_axis_want *want);
/* Put a lent frame back, as the first of its destination; aside: for aml_axis_receive() only. */
void amli_axis_put_back(struct aml_axis *axis, struct amli_axis_frame *frame, bool aside);
/* Buffers have been released: there may be room to read again. */
void amli_axis_released(struct aml_axis *axis);
int amli_axis_receiver_init(struct aml_axis *axis, const struct aml_axis_options *options);
void amli_axis_receiver_fini(struct aml_axis *axis);
/* With the share used up, and wants: frames that were set aside give way, the oldest first.  With
 * the lock held. */
void amli_axis_make_room(struct aml_axis *axis);
/* All frames that nobody has fetched. */
void amli_axis_receiver_drop(struct aml_axis *axis);

/* ---- ready.c ---- */

int amli_axis_ready_init(struct aml_axis *axis);
void amli_axis_ready_fini(struct aml_axis *axis);
/* Make a group, with the lock held; -AML_ENOMEM. */
int amli_axis_ready_open(struct aml_axis *axis, struct amli_axis_ready *ready);
/* Descriptors shall say what is so; with the lock held. */
void amli_axis_ready_update(struct aml_axis *axis);
/* Look again at this time, at the latest; with the lock held. */
void amli_axis_ready_at(struct aml_axis *axis, uint64_t ns);
/* That time has come: the timer is no longer readable; with the lock held. */
void amli_axis_ready_calm(struct aml_axis *axis);
/* Wake the thread that sleeps in the receiver. */
void amli_axis_ready_wake(struct aml_axis *axis);
bool amli_axis_may_read(const struct aml_axis *axis);

/* ---- endpoint.c ---- */

void amli_axis_area_init(struct aml_axis *axis);

/* ---- axis.c ---- */

int amli_axis_check_claimed(struct aml_axis *axis, uint32_t dest);

/* ---- transmit.c ---- */

/* All n or none.  -AML_EAGAIN: there are not enough now; -AML_EINVAL, -AML_ENOTSUP: never. */
int amli_axis_reserve(struct aml_axis *axis, uint32_t *index, size_t n);
/* How many buffers a frame needs; or why it cannot be sent at all. */
int amli_axis_parts_of(const struct aml_axis *axis, size_t bytes, size_t *n);
/* A frame of reserved buffers, or -AML_EAGAIN ... */
int amli_axis_alloc(struct aml_axis *axis, struct amli_axis_frame **frame, size_t bytes);
/* The same, and wait for them. */
int amli_axis_alloc_for(struct aml_axis *axis, struct amli_axis_frame **frame, size_t bytes,
			uint64_t limit_ns);
/* A frame in our buffers that nobody else holds: it is gone, or, with an error that says so,
 * as it was (-AML_EINVAL), or gone as well (-AML_EIO). */
int amli_axis_send(struct aml_axis *axis, struct amli_axis_frame *frame);
/* Any frame, where the driver copies. */
int amli_axis_send_copied(struct aml_axis *axis, const struct aml_axis_frame *frame,
			  uint64_t limit_ns);
void amli_axis_sender_init(struct aml_axis *axis);
void amli_axis_sender_fini(struct aml_axis *axis);

#endif
