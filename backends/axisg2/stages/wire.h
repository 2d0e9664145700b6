/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers as they are in frames and files: little endian, at any address; and counters that
 * other threads read. */
#ifndef AXISG2_STAGES_WIRE_H
#define AXISG2_STAGES_WIRE_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline void amli_axis_put32(void *to, uint32_t value)
{
	value = htole32(value);
	memcpy(to, &value, sizeof(value));
}

static inline uint32_t amli_axis_get32(const void *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return le32toh(value);
}

static inline void amli_axis_count(uint64_t *counter, uint64_t more)
{
	__atomic_fetch_add(counter, more, __ATOMIC_RELAXED);
}

static inline uint64_t amli_axis_counted(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

#endif
