/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The emulated device: what driver, card and firmware know, in one segment of memory that
 * all processes share.  Nothing in it is a pointer, and everything is guarded by the one
 * lock, which survives the death of its holder.
 *
 * A buffer is always in exactly one place (struct amli_axisg2_buffer), and the lists follow
 * from the places; so they can be made again from them (emu_repair.c).
 *
 *	TX:  FREE --get index--> USER --write--> PRE --> HW --> LANE --> FREE
 *	      \____write, copied: BUSY_________/
 *	RX:  FREE --> OPEN --(delay: DUE)--> QUEUE --read--> USER --return--> PRE --> FREE
 *	                      unclaimed: PRE     \__read, copied: BUSY__/
 */
#ifndef AXISG2_EMU_H
#define AXISG2_EMU_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/axisg2/driver.h"

#define AMLI_AXISG2_SLOTS 4352u /* descriptors that may be open */
#define AMLI_AXISG2_LANES 16u
#define AMLI_AXISG2_SOURCES 16u
#define AMLI_AXISG2_NONE UINT32_MAX
#define AMLI_AXISG2_MAGIC 0x41584736u /* changes with the layout of the segment */

/* ---- what it is configured to be (emu_config.c) ---- */

enum amli_axisg2_loop { AMLI_AXISG2_STREAM, AMLI_AXISG2_EXACT, AMLI_AXISG2_NO_LOOP };

/* Frames that the card makes by itself. */
struct amli_axisg2_source_config {
	uint32_t dest, size, rate; /* bytes; frames in a second */
	uint32_t count;		   /* 0 = for ever */
};

struct amli_axisg2_config {
	char name[32];
	uint32_t tx, rx, size; /* buffers, bytes of each */
	uint32_t lanes, width, tuser, tdest, ring;
	uint32_t cont;	  /* frames longer than a buffer go on in the next */
	uint32_t version; /* of the driver: 70400 is 7.4.0 */
	char git[AXISG2_GIT_BYTES + 1];
	enum amli_axisg2_loop loop;
	uint32_t zero;	 /* 1: sending no bytes completes; 0: it hangs the lane, as it does */
	uint32_t keep;	 /* the device stays when nobody has it open */
	uint32_t stall;	 /* lanes that accept nothing, a bit each */
	uint32_t starve; /* 1: the card finds no free buffer */
	uint32_t delay_us, tail_every, tail_us;
	uint32_t error_bits, error_every, eofe_every, empty_every, lose_rx_every, lose_tx_every;
	uint32_t nsources;
	struct amli_axisg2_source_config source[AMLI_AXISG2_SOURCES];
};

/* "emu", "emu,tx=4,..." or just "tx=4,...".  0 or -EINVAL; *bad is then what is wrong in it. */
int amli_axisg2_config_read(struct amli_axisg2_config *config, const char *text, const char **bad);

/* ---- its state ---- */

enum amli_axisg2_where {
	AMLI_AXISG2_LOST, /* in no place, until the device is made again */
	AMLI_AXISG2_BUSY, /* @owner copies from or to it */
	AMLI_AXISG2_USER, /* @owner holds it */
	AMLI_AXISG2_LANE, /* a lane sends it */
	AMLI_AXISG2_OPEN, /* a frame is being written to it */
	/* from here on in a list: */
	AMLI_AXISG2_TX_FREE,
	AMLI_AXISG2_TX_PRE,
	AMLI_AXISG2_TX_HW,
	AMLI_AXISG2_RX_PRE,
	AMLI_AXISG2_RX_FREE,
	AMLI_AXISG2_RX_DUE,
	AMLI_AXISG2_RX_QUEUE, /* of @owner */
	AMLI_AXISG2_PLACES,
};

struct amli_axisg2_list {
	uint32_t head, tail, n;
};

struct amli_axisg2_buffer {
	uint64_t order;	 /* in its list: a number that only grows */
	uint64_t due_ns; /* not before */
	uint32_t next;
	uint32_t size, dest, flags, error;
	uint32_t uses;
	uint16_t owner; /* slot */
	uint8_t where;	/* written last */
};

