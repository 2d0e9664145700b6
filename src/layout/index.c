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

/* bytes is a constant here, so that the loop has no branch on it */
static inline __attribute__((always_inline)) void
read_all(const struct amli_line *line, size_t bytes, uint64_t next, struct amli_facts *f)
{
	const char *at = line->at;
	uint64_t before = amli_index_at(at, bytes), same = 0, delta = 0;

	*f = (struct amli_facts){.low = before, .high = before, .next = next, .runs = 1};
	f->fold = line->n;
	if (line->n > 1)
		delta = amli_index_at(at + line->step, bytes) - before;
	for (size_t i = 1; i < line->n; i++) {
		uint64_t here = amli_index_at(at += line->step, bytes);

		f->low = here < f->low ? here : f->low;
		f->high = here > f->high ? here : f->high;
		same += here - before == delta;
		if (here - before != next) {
			f->runs++;
			if (f->fold > 1)
				f->fold = gcd(f->fold, i);
		}
		before = here;
	}
	f->constant = same == line->n - 1;
	f->delta = (int64_t)delta;
}

void amli_line_read(const struct amli_line *line, uint64_t next, struct amli_facts *facts)
{
	if (line->bytes == sizeof(uint32_t))
		read_all(line, sizeof(uint32_t), next, facts);
	else
		read_all(line, sizeof(uint64_t), next, facts);
}
