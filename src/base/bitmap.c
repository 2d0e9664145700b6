/* SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "base/mem.h"

#define WORD_BITS ((unsigned)AML_BITMAP_NBITS)
#define WORDS ((size_t)AML_BITMAP_SIZE)

static unsigned long bit(unsigned i)
{
	return 1UL << i % WORD_BITS;
}

static bool has(const struct aml_bitmap *bitmap, unsigned i)
{
	return bitmap->mask[i / WORD_BITS] & bit(i);
}

/* The bits of word @w that lie in i..ii. */
static unsigned long range_in_word(unsigned w, unsigned i, unsigned ii)
{
	unsigned first = w * WORD_BITS, last = first + WORD_BITS - 1;
	unsigned long mask = ~0UL;

	if (i > last || ii < first)
		return 0;
	if (i > first)
		mask &= ~0UL << (i - first);
	if (ii < last)
		mask &= ~0UL >> (last - ii);
	return mask;
}

static int refuse_null(void)
{
	return amli_fail(AML_EINVAL, "bitmap is NULL");
}

static int check_index(const struct aml_bitmap *bitmap, unsigned i)
{
	if (!bitmap)
		return refuse_null();
	if (i >= AML_BITMAP_MAX)
		return amli_fail(AML_EINVAL, "bitmap index %u is not below %d", i, AML_BITMAP_MAX);
	return 0;
}

static int check_range(const struct aml_bitmap *bitmap, unsigned i, unsigned ii)
{
	int rc = check_index(bitmap, ii);

	if (!rc && i > ii)
		return amli_fail(AML_EINVAL, "bitmap range %u to %u is reversed", i, ii);
	return rc;
}

void aml_bitmap_copy(struct aml_bitmap *dst, const struct aml_bitmap *src)
{
	if (dst && src)
		memmove(dst, src, sizeof(*dst));
}

int aml_bitmap_zero(struct aml_bitmap *bitmap)
{
	if (!bitmap)
		return refuse_null();
	memset(bitmap, 0, sizeof(*bitmap));
	return 0;
}

int aml_bitmap_fill(struct aml_bitmap *bitmap)
{
	if (!bitmap)
		return refuse_null();
	memset(bitmap, 0xff, sizeof(*bitmap));
	return 0;
}

int aml_bitmap_isset(const struct aml_bitmap *bitmap, const unsigned int i)
{
	int rc = check_index(bitmap, i);

	return rc ? rc : has(bitmap, i);
}

/* True if every word of the bitmap is @value. */
static bool is_all(const struct aml_bitmap *bitmap, unsigned long value)
{
	for (size_t w = 0; w < WORDS; w++)
		if (bitmap->mask[w] != value)
			return false;
	return true;
}

int aml_bitmap_iszero(const struct aml_bitmap *bitmap)
{
	return bitmap ? is_all(bitmap, 0) : refuse_null();
}

int aml_bitmap_isfull(const struct aml_bitmap *bitmap)
{
	return bitmap ? is_all(bitmap, ~0UL) : refuse_null();
}

int aml_bitmap_isequal(const struct aml_bitmap *a, const struct aml_bitmap *b)
{
	if (!a || !b)
		return refuse_null();
	return !memcmp(a, b, sizeof(*a));
}

int aml_bitmap_set(struct aml_bitmap *bitmap, const unsigned int i)
{
	int rc = check_index(bitmap, i);

	if (!rc)
		bitmap->mask[i / WORD_BITS] |= bit(i);
	return rc;
}

int aml_bitmap_clear(struct aml_bitmap *bitmap, const unsigned int i)
{
	int rc = check_index(bitmap, i);

	if (!rc)
		bitmap->mask[i / WORD_BITS] &= ~bit(i);
	return rc;
}

int aml_bitmap_set_range(struct aml_bitmap *bitmap, const unsigned int i, const unsigned int ii)
{
	int rc = check_range(bitmap, i, ii);

	if (rc)
		return rc;
	for (unsigned w = i / WORD_BITS; w <= ii / WORD_BITS; w++)
		bitmap->mask[w] |= range_in_word(w, i, ii);
	return 0;
}