/* One open descriptor (what dup and fork share). */
struct amli_axisg2_slot {
	uint32_t used, claimed;
	struct amli_axisg2_list queue;
	/* its pair of sockets, see emu_ready.c */
	uint32_t stale;	  /* they do not say what is so; 2: and other processes were told */
	uint32_t arrived; /* buffers since they were looked at last */
	uint32_t readable, blocked; /* 2 = not known */
};

struct amli_axisg2_lane {
	uint32_t current; /* the buffer that it sends; NONE = idle */
	uint32_t offset;  /* bytes of it that are gone */
};

/* What the receiving side knows of a destination between two beats. */
struct amli_axisg2_open {
	uint32_t index; /* the buffer that is being filled; NONE */
	uint32_t used;
	uint32_t fuser; /* of the first beat in it */
	uint32_t by;	/* whose frame is in the middle: a lane's or a source's; 0 = none */
	uint32_t dump;	/* the rest of this frame is thrown away */
};

struct amli_axisg2_source {
	uint64_t next_ns;
	uint32_t sequence, offset, value, made;
};

enum amli_axisg2_way { AMLI_AXISG2_FROM_FPGA, AMLI_AXISG2_TO_FPGA };

/* What firmware counts on a lane, one way. */
struct amli_axisg2_monitor {
	uint64_t frames, bytes;
	uint32_t frame_bytes, last, last_most, last_least; /* of this frame; of those before */
	uint64_t since_ns, frames_then, bytes_then;	   /* 0: nobody has looked yet */
	uint64_t bandwidth, bandwidth_most, bandwidth_least;
	uint32_t rate, rate_most, rate_least;
};

struct amli_axisg2_emu {
	uint32_t magic;
	pthread_mutex_t lock;
	_Atomic uint32_t bell; /* a futex: there is something to do for the service threads */
	struct amli_axisg2_config config;
	uint64_t buffers_at, sort_at, pool_at, bar_at; /* offsets in the segment */
	uint64_t bytes;				       /* its size */
	uint64_t started_ns, order;
	uint64_t next_ns;    /* when the card has something to do by itself */
	uint64_t service_ns; /* and when service threads think so */
	uint32_t debug, slots_used;
	uint32_t nstale, nuntold; /* slots that are stale; and nobody was told */
	uint32_t completions, tx_completions, submissions;
	uint32_t continued;		/* completions of parts that are not the last */
	uint64_t starved_ns, missed_ns; /* since when there is no buffer; and in sum */
	struct amli_axisg2_list list[AMLI_AXISG2_PLACES];
	struct amli_axisg2_slot slot[AMLI_AXISG2_SLOTS];
	uint16_t claim[AXISG2_DESTS]; /* slot + 1; 0 = nobody */
	struct amli_axisg2_lane lane[AMLI_AXISG2_LANES];
	struct amli_axisg2_open open[AXISG2_DESTS];
	struct amli_axisg2_source source[AMLI_AXISG2_SOURCES];
	struct amli_axisg2_monitor monitor[2][AMLI_AXISG2_LANES];
};

/* ---- emu_state.c: the segment ---- */

/* Its size, with offsets that depend on the configuration only. */
uint64_t amli_axisg2_emu_bytes(const struct amli_axisg2_config *config);
/* Make zeroed memory a device. */
void amli_axisg2_emu_init(struct amli_axisg2_emu *dev, const struct amli_axisg2_config *config);
void amli_axisg2_emu_lock(struct amli_axisg2_emu *dev);
/* Only when nothing has to be told to anybody; see amli_axisg2_unlock(). */
void amli_axisg2_emu_unlock(struct amli_axisg2_emu *dev);
uint64_t amli_axisg2_now_ns(void);

static inline struct amli_axisg2_buffer *amli_axisg2_buffer(struct amli_axisg2_emu *dev,
							    uint32_t index)
{
	return (struct amli_axisg2_buffer *)((char *)dev + dev->buffers_at) + index;
}

