/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether a copy through lists reads what it writes.
 *
 * Mostly the two sides are apart, or are members of the same records; both is found
 * without a look at the lists.  Else the bytes of the destination are marked in a map of
 * where the sides meet, and the source's looked up.
 */
#include <limits.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "layout/affine.h"
#include "transform/index.h"

/* The part of the address space where the two sides meet, a bit for each `grain` bytes. */
struct map {
	uintptr_t low, high;
	size_t grain;
	unsigned char *bits;
};

static size_t gcd(size_t a, size_t b)
{
	while (b) {
		size_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

static void bounds(const struct amli_sided *side, uintptr_t *low, uintptr_t *high)
{
	const struct aml_affine *a = &side->by;

	if (side->indexed) {
		amli_indexed_bounds(side->indexed, low, high);
		return;
	}
	*low = (uintptr_t)a->ptr;
	*high = *low + a->element_size;
	for (size_t i = 0; i < a->ndims; i++) {
		ptrdiff_t reach = (ptrdiff_t)(a->dims[i] - 1) * a->stride[i];

		if (reach < 0)
			*low -= (size_t)-reach;
		else
			*high += (size_t)reach;
	}
}

/* What all distances within a side have in common. */
static size_t common(const struct amli_sided *side, size_t g)
{
	for (size_t i = 0; i < side->by.ndims; i++)
		if (side->by.dims[i] > 1)
			g = gcd(g, (size_t)labs(side->by.stride[i]));
	return gcd(g, (size_t)side->unit);
}

/* Set the bits of an element, or see whether one is set. */
static bool touch(const struct map *map, uintptr_t at, size_t element, bool mark)
{
	for (size_t o = 0; o < element; o += map->grain) {
		uintptr_t where = at + o;
		size_t bit = (where - map->low) / map->grain;
		unsigned char one = (unsigned char)(1u << bit % CHAR_BIT);

		if (where < map->low || where >= map->high)
			continue;
		if (mark)
			map->bits[bit / CHAR_BIT] |= one;
		else if (map->bits[bit / CHAR_BIT] & one)
			return true;
	}
	return false;
}

/* Every element of a side, until one hits. */
static bool touch_all(const struct map *map, const struct amli_sided *side, bool mark)
{
	const struct aml_affine *by = &side->by;
	size_t at[AML_NDIMS_MAX] = {0}, i;

	do {
		uintptr_t p = (uintptr_t)amli_affine_at(by, at);

		if (side->indexed)
			p += amli_index_at(side->at.ptr +
						   (amli_affine_at(&side->at, at) - side->at.ptr),
					   side->indexed->at.element_size) *
			     (size_t)side->unit;
		if (touch(map, p, by->element_size, mark))
			return true;
		for (i = 0; i < by->ndims && ++at[i] == by->dims[i]; i++)
			at[i] = 0;
	} while (i < by->ndims);
	return false;
}

int amli_index_check_overlap(const struct amli_sided *dst, const struct amli_sided *src)
{
	size_t d = dst->by.element_size, s = src->by.element_size;
	size_t g = common(src, common(dst, 0)), off;
	uintptr_t low, high;
	struct map map;
	bool hits;

	bounds(dst, &map.low, &map.high);
	bounds(src, &low, &high);
	if (map.high <= low || high <= map.low)
		return 0;
	off = (uintptr_t)dst->by.ptr - (uintptr_t)src->by.ptr;
	off = g ? off % g : 0;
	if (g && off >= s && g - off >= d)
		return 0;
	map.low = map.low > low ? map.low : low;
	map.high = map.high < high ? map.high : high;
	map.grain = gcd(gcd(g, gcd(d, s)), off);
	/* whole grains, as the elements have them */
	map.low -= (map.low - (uintptr_t)dst->by.ptr) % map.grain;
	map.bits = amli_calloc((map.high - map.low) / map.grain / CHAR_BIT + 1, 1);
	if (!map.bits)
		return amli_fail(AML_ENOMEM,
				 "no memory to see whether the two sides overlap within %zu bytes",
				 (size_t)(map.high - map.low));
	touch_all(&map, dst, true);
	hits = touch_all(&map, src, false);
	free(map.bits);
	if (!hits)
		return 0;
	return amli_fail(AML_EINVAL, "source and destination overlap: dst %p, src %p",
			 (void *)dst->by.ptr, (void *)src->by.ptr);
}
