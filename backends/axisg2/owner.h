/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who has each buffer.  Asked before each system call that names one, so that none is sent
 * or returned twice, late, or without having been ours.
 *
 *	            read                 lent                   sent
 *	DRIVER ------------> RECEIVED ----------> BORROWED ------------> CARD
 *	 | ^ \                  |                    |                   ^ |
 *	 | |  \--- reserved -------------> RESERVED -+- sent ------------+ |
 *	 | |                    |             |      |                     |
 *	 | +--------------------+-------------+------+ returned            |
 *	 +<----------------------------------------------------------------+ known by being read
 *	                                                                     or reserved again
 */
#ifndef AXISG2_OWNER_H
#define AXISG2_OWNER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum amli_axis_owner {
	AMLI_AXIS_DRIVER,
	AMLI_AXIS_RECEIVED, /* parts of frames that nobody has fetched */
	AMLI_AXIS_BORROWED, /* of frames that the program has */
	AMLI_AXIS_RESERVED, /* to be sent */
	AMLI_AXIS_CARD,	    /* sent */
};

enum amli_axis_move {
	AMLI_AXIS_READ,	   /* a receive buffer, by read() */
	AMLI_AXIS_RESERVE, /* a sending one, by the driver's free list */
	AMLI_AXIS_LEND,
	AMLI_AXIS_RETURN,
	AMLI_AXIS_SEND,
	AMLI_AXIS_UNSEND, /* the driver refused it: reserved again */
};

struct amli_axis_owners {
	uint32_t tx, total;   /* indexes to send come first */
	atomic_uchar *state;  /* enum amli_axis_owner, by index */
	atomic_uint held;     /* receive buffers that are RECEIVED or BORROWED */
	atomic_uint borrowed; /* receive buffers that are BORROWED */
};

/* -AML_ENOMEM */
int amli_axis_owners_init(struct amli_axis_owners *owners, uint32_t tx, uint32_t rx);
void amli_axis_owners_fini(struct amli_axis_owners *owners);

/* 0, or -AML_EINVAL with a sentence: there is no such buffer, or it is not there that this
 * can happen to it.  Threads: any; of two that try the same, one succeeds. */
int amli_axis_owner_move(struct amli_axis_owners *owners, uint32_t index, enum amli_axis_move move);

enum amli_axis_owner amli_axis_owner_of(const struct amli_axis_owners *owners, uint32_t index);

#endif
