/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "base/mem.h"
#include "layout/index.h"

struct amli_index_list *amli_index_list_copy(const void *index, size_t bytes)
{
	struct amli_index_list *list;
	size_t whole;

	if (amli_add_overflows(bytes, sizeof(*list), &whole))
		return NULL;
	list = amli_aligned(_Alignof(struct amli_index_list), whole);
	if (!list)
		return NULL;
	list->holds = 1;
	memcpy(list->at, index, bytes);
	return list;
}

void amli_index_list_hold(struct amli_index_list *list)
{
	if (list)
		__atomic_fetch_add(&list->holds, 1, __ATOMIC_RELAXED);
}

void amli_index_list_release(struct amli_index_list *list)
{
	if (list && __atomic_fetch_sub(&list->holds, 1, __ATOMIC_ACQ_REL) == 1)
		free(list);
}

static size_t gcd(size_t a, size_t b)
{
	while (b) {
		size_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

/* The greatest divisor of where the runs begin.  bytes is a constant in both loops, and there is
 * no branch in the first: lists in random order would miss half of them. */
static inline __attribute__((always_inline)) size_t find_fold(const struct amli_line *line,
							      size_t bytes, uint64_t next)
{
	const char *at = line->at;
	uint64_t before = amli_index_at(at, bytes);
	size_t fold = 0;

	for (size_t i = 1; i < line->n && fold != 1; i++) {
		uint64_t here = amli_index_at(at += line->step, bytes);

		if (here - before != next)
			fold = gcd(fold, i);
		before = here;
	}
	return fold;
}

static inline __attribute__((always_inline)) void
read_all(const struct amli_line *line, size_t bytes, uint64_t next, struct amli_facts *f)
{
	const char *at = line->at;
	uint64_t before = amli_index_at(at, bytes), low = before, high = before, delta = 0;
	size_t same = 0, falls = 0, runs = 1;

	if (line->n > 1)
		delta = amli_index_at(at + line->step, bytes) - before;
	for (size_t i = 1; i < line->n; i++) {
		uint64_t here = amli_index_at(at += line->step, bytes);

		low = here < low ? here : low;
		high = here > high ? here : high;
		same += here - before == delta;
		runs += here - before != next;
		falls += here < before;
		before = here;
	}
	*f = (struct amli_facts){.low = low, .high = high, .next = next, .runs = runs};
	f->ascending = falls == 0;
	f->constant = same == line->n - 1;
	f->delta = (int64_t)delta;
	f->fold = find_fold(line, bytes, next);
}

void amli_line_read(const struct amli_line *line, uint64_t next, struct amli_facts *facts)
{
	if (line->bytes == sizeof(uint32_t))
		read_all(line, sizeof(uint32_t), next, facts);
	else
		read_all(line, sizeof(uint64_t), next, facts);
}
