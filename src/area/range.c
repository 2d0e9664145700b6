/* SPDX-License-Identifier: BSD-3-Clause */
/* Which area an address belongs to: ranges that areas have told of, in the order of addresses. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aml/area.h"
#include "area/range.h"
#include "base/error.h"
#include "base/mem.h"

#define ROOM_FIRST 64

struct range {
	uintptr_t first, end;
	const struct aml_area *area;
	unsigned flags;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards all of it */
static struct range *ranges;				 /* kept while there is one */
static size_t room;
static atomic_size_t count; /* read without the lock: mostly there is none */

bool amli_area_has_ranges(void)
{
	return atomic_load_explicit(&count, memory_order_acquire);
}

/* The first range that ends behind the address. */
static size_t find(uintptr_t at)
{
	size_t first = 0, end = atomic_load_explicit(&count, memory_order_relaxed);

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (ranges[middle].end <= at)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

static int make_room(size_t n)
{
	struct range *more;

	if (n < room)
		return 0;
	more = amli_calloc(room ? room * 2 : ROOM_FIRST, sizeof(*more));
	if (!more)
		return amli_fail(AML_ENOMEM, "no memory for %zu ranges", n + 1);
	if (n)
		memcpy(more, ranges, n * sizeof(*more));
	free(ranges);
	ranges = more;
	room = room ? room * 2 : ROOM_FIRST;
	return 0;
}

static int insert(const struct range *range)
{
	size_t n = atomic_load_explicit(&count, memory_order_relaxed), i = find(range->first);
	int rc;

	if (i < n && ranges[i].first < range->end)
		return amli_fail(AML_EINVAL, "%p, %zu bytes: a range at %p was added before",
				 (void *)range->first, (size_t)(range->end - range->first),
				 (void *)ranges[i].first);
	rc = make_room(n);
	if (rc)
		return rc;
	memmove(&ranges[i + 1], &ranges[i], (n - i) * sizeof(*ranges));
	ranges[i] = *range;
	atomic_store_explicit(&count, n + 1, memory_order_release);
	return 0;
}

int aml_area_range_add(const struct aml_area *area, void *ptr, size_t size, unsigned flags)
{
	struct range range = {.first = (uintptr_t)ptr, .area = area, .flags = flags};
	int rc;

	if (!area || !ptr)
		return amli_fail(AML_EINVAL, "%s is NULL", area ? "ptr" : "area");
	if (!size || __builtin_add_overflow(range.first, size, &range.end))
		return amli_fail(AML_EINVAL, "%p has no %zu bytes", ptr, size);
	if (flags & ~AML_AREA_RANGE_CPU)
		return amli_fail(AML_EINVAL, "flags 0x%x: 0x%x is known", flags,
				 AML_AREA_RANGE_CPU);
	pthread_mutex_lock(&lock);
	rc = insert(&range);
	pthread_mutex_unlock(&lock);
	return rc;
}

static int take_out(const struct aml_area *area, uintptr_t first, size_t size)
{
	size_t n = atomic_load_explicit(&count, memory_order_relaxed), i = find(first);

	if (i == n || ranges[i].area != area || ranges[i].first != first ||
	    ranges[i].end - first != size)
		return amli_fail(AML_EINVAL, "%p, %zu bytes: no such range of this area was added",
				 (void *)first, size);
	memmove(&ranges[i], &ranges[i + 1], (n - 1 - i) * sizeof(*ranges));
	atomic_store_explicit(&count, n - 1, memory_order_release);
	if (n > 1)
		return 0;
	free(ranges);
	ranges = NULL;
	room = 0;
	return 0;
}

int aml_area_range_remove(const struct aml_area *area, void *ptr, size_t size)
{
	int rc;

	pthread_mutex_lock(&lock);
	rc = take_out(area, (uintptr_t)ptr, size);
	pthread_mutex_unlock(&lock);
	return rc;
}

const struct aml_area *aml_area_of(const void *ptr, unsigned *flags)
{
	const struct aml_area *area = NULL;
	unsigned has = 0;
	size_t i;

	if (amli_area_has_ranges()) {
		pthread_mutex_lock(&lock);
		i = find((uintptr_t)ptr);
		if (i < atomic_load_explicit(&count, memory_order_relaxed) &&
		    ranges[i].first <= (uintptr_t)ptr) {
			area = ranges[i].area;
			has = ranges[i].flags;
		}
		pthread_mutex_unlock(&lock);
	}
	if (flags)
		*flags = has;
	return area;
}
