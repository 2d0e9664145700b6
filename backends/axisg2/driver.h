/* SPDX-License-Identifier: BSD-3-Clause */
/* What the datadev driver understands: numbers of its ioctls, the records of read and write,
 * the bits of flags and errors.  Facts of its interface, API number 6. */
#ifndef AXISG2_DRIVER_H
#define AXISG2_DRIVER_H

#include <stdint.h>

#define AXISG2_DESTS 4096u     /* dest = lane * 256 + tDest */
#define AXISG2_MASK_BYTES 512u /* one bit for each, lowest first */
#define AXISG2_GIT_BYTES 32u   /* of the git version, without a NUL if it is that long */
#define AXISG2_ENOTSUPP 524    /* the kernel's own code for "no GPU support" */

/* ioctl numbers.  The low 16 bits count; RET_INDEX has the number of indexes above them. */
enum axisg2_ioctl {
	AXISG2_BUFFER_COUNT = 0x1001,
	AXISG2_BUFFER_SIZE = 0x1002,
	AXISG2_SET_DEBUG = 0x1003,
	AXISG2_SET_MASK = 0x1004,
	AXISG2_RET_INDEX = 0x1005,
	AXISG2_GET_INDEX = 0x1006,
	AXISG2_READ_READY = 0x1007,
	AXISG2_SET_MASK_BYTES = 0x1008,
	AXISG2_API_VERSION = 0x1009,
	AXISG2_WRITE_REGISTER = 0x100A,
	AXISG2_READ_REGISTER = 0x100B,
	AXISG2_RX_COUNT = 0x100C,
	AXISG2_TX_COUNT = 0x100D,
	AXISG2_TX_IN_USER = 0x100F,
	AXISG2_TX_IN_HW = 0x1010,
	AXISG2_TX_IN_PRE_HW = 0x1011,
	AXISG2_TX_IN_SW = 0x1012, /* those that are free */
	AXISG2_TX_MISSING = 0x1013,
	AXISG2_RX_IN_USER = 0x1014,
	AXISG2_RX_IN_HW = 0x1015,
	AXISG2_RX_IN_PRE_HW = 0x1016,
	AXISG2_RX_IN_SW = 0x1017, /* those that wait to be read */
	AXISG2_RX_MISSING = 0x1018,
	AXISG2_GIT_VERSION = 0x1019,
	AXISG2_AXI_VERSION = 0x1200,
	AXISG2_READ_ACK = 0x2001,
	AXISG2_REQUESTS_MISSED = 0x2002,
	AXISG2_GPU_ADD_MEMORY = 0x8002,
	AXISG2_GPU_REMOVE_MEMORY = 0x8003,
	AXISG2_GPU_WRITE_ENABLE = 0x8004,
	AXISG2_GPU_IS_SUPPORTED = 0x8005,
	AXISG2_GPU_VERSION = 0x8006,
	AXISG2_GPU_MAX_BUFFERS = 0x8007,
};

/* What write() takes: one buffer. */
struct axisg2_write {
	uint64_t data; /* the payload in the caller's memory; 0: the buffer @index has it */
	uint32_t dest;
	uint32_t flags;
	uint32_t index;
	uint32_t size;
	uint32_t is32; /* only the low half of @data counts */
	uint32_t pad;
};
_Static_assert(sizeof(struct axisg2_write) == 32, "write() takes exactly this");

/* What read() fills: one buffer each.  It returns how many. */
struct axisg2_read {
	uint64_t data; /* in: where to copy it; 0: only tell the index, which is then held */
	uint32_t dest;
	uint32_t flags;
	uint32_t index;
	uint32_t error;
	uint32_t size; /* in: room at @data */
	uint32_t is32; /* in */
	int32_t ret;   /* bytes; -1: there was no room, or @data is no memory */
	uint32_t pad;
};
_Static_assert(sizeof(struct axisg2_read) == 40, "read() takes multiples of this");

struct axisg2_register {
	uint64_t address;
	uint32_t data;
	uint32_t pad;
};

/* The same before release 5.15.4. */
struct axisg2_register_old {
	uint32_t address, data;
};

struct axisg2_axi_version {
	uint32_t firmware;
	uint32_t scratch;
	uint32_t up_seconds;
	uint8_t fd_value[8];
	uint32_t user[64];
	uint32_t device_id;
	uint8_t git_hash[160]; /* 20 of them are used, the first comes last in print */
	uint8_t dna[16];
	char build[256];
};
_Static_assert(sizeof(struct axisg2_axi_version) == 712, "as the driver writes it");

/* flags */
#define AXISG2_FUSER(flags) ((flags)&0xffu)
#define AXISG2_LUSER(flags) ((flags) >> 8 & 0xffu)
#define AXISG2_FLAGS(fuser, luser) (((fuser)&0xffu) | ((luser)&0xffu) << 8)
#define AXISG2_CONT (1u << 16)	  /* not the last buffer of its frame */
#define AXISG2_TIMEOUT (1u << 17) /* received only; sent, it makes the lane odd */
#define AXISG2_SOF 0x2u		  /* SSI, in fuser: start of frame */
#define AXISG2_EOFE 0x1u	  /* SSI, in luser: end of a frame with an error */

/* error */
#define AXISG2_ERROR_EMPTY 0x1u /* the completion had no bytes */
#define AXISG2_ERROR_MAX 0x4u	/* longer than the buffer, or than the reader's room */

/* The registers that ioctls and maps reach, in BAR 0. */
#define AXISG2_BAR_FIRST 0x10000u
#define AXISG2_BAR_END 0x1000000u
#define AXISG2_BAR_AXI_VERSION 0x20000u

#endif