static inline char *amli_axisg2_data(struct amli_axisg2_emu *dev, uint32_t index)
{
	return (char *)dev + dev->pool_at + (size_t)index * dev->config.size;
}

static inline uint32_t amli_axisg2_total(const struct amli_axisg2_emu *dev)
{
	return dev->config.tx + dev->config.rx;
}

/* ---- emu_buffer.c: where buffers are ---- */

void amli_axisg2_put(struct amli_axisg2_emu *dev, uint32_t index, enum amli_axisg2_where where,
		     uint32_t slot);
/* The first of a list, or of a slot's queue, taken out of it; NONE. */
uint32_t amli_axisg2_take(struct amli_axisg2_emu *dev, enum amli_axisg2_where where);
uint32_t amli_axisg2_take_queued(struct amli_axisg2_emu *dev, uint32_t slot);
/* A free TX buffer, wherever it is in the list. */
void amli_axisg2_take_free(struct amli_axisg2_emu *dev, uint32_t index);
/* Back to where free buffers of its kind are. */
void amli_axisg2_recycle(struct amli_axisg2_emu *dev, uint32_t index);
/* What the counter ioctls tell. */
uint32_t amli_axisg2_count(struct amli_axisg2_emu *dev, enum axisg2_ioctl counter);
/* What closing the last copy of a descriptor does. */
void amli_axisg2_release(struct amli_axisg2_emu *dev, uint32_t slot);
void amli_axisg2_stale(struct amli_axisg2_emu *dev, uint32_t slot);

/* ---- emu_repair.c ---- */

/* Make the lists again, after a holder of the lock has died. */
void amli_axisg2_repair(struct amli_axisg2_emu *dev);

/* ---- emu_card.c, emu_receive.c, emu_source.c: the card ---- */

/* Do all that it can do now, and note when there will be more. */
void amli_axisg2_card_run(struct amli_axisg2_emu *dev);
bool amli_axisg2_is_stalled(struct amli_axisg2_emu *dev, uint32_t dest);

#define AMLI_AXISG2_BY_LANE 1u
#define AMLI_AXISG2_BY_SOURCE 2u /* + its number */
/* Room for the next bytes of @by's frame to @dest, whose next beat has this TUSER.  *room = 0:
 * none now; SIZE_MAX, with NULL: they are thrown away. */
char *amli_axisg2_receive_room(struct amli_axisg2_emu *dev, uint32_t by, uint32_t dest,
			       uint32_t tuser, size_t *room);
void amli_axisg2_receive_bytes(struct amli_axisg2_emu *dev, uint32_t dest, size_t bytes);
void amli_axisg2_receive_last(struct amli_axisg2_emu *dev, uint32_t dest, uint32_t tuser);
/* A free buffer of the card, OPEN now; NONE: it starves. */
uint32_t amli_axisg2_receive_take(struct amli_axisg2_emu *dev);
/* A buffer has been written. */
void amli_axisg2_receive_complete(struct amli_axisg2_emu *dev, uint32_t index);
/* To whoever claimed it. */
void amli_axisg2_deliver(struct amli_axisg2_emu *dev, uint32_t index);

bool amli_axisg2_sources_run(struct amli_axisg2_emu *dev, uint64_t now);
/* The next value of the shift register of PRBS frames. */
uint32_t amli_axisg2_prbs(uint32_t value);

/* ---- emu_monitor.c ---- */

/* A buffer has passed, and, if it @ends it, a frame. */
void amli_axisg2_monitor(struct amli_axisg2_emu *dev, enum amli_axisg2_way way, uint32_t lane,
			 uint32_t bytes, bool ends);
/* Before this address is read; and after it was written. */
void amli_axisg2_monitor_show(struct amli_axisg2_emu *dev, uint64_t address);
void amli_axisg2_monitor_reset(struct amli_axisg2_emu *dev, uint64_t address, uint32_t value);

