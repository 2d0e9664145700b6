/* SPDX-License-Identifier: BSD-3-Clause */
#include "backends/axisg2/stages/srp_wire.h"

#include <stdio.h>

#include "aml/axis/srp.h"
#include "backends/axisg2/stages/wire.h"

void amli_axis_srp_put_head(unsigned char *to, const struct amli_axis_srp_head *head)
{
	amli_axis_put32(to, head->what);
	amli_axis_put32(to + 4, head->id);
	amli_axis_put32(to + 8, (uint32_t)head->address);
	amli_axis_put32(to + 12, (uint32_t)(head->address >> 32));
	amli_axis_put32(to + 16, head->last);
}

struct amli_axis_srp_head amli_axis_srp_get_head(const unsigned char *from)
{
	return (struct amli_axis_srp_head){
		.what = amli_axis_get32(from),
		.id = amli_axis_get32(from + 4),
		.address = amli_axis_get32(from + 8) | (uint64_t)amli_axis_get32(from + 12) << 32,
		.last = amli_axis_get32(from + 16),
	};
}

void amli_axis_srp_swap(void *to, const void *from, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += 4) {
		uint32_t word;

		memcpy(&word, (const char *)from + at, sizeof(word));
		amli_axis_put32((char *)to + at, word);
	}
}

void amli_axis_srp_tail_words(char *text, size_t size, uint32_t tail)
{
	static const struct {
		uint32_t mask, value;
		const char *words;
	} meanings[] = {
		{AML_AXIS_SRP_TIMEOUT, AML_AXIS_SRP_TIMEOUT, "the bus did not answer in time"},
		{AML_AXIS_SRP_LOCKUP, AML_AXIS_SRP_LOCKUP, "the bus is stuck for good"},
		{AML_AXIS_SRP_EOFE, AML_AXIS_SRP_EOFE, "the request came damaged (EOFE)"},
		{AML_AXIS_SRP_FRAMING, AML_AXIS_SRP_FRAMING, "the request was framed wrongly"},
		{AML_AXIS_SRP_VERSION, AML_AXIS_SRP_VERSION, "it speaks another version"},
		{AML_AXIS_SRP_REQUEST, AML_AXIS_SRP_REQUEST, "it cannot do what was requested"},
		{3, AML_AXIS_SRP_BUS_DECODE, "there is nobody at this address"},
		{3, AML_AXIS_SRP_BUS_SLAVE, "the bus refused"},
		{0x80, 0x80, "its addresses have 32 bits"},
		{0x40, 0x40, "it cannot do addresses that are not aligned"},
		{0x20, 0x20, "it can do single words only"},
	};
	const char *between = "";
	size_t used = 0;

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]) && used < size; i++) {
		if ((tail & meanings[i].mask) != meanings[i].value)
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s%s", between,
					 meanings[i].words);
		between = ", ";
	}
	if (used < size)
		snprintf(text + used, size - used, "%stail 0x%x", used ? ": " : "", tail);
}
