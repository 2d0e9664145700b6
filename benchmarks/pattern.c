/* SPDX-License-Identifier: BSD-3-Clause */
#include "pattern.h"

#include <stdint.h>
#include <string.h>

/*
 * Word i of the pattern.  Its upper half and the whole are ordinary numbers when read
 * as float and double, so that peers which move data as such change no bit.
 */
static inline uint64_t word(uint64_t i)
{
	uint64_t h = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

	return (h & ~(UINT64_C(1) << 62)) | UINT64_C(1) << 61;
}

static inline uint8_t value1(uint64_t k)
{
	return (uint8_t)((k + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 56);
}

static inline uint16_t value2(uint64_t k)
{
	return (uint16_t)(word(k) >> 48);
}

static inline uint32_t value4(uint64_t k)
{
	return (uint32_t)(word(k) >> 32);
}

static inline uint64_t value8(uint64_t k)
{
	return word(k);
}

/* Any other size: as many words as it takes. */
static void value_any(char *p, size_t elem, uint64_t k)
{
	uint64_t nwords = (elem + 7) / 8;

	for (uint64_t i = 0; i < nwords; i++) {
		uint64_t w = word(k * nwords + i);
		size_t left = elem - i * 8;

		memcpy(p + i * 8, &w, left < 8 ? left : 8);
	}
}

static const char *find_wrong_any(const char *p, size_t elem, size_t n, size_t k, size_t k_step)
{
	char want[4096];

	for (size_t i = 0; i < n; i++) {
		value_any(want, elem, k + i * k_step);
		if (memcmp(p + i * elem, want, elem))
			return p + i * elem;
	}
	return NULL;
}

/* The two loops for one size. */
#define PATTERN_OF(bytes, type)                                                                \
	static void fill##bytes(char *p, size_t n)                                             \
	{                                                                                      \
		for (size_t i = 0; i < n; i++) {                                               \
			type v = value##bytes(i);                                              \
			memcpy(p + i * bytes, &v, bytes);                                      \
		}                                                                              \
	}                                                                                      \
	static const char *find_wrong##bytes(const char *p, size_t n, size_t k, size_t k_step) \
	{                                                                                      \
		for (size_t i = 0; i < n; i++) {                                               \
			type v;                                                                \
			memcpy(&v, p + i * bytes, bytes);                                      \
			if (v != value##bytes(k + i * k_step))                                 \
				return p + i * bytes;                                          \
		}                                                                              \
		return NULL;                                                                   \
	}

PATTERN_OF(1, uint8_t)
PATTERN_OF(2, uint16_t)
PATTERN_OF(4, uint32_t)
PATTERN_OF(8, uint64_t)

void pattern_fill(char *array, size_t elem, size_t n)
{
	switch (elem) {
	case 1:
		fill1(array, n);
		break;
	case 2:
		fill2(array, n);
		break;
	case 4:
		fill4(array, n);
		break;
	case 8:
		fill8(array, n);
		break;
	default:
		for (size_t i = 0; i < n; i++)
			value_any(array + i * elem, elem, i);
	}
}

const char *pattern_find_wrong(const char *p, size_t elem, size_t n, size_t k, size_t k_step)
{
	switch (elem) {
	case 1:
		return find_wrong1(p, n, k, k_step);
	case 2:
		return find_wrong2(p, n, k, k_step);
	case 4:
		return find_wrong4(p, n, k, k_step);
	case 8:
		return find_wrong8(p, n, k, k_step);
	default:
		return find_wrong_any(p, elem, n, k, k_step);
	}
}

const char *pattern_find_unguarded(const char *p, size_t bytes)
{
	const unsigned char *u = (const unsigned char *)p;

	if (!bytes || (u[0] == PATTERN_GUARD && !memcmp(p, p + 1, bytes - 1)))
		return NULL;
	while (*u == PATTERN_GUARD)
		u++;
	return (const char *)u;
}