/* ---- emu_register.c ---- */

/*
 * Registers of the emulator itself, in the application's part of BAR 0: a program that is
 * being tested gets in trouble while it runs.  Those with NEXT act once and become 0.
 */
enum amli_axisg2_control {
	AMLI_AXISG2_CONTROL = 0xf00000,		     /* AMLI_AXISG2_CONTROL_MAGIC */
	AMLI_AXISG2_CONTROL_STALL = 0xf00004,	     /* lanes that accept nothing, a bit each */
	AMLI_AXISG2_CONTROL_STARVE = 0xf00008,	     /* 1: the card finds no free RX buffer */
	AMLI_AXISG2_CONTROL_NEXT_ERROR = 0xf0000c,   /* error bits */
	AMLI_AXISG2_CONTROL_NEXT_EOFE = 0xf00010,    /* 1: the last part of a frame has EOFE */
	AMLI_AXISG2_CONTROL_NEXT_EMPTY = 0xf00014,   /* 1: a completion without bytes */
	AMLI_AXISG2_CONTROL_NEXT_LOSE_RX = 0xf00018, /* 1: a frame's buffer is never heard of */
	AMLI_AXISG2_CONTROL_NEXT_LOSE_TX = 0xf0001c, /* 1: a sent buffer is never heard of */
	AMLI_AXISG2_CONTROL_MISUSED = 0xf00020,	     /* writes of indexes that were on their way */
	AMLI_AXISG2_CONTROL_UNCLAIMED = 0xf00024,    /* buffers dropped, as nobody claimed them */
	AMLI_AXISG2_CONTROL_ACKS = 0xf00028,	     /* strobes of READ_ACK */
};
#define AMLI_AXISG2_CONTROL_MAGIC 0x454c4d41u

void amli_axisg2_registers_init(struct amli_axisg2_emu *dev);
bool amli_axisg2_register_read(struct amli_axisg2_emu *dev, uint64_t address, uint32_t *value);
bool amli_axisg2_register_write(struct amli_axisg2_emu *dev, uint64_t address, uint32_t value);
void amli_axisg2_axi_version(struct amli_axisg2_emu *dev, struct axisg2_axi_version *out);
uint32_t amli_axisg2_requests_missed(struct amli_axisg2_emu *dev);
/* Without the checks, for the card. */
uint32_t amli_axisg2_control(struct amli_axisg2_emu *dev, enum amli_axisg2_control which);
void amli_axisg2_control_set(struct amli_axisg2_emu *dev, enum amli_axisg2_control which,
			     uint32_t value);

/* ---- emu_call.c, emu_ioctl.c: what the system calls do, as the driver does it ---- */

/* All return what the call returns, or a negated error number.  They lock the device, and
 * leave with amli_axisg2_unlock(). */
struct amli_axisg2_handle;
long amli_axisg2_call_read(struct amli_axisg2_handle *handle, uint64_t records, size_t bytes);
long amli_axisg2_call_write(struct amli_axisg2_handle *handle, uint64_t record, size_t bytes);
long amli_axisg2_call_ioctl(struct amli_axisg2_handle *handle, uint32_t command, uint64_t arg);

/* ---- emu_calm.c ---- */

/* No signal and no cancellation, until as many calls of the second; errno stays. */
void amli_axisg2_calm(void);
void amli_axisg2_uncalm(void);

/* ---- emu_user.c: the caller's memory, which may not be there ---- */

/* Room for a copy: @few, if that is enough, or memory that is released with the second.  A
 * signal handler may be calling, so it is not malloc()'s.  NULL: there is none. */
void *amli_axisg2_room(void *few, size_t few_bytes, size_t bytes);
void amli_axisg2_no_room(void *room, const void *few, size_t bytes);
bool amli_axisg2_user_range(uint64_t address, uint64_t bytes);
bool amli_axisg2_user_in(void *to, uint64_t address, size_t bytes);
bool amli_axisg2_user_out(uint64_t address, const void *from, size_t bytes);

#endif