int aml_bitmap_clear_range(struct aml_bitmap *bitmap, const unsigned int i, const unsigned int ii)
{
	int rc = check_range(bitmap, i, ii);

	if (rc)
		return rc;
	for (unsigned w = i / WORD_BITS; w <= ii / WORD_BITS; w++)
		bitmap->mask[w] &= ~range_in_word(w, i, ii);
	return 0;
}

int aml_bitmap_nset(const struct aml_bitmap *bitmap)
{
	int n = 0;

	if (!bitmap)
		return refuse_null();
	for (size_t w = 0; w < WORDS; w++)
		n += __builtin_popcountl(bitmap->mask[w]);
	return n;
}

/* The first @size bits of @src replace those of @dst, and nothing else does. */
static void copy_bits(unsigned long *dst, const unsigned long *src, size_t size)
{
	size_t words, rest;

	if (size > AML_BITMAP_MAX)
		size = AML_BITMAP_MAX;
	words = size / WORD_BITS;
	rest = size % WORD_BITS;
	memmove(dst, src, words * sizeof(*dst));
	if (rest) {
		unsigned long mask = (1UL << rest) - 1;

		dst[words] = (dst[words] & ~mask) | (src[words] & mask);
	}
}

void aml_bitmap_copy_from_ulong(struct aml_bitmap *bitmap, const unsigned long *src, size_t size)
{
	if (!bitmap || !src)
		return;
	memset(bitmap, 0, sizeof(*bitmap));
	copy_bits(bitmap->mask, src, size);
}

void aml_bitmap_copy_to_ulong(const struct aml_bitmap *bitmap, unsigned long *dst, size_t size)
{
	if (bitmap && dst)
		copy_bits(dst, bitmap->mask, size);
}

int aml_bitmap_last(const struct aml_bitmap *bitmap)
{
	if (!bitmap)
		return refuse_null();
	for (size_t w = WORDS; w-- > 0;)
		if (bitmap->mask[w])
			return (int)(w * WORD_BITS + WORD_BITS - 1) -
			       __builtin_clzl(bitmap->mask[w]);
	return -1;
}

int aml_bitmap_first(const struct aml_bitmap *bitmap)
{
	for (size_t w = 0; bitmap && w < WORDS; w++)
		if (bitmap->mask[w])
			return (int)(w * WORD_BITS) + __builtin_ctzl(bitmap->mask[w]);
	return -1;
}

int aml_bitmap_create(struct aml_bitmap **map)
{
	if (!map)
		return refuse_null();
	*map = amli_calloc(1, sizeof(**map));
	return *map ? 0 : amli_fail(AML_ENOMEM, "no memory for a bitmap");
}

void aml_bitmap_destroy(struct aml_bitmap **map)
{
	if (!map)
		return;
	free(*map);
	*map = NULL;
}

int aml_bitmap_dup(struct aml_bitmap **dst, const struct aml_bitmap *src)
{
	int rc;

	if (dst)
		*dst = NULL;
	if (!src)
		return refuse_null();
	rc = aml_bitmap_create(dst);
	if (!rc)
		aml_bitmap_copy(*dst, src);
	return rc;
}

char *amli_bitmap_list(const struct aml_bitmap *bitmap, char *text, size_t size)
{
	size_t used = 0;

	snprintf(text, size, "none");
	for (unsigned i = 0, end; i < AML_BITMAP_MAX && used < size; i = end + 1) {
		end = i;
		if (!has(bitmap, i))
			continue;
		while (end + 1 < AML_BITMAP_MAX && has(bitmap, end + 1))
			end++;
		used += (size_t)snprintf(text + used, size - used, "%s%u", used ? "," : "", i);
		if (end > i && used < size)
			used += (size_t)snprintf(text + used, size - used, "-%u", end);
	}
	return text;
}
