/* SPDX-License-Identifier: BSD-3-Clause */
/* The words of SRPv3, as both sides see them. */
#ifndef AXISG2_STAGES_SRP_WIRE_H
#define AXISG2_STAGES_SRP_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define AMLI_AXIS_SRP_HEAD 20
#define AMLI_AXIS_SRP_TAIL 4
#define AMLI_AXIS_SRP_FRAME_MAX (AMLI_AXIS_SRP_HEAD + 4096 + AMLI_AXIS_SRP_TAIL)

#define AMLI_AXIS_SRP_VERSION 3
enum {
	AMLI_AXIS_SRP_OP_READ,
	AMLI_AXIS_SRP_OP_WRITE,
	AMLI_AXIS_SRP_OP_POST,
	AMLI_AXIS_SRP_OP_NULL
};
/* What firmware sets in word 0 of a response: what it is able to do. */
#define AMLI_AXIS_SRP_ABLE 0x3c00u

/* The five words of a head. */
struct amli_axis_srp_head {
	uint32_t what; /* version, operation, timeout */
	uint32_t id;
	uint64_t address;
	uint32_t last; /* bytes - 1 */
};

void amli_axis_srp_put_head(unsigned char *to, const struct amli_axis_srp_head *head);
struct amli_axis_srp_head amli_axis_srp_get_head(const unsigned char *from);

/* Words of the host to those of frames, or back; @bytes is a multiple of 4. */
void amli_axis_srp_swap(void *to, const void *from, size_t bytes);

/* What a tail says, in words, and its number. */
void amli_axis_srp_tail_words(char *text, size_t size, uint32_t tail);

#endif
